"""The table of exercises, and what folders of students hold."""

import json
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils.exercises.definition import every_exercise
from tests.exercises.table import made_up
from tools import exercises
from tools.exercises import clusters, fingerprint, objectives, table

NEURON, UPDATE = "perceptrons.neuron", "perceptrons.update"


def event(exercise, result, **more):
    return {"exercise": exercise, "result": result, **more}


def unnamed(*cases):
    return event(UPDATE, "unnamed", cases=list(cases))


STUDENTS = {
    "ada/notebooks": [
        event(NEURON, "fires_at_zero"),
        event(NEURON, "fires_at_zero"),
        event(NEURON, "hint"),
        event(NEURON, "passed"),
        unnamed("right", "0.5"),
        unnamed("right", "0.5"),
        event(UPDATE, "shape"),
    ],
    "grace": [
        event(NEURON, "fires_at_zero"),
        event(NEURON, "without_bias"),
        event(NEURON, "solution"),
        unnamed("right", "0.5"),
        unnamed("2", "0.5"),
        event(UPDATE, "passed"),
    ],
    "kurt/deep/down": [
        event(NEURON, "passed"),
        event(NEURON, "passed"),
        event("perceptrons.gone", "passed"),
    ],
}


@pytest.fixture
def classroom(tmp_path):
    for folder, events in STUDENTS.items():
        (tmp_path / folder).mkdir(parents=True)
        lines = [json.dumps(one) for one in events]
        (tmp_path / folder / "progress.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "nobody").mkdir()
    return tmp_path


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["exercises", *map(str, arguments)])
    return exercises.main()


# -- the table ------------------------------------------------------------------------------------


def test_the_table_has_every_exercise_with_what_it_shows():
    head, *rows = table()
    assert head.split() == ["exercise", "mistakes", "lines", "objective"]
    for row, one in zip(rows, every_exercise(), strict=True):
        name, mistakes, lines, objective = row.split(maxsplit=3)
        assert (name, int(mistakes), objective) == (one.name, len(one.mistakes), one.objective)
        assert int(lines) >= 1
    assert len({row.index(row.split(maxsplit=3)[3]) for row in rows}) == 1


def test_without_folders_the_table_is_printed(monkeypatch, capsys):
    assert run(monkeypatch) == 0
    assert capsys.readouterr().out.splitlines() == list(table())


def two_lines(x):
    """Not counted,
    nor is this.
    """

    y = x + 1
    return y


def test_lines_of_code_are_counted_without_head_and_docstring(monkeypatch):
    monkeypatch.setattr(exercises, "every_exercise", lambda: [made_up(two_lines, [(1,)])])
    _, row = table()
    assert row.split()[:3] == ["made.two_lines", "0", "2"]


# -- folders of students --------------------------------------------------------------------------


def test_students_are_counted_by_exercise_and_mistake(classroom):
    assert list(clusters([classroom])) == [
        "3 students",
        "\nperceptrons.neuron: solved by 2",
        "     2 fires_at_zero: A sum of exactly 0 fires your neuron.",
        "     1 without_bias: The bias is left out.",
        "\nperceptrons.update: solved by 1",
        "     1 shape: a general mistake",
        "     2 without a name; by case: right, 0.5",
        "     1 without a name; by case: 2, 0.5",
    ]


def test_a_folder_named_twice_counts_once(classroom, monkeypatch):
    monkeypatch.chdir(classroom)
    folders = [classroom, classroom / "ada", Path("ada"), Path("grace/../grace")]
    assert list(clusters(folders)) == list(clusters([classroom]))


def test_the_commonest_unnamed_answers_come_first_and_no_more_than_five(tmp_path):
    for k in range(7):
        (tmp_path / str(k)).mkdir()
        lines = [json.dumps(unnamed(str(j))) for j in range(k, 7)]
        (tmp_path / str(k) / "progress.jsonl").write_text("\n".join(lines))
    shown = [line for line in clusters([tmp_path]) if "without a name" in line]
    assert shown == [f"     {7 - k} without a name; by case: {6 - k}" for k in range(5)]


def test_folders_are_read_by_the_command(classroom, monkeypatch, capsys):
    assert run(monkeypatch, classroom / "ada", classroom / "nobody") == 0
    assert capsys.readouterr().out.startswith("1 student\n\nperceptrons.neuron: solved by 1\n")


def test_damaged_files_are_read_as_far_as_they_go(classroom):
    damaged = classroom / "nobody" / "progress.jsonl"
    damaged.write_bytes(b'\xff\xfe{"exercise"\nnull\n[[[[\n{"exercise": "x", "result": 3}\n\x00')
    (classroom / "folder" / "progress.jsonl").mkdir(parents=True)
    with (classroom / "grace" / "progress.jsonl").open("ab") as file:
        file.write(b'{"exercise": "perceptrons.neuron", "resu')
    first, *rest = clusters([classroom])
    assert first == "4 students"
    assert len(rest) == 7


@pytest.mark.parametrize("cases", [None, 3, "text", {"a": 1}])
def test_of_an_unnamed_answer_without_cases_nothing_is_known(tmp_path, cases):
    (tmp_path / "progress.jsonl").write_text(json.dumps(event(UPDATE, "unnamed", cases=cases)))
    assert list(clusters([tmp_path]))[-1] == "     1 without a name; by case: unknown"
    assert fingerprint({}) == "unknown"
    assert fingerprint({"cases": ["right", 0.5, None]}) == "right, 0.5, None"


def test_what_a_file_holds_is_obeyed_by_no_terminal(tmp_path):
    lines = [event(UPDATE, "\x1b[2J" + "x" * 500), unnamed("\x1b[31m"), unnamed("y" * 5000)]
    (tmp_path / "progress.jsonl").write_text("\n".join(map(json.dumps, lines)))
    text = "\n".join(clusters([tmp_path]))
    assert text.replace("\n", "").isprintable()
    assert r"\x1b[2J" in text
    assert max(map(len, text.splitlines())) < 400


def test_a_folder_that_is_not_there_is_an_error_that_names_it(classroom, monkeypatch, capsys):
    missing, file = classroom / "who\x1b[31m", classroom / "grace" / "progress.jsonl"
    with pytest.raises(SystemExit) as caught:
        run(monkeypatch, classroom, missing, file)
    assert caught.value.code == 2
    output, error = capsys.readouterr()
    assert output == ""
    assert f"no such folder: {classroom}/who\\x1b[31m, {file}" in error.replace("\\\\", "/")


# -- objectives -----------------------------------------------------------------------------------


def test_objectives_are_read_without_the_exercises_behind_them(tmp_path):
    text = (
        "## What you will learn\n\nAfterwards you can:\n\n"
        "- Compute the output of a neuron,\n  and explain it (`perceptrons.neuron`)\n"
        "- Choose weights (by hand) for `AND` (`perceptrons.majority`, `perceptrons.border`)\n"
        "- Draw - or print - a line.\n\nThere is no more (`than this`)\n"
    )
    cells = [
        new_markdown_cell("# 01 · A title\n\n- no objective"),
        new_code_cell("x = 1"),
        new_markdown_cell(text),
        new_markdown_cell("## More\n\n- nor is this"),
    ]
    path = tmp_path / "01_made_up.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    assert objectives(path) == [
        "Compute the output of a neuron, and explain it",
        "Choose weights (by hand) for `AND`",
        "Draw - or print - a line.",
    ]
