"""Layers that work on any features: dense ones, activations, scaling, choosing."""

import numpy as np

from ._arrays import all_but_channels, as_float, per_channel
from ._checks import check_channels, check_finite, check_positive_int
from .activations import ACTIVATIONS
from .base import Layer
from .initializers import draw_weights

__all__ = [
    "Activation",
    "ChannelScale",
    "Channels",
    "Dense",
    "Flatten",
    "Identity",
    "PReLU",
    "Scale",
]


class Identity(Layer):
    """A = X: the place of a layer where nothing is to happen.

    Examples
    --------
    >>> print(Identity().forward(np.array([[1.0, 2.0]])))
    [[1. 2.]]
    """

    keeps_shape = True


class Dense(Layer):
    r"""A fully connected layer, Z = X W + b.

    Backward: dW = X^T dZ, db = the sum of dZ over the rows, dX = dZ W^T.

    Parameters
    ----------
    n_in, n_out : int
        Features in and out.
    init : str or callable
        How W is drawn: a name from `INITIALIZERS`, or a function with the same arguments. The
        bias starts at 0.
    rng : numpy.random.Generator or int, optional
        Where the weights come from; give one for a run that can be repeated.
    dtype : dtype
        float32 or float64.

    Raises
    ------
    TypeError, ValueError
        When a size is not a whole number of at least 1, or the initializer is unknown.

    Examples
    --------
    >>> layer = Dense(3, 2, init="zeros")
    >>> layer.params["b"] = [1.0, 2.0]
    >>> print(layer.forward(np.ones((1, 3), np.float32)))
    [[1. 2.]]
    """

    decayed = ("W",)

    def __init__(self, n_in, n_out, init="he", rng=None, dtype=np.float32):
        n_in, n_out = check_positive_int(n_in, "n_in"), check_positive_int(n_out, "n_out")
        W = draw_weights(init, (n_in, n_out), rng, dtype)
        super().__init__({"W": W, "b": np.zeros(n_out, dtype)}, input_shape=(n_in,))

    def output_shape(self, input_shape):
        super().output_shape(input_shape)
        return self.params["b"].shape

    def multiply_adds(self, input_shape):
        return self.params["W"].size

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        Z = X @ self.params["W"]
        Z += self.params["b"]
        self._remember(X, Z.shape, training, cache)
        return Z

    def backward(self, dA, need_dX=True):
        np.matmul(self._recall(dA).T, dA, out=self.grads["W"])
        np.sum(dA, axis=0, out=self.grads["b"])
        return dA @ self.params["W"].T if need_dX else None

    def __repr__(self):
        return "Dense({}, {})".format(*self.params["W"].shape)


class Activation(Layer):
    """An activation function as a layer, A = g(Z).

    Backward: dZ = dA * g'(Z), elementwise.

    Parameters
    ----------
    name : str or callable
        A name from `ACTIVATIONS`, or one of the functions filed there.
    **hyperparameters
        Passed on to the function, for example ``alpha=0.1``.

    Raises
    ------
    ValueError
        When no such activation exists.
    TypeError
        When it does not take such a hyperparameter.

    Examples
    --------
    >>> print(Activation("leaky_relu", alpha=0.5).forward(np.array([[-2.0, 2.0]])))
    [[-1.  2.]]
    """

    keeps_shape = True

    def __init__(self, name, **hyperparameters):
        super().__init__()
        if name == "softmax" or getattr(name, "__name__", None) == "softmax":
            raise ValueError(
                "softmax is not a layer here: each of its outputs depends on every input, so "
                "it has no elementwise derivative. Let the network end with its last Dense "
                'layer, build it with Sequential(..., output="softmax") and train it with '
                "softmax_cross_entropy, which computes both in one stable step."
            )
        self.function = ACTIVATIONS.resolve(name)
        self.hyperparameters = hyperparameters
        unknown = hyperparameters.keys() - self.function.hyperparameters.keys()
        if unknown:
            accepted = ", ".join(self.function.hyperparameters) or "none"
            raise TypeError(
                f"{self.function.__name__} has no hyperparameter {sorted(unknown)[0]!r}; "
                f"accepted: {accepted}."
            )

    def forward(self, X, training=False, cache=None):
        A = self.function(X, **self.hyperparameters)
        self._remember((X, A), A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        Z, A = self._recall(dA)
        return dA * self.function.derivative(Z, A, **self.hyperparameters) if need_dX else None

    def __repr__(self):
        arguments = [repr(self.function.__name__)]
        arguments += [f"{name}={value!r}" for name, value in self.hyperparameters.items()]
        return f"Activation({', '.join(arguments)})"


class PReLU(Layer):
    r"""The parametric ReLU, A = max(0, X) + alpha min(0, X), with slopes that are learned.

    Backward: dalpha is the sum of dA * min(0, X) over all that shares the slope, and dX is dA
    where X > 0, else alpha dA.

    Parameters
    ----------
    n_features : int
        1: one slope for all; else one a feature, or one a channel of images.
    start : float
        The slopes from which learning starts. Weight decay leaves them alone: it would pull
        towards the ReLU.
    dtype : dtype
        float32 or float64.

    Raises
    ------
    TypeError, ValueError
        When `n_features` is not a whole number of at least 1, or `start` is not finite.

    References
    ----------
    K. He et al., "Delving deep into rectifiers" (2015), arXiv:1502.01852

    Examples
    --------
    >>> print(PReLU(2, start=0.5).forward(np.array([[-2.0, 4.0]])))
    [[-1.  4.]]
    """

    keeps_shape = True

    def __init__(self, n_features=1, start=0.25, dtype=np.float32):
        n_features = check_positive_int(n_features, "n_features")
        alpha = np.full(n_features, start, dtype)
        check_finite(alpha, "start")
        super().__init__({"alpha": alpha})

    def output_shape(self, input_shape):
        n_features = self.params["alpha"].size
        if n_features > 1:
            check_channels(self, input_shape, n_features)
        return tuple(input_shape)

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        self._remember(X, X.shape, training, cache)
        return ACTIVATIONS["prelu"](X, alpha=per_channel(self.params["alpha"], X.ndim))

    def backward(self, dA, need_dX=True):
        X = self._recall(dA)
        dalpha = dA * np.minimum(X, 0)
        axes = None if self.params["alpha"].size == 1 else all_but_channels(X.ndim)
        self.grads["alpha"][...] = np.sum(dalpha, axis=axes)
        if not need_dX:
            return None
        alpha = per_channel(self.params["alpha"], X.ndim)
        return np.where(X > 0, dA, alpha * dA)

    def __repr__(self):
        return f"PReLU({self.params['alpha'].size})"


class Scale(Layer):
    """A fixed scaling of the input, A = (X - shift) * factor; it learns nothing.

    With ``shift=x_min`` and ``factor=1 / x_range`` a network takes raw pixels.

    Parameters
    ----------
    shift, factor : float or array_like
        One for all features, or one a feature.

    Raises
    ------
    TypeError, ValueError
        When they are not finite real numbers, or do not fit each other.

    Examples
    --------
    >>> print(Scale(shift=0, factor=1 / 255).forward(np.array([[0, 255]])))
    [[0. 1.]]
    """

    keeps_shape = True

    def __init__(self, shift, factor):
        shift, factor = as_float(shift), as_float(factor)
        for name, array in (("shift", shift), ("factor", factor)):
            check_finite(np.atleast_1d(array), name)
        shape = np.broadcast_shapes(shift.shape, factor.shape)
        super().__init__(state={"shift": shift, "factor": factor}, input_shape=shape or None)

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        self._remember(True, X.shape, training, cache)
        return (X - self.state["shift"]) * self.state["factor"]

    def backward(self, dA, need_dX=True):
        self._recall(dA)
        return dA * self.state["factor"] if need_dX else None

    def __repr__(self):
        if self.input_shape:
            return f"Scale(shift and factor of shape {self.input_shape})"
        return f"Scale({float(self.state['shift']):g}, {float(self.state['factor']):g})"


class Flatten(Layer):
    """Each sample as one row of features: (N, ...) becomes (N, product of the rest).

    Examples
    --------
    >>> Flatten().forward(np.zeros((5, 28, 28))).shape
    (5, 784)
    """

    def output_shape(self, input_shape):
        return (int(np.prod(input_shape)),)

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        A = X.reshape(len(X), *self.output_shape(X.shape[1:]))
        self._remember(X.shape, A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        return dA.reshape(self._recall(dA))


class Channels(Layer):
    """Some of the channels, in the order given: A[:, k] = X[:, indices[k]].

    Backward: each channel of dX is the sum of the channels of dA that were taken from it.

    Parameters
    ----------
    indices : sequence of int
        The channels, counted from 0; at least one. A channel may be taken more than once.

    Raises
    ------
    ValueError
        When the indices are no such sequence; in `forward` and `output_shape` when the samples
        do not have that many channels.

    Examples
    --------
    >>> print(Channels([2, 0]).forward(np.array([[10.0, 11.0, 12.0]])))
    [[12. 10.]]
    """

    def __init__(self, indices):
        super().__init__()
        self.indices = np.array(indices)
        whole = self.indices.ndim == 1 and self.indices.dtype.kind in "iu"
        if not whole or self.indices.size == 0 or self.indices.min() < 0:
            raise ValueError(
                f"indices must be a sequence of channel numbers, each 0 or more; got {indices!r}."
            )

    def output_shape(self, input_shape):
        if len(input_shape) == 0 or input_shape[0] <= self.indices.max():
            raise ValueError(
                f"{self!r} takes samples of at least {self.indices.max() + 1} channels; got "
                f"samples of shape {tuple(input_shape)}."
            )
        return (self.indices.size, *input_shape[1:])

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        A = X[:, self.indices]
        self._remember(X.shape, A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        shape = self._recall(dA)
        if not need_dX:
            return None
        dX = np.zeros(shape, dA.dtype)
        for k, channel in enumerate(self.indices):
            dX[:, channel] += dA[:, k]
        return dX

    def __repr__(self):
        return f"Channels({self.indices.tolist()})"


class ChannelScale(Layer):
    r"""One factor and one bias a channel, both learned: A = gamma X + beta.

    Backward: dgamma is the sum of dA X, and dbeta that of dA, over all but the channels; dX is
    gamma dA. Behind an average pooling it is the "subsampling" of LeNet-5.

    Parameters
    ----------
    n_channels : int
        Features of (N, n_channels), or channels of (N, n_channels, H, W).
    dtype : dtype
        float32 or float64.

    Raises
    ------
    TypeError, ValueError
        When `n_channels` is not a whole number of at least 1; in `output_shape` when the samples
        have another number of channels.

    References
    ----------
    Y. LeCun et al., "Gradient-based learning applied to document recognition" (1998),
    doi:10.1109/5.726791, section II.B

    Examples
    --------
    >>> layer = ChannelScale(2)
    >>> layer.params["gamma"] = [2.0, 10.0]
    >>> print(layer.forward(np.array([[1.0, 1.0]], np.float32)))
    [[ 2. 10.]]
    """

    keeps_shape = True

    def __init__(self, n_channels, dtype=np.float32):
        n = check_positive_int(n_channels, "n_channels")
        super().__init__({"gamma": np.ones(n, dtype), "beta": np.zeros(n, dtype)})

    def output_shape(self, input_shape):
        check_channels(self, input_shape, self.params["gamma"].size)
        return tuple(input_shape)

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        self._remember(X, X.shape, training, cache)
        gamma, beta = (per_channel(self.params[name], X.ndim) for name in ("gamma", "beta"))
        return gamma * X + beta

    def backward(self, dA, need_dX=True):
        X, axes = self._recall(dA), all_but_channels(dA.ndim)
        np.sum(dA * X, axis=axes, out=self.grads["gamma"])
        np.sum(dA, axis=axes, out=self.grads["beta"])
        return per_channel(self.params["gamma"], dA.ndim) * dA if need_dX else None

    def __repr__(self):
        return f"ChannelScale({self.params['gamma'].size})"
