"""Initial weights: ``(shape, fan_in, fan_out, rng, dtype)`` in, a new array out."""

import numpy as np

from ._arrays import as_generator
from ._registry import Registry
from .activations import ACTIVATIONS

INITIALIZERS = Registry("initializer")


def initializer(function):
    """Register a function as an initializer under its own name."""
    return INITIALIZERS.register(function.__name__, function)


def fans(shape):
    """How many inputs and outputs a weight array joins: fan_in and fan_out.

    Parameters
    ----------
    shape : tuple of int
        (n_in, n_out) of a dense layer, or (out_channels, in_channels, height, width) of a
        convolution, whose units each see in_channels * height * width numbers.

    Returns
    -------
    fan_in, fan_out : int

    Raises
    ------
    ValueError
        When the shape is neither.

    Examples
    --------
    >>> fans((784, 50)), fans((16, 6, 5, 5))
    ((784, 50), (150, 400))
    """
    if len(shape) == 2:
        return tuple(shape)
    if len(shape) == 4:
        out_channels, in_channels, height, width = shape
        return in_channels * height * width, out_channels * height * width
    raise ValueError(
        f"weights have the shape (n_in, n_out) or (out_channels, in_channels, height, width); "
        f"got {tuple(shape)}."
    )


def draw_weights(init, shape, rng=None, dtype=np.float32):
    """Weights of that shape, by an initializer and the fans of the shape.

    Parameters
    ----------
    init : str or callable
        A name from `INITIALIZERS`, or a function with the same arguments.
    shape : tuple of int
        See `fans`.
    rng : numpy.random.Generator or int, optional
    dtype : dtype

    Returns
    -------
    ndarray, of that shape and dtype

    Raises
    ------
    ValueError
        When no initializer has that name, or the shape has no fans.

    Examples
    --------
    >>> draw_weights("he", (784, 50), rng=0).shape
    (784, 50)
    """
    name = getattr(getattr(init, "function", init), "__name__", init)
    if name not in INITIALIZERS and name in [*ACTIVATIONS, "softmax"]:
        raise ValueError(
            f"init says how weights are drawn; got the activation {name!r}. That is a layer of its "
            f'own behind this one: Sequential(Dense(784, 50), Activation("{name}"), ...). '
            f"Choose init from: {', '.join(INITIALIZERS)}."
        )
    function = init if callable(init) else INITIALIZERS.resolve(init)
    return function(shape, *fans(shape), as_generator(rng), dtype)


@initializer
def zeros(shape, fan_in, fan_out, rng, dtype=np.float32):
    """All weights 0. Units that start equal stay equal: for biases, not for weights.

    Parameters
    ----------
    shape : tuple of int
        Shape of the weights.
    fan_in, fan_out : int
        Inputs and outputs of a unit; without effect here.
    rng : numpy.random.Generator or int
        Without effect here.
    dtype : dtype

    Returns
    -------
    ndarray, of that shape and dtype

    Examples
    --------
    >>> print(zeros((2,), 3, 2, rng=None))
    [0. 0.]
    """
    return np.zeros(shape, dtype)


@initializer
def normal(shape, fan_in, fan_out, rng, dtype=np.float32, scale=0.01):
    """Weights from a normal distribution, w ~ N(0, scale^2), whatever the layer's size.

    Parameters
    ----------
    shape : tuple of int
        Shape of the weights.
    fan_in, fan_out : int
        Inputs and outputs of a unit; without effect here.
    rng : numpy.random.Generator or int
    dtype : dtype
    scale : float
        Standard deviation.

    Returns
    -------
    ndarray, of that shape and dtype

    Examples
    --------
    >>> normal((2, 3), 2, 3, rng=np.random.default_rng(0)).dtype
    dtype('float32')
    """
    return (scale * as_generator(rng).standard_normal(shape)).astype(dtype)


@initializer
def xavier(shape, fan_in, fan_out, rng, dtype=np.float32):
    """Glorot and Bengio's normal weights, w ~ N(0, 2 / (fan_in + fan_out)).

    For sigmoid, tanh and the identity: signals keep their variance, forward and backward.

    Parameters
    ----------
    shape : tuple of int
        Shape of the weights.
    fan_in, fan_out : int
        Inputs and outputs of a unit.
    rng : numpy.random.Generator or int
    dtype : dtype

    Returns
    -------
    ndarray, of that shape and dtype

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS (2010)

    Examples
    --------
    >>> W = xavier((500, 300), 500, 300, rng=np.random.default_rng(0))
    >>> round(float(W.std()), 3)
    0.05
    """
    return normal(shape, fan_in, fan_out, rng, dtype, scale=(2 / (fan_in + fan_out)) ** 0.5)


@initializer
def xavier_uniform(shape, fan_in, fan_out, rng, dtype=np.float32):
    """Glorot and Bengio's uniform weights, w ~ U(-a, a) with a = sqrt(6 / (fan_in + fan_out)).

    Their variance a^2 / 3 is that of `xavier`; no weight lies beyond a.

    Parameters
    ----------
    shape : tuple of int
        Shape of the weights.
    fan_in, fan_out : int
        Inputs and outputs of a unit.
    rng : numpy.random.Generator or int
    dtype : dtype

    Returns
    -------
    ndarray, of that shape and dtype

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS (2010)

    Examples
    --------
    >>> W = xavier_uniform((500, 300), 500, 300, rng=np.random.default_rng(0))
    >>> round(float(W.std()), 3), round(float(W.max()), 3)
    (0.05, 0.087)
    """
    return _uniform(shape, (6 / (fan_in + fan_out)) ** 0.5, rng, dtype)


@initializer
def he(shape, fan_in, fan_out, rng, dtype=np.float32):
    """He's normal weights, w ~ N(0, 2 / fan_in).

    For the ReLU and its kin, which let half of a signal's variance through.

    Parameters
    ----------
    shape : tuple of int
        Shape of the weights.
    fan_in, fan_out : int
        Inputs and outputs of a unit.
    rng : numpy.random.Generator or int
    dtype : dtype

    Returns
    -------
    ndarray, of that shape and dtype

    References
    ----------
    K. He et al., "Delving deep into rectifiers" (2015), arXiv:1502.01852

    Examples
    --------
    >>> W = he((800, 300), 800, 300, rng=np.random.default_rng(0))
    >>> round(float(W.std()), 3)
    0.05
    """
    return normal(shape, fan_in, fan_out, rng, dtype, scale=(2 / fan_in) ** 0.5)


@initializer
def he_uniform(shape, fan_in, fan_out, rng, dtype=np.float32):
    """He's weights drawn uniformly, w ~ U(-a, a) with a = sqrt(6 / fan_in).

    Their variance a^2 / 3 is that of `he`; no weight lies beyond a.

    Parameters
    ----------
    shape : tuple of int
        Shape of the weights.
    fan_in, fan_out : int
        Inputs and outputs of a unit.
    rng : numpy.random.Generator or int
    dtype : dtype

    Returns
    -------
    ndarray, of that shape and dtype

    References
    ----------
    K. He et al., "Delving deep into rectifiers" (2015), arXiv:1502.01852

    Examples
    --------
    >>> W = he_uniform((800, 300), 800, 300, rng=np.random.default_rng(0))
    >>> round(float(W.std()), 3), round(float(W.max()), 3)
    (0.05, 0.087)
    """
    return _uniform(shape, (6 / fan_in) ** 0.5, rng, dtype)


def _uniform(shape, limit, rng, dtype):
    """Weights from U(-limit, limit)."""
    return as_generator(rng).uniform(-limit, limit, shape).astype(dtype)


__all__ = ["INITIALIZERS", "draw_weights", "fans", "initializer", *INITIALIZERS]
