"""Make .venv from requirements.lock, when it is missing or stale; else do nothing.

Every package is verified against the hashes in the lock. Needs Python's own library only.

    python3 tools/environment.py
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "made-from"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST, NEWEST = (3, 11), (3, 14)


def main():
    check_python()
    if Path(sys.prefix).resolve() == VENV:
        sys.exit(f"{VENV.name} can't make itself anew: run this with the Python it was made from.")
    stamp = digest()
    if STAMP.is_file() and STAMP.read_text() == stamp and PYTHON.exists():
        return
    print(f"making {VENV.name} from {LOCK.name}; this takes about a minute", flush=True)
    # The stamp is written last: an environment that was not finished is stale.
    STAMP.unlink(missing_ok=True)
    make_venv()
    install()
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


def digest():
    """What the environment depends on: this Python, the lock, and how the package is installed."""
    parts = [sys.version.encode(), str(ROOT).encode()]
    parts += [path.read_bytes() for path in (LOCK, ROOT / "pyproject.toml", Path(__file__))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def make_venv():
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"Python can't make a virtual environment:\n{made.stdout}{made.stderr}\n"
            f"On Debian or Ubuntu type: sudo apt install python{version}-venv"
        )


def install():
    """Install the lock by uv, which the lock itself holds; by pip where uv does not run."""
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, "uv.lock")
        first.write_text(locked("uv"))
        by_uv = run([*pip, "--require-hashes", "-r", str(first)], check=False) == 0
    if by_uv:
        pip = [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", f"--python={PYTHON}"]
    # Compiled now, the first lesson starts faster, and old packages' warnings about their own
    # source are not shown to students; pip compiles by itself.
    compiled = ["--compile-bytecode"] if by_uv else []
    run([*pip, *compiled, "--require-hashes", "-r", str(LOCK)])
    run([*pip, "--no-deps", "--editable", str(ROOT)])


def locked(name):
    """The lines of the lock that pin one package."""
    block = re.search(rf"^{name}==.*?(?=^\S|\Z)", LOCK.read_text(), re.MULTILINE | re.DOTALL)
    return block[0]


def run(command, check=True):
    code = subprocess.run(command, cwd=ROOT).returncode
    if code and check:
        sys.exit(
            "The packages could not be installed; the message above says why. Most often the "
            "network is down: try again, and what was downloaded before is not asked for again."
        )
    return code


if __name__ == "__main__":
    main()
