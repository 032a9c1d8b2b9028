"""What no training bears: numbers much larger than those for which networks are made."""

import math

import numpy as np

from .containers import Chain

__all__ = ["unscaled_features", "unscaled_targets"]

LARGE = 100  # root mean square: 1 of standardised features, above 150 in the middle of raw digits
ROWS = 1000  # so many samples tell what size a feature has
FAR = 10_000  # a network's answers start at about 1, and step by step come to some hundreds
KINDS = {2: "column", 3: "feature", 4: "channel"}  # by the rank of a batch


def unscaled_features(network, X, names=None):
    """What there is to say of the largest feature where it is far too large, else "".

    What counts is what arrives at the first weights: a `Scale` before them has done its work
    then. Nothing is said where the first layer that learns multiplies its input by no weights,
    as `BatchNorm`, which scales, or one that looks up rows by their numbers.

    Parameters
    ----------
    network : Sequential
    X : ndarray, shape (N, *input_shape)
    names : sequence of str, optional
        The names of X's columns.

    Returns
    -------
    str
        The feature, its size, and how to scale it.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        rows = [X.min(axis=0), X.max(axis=0), *X[:: math.ceil(len(X) / ROWS)]]
        layer, Z = _first_weights(network, np.stack(rows).astype(network.dtype))
        kind = KINDS.get(Z.ndim, "feature")
        Z = np.moveaxis(Z, -1 if kind == "feature" else 1, 0)  # now one of them a row
        Z = Z.reshape(len(Z), -1)
        sizes = np.sqrt(np.mean(np.square(Z), axis=1))
    if layer is None or sizes.max() <= LARGE:
        return ""
    k = sizes.argmax()
    largest = Z[k, np.abs(Z[k]).argmax()]
    name = repr(names[k]) if names is not None and len(names) == len(Z) else k
    return (
        f"X is not scaled: {kind} {name} goes to {largest:.6g}, and the "
        f"weights of {layer!r} are made for values of about 1. Scale X first, as StandardScaler or "
        "MinMaxScaler of scikit-learn do, or begin the network with Scale(shift, factor); for "
        "pixels that is X / 255, or Scale(0, 1 / 255)."
    )


def unscaled_targets(y, loss):
    """What there is to say of targets that are far too large, else "".

    Parameters
    ----------
    y : ndarray
    loss : callable
        Where it takes classes, y holds their numbers.

    Returns
    -------
    str
    """
    largest = float(max(y.max(initial=0), -y.min(initial=0)))
    if loss.takes_classes or largest <= FAR:
        return ""
    return (
        f"y is not scaled: it goes to {largest:.6g} in size, and a network begins with answers of "
        "about 1. Train on (y - y.mean()) / y.std(), and turn the predictions back."
    )


def _first_weights(network, Z):
    """The first layer that learns, if it multiplies by weights, and what arrives there of Z."""
    layers = list(network.layers)
    while layers:
        layer = layers.pop(0)
        if isinstance(layer, Chain):
            layers[:0] = layer.layers
        elif layer.size:
            return (layer if layer.decayed and not layer.looks_up else None), Z
        else:
            Z = layer.forward(Z)
    return None, Z
