"""The hooks of pre-commit run what .venv holds, on the files that can break what they look at."""

import importlib.util
import re
import shlex
import shutil
import subprocess

import pytest
import yaml

from tools.folders import ROOT

CONFIGURATION = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
HOOKS = {hook["id"]: hook for repo in CONFIGURATION["repos"] for hook in repo["hooks"]}
every_hook = pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)


def start(hook, folder):
    """Start a hook in a folder as pre-commit does: its entry, its arguments, the files."""
    words = [*shlex.split(hook["entry"]), *hook["args"], "a file.py"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True)


@every_hook
def test_a_hook_downloads_nothing(hook):
    assert {repo["repo"] for repo in CONFIGURATION["repos"]} == {"local"}
    assert hook["language"] == "unsupported"
    assert "additional_dependencies" not in hook


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh")
@pytest.mark.parametrize("python", [".venv/bin/python", ".venv/Scripts/python.exe"])
@every_hook
def test_a_hook_runs_the_python_of_venv(tmp_path, hook, python):
    place = tmp_path / python
    place.parent.mkdir(parents=True)
    place.write_text('#!/bin/sh\nfor word in "$@"; do echo "$word"; done\nexit 7\n')
    place.chmod(0o755)
    ran = start(hook, tmp_path)
    assert ran.stdout.splitlines() == ["-E", "-m", *hook["args"], "a file.py"]
    assert ran.returncode == 7
    assert importlib.util.find_spec(hook["args"][0])


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh")
@every_hook
def test_without_venv_a_hook_fails_with_what_to_type(tmp_path, hook):
    ran = start(hook, tmp_path)
    assert (ran.returncode, ran.stdout) == (1, "There is no .venv yet. Type: make setup\n")


@pytest.mark.parametrize(
    ("hook", "wakes", "sleeps"),
    [
        (
            "readme",
            "README.md ARCHITECTURE.md notebooks/01_perceptrons.ipynb course_utils/layers.py "
            "course_utils/figures/plotting.py tools/readme.py",
            "tests/test_layers.py CONTRIBUTING.md data/README.md",
        ),
        (
            "versions",
            "pyproject.toml environment.yml requirements.lock requirements-mutants.lock "
            "CITATION.cff CHANGELOG.md",
            "README.md course_utils/layers.py",
        ),
    ],
)
def test_a_hook_wakes_for_what_can_break_it(hook, wakes, sleeps):
    files = [*wakes.split(), *sleeps.split()]
    assert [file for file in files if not (ROOT / file).is_file()] == []
    assert [file for file in files if re.search(HOOKS[hook]["files"], file)] == wakes.split()
    assert HOOKS[hook]["pass_filenames"] is False


def test_the_tests_that_a_hook_runs_are_there():
    names = [name for name in HOOKS["versions"]["args"] if "::" in name]
    assert len(names) == 3
    for name in names:
        file, test = name.split("::")
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")
