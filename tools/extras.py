"""What stands beside the lock: extras of pyproject.toml in exact versions, and their installation.

The course needs none of them. They are what it is compared with, and what checks and shows it.

    .venv/bin/python -m tools.extras frameworks
"""

import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tools import command
from tools.environment import check_room
from tools.folders import ROOT

# What torch 2.13.0 and all that it requires weigh on PyPI for Linux (x86-64, Python 3.11).
TORCH_WITH_CUDA = "2.7 GB"
# A network that does not reach PyTorch's index is told so in seconds.
SOON = {"UV_HTTP_CONNECT_TIMEOUT": "10", "UV_HTTP_TIMEOUT": "30", "UV_HTTP_RETRIES": "0"}


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

    Not those that Python itself brought, such as pip.
    """
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    return [f"{name}=={v}" for name, v in installed().items() if name in locked]


def install(*names):
    """Install what is missing of some extras, and leave every package of the lock as it is."""
    absent = missing(*names)
    if not absent:
        return
    print(f"Installing {', '.join(absent)}; this takes some minutes. Ctrl-C stops it.", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        constraint = Path(folder, "pins.txt")
        constraint.write_text("\n".join(pins()))
        for package in absent:
            if package.startswith("torch==") and not install_torch(package, constraint):
                print(torch_warning(), flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
        # Those that uv has just installed are there already, for pip too.
        code = subprocess.run([*pip, f"--constraint={constraint}", *absent], cwd=ROOT).returncode
    if code:
        check_room(Path(sys.prefix), Path(tempfile.gettempdir()))
        sys.exit(
            f"The extra packages ({', '.join(names)}) could not be installed; the message above "
            "says why. Most often the network is down, or this Python is newer than they are. The "
            "course runs without them, all but lesson 13, which needs the frameworks."
        )


def install_torch(package, constraint):
    """Whether uv could install torch's file for processors, from PyTorch's own index."""
    uv = [sys.executable, "-m", "uv", "pip", "install", f"--python={sys.executable}"]
    arguments = [*uv, "--torch-backend=cpu", f"--constraint={constraint}", package]
    environment = {**SOON, **os.environ}
    return subprocess.run(arguments, cwd=ROOT, env=environment).returncode == 0


def torch_warning():
    """What it means that torch comes by pip."""
    text = "PyTorch's own index, which has torch for processors alone, did not give it: now by pip."
    if not sys.platform.startswith("linux"):
        return text
    return (
        f"{text}\nOn Linux, PyPI's torch is made for NVIDIA's graphics cards: with its libraries "
        f"{TORCH_WITH_CUDA} to download, and more on disk. Where PIP_FIND_LINKS names a folder "
        "with a smaller file, pip takes that. Ctrl-C stops it; the course runs without, all but "
        "lesson 13."
    )


if __name__ == "__main__":
    command.run(install, *sys.argv[1:])
