"""Run every lesson in JupyterLab and a real browser; then one verdict, with what each lesson took.

Installs Playwright and, where none is found, Debian's Chromium. Numbers choose some lessons:

    .venv/bin/python -m tools.check_browser 05 08

Pictures and a log of each failure are kept in build/browser/, each run's in a folder of its own.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from tools import check, chromium, extras
from tools.folders import ROOT

PICTURES = ROOT / "build" / "browser"
# The longest lessons come first, one at a time, so that both processes end together.
COMMAND = ["pytest", "-q", "-n2", "--maxschedchunk=1", "tests/browser"]


def main(numbers):
    paths, notes = check.lessons_that_run()
    only = selection(numbers, [path.stem for path in paths], notes)
    extras.install("browser")
    chromium.find()
    folder = new_folder()
    step = check.Step("browser", [*COMMAND, f"--keep={folder}", *only], report=True, skips=False)
    code = check.main([step], "check-browser", notes)
    if code == 0:
        shutil.rmtree(folder)
    return code


def new_folder():
    """A folder for what this run keeps, beside those of other runs, which may still go on."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=time.strftime("%Y-%m-%d-%H%M%S-"), dir=PICTURES))


def selection(numbers, stems, notes=()):
    """The options of pytest that choose lessons by the beginning of their names; none for all.

    Raises
    ------
    SystemExit
        When no lesson that can be run here begins so.
    """
    chosen = []
    for number in numbers:
        found = [stem for stem in stems if stem.startswith(number)]
        if not found:
            sys.exit("\n".join([f"no lesson begins with {number!r}: {', '.join(stems)}", *notes]))
        chosen += found
    return ["-k", " or ".join(chosen)] if chosen else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
