"""The checks at the boundaries: what passes, and what each says of the rest."""

import hypothesis.extra.numpy as npst
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from tests.messages import CONVERT, MISSING, TEXT, says

SMALL = settings(max_examples=40, derandomize=True, deadline=None, database=None)


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


# check_channels, check_dtype


def test_samples_with_other_channels_are_refused():
    check_channels("layer", (3, 8, 8), 3)
    check_channels("layer", (3,), 3)
    for shape in ((2,), (8, 8, 3), ()):
        with pytest.raises(ValueError, match=says("(3, height, width)", f"got {shape}")):
            check_channels("layer", shape, 3)


@pytest.mark.parametrize("dtype", ["float16", "longdouble", "int32", "bool", "complex64", ">f4"])
def test_networks_compute_in_two_types_only(dtype):
    message = says("dtype", "float32 or float64", f"got {np.dtype(dtype)}")
    with pytest.raises(TypeError, match=message):
        check_dtype(dtype)
    with pytest.raises(TypeError, match="The largest float16 is 65504"):
        check_dtype(np.float16)
    assert check_dtype(float) == np.float64


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


# check_finite, check_same_length


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
