"""Measure the package beside its peers, and write benchmarks/RESULTS.md and its figures.

Installs the peers first. All subjects take about ten minutes; names choose some:

    .venv/bin/python -m tools.bench inference training
"""

import subprocess
import sys

from tools import extras
from tools.folders import ROOT

SCRIPTS = ["imports", "inference", "training", "convolution", "recurrent", "digit_csv"]
# As information. Where turns are short, idle threads of one competitor, which wait in a loop for
# some milliseconds, take a processor from the next: only turns of a second tell something.
TWO_THREADS = ["training"]


def main(names):
    unknown = [name for name in names if name not in SCRIPTS]
    if unknown:
        sys.exit(f"no benchmark is named {unknown[0]!r}; there are: {', '.join(SCRIPTS)}")
    extras.install("frameworks", "bench")
    runs = [[name] for name in names or SCRIPTS]
    runs += [
        [name, "--threads=2", "--rounds=7"] for name in names or SCRIPTS if name in TWO_THREADS
    ]
    failed = []
    for name, *options in runs:
        print("\n==", name, *options, flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", "--write", *options]
        if subprocess.run(command, cwd=ROOT).returncode:
            failed.append(" ".join([name, *options]))
    if failed:
        sys.exit(f"make bench: FAILED: {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
