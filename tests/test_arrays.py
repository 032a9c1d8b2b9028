"""The array helpers: types, labels, and the checks at the boundaries with their messages."""

import inspect

import hypothesis.extra.numpy as npst
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    check_above_zero,
    check_channels,
    check_dtype,
    check_features,
    check_finite,
    check_positive_int,
    check_range,
    check_same_length,
)
from tests.messages import says

SMALL = settings(max_examples=40, derandomize=True, deadline=None, database=None)


def test_all_lists_the_public_names():
    functions = [name for name, value in vars(_arrays).items() if inspect.isfunction(value)]
    assert sorted(name for name in functions if name[0] != "_") == _arrays.__all__


# check_range, check_above_zero


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf, "1", None, 1j])
def test_what_is_no_number_above_zero_is_refused(value):
    with pytest.raises(ValueError, match=says("lr", "above 0", f"got {value!r}")):
        check_above_zero(value, "lr")


@pytest.mark.parametrize("value", [1e-300, 2, np.float32(0.5), np.int64(3)])
def test_a_number_above_zero_becomes_a_float(value):
    assert type(check_above_zero(value, "lr")) is float
    assert check_above_zero(value, "lr") == value


@pytest.mark.parametrize("value", [0, 0.5, np.float32(0.5), np.int64(0), 0.999])
def test_a_value_in_range_becomes_a_float(value):
    assert type(check_range(value, "rate", 0, 1)) is float
    assert check_range(value, "rate", 0, 1) == value


@pytest.mark.parametrize("value", [-1e-9, 1, np.nan, np.inf, "0.5", None, [0.5], 0.5j])
def test_a_value_out_of_range_is_refused(value):
    message = says("rate", "at least 0", "below 1", f"got {value!r}")
    with pytest.raises(ValueError, match=message):
        check_range(value, "rate", 0, 1)


# channels


@pytest.mark.parametrize(
    ("ndim", "shape", "axes"),
    [(2, (1, 3), (0,)), (3, (1, 3, 1), (0, 2)), (4, (1, 3, 1, 1), (0, 2, 3))],
)
def test_a_vector_stands_along_the_channels(ndim, shape, axes):
    assert per_channel(np.arange(3), ndim).shape == shape
    assert all_but_channels(ndim) == axes


def test_samples_with_other_channels_are_refused():
    check_channels("layer", (3, 8, 8), 3)
    check_channels("layer", (3,), 3)
    for shape in ((2,), (8, 8, 3), ()):
        with pytest.raises(ValueError, match=says("(3, height, width)", f"got {shape}")):
            check_channels("layer", shape, 3)


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


TEXT = ["Text", "removed or turned into numbers"]
MISSING = ["Missing values", "filled, or their samples removed"]
NUMBER = "np.unique(labels, return_inverse=True)"
CONVERT = "float(...)"


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


# check_positive_int


@pytest.mark.parametrize("value", [1, 7, np.int64(7), np.uint8(1), True])
def test_check_positive_int_answers_a_python_integer(value):
    result = check_positive_int(value, "batch_size")
    assert type(result) is int
    assert result == value


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (0, ValueError, ["at least 1", "got 0"]),
        (np.int64(-3), ValueError, ["at least 1", "got -3"]),
        (2.0, TypeError, ["whole number of at least 1", "got 2.0", "float"]),
        ("5", TypeError, ["whole number of at least 1", "got '5'", "str"]),
        (None, TypeError, ["whole number of at least 1", "got None", "NoneType"]),
    ],
)
def test_check_positive_int_refuses_the_rest(value, error, said):
    with pytest.raises(error, match=says("batch_size", *said)) as caught:
        check_positive_int(value, "batch_size")
    assert caught.value.__cause__ is None
    assert error is ValueError or caught.value.__suppress_context__


# check_features


@pytest.mark.parametrize(
    ("shape", "input_shape"),
    [
        ((5, 3), (3,)),
        ((1, 3), [3]),
        ((2, 28, 28), (28, 28)),
        ((4,), ()),
        ((4,), None),
        ((2, 3, 4), None),
    ],
)
def test_check_features_hands_fitting_arrays_through(shape, input_shape):
    X = np.ones(shape, np.uint8)
    assert check_features(X, input_shape) is X


def test_check_features_makes_a_list_an_array():
    assert check_features([[1, 2]], (2,)).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("X", "input_shape", "said"),
    [
        (np.ones(3), (3,), ["(N, 3)", "got shape (3,)", "X[np.newaxis]"]),
        (np.ones((28, 28)), (28, 28), ["(N, 28, 28)", "got shape (28, 28)", "X[np.newaxis]"]),
        (
            np.ones((5, 28, 28)),
            (784,),
            ["(N, 784)", "got shape (5, 28, 28)", "X.reshape(len(X), -1)"],
        ),
        (np.ones((0, 3)), (3,), ["empty", "got shape (0, 3)", "(N, 3) with N >= 1"]),
        ([], None, ["empty", "got shape (0,)", "(N, ...) with N >= 1"]),
        (np.ones((5, 4)), (3,), ["(N, 3)", "got shape (5, 4)", "(4,)", "the network takes (3,)"]),
    ],
)
def test_check_features_names_both_shapes_and_the_remedy(X, input_shape, said):
    with pytest.raises(ValueError, match=says("X", *said)):
        check_features(X, input_shape)


@pytest.mark.parametrize(
    ("X", "input_shape", "expected"),
    [
        (np.ones(4), (3,), "(N, 3)"),
        # more dimensions than an image network takes: flattening would not mend it
        (np.ones((1, 5, 2, 2)), (2, 2), "(N, 2, 2)"),
        (np.ones((2, 4)), (2, 2), "(N, 2, 2)"),
        (5.0, (3,), "(N, 3)"),
        (5.0, None, "(N, ...)"),
    ],
)
def test_check_features_offers_no_remedy_that_would_not_help(X, input_shape, expected):
    nothing_follows = f"got shape {np.shape(X)}."
    with pytest.raises(ValueError, match=says("X", expected, nothing_follows) + "$"):
        check_features(X, input_shape)


@pytest.mark.parametrize(
    ("X", "found"),
    [
        ([["a"]], ["<U1", *TEXT]),
        ([[0.5, "a"], ["b", 1]], ["<U32", *TEXT]),
        (np.array([[0.5, 1], [2, "a"]], object), ["object", "'a' at (1, 1)", *TEXT]),
        ([[None]], ["object", "None at (0, 0)", *MISSING]),
        (
            pd.DataFrame({"age": [1, None], "size": [0.5, 2]}).convert_dtypes(),
            ["object", "<NA> in row 1, column 'age'", *MISSING],
        ),
        (
            pd.DataFrame({"age": [1, 2], "name": ["x", "y"]}),
            ["object", "'x' in row 0, column 'name'", *TEXT],
        ),
        ([[pd.NaT, 1]], ["object", "NaT at (0, 0)", *MISSING]),
        ([[{}]], ["object", "{} at (0, 0)", CONVERT]),
        ([[1j]], ["complex128", "the real and the imaginary part, each as a feature"]),
        (
            np.array([["2026"]], "M8[Y]"),
            ["datetime64[Y]", "Dates", "turned into numbers", "days since the first"],
        ),
        (
            np.zeros((2, 1), "m8[s]"),
            ["timedelta64[s]", "Durations", "turned into numbers", "seconds"],
        ),
    ],
)
def test_check_features_refuses_what_is_no_real_number(X, found):
    with pytest.raises(TypeError, match=says("X", "real numbers", "got", *found)):
        check_features(X, (1,))


@pytest.mark.parametrize(
    ("X", "said"),
    [
        (["a"], ["images", "real numbers"]),
        (np.ones(1), ["images", "(N, 1)", "images[np.newaxis]"]),
        (np.ones((2, 3, 4)), ["images", "(N, 1)", "images.reshape(len(images), -1)"]),
        (np.ones((0, 1)), ["images", "empty"]),
        (np.ones((1, 2)), ["images", "(N, 1)"]),
    ],
)
def test_check_features_uses_the_name_it_is_given(X, said):
    with pytest.raises((TypeError, ValueError), match=says(*said)):
        check_features(X, (1,), "images")


@SMALL
@given(npst.array_shapes(min_dims=1, max_dims=4, max_side=4), st.integers(1, 4))
def test_check_features_takes_exactly_the_shapes_that_fit(shape, n_features):
    X = np.ones(shape)
    if len(shape) == 2 and shape[1] == n_features:
        assert check_features(X, (n_features,)) is X
    else:
        with pytest.raises(ValueError, match=says(f"(N, {n_features})", f"got shape {shape}")):
            check_features(X, (n_features,))


# check_finite and check_same_length


@pytest.mark.parametrize("values", [np.ones((2, 3)), np.ones(3), np.ones((2, 2), int), np.empty(0)])
def test_check_finite_lets_finite_values_pass(values):
    assert check_finite(values) is None


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_check_finite_names_the_first_sample(wrong, shape, dtype):
    values = np.ones(shape, dtype)
    values.reshape(4, -1)[2:, -1] = wrong
    message = says("X", "NaN or infinity", "sample 2", "remove or fill", "np.isfinite")
    with pytest.raises(ValueError, match=message):
        check_finite(values)


def test_check_finite_minds_no_sum_that_is_too_large_for_its_type():
    assert check_finite(np.full((4, 1), 3e38, np.float32)) is None


def test_check_finite_counts_from_the_first_row_under_the_name_given():
    with pytest.raises(ValueError, match=r"^pixels holds NaN or infinity: sample 101 is the first"):
        check_finite(np.array([[1.0], [np.nan]]), "pixels", first_row=100)


def test_check_same_length_lets_equal_lengths_pass():
    assert check_same_length(np.ones((3, 2)), [1, 2, 3]) is None


@pytest.mark.parametrize(
    ("names", "both"), [({}, "X and y"), ({"names": ("images", "labels")}, "images and labels")]
)
def test_check_same_length_names_both(names, both):
    with pytest.raises(ValueError, match=says(both, "one row a sample", "got 2 rows and 3")):
        check_same_length(np.ones((2, 5)), [1, 2, 3], **names)


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


@pytest.mark.parametrize("dtype", ["float16", "longdouble", "int32", "bool", "complex64", ">f4"])
def test_networks_compute_in_two_types_only(dtype):
    message = says("dtype", "float32 or float64", f"got {np.dtype(dtype)}")
    with pytest.raises(TypeError, match=message):
        check_dtype(dtype)
    with pytest.raises(TypeError, match="The largest float16 is 65504"):
        check_dtype(np.float16)
    assert check_dtype(float) == np.float64
