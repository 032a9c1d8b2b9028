r"""Activation functions, each with its derivative beside it.

An activation is a plain function of the pre-activation `z`, applied to every element. The
decorator `activation` attaches the derivative and files the function in `ACTIVATIONS`; that is
all it takes to have it as a layer, in the plots and in the tests.

The decorator also does for every function alike what would hide the formula in each:

* `z` may be a number, a sequence or an array; float32 stays float32, float64 stays float64,
  integers become float64;
* `z` is never modified, unless it is handed over as `out=` too;
* the result is a new array, or `out=`.

`f.derivative(z, a, **hyperparameters)` takes the activation `a = f(z)` beside `z`, since many
derivatives are shortest in `a`: that of the sigmoid is a(1 - a).
"""

import functools
import inspect

import numpy as np

from ._arrays import as_float, as_generator
from ._registry import Registry, add_part

ACTIVATIONS = Registry("activation")


def activation(*, derivative, formula, kinks=()):
    r"""Attach a derivative to a function and register it as an activation.

    Parameters
    ----------
    derivative : callable
        ``derivative(z, a, **hyperparameters)``, elementwise, where ``a = f(z)``.
    formula : str
        The formula g(z) in LaTeX, without dollar signs: it titles the plots.
    kinks : sequence of float
        Where the function has no derivative. Gradient checks keep away from these points; the
        value of `derivative` there is a convention (0 for the ReLU).

    Returns
    -------
    callable
        A decorator. The function it returns carries `derivative`, `formula`, `kinks` and
        `hyperparameters` (a dict of names and defaults) as attributes.
    """

    def decorate(function):
        parameters = inspect.signature(function).parameters
        defaults = {name: p.default for name, p in parameters.items() if name not in ("z", "out")}

        @functools.wraps(function)
        def apply(z, *args, out=None, **kwargs):
            z = as_float(z)
            args = [_cast(value, z.dtype) for value in args]
            kwargs = {name: _cast(value, z.dtype) for name, value in kwargs.items()}
            # A number goes through as an array of one element: kernels see arrays only.
            a = function(np.atleast_1d(z), *args, out=out, **kwargs)
            return a if z.ndim else a[0]

        @functools.wraps(derivative)
        def apply_derivative(z, a, **hyperparameters):
            z, a = as_float(z), as_float(a)
            merged = {**defaults, **hyperparameters}
            slope = derivative(z, a, **{n: _cast(value, z.dtype) for n, value in merged.items()})
            return np.asarray(slope, dtype=z.dtype)[()]

        slope = "dg/dz, elementwise, from z and a = g(z)."
        add_part(apply, "derivative", apply_derivative, slope)
        apply.formula = formula
        apply.kinks = tuple(kinks)
        apply.hyperparameters = defaults
        return ACTIVATIONS.register(function.__name__, apply)

    return decorate


def _cast(value, dtype):
    """An array or NumPy number as `dtype`, so that it does not widen the result; else as it is."""
    return value.astype(dtype, copy=False) if isinstance(value, np.ndarray | np.number) else value


@activation(derivative=lambda z, a: np.ones_like(z), formula=r"z")
def identity(z, out=None):
    r"""The identity, g(z) = z: the output function of regression.

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        A copy of `z`, same shape; range (-inf, inf), derivative 1.

    Examples
    --------
    >>> print(identity([-1.0, 2.0]))
    [-1.  2.]
    """
    return np.positive(z, out=out)


@activation(
    derivative=lambda z, a: np.zeros_like(z),
    formula=r"1\;\mathrm{if}\;z>0\;\mathrm{else}\;0",
    kinks=(0,),
)
def step_function(z, out=None):
    r"""The Heaviside step: 1 where z > 0, else 0.

    Its derivative is 0 everywhere except at the jump, so gradient descent learns nothing
    through it; the perceptron has a learning rule of its own.

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        Zeros and ones as floats, the shape of `z`.

    References
    ----------
    F. Rosenblatt, "The perceptron", Psychological Review 65 (1958), doi:10.1037/h0042519

    Examples
    --------
    >>> print(step_function([-1.0, 0.0, 2.0]))
    [0. 0. 1.]
    """
    return np.heaviside(z, 0, out=out)


@activation(derivative=lambda z, a: a * (1 - a), formula=r"1/(1+e^{-z})")
def sigmoid(z, out=None):
    r"""The logistic sigmoid, g(z) = 1 / (1 + exp(-z)).

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        Same shape as `z`; range (0, 1), derivative a(1 - a), at most 1/4.

    Examples
    --------
    >>> print(sigmoid([-1000.0, 0.0, 1000.0]))
    [0.  0.5 1. ]
    """
    a = np.negative(z, out=out)
    with np.errstate(over="ignore"):  # exp(1000) is inf, and 1 / (1 + inf) = 0 is right
        np.exp(a, out=a)
    a += 1
    return np.reciprocal(a, out=a)


@activation(derivative=lambda z, a: 1 - a**2, formula=r"\tanh z")
def tanh(z, out=None):
    r"""The hyperbolic tangent, g(z) = tanh(z) = 2 sigmoid(2z) - 1.

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        Same shape as `z`; range (-1, 1), derivative 1 - a^2, at most 1.

    References
    ----------
    Y. LeCun et al., "Efficient BackProp" (1998), doi:10.1007/3-540-49430-8_2

    Examples
    --------
    >>> print(tanh([-1000.0, 0.0, 1000.0]))
    [-1.  0.  1.]
    """
    return np.tanh(z, out=out)


@activation(derivative=lambda z, a: z > 0, formula=r"\max(0,z)", kinks=(0,))
def relu(z, out=None):
    r"""The rectified linear unit, g(z) = max(0, z).

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        Same shape as `z`; range [0, inf), derivative 1 where z > 0, else 0.

    References
    ----------
    V. Nair and G. Hinton, "Rectified linear units improve restricted Boltzmann machines",
    ICML (2010)

    Examples
    --------
    >>> print(relu([-1.0, 0.0, 2.0]))
    [0. 0. 2.]
    """
    return np.maximum(z, 0, out=out)


def _two_slopes(z, negative_slope, out):
    """max(0, z) + negative_slope * min(0, z): two half-lines that meet at the origin."""
    negative = np.minimum(z, 0)
    negative *= negative_slope
    a = np.maximum(z, 0, out=out)
    a += negative
    return a


@activation(
    derivative=lambda z, a, alpha: np.where(z > 0, 1, alpha),
    formula=r"\max(0,z)+\alpha\,\min(0,z)",
    kinks=(0,),
)
def leaky_relu(z, alpha=0.01, out=None):
    r"""The leaky ReLU, g(z) = z where z > 0, else alpha z.

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    alpha : float
        Slope for negative z, a fixed small number.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        Same shape as `z`; range (-inf, inf), derivative 1 or alpha.

    References
    ----------
    A. Maas, A. Hannun and A. Ng, "Rectifier nonlinearities improve neural network acoustic
    models", ICML workshop (2013)

    Examples
    --------
    >>> print(leaky_relu([-100.0, 2.0]))
    [-1.  2.]
    """
    return _two_slopes(z, alpha, out)


@activation(
    derivative=lambda z, a, alpha: np.where(z > 0, 1, alpha),
    formula=r"\max(0,z)+\alpha\,\min(0,z),\ \alpha\ \mathrm{learned}",
    kinks=(0,),
)
def prelu(z, alpha=0.25, out=None):
    r"""The parametric ReLU, g(z) = z where z > 0, else alpha z, with a learned alpha.

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    alpha : float or array_like that broadcasts with z
        Slope for negative z, one for all or one a feature. The default is the value from
        which its authors start learning.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        Same shape as `z`; derivative in z: 1 or alpha.

    References
    ----------
    K. He et al., "Delving deep into rectifiers" (2015), arXiv:1502.01852

    Examples
    --------
    >>> print(prelu([[-1.0, -1.0]], alpha=np.array([0.1, 0.5])))
    [[-0.1 -0.5]]
    """
    return _two_slopes(z, alpha, out)


@activation(
    # The slope that was drawn for a negative z is a / z, so nothing need be remembered.
    derivative=lambda z, a, lower, upper, rng: np.divide(
        a, z, out=np.where(z > 0, 1, (lower + upper) / 2).astype(z.dtype), where=z < 0
    ),
    formula=r"\max(0,z)+r\,\min(0,z),\ r\sim U",
    kinks=(0,),
)
def rrelu(z, lower=1 / 8, upper=1 / 3, rng=None, out=None):
    r"""The randomised leaky ReLU: the slope for negative z is drawn anew for each element.

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    lower, upper : float
        The slopes are drawn uniformly between these two.
    rng : numpy.random.Generator or int, optional
        Where the slopes come from, in training. Without it, as in evaluation, the slope is
        the mean (lower + upper) / 2.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        Same shape as `z`; derivative 1 where z > 0, the slope that was drawn where z < 0, the mean
        at 0.

    References
    ----------
    B. Xu et al., "Empirical evaluation of rectified activations in convolutional network"
    (2015), arXiv:1505.00853

    Examples
    --------
    >>> print(rrelu([-1.0, 2.0], lower=0.1, upper=0.3))
    [-0.2  2. ]
    """
    if rng is None:
        return _two_slopes(z, (lower + upper) / 2, out)
    return _two_slopes(z, as_generator(rng).uniform(lower, upper, z.shape).astype(z.dtype), out)


@activation(
    derivative=lambda z, a, alpha: np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0))),
    formula=r"\max(0,z)+\alpha\,(e^{\min(0,z)}-1)",
    kinks=(0,),
)
def elu(z, alpha=1.0, out=None):
    r"""The exponential linear unit, g(z) = z where z > 0, else alpha (exp(z) - 1).

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    alpha : float
        The function tends to -alpha for large negative z.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        Same shape as `z`; range (-alpha, inf), derivative 1 or alpha exp(z).

    References
    ----------
    D.-A. Clevert et al., "Fast and accurate deep network learning by exponential linear
    units" (2016), arXiv:1511.07289

    Examples
    --------
    >>> print(elu([-1000.0, 2.0]))
    [-1.  2.]
    """
    negative = np.minimum(z, 0)
    np.expm1(negative, out=negative)
    negative *= alpha
    a = np.maximum(z, 0, out=out)
    a += negative
    return a


def _swish_derivative(z, a, beta):
    s = sigmoid(beta * z)
    return s + beta * a * (1 - s)


@activation(derivative=_swish_derivative, formula=r"z\,\sigma(\beta z)")
def swish(z, beta=1.0, out=None):
    r"""Swish, g(z) = z sigmoid(beta z); with beta = 1 it is also called SiLU.

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    beta : float
        0 gives the line z / 2, a large beta comes close to the ReLU.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        Same shape as `z`; with beta = 1 never below -0.2785. Derivative s + beta a (1 - s) with
        s = sigmoid(beta z).

    References
    ----------
    P. Ramachandran, B. Zoph and Q. Le, "Searching for activation functions" (2017),
    arXiv:1710.05941

    Examples
    --------
    >>> print(swish([-1000.0, 0.0, 1000.0]) + 0)
    [   0.    0. 1000.]
    """
    return np.multiply(z, sigmoid(beta * z), out=out)


@activation(derivative=lambda z, a: sigmoid(z), formula=r"\log(1+e^z)")
def softplus(z, out=None):
    r"""Softplus, g(z) = log(1 + exp(z)): a smooth ReLU whose derivative is the sigmoid.

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        Same shape as `z`; range (0, inf).

    References
    ----------
    X. Glorot, A. Bordes and Y. Bengio, "Deep sparse rectifier neural networks", AISTATS (2011)

    Examples
    --------
    >>> print(softplus([-1000.0, 1000.0]))
    [   0. 1000.]
    """
    return np.logaddexp(z, 0, out=out)


def _gelu_derivative(z, a):
    from scipy.special import ndtr

    return ndtr(z) + z * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi).astype(z.dtype)


@activation(derivative=_gelu_derivative, formula=r"z\,\Phi(z)")
def gelu(z, out=None):
    r"""The Gaussian error linear unit, g(z) = z Phi(z), exact.

    Phi(z) = (1 + erf(z / sqrt(2))) / 2 is the distribution function of the standard normal.

    Parameters
    ----------
    z : array_like
        Pre-activation, any shape.
    out : ndarray, optional
        Where the result goes; may be `z` itself.

    Returns
    -------
    ndarray
        Same shape as `z`; never below -0.17. Derivative Phi(z) + z phi(z), where phi is the
        density of the standard normal.

    References
    ----------
    D. Hendrycks and K. Gimpel, "Gaussian error linear units" (2016), arXiv:1606.08415

    Examples
    --------
    >>> print(gelu([-1000.0, 0.0, 1000.0]) + 0)
    [   0.    0. 1000.]
    """
    from scipy.special import ndtr  # Phi, right in the far tails too where 1 + erf cancels

    return np.multiply(z, ndtr(z), out=out)


def softmax(z):
    r"""The softmax, p_k = exp(z_k) / sum_j exp(z_j), along the last axis.

    Each row's maximum is subtracted first. That changes nothing, since the factor
    exp(-max) cancels, and no exponential overflows. It stands outside `ACTIVATIONS` because
    each output depends on every input of its row: it has no elementwise derivative.

    Parameters
    ----------
    z : array_like, shape (K,) or (N, K)
        Logits, one row a sample; minus infinity rules a class out.

    Returns
    -------
    ndarray, shape of z
        Probabilities; each row sums to 1.

    Raises
    ------
    ValueError
        When `z` is a single number.

    References
    ----------
    J. Bridle, "Probabilistic interpretation of feedforward classification network outputs"
    (1990), doi:10.1007/978-3-642-76153-9_28

    Examples
    --------
    >>> print(softmax([1000.0, 1000.0]))
    [0.5 0.5]
    """
    z = as_float(z)
    if z.ndim == 0:
        raise ValueError("softmax needs a vector or rows of logits; got a single number.")
    p = z - z.max(axis=-1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=-1, keepdims=True)
    return p


__all__ = ["ACTIVATIONS", "activation", "softmax", *ACTIVATIONS]
