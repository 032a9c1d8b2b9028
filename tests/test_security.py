"""What SECURITY.md promises, each line has a test that is there and is run."""

import os
import re
import subprocess
import sys

import pytest

from tools.folders import ROOT

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| (.*?) \| (.+?) \|$", PAGE, re.MULTILINE)[1:]


def test_every_promise_names_tests_that_are_there():
    assert len(ROWS) >= 15
    for promise, _, by in ROWS:
        files = re.findall(r"`(tests/[\w/]+\.py)`", by)
        assert files, promise
        assert [file for file in files if not (ROOT / file).is_file()] == []


def test_what_is_not_run_by_make_check_says_which_command_runs_it():
    by_command = re.compile(r"tests/(browser|site|frameworks)/")
    told = [by for _, _, by in ROWS if by_command.search(by)]
    assert told
    assert any("make check-browser" in by for by in told)


def test_every_test_file_that_it_names_says_what_it_is_for():
    for file in set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE)):
        assert (ROOT / file).read_text(encoding="utf-8").startswith('"""'), file


# -- a check of an exercise sends nothing ---------------------------------------------------------

# Python runs this as it starts, in the process that checks and in those that it starts: from then
# on every use of its sockets but making one is noted. A library that has its own is not seen.
NOTE = """
import os, sys

def note(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__":
        with open(os.environ["NOTED"], "a") as file:
            file.write(f"{os.getpid()} {event} {arguments[1:]}\\n")

sys.addaudithook(note)
"""
CHECK = """
import os
from course_utils.exercises import check, hint, progress, solution

def border(w, b, x1):
    {line}
    return -(w[0] * x1 + b) / w[1]

print(os.getpid(), check("perceptrons.border", border).passed)
print(hint("perceptrons.border"), solution("perceptrons.border"), progress())
"""
CONNECTS = (
    "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))"
)


@pytest.fixture
def noted(tmp_path):
    """A function that checks an exercise with a line in the answer: what was noted, by whom."""
    (tmp_path / "sitecustomize.py").write_text(NOTE, encoding="utf-8")
    path = tmp_path / "noted"
    path.touch()

    def run(line):
        done = subprocess.run(
            [sys.executable, "-c", CHECK.format(line=line)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "NOTED": str(path)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        parent, passed = done.stdout.split()[:2]
        assert passed == "True"
        return path.read_text().splitlines(), parent

    return run


def test_a_check_opens_no_connection(noted):
    assert noted("pass")[0] == []


def test_a_connection_from_within_a_check_would_be_noted(noted):
    lines, parent = noted(CONNECTS)
    assert lines
    for line in lines:
        who, event, _ = line.split(maxsplit=2)
        assert who != parent
        assert event == "socket.connect"
