"""Fair timing: one process, one pinned processor, one thread, competitors taking turns.

Import this first: thread counts hold only for libraries that are loaded after it.
"""

import os
import statistics
import time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ[_name] = "1"
os.environ["COURSE_UTILS_QUIET"] = "1"

__all__ = ["alternate", "pin", "ratio"]


def pin():
    """Keep this process on the last of its processors; its number, or None where that can't be."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    processor = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {processor})
    return processor


def alternate(functions, rounds=15, repeats=1):
    """Seconds a call, round by round, of several functions that take turns: A B C A B C ...

    Parameters
    ----------
    functions : dict of str to callable
        Called once each before the first round.
    rounds, repeats : int
        Turns, and calls in each turn.

    Returns
    -------
    dict of str to list of float
        For each function, one mean a round.
    """
    for function in functions.values():
        function()
    times = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            for _ in range(repeats):
                function()
            times[name].append((time.perf_counter() - start) / repeats)
    return times


def ratio(times, base):
    """The quotients times / base of one round each: median, and the quartiles around it."""
    quotients = [a / b for a, b in zip(times, base, strict=True)]
    low, median, high = statistics.quantiles(quotients, n=4)
    return median, low, high
