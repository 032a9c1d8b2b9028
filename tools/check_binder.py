"""Let Binder's own builder, repo2docker, read the course, and look at what it would build.

It is installed first; Docker is not needed, because nothing is built.

    .venv/bin/python -m tools.check_binder
"""

import sys

from tools.check import Step, main
from tools.extras import install

STEPS = [Step("binder", ["pytest", "-q", "tests/test_binder.py"], report=True, skips=False)]

if __name__ == "__main__":
    install("binder")
    sys.exit(main(STEPS, "check-binder"))
