"""The glossary's terms, and where the lessons introduce them: what they set in bold.

Lessons stay as they are written. The web page links the first place of every term in a lesson to
its entry, and every entry to the first lesson that has it.
"""

import json
import re

import nbformat

from tools.folders import ROOT

__all__ = ["aliases", "anchor", "bold", "find", "introductions", "terms"]

GLOSSARY = ROOT / "site" / "glossary.md"
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


def terms(text=None):
    """All terms of the glossary, in its order: the lines without indent of its block."""
    text = GLOSSARY.read_text(encoding="utf-8") if text is None else text
    block = re.search(r"^```\{glossary\}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1]
    return [line.strip() for line in block.splitlines() if line and not line.startswith(" ")]


def aliases(text=None):
    """Other forms in which a lesson introduces a term: a dict of the term by its other form.

    They stand in a comment of the glossary, as JSON.
    """
    text = GLOSSARY.read_text(encoding="utf-8") if text is None else text
    return json.loads(re.search(r"<!-- other forms: (.*?)-->", text, re.DOTALL)[1])


def find(phrase, terms, aliases):
    """The term that a bold phrase introduces, in any case, in singular or plural; else None."""
    by_name = {term.lower(): term for term in terms}
    by_name |= {other.lower(): term for other, term in aliases.items()}
    plain = " ".join(phrase.split()).rstrip(".").lower()
    return by_name.get(plain) or by_name.get(plain.removesuffix("s"))


def bold(path):
    """The bold phrases of a lesson's text, in order, without those that head a task."""
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    found = [phrase for text in texts for phrase in BOLD.findall(text)]
    return [phrase for phrase in found if not phrase.lower().startswith("your turn")]


def introductions(paths):
    """The first lesson that has each term in bold: a dict of path by term."""
    names, others, first = terms(), aliases(), {}
    for path in paths:
        for phrase in bold(path):
            if term := find(phrase, names, others):
                first.setdefault(term, path)
    return first


def anchor(term):
    """The identifier of the place where a lesson introduces a term."""
    return "here-" + re.sub(r"\W+", "-", term.lower()).strip("-")
