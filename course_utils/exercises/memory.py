"""What is remembered of exercises: in the student's own folder, and nowhere else.

One line of JSON for every check, in a file beside the notebooks; lines are only ever added, so
that two notebooks may write at once, and what was written before stays.
"""

import json
import os
from pathlib import Path

__all__ = ["FILE", "attempted", "events", "last_mistake", "passed", "place", "read", "record"]

FILE = "progress.jsonl"
VARIABLE = "COURSE_UTILS_PROGRESS"  # another path, or nothing for no memory beyond the process
_here: list[dict] = []  # what this process knows where no file can be written


def place():
    """The path of the file, None where nothing is to be written."""
    path = os.environ.get(VARIABLE, FILE)
    return Path(path) if path else None


def record(event):
    """Add an event, such as ``{"exercise": "perceptrons.update", "result": "passed"}``.

    Where the folder is not to be written to, it is remembered until Python ends.
    """
    path = place()
    line = json.dumps(event, separators=(", ", ": ")).encode() + b"\n"
    try:
        if path is None:
            raise OSError
        with open(path, "a+b") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a line that was cut off, which stays as it is
                    line = b"\n" + line
            file.write(line)  # in one piece, behind whatever stands there
    except OSError:
        _here.append(event)


def events():
    """All events, the oldest first; lines that are no such thing are passed over."""
    path = place()
    try:
        return (read(path) if path is not None else []) + _here
    except OSError:  # none is there, or it is not to be read
        return list(_here)


def read(path):
    """The events in a file, of oneself or of a student."""
    lines = Path(path).read_bytes().decode(errors="replace").splitlines()
    return [event for event in map(_read, lines) if event is not None]


def _read(line):
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    good = isinstance(event, dict) and all(
        isinstance(event.get(key), str) for key in ("exercise", "result")
    )
    return event if good else None


def passed():
    """The names of the exercises that were solved once."""
    return {event["exercise"] for event in events() if event["result"] == "passed"}


def attempted(name):
    """Whether an exercise was tried, or its solution asked for."""
    return any(event["exercise"] == name and event["result"] != "hint" for event in events())


def last_mistake(name):
    """The last result of an exercise, None where there is none, and how many hints it brought."""
    last, hints = None, 0
    for event in events():
        if event["exercise"] != name:
            continue
        if event["result"] == "hint":
            hints += 1
        elif event["result"] != "solution":
            hints = hints if event["result"] == last else 0
            last = event["result"]
    return last, hints
