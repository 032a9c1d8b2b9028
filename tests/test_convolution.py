"""Convolution: values, gradients, parameters and memory; windows are in test_windows."""

import copy
import tracemalloc

import numpy as np
import pytest

from course_utils import (
    Activation,
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePool2D,
    MaxPool2D,
    Sequential,
    gradient_report,
)
from tests.closeness import assert_close
from tests.images import check_all_gradients, sample, windows

# samples, channels in and out, height, width, kernel, stride, padding
CONVOLUTIONS = [
    (1, 1, 1, 1, 1, 1, 1, 0),
    (1, 1, 1, 5, 5, 5, 1, 0),  # a single window
    (2, 1, 3, 6, 5, 3, 1, 1),
    (3, 2, 1, 5, 7, 3, 2, 0),
    (2, 3, 4, 7, 6, (2, 3), (3, 1), (1, 2)),
    (1, 2, 2, 8, 5, (1, 4), (2, 1), (0, 3)),
    (2, 3, 2, 4, 4, 1, 1, 0),
    (2, 2, 3, 5, 4, 1, 3, 1),  # steps longer than the window
    (2, 2, 2, 3, 2, 3, 1, 2),  # windows that see nothing but padding
    (2, 1, 2, 1, 9, (1, 3), 2, 0),
    (2, 2, 1, 9, 1, (3, 1), 1, 0),
]
every_convolution = pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)


def naive_convolution(X, W, b, stride, padding):
    """The definition, one output element at a time."""
    X, places, size = windows(X, W.shape[2:], stride, padding, 0)
    Z = np.empty((len(X), len(W), *size))
    for n in range(len(X)):
        for o in range(len(W)):
            for (y, x), (rows, columns) in places.items():
                Z[n, o, y, x] = b[o] + np.sum(W[o] * X[n, :, rows, columns])
    return Z


def convolution(case, **options):
    """The layer of a case, in float64 and with biases, and a batch for it."""
    n, n_in, n_out, height, width, kernel, stride, padding = case
    layer = Conv2D(n_in, n_out, kernel, stride, padding, rng=0, dtype=np.float64, **options)
    if "b" in layer.params:
        layer.params["b"] = np.arange(1.0, n_out + 1)
    return layer, sample((n, n_in, height, width))


# -- values ---------------------------------------------------------------------------------


def test_convolution_by_hand():
    layer = Conv2D(1, 1, 2, dtype=np.float64)
    layer.params["W"] = [[[[1.0, 2.0], [3.0, 4.0]]]]
    layer.params["b"] = [10.0]
    X = np.array([[[[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]]])
    # 1*1 + 4*1 and 2*2 + 3*1, plus 10
    assert layer.forward(X, training=True).tolist() == [[[[15.0, 17.0]]]]
    dX = layer.backward(np.array([[[[1.0, 100.0]]]]))
    assert dX.tolist() == [[[[1.0, 102.0, 200.0], [3.0, 304.0, 400.0]]]]
    assert layer.grads["W"].tolist() == [[[[1.0, 200.0], [100.0, 1.0]]]]
    assert layer.grads["b"].tolist() == [101.0]


def test_the_filter_is_not_flipped_and_channels_are_summed():
    layer = Conv2D(2, 1, (1, 2), bias=False, dtype=np.float64)
    layer.params["W"] = [[[[1.0, 0.0]], [[0.0, 10.0]]]]
    X = np.array([[[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]])
    assert layer.forward(X).tolist() == [[[[51.0, 62.0]]]]


@every_convolution
def test_convolution_is_the_naive_one(case):
    layer, X = convolution(case)
    expected = naive_convolution(X, *layer.params.values(), layer.stride, layer.padding)
    absolute = (np.abs(array) for array in layer.params.values())
    size = naive_convolution(np.abs(X), *absolute, layer.stride, layer.padding).max()
    assert_close(layer.forward(X), expected, terms=layer.params["W"][0].size + 1, size=size)


# -- the short way is the plain one ---------------------------------------------------------

# in channels, out channels, kernel, stride, padding, height and width; 16 samples each
PLAIN = [
    (1, 6, 5, 1, 2, 28),  # LeNet-5's two
    (6, 16, 5, 1, 0, 14),
    (3, 8, 3, 2, 1, 17),
    (8, 4, 1, 1, 0, 9),
    (2, 3, (3, 1), (4, 1), 0, 23),  # rows that no window sees
]


def plain_im2col(layer, X, dZ=None):
    """The textbook: all windows as rows of one matrix; Z, or dX, dW and db for a dZ."""
    W = layer.params["W"]
    (kh, kw), (sh, sw), (ph, pw) = layer.kernel_size, layer.stride, layer.padding
    X = np.pad(X, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    _, height, width = layer.output_shape(X[0, :, ph : X.shape[2] - ph, pw : X.shape[3] - pw].shape)
    dX = np.zeros_like(X)

    def place(array, i, j):
        return array[:, :, i : i + sh * height : sh, j : j + sw * width : sw]

    rows = np.empty((len(X), height, width, *W.shape[1:]), X.dtype)
    for i, j in np.ndindex(kh, kw):
        rows[..., i, j] = place(X, i, j).transpose(0, 2, 3, 1)
    rows = rows.reshape(len(X) * height * width, -1)
    if dZ is None:
        Z = rows @ W.reshape(len(W), -1).T + layer.params["b"]
        return Z.reshape(len(X), height, width, -1).transpose(0, 3, 1, 2)
    dZ = dZ.transpose(0, 2, 3, 1).reshape(len(rows), -1)
    drows = (dZ @ W.reshape(len(W), -1)).reshape(len(X), height, width, *W.shape[1:])
    for i, j in np.ndindex(kh, kw):
        place(dX, i, j)[...] += drows[..., i, j].transpose(0, 3, 1, 2)
    dX = dX[:, :, ph : X.shape[2] - ph, pw : X.shape[3] - pw]
    return dX, (dZ.T @ rows).reshape(W.shape), dZ.sum(axis=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", PLAIN, ids=str)
def test_row_by_row_is_im2col_at_once(case, dtype):
    n_in, n_out, kernel, stride, padding, size = case
    layer = Conv2D(n_in, n_out, kernel, stride, padding, rng=0, dtype=dtype)
    X = np.random.default_rng(1).normal(size=(16, n_in, size, size)).astype(dtype)
    Z = layer.forward(X, training=True)
    dZ = np.random.default_rng(2).normal(size=Z.shape).astype(dtype)
    dX = layer.backward(dZ)
    mine = (Z, dX, *layer.grads.values())
    plain = (plain_im2col(layer, X), *plain_im2col(layer, X, dZ))
    absolute = copy.deepcopy(layer)
    for array in absolute.params.values():
        np.abs(array, out=array)
    sizes = (plain_im2col(absolute, abs(X)), *plain_im2col(absolute, abs(X), abs(dZ)))
    fan_in, pixels = layer.params["W"][0].size, dZ.size // n_out
    terms = (fan_in + 1, n_out + fan_in // n_in, pixels, pixels)  # what Z, dX, dW and db sum
    for ours, textbook, n, size in zip(mine, plain, terms, sizes, strict=True):
        assert ours.dtype == textbook.dtype == dtype
        assert_close(ours, textbook, terms=n, size=size)


def test_columns_are_never_written_out_for_a_whole_image():
    layer = Conv2D(4, 4, 5, rng=0)
    X = np.moveaxis(np.ones((4, 40, 40, 32), np.float32), -1, 0)
    dZ = np.ones_like(layer.forward(X, training=True))
    columns = 4 * 25 * 36 * 32 * 4  # bytes, for one row of the output
    tracemalloc.start()
    try:
        layer.forward(X)
        forward = tracemalloc.get_traced_memory()[1] - dZ.nbytes
        tracemalloc.reset_peak()
        layer.backward(dZ)
        backward = tracemalloc.get_traced_memory()[1] - X.nbytes
    finally:
        tracemalloc.stop()
    # the buffer is two rows' columns long; beside it stand W and objects of Python
    assert forward < 2.1 * columns
    assert backward < 2.1 * columns


# -- gradients ------------------------------------------------------------------------------


@every_convolution
def test_the_gradients_of_a_convolution(case):
    check_all_gradients(*convolution(case))


def test_the_gradients_without_a_bias():
    layer, X = convolution(CONVOLUTIONS[4], bias=False)
    assert list(layer.grads) == ["W"]
    check_all_gradients(layer, X)


def test_the_gradients_of_a_network():
    network = Sequential(
        Conv2D(1, 2, 3, padding=1, bias=False, rng=0),
        BatchNorm(2),
        Activation("tanh"),
        MaxPool2D(2),
        Conv2D(2, 3, 2, rng=1),
        Activation("tanh"),
        AveragePool2D(2, stride=1),
        Conv2D(3, 4, 1, rng=2),
        GlobalAveragePool2D(),
        Dense(4, 3, rng=3),
        output="softmax",
        input_shape=(1, 8, 6),
    )
    report = gradient_report(
        network, sample((4, 1, 8, 6)), [0, 2, 1, 1], "softmax_cross_entropy", training=True
    )
    assert report.keys() == {*network.params, "X"}
    assert max(report.values()) < 1e-7


# -- construction ---------------------------------------------------------------------------


def test_the_parameters_of_a_convolution():
    layer = Conv2D(3, 4, (5, 2))
    assert {name: (a.shape, a.dtype) for name, a in layer.params.items()} == {
        "W": ((4, 3, 5, 2), np.float32),
        "b": ((4,), np.float32),
    }
    assert not layer.params["b"].any()
    assert (layer.size, layer.decayed, layer.input_shape) == (124, ("W",), None)
    assert list(Conv2D(3, 4, 1, bias=False).params) == ["W"]
    assert Conv2D(1, 1, 1, dtype=np.float64).params["W"].dtype == np.float64


def test_the_initializer_gets_shape_and_fans():
    seen = {}

    def init(shape, fan_in, fan_out, rng, dtype):
        seen.update(shape=shape, fans=(fan_in, fan_out))
        return np.full(shape, 0.5, dtype)

    assert (Conv2D(3, 4, (5, 2), init=init).params["W"] == 0.5).all()
    assert seen == {"shape": (4, 3, 5, 2), "fans": (30, 40)}
    first, again, other = (Conv2D(1, 2, 3, rng=seed).params["W"] for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_a_network_names_the_layer_that_does_not_fit():
    with pytest.raises(ValueError, match=r"layer 2 does not fit: Dense\(400, 10\) takes .* \(144,"):
        Sequential(Conv2D(1, 1, 3), Flatten(), Dense(400, 10), input_shape=(1, 14, 14))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "bool"])
@pytest.mark.parametrize(
    "layer", [AveragePool2D(2), GlobalAveragePool2D(), MaxPool2D(2), Conv2D(1, 2, 3, rng=0)]
)
def test_images_of_whole_numbers_give_what_floats_give(layer, dtype):
    images = np.random.default_rng(0).integers(0, 200, (3, 1, 6, 6)).astype(dtype)
    expected = layer.forward(images.astype(np.float64))
    # The others add whole numbers; a convolution rounds 9 products and 8 sums of them, by half
    # an eps each, of no more than the sum of all abs(w x).
    size = 200 * np.abs(layer.params["W"]).sum() if layer.size else 0
    atol = 17 / 2 * np.finfo(np.float32).eps * size
    np.testing.assert_allclose(layer.forward(images), expected, rtol=0, atol=atol)


def test_the_finer_of_two_types_wins():
    layer = Conv2D(1, 2, 3, rng=0)
    Z = layer.forward(np.ones((2, 1, 4, 4)), training=True)
    assert Z.dtype == np.float64
    assert layer.backward(np.ones_like(Z)).dtype == np.float64
