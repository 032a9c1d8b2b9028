"""Guards of speed: one way takes longer than another, however busy the machine."""

import time

from threadpoolctl import threadpool_limits

__all__ = ["assert_takes_longer"]


def assert_takes_longer(other, ours, factor, rounds=100):
    """Assert that the other function takes more than `factor` times as long as `ours`.

    They take turns, on one thread, five times at least and until their best rounds say so. A
    machine busy with other work makes rounds slower, never faster: it costs some more of them.
    """
    best = {other: float("inf"), ours: float("inf")}
    with threadpool_limits(1):
        for done in range(1, rounds + 1):
            for function in best:
                start = time.perf_counter()
                function()
                best[function] = min(best[function], time.perf_counter() - start)
            if done >= 5 and best[other] > factor * best[ours]:
                return
    ratio = best[other] / best[ours]
    raise AssertionError(
        f"{ratio:.2f} times as long in the best of {rounds} rounds, not {factor:.2f}"
    )
