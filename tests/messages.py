"""What an error message must say, whatever the sentence around it."""

import re

__all__ = ["CONVERT", "MISSING", "TEXT", "says", "words"]

# What is said of values that are no numbers
TEXT = ["Text", "removed or turned into numbers"]
MISSING = ["Missing values", "filled, or their samples removed"]
CONVERT = "float(...)"


def says(first, *others):
    """A pattern for `match=`: the message says each of these, in this order.

    Parameters
    ----------
    first, *others : str
        The value received, what is accepted, the remedy: whole words and numbers, so that "got 1"
        is not found in "got 1.5".

    Examples
    --------
    >>> bool(re.search(says("lr", "above 0", "got -1"), "lr must be a number above 0; got -1."))
    True
    """
    return "(?s)" + ".*".join(whole(part) for part in (first, *others))


def whole(part):
    before = r"(?<![\w.-])" if re.match(r"\w", part) else ""
    after = r"(?!\.?\w)" if re.search(r"\w\Z", part) else ""
    return before + re.escape(part) + after


def words(value):
    """A test's name from what it expects: no bytes, since gzip's hold the time, and no backslash,
    which a second collection in one process would double."""
    text = re.sub(r"\W+", " ", value) if isinstance(value, str) else ""
    return text.strip()[:60] or "file"
