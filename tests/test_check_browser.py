"""The pieces of `make check-browser` that need no browser; tests/browser/ tests it whole."""

import re
import subprocess
import sys

import pytest

from tests.browser import memory
from tests.browser.lesson import Problem, leaves, problems_of
from tests.browser.server import student_environment, wait_for
from tools import check, check_browser, chromium

# -- what is wrong with a lesson --------------------------------------------------------------


def cell(kind="code", count=1, source="1", **output):
    """A cell as page.js gives it."""
    outputs = [{"type": "stream", "stream": "stdout", "text": "", "kinds": [], **output}]
    return {"kind": kind, "count": count, "source": source, "outputs": outputs if output else []}


def test_a_cell_that_ran_well_is_no_problem():
    assert problems_of([cell("markdown", count=None), cell(), cell(text="42\n")]) == []


def test_a_cell_that_was_not_run_is_one_unless_it_is_empty():
    cells = [cell(), cell(count=None), cell(count=None, source=" \n")]
    assert problems_of(cells) == [Problem("was not run", 1)]


def test_an_error_and_words_on_stderr_are_named_with_their_cell():
    error = cell(type="error", stream=None, text="ZeroDivisionError: division by zero")
    warned = cell(stream="stderr", text="\x1b[31mold\x1b[0m\nnews\n")
    assert [str(problem) for problem in problems_of([error, warned])] == [
        "cell 0: ZeroDivisionError: division by zero",
        "cell 1: wrote to stderr: old news",
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8888/lab", False),
        ("ws://127.0.0.1:8888/api", False),
        ("data:image/png;base64,aGk=", False),
        ("blob:http://127.0.0.1:8888/1f", False),
        ("about:blank", False),
        ("https://example.org/127.0.0.1", True),
        ("wss://127.0.0.1.example.org/", True),
        ("http://192.0.2.1/", True),
    ],
)
def test_a_request_leaves_the_machine_or_not(url, expected):
    assert leaves(url) is expected


# -- memory and time --------------------------------------------------------------------------

ALLOCATE = (
    "import time; x = b'x' * {size}; time.sleep({seconds}); del x; print(flush=True); input()"
)
MEGABYTE = 1024**2


def peak_of(code):
    """The peak that is seen of a process until it prints something."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe) as process:
        with memory.MemoryWatch(process.pid) as watch:
            process.stdout.readline()
        process.communicate(b"\n")
    return watch.peak


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux remembers a peak")
def test_a_peak_too_short_for_any_sample_is_seen():
    code = ALLOCATE.format(size=200 * MEGABYTE, seconds=0)
    assert 200 * MEGABYTE < peak_of(code) < 300 * MEGABYTE


def test_the_memory_of_children_counts():
    child = ALLOCATE.format(size=100 * MEGABYTE, seconds=1)
    code = (
        "import subprocess, sys; x = b'x' * (100 * 1024**2); "
        f"subprocess.run([sys.executable, '-c', {child!r}], input=b'1')"
    )
    assert 200 * MEGABYTE < peak_of(code) < 300 * MEGABYTE


def test_waiting_gives_the_first_true_value_and_ends():
    values = iter([None, 0, "yes"])
    assert wait_for(lambda: next(values), 10, "it did not come") == "yes"
    with pytest.raises(TimeoutError, match=r"it did not come within 0\.1 s"):
        wait_for(lambda: None, 0.1, "it did not come")


# -- the tool ---------------------------------------------------------------------------------


def test_lessons_are_students_lessons(monkeypatch, tmp_path):
    """Tests draw without a screen and without progress bars; students do not."""
    monkeypatch.setenv("COURSE_UTILS_QUIET", "1")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("HOME", "kept")
    environment = student_environment(tmp_path)
    assert not {"COURSE_UTILS_QUIET", "MPLBACKEND", "PYTEST_CURRENT_TEST"} & set(environment)
    assert environment["HOME"] == "kept"
    assert environment["JUPYTER_CONFIG_DIR"].startswith(str(tmp_path))


STEMS = ["00_start", "05_mnist", "08_convolution"]


def test_numbers_choose_lessons_and_none_means_all():
    assert check_browser.selection([], STEMS) == []
    assert check_browser.selection(["08", "05_mnist"], STEMS) == [
        "-k",
        "08_convolution or 05_mnist",
    ]


def test_a_lesson_that_is_not_there_or_left_out_is_refused():
    expected = re.escape("no lesson begins with '12': 00_start, 05_mnist, 08_convolution\nleft out")
    with pytest.raises(SystemExit, match=expected):
        check_browser.selection(["12"], STEMS, ["left out: 12_frameworks"])


def test_make_check_leaves_the_browser_alone(request):
    assert "browser" in request.config.getini("norecursedirs")


def test_what_was_measured_is_listed_in_order(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="tests.test_a" name="test_c"><properties>'
        '<property name="measured" value="05: 7 MB"/><property name="other" value="no"/>'
        '</properties></testcase><testcase classname="tests.test_a" name="test_b"><properties>'
        '<property name="measured" value="04: 8 MB"/></properties></testcase>'
        "</testsuite></testsuites>"
    )
    assert check.measurements(report) == ["04: 8 MB", "05: 7 MB"]


# -- Chromium ---------------------------------------------------------------------------------


@pytest.fixture
def path(monkeypatch, tmp_path):
    """An empty folder that is all of PATH, without the right to install anything."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000, raising=False)
    return tmp_path


def put(folder, name, text="#!/bin/sh\n"):
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("name", chromium.NAMES)
def test_chromium_is_found_by_each_of_its_names(path, name):
    put(path, name)
    assert chromium.find() == str(path / name)


def test_without_chromium_it_is_said_what_to_type(path):
    with pytest.raises(SystemExit, match="sudo apt-get install --no-install-recommends chromium"):
        chromium.find()


def test_root_on_debian_installs_it(path, monkeypatch, capfd):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0, raising=False)
    made = f"{path}/chromium"
    program = f'#!/bin/sh\necho "$@" >> {path}/asked\n: > {made}\n/bin/chmod +x {made}\n'
    put(path, "apt-get", program)
    assert chromium.find() == str(path / "chromium")
    asked = (path / "asked").read_text().splitlines()
    assert asked == ["update", "install --yes --no-install-recommends chromium"]
    assert "installing Debian's chromium" in capfd.readouterr().out


def test_an_installation_that_fails_says_what_to_type(path, monkeypatch):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0, raising=False)
    put(path, "apt-get", "#!/bin/sh\nexit 100\n")
    with pytest.raises(SystemExit, match="No Chromium is on PATH"):
        chromium.find()
