"""In IPython and Jupyter, an error shows the student's own lines and the last message.

What lies between them, the frames of this package and of the libraries that it calls, is folded
into one line that says how many there are. ``%tb`` shows the same error again, and whole. Errors
that do not run through the package look as they always do.
"""

import re
import sysconfig
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

__all__ = ["install"]

PACKAGE = __name__.partition(".")[0]
STANDARD_LIBRARY = sysconfig.get_paths()["stdlib"]
COLOR = re.compile(r"\x1b\[[0-9;]*m")


def install():
    """Fold what the running IPython shows of errors from now on; where none runs, do nothing."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None and not isinstance(shell.InteractiveTB.structured_traceback, _Folding):
        shell.InteractiveTB.structured_traceback = _Folding(shell.InteractiveTB)


class _Folding:
    """IPython's ``structured_traceback``, which answers an error as a list of text, folded.

    IPython calls it for every error that a cell raises, and once more for ``%tb``: an error that
    was shown already is shown whole.
    """

    def __init__(self, formatter):
        self.formatter = formatter
        self.whole = formatter.structured_traceback
        self.shown = None

    def __call__(self, etype, value, tb=None, *args, **kwargs):
        again, self.shown = value is self.shown, value
        if again or self.formatter.mode == "Minimal" or not isinstance(value, BaseException):
            return self.whole(etype, value, tb, *args, **kwargs)
        chain = _chain(value)
        before = [tb, *(e.__traceback__ for e in chain[1:])]
        tracebacks, counts = zip(*map(_without_frames_of_the_package, before), strict=True)
        n_frames = sum(counts)
        if n_frames == 0:
            return self.whole(etype, value, tb, *args, **kwargs)
        with _replaced(chain, tracebacks):
            parts = self.whole(etype, value, tracebacks[0], *args, **kwargs)
        line = f"[... {n_frames} frame{'s' * (n_frames > 1)} inside {PACKAGE}: %tb shows all]\n"
        texts = enumerate(COLOR.sub("", part) for part in parts)
        named = [k for k, text in texts if text.startswith(etype.__name__)]
        message = named[-1] if named else len(parts)
        return [*parts[:message], line, *parts[message:]]


@contextmanager
def _replaced(chain, tracebacks):
    """While it lasts, exceptions have other tracebacks, and none came from one without any."""
    names = ("__traceback__", "__cause__", "__context__", "__suppress_context__")
    before = [[getattr(e, name) for name in names] for e in chain]
    try:
        for e, tb in zip(chain, tracebacks, strict=True):
            e.__traceback__ = tb
        for e in chain:
            for name in ("__cause__", "__context__"):
                led_to_it = getattr(e, name)
                if led_to_it is not None and led_to_it.__traceback__ is None:
                    setattr(e, name, None)
        yield
    finally:
        for e, values in zip(chain, before, strict=True):
            for name, value in zip(names, values, strict=True):
                setattr(e, name, value)


def _chain(error):
    """The exception, and those from which it came."""
    chain, ahead = [], [error]
    while ahead:
        e = ahead.pop()
        if e is not None and all(e is not other for other in chain):
            chain.append(e)
            ahead += [e.__cause__, e.__context__]
    return chain


def _without_frames_of_the_package(tb):
    """A traceback of the student's frames, None where there are none, and how many were others."""
    frames = []
    while tb is not None:
        frames.append(tb)
        tb = tb.tb_next
    kept, short = list(_of_the_student(frames)), None
    for tb in reversed(kept):
        short = TracebackType(short, tb.tb_frame, tb.tb_lasti, tb.tb_lineno)
    return short, len(frames) - len(kept)


def _of_the_student(frames):
    """All frames but those of the package, and of the libraries below it."""
    below = False
    for tb in frames:
        if _is_of_package(tb.tb_frame):
            below = True
        elif not (below and _is_of_a_library(tb.tb_frame)):
            below = False
            yield tb


def _is_of_package(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0] == PACKAGE


def _is_of_a_library(frame):
    path = Path(frame.f_globals.get("__file__") or frame.f_code.co_filename)
    if {"site-packages", "dist-packages"} & set(path.parts):
        return True
    return path.is_relative_to(STANDARD_LIBRARY) or str(path).startswith("<frozen")
