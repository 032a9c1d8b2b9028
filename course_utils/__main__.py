"""``python -m course_utils doctor``: can this environment run the course, and if not, what to type.

It needs nothing but Python's own library, so that it can tell what is missing.
"""

import argparse
import hashlib
import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path

__all__ = ["diagnose", "main"]

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
DIGEST_LINE = re.compile(r"`([\w.-]+)`.*`([0-9a-f]{64})`")


def main(arguments=None):
    """Run a command of ``python -m course_utils``; 0 when all is well, else 1."""
    parser = argparse.ArgumentParser(prog="python -m course_utils", description=__doc__)
    parser.add_argument("command", choices=["doctor"], help="check this environment")
    parser.parse_args(arguments)
    findings = diagnose()
    for good, what, remedy in findings:
        print(f"{'ok  ' if good else 'FAIL'}  {what}")
        if not good:
            print(f"      -> {remedy}")
    if all(good for good, _, _ in findings):
        print("This environment can run the course.")
        return 0
    print("This environment cannot run the course yet: follow the arrows above.")
    return 1


def diagnose(root=ROOT):
    """Check Python, the packages, the data and the kernel.

    Parameters
    ----------
    root : pathlib.Path
        The course's folder.

    Returns
    -------
    list of tuple (bool, str, str)
        Whether it is well, what was looked at, and what to type if it is not.
    """
    return [_check_python(), *_check_packages(), _check_data(root / "data"), _check_kernel()]


def _check_python():
    version = ".".join(map(str, sys.version_info[:3]))
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return (
        sys.version_info >= OLDEST_PYTHON,
        f"Python {version}, needed is {oldest} or newer",
        f"install Python {oldest} or newer, then type: make lab",
    )


def _check_packages():
    """One finding for each package that the course requires, with its version and bounds."""
    try:
        requirements = importlib.metadata.requires("course-utils") or []
    except importlib.metadata.PackageNotFoundError:
        remedy = f'type: make lab   (or: "{sys.executable}" -m pip install -e .)'
        yield False, "the package course_utils is not installed", remedy
        return
    for requirement in requirements:
        if "extra ==" in requirement:
            continue
        name = re.match(r"[\w.-]+", requirement)[0]
        bounds = requirement[len(name) :].split(";")[0].strip()
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            version = None
        what = f"{name} {version or 'is missing'}, needed is {bounds or 'any version'}"
        good = version is not None and all(
            _holds(version, bound) for bound in bounds.split(",") if bound
        )
        yield good, what, f'type: "{sys.executable}" -m pip install "{name}{bounds}"'


def _holds(version, bound):
    """Whether a version meets a bound such as ``>=2.2`` or ``<3``."""
    operator, limit = re.match(r"\s*(>=|<)\s*([\d.]+)", bound).groups()
    found, wanted = (tuple(map(int, re.findall(r"\d+", text))) for text in (version, limit))
    return found >= wanted if operator == ">=" else found < wanted


def _check_data(directory):
    """The data files against the SHA-256 digests in the data card."""
    card = directory / "README.md"
    remedy = "type: git checkout -- data"
    if not card.is_file():
        return False, f"the data card {card} is missing", remedy
    digests = dict(DIGEST_LINE.findall(card.read_text(encoding="utf-8")))
    wrong = [name for name, digest in digests.items() if _digest(directory / name) != digest]
    if wrong or not digests:
        return False, f"data files missing or damaged: {', '.join(wrong) or 'all'}", remedy
    return True, f"{len(digests)} data files, as the data card says", remedy


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _check_kernel():
    found = importlib.util.find_spec("ipykernel") is not None
    return found, f"Jupyter's Python kernel is {'there' if found else 'missing'}", "type: make lab"


if __name__ == "__main__":
    sys.exit(main())
