"""What is remembered of exercises: only ever added, and whatever else is in the file stays."""

import json
import os
import subprocess
import sys

import pytest

from course_utils.exercises import memory
from tools.folders import ROOT

PASSED = {"exercise": "made.up", "result": "passed"}


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "mine.jsonl"
    monkeypatch.setenv(memory.VARIABLE, str(path))
    return path


def event(result, name="made.up", **more):
    return {"exercise": name, "result": result, **more}


def remember(*results):
    for result in results:
        memory.record(event(result))


# -- where ----------------------------------------------------------------------------------------


def test_it_stands_in_the_folder_of_the_notebook(tmp_path, monkeypatch):
    monkeypatch.delenv(memory.VARIABLE)
    monkeypatch.chdir(tmp_path)
    memory.record(PASSED)
    assert [path.name for path in tmp_path.iterdir()] == ["progress.jsonl"]
    assert memory.read(tmp_path / memory.FILE) == [PASSED]


def test_git_does_not_see_it():
    command = ["git", "check-ignore", "-q", f"notebooks/{memory.FILE}"]
    if not (ROOT / ".git").exists():
        pytest.skip("no clone")
    assert subprocess.run(command, cwd=ROOT).returncode == 0


def test_the_variable_names_another_place(file):
    memory.record(PASSED)
    assert memory.place() == file
    assert memory.events() == memory.read(file) == [PASSED]


def test_an_empty_variable_means_that_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv(memory.VARIABLE, "")
    monkeypatch.chdir(tmp_path)
    memory.record(PASSED)
    assert memory.place() is None
    assert list(tmp_path.iterdir()) == []
    assert memory.events() == [PASSED]


def test_nothing_is_written_before_there_is_anything(file):
    assert memory.events() == []
    assert memory.passed() == set()
    assert not file.exists()


@pytest.mark.parametrize("place", ["missing/mine.jsonl", "a_file/mine.jsonl", "."])
def test_where_nothing_can_be_written_it_is_remembered_until_python_ends(
    tmp_path, monkeypatch, place
):
    (tmp_path / "a_file").write_text("text")
    monkeypatch.setenv(memory.VARIABLE, str(tmp_path / place))
    memory.record(PASSED)
    assert memory.events() == [PASSED]
    assert memory.passed() == {"made.up"}
    assert [path.name for path in tmp_path.iterdir()] == ["a_file"]


def test_in_a_folder_that_only_reads_what_was_there_still_counts(file, monkeypatch):
    memory.record(event("hint"))

    def refused(path, mode="r", *args, **kwargs):
        if "a" in mode or "w" in mode:
            raise PermissionError(13, "read-only")
        return open(path, mode, *args, **kwargs)

    monkeypatch.setattr(memory, "open", refused, raising=False)
    memory.record(PASSED)
    assert memory.read(file) == [event("hint")]
    assert memory.events() == [event("hint"), PASSED]


@pytest.mark.skipif(os.name == "nt", reason="permissions of another kind")
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_no_error(tmp_path, file):
    tmp_path.chmod(0o500)
    try:
        memory.record(PASSED)
    finally:
        tmp_path.chmod(0o700)
    assert memory.events() == [PASSED]
    assert not file.exists()


def test_a_file_that_is_not_to_be_read_is_no_error(file, monkeypatch):
    memory.record(PASSED)

    def refused(path):
        raise PermissionError(13, "not yours")

    monkeypatch.setattr(memory, "read", refused)
    assert memory.events() == []
    assert not memory.attempted("made.up")


# -- what -----------------------------------------------------------------------------------------


def test_events_are_lines_in_the_order_in_which_they_came(file):
    made = [event("shape"), event("hint"), event("unnamed", cases=["right", "0.5"]), PASSED]
    for one in made:
        memory.record(one)
    lines = file.read_text().splitlines()
    assert [json.loads(line) for line in lines] == memory.events() == made


WRITER = """
import sys
from course_utils.exercises import memory
for k in range(500):
    memory.record({"exercise": sys.argv[1], "result": str(k)})
"""


def test_of_two_writers_at_once_none_loses_anything(file):
    command = [sys.executable, "-c", WRITER]
    writers = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("a.a", "b.b")]
    assert [writer.wait() for writer in writers] == [0, 0]
    # A line of one that is half on the disk looks cut off to the other, which begins a new one.
    assert len([line for line in file.read_text().splitlines() if line]) == 1000
    for name in ("a.a", "b.b"):
        own = [one["result"] for one in memory.events() if one["exercise"] == name]
        assert own == [str(k) for k in range(500)]


DAMAGED = [
    b"",
    b"no json",
    b"{",
    b'"text"',
    b"[1, 2]",
    b"null",
    b"{}",
    b'{"exercise": "made.up"}',
    b'{"exercise": "made.up", "result": 3}',
    b'{"exercise": ["made.up"], "result": "passed"}',
    b"\xff\xfe\x00 not UTF-8",
    b"[" * 100_000,
    b"9" * 10_000,
]


@pytest.mark.parametrize("line", DAMAGED, ids=lambda line: line[:12].decode("latin-1"))
def test_a_damaged_line_is_passed_over_and_stays(file, line):
    memory.record(event("shape"))
    before = file.read_bytes() + line + b"\n"
    file.write_bytes(before)
    memory.record(PASSED)
    assert memory.events() == [event("shape"), PASSED]
    assert file.read_bytes().startswith(before)


def test_behind_a_line_that_was_cut_off_a_new_one_begins(file):
    cut = b'{"exercise": "made.up", "res'
    file.write_bytes(cut)
    memory.record(event("hint"))
    memory.record(PASSED)
    assert memory.events() == [event("hint"), PASSED]
    assert file.read_bytes().startswith(cut + b"\n{")
    assert file.read_bytes().count(b"\n") == 3


def test_lines_with_the_ends_of_another_system_are_read(file):
    file.write_bytes(json.dumps(PASSED).encode() + b"\r\n")
    memory.record(event("hint"))
    assert memory.events() == [PASSED, event("hint")]


# -- what it comes to -----------------------------------------------------------------------------


def test_what_was_solved_once_stays_solved(file):
    remember("shape", "passed", "error")
    memory.record(event("error", "made.other"))
    assert memory.passed() == {"made.up"}


@pytest.mark.parametrize(
    ("results", "tried"),
    [
        ([], False),
        (["hint"], False),
        (["hint", "hint"], False),
        (["solution"], True),
        (["hint", "solution"], True),
        (["shape"], True),
        (["passed"], True),
    ],
)
def test_a_hint_alone_is_no_try(file, results, tried):
    remember(*results)
    memory.record(event("shape", "made.other"))
    assert memory.attempted("made.up") is tried


@pytest.mark.parametrize(
    ("results", "last"),
    [
        ([], (None, 0)),
        (["hint"], (None, 1)),
        (["shape"], ("shape", 0)),
        (["hint", "shape"], ("shape", 0)),
        (["shape", "hint", "hint"], ("shape", 2)),
        (["shape", "hint", "shape", "hint"], ("shape", 2)),
        (["shape", "hint", "sign"], ("sign", 0)),
        (["shape", "hint", "sign", "hint", "shape"], ("shape", 0)),
        (["shape", "hint", "solution"], ("shape", 1)),
        (["shape", "passed"], ("passed", 0)),
    ],
)
def test_the_last_mistake_and_the_hints_to_it(file, results, last):
    remember(*results)
    memory.record(event("error", "made.other"))
    memory.record(event("hint", "made.other"))
    assert memory.last_mistake("made.up") == last
