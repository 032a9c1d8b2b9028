"""Resolve the locks: hashed, for every platform and Python of the course, no registry addresses.

python -m tools.lock
"""

import os
import subprocess
import sys

from tools.environment import EXTRAS
from tools.folders import ROOT

LOCKS = {
    "requirements.lock": EXTRAS,
    "requirements-mutants.lock": [*EXTRAS, "mutants"],
}


def main():
    for lock, extras in LOCKS.items():
        command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml"]
        command += [f"--extra={extra}" for extra in extras]
        command += [
            "--upgrade",
            "--universal",
            "--python-version=3.11",
            "--generate-hashes",
            "--no-header",
        ]
        command += ["--no-emit-index-url", "--no-annotate", "--quiet", f"--output-file={lock}"]
        if lock != "requirements.lock":
            command.append("--constraint=requirements.lock")
        subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "UV_NO_CONFIG": "1"})
        print(f"{lock}: {(ROOT / lock).read_text().count('==')} packages")


if __name__ == "__main__":
    main()
