"""``python -m course_utils doctor``: can this environment run the course, and if not, what to type.

It needs nothing but Python's own library, so that it can tell what is missing.
"""

import os
import sys

if __name__ == "__main__":
    # A student's own random.py, where this was typed, must not stand in for what is imported below.
    _strange = ["", os.path.dirname(__file__), *os.getenv("PYTHONPATH", "").split(os.pathsep)]
    _strange = set(map(os.path.abspath, _strange))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) not in _strange]

import argparse
import hashlib
import importlib.metadata
import json
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

__all__ = ["diagnose", "main"]

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 14)
DIGEST_LINE = re.compile(r"`([\w.-]+)`.*`([0-9a-f]{64})`")
MODULES = {"ipython": "IPython", "scikit-learn": "sklearn"}  # the others have their own names
PATIENCE = 300  # seconds that an import may take on a machine that does much else
ROOM = 200 * 2**20  # bytes: the notebooks, and what Jupyter and Matplotlib write
ENDING = {
    "PYTHONHOME": "Python looks elsewhere for its own library",
    "PYTHONOPTIMIZE": "Python leaves out every assert",
    "PYTHONWARNINGS": "Python treats warnings in another way",
}
# Each import in turn, as a lesson's kernel does it; one line for each, so that a crash has a name.
IMPORTS = """
import importlib, json, sys
for name in sys.argv[1:]:
    try:
        file = importlib.import_module(name).__file__
        said = [name, file, ""]
    except BaseException as error:
        while error.__cause__ or error.__context__:
            error = error.__cause__ or error.__context__
        lines = [line for line in str(error).splitlines() if line.strip()] or [""]
        said = [name, "", f"{type(error).__name__}: {lines[0].strip()}"]
    print("\\nimported " + json.dumps(said), flush=True)
"""
KERNEL = """
import json
from jupyter_client.kernelspec import KernelSpecManager
manager = KernelSpecManager()
folder = manager.find_kernel_specs().get("python3", "")
try:
    spec = manager.get_kernel_spec("python3")
    print(json.dumps([folder, spec.argv, spec.env]))
except BaseException as error:
    print(json.dumps([folder, [], f"{type(error).__name__}: {error}"]))
"""


def _written_out(text):
    """Text in which names of files stand, without what a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def main(arguments=None):
    """Run a command of ``python -m course_utils``; 0 when all is well, else 1."""
    parser = argparse.ArgumentParser(prog="python -m course_utils", description=__doc__)
    parser.add_argument("command", choices=["doctor"], help="check this environment")
    parser.parse_args(arguments)
    findings = diagnose()
    for good, what, remedy in findings:
        print(f"{'ok  ' if good else 'FAIL'}  {_written_out(what)}")
        if not good:
            print(f"      -> {_written_out(remedy)}")
    if all(good for good, _, _ in findings):
        print("This environment can run the course.")
        return 0
    print("This environment cannot run the course yet: follow the arrows above.")
    return 1


def diagnose(root=ROOT):
    """Check Python, the packages, what hides them, the data, the kernel and the machine.

    Packages are imported, in a process of their own.

    Parameters
    ----------
    root : pathlib.Path
        The course's folder.

    Returns
    -------
    list of tuple (bool, str, str)
        Whether it is well, what was looked at, and what to type if it is not.
    """
    checks = {
        "Python": _check_python,
        "the shell's variables": _check_variables,
        "files that hide a package": lambda: _check_hidden(root),
        "the packages": lambda: _check_packages(root),
        "the data": lambda: [_check_data(_data(root))],
        "Jupyter's kernel": lambda: _check_kernel(root),
        "the machine": lambda: _check_machine(root),
    }
    findings = []
    for what, check in checks.items():
        try:
            findings += check()
        except Exception as error:  # a doctor says what it met, whatever it was
            why = f"{what} could not be looked at: {type(error).__name__}: {error}"
            findings.append((False, why, _anew(root)))
    return findings


# -- what to type -----------------------------------------------------------------------------


def _anew(root, pip=""):
    """What to type for a package that is missing or broken.

    In the course's own environment, to make it anew; in another one of the student's, pip; never
    pip into the Python of the whole machine.
    """
    own = root / ".venv"
    if Path(sys.prefix).resolve() == own.resolve():
        return (
            "type: make clean lab   (without make: delete the folder .venv, then type "
            "python -m tools.environment)"
        )
    apart = sys.prefix != sys.base_prefix or "CONDA_PREFIX" in os.environ
    if own.exists() or not (apart and pip):
        return "type: make lab   (without make: python -m tools.environment)"
    return f'type: make lab   (or: "{sys.executable}" -m pip install {pip})'


def _unset(name):
    command = f"set {name}=" if os.name == "nt" else f"unset {name}"
    return f"type: {command}   (make lab needs no such command)"


def _is_installed(root):
    """Whether the package came by a wheel, without the course's folder round it."""
    return "site-packages" in root.parts


def _bring_back(root, path):
    """What to type for a file of the course that is missing or damaged."""
    if (root / ".git").exists():
        return f"type: git checkout -- {path}"
    if _is_installed(root):
        return "install the course's wheel again, by pip install --force-reinstall"
    return "get the course again, by git clone, which has this file"


# -- Python and its packages ------------------------------------------------------------------


def _check_python():
    version = ".".join(map(str, sys.version_info[:3]))
    oldest, newest = (".".join(map(str, v)) for v in (OLDEST_PYTHON, NEWEST_PYTHON))
    good = OLDEST_PYTHON <= tuple(sys.version_info[:2]) <= NEWEST_PYTHON
    remedy = f"install Python {newest}, then type: make lab PYTHON=python{newest}"
    yield good, f"Python {version}, needed is {oldest} to {newest}", remedy


def _check_variables():
    for name, effect in ENDING.items():
        if os.environ.get(name):
            what = f"{name}={os.environ[name]} stands in this shell: {effect}"
            yield False, what, _unset(name)


def _check_hidden(root):
    for path in _hiding(root):
        name = path.name.partition(".")[0]
        remedy = f"type: {'ren' if os.name == 'nt' else 'mv'} "
        new = f"my_{path.name}" if os.name == "nt" else path.with_name(f"my_{path.name}")
        remedy += f'"{path}" "{new}"'
        yield False, f"{path} hides {name}: Python finds it before the real one", remedy


def _hiding(root):
    """Files where Python looks first, under the name of a package that it or a lesson imports."""
    standard = getattr(sys, "stdlib_module_names", ())
    names = {*standard, *_modules(), "course_utils"}
    folders = [root / "notebooks", Path.cwd(), *_python_path()]
    found = []
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        for path in sorted(folder.iterdir()) if folder.is_dir() and folder != root else ():
            is_module = path.suffix in (".py", ".pyd", ".so") or (path / "__init__.py").is_file()
            if is_module and path.name.partition(".")[0] in names:
                found.append(path)
    return found


def _python_path():
    return [Path(entry) for entry in os.getenv("PYTHONPATH", "").split(os.pathsep) if entry]


def _requirements():
    """Name and bounds of each package that the course requires; None where it isn't installed."""
    try:
        requirements = importlib.metadata.requires("course-utils") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    wanted = [r.split(";")[0].strip() for r in requirements if "extra ==" not in r]
    names = [re.match(r"[\w.-]+", requirement)[0] for requirement in wanted]
    return {name: text[len(name) :].strip() for name, text in zip(names, wanted)}  # noqa: B905


def _module(name):
    return MODULES.get(name, name.replace("-", "_"))


def _modules():
    return [_module(name) for name in _requirements() or ()]


def _check_packages(root):
    """Version and bounds of each package that the course requires; then every import."""
    requirements = _requirements()
    if requirements is None:
        yield False, "the package course_utils is not installed", _anew(root, "-e .")
        return
    files = sorted((root / "course_utils").glob("*.py"))
    ours = ["course_utils", *(f"course_utils.{f.stem}" for f in files if f.stem[:2] != "__")]
    imported = _imported([*_modules(), *ours], root)
    for name, bounds in requirements.items():
        yield _check_package(name, bounds, imported[_module(name)][0], root)
    reasons = {}
    for module, (_, why) in imported.items():
        if why:
            reasons.setdefault(why, []).append(module)
    for why, modules in reasons.items():
        others = [module for module in modules if module not in ours]
        yield (
            False,
            f"{', '.join(others or modules[:1])} can't be imported: {why}",
            _mend(root, why, bool(others)),
        )


def _check_package(name, bounds, file, root):
    """What is installed of one package, and whether it is what was imported, from `file`."""
    installed = list(importlib.metadata.distributions(name=name))
    versions = [distribution.version for distribution in installed]
    what = f"{name} {versions[0] if versions else 'is missing'}"
    what += f", needed is {bounds or 'any version'}"
    good = bool(versions) and all(
        _holds(versions[0], bound) for bound in bounds.split(",") if bound
    )
    places = [str(Path(distribution.locate_file("")).resolve()) for distribution in installed]
    if good and len(versions) > 1:
        good, what = False, f"{name} is here {len(versions)} times: {', '.join(versions)}"
    elif good and file and not any(file.startswith(place) for place in places):
        good, what = False, f"{file} is imported in place of {name} {versions[0]}"
    return good, what, _anew(root, f'"{name}{bounds}"')


def _mend(root, why, is_package):
    """What to type for something that can't be imported, for a reason."""
    backend = os.environ.get("MPLBACKEND")
    if backend and backend in why:
        return _unset("MPLBACKEND")
    if is_package:
        return _anew(root)
    return (
        "type: git diff course_utils, which shows what was changed there; "
        "git checkout -- course_utils undoes it"
    )


def _imported(names, root, python=sys.executable, environment=()):
    """File and error of each import, one of them empty, by a Python started as a lesson's is.

    Apart from the folder and the shell where these hide something, which was said before.
    """
    folder = root / "notebooks" if (root / "notebooks").is_dir() else Path.cwd()
    options = ["-I"] if _hiding(root) or any(map(os.environ.get, ENDING)) else []
    settings = {"cwd": str(folder), "env": {**os.environ, **dict(environment)}, **_PIPES}
    results, left = {}, list(names)
    while left:
        command = [python, *options, "-c", IMPORTS, *left]
        try:
            ran = subprocess.run(command, timeout=PATIENCE, **settings)
            said, end = ran.stdout, f"Python ended with exit code {ran.returncode}"
        except subprocess.TimeoutExpired as late:
            said, end = os.fsdecode(late.stdout or b""), f"no end within {PATIENCE} s"
        lines = [json.loads(line) for line in re.findall(r'^imported (\[".*"\])$', said, re.M)]
        results.update((name, (file or "", why)) for name, file, why in lines)
        left = [name for name in left if name not in results]
        if left:
            results[left.pop(0)] = ("", end)
    return results


_PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "universal_newlines": True}


def _holds(version, bound):
    """Whether a version meets a bound such as ``>=2.2`` or ``<3``."""
    operator, limit = re.match(r"\s*(>=|<)\s*([\d.]+)", bound).groups()
    found, wanted = (tuple(map(int, re.findall(r"\d+", text))) for text in (version, limit))
    return found >= wanted if operator == ">=" else found < wanted


# -- the course's files, the kernel and the machine -------------------------------------------


def _data(root):
    """The folder of the data: a wheel carries it within the package, a clone has it beside."""
    within = root / "course_utils" / "data"
    return within if within.is_dir() else root / "data"


def _check_data(directory):
    """The data files against the SHA-256 digests in the data card."""
    card = directory / "README.md"
    remedy = _bring_back(directory.parent, "data")
    if not card.is_file():
        return False, f"the data card {card} is missing", remedy
    digests = dict(DIGEST_LINE.findall(card.read_text(encoding="utf-8", errors="replace")))
    wrong = [name for name, digest in digests.items() if _digest(directory / name) != digest]
    if wrong or not digests:
        return False, f"data files missing or damaged: {', '.join(wrong) or 'all'}", remedy
    return True, f"{len(digests)} data files, as the data card says", remedy


def _digest(path):
    """A file's SHA-256; None for one that is missing or can't be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _check_kernel(root):
    """Whether the kernel that lessons name, `python3`, is a Python that has the course."""
    ran = subprocess.run([sys.executable, "-c", KERNEL], cwd=root, timeout=PATIENCE, **_PIPES)
    if ran.returncode:
        yield False, "Jupyter's Python kernel is missing", _anew(root)
        return
    folder, argv, environment = json.loads(ran.stdout.splitlines()[-1])
    place = f" ({Path(folder, 'kernel.json')})" if folder else ""
    remedy = f'type: "{sys.executable}" -m jupyter kernelspec remove -y python3'
    if Path(folder).resolve() in Path(sys.prefix).resolve().glob("share/jupyter/kernels/*"):
        remedy = _anew(root)  # that of this environment
    if not argv:
        yield False, f"Jupyter's kernel python3{place} can't be read: {environment}", remedy
        return
    python = sys.executable if re.fullmatch(r"python(3(\.\d+)?)?", argv[0]) else argv[0]
    try:
        names = ["ipykernel"] if python == sys.executable else ["ipykernel", "course_utils"]
        imported = _imported(names, root, python, environment)
        wrong = [f"{name} ({why})" for name, (_, why) in imported.items() if why]
        why = f"has no {' and no '.join(wrong)}" if wrong else ""
    except OSError as error:
        why = f"does not start ({error.strerror})"
    if why:
        yield False, f"Jupyter's kernel python3{place} names {python}, which {why}", remedy
    else:
        yield True, "Jupyter's Python kernel is there", remedy


def _check_machine(root):
    """Room on the disk, folders to write to, and a port for JupyterLab."""
    notebooks = [root / "notebooks"] if (root / "notebooks").is_dir() else []
    for folder in (*notebooks, Path(os.path.expanduser("~")), _temporary()):
        if folder is None:
            yield False, "no folder for temporary files can be written to", _temporary_remedy()
            continue
        if not os.access(str(folder), os.W_OK):
            if folder in notebooks:
                what = f"{folder} can't be written to: your changes to lessons would be lost"
                yield False, what, f'type: cp -r "{root}" ~/course, then cd ~/course and make lab'
            continue
        free = shutil.disk_usage(str(folder)).free
        if free < ROOM:
            what = f"the disk is nearly full: {folder} has {free:,} bytes free"
            yield False, what, f"delete what you do not need there: {ROOM:,} bytes should be free"
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
    except OSError as error:
        what = f"no port of this machine is free for JupyterLab ({error.strerror})"
        yield False, what, "end other programs, or start the machine anew, then type: make lab"


def _temporary():
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        return None


def _temporary_remedy():
    if os.name == "nt":
        return "make room on the disk, or type: set TEMP=a folder that you can write to"
    return "make room on the disk, or type: export TMPDIR=a folder that you can write to"


if __name__ == "__main__":
    sys.exit(main())
