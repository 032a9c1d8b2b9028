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
    Layer,
    Scale,
    Sequential,
    fit,
)
from course_utils._scaling import unscaled_features, unscaled_targets

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (20, 1, 8, 8)).astype(np.uint8)
PIXELS[:, 0, 7, 7] = 255
FLAT = PIXELS.reshape(20, -1)
SEQUENCES = np.zeros((20, 5, 3))
SEQUENCES[:, 4, 1] = 1000


class Volumes(Layer):
    """One weight for each feature of volumes, which are told by their last axis."""

    decayed = ("W",)

    def __init__(self):
        super().__init__({"W": np.ones(3)})

    def forward(self, X, training=False, cache=None):
        return X * self.params["W"]


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
        (Sequential(LSTM(3, 2)), SEQUENCES, "feature 1 goes to 1000"),
        (Sequential(Flatten(), Dense(64, 2)), PIXELS, r"Scale\(0, 1 / 255\)"),
        (Sequential(Chain(Scale(0, 2), Dense(64, 2))), FLAT, "goes to 510"),
        (Sequential(Dense(2, 1)), np.array([[0, -5], [1, -1e10]]), r"column 1 goes to -1e\+10,"),
    ],
)
def test_an_unscaled_feature_is_named_with_its_size(network, X, message):
    y = np.zeros((len(X), *network.output_shape(X.shape[1:])))
    with pytest.warns(UserWarning, match=message):
        fit(network, X, y, "mean_squared_error", SGD(1e-30), 1, 20)


def test_a_batch_of_any_rank_has_its_features_last():
    X = np.zeros((4, 2, 2, 2, 3))
    X[..., 2] = 500
    assert "feature 2 goes to 500" in unscaled_features(Sequential(Volumes()), X)


def test_what_is_beyond_the_network_s_type_is_said_without_a_warning_of_numpy():
    X = np.array([[1e300], [1.0]])
    assert "column 0 goes to inf" in unscaled_features(Sequential(Dense(1, 2)), X)
    assert "column 0 goes to 1e+30" in unscaled_features(Sequential(Dense(1, 2)), X[1:] * 1e30)


@pytest.mark.parametrize(("size", "said"), [(100, False), (100.01, True)])
def test_a_feature_is_large_above_a_root_mean_square_of_100(size, said):
    assert bool(unscaled_features(Sequential(Dense(1, 2)), np.full((4, 1), size))) is said


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
        (Sequential(Chain(Dropout(0.5)), Scale(0, 1 / 255), Dense(64, 2)), FLAT),
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
    assert unscaled_targets(np.array([10_000.0]), LOSSES["mean_squared_error"]) == ""
    assert unscaled_targets(np.zeros((0, 1)), LOSSES["mean_squared_error"]) == ""


def test_the_warning_points_to_the_line_that_calls_fit():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(
            Sequential(Dense(64, 2)), FLAT, np.zeros((20, 2)), "mean_squared_error", SGD(1e-9), 1, 9
        )
    assert [warning.filename for warning in caught] == [__file__]
