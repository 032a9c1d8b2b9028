"""Arrays of a known type, made of whatever a caller has; and how features and channels lie."""

from numbers import Real

import numpy as np

__all__ = [
    "all_but_channels",
    "as_float",
    "as_generator",
    "as_labels",
    "as_real",
    "per_channel",
    "short",
]

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
