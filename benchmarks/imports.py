"""How long ``import course_utils`` takes beside ``import numpy``: alternating, in fresh processes.

The package loads NumPy with the first name that needs it, so the bare import costs next to
nothing. What a lesson's first cell takes is measured as well, as information.

    .venv/bin/python -m benchmarks.imports
"""

from benchmarks._timing import ratio  # isort: skip  (before anything that starts threads)

import statistics
import subprocess
import sys

from benchmarks import _report

BASE = "import numpy"
CANDIDATES = {
    "import course_utils": "import course_utils",
    "with layers, training and inference": (
        "from course_utils import Activation, Adam, Dense, Sequential, fit, predict_proba, relu"
    ),
}
GOALS = {("import course_utils", "fresh process", BASE): 0.8}


def seconds(code):
    """The time that a fresh interpreter needs for some code, without its own start."""
    timed = f"import time; start = time.perf_counter(); {code}; print(time.perf_counter() - start)"
    command = [sys.executable, "-c", timed]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure(rounds):
    times = {code: [] for code in (BASE, *CANDIDATES.values())}
    for _ in range(rounds + 1):  # the first round warms the disk cache
        for code, measured in times.items():
            measured.append(seconds(code))
    rows = []
    for name, code in CANDIDATES.items():
        median, low, high = ratio(times[BASE][1:], times[code][1:])
        row = {"subject": name, "size": "fresh process", "peer": BASE}
        row |= {"milliseconds": 1e3 * statistics.median(times[code][1:])}
        rows.append(row | {"ratio": median, "low": low, "high": high})
    return rows


if __name__ == "__main__":
    _report.main("imports", measure, GOALS, rounds=21)
