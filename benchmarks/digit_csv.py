"""Reading Kaggle's digit table, 42,000 x 785, beside pandas, polars and NumPy's loadtxt.

The file is written from our own MNIST in Kaggle's form. The first task is the read alone; the
second goes on to float32 or float64 pixels scaled by each column's minimum and maximum, as the
peers' users do it: with scikit-learn's `MinMaxScaler`. Peers stand with their defaults and with
the column types told, which is faster for some and slower for others. All answers are compared
before anything is timed. Memory is the growth of the resident peak, in a fresh process each.

    .venv/bin/python -m benchmarks.digit_csv
"""

from benchmarks._timing import compare  # isort: skip  (before anything that starts threads)

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

from benchmarks import _report
from course_utils import digit_frame, load_digit_csv, minimum_and_range, split_and_scale

GOALS = {
    ("read", "42,000 rows", "pandas"): 3,
    ("read", "42,000 rows", "polars uint8"): 1.5,
    ("read, scaled", "42,000 rows", "pandas, MinMaxScaler"): 4,
    ("read, scaled", "42,000 rows", "pandas float32, MinMaxScaler"): 4,
    ("read, memory", "42,000 rows", "150 MB"): 1,
}
SIZE = "42,000 rows"
COLUMNS = ["label", *(f"pixel{k}" for k in range(784))]
POLARS_TYPES = dict.fromkeys(COLUMNS, pl.UInt8)

READERS = {
    "ours": load_digit_csv,
    "pandas": pd.read_csv,
    "pandas uint8": lambda path: pd.read_csv(path, dtype=np.uint8),
    "pandas float32": lambda path: pd.read_csv(path, dtype=np.float32),
    "polars": pl.read_csv,
    "polars uint8": lambda path: pl.read_csv(path, schema=POLARS_TYPES),
    "loadtxt uint8": lambda path: np.loadtxt(path, np.uint8, delimiter=",", skiprows=1),
}


def scaled_by_us(path):
    pixels = load_digit_csv(path).drop(columns="label").to_numpy()
    minimum, extent = minimum_and_range(pixels)
    scaled = pixels - minimum
    scaled /= extent
    return scaled


def scaled_by_pandas(**options):
    def read_and_scale(path):
        pixels = pd.read_csv(path, **options).drop(columns="label")
        return MinMaxScaler().fit_transform(pixels)

    return read_and_scale


SCALERS = {
    "ours": scaled_by_us,
    "pandas, MinMaxScaler": scaled_by_pandas(),
    "pandas uint8, MinMaxScaler": scaled_by_pandas(dtype=np.uint8),
    "pandas float32, MinMaxScaler": scaled_by_pandas(dtype=np.float32),
}


def split_by_us(path):
    frame = load_digit_csv(path)
    return split_and_scale(frame.drop(columns="label"), frame["label"])[:2]


def split_by_pandas(**options):
    def read_split_and_scale(path):
        frame = pd.read_csv(path, **options)
        X_train, X_test, _, _ = train_test_split(
            frame.drop(columns="label"), frame["label"], test_size=0.3, random_state=42
        )
        scaler = MinMaxScaler().fit(X_train)
        return scaler.transform(X_train), scaler.transform(X_test)

    return read_split_and_scale


SPLITTERS = {
    "ours": split_by_us,
    "pandas, MinMaxScaler": split_by_pandas(),
    "pandas float32, MinMaxScaler": split_by_pandas(dtype=np.float32),
}
TASKS = {"read": READERS, "read, scaled": SCALERS, "read, split, scaled": SPLITTERS}


def check(path):
    """All readers give the table that was written, all scalers the same pixels."""
    table = digit_frame().to_numpy()
    for name, read in READERS.items():
        np.testing.assert_array_equal(np.asarray(read(path)), table, err_msg=name)
    for task in (SCALERS, SPLITTERS):
        expected = task["ours"](path)
        for name, scale in task.items():
            for mine, other in zip(expected, scale(path), strict=True):
                np.testing.assert_allclose(other, mine, rtol=0, atol=2e-6, err_msg=name)


def resident_growth(task, name, path):
    """Megabytes by which the resident peak of a fresh process rises; None where not on Linux."""
    if not Path("/proc/self/clear_refs").exists():
        return None
    command = [sys.executable, __file__, task, name, str(path)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def print_resident_growth(task, name, path):
    def status(key):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(key))

    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    before = status("VmRSS")
    result = TASKS[task][name](path)
    print((status("VmHWM") - before) * 1024 / 1e6)
    del result


def memory(task, path):
    """One row a peer: how many times the memory that ours needs."""
    growth = {name: resident_growth(task, name, path) for name in TASKS[task]}
    if None in growth.values():
        return []
    ours = growth.pop("ours")
    if task == "read":
        growth["150 MB"] = 150
    rows = []
    for peer, megabytes in growth.items():
        row = {"subject": f"{task}, memory", "size": SIZE, "peer": peer, "megabytes": ours}
        rows.append(row | {"ratio": megabytes / ours})  # measured once: it hardly varies
    return rows


def measure(rounds):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "train.csv")
        digit_frame().to_csv(path, index=False)
        check(path)
        for task, functions in TASKS.items():
            calls = {name: partial(function, path) for name, function in functions.items()}
            rows += compare(task, SIZE, calls, rounds)
        for task in TASKS:
            rows += memory(task, path)
    return rows


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] in TASKS:
        print_resident_growth(*sys.argv[1:])
    else:
        _report.main("digit_csv", measure, GOALS)
