"""What takes a short way gives what the textbook's code gives, which is written otherwise.

How much longer the textbook takes is for `make bench` to say.
"""

import numpy as np
import pytest

from benchmarks._textbook import StepByStep, TwoLayers, assert_alike, three_layers
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

RNG = np.random.default_rng(0)
X = RNG.random((2560, 784), np.float32)
Y = RNG.integers(0, 10, len(X))


@pytest.mark.parametrize("answer", [lambda network, X: InferencePlan(network)(X), predict_proba])
def test_inference(answer):
    """The three-layer network of the case study, 784-50-100-10, float32."""
    sizes = [784, 50, 100, 10]
    arrays = {}
    for k in (1, 2, 3):
        arrays[f"W{k}"] = RNG.normal(0, 0.1, sizes[k - 1 : k + 1]).astype(np.float32)
        arrays[f"b{k}"] = RNG.normal(0, 0.1, sizes[k]).astype(np.float32)
    network = as_sequential(arrays)
    in_double = {name: array.astype(np.float64) for name, array in arrays.items()}
    expected = three_layers(in_double, X.astype(np.float64))
    assert_close(answer(network, X), expected, **roundings(network, X))


def test_training():
    network = Sequential(
        Dense(784, 128, rng=0), Activation("relu"), Dense(128, 10, rng=1), output="softmax"
    )
    book = TwoLayers(network.params.values(), X, Y)
    book.train(np.random.default_rng(0))
    rng = np.random.default_rng(0)
    fit(network, X, Y, "softmax_cross_entropy", Adam(), 1, 128, rng=rng, progress=False)
    for ours, theirs in zip(network.params.values(), book.weights(), strict=True):
        assert np.abs(ours - theirs).mean() < 1e-6  # of steps of 1e-3


def test_lstm():
    layer = LSTM(28, 64, rng=0)
    images = RNG.normal(size=(128, 28, 28)).astype(np.float32)
    dA = RNG.normal(size=(128, 64)).astype(np.float32)
    layer.forward(images, training=True)
    layer.backward(dA, need_dX=False)
    book = StepByStep(layer.params, images, dA)
    book.step()
    assert_alike(layer.grads.values(), [book.gradients()[name] for name in layer.grads], "book")
