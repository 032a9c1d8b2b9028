"""Print the exercises of the course, or what students answered that no mistake names yet.

    .venv/bin/python -m tools.exercises               # exercise, objective, mistakes, solution
    .venv/bin/python -m tools.exercises FOLDER ...    # what folders of students hold, clustered

A student's folder holds `progress.jsonl`: the names of exercises and mistakes and, of an answer
that no mistake names, how far it is off on each case. It never holds code. The commonest unnamed
answer is the next mistake to write.
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

import nbformat

from course_utils._disk import printable
from course_utils.exercises.definition import every_exercise
from course_utils.exercises.memory import FILE, read

__all__ = ["clusters", "main", "objectives", "table"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, help="folders of students, at any depth")
    folders = parser.parse_args().folders
    missing = [folder for folder in folders if not folder.is_dir()]
    if missing:
        parser.error(f"no such folder: {', '.join(printable(folder) for folder in missing)}")
    print(*(clusters(folders) if folders else table()), sep="\n")
    return 0


def objectives(lesson):
    """What a lesson says that one learns, without the exercises named behind each.

    Parameters
    ----------
    lesson : path-like
        Its notebook.

    Returns
    -------
    list of str
    """
    cells = nbformat.read(lesson, as_version=4).cells
    text = next(c.source for c in cells if c.source.startswith("## What you will learn"))
    items = re.split(r"^- ", text, flags=re.MULTILINE)[1:]
    return [
        re.sub(r"\s*\(`[^)]*`\)$", "", " ".join(item.partition("\n\n")[0].split()))
        for item in items
    ]


def table():
    """Lines: each exercise with its objective, its mistakes, and how long its solution is."""
    yield f"{'exercise':42} {'mistakes':>8} {'lines':>5}  objective"
    for one in every_exercise():
        n_lines = sum(bool(line.strip()) for line in one.solution.splitlines()[1:])
        yield f"{one.name:42} {len(one.mistakes):8} {n_lines:5}  {one.objective}"


def clusters(folders):
    """Lines: for each exercise who solved it, which mistakes were made, and what has no name.

    Parameters
    ----------
    folders : iterable of path-like
        They are searched at any depth.
    """
    found = {path.resolve() for folder in folders for path in Path(folder).rglob(FILE)}
    files = sorted(path for path in found if path.is_file())
    yield f"{len(files)} student{'s' * (len(files) != 1)}"
    known = {one.name: {m.name: m.says for m in one.mistakes} for one in every_exercise()}
    solved, named, unnamed = Counter(), Counter(), Counter()
    for path in files:
        mine = read(path)
        solved.update({e["exercise"] for e in mine if e["result"] == "passed"})
        named.update({(e["exercise"], e["result"]) for e in mine if e["result"] not in QUIET})
        unnamed.update({(e["exercise"], fingerprint(e)) for e in mine if e["result"] == "unnamed"})
    for name, mistakes in known.items():
        own = [(n, result) for (exercise, result), n in named.items() if exercise == name]
        others = [(n, print_) for (exercise, print_), n in unnamed.items() if exercise == name]
        if not own and not others and not solved[name]:
            continue
        yield f"\n{name}: solved by {solved[name]}"
        for n, result in sorted(own, reverse=True):
            yield f"  {n:4} {printable(result, 40)}: {mistakes.get(result, 'a general mistake')}"
        for n, print_ in sorted(others, reverse=True)[:5]:
            yield f"  {n:4} without a name; by case: {printable(print_)}"


QUIET = {"passed", "hint", "solution", "unnamed"}


def fingerprint(event):
    """How far an unnamed answer is off on each case, as text."""
    cases = event.get("cases")
    return ", ".join(map(str, cases)) if isinstance(cases, list) else "unknown"


if __name__ == "__main__":
    sys.exit(main())
