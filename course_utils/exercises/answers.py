"""Answers: made plain, compared to rounding, and shown in a line."""

import numbers
from dataclasses import dataclass

import numpy as np

__all__ = ["Strange", "plain", "same", "shown", "size"]

ROUNDING = 1024  # in eps of the answer's type: a thousand terms, each rounded once
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
    if isinstance(value, np.generic):
        return value if value.dtype.kind in "biufcU" else Strange(type(value).__name__)
    if value is None or value is Ellipsis or isinstance(value, bool | int | float | complex | str):
        return value if type(value).__module__ == "builtins" else Strange(type(value).__name__)
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "O" and depth and value.size < 10_000:
            return plain(value.tolist(), depth - 1)
        if value.dtype.kind in "biufcU" and value.nbytes <= LARGEST:
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
        return repr(value)[:100]
    except Exception:  # of the student's own making
        return ""


def same(answer, expected, tolerance=0.0, each=False):
    """Whether an answer is what was expected, to rounding.

    Parameters
    ----------
    answer, expected : object
        Plain data. A list, a tuple and an array of the same numbers are the same, and so are
        numbers of another type.
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
    if isinstance(expected, tuple | list) and as_array(expected) is None:
        return (
            isinstance(answer, tuple | list)
            and len(answer) == len(expected)
            and all(same(a, e, tolerance, each) for a, e in zip(answer, expected, strict=True))
        )
    wanted, got = as_array(expected), as_array(answer)
    if wanted is None or got is None:
        return wanted is got and type(answer) is type(expected) and answer == expected
    return got.shape == wanted.shape and bool(np.all(close(got, wanted, tolerance, each)))


def as_array(value):
    """Numbers as an array, and None for all else, such as text or rows of unequal length."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in "biufc" else None
    if isinstance(value, numbers.Number | np.generic):
        value = np.asarray(value)
        return value if value.dtype.kind in "biufc" else None
    if isinstance(value, tuple | list) and value:
        parts = [as_array(part) for part in value]
        if all(part is not None and part.shape == parts[0].shape for part in parts):
            return np.array(parts)
    return None


def close(answer, expected, tolerance=0.0, each=False):
    """Element by element, whether two arrays of one shape are the same to rounding."""
    if answer.dtype.kind in "biu" and expected.dtype.kind in "biu":
        return answer == expected
    eps = max(np.finfo(a.dtype).eps for a in (answer, expected) if a.dtype.kind in "fc")
    finite = np.isfinite(expected)
    size = np.abs(np.where(finite, expected, 0))
    if not each:
        size = np.full(size.shape, size.max(initial=0) or 1.0)
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(answer - expected) <= max(tolerance, ROUNDING * eps) * size
    both_nan = np.isnan(answer) & np.isnan(expected)
    return np.where(finite, near, both_nan | (answer == expected))


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
    if isinstance(value, np.ndarray) and value.ndim:
        text = np.array2string(
            value, threshold=12, edgeitems=3, max_line_width=10_000, formatter={"all": _element}
        )
        return " ".join(text.split())
    if isinstance(value, bool | str) or value is None:
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
    return repr(value)[:200]


def _number(value):
    """A number as Python writes it, with four digits."""
    value = value[()] if isinstance(value, np.ndarray) else value
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating):
        text = f"{float(value):.4g}"
        return text if any(c in text for c in ".en") else f"{text}.0"
    return str(value)


def _element(value):
    """A number as NumPy writes it in an array."""
    return _number(value).removesuffix("0") if isinstance(value, np.floating) else _number(value)
