"""Write the table of lessons in README.md from the lessons themselves, and the links to Binder.

.venv/bin/python tools/readme.py
"""

import re
import sys
from pathlib import Path

import nbformat

from repository import binder
from sections import with_section

ROOT = Path(__file__).resolve().parent.parent
FACTS = re.compile(
    r"^\*Reading time: (?P<reading>\d+ minutes)\. Run time: (?P<run>\d+ seconds?)\. "
    r"Builds on: (?P<builds_on>.+)\.\*$",
    re.MULTILINE,
)


def main():
    path = ROOT / "README.md"
    path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def with_table(readme, folder=ROOT / "notebooks"):
    """The README's text with its table of lessons made anew, and the link to the first of them."""
    paths = sorted(folder.glob("*.ipynb"))
    readme = with_section(readme, "lessons", "make readme", table(paths))
    return with_section(readme, "binder", "make readme", badge(paths[0]))


def table(paths):
    """One row a lesson: title, the problem it solves, how long it takes, and a link to Binder."""
    rows = ["| | lesson | what it is about | to read | to run | |", "|---|---|---|---|---|---|"]
    for path in paths:
        fact = lesson(path)
        title = f"[{fact['title']}](notebooks/{path.name})"
        columns = [path.name[:2], title, fact["problem"], fact["reading"], fact["run"], badge(path)]
        rows.append(f"| {' | '.join(columns)} |")
    return "\n".join(rows)


def badge(path):
    """A picture, ours, that opens a lesson in Binder."""
    image = f"![Open lesson {path.name[:2]} in Binder](notebooks/images/binder.svg)"
    return f"[{image}]({binder(f'notebooks/{path.name}')})"


def lesson(path):
    """Title, first sentence and facts of a lesson, from its first cells.

    Raises
    ------
    ValueError
        When the lesson does not begin as NOTEBOOKS.md asks.
    """
    cells = nbformat.read(path, as_version=4).cells
    opening = "\n\n".join(cell.source for cell in cells[:3] if cell.cell_type == "markdown")
    title = re.match(r"# (.+)\n+(?P<problem>.+?[.?])(?=\s)", opening)
    facts = FACTS.search(opening)
    if title is None or facts is None:
        raise ValueError(
            f"{path.name} must begin with '# Title', a paragraph, and a line like "
            "'*Reading time: 40 minutes. Run time: 10 seconds. Builds on: nothing.*'"
        )
    return {"title": title[1], "problem": " ".join(title["problem"].split()), **facts.groupdict()}


if __name__ == "__main__":
    sys.exit(main())
