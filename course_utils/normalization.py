"""Normalisation: by the batch in training, by running statistics in evaluation."""

import numpy as np

from ._arrays import all_but_channels, per_channel
from ._checks import check_channels, check_positive_int, check_range
from .base import Layer

__all__ = ["BatchNorm"]


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
        self.momentum = check_range(momentum, "momentum", 0, 1)
        self.eps = check_range(eps, "eps", 0, np.inf)

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
