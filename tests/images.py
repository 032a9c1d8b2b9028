"""Images for the tests of convolution, of pooling, and of what both share."""

import numpy as np

from course_utils import check_gradient


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
