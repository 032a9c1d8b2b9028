"""What is done to data before training: splitting, scaling, classes as rows with a single 1."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

from course_utils import (
    DATA_DIRECTORY,
    as_sequential,
    digit_frame,
    load_network,
    load_scaler,
    minimum_and_range,
    one_hot,
    scale,
    split_and_scale,
)
from tests.closeness import assert_close


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64])
def test_split_and_scale_is_scikit_learns_split_and_scaler(dtype):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 200, (50, 4)).astype(dtype), rng.integers(0, 3, 50)
    X[:, 2] = 7  # constant: no range
    parts = train_test_split(X, y, test_size=0.3, random_state=42)
    scaler = MinMaxScaler().fit(parts[0])
    expected = (scaler.transform(parts[0]), scaler.transform(parts[1]), parts[2], parts[3])
    for given, wanted in zip(split_and_scale(X, y), expected, strict=True):
        assert_close(given, wanted, terms=3)  # a difference, a quotient, float32


def test_split_and_scale_answers_float32_and_leaves_the_input_alone():
    frame = digit_frame(100)
    before = frame.copy()
    X_train, X_test, y_train, _ = split_and_scale(
        frame.drop(columns="label"), frame["label"], test_size=20, random_state=0
    )
    assert X_train.shape == (80, 784)
    assert X_test.shape == (20, 784)
    assert X_train.dtype == X_test.dtype == np.float32
    assert y_train.dtype == np.uint8
    assert X_train.min() == 0
    assert X_train.max() == 1
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_scaled_stays_as_it_is(dtype):
    X = np.random.default_rng(0).normal(size=(9, 2)).astype(dtype)
    before = X.copy()
    scale(X, minimum_and_range(X))
    split_and_scale(X, range(9))
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("seed", [0, 7])
def test_the_seed_and_the_size_of_the_test_part_are_those_of_scikit_learn(seed):
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20)
    *_, y_train, y_test = split_and_scale(X, y, test_size=0.25, random_state=seed)
    expected = train_test_split(y, test_size=0.25, random_state=seed)
    for given, wanted in zip((y_train, y_test), expected, strict=True):
        np.testing.assert_array_equal(given, wanted)


def test_the_test_part_has_no_say_in_the_scaling():
    X = np.arange(20.0).reshape(-1, 1)
    X_train, X_test, _, _ = split_and_scale(X, range(20))
    moved = X.copy()
    _, test_rows = train_test_split(np.arange(20), test_size=0.3, random_state=42)
    moved[test_rows] += 1000
    X_train_moved, X_test_moved, _, _ = split_and_scale(moved, range(20))
    np.testing.assert_array_equal(X_train_moved, X_train)
    assert (X_test_moved > X_test + 50).all()


def test_split_and_scale_refuses_what_is_not_a_table():
    with pytest.raises(ValueError, match=r"shape \(N, d\).*got shape \(4,\)"):
        split_and_scale(np.zeros(4), np.zeros(4))
    with pytest.raises(ValueError, match="got 4 rows and 3"):
        split_and_scale(np.zeros((4, 1)), np.zeros(3))
    with pytest.raises(TypeError, match="real numbers"):
        split_and_scale(np.full((4, 1), "a"), np.zeros(4))


def test_minimum_and_range_of_a_constant_column_can_be_divided_by():
    minimum, extent = minimum_and_range(np.array([[-1, 5], [3, 5]]))
    assert minimum.tolist() == [-1, 5]
    assert extent.tolist() == [4, 1]
    assert minimum.dtype == extent.dtype == np.float32


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 255]], np.uint8), np.float32),
        (np.array([[0.5, 2]], np.float32), np.float32),
        (np.array([[0.5, 2]]), np.float64),
        ([[0, 2**31]], np.float64),
        ([[0, -(2**31)]], np.float64),
    ],
)
def test_a_scaler_has_the_type_that_its_values_need(values, expected):
    assert [array.dtype for array in minimum_and_range(values)] == [expected] * 2


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_new_data_is_scaled_as_the_training_data_was(dtype):
    rng = np.random.default_rng(0)
    X, new = (rng.integers(0, 200, (50, 4)).astype(dtype) for _ in range(2))
    *parts, scaler = split_and_scale(X, range(50), return_scaler=True)
    for part, wanted in zip(parts, split_and_scale(X, range(50)), strict=True):
        np.testing.assert_array_equal(part, wanted)
    train, test = train_test_split(X, test_size=0.3, random_state=42)
    np.testing.assert_array_equal(scale(train, scaler), parts[0])
    np.testing.assert_array_equal(scale(test, scaler), parts[1])
    scaled = scale(new, scaler)
    assert scaled.dtype == np.float32
    # values up to 2: a difference of numbers below 2^24, exact, and a quotient, rounded once
    wanted = MinMaxScaler().fit(train.astype(float)).transform(new.astype(float))
    np.testing.assert_allclose(scaled, wanted, rtol=0, atol=2 * np.finfo(np.float32).eps)


def test_the_scaler_goes_into_a_network_and_comes_from_its_file():
    scaler = load_scaler(DATA_DIRECTORY / "nn_sample.npz")
    pixels = digit_frame(20).drop(columns="label")
    network = load_network(DATA_DIRECTORY / "nn_sample.npz")
    raw = as_sequential(network, scaler=scaler)
    # layer 0 multiplies by 1 / extent, rounded once more than the quotient; pixels reach 1
    np.testing.assert_allclose(
        scale(pixels, scaler),
        raw.layers[0].forward(pixels.to_numpy()),
        rtol=0,
        atol=2 * np.finfo(np.float32).eps,
    )


def test_a_time_stamp_is_scaled_with_all_its_digits():
    seconds = 1.7e9 + np.arange(100.0).reshape(-1, 1)
    for X in (seconds, seconds.astype(np.int64)):
        scaler = minimum_and_range(X)
        assert scaler[0].dtype == np.float64
        np.testing.assert_array_equal(scale(X, scaler), (np.arange(100) / 99)[:, None].astype("f4"))
    X_train, *_ = split_and_scale(seconds, range(100))
    assert len(np.unique(X_train)) == 70


def test_a_nullable_table_is_scaled_as_its_numbers():
    table = pd.DataFrame({"a": [1, 2, 3], "b": [True, False, True], "c": [0.5, 1.5, 1.0]})
    wanted = scale(table.astype(float), minimum_and_range(table.astype(float)))
    nullable = table.convert_dtypes()
    np.testing.assert_array_equal(scale(nullable, minimum_and_range(nullable)), wanted)
    nullable.loc[1, "b"] = pd.NA
    with pytest.raises(TypeError, match=r"X must hold real numbers; .* Missing values must be"):
        split_and_scale(nullable, range(3))


def test_scale_refuses_other_columns_than_the_scaler_has():
    scaler = minimum_and_range(np.eye(3))
    with pytest.raises(ValueError, match=r"the 3 columns that .* got shape \(2, 4\)"):
        scale(np.zeros((2, 4)), scaler)
    with pytest.raises(ValueError, match=r"shape \(N, d\).*got shape \(3,\)"):
        scale(np.zeros(3), scaler)
    with pytest.raises(TypeError, match="real numbers"):
        scale(np.full((2, 3), "a"), scaler)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_a_scaler_needs_values(shape):
    with pytest.raises(ValueError, match="X is empty"):
        minimum_and_range(np.empty(shape))


def test_one_hot_rows():
    rows = one_hot([2, 0], n_classes=4, dtype=np.float64)
    assert rows.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]
    assert rows.dtype == np.float64
    assert one_hot([0, 2]).shape == (2, 3)
    assert one_hot([0]).dtype == np.float32


@pytest.mark.parametrize("labels", [[3], [-1], [0.5], [[0]]])
def test_one_hot_refuses_labels_out_of_range_or_not_whole(labels):
    with pytest.raises(ValueError, match="labels must"):
        one_hot(labels, n_classes=3)
