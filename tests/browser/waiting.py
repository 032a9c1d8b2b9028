"""Waiting for what is seen: how it ends when it is not seen, and what may never hide an error."""

import contextlib
import os
import time

import psutil

from tools.chromium import LAST_RESORT


def wait_for(condition, what, seen=lambda: "nothing", seconds=LAST_RESORT):
    """The first true value of a condition.

    Parameters
    ----------
    condition : callable
    what : str
        What is waited for, in words.
    seen : callable
        What there is in its place, as a text; asked when the wait has ended without it.
    seconds : float

    Raises
    ------
    TimeoutError
        When there is none after so many seconds.
    """
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(in_vain(what, seen, seconds))
        time.sleep(0.1)
    return value


def in_vain(what, seen, seconds=LAST_RESORT):
    """What a wait without success has to say; arguments as of `wait_for`."""
    try:
        found = seen()
    except Exception as error:  # as where the page is gone
        found = f"nothing, because of {type(error).__name__}: {error}"
    return f"waited {seconds} s for {what}; seen: {found}; {busy()}"


def busy():
    """How busy the machine is, in words."""
    minute, *_ = psutil.getloadavg()
    return f"load average {minute:.1f} on {os.cpu_count()} processors"


@contextlib.contextmanager
def at_end(step):
    """Take a step when the block ends, however it ends.

    An error of the block is never hidden by one of the step, which becomes a note to it.
    """
    try:
        yield
    except BaseException as error:
        try:
            step()
        except Exception as later:
            error.add_note(f"Then, at the end: {type(later).__name__}: {later}")
        raise
    step()
