"""Checks made at the boundaries: each says what was given, and what would have been accepted."""

import math
import operator
from numbers import Real

import numpy as np

from ._arrays import as_real

__all__ = [
    "check_above_zero",
    "check_channels",
    "check_dtype",
    "check_features",
    "check_finite",
    "check_positive_int",
    "check_range",
    "check_same_length",
]


def check_positive_int(value, name):
    """`value` as a Python integer of at least 1."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name} must be a whole number of at least 1; got {value!r} "
            f"of type {type(value).__name__}."
        ) from None
    if number < 1:
        raise ValueError(f"{name} must be at least 1; got {number}.")
    return number


def check_above_zero(value, name):
    """`value` as a float above 0, and finite."""
    if not (isinstance(value, Real) and 0 < value < math.inf):
        raise ValueError(f"{name} must be a number above 0; got {value!r}.")
    return float(value)


def check_range(value, name, low, high):
    """`value` as a float of at least `low` and below `high`."""
    if not (isinstance(value, Real) and low <= value < high):
        raise ValueError(f"{name} must be at least {low} and below {high}; got {value!r}.")
    return float(value)


def check_dtype(dtype, what="dtype"):
    """`dtype` as one in which networks compute: float32 or float64.

    Raises
    ------
    TypeError
        When it is another one.
    """
    dtype = np.dtype(dtype)
    if dtype not in (np.float32, np.float64):
        hint = ""
        if dtype == np.float16:
            hint = (
                " The largest float16 is 65504, and what training adds up and squares soon passes "
                "it. (Features may be float16: they are cast to the network's type.)"
            )
        raise TypeError(f"{what} must be float32 or float64; got {dtype}.{hint}")
    return dtype


def check_features(X, input_shape, name="X"):
    """`X` as an array with one sample a row, of the shape a network takes.

    Parameters
    ----------
    X : array_like, shape (N, *input_shape)
    input_shape : tuple of int, or None
        The shape of one sample; None when the network takes any.

    Raises
    ------
    TypeError
        When X does not hold real numbers.
    ValueError
        When X is empty, has the wrong number of dimensions, or the wrong number of features.
    """
    X = as_real(X, f"{name} must hold real numbers")
    expected = "(N, ...)" if input_shape is None else str(("N", *input_shape)).replace("'", "")
    rank = 2 if input_shape is None else 1 + len(input_shape)
    if X.ndim == 0 or (X.ndim != rank and input_shape is not None):
        hint = ""
        if input_shape is not None and X.shape == tuple(input_shape):
            hint = f" A single sample goes in as {name}[np.newaxis]."
        elif input_shape is not None and X.ndim > rank == 2:
            hint = f" Flatten it first: {name}.reshape(len({name}), -1)."
        raise ValueError(f"{name} must have shape {expected}; got shape {X.shape}.{hint}")
    if X.size == 0:
        raise ValueError(f"{name} is empty: got shape {X.shape}, expected {expected} with N >= 1.")
    if input_shape is not None and X.shape[1:] != tuple(input_shape):
        raise ValueError(
            f"{name} must have shape {expected}; got shape {X.shape}: "
            f"{X.shape[1:]} where the network takes {tuple(input_shape)}."
        )
    return X


def check_finite(values, name="X", first_row=0):
    """Refuse NaN and infinity, naming the first sample that holds one.

    Parameters
    ----------
    values : ndarray, shape (N, ...)
    first_row : int
        The number of the first row, where `values` is a part of a larger array.
    """
    if values.dtype.kind != "f":
        return
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum()):  # a finite sum has finite terms, and takes no array
            return
    if not np.isfinite(values).all():
        row = np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))[0]
        raise ValueError(
            f"{name} holds NaN or infinity: sample {first_row + row} is the first. Every value "
            f"must be finite; remove or fill such samples first (np.isfinite finds them)."
        )


def check_same_length(X, y, names=("X", "y")):
    """Refuse two arrays that do not have one row a sample each."""
    if len(X) != len(y):
        raise ValueError(
            f"{names[0]} and {names[1]} must have one row a sample each; "
            f"got {len(X)} rows and {len(y)}."
        )


def check_channels(layer, input_shape, n):
    """Refuse samples that do not have n features, or n channels."""
    if len(input_shape) == 0 or input_shape[0] != n:
        raise ValueError(
            f"{layer!r} takes samples of shape ({n},) or ({n}, height, width); "
            f"got {tuple(input_shape)}."
        )
