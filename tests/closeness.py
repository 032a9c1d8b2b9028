"""How far two calculations of the same numbers may lie apart: what their roundings allow."""

import numpy as np

from course_utils import Activation, BatchNorm, Scale, as_sequential

__all__ = ["FUNCTION", "assert_close", "roundings"]

# NumPy promises exp, log, tanh and their like to 4 units in the last place on any processor
# (numpy/numpy#19478), which is what 8 roundings may be off.
FUNCTION = 8


def assert_close(actual, expected, *, terms, size=None):
    """Assert that two calculations of the same numbers differ by their roundings alone.

    A floating-point operation rounds its result by at most eps/2 of it. Two calculations that
    each round at most `terms` times in a row, and no number larger than `size`, so agree within

        abs(actual - expected) <= eps * terms * size

    (to first order in eps). The tolerance is absolute: where a sum of numbers of about 1 comes
    near 0, it is no more exact than elsewhere. It holds for every order in which a sum may be
    taken, so on any processor.

    Parameters
    ----------
    actual, expected : array_like of real numbers
        Of the same shape: nothing is broadcast. NaN and infinities must be at the same places.
        The eps is that of the coarser of the two types; Python's numbers and integers count
        as float64.
    terms : int
        Roundings in a row: n for a sum of n products (one for the product, n - 1 for the
        sums), 1 for every other operation before and after, `FUNCTION` for exp, log or tanh.
    size : float or array_like, optional
        The largest number that is rounded; for a sum, the sum of its terms' absolute values.
        The default is the largest abs(expected). An array gives each element a size of its own:
        abs(expected) is right where nothing is added, or nothing of the other sign.

    Raises
    ------
    AssertionError
        With the worst element, and how many times the tolerance it is off.

    Examples
    --------
    >>> assert_close(0.1 + 0.2 - 0.3, 0.0, terms=3, size=0.6)
    >>> assert_close([1.0, 2.1], [1.0, 2.0], terms=3)
    Traceback (most recent call last):
        ...
    AssertionError: 7.51e+13 times the tolerance of 1.33e-15 (eps 2.22e-16, 3 terms) at (1,): \
2.1, not 2.0; 1 of 2 elements
    """
    __tracebackhide__ = True
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape:
        raise AssertionError(f"shape {actual.shape}, not {expected.shape}")
    info = max((np.finfo(float_type(array)) for array in (actual, expected)), key=lambda i: i.eps)
    actual, expected = actual.astype(np.float64), expected.astype(np.float64)
    finite = np.isfinite(actual) & np.isfinite(expected)
    alike = finite | (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    if not alike.all():
        raise AssertionError(shown(actual, expected, ~alike, np.argmin(alike)))
    if size is None:
        size = np.max(np.abs(expected), where=finite, initial=0)
    # Below its smallest normal number a type rounds by as much as there.
    size = np.maximum(size, float(info.smallest_normal))
    tolerance = np.broadcast_to(float(info.eps) * terms * size, expected.shape)
    error = np.zeros(expected.shape)
    np.subtract(actual, expected, out=error, where=finite)
    share = np.abs(error) / tolerance
    if share.max(initial=0) > 1:
        worst = np.argmax(share)
        raise AssertionError(
            f"{share.flat[worst]:.3g} times the tolerance of {tolerance.flat[worst]:.3g} "
            f"(eps {info.eps:.3g}, {terms} terms) {shown(actual, expected, share > 1, worst)}"
        )


def roundings(network, X):
    """The `terms` and `size` of a network's answers to X: logits, or what its head makes of them.

    A unit with n weights and a bias rounds n + 1 times, by what it sums in absolute values. What
    is off before it, it multiplies by the absolute values of its weights; an activation, by its
    slope.

    Parameters
    ----------
    network : Sequential of layers in a row, or dict of str to ndarray
    X : ndarray
        Its samples.

    Returns
    -------
    dict of str to number
        The size is summed over all roundings, so that `terms` is 1.
    """
    network = (as_sequential(network) if isinstance(network, dict) else network).astype(np.float64)
    A, off = np.asarray(X, np.float64), np.zeros(X.shape)
    for layer, absolute in zip(network.leaves(), absolute_layers(network), strict=True):
        if isinstance(layer, Activation):
            A = layer.forward(A)
            off = SLOPES.get(layer.function.__name__, 1) * off + FUNCTION * np.maximum(np.abs(A), 1)
        else:
            off = absolute.forward(off) + times_rounded(layer) * absolute.forward(np.abs(A))
            A = layer.forward(A)
    softmax = FUNCTION + A.shape[-1] + 2
    return {"terms": 1, "size": off.max() + softmax}


SLOPES = {"sigmoid": 1 / 4, "gelu": 1.13, "swish": 1.1}  # the steepest; of all others it is 1


def times_rounded(layer):
    """How many roundings in a row a layer without an activation makes of one number."""
    if "W" in layer.params:
        return layer.params["W"].size // layer.params["b"].size + 1
    return {Scale: 2, BatchNorm: 6}.get(type(layer), 0)


def absolute_layers(network):
    """Layers that add up in absolute values what those of the network sum and subtract."""
    network = network.astype(network.dtype)
    network.theta = np.abs(network.theta)
    for layer in network.leaves():
        for name, sign in {"shift": -1, "running_mean": -1, "factor": 1}.items():
            if name in layer.state:
                layer.state[name] = sign * np.abs(layer.state[name])
        yield layer


def float_type(array):
    """The type that real numbers are computed in."""
    if array.dtype.kind not in "fiub":
        raise TypeError(f"only real numbers can be close; got an array of type {array.dtype}")
    return array.dtype if array.dtype.kind == "f" else np.dtype(np.float64)


def shown(actual, expected, wrong, worst):
    """Where the worst element is, both its values, and how many are wrong."""
    place = tuple(map(int, np.unravel_index(worst, wrong.shape)))
    values = f"{actual.flat[worst]}, not {expected.flat[worst]}"
    return f"at {place}: {values}; {wrong.sum()} of {wrong.size} elements"
