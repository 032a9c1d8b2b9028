"""Batch normalisation: the statistics of a batch in training, the running ones in evaluation."""

import numpy as np
import pytest

from course_utils import BatchNorm, Dense, Sequential, check_gradient
from tests.closeness import assert_close

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3))
IMAGES = RNG.normal(size=(4, 3, 5, 2))


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


@pytest.mark.parametrize(
    ("options", "dtype"), [({}, np.float32), ({"dtype": np.float64}, np.float64)]
)
def test_it_computes_in_float32_unless_another_type_is_asked_for(options, dtype):
    layer = BatchNorm(2, **options)
    arrays = [*layer.params.values(), *layer.state.values()]
    assert [array.dtype for array in arrays] == [dtype] * 4


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


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
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
