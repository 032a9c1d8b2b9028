"""Lint, types, unit tests, image tests, and every output of every lesson; then one verdict.

.venv/bin/python -m tools.check                # tests and lessons share two workers
.venv/bin/python -m tools.check --coverage     # and what the tests reach: twice as long
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

from course_utils._threads import one_thread
from tools import command, extras
from tools.folders import ROOT
from tools.outputs import NOT_COMPARED
from tools.surroundings import settle

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WITH_FRAMEWORKS = ROOT / "notebooks" / "13_frameworks.ipynb"


class Step(NamedTuple):
    """One command of a check.

    `report` says whether it is pytest, which can list failures; `skips` whether it may skip tests;
    `environment` what is set for it alone.
    """

    name: str
    command: list[str]
    report: bool = False
    skips: bool = True
    environment: dict[str, str] | None = None


class Result(NamedTuple):
    """What a step came to: exit code, lines on failures, measurements, and how far cells moved."""

    code: int
    failures: list[str]
    measured: list[str]
    moves: dict[str, float]

    @property
    def verdict(self):
        if self.code:
            return f"failed (exit code {self.code})"
        return "failed" if self.failures else "passed"


# A file stays on one worker, as a lesson must; files go out in the order of collection, which
# begins with the longest lessons.
PYTEST = ["pytest", "-q", "-n2", "--dist=loadfile", "--no-loadscope-reorder"]
TESTS = ["tests", "course_utils"]


def lessons(name, paths, *others, skips=True):
    """The step that runs lessons and compares their outputs, and other tests beside them."""
    return Step(name, [*PYTEST, "--nbval", *map(str, paths), *others], report=True, skips=skips)


def lessons_that_run():
    """The lessons that can be run here, and a line for the one that can't, if so."""
    absent = extras.missing("frameworks")
    if not absent:
        return LESSONS, []
    note = f"left out: {WITH_FRAMEWORKS.stem}, which needs {', '.join(absent)}"
    return [path for path in LESSONS if path != WITH_FRAMEWORKS], [
        f"{note}; type: make check-frameworks"
    ]


LINT = [Step("lint", ["ruff", "check", "."]), Step("format", ["ruff", "format", "--check", "."])]
TYPES = Step("types", ["mypy"])


def steps(paths, coverage=False):
    """What `make check` runs: tests and lessons in one pool, or coverage of the tests alone."""
    if coverage:
        tests = Step("tests", [*PYTEST, *TESTS, "--cov"], report=True)
        return [*LINT, TYPES, tests, lessons("lessons", paths)]
    return [*LINT, TYPES, lessons("tests and lessons", paths, *TESTS)]


def main(steps, target, notes=(), table=lambda results: []):
    """Run all steps and print one verdict, with a table and notes; 0 when all passed, else 1."""
    environment = {**os.environ, "COURSE_UTILS_QUIET": "1"}
    one_thread(environment)
    settle(environment)
    lines, results = [], []
    width = max(len(step.name) for step in steps)
    for step in steps:
        print(f"\n== {step.name}: {' '.join(step.command)}", flush=True)
        start = time.monotonic(), processor_seconds()
        result = run(step, environment | (step.environment or {}))
        took, worked = time.monotonic() - start[0], processor_seconds() - start[1]
        seconds = f"{took:.0f} s ({worked:.0f} s of processors)"
        lines.append(f"{step.name:{width}} {result.verdict}, {seconds}")
        lines += [" " * width + f" {line}" for line in [*result.failures, *result.measured]]
        results.append(result)
    print("\n== verdict", *lines, *table(results), *notes, *busy(), sep="\n")
    failed = any(result.verdict != "passed" for result in results)
    print(f"make {target}: {'FAILED' if failed else 'passed'}")
    return int(failed)


def processor_seconds():
    """What all commands so far have computed; 0 on Windows, which does not say."""
    times = os.times()
    return times.children_user + times.children_system


def busy():
    """A line when, for the last five minutes, far more processes were at work than processors."""
    if not hasattr(os, "getloadavg"):
        return []
    load, processors = os.getloadavg()[1], os.cpu_count()
    if load <= 2 * processors:
        return []
    return [f"the machine was busy: {load:.0f} processes at work on {processors} processors"]


def run(step, environment):
    """The result of one step, whose output goes where this program's goes."""
    command = [sys.executable, "-m", *step.command]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        if step.report:
            command.append(f"--junit-xml={report}")
        code = subprocess.run(command, cwd=ROOT, env=environment).returncode
        if not report.is_file():
            return Result(code, [], [], {})
        return Result(code, failures(report, step.skips), measurements(report), moves(report))


def failures(report, skips=True):
    """Lines on every failed test of a JUnit report: its place, and the first lines of why.

    Where nothing may be skipped, a skipped test has failed. A lesson's cells that could not be
    run, because one before them did not end, always have.
    """
    kinds = ["failure", "error"] if skips else ["failure", "error", "skipped"]
    found, not_run = [], {}
    for case in ElementTree.parse(report).iter("testcase"):
        cell = properties(case).get("cell")
        if any((s.get("message") or "").startswith(NOT_COMPARED) for s in case.iter("skipped")):
            lesson, _, name = cell.partition(", ")
            not_run.setdefault(lesson, []).append(name)
            continue
        for problem in [problem for kind in kinds for problem in case.iter(kind)]:
            why = [line for line in (problem.get("message") or "").splitlines() if line.strip()]
            if cell:  # its message begins with its place
                found += [line[:200] for line in why[:7]]
            else:
                place = f"{case.get('classname')}::{case.get('name')}"
                found.append(f"{place}: {' '.join(why[:2])[:200] or 'no message'}")
    for lesson, names in not_run.items():
        found.append(f"{lesson}: {NOT_COMPARED}: {names[0]} to {names[-1]}, {len(names)} cells")
    return found


def properties(element):
    """What tests recorded in an element of a JUnit report: a dict of value by name."""
    return {p.get("name"): p.get("value") for p in element.iter("property")}


def measurements(report):
    """What tests recorded as `measured`, in order: times and sizes, for people to read."""
    properties = ElementTree.parse(report).iter("property")
    return sorted(p.get("value") for p in properties if p.get("name") == "measured")


def moves(report):
    """How far each cell with a tolerance moved, as a share of it: a dict by `lesson, In [n]`."""
    cases = map(properties, ElementTree.parse(report).iter("testcase"))
    return {case["cell"]: float(case["moved"]) for case in cases if "moved" in case}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--coverage", action="store_true", help="of the package by the tests")
    coverage = parser.parse_args().coverage
    paths, notes = lessons_that_run()
    command.run(main, steps(paths, coverage), "check", notes)
