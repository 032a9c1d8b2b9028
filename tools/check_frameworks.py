"""Compare the package with the frameworks: install them beside the lock, run the parity tests.

Here a skipped test is a failure: it would mean that nothing was compared.

    .venv/bin/python tools/check_frameworks.py
"""

import importlib.metadata
import sys
import tomllib

from check import ROOT, Step, main
from environment import run

STEPS = [
    Step("parity", ["pytest", "-q", "tests/frameworks"], report=True, skips=False),
]


def install():
    """The extra `frameworks` of pyproject.toml, by pip; nothing to do where it is there already."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in project["optional-dependencies"]["frameworks"]:
        name, version = requirement.split("==")
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = None
        if found is None or found.partition("+")[0] != version:
            print(f"installing {requirement}; this takes a minute", flush=True)
            command = [sys.executable, "-m", "pip", "install", "--quiet"]
            command += ["--disable-pip-version-check", requirement]
            run(command)


if __name__ == "__main__":
    install()
    sys.exit(main(STEPS, "check-frameworks"))
