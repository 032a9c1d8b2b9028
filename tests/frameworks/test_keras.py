"""Layers, losses, optimizers and `fit` against Keras on TensorFlow, the gradients by its tape.

Keras stores images as (N, height, width, channels) and kernels as (height, width, in, out); what
it names with another letter or counts the other way round is said where it is compared.
"""

import numpy as np
import pytest

from course_utils import (
    GRU,
    LSTM,
    OPTIMIZERS,
    RNN,
    SGD,
    Activation,
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    GlobalAveragePool2D,
    MaxPool2D,
    Sequential,
    binary_cross_entropy,
    cross_entropy,
    fit,
    mean_squared_error,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
)
from tests.closeness import assert_close

keras = pytest.importorskip("keras")
tensorflow = pytest.importorskip("tensorflow")

TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}


@pytest.fixture(autouse=True)
def float64_by_default():
    """So that Keras' losses and data keep float64; layers are told their type."""
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")


every_dtype = pytest.mark.parametrize("dtype", TOLERANCE)


def draw(shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def assert_same(ours, theirs, dtype):
    """Equal up to the tolerance, relative to the largest element."""
    theirs = np.asarray(theirs)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    bound = TOLERANCE[dtype] * max(1, np.abs(theirs).max(initial=0))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=bound)


def channels_last(images):
    """(N, C, H, W) as Keras stores it, (N, H, W, C); other shapes stay."""
    return np.moveaxis(images, 1, -1) if images.ndim == 4 else images


def name_of(dtype):
    return np.dtype(dtype).name


def differentiate(function, X, training, dA=None):
    """A = function(X) by Keras, and the gradients of sum(A dA) in X and in its weights."""
    X = tensorflow.constant(X)
    with tensorflow.GradientTape() as tape:
        tape.watch(X)
        A = function(X, training=training)
        total = tensorflow.reduce_sum(A * (tensorflow.ones_like(A) if dA is None else dA))
    return A, tape.gradient(total, [X, *function.trainable_variables])


def compare(layer, theirs, X, weights, dtype, training=True):
    """Outputs and all gradients of both; `weights` turns our parameter's array into Keras' by name.

    The order of the names is that of Keras' trainable variables.
    """
    A = layer.forward(X, training=training, cache=True)
    dA = draw(A.shape, dtype, seed=9)
    dA /= np.linalg.norm(dA)
    theirs.build(channels_last(X).shape)
    for (name, convert), variable in zip(weights.items(), theirs.trainable_variables, strict=True):
        variable.assign(convert(layer.params[name]))
    A_theirs, (dX, *gradients) = differentiate(
        theirs, channels_last(X), training, channels_last(dA)
    )
    assert_same(channels_last(A), A_theirs, dtype)
    assert_same(channels_last(layer.backward(dA)), dX, dtype)
    for (name, convert), gradient in zip(weights.items(), gradients, strict=True):
        assert_same(convert(layer.grads[name]), gradient, dtype)


def as_it_is(array):
    return array


def with_random_params(layer, dtype):
    for k, name in enumerate(layer.params):
        layer.params[name] = draw(layer.params[name].shape, dtype, seed=20 + k)
    return layer


# -- layers ---------------------------------------------------------------------------------


@every_dtype
@pytest.mark.parametrize("n", [1, 7])
def test_dense(dtype, n):
    layer = with_random_params(Dense(5, 3, dtype=dtype), dtype)
    theirs = keras.layers.Dense(3, dtype=name_of(dtype))
    compare(layer, theirs, draw((n, 5), dtype), {"W": as_it_is, "b": as_it_is}, dtype)


# TensorFlow keeps a slope in float32, in which 0.25 is exact; ours is 0.01 by default, Keras' 0.2
ACTIVATIONS = {
    "sigmoid": ({}, "sigmoid"),
    "tanh": ({}, "tanh"),
    "relu": ({}, "relu"),
    "leaky_relu": ({"alpha": 0.25}, lambda z: keras.activations.leaky_relu(z, negative_slope=0.25)),
    "elu": ({}, "elu"),
    "swish": ({}, "silu"),
    "softplus": ({}, "softplus"),
    "gelu": ({}, lambda z: keras.activations.gelu(z, approximate=False)),
    "identity": ({}, "linear"),
}


@pytest.mark.parametrize(
    ("name", "dtype"),
    # TensorFlow's gelu takes the root of 2 in float32
    [(name, d) for name in ACTIVATIONS for d in TOLERANCE if (name, d) != ("gelu", np.float64)],
)
def test_activations(name, dtype):
    settings, function = ACTIVATIONS[name]
    theirs = keras.layers.Activation(function, dtype=name_of(dtype))
    compare(Activation(name, **settings), theirs, 3 * draw((9, 7), dtype), {}, dtype)


@every_dtype
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(7, 4), (6, 4, 5, 3)])
def test_batch_normalisation(dtype, training, shape):
    """Keras' momentum is 1 - ours, its epsilon 1e-3, and its running variance divides by n."""
    layer = with_random_params(BatchNorm(4, dtype=dtype), dtype)
    theirs = keras.layers.BatchNormalization(
        momentum=0.9, epsilon=layer.eps, dtype=name_of(dtype), axis=-1
    )
    weights = {"gamma": as_it_is, "beta": as_it_is}
    X = draw(shape, dtype)
    compare(layer, theirs, X, weights, dtype, training)
    assert_same(layer.state["running_mean"], theirs.moving_mean, dtype)
    n = X.size // 4
    moved = layer.state["running_var"] - (0.9 if training else 0)
    ours = moved * (n - 1) / n + 0.9 if training else moved
    assert_same(ours, theirs.moving_variance, dtype)


@every_dtype
@pytest.mark.parametrize(
    ("n_in", "n_out", "size", "kernel", "stride", "padding"),
    [
        (1, 1, (5, 5), 5, 1, "valid"),
        (2, 3, (7, 6), (2, 3), (3, 1), "valid"),
        (6, 16, (14, 14), 5, 1, "valid"),
        (2, 4, (9, 8), 3, 1, "same"),
        (3, 2, (9, 9), 3, 2, "same"),  # where Keras' "same" pads both sides alike, as ours does
    ],
)
def test_convolution(dtype, n_in, n_out, size, kernel, stride, padding):
    ours = 1 if padding == "same" else 0
    layer = with_random_params(Conv2D(n_in, n_out, kernel, stride, ours, dtype=dtype), dtype)
    theirs = keras.layers.Conv2D(n_out, kernel, stride, padding, dtype=name_of(dtype))
    weights = {"W": lambda W: W.transpose(2, 3, 1, 0), "b": as_it_is}
    compare(layer, theirs, draw((3, n_in, *size), dtype), weights, dtype)


@every_dtype
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda: MaxPool2D(2), lambda **o: keras.layers.MaxPooling2D(2, **o)),
        (lambda: MaxPool2D(3, 2), lambda **o: keras.layers.MaxPooling2D(3, 2, **o)),
        (lambda: AveragePool2D(2), lambda **o: keras.layers.AveragePooling2D(2, **o)),
        (GlobalAveragePool2D, keras.layers.GlobalAveragePooling2D),
    ],
    ids=["max 2", "max 3 by 2", "average 2", "global average"],
)
def test_pooling(dtype, ours, theirs):
    compare(ours(), theirs(dtype=name_of(dtype)), draw((2, 3, 9, 7), dtype), {}, dtype)


def blocks(layer, order):
    """Our gates' columns in Keras' order."""
    position = [layer.gates.index(gate) for gate in order]
    return lambda array: np.concatenate(
        [np.split(array, len(layer.gates), axis=-1)[k] for k in position], axis=-1
    )


@every_dtype
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("shape", [(1, 1, 1), (4, 12, 3)])
@pytest.mark.parametrize("kind", ["RNN", "LSTM"])
def test_recurrence(dtype, kind, sequences, shape):
    ours, theirs = {
        "RNN": (RNN, keras.layers.SimpleRNN),
        "LSTM": (LSTM, keras.layers.LSTM),
    }[kind]
    layer = with_random_params(ours(shape[-1], 5, return_sequences=sequences, dtype=dtype), dtype)
    layer_theirs = theirs(5, return_sequences=sequences, dtype=name_of(dtype))
    convert = blocks(layer, "ifgo") if kind == "LSTM" else as_it_is
    weights = dict.fromkeys(["Wx", "Wh", "b"], convert)
    compare(layer, layer_theirs, draw(shape, dtype), weights, dtype)


@every_dtype
@pytest.mark.parametrize("shape", [(1, 1, 1), (4, 12, 3)])
def test_gru(dtype, shape):
    """Keras keeps both biases as the rows of one array."""
    layer = with_random_params(GRU(shape[-1], 5, dtype=dtype), dtype)
    theirs = keras.layers.GRU(5, dtype=name_of(dtype), reset_after=True)
    theirs.build(shape)
    order = blocks(layer, "zrn")
    both = lambda arrays: np.stack([order(arrays["b"]), order(arrays["bh"])])  # noqa: E731
    values = [order(layer.params["Wx"]), order(layer.params["Wh"]), both(layer.params)]
    theirs.set_weights(values)
    X = draw(shape, dtype)
    A = layer.forward(X, training=True)
    dA = draw(A.shape, dtype, seed=9)
    A_theirs, (dX, dWx, dWh, db) = differentiate(theirs, X, True, dA)
    assert_same(A, A_theirs, dtype)
    assert_same(layer.backward(dA), dX, dtype)
    assert_same(order(layer.grads["Wx"]), dWx, dtype)
    assert_same(order(layer.grads["Wh"]), dWh, dtype)
    assert_same(both(layer.grads), db, dtype)


# -- losses ---------------------------------------------------------------------------------

CLASSES = np.arange(8) % 3
YES = (CLASSES == 1).astype(float)
LOGITS = 5 * draw((8, 3))
SHARES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
LOGITS_MEANT = {"from_logits": True}
LOSSES = {
    "mean_squared_error": (mean_squared_error, "MeanSquaredError", {}, draw((8, 3)), LOGITS),
    "softmax_cross_entropy": (
        softmax_cross_entropy,
        "SparseCategoricalCrossentropy",
        LOGITS_MEANT,
        CLASSES,
        LOGITS,
    ),
    "sigmoid_cross_entropy": (
        sigmoid_cross_entropy,
        "BinaryCrossentropy",
        LOGITS_MEANT,
        YES[:, None],
        LOGITS[:, :1],
    ),
    "cross_entropy": (cross_entropy, "SparseCategoricalCrossentropy", {}, CLASSES, SHARES),
    "binary_cross_entropy": (
        binary_cross_entropy,
        "BinaryCrossentropy",
        {},
        YES[:, None],
        SHARES[:, :1].clip(1e-4, 1 - 1e-4),
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    function, theirs, options, y, prediction = LOSSES[name]
    theirs = getattr(keras.losses, theirs)(**options)
    value, gradient = function.value_and_gradient(y, prediction)
    P = tensorflow.constant(prediction)
    with tensorflow.GradientTape() as tape:
        tape.watch(P)
        total = theirs(y, P)
    assert_same(np.float64(value), total, np.float64)
    if name == "cross_entropy":  # Keras divides the probabilities by their sum once more
        gradient += 1 / len(y)
    assert_same(gradient, tape.gradient(total, P), np.float64)


# -- optimizers and fit ---------------------------------------------------------------------

# Keras adds its epsilon in other places (under the root, or before Adam's correction): here it is
# 0 on both sides. It takes every setting through float32, in which these are exact.
RATE, SHARE, DECAY = 2.0**-6, 1 - 2.0**-3, 1 - 2.0**-7
KERAS_OPTIMIZERS = {
    "SGD": ({}, {}),
    "Momentum": ({"momentum": SHARE}, {"momentum": SHARE}),
    "Nesterov": ({"momentum": SHARE}, {"momentum": SHARE, "nesterov": True}),
    "AdaGrad": ({"eps": 0}, {"epsilon": 0, "initial_accumulator_value": 0}),
    "RMSprop": ({"eps": 0, "rho": SHARE}, {"epsilon": 0, "rho": SHARE}),
    "Adam": (
        {"eps": 0, "beta1": SHARE, "beta2": DECAY},
        {"epsilon": 0, "beta_1": SHARE, "beta_2": DECAY},
    ),
    "AdamW": (
        {"eps": 0, "beta1": SHARE, "beta2": DECAY, "weight_decay": 0.5},
        {"epsilon": 0, "beta_1": SHARE, "beta_2": DECAY, "weight_decay": 0.5},
    ),
}
KERAS_NAMES = {"Momentum": "SGD", "Nesterov": "SGD", "AdaGrad": "Adagrad"}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_fit_is_keras_fit(name):
    """The same network, batches and optimizer: the same losses and weights, 30 steps later."""
    X, y = draw((77, 4)), np.arange(77) % 3
    network = Sequential(
        Dense(4, 6, rng=0, dtype=np.float64),
        Activation("tanh"),
        Dense(6, 3, rng=1, dtype=np.float64),
        output="softmax",
    )
    model = keras.Sequential(
        [keras.layers.Dense(6, "tanh", dtype="float64"), keras.layers.Dense(3, dtype="float64")]
    )
    model.build(X.shape)
    model.set_weights(list(network.params.values()))
    ours, theirs = KERAS_OPTIMIZERS[name]
    optimizer = getattr(keras.optimizers, KERAS_NAMES.get(name, name))(RATE, **theirs)
    if name == "AdamW":  # ours lets weights decay and not biases
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    expected = model.fit(X, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]
    history = fit(network, X, y, "softmax_cross_entropy", OPTIMIZERS[name](RATE, **ours), 3, 8)
    # Keras averages some ten batches in float32
    assert_close(np.float32(history.loss), expected, terms=10 + 2)
    for array, variable in zip(network.params.values(), model.trainable_variables, strict=True):
        assert_same(array, variable, np.float64)


def test_gradient_tape_is_backward():
    """A step written by hand in TensorFlow is a step of ours."""
    X, y = draw((20, 3)), draw((20, 1), seed=1)
    network = Sequential(Dense(3, 1, rng=0, dtype=np.float64))
    W, b = (tensorflow.Variable(network.params[name]) for name in ("W1", "b1"))
    fit(network, X, y, "mean_squared_error", SGD(0.1), epochs=10, batch_size=20)
    for _ in range(10):
        with tensorflow.GradientTape() as tape:
            total = tensorflow.reduce_mean((X @ W + b - y) ** 2)
        for variable, gradient in zip([W, b], tape.gradient(total, [W, b]), strict=True):
            variable.assign_sub(0.1 * gradient)
    assert_same(network.params["W1"], W, np.float64)
    assert_same(network.params["b1"], b, np.float64)
