"""Pages in which a tool writes some parts, each between two comments, and people the rest."""

__all__ = ["with_section"]


def with_section(page, name, command, text):
    """The page's text with what stands between the two comments of a section made anew.

    Raises
    ------
    ValueError
        When the page does not have both comments, once each.
    """
    begin, end = f"<!-- {name}: written by {command} -->", f"<!-- end of {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the page must have the lines {begin!r} and {end!r}, once each.")
    before, rest = page.split(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}"
