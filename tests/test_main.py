"""The doctor finds what is wrong and says what to type, without NumPy too."""

import importlib.metadata
import json
import shutil
import subprocess
import sys
import venv
from typing import NamedTuple

import pytest

from course_utils import __main__ as doctor
from tools import environment
from tools.folders import ROOT


def test_a_healthy_environment_is_told_so(capsys):
    assert doctor.main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "FAIL" not in said
    assert said.endswith("This environment can run the course.\n")
    assert "numpy" in said
    files = [path for path in (ROOT / "data").iterdir() if path.name != "README.md"]
    assert f"{len(files)} data files, as the data card says" in said


def test_it_runs_as_a_module_where_numpy_is_missing():
    """In a Python without any package, from the course's folder."""
    command = [sys.executable, "-I", "-S", "-c"]
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['course_utils', 'doctor']; "
    code += "import runpy; runpy.run_module('course_utils', run_name='__main__')"
    ran = subprocess.run([*command, code], capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 1, ran.stderr
    assert "cannot run the course yet" in ran.stdout
    assert "FAIL  " in ran.stdout
    assert "type: make lab" in ran.stdout


def test_a_course_that_was_not_installed_names_the_command(monkeypatch):
    def requires(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", requires)
    assert [finding[:2] for finding in doctor._check_packages(ROOT)] == [
        (False, "the package course_utils is not installed")
    ]


def test_an_old_python_fails(monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 1))
    ((good, what, remedy),) = doctor._check_python()
    assert not good
    assert what == "Python 3.10.1, needed is 3.11 to 3.14"
    assert "make lab" in remedy


class Installed(NamedTuple):
    """A package as its metadata say."""

    version: str
    place: str = "/"

    def locate_file(self, name):
        return self.place


def pretend(monkeypatch, **versions):
    """Let these versions of packages be installed, each named by one string."""
    real = importlib.metadata.distributions

    def distributions(name):
        if name in versions:
            return [Installed(version) for version in versions[name].split()]
        return real(name=name)

    monkeypatch.setattr(importlib.metadata, "distributions", distributions)
    monkeypatch.setattr(doctor, "_imported", lambda names, root: dict.fromkeys(names, ("", "")))


def wrong(findings):
    return [what for good, what, _ in findings if not good]


def test_a_package_that_is_missing_other_or_twice_is_a_finding(monkeypatch):
    pretend(monkeypatch, numpy="", tqdm="9999", scipy="1.17.1 1.16.0")
    missing, twice, other = wrong(doctor._check_packages(ROOT))
    assert missing.startswith("numpy is missing, needed is ")
    assert twice == "scipy is here 2 times: 1.17.1, 1.16.0"
    assert other.startswith("tqdm 9999, needed is ")


# -- what to type ---------------------------------------------------------------------------


def test_the_course_s_own_environment_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor.sys, "prefix", str(tmp_path / ".venv"))
    assert doctor._anew(tmp_path, "numpy").startswith("type: make clean lab ")


def test_pip_is_for_an_environment_of_the_student_s_own(tmp_path, monkeypatch):
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.setattr(doctor.sys, "prefix", "/home/ada/env")
    assert "-m pip install numpy" in doctor._anew(tmp_path, "numpy")
    monkeypatch.setattr(doctor.sys, "prefix", doctor.sys.base_prefix)  # the machine's Python
    assert "pip" not in doctor._anew(tmp_path, "numpy")
    monkeypatch.setenv("CONDA_PREFIX", "/home/ada/conda")
    assert "-m pip install numpy" in doctor._anew(tmp_path, "numpy")
    (tmp_path / ".venv").mkdir()
    assert doctor._anew(tmp_path, "numpy").startswith("type: make lab ")
    assert "pip" not in doctor._anew(tmp_path, "numpy")


# -- what hides or breaks a package ---------------------------------------------------------


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A course without anything, in whose notebooks/ the doctor stands."""
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path


@pytest.mark.parametrize("name", ["numpy.py", "random.py", "sklearn/__init__.py", "scipy.abi3.so"])
def test_a_file_beside_a_lesson_that_hides_a_package_is_a_finding(empty, name):
    path = empty / "notebooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    ((good, what, remedy),) = doctor._check_hidden(empty)
    hiding = empty / "notebooks" / name.partition("/")[0]
    assert not good
    assert what.startswith(f"{hiding} hides {hiding.name.partition('.')[0]}: ")
    assert remedy.endswith(f'"{hiding}" "{hiding.with_name("my_" + hiding.name)}"')


def test_a_file_in_pythonpath_hides_too_and_other_files_do_not(empty, monkeypatch):
    (empty / "notebooks" / "mine.py").write_text("")
    (empty / "notebooks" / "numpy").mkdir()  # without __init__.py the real one is found
    assert list(doctor._check_hidden(empty)) == []
    (empty / "other").mkdir()
    (empty / "other" / "pandas.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(empty / "other"))
    ((_, what, _),) = doctor._check_hidden(empty)
    assert what.startswith(f"{empty / 'other' / 'pandas.py'} hides pandas")


def test_an_import_is_tried_and_its_cause_is_said(empty):
    modules = {
        "raises": 'try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ImportError("a\\nb")',
        "crashes": "import os\nos._exit(9)",
        "leaves": "raise SystemExit('no')",
        "works": "print('imported by you', end='')",
    }
    for name, source in modules.items():
        (empty / "notebooks" / f"{name}.py").write_text(source)
    found = doctor._imported([*modules, "nowhere"], empty)
    assert {name: why for name, (_, why) in found.items()} == {
        "raises": "ZeroDivisionError: division by zero",
        "crashes": "Python ended with exit code 9",
        "leaves": "SystemExit: no",
        "works": "",
        "nowhere": "ModuleNotFoundError: No module named 'nowhere'",
    }
    assert found["works"][0] == str(empty / "notebooks" / "works.py")


def test_one_cause_is_said_once(monkeypatch):
    why = "ModuleNotFoundError: No module named 'numpy'"
    broken = {"numpy", "scipy", "course_utils.layers"}
    monkeypatch.setattr(
        doctor,
        "_imported",
        lambda names, root: {name: ("", why if name in broken else "") for name in names},
    )
    assert wrong(doctor._check_packages(ROOT)) == [f"numpy, scipy can't be imported: {why}"]
    broken -= {"numpy", "scipy"}
    (finding,) = [f for f in doctor._check_packages(ROOT) if not f[0]]
    assert finding[1].startswith("course_utils.layers can't be imported: ")
    assert "git diff course_utils" in finding[2]


def test_a_package_from_another_place_is_a_finding(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "distributions", lambda name: [Installed("2.4", "/a")])
    good, what, _ = doctor._check_package("numpy", ">=2.4", "/b/numpy.py", ROOT)
    assert (good, what) == (False, "/b/numpy.py is imported in place of numpy 2.4")


def test_a_variable_that_breaks_lessons_is_a_finding(monkeypatch):
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    ((good, what, remedy),) = doctor._check_variables()
    assert not good
    assert what == "PYTHONOPTIMIZE=1 stands in this shell: Python leaves out every assert"
    assert "PYTHONOPTIMIZE" in remedy
    monkeypatch.setenv("MPLBACKEND", "nonsense")
    assert "MPLBACKEND" in doctor._mend(ROOT, "ValueError: 'nonsense' is not a backend", True)


def test_what_a_check_itself_meets_is_a_finding_and_no_traceback(monkeypatch, capsys):
    def breaks(*arguments):
        raise RuntimeError("unthought of")

    for name in ("_check_packages", "_check_kernel", "_check_data", "_check_machine"):
        monkeypatch.setattr(doctor, name, breaks)
    assert doctor.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert said.count("could not be looked at: RuntimeError: unthought of") == 4


def test_it_runs_where_a_student_s_random_and_the_course_s_own_package_are_broken(tmp_path):
    shutil.copytree(ROOT / "course_utils", tmp_path / "course_utils")
    (tmp_path / "course_utils" / "__init__.py").write_text("1 / 0")
    (tmp_path / "random.py").write_text("1 / 0")
    arguments = [sys.executable, "course_utils/__main__.py", "doctor"]
    ran = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "data card" in ran.stdout


# -- the machine ----------------------------------------------------------------------------


def test_a_disk_that_is_nearly_full_is_called_so(monkeypatch, empty):
    usage = shutil.disk_usage("/")._replace(free=4096)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: usage)
    what = wrong(doctor._check_machine(empty))[0]
    assert what == f"the disk is nearly full: {empty / 'notebooks'} has 4,096 bytes free"


def test_a_folder_that_only_reads_and_no_port_are_findings(monkeypatch, empty):
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: "notebooks" not in path)
    monkeypatch.setattr(doctor.socket.socket, "bind", refuse)
    lost, port = wrong(doctor._check_machine(empty))
    assert lost.startswith(f"{empty / 'notebooks'} can't be written to")
    assert port == "no port of this machine is free for JupyterLab (in use)"


def refuse(*arguments):
    raise OSError(98, "in use")


@pytest.mark.parametrize(
    ("version", "bound", "holds"),
    [
        ("2.4.6", ">=2.4", True),
        ("2.4", ">=2.4", True),
        ("2.3.9", ">=2.4", False),
        ("2.10", ">=2.4", True),
        ("2.4.6", "<3", True),
        ("3.0", "<3", False),
        ("10.0", "<3", False),
    ],
)
def test_versions_are_compared_as_numbers(version, bound, holds):
    assert doctor._holds(version, bound) is holds


@pytest.fixture
def course(tmp_path):
    """A copy of the data card and of the smallest data file, as a course of its own."""
    (tmp_path / "data").mkdir()
    card = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    line = next(line for line in card.splitlines() if "t10k-labels" in line)
    (tmp_path / "data" / "README.md").write_text(line)
    shutil.copy(ROOT / "data" / "t10k-labels-idx1-ubyte.gz", tmp_path / "data")
    return tmp_path


def test_data_files_are_compared_with_the_card(course):
    assert doctor._check_data(course / "data")[0]
    path = course / "data" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    good, what, remedy = doctor._check_data(course / "data")
    assert not good
    assert what == "data files missing or damaged: t10k-labels-idx1-ubyte.gz"
    assert remedy == "get the course again, by git clone, which has this file"
    (course / ".git").mkdir()
    assert doctor._check_data(course / "data")[2] == "type: git checkout -- data"
    path.unlink()
    assert not doctor._check_data(course / "data")[0]


def test_a_missing_or_empty_card_is_a_finding(course):
    (course / "data" / "README.md").write_text("nothing")
    assert doctor._check_data(course / "data")[:2] == (False, "data files missing or damaged: all")
    (course / "data" / "README.md").unlink()
    good, what, _ = doctor._check_data(course / "data")
    assert not good
    assert "data card" in what
    assert "missing" in what


def test_what_came_by_a_wheel_has_its_data_within(course):
    place = course / "site-packages"
    (place / "course_utils").mkdir(parents=True)
    shutil.move(course / "data", place / "course_utils" / "data")
    assert doctor._check_data(doctor._data(place))[0]
    (place / "course_utils" / "data" / "README.md").unlink()
    remedy = "install the course's wheel again, by pip install --force-reinstall"
    assert doctor._check_data(doctor._data(place))[2] == remedy
    assert [what for good, what, _ in doctor._check_machine(place) if not good] == []


def kernel(folder, monkeypatch, text):
    """A kernelspec python3 in a student's Jupyter folder; what the doctor says of it."""
    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(text)
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    ((good, what, remedy),) = doctor._check_kernel(ROOT)
    assert not good
    assert str(place / "kernel.json") in what
    assert "kernelspec remove -y python3" in remedy
    return what


def spec(python):
    return json.dumps({"argv": [python, "-m", "ipykernel_launcher"], "display_name": "Mine"})


def test_the_kernel_of_this_environment_is_well():
    ((good, _, _),) = doctor._check_kernel(ROOT)
    assert good


def test_a_kernel_that_names_no_python_is_a_finding(tmp_path, monkeypatch):
    what = kernel(tmp_path, monkeypatch, spec("/nowhere/python"))
    assert "names /nowhere/python, which does not start (" in what


def test_a_kernel_whose_python_has_no_course_is_a_finding(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    venv.create(tmp_path / "bare")
    python = environment.PYTHON.relative_to(environment.VENV)
    what = kernel(tmp_path, monkeypatch, spec(str(tmp_path / "bare" / python)))
    assert "has no ipykernel (ModuleNotFoundError" in what
    assert "no course_utils (ModuleNotFoundError" in what


def test_a_kernel_that_cannot_be_read_is_a_finding(tmp_path, monkeypatch):
    assert "can't be read: JSONDecodeError" in kernel(tmp_path, monkeypatch, "{")


def test_a_missing_kernel_is_a_finding(monkeypatch):
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(doctor.subprocess, "run", lambda *a, **k: failed)
    assert wrong(doctor._check_kernel(ROOT)) == ["Jupyter's Python kernel is missing"]


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        doctor.main(["nurse"])
    assert stop.value.code == 2
    assert "invalid choice: 'nurse'" in capsys.readouterr().err
