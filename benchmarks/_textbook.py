"""The same computations as a book writes them, and the matrix products that they consist of.

What the package's speed is measured against, here and by the guards in tests/test_speed.py.
"""

import math

import numpy as np

__all__ = ["TwoLayers", "products_of_training"]


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


def products_of_training(hidden, n, batch=128):
    """The matrix products of an epoch, over arrays that never leave the cache."""
    rng = np.random.default_rng(0)
    X, W1, A, W2, Z = (
        rng.random(shape, np.float32)
        for shape in ((batch, 784), (784, hidden), (batch, hidden), (hidden, 10), (batch, 10))
    )
    dW1, dA, dW2 = (np.empty_like(array) for array in (W1, A, W2))

    def run():
        for _ in range(math.ceil(n / batch)):
            np.matmul(X, W1, out=A)
            np.matmul(A, W2, out=Z)
            np.matmul(A.T, Z, out=dW2)
            np.matmul(Z, W2.T, out=dA)
            np.matmul(X.T, dA, out=dW1)

    return run
