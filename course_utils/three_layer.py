r"""The textbook's three-layer network as a plain dict of arrays.

The network of lessons 03 and 06: two hidden layers with the sigmoid, then an output function.
Its keys are ``W1 b1 W2 b2 W3 b3``; `as_sequential` gives the same network as layers.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np

from ._disk import printable
from .activations import identity, sigmoid
from .files import check_arrays, read_arrays
from .layers import Activation, Dense, Scale
from .network import Sequential

__all__ = ["as_sequential", "forward", "init_network", "load_network", "load_scaler"]

NAMES = ("W1", "b1", "W2", "b2", "W3", "b3")
SCALER = ("x_min", "x_range")


def init_network():
    """The textbook's network with 2 inputs, 3 and 2 hidden units and 2 outputs.

    Returns
    -------
    dict of str to ndarray
        W1 (2, 3), b1 (3,), W2 (3, 2), b2 (2,), W3 (2, 2), b3 (2,), float64.

    References
    ----------
    K. Saito, "Deep Learning from Scratch", O'Reilly Japan (2016), chapter 3

    Examples
    --------
    >>> print(forward(init_network(), np.array([1.0, 0.5])))
    [0.31682708 0.69627909]
    """
    return {
        "W1": np.array([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]),
        "b1": np.array([0.1, 0.2, 0.3]),
        "W2": np.array([[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]]),
        "b2": np.array([0.1, 0.2]),
        "W3": np.array([[0.1, 0.3], [0.2, 0.4]]),
        "b3": np.array([0.1, 0.2]),
    }


def forward(network, X, output=identity):
    r"""The forward pass: A1 = sigmoid(X W1 + b1), A2 = sigmoid(A1 W2 + b2), output(A2 W3 + b3).

    Parameters
    ----------
    network : dict of str to ndarray
        The arrays W1 b1 W2 b2 W3 b3.
    X : ndarray, shape (n_in,) or (N, n_in)
        One sample, or one a row.
    output : callable
        The output function: `identity` for regression, `softmax` for classes.

    Returns
    -------
    ndarray, shape (n_out,) or (N, n_out)

    Examples
    --------
    >>> forward(init_network(), np.zeros((5, 2))).shape
    (5, 2)
    """
    A1 = sigmoid(X @ network["W1"] + network["b1"])
    A2 = sigmoid(A1 @ network["W2"] + network["b2"])
    return output(A2 @ network["W3"] + network["b3"])


def as_sequential(network, output="softmax", scaler=None):
    """The same network as a `Sequential`, with a copy of the arrays.

    Parameters
    ----------
    network : dict of str to ndarray
        The arrays W1 b1 W2 b2 W3 b3.
    output : {"identity", "sigmoid", "softmax"}
        What the last layer's values mean.
    scaler : tuple of ndarray, optional
        ``(x_min, x_range)``: the network then takes raw features and scales them itself.

    Returns
    -------
    Sequential

    Raises
    ------
    ValueError
        When an array is missing, is one too many, or does not fit the others.

    Examples
    --------
    >>> as_sequential(init_network(), output="identity").size
    23
    """
    _check(network, "the network")
    layers = []
    for k in (1, 2, 3):
        W, b = np.asarray(network[f"W{k}"]), np.asarray(network[f"b{k}"])
        dense = Dense(*W.shape, init="zeros", dtype=np.result_type(W, b, np.float32))
        dense.params["W"], dense.params["b"] = W, b
        layers += [dense, Activation("sigmoid")]
    if scaler is not None:
        x_min, x_range = scaler
        layers.insert(0, Scale(x_min, 1 / np.asarray(x_range)))
    return Sequential(*layers[:-1], output=output)


def load_network(path):
    """Read the six arrays of a three-layer network from an .npz file.

    Parameters
    ----------
    path : str or path-like
        An .npz file with W1 b1 W2 b2 W3 b3, and perhaps x_min and x_range (see `load_scaler`).

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is not .npz, holds objects, or its arrays are missing, too many or misshapen.
    """
    return {name: array for name, array in _read(path).items() if name in NAMES}


def load_scaler(path):
    """Read ``(x_min, x_range)``, the scaler that a network was trained with, from its file.

    A pixel x goes into the network as (x - x_min) / x_range.

    Parameters
    ----------
    path : str or path-like
        An .npz file that also holds the network; see `load_network`.

    Returns
    -------
    tuple of ndarray, each of shape (n_in,)

    Raises
    ------
    FileNotFoundError, ValueError
        As `load_network`; also when the file holds no scaler.
    """
    arrays = _read(path)
    if "x_min" not in arrays:
        raise ValueError(
            f"{printable(Path(path).name)} holds no scaler: x_min and x_range are missing."
        )
    return arrays["x_min"], arrays["x_range"]


def _read(path):
    """All arrays of a network's file, checked against each other."""
    name = printable(Path(path).name)
    return read_arrays(path, lambda headers: _check(headers, name))


def _check(arrays, source):
    """Refuse arrays that are not those of a three-layer network, with or without its scaler."""
    n_in, *widths = (np.shape(arrays.get(name, 0)) for name in ("W1", "b1", "b2", "b3"))
    sizes = [shape[0] if shape else 1 for shape in (n_in, *widths)]
    shapes = {}
    for k, (rows, columns) in enumerate(pairwise(sizes), 1):
        shapes |= {f"W{k}": (rows, columns), f"b{k}": (columns,)}
    if arrays.keys() & set(SCALER):
        shapes |= dict.fromkeys(SCALER, (sizes[0],))
    check_arrays(arrays, shapes, source)
