r"""Gradients by finite differences, to check those derived by hand."""

import numpy as np

from ._arrays import as_float
from ._progress import Progress
from .losses import LOSSES

__all__ = ["check_gradient", "gradient_report", "numerical_gradient"]

STEP = float(np.finfo(np.float64).eps ** (1 / 3))  # balances truncation against rounding


def numerical_gradient(f, x, step=STEP):
    r"""Central differences, df/dx_i ~ (f(x + h e_i) - f(x - h e_i)) / 2h.

    The error shrinks with h^2, and rounding grows with 1/h: a step near the cube root of the
    machine epsilon (6e-6) balances the two.

    Parameters
    ----------
    f : callable
        Takes an array like x and returns one number.
    x : array_like
        Where. It is copied to float64 first: steps on an integer array would be cut off.
    step : float
        h is this times max(1, abs(x_i)).

    Returns
    -------
    ndarray, shape of x, float64

    Raises
    ------
    TypeError
        When x does not hold real numbers.

    Examples
    --------
    >>> print(numerical_gradient(lambda x: np.sum(x**2), [3, 4]).round(6))
    [6. 8.]
    """
    x = np.array(as_float(x), dtype=np.float64)
    gradient = np.empty_like(x)
    with Progress(total=x.size, unit="element") as bar:
        for index in np.ndindex(x.shape):
            value = x[index]
            h = step * max(1.0, abs(value))
            above, below = value + h, value - h  # the steps that floating point really makes
            x[index] = above
            f_above = f(x)
            x[index] = below
            f_below = f(x)
            x[index] = value
            gradient[index] = (f_above - f_below) / (above - below)
            bar.update()
    return gradient


def check_gradient(f, x, gradient, rtol=1e-6, atol=1e-7):
    r"""Compare a gradient with finite differences, and refuse one that is wrong.

    It passes when abs(gradient - numerical) <= atol + rtol abs(numerical) in every element.

    Parameters
    ----------
    f : callable
        Takes an array like x and returns one number.
    x : array_like
        Where; away from kinks, where finite differences mean nothing.
    gradient : array_like, shape of x
        df/dx as derived by hand, at x.
    rtol, atol : float
        Relative and absolute tolerance, for float64.

    Returns
    -------
    float
        The relative error of the whole, see `gradient_report`.

    Raises
    ------
    AssertionError
        When an element differs by more; the message shows the worst one.
    ValueError
        When the gradient does not have the shape of x.

    Examples
    --------
    >>> check_gradient(lambda x: np.sum(x**2), [3.0, 4.0], [6.0, 8.0]) < 1e-8
    True
    >>> check_gradient(lambda x: np.sum(x**2), [3.0, 4.0], [3.0, 4.0])
    Traceback (most recent call last):
    ...
    AssertionError: the gradient is wrong at 2 of 2 elements; worst at (1,): 4 by hand, 8 by ...
    """
    gradient = np.asarray(gradient)
    if gradient.shape != np.shape(x):
        raise ValueError(
            f"the gradient must have the shape of x, {np.shape(x)}; got {gradient.shape}."
        )
    numerical = numerical_gradient(f, x)
    error = np.abs(gradient - numerical)
    # NaN and infinity are wrong too, on either side: no tolerance follows from them.
    wrong = ~(np.isfinite(error) & (error <= atol + rtol * np.abs(numerical)))
    if wrong.any():
        worst = np.unravel_index(np.argmax(np.where(wrong, error, -1)), error.shape)
        worst = tuple(int(i) for i in worst)
        raise AssertionError(
            f"the gradient is wrong at {wrong.sum()} of {wrong.size} elements; worst at {worst}: "
            f"{gradient[worst]:.6g} by hand, {numerical[worst]:.6g} by finite differences."
        )
    return _relative_error(gradient, numerical)


def _relative_error(gradient, numerical):
    """||gradient - numerical|| over the larger of the two norms (or 1e-6, if both are tiny)."""
    scale = max(np.linalg.norm(gradient), np.linalg.norm(numerical), 1e-6)
    return float(np.linalg.norm(gradient - numerical) / scale)


def gradient_report(network, X, y, loss, training=False):
    """Compare every gradient that a network computes with finite differences.

    The network is copied to float64 and stays as it is. Costs two forward passes a parameter,
    so take a small network and a few samples.

    Parameters
    ----------
    network : Sequential
    X : array_like, shape (N, *input_shape)
    y : array_like
        What the loss takes as `y_true`.
    loss : str or callable
        A name from `LOSSES`, or one of the functions filed there.
    training : bool
        Whether the passes are those of training: batch statistics count, and random layers
        draw, the same numbers in every pass.

    Returns
    -------
    dict of str to float
        For each parameter, and for X, the relative error ||gradient - numerical|| /
        max(||gradient||, ||numerical||). Right gradients are near 1e-9, wrong ones near 1.

    Examples
    --------
    >>> from course_utils import Dense, Sequential
    >>> network = Sequential(Dense(2, 1, rng=0))
    >>> report = gradient_report(network, np.ones((3, 2)), np.zeros((3, 1)), "mean_squared_error")
    >>> list(report), max(report.values()) < 1e-7
    (['W1', 'b1', 'X'], True)
    """
    loss = LOSSES.resolve(loss)
    network = network.astype(np.float64)
    generators = [leaf.rng for leaf in network.leaves() if leaf.rng is not None]
    starts = [generator.bit_generator.state for generator in generators]

    def logits(X):
        for generator, state in zip(generators, starts, strict=True):
            generator.bit_generator.state = state
        return network.forward(X, training=training, cache=True)

    X = np.array(X, dtype=np.float64)
    dX = network.backward(loss.gradient(y, logits(X)), need_dX=True)
    gradients = {**{name: grad.copy() for name, grad in network.grads.items()}, "X": dX}
    points = {**network.params, "X": X}

    def loss_with(name, values):
        if name == "X":
            return loss(y, logits(values))
        network.params[name] = values
        return loss(y, logits(X))

    report = {}
    for name, point in points.items():
        start = point.copy()
        numerical = numerical_gradient(lambda values, name=name: loss_with(name, values), start)
        if name != "X":
            network.params[name] = start
        report[name] = _relative_error(gradients[name], numerical)
    return report
