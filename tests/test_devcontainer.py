"""The container that VS Code and Codespaces open the course in: what it names is here.

No container is built.
"""

import json
import re

import pytest
from jupyterlab.labapp import LabApp
from packaging.specifiers import SpecifierSet

from tests.test_environment import PROJECT
from tools import environment
from tools.folders import ROOT

CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
VSCODE = CONTAINER["customizations"]["vscode"]


def test_its_image_is_one_that_nobody_can_change():
    pinned = r"[\w./-]+/python:\d+\.\d+\.\d+-3\.\d+-\w+@sha256:[0-9a-f]{64}"
    assert re.fullmatch(pinned, CONTAINER["image"])


def test_its_python_is_that_of_conda_and_one_that_the_course_takes():
    python = re.search(r"-(3\.\d+)-", CONTAINER["image"])[1]
    assert f"  - python={python}\n" in (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert f"{python}.0" in SpecifierSet(PROJECT["requires-python"])


@pytest.mark.parametrize("command", [name for name in CONTAINER if name.endswith("Command")])
def test_a_command_is_a_target_of_make(command):
    target = CONTAINER[command].removeprefix("make ")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert target in re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()


def test_the_set_up_ends_before_the_editor_looks_for_its_python():
    assert CONTAINER["postCreateCommand"] == "make setup"
    assert CONTAINER["waitFor"] == "postCreateCommand"
    python = environment.VENV / "bin" / "python"
    told = f"${{workspaceFolder}}/{python.relative_to(ROOT).as_posix()}"
    assert VSCODE["settings"] == {"python.defaultInterpreterPath": told}
    assert {"ms-python.python", "ms-toolsai.jupyter"} == set(VSCODE["extensions"])


def test_the_port_is_that_of_jupyterlab():
    assert CONTAINER["forwardPorts"] == [LabApp.serverapp_class.port_default_value]
    assert CONTAINER["portsAttributes"].keys() == {str(p) for p in CONTAINER["forwardPorts"]}
    assert "ServerApp.port" not in (ROOT / "tools" / "lab.py").read_text(encoding="utf-8")


def test_its_properties_are_those_of_the_specification():
    """Of the schema of containers.dev, all that is used here: it allows no others."""
    known = "name image postCreateCommand waitFor forwardPorts portsAttributes customizations"
    assert CONTAINER.keys() <= set(known.split())
    assert CONTAINER["customizations"].keys() == {"vscode"}
    assert VSCODE.keys() <= {"extensions", "settings"}
