"""Small array helpers that several modules share: types, and checks made at the boundaries."""

import math
import operator
from numbers import Real

import numpy as np

__all__ = [
    "all_but_channels",
    "as_float",
    "as_generator",
    "as_labels",
    "as_real",
    "check_above_zero",
    "check_channels",
    "check_dtype",
    "check_features",
    "check_finite",
    "check_positive_int",
    "check_range",
    "check_same_length",
    "per_channel",
    "short",
]

# The C library of Linux gives the memory of a large array back to the system when the array is
# freed, and the next step of training has to fetch it again, page by page. Once it has seen a
# block of some size freed, it keeps blocks up to that size for the next ones, up to 32 MiB. So
# free one: it was never written to and takes no memory. Elsewhere this changes nothing.
np.empty(31 * 2**20, np.uint8)


# By the kind of an array's type: how such values become numbers.
AS_NUMBERS = {
    "U": "Text columns must be removed or turned into numbers first.",
    "S": "Text columns must be removed or turned into numbers first.",
    "M": "Dates must be turned into numbers first, such as days since the first one.",
    "m": "Durations must be turned into numbers first, such as seconds.",
    "c": "Take the real and the imaginary part, each as a feature.",
    "V": "Columns with names must become one array: pandas.DataFrame(...).to_numpy() does it.",
}


def as_real(values, expected, hint=None):
    """`values` as an array of real numbers, of whatever type they have.

    Objects that are real numbers one and all become float64: NumPy makes them of a pandas table
    whose columns have several types, such as Int64 and boolean.

    Parameters
    ----------
    values : array_like
    expected : str
        What begins the error's message, such as "X must hold real numbers".
    hint : str, optional
        How they become numbers, where they are no features.

    Raises
    ------
    TypeError
        When they are anything else (text, missing values, dates, complex numbers).
    """
    array = np.asarray(values)
    if array.dtype.kind in "iubf":
        return array
    if array.dtype == object and all(map(_is_number, set(map(type, array.flat)))):
        return array.astype(np.float64)
    found = f"an array of type {array.dtype}{_what_it_holds(values, array, hint)}"
    raise TypeError(f"{expected}; got {found}")


def _is_number(kind):
    """Whether a type is one of real numbers."""
    return issubclass(kind, Real | np.bool_)


def _what_it_holds(values, array, hint):
    """What there is to say of values that are no numbers: which, where, and what to do."""
    if array.dtype != object:
        return f". {hint or AS_NUMBERS[array.dtype.kind]}"
    k = next(k for k, value in enumerate(array.flat) if not _is_number(type(value)))
    place, value = np.unravel_index(k, array.shape), array.flat[k]
    where = f"at {tuple(map(int, place))}"
    if hasattr(values, "columns") and array.ndim == 2:
        where = f"in row {place[0]}, column {values.columns[place[1]]!r}"
    hint = hint or AS_NUMBERS["U"]
    if type(value).__name__ in ("NoneType", "NAType", "NaTType"):  # pandas' own, without pandas
        hint = "Missing values must be filled, or their samples removed, first."
    elif not isinstance(value, str):
        hint = "Convert it first, for example with float(...)."
    return f", with {repr(value)[:40]} {where}. {hint}"


def as_float(values):
    """`values` as a floating-point array: floats keep their type, everything else is float64.

    Raises
    ------
    TypeError
        When the values are not real numbers; see `as_real`.
    """
    array = as_real(values, "expected real numbers")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def as_generator(rng):
    """`rng` as a random generator: a seed makes a new one, and None one that nobody can repeat.

    Raises
    ------
    TypeError
        When it is neither a generator nor a seed.
    """
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise TypeError(
            "rng must be a generator such as np.random.default_rng(0), or its seed, a whole number "
            f"of at least 0; got {rng!r}."
        ) from None


def as_labels(labels, n_classes=None, name="y"):
    """`labels` as a one-dimensional integer array of classes 0 to n_classes - 1.

    Raises
    ------
    TypeError
        When the labels are not numbers.
    ValueError
        When they are not one-dimensional, not whole numbers, or out of range.
    """
    hint = "Number the classes first: np.unique(labels, return_inverse=True)."
    array = as_real(labels, f"{name} must hold class numbers", hint)
    if array.ndim != 1:
        raise ValueError(
            f"{name} must be one-dimensional, one class number a sample; got shape {array.shape}."
        )
    if array.dtype.kind == "f":
        whole = np.isfinite(array) & (array == np.floor(array))
        if not whole.all():
            raise ValueError(
                f"{name} must hold whole class numbers; got {array[~whole][0]} at position "
                f"{np.flatnonzero(~whole)[0]}."
            )
    if array.size:
        low, high = array.min(), array.max()
        if low < 0 or (n_classes is not None and high >= n_classes):
            limit = "0 or more" if n_classes is None else f"between 0 and {n_classes - 1}"
            wrong = low if low < 0 else high
            raise ValueError(
                f"{name} must hold class numbers {limit}; got {int(wrong)} at position "
                f"{np.flatnonzero(array == wrong)[0]}."
            )
    return array.astype(np.intp, copy=False)


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


def check_above_zero(name, value):
    """`value` as a float above 0, and finite."""
    if not (isinstance(value, Real) and 0 < value < math.inf):
        raise ValueError(f"{name} must be a number above 0; got {value!r}.")
    return float(value)


def check_range(name, value, low, high):
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


def short(number):
    """A NumPy number as text: six digits where they are the number, else as many as it takes."""
    text = f"{number:g}"
    return text if type(number)(text) == number else str(number)


def all_but_channels(ndim):
    """The axes over which a feature, or a channel of images, is summed: all but axis 1."""
    return (0, *range(2, ndim))


def per_channel(values, ndim):
    """A vector of one value a channel, shaped to broadcast over axis 1 of `ndim` dimensions."""
    return values.reshape(1, -1, *[1] * (ndim - 2))


def check_channels(layer, input_shape, n):
    """Refuse samples that do not have n features, or n channels."""
    if len(input_shape) == 0 or input_shape[0] != n:
        raise ValueError(
            f"{layer!r} takes samples of shape ({n},) or ({n}, height, width); "
            f"got {tuple(input_shape)}."
        )
