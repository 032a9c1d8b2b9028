r"""Layers that do one thing in training and another in evaluation.

`Dropout` and `RReLU` are random in training and take the mean of that in evaluation.
`BatchNorm` normalises by the batch in training and by running statistics in evaluation.
"""

import numpy as np

from ._arrays import (
    all_but_channels,
    as_float,
    as_generator,
    check_channels,
    check_positive_int,
    check_range,
    per_channel,
)
from .activations import ACTIVATIONS
from .layers import Layer

__all__ = ["BatchNorm", "Dropout", "RReLU"]


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
        self.rate = check_range("rate", rate, 0, 1)
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
    their mean in evaluation. Backward: dX is dA where X > 0, else r dA.

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
        self.lower = check_range("lower", lower, 0, np.inf)
        self.upper = check_range("upper", upper, self.lower, np.inf)
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


class BatchNorm(Layer):
    r"""Batch normalisation, A = gamma * Xhat + beta with Xhat = (X - m) / sqrt(v + eps).

    In training m and v are mean and variance of the batch, for each feature, or for each
    channel over all pixels of all images. In evaluation they are the running statistics::

        running_mean <- (1 - momentum) running_mean + momentum m
        running_var  <- (1 - momentum) running_var  + momentum v n / (n - 1)

    with n the number of values that m was taken over: n / (n - 1) makes v unbiased.

    Backward in training, with sums over those n values: dgamma = sum dA Xhat, dbeta = sum dA,
    dX = gamma / sqrt(v + eps) * (dA - dbeta / n - Xhat dgamma / n). In evaluation m and v do
    not depend on X, and dX = gamma / sqrt(v + eps) * dA.

    Parameters
    ----------
    n_features : int
        Features of (N, n_features), or channels of (N, n_features, H, W).
    momentum : float
        Weight of the newest batch in the running statistics, from 0 to below 1.
    eps : float
        Keeps the quotient finite where a feature does not vary.
    dtype : dtype
        float32 or float64.

    Raises
    ------
    TypeError, ValueError
        When a setting is out of range. In training also when a batch holds a single value a
        feature: it has no variance.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by
    reducing internal covariate shift" (2015), arXiv:1502.03167

    Examples
    --------
    >>> layer = BatchNorm(2)
    >>> print(layer.forward(np.array([[1.0, 10.0], [3.0, 30.0]]), training=True).round(3))
    [[-1. -1.]
     [ 1.  1.]]
    >>> print(layer.state["running_mean"])
    [0.2 2. ]
    """

    keeps_shape = True
    never_negative = ("running_var",)

    def __init__(self, n_features, momentum=0.1, eps=1e-5, dtype=np.float32):
        n = check_positive_int(n_features, "n_features")
        super().__init__(
            params={"gamma": np.ones(n, dtype), "beta": np.zeros(n, dtype)},
            state={"running_mean": np.zeros(n, dtype), "running_var": np.ones(n, dtype)},
        )
        self.momentum = check_range("momentum", momentum, 0, 1)
        self.eps = check_range("eps", eps, 0, np.inf)

    def output_shape(self, input_shape):
        check_channels(self, input_shape, self.params["gamma"].size)
        return tuple(input_shape)

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        if training:
            mean, variance = self._batch_statistics(X)
        else:
            mean, variance = self.state["running_mean"], self.state["running_var"]
        deviation = np.sqrt(variance + self.eps)
        Xhat = X - per_channel(mean, X.ndim)
        Xhat /= per_channel(deviation, X.ndim)
        self._remember((Xhat, deviation, training), X.shape, training, cache)
        A = Xhat * per_channel(self.params["gamma"], X.ndim)
        A += per_channel(self.params["beta"], X.ndim)
        return A

    def _batch_statistics(self, X):
        """Mean and variance of the batch; the running statistics move towards them."""
        axes, n = all_but_channels(X.ndim), X.size // X.shape[1]
        if n < 2:
            raise ValueError(
                f"{self!r}: a batch of one value a feature has no variance; got shape {X.shape}. "
                "Choose a batch size that leaves no single sample at the end of an epoch."
            )
        mean, variance = X.mean(axis=axes), X.var(axis=axes)
        for name, value in (("running_mean", mean), ("running_var", variance * (n / (n - 1)))):
            running = self.state[name]
            running += self.momentum * (value - running)
        return mean, variance

    def backward(self, dA, need_dX=True):
        Xhat, deviation, training = self._recall(dA)
        axes, n = all_but_channels(dA.ndim), dA.size // dA.shape[1]
        np.sum(dA * Xhat, axis=axes, out=self.grads["gamma"])
        np.sum(dA, axis=axes, out=self.grads["beta"])
        if not need_dX:
            return None
        dX = dA
        if training:
            dX = dA - per_channel(self.grads["beta"] / n, dA.ndim)
            dX -= Xhat * per_channel(self.grads["gamma"] / n, dA.ndim)
        return dX * per_channel(self.params["gamma"] / deviation, dA.ndim)

    def __repr__(self):
        return f"BatchNorm({self.params['gamma'].size})"
