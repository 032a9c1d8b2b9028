"""A function is tried on a case: what is seen of it is data, whatever it does."""

import pickle
import sys
import warnings

import numpy as np
import pytest

from course_utils.exercises.answers import Strange
from course_utils.exercises.trial import Failure, Outcome, Watched, is_students, observe
from tests.exercises.cells import cell


def call(function, *case):
    return function(*case)


def seen(function, *case, may_change=(), trial=call, parameters=("x", "y")):
    return observe(trial, function, case, parameters, may_change)


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no message")


class Cell:
    """An object of which it is not known when two are the same."""


class Dim(int):
    """An object of which it is."""


def raising(error):
    def function(*args):
        raise error

    return function


# -- answers and exceptions -----------------------------------------------------------------------


def test_an_answer_is_seen():
    assert seen(lambda x, y: x + y, 1, 2) == Outcome(3, None, None, "something")


def test_an_answer_is_made_plain():
    assert seen(lambda: {1}).value == Strange("set", "{1}")


def test_an_answer_is_kept_as_it_was_when_it_came():
    answers, kept = np.zeros(2), []

    def function():
        kept.append(answers)
        answers[:] += 1
        return answers

    assert [seen(function).value[0] for _ in range(2)] == [1, 2]
    first, _ = seen(function), seen(function)
    assert first.value.tolist() == [3, 3]


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (ValueError("bad"), "ValueError", "bad"),
        (KeyError("w"), "KeyError", "'w'"),
        (ValueError("x" * 10_000), "ValueError", "x" * 500),
        (SystemExit(3), "SystemExit", "3"),
        (KeyboardInterrupt(), "KeyboardInterrupt", ""),
        (GeneratorExit(), "GeneratorExit", ""),
        (Mute(), "Mute", ""),
        (ExceptionGroup("two", [ValueError("a"), OSError("b")]), "ExceptionGroup", "two (2 "),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_whatever_is_raised_is_data(error, kind, message):
    outcome = seen(raising(error))
    assert outcome.value is None
    assert outcome.answered == ""
    assert outcome.error.kind == kind
    assert outcome.error.message.startswith(message)
    assert len(outcome.error.message) <= 500
    assert pickle.loads(pickle.dumps(outcome)) == outcome


def test_recursion_without_end_is_an_error():
    def function():
        return function()

    assert seen(function).error.kind == "RecursionError"


def test_numpy_s_refusal_of_memory_is_a_memory_error():
    assert seen(lambda: np.ones(1 << 55)).error.kind == "MemoryError"


def test_an_answer_that_can_t_be_made_plain_is_an_error():
    class Odd:
        def __repr__(self):
            sys.exit()

    assert seen(Odd).error.kind == "SystemExit"


def test_it_is_silent():
    """pytest turns warnings into errors."""

    def function():
        warnings.warn("loud", stacklevel=1)
        return np.array([1.0]) / 0

    with np.errstate(all="raise"):  # a setting of the notebook, where the reference is tried
        outcome = seen(function)
    assert outcome.error is None
    assert np.isinf(outcome.value)


def test_the_last_line_of_the_student_s_is_known_and_no_later_one():
    names = cell(
        "def f(x):\n    y = x\n    return g(y)\n\ndef g(y):\n    return np.linalg.inv(y)\n"
    )
    outcome = seen(names["f"], np.zeros((2, 2)))
    assert outcome.error.kind == "LinAlgError"
    assert outcome.error.place == (names["f"].__code__.co_filename, 6)


def test_the_line_of_a_function_of_a_file_is_known():
    line = raising.__code__.co_firstlineno + 2
    assert seen(raising(ValueError())).error.place == (__file__, line)


def test_where_the_student_has_no_line_there_is_none():
    assert seen(np.linalg.inv, np.zeros((2, 2))).error.place is None


@pytest.mark.parametrize(
    ("filename", "own"),
    [
        (__file__, True),
        ("/tmp/ipykernel_77/123.py", True),
        ("<ipython-input-3-abc>", True),
        (np.__file__, False),
        ("<string>", False),
    ],
)
def test_whose_file_it_is(filename, own):
    assert is_students(filename, raising) is own


def test_failures_are_alike_by_their_kind():
    assert Failure("ValueError", "a").is_like(Failure("ValueError", "b", ("file", 3)))
    assert not Failure("ValueError", "a").is_like(Failure("TypeError", "a"))
    assert not Failure("ValueError", "a").is_like(None)


# -- what it answered -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "answered"),
    [
        ([...], "..."),
        ([None], "nothing"),
        ([0], "something"),
        ([0, None], "something"),
        ([..., 0], "something"),
        ([], ""),
    ],
)
def test_whether_it_answers_is_seen_over_all_calls_of_a_trial(answers, answered):
    left = list(answers)

    def trial(function):
        for _ in answers:
            function()

    assert observe(trial, lambda: left.pop(0), ()).answered == answered


# -- arguments ------------------------------------------------------------------------------------


def sets_an_element(x, y):
    y[0] = 7


def adds_in_place(x, y):
    y += 1


def resizes(x, y):
    y.resize(5, refcheck=False)


def turns(x, y):
    y.shape = y.shape[::-1]


def sets_nan(x, y):
    y.flat[0] = np.nan


def appends(x, y):
    y.append(1)


def empties(x, y):
    y.clear()


def sets_an_array(x, y):
    y[0] = np.ones(2)


def sets_a_list(x, y):
    y["a"] = [1]


def deletes_a_key(x, y):
    del y["a"]


def sorts_the_keys(x, y):
    y["a"] = y.pop("a")


def sets_within(x, y):
    y["b"][0][0] = 5.0


MATRIX = np.arange(6.0).reshape(2, 3)
CHANGES = [
    (sets_an_element, MATRIX),
    (sets_an_element, [1, 2]),
    (sets_an_element, [[1], [2]]),
    (sets_an_element, [np.ones(2)]),
    (sets_an_element, [np.nan]),
    (adds_in_place, MATRIX),
    (adds_in_place, np.arange(3)),
    (resizes, np.arange(3.0)),
    (turns, MATRIX),
    (sets_nan, MATRIX),
    (appends, []),
    (empties, {"a": 1}),
    (sets_an_array, [1, 2]),
    (sets_a_list, {"a": 1}),
    (sets_a_list, {"a": {"b": 1}}),
    (deletes_a_key, {"a": 1, "b": 2}),
    (sorts_the_keys, {"a": 1, "b": 2}),
    (sets_within, {"b": [np.zeros(2)]}),
]


def copied(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize(("function", "value"), CHANGES)
def test_a_changed_argument_is_named(function, value):
    outcome = seen(function, 1, copied(value))
    assert outcome.error is None
    assert outcome.changed == "y"
    assert seen(function, 1, copied(value), may_change=("y",)).changed is None


def test_a_change_is_seen_also_before_an_exception():
    def function(x):
        x[0] = 1
        raise ValueError

    outcome = seen(function, [0])
    assert (outcome.changed, outcome.error.kind) == ("x", "ValueError")


def test_a_change_is_seen_in_an_argument_given_by_name():
    outcome = seen(adds_in_place, trial=lambda f: f(x=1, y=np.zeros(2)))
    assert outcome.changed == "y"


def test_the_first_change_is_named():
    calls = []

    def function(x, y):
        (y if calls else x).append(1)
        calls.append(1)

    outcome = seen(function, trial=lambda f: [f([], []), f([], [])])
    assert outcome.changed == "x"


@pytest.mark.parametrize(
    "value",
    [
        MATRIX,
        np.array([np.nan, 1.0]),
        np.array(["a", "b"]),
        [np.nan, "a", None, (1, np.ones(2))],
        [Cell(), Dim(3), len],
        {"a": [Cell()], "b": np.ones(2), 3: {}},
        (np.ones(2),),
        Cell(),
        5,
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize(
    "function", [lambda x, y: y, lambda x, y: [y], lambda x, y: repr(y)], ids=["y", "in", "text"]
)
def test_what_is_read_or_answered_is_not_changed(function, value):
    outcome = seen(function, value, value)
    assert outcome.error is None
    assert outcome.changed is None


def test_a_new_name_for_a_new_array_changes_nothing():
    def function(x, y):
        y = y + 1
        y[0] = 5
        del x

    assert seen(function, np.ones(2), np.ones(2)).changed is None


def test_a_watched_function_answers_as_the_function_does():
    watched = Watched(divmod, ["x", "y"])
    assert watched(7, 2) == (3, 1)
    assert (watched.answered, watched.changed) == ("something", None)
