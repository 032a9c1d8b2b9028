"""Each detector speaks on its own fault, and on none of the others'."""

import functools
import sys

import numpy as np
import pytest

from course_utils.exercises import detectors
from course_utils.exercises.checking import judge
from course_utils.exercises.detectors import (
    DETECTORS,
    Finding,
    is_stub,
    parameters_of,
    place_in_words,
    row_counts,
    smallest,
)
from tests.exercises.cells import cell
from tests.exercises.table import made_up, outcomes


def mean_product(X, W):
    """Answer X @ W, divided by the number of rows."""
    return X @ W / len(X)


def column_sums_and_mean_product(X, W):
    """Answer (the sums of the columns of X, X @ W divided by the number of rows)."""
    return X.sum(axis=0), mean_product(X, W)


RNG = np.random.default_rng(seed=3)
CASES = [(3 * RNG.normal(size=(n, n)), RNG.normal(size=(n, n)) + 2) for n in (3, 2, 5)]
ALONE = made_up(mean_product, CASES)
PAIR = made_up(column_sums_and_mean_product, CASES)


def found(exercise, function):
    return judge(exercise, outcomes(exercise, function))


# -- faults of a function, whatever it answers ----------------------------------------------------


def ellipsis(X, W):
    return ...


def not_implemented(X, W):
    raise NotImplementedError("later")


def without_return(X, W):
    X @ W / len(X)


def does_not_fit(X, W):
    return X @ W[1:]


def fails_on_the_largest(X, W):
    return [1, 2, 3, 4].index(len(X))


def huge(X, W):
    return np.ones(1 << 55)


def out_of_memory(X, W):
    raise MemoryError


def leaves(X, W):
    sys.exit("bye")


def interrupts(X, W):
    raise KeyboardInterrupt


def in_place(X, W):
    answer = X @ W / len(X)
    W *= 2
    return answer


def text(X, W):
    return str(X @ W)


def a_dict(X, W):
    return {"answer": X @ W}


def an_iterator(X, W):
    return map(abs, X)


def three_things(X, W):
    return X, W, X @ W / len(X)


OF_A_FUNCTION = [
    (ellipsis, "not attempted", "not attempted yet."),
    (not_implemented, "not attempted", "not attempted yet."),
    (without_return, "nothing", "answers nothing (`None`)"),
    (does_not_fit, "error", "raises ValueError: matmul"),
    (fails_on_the_largest, "error", "raises ValueError on 1 of 3 inputs: 5 is not in list."),
    (huge, "memory", "more memory"),
    (out_of_memory, "memory", "more memory"),
    (leaves, "exit", "ends Python"),
    (interrupts, "exit", "ends Python"),
    (in_place, "changed", "changes the array that it is given as `W`"),
    (text, "type", "answers text, `'[["),
    (a_dict, "type", "answers `{'answer': [["),
    (an_iterator, "type", "answers a map, where"),
    (three_things, "type", "answers 3 things, `([["),
]
# -- faults of an array ---------------------------------------------------------------------------


def one_is(value):
    def fault(answer, n):
        answer[0, -1] = value
        return answer

    return fault


ARRAYS = {
    "a column alone": (lambda A, n: A[:, :1], "shape", "has the shape (2, 1), where (2, 2) is"),
    "an axis more": (lambda A, n: A[np.newaxis], "shape", "has the shape (1, 2, 2), where (2, 2)"),
    "flat": (lambda A, n: A.ravel(), "shape", "has the shape (4,), where (2, 2) is expected."),
    "a number": (lambda A, n: A[0, 0], "shape", "has the shape (), where (2, 2) is expected."),
    "turned": (lambda A, n: A.T, "transposed", "is transposed: rows and columns are exchanged."),
    "nan": (one_is(np.nan), "not finite", "holds nan (not a number)."),
    "inf": (one_is(-np.inf), "not finite", "holds inf (infinite)."),
    "integers": (lambda A, n: A.astype(int), "whole numbers", "lost what stands behind"),
    "cut": (lambda A, n: np.trunc(A), "whole numbers", "has lost what stands behind"),
    "negative": (lambda A, n: -A, "factor", "has the wrong sign: it is the right one times -1."),
    "negative, in float32": (lambda A, n: -A.astype(np.float32), "factor", "has the wrong sign"),
    "twice": (lambda A, n: 2 * A, "factor", "is twice the right one."),
    "half": (lambda A, n: A / 2, "factor", "is half the right one."),
    "half, in float32": (lambda A, n: A.astype(np.float32) / 2, "factor", "is half the right one"),
    "N times": (lambda A, n: n * A, "factor", "is N times too large, N being the number of rows."),
    "an Nth": (lambda A, n: A / n, "factor", "is N times too small, N being the number of rows."),
    "some times": (lambda A, n: 3.7 * A, "factor", "is the right one times 3.7, on every input."),
    "one more": (lambda A, n: A + 1, "unnamed", ""),
    "zeros": (lambda A, n: 0 * A, "unnamed", ""),
    "signs": (lambda A, n: A > 0, "unnamed", ""),
    "absolute": (lambda A, n: abs(A), "unnamed", ""),
    "rounded": (lambda A, n: np.round(A, 1), "unnamed", ""),
    "another power": (lambda A, n: A * n**2, "unnamed", ""),
    "a little off": (lambda A, n: A * (1 + 1e-3 * np.arange(n)), "unnamed", ""),
}


def alone(fault):
    return lambda X, W: fault(mean_product(X, W), len(X))


def second(fault):
    return lambda X, W: (X.sum(axis=0), fault(mean_product(X, W), len(X)))


def first_as_list(fault):
    """The part that is right is of another form."""
    return lambda X, W: [X.sum(axis=0).tolist(), fault(mean_product(X, W), len(X))]


@pytest.mark.parametrize(("function", "name", "words"), OF_A_FUNCTION)
@pytest.mark.parametrize("exercise", [ALONE, PAIR], ids=["array", "tuple"])
def test_a_fault_of_a_function_is_named(exercise, function, name, words):
    finding = found(exercise, function)
    assert finding.name == name
    assert words in finding.says
    assert finding.says.endswith(".")
    fails = 2 if function is fails_on_the_largest else 1  # the smallest of those that fail
    assert finding.case == (None if name in ("not attempted", "nothing") else fails)


@pytest.mark.parametrize("fault", ARRAYS)
def test_a_fault_of_an_array_is_named(fault):
    make, name, words = ARRAYS[fault]
    finding = found(ALONE, alone(make))
    assert finding.name == name
    assert finding.says.startswith("Your answer")
    assert words in finding.says


@pytest.mark.parametrize("form", [second, first_as_list])
@pytest.mark.parametrize("fault", ARRAYS)
def test_a_fault_of_a_part_of_the_answer_is_named_with_the_part(form, fault):
    make, name, words = ARRAYS[fault]
    finding = found(PAIR, form(make))
    assert finding.name == name
    if name != "unnamed":
        assert finding.says.startswith("The second part of your answer ")
        assert words in finding.says


@pytest.mark.parametrize("fault", ARRAYS)
@pytest.mark.parametrize(("exercise", "form"), [(ALONE, alone), (PAIR, second)])
def test_no_other_detector_speaks_of_an_array(exercise, form, fault):
    make, name, _ = ARRAYS[fault]
    seen = outcomes(exercise, form(make))
    with np.errstate(all="ignore"):
        # What has another shape is not looked at any further.
        end = DETECTORS.index(detectors.shape) + 1 if name == "shape" else len(DETECTORS) - 1
        speak = [finding for detect in DETECTORS[:end] if (finding := detect(exercise, seen))]
    assert [finding.name for finding in speak] == ([name] if name != "unnamed" else [])


@pytest.mark.parametrize(("function", "name"), [one[:2] for one in OF_A_FUNCTION])
def test_no_detector_before_it_speaks_of_a_function(function, name):
    seen = outcomes(ALONE, function)
    said = [finding.name for detect in DETECTORS[:-6] if (finding := detect(ALONE, seen))]
    assert said[0] == name
    assert DETECTORS[-6] is detectors.shape
    # What never answered is not of the type that is expected; a stub may raise an exception.
    after = {"changed": set(), "type": set(), "not attempted": {"error", "type"}}
    assert set(said[1:]) <= after.get(name, {"type"})


def test_a_right_function_that_changes_its_argument_is_otherwise_right():
    seen = outcomes(ALONE, in_place)
    said = [finding.name for detect in DETECTORS[:-1] if (finding := detect(ALONE, seen))]
    assert said == ["changed"]


def test_the_first_part_and_both_parts():
    finding = found(PAIR, lambda X, W: (-X.sum(axis=0), mean_product(X, W)))
    assert finding.says == (
        "The first part of your answer has the wrong sign: it is the right one times -1."
    )
    finding = found(PAIR, lambda X, W: (-X.sum(axis=0), 2 * mean_product(X, W)))
    assert finding.says.startswith("The first part")


def both_ways(X, W):
    return X @ W, W @ X


def test_parts_of_one_shape_are_parts_all_the_same():
    exercise = made_up(both_ways, CASES)
    finding = found(exercise, lambda X, W: (X @ W, (W @ X).T))
    assert finding.says.startswith("The second part of your answer is transposed")
    finding = found(exercise, lambda X, W: np.array([X @ W, -(W @ X)]))
    assert finding.says.startswith("The second part of your answer has the wrong sign")
    finding = found(exercise, lambda X, W: X @ W)
    assert finding.name == "type"
    assert "an array of the shape (3, 3), where 2 things, `(" in finding.says


def mean_and_spread(x):
    return x.mean(), x.std()


def test_parts_that_are_numbers_have_names_too():
    exercise = made_up(mean_and_spread, [(np.array([1.0, 2.0, 6.0]),), (np.array([3.0, 7.0]),)])
    finding = found(exercise, lambda x: (x.mean(), -x.std()))
    assert finding.says.startswith("The second part of your answer has the wrong sign")
    finding = found(exercise, lambda x: x.mean())
    assert finding.says == (
        "Your function answers a number, `5.0`, where 2 numbers, `(5.0, 2.0)` is expected."
    )
    assert found(exercise, lambda x: [x.mean()]).says.startswith("Your function answers 1 number,")


def test_several_answers_where_one_is_expected_are_counted():
    finding = found(made_up(twice, [(1.0,), (2.5,)]), lambda x: (2 * x, x))
    assert finding.says == (
        "Your function answers 2 numbers, `(2.0, 1.0)`, where a number, `2.0` is expected."
    )
    exercise = made_up(twice, [(np.array([1.0, 2.0]),), (np.ones(3),)])
    assert found(exercise, lambda x: tuple(2 * x)).name == "passed"
    assert found(exercise, lambda x: tuple(x)).name == "factor"
    assert found(exercise, lambda x: [[2 * x]]).name == "shape"


def stretched(s, t):
    return np.broadcast_shapes(s, t)


def test_a_tuple_of_unequal_lengths_is_one_answer():
    exercise = made_up(stretched, [((2, 1), (1, 3)), ((4,), (1,)), ((5, 2), (2,))])
    assert found(exercise, lambda s, t: (*stretched(s, t),)[::-1]).name == "unnamed"
    assert found(exercise, lambda s, t: (1, *stretched(s, t))).name == "type"


# -- single ones ----------------------------------------------------------------------------------


def product(X, W):
    return X @ W


RECTANGLES = [(RNG.normal(size=(2, 3)), RNG.normal(size=(3, 4))), (np.eye(3), np.ones((3, 2)))]


def test_a_rectangle_that_is_transposed_says_so():
    finding = found(made_up(product, RECTANGLES), lambda X, W: (X @ W).T)
    assert finding.name == "shape"
    assert finding.says == "Your answer is transposed: (2, 3) in place of (3, 2)."


def test_right_numbers_in_a_wrong_shape_are_called_right():
    finding = found(made_up(product, RECTANGLES), lambda X, W: (X @ W)[:, np.newaxis])
    assert "an axis is missing, or one too many, or exchanged" in finding.hints[0]
    finding = found(made_up(product, RECTANGLES), lambda X, W: (X @ W)[:, np.newaxis] + 1)
    assert "how many rows must the answer have" in finding.hints[0]


def test_a_symmetric_answer_is_not_called_transposed():
    exercise = made_up(mean_product, [(np.eye(2), np.eye(2)), (np.eye(3), np.ones((3, 3)))])
    assert found(exercise, lambda X, W: mean_product(X, W).T).name == "passed"


def logarithm(x):
    return np.log(x)


def test_what_is_infinite_by_right_may_be_so():
    cases = [(np.array([0.0, 1.0, 2.0]),), (np.array([4.0, 0.0]),)]
    exercise = made_up(logarithm, cases)
    assert found(exercise, lambda x: np.log(x)).name == "passed"
    assert found(exercise, lambda x: np.log(x) + 1).name == "unnamed"
    assert found(exercise, lambda x: np.log(x) * (x - 1 + np.nan)).name == "not finite"
    assert found(exercise, lambda x: -np.log(x)).name == "unnamed"


def small(x):
    return x / 10


def test_zeros_are_cut_numbers_only_where_they_are_integers():
    exercise = made_up(small, [(np.array([1, 2, 9]),), (np.array([5, 6]),)])
    assert found(exercise, lambda x: np.zeros_like(x)).name == "whole numbers"
    assert found(exercise, lambda x: np.zeros(len(x))).name == "unnamed"


def spectrum(x):
    return np.fft.fft(x)


def test_complex_numbers_have_detectors_too():
    exercise = made_up(spectrum, [(np.array([1.5, 2.0, 0.5]),), (np.array([5.0, 6.0]),)])
    assert found(exercise, lambda x: -np.fft.fft(x)).name == "factor"
    assert found(exercise, lambda x: np.fft.fft(x).real).name == "unnamed"
    assert found(exercise, lambda x: np.fft.ifft(x)).name == "unnamed"


def is_positive(x):
    return x > 0


def test_answers_of_true_and_false():
    exercise = made_up(is_positive, [(np.array([1.0, -2.0, 0.0]),), (np.array([-1.0, 1.0]),)])
    assert found(exercise, lambda x: (x > 0).astype(int)).name == "passed"
    assert found(exercise, lambda x: x >= 0).name == "unnamed"
    assert found(exercise, lambda x: ~(x > 0)).name == "unnamed"
    assert found(exercise, lambda x: 2 * (x > 0)).name == "factor"


def twice(x):
    return 2 * x


@pytest.mark.parametrize(
    ("factor", "says"),
    [(-1, "has the wrong sign"), (3.7, "is the right one times 3.7, on every input.")],
)
def test_an_array_of_zeros_says_nothing_of_a_factor(factor, says):
    exercise = made_up(twice, [(np.zeros(2),), (np.array([1.0, 2.0]),), (np.array([3.0]),)])
    finding = found(exercise, lambda x: factor * 2 * x)
    assert says in finding.says
    assert finding.case != 0


def test_the_number_of_rows_is_told_from_a_number_by_the_inputs_that_tell():
    cases = [(np.zeros(5),), (np.array([1.0, 2.0]),), (np.array([3.0, 1.0]),)]
    exercise = made_up(twice, cases)
    assert "is twice the right one" in found(exercise, lambda x: 2 * x * len(x)).says


def test_a_single_number_is_no_factor():
    exercise = made_up(twice, [(3.0,)])
    assert found(exercise, lambda x: 5 * x).name == "unnamed"
    assert found(exercise, lambda x: -2 * x).name == "factor"


def test_a_factor_is_measured_by_the_tolerance():
    """As that of a gradient by differences, which is not exact."""
    exercise = made_up(twice, [(np.array([1.0, 2.0]),), (np.array([3.0]),)], tolerance=1e-3)
    noisy = found(exercise, lambda x: 4 * x * (1 + 1e-5 * len(x)))
    assert "is twice the right one" in noisy.says


def root(x):
    if x < 0:
        raise ValueError("no root")
    return x**0.5


ROOTS = made_up(root, [(4.0,), (-1.0,), (9.0,)])


def test_an_exception_that_is_expected_is_none():
    def other_words(x):
        if x < 0:
            raise ValueError("negative")
        return x**0.5

    assert found(ROOTS, other_words).name == "passed"


def test_an_exception_that_is_expected_and_missing_is_named():
    finding = found(ROOTS, lambda x: abs(x) ** 0.5)
    assert finding.name == "no error"
    assert (
        finding.says == "Your function answers a number, `1.0`, where it should raise ValueError."
    )
    assert finding.case == 1


def test_another_exception_than_the_expected_one_is_an_error():
    def function(x):
        if x < 0:
            raise TypeError("negative")
        return x**0.5

    assert "raises TypeError on 1 of 3 inputs: negative." in found(ROOTS, function).says


def test_an_exception_without_words_and_one_with_a_full_stop():
    def silent(X, W):
        raise ValueError

    def whole(X, W):
        raise ValueError("It does not fit.")

    assert found(ALONE, silent).says == "Your function raises ValueError."
    assert found(ALONE, whole).says == "Your function raises ValueError: It does not fit."


def test_not_attempted_is_only_what_is_attempted_nowhere():
    def half(X, W):
        if len(X) == 3:
            raise NotImplementedError
        return mean_product(X, W)

    assert found(ALONE, half).name == "error"
    assert found(ALONE, lambda X, W: ... if len(X) == 3 else mean_product(X, W)).name == "type"
    silent = found(ALONE, lambda X, W: None if len(X) == 3 else mean_product(X, W))
    assert silent.says == "Your function answers nothing (`None`) on 1 of 3 inputs."
    assert len(ALONE.cases()[silent.case][0]) == 3


def names_of(x):
    return ["a"] * x


def test_where_none_may_be_an_answer_it_is_no_forgotten_return():
    def half(x):
        return x // 2 if x % 2 == 0 else None

    exercise = made_up(half, [(2,), (4,), (3,)])
    assert found(exercise, lambda x: None if x == 4 else half(x)).name != "nothing"
    assert found(exercise, lambda x: None).name == "nothing"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("aa", "text, `'aa'`"),
        (2, "a number, `2`"),
        (["a"], "1 thing, `['a']`"),
        ([], "an empty list"),
        ((), "an empty tuple"),
        ([1, 2, 3], "3 numbers, `[1, 2, 3]`"),
        (np.zeros((3, 2)), "an array of the shape (3, 2)"),
        ({}, "`{}`"),
        (..., "`Ellipsis`"),
        ({1}, "a set"),
        (np.array([b"a"]), "an array of the type |S1 and the shape (1,)"),
        (iter([]), "a list_iterator"),
        (range(2), "a range"),
        (OSError(), "an OSError"),
    ],
)
def test_what_is_answered_is_put_in_words(answer, words):
    finding = found(made_up(names_of, [(2,)]), lambda x: answer if True else ...)
    if answer is ...:
        assert finding.name == "not attempted"
    else:
        assert (
            finding.says
            == f"Your function answers {words}, where 2 things, `['a', 'a']` is expected."
        )


def test_the_last_word_says_how_many_inputs_are_right():
    exercise = made_up(twice, [(np.ones(3),), (np.array([5.0]),), (np.array([7.0, 8.0]),)])
    finding = found(exercise, lambda x: np.minimum(2 * x, 9))
    assert finding.says == "Your answer is right on 1 of 3 inputs, and not on the others."
    assert finding.case == 1
    assert finding.hints == ("Look.",)
    finding = found(exercise, lambda x: x**3 + 7)
    assert finding.says == "Your answer is not the one that is expected."


def anything(x):
    return x


def test_the_last_word_of_an_open_task_is_what_it_lacks():
    def lacks(seen):
        return "It is too small." if seen < 10 else ""

    exercise = made_up(anything, [(20,), (30,)], lacks=lacks)
    assert found(exercise, lambda x: x + 1).name == "passed"
    finding = found(exercise, lambda x: -x)
    assert (finding.name, finding.says, finding.case) == ("unnamed", "It is too small.", 0)


def test_what_a_trial_sees_is_no_answer_to_be_measured():
    exercise = made_up(twice, [(2.0,), (3.0,)], trial=lambda f, x: [f(x), "seen"])
    assert found(exercise, lambda x: -2 * x).name == "unnamed"
    assert found(exercise, lambda x: "text").name == "unnamed"


# -- what they share ------------------------------------------------------------------------------


def documented(x):
    """To be written."""


def with_ellipsis(x):
    """To be written."""
    ...


def one_line(x): ...


def passes(x):
    pass


def answers_none(x):
    return None


def answers_true(x):
    """To be written."""
    return True


def writes(x):
    x[0] = 3


def raises(x):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "stub"),
    [
        (documented, True),
        (with_ellipsis, True),
        (one_line, True),
        (passes, True),
        (answers_none, True),
        (lambda x: 0, False),
        (lambda: "text", False),
        (answers_true, False),
        (lambda x: ..., True),
        (raises, False),
        (writes, False),
        (twice, False),
        (len, False),
        (functools.partial(passes), False),
    ],
)
def test_a_stub_is_a_function_without_code(function, stub):
    assert is_stub(function) is stub


INF = np.inf


class Unsigned:
    """What it takes can't be known, as with some functions of C."""

    __signature__ = "none"

    def __call__(self, *args):
        return args


@pytest.mark.parametrize(
    ("function", "bounds"),
    [
        (lambda: 0, (0, 0)),
        (lambda a, b: 0, (2, 2)),
        (lambda a, b=1: 0, (1, 2)),
        (lambda a, /, b: 0, (2, 2)),
        (lambda *args: 0, (0, INF)),
        (lambda a, *args: 0, (1, INF)),
        (lambda a, **kwargs: 0, (1, 1)),
        (lambda a, *, b=1: 0, (1, 1)),
        (lambda a, *, b: 0, (INF, INF)),
        (functools.partial(divmod, 3), (1, 1)),
        ([].append, (1, 1)),
        (Finding, (2, 5)),
        (Unsigned(), None),
        (5, None),
    ],
)
def test_how_many_arguments_a_function_takes(function, bounds):
    assert parameters_of(function) == bounds


def test_a_place_is_a_line_or_its_number_or_the_function():
    names = cell("def f():\n    return  1\n")
    filename = names["f"].__code__.co_filename
    assert place_in_words((filename, 2)) == "in the line `return  1`"
    assert place_in_words((filename, 9)) == "in line 9"
    assert place_in_words(("/no/such/file.py", 3)) == "in line 3"
    assert place_in_words(("", 0)) == "in your function"
    assert place_in_words(None) == "in your function"


def test_the_smallest_case_is_that_with_the_fewest_numbers():
    assert smallest(ALONE, [0, 1, 2]) == 1
    assert smallest(ALONE, [2, 0]) == 0
    assert smallest(ALONE, []) is None


def test_rows_are_counted_of_every_array():
    assert row_counts((np.ones((4, 2)), 3, "text", np.ones(5), np.array(1.0))) == [4, 5]
