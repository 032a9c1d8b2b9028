"""The tolerance of the other tests: what it lets pass, what it refuses, and that all use it."""

import ast
import re

import numpy as np
import pytest

from course_utils import Activation, BatchNorm, Dense, Scale, Sequential
from tests.closeness import FUNCTION, assert_close, roundings
from tools.folders import ROOT

EPS, EPS32 = np.finfo(np.float64).eps, np.finfo(np.float32).eps


def refused(*arguments, match="times the tolerance", **options):
    """Whether assert_close fails with this message."""
    with pytest.raises(AssertionError, match=match):
        assert_close(*arguments, **options)
    return True


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("expected", "terms", "size", "tolerance"),
    [
        (1.0, 1, None, EPS),
        (1.0, 5, None, 5 * EPS),
        (4.0, 5, None, 20 * EPS),
        (-4.0, 5, None, 20 * EPS),
        (4, 5, None, 20 * EPS),  # a whole number counts as float64
        (1.0, 5, 64, 320 * EPS),
        (0.0, 3, 1, 3 * EPS),
        (np.float32(1), 5, None, 5 * EPS32),
        (np.float32(0), 3, 8, 24 * EPS32),
    ],
)
def test_the_tolerance_is_eps_times_terms_times_size(expected, terms, size, tolerance, sign):
    assert_close(expected + sign * float(tolerance), expected, terms=terms, size=size)
    assert refused(expected + 2 * sign * float(tolerance), expected, terms=terms, size=size)


def test_by_default_the_size_is_that_of_the_largest_element():
    assert_close([8 * EPS, 1, -8], [0, 1, -8], terms=1)
    assert refused([9 * EPS, 1, -8], [0, 1, -8], terms=1)
    assert_close([EPS, 1, np.inf], [0, 1, np.inf], terms=1)
    assert refused([2 * EPS, 1, np.inf], [0, 1, np.inf], terms=1)


def test_each_element_may_have_a_size_of_its_own():
    expected = np.array([0.0, 1e-20, 8.0])
    assert_close(expected * (1 + EPS), expected, terms=2, size=np.abs(expected))
    for off in ([EPS, 0, 0], [0, 1e-30, 0], [0, 0, 16 * EPS]):
        assert refused(expected + off, expected, terms=1, size=np.abs(expected))


def test_a_sum_near_0_is_as_exact_as_its_terms():
    numbers = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    numbers = np.concatenate([numbers, -numbers])
    in_turn = np.float32(0)
    for number in numbers:
        in_turn += number
    assert in_turn != 0
    assert_close(in_turn, 0.0, terms=len(numbers), size=np.abs(numbers).sum())


def test_the_coarser_type_gives_the_eps():
    third = np.full(3, 1 / 3)
    assert_close(third.astype(np.float32), third, terms=1)
    assert_close(third, third.astype(np.float32), terms=1)
    assert_close(third.astype(np.float16), third.astype(np.float32), terms=1)
    assert refused(third.astype(np.float32).astype(np.float64), third, terms=1)


def test_numbers_too_small_for_full_precision_may_differ_by_their_spacing():
    least = np.finfo(np.float32).smallest_subnormal
    assert_close(np.float32(least), np.float32(0), terms=1)
    assert refused(np.float32(3 * least), np.float32(0), terms=1)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [(1.0, [1.0]), ([1.0], [1.0, 1.0]), ([[1.0], [1.0]], [1.0, 1.0]), ([], [[]]), ([1.0], [])],
)
def test_shapes_that_only_broadcast_are_refused(actual, expected):
    shapes = f"shape {np.shape(actual)}, not {np.shape(expected)}"
    assert refused(actual, expected, terms=1, match=f"^{re.escape(shapes)}$")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_equal_to_itself_alone(value):
    assert_close([1, value], [1, value], terms=1)
    others = {0.0, 1e308, np.inf, -np.inf, np.nan} - {value}
    for other in others:
        assert refused([1, value], [1, other], terms=1, match=r"^at \(1,\): (nan|-?inf), not ")
        assert refused([1, other], [1, value], terms=1, match=r", not (nan|-?inf); 1 of 2 elements")


def test_nothing_is_close_to_nothing():
    assert_close([], np.empty(0, np.float32), terms=1)


def test_a_failure_says_how_far_off_where_and_what():
    expected = np.ones((2, 3), np.float32)
    actual = expected.copy()
    actual[0, 1], actual[1, 2] = 1.5, 3
    message = (
        "4.19e+06 times the tolerance of 4.77e-07 (eps 1.19e-07, 4 terms) "
        "at (1, 2): 3.0, not 1.0; 2 of 6 elements"
    )
    assert refused(actual, expected, terms=4, match=f"^{re.escape(message)}$")
    actual[0, 0] = np.nan
    message = "at (0, 0): nan, not 1.0; 1 of 6 elements"
    assert refused(actual, expected, terms=4, match=f"^{re.escape(message)}$")


@pytest.mark.parametrize("value", ["1", None, 1j])
def test_what_is_no_real_number_is_refused(value):
    with pytest.raises(TypeError, match="only real numbers can be close; got an array of type "):
        assert_close(value, value, terms=1)


# The roundings of a network


def test_the_roundings_of_a_unit_are_counted_by_hand():
    unit = Sequential(Dense(2, 1, dtype=np.float64), input_shape=(2,))
    unit.theta = [3, -4, 5]
    # two products and a bias are 3 roundings, of up to 6 + 4 + 5, and one of the bias; of a
    # softmax over 1 class, exp, the sum and a quotient
    assert roundings(unit, np.array([[-2.0, 1.0]])) == {
        "terms": 1,
        "size": 3 * 15 + 5 + FUNCTION + 3,
    }


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "gelu"])
def test_float32_answers_lie_within_the_roundings_and_a_fault_does_not(activation):
    layers = Scale(1, 0.5), Dense(6, 8, rng=0), BatchNorm(8), Activation(activation)
    network = Sequential(*layers, Dense(8, 4, rng=1))
    X = np.random.default_rng(2).normal(size=(50, 6))
    exact, close = network.astype(np.float64).forward(X), roundings(network, X)
    assert_close(network.forward(X.astype(np.float32)), exact, **close)
    network.params["b3"] += 1e-3
    assert refused(network.forward(X.astype(np.float32)), exact, **close)


# No comparison without an absolute tolerance

# Where the absolute tolerance stands, by name and by place
COMPARISONS = {
    "allclose": ("atol", 3),
    "approx": ("abs", 2),
    "assert_allclose": ("atol", 3),
    "isclose": ("atol", 3),
}


def without_absolute_tolerance(source):
    """The lines that compare floating-point numbers with none, or with 0."""
    lines = []
    for call in ast.walk(ast.parse(source)):
        name = isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2]
        if name not in COMPARISONS:
            continue
        keyword, place = COMPARISONS[name]
        given = [*call.args[place : place + 1]]
        given += [k.value for k in call.keywords if k.arg in (keyword, "abs_tol")]
        if not given or (isinstance(given[0], ast.Constant) and not given[0].value):
            lines.append(call.lineno)
    return sorted(lines)


@pytest.mark.parametrize(
    "call",
    [
        "np.testing.assert_allclose(a, b)",
        "assert_allclose(a, b, rtol=1e-6)",
        "assert_allclose(a, b, 1e-6)",
        "assert np.allclose(a, b)",
        "assert not np.isclose(a, b, rtol=1e-6).any()",
        "assert math.isclose(a, b, rel_tol=1e-9)",
        "assert a == pytest.approx(b)",
        "assert a == approx(b, rel=1e-6)",
        "assert a == pytest.approx(b, 1e-6)",
        "assert_allclose(a, b, rtol=1e-6, atol=0)",
        "assert_allclose(a, b, 1e-6, 0.0)",
        "assert a == pytest.approx(b, rel=1e-6, abs=None)",
        "assert_allclose(a, b, **close)",
    ],
)
def test_a_comparison_without_an_absolute_tolerance_is_refused(call):
    assert without_absolute_tolerance(f"import this\n\ndef f():\n    {call}\n") == [4]


@pytest.mark.parametrize(
    "call",
    [
        "assert_allclose(a, b, rtol=0, atol=1e-6)",
        "assert_allclose(a, b, 1e-6, 1e-6)",
        "assert np.allclose(a, b, atol=bound)",
        "assert math.isclose(a, b, abs_tol=0.1)",
        "assert a == pytest.approx(b, abs=0.1)",
        "assert a == pytest.approx(b, 1e-6, 1e-6)",
        "assert_close(a, b, terms=3)",
        "assert_array_equal(a, b)",
    ],
)
def test_a_comparison_with_one_is_not(call):
    assert without_absolute_tolerance(call) == []


@pytest.mark.parametrize(
    "path",
    sorted([*ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/**/*.py")]),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_every_comparison_has_an_absolute_tolerance(path):
    lines = without_absolute_tolerance(path.read_text(encoding="utf-8"))
    assert not lines, f"{path.name}, lines {lines}: use assert_close of tests/closeness.py"
