"""The tools that run, normalise and list the lessons."""

import importlib
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import check, environment, lab, readme
from tools.folders import ROOT
from tools.notebooks import IGNORED, WIDGET, normalise
from tools.readme import lesson, with_table

LESSONS, extras = check.LESSONS, check.extras
FIGURE = {"image/png": "aGk=", "text/plain": "A line from 0 to 1."}


def display(data, **metadata):
    return new_output("display_data", data, metadata=metadata)


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def code(source, outputs=(), tags=(), cell_id="a"):
    metadata = {"tags": list(tags)} if tags else {}
    return new_code_cell(source, id=cell_id, outputs=list(outputs), metadata=metadata)


def normalised(cell, previous=None):
    notebook = new_notebook(cells=[cell])
    normalise(notebook, new_notebook(cells=[previous] if previous else []))
    return notebook.cells[0]


def test_streams_cut_by_chance_are_joined():
    cell = normalised(code("print(1)", [stream("1\n"), stream("2\n"), stream("3\n", "stderr")]))
    assert [output.text for output in cell.outputs] == ["1\n2\n", "3\n"]


def test_session_data_is_left_out():
    cell = code("w", [display({WIDGET: {"model_id": "1f"}, "text/plain": "interactive"}, x=1)])
    cell.metadata.update({"execution": {"iopub.execute_input": "now"}, "scrolled": True})
    cell.execution_count = 99
    result = normalised(cell)
    assert result.outputs[0].data == {"text/plain": "interactive"}
    assert result.outputs[0].metadata == {}
    assert result.metadata == {}
    assert result.execution_count == 1


def test_an_output_of_a_widget_alone_disappears():
    assert normalised(code("w", [display({WIDGET: {"model_id": "1f"}})])).outputs == []


def test_a_result_is_numbered_like_its_cell():
    output = new_output("execute_result", {"text/plain": "1"}, execution_count=7)
    assert normalised(code("1", [output])).outputs[0].execution_count == 1


def test_metadata_name_the_kernel_and_no_version():
    notebook = new_notebook(metadata={"language_info": {"name": "python", "version": "3.11.7"}})
    normalise(notebook, new_notebook())
    assert notebook.metadata.kernelspec.name == "python3"
    assert "version" not in notebook.metadata.language_info


def test_a_tagged_cell_keeps_its_outputs_while_its_code_is_unchanged():
    stored = normalised(code("time()", [stream("1 s\n")], [IGNORED]))
    fresh = normalised(code("time()", [stream("2 s\n")], [IGNORED]), stored)
    assert fresh.outputs[0].text == "1 s\n"
    changed = normalised(code("time(2)", [stream("2 s\n")], [IGNORED]), stored)
    assert changed.outputs[0].text == "2 s\n"
    untagged = normalised(code("time()", [stream("2 s\n")]), stored)
    assert untagged.outputs[0].text == "2 s\n"


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [(code, "n = 1", True), (code, "n = 2", False), (new_markdown_cell, "n = 2", True)],
)
def test_what_a_tagged_cell_says_goes_by_all_code_above_it(kind, text, kept):
    def lesson(above, seconds):
        timed = code("time(n)", [stream(f"{seconds} s\n")], [IGNORED], cell_id="timed")
        return new_notebook(cells=[above, timed])

    stored, fresh = lesson(code("n = 1"), 1), lesson(code("n = 1"), 2)
    if kind is code:
        fresh.cells[0] = code(text)
    else:
        fresh.cells.insert(1, kind(text, id="prose"))
    normalise(stored, new_notebook())
    normalise(fresh, stored)
    assert fresh.cells[-1].outputs[0].text == ("1 s\n" if kept else "2 s\n")


def test_a_figure_brings_its_description_into_the_metadata():
    cell = normalised(code("plot()", [display(FIGURE)]))
    assert cell.metadata["mystnb"] == {"image": {"alt": "A line from 0 to 1."}}


@pytest.mark.parametrize("text", ["", "<Figure size 640x480 with 1 Axes>"])
def test_a_figure_without_a_description_is_refused(text):
    with pytest.raises(ValueError, match="cell 'a' shows a figure without a description"):
        normalised(code("plot()", [display({**FIGURE, "text/plain": text})]))


def test_a_number_within_its_cells_tolerance_stays_as_it_was_stored():
    stored = normalised(code("train()", [stream("97.4 %\n")], ["tolerance:0.3"]))
    near, far, other = (
        normalised(code("train()", [stream(text)], ["tolerance:0.3"]), stored)
        for text in ("97.6 %\n", "97.8 %\n", "97.4 percent\n")
    )
    assert near.outputs[0].text == "97.4 %\n"
    assert far.outputs[0].text == "97.8 %\n"
    assert other.outputs[0].text == "97.4 percent\n"
    changed = normalised(code("train(2)", [stream("97.6 %\n")]), stored)
    assert changed.outputs[0].text == "97.6 %\n"


@pytest.fixture
def lessons(tmp_path):
    """Two notebooks on disk, not yet run; the second one fails."""
    cells = [
        new_markdown_cell("# Title", id="title"),
        code("import time\nprint(time.perf_counter())", tags=[IGNORED], cell_id="clock"),
        code("for k in range(3):\n    print(k)", cell_id="count"),
    ]
    paths = tmp_path / "good.ipynb", tmp_path / "bad.ipynb"
    paths[0].write_text(nbformat.writes(new_notebook(cells=cells)))
    cells[2] = code("1 / 0", cell_id="count")
    paths[1].write_text(nbformat.writes(new_notebook(cells=cells)))
    return paths


def run_tool(paths):
    command = [sys.executable, "-m", "tools.notebooks", *map(str, paths)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_second_run_changes_nothing_and_what_fails_is_named_and_left(lessons):
    good, bad = lessons
    failing = bad.read_bytes()
    ran = run_tool(lessons)
    assert ran.returncode == 1
    assert "good.ipynb: written\n" in ran.stdout
    assert "bad.ipynb: " in ran.stdout
    assert "ZeroDivisionError" in ran.stdout
    assert bad.read_bytes() == failing
    first = good.read_bytes()
    counted = nbformat.read(good, as_version=4).cells[2].outputs
    assert [output.text for output in counted] == ["0\n1\n2\n"]
    again = run_tool([good])
    assert (again.returncode, again.stdout) == (0, "good.ipynb: unchanged\n")
    assert good.read_bytes() == first


# -- the table of lessons -------------------------------------------------------------------

OPENING = """# 00 · Count by hand

How do you count? Then more
is said.

*Reading time: 5 minutes. Run time: 1 second. Builds on: nothing.*"""


README = "before\n"
for section in ("clone", "lessons", "binder"):
    README += f"<!-- {section}: written by make readme -->\nold\n<!-- end of {section} -->\n"
README += "after\n"


@pytest.fixture
def folder(tmp_path):
    notebook = new_notebook(cells=[new_markdown_cell(OPENING, id="title")])
    (tmp_path / "00_count.ipynb").write_text(nbformat.writes(notebook))
    return tmp_path


def test_the_table_is_made_from_the_lessons(folder):
    result = with_table(README, "jane/nets", folder)
    title = "[Count by hand](notebooks/00_count.ipynb)"
    assert f"| 00 | {title} | How do you count? | 5 minutes | 1 second | [![Open " in result
    assert result.count("urlpath=lab/tree/notebooks/00_count.ipynb") == 2
    assert "git clone https://github.com/jane/nets course\n" in result
    assert result.startswith("before\n")
    assert result.endswith("\nafter\n")
    assert "old" not in result
    assert with_table(result, "jane/nets", folder) == result


def test_without_an_address_nothing_in_the_readme_leads_to_one(folder):
    result = with_table(README, None, folder)
    assert "| How do you count? | 5 minutes | 1 second |\n" in result
    assert "git clone ADDRESS-OF-THE-COURSE course\n" in result
    assert "://" not in result
    assert "![" not in result
    assert with_table(with_table(README, "jane/nets", folder), None, folder) == result


def test_a_lesson_without_its_facts_is_named(folder):
    path = folder / "00_count.ipynb"
    right = path.read_text()
    for given, wrong in (("Reading time", "Time"), ("# 00 · ", "# 01 · ")):
        path.write_text(right.replace(given, wrong))
        with pytest.raises(ValueError, match=r"00_count.ipynb must begin with '# 00 · Title'"):
            lesson(path)


def test_the_table_in_the_readme_is_up_to_date():
    assert readme.stale() == []


@pytest.mark.parametrize("slug", [None, "jane/nets"])
@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md"])
def test_a_page_that_was_not_written_anew_is_named_with_what_to_type(
    monkeypatch, tmp_path, capsys, page, slug
):
    """By whomever README.md was written: with the links that it has, or without any."""
    for name in ("README", "ARCHITECTURE"):
        copy = tmp_path / f"{name}.md"
        text = getattr(readme, name).read_text(encoding="utf-8")
        copy.write_text(with_table(text, slug) if name == "README" else text, encoding="utf-8")
        monkeypatch.setattr(readme, name, copy)
    assert readme.main(["--check"]) == 0
    stale = (tmp_path / page).read_text(encoding="utf-8").replace("network", "net")
    (tmp_path / page).write_text(stale, encoding="utf-8")
    assert capsys.readouterr().out == ""
    assert readme.main(["--check"]) == 1
    said = f"{page} is not as make readme writes it. Type: make readme, then git add {page}\n"
    assert capsys.readouterr().out == said
    assert (tmp_path / page).read_text(encoding="utf-8") == stale


# -- environment and check ------------------------------------------------------------------


@pytest.fixture
def quiet_machine(monkeypatch):
    monkeypatch.setattr(check, "busy", lambda: [])


@pytest.mark.parametrize(("load", "said"), [(0.5, False), (2.0 * 3, False), (6.1, True)])
def test_a_verdict_says_when_the_machine_was_busy(monkeypatch, load, said):
    monkeypatch.setattr(check.os, "getloadavg", lambda: (0.0, load, 0.0), raising=False)
    monkeypatch.setattr(check.os, "cpu_count", lambda: 3)
    lines = ["the machine was busy: 6 processes at work on 3 processors"]
    assert check.busy() == (lines if said else [])


def test_where_the_load_is_not_known_nothing_is_said(monkeypatch):
    monkeypatch.delattr(check.os, "getloadavg", raising=False)
    assert check.busy() == []


def test_a_python_that_is_too_old_is_told_what_to_type(monkeypatch):
    monkeypatch.setattr(environment.sys, "version_info", (3, 10, 2))
    with pytest.raises(SystemExit, match=r"needs Python 3.11 to 3.14; .* is Python 3.10"):
        environment.check_python()


def test_the_locked_block_of_a_package_is_whole():
    block = environment.locked("uv")
    assert block.startswith("uv==")
    assert block.count("==") == 1
    assert block.count("--hash=sha256:") > 5


def test_an_environment_is_stale_when_the_lock_changes(monkeypatch, tmp_path):
    before = environment.digest()
    assert environment.digest() == before
    lock = tmp_path / "requirements.lock"
    lock.write_text(environment.LOCK.read_text() + "# changed\n")
    monkeypatch.setattr(environment, "LOCK", lock)
    assert environment.digest() != before


def test_failures_are_listed_with_their_place(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="tests.test_a" name="test_b">'
        '<failure message="assert 1 == 2&#10;more"/></testcase>'
        '<testcase classname="tests.test_a" name="test_c"/></testsuite></testsuites>'
    )
    assert check.failures(report) == ["tests.test_a::test_b: assert 1 == 2 more"]


def test_where_nothing_may_be_skipped_a_skip_is_a_failure(tmp_path, capfd, quiet_machine):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="tests.test_a" name="test_b">'
        '<skipped message="no torch"/></testcase></testsuite></testsuites>'
    )
    assert check.failures(report) == []
    assert check.failures(report, skips=False) == ["tests.test_a::test_b: no torch"]
    skipped = tmp_path / "test_skipped.py"
    skipped.write_text("import pytest\n\ndef test_a():\n    pytest.skip('no torch')\n")
    command = ["pytest", "-q", "-p", "no:cacheprovider", str(skipped)]
    strict = check.Step("parity", command, report=True, skips=False)
    assert check.main([strict], "check-frameworks") == 1
    lines = capfd.readouterr().out.strip().splitlines()
    assert lines[-1] == "make check-frameworks: FAILED"
    assert "test_a: no torch" in lines[-2]


@pytest.mark.parametrize("coverage", [False, True])
def test_with_coverage_and_without_the_same_is_run(coverage):
    commands = [step.command for step in check.steps(LESSONS, coverage)]
    run = {argument for command in commands for argument in command}
    assert {*check.TESTS, *map(str, LESSONS)} <= run
    # --cov takes the word behind it for its own
    assert [command[-1] for command in commands if "--cov" in command] == ["--cov"] * coverage


@pytest.mark.parametrize(("code", "verdict"), [("pass", 0), ("1 / 0", 1)])
def test_the_verdict_comes_last_and_names_the_failed_step(capfd, code, verdict, quiet_machine):
    assert check.main([check.Step("first", ["timeit", "-n1", "-r1", code])], "check") == verdict
    last = capfd.readouterr().out.strip().splitlines()
    assert last[-1] == f"make check: {'FAILED' if verdict else 'passed'}"
    assert ("first failed (exit code 1)" in last[-2]) == bool(verdict)


@pytest.mark.parametrize("step", check.LINT, ids=lambda step: step.name)
def test_the_check_of_style_changes_no_file(tmp_path, step):
    path = tmp_path / "mine.py"
    path.write_text("import os\nx = {  'a':1}\n")
    ran = subprocess.run([sys.executable, "-m", *step.command], cwd=tmp_path, capture_output=True)
    assert ran.returncode == 1
    assert path.read_text() == "import os\nx = {  'a':1}\n"


@pytest.mark.parametrize("coverage", [False, True])
def test_style_and_types_come_first(coverage):
    """What takes seconds, before what takes minutes."""
    names = [step.name for step in check.steps(LESSONS, coverage)]
    assert names[:3] == ["lint", "format", "types"]


@pytest.mark.parametrize("name", ["check_binder", "check_frameworks", "check_site"])
def test_where_something_is_installed_to_be_compared_no_test_may_be_skipped(name):
    for step in importlib.import_module(f"tools.{name}").STEPS:
        assert (step.report, step.skips) == (True, False)


def test_jupyterlab_opens_with_the_first_lesson():
    assert ROOT / lab.START.removeprefix("/lab/tree/") == LESSONS[0]


# -- extras ---------------------------------------------------------------------------------


def pretend_installed(monkeypatch, **versions):
    """Let no framework be installed but these, with underscores for hyphens."""
    found = {name.replace("_", "-"): version for name, version in versions.items()}
    monkeypatch.setattr(extras, "installed", lambda: found)


def test_every_framework_is_pinned():
    assert set(extras.requirements("frameworks")) == {"keras", "tensorflow-cpu", "torch"}


def test_an_extra_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(SystemExit, match=r"no extra is named 'torch'; there are: .*frameworks"):
        extras.requirements("torch")
    with pytest.raises(SystemExit, match="no extra is named 'dev'"):
        extras.requirements("dev")  # the lock has it


def test_extras_add_up():
    both = extras.requirements("frameworks", "bench")
    assert both == extras.requirements("frameworks") | extras.requirements("bench")
    assert {"torch", "onnxruntime"} <= set(both)


def test_a_local_version_counts_and_another_version_does_not(monkeypatch):
    wanted = extras.requirements("frameworks")
    versions = {"keras": wanted["keras"], "torch": f"{wanted['torch']}+cpu"}
    pretend_installed(monkeypatch, **versions, tensorflow_cpu="2.0.0")
    assert extras.missing("frameworks") == [f"tensorflow-cpu=={wanted['tensorflow-cpu']}"]


def test_installed_packages_are_found_under_their_normal_names():
    found = extras.installed()
    assert {"numpy", "scikit-learn", "jupyterlab"} <= set(found)
    assert not any("_" in name or name != name.lower() for name in found)


def test_packages_of_the_lock_stay_and_others_may_change(monkeypatch):
    pretend_installed(monkeypatch, numpy="2.4.6", pip="23.2.1", torch="2.0")
    assert extras.pins() == ["numpy==2.4.6"]


class Commands:
    """Stands for subprocess.run, and remembers; uv's come to an end with the code given."""

    def __init__(self, uv):
        self.uv, self.seen = uv, []

    def __call__(self, command, **options):
        self.seen.append((command[2], [word for word in command if word[:5] != "--con"], options))
        return subprocess.CompletedProcess(command, self.uv if command[2] == "uv" else 0)


@pytest.mark.parametrize("uv", [0, 2])
def test_torch_is_asked_for_without_cuda_and_then_of_pip(monkeypatch, capsys, uv):
    pretend_installed(monkeypatch)
    monkeypatch.setattr(extras.sys, "platform", "linux")
    commands = Commands(uv)
    monkeypatch.setattr(extras.subprocess, "run", commands)
    extras.install("frameworks")
    (first, by_uv, options), (second, by_pip, _) = commands.seen
    torch = f"torch=={extras.requirements('frameworks')['torch']}"
    assert (first, second) == ("uv", "pip")
    assert by_uv[-2:] == ["--torch-backend=cpu", torch]
    assert int(options["env"]["UV_HTTP_CONNECT_TIMEOUT"]) <= 10  # not minutes
    assert torch in by_pip
    assert ("2.7 GB to download" in capsys.readouterr().out) == bool(uv)


def test_no_extra_changes_a_package_of_the_lock(monkeypatch):
    pretend_installed(monkeypatch, numpy="2.4.6")
    held = []

    def run(command, **options):
        (path,) = (word.partition("=")[2] for word in command if word.startswith("--constraint="))
        held.append((command[2], Path(path).read_text()))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(extras.subprocess, "run", run)
    extras.install("frameworks")
    assert held == [("uv", "numpy==2.4.6"), ("pip", "numpy==2.4.6")]


def test_extras_without_torch_do_not_ask_for_it(monkeypatch, capsys):
    pretend_installed(monkeypatch)
    commands = Commands(0)
    monkeypatch.setattr(extras.subprocess, "run", commands)
    extras.install("bench")
    assert [tool for tool, *_ in commands.seen] == ["pip"]
    assert "GB" not in capsys.readouterr().out


def test_one_lesson_is_left_out_without_frameworks_and_a_line_says_so(monkeypatch):
    pretend_installed(monkeypatch)
    paths, notes = check.lessons_that_run()
    assert paths == [path for path in LESSONS if path != check.WITH_FRAMEWORKS]
    assert len(paths) > 10
    assert len(notes) == 1
    assert "left out: 13_frameworks" in notes[0]
    assert "make check-frameworks" in notes[0]


def test_all_lessons_run_where_the_frameworks_are(monkeypatch):
    versions = {name.replace("-", "_"): v for name, v in extras.requirements("frameworks").items()}
    pretend_installed(monkeypatch, **versions)
    assert check.lessons_that_run() == (LESSONS, [])


def test_notes_stand_in_the_verdict(capfd, quiet_machine):
    step = check.Step("first", ["timeit", "-n1", "-r1", "pass"])
    assert check.main([step], "check", ["left out: something"]) == 0
    last = capfd.readouterr().out.strip().splitlines()
    assert last[-2:] == ["left out: something", "make check: passed"]


def test_an_environment_does_not_remove_the_python_that_runs_it(monkeypatch):
    monkeypatch.setattr(environment.sys, "prefix", str(environment.VENV))
    with pytest.raises(SystemExit, match="run this with the Python it was made from"):
        environment.main()
