"""The lists of packages agree, and the locks hold what they should."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA_NAMES = {
    "dask-core": "dask[array]",
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


def test_the_makefile_documents_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split())
    assert set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE)) == targets
