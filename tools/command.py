"""How every tool ends: with an exit code, and in one line where no traceback would help."""

import errno
import os
import shutil
import sys
from pathlib import Path

__all__ = ["INTERRUPTED", "run", "why"]

INTERRUPTED = 130  # 128 and SIGINT, as shells count
REASONS = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "Your share of the disk is used up",
    errno.EROFS: "The disk is read-only",
    errno.EACCES: "There is no permission to write here",
    errno.EPERM: "There is no permission to write here",
}


def run(main, *arguments):
    """Call a tool's `main` and end the process with what it returns.

    Ctrl-C ends it by one line and exit code 130; a disk that can't be written to, by `why`.
    """
    try:
        sys.exit(main(*arguments))
    except KeyboardInterrupt:
        say_stopped()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)  # now: threads that run lessons would be waited for
    except OSError as error:
        if error.errno not in REASONS:
            raise
        sys.exit(why(error))


def say_stopped(kind=KeyboardInterrupt, error=None, trace=None):
    """One line in place of the traceback of Ctrl-C; any other error as usual."""
    if issubclass(kind, KeyboardInterrupt):
        print("\nStopped. Type the same again to begin anew.", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = say_stopped  # for Ctrl-C while a tool still imports what it needs


def why(error, folder=None):
    """What an error of the operating system means, where, and what to do: one or two lines.

    Parameters
    ----------
    error : OSError
        In the words of `REASONS`, or else in the system's own.
    folder : path, optional
        Where it happened, if the error does not say so.
    """
    place = Path(folder or error.filename or ".").absolute()
    there = next(path for path in (place, *place.parents) if path.exists())
    free = shutil.disk_usage(there).free
    reason = REASONS.get(error.errno, error.strerror)
    text = f"{reason}: {place} ({free:,} bytes free)."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{text}\nDelete what you do not need there, then type the same again."
    return (
        f"{text}\nCopy the course to a folder of your own, such as one in your home, and type the "
        "same there."
    )
