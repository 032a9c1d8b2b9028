"""The recipes of CONTRIBUTING.md, followed word by word in a copy of the course."""

import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml

from tools.folders import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
COPIED = ["course_utils", "tests", "tools", "conftest.py", "pyproject.toml", "ARCHITECTURE.md"]


def recipe(title):
    """The files that a recipe names, and its pieces of code."""
    text = re.search(rf"^### {title}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]
    files = dict.fromkeys(re.findall(r"`((?:course_utils|tests)/\w+\.py)`", text))
    return list(files), re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def course(tmp_path):
    """A copy of what the recipes touch, and of what tests it."""
    leave = shutil.ignore_patterns("__pycache__", "data")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=leave)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    return tmp_path


def put(course, file, code, before):
    """Write code into a file, before its last line that begins so."""
    path = course / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    above, _, below = text.rpartition(before)
    path.write_text(f"{above}{code}\n\n{before}{below}", encoding="utf-8")


def run(course, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(course), "COURSE_UTILS_QUIET": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=course, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("title", "name", "tests", "least"),
    [
        ("Add an activation", "arctan", "tests/test_activations.py", 15),
        ("Add a loss", "log_cosh", "tests/test_losses.py", 15),
        ("Add an optimizer", "SignSGD", "tests/test_optimizers.py", 10),
    ],
)
def test_registering_is_enough(course, title, name, tests, least):
    (file,), (code,) = recipe(title)
    put(course, file, code, before="\n__all__ = ")
    module = file.removeprefix("course_utils/").removesuffix(".py")
    asked = f"import course_utils as cu; from tools import reference; cu.{name}; "
    asked += f"print('{name}' in dir(cu), '{name}' in reference.modules()['{module}'], cu.__file__)"
    listed, described, place = run(course, "-c", asked).split()
    assert (listed, described) == ("True", "True")
    assert place.startswith(str(course))
    said = run(course, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests, "-k", name)
    assert int(re.search(r"(\d+) passed", said)[1]) >= least


def test_a_layer_is_added_in_three_files(course):
    (file, listing, tests), (code, row) = recipe("Add a layer")
    put(course, file, code, before="class Flatten(Layer)")
    for path, old, new in (
        (file, '"ChannelScale"', '"Clip", "ChannelScale"'),
        (listing, "Activation ChannelScale", "Activation Clip ChannelScale"),
        (tests, "LAYERS = {\n", f"LAYERS = {{\n{row}"),
        (tests, "    Activation,\n", "    Activation,\n    Clip,\n"),
    ):
        text = (course / path).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (course / path).write_text(text.replace(old, new), encoding="utf-8")
    arguments = ["tests/test_layers.py", "tests/test_init.py", "-k", "Clip"]
    said = run(course, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)
    assert int(re.search(r"(\d+) passed", said)[1]) >= 15


@pytest.mark.parametrize("form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")))
def test_a_form_asks_for_what_is_needed(form):
    read = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= read.keys()
    questions = [part for part in read["body"] if part["type"] != "markdown"]
    assert all(part["attributes"]["label"] for part in questions)
    assert any(part.get("validations", {}).get("required") for part in questions)


def test_the_citation_names_the_version_that_is_here():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
