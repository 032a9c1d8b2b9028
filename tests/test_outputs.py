"""What a lesson prints is what is stored, but for numbers within a tolerance that a cell states."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tools import check
from tools.folders import ROOT
from tools.outputs import differences, settle, settle_outputs, tolerance

ABSOLUTE, RELATIVE = tolerance(["tolerance:0.3"]), tolerance(["tolerance:1%"])
TINY = tolerance(["tolerance:1e-9"])


@pytest.mark.parametrize("tags", [[], ["nbval-ignore-output"], ["a tolerance:1"]])
def test_without_a_tag_there_is_no_tolerance(tags):
    assert tolerance(tags) is None


@pytest.mark.parametrize(
    "tags",
    [
        *(
            [f"tolerance:{text}"]
            for text in ("", "0", "0.0%", "-1", "1 %", "a", ".5", "1e3", "1e-", "0e-9", "1%%")
        ),
        ["tolerance:1", "tolerance:2%"],
    ],
)
def test_a_tag_that_states_no_tolerance_is_refused(tags):
    with pytest.raises(
        ValueError, match=r"state no tolerance; .*'tolerance:0.3' or '.*'tolerance:1%'"
    ):
        tolerance(tags)


@pytest.mark.parametrize(
    ("stored", "new", "allowed", "share"),
    [
        ("97.4 % right", "97.4 % right", ABSOLUTE, 0),
        ("97.4 % right", "97.7 % right", ABSOLUTE, 1),  # of decimals, not of binary fractions
        ("97.4 % right", "97.1 % right", ABSOLUTE, 1),
        ("97.4 % right", "97.55 % right", ABSOLUTE, 0.5),
        ("12,600 images", "12,537 images", RELATIVE, 0.5),
        ("12,600 images", "12474 images", RELATIVE, 1),
        ("a loss of 2e-3", "a loss of 0.00201", RELATIVE, 0.5),
        ("-0.02", "0.1", ABSOLUTE, 0.4),
        ("W1 (2, 5): error 1e-10", "W1 (2, 5): error 5e-10", TINY, 0.4),
        ("[ 0.1 -0.1]", "[-0.1  0.1]", ABSOLUTE, 2 / 3),
        ("a   9.9\nb  10.1", "a  10.0\nb   9.9", ABSOLUTE, 2 / 3),  # columns keep their width
        ("9.9 |", "10.0 |", ABSOLUTE, 1 / 3),
        ("no number", "no number", ABSOLUTE, 0),
    ],
)
def test_a_number_within_the_tolerance_is_the_stored_one(stored, new, allowed, share):
    text, used = settle(new, stored, allowed)
    assert text == stored
    assert used == pytest.approx(share, rel=0, abs=1e-12)


@pytest.mark.parametrize(
    ("stored", "new", "allowed", "expected"),
    [
        ("97.4 %", "97.8 %", ABSOLUTE, "97.8 %"),
        ("97.4 and 5.0", "97.5 and 6", ABSOLUTE, "97.4 and 6"),
        ("100", "101.1", RELATIVE, "101.1"),
        ("0", "0.001", RELATIVE, "0.001"),  # a share of nothing is nothing
        ("2e-3", "2e-2", RELATIVE, "2e-2"),
        ("1e-10", "2e-9", TINY, "2e-9"),
        ("1,234", "1.234", RELATIVE, "1.234"),
    ],
)
def test_a_number_beyond_the_tolerance_stays(stored, new, allowed, expected):
    text, used = settle(new, stored, allowed)
    assert text == expected
    assert used > 1


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("97.4 % right", "97.4 % wrong"),
        ("97.4 %", "97.4"),
        ("97.4 %", "nan %"),
        ("W1 is 5", "W2 is 5"),
        ("float32", "float64"),
        ("3x3", "3x4"),
        ("3.11.7", "3.11.8"),
        ("1 2", "1 2 3"),
        ("1", "1\n"),
        ("a b", "ab"),
        ("5", "five"),
    ],
)
def test_other_words_are_never_settled(stored, new):
    huge = tolerance(["tolerance:1000"])
    assert settle(new, stored, huge) == (new, None)


def stream(text):
    return new_output("stream", name="stdout", text=text)


def test_outputs_are_settled_text_by_text():
    stored = [stream("1.0\n"), new_output("display_data", {"text/plain": "2", "image/png": "aGk="})]
    new = [stream("1.1\n"), new_output("display_data", {"text/plain": "2.2", "image/png": "bm8="})]
    assert settle_outputs(new, stored, ABSOLUTE) == pytest.approx(2 / 3, rel=0, abs=1e-12)
    assert new[0].text == "1.0\n"
    assert new[1].data == {"text/plain": "2", "image/png": "bm8="}


def test_outputs_of_other_kinds_are_not_settled():
    assert settle_outputs([stream("1")], [stream("1"), stream("2")], ABSOLUTE) is None
    other = new_output("display_data", {"text/plain": "1"})
    assert settle_outputs([other], [stream("1")], ABSOLUTE) is None


def test_differences_name_what_was_stored_and_what_is_new():
    assert differences("a\n2\nc", "a\n1\nc") == ["stored: 1", "new:    2"]
    assert differences("a", "a\nb") == ["stored: b", "new:    (nothing)"]
    assert differences("a\nb", "a") == ["stored: (nothing)", "new:    b"]
    assert differences("a", "a") == []
    many = differences("\n".join("abcd"), "\n".join("1234"))
    assert many[:5] == ["stored: 1", "stored: 2", "stored: 3", "stored: 4", "new:    a"]
    assert many[5:] == ["new:    b", "and 2 lines more"]


# -- what pytest makes of a lesson ----------------------------------------------------------


def printed(source, stored, tag=None):
    """A cell that has been run and has printed something."""
    cell = new_code_cell(source, outputs=[stream(stored)] if stored else [])
    if tag:
        cell.metadata.tags = [tag]
    return cell


def checked(folder, cells, *options):
    """The verdict's lines on lessons made of some cells, and how far numbers moved; one run."""
    paths = []
    for name, some in cells.items():
        for count, cell in enumerate(some, 1):
            cell.execution_count = count
        paths.append(folder / f"{name}.ipynb")
        paths[-1].write_text(nbformat.writes(new_notebook(cells=some)), encoding="utf-8")
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "-p", "conftest", *options]
    command += ["-p", "no:cacheprovider", "-c", "pyproject.toml", f"--junit-xml={report}"]
    before = [path.read_bytes() for path in paths]
    subprocess.run([*command, *map(str, paths)], cwd=ROOT, capture_output=True)
    assert [path.read_bytes() for path in paths] == before  # a check writes nothing back
    return check.failures(report), check.moves(report)


def test_pytest_compares_and_says_what_a_person_needs(tmp_path):
    lines, moves = checked(
        tmp_path,
        {
            "compared": [
                printed("print(97.4)", "97.4\n"),
                printed("print(97.6, '% right')", "97.4 % right\n", "tolerance:0.3"),
                printed("print(97.8, '% right')", "97.4 % right\n", "tolerance:0.3"),
                printed("print(97.4, '% wrong')", "97.4 % right\n", "tolerance:0.3"),
                printed("print(97.5)", "97.4\n"),
                printed("1 / 0", ""),
                printed("print(1)", ""),
            ],
            "died": [printed("import os; os._exit(1)", ""), printed("1", ""), printed("2", "")],
        },
    )
    assert lines[:9] == [
        "compared, In [3]: the new output is not the stored one",
        "stored: 97.4 % right",
        "new:    97.8 % right",
        "compared, In [4]: the new output is not the stored one",
        "stored: 97.4 % right",
        "new:    97.4 % wrong",
        "compared, In [5]: the new output is not the stored one",
        "stored: 97.4",
        "new:    97.5",
    ]
    caused = "Cell execution caused an exception"
    assert lines[9] == f"compared, In [6]: {caused}: ZeroDivisionError: division by zero"
    assert lines[10] == "----> 1 1 / 0"
    assert lines[-5:] == [
        "compared, In [7]: the new output is not the stored one",
        "stored: (nothing)",
        "new:    1",
        "died, In [1]: the kernel ended in this cell; a machine short of memory does that",
        "died: not compared: In [2] to In [3], 2 cells",
    ]
    assert moves == {"compared, In [2]": pytest.approx(2 / 3, abs=1e-9), "compared, In [3]": 4 / 3}


def test_what_was_not_compared_after_a_cell_without_end_is_said(tmp_path):
    cells = [
        printed("while True: pass", ""),
        printed("print(1)", "1\n"),
        printed("print(2)", "2\n"),
    ]
    lines, _ = checked(tmp_path, {"endless": cells}, "--nbval-cell-timeout=1")
    assert lines[0] == (
        "endless, In [1]: Timeout of 1 seconds exceeded executing cell: KeyboardInterrupt:"
    )
    assert lines[-1] == "endless: not compared: In [2] to In [3], 2 cells"
