"""What an error message must say, whatever the sentence around it."""

import re

__all__ = ["says"]


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
