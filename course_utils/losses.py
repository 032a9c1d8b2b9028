r"""Loss functions, each with its gradient beside it.

A loss is called as ``f(y_true, y_pred, sample_weight=None)`` and answers one number, the mean over
the samples. The decorator `loss` prepares the arguments for every loss alike, so that each body
shows its formula only, in the letters of its docstring:

* `y_true` arrives as floats of shape (N, K), one-hot where class indices were given;
* the predictions arrive in that shape, too: as they are (y_pred), as logits z, as probabilities p
  that have a logarithm, or, with ``through=g``, as what g makes of them: value and gradient both
  need it, and it is computed once;
* `weight` arrives as a column of shape (N, 1) that sums to 1: 1/N each unless weights were given.
  The loss is then a sum, and so is its gradient. A sample of weight 0 does not arrive: whatever was
  predicted for it, loss and gradient are 0.

``f.gradient(y_true, y_pred, sample_weight=None)`` is dL/dy_pred, of the shape of `y_pred`;
``f.value_and_gradient(...)`` gives both.
"""

import functools
import inspect

import numpy as np

from ._arrays import as_float, as_labels, short
from ._registry import Registry, add_part
from .activations import sigmoid

LOSSES = Registry("loss")
CALL = inspect.signature(lambda y_true, y_pred, sample_weight=None: ...)


def loss(*, gradient, classes=False, binary=False, counts=False, probabilities=False, through=None):
    """Attach a gradient to a function and register it as a loss.

    Parameters
    ----------
    gradient : callable
        ``gradient(y_true, y_pred, weight)``, the derivative in y_pred; its arguments are prepared
        as those of the function.
    classes : bool
        Whether `y_true` may be class indices of shape (N,), which become one-hot rows.
    binary : bool
        Whether `y_true` are yes/no targets: values outside [0, 1] are refused.
    counts : bool
        Whether `y_true` are counts or rates: values below 0 are refused.
    probabilities : bool
        Whether `y_pred` are probabilities: values outside [0, 1] are refused, and those within
        rounding of 0 and 1 are moved inside, so that their logarithm is finite.
    through : callable, optional
        Function and gradient get ``through(y_pred)`` in place of `y_pred`.

    Returns
    -------
    callable
        A decorator. The function it returns carries `gradient`, `value_and_gradient` and
        `takes_classes` as attributes.
    """

    def decorate(function):
        def prepare(y_true, y_pred, sample_weight):
            y_pred = as_float(y_pred)
            columns = y_pred if y_pred.ndim == 2 else y_pred.reshape(-1, 1)
            y_true = _targets(y_true, y_pred, classes).astype(columns.dtype, copy=False)
            weight = _weights(sample_weight, columns)
            if sample_weight is not None and not weight.all():
                counted = weight[:, 0] > 0
                y_true, columns, weight = y_true[counted], columns[counted], weight[counted]
            if probabilities:
                columns = _inside_zero_one(columns)
            if binary:
                hint = "For more than two classes use softmax_cross_entropy."
                _check_zero_one(y_true, "y_true must hold targets", hint)
            if counts and not y_true.min() >= 0:
                raise ValueError(
                    f"y_true must hold counts or rates of 0 or more; got {y_true.min():g}."
                )
            if through is not None:
                columns = through(columns)
            return y_true, columns, weight

        def placed(gradients, y_pred, sample_weight):
            """The gradients with the shape of `y_pred`, 0 for samples that do not count."""
            y_pred = np.asarray(y_pred)
            if len(gradients) == len(y_pred):
                return gradients.reshape(y_pred.shape)
            everywhere = np.zeros(y_pred.shape, gradients.dtype)
            counted = np.asarray(sample_weight) > 0
            everywhere[counted] = gradients.reshape(-1, *y_pred.shape[1:])
            return everywhere

        @functools.wraps(function)
        def value(y_true, y_pred, sample_weight=None):
            return float(function(*prepare(y_true, y_pred, sample_weight)))

        @functools.wraps(gradient)
        def value_gradient(y_true, y_pred, sample_weight=None):
            gradients = gradient(*prepare(y_true, y_pred, sample_weight))
            return placed(gradients, y_pred, sample_weight)

        def value_and_gradient(y_true, y_pred, sample_weight=None):
            prepared = prepare(y_true, y_pred, sample_weight)
            return float(function(*prepared)), placed(gradient(*prepared), y_pred, sample_weight)

        for called in (value, value_gradient, value_and_gradient):
            called.__signature__ = CALL
        add_part(value, "gradient", value_gradient, "dL/dy_pred, of the shape of `y_pred`.")
        both = "The loss and its gradient in y_pred, from arguments prepared once."
        add_part(value, "value_and_gradient", value_and_gradient, both)
        value.takes_classes = classes
        return LOSSES.register(function.__name__, value)

    return decorate


def _check_zero_one(values, what, hint):
    """Refuse values outside of [0, 1]."""
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"{what} between 0 and 1; got values from {short(low)} to {short(high)}. {hint}"
        )


def _inside_zero_one(p):
    _check_zero_one(
        p,
        "this loss takes probabilities",
        "For logits use softmax_cross_entropy or sigmoid_cross_entropy; what rounding has left "
        "just outside goes through np.clip(p, 0, 1) first.",
    )
    eps = np.finfo(p.dtype).eps
    return np.clip(p, eps, 1 - eps)


def _targets(y_true, y_pred, classes):
    """`y_true` with the shape (N, K) of the predictions."""
    y_true = np.asarray(y_true)
    if y_pred.ndim not in (1, 2) or y_pred.size == 0:
        raise ValueError(f"y_pred must have shape (N,) or (N, K), not empty; got {y_pred.shape}.")
    if classes and y_pred.shape[1:] in ((), (1,)):  # a single class is always right
        raise ValueError(
            f"y_pred must have shape (N, K), one column a class and at least two; got "
            f"{y_pred.shape}. A single sample goes in as y_pred[np.newaxis]; for yes/no targets "
            "and one output use sigmoid_cross_entropy."
        )
    if classes and y_true.shape == (len(y_pred),):
        n_classes = y_pred.shape[1]
        return np.eye(n_classes, dtype=y_pred.dtype)[as_labels(y_true, n_classes, "y_true")]
    if y_true.shape != y_pred.shape:
        accepted = f"{y_pred.shape}, the shape of y_pred"
        if classes:
            accepted += f", or class indices of shape {(len(y_pred),)}"
        raise ValueError(
            f"y_true has shape {y_true.shape}; accepted is {accepted}. NumPy would broadcast "
            "other shapes without a word and give a wrong loss; reshape y_true, for example "
            "with y_true.reshape(-1, 1)."
        )
    return as_float(y_true).reshape(len(y_pred), -1)


def _weights(sample_weight, y_pred):
    """The weights as a column of shape (N, 1) that sums to 1."""
    n = len(y_pred)
    if sample_weight is None:
        return np.full((n, 1), 1 / n, dtype=y_pred.dtype)
    weight = as_float(sample_weight)
    if weight.shape != (n,):
        raise ValueError(f"sample_weight must have shape {(n,)}; got {weight.shape}.")
    wrong = ~(np.isfinite(weight) & (weight >= 0))
    if wrong.any():
        raise ValueError(
            f"sample_weight must be finite and 0 or more; got {short(weight[wrong][0])} at "
            f"position {np.flatnonzero(wrong)[0]}."
        )
    if not weight.any():
        raise ValueError("sample_weight is 0 for every sample; at least one must be above 0.")
    return (weight / weight.sum()).reshape(n, 1).astype(y_pred.dtype)


@loss(gradient=lambda y_true, y_pred, w: w * 2 * (y_pred - y_true) / y_pred.shape[1])
def mean_squared_error(y_true, y_pred, weight):
    r"""The mean squared error, L = 1/(N K) sum (y_pred - y_true)^2, over all elements.

    Parameters
    ----------
    y_true : array_like, shape (N,) or (N, K)
        Targets, of exactly the shape of `y_pred`.
    y_pred : array_like, shape (N,) or (N, K)
        Predictions, any real numbers, in the unit of the targets.
    sample_weight : array_like, shape (N,), optional
        Weight of each sample; only their ratios matter.

    Returns
    -------
    float
        The loss, in the squared unit of the targets; gradient 2 (y_pred - y_true) / (N K).

    Raises
    ------
    ValueError
        When the shapes differ: (N,) against (N, 1) would broadcast to (N, N).

    Examples
    --------
    >>> mean_squared_error([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    return np.sum(weight * np.square(y_pred - y_true)) / y_pred.shape[1]


@loss(gradient=lambda y_true, y_pred, w: w * (y_pred - y_true))
def half_squared_error(y_true, y_pred, weight):
    r"""Half the squared length of the error, L = 1/(2N) sum_n ||y_pred_n - y_true_n||^2.

    `mean_squared_error` times K / 2: the outputs are summed, and the half makes the gradient the
    bare error.

    Parameters
    ----------
    y_true : array_like, shape (N,) or (N, K)
        Targets, of exactly the shape of `y_pred`.
    y_pred : array_like, shape (N,) or (N, K)
        Predictions, any real numbers, in the unit of the targets.
    sample_weight : array_like, shape (N,), optional
        Weight of each sample; only their ratios matter.

    Returns
    -------
    float
        The loss, in the squared unit of the targets; gradient (y_pred - y_true) / N.

    Raises
    ------
    ValueError
        When the shapes differ.

    Examples
    --------
    >>> half_squared_error([[0.0, 0.0]], [[3.0, 4.0]])
    12.5
    """
    return np.sum(weight * np.square(y_pred - y_true)) / 2


@loss(gradient=lambda y_true, z, w: w * (np.exp(z) - y_true), counts=True)
def half_poisson_deviance(y_true, z, weight):
    r"""Half the Poisson deviance, L = 1/N sum_n sum_k (exp(z) - y + y (log y - z)).

    How much less likely counts y are under Poisson distributions of mean exp(z) than under those
    of mean y, as a minus log-likelihood; 0 log 0 is 0.

    Parameters
    ----------
    y_true : array_like, shape (N,) or (N, K)
        Counts or rates, 0 or more, of exactly the shape of `y_pred`.
    y_pred : array_like, shape (N,) or (N, K)
        Logarithms z of the expected counts, any real numbers.
    sample_weight : array_like, shape (N,), optional
        Weight of each sample; only their ratios matter.

    Returns
    -------
    float
        The loss in nats a sample, 0 where exp(z) = y; gradient (exp(z) - y) / N.

    Raises
    ------
    ValueError
        When the shapes differ, or a target is below 0.

    References
    ----------
    J. Nelder and R. Wedderburn, "Generalized linear models", Journal of the Royal Statistical
    Society A 135 (1972), doi:10.2307/2344614

    Examples
    --------
    >>> half_poisson_deviance([1.0, 0.0], [0.0, 0.0])
    0.5
    """
    log_y = np.log(np.where(y_true > 0, y_true, 1))
    return np.sum(weight * (np.exp(z) - y_true + y_true * (log_y - z)))


@loss(
    gradient=lambda y_true, p, w: w * (p - y_true) / (p * (1 - p)) / p.shape[1],
    binary=True,
    probabilities=True,
)
def binary_cross_entropy(y_true, p, weight):
    r"""The cross-entropy of yes/no targets, L = -mean(y log p + (1 - y) log(1 - p)).

    Parameters
    ----------
    y_true : array_like, shape (N,) or (N, K)
        Targets between 0 and 1, of exactly the shape of `y_pred`.
    y_pred : array_like, shape (N,) or (N, K)
        Probabilities of 1. Values within rounding of 0 and 1 are moved inside by one machine
        epsilon, which keeps the logarithm finite.
    sample_weight : array_like, shape (N,), optional
        Weight of each sample; only their ratios matter.

    Returns
    -------
    float
        The loss in nats, a mean over all elements; gradient (p - y) / (p (1 - p)) / (N K).

    Raises
    ------
    ValueError
        When the shapes differ, or `y_true` or `y_pred` leaves [0, 1].

    Examples
    --------
    >>> round(binary_cross_entropy([1.0, 0.0], [0.5, 0.5]), 4)
    0.6931
    """
    elements = y_true * np.log(p) + (1 - y_true) * np.log1p(-p)
    return -np.sum(weight * elements) / p.shape[1]


@loss(gradient=lambda y_true, p, w: -w * y_true / p, classes=True, probabilities=True)
def cross_entropy(y_true, p, weight):
    r"""The cross-entropy of classes, L = -1/N sum_n sum_k y_nk log p_nk.

    Parameters
    ----------
    y_true : array_like, shape (N,) or (N, K)
        Class indices 0 to K - 1, or one-hot rows.
    y_pred : array_like, shape (N, K)
        Probabilities, each row summing to 1. Zeros are moved up by one machine epsilon.
    sample_weight : array_like, shape (N,), optional
        Weight of each sample; only their ratios matter.

    Returns
    -------
    float
        The loss in nats; gradient -y / p / N.

    Raises
    ------
    ValueError
        When the shapes do not fit, a class index is out of range or not whole, or `y_pred`
        leaves [0, 1].

    Examples
    --------
    >>> round(cross_entropy([0, 1], [[0.5, 0.5], [0.75, 0.25]]), 4)
    1.0397
    """
    return -np.sum(weight * y_true * np.log(p))


def _times(weight, values):
    """weight * values, where a weight of 0 leaves nothing, even of an infinite value."""
    return np.multiply(weight, values, out=np.zeros_like(values), where=weight != 0)


def _minus_log_softmax(z):
    """The surprise at each class, -log p_k = log sum_j exp(z_j) - z_k."""
    z = z - z.max(axis=1, keepdims=True)  # so that no exponential overflows
    return np.log(np.exp(z).sum(axis=1, keepdims=True)) - z


@loss(
    gradient=lambda y_true, surprise, w: (
        w * (np.exp(-surprise) * y_true.sum(axis=1, keepdims=True) - y_true)
    ),
    classes=True,
    through=_minus_log_softmax,
)
def softmax_cross_entropy(y_true, surprise, weight):
    r"""Cross-entropy of softmax(z) in one step: L = 1/N sum_n (log sum_k exp(z_nk) - z_ny).

    Fused, the two are exact where each alone would overflow or lose digits, and the gradient
    is (p - y) / N with p = softmax(z).

    Parameters
    ----------
    y_true : array_like, shape (N,) or (N, K)
        Class indices 0 to K - 1, or one-hot rows.
    y_pred : array_like, shape (N, K)
        Logits z, any real numbers; minus infinity rules a class out.
    sample_weight : array_like, shape (N,), optional
        Weight of each sample; only their ratios matter.

    Returns
    -------
    float
        The loss in nats; log(K) when all logits are equal, infinite for a class ruled out.

    Raises
    ------
    ValueError
        When the shapes do not fit, or a class index is out of range or not whole.

    Examples
    --------
    >>> round(softmax_cross_entropy([0], [[1000.0, 1000.0]]), 4)
    0.6931
    """
    return np.sum(_times(weight * y_true, surprise))


@loss(gradient=lambda y_true, z, w: w * (sigmoid(z) - y_true) / z.shape[1], binary=True)
def sigmoid_cross_entropy(y_true, z, weight):
    r"""Binary cross-entropy of sigmoid(z) in one step: L = mean(log(1 + exp(z)) - y z).

    Parameters
    ----------
    y_true : array_like, shape (N,) or (N, K)
        Targets between 0 and 1, of exactly the shape of `y_pred`.
    y_pred : array_like, shape (N,) or (N, K)
        Logits z, any real numbers.
    sample_weight : array_like, shape (N,), optional
        Weight of each sample; only their ratios matter.

    Returns
    -------
    float
        The loss in nats, a mean over all elements; gradient (sigmoid(z) - y) / (N K).

    Raises
    ------
    ValueError
        When the shapes differ, or `y_true` leaves [0, 1].

    Examples
    --------
    >>> sigmoid_cross_entropy([1.0], [1000.0])
    0.0
    """
    return np.sum(weight * _minus_log_p(y_true, z)) / z.shape[1]


@loss(gradient=lambda y_true, z, w: w * (sigmoid(z) - y_true), binary=True)
def multilabel_cross_entropy(y_true, z, weight):
    r"""Binary cross-entropy summed over labels: L = 1/N sum_n sum_k (log(1 + exp(z)) - y z).

    `sigmoid_cross_entropy` times K: each of a sample's K labels is a yes/no question, and the
    minus log-probability of all K answers together, if independent, is the sum.

    Parameters
    ----------
    y_true : array_like, shape (N,) or (N, K)
        Targets between 0 and 1, of exactly the shape of `y_pred`.
    y_pred : array_like, shape (N,) or (N, K)
        Logits z, any real numbers.
    sample_weight : array_like, shape (N,), optional
        Weight of each sample; only their ratios matter.

    Returns
    -------
    float
        The loss in nats a sample; gradient (sigmoid(z) - y) / N.

    Raises
    ------
    ValueError
        When the shapes differ, or `y_true` leaves [0, 1].

    Examples
    --------
    >>> round(multilabel_cross_entropy([[1.0, 0.0]], [[0.0, 0.0]]), 4)
    1.3863
    """
    return np.sum(weight * _minus_log_p(y_true, z))


def _minus_log_p(y_true, z):
    """log(1 + e^z) - y z = log(1 + e^-|z|) + |z| times what the target lies on the other side."""
    size = np.abs(z)
    return np.logaddexp(0, -size) + _times(np.where(z > 0, 1 - y_true, y_true), size)


__all__ = ["LOSSES", "loss", *LOSSES]
