"""How long ``import course_utils`` takes beside ``import numpy``: alternating, in fresh processes.

The package loads NumPy with the first name that needs it, so the bare import costs next to
nothing. What a lesson's first cell takes is measured as well, as information.

    .venv/bin/python benchmarks/imports.py
"""

import statistics
import subprocess
import sys

ROUNDS = 21
LIMIT = 1.25  # for the bare import
BASE = "import numpy"
CANDIDATES = {
    "import course_utils": "import course_utils",
    "with layers, training and inference": (
        "from course_utils import Activation, Adam, Dense, Sequential, fit, predict_proba, relu"
    ),
}


def seconds(code):
    """The time that a fresh interpreter needs for some code, without its own start."""
    timed = f"import time; start = time.perf_counter(); {code}; print(time.perf_counter() - start)"
    command = [sys.executable, "-c", timed]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main():
    times = {code: [] for code in (BASE, *CANDIDATES.values())}
    for _ in range(ROUNDS + 1):  # the first round warms the disk cache
        for code, measured in times.items():
            measured.append(seconds(code))
    base = statistics.median(times[BASE][1:])
    print(f"import numpy: {1e3 * base:.0f} ms, median of {ROUNDS}")
    for name, code in CANDIDATES.items():
        pairs = zip(times[code][1:], times[BASE][1:], strict=True)
        ratios = sorted(mine / numpy for mine, numpy in pairs)
        median = statistics.median(times[code][1:]) / base
        low, high = ratios[ROUNDS // 4], ratios[-ROUNDS // 4]
        print(f"{name}: {median:.2f} times as long (half of the rounds {low:.2f} to {high:.2f})")
    kept = statistics.median(times["import course_utils"][1:]) <= LIMIT * base
    print(f"limit {LIMIT} for the bare import: {'kept' if kept else 'exceeded'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
