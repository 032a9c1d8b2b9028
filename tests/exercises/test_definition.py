"""An exercise is a reference, cases, and mistakes that are functions; it is found by its name."""

import subprocess
import sys

import numpy as np
import pytest

from course_utils._registry import Registry
from course_utils.exercises import definition
from course_utils.exercises.definition import (
    Exercise,
    call,
    cases,
    every_exercise,
    exercise,
    find,
    mistake,
    tells_apart,
)
from course_utils.exercises.trial import Failure, Outcome
from tests.exercises.table import made_up, outcomes
from tests.messages import says
from tools.folders import ROOT


@pytest.fixture
def filed(monkeypatch):
    """An exercise, written as the course writes them, and filed for one test alone."""
    every_exercise()
    monkeypatch.setattr(definition, "EXERCISES", Registry("exercise"))

    @exercise("perceptrons.double", "Count.", why="Twice.", hints=("Look.", "Add."), tolerance=0.1)
    def double(x, y=0):
        """Answer
        twice x."""
        return 2 * x

    @cases(double)
    def numbers(rng):
        yield np.array([1.0]), 3
        yield [rng.normal(), rng.normal()]

    @mistake(double, "You halve.", "It is smaller.", ["Look.", "Twice."])
    def half(x, y=0):
        return x / 2

    return double


# -- filing ---------------------------------------------------------------------------------------


def test_a_reference_stays_the_function_that_it_is(filed):
    assert filed(4) == 8
    assert filed.__name__ == "double"
    assert find("perceptrons.double") is filed.exercise


def test_an_exercise_knows_what_was_filed(filed):
    made = filed.exercise
    assert (made.name, made.objective, made.why) == ("perceptrons.double", "Count.", "Twice.")
    assert made.task == "Answer\ntwice x."
    assert made.parameters == ["x", "y"]
    assert made.hints == ("Look.", "Add.")
    assert made.tolerance == 0.1
    assert made.trial is call
    assert made.answers
    (half,) = made.mistakes
    assert (half.name, half.says, half.shows) == ("half", "You halve.", "It is smaller.")
    assert half.hints == ("Look.", "Twice.")


def test_cases_are_tuples_and_made_anew(filed):
    first, second = filed.exercise.cases(), filed.exercise.cases()
    assert all(type(case) is tuple for case in first)
    assert first[0][0] is not second[0][0]
    assert first[1] == second[1]
    first[0][0][:] = 7
    assert filed.exercise.cases()[0][0] == 1


def test_the_outcomes_of_reference_and_mistakes_are_kept(filed):
    made = filed.exercise
    assert made.expected[0].value == [2.0]
    assert made.known.keys() == {"half"}
    assert made.known["half"][0].value == [0.5]
    assert made.expected is made.expected
    assert made.known is made.known


def test_a_mistake_answers_the_function_itself(filed):
    def third(x, y=0):
        return x / 3

    assert mistake(filed, "a", "b", ())(third) is third
    assert cases(filed)(third) is third


def test_a_name_that_is_not_the_function_s_is_refused(filed):
    with pytest.raises(ValueError, match=says("'perceptrons.twice'", "'double'", "rename")):
        exercise("perceptrons.twice", "Count.")(filed)


def test_a_name_that_is_taken_is_refused(filed):
    with pytest.raises(ValueError, match=says("'perceptrons.double'", "registered already")):
        exercise("perceptrons.double", "Count.")(filed)


# -- finding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("perceptrons.updat", "perceptrons.update"),
        ("perceptron.update", "perceptrons.update"),
        ("Perceptrons.Update", "perceptrons.update"),
        ("perceptrons", None),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name, meant):
    hint = [f"did you mean {meant!r}?"] if meant else []
    with pytest.raises(ValueError, match=says(f"exercise {name!r}", *hint, "perceptrons.xor")):
        find(name)


@pytest.mark.parametrize("name", [None, 3, "", "."])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ValueError, match=says("exercise", "Choose from")):
        find(name)


def test_the_exercises_of_a_lesson_are_loaded_when_they_are_asked_for():
    """In a Python of its own, since here they are."""
    program = (
        "import sys\n"
        "from course_utils.exercises.definition import EXERCISES, TOPICS, every_exercise, find\n"
        "assert not EXERCISES and 'course_utils.exercises.perceptrons' not in sys.modules\n"
        "assert find('perceptrons.update').reference.__name__ == 'update'\n"
        "assert {name.split('.')[0] for name in EXERCISES} == {'perceptrons'}\n"
        "assert list(dict.fromkeys(e.name.split('.')[0] for e in every_exercise())) == [*TOPICS]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_the_nearest_name_is_looked_for_in_all_lessons():
    program = "from course_utils.exercises.definition import find; find('perceptron.update')"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert "did you mean 'perceptrons.update'?" in done.stderr


# -- comparing ------------------------------------------------------------------------------------


def double(x):
    return 2 * x


EXACT = made_up(double, [(1.0,)])
ROUGH = made_up(double, [(1.0,)], tolerance=0.1)
EACH = made_up(double, [(1.0,)], tolerance=0.1, each=True)
OPEN = made_up(double, [(1.0,)], lacks=lambda seen: "" if seen > 5 else "It is small.")
BAD = Outcome(error=Failure("ValueError", "bad"))


def number(value):
    return Outcome(value)


def test_outcomes_are_compared_as_the_exercise_says():
    assert not EXACT.is_same(number(2.1), number(2.0))
    assert ROUGH.is_same(number(2.1), number(2.0))
    near = number([100.0, 1.5]), number([100.0, 1.0])
    assert ROUGH.is_same(*near)
    assert not EACH.is_same(*near)


def test_exceptions_are_compared_by_their_kind():
    other = Outcome(error=Failure("ValueError", "other"))
    assert EXACT.is_same(BAD, other)
    assert EXACT.is_right(BAD, other)
    assert not EXACT.is_same(BAD, Outcome(error=Failure("TypeError", "bad")))
    assert not EXACT.is_same(BAD, number(None))
    assert not EXACT.is_same(number(None), BAD)


def test_an_open_task_is_right_when_it_lacks_nothing():
    assert OPEN.is_right(number(6), number(2))
    assert not OPEN.is_right(number(2), number(2))
    assert not OPEN.is_right(BAD, number(2))
    assert not OPEN.is_right(BAD, BAD)


@pytest.mark.parametrize(
    ("options", "answers"),
    [({}, True), ({"trial": lambda f, x: f(x)}, False), ({"lacks": lambda seen: ""}, False)],
)
def test_what_is_compared_is_the_answer_alone_or_what_a_trial_saw(options, answers):
    assert made_up(double, [(1.0,)], **options).answers is answers


def test_what_a_function_may_change_it_may_change():
    def fills(x):
        x[:] = 2

    case = [(np.zeros(2),)]
    assert made_up(fills, case).expected[0].changed == "x"
    assert made_up(fills, case, may_change=("x",)).expected[0].changed is None


def test_ctrl_c_while_the_course_computes_is_not_taken_for_an_answer():
    pressed = [True, False, False]

    def reference(x):
        if pressed.pop(0):
            raise KeyboardInterrupt
        return x

    made = made_up(reference, [(1,)])
    with pytest.raises(KeyboardInterrupt):
        made.expected  # noqa: B018
    assert made.expected[0].value == 1
    made = made_up(double, [(1,)])
    pressed[:] = [True, False]
    made.mistakes.append(definition.Mistake(reference, "", "", ()))
    with pytest.raises(KeyboardInterrupt):
        made.known  # noqa: B018
    assert made.known["reference"][0].value == 1


# -- the other way round: the student writes the cases --------------------------------------------


def test_cases_are_asked_which_mistakes_they_tell_apart(filed):
    def minus(x, y=0):
        return -2 * x

    mistake(filed, "The sign.", "", ())(minus)
    task = made_up(lambda: None, [()], trial=tells_apart(filed))
    told = [
        (lambda: [], [("half", "You halve."), ("minus", "The sign.")]),
        (lambda: [(0.0,)], [("half", "You halve."), ("minus", "The sign.")]),
        (lambda: [(0.0,), (1.0, 2)], []),
        (lambda: (case for case in [(3.0,)]), []),
    ]
    for write_cases, missed in told:
        (seen,) = outcomes(task, write_cases)
        assert seen.value == missed


def test_a_case_that_tells_some_apart_leaves_the_others(filed):
    def absolute(x, y=0):
        return 2 * abs(x)

    mistake(filed, "The sign.", "", ())(absolute)
    task = made_up(lambda: None, [()], trial=tells_apart(filed))
    assert outcomes(task, lambda: [(3.0,)])[0].value == [("absolute", "The sign.")]
    assert outcomes(task, lambda: [(3.0,), (-3.0,)])[0].value == []


def test_a_case_is_copied_for_every_function(filed):
    def fills(x, y=0):
        answer = x / 4
        x[:] = 0
        return answer

    mistake(filed, "It fills.", "", ())(fills)
    task = made_up(lambda: None, [()], trial=tells_apart(filed))
    case = (np.array([3.0]),)
    assert outcomes(task, lambda: [case])[0].value == []
    assert case[0] == 3


@pytest.mark.parametrize(
    ("told", "kind", "message"),
    [
        ([(1.0,), ("a", 1, 2, 3)], "ValueError", says("case 1", "does not fit", "TypeError")),
        ([(1.0,), (None,)], "ValueError", says("case 1", "TypeError: unsupported")),
        ([1.0], "TypeError", says("a tuple of arguments", "float")),
        ([[1.0]], "TypeError", says("a tuple of arguments", "list")),
        (3, "TypeError", says("not iterable")),
    ],
)
def test_a_case_that_does_not_fit_is_an_error_that_says_so(filed, told, kind, message):
    task = made_up(lambda: None, [()], trial=tells_apart(filed))
    (seen,) = outcomes(task, lambda: told)
    assert seen.error.kind == kind
    with pytest.raises(ValueError, match=message):
        raise ValueError(seen.error.message)


def test_an_exercise_needs_a_name_an_objective_and_a_reference():
    made = Exercise("made.double", "Count.", double)
    assert (made.seconds, made.tolerance, made.each, made.may_change) == (5.0, 0.0, False, ())
    assert (made.hints, made.why, made.mistakes, made.lacks) == ((), "", [], None)
