"""Layers that are random in training, and a network of all; what layers share is in test_layers."""

import copy

import numpy as np
import pytest

from course_utils import BatchNorm, Dense, Dropout, PReLU, RReLU, Sequential, gradient_report
from tests.closeness import assert_close
from tests.messages import says

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3))
TARGETS = RNG.normal(size=(6, 3))


# -- dropout --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_zeroes_a_share_and_scales_the_rest(dtype):
    ones = np.ones((200, 100), dtype)
    A = Dropout(0.25, rng=1).forward(ones, training=True)
    assert A.dtype == dtype
    assert_close(np.unique(A), [0, 4 / 3], terms=2)
    # 20,000 draws: the standard deviation of the share is sqrt(0.25 * 0.75 / 20000) = 0.003
    assert np.mean(A == 0) == pytest.approx(0.25, abs=0.012)
    assert A.mean() == pytest.approx(1, abs=0.016)


def test_dropout_sends_back_what_it_let_through():
    layer = Dropout(0.5, rng=2)
    A = layer.forward(X, training=True)
    np.testing.assert_array_equal(layer.backward(X), A)


def test_dropout_draws_anew_and_repeats_with_the_same_seed():
    one, other = Dropout(0.5, rng=3), Dropout(0.5, rng=3)
    first = one.forward(X, training=True)
    np.testing.assert_array_equal(first, other.forward(X, training=True))
    assert not np.array_equal(first, one.forward(X, training=True))


@pytest.mark.parametrize("layer", [Dropout(0.5), Dropout(0)])
def test_dropout_lets_everything_through_in_evaluation(layer):
    np.testing.assert_array_equal(layer.forward(X, cache=True), X)
    np.testing.assert_array_equal(layer.backward(TARGETS), TARGETS)
    state = layer.rng.bit_generator.state
    layer.forward(X)
    assert layer.rng.bit_generator.state == state


def test_dropout_of_nothing_changes_nothing_in_training():
    np.testing.assert_array_equal(Dropout(0).forward(X, training=True), X)


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, np.nan, "0.5", None])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(ValueError, match=says("rate", "at least 0", "below 1", f"got {rate!r}")):
        Dropout(rate)


# -- rrelu ----------------------------------------------------------------------------------


def test_rrelu_draws_slopes_in_training_and_takes_their_mean_in_evaluation():
    z = np.full((100, 100), -2.0)
    layer = RReLU(0.1, 0.3, rng=0)
    slopes = layer.forward(z, training=True) / z
    assert 0.1 <= slopes.min() < 0.101
    assert 0.299 < slopes.max() <= 0.3
    assert_close(layer.backward(np.ones_like(z)), slopes, terms=2)
    assert_close(layer.forward(z, cache=True), np.full(z.shape, -0.4), terms=3)
    assert_close(layer.backward(np.ones_like(z)), np.full(z.shape, 0.2), terms=3)


def test_rrelu_draws_anew_and_repeats_with_the_same_seed():
    one, other = RReLU(rng=3), RReLU(rng=3)
    first = one.forward(-np.abs(X), training=True)
    np.testing.assert_array_equal(first, other.forward(-np.abs(X), training=True))
    assert not np.array_equal(first, one.forward(-np.abs(X), training=True))


def test_at_zero_no_slope_was_drawn_and_rrelu_takes_their_mean():
    layer = RReLU(0.25, 0.75, rng=0)
    assert not layer.forward(np.zeros((2, 3)), training=True).any()
    assert layer.backward(np.ones((2, 3))).tolist() == [[0.5] * 3] * 2


def test_rrelu_leaves_positive_values_alone():
    layer = RReLU()
    np.testing.assert_array_equal(layer.forward(np.abs(X), training=True), np.abs(X))
    np.testing.assert_array_equal(layer.backward(X), X)
    assert (layer.lower, layer.upper) == (1 / 8, 1 / 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-0.1, 0.3), "lower must be at least 0"),
        ((0.4, 0.3), "upper must be at least 0.4 and below inf; got 0.3"),
        ((0.1, np.inf), "upper must be at least 0.1"),
    ],
)
def test_slopes_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        RReLU(*arguments)


# -- in a network ---------------------------------------------------------------------------


def network_of_all():
    return Sequential(
        Dense(3, 8, rng=0),
        BatchNorm(8),
        PReLU(8),
        Dropout(0.3, rng=1),
        Dense(8, 8, rng=2),
        RReLU(rng=3),
        Dense(8, 3, rng=4),
    )


@pytest.mark.parametrize("training", [True, False])
def test_every_gradient_is_right_with_a_fixed_mask(training):
    network = network_of_all()
    generators = [leaf.rng.bit_generator.state for leaf in network.leaves() if leaf.rng]
    report = gradient_report(network, X, TARGETS, "mean_squared_error", training=training)
    assert {"gamma2", "beta2", "alpha3", "W1", "X"} <= set(report)
    # the bias before a batch normalisation has no effect: both gradients are 0 up to rounding
    assert max(error for name, error in report.items() if name != "b1") < 1e-6
    assert [leaf.rng.bit_generator.state for leaf in network.leaves() if leaf.rng] == generators


def test_a_copy_draws_the_same_numbers():
    network = network_of_all()
    other = copy.deepcopy(network)
    first = network.forward(X, training=True)
    np.testing.assert_array_equal(first, other.forward(X, training=True))


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_, np.float16])
def test_dropout_takes_numbers_of_any_type(dtype):
    layer = Dropout(0.5, rng=0)
    A = layer.forward(np.ones((50, 20), dtype), training=True)
    assert set(np.unique(A)) == {0.0, 2.0}
    assert A.dtype == (np.float16 if dtype is np.float16 else np.float64)
