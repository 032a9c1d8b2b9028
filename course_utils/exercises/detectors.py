"""What can be said of a wrong answer when no mistake of the exercise names it.

Each detector looks at what was seen of a function on all cases beside what was expected, and
answers a `Finding`, or None. The first that answers speaks.
"""

import inspect
import linecache
from dataclasses import dataclass

import numpy as np

from .answers import Strange, as_array, close, count, is_in_parts, rounding, shown, size

__all__ = ["DETECTORS", "Finding", "is_stub", "line_of", "parameters_of", "place_in_words"]


@dataclass(frozen=True)
class Finding:
    """What is wrong with a function.

    Attributes
    ----------
    name : str
        The kind of mistake: "shape", or the name of a mistake's function.
    says : str
        It in one sentence.
    shows : str
        What shows it.
    hints : tuple of str
        Where to look, what to compare, the step itself.
    case : int or None
        The case that shows it, counted from 0.
    """

    name: str
    says: str
    shows: str = ""
    hints: tuple[str, ...] = ()
    case: int | None = None


def _stub():
    """What is not attempted: a docstring and `...`."""


def _nothing():
    pass


def is_stub(function):
    """Whether a function has no code: at most a docstring, `...` or `pass`."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_code not in {_stub.__code__.co_code, _nothing.__code__.co_code}:
        return False
    return set(code.co_consts) <= {None, ..., function.__doc__}  # else it answers a constant


def line_of(place):
    """The text of a line of the student's, "" where it is not known."""
    return linecache.getline(*place).strip() if place and place[0] else ""


def place_in_words(place):
    """Where a student finds a line: its text, or its number."""
    if line := line_of(place):
        return f"in the line `{line}`"
    return f"in line {place[1]}" if place and place[1] else "in your function"


def parameters_of(function):
    """How many arguments a function must and may be given, None where that can't be known."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    least = sum(p.default is p.empty for p in places)
    endless = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    named = any(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in parameters)
    return (least, np.inf if endless else len(places)) if not named else (np.inf, np.inf)


# -- detectors, in the order in which they speak --------------------------------------------------


def not_attempted(exercise, seen):
    if all(
        one.answered == "..." or (one.error is not None and one.error.kind == "NotImplementedError")
        for one in seen
    ):
        return Finding("not attempted", "not attempted yet.")
    return None


def nothing(exercise, seen):
    pairs = enumerate(zip(seen, exercise.expected, strict=True))
    silent = [k for k, (a, b) in pairs if a.answered == "nothing" and b.answered == "something"]
    may = any(one.answered == "nothing" for one in exercise.expected)
    if not silent or (may and any(one.answered == "something" for one in seen)):
        return None  # where None may be an answer, it is no forgotten `return`
    if len(silent) == len(seen):
        hints = ("Look at its last line.", "Does every way through it end in `return`?")
        where, case = "", None
    else:
        hints = ("Does every way through it end in `return`?", "Is one `return` too far indented?")
        where, case = f" on {len(silent)} of {len(seen)} inputs", smallest(exercise, silent)
    return Finding(
        "nothing",
        f"Your function answers nothing (`None`){where}.",
        "A function without `return` computes, and then forgets.",
        hints,
        case,
    )


def raised(exercise, seen):
    pairs = enumerate(zip(seen, exercise.expected, strict=True))
    failing = [k for k, (a, b) in pairs if a.error is not None and not a.error.is_like(b.error)]
    if failing:
        k = smallest(exercise, failing)
        error = seen[k].error
        if error.kind == "MemoryError":
            return Finding(
                "memory",
                "Your function asks for more memory than a check gives it, 1 GB.",
                f"It happens {place_in_words(error.place)}.",
                (
                    "Look at the shape of every array that you make: which one is far larger than "
                    "the input?",
                ),
                k,
            )
        if error.kind in ("SystemExit", "KeyboardInterrupt"):
            return Finding(
                "exit",
                "Your function ends Python.",
                f"It happens {place_in_words(error.place)}.",
                ("A function answers by `return`; `exit` and `quit` end the program.",),
                k,
            )
        few = len(failing)
        which = "" if few == len(seen) else f" on {few} of {len(seen)} inputs"
        if error.place is None and seen[k].answered == "something":
            return Finding(
                "error",
                f"What your function answers{which} can't be used: {error.message}".rstrip(": .")
                + f" ({error.kind}).",
                "",
                (
                    "Compare your `return` with what the task asks for: how many things, of what "
                    "kind, in what order?",
                    "Call your function yourself, and print the `type` and the shape of each "
                    "thing that it answers.",
                ),
                k,
            )
        return Finding(
            "error",
            f"Your function raises {error.kind}{which}: {error.message}".rstrip(": .") + ".",
            f"It happens {place_in_words(error.place)}.",
            (
                "Read the last line of the message first: it says what was expected there.",
                "Call your function yourself with this input, and print the shape of each array "
                "just before that line.",
            ),
            k,
        )
    return None


def changed(exercise, seen):
    k = smallest(exercise, [k for k, one in enumerate(seen) if one.changed is not None])
    if k is None:
        return None
    name = seen[k].changed
    given = dict(zip(exercise.parameters, exercise.cases()[k], strict=False)).get(name)
    what = "list" if isinstance(given, list) else "array"
    return Finding(
        "changed",
        f"Your function changes the {what} that it is given as `{name}`.",
        f"The caller's own {what} is another one afterwards, and whoever uses it next computes "
        "with wrong numbers.",
        (
            f"Which line assigns to a part of `{name}`, or of another name for the same {what}, "
            "takes something out of it, or uses `+=` on it?",
            f"`{name} += 1` changes the array itself; `{name} = {name} + 1` makes a new one.",
            f"Work on a copy: `{name} = {name}.copy()` in your first line.",
        ),
        k,
    )


def kind(exercise, seen):
    for k in by_size(exercise):
        one, wanted = seen[k], exercise.expected[k]
        if wanted.error is not None and one.error is None:
            return Finding(
                "no error",
                f"Your function answers {_a(one.value)}, where it should raise "
                f"{wanted.error.kind}.",
                "",
                ("Which input has no answer, and where does your function look for it?",),
                k,
            )
        if exercise.answers and not _is_of_the_sort(one.value, wanted.value):
            return Finding(
                "type",
                f"Your function answers {_a(one.value)}, where {_a(wanted.value)} is expected.",
                "",
                (
                    "Compare your `return` with what the task asks for: how many things, of what "
                    "kind, in what order?",
                ),
                k,
            )
    return None


def shape(exercise, seen):
    for column in wrong_columns(exercise, seen):
        for k in by_size(exercise):
            _, got, wanted = column.triples[k]
            if got.shape == wanted.shape:
                continue
            says = f"{column.name} has the shape {got.shape}, where {wanted.shape} is expected."
            hint = (
                "Compare with the task: how many rows must the answer have, and how many columns?"
            )
            if got.shape == wanted.shape[::-1] and equal(exercise, got.T, wanted):
                says = f"{column.name} is transposed: {got.shape} in place of {wanted.shape}."
                hint = "The numbers are right. Which axis must come first?"
            elif all(
                g.size == w.size and equal(exercise, g.reshape(w.shape), w)
                for _, g, w in column.triples
            ):
                hint = "The numbers are right; an axis is missing, or one too many, or exchanged."
            return Finding("shape", says, "", (hint,), k)
    return None


def transposed(exercise, seen):
    for column in wrong_columns(exercise, seen):
        if all(
            g.ndim == 2 and g.shape == w.shape[::-1] and equal(exercise, g.T, w)
            for _, g, w in column.triples
        ):
            return Finding(
                "transposed",
                f"{column.name} is transposed: rows and columns are exchanged.",
                "The shape of a square array does not tell.",
                (
                    "Take one number off the diagonal of what is expected, and find it in yours.",
                    "Which factor comes first in your product, and which one is turned?",
                ),
                column.first_wrong,
            )
    return None


def not_finite(exercise, seen):
    for column in wrong_columns(exercise, seen):
        for k, got, wanted in column.triples:
            there = got[np.isfinite(wanted)]
            if not np.isfinite(there).all():
                what = "nan (not a number)" if np.isnan(there).any() else "inf (infinite)"
                return Finding(
                    "not finite",
                    f"{column.name} holds {what}.",
                    "",
                    (
                        "Which step divides, takes a logarithm or a large exponential? What does "
                        "it get here?",
                    ),
                    k,
                )
    return None


def whole_numbers(exercise, seen):
    for column in wrong_columns(exercise, seen):
        wrong = [(g, w) for _, g, w in column.triples if not equal(exercise, g, w)]
        cut = any(g.dtype.kind in "iu" or g.any() for g, _ in wrong)  # zeros alone say nothing
        if cut and all(w.dtype.kind == "f" and np.array_equal(g, np.trunc(w)) for g, w in wrong):
            return Finding(
                "whole numbers",
                f"{column.name} has lost what stands behind the decimal point.",
                "An array of integers cuts every number that is stored in it; `//` rounds down.",
                (
                    "What does the array hold in which you store the answer: integers, or floats? "
                    "Its `dtype` says so.",
                    "`np.zeros_like(x)` and `x.copy()` take the type of `x`.",
                    "Make it an array of floats: `x.astype(float)`.",
                ),
                column.first_wrong,
            )
    return None


FACTORS = {
    -1.0: "has the wrong sign: it is the right one times -1",
    2.0: "is twice the right one",
    0.5: "is half the right one",
}


def factor(exercise, seen):
    """The right answer times one number, or times one that goes with the size of the input."""
    for column in wrong_columns(exercise, seen):
        ratios = [ratio(exercise, got, wanted) for _, got, wanted in column.triples]
        if None in ratios or not any(ratios):
            continue
        arrays = [array for _, *both in column.triples for array in both]
        accuracy = max(1e-6, exercise.tolerance, rounding(*arrays))
        rows = [row_counts(case) for case, r in zip(exercise.cases(), ratios, strict=True) if r]
        ratios = [r for r in ratios if r]
        for place in range(min(map(len, rows))):
            n = np.array([own[place] for own in rows])
            for power, words, hint in BY_ROWS:
                if np.ptp(n) and fits(ratios, n.astype(float) ** power, accuracy):
                    said = f"{column.name} is N times {words}, N being the number of rows."
                    return Finding("factor", said, "", (hint,), column.first_wrong)
        for number, words in FACTORS.items():
            if fits(ratios, number, accuracy):
                said = f"{column.name} {words}."
                return Finding("factor", said, "", (FROM_WHERE[number],), column.first_wrong)
        told = sum(np.count_nonzero(wanted) for _, _, wanted in column.triples) > 1
        if told and fits(ratios, ratios[0], accuracy) and abs(ratios[0] - 1) > 1e-3:
            said = f"{column.name} is the right one times {ratios[0]:.4g}, on every input."
            hint = "Which constant in your formula could make this factor?"
            return Finding("factor", said, "", (hint,), column.first_wrong)
    return None


def ratio(exercise, got, wanted):
    """How many times as large an array is; 0 where both are 0, None where it is no multiple."""
    if not wanted.any():
        return None if got.any() else 0.0
    largest = np.unravel_index(np.abs(wanted).argmax(), wanted.shape)
    times = float(np.real(got[largest] / wanted[largest]))
    good = np.isfinite(times) and times and equal(exercise, got, times * wanted)
    return times if good else None


def fits(ratios, numbers, accuracy):
    """Whether ratios are these numbers."""
    return np.allclose(ratios, numbers, rtol=accuracy, atol=0)


def row_counts(case):
    """The length of each array of a case."""
    return [len(a) for a in case if isinstance(a, np.ndarray) and a.ndim]


BY_ROWS = (
    (1, "too large", "A mean over the rows is a sum divided by their number."),
    (-1, "too small", "Is something divided by the number of rows twice, or where a sum is meant?"),
)
FROM_WHERE = {
    -1.0: "Which difference is taken the wrong way round, or which minus is missing?",
    2.0: "Is a 2 counted twice, as that of a square's derivative, or a mean over two forgotten?",
    0.5: "The derivative of a square brings a factor of 2; a mean over two things divides by 2.",
}


def some(exercise, seen):
    """The last word: how many cases are right, and the smallest that is not."""
    wrong, n = wrong_cases(exercise, seen), len(seen)
    k = smallest(exercise, wrong)
    if exercise.lacks is not None:
        says = exercise.lacks(seen[k].value)
    elif len(wrong) == n:
        says = "Your answer is not the one that is expected."
    else:
        says = f"Your answer is right on {n - len(wrong)} of {n} inputs, and not on the others."
    return Finding("unnamed", says, "", exercise.hints, k)


DETECTORS = (
    not_attempted,
    nothing,
    raised,
    changed,
    kind,
    shape,
    transposed,
    not_finite,
    whole_numbers,
    factor,
    some,
)


# -- what they share ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One array of the answer, over all cases.

    Attributes
    ----------
    name : str
        What it is called: "Your answer", or "The second part of your answer".
    triples : list of tuple
        (number of the case, got, wanted).
    first_wrong : int
        The smallest case on which it is wrong.
    """

    name: str
    triples: list
    first_wrong: int


ORDINALS = ("first", "second", "third", "fourth", "fifth")


def wrong_columns(exercise, seen):
    """The arrays of the answer that are wrong somewhere; none where it is no array."""
    if not exercise.answers:
        return []
    pairs = [(one.value, w.value) for one, w in zip(seen, exercise.expected, strict=True)]
    counts = {count(value) for pair in pairs for value in pair}
    if len(counts) == 1 and all(isinstance(wanted, tuple) for _, wanted in pairs):
        parts = {
            f"The {ordinal} part of your answer": [(one[j], wanted[j]) for one, wanted in pairs]
            for j, ordinal in enumerate(ORDINALS[: len(pairs[0][1])])
        }
    else:
        parts = {"Your answer": pairs}
    columns = []
    for name, values in parts.items():
        arrays = [(k, as_array(a), as_array(b)) for k, (a, b) in enumerate(values)]
        if any(a is None or b is None for _, a, b in arrays):
            continue
        wrong = [k for k, a, b in arrays if a.shape != b.shape or not equal(exercise, a, b)]
        if wrong:
            columns.append(Column(name, arrays, smallest(exercise, wrong)))
    return columns


def equal(exercise, got, wanted):
    """Whether two arrays of one shape are the same by the exercise's tolerance."""
    return bool(np.all(close(got, wanted, exercise.tolerance, exercise.each)))


def wrong_cases(exercise, seen):
    """The numbers of the cases on which something else was seen than is right."""
    pairs = enumerate(zip(seen, exercise.expected, strict=True))
    return [k for k, (one, wanted) in pairs if not exercise.is_right(one, wanted)]


def by_size(exercise):
    """The numbers of the cases, those first that are read most quickly."""
    sizes = [size(case) for case in exercise.cases()]
    return sorted(range(len(sizes)), key=sizes.__getitem__)


def smallest(exercise, numbers):
    """The case that is read most quickly, of those with these numbers; None where there is none."""
    return next((k for k in by_size(exercise) if k in numbers), None)


def _is_of_the_sort(value, wanted):
    """Whether an answer is what is expected, as far as that is no matter of its numbers."""
    if is_in_parts(wanted):
        return count(value) == len(wanted)
    array, numbers = as_array(value), as_array(wanted)
    if numbers is not None:  # a tuple with an axis more is several answers
        return array is not None and not (isinstance(value, tuple) and array.ndim > numbers.ndim)
    return type(value) is type(wanted)


def _a(value):
    array = as_array(value)
    if isinstance(value, tuple | list):
        if not value:
            return f"an empty {type(value).__name__}"
        kind = "number" if array is not None and array.ndim == 1 else "thing"
        return f"{len(value)} {kind}{'s' * (len(value) != 1)}, `{shown(value)}`"
    if array is not None:
        return (
            f"an array of the shape {array.shape}" if array.ndim else f"a number, `{shown(value)}`"
        )
    if value is None:
        return "nothing (`None`)"
    if isinstance(value, str):
        return f"text, `{shown(value)}`"
    if isinstance(value, Strange):
        return f"{'an' if value.type[:1] in 'aeiouAEIOU' else 'a'} {value.type}"
    return f"`{shown(value)}`"
