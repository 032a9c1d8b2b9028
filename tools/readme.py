"""Write the tables of README.md and ARCHITECTURE.md, and the links to the course.

These need its address on GitHub, which the clone knows; where there is none, no link is written.

.venv/bin/python -m tools.readme            # write them
.venv/bin/python -m tools.readme --check    # only say which are not as they would be written
"""

import argparse
import re
import sys

import nbformat

from course_utils._disk import write_whole
from tools import architecture, command
from tools.folders import ROOT
from tools.repository import binder, slug
from tools.sections import with_section

NO_LINK = "(This copy of the course does not know its address on GitHub: no link is written here.)"
FACTS = re.compile(
    r"^\*Reading time: (?P<reading>\d+ minutes)\. Run time: (?P<run>\d+ seconds?)\. "
    r"Builds on: (?P<builds_on>.+)\.\*$",
    re.MULTILINE,
)


README, ARCHITECTURE = ROOT / "README.md", ROOT / "ARCHITECTURE.md"


def main(arguments=()):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="say what is stale; write nothing")
    if parser.parse_args(arguments).check:
        names = stale()
        for name in names:
            print(f"{name} is not as make readme writes it. Type: make readme, then git add {name}")
        return 1 if names else 0
    write_whole(README, with_table(README.read_text(encoding="utf-8"), slug()))
    write_whole(ARCHITECTURE, with_modules(ARCHITECTURE.read_text(encoding="utf-8")))
    return 0


def stale():
    """The names of the pages with a part that a tool would now write otherwise.

    README.md may be written by whomever: with the links that it has, or without any.
    """
    readme, page = README.read_text(encoding="utf-8"), ARCHITECTURE.read_text(encoding="utf-8")
    slugs = {None, *re.findall(r"mybinder\.org/v2/gh/([\w.-]+/[\w.-]+)/", readme)}
    fresh = {
        README.name: readme in [with_table(readme, slug) for slug in slugs],
        ARCHITECTURE.name: page == with_modules(page),
    }
    return [name for name, is_so in fresh.items() if not is_so]


def with_table(readme, slug, folder=ROOT / "notebooks"):
    """The README's text with what is written by a tool made anew.

    Parameters
    ----------
    readme : str
        Its text.
    slug : str or None
        Owner and name of the repository on GitHub, for the links to it and to Binder.
    folder : Path
        Where the lessons are.
    """
    paths = sorted(folder.glob("*.ipynb"))
    readme = with_section(readme, "clone", "make readme", clone(slug))
    readme = with_section(readme, "lessons", "make readme", table(paths, slug))
    return with_section(readme, "binder", "make readme", badge(paths[0], slug) if slug else NO_LINK)


def with_modules(page):
    """The text of ARCHITECTURE.md with its table of modules made anew."""
    return with_section(page, "modules", "make readme", architecture.table())


def clone(slug):
    """The commands that bring the course, and go to it."""
    address = f"https://github.com/{slug}" if slug else "ADDRESS-OF-THE-COURSE"
    text = f"```\ngit clone {address} course\ncd course\n```"
    return (
        text if slug else f"{text}\n\n`{address}` is that of the page where you found the course."
    )


def table(paths, slug):
    """One row a lesson: title, the problem it solves, how long it takes, and a link to Binder."""
    rows = [["", "lesson", "what it is about", "to read", "to run"], ["---"] * 5]
    for path in paths:
        fact = lesson(path)
        title = f"[{fact['title']}](notebooks/{path.name})"
        rows.append([path.name[:2], title, fact["problem"], fact["reading"], fact["run"]])
    if slug:
        links = ["", "---", *(badge(path, slug) for path in paths)]
        rows = [[*row, link] for row, link in zip(rows, links, strict=True)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def badge(path, slug, root=""):
    """A picture, ours, that opens a lesson in Binder; `root` is the way to the course's folder."""
    image = f"![Open lesson {path.name[:2]} in Binder]({root}notebooks/images/binder.svg)"
    return f"[{image}]({binder(slug, f'notebooks/{path.name}')})"


def lesson(path):
    """Title, first sentence and facts of a lesson, from its first cells.

    Raises
    ------
    ValueError
        When the lesson does not begin so.
    """
    cells = nbformat.read(path, as_version=4).cells
    opening = "\n\n".join(cell.source for cell in cells[:3] if cell.cell_type == "markdown")
    number = path.name[:2]
    title = re.match(rf"# {number} · (.+)\n+(?P<problem>.+?[.?])(?=\s)", opening)
    facts = FACTS.search(opening)
    if title is None or facts is None:
        raise ValueError(
            f"{path.name} must begin with '# {number} · Title', a paragraph, and a line like "
            "'*Reading time: 40 minutes. Run time: 10 seconds. Builds on: nothing.*'"
        )
    return {"title": title[1], "problem": " ".join(title["problem"].split()), **facts.groupdict()}


if __name__ == "__main__":
    command.run(main, sys.argv[1:])
