"""The registry: filed by name, found by name, and helpful when a name is unknown."""

import re

import pytest

from course_utils._registry import Registry
from course_utils.activations import ACTIVATIONS
from course_utils.initializers import INITIALIZERS
from course_utils.losses import LOSSES
from course_utils.optimizers import OPTIMIZERS


def exactly(message):
    return f"^{re.escape(message)}$"


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
    message = "colour 'red' is registered already; choose another name."
    with pytest.raises(ValueError, match=exactly(message)):
        colours.register("red", green)
    assert colours["red"] is red


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "gren",
            "unknown colour 'gren'; did you mean 'green'? Choose from: red, green.",
        ),
        # "rde" shares "rd" in order with "red": 2 * 2 / 6 = 0.67, over the cutoff of 0.5
        ("rde", "unknown colour 'rde'; did you mean 'red'? Choose from: red, green."),
        # "rxyz" shares "r" with "red", 2 / 7, and with "green", 2 / 9: nothing is near
        ("rxyz", "unknown colour 'rxyz'. Choose from: red, green."),
        # 2 * 1 / (3 + 1) = 0.5: the cutoff itself still counts
        ("d", "unknown colour 'd'; did you mean 'red'? Choose from: red, green."),
        ("", "unknown colour ''. Choose from: red, green."),
        (None, "unknown colour None. Choose from: red, green."),
        (7, "unknown colour 7. Choose from: red, green."),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_and_all(colours, given, message):
    with pytest.raises(ValueError, match=exactly(message)):
        colours.resolve(given)


def test_an_equal_but_unregistered_function_is_refused(colours):
    with pytest.raises(ValueError, match=r"^unknown colour <function .*Choose from: red, green\.$"):
        colours.resolve(lambda: "red")


@pytest.mark.parametrize(
    ("registry", "given", "message"),
    [
        (ACTIVATIONS, "rleu", "unknown activation 'rleu'; did you mean 'relu'?"),
        (ACTIVATIONS, "Sigmoid", "unknown activation 'Sigmoid'; did you mean 'sigmoid'?"),
        (LOSSES, "crossentropy", "unknown loss 'crossentropy'; did you mean 'cross_entropy'?"),
        (INITIALIZERS, "xavir", "unknown initializer 'xavir'; did you mean 'xavier'?"),
        (OPTIMIZERS, "adam", "unknown optimizer 'adam'; did you mean 'Adam'?"),
    ],
)
def test_the_packages_registries_say_what_they_hold(registry, given, message):
    everything = f"{message} Choose from: {', '.join(registry)}."
    with pytest.raises(ValueError, match=exactly(everything)):
        registry.resolve(given)
