"""Progress bars that appear only when work takes longer than about a second."""

import os
import time

__all__ = ["QUIET_VARIABLE", "Progress"]

QUIET_VARIABLE = "COURSE_UTILS_QUIET"


class Progress:
    """A tqdm bar that is made only after a second; short work imports and draws nothing.

    Parameters
    ----------
    total : int or None
        Steps in all; None when nobody knows.
    unit : str
        What a step is.
    enabled : bool
        False draws nothing, and so does the environment variable COURSE_UTILS_QUIET=1.
    delay : float
        Seconds to wait before the bar appears.

    Examples
    --------
    >>> with Progress(total=2, unit="batch") as bar:
    ...     for _ in range(2):
    ...         bar.update()
    """

    def __init__(self, total=None, unit="batch", enabled=True, delay=1.0):
        self._options = {"total": total, "unit": unit, "leave": False}
        self._enabled = enabled and os.environ.get(QUIET_VARIABLE, "0") in ("", "0")
        self._due = time.monotonic() + delay
        self._done = 0
        self._bar = None

    def update(self, n=1, description=None):
        """Count `n` more steps, and say what they are."""
        self._done += n
        if not self._enabled:
            return
        if self._bar is None:
            if time.monotonic() < self._due:
                return
            from tqdm.auto import tqdm

            self._bar = tqdm(initial=self._done - n, **self._options)
        if description is not None:
            self._bar.set_description(description, refresh=False)
        self._bar.update(n)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self._bar is not None:
            self._bar.close()
