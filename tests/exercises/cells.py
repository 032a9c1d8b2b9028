"""Functions as a student writes them: in the cell of a notebook."""

import itertools
import linecache

import numpy as np

__all__ = ["cell"]

NUMBERS = itertools.count()


def cell(source, **names):
    """The names of a notebook after a cell has run in it, as a dict.

    Its text is known by the name of its file, as IPython does it.
    """
    filename = f"/tmp/ipykernel_1/{next(NUMBERS)}.py"
    linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
    names = {"__name__": "__main__", "np": np, **names}
    exec(compile(source, filename, "exec"), names)
    return names
