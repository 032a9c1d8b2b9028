"""What convolution and pooling share: windows, their settings, and how batches lie in memory."""

import copy
import pickle

import numpy as np
import pytest

from course_utils import (
    Activation,
    AveragePool2D,
    Conv2D,
    GlobalAveragePool2D,
    MaxPool2D,
    Sequential,
)
from tests.images import sample
from tests.messages import says

# every layer, with the shape of the samples it is tried on
LAYERS = {
    "Conv2D": (lambda: Conv2D(2, 3, 3, padding=1, rng=0), (2, 5, 4)),
    "Conv2D 1x1": (lambda: Conv2D(2, 3, 1, rng=0), (2, 5, 4)),
    "Conv2D without bias": (lambda: Conv2D(2, 3, (2, 3), stride=2, bias=False, rng=0), (2, 5, 4)),
    "MaxPool2D": (lambda: MaxPool2D(2), (2, 5, 4)),
    "MaxPool2D padded": (lambda: MaxPool2D(3, stride=2, padding=1), (2, 5, 4)),
    "AveragePool2D": (lambda: AveragePool2D(2), (2, 5, 4)),
    "AveragePool2D padded": (lambda: AveragePool2D(3, stride=2, padding=1), (2, 5, 4)),
    "GlobalAveragePool2D": (GlobalAveragePool2D, (2, 5, 4)),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


# -- NaN ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layer", [MaxPool2D(2), AveragePool2D(2), GlobalAveragePool2D(), Conv2D(1, 1, 2)], ids=repr
)
@pytest.mark.parametrize("place", range(4))
def test_nan_is_passed_on(layer, place):
    X = np.zeros((2, 1, 2, 2), np.float32)
    X[0].flat[place] = np.nan
    A = layer.forward(X)
    assert np.isnan(A[0]).all()
    assert np.isfinite(A[1]).all()


# -- the layer protocol ---------------------------------------------------------------------


@every_layer
def test_results_are_not_changed_by_later_calls(name):
    make, shape = LAYERS[name]
    layer = make()
    X = sample((2, *shape), np.float32)
    first = layer.forward(X, training=True)
    dfirst = layer.backward(np.ones_like(first))
    grads = {key: gradient.copy() for key, gradient in layer.grads.items()}
    before, dbefore = first.copy(), dfirst.copy()
    again = layer.forward(2 * X + 1, training=True)
    dagain = layer.backward(np.full_like(first, 3))
    assert not np.shares_memory(first, again)
    assert not np.shares_memory(dfirst, dagain)
    np.testing.assert_array_equal(first, before)
    np.testing.assert_array_equal(dfirst, dbefore)
    # gradients are overwritten, not added up
    layer.forward(X, training=True)
    layer.backward(np.ones_like(first))
    for key, gradient in layer.grads.items():
        np.testing.assert_array_equal(gradient, grads[key])


@every_layer
def test_prediction_between_forward_and_backward_does_not_disturb(name):
    make, shape = LAYERS[name]
    layer = make()
    X = sample((2, *shape), np.float32)
    dA = np.ones_like(layer.forward(X, training=True))
    expected = layer.backward(dA).copy()
    layer.forward(X, training=True)
    layer.forward(np.zeros((5, *shape), np.float32))
    np.testing.assert_array_equal(layer.backward(dA), expected)


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
@every_layer
def test_a_copied_layer_stands_alone(name, duplicate):
    make, shape = LAYERS[name]
    X = sample((2, *shape), np.float32)
    network = Sequential(make())
    A = network.forward(X, training=True)
    layer = duplicate(network[0])
    assert (repr(layer), layer.owner, layer._cache) == (repr(network[0]), None, None)
    np.testing.assert_array_equal(layer.forward(X), A)
    for key, array in layer.params.items():
        assert not np.shares_memory(array, network[0].params[key])
    Sequential(layer)


# -- memory ---------------------------------------------------------------------------------


def is_batch_last(A):
    """Whether the memory of (N, C, H, W) is a contiguous (C, H, W, N)."""
    return A.transpose(1, 2, 3, 0).flags.c_contiguous and not A.flags.c_contiguous


def test_a_chain_keeps_the_batch_last_in_memory():
    layers = [
        Conv2D(1, 3, 3, padding=1, rng=0),
        Activation("relu"),
        MaxPool2D(2),
        Conv2D(3, 4, 2, rng=1),
        Activation("tanh"),
        AveragePool2D(2, stride=1),
        Conv2D(4, 2, 1, rng=2),
    ]
    A = sample((5, 1, 8, 6), np.float32)
    assert not is_batch_last(A)
    for layer in layers:
        A = layer.forward(A, training=True)
        assert is_batch_last(A)
    dA = np.ones(A.shape, A.dtype)
    assert not is_batch_last(dA)
    for layer in reversed(layers[1:]):
        dA = layer.backward(dA)
        assert is_batch_last(dA)


def test_a_batch_that_is_last_already_is_not_copied():
    A = Conv2D(1, 3, 1).forward(sample((5, 1, 4, 4), np.float32))
    convolution = Conv2D(3, 2, 2)
    convolution.forward(A, training=True)
    assert np.shares_memory(convolution._cache[0], A)


@every_layer
def test_the_order_of_memory_does_not_change_the_result(name):
    make, shape = LAYERS[name]
    layer = make()
    X = sample((3, *shape), np.float32)
    A = layer.forward(X, training=True)
    dX = layer.backward(sample(A.shape, np.float32))
    for order in (
        lambda a: np.asfortranarray(a),
        lambda a: np.moveaxis(np.moveaxis(a, 0, -1).copy(), -1, 0),
        lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
        lambda a: a[::-1].copy()[::-1],
    ):
        np.testing.assert_array_equal(layer.forward(order(X), training=True), A)
        np.testing.assert_array_equal(layer.backward(order(sample(A.shape, np.float32))), dX)


# -- construction ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "given", "answer", "multiply_adds"),
    [
        (Conv2D(1, 6, 5, padding=2), (1, 28, 28), (6, 28, 28), 117_600),  # of LeNet
        (Conv2D(6, 16, 5), (6, 14, 14), (16, 10, 10), 240_000),
        (Conv2D(3, 64, 7, stride=2, padding=3), (3, 224, 224), (64, 112, 112), 118_013_952),
        (Conv2D(2, 3, (1, 3), stride=(2, 1)), (2, 5, 7), (3, 3, 5), 3 * 3 * 5 * 2 * 3),
        (MaxPool2D(2), (6, 28, 28), (6, 14, 14), 0),
        (MaxPool2D(3, stride=2, padding=1), (64, 112, 112), (64, 56, 56), 0),
        (AveragePool2D((2, 3)), (4, 5, 7), (4, 2, 2), 0),
        (GlobalAveragePool2D(), (512, 7, 7), (512,), 0),
    ],
    ids=repr,
)
def test_output_shapes_and_multiply_adds(layer, given, answer, multiply_adds):
    assert layer.output_shape(given) == answer
    assert layer.multiply_adds(given) == multiply_adds


@pytest.mark.parametrize(
    "written",
    [
        "Conv2D(1, 6, 5, padding=2)",
        "Conv2D(3, 64, (7, 5), stride=2, padding=(3, 2))",
        "Conv2D(3, 64, 3, stride=(2, 1), bias=False)",
        "MaxPool2D(2)",
        "MaxPool2D(3, stride=2, padding=1)",
        "MaxPool2D(2, stride=1)",
        "AveragePool2D((2, 3), stride=(1, 2), padding=(0, 1))",
        "GlobalAveragePool2D()",
    ],
)
def test_layers_print_as_they_were_written(written):
    assert repr(eval(written)) == written


def test_what_goes_without_saying_is_not_printed():
    assert repr(Conv2D(1, 2, (3, 3), stride=(1, 1), padding=0, bias=True)) == "Conv2D(1, 2, 3)"
    assert repr(AveragePool2D([2, 3], stride=(2, 3))) == "AveragePool2D((2, 3))"


def no_pair(name, least, given):
    """What is said of a number that is neither whole nor a pair of whole ones."""
    return [name, f"whole number of at least {least}", "pair (height, width)", f"got {given}"]


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: Conv2D(0, 1, 3), ValueError, ["in_channels", "at least 1", "got 0"]),
        (lambda: Conv2D(1, 1.5, 3), TypeError, ["out_channels", "whole number", "got 1.5"]),
        (lambda: Conv2D(1, 1, 0), ValueError, no_pair("kernel_size", 1, "0")),
        (lambda: Conv2D(1, 1, "3"), TypeError, no_pair("kernel_size", 1, "'3'")),
        (lambda: Conv2D(1, 1, (3, 3, 3)), TypeError, no_pair("kernel_size", 1, "(3, 3, 3)")),
        (lambda: Conv2D(1, 1, 3, stride=(1, 0)), ValueError, no_pair("stride", 1, "(1, 0)")),
        (lambda: Conv2D(1, 1, 3, padding=-1), ValueError, no_pair("padding", 0, "-1")),
        (lambda: Conv2D(1, 1, 3, padding=0.5), TypeError, no_pair("padding", 0, "0.5")),
        (
            lambda: Conv2D(1, 1, 3, padding="same"),
            TypeError,
            [*no_pair("padding", 0, "'same'"), "kernel_size // 2"],
        ),
        (lambda: Conv2D(1, 1, 3, init="hee"), ValueError, ["initializer 'hee'", "'he'"]),
        (lambda: MaxPool2D(2, stride=0), ValueError, no_pair("stride", 1, "0")),
        (
            lambda: MaxPool2D(3, padding=2),
            ValueError,
            ["padding", "half the kernel_size", "1", "got 2"],
        ),
        (
            lambda: AveragePool2D((2, 5), padding=(1, 3)),
            ValueError,
            ["padding", "half the kernel_size", "(1, 2)", "got (1, 3)"],
        ),
    ],
)
def test_bad_arguments_are_refused(make, error, said):
    with pytest.raises(error, match=says(*said)):
        make()


IMAGE = "(channels, height, width)"


@pytest.mark.parametrize(
    ("layer", "shape", "said"),
    [
        (
            Conv2D(1, 6, 5),
            (28, 28),
            ["(1, height, width)", "got (28, 28)", "X[:, np.newaxis]"],
        ),
        (
            Conv2D(3, 6, 5),
            (784,),
            ["(3, height, width)", "got (784,)", "X.reshape(-1, channels, height, width)"],
        ),
        (
            Conv2D(3, 6, 5),
            (28, 28, 3),
            ["(3, height, width)", "got (28, 28, 3)", "X.transpose(0, 3, 1, 2)"],
        ),
        (
            Conv2D(1, 6, (5, 2), padding=1),
            (1, 2, 8),
            ["5 x 2", "4 x 10", "got samples of shape (1, 2, 8)", "smaller kernel_size or more"],
        ),
        (MaxPool2D(2), (16, 5, 1), ["2 x 2", "5 x 1", "got samples of shape (16, 5, 1)"]),
        (MaxPool2D(2), (16,), [IMAGE, "got (16,)"]),
        (AveragePool2D(2), (3, 3), [IMAGE, "got (3, 3)"]),
        (GlobalAveragePool2D(), (4,), [IMAGE, "got (4,)"]),
    ],
    ids=str,
)
def test_samples_that_do_not_fit_are_refused(layer, shape, said):
    message = says(repr(layer), *said)
    with pytest.raises(ValueError, match=message):
        layer.output_shape(shape)
    with pytest.raises(ValueError, match=message):
        layer.forward(np.zeros((2, *shape), np.float32))
