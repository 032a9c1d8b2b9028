"""A student's function, run where it can do no harm: in a process that time and memory end.

The function and all that it uses are copied into a fresh process, so that an endless loop, an
endless call of NumPy, 10 GB of zeros, `sys.exit` or a changed global variable end that process and
nothing else. It is the same on Linux, macOS and Windows, and the next process is started when one
is used up, so that a check need not wait for it.
"""

import atexit
import contextlib
import linecache
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path

from . import _worker
from .trial import is_students

__all__ = ["Report", "Unsendable", "run"]

MEMORY = 1 << 30  # bytes that a function may take beyond what the process has
LARGEST = 200_000_000  # bytes that may be copied with a function
START = 60  # seconds for a process to start on a busy machine
LOOK = 0.02  # seconds between two looks at the memory


class Unsendable(Exception):
    """A function that can't be copied to another process, and why."""


@dataclass(frozen=True)
class Report:
    """What became of a function.

    Attributes
    ----------
    end : str
        "outcomes" when it came to its end, otherwise "time", "memory" or "ended", the last when
        the process ended by itself.
    first, second : list of Outcome
        What was seen of two runs over all cases.
    printed : str
        The beginning of what was printed.
    lines : int
        How many lines were printed.
    place : tuple of (str, int) or None
        File and number of the line at which its time was up.
    """

    end: str
    first: list = field(default_factory=list)
    second: list = field(default_factory=list)
    printed: str = ""
    lines: int = 0
    place: tuple[str, int] | None = None


class _Process:
    """A process that waits for a function."""

    def __init__(self):
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        handle, self.watchdog = tempfile.mkstemp(prefix="course-exercise-")
        os.close(handle)
        self.process = context.Process(
            target=_worker.serve, args=(theirs, self.watchdog), daemon=True
        )
        self.owner = os.getpid()
        try:
            with _without_main(), _without_interrupts():
                self.process.start()
        except BaseException:
            Path(self.watchdog).unlink(missing_ok=True)
            raise
        finally:
            theirs.close()

    def end(self):
        self.process.kill()
        self.process.join()
        self.connection.close()
        Path(self.watchdog).unlink(missing_ok=True)


_spare = None
_lock = threading.Lock()


@contextlib.contextmanager
def _without_main():
    """While it lasts, a process that is started has no program to run anew, such as a script."""
    main = sys.modules["__main__"]
    kept = {name: vars(main).pop(name) for name in ("__file__", "__spec__") if name in vars(main)}
    main.__spec__ = None
    try:
        yield
    finally:
        del main.__spec__
        vars(main).update(kept)


@contextlib.contextmanager
def _without_interrupts():
    """A process that is started while it lasts hears no Ctrl-C, which a terminal and Jupyter send
    to all processes of a group; this one hears of it at the end."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # which would end the block below, if it were started within
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@atexit.register
def _end_spare():
    if _spare is not None and _spare.owner == os.getpid():
        _spare.end()


def _take():
    """A process that waits; one that was started by another process, before a fork, is not ours."""
    global _spare
    taken, _spare = _spare, None
    if taken is None or taken.owner != os.getpid() or not taken.process.is_alive():
        taken = _Process()
    return taken


def run(exercise, function):
    """Run a function on the cases of an exercise, in a process of its own.

    Parameters
    ----------
    exercise : Exercise
    function : callable

    Returns
    -------
    Report

    Raises
    ------
    Unsendable
        When the function, or what it uses, can't be copied.
    """
    global _spare
    packed = pack(function)
    with _lock:
        process = _take()
        try:
            return _ask(process, exercise, function, packed)
        finally:
            process.end()
            _spare = _Process()


def pack(function):
    """A function with all that it uses, as bytes."""
    import cloudpickle

    try:
        packed = cloudpickle.dumps(function)
    except Exception as error:  # whatever an object of the student's own raises
        raise Unsendable(f"{type(error).__name__}: {error}"[:300]) from None
    if len(packed) > LARGEST:
        raise Unsendable(f"it uses {len(packed) / 1e6:,.0f} MB from outside")
    return packed


def _ask(process, exercise, function, packed):
    connection: Connection = process.connection
    try:
        connection.send((exercise.name, packed, exercise.seconds, MEMORY))
    except (BrokenPipeError, ConnectionError):
        return Report("ended")
    stopped = _watch(process, exercise.seconds + START)
    if stopped:
        return Report(stopped)
    try:
        if not connection.poll():  # it has ended, and what it started keeps the connection open
            raise EOFError
        kind, *rest = connection.recv()
    except (EOFError, ConnectionError):
        process.process.join(START)
        place = _where(process.watchdog, function)
        return Report("time", place=place) if place else Report("ended")
    if kind == "unreadable":
        raise Unsendable(*rest)
    return Report(kind, *rest)


def _watch(process, seconds):
    """Wait until the process answers or ends: "", or "memory" or "time" when it took too much."""
    import psutil

    end = time.monotonic() + seconds
    try:
        memory = psutil.Process(process.process.pid).memory_info
        most = memory().rss + MEMORY
        while not process.connection.poll(LOOK) and process.process.is_alive():
            if memory().rss > most:
                return "memory"
            if time.monotonic() > end:  # even the watchdog is held up
                return "time"
    except (psutil.NoSuchProcess, psutil.ZombieProcess, BrokenPipeError):
        pass
    return ""


def _where(watchdog, function):
    """The student's line in what was written when time was nearly up, and when it was; None
    where it never was."""
    text = Path(watchdog).read_text(errors="replace")
    if "Timeout" not in text:
        return None
    frames = re.findall(r'File "(.*)", line (\d+)', text)  # the innermost first
    places = [(_as_it_is(name), int(line)) for name, line in frames]
    own = [place for place in places if is_students(place[0], function)]
    return own[0] if own else ("", 0)


def _as_it_is(name):
    """The name of a file of which the watchdog has written all but ASCII as escapes."""
    escape = r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})"
    plain = re.sub(escape, lambda found: chr(int(found[found.lastindex], 16)), name)
    return plain if linecache.getlines(plain) else name
