"""Cards: what a student reads, as text for a terminal and a screen reader, and as HTML."""

import html
import re
from dataclasses import dataclass

__all__ = ["Card"]

COLORS = {"passed": "#009E73", "wrong": "#D55E00", "": "#0072B2"}  # Okabe & Ito's
# Control characters but for the end of a line, signs that turn the direction, half characters
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
SIGNS = {"passed": "\u2713 ", "wrong": "\u2717 ", "": ""}


@dataclass(frozen=True)
class Card:
    """An answer in a few lines; in a notebook it is drawn as a card.

    Attributes
    ----------
    title : str
        Its first line.
    lines : tuple of str
        What stands below, a paragraph each; code stands between backticks, and a paragraph that
        begins with four spaces is a program.
    passed : bool
        Whether an exercise is solved.
    mistake : str or None
        The name of the mistake that was seen, or of what else is wrong.
    """

    title: str
    lines: tuple[str, ...] = ()
    passed: bool = False
    mistake: str | None = None

    @property
    def text(self):
        """The card as plain text."""
        return _harmless("\n".join([self.title, *self.lines]))

    def __repr__(self):
        return self.text

    __str__ = __repr__

    def _repr_html_(self):
        """What Jupyter shows: the same words."""
        state = "passed" if self.passed else "wrong" if self.mistake else ""
        parts = "".join(map(_paragraph, self.lines))
        return (
            f'<section style="border-left: 4px solid {COLORS[state]}; padding: 2px 12px">'
            f'<p style="margin: 4px 0"><span aria-hidden="true">{SIGNS[state]}</span>'
            f"<strong>{_marked(self.title)}</strong></p>{parts}</section>"
        )


def _harmless(text):
    """With what a terminal or a page would obey written out, such as an escape as ``\\x1b``."""
    return OBEYED.sub(lambda found: repr(found[0])[1:-1], text)


def _escaped(text):
    return html.escape(_harmless(text), quote=False)


def _marked(text):
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _escaped(text))


def _paragraph(text):
    if text.startswith("    "):
        code = _escaped("\n".join(line[4:] for line in text.split("\n")))
        return f'<pre style="margin: 4px 0">{code}</pre>'
    return f'<p style="margin: 4px 0">{_marked(text)}</p>'
