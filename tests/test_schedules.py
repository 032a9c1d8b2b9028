"""Every schedule: rates worked by hand, copies, and what is refused."""

import copy
import dataclasses
import math
import pickle

import numpy as np
import pytest

from course_utils import schedules
from course_utils.schedules import SCHEDULES, Constant, Cosine, StepDecay, Warmup, schedule
from tests.closeness import FUNCTION, assert_close
from tests.messages import says

EXAMPLES = {
    "Constant": Constant(0.1),
    "StepDecay": StepDecay(0.1, every=3),
    "Cosine": Cosine(0.1, steps=7),
    "Warmup": Warmup(StepDecay(0.1, every=3), steps=4),
}
every_schedule = pytest.mark.parametrize("rate", EXAMPLES.values(), ids=EXAMPLES)


def test_every_schedule_has_an_example():
    assert EXAMPLES.keys() == SCHEDULES.keys()


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (Constant(0.3), [0.3] * 3),
        (StepDecay(0.8, every=2), [0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1]),
        (StepDecay(1, every=1, factor=0.1), [1, 0.1, 0.01]),
        (StepDecay(2, every=2, factor=0), [2, 2, 0, 0]),
        # cos(0, 60, 120, 180 degrees) = 1, 1/2, -1/2, -1
        (Cosine(0.4, steps=3), [0.4, 0.3, 0.1, 0, 0, 0]),
        (Cosine(0.5, steps=3, final=0.1), [0.5, 0.4, 0.2, 0.1, 0.1]),
        (Cosine(0.5, steps=1), [0.5, 0]),
        # the rise ends at the full rate, with which the rest begins
        (Warmup(0.4, steps=4), [0.1, 0.2, 0.3, 0.4, 0.4, 0.4]),
        (Warmup(0.4, steps=1), [0.4, 0.4]),
        (Warmup(StepDecay(0.8, every=2), steps=2), [0.4, 0.8, 0.8, 0.8, 0.4, 0.4, 0.2]),
        (Warmup(Cosine(0.4, steps=3), steps=2), [0.2, 0.4, 0.4, 0.3, 0.1, 0, 0]),
        (Warmup(lambda t: 2 - t, steps=2), [1, 2, 2, 1, 0]),
        (Warmup(Warmup(0.8, steps=2), steps=2), [0.2, 0.4, 0.4, 0.8, 0.8]),
    ],
)
def test_rates_by_hand(rate, expected):
    rates = [rate(step) for step in range(len(expected))]
    # the cosine: of a rounded angle, which is a product and a quotient; then 1 + cos, and the rate
    assert_close(rates, expected, terms=FUNCTION + 8, size=max(expected))


@pytest.mark.parametrize(("lr", "final"), [(0.1, 0.0), (0.3, 0.03), (0.9, 0.2), (0.7, 1e-9)])
def test_a_cosine_begins_and_ends_exactly(lr, final):
    rate = Cosine(lr, steps=7, final=final)
    assert (rate(0), rate(7), rate(10**9)) == (lr, final, final)


@every_schedule
def test_a_rate_depends_on_the_step_alone(rate):
    steps = range(12)
    rates = [rate(step) for step in steps]
    assert all(type(value) is float and 0 <= value <= 0.1 for value in rates)
    assert [rate(step) for step in reversed(steps)] == rates[::-1]


@every_schedule
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_a_copy_is_equal(rate, duplicate):
    assert duplicate(rate) == rate
    assert hash(duplicate(rate)) == hash(rate)


@every_schedule
def test_a_schedule_is_fixed(rate):
    for field in dataclasses.fields(rate):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(rate, field.name, 0.2)


@every_schedule
def test_its_repr_builds_it_again(rate):
    assert eval(repr(rate), dict(SCHEDULES)) == rate


def test_arguments_become_plain_numbers():
    rate = Cosine(np.float32(0.5), np.int64(4), final=0)
    assert repr(rate) == "Cosine(lr=0.5, steps=4, final=0.0)"
    assert repr(Warmup(1, 2)) == "Warmup(schedule=Constant(lr=1.0), steps=2)"


NOT_ABOVE_0 = [0, -0.1, math.nan, math.inf, "0.1", None, [0.1]]
NOT_COUNTS = {0: ValueError, -3: ValueError, 2.0: TypeError, "2": TypeError, None: TypeError}


@pytest.mark.parametrize("lr", NOT_ABOVE_0)
@pytest.mark.parametrize(
    "build", [Constant, lambda lr: StepDecay(lr, every=2), lambda lr: Cosine(lr, steps=2)]
)
def test_a_rate_that_is_no_number_above_0_is_refused(build, lr):
    with pytest.raises(ValueError, match=says("lr", "above 0", f"got {lr!r}")):
        build(lr)


@pytest.mark.parametrize("after", [*NOT_ABOVE_0, Constant])
def test_a_warmup_to_neither_a_rate_nor_a_schedule_is_refused(after):
    with pytest.raises(ValueError, match=says("a schedule", "above 0", f"got {after!r}")):
        Warmup(after, steps=2)


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda n: StepDecay(0.1, every=n), "every"),
        (lambda n: Cosine(0.1, steps=n), "steps"),
        (lambda n: Warmup(0.1, steps=n), "steps"),
    ],
)
@pytest.mark.parametrize(("count", "error"), NOT_COUNTS.items())
def test_a_number_of_steps_below_1_is_refused(build, name, count, error):
    with pytest.raises(error, match=rf"^{name} must be .*at least 1; got {count!r}"):
        build(count)


@pytest.mark.parametrize("factor", [-0.1, 1, 2, math.nan, "0.5", None])
def test_a_factor_that_is_no_decay_is_refused(factor):
    message = says("factor", "at least 0", "below 1", f"got {factor!r}")
    with pytest.raises(ValueError, match=message):
        StepDecay(0.1, every=2, factor=factor)


@pytest.mark.parametrize("final", [-0.1, 0.1, 1, math.nan, "0", None])
def test_a_cosine_only_falls(final):
    message = says("final", "at least 0", "below 0.1", f"got {final!r}")
    with pytest.raises(ValueError, match=message):
        Cosine(0.1, steps=2, final=final)


def test_the_decorator_registers_a_class(monkeypatch):
    monkeypatch.setattr(SCHEDULES, "_entries", dict(SCHEDULES._entries))

    @schedule
    class Harmonic:
        def __call__(self, step):
            return 1 / (1 + step)

    assert SCHEDULES["Harmonic"] is Harmonic


def test_all_names_every_schedule():
    assert schedules.__all__ == ["SCHEDULES", "schedule", *SCHEDULES]
