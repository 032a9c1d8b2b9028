"""Fair timing: one process, one pinned processor, one thread, competitors taking turns.

Import this first: thread counts hold only for libraries that are loaded after it. A script's
option ``--threads=2`` gives all competitors two threads and two processors instead.
"""

import argparse
import os
import statistics
import time

__all__ = ["THREADS", "alternate", "compare", "pin", "ratio"]

_OPTIONS = argparse.ArgumentParser(add_help=False)
_OPTIONS.add_argument("--threads", type=int, default=1)
THREADS = _OPTIONS.parse_known_args()[0].threads

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ[_name] = str(THREADS)
os.environ["XLA_FLAGS"] = (
    f"--xla_cpu_multi_thread_eigen={'true' if THREADS > 1 else 'false'} "
    f"intra_op_parallelism_threads={THREADS}"
)
os.environ["COURSE_UTILS_QUIET"] = "1"


def pin():
    """Keep this process on the last of its processors, as many as threads, where that can be."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-THREADS:])


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


def compare(subject, size, functions, rounds=15, repeats=1):
    """Let functions take turns, and say how many times as long as the first each other takes.

    Parameters
    ----------
    subject, size : str
        What is computed, on how much.
    functions : dict of str to callable
        The first is ours.
    rounds, repeats : int
        See `alternate`.

    Returns
    -------
    list of dict
        One row a peer: subject, size, peer, milliseconds (a call of ours, the median), and ratio,
        low, high: peer / ours, its median and quartiles. Above 1 ours is faster.
    """
    times = alternate(functions, rounds, repeats)
    ours, *peers = functions
    milliseconds = 1e3 * statistics.median(times[ours])
    rows = []
    for peer in peers:
        median, low, high = ratio(times[peer], times[ours])
        row = {"subject": subject, "size": size, "peer": peer, "milliseconds": milliseconds}
        rows.append(row | {"ratio": median, "low": low, "high": high})
    return rows
