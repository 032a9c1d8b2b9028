"""Outputs of lessons: the stored and the new ones, and how far their numbers may lie apart.

A cell tagged ``tolerance:0.3`` or ``tolerance:1e-9`` (absolute), or ``tolerance:1%`` (of the
stored number), may print other numbers than the stored ones, so far apart and no further. Its
words must be the same.
"""

import difflib
import re
from decimal import Decimal
from typing import NamedTuple

__all__ = [
    "NOT_COMPARED",
    "Tolerance",
    "differences",
    "settle",
    "settle_outputs",
    "texts",
    "tolerance",
]

NOT_COMPARED = "not compared"  # how the reason of a cell begins that could not be run
PREFIX = "tolerance:"
# A number, not a digit of a name (W1, float32) or of a version (3.11.7); 12,600 is one number.
NUMBER = re.compile(r"((?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?(?:[eE][-+]?\d+)?)")


class Tolerance(NamedTuple):
    """How far a new number may lie from the stored one: `amount`, or `amount` times the latter."""

    amount: Decimal
    relative: bool

    def share(self, new, stored):
        """What part of the tolerance lies between two numbers: above 1, they are too far apart."""
        apart = abs(new - stored)
        allowed = self.amount * (abs(stored) if self.relative else 1)
        if not apart:
            return 0.0
        return float(apart / allowed) if allowed else float("inf")


def tolerance(tags):
    """The tolerance that a cell's tags state, or None.

    Parameters
    ----------
    tags : iterable of str

    Raises
    ------
    ValueError
        When a tag is no tolerance above 0, or more than one is stated.
    """
    stated = [tag for tag in tags if tag.startswith(PREFIX)]
    if not stated:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?(?:e-\d+)?)(%?)", stated[0].removeprefix(PREFIX))
    if len(stated) > 1 or not found or not Decimal(found[1]):
        raise ValueError(
            f"the tags {stated} state no tolerance; state one, absolute as '{PREFIX}0.3' or "
            f"'{PREFIX}1e-9', or relative as '{PREFIX}1%', above 0."
        )
    amount = Decimal(found[1])
    return Tolerance(amount / 100 if found[2] else amount, relative=bool(found[2]))


def settle(new, stored, allowed):
    """A new text in which every number that lies within the tolerance is the stored one.

    Parameters
    ----------
    new, stored : str
    allowed : Tolerance

    Returns
    -------
    text : str
        `new` itself where it has other words. Spaces beside a number belong to it: they are as
        many as its column has left.
    share : float or None
        The largest part of the tolerance that a number has used; None where words differ.
    """
    ours, theirs = NUMBER.split(new), NUMBER.split(stored)
    if list(map(_words, ours[::2])) != list(map(_words, theirs[::2])):
        return new, None
    shares = [
        allowed.share(_value(a), _value(b)) for a, b in zip(ours[1::2], theirs[1::2], strict=True)
    ]
    for k, share in enumerate(shares):
        if share > 1:
            theirs[2 * k + 1] = ours[2 * k + 1]
    return "".join(theirs), max(shares, default=0.0)


def _words(text):
    return re.sub(" +", " ", text).strip(" ")


def _value(number):
    return Decimal(number.replace(",", ""))


def texts(output):
    """The parts of an output that are compared, as (container, key, text)."""
    if output.output_type == "stream":
        return [(output, "text", output.text)]
    data = output.get("data", {})
    return [
        (data, key, text)
        for key, text in data.items()
        if isinstance(text, str) and not key.startswith("image/")
    ]


def settle_outputs(new, stored, allowed):
    """`settle` for all texts of two lists of outputs, in place in the new ones.

    Returns
    -------
    float or None
        The largest part of the tolerance used; None where words, or the outputs' kinds, differ.
    """
    ours, theirs = (
        [part for output in outputs for part in texts(output)] for outputs in (new, stored)
    )
    if [key for _, key, _ in ours] != [key for _, key, _ in theirs]:
        return None
    shares = []
    for (container, key, text), (_, _, other) in zip(ours, theirs, strict=True):
        container[key], share = settle(text, other, allowed)
        shares.append(share)
    return None if None in shares else max(shares, default=0.0)


def differences(new, stored, most=6):
    """The lines in which two texts differ, as lines that begin with ``stored:`` and ``new:``."""
    ours, theirs = new.splitlines(), stored.splitlines()
    lines = []
    changes = difflib.SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes()
    for _, i, j, k, m in (change for change in changes if change[0] != "equal"):
        lines += [f"stored: {line}" for line in theirs[i:j]] or ["stored: (nothing)"]
        lines += [f"new:    {line}" for line in ours[k:m]] or ["new:    (nothing)"]
    left = len(lines) - most
    return lines if left <= 0 else [*lines[:most], f"and {left} lines more"]
