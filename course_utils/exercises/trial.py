"""One function tried on one case: what it answered or raised, and whether its arguments changed."""

import copy
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from .answers import plain, same

__all__ = ["Failure", "Outcome", "Watched", "is_students", "observe"]


@dataclass(frozen=True)
class Failure:
    """An exception, as data: nothing of the process that raised it.

    Attributes
    ----------
    kind : str
        The name of its class.
    message : str
    place : tuple of (str, int) or None
        The file and the number of the student's last line that it went through.
    """

    kind: str
    message: str
    place: tuple[str, int] | None = None

    def is_like(self, other):
        """Whether the other is an exception of the same kind."""
        return other is not None and self.kind == other.kind


@dataclass(frozen=True)
class Outcome:
    """What was seen of a function on one case.

    Attributes
    ----------
    value : object
        What the trial answered, as plain data; None after an exception.
    error : Failure or None
    changed : str or None
        The name of the first argument that the function changed.
    answered : str
        "something" when a call answered, "..." or "nothing" when all answered that, "" when none
        came to its end.
    """

    value: Any = None
    error: Failure | None = None
    changed: str | None = None
    answered: str = ""


class Watched:
    """A function, whether it answers, and whether a call changes an array, list or dict."""

    def __init__(self, function, parameters=(), may_change=()):
        self.function = function
        self.parameters = parameters
        self.may_change = may_change
        self.changed = None
        self.answered = ""

    def __call__(self, *args, **kwargs):
        given = dict(zip(self.parameters, args, strict=False)) | kwargs
        watched = {k: v for k, v in given.items() if _can_change(v) and k not in self.may_change}
        kept = copy.deepcopy(watched)
        try:
            answer = self.function(*args, **kwargs)
            if self.answered != "something":
                self.answered = "..." if answer is ... else "something"
                self.answered = "nothing" if answer is None else self.answered
            return answer
        finally:
            for k, before in kept.items():
                if self.changed is None and not _is_as_before(given[k], before):
                    self.changed = k


def observe(trial, function, case, parameters=(), may_change=()):
    """Try a function on a case: an `Outcome`, whatever it does.

    Parameters
    ----------
    trial : callable
        ``trial(function, *case)``.
    function : callable
    case : tuple
    parameters : list of str
        The names of what the function is given.
    may_change : tuple of str
        Those of them that it may change.

    Returns
    -------
    Outcome
        Also after SystemExit and KeyboardInterrupt, if the function itself raises them.
    """
    watched = Watched(function, parameters, may_change)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value, failure = plain(trial(watched, *case)), None
    except BaseException as error:
        place = _last_line(error, function)
        value, failure = None, Failure(type(error).__name__, _text(error), place)
    return Outcome(value, failure, watched.changed, watched.answered)


def _text(error):
    try:
        return str(error)[:500]
    except Exception:  # a message of the student's own making
        return ""


def is_students(filename, function):
    """Whether a file is the one in which a function stands, or a cell of a notebook."""
    code = getattr(function, "__code__", None)
    own = code is not None and filename == code.co_filename
    return own or "ipykernel_" in filename or filename.startswith("<ipython-input")


def _last_line(error, function):
    """Where in the student's cells an exception was raised last."""
    place, tb = None, error.__traceback__
    while tb is not None:
        filename = tb.tb_frame.f_code.co_filename
        if is_students(filename, function):
            place = filename, tb.tb_lineno
        tb = tb.tb_next
    return place


def _can_change(value):
    return isinstance(value, np.ndarray | list | dict)


def _is_as_before(value, before):
    if type(value) is not type(before):
        return False
    if isinstance(value, np.ndarray):
        return value.dtype == before.dtype and np.array_equal(
            value, before, equal_nan=value.dtype.kind in "fc"
        )
    if isinstance(value, dict):
        return list(value) == list(before) and all(
            _is_as_before(value[k], before[k]) for k in value
        )
    if isinstance(value, list):
        return len(value) == len(before) and all(map(_is_as_before, value, before))
    looked_into = type(value).__eq__ is not object.__eq__  # of other objects that is not known
    return value is before or not looked_into or same(value, before)
