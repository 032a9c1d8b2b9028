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

import extras
from course_utils._threads import one_thread

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WITH_FRAMEWORKS = ROOT / "notebooks" / "12_frameworks.ipynb"


class Step(NamedTuple):
    """One command of a check.

    `report` says whether it is pytest, which can list failures; `skips` whether it may skip tests.
    """

    name: str
    command: list[str]
    report: bool = False
    skips: bool = True


NBVAL_OPTIONS = ["--nbval-current-env", "--nbval-cell-timeout=120", "--color=no"]


def lessons(name, paths, skips=True):
    """The step that runs lessons and compares their outputs."""
    command = ["pytest", "-q", "-n2", "--dist=loadfile", "--nbval", *NBVAL_OPTIONS]
    return Step(name, [*command, *map(str, paths)], report=True, skips=skips)


def lessons_that_run():
    """The lessons that can be run here, and a line for the one that can't, if so."""
    absent = extras.missing("frameworks")
    if not absent:
        return LESSONS, []
    note = f"left out: {WITH_FRAMEWORKS.stem}, which needs {', '.join(absent)}"
    return [path for path in LESSONS if path != WITH_FRAMEWORKS], [
        f"{note}; type: make check-frameworks"
    ]


STEPS = [
    Step("lint", ["ruff", "check", "."]),
    Step("format", ["ruff", "format", "--check", "."]),
    Step("tests", ["pytest", "-q", "-n2", "--cov", "--mpl"], report=True),
]


def main(steps, target, notes=()):
    """Run all steps and print one verdict, with notes; 0 when all passed, else 1."""
    environment = {**os.environ, "COURSE_UTILS_QUIET": "1"}
    one_thread(environment)
    lines, failed = [], False
    for step in steps:
        print(f"\n== {step.name}: {' '.join(step.command)}", flush=True)
        start = time.monotonic()
        code, failures, measured = run(step, environment)
        failed |= code != 0 or bool(failures)
        verdict = f"failed (exit code {code})" if code else "failed" if failures else "passed"
        lines.append(f"{step.name:8} {verdict}, {time.monotonic() - start:.0f} s")
        lines += [f"         {line}" for line in [*failures, *measured]]
    print("\n== verdict", *lines, *notes, sep="\n")
    print(f"make {target}: {'FAILED' if failed else 'passed'}")
    return int(failed)


def run(step, environment):
    """Exit code of a step; what failed where, and what was measured, as far as it says."""
    command = [sys.executable, "-m", *step.command]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        if step.report:
            command.append(f"--junit-xml={report}")
        code = subprocess.run(command, cwd=ROOT, env=environment).returncode
        if not report.is_file():
            return code, [], []
        return code, failures(report, step.skips), measurements(report)


def failures(report, skips=True):
    """Every failed test of a JUnit report: its place and the first lines of why.

    Where nothing may be skipped, a skipped test has failed.
    """
    kinds = ["failure", "error"] if skips else ["failure", "error", "skipped"]
    found = []
    for case in ElementTree.parse(report).iter("testcase"):
        for problem in [problem for kind in kinds for problem in case.iter(kind)]:
            why = [line for line in (problem.get("message") or "").splitlines() if line.strip()]
            place = f"{case.get('classname')}::{case.get('name')}"
            found.append(f"{place}: {' '.join(why[:2])[:200] or 'no message'}")
    return found


def measurements(report):
    """What tests recorded as `measured`, in order: times and sizes, for people to read."""
    properties = ElementTree.parse(report).iter("property")
    return sorted(p.get("value") for p in properties if p.get("name") == "measured")


if __name__ == "__main__":
    paths, notes = lessons_that_run()
    sys.exit(main([*STEPS, lessons("lessons", paths)], "check", notes))
