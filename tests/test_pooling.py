"""Pooling: values, gradients, and which of equal values is the maximum."""

import numpy as np
import pytest

from course_utils import Activation, AveragePool2D, Chain, GlobalAveragePool2D, MaxPool2D
from tests.closeness import assert_close
from tests.images import check_all_gradients, pair, sample, windows

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
every_pooling = pytest.mark.parametrize("case", POOLINGS, ids=str)
every_pool = pytest.mark.parametrize("pool", POOLS)


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


@every_pool
@every_pooling
def test_the_gradients_of_pooling(pool, case):
    *shape, kernel, stride, padding = case
    check_all_gradients(pool(kernel, stride, padding), sample(shape))


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 2, 4, 5)])
def test_the_gradients_of_a_global_average(shape):
    check_all_gradients(GlobalAveragePool2D(), sample(shape))


def test_of_equal_maxima_the_first_gets_the_gradient():
    layer = MaxPool2D(2)
    X = np.array([[[[0, 0, 1, 3], [0, 0, 3, 3], [2, 5, 4, 4], [5, 5, 0, 4]]]], float)
    layer.forward(X, training=True)
    dX = layer.backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))
    assert dX.tolist() == [[[[1, 0, 0, 2], [0, 0, 0, 0], [0, 3, 4, 0], [0, 0, 0, 0]]]]


def test_a_window_may_have_more_places_than_a_byte_has_numbers():
    layer = MaxPool2D(17)
    X = np.arange(17.0 * 17).reshape(1, 1, 17, 17)
    layer.forward(X, training=True)
    assert layer.backward(np.ones((1, 1, 1, 1))).nonzero()[2:] == (16, 16)


def test_the_way_back_keeps_a_byte_for_each_maximum():
    layer = MaxPool2D(2)
    A = layer.forward(np.ones((5, 3, 8, 8), np.float32), training=True)
    largest, _ = layer._cache[0]
    assert largest.nbytes == A.size


def test_padding_is_never_the_maximum():
    layer = MaxPool2D(3, stride=1, padding=1)
    layer.forward(np.zeros((1, 1, 2, 2)), training=True)
    assert layer.backward(np.ones((1, 1, 2, 2))).tolist() == [[[[4, 0], [0, 0]]]]


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "int64", "float32"])
@pytest.mark.parametrize("relu", [False, True])
def test_the_border_of_max_pooling_is_below_every_value_of_any_type(dtype, relu):
    value = np.array(0 if dtype == "bool" else -5).astype(dtype)
    images = np.full((2, 1, 4, 4), value)
    layers = Chain(Activation("relu"), MaxPool2D(3, 1, 1)) if relu else MaxPool2D(3, 1, 1)
    A = layers.forward(images)
    np.testing.assert_array_equal(A, np.maximum(images, 0) if relu else images)
    assert A.dtype == ("float32" if dtype == "float32" else "float64")
