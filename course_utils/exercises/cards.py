"""Cards: what a student reads, as text for a terminal and a screen reader, and as HTML."""

import html
import re
from dataclasses import dataclass

__all__ = ["Card"]

COLORS = {"passed": "#009E73", "wrong": "#D55E00", "": "#0072B2"}  # Okabe & Ito's
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
        return "\n".join([self.title, *self.lines])

    __str__ = __repr__ = lambda self: self.text

    def _repr_html_(self):
        """What Jupyter shows: the same words."""
        state = "passed" if self.passed else "wrong" if self.mistake else ""
        parts = "".join(map(_paragraph, self.lines))
        return (
            f'<section style="border-left: 4px solid {COLORS[state]}; padding: 2px 12px">'
            f'<p style="margin: 4px 0"><span aria-hidden="true">{SIGNS[state]}</span>'
            f"<strong>{_marked(self.title)}</strong></p>{parts}</section>"
        )


def _marked(text):
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def _paragraph(text):
    if text.startswith("    "):
        code = html.escape("\n".join(line[4:] for line in text.split("\n")), quote=False)
        return f'<pre style="margin: 4px 0">{code}</pre>'
    return f'<p style="margin: 4px 0">{_marked(text)}</p>'
