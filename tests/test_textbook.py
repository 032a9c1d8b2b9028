"""What takes a short way gives what the textbook's code gives, which is written otherwise.

Where a docstring opens with the textbook's code, that code is run. How much longer the textbook
takes is for `make bench` to say.
"""

import copy

import numpy as np
import pytest

from benchmarks._textbook import StepByStep, TwoLayers, assert_alike, three_layers
from course_utils import (
    GRU,
    LSTM,
    RNN,
    Activation,
    Adam,
    Conv2D,
    Dense,
    InferencePlan,
    MaxPool2D,
    Sequential,
    as_sequential,
    fit,
    predict_proba,
    softmax_cross_entropy,
)
from course_utils.recurrent import Recurrent
from tests.closeness import FUNCTION, assert_close, roundings
from tests.textbook import textbook

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


# -- the code that docstrings open with ----------------------------------------------------


def normal(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


@pytest.mark.parametrize("kernel", [(3, 3), (2, 4), (1, 1)])
@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1])
def test_the_convolution_of_the_docstring(kernel, step, padding):
    book = textbook(Conv2D)
    layer = Conv2D(3, 4, kernel, step, padding, rng=0, dtype=np.float64)
    layer.params["b"] = normal(4)
    images = normal(5, 3, 9, 10)
    Z = layer.forward(images, training=True)
    dZ = normal(*Z.shape)
    dX = layer.backward(dZ)
    inner = np.s_[..., padding : padding + 9, padding : padding + 10]

    def by_the_book(layer, X, dZ):
        W, b = layer.params.values()
        X = np.pad(X, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        dX, dW, db = book.backward(X, W, step, dZ)
        return book.forward(X, W, b, step), dX[inner], dW, db

    absolute = copy.deepcopy(layer)
    for array in absolute.params.values():
        np.abs(array, out=array)
    sizes = by_the_book(absolute, abs(images), abs(dZ))
    pixels, places = dZ.size // 4, kernel[0] * kernel[1]
    terms = (3 * places + 1, 4 * places, pixels, pixels)  # what Z, dX, dW and db sum
    ours = Z, dX, layer.grads["W"], layer.grads["b"]
    for mine, theirs, n, size in zip(
        ours, by_the_book(layer, images, dZ), terms, sizes, strict=True
    ):
        assert_close(mine, theirs, terms=n, size=size)


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1])
def test_the_pooling_of_the_docstring(size, step, padding):
    if 2 * padding > size:
        padding = 0
    book = textbook(MaxPool2D)
    layer = MaxPool2D(size, step, padding)
    images = normal(5, 3, 9, 10).round()  # many are equal
    A = layer.forward(images, training=True)
    dA = normal(*A.shape)
    border = (padding, padding)
    padded = np.pad(images, ((0, 0), (0, 0), border, border), constant_values=-np.inf)
    np.testing.assert_array_equal(A, book.forward(padded, size, step))
    dX = book.backward(padded, size, step, dA)
    dX = dX[..., padding : padding + 9, padding : padding + 10]
    assert_close(layer.backward(dA), dX, terms=size**2, size=size**2 * np.abs(dA).max())


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_the_recurrent_layers_of_the_docstrings(kind):
    N, T, D, H = 4, 6, 3, 5
    layer = kind(D, H, rng=0, dtype=np.float64)
    for array in layer.params.values():
        array += normal(*array.shape) / 4
    X = normal(N, T, D)
    terms = T * (D + H + 2 * FUNCTION)
    size = 1 + np.abs(X).max() * np.abs(layer.params["Wx"]).max()
    assert_close(
        layer.forward(X), textbook(kind).forward(X, **layer.params), terms=terms, size=size
    )


def test_the_way_back_through_time_of_the_docstring():
    N, T, D, H = 4, 6, 3, 5
    book, layer = textbook(Recurrent), RNN(D, H, rng=0, dtype=np.float64)
    X, dh = normal(N, T, D), normal(N, H)
    A = layer.forward(X, training=True)
    Wx, Wh, b = layer.params.values()
    h = book.forward(X, Wx, Wh, b)
    dX, dWx, dWh, db = book.backward(X, Wx, Wh, h, dh)
    largest = max(np.abs(array).max() for array in (X, dX, dWx, dWh, db))
    close = {"terms": 2 * T * (D + H + N + FUNCTION), "size": largest}
    assert_close(A, h[T], **close)
    assert_close(layer.backward(dh), dX, **close)
    for name, grad in {"Wx": dWx, "Wh": dWh, "b": db}.items():
        assert_close(layer.grads[name], grad, **close)


def test_the_steps_of_adam_of_the_docstring():
    steps, settings = 20, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    ours = normal(50)
    theirs, m, v = ours.copy(), np.zeros(50), np.zeros(50)
    adam = Adam(0.1)
    assert {"lr": 0.1, **settings} == adam.settings()
    for t in range(1, steps + 1):
        grad = normal(50) * t
        adam.step(ours, grad)
        textbook(Adam).step(theirs, grad, m, v, t, lr=0.1, **settings)
        # A step is at most lr (1 - beta1) / sqrt(1 - beta2), 0.32, and rounds some 15 times.
        assert_close(ours, theirs, terms=15 * t, size=np.maximum(1, np.abs(theirs)))


def test_the_training_of_the_docstring():
    ours = Sequential(Dense(784, 16, rng=0), Activation("relu"), Dense(16, 10, rng=1))
    theirs = copy.deepcopy(ours)
    arguments = X, Y, softmax_cross_entropy
    fit(ours, *arguments, Adam(), 2, 100, rng=np.random.default_rng(3), progress=False)
    textbook(fit).fit(theirs, *arguments, Adam(), 2, 100, np.random.default_rng(3))
    np.testing.assert_array_equal(ours.theta, theirs.theta)
