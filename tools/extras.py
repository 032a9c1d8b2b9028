"""What stands beside the lock: extras of pyproject.toml in exact versions, and their installation.

The course needs none of them. They are what it is compared with, and what checks and shows it.

    .venv/bin/python tools/extras.py frameworks
"""

import importlib.metadata
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def requirements(*names):
    """The packages of some extras: a dict of version by name.

    Raises
    ------
    SystemExit
        When there is no such extra, or it is one that the lock holds.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    exact = {
        name: dict(entry.split("==") for entry in entries)
        for name, entries in project["optional-dependencies"].items()
        if all(re.fullmatch(r"[\w.-]+==[\w.]+", entry) for entry in entries)
    }
    for name in names:
        if name not in exact:
            sys.exit(f"no extra is named {name!r}; there are: {', '.join(exact)}")
    return {package: v for name in names for package, v in exact[name].items()}


def missing(*names):
    """The packages of some extras that are not here in exactly their version, `name==version`."""
    found = {name: version.partition("+")[0] for name, version in installed().items()}
    return [f"{name}=={v}" for name, v in requirements(*names).items() if found.get(name) != v]


def installed():
    """Every installed package: a dict of version by name."""
    distributions = importlib.metadata.distributions()
    return {d.metadata["Name"].lower().replace("_", "-"): d.version for d in distributions}


def pins():
    """The packages of the lock in the versions that are here, as `name==version`.

    Not those that Python itself brought, such as setuptools: torch asks for a newer one.
    """
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    return [f"{name}=={v}" for name, v in installed().items() if name in locked]


def install(*names):
    """Install what is missing of some extras, and leave every package of the lock as it is.

    By pip, which takes torch's file without CUDA where others take gigabytes.
    """
    absent = missing(*names)
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
            f"The extra packages ({', '.join(names)}) could not be installed; the message above "
            "says why. Most often the network is down, or this Python is newer than they are. The "
            "course runs without them, all but lesson 12, which needs the frameworks."
        )


if __name__ == "__main__":
    install(*sys.argv[1:])
