"""Build the web page and look at every page of it in Chromium; then one verdict.

Links, images, formulas, what leaves the machine, what axe-core finds in light and in dark, the
width of a phone, search, and a walk by keyboard.

    .venv/bin/python -m tools.check_site
"""

import sys

from tools import build_site, chromium, npm
from tools.check import Step, main
from tools.extras import install

# The longest pages come first, one at a time, so that both processes end together.
COMMAND = ["pytest", "-q", "-n2", "--maxschedchunk=1", "tests/site"]
STEPS = [Step("page", COMMAND, report=True, skips=False)]

if __name__ == "__main__":
    install("browser")
    chromium.find()
    build_site.main()
    npm.fetch(npm.AXE, "axe.min.js", npm.CACHE / "axe.min.js")
    sys.exit(main(STEPS, "check-site"))
