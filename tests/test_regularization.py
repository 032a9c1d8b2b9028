"""Layers that differ between training and evaluation; what all layers share is in test_layers."""

import copy

import numpy as np
import pytest

from course_utils import (
    BatchNorm,
    Dense,
    Dropout,
    PReLU,
    RReLU,
    Sequential,
    check_gradient,
    gradient_report,
)
from tests.closeness import assert_close
from tests.messages import says

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3))
IMAGES = RNG.normal(size=(4, 3, 5, 2))
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


# -- rrelu and prelu ------------------------------------------------------------------------


def test_rrelu_draws_slopes_in_training_and_takes_their_mean_in_evaluation():
    z = np.full((100, 100), -2.0)
    layer = RReLU(0.1, 0.3, rng=0)
    slopes = layer.forward(z, training=True) / z
    assert 0.1 <= slopes.min() < 0.101
    assert 0.299 < slopes.max() <= 0.3
    assert_close(layer.backward(np.ones_like(z)), slopes, terms=2)
    assert_close(layer.forward(z, cache=True), np.full(z.shape, -0.4), terms=3)
    assert_close(layer.backward(np.ones_like(z)), np.full(z.shape, 0.2), terms=3)


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


@pytest.mark.parametrize(("n", "shape"), [(1, (3,)), (3, (3,)), (3, (3, 5, 2)), (1, (3, 5, 2))])
def test_prelu_learns_its_slopes(n, shape):
    data = RNG.uniform(0.1, 1, (4, *shape)) * RNG.choice([-1, 1], (4, *shape))
    layer = PReLU(n, dtype=np.float64)
    assert layer.output_shape(shape) == shape
    layer.params["alpha"] = np.linspace(0.1, 0.5, n)
    slopes = layer.params["alpha"].reshape(1, -1, *[1] * (data.ndim - 2))
    A = layer.forward(data, training=True)
    np.testing.assert_array_equal(A, np.where(data > 0, data, slopes * data))
    dA = RNG.normal(size=data.shape)
    check_gradient(lambda x: np.sum(dA * layer.forward(x)), data, layer.backward(dA))
    gradient, start = layer.grads["alpha"].copy(), layer.params["alpha"].copy()

    def value(alpha):
        layer.params["alpha"] = alpha
        return np.sum(dA * layer.forward(data))

    check_gradient(value, start, gradient)


def test_prelu_starts_at_a_quarter_and_is_not_decayed():
    layer = PReLU(3)
    assert layer.params["alpha"].tolist() == [0.25] * 3
    assert layer.params["alpha"].dtype == np.float32
    assert not Sequential(PReLU(3)).decay_mask.any()
    assert PReLU(2, start=-0.5).params["alpha"].tolist() == [-0.5] * 2


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: PReLU(0), ValueError, "n_features must be at least 1; got 0"),
        (lambda: PReLU(start=np.nan), ValueError, "start holds NaN"),
        (lambda: PReLU(3).output_shape((4,)), ValueError, r"PReLU\(3\) takes .*\(3,\).*got \(4,\)"),
        (lambda: BatchNorm(3).output_shape((4, 3, 3)), ValueError, r"\(3, height, width\); got"),
        (lambda: BatchNorm(3).output_shape(()), ValueError, r"got \(\)"),
        (lambda: BatchNorm(2.5), TypeError, "n_features must be a whole number"),
        (lambda: BatchNorm(2, momentum=1), ValueError, "momentum must be at least 0 and below 1"),
        (lambda: BatchNorm(2, eps=-1), ValueError, "eps must be at least 0"),
        (
            lambda: BatchNorm(2).forward(np.ones((1, 2)), training=True),
            ValueError,
            r"BatchNorm\(2\): a batch of one value a feature has no variance; got shape \(1, 2\)",
        ),
    ],
)
def test_bad_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


# -- batch normalisation --------------------------------------------------------------------


@pytest.mark.parametrize("data", [X, IMAGES])
def test_a_batch_gets_mean_beta_and_deviation_gamma(data):
    layer = BatchNorm(3, eps=0, dtype=np.float64)
    layer.params["gamma"], layer.params["beta"] = [1, 2, 3], [10, 20, 30]
    axes = (0,) if data.ndim == 2 else (0, 2, 3)
    batch = 100 + 7 * data
    A = layer.forward(batch, training=True)
    # a mean of numbers of about 100, divided by their deviation; then the mean of what comes out
    close = {"terms": 2 * data.size + 10, "size": 30 + 3 * np.abs(batch).max() / batch.std()}
    assert_close(A.mean(axis=axes), [10, 20, 30], **close)
    assert_close(A.std(axis=axes), [1, 2, 3], **close)


@pytest.mark.parametrize("data", [X, IMAGES])
def test_running_statistics_follow_the_batches(data):
    layer = BatchNorm(3, momentum=0.25, dtype=np.float64)
    axes = (0,) if data.ndim == 2 else (0, 2, 3)
    mean, variance = np.zeros(3), np.ones(3)
    for k in range(3):
        layer.forward(data + k, training=True)
        mean = 0.75 * mean + 0.25 * (data + k).mean(axis=axes)
        variance = 0.75 * variance + 0.25 * data.var(axis=axes, ddof=1)
    n = data.size + 9  # of the mean, and 3 operations in each of 3 steps
    assert_close(layer.state["running_mean"], mean, terms=n, size=np.abs(data).max() + 2)
    assert_close(
        layer.state["running_var"], variance, terms=2 * n, size=(np.abs(data).max() + 2) ** 2
    )


def test_evaluation_uses_the_running_statistics_and_leaves_them():
    layer = BatchNorm(1, eps=0.25, dtype=np.float64)
    layer.state["running_mean"], layer.state["running_var"] = [5.0], [2.0]
    layer.params["gamma"], layer.params["beta"] = [3.0], [1.0]
    # (8 - 5) / sqrt(2 + 0.25) = 2; 3 * 2 + 1
    assert layer.forward(np.array([[8.0]]), cache=True).tolist() == [[7.0]]
    # 3 / 1.5
    assert layer.backward(np.array([[1.0]])).tolist() == [[2.0]]
    assert layer.grads["gamma"].tolist() == [2.0]
    assert layer.state["running_mean"].tolist() == [5.0]


def test_the_first_batches_count_as_the_momentum_says():
    layer = BatchNorm(1)
    layer.forward(np.array([[0.0], [2.0]]), training=True)
    assert_close(layer.state["running_mean"], [0.1], terms=3)
    assert_close(layer.state["running_var"], [0.9 + 0.1 * 2], terms=5)


def test_the_statistics_are_saved_but_not_decayed():
    network = Sequential(Dense(3, 3), BatchNorm(3))
    assert list(network.state) == ["running_mean1", "running_var1"]
    assert list(network.params) == ["W1", "b1", "gamma2", "beta2"]
    assert network.decay_mask.tolist() == [True] * 9 + [False] * 9


def test_a_hundred_thousandth_is_added_to_the_variance_by_default():
    deviation = np.sqrt([[1e-5], [1e-5]]) * [[-1], [1]]
    A = BatchNorm(1).forward(deviation, training=True)
    assert_close(A, np.sqrt([[0.5], [0.5]]) * [[-1], [1]], terms=10)


def test_a_constant_feature_stays_finite():
    A = BatchNorm(1).forward(np.full((4, 1), 1e6, np.float32), training=True)
    assert A.tolist() == [[0.0]] * 4


@pytest.mark.parametrize("data", [X, IMAGES])
@pytest.mark.parametrize("training", [True, False])
def test_the_gradients_of_batch_normalisation_are_right(data, training):
    layer = BatchNorm(3)
    layer.params["gamma"], layer.params["beta"] = [1, 2, 3], [1, 0, -1]
    layer.state["running_var"] = [0.5, 1, 2]
    network = Sequential(layer, dtype=np.float64)
    dA = np.random.default_rng(4).normal(size=data.shape)

    def value(x, network=network):
        return np.sum(dA * network.forward(x, training=training, cache=True))

    value(data)
    check_gradient(value, data, network.backward(dA, need_dX=True))


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
