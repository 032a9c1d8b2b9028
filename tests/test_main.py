"""The doctor finds what is wrong and says what to type, without NumPy too."""

import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils import __main__ as doctor

ROOT = Path(__file__).resolve().parent.parent


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
    assert [finding[:2] for finding in doctor._check_packages()] == [
        (False, "the package course_utils is not installed")
    ]


def test_an_old_python_fails(monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 1))
    good, what, remedy = doctor._check_python()
    assert not good
    assert what == "Python 3.10.1, needed is 3.11 or newer"
    assert "make lab" in remedy


def test_a_missing_package_names_the_command(monkeypatch, capsys):
    def version(name):
        if name == "numpy":
            raise importlib.metadata.PackageNotFoundError(name)
        return "9999" if name == "tqdm" else real(name)

    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", version)
    assert doctor.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "FAIL  numpy is missing, needed is " in said
    assert '-m pip install "numpy' in said
    assert "FAIL  tqdm 9999, needed is " in said


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
    assert remedy == "type: git checkout -- data"
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


def test_a_missing_kernel_is_a_finding(monkeypatch):
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    assert doctor._check_kernel()[:2] == (False, "Jupyter's Python kernel is missing")


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        doctor.main(["nurse"])
    assert stop.value.code == 2
    assert "invalid choice: 'nurse'" in capsys.readouterr().err
