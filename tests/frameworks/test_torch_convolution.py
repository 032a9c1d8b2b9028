"""Convolution and pooling agree with PyTorch: forward, dX, dW and db.

Needs torch, which is not part of the environment: ``pytest tests/frameworks``.
"""

import numpy as np
import pytest

from course_utils import AveragePool2D, Conv2D, GlobalAveragePool2D, MaxPool2D

torch = pytest.importorskip("torch")
F = torch.nn.functional

# samples, channels in and out, height, width, kernel, stride, padding
CONVOLUTIONS = [
    (1, 1, 1, 1, 1, 1, 1, 0),
    (1, 1, 1, 5, 5, 5, 1, 0),
    (2, 1, 6, 28, 28, 5, 1, 2),
    (4, 6, 16, 14, 14, 5, 1, 0),
    (3, 2, 1, 5, 7, 3, 2, 0),
    (2, 3, 4, 7, 6, (2, 3), (3, 1), (1, 2)),
    (1, 2, 2, 8, 5, (1, 4), (2, 1), (0, 3)),
    (2, 16, 8, 9, 11, 1, 1, 0),
    (2, 16, 8, 9, 11, 1, 2, 0),
    (2, 2, 3, 5, 4, 1, 3, 1),
    (2, 2, 2, 3, 2, 3, 1, 2),
]
# samples, channels, height, width, kernel, stride, padding
POOLINGS = [
    (1, 1, 1, 1, 1, None, 0),
    (4, 6, 28, 28, 2, None, 0),
    (3, 2, 7, 5, 2, None, 0),
    (1, 1, 7, 5, 3, 2, 1),
    (2, 1, 5, 6, 2, 1, (0, 1)),
    (2, 2, 9, 4, (3, 2), (1, 3), (1, 0)),
    (2, 2, 6, 7, 2, 3, 1),
]
# float32: sums of at most 1,600 products of numbers near 1, in another order
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}
every_dtype = pytest.mark.parametrize("dtype", TOLERANCE)
every_pooling = pytest.mark.parametrize("case", POOLINGS, ids=str)


def normal(shape, seed, dtype):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def as_leaf(array):
    return torch.from_numpy(array.copy()).requires_grad_()


def assert_agree(ours, theirs, dtype):
    """Equal up to the tolerance, relative to the largest element."""
    theirs = theirs.detach().numpy()
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    bound = TOLERANCE[dtype] * max(1, np.abs(theirs).max())
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=bound)


@every_dtype
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_convolution(case, bias, dtype):
    n, n_in, n_out, height, width, kernel, stride, padding = case
    layer = Conv2D(n_in, n_out, kernel, stride, padding, bias=bias, rng=0, dtype=dtype)
    if bias:
        layer.params["b"] = normal(n_out, 1, dtype)
    X = normal((n, n_in, height, width), 2, dtype)
    tensors = {name: as_leaf(array) for name, array in layer.params.items()}
    X_torch = as_leaf(X)
    Z_torch = F.conv2d(
        X_torch, tensors["W"], tensors.get("b"), stride=layer.stride, padding=layer.padding
    )
    Z = layer.forward(X, training=True)
    assert_agree(Z, Z_torch, dtype)
    dZ = normal(Z.shape, 3, dtype)
    Z_torch.backward(torch.from_numpy(dZ))
    assert_agree(layer.backward(dZ), X_torch.grad, dtype)
    for name, tensor in tensors.items():
        assert_agree(layer.grads[name], tensor.grad, dtype)


def compare_pooling(layer, function, X, dtype):
    X_torch = as_leaf(X)
    A_torch = function(X_torch)
    A = layer.forward(X, training=True)
    assert_agree(A, A_torch, dtype)
    dA = normal(A.shape, 3, dtype)
    A_torch.backward(torch.from_numpy(dA))
    assert_agree(layer.backward(dA), X_torch.grad, dtype)


# ties: whole numbers 0, 1, 2, and zeros behind a ReLU
INPUTS = {
    "distinct": lambda shape: normal(shape, 2, np.float64),
    "ties": lambda shape: np.random.default_rng(2).integers(0, 3, shape),
    "relu": lambda shape: np.maximum(normal(shape, 2, np.float64) - 1, 0),
    "zeros": lambda shape: np.zeros(shape),
}


@every_dtype
@pytest.mark.parametrize("values", INPUTS)
@every_pooling
def test_max_pooling(case, values, dtype):
    *shape, kernel, stride, padding = case
    layer = MaxPool2D(kernel, stride, padding)
    compare_pooling(
        layer,
        lambda X: F.max_pool2d(X, kernel, stride, padding),
        INPUTS[values](shape).astype(dtype),
        dtype,
    )


@every_dtype
@every_pooling
def test_average_pooling(case, dtype):
    *shape, kernel, stride, padding = case
    layer = AveragePool2D(kernel, stride, padding)
    compare_pooling(
        layer,
        lambda X: F.avg_pool2d(X, kernel, stride, padding),
        normal(shape, 2, dtype),
        dtype,
    )


@every_dtype
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 5, 7, 7), (2, 1, 1, 9)])
def test_global_average_pooling(shape, dtype):
    compare_pooling(
        GlobalAveragePool2D(),
        lambda X: F.adaptive_avg_pool2d(X, 1).flatten(1),
        normal(shape, 2, dtype),
        dtype,
    )


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
def test_the_same_padding_of_pooling_is_refused(kernel, padding):
    X = np.zeros((1, 1, 6, 6), np.float32)
    try:
        F.max_pool2d(torch.from_numpy(X), kernel, padding=padding)
    except RuntimeError:
        with pytest.raises(ValueError, match="at most half the kernel_size"):
            MaxPool2D(kernel, padding=padding)
    else:
        MaxPool2D(kernel, padding=padding)
