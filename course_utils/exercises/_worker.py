"""The process in which a student's function runs: whatever happens to it, the kernel goes on."""

import faulthandler
import io
import os
import pickle
import signal
import sys
import threading
from pathlib import Path

__all__ = ["Printed", "serve"]

KEPT = 2000  # characters of what a function prints


class Printed(io.TextIOBase):
    """What a function prints: the beginning is kept, and all lines are counted."""

    def __init__(self):
        self.text = ""
        self.lines = 0

    def writable(self):
        return True

    def write(self, text):
        self.lines += text.count("\n")
        if len(self.text) < KEPT:
            self.text += text[: KEPT - len(self.text)]
        return len(text)


def limit_memory(more):
    """From now on let this process have so many bytes more, where the system can do that.

    The parent watches as well: macOS and Windows know no such limit.
    """
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return
    import psutil

    memory = psutil.Process().memory_info()
    limit = getattr(memory, "data", memory.rss) + more
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most == resource.RLIM_INFINITY or limit < most:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def note_place(file, done, seconds):
    """Write down where the function is, shortly before its time is up.

    With Python's lock in hand, so that no frame changes meanwhile: faulthandler's own timer reads
    frames that run on, and may miss one. It stays, for what never lets go of the lock.
    """
    if not done.wait(0.95 * seconds):
        faulthandler.dump_traceback(file=file, all_threads=True)


def serve(connection, watchdog):
    """Wait for one function, try it on the cases of an exercise, answer, and end.

    Parameters
    ----------
    connection : Connection
        Over it come the name of the exercise, the function as cloudpickle packed it, and how many
        seconds and bytes it may take; back goes ("outcomes", first, second, printed, lines), both
        lists of `Outcome`, or ("unreadable", why).
    watchdog : str
        The path of a file: where the function was when its time was up.
    """
    import numpy  # noqa: F401  before the function comes, so that it need not wait

    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # the kernel's own, which shows in the cell what comes through them
        os.dup2(nowhere, stream)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the kernel's, which ends this process
    from .definition import find

    try:
        name, packed, seconds, memory = connection.recv()
    except (EOFError, OSError):  # the kernel is gone, and can't remove it
        Path(watchdog).unlink(missing_ok=True)
        return
    exercise = find(name)
    printed = sys.stdout = sys.stderr = Printed()
    limit_memory(memory)
    with open(watchdog, "w") as file:
        # By a thread that needs neither Python nor its lock, so that no call can hold it up.
        faulthandler.dump_traceback_later(seconds, exit=True, file=file)
        done = threading.Event()
        threading.Thread(target=note_place, args=(file, done, seconds), daemon=True).start()
        try:
            function = pickle.loads(packed)
        except Exception as error:
            connection.send(("unreadable", f"{type(error).__name__}: {error}"[:500]))
            return
        first = exercise.outcomes(function)
        second = exercise.outcomes(function)
        done.set()
        faulthandler.cancel_dump_traceback_later()
    connection.send(("outcomes", first, second, printed.text, printed.lines))
