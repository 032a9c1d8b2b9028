"""Every exercise is proved: each mistake is named right, and told apart from all else."""

import inspect
import re

import nbformat
import numpy as np
import pytest

from course_utils.exercises import checking, memory
from course_utils.exercises.answers import Strange
from course_utils.exercises.checking import judge
from course_utils.exercises.definition import TOPICS, Exercise, every_exercise
from tests.exercises.table import RIGHT, outcomes
from tools.exercises import objectives
from tools.folders import ROOT

EXERCISES = {one.name: one for one in every_exercise()}
MISTAKES = [(name, one.name) for name, exercise in EXERCISES.items() for one in exercise.mistakes]
every_exercise_ = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def lesson(topic):
    """The file of a lesson."""
    (path,) = (ROOT / "notebooks").glob(f"[0-9][0-9]_{topic}.ipynb")
    return path


@every_exercise_
def test_the_reference_passes_and_changes_nothing(exercise):
    seen, again = outcomes(exercise, exercise.reference), outcomes(exercise, exercise.reference)
    assert judge(exercise, seen, again).name == "passed"
    assert not any(isinstance(one.value, Strange) for one in seen)


@every_exercise_
def test_other_right_answers_pass(exercise):
    assert len(RIGHT[exercise.name]) >= 2
    for function in RIGHT[exercise.name]:
        finding = judge(exercise, outcomes(exercise, function), outcomes(exercise, function))
        assert finding.name == "passed", (function.__name__, finding)


@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_a_mistake_is_named(name, mistake):
    exercise = EXERCISES[name]
    (one,) = (m for m in exercise.mistakes if m.name == mistake)
    assert judge(exercise, outcomes(exercise, one.function)).name == mistake


@every_exercise_
def test_every_two_mistakes_differ_on_a_case(exercise):
    names = list(exercise.known)
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            pairs = zip(exercise.known[first], exercise.known[second], strict=True)
            assert not all(exercise.is_same(a, b) for a, b in pairs), (first, second)


@every_exercise_
@pytest.mark.parametrize(
    "lazy",
    [
        lambda *args: args[0] if args else 0,
        lambda *args: args[-1] if args else 1,
        lambda *args: 0,
        lambda *args: None,
        lambda *args: np.zeros_like(args[0]) if args else [],
        lambda *args: args,
        lambda *args: [0.0] * 3,
    ],
    ids=["first argument", "last argument", "0", "None", "zeros", "all arguments", "list"],
)
def test_a_function_without_work_in_it_earns_nothing(exercise, lazy):
    assert judge(exercise, outcomes(exercise, lazy)).name != "passed"


@every_exercise_
def test_what_the_reference_expects_is_a_value_like_its_own_type(exercise):
    """So that a stub that only answers the right type passes nothing."""
    blanks = [_blank(one.value) for one in exercise.expected]
    answers = iter(blanks * 3)
    assert judge(exercise, outcomes(exercise, lambda *args: next(answers))).name != "passed"


def _blank(value):
    if isinstance(value, tuple | list):
        return type(value)(map(_blank, value))
    if isinstance(value, dict):
        return {k: _blank(part) for k, part in value.items()}
    return value * 0 if isinstance(value, int | float | str | np.ndarray | np.generic) else value


@every_exercise_
def test_cases_are_the_same_at_every_call(exercise):
    first, second = exercise.cases(), exercise.cases()
    assert len(first) == len(second) > 0
    assert all(len(case) == len(exercise.cases()[0]) for case in first)
    seen = [outcomes(exercise, exercise.reference) for _ in range(2)]
    assert all(exercise.is_same(a, b) for a, b in zip(*seen, strict=True))


@every_exercise_
def test_an_exercise_says_what_it_must(exercise):
    assert exercise.task.endswith(".")
    assert exercise.why.endswith(".")
    assert len(exercise.hints) >= 2
    assert len(exercise.mistakes) >= 2
    for text in (exercise.why, *exercise.hints):
        assert not re.search(r"\s\s|\b(simply|just|obviously|easy|trivial|wrongly you)\b", text)
    for one in exercise.mistakes:
        assert one.says.endswith(".")
        assert one.hints
        assert one.shows.endswith((".", "?", ""))
        assert inspect.signature(one.function) == inspect.signature(exercise.reference)


@every_exercise_
def test_no_hint_but_the_last_holds_the_solution(exercise):
    body = inspect.getsource(exercise.reference).partition('"""\n')[2].splitlines()
    lines = {line.strip().removeprefix("return ") for line in body}
    lines = {line for line in lines if len(line) > 12}
    for hints in (exercise.hints, *(one.hints for one in exercise.mistakes)):
        for text in hints[:-1]:
            assert not any(line in text for line in lines), text


@every_exercise_
def test_its_objective_is_one_of_the_lesson(exercise):
    assert exercise.objective in objectives(lesson(exercise.name.partition(".")[0]))


FINISHED = [
    "start_here",
    "perceptrons",
    "activation_functions",
    "three_layer_forward_pass",
    "gradient_descent",
    "backpropagation",
]


@pytest.mark.parametrize("topic", FINISHED)
def test_every_objective_of_a_finished_lesson_has_an_exercise(topic):
    shown = {one.objective for name, one in EXERCISES.items() if name.startswith(f"{topic}.")}
    assert shown == set(objectives(lesson(topic)))


def test_topics_are_the_lessons_in_their_order():
    lessons = [path.stem[3:] for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    assert [topic for topic in lessons if topic in TOPICS] == list(TOPICS)
    assert {name.partition(".")[0] for name in EXERCISES} == set(TOPICS)


def test_every_exercise_has_unusual_right_answers_in_the_table():
    assert RIGHT.keys() == EXERCISES.keys()


# -- an empty student ------------------------------------------------------------------------------


def cells_of_code(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


@pytest.mark.parametrize("topic", TOPICS)
def test_an_empty_student_earns_nothing(topic, monkeypatch, tmp_path):
    """Where no reference can be asked, the stubs of a lesson get no more than "not attempted"."""

    def refused(*args):
        raise AssertionError("a reference was asked")

    monkeypatch.setenv(memory.VARIABLE, str(tmp_path / memory.FILE))
    monkeypatch.setattr(Exercise, "outcomes", refused)
    monkeypatch.setattr(checking, "run", refused)
    cards = []
    names = {"check": lambda *args: cards.append(checking.check(*args))}
    for source in cells_of_code(lesson(topic)):
        if re.search(r"^check\(", source, re.MULTILINE):
            exec(source, names)
    assert len(cards) == sum(name.startswith(f"{topic}.") for name in EXERCISES)
    assert not any(card.passed for card in cards)
    assert not (tmp_path / memory.FILE).exists()
    assert checking.progress(topic).title.startswith(f"{topic}: 0 of ")


@pytest.mark.parametrize("topic", TOPICS)
def test_a_lesson_takes_nothing_of_the_exercises_but_what_a_student_types(topic):
    code = "\n".join(cells_of_code(lesson(topic)))
    taken = re.findall(r"course_utils\.exercises(.*)", code)
    assert taken
    assert {one.partition("import ")[0] for one in taken} == {" "}
    names = {name for one in taken for name in one.partition("import ")[2].split(", ")}
    assert {"check"} <= names <= {"check", "hint", "progress", "solution"}
