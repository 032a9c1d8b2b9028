"""The textbook's form of a kernel, which its docstring opens with, as code that runs."""

import inspect
import re
from types import SimpleNamespace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import course_utils

__all__ = ["textbook"]

LONGEST = 15  # lines of code: more is not read in a minute


def textbook(kernel):
    """The functions that the first block of code in a docstring defines, by their names.

    They may use NumPy, `sliding_window_view` and what the course exports.

    Examples
    --------
    >>> textbook(course_utils.LSTM).forward.__name__
    'forward'
    """
    text = inspect.getdoc(kernel)
    block = re.search(r"::\n\n((?: {4}.*\n|\n)+)", text).group(1)
    code = [line for line in block.splitlines() if line.strip()]
    assert len(code) <= LONGEST, f"{len(code)} lines in the docstring of {kernel.__name__}"
    names = {name: getattr(course_utils, name) for name in ("batches", "sigmoid")}
    names |= {"np": np, "sliding_window_view": sliding_window_view}
    known = set(names)
    exec(inspect.cleandoc("\n" + block), names)
    defined = {k: v for k, v in names.items() if k not in known and k != "__builtins__"}
    return SimpleNamespace(**defined)
