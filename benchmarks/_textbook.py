"""The same computations as a book writes them, and the matrix products that they consist of.

What the package's speed is measured against here, and its values in tests/test_textbook.py.
"""

import math

import numpy as np

__all__ = [
    "StepByStep",
    "TwoLayers",
    "assert_alike",
    "bare_products",
    "products_of_inference",
    "products_of_training",
    "three_layers",
]


def three_layers(arrays, X):
    """Probabilities of sigmoid, sigmoid, softmax; X may be a DataFrame, as notebooks have it."""
    A1 = 1 / (1 + np.exp(-(np.dot(X, arrays["W1"]) + arrays["b1"])))
    A2 = 1 / (1 + np.exp(-(np.dot(A1, arrays["W2"]) + arrays["b2"])))
    Z = np.dot(A2, arrays["W3"]) + arrays["b3"]
    e = np.exp(Z - np.max(Z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


class TwoLayers:
    """Training of a network with one hidden layer, ReLU and softmax, by Adam.

    An array a parameter, an expression a formula.
    """

    def __init__(self, arrays, X, y, dtype=np.float64):
        self.params = [array.astype(dtype) for array in arrays]
        self.m = [np.zeros_like(p) for p in self.params]
        self.v = [np.zeros_like(p) for p in self.params]
        self.rate, self.t = 1e-3, 0
        self.X, self.y, self.dtype, self.batch = X, y, dtype, 128

    def train(self, rng, n=None):
        order = rng.permutation(len(self.X[:n]))
        for start in range(0, len(order), self.batch):
            batch = order[start : start + self.batch]
            self.step(self.X[batch].astype(self.dtype), self.y[batch])

    def step(self, X, y):
        W1, b1, W2, b2 = self.params
        A = np.maximum(X @ W1 + b1, 0)
        Z = A @ W2 + b2
        e = np.exp(Z - Z.max(axis=1, keepdims=True))
        dZ = e / e.sum(axis=1, keepdims=True)
        dZ[np.arange(len(y)), y] -= 1
        dZ /= len(y)
        dA = dZ @ W2.T * (A > 0)
        grads = X.T @ dA, dA.sum(axis=0), A.T @ dZ, dZ.sum(axis=0)
        self.t += 1
        for p, g, m, v in zip(self.params, grads, self.m, self.v, strict=True):
            m[...] = 0.9 * m + 0.1 * g
            v[...] = 0.999 * v + 0.001 * g**2
            m_hat, v_hat = m / (1 - 0.9**self.t), v / (1 - 0.999**self.t)
            p -= self.rate * m_hat / (np.sqrt(v_hat) + 1e-8)

    def weights(self):
        return self.params


class StepByStep:
    """An LSTM as books write it: every step by itself, every gate by its formula."""

    def __init__(self, params, X, dA, dtype=np.float64):
        self.X, self.dA = X.astype(dtype), dA.astype(dtype)
        self.params = {name: array.astype(dtype) for name, array in params.items()}
        self.grads = {}

    def forward(self):
        Wx, Wh, b = (self.params[name] for name in ("Wx", "Wh", "b"))
        h = c = np.zeros_like(self.dA)
        self.cache = []
        for t in range(self.X.shape[1]):
            z_i, z_f, z_o, z_g = np.split(self.X[:, t] @ Wx + h @ Wh + b, 4, axis=1)
            i, f, o = 1 / (1 + np.exp(-z_i)), 1 / (1 + np.exp(-z_f)), 1 / (1 + np.exp(-z_o))
            g, h_before, c_before = np.tanh(z_g), h, c
            c = f * c + i * g
            h = o * np.tanh(c)
            self.cache.append((h_before, c_before, i, f, o, g, c))
        return h

    def step(self):
        self.forward()
        Wx, Wh, b = (self.params[name] for name in ("Wx", "Wh", "b"))
        dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
        dh, dc = self.dA, np.zeros_like(self.dA)
        for t in reversed(range(self.X.shape[1])):
            h_before, c_before, i, f, o, g, c = self.cache[t]
            tanh_c = np.tanh(c)
            dc = dc + dh * o * (1 - tanh_c**2)
            dz_i = dc * g * i * (1 - i)
            dz_f = dc * c_before * f * (1 - f)
            dz_o = dh * tanh_c * o * (1 - o)
            dz_g = dc * i * (1 - g**2)
            dZ = np.hstack([dz_i, dz_f, dz_o, dz_g])
            dWx += self.X[:, t].T @ dZ
            dWh += h_before.T @ dZ
            db += dZ.sum(axis=0)
            dh, dc = dZ @ Wh.T, dc * f
        self.grads = {"Wx": dWx, "Wh": dWh, "b": db}

    def gradients(self):
        return self.grads


def bare_products(shapes):
    """A function that multiplies matrices and does nothing else, in arrays that stay in the cache.

    `shapes` has one tuple a product: rows, inner, columns, and how often.
    """
    rng = np.random.default_rng(0)
    work = []
    for rows, inner, columns, times in shapes:
        A, B = (rng.random(shape, np.float32) for shape in ((rows, inner), (inner, columns)))
        work.append((A, B, np.empty((rows, columns), np.float32), times))

    def run():
        for A, B, C, times in work:
            for _ in range(times):
                np.matmul(A, B, out=C)

    return run


def products_of_inference(weights, X, rows=256):
    """The products of a forward pass alone, in slices of some rows, in arrays made once."""
    results = [np.empty((min(rows, len(X)), W.shape[1]), np.float32) for W in weights]

    def run():
        for start in range(0, len(X), rows):
            A = X[start : start + rows]
            for W, result in zip(weights, results, strict=True):
                A = np.dot(A, W, out=result[: len(A)])

    return run


def assert_alike(ours, others, name):
    """Gradients of the same parameters differ by rounding in float32 only.

    Raises
    ------
    AssertionError
        With the name of the competitor.
    """
    for mine, other in zip(ours, others, strict=True):
        bound = 1e-5 * np.abs(mine).max()
        np.testing.assert_allclose(other, mine, rtol=0, atol=bound, err_msg=name)


def products_of_training(hidden, n, batch=128):
    """The matrix products of an epoch of `TwoLayers` on n images."""
    batches = math.ceil(n / batch)
    forward = [(batch, 784, hidden, 1), (batch, hidden, 10, 1)]
    backward = [(hidden, batch, 10, 1), (batch, 10, hidden, 1), (784, batch, hidden, 1)]
    one_batch = bare_products(forward + backward)
    return lambda: [one_batch() for _ in range(batches)]
