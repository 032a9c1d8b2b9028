"""Sparse input: the first product of a network is made of the elements that are not zero.

The course's loops cut arrays into batches. So they get an array of row numbers, and a network
that takes these in place of the rows: no row is ever written out with its zeros.
"""

import numpy as np
from scipy.sparse import issparse

from ..containers import Chain
from ..layers import Dense
from ..network import Sequential

__all__ = ["loop_input"]


def loop_input(network, X):
    """A network and its input for `fit`, `predict_proba` and their siblings.

    Parameters
    ----------
    network : Sequential
        Begins with `Dense`.
    X : ndarray or sparse matrix in CSR format, shape (N, n_features)

    Returns
    -------
    network : Sequential
        The network itself; for a sparse X, one over the same parameters that takes row numbers.
    X : ndarray
        X itself, or its row numbers, shape (N, 1).
    """
    if not issparse(X):
        return network, X
    return _OverRows(network, X.astype(network.dtype, copy=False)), np.arange(X.shape[0])[:, None]


class _SparseDense(Dense):
    """A `Dense` layer, in the same memory, that takes the numbers of rows of a sparse matrix."""

    looks_up = True

    def __init__(self, dense, X):
        self.__dict__.update(dense.__dict__, input_shape=(1,), X=X)

    def forward(self, numbers, training=False, cache=None):
        X = self.X[numbers[:, 0]]
        Z = X @ self.params["W"] + self.params["b"]
        self._remember(X, Z.shape, training, cache)
        return Z

    def backward(self, dA, need_dX=True):
        self.grads["W"][...] = self._recall(dA).T @ dA
        np.sum(dA, axis=0, out=self.grads["b"])


class _OverRows(Sequential):
    """A network, in the same memory, that takes the numbers of rows of a sparse matrix."""

    def __init__(self, network, X):
        first, *rest = network.layers
        layers = (_SparseDense(first, X), *rest)
        self.__dict__.update(network[:].__dict__, input_shape=(1,), layers=layers)

    def forward(self, numbers, training=False, cache=None):
        return Chain.forward(self, numbers, training=training, cache=cache)  # they stay integers
