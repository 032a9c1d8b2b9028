"""What is said of features and targets before they keep a training from learning."""

import warnings

import numpy as np
import pandas as pd
import pytest

from course_utils import (
    LOSSES,
    LSTM,
    SGD,
    Activation,
    BatchNorm,
    Chain,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Scale,
    Sequential,
    fit,
)
from course_utils._scaling import unscaled_features, unscaled_targets

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (20, 1, 8, 8)).astype(np.uint8)
PIXELS[:, 0, 7, 7] = 255
FLAT = PIXELS.reshape(20, -1)


@pytest.mark.parametrize(
    ("network", "X", "message"),
    [
        (Sequential(Dense(64, 2)), FLAT, r"column 63 goes to 255, and the weights of Dense\(64"),
        (Sequential(Dropout(0.5), Dense(64, 2)), FLAT, "goes to 255"),
        (
            Sequential(Conv2D(1, 2, 8), Flatten()),
            PIXELS,
            "channel 0 goes to 255, and the weights of Conv2D",
        ),
        (Sequential(LSTM(8, 2)), PIXELS[:, 0], "feature 7 goes to 255"),
        (Sequential(Flatten(), Dense(64, 2)), PIXELS, r"Scale\(0, 1 / 255\)"),
        (Sequential(Chain(Scale(0, 2), Dense(64, 2))), FLAT, "goes to 510"),
        (Sequential(Dense(2, 1)), np.array([[0, -5], [1, -1e10]]), r"column 1 goes to -1e\+10,"),
    ],
)
def test_an_unscaled_feature_is_named_with_its_size(network, X, message):
    y = np.zeros((len(X), *network.output_shape(X.shape[1:])))
    with pytest.warns(UserWarning, match=message):
        fit(network, X, y, "mean_squared_error", SGD(1e-30), 1, 20)


def test_a_column_of_a_table_is_called_by_its_name():
    table = pd.DataFrame({"age": [0.1, 0.2], "time": [1.7e9, 1.8e9]})
    assert "column 'time' goes to 1.8e+09" in unscaled_features(
        Sequential(Dense(2, 1)), table.to_numpy(), table.columns
    )


@pytest.mark.parametrize(
    ("network", "X"),
    [
        (Sequential(Scale(0, 1 / 255), Dense(64, 2)), FLAT),
        (Sequential(Flatten(), Scale(0, 1 / 255), Dense(64, 2)), PIXELS),
        (Sequential(Chain(Flatten(), Chain(Scale(0, 1 / 255))), Dense(64, 2)), PIXELS),
        (Sequential(BatchNorm(64), Dense(64, 2)), FLAT),
        (Sequential(Activation("sigmoid"), Dense(64, 2)), FLAT),
        (Sequential(Dense(64, 2)), FLAT / 255),
        (Sequential(Dense(64, 2)), RNG.normal(size=(1000, 64))),
        # a pixel that is lit once in 40,000 images, standardised
        (Sequential(Dense(1, 2)), np.where(np.arange(40_000) == 7, 200, -0.005)[:, np.newaxis]),
        (Sequential(Flatten()), PIXELS),
    ],
)
def test_what_arrives_scaled_passes(network, X):
    assert unscaled_features(network, X) == ""


def test_unscaled_targets_are_named():
    network, X = Sequential(Dense(1, 1)), np.zeros((3, 1))
    with pytest.warns(UserWarning, match="y is not scaled: it goes to 350000 in size"):
        fit(network, X, [[1.0], [-350000.0], [2.0]], "mean_squared_error", SGD(1e-9), 1, 3)
    assert unscaled_targets(np.array([346.0, 25.0]), LOSSES["mean_squared_error"]) == ""
    assert unscaled_targets(np.array([20000]), LOSSES["softmax_cross_entropy"]) == ""


def test_the_warning_points_to_the_line_that_calls_fit():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(
            Sequential(Dense(64, 2)), FLAT, np.zeros((20, 2)), "mean_squared_error", SGD(1e-9), 1, 9
        )
    assert [warning.filename for warning in caught] == [__file__]
