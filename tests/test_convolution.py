"""Convolution and pooling: values, gradients, shapes, memory order, errors."""

import copy
import pickle
import tracemalloc

import numpy as np
import pytest

from course_utils import (
    Activation,
    AveragePool2D,
    BatchNorm,
    Chain,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePool2D,
    MaxPool2D,
    Sequential,
    check_gradient,
    gradient_report,
)
from course_utils._windows import sliding
from tests.closeness import assert_close
from tests.messages import says

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
# samples, channels, height, width, kernel, stride, padding
POOLINGS = [
    (1, 1, 1, 1, 1, None, 0),
    (2, 3, 6, 4, 2, None, 0),
    (3, 2, 7, 5, 2, None, 0),  # a row and a column are left over
    (1, 1, 7, 5, 3, 2, 1),  # windows overlap
    (2, 1, 5, 6, 2, 1, (0, 1)),
    (2, 2, 9, 4, (3, 2), (1, 3), (1, 0)),
    (2, 2, 6, 7, 2, 3, 1),
    (2, 1, 1, 9, (1, 2), None, 0),
    (2, 2, 9, 1, (2, 1), 1, 0),
]
POOLS = [MaxPool2D, AveragePool2D]
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
every_convolution = pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
every_pooling = pytest.mark.parametrize("case", POOLINGS, ids=str)
every_pool = pytest.mark.parametrize("pool", POOLS)


def sample(shape, dtype=np.float64):
    """Values that all differ, at least 0.01 apart: the maximum of a window is one of them."""
    size = np.prod(shape, dtype=int)
    values = np.random.default_rng(1).permutation(size) - size / 2
    return (values / 100).reshape(shape).astype(dtype)


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def windows(X, kernel, stride, padding, fill):
    """The padded X, the rows and columns of the window at each output (y, x), the output's size."""
    (kh, kw), (sh, sw), (ph, pw) = pair(kernel), pair(stride), pair(padding)
    X = np.pad(X, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=fill)
    height, width = (X.shape[2] - kh) // sh + 1, (X.shape[3] - kw) // sw + 1
    places = {
        (y, x): (slice(y * sh, y * sh + kh), slice(x * sw, x * sw + kw))
        for y in range(height)
        for x in range(width)
    }
    return X, places, (height, width)


def naive_convolution(X, W, b, stride, padding):
    """The definition, one output element at a time."""
    X, places, size = windows(X, W.shape[2:], stride, padding, 0)
    Z = np.empty((len(X), len(W), *size))
    for n in range(len(X)):
        for o in range(len(W)):
            for (y, x), (rows, columns) in places.items():
                Z[n, o, y, x] = b[o] + np.sum(W[o] * X[n, :, rows, columns])
    return Z


def naive_pooling(X, kernel, stride, padding, largest):
    """The definition, one window at a time, and dX for dA = 1, 2, 3..."""
    X, places, size = windows(X, kernel, stride, padding, -np.inf if largest else 0)
    A = np.empty((*X.shape[:2], *size))
    dA = np.arange(1.0, A.size + 1).reshape(A.shape)
    dX = np.zeros(X.shape)
    for n in range(X.shape[0]):
        for c in range(X.shape[1]):
            for (y, x), (rows, columns) in places.items():
                window, dwindow = X[n, c, rows, columns], dX[n, c, rows, columns]
                A[n, c, y, x] = window.max() if largest else window.mean()
                if largest:
                    dwindow[np.unravel_index(window.argmax(), window.shape)] += dA[n, c, y, x]
                else:
                    dwindow += dA[n, c, y, x] / window.size
    ph, pw = pair(padding)
    return A, dA, dX[:, :, ph : X.shape[2] - ph, pw : X.shape[3] - pw]


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


@every_pool
@every_pooling
def test_pooling_is_the_naive_one(pool, case):
    *shape, kernel, stride, padding = case
    layer = pool(kernel, stride, padding)
    X = sample(shape)
    stride = kernel if stride is None else stride
    A, dA, dX = naive_pooling(X, kernel, stride, padding, largest=pool is MaxPool2D)
    # a maximum is exact, a mean of at most 9 values nearly so; backward, 9 windows may overlap
    assert_close(layer.forward(X, training=True), A, terms=9 + 1, size=np.abs(X).max())
    assert_close(layer.backward(dA), dX, terms=9 + 1, size=9 * np.abs(dA).max())


def test_global_average_by_hand():
    layer = GlobalAveragePool2D()
    X = np.array([[[[1.0, 2.0], [3.0, 6.0]], [[0.0, 0.0], [0.0, 8.0]]]])
    assert layer.forward(X, training=True).tolist() == [[3.0, 2.0]]
    dX = layer.backward(np.array([[4.0, 8.0]]))
    assert dX.tolist() == [[[[1.0, 1.0], [1.0, 1.0]], [[2.0, 2.0], [2.0, 2.0]]]]


def test_the_zeros_around_the_image_count_in_an_average_but_not_in_a_maximum():
    X = np.full((1, 1, 2, 2), -4.0)
    assert AveragePool2D(2, padding=1).forward(X).tolist() == [[[[-1.0, -1.0], [-1.0, -1.0]]]]
    assert MaxPool2D(2, padding=1).forward(X).tolist() == [[[[-4.0, -4.0], [-4.0, -4.0]]]]


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


@pytest.mark.parametrize(
    "spans",
    [
        [(0, 1), (1, 2), (2, 3)],
        [(y, y + 3) for y in range(18)],  # the buffer is full several times
        [(2 * y, 2 * y + 5) for y in range(8)],
        [(4 * y, 4 * y + 2) for y in range(5)],  # rows between the spans
        [(max(0, r - 3), min(16, r + 1)) for r in range(19)],  # longer, then shorter
        [(0, 1), (0, 0), (1, 2), (1, 1), (2, 3)],  # some are empty
        [(3, 6), (4, 8)],  # does not begin at the top
    ],
    ids=str,
)
def test_sliding_gives_each_span_of_rows(spans):
    rows = np.random.default_rng(0).normal(size=(20, 3, 2)).transpose(0, 2, 1)
    before = rows.copy()
    given = []
    for (start, stop), block in zip(spans, sliding(rows, spans), strict=True):
        np.testing.assert_array_equal(block, rows[start:stop])
        given.append(block)
    assert len(given) == len(spans)
    np.testing.assert_array_equal(rows, before)
    longest = max(stop - start for start, stop in spans)
    if longest > 1:
        assert all(block.flags.c_contiguous for block in given)
        assert all(len(block.base) == 2 * longest for block in given)
    else:  # single rows are no copies
        assert all(np.shares_memory(block, rows) for block in given if len(block))


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


def check_all_gradients(layer, X):
    """dL/dX and dL/d(parameters) against finite differences, for L = sum of dA * A."""
    A = layer.forward(X, training=True)
    dA = np.random.default_rng(2).normal(size=A.shape)
    dX = layer.backward(dA)
    gradients = {name: grad.copy() for name, grad in layer.grads.items()}
    check_gradient(lambda X: np.sum(dA * layer.forward(X)), X, dX)
    for name, gradient in gradients.items():
        start = layer.params[name].copy()

        def value(values, name=name):
            layer.params[name] = values
            return np.sum(dA * layer.forward(X))

        check_gradient(value, start, gradient)
        layer.params[name] = start


@every_convolution
def test_the_gradients_of_a_convolution(case):
    check_all_gradients(*convolution(case))


def test_the_gradients_without_a_bias():
    layer, X = convolution(CONVOLUTIONS[4], bias=False)
    assert list(layer.grads) == ["W"]
    check_all_gradients(layer, X)


@every_pool
@every_pooling
def test_the_gradients_of_pooling(pool, case):
    *shape, kernel, stride, padding = case
    check_all_gradients(pool(kernel, stride, padding), sample(shape))


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 2, 4, 5)])
def test_the_gradients_of_a_global_average(shape):
    check_all_gradients(GlobalAveragePool2D(), sample(shape))


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


# -- ties and NaN ---------------------------------------------------------------------------


def test_of_equal_maxima_the_first_gets_the_gradient():
    layer = MaxPool2D(2)
    X = np.array([[[[0, 0, 1, 3], [0, 0, 3, 3], [2, 5, 4, 4], [5, 5, 0, 4]]]], float)
    layer.forward(X, training=True)
    dX = layer.backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))
    assert dX.tolist() == [[[[1, 0, 0, 2], [0, 0, 0, 0], [0, 3, 4, 0], [0, 0, 0, 0]]]]


def test_padding_is_never_the_maximum():
    layer = MaxPool2D(3, stride=1, padding=1)
    layer.forward(np.zeros((1, 1, 2, 2)), training=True)
    assert layer.backward(np.ones((1, 1, 2, 2))).tolist() == [[[[4, 0], [0, 0]]]]


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
    convolution, pooling = Conv2D(3, 2, 2), MaxPool2D(2)
    convolution.forward(A, training=True)
    pooling.forward(A, training=True)
    assert np.shares_memory(convolution._cache[0], A)
    assert np.shares_memory(pooling._cache[0][0], A)


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


def test_a_network_names_the_layer_that_does_not_fit():
    with pytest.raises(ValueError, match=r"layer 2 does not fit: Dense\(400, 10\) takes .* \(144,"):
        Sequential(Conv2D(1, 1, 3), Flatten(), Dense(400, 10), input_shape=(1, 14, 14))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "int64", "float32"])
@pytest.mark.parametrize("relu", [False, True])
def test_the_border_of_max_pooling_is_below_every_value_of_any_type(dtype, relu):
    value = np.array(0 if dtype == "bool" else -5).astype(dtype)
    images = np.full((2, 1, 4, 4), value)
    layers = Chain(Activation("relu"), MaxPool2D(3, 1, 1)) if relu else MaxPool2D(3, 1, 1)
    A = layers.forward(images)
    np.testing.assert_array_equal(A, np.maximum(images, 0) if relu else images)
    assert A.dtype == ("float32" if dtype == "float32" else "float64")


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
