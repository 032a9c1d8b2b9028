"""What a student calls: `check`, `hint`, `solution` and `progress`."""

import inspect

import numpy as np

from .._registry import nearest
from . import memory
from .answers import as_array, most_apart, shown
from .cards import Card
from .definition import every_exercise, find
from .detectors import (
    DETECTORS,
    Finding,
    is_stub,
    parameters_of,
    place_in_words,
    smallest,
    wrong_cases,
)
from .sandbox import Unsendable, run

__all__ = ["check", "hint", "judge", "progress", "solution"]

PASSED = Finding("passed", "right.")
STUB = Finding("not attempted", "not attempted yet.")
_last: dict[str, Finding] = {}  # by exercise, what this process found last


def check(name, function):
    """Say whether a function solves an exercise, and if not, what kind of mistake it makes.

    The function is tried in a process of its own, so that nothing it does can harm the notebook;
    nothing of it is kept or sent anywhere.

    Parameters
    ----------
    name : str
        The exercise, such as "perceptrons.update".
    function : callable
        Yours: the function itself, without brackets behind it.

    Returns
    -------
    Card
        Its `passed` is True when the answer is right; `mistake` is the name of the mistake that
        was seen, or None; `text` is what the card says.

    Raises
    ------
    ValueError
        When there is no exercise of that name. The message names the nearest.

    Examples
    --------
    >>> def update(w, b, x, y):
    ...     ...
    >>> check("perceptrons.update", update)
    perceptrons.update: not attempted yet.
    """
    exercise = find(name)
    finding, report = _finding(exercise, function)
    if finding.name != STUB.name:
        memory.record(_event(exercise, finding, report))
        _last[exercise.name] = finding
    return _card(exercise, finding, report)


def _finding(exercise, function):
    if not callable(function):
        return _no_function(exercise, function), None
    if is_stub(function):
        return STUB, None
    if finding := _other_parameters(exercise, function):
        return finding, None
    try:
        report = run(exercise, function)
    except Unsendable as error:
        return _unsendable(error), None
    if report.end != "outcomes":
        return _stopped(report), report
    return judge(exercise, report.first, report.second), report


@np.errstate(all="ignore")
def judge(exercise, seen, again=None):
    """What outcomes say of a function: the whole of `check` but for running it.

    Parameters
    ----------
    exercise : Exercise
    seen : list of Outcome
        One for each case.
    again : list of Outcome, optional
        Those of a second run.

    Returns
    -------
    Finding
        Named "passed" when all is right.
    """
    right = [exercise.is_right(a, b) for a, b in zip(seen, exercise.expected, strict=True)]
    if all(right) and not any(one.changed for one in seen):
        if again is not None and not _all_same(exercise, again, seen):
            return _not_steady(exercise, seen, again)
        return PASSED
    for mistake in exercise.mistakes:
        known = exercise.known[mistake.name]
        if _all_same(exercise, seen, known):
            k = smallest(exercise, wrong_cases(exercise, known))
            return Finding(mistake.name, mistake.says, mistake.shows, mistake.hints, k)
    if again is not None and not _all_same(exercise, again, seen):
        return _not_steady(exercise, seen, again)
    return next(filter(None, (detect(exercise, seen) for detect in DETECTORS)))


def _all_same(exercise, seen, others):
    return all(exercise.is_same(a, b) for a, b in zip(seen, others, strict=True))


# -- what is found before, or without, any outcome ------------------------------------------------


def _no_function(exercise, given):
    name = exercise.reference.__name__
    if given is ...:
        return STUB
    return Finding(
        "no function",
        f"`check` needs the function itself, and was given {type(given).__name__}.",
        "",
        (f'Write `check("{exercise.name}", {name})`, with no brackets behind `{name}`.',),
    )


def _other_parameters(exercise, function):
    bounds, wanted = parameters_of(function), exercise.parameters
    if bounds is None or bounds[0] <= len(wanted) <= bounds[1]:
        return None
    signature = inspect.signature(function)
    names = [p.replace(annotation=p.empty, default=p.empty) for p in signature.parameters.values()]
    has = str(inspect.Signature(names))[1:-1] or "nothing"
    return Finding(
        "parameters",
        f"Your function takes ({has}), where ({', '.join(wanted)}) is expected.",
        "",
        (f"Begin with `def {exercise.reference.__name__}({', '.join(wanted)}):`.",),
    )


def _unsendable(error):
    return Finding(
        "uses too much",
        f"Your function uses something from outside that can't be copied: {error}.",
        "A check runs a copy of your function, so that nothing can happen to the notebook.",
        ("Which names in it are neither arguments nor made in it? Use its arguments alone.",),
    )


def _stopped(report):
    if report.end == "time":
        return Finding(
            "time",
            "Your function did not come to an end in time.",
            f"When it was stopped, it was {place_in_words(report.place)}.",
            (
                "Which condition ends the loop, and what in the loop makes it true?",
                "Let the loop print what its condition looks at, for ten rounds.",
                "If there is no loop: how many numbers does that line compute? Printing takes "
                "time, too.",
            ),
        )
    if report.end == "memory":
        return Finding(
            "memory",
            "Your function asks for more memory than a check gives it, 1 GB.",
            "It was stopped, and the notebook goes on.",
            ("Which array that you make is far larger than the input?",),
        )
    return Finding(
        "exit",
        "Your function ends Python.",
        "Only the copy that was tried has ended; the notebook goes on.",
        ("A function answers by `return`; `exit` and `quit` end the program.",),
    )


def _not_steady(exercise, seen, again):
    differ = [
        k for k, pair in enumerate(zip(seen, again, strict=True)) if not exercise.is_same(*pair)
    ]
    return Finding(
        "changing",
        "Your function answers differently when it is called again with the same input.",
        "",
        (
            "What does it use that is not an argument: a random number without a seed, or a "
            "variable from outside that it changes?",
        ),
        differ[0],
    )


# -- in words -------------------------------------------------------------------------------------


def _card(exercise, finding, report):
    if finding.name == "passed":
        lines = [_printed(report), _next_line(exercise)]
        return Card(f"{exercise.name}: right.", _there(lines), passed=True)
    if finding.name == "not attempted":
        return Card(f"{exercise.name}: not attempted yet.")
    hints = _hints(exercise, finding)
    lines = [finding.says, finding.shows, _case(exercise, finding, report), _printed(report)]
    if hints:
        more = f' (`hint("{exercise.name}")` says more.)' if len(hints) > 1 else ""
        lines.append(f"Hint: {hints[0]}{more}")
    return Card(f"{exercise.name}: not yet.", _there(lines), mistake=finding.name)


def _hints(exercise, finding):
    """Those of a mistake; behind those of a detector stand those of the task."""
    if finding.name in {"unnamed", *(one.name for one in exercise.mistakes)}:
        return finding.hints or exercise.hints
    return (*finding.hints, *exercise.hints)


def _there(lines):
    return tuple(line for line in lines if line)


def _case(exercise, finding, report):
    """The input that shows it, what was answered, and what is right."""
    if finding.case is None or report is None:
        return ""
    k = finding.case
    case, got, wanted = exercise.cases()[k], report.first[k], exercise.expected[k]
    names = list(inspect.signature(exercise.trial).parameters)[1:]
    if exercise.answers:
        names = exercise.parameters
    given = ", ".join(f"{name} = {shown(part)}" for name, part in zip(names, case, strict=False))
    errors = got.error is not None or wanted.error is not None
    if not exercise.answers or errors or finding.name in ("changed", "type"):
        return f"It is seen with `{given}`." if given else ""
    if finding.name == "changing":
        then = report.second[k]
        did = f"raised {then.error.kind}" if then.error else f"answered `{shown(then.value)}`"
        return f"With `{given}` it answered `{shown(got.value)}`, and then it {did}."
    a, b = shown(got.value), shown(wanted.value)
    if a == b:
        a, b = _apart(got.value, wanted.value)
    return f"With `{given}` your answer is `{a}`; right is `{b}`."


def _apart(got, wanted):
    """Two values that look the same in four digits."""
    a, b = as_array(got), as_array(wanted)
    if a is None or b is None or a.shape != b.shape or a.size == 0:
        return shown(got), shown(wanted)
    place, _ = most_apart(a, b)
    return str(a[place]), str(b[place])


def _printed(report):
    if report is None or not report.printed.strip():
        return ""
    first = report.printed.strip().splitlines()[:3]
    more = f" ({report.lines:,} lines in all)" if report.lines > 3 else ""
    return "It printed: " + " / ".join(f"`{line[:80]}`" for line in first) + more


def _next_line(exercise):
    done = memory.passed() | {exercise.name}
    own = [one.name for one in every_exercise() if one.topic == exercise.topic]
    left = [name for name in own if name not in done]
    return f"Next: `{left[0]}`." if left else "That was the last one of this lesson."


def _event(exercise, finding, report):
    """What is remembered: the exercise and what was found; of an unnamed answer its fingerprint."""
    event = {"exercise": exercise.name, "result": finding.name}
    if finding.name == "unnamed":
        pairs = zip(report.first, exercise.expected, strict=True)
        event["cases"] = [_how_far(exercise, one, wanted) for one, wanted in pairs]
    return event


def _how_far(exercise, one, wanted):
    if exercise.is_right(one, wanted):
        return "right"
    a, b = as_array(one.value), as_array(wanted.value)
    if a is None or b is None:
        return "other"
    if a.shape != b.shape:
        return f"shape {a.shape}"
    _, off = most_apart(a, b)
    with np.errstate(all="ignore"):
        return f"{off / (np.abs(b).max() or 1.0):.2g}"


# -- hints, solutions, progress -------------------------------------------------------------------


def hint(name):
    """The next hint for an exercise: for the mistake that `check` saw last, or for the task.

    Parameters
    ----------
    name : str
        The exercise, such as "perceptrons.update".

    Returns
    -------
    Card
    """
    exercise = find(name)
    last, given = memory.last_mistake(exercise.name)
    finding = _last.get(exercise.name, PASSED)
    known = {mistake.name: mistake.hints for mistake in exercise.mistakes}
    hints = known.get(last) or exercise.hints
    shown_already = last in known or last == "unnamed"  # the card of a check shows the first one
    if last == finding.name != PASSED.name:
        hints, shown_already = _hints(exercise, finding), True
    k = min(given + shown_already, len(hints) - 1)
    memory.record({"exercise": exercise.name, "result": "hint"})
    rest = len(hints) - 1 - k
    more = (
        f"{rest} more." if rest else f'That was the last; `solution("{exercise.name}")` shows one.'
    )
    return Card(f"{exercise.name}: hint {k + 1} of {len(hints)}", (hints[k], more))


def solution(name):
    """A solution of an exercise with its reason, once you have tried, or asked twice.

    Parameters
    ----------
    name : str
        The exercise, such as "perceptrons.update".

    Returns
    -------
    Card
    """
    exercise = find(name)
    tried = memory.attempted(exercise.name)
    memory.record({"exercise": exercise.name, "result": "solution"})
    if not tried:
        return Card(
            f"{exercise.name}: try it first.",
            ("What you find yourself stays. Ask once more, and the solution is shown.",),
        )
    program = "    " + exercise.solution.replace("\n", "\n    ")
    return Card(f"{exercise.name}: a solution", _there((program, exercise.why)))


def progress(topic=None):
    """What you have shown that you can do, and what is next.

    Parameters
    ----------
    topic : str, optional
        One lesson, by its file's name without the number, such as "perceptrons": its objectives.
        By default all lessons, a line each.

    Returns
    -------
    Card

    Raises
    ------
    ValueError
        When there is no lesson of that name with exercises.
    """
    known, done = every_exercise(), memory.passed()
    by_topic = {}
    for one in known:
        by_topic.setdefault(one.topic, {}).setdefault(one.objective, []).append(one)
    if topic is not None and topic not in by_topic:
        meant = nearest(topic, by_topic)
        hint = f"; did you mean {meant!r}?" if meant else "."
        raise ValueError(f"unknown lesson {topic!r}{hint} Choose from: {', '.join(by_topic)}.")
    chosen = by_topic if topic is None else {topic: by_topic[topic]}
    reached = {
        one: [all(e.name in done for e in own) for own in objectives.values()]
        for one, objectives in chosen.items()
    }
    if topic is None:
        lines = [f"{one}: {_share(map(int, marks))}" for one, marks in reached.items()]
    else:
        lines = [
            f"{_share(e.name in done for e in own)}: {objective}"
            for objective, own in chosen[topic].items()
        ]
    names = [one.name for one in known if one.topic in chosen]
    left = next((name for name in names if name not in done), None)
    lines.append(f"Next: `{left}`." if left else "Every exercise is solved.")
    n_done, n_all = (sum(map(count, reached.values())) for count in (sum, len))
    return Card(f"{topic or 'The course'}: {n_done} of {n_all} objectives reached", tuple(lines))


def _share(marks):
    marks = list(marks)
    return "done" if all(marks) else f"{sum(marks)} of {len(marks)}"
