"""The registry: filed by name, found by name, and helpful when a name is unknown."""

import pytest

from course_utils._registry import Registry
from course_utils.activations import ACTIVATIONS
from course_utils.initializers import INITIALIZERS
from course_utils.losses import LOSSES
from course_utils.optimizers import OPTIMIZERS
from tests.messages import says


def red():
    return "red"


def green():
    return "green"


@pytest.fixture
def colours():
    registry = Registry("colour")
    registry.register("red", red)
    registry.register("green", green)
    return registry


def test_register_returns_the_entry():
    assert Registry("colour").register("red", red) is red


def test_a_name_resolves_to_its_entry(colours):
    assert colours.resolve("green") is green


def test_an_entry_resolves_to_itself(colours):
    assert colours.resolve(green) is green


def test_it_is_a_mapping_in_the_order_of_registration(colours):
    assert list(colours.items()) == [("red", red), ("green", green)]
    assert len(colours) == 2
    assert colours["red"] is red
    assert "blue" not in colours


def test_it_can_only_be_changed_by_register(colours):
    with pytest.raises(TypeError, match="does not support item assignment"):
        colours["blue"] = red


def test_its_repr_lists_the_names(colours):
    assert repr(colours) == "<2 entries of kind colour: red, green>"


def test_a_taken_name_is_refused_and_keeps_its_entry(colours):
    message = says("colour 'red'", "already", "another name")
    with pytest.raises(ValueError, match=message):
        colours.register("red", green)
    assert colours["red"] is red


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("gren", "green"),
        # "rde" shares "rd" in order with "red": 2 * 2 / 6 = 0.67, over the cutoff of 0.5
        ("rde", "red"),
        # 2 * 1 / (3 + 1) = 0.5: the cutoff itself still counts
        ("d", "red"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_and_all(colours, given, meant):
    message = says(f"colour {given!r}", f"did you mean {meant!r}?", ": red, green.")
    with pytest.raises(ValueError, match=message):
        colours.resolve(given)


# "rxyz" shares "r" with "red", 2 / 7, and with "green", 2 / 9: nothing is near
@pytest.mark.parametrize("given", ["rxyz", "", None, 7])
def test_where_no_name_is_near_none_is_suggested(colours, given):
    with pytest.raises(ValueError, match=says(f"colour {given!r}", ": red, green.")) as caught:
        colours.resolve(given)
    assert "did you mean" not in str(caught.value)


def test_an_equal_but_unregistered_function_is_refused(colours):
    with pytest.raises(ValueError, match=says("colour <function", ": red, green.")):
        colours.resolve(lambda: "red")


@pytest.mark.parametrize(
    ("registry", "kind", "given", "meant"),
    [
        (ACTIVATIONS, "activation", "rleu", "relu"),
        (ACTIVATIONS, "activation", "Sigmoid", "sigmoid"),
        (LOSSES, "loss", "crossentropy", "cross_entropy"),
        (INITIALIZERS, "initializer", "xavir", "xavier"),
        (OPTIMIZERS, "optimizer", "adam", "Adam"),
    ],
)
def test_the_packages_registries_say_what_they_hold(registry, kind, given, meant):
    everything = f": {', '.join(registry)}."
    message = says(f"{kind} {given!r}", f"did you mean {meant!r}?", everything)
    with pytest.raises(ValueError, match=message):
        registry.resolve(given)
