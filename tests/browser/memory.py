"""How much memory a process and its children take at most, watched while they run."""

import re
import threading
from pathlib import Path

import psutil

INTERVAL = 0.1  # seconds


class MemoryWatch:
    """The peak of the resident memory of a process with all its children, as a context manager.

    The sum is sampled. Of the process alone, Linux knows the peak exactly, however short it was.

    Attributes
    ----------
    peak : int
        In bytes, so far.
    """

    def __init__(self, pid):
        self.peak = 0
        self._process = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._sample()

    def _watch(self):
        while not self._stop.wait(INTERVAL):
            self._sample()

    def _sample(self):
        try:
            family = [self._process, *self._process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        self.peak = max(self.peak, sum(map(resident, family)), high_water(self._process.pid))


def resident(process):
    """Resident bytes of a process; none when it has just ended."""
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def high_water(pid):
    """The most bytes that a process ever had resident, where Linux tells it, else 0."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    peak = re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    return int(peak[1]) * 1024 if peak else 0
