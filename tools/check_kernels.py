"""Unit tests and lessons under every kind of arithmetic that this processor can do; then a table.

OpenBLAS has a kernel for each family of processors, and NumPy loops for each level of SIMD. They
round differently, so that what holds on one machine is tried here as other machines compute it.

    .venv/bin/python -m tools.check_kernels            # all of it, most of an hour
    .venv/bin/python -m tools.check_kernels --brief    # tests under two, two lessons under one
"""

import argparse
import json
import os
import subprocess
import sys
from typing import NamedTuple

from tools import check, command

LEVELS = ["X86_V2", "X86_V3", "X86_V4", "AVX512_ICL", "AVX512_SPR"]  # of NumPy's SIMD
# Names for OPENBLAS_CORETYPE, newest first, and the level of SIMD of that family of processors.
# Several names may choose one kernel, and one that this processor lacks ends in a crash.
FAMILIES = {
    "SapphireRapids": "AVX512_SPR",
    "Cooperlake": "AVX512_ICL",
    "SkylakeX": "X86_V4",
    "Zen": "X86_V3",
    "Haswell": "X86_V3",
    "Sandybridge": "X86_V2",
    "Nehalem": "X86_V2",
    "Prescott": "X86_V2",
    **dict.fromkeys(["NeoverseV1", "NeoverseN1", "CortexA57", "ARMV8"], LEVELS[-1]),
}
PROBE = """
import json, numpy, threadpoolctl, scipy.linalg.blas as blas
single, double = numpy.ones((64, 64), numpy.float32), numpy.ones((64, 64))
assert (single @ single == 64).all() and (blas.dgemm(1.0, double, double) == 64).all()
libraries = threadpoolctl.threadpool_info()
libraries = [one for one in libraries if one["internal_api"] == "openblas"]
simd = numpy.show_config(mode="dicts")["SIMD Extensions"]
print(json.dumps({
    "blas": sorted({one["architecture"] for one in libraries}),
    "threads": max([one["num_threads"] for one in libraries], default=1),
    "simd": simd.get("found", []),
    "baseline": simd["baseline"][-1],
}))
"""
BRIEF_LESSONS = ("01", "05")


class Arithmetic(NamedTuple):
    """What really computes, as asked of the libraries, and the environment that makes it so."""

    blas: tuple[str, ...]
    simd: str
    threads: int
    environment: dict[str, str]

    @property
    def name(self):
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{' and '.join(self.blas) or 'no OpenBLAS'}, {self.simd}, {threads}"

    @property
    def what(self):
        """What tells one arithmetic from another."""
        return self[:3]


def ask(environment):
    """The arithmetic that an environment gives, and NumPy's levels of SIMD there; None if none.

    Parameters
    ----------
    environment : dict of str
        Set beside what is set already.
    """
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")}
    environment = {**threads, **environment}
    asked = subprocess.run(
        [sys.executable, "-c", PROBE],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    if asked.returncode:
        return None, []
    found = json.loads(asked.stdout)
    simd = found["simd"][-1] if found["simd"] else found["baseline"]
    return Arithmetic(tuple(found["blas"]), simd, found["threads"], environment), found["simd"]


def arithmetics():
    """All that can be tried here, this machine's own first, each once.

    Every kernel of OpenBLAS goes with the SIMD that its family of processors has; then this
    processor's own kernel with less and less SIMD, and on two threads.
    """
    own, levels = ask({})
    tried = [own]
    for family, level in FAMILIES.items():
        above = [one for one in levels if one in LEVELS[LEVELS.index(level) + 1 :]]
        tried.append(ask({"OPENBLAS_CORETYPE": family, **without(above)})[0])
    for k in range(len(levels)):
        tried.append(ask(without(levels[k:]))[0])
    tried.append(ask({"OPENBLAS_NUM_THREADS": "2"})[0])
    found = {}
    for one in filter(None, tried):
        found.setdefault(one.what, one)
    return list(found.values())


def without(levels):
    """The environment that takes levels of SIMD from NumPy."""
    return {"NPY_DISABLE_CPU_FEATURES": " ".join(levels)} if levels else {}


def steps(arithmetics, paths):
    """Tests and lessons under each arithmetic."""
    pool = check.lessons("", paths, *check.TESTS)
    return [pool._replace(name=one.name, environment=one.environment) for one in arithmetics]


def brief_steps(arithmetics, paths):
    """Tests under the two kernels furthest from this processor's, two lessons under one."""
    kernels = {one.blas: one for one in arithmetics[1:] if one.blas != arithmetics[0].blas}
    first, *second = list(kernels.values())[::-1][:2] or arithmetics[-1:]
    few = [path for path in paths if path.stem.startswith(BRIEF_LESSONS)]
    return steps([first], few) + steps(second, [])


def table(results):
    """How far the numbers of each cell with a tolerance moved, as shares of it."""
    cells = {cell for result in results for cell in result.moves}
    if not cells:
        return []
    lines = ["", "how far numbers moved, as a share of their cell's tolerance, in the order above"]
    for cell in sorted(cells, key=lambda cell: (cell.split(",")[0], int(cell[:-1].split("[")[1]))):
        shares = [result.moves.get(cell) for result in results]
        row = " ".join("     -" if share is None else f"{share:6.2f}" for share in shares)
        lines.append(f"{cell:50} {row}")
    return [*lines, ""]


def main(brief):
    paths, notes = check.lessons_that_run()
    found = arithmetics()
    if len(found) < 2:
        sys.exit("NumPy computes in one way only here; there is nothing to compare: make check")
    chosen = brief_steps(found, paths) if brief else steps(found, paths)
    return check.main(chosen, "check-kernels", notes, table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brief", action="store_true", help="a few minutes, as in CI")
    command.run(main, parser.parse_args().brief)
