"""The array helpers: types, labels, generators, and how features and channels lie."""

import inspect

import hypothesis.extra.numpy as npst
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from course_utils import _arrays
from course_utils._arrays import (
    all_but_channels,
    as_float,
    as_generator,
    as_labels,
    as_real,
    per_channel,
    short,
)
from course_utils._checks import (
    check_features,
)
from tests.messages import CONVERT, MISSING, TEXT, says

SMALL = settings(max_examples=40, derandomize=True, deadline=None, database=None)


def test_all_lists_the_public_names():
    functions = [name for name, value in vars(_arrays).items() if inspect.isfunction(value)]
    assert sorted(name for name in functions if name[0] != "_") == _arrays.__all__


# channels


@pytest.mark.parametrize(
    ("ndim", "shape", "axes"),
    [(2, (1, 3), (0,)), (3, (1, 3, 1), (0, 2)), (4, (1, 3, 1, 1), (0, 2, 3))],
)
def test_a_vector_stands_along_the_channels(ndim, shape, axes):
    assert per_channel(np.arange(3), ndim).shape == shape
    assert all_but_channels(ndim) == axes


# as_float


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_as_float_hands_floats_through(dtype):
    values = np.array([1.5, -2.0], dtype)
    assert as_float(values) is values


@pytest.mark.parametrize(
    "values",
    [[1, 0], (True, False), np.array([1, 0], np.uint8), np.array([1, 0], bool), [1.0, 0.0]],
)
def test_as_float_makes_everything_else_float64(values):
    result = as_float(values)
    assert result.dtype == np.float64
    assert result.tolist() == [1.0, 0.0]


NUMBER = "np.unique(labels, return_inverse=True)"


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["1", "2"], ["<U1", *TEXT]),
        ([1j], ["complex128", "the real and the imaginary part, each as a feature"]),
        ([1, {}, "ink"], ["object", "{} at (1,)", CONVERT]),
        ([1, None], ["object", "None at (1,)", *MISSING]),
        (b"1", ["|S1", *TEXT]),
    ],
)
def test_as_float_refuses_what_is_no_real_number(values, found):
    with pytest.raises(TypeError, match=says("real numbers", "got", *found)):
        as_float(values)


MIXED = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": [True, False]})


@pytest.mark.parametrize("table", [MIXED, MIXED.convert_dtypes(), MIXED.astype(object)])
def test_a_table_of_several_types_of_numbers_is_one_of_real_numbers(table):
    wanted = [[1, 0.5, 1], [2, 1.5, 0]]
    for result in (as_real(table, "?"), as_float(table), check_features(table, (3,))):
        assert result.dtype == np.float64
        assert result.tolist() == wanted
    with pytest.raises(ValueError, match="between 0 and 1; got 2 at position 1"):
        as_labels(table["a"], 2)


@pytest.mark.parametrize("missing", [pd.NA, None])
@pytest.mark.parametrize("check", [as_float, as_labels, lambda X: check_features(X, None)])
def test_missing_values_are_called_so(missing, check):
    message = says("object", f"{missing} in row 1, column 'b'", *MISSING)
    with pytest.raises(TypeError, match=message):
        check(pd.DataFrame({"a": [1, 2], "b": [True, missing]}, dtype=object))


@pytest.mark.parametrize("values", [[1, 2], [1.5], np.ones(2, np.float16), [True], np.uint8(3)])
def test_as_real_leaves_numbers_as_they_are(values):
    array = np.asarray(values)
    assert as_real(array, "?") is array


def test_a_long_text_is_not_shown_whole():
    with pytest.raises(TypeError, match=says("X", f"'{39 * 'x'} at (1,)", *TEXT)):
        as_real(np.array([1, "x" * 1000], object), "X")


@SMALL
@given(npst.arrays(npst.integer_dtypes() | npst.boolean_dtypes(), npst.array_shapes(min_dims=0)))
def test_as_float_keeps_shape_and_values(values):
    result = as_float(values)
    assert result.dtype == np.float64
    assert result.shape == values.shape
    np.testing.assert_array_equal(result, np.array(values, dtype=float))


# as_labels


@pytest.mark.parametrize(
    "labels",
    [[0, 2, 1], [0.0, 2.0, 1.0], np.array([0, 2, 1], np.uint8), np.array([0, 2, 1], np.float32)],
)
@pytest.mark.parametrize("n_classes", [None, 3, 10])
def test_as_labels_makes_whole_numbers_indices(labels, n_classes):
    result = as_labels(labels, n_classes)
    assert result.dtype == np.intp
    assert result.tolist() == [0, 2, 1]


def test_as_labels_takes_booleans_as_0_and_1():
    assert as_labels([True, False], 2).tolist() == [1, 0]


def test_as_labels_takes_an_empty_vector():
    assert as_labels(np.array([], int), 3).shape == (0,)


def test_as_labels_does_not_copy_indices():
    labels = np.array([0, 1], np.intp)
    assert as_labels(labels, 2) is labels


@pytest.mark.parametrize(
    ("labels", "n_classes", "error", "said"),
    [
        (["a"], 3, TypeError, ["class numbers", "<U1", NUMBER]),
        ([{}], 3, TypeError, ["class numbers", "object", "{} at (0,)", CONVERT]),
        ([1j], 3, TypeError, ["class numbers", "complex128", NUMBER]),
        ([[0, 1]], 3, ValueError, ["one-dimensional", "a sample", "got shape (1, 2)"]),
        (2, 3, ValueError, ["one-dimensional", "a sample", "got shape ()"]),
        ([0.0, 1.5, 2.5], 3, ValueError, ["whole", "got 1.5 at position 1"]),
        ([0.0, 1.0, np.nan], 3, ValueError, ["whole", "got nan at position 2"]),
        ([np.inf, 1.0], None, ValueError, ["whole", "got inf at position 0"]),
        ([0, 1, 3], 3, ValueError, ["between 0 and 2", "got 3 at position 2"]),
        ([0.0, 5.0], 3, ValueError, ["between 0 and 2", "got 5 at position 1"]),
        # both ends are wrong: the negative one is named
        ([9, -1, -1], 3, ValueError, ["between 0 and 2", "got -1 at position 1"]),
        ([0, -2], None, ValueError, ["0 or more", "got -2 at position 1"]),
        ([1234567], 10, ValueError, ["between 0 and 9", "got 1234567 at position 0"]),
        ([1], 1, ValueError, ["between 0 and 0", "got 1 at position 0"]),
    ],
)
def test_as_labels_names_the_wrong_label(labels, n_classes, error, said):
    with pytest.raises(error, match=says("y", *said)):
        as_labels(labels, n_classes)


@pytest.mark.parametrize("labels", [["a"], [[0]], [0.5], [-1]])
def test_as_labels_uses_the_name_it_is_given(labels):
    with pytest.raises((TypeError, ValueError), match=r"^y_true must "):
        as_labels(labels, 2, "y_true")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (np.float64(0.5), "0.5"),
        (np.float64(1.0000001), "1.0000001"),
        (np.float32(1.0000001), "1.0000001"),
        (np.float64(-1e-9), "-1e-09"),
        (np.float64(np.inf), "inf"),
        (np.float64(np.nan), "nan"),
    ],
)
def test_a_number_is_shown_with_as_many_digits_as_it_takes(number, text):
    assert short(number) == text


def test_a_generator_is_itself_and_a_seed_makes_a_new_one():
    rng = np.random.default_rng(0)
    assert as_generator(rng) is rng
    assert as_generator(7).random() == np.random.default_rng(7).random()
    assert as_generator(np.random.RandomState(0)).random() == np.random.RandomState(0).random()
    assert isinstance(as_generator(None), np.random.Generator)


@pytest.mark.parametrize("wrong", ["0", 1.5, -1, np.random, int])
def test_what_is_no_generator_and_no_seed_is_refused(wrong):
    message = says("rng", "generator", "seed", f"got {wrong!r}")
    with pytest.raises(TypeError, match=message):
        as_generator(wrong)


def test_a_nullable_table_without_missing_values_is_numbers():
    table = pd.DataFrame({"age": [1, 2], "size": [0.5, 2.0], "wide": [True, False]})
    nullable = table.convert_dtypes()
    assert np.asarray(nullable).dtype == object
    X = check_features(nullable, (3,))
    assert X.dtype == np.float64
    np.testing.assert_array_equal(X, table.to_numpy(np.float64))
    np.testing.assert_array_equal(as_float(nullable), X)
    labels = as_labels(np.array([1, 0], object))
    assert labels.dtype == np.intp
    assert labels.tolist() == [1, 0]
