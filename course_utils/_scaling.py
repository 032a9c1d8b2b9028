"""What no training bears: numbers much larger than those for which networks are made."""

import numpy as np

from .containers import Chain

__all__ = ["unscaled_features", "unscaled_targets"]

LARGE = 100  # standardised features hardly pass 10, and raw pixels go up to 255
FAR = 10_000  # a network's answers start at about 1, and step by step come to some hundreds
KINDS = {2: "column", 3: "feature", 4: "channel"}  # by the rank of a batch


def unscaled_features(network, X, names=None):
    """What there is to say of the largest feature where it is far too large, else "".

    What counts is what arrives at the first weights: a `Scale` before them has done its work
    then. Nothing is said where the first layer that learns multiplies its input by no weights,
    as `BatchNorm`, which scales.

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
        extremes = np.stack([X.min(axis=0), X.max(axis=0)]).astype(network.dtype)
        layer, Z = _first_weights(network, extremes)
    if layer is None or np.abs(Z).max() <= LARGE:
        return ""
    place = np.unravel_index(np.abs(Z).argmax(), Z.shape)
    k = place[-1] if Z.ndim == 3 else place[1]
    name = repr(names[k]) if names is not None and len(names) == Z.shape[1] else k
    return (
        f"X is not scaled: {KINDS.get(Z.ndim, 'feature')} {name} goes to {Z[place]:.6g}, and the "
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
            return (layer if layer.decayed else None), Z
        else:
            Z = layer.forward(Z)
    return None, Z
