"""Pages of the web page's reference: one for each module of the package, its public names only."""

import importlib
import inspect

import course_utils
from course_utils._registry import Registry

__all__ = ["index", "modules", "page"]

# Names that are neither functions nor classes have no docstring.
CONSTANTS = {
    "COLORS": "The seven colours of all figures, which Okabe and Ito chose for every kind of eye.",
    "DATA_DIRECTORY": "The folder ``data/`` of the course, a ``pathlib.Path``.",
    "DIGIT_STROKES": "Some digits as strokes of a pen, by digit: what `draw_strokes` draws.",
    "MARKERS": "Seven markers, one beside each colour: no figure depends on colour alone.",
}


def modules():
    """The public names of each module that has some: a dict of lists."""
    return {
        module: sorted(
            importlib.import_module(f"course_utils.{module}").__all__
            if names == "*"
            else names.split()
        )
        for module, names in course_utils._NAMES.items()
    }


def index():
    """The page that lists all modules, each with the first line of its docstring and its names."""
    lines = ["# Reference", "", INTRODUCTION, "", "| module | what it holds |", "|---|---|"]
    for module in modules():
        documented = importlib.import_module(f"course_utils.{module}")
        first = documented.__doc__.strip().splitlines()[0]
        lines.append(f"| [{module}]({module}.rst) | {first} |")
    return "\n".join([*lines, "", "```{toctree}", ":hidden:", "", *modules(), "```", ""])


INTRODUCTION = (
    "What the lessons build, the package `course_utils` keeps. Every name below is imported from "
    "the package itself, `from course_utils import fit`; it is loaded when it is first used."
)


def page(module):
    """The page of a module, in reStructuredText."""
    lines = [module, "=" * len(module), "", f".. automodule:: course_utils.{module}", ""]
    for name in modules()[module]:
        lines += [*entry(module, name), ""]
    return "\n".join(lines)


def entry(module, name):
    """The lines that document one name.

    Raises
    ------
    ValueError
        When it is a constant of which nothing is said above.
    """
    thing = getattr(course_utils, name)
    if inspect.isclass(thing):
        return [f".. autoclass:: course_utils.{module}.{name}", "   :members:"]
    if callable(thing):
        return [f".. autofunction:: course_utils.{module}.{name}"]
    if isinstance(thing, Registry):
        entries = ", ".join(f"``{key}``" for key in thing)
        text = f"Every {thing.kind} by its name, a read-only mapping: {entries}."
    elif name in CONSTANTS:
        text = CONSTANTS[name]
    else:
        raise ValueError(f"course_utils.{name} is a constant: say in CONSTANTS what it holds.")
    return [f".. py:data:: {name}", "", f"   {text}"]
