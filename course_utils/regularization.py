"""Layers that are random in training, and take the mean of that in evaluation."""

import numpy as np

from ._arrays import as_float, as_generator
from ._checks import check_range
from .activations import ACTIVATIONS
from .base import Layer

__all__ = ["Dropout", "RReLU"]


class Dropout(Layer):
    r"""Inverted dropout: in training each value is set to 0 with probability `rate`.

    A = X * M, where M is 0 with probability `rate` and else 1 / (1 - rate), so that the mean of
    A is X. In evaluation A = X. Backward: dX = dA * M.

    Parameters
    ----------
    rate : float
        From 0 to below 1.
    rng : numpy.random.Generator or int, optional
        Where the mask comes from, drawn anew for every batch.

    Raises
    ------
    ValueError
        When the rate is out of range.

    References
    ----------
    N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
    JMLR 15 (2014), https://jmlr.org/papers/v15/srivastava14a.html

    Examples
    --------
    >>> layer = Dropout(0.5, rng=0)
    >>> print(layer.forward(np.ones((1, 6)), training=True))
    [[2. 0. 0. 0. 2. 2.]]
    >>> print(layer.forward(np.ones((1, 6))))
    [[1. 1. 1. 1. 1. 1.]]
    """

    keeps_shape = True

    def __init__(self, rate, rng=None):
        super().__init__()
        self.rate = check_range(rate, "rate", 0, 1)
        self.rng = as_generator(rng)

    def forward(self, X, training=False, cache=None):
        X = as_float(X)
        mask = np.ones((), X.dtype)
        if training and self.rate:
            drawn = self.rng.random(X.shape, np.result_type(X, np.float32))
            mask = (drawn >= self.rate).astype(X.dtype)
            mask /= 1 - self.rate
        self._remember(mask, X.shape, training, cache)
        return X * mask

    def backward(self, dA, need_dX=True):
        mask = self._recall(dA)
        return dA * mask if need_dX else None

    def __repr__(self):
        return f"Dropout({self.rate:g})"


class RReLU(Layer):
    r"""The randomised leaky ReLU: in training each negative value gets a slope of its own.

    A = max(0, X) + r min(0, X), where r is uniform between `lower` and `upper` in training and
    their mean in evaluation. Backward: dX is dA where X > 0, else r dA; at 0 r is the mean.

    Parameters
    ----------
    lower, upper : float
        The slopes lie between these two; lower is not above upper.
    rng : numpy.random.Generator or int, optional
        Where the slopes come from, drawn anew for every batch.

    Raises
    ------
    ValueError
        When a slope is negative or not below infinity, or `lower` is above `upper`.

    References
    ----------
    B. Xu et al., "Empirical evaluation of rectified activations in convolutional network"
    (2015), arXiv:1505.00853

    Examples
    --------
    >>> layer = RReLU(0.1, 0.3, rng=0)
    >>> print(layer.forward(np.array([[-1.0, 2.0]])))
    [[-0.2  2. ]]
    """

    keeps_shape = True

    def __init__(self, lower=1 / 8, upper=1 / 3, rng=None):
        super().__init__()
        self.lower = check_range(lower, "lower", 0, np.inf)
        self.upper = check_range(upper, "upper", self.lower, np.inf)
        self.rng = as_generator(rng)

    def forward(self, X, training=False, cache=None):
        rng = self.rng if training else None
        A = ACTIVATIONS["rrelu"](X, lower=self.lower, upper=self.upper, rng=rng)
        self._remember((X, A), A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        X, A = self._recall(dA)
        if not need_dX:
            return None
        return dA * ACTIVATIONS["rrelu"].derivative(X, A, lower=self.lower, upper=self.upper)

    def __repr__(self):
        return f"RReLU({self.lower:g}, {self.upper:g})"
