"""Guards of speed: how much longer one way takes than another, with the noise kept out."""

import time

from threadpoolctl import threadpool_limits

__all__ = ["times_as_long"]


def times_as_long(other, ours, rounds=5):
    """How many times as long as `ours` the other function takes: the best of some rounds each.

    They take turns, on one thread. A machine busy with other work makes single rounds slower,
    never faster, so that the best ones tell the two ways apart.
    """
    best = {other: float("inf"), ours: float("inf")}
    with threadpool_limits(1):
        for _ in range(rounds):
            for function in best:
                start = time.perf_counter()
                function()
                best[function] = min(best[function], time.perf_counter() - start)
    return best[other] / best[ours]
