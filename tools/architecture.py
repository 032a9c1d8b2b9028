"""Modules of the package, floor by floor: the table of ARCHITECTURE.md, and what imports what."""

import ast
from graphlib import TopologicalSorter

from tools.folders import ROOT

__all__ = ["imports", "modules", "table"]

PACKAGE = ROOT / "course_utils"


def modules():
    """The path of each module by its name, such as `figures.plotting`; a room is its `__init__`."""
    paths = {path.relative_to(PACKAGE).with_suffix(""): path for path in PACKAGE.rglob("*.py")}
    named = {".".join(p for p in place.parts if p != "__init__"): paths[place] for place in paths}
    return {name: named[name] for name in sorted(named) if name}


def imports():
    """What each module imports of the package, at its top or within a function: sets by name."""
    known = modules()
    return {name: set(_imports(name, path, known)) for name, path in known.items()}


def _imports(name, path, known):
    within = name.split(".")[: -1 if path.stem != "__init__" else None]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            room = within[: len(within) - node.level + 1]
            found = ".".join([*room, *filter(None, [node.module])])
            names = [f"{found}.{alias.name}".strip(".") for alias in node.names]
            yield from {*names, found} & known.keys()


def table():
    """One row a module: each stands above all that it imports.

    Raises
    ------
    graphlib.CycleError
        When modules import each other in a circle.
    """
    sorter = TopologicalSorter(imports())
    sorter.prepare()
    rows = ["| module | what it holds |", "|---|---|"]
    floors = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        floors.append(ready)
        sorter.done(*ready)
    known = modules()
    for name in (name for floor in reversed(floors) for name in floor):
        first = ast.get_docstring(ast.parse(known[name].read_text(encoding="utf-8")))
        rows.append(f"| `{name}` | {first.splitlines()[0].rstrip('.')} |")
    return "\n".join(rows)
