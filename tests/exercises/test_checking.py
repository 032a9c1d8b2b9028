"""What a student calls, and the words that come back; the sandbox has tests of its own."""

import functools
import json
import re

import numpy as np
import pytest

from course_utils.exercises import checking, memory
from course_utils.exercises.checking import check, hint, judge, progress, solution
from course_utils.exercises.definition import TOPICS, Mistake, every_exercise, find
from course_utils.exercises.detectors import Finding
from course_utils.exercises.sandbox import Report, Unsendable
from tests.exercises.table import made_up, outcomes
from tests.messages import says

NAME = "made.scaled"


def scaled(X, k):
    """Answer k times X."""
    return k * X


def divided(X, k):
    return X / k


def shifted(X, k):
    return X + k


@pytest.fixture
def made(monkeypatch):
    """An exercise that `check` finds, and tries here and now."""
    cases = [(np.array([[1.0, 2.0], [3.0, 5.0]]), 3.0), (np.array([1.0, 4.0]), 0.5)]
    exercise = made_up(scaled, cases, hints=("Look.", "Compare.", "Multiply."))
    for function, sentence in ((divided, "You divide."), (shifted, "You add.")):
        own = tuple(f"{function.__name__} {k}" for k in (1, 2, 3))
        exercise.mistakes.append(Mistake(function, sentence, "It shows.", own))
    return handed_out(exercise, monkeypatch)


def handed_out(exercise, monkeypatch, **report):
    def run(exercise, function):
        return Report("outcomes", *(outcomes(exercise, function) for _ in range(2)), **report)

    monkeypatch.setattr(checking, "find", lambda name: exercise)
    monkeypatch.setattr(checking, "run", run)
    return exercise


def checked(function, name=NAME):
    return check(name, function)


# -- right, stubs, mistakes -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        scaled,
        lambda X, k: X * k,
        lambda *args: args[0] * args[1],
        lambda X, k=1, more=0: X * k,
        lambda X, k, *, more=0: X * k,
        lambda X, /, k: (X * k).tolist(),
        lambda X, k, **more: (X * k).astype(np.float32),
        functools.partial(lambda more, X, k: X * k, 0),
        np.multiply,
    ],
)
def test_a_right_function_passes_whatever_its_form(made, function):
    card = checked(function)
    assert (card.passed, card.mistake) == (True, None)
    assert card.text.startswith("made.scaled: right.")
    assert [event["result"] for event in memory.events()] == ["passed"]


def stub(X, k):
    """Answer k times X."""
    ...


def raises(X, k):
    raise NotImplementedError


@pytest.mark.parametrize("function", [stub, raises, lambda X, k: ..., ...])
def test_what_is_not_attempted_is_no_try(made, function):
    card = checked(function)
    assert card.text == "made.scaled: not attempted yet."
    assert (card.passed, card.mistake) == (False, None)
    assert memory.events() == []
    assert solution(NAME).text.startswith("made.scaled: try it first.")
    assert hint(NAME).title == "made.scaled: hint 1 of 3"


def test_a_stub_is_not_run(monkeypatch):
    monkeypatch.setattr(checking, "run", None)
    assert check("perceptrons.update", stub).text == "perceptrons.update: not attempted yet."


def test_a_known_mistake_is_named_and_shown(made):
    card = checked(divided)
    assert (card.passed, card.mistake) == (False, "divided")
    assert card.text.splitlines() == [
        "made.scaled: not yet.",
        "You divide.",
        "It shows.",
        "With `X = [1. 4.], k = 0.5` your answer is `[2. 8.]`; right is `[0.5 2.]`.",
        'Hint: divided 1 (`hint("made.scaled")` says more.)',
    ]


def test_a_mistake_is_one_on_every_case(made):
    assert checked(lambda X, k: divided(X, k) if X.ndim == 2 else k * X).mistake == "unnamed"
    assert checked(lambda X, k: divided(X, k) if X.ndim == 2 else X + k).mistake == "unnamed"


def test_a_mistake_speaks_before_a_detector(made):
    made.mistakes.append(Mistake(lambda X, k: -k * X, "The sign.", "", ("Sign.",)))
    assert checked(lambda X, k: -k * X).mistake == "<lambda>"


@pytest.mark.parametrize("shows", ["", "It shows."])
def test_what_a_mistake_does_not_say_leaves_no_empty_line(made, shows):
    made.mistakes[0] = Mistake(divided, "You divide.", shows, ())
    text = checked(divided).text
    assert "\n\n" not in text
    assert 'Hint: Look. (`hint("made.scaled")` says more.)' in text  # that of the task


def test_a_single_hint_promises_no_more(made):
    made.mistakes[0] = Mistake(divided, "You divide.", "", ("Only this.",))
    assert checked(divided).text.endswith("\nHint: Only this.")


# -- what is no function, or takes other arguments ------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kind"),
    [(None, "NoneType"), (3.0, "float"), (np.ones(2), "ndarray"), ("scaled", "str"), ([], "list")],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_no_function_is_said_to_be_none(made, given, kind):
    card = checked(given)
    assert card.mistake == "no function"
    assert f"needs the function itself, and was given {kind}." in card.text
    assert 'Write `check("made.scaled", scaled)`, with no brackets behind `scaled`.' in card.text


@pytest.mark.parametrize(
    ("function", "has"),
    [
        (lambda: 0, "(nothing)"),
        (lambda X: 0, "(X)"),
        (lambda X, k, n: 0, "(X, k, n)"),
        (lambda X, k, n, m=1: 0, "(X, k, n, m)"),
        (lambda X, *, k: 0, "(X, *, k)"),
        (lambda X, k, *, n: 0, "(X, k, *, n)"),
        (lambda a, b, c, *rest: 0, "(a, b, c, *rest)"),
        (lambda X, **k: 0, "(X, **k)"),
        (functools.partial(lambda a, b: 0, 1), "(b)"),
    ],
)
def test_other_parameters_are_named(made, function, has):
    card = checked(function)
    assert card.mistake == "parameters"
    assert f"Your function takes {has}, where (X, k) is expected." in card.text
    assert "Begin with `def scaled(X, k):`." in card.text


def test_parameters_are_named_without_types_and_defaults(made):
    def function(X: np.ndarray, k: float = 3, *, more: int, most=(0,) * 50) -> np.ndarray:
        return X

    assert "takes (X, k, *, more, most), where" in checked(function).text


def test_an_unknown_name_is_an_error_that_names_the_nearest():
    message = says("exercise 'perceptrons.updat'", "did you mean 'perceptrons.update'?")
    for call in (lambda name: check(name, stub), hint, solution):
        with pytest.raises(ValueError, match=message):
            call("perceptrons.updat")


# -- what becomes of a function -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "mistake", "words"),
    [
        (Report("time", place=(__file__, 1)), "time", '"""What a student calls'),
        (Report("time", place=("", 0)), "time", "it was in your function."),
        (Report("time"), "time", "it was in your function."),
        (Report("memory"), "memory", "1 GB"),
        (Report("ended"), "exit", "Your function ends Python."),
    ],
)
def test_what_was_stopped_is_said(made, monkeypatch, report, mistake, words):
    monkeypatch.setattr(checking, "run", lambda exercise, function: report)
    card = checked(scaled)
    assert card.mistake == mistake
    assert words in card.text
    assert [event["result"] for event in memory.events()] == [mistake]


def test_what_can_t_be_copied_is_said(made, monkeypatch):
    def run(exercise, function):
        raise Unsendable("it uses 300 MB from outside")

    monkeypatch.setattr(checking, "run", run)
    card = checked(scaled)
    assert card.mistake == "uses too much"
    assert "can't be copied: it uses 300 MB from outside." in card.text


@pytest.mark.parametrize(
    ("printed", "lines", "shown"),
    [
        ("", 0, None),
        (" \n\n", 2, None),
        ("one\n", 1, "It printed: `one`"),
        ("one\ntwo\nthree\n", 3, "It printed: `one` / `two` / `three`"),
        ("1\n2\n3\n4\n", 4000, "It printed: `1` / `2` / `3` (4,000 lines in all)"),
        ("x" * 200, 0, f"It printed: `{'x' * 80}`"),
    ],
)
@pytest.mark.parametrize("function", [scaled, divided])
def test_what_was_printed_is_shown(made, monkeypatch, function, printed, lines, shown):
    handed_out(made, monkeypatch, printed=printed, lines=lines)
    card = checked(function)
    assert ("It printed" in card.text) is (shown is not None)
    assert shown is None or shown in card.lines


def test_what_students_print_and_raise_is_no_markup_and_obeyed_by_no_terminal(made, monkeypatch):
    handed_out(made, monkeypatch, printed="<script>alert(1)</script> \x1b[2J\n", lines=1)

    def function(X, k):
        raise ValueError("<script>alert(2)</script> \x1b[31m `\n<img src=x>")

    card = checked(function)
    assert "<script>alert(1)</script> \\x1b[2J" in card.text
    assert "<script>alert(2)</script> \\x1b[31m" in card.text
    page = card._repr_html_()
    assert "\x1b" not in card.text + page
    assert set(re.findall(r"<(\w+)", page)) <= {"section", "p", "span", "strong", "code"}
    assert page.count("&lt;script&gt;") == 3  # printed, raised, and in the student's line


# -- the case that shows it -----------------------------------------------------------------------


def line_of(card):
    (line,) = (one for one in card.lines if re.match(r"With `|It is seen", one))
    return line


def test_the_smallest_wrong_case_is_shown(made):
    assert line_of(checked(lambda X, k: k * X + (X.ndim == 2))) == (
        "With `X = [[1. 2.] [3. 5.]], k = 3.0` your answer is `[[4. 7.] [10. 16.]]`; right is "
        "`[[3. 6.] [9. 15.]]`."
    )
    assert "`X = [1. 4.], k = 0.5`" in line_of(checked(lambda X, k: k * X + 1))


def test_answers_that_look_alike_are_shown_where_they_differ_most(made):
    line = line_of(checked(lambda X, k: k * X + np.array([1e-9, 1e-8])))
    assert line.endswith("your answer is `2.00000001`; right is `2.0`.")


def positive(X):
    return X > 0


def test_long_answers_of_true_and_false_are_compared_too(monkeypatch):
    exercise = made_up(positive, [(np.arange(40.0) - 20,)])
    handed_out(exercise, monkeypatch)

    def function(X):
        answer = X > 0
        answer[20] = True
        return answer

    card = checked(function)
    assert "your answer is `True`; right is `False`." in card.text
    assert memory.events()[-1]["cases"] == ["1"]


def test_answers_with_nan_are_compared_where_they_differ(monkeypatch):
    def reference(X):
        return np.where(X > 30, np.nan, X)

    handed_out(made_up(reference, [(np.arange(40.0),)]), monkeypatch)
    card = checked(lambda X: reference(X) + (X == 20) * 1e-4)
    assert "your answer is `20.0001`; right is `20.0`." in card.text


def test_after_an_exception_only_the_input_is_shown(made):
    card = checked(lambda X, k: k @ X)
    assert card.mistake == "error"
    assert line_of(card) == "It is seen with `X = [1. 4.], k = 0.5`."


def test_where_an_exception_is_missing_only_the_input_is_shown(monkeypatch):
    def root(x):
        if x < 0:
            raise ValueError
        return x

    handed_out(made_up(root, [(4.0,), (-1.0,)]), monkeypatch)
    card = checked(lambda x: x)
    assert card.mistake == "no error"
    assert line_of(card) == "It is seen with `x = -1.0`."


def test_a_changed_argument_is_shown_with_its_input(made):
    def function(X, k):
        X *= k
        return X

    card = checked(function)
    assert card.mistake == "changed"
    assert "the array that it is given as `X`" in card.text
    assert "Work on a copy" not in card.text
    assert line_of(card) == "It is seen with `X = [1. 4.], k = 0.5`."


def slope(f, x):
    return (f(x + 1e-3) - f(x - 1e-3)) / 2e-3


def test_a_function_that_is_handed_over_is_called_by_its_name(monkeypatch):
    def square(x):
        return x * x

    handed_out(made_up(slope, [(square, 3.0)]), monkeypatch)
    assert "With `f = square, x = 3.0` your answer is" in checked(lambda f, x: f(x)).text


def test_what_a_trial_is_given_is_named_by_the_trial(monkeypatch):
    exercise = made_up(scaled, [(2.0,)], trial=lambda function, number: function(number, 3) + 1)
    handed_out(exercise, monkeypatch)
    assert line_of(checked(lambda X, k: 0)) == "It is seen with `number = 2.0`."


def test_a_task_without_input_shows_none(monkeypatch):
    exercise = made_up(lambda: 3, [()], lacks=lambda seen: "" if seen == 3 else "It is not 3.")
    handed_out(exercise, monkeypatch)
    assert checked(lambda: 4).lines == ("It is not 3.", "Hint: Look.")


# -- answers that change --------------------------------------------------------------------------


def counting(answers):
    left = list(answers)

    def function(X, k):
        return left.pop(0)(X, k)

    return function


def failing(X, k):
    raise ValueError("empty")


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        (
            [scaled, scaled, scaled, divided],
            "it answered `[0.5 2.]`, and then it answered `[2. 8.]`.",
        ),
        (
            [scaled, shifted, scaled, divided],
            "it answered `[1.5 4.5]`, and then it answered `[2. 8.",
        ),
        (
            [scaled, scaled, scaled, failing],
            "it answered `[0.5 2.]`, and then it raised ValueError.",
        ),
    ],
)
def test_a_function_that_answers_differently_the_second_time_is_named(made, answers, line):
    card = checked(counting(answers))
    assert card.mistake == "changing"
    assert f"With `X = [1. 4.], k = 0.5` {line}" in card.text


def test_a_random_answer_is_named(made):
    rng = np.random.default_rng(seed=0)
    assert checked(lambda X, k: k * X + rng.normal(size=X.shape)).mistake == "changing"


def test_what_changes_but_was_a_known_mistake_is_that_mistake(made):
    assert checked(counting([divided, divided, divided, shifted])).mistake == "divided"


def test_an_object_of_no_value_does_not_change(made):
    assert checked(lambda X, k: map(abs, X)).mistake == "type"
    assert checked(lambda X, k: object()).mistake == "type"


def test_judge_needs_no_second_run(made):
    assert judge(made, outcomes(made, scaled)).name == "passed"
    assert judge(made, outcomes(made, divided)) == Finding(
        "divided", "You divide.", "It shows.", ("divided 1", "divided 2", "divided 3"), 1
    )


def test_an_answer_of_thousands_of_digits_is_no_error(made):
    assert checked(lambda X, k: 10**5000).mistake == "type"
    assert checked(lambda X, k: "x" * 10**6).mistake == "type"
    assert len(checked(lambda X, k: "x" * 10**6).text) < 1000


# -- what is left behind --------------------------------------------------------------------------


SECRET = 123456.789


@pytest.mark.parametrize(
    ("function", "cases"),
    [
        (lambda X, k: k * X + SECRET, ["8.2e+03", "6.2e+04"]),
        (lambda X, k: k * X if X.ndim == 2 else k * X + [0, 2], ["right", "1"]),
        (lambda X, k: k * X * (1 + 1e-5 * X), ["5e-05", "4e-05"]),
        (lambda X, k: np.full_like(X, 1e300), ["6.7e+298", "5e+299"]),
    ],
)
def test_of_an_unnamed_answer_only_its_distance_is_kept(made, function, cases):
    assert checked(function).mistake == "unnamed"
    assert memory.events() == [{"exercise": NAME, "result": "unnamed", "cases": cases}]


def test_of_other_unnamed_answers_the_kind_is_kept(monkeypatch):
    def answers(x):
        return (np.ones(2), "text")

    seen = [(np.ones(2), "other"), (np.ones(3), "text"), (np.ones(2), 3)]
    exercise = made_up(answers, [(k,) for k in range(4)])
    handed_out(exercise, monkeypatch)
    assert checked(lambda x: (*seen, answers(x))[x]).mistake in ("unnamed", "shape")
    exercise = made_up(lambda x: float(x), [(1,), (2,), (3,)], lacks=lambda seen: "It is wrong.")
    handed_out(exercise, monkeypatch)
    replies = {1: np.ones(2), 2: "secret", 3: {"secret": 1}}
    assert checked(lambda x: replies[x]).mistake == "unnamed"
    kept = memory.events()[-1]
    assert kept["cases"] == ["shape (2,)", "other", "other"]
    assert "secret" not in json.dumps(memory.events())


def test_an_exception_that_is_expected_is_right(monkeypatch):
    def reference(x):
        raise ValueError

    handed_out(made_up(lambda x: x if x else reference(x), [(0,), (1,)]), monkeypatch)
    card = checked(lambda x: 7 if x else reference(x))
    assert card.mistake == "unnamed"
    assert memory.events()[-1]["cases"] == ["right", "6"]


def test_nothing_of_a_named_answer_is_kept_but_the_name(made):
    checked(divided)
    checked(lambda X, k: [[SECRET]])
    checked(lambda X, k: "SECRET")
    assert memory.events() == [
        {"exercise": NAME, "result": result} for result in ("divided", "shape", "type")
    ]


# -- hints ----------------------------------------------------------------------------------------


def hints(n):
    return [hint(NAME).lines[0] for _ in range(n)]


def test_without_a_try_the_hints_are_those_of_the_task(made):
    card = hint(NAME)
    assert card.text == "made.scaled: hint 1 of 3\nLook.\n2 more."
    assert hints(3) == ["Compare.", "Multiply.", "Multiply."]
    assert hint(NAME).lines[1] == 'That was the last; `solution("made.scaled")` shows one.'


def test_hints_to_a_mistake_go_on_behind_that_of_the_card(made):
    assert "divided 1" in checked(divided).text
    assert hint(NAME).text == ("made.scaled: hint 2 of 3\ndivided 2\n1 more.")
    assert hints(2) == ["divided 3", "divided 3"]


def test_hints_go_on_after_the_same_mistake_and_begin_anew_after_another(made):
    checked(divided)
    assert hints(1) == ["divided 2"]
    checked(divided)
    assert hints(1) == ["divided 3"]
    checked(shifted)
    assert hints(1) == ["shifted 2"]
    checked(divided)
    assert hints(1) == ["divided 2"]


def test_hints_of_a_detector_come_before_those_of_the_task(made):
    def function(X, k):
        X *= k
        return X

    assert "Hint: Which line assigns to a part of `X`" in checked(function).text
    told = hints(6)
    assert told[0].startswith("`X += 1` changes the array itself")
    assert told[1].startswith("Work on a copy")
    assert told[2:] == ["Look.", "Compare.", "Multiply.", "Multiply."]


def test_after_python_began_anew_the_hints_of_a_detector_are_those_of_the_task(made, monkeypatch):
    checked(lambda X, k: X[:1])
    monkeypatch.setattr(checking, "_last", {})
    assert hints(2) == ["Look.", "Compare."]


def test_hints_to_an_unnamed_answer_are_those_of_the_task(made, monkeypatch):
    assert "Hint: Look. (" in checked(lambda X, k: k * X + 1).text
    assert hints(1) == ["Compare."]
    monkeypatch.setattr(checking, "_last", {})
    assert hints(1) == ["Multiply."]


def test_after_a_right_answer_hints_begin_with_the_first(made):
    checked(scaled)
    assert hints(2) == ["Look.", "Compare."]


# -- solutions ------------------------------------------------------------------------------------


def test_a_solution_comes_after_a_try(made):
    checked(divided)
    made.why = "Because."
    assert solution(NAME).text == (
        "made.scaled: a solution\n    def scaled(X, k):\n        return k * X\nBecause."
    )


def test_a_solution_comes_when_it_is_asked_for_twice_and_a_hint_is_no_try(made):
    hint(NAME)
    first = solution(NAME)
    assert first.title == "made.scaled: try it first."
    assert "return" not in first.text
    hint(NAME)
    assert solution(NAME).title == "made.scaled: a solution"


def noted(text):
    return lambda function: function


@noted("Begin with `def twice(X):`")
def twice(X):
    return 2 * X


def test_a_solution_leaves_out_what_stands_above_its_def(monkeypatch):
    handed_out(made_up(twice, [(1,)]), monkeypatch)
    solution("made.twice")
    assert solution("made.twice").text == (
        "made.twice: a solution\n    def twice(X):\n        return 2 * X"
    )


def test_a_solution_begins_with_its_own_def():
    for one in every_exercise():
        solution(one.name)
        text = solution(one.name).text
        name = one.reference.__name__
        assert text.startswith(
            f"{one.name}: a solution\n    def {name}({', '.join(one.parameters)}):"
        )
        assert text.endswith(f"\n{one.why}")


# -- progress -------------------------------------------------------------------------------------


def solve(*names):
    for name in names:
        memory.record({"exercise": name, "result": "passed"})


def test_progress_says_what_is_done_and_what_is_next():
    text = progress("perceptrons").text
    assert text.splitlines()[0] == "perceptrons: 0 of 4 objectives reached"
    assert "0 of 1: Compute the output of a neuron" in text
    assert text.endswith("Next: `perceptrons.neuron`.")
    solve("perceptrons.neuron", "perceptrons.majority")
    text = progress("perceptrons").text
    assert text.splitlines()[0] == "perceptrons: 1 of 4 objectives reached"
    assert "\ndone: Compute the output of a neuron" in text
    assert "\n1 of 2: Choose weights for AND" in text
    assert text.endswith("Next: `perceptrons.border`.")


def test_progress_of_the_course_has_a_line_for_every_lesson():
    objectives = {(one.name.partition(".")[0], one.objective) for one in every_exercise()}
    first = every_exercise()[0].name
    card = progress()
    assert card.title == f"The course: 0 of {len(objectives)} objectives reached"
    assert len(card.lines) == len(TOPICS) + 1
    assert "perceptrons: 0 of 4" in card.lines
    assert card.lines[-1] == f"Next: `{first}`."
    solve("perceptrons.neuron", "perceptrons.majority")
    card = progress()
    assert card.title == f"The course: 1 of {len(objectives)} objectives reached"
    assert "perceptrons: 1 of 4" in card.lines


def test_progress_says_when_all_is_done():
    solve(*(one.name for one in every_exercise() if one.name.startswith("perceptrons.")))
    card = progress("perceptrons")
    assert card.title == "perceptrons: 4 of 4 objectives reached"
    assert all(line.startswith("done: ") for line in card.lines[:-1])
    assert card.lines[-1] == "Every exercise is solved."
    assert "perceptrons: done" in progress().lines
    solve(*(one.name for one in every_exercise()))
    assert progress().lines == (*(f"{topic}: done" for topic in TOPICS), card.lines[-1])


def test_what_is_solved_but_not_known_any_more_counts_nowhere():
    solve("perceptrons.gone", "gone.gone")
    assert progress("perceptrons").title == "perceptrons: 0 of 4 objectives reached"


@pytest.mark.parametrize("topic", [None, "perceptrons"])
def test_progress_is_plain_text_for_whoever_has_no_page(topic):
    text = str(progress(topic))
    assert "<" not in text
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("topic", "meant"), [("perceptron", "perceptrons"), ("Convolution", "convolution"), ("", None)]
)
def test_an_unknown_lesson_is_an_error_that_names_the_nearest(topic, meant):
    hint = [f"did you mean {meant!r}?"] if meant else []
    with pytest.raises(
        ValueError, match=says(f"lesson {topic!r}", *hint, "Choose from", "start_here")
    ):
        progress(topic)


def test_what_is_next_is_what_is_not_solved(monkeypatch):
    names = [one.name for one in every_exercise() if one.name.startswith("perceptrons.")]
    exercise = find(names[0])
    monkeypatch.setattr(checking, "run", lambda e, f: Report("outcomes", e.expected, e.expected))
    assert check(names[0], exercise.reference).lines == (f"Next: `{names[1]}`.",)
    solve(*names[1:-1])
    assert check(names[0], exercise.reference).lines == (f"Next: `{names[-1]}`.",)
    solve(names[-1])
    assert check(names[0], exercise.reference).lines == ("That was the last one of this lesson.",)
