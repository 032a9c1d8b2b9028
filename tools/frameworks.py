"""PyTorch, Keras and TensorFlow beside the lock: are they there, and if not, install them.

They are what the package is compared with and what one lesson shows; nothing else needs them.

    .venv/bin/python tools/frameworks.py
"""

import importlib.metadata
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LESSON = ROOT / "notebooks" / "12_frameworks.ipynb"


def requirements():
    """The extra `frameworks` of pyproject.toml: a dict of version by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return dict(entry.split("==") for entry in project["optional-dependencies"]["frameworks"])


def missing():
    """The requirements that are not installed in exactly their version, as `name==version`."""
    found = {name: version.partition("+")[0] for name, version in installed().items()}
    return [f"{name}=={v}" for name, v in requirements().items() if found.get(name) != v]


def installed():
    """Every installed package: a dict of version by name."""
    distributions = importlib.metadata.distributions()
    return {d.metadata["Name"].lower().replace("_", "-"): d.version for d in distributions}


def pins():
    """The packages of the lock in the versions that are here, as `name==version`.

    Not those that Python itself brought, such as setuptools: the frameworks ask for newer ones.
    """
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    return [f"{name}=={v}" for name, v in installed().items() if name in locked]


def lessons_that_run():
    """The lessons that can be run here, and a line for the one that can't, if so."""
    paths, absent = sorted(LESSON.parent.glob("*.ipynb")), missing()
    if not absent:
        return paths, []
    note = f"left out: {LESSON.stem}, which needs {', '.join(absent)}; type: make check-frameworks"
    return [path for path in paths if path != LESSON], [note]


def install():
    """Install what is missing, and leave every package of the lock as it is.

    By pip, which takes torch's file without CUDA where others take gigabytes.
    """
    absent = missing()
    if not absent:
        return
    print(f"installing {', '.join(absent)}; this takes about a minute", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        constraint = Path(folder, "pins.txt")
        constraint.write_text("\n".join(pins()))
        command = [sys.executable, "-m", "pip", "install", "--quiet"]
        command += ["--disable-pip-version-check", f"--constraint={constraint}", *absent]
        code = subprocess.run(command, cwd=ROOT).returncode
    if code:
        sys.exit(
            "The frameworks could not be installed; the message above says why. Most often the "
            "network is down, or this Python is newer than they are: the course runs without them, "
            f"all but {LESSON.stem}."
        )


if __name__ == "__main__":
    install()
