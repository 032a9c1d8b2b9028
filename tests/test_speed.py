"""The fast ways stay fast: beside the textbook's code, and beside the bare matrix products.

Bounds have slack: they tell a fast way that is taken from one that is not. What was measured with
care stands in benchmarks/RESULTS.md.
"""

import numpy as np
import pytest

from benchmarks._textbook import (
    StepByStep,
    TwoLayers,
    assert_alike,
    bare_products,
    products_of_inference,
    products_of_training,
    three_layers,
)
from course_utils import (
    LSTM,
    Activation,
    Adam,
    Dense,
    InferencePlan,
    Sequential,
    as_sequential,
    fit,
    predict_proba,
)
from tests.closeness import assert_close, roundings
from tests.timing import assert_takes_longer

RNG = np.random.default_rng(0)
X = RNG.random((2560, 784), np.float32)
Y = RNG.integers(0, 10, len(X))


@pytest.fixture(scope="module")
def arrays():
    """The three-layer network of the case study, 784-50-100-10, float32."""
    sizes = [784, 50, 100, 10]
    weights = {}
    for k in (1, 2, 3):
        weights[f"W{k}"] = RNG.normal(0, 0.1, sizes[k - 1 : k + 1]).astype(np.float32)
        weights[f"b{k}"] = RNG.normal(0, 0.1, sizes[k]).astype(np.float32)
    return weights


def test_inference_beside_the_textbook(arrays):
    plan, double = InferencePlan(as_sequential(arrays)), X.astype(np.float64)
    in_double = {name: array.astype(np.float64) for name, array in arrays.items()}
    close = roundings(as_sequential(arrays), X)
    assert_close(plan(X), three_layers(in_double, double), **close)
    # 2 times as long and more
    assert_takes_longer(lambda: three_layers(in_double, double), lambda: plan(X), 1.5)


def test_inference_beside_its_bare_products(arrays):
    network, weights = as_sequential(arrays), [arrays[f"W{k}"] for k in (1, 2, 3)]
    bare = products_of_inference(weights, X)
    # 0.7 of the time and more
    assert_takes_longer(bare, lambda: predict_proba(network, X, progress=False), 1 / 3)


def network_and_training():
    network = Sequential(
        Dense(784, 128, rng=0), Activation("relu"), Dense(128, 10, rng=1), output="softmax"
    )
    optimizer, loss = Adam(), "softmax_cross_entropy"

    def train():
        rng = np.random.default_rng(0)
        fit(network, X, Y, loss, optimizer, 1, 128, rng=rng, progress=False)

    return network, train


def test_training_beside_the_textbook():
    network, train = network_and_training()
    book = TwoLayers(network.params.values(), X, Y)
    book.train(np.random.default_rng(0))
    train()
    for ours, theirs in zip(network.params.values(), book.weights(), strict=True):
        assert np.abs(ours - theirs).mean() < 1e-6  # of steps of 1e-3
    # 2 times as long
    assert_takes_longer(lambda: book.train(np.random.default_rng(0)), train, 1.3)


def test_training_beside_its_bare_products():
    _, train = network_and_training()
    # 0.4 of the time and more
    assert_takes_longer(products_of_training(128, len(X)), train, 1 / 6)


@pytest.fixture(scope="module")
def lstm():
    """A layer, the textbook's loop with the same weights, and one training step."""
    layer = LSTM(28, 64, rng=0)
    images = RNG.normal(size=(128, 28, 28)).astype(np.float32)
    dA = RNG.normal(size=(128, 64)).astype(np.float32)

    def step():
        layer.forward(images, training=True)
        layer.backward(dA, need_dX=False)

    return layer, StepByStep(layer.params, images, dA), step


def test_an_lstm_beside_the_textbook(lstm):
    layer, book, step = lstm
    step()
    book.step()
    assert_alike(layer.grads.values(), [book.gradients()[name] for name in layer.grads], "book")
    # 2.5 times as long
    assert_takes_longer(book.step, step, 1.3)


def test_an_lstm_beside_its_bare_products(lstm):
    _, _, step = lstm
    products = bare_products([(128, 92, 256, 28), (92, 128, 256, 28), (128, 256, 64, 28)])
    # half of the time
    assert_takes_longer(products, step, 1 / 6)
