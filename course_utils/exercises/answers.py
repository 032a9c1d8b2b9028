"""Answers: made plain, compared to rounding, and shown in a line."""

import numbers
import re
from dataclasses import dataclass

import numpy as np

__all__ = ["Strange", "plain", "same", "shown", "size"]

ROUNDING = 1024  # in eps of the answer's type: a thousand terms, each rounded once
COARSEST = 0.01  # at most so much of it, whatever the type: float16 has an eps of 0.001
MANY = 60  # numbers of an array that are not shown one by one
LARGEST = 50_000_000  # bytes of an answer that are sent back


@dataclass(frozen=True)
class Strange:
    """What is no number, array, text, tuple, list or dict: its type, and what it looks like."""

    type: str
    text: str = ""


def plain(value, depth=6):
    """An answer as plain data, which can be sent to another process and compared there.

    Examples
    --------
    >>> plain([1, np.float32(0.5), None])
    [1, np.float32(0.5), None]
    >>> plain(object).type
    'type'
    """
    if isinstance(value, np.str_):
        return str(value)
    if isinstance(value, np.generic):
        return value if value.dtype.kind in "biufc" else Strange(type(value).__name__)
    if value is None or value is Ellipsis or isinstance(value, bool | int | float | complex | str):
        return value if type(value).__module__ == "builtins" else Strange(type(value).__name__)
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "OU" and depth and value.size < 10_000:
            return plain(value.tolist(), depth - 1)
        if value.dtype.kind in "biufc" and value.nbytes <= LARGEST:
            return np.array(value)
        return Strange(f"array of the type {value.dtype} and the shape {value.shape}")
    if depth and isinstance(value, tuple | list) and len(value) < 100_000:
        parts = [plain(part, depth - 1) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if depth and isinstance(value, dict) and len(value) < 10_000:
        return {plain(k, 0): plain(part, depth - 1) for k, part in value.items()}
    return Strange(type(value).__name__, _text(value))


def _text(value):
    try:
        return _without_address(repr(value)[:200])[:100]
    except Exception:  # of the student's own making
        return ""


def _without_address(text):
    """So that two objects of a kind look the same."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


def same(answer, expected, tolerance=0.0, each=False):
    """Whether an answer is what was expected, to rounding.

    Parameters
    ----------
    answer, expected : object
        Plain data. A list, a tuple and an array of the same numbers are the same, and so are
        numbers of another type. Each part of a tuple is compared by its own size.
    tolerance : float
        The share of the largest element by which floats may differ; at least 1,024 eps of the
        coarser of the two types are allowed.
    each : bool
        Whether the share is that of each element itself.

    Examples
    --------
    >>> same([0.1 + 0.2, 1], np.array([0.3, 1.0])), same(0.3, 0.31)
    (True, False)
    """
    if isinstance(expected, dict):
        return (
            isinstance(answer, dict)
            and answer.keys() == expected.keys()
            and all(same(answer[k], expected[k], tolerance, each) for k in expected)
        )
    if is_in_parts(expected):
        return count(answer) == len(expected) and all(
            same(a, e, tolerance, each) for a, e in zip(answer, expected, strict=True)
        )
    wanted, got = as_array(expected), as_array(answer)
    if wanted is None or got is None:
        return wanted is got and type(answer) is type(expected) and answer == expected
    return got.shape == wanted.shape and bool(np.all(close(got, wanted, tolerance, each)))


def is_in_parts(expected):
    """Whether an answer is expected part by part: a tuple, or a list that is no array."""
    return isinstance(expected, tuple) or (
        isinstance(expected, list) and as_array(expected) is None
    )


def count(value):
    """Of how many parts a value is made, None where it is a single thing."""
    if isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim):
        return len(value)
    return None


def as_array(value):
    """Numbers as an array, and None for all else, such as text or rows of unequal length."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in "biufc" else None
    if isinstance(value, numbers.Number | np.generic):
        value = np.asarray(value)
        return value if value.dtype.kind in "biufc" else None
    if isinstance(value, tuple | list):
        parts = [as_array(part) for part in value]
        if all(part is not None and part.shape == parts[0].shape for part in parts):
            return np.array(parts)
    return None


def close(answer, expected, tolerance=0.0, each=False):
    """Element by element, whether two arrays of one shape are the same to rounding."""
    if answer.dtype.kind in "biu" and expected.dtype.kind in "biu":
        return answer == expected
    finite = np.isfinite(expected)
    size = np.abs(np.where(finite, expected, 0))
    if not each:
        size = np.full(size.shape, size.max(initial=0) or 1.0)
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(answer - expected) <= max(tolerance, rounding(answer, expected)) * size
    both_nan = np.isnan(answer) & np.isnan(expected)
    return np.where(finite, near, both_nan | (answer == expected))


def rounding(*arrays):
    """The share of its largest element to which an answer is computed in the coarsest type."""
    eps = [np.finfo(a.dtype).eps for a in arrays if a.dtype.kind in "fc"]
    return min(ROUNDING * max(eps, default=0.0), COARSEST)


def most_apart(answer, expected):
    """Where two arrays of one shape differ most, and by how much: (place, difference)."""
    with np.errstate(all="ignore"):
        off = np.abs(np.subtract(answer, expected, dtype=np.result_type(answer, expected, float)))
    off = np.where(close(answer, expected), 0, off)
    place = np.unravel_index(off.argmax(), off.shape)
    return place, off[place]


def size(value):
    """How many numbers and letters a case holds: the smallest is shown."""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict):
        return sum(map(size, value.values()))
    if isinstance(value, tuple | list):
        return sum(map(size, value))
    return len(value) if isinstance(value, str) else 1


def shown(value):
    """A value in one line, rounded to four digits, and cut where it is long.

    Examples
    --------
    >>> shown((np.array([[1 / 3, 2], [3, 4]]), True))
    '([[0.3333 2.] [3. 4.]], True)'
    """
    if isinstance(value, Strange):
        return value.text or f"a {value.type}"
    if isinstance(value, np.ndarray) and value.ndim > 1 and value.size > MANY:
        first = ", ".join(map(_number, value.ravel()[:3]))
        return f"{value.size:,} numbers of the shape {value.shape}: {first}, ..."
    if isinstance(value, np.ndarray) and value.ndim:
        text = np.array2string(
            value, threshold=12, edgeitems=3, max_line_width=10_000, formatter={"all": _element}
        )
        return " ".join(text.split())
    if isinstance(value, str):
        return repr(value[:100]) + ("..." if len(value) > 100 else "")
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, numbers.Number | np.generic | np.ndarray):
        return _number(value)
    if isinstance(value, tuple | list):
        inner = ", ".join(shown(part) for part in value[:8]) + (", ..." if len(value) > 8 else "")
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, dict):
        parts = [f"{shown(k)}: {shown(part)}" for k, part in list(value.items())[:8]]
        return "{" + ", ".join(parts) + (", ..." if len(value) > 8 else "") + "}"
    return getattr(value, "__name__", "") or _without_address(repr(value)[:200])


def _number(value):
    """A number as Python writes it, with four digits."""
    value = value[()] if isinstance(value, np.ndarray) else value
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating):
        text = f"{float(value):.4g}"
        return text if any(c in text for c in ".en") else f"{text}.0"
    if isinstance(value, int) and value.bit_length() > 200:  # Python may refuse to write it out
        return f"a number of {int(value.bit_length() * 0.30103) + 1:,} digits"
    return str(value)


def _element(value):
    """A number as NumPy writes it in an array."""
    return _number(value).removesuffix("0") if isinstance(value, np.floating) else _number(value)
