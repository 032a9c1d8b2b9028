"""Answers become plain data, are compared to rounding and no further, and are shown in a line."""

import pickle
from collections import OrderedDict, namedtuple
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from course_utils.exercises.answers import Strange, as_array, most_apart, plain, same, shown, size

THIRDS = np.array([1 / 3, 2 / 3, 1.0])


class Broken:
    """It can't even be shown."""

    def __repr__(self):
        raise RuntimeError("no")


class Plain:
    pass


class Number(float):
    pass


Pair = namedtuple("Pair", "first second")


def kind(value):
    """What a test is called by: the value itself may have too many digits."""
    return type(value).__name__


# -- plain ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (..., ...),
        (True, True),
        (10**5000, 10**5000),
        ("text", "text"),
        (np.str_("text"), "text"),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array("a"), "a"),
        ([1, (2.5, "b"), {"c": [3]}], [1, (2.5, "b"), {"c": [3]}]),
        (np.array([1, "a", None], dtype=object), [1, "a", None]),
        (Pair(1, 2), (1, 2)),
        (OrderedDict(a=1), {"a": 1}),
        (Broken(), Strange("Broken", "")),
        (Fraction(1, 3), Strange("Fraction", "Fraction(1, 3)")),
        (Decimal("0.1"), Strange("Decimal", "Decimal('0.1')")),
        (b"bytes", Strange("bytes", "b'bytes'")),
        ({1}, Strange("set", "{1}")),
        (range(3), Strange("range", "range(0, 3)")),
        (Number(1), Strange("Number")),
        (np.datetime64("2026-01-01"), Strange("datetime64")),
        ([Broken()], [Strange("Broken", "")]),
        ({(1, 2): 3}, {Strange("tuple", "(1, 2)"): 3}),
    ],
    ids=kind,
)
def test_an_answer_becomes_plain(value, expected):
    made = plain(value)
    assert made == expected
    assert type(made) is type(expected)
    assert pickle.loads(pickle.dumps(made)) == made


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16", "float32", "complex128"])
def test_an_array_of_numbers_keeps_its_type_and_is_a_copy(dtype):
    array = np.ones((2, 3), dtype)
    made = plain(array)
    array[:] = 0
    assert made.dtype == dtype
    assert made.all()
    assert plain(array[0, 0]).dtype == dtype


def test_an_array_of_a_class_of_its_own_becomes_a_bare_one():
    assert type(plain(np.ma.masked_less([1.0, 2.0], 1.5))) is np.ndarray


@pytest.mark.parametrize(
    "array",
    [
        np.broadcast_to(1.0, (10_000, 10_000)),
        np.full(20_000, None),
        np.array([b"a"]),
        np.array([(1, 2.0)], dtype="i4,f8"),
        np.array(["2026-01-01"], dtype="M8[D]"),
    ],
    ids=["huge", "objects", "bytes", "records", "dates"],
)
def test_of_an_array_that_is_not_sent_type_and_shape_are(array):
    made = plain(array)
    assert made == Strange(f"array of the type {array.dtype} and the shape {array.shape}")


def test_a_list_without_end_is_plain_too():
    endless = []
    endless.append(endless)
    text = repr(plain(endless))
    assert "Strange(type='list', text='[[...]]')" in text
    assert plain([0] * 100_000).type == "list"
    assert plain(dict.fromkeys(range(10_000))).type == "dict"


def test_two_objects_of_a_kind_are_the_same():
    """Else every object without a text of its own would seem to change from call to call."""
    assert plain(Plain()) == plain(Plain())
    assert plain(map(abs, [1])) == Strange("map", "<map object>")
    assert len(plain(Strange("x" * 1000)).text) == 100


# -- same -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (THIRDS.astype(np.float32), THIRDS),
        (THIRDS.tolist(), THIRDS),
        (tuple(THIRDS), THIRDS),
        (THIRDS + 1e-16, THIRDS),
        (THIRDS.astype(np.float16), THIRDS),
        (THIRDS.astype(complex), THIRDS),
        (0.1 + 0.2, 0.3),
        (1, 1.0),
        (np.array(1.0), 1),
        (True, 1),
        ([True, False], np.array([1, 0])),
        (np.array([1.0, 0.0]), np.array([True, False])),
        (1e-14, 0.0),
        (np.array([1e8, 1e-9]), np.array([1e8, 0.0])),
        (np.nan, np.nan),
        ([np.nan, 1.0], np.array([np.nan, 1.0])),
        ([np.inf, -np.inf, 1.0], np.array([np.inf, -np.inf, 1.0])),
        ([], np.array([])),
        (np.array([]), []),
        ((), []),
        ([[], []], np.zeros((2, 0))),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        ([], np.array([], dtype=int)),
        ([[1, 2], [3]], [[1, 2], [3]]),
        ([np.arange(3), 4], (np.arange(3.0), 4)),
        (np.array([1.0, 2.0]), (1, 2)),
        ((np.eye(2).tolist(), [1.0]), (np.eye(2), np.ones(1))),
        ("text", "text"),
        (["a", "b"], ("a", "b")),
        ({"w": [1.0], "b": 2}, {"w": np.array([1.0]), "b": 2.0}),
        ({}, {}),
        (None, None),
        (10**30, 10**30),
        (2**63, np.uint64(2**63)),
        (Strange("set", "{1}"), Strange("set", "{1}")),
    ],
)
def test_the_same(answer, expected):
    assert same(answer, expected)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (0.31, 0.3),
        (THIRDS + 1e-12, THIRDS),
        (THIRDS.astype(np.float32) * np.float32(1.001), THIRDS),
        (np.zeros(3, np.float16), THIRDS),
        ((-THIRDS).astype(np.float16), THIRDS),
        (THIRDS.astype(np.float16) * np.float16(1.05), THIRDS),
        (THIRDS + 1e-3j, THIRDS),
        (THIRDS[:2], THIRDS),
        (THIRDS[:, np.newaxis], THIRDS),
        (1.0, np.array([1.0])),
        (1e-12, 0.0),
        (2, True),
        ([False, False], np.array([True, False])),
        (1, 1.5),
        (2**60 + 1, 2**60),
        (np.nan, 1.0),
        (1.0, np.nan),
        (np.inf, -np.inf),
        (np.inf, np.nan),
        (np.inf, 1e308),
        (-1e308, 1e308),
        ([np.nan, 1.0], [1.0, np.nan]),
        ([0.0], []),
        ([], [0.0]),
        (["a"], []),
        ([], ["a"]),
        (np.zeros((0, 3)), np.zeros((0, 2))),
        ([[1, 2], [4]], [[1, 2], [3]]),
        ([[1, 2], 3], [[1, 2], [3]]),
        ((np.arange(3), 5), (np.arange(3), 4)),
        ((np.arange(3), 4, 5), (np.arange(3), 4)),
        (np.arange(3), (np.arange(3), 4)),
        (7, (7, 7)),
        ("7", 7),
        (7, "7"),
        ("Text", "text"),
        (["a", "c"], ("a", "b")),
        ("ab", ["a", "b"]),
        ({"w": 1}, {"w": 1, "b": 2}),
        ({"w": 1, "b": 2, "c": 3}, {"w": 1, "b": 2}),
        ({"w": 1, "b": 3}, {"w": 1, "b": 2}),
        ([1], {0: 1}),
        (None, 0),
        (0, None),
        (..., None),
        (10**30, 10**30 + 1),
        (Strange("set", "{1}"), Strange("set", "{2}")),
        (Strange("array", ""), THIRDS),
    ],
)
def test_not_the_same(answer, expected):
    assert not same(answer, expected)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ([100.0, 1.0], True),
        ([100.9, 1.0], True),
        ([101.1, 1.0], False),
        ([100.0, 1.9], True),  # by the largest element, 100
        ([100.0, 2.1], False),
        ([np.nan, 1.0], False),
    ],
)
def test_a_tolerance_is_a_share_of_the_largest_element(answer, right):
    assert same(answer, np.array([100.0, 1.0]), tolerance=0.01) is right


@pytest.mark.parametrize(
    ("answer", "right"),
    [([100.9, 1.009], True), ([100.0, 1.02], False), ([101.1, 1.0], False)],
)
def test_each_element_may_be_compared_by_its_own_size(answer, right):
    assert same(answer, np.array([100.0, 1.0]), tolerance=0.01, each=True) is right


def test_each_is_handed_on_to_the_parts_of_an_answer():
    expected = {"a": (np.array([100.0, 1.0]), 5)}
    near = {"a": (np.array([100.0, 1.02]), 5)}
    assert same(near, expected, tolerance=0.01)
    assert not same(near, expected, tolerance=0.01, each=True)
    assert not same(near, expected)


@pytest.mark.parametrize("second", [0.5, np.array([0.5, 0.25])])
def test_each_part_of_a_tuple_is_compared_by_its_own_size(second):
    first = second * 1e6
    assert same((first, second * 1.009), (first, second), tolerance=0.01)
    assert not same((first, second * 1.02), (first, second), tolerance=0.01)


def test_integers_are_compared_exactly_whatever_the_tolerance():
    assert not same([101], np.array([100]), tolerance=0.5)
    assert same([101.0], np.array([100]), tolerance=0.5)


def test_it_compares_in_silence():
    """pytest turns warnings into errors."""
    assert not same([np.inf, 1e308], [-1e308, -1e308])
    assert not same(np.array([65504], np.float16), np.array([-65504], np.float16))


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ([], (0,)),
        ([[1, 2], [3, 4]], (2, 2)),
        ((np.ones(3), [1, 2, 3]), (2, 3)),
        (5, ()),
        (np.bool_(True), ()),
        ([[1], [2, 3]], None),
        ("5", None),
        (["5"], None),
        (10**30, None),
        (np.array(["a"]), None),
        (None, None),
    ],
)
def test_what_is_an_array_of_numbers(value, shape):
    array = as_array(value)
    assert (array.shape if array is not None else None) == shape


# -- in a line ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.3333"),
        (2.0, "2.0"),
        (1e-10, "1e-10"),
        (np.nan, "nan"),
        (-np.inf, "-inf"),
        (7, "7"),
        (np.int8(7), "7"),
        (np.float32(0.1), "0.1"),
        (np.array(2.0), "2.0"),
        (True, "True"),
        (np.True_, "True"),
        (1 + 2j, "(1+2j)"),
        (None, "None"),
        (..., "Ellipsis"),
        ("text", "'text'"),
        ("x" * 1000, f"'{'x' * 100}'..."),
        ("a\nb", r"'a\nb'"),
        ((1,), "(1,)"),
        ((), "()"),
        ([1, 2.5], "[1, 2.5]"),
        (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
        ({"w": 1.0}, "{'w': 1.0}"),
        (dict.fromkeys(range(9), 0), "{0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0, ...}"),
        (np.array([]), "[]"),
        (np.array([True, False]), "[True False]"),
        (np.array([[1, 2], [3, 4]]), "[[1 2] [3 4]]"),
        (np.arange(100.0), "[0. 1. 2. ... 97. 98. 99.]"),
        (10**5000, "a number of 5,001 digits"),
        (len, "len"),
        (Strange("set", "{1}"), "{1}"),
        (Strange("Broken"), "a Broken"),
        (Plain(), f"<{__name__}.Plain object>"),
    ],
    ids=kind,
)
def test_a_value_is_shown_in_a_line(value, text):
    assert shown(value) == text


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        (3, 1),
        ("abc", 3),
        (np.zeros((2, 3)), 6),
        ([1, [2, 3]], 3),
        ({"a": np.ones(4)}, 4),
        (len, 1),
    ],
)
def test_the_size_of_a_case(value, numbers):
    assert size(value) == numbers


@pytest.mark.parametrize(
    ("answer", "expected", "where", "by"),
    [
        ([1.0, 2.0, 4.0], [1.0, 2.5, 3.0], (2,), 1.0),
        ([True, False], [True, True], (1,), 1.0),
        ([0, 0], np.array([0, 255], np.uint8), (1,), 255.0),
        ([[np.nan, 1.0]], [[np.nan, 3.0]], (0, 1), 2.0),
        ([np.inf, 1.0], [np.inf, 2.0], (1,), 1.0),
        (5, 3, (), 2.0),
    ],
)
def test_where_two_arrays_differ_most(answer, expected, where, by):
    place, off = most_apart(np.array(answer), np.array(expected))
    assert place == where
    assert off == by
