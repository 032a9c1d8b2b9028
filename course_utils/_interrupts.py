"""Ctrl-C between steps: a block that must not be cut in half is held together."""

import contextlib
import signal
import threading

__all__ = ["held"]

_asked = False  # whether Ctrl-C came in the block that is held


def _later(number, frame):
    global _asked
    if _asked:
        raise KeyboardInterrupt  # a second time: whoever asks twice does not want to wait
    _asked = True


@contextlib.contextmanager
def held():
    """A block that Ctrl-C does not interrupt; it is raised behind the block, or the second time.

    Python raises KeyboardInterrupt between any two instructions, so that an optimizer could be
    stopped with half of its vectors changed. Where Ctrl-C would not raise it, in another thread
    than the first or under another program's handler, nothing is changed.

    Raises
    ------
    KeyboardInterrupt
        Behind the block, when Ctrl-C came in it.

    Examples
    --------
    >>> with held():
    ...     pass  # whole, or not begun
    """
    global _asked
    first = threading.current_thread() is threading.main_thread()
    if not first or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # a block within one that is held, too
        return
    _asked = False
    try:
        signal.signal(signal.SIGINT, _later)
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if _asked:
        raise KeyboardInterrupt
