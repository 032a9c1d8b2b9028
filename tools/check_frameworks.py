"""Compare the package with the frameworks: install them, run the parity tests and their lesson.

Here a skipped test is a failure: it would mean that nothing was compared.

    .venv/bin/python -m tools.check_frameworks
"""

import sys

from tools.check import WITH_FRAMEWORKS, Step, lessons, main
from tools.extras import install

STEPS = [
    Step("parity", ["pytest", "-q", "-n2", "tests/frameworks"], report=True, skips=False),
    lessons("lesson", [WITH_FRAMEWORKS], skips=False),
]

if __name__ == "__main__":
    install("frameworks")
    sys.exit(main(STEPS, "check-frameworks"))
