"""Lint, unit tests, image tests, and every output of every lesson; then one verdict.

.venv/bin/python tools/check.py
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Step(NamedTuple):
    """One command of the check; `report` says whether it is pytest, which can list failures."""

    name: str
    command: list[str]
    report: bool = False


NBVAL_OPTIONS = ["--nbval-current-env", "--nbval-cell-timeout=120", "--color=no"]

STEPS = [
    Step("lint", ["ruff", "check", "."]),
    Step("format", ["ruff", "format", "--check", "."]),
    Step("tests", ["pytest", "-q", "-n2", "--cov", "--mpl"], report=True),
    Step(
        "lessons",
        ["pytest", "-q", "-n2", "--dist=loadfile", "--nbval", *NBVAL_OPTIONS, "notebooks"],
        report=True,
    ),
]


def main():
    environment = {
        **os.environ,
        "COURSE_UTILS_QUIET": "1",
    }
    # Two workers on two cores: each computes with one thread, unless the caller says otherwise.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        environment.setdefault(name, "1")
    lines, failed = [], False
    for step in STEPS:
        print(f"\n== {step.name}: {' '.join(step.command)}", flush=True)
        start = time.monotonic()
        code, failures = run(step, environment)
        failed |= code != 0
        verdict = f"failed (exit code {code})" if code else "passed"
        lines.append(f"{step.name:8} {verdict}, {time.monotonic() - start:.0f} s")
        lines += [f"         {failure}" for failure in failures]
    print("\n== verdict", *lines, sep="\n")
    print("make check: FAILED" if failed else "make check: passed")
    return int(failed)


def run(step, environment):
    """Exit code of a step, and what failed where as far as it says."""
    command = [sys.executable, "-m", *step.command]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        if step.report:
            command.append(f"--junit-xml={report}")
        code = subprocess.run(command, cwd=ROOT, env=environment).returncode
        return code, failures(report) if report.is_file() else []


def failures(report):
    """Every failed test of a JUnit report: its place and the first lines of why."""
    found = []
    for case in ElementTree.parse(report).iter("testcase"):
        for problem in [*case.iter("failure"), *case.iter("error")]:
            why = [line for line in (problem.get("message") or "").splitlines() if line.strip()]
            place = f"{case.get('classname')}::{case.get('name')}"
            found.append(f"{place}: {' '.join(why[:2])[:200] or 'no message'}")
    return found


if __name__ == "__main__":
    sys.exit(main())
