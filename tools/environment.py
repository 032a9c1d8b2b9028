"""Make .venv from requirements.lock, when it is missing or stale; else do nothing.

Every package is verified against the hashes in the lock. Needs Python's own library only.

    python3 -m tools.environment
    python3 -m tools.environment lowest    # not the lock: the lowest versions of pyproject.toml
    python3 -m tools.environment newest    # the newest ones that it allows
"""

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    from tools import command
    from tools.folders import ROOT
except ImportError:  # started by its path, as `make update` of the first edition does
    import command
    from folders import ROOT

VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "made-from"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST, NEWEST = (3, 11), (3, 14)
EXTRAS = ["cluster", "dev"]  # of pyproject.toml, in every environment
# How uv chooses the packages that pyproject.toml names, where the lock does not say.
RESOLUTIONS = {"lowest": "lowest-direct", "newest": "highest"}
SIZE = "900 MB"  # of a finished environment, about
ROOM = 200  # MB: more than any single package
# What the shell or pip's own settings would change, such as where packages are looked for or put.
KEPT = {k: v for k, v in os.environ.items() if not re.match(r"PYTHON|PIP_(USER|TARGET|PREFIX)", k)}
ENVIRONMENT = {**KEPT, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}


def main(arguments=()):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", nargs="?", choices=["locked", *RESOLUTIONS], default="locked")
    packages = parser.parse_args(arguments).packages
    check_python()
    if Path(sys.prefix).resolve() == VENV:
        sys.exit(f"{VENV.name} can't make itself anew: run this with the Python it was made from.")
    stamp = digest(packages)
    if STAMP.is_file() and STAMP.read_text() == stamp and PYTHON.exists():
        return
    print(
        f"Making {VENV.name}: about {LOCK.read_text().count('==')} packages are downloaded and "
        "installed, once. This takes a minute, on a slow network or a busy machine up to fifteen. "
        "Ctrl-C stops it.",
        flush=True,
    )
    # The stamp is written last: an environment that was not finished is made anew.
    STAMP.unlink(missing_ok=True)
    make_venv()
    install(packages)
    STAMP.write_text(stamp)


def check_python():
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found, oldest, newest = (
            ".".join(map(str, v)) for v in (sys.version_info[:2], OLDEST, NEWEST)
        )
        sys.exit(
            f"The course needs Python {oldest} to {newest}; {sys.executable} is Python {found}.\n"
            f"Install one of these and name it, for example: make lab PYTHON=python{newest}"
        )


def digest(packages="locked"):
    """What the environment depends on: this Python, the lock, and how the package is installed."""
    parts = [sys.version.encode(), str(ROOT).encode(), packages.encode()]
    parts += [path.read_bytes() for path in (LOCK, ROOT / "pyproject.toml", Path(__file__))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def make_venv():
    shutil.rmtree(VENV, ignore_errors=True)
    arguments = [sys.executable, "-m", "venv", str(VENV)]
    made = subprocess.run(arguments, capture_output=True, text=True, env=ENVIRONMENT)
    if made.returncode:
        check_room(VENV)
        if has_venv():
            sys.exit(
                f"Python can't make a virtual environment in {VENV}:\n{made.stdout}{made.stderr}"
            )
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"{sys.executable} can't make a virtual environment: its module venv or ensurepip is "
            f"missing.\nOn Debian or Ubuntu type: sudo apt install python{version}-venv"
        )


def has_venv():
    """Whether this Python has what makes virtual environments; Debian has it as a package apart."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def check_room(*folders):
    """Refuse to go on where a file as large as the largest package can't be written, and say why.

    To write one is the only way to know: a quota, or a disk that only reads, has free bytes too.
    """
    for folder in folders:
        there = next(path for path in (folder, *folder.parents) if path.is_dir())
        try:
            with tempfile.TemporaryFile(dir=there) as file:
                for _ in range(ROOM):
                    file.write(bytes(2**20))
        except OSError as error:
            reason = command.why(error, there)
            sys.exit(f"{reason}\nThe packages take about {SIZE}.")


def install(packages="locked"):
    """Install the lock by uv, which the lock itself holds; by pip where uv does not run.

    Or, by uv alone, the `lowest` or the `newest` packages of pyproject.toml. uv itself stays as it
    is: on Windows no program can replace itself.
    """
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, "uv.lock")
        first.write_text(locked("uv"))
        uv = [*pip, "--quiet", "--require-hashes", "-r", str(first)]
        by_uv = run(uv, check=packages != "locked") == 0
    if by_uv:
        pip = [str(PYTHON), "-m", "uv", "pip", "install", f"--python={PYTHON}"]
    # Compiled now, the first lesson starts faster, and old packages' warnings about their own
    # source are not shown to students; pip compiles by itself.
    options = ["--compile-bytecode"] if by_uv else []
    if by_uv and not os.access(os.path.expanduser("~"), os.W_OK):
        options.append("--no-cache")  # which stands in the home
    if packages == "locked":
        wanted = ["--require-hashes", "-r", str(LOCK)]
    else:
        wanted = [f"--resolution={RESOLUTIONS[packages]}", "-r", "pyproject.toml"]
        wanted += [*(f"--extra={extra}" for extra in EXTRAS), locked("uv").split()[0]]
    run([*pip, *options, *wanted])
    # The course itself, built by what the lock holds: alone, pip would fetch a builder of its own.
    course = ["--no-build-isolation", "--no-deps", "--editable", str(ROOT)]
    run([*pip, "--quiet", *course])


def locked(name):
    """The lines of the lock that pin one package."""
    block = re.search(rf"^{name}==.*?(?=^\S|\Z)", LOCK.read_text(), re.MULTILINE | re.DOTALL)
    return block[0]


def run(arguments, check=True):
    code = subprocess.run(arguments, cwd=ROOT, env=ENVIRONMENT).returncode
    if code == -signal.SIGINT or code == command.INTERRUPTED:
        raise KeyboardInterrupt
    if code and check:
        check_room(VENV, Path(tempfile.gettempdir()), Path(os.path.expanduser("~")))
        sys.exit(
            "The packages could not be installed; the message above says why. Most often the "
            "network is down: try again, and what was downloaded before is not asked for again."
        )
    return code


if __name__ == "__main__":
    command.run(main, sys.argv[1:])
