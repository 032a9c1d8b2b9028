"""Weights of samples and classes: how much each sample counts in a training."""

from collections.abc import Mapping

import numpy as np

from ._arrays import as_float, as_labels, short
from ._checks import check_finite

__all__ = ["sample_weights"]


def sample_weights(network, X, y, sample_weight, class_weight):
    """What the weights given to `fit` come to, sample by sample.

    Parameters
    ----------
    network : Sequential
    X, y : ndarray
        As checked by `fit`.
    sample_weight, class_weight
        See `fit`.

    Returns
    -------
    ndarray of float64, shape (N,), or None
        The products of both weights; None where all samples count alike.

    Raises
    ------
    TypeError, ValueError
        When a weight is negative or not finite, all are 0, or they do not fit the samples.
    """
    if sample_weight is None and class_weight is None:
        return None
    weight = np.ones(len(y))
    if sample_weight is not None:
        sample_weight = as_float(sample_weight)
        if sample_weight.shape != (len(y),):
            raise ValueError(
                f"sample_weight must have shape {(len(y),)}; got {sample_weight.shape}."
            )
        weight *= sample_weight
    if class_weight is not None:
        classes, n_classes = _classes(network, X, y)
        weight *= _class_weights(class_weight, classes, n_classes)[classes]
    check_finite(weight, "the product of sample_weight and class_weight")
    if weight.min() < 0 or not weight.any():
        raise ValueError(
            "weights of samples and classes must be 0 or more, and one of them above 0; got "
            f"values from {short(weight.min())} to {short(weight.max())}."
        )
    return weight


def _classes(network, X, y):
    """The class of every sample, and how many classes there are."""
    if network.output == "softmax":
        n_outputs = network.forward(X[:1]).shape[-1]
        return (y, n_outputs) if y.ndim == 1 else (y.argmax(axis=1), n_outputs)
    if network.output == "sigmoid" and y.size == len(y):
        return as_labels(y.reshape(-1), 2, "y"), 2
    raise ValueError(
        'class_weight needs one class a sample: a network with output="softmax", or with '
        'output="sigmoid" and a single output. Give sample_weight instead.'
    )


def _class_weights(class_weight, classes, n_classes):
    """One weight a class."""
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(
                f"class_weight must be 'balanced', a dict or one number a class; got "
                f"{class_weight!r}."
            )
        counts = np.bincount(classes, minlength=n_classes)
        return len(classes) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    if isinstance(class_weight, Mapping):
        as_labels(list(class_weight), n_classes, "the keys of class_weight")
        return np.array([float(class_weight.get(k, 1)) for k in range(n_classes)])
    values = as_float(class_weight)
    if values.shape != (n_classes,):
        raise ValueError(
            f"class_weight must hold one number a class, shape {(n_classes,)}; got shape "
            f"{values.shape}."
        )
    return values
