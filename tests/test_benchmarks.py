"""The frame of the benchmarks: what they print and write, with rows made up. No peer is needed."""

import ast
import platform
import subprocess
import sys

import pytest

from benchmarks import _machine, _report
from tools import bench
from tools.folders import ROOT
from tools.sections import with_section

FOLDER = ROOT / "benchmarks"
SCRIPTS = [path for path in sorted(FOLDER.glob("*.py")) if not path.stem.startswith("_")]


def row(size, peer, ratio, **ours):
    return {
        "subject": "a product",
        "size": size,
        "peer": peer,
        "ratio": ratio,
        "low": ratio - 0.1,
        "high": ratio + 0.1,
        **(ours or {"milliseconds": 12.345}),
    }


ROWS = [row("small", "abacus", 2.0), row("small", "slate", 0.5), row("large", "abacus", 1.25)]


def test_a_goal_is_reached_or_not():
    lines = _report.table(
        ROWS, {("a product", "small", "abacus"): 2, ("a product", "small", "slate"): 0.6}
    ).splitlines()
    assert lines[2] == "| a product | small | abacus | 12.3 ms | 2.00 | 1.90 to 2.10 | 2, reached |"
    assert lines[3].endswith("| 0.50 | 0.40 to 0.60 | 0.6, not reached |")
    assert lines[4].endswith("| 1.15 to 1.35 |  |")
    assert all(line.count("|") == 8 for line in lines)


@pytest.mark.parametrize(
    ("ours", "text"),
    [
        ({"milliseconds": 0.0123}, "0.0123 ms"),
        ({"milliseconds": 3456}, "3.46 s"),
        ({"megabytes": 35.7}, "36 MB"),
    ],
)
def test_ours_has_a_unit(ours, text):
    assert f"| {text} |" in _report.table([row("small", "abacus", 1, **ours)], {})


def test_what_was_measured_once_has_no_spread():
    once = {"subject": "a", "size": "b", "peer": "c", "megabytes": 10, "ratio": 2.0}
    assert _report.table([once], {}).endswith("| a | b | c | 10 MB | 2.00 |  |  |")


def test_the_figure_is_described_by_its_numbers():
    text = _report.summary(ROWS)
    assert text.endswith("a product: abacus 1.25 to 2.00, slate 0.50.")
    assert "\n" not in text


def test_the_figure_is_drawn(tmp_path):
    rows = [*ROWS, {key: ROWS[0][key] for key in ("subject", "size", "peer", "ratio")}]
    _report.draw(rows, tmp_path / "figure.png")
    first = (tmp_path / "figure.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    _report.draw(rows, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes() == first


RESULTS = """# Title
<!-- imports: written by make bench -->
old
<!-- end of imports -->
prose
"""


def test_a_section_is_replaced_and_prose_stays():
    changed = with_section(RESULTS, "imports", "make bench", "new")
    assert changed == RESULTS.replace("old", "new")
    assert with_section(changed, "imports", "make bench", "new") == changed


def test_a_section_that_is_missing_is_named():
    with pytest.raises(ValueError, match="<!-- training: written by make bench -->"):
        with_section(RESULTS, "training", "make bench", "new")


def test_the_machine_is_described_but_not_named():
    text = _machine.machine()
    assert f"Python {platform.python_version()}" in text
    assert str(FOLDER.parent) not in text
    assert platform.node() not in text


def test_versions_are_those_of_what_a_script_imports(tmp_path):
    (tmp_path / "script.py").write_text("import pytest\nfrom sklearn.svm import SVC\n")
    names = [entry.split()[0] for entry in _machine.versions(tmp_path / "script.py")]
    assert names == ["numpy", "pytest", "scikit-learn"]


def test_other_work_is_what_this_process_did_not_do():
    assert _machine.share_of_others((0, 0, 0), (10, 7, 2)) == "50%"
    assert _machine.share_of_others(None, None) == "unknown"


def test_every_script_is_run_and_has_a_section():
    assert sorted(bench.SCRIPTS) == [path.stem for path in SCRIPTS]
    results = _report.RESULTS.read_text(encoding="utf-8")
    sections = [*bench.SCRIPTS, *(f"{name}, 2 threads" for name in bench.TWO_THREADS)]
    for section in sections:
        assert "new" in with_section(results, section, "make bench", "new")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_has_goals_versions_and_a_measurement(path):
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
    assert {"GOALS", "measure"} <= names
    assert f'_report.main("{path.stem}", measure, GOALS' in path.read_text(encoding="utf-8")


def test_an_unknown_benchmark_is_refused_before_anything_is_installed(monkeypatch):
    monkeypatch.setattr(bench.extras, "install", lambda *names: pytest.fail("installed"))
    with pytest.raises(SystemExit, match="no benchmark is named 'speed'; there are: imports, "):
        bench.main(["speed"])


def test_threads_hold_before_numpy_is_loaded():
    code = "import _timing, os; print(_timing.THREADS, os.environ['OPENBLAS_NUM_THREADS'])"
    for options, expected in ([], "1 1"), (["--threads=2"], "2 2"), (["--threads", "2"], "2 2"):
        command = [sys.executable, "-c", code, *options]
        found = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True)
        assert found.stdout.split() == expected.split()
