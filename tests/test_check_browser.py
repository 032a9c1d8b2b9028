"""The pieces of `make check-browser` that need no browser; tests/browser/ tests it whole."""

import http.server
import json
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from tests.browser import memory, server
from tests.browser.lesson import Lesson, Problem, leaves, problems_of
from tests.browser.server import Lab, end, list_fonts, student_environment, write_settings
from tests.browser.waiting import LAST_RESORT, at_end, wait_for
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

ALLOCATE = "x = b'x' * {size}; {then}; print(flush=True); input()"
MEGABYTE = 1024**2


def peak_of(code):
    """The peak that is seen of a process until it, or one that it started, prints something."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe) as process:
        with memory.MemoryWatch(process.pid) as watch:
            process.stdout.readline()
        process.communicate(b"\n")
    return watch.peak


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux remembers a peak")
def test_a_peak_too_short_for_any_sample_is_seen():
    code = ALLOCATE.format(size=200 * MEGABYTE, then="del x")
    assert 200 * MEGABYTE < peak_of(code) < 300 * MEGABYTE


def test_the_memory_of_children_counts():
    """Both hold their memory until they are told that it was seen."""
    child = ALLOCATE.format(size=100 * MEGABYTE, then="pass")
    code = (
        "import subprocess, sys; x = b'x' * (100 * 1024**2); "
        f"subprocess.run([sys.executable, '-c', {child!r}])"
    )
    assert 200 * MEGABYTE < peak_of(code) < 300 * MEGABYTE


# -- waiting, and the end ---------------------------------------------------------------------


def test_waiting_gives_the_first_true_value():
    values = iter([None, 0, "yes"])
    assert wait_for(lambda: next(values), "a yes") == "yes"


def test_a_wait_in_vain_says_for_what_what_was_seen_and_how_busy_the_machine_was():
    expected = re.escape("waited 0.1 s for a yes; seen: a no; load average ")
    with pytest.raises(TimeoutError, match=expected + r"\d+\.\d on \d+ processors$"):
        wait_for(lambda: None, "a yes", lambda: "a no", seconds=0.1)


def test_a_wait_in_vain_says_so_where_nothing_can_be_looked_at():
    expected = re.escape("for a yes; seen: nothing, because of ZeroDivisionError: division by zero")
    with pytest.raises(TimeoutError, match=expected):
        wait_for(lambda: None, "a yes", lambda: 1 / 0, seconds=0)


def test_what_has_come_when_the_time_is_over_is_taken():
    """A process that was not scheduled for long has waited for nothing."""
    assert wait_for(lambda: "yes", "a yes", seconds=-1) == "yes"


@pytest.mark.parametrize("error", [ValueError("first"), KeyboardInterrupt("first")])
def test_an_error_at_the_end_does_not_hide_the_first(error):
    with pytest.raises(type(error), match="first") as caught, at_end(lambda: 1 / 0):
        raise error
    assert caught.value.__notes__ == ["Then, at the end: ZeroDivisionError: division by zero"]


def test_an_error_at_the_end_alone_is_raised():
    with pytest.raises(ZeroDivisionError), at_end(lambda: 1 / 0):
        pass


class Page:
    """A page of a browser in which all goes wrong from some step on."""

    def __init__(self, broken):
        self.broken = broken
        self.closed = False

    def __getattr__(self, name):
        def step(*arguments, **options):
            if name in self.broken:
                raise RuntimeError(f"{name} is broken")

        return step

    def evaluate(self, expression, arguments=()):
        if "evaluate" in self.broken:
            raise RuntimeError("evaluate is broken")
        return "1" if expression == "course.kernel().id" else True

    def close(self):
        self.closed = True


class OneKernel:
    """A server with one kernel, which is this process."""

    def __init__(self, broken=()):
        self.broken, self.shut_down = broken, False

    def address(self, path):
        return path

    def kernels(self):
        return {"1": psutil.Process()}

    def shut_down_kernels(self):
        self.shut_down = True
        if "shut down" in self.broken:
            raise TimeoutError("waited for all kernels to end")


class Context:
    def __init__(self, page):
        self.page = page

    def new_page(self):
        return self.page


def opened(folder, page=(), lab=(), **options):
    """A lesson in a page and a server where some steps are broken."""
    options = {"most_memory": float("inf"), **options}
    return Lesson(OneKernel(lab), Context(Page(page)), "notebooks/a.ipynb", "a", folder, **options)


def reported(failed):
    """The problems of a report, in its order."""
    first, *problems, last = str(failed.value).splitlines()
    assert re.match(r"\d+ in all, see .*a\.txt; first:$", first)
    assert re.match(r"load average \d+\.\d on \d+ processors$", last)
    return problems


def test_a_lesson_without_problems_passes(tmp_path):
    with opened(tmp_path) as lesson:
        pass
    assert lesson.page.closed
    assert lesson.lab.shut_down
    assert list(tmp_path.iterdir()) == []


def test_a_lesson_fails_at_its_end_so_that_nothing_after_it_runs(tmp_path):
    """Else a name that the lesson did not come to would hide why."""

    def test():
        with opened(tmp_path) as lesson:
            moved = lesson.ask("nothing") / 0
        print(moved)

    with pytest.raises(pytest.fail.Exception) as failed:
        test()
    assert reported(failed) == ["ZeroDivisionError: division by zero"]


@pytest.mark.parametrize("broken", [("screenshot",), ("screenshot", "evaluate")])
def test_what_goes_wrong_at_the_end_hides_nothing(tmp_path, broken):
    def test():
        with lesson:
            lesson.page.broken = broken
            raise ValueError("first")

    lesson = opened(tmp_path, lab=["shut down"])
    with pytest.raises(pytest.fail.Exception) as failed:
        test()
    first, *later = reported(failed)
    assert first == "ValueError: first"
    assert later == [
        "RuntimeError: screenshot is broken",
        "TimeoutError: waited for all kernels to end",
    ]
    assert lesson.page.closed
    log = (tmp_path / "a.txt").read_text(encoding="utf-8")
    assert 'raise ValueError("first")' in log, "no traceback"
    assert "notebooks/a.ipynb" in log


@pytest.mark.parametrize("broken", ["goto", "evaluate"])
def test_a_lesson_that_does_not_open_says_why_and_leaves_nothing(tmp_path, broken):
    lesson = opened(tmp_path, page=[broken])
    with pytest.raises(pytest.fail.Exception) as failed, lesson:
        pytest.exit("opened")
    assert reported(failed) == [f"RuntimeError: {broken} is broken"]
    assert lesson.page.closed
    assert lesson.lab.shut_down


def test_an_interrupt_is_none_of_the_lessons_problems(tmp_path):
    lesson = opened(tmp_path)
    with pytest.raises(KeyboardInterrupt), lesson:
        raise KeyboardInterrupt
    assert lesson.page.closed
    assert lesson.lab.shut_down


def test_memory_is_a_problem_of_its_own(tmp_path):
    with pytest.raises(pytest.fail.Exception) as failed, opened(tmp_path, most_memory=1):
        pass
    (problem,) = reported(failed)
    assert re.fullmatch(r"the kernel took \d+ MB", problem)


def test_trouble_that_jupyterlab_reports_ends_a_wait(tmp_path, monkeypatch):
    lesson = opened(tmp_path)
    monkeypatch.setattr(lesson.page, "evaluate", lambda *_: "the kernel is dead")
    with pytest.raises(RuntimeError, match=r"^the kernel is dead$"):
        lesson.wait_until("course.idle()")


# -- JupyterLab -------------------------------------------------------------------------------

DEAF = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="terminating is killing there")
def test_a_server_that_does_not_end_is_killed_with_its_kernels_and_that_is_said():
    process = psutil.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(process.stdout.readline()))
    expected = r"waited 0\.1 s for the end; seen: its log; load average"
    with process.stdout, pytest.raises(TimeoutError, match=expected):
        end(process, "the end", lambda: "its log", seconds=0.1)
    assert not process.is_running()
    child.wait(LAST_RESORT)


def test_a_server_that_ended_by_itself_is_no_error():
    process = psutil.Popen([sys.executable, "-c", ""])
    process.wait()
    end(process, "the end", str)


class Server(http.server.BaseHTTPRequestHandler):
    """Answers as JupyterLab does, as far as it is asked."""

    asked: ClassVar = []

    def do_GET(self):
        assert self.headers["Authorization"] == "token secret"
        if self.path == "/":
            self.send_response(302)
            self.send_header("Location", "/lab/tree/notebooks/00%20start.ipynb")
        else:
            self.send_response(200)
        self.end_headers()
        if self.path == "/api/kernels":
            self.wfile.write(json.dumps([{"id": "a-1"}, {"id": "b-2"}]).encode())

    def do_DELETE(self):
        self.asked.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.setattr(Server, "asked", [])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{running.server_port}/"
        yield Lab(url, "secret", Path(), Path(), psutil.Process())
        running.shutdown()
        thread.join()


def test_the_first_lesson_is_the_one_that_the_server_leads_to(lab):
    assert lab.first_lesson() == "notebooks/00 start.ipynb"


def test_every_opening_has_a_workspace_of_its_own(lab):
    place = r"lab/workspaces/([\w-]+)/tree/notebooks/a%20b\.ipynb\?token=secret"
    pattern = re.escape(lab.url) + place
    names = {re.fullmatch(pattern, lab.address("notebooks/a b.ipynb"))[1] for _ in range(2)}
    assert len(names) == 2


def test_all_kernels_are_shut_down_and_waited_for(lab, monkeypatch):
    command = [sys.executable, "-c", "input()", "-f", "/run/kernel-a-1.json"]
    with psutil.Popen(command, stdin=subprocess.PIPE) as kernel:
        wait_for(lambda: lab.kernels() == {"a-1": kernel}, "a process with the kernel's name")
        looks = []

        def look(lab):
            if len(looks) == 2:  # the kernel takes its time
                kernel.communicate(b"\n")
            looks.append(kernels(lab))
            return looks[-1]

        kernels = Lab.kernels
        monkeypatch.setattr(Lab, "kernels", look)
        lab.shut_down_kernels()
    assert Server.asked == ["/api/kernels/a-1", "/api/kernels/b-2"]
    assert looks == [{"a-1": kernel}, {"a-1": kernel}, {}]


def test_two_servers_share_no_folder_port_or_token(monkeypatch, tmp_path):
    """What names one for all servers of a user, or for the kernel that we may run in."""
    for name in [
        "JUPYTERLAB_WORKSPACES_DIR",
        "JUPYTERLAB_SETTINGS_DIR",
        "JUPYTERLAB_DIR",
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_CONFIG_PATH",
        "JUPYTER_PATH",
        "JUPYTER_PORT",
        "JUPYTER_TOKEN",
        "JPY_SESSION_NAME",
    ]:
        monkeypatch.setenv(name, "shared")
    one, other = (student_environment(tmp_path / name) for name in "ab")
    assert "shared" not in one.values()
    for name in ("CONFIG", "DATA", "RUNTIME"):
        assert one[f"JUPYTER_{name}_DIR"] != other[f"JUPYTER_{name}_DIR"]
    assert one["IPYTHONDIR"] != other["IPYTHONDIR"]


def test_settings_and_workspaces_stand_where_jupyterlab_looks(monkeypatch, tmp_path):
    """And the settings are ones that it has."""
    monkeypatch.setenv("JUPYTERLAB_WORKSPACES_DIR", "shared")
    write_settings(tmp_path)
    code = (
        "from jupyterlab.commands import get_user_settings_dir, get_workspaces_dir; "
        "print(get_user_settings_dir(), get_workspaces_dir(), sep='\\n', end='')"
    )
    environment = student_environment(tmp_path)
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    user_settings, workspaces = map(Path, found.stdout.splitlines())
    assert workspaces.is_relative_to(tmp_path)
    schemas = Path(sys.prefix, "share", "jupyter", "lab", "schemas")
    for plugin, settings in server.SETTINGS.items():
        written = user_settings / f"{plugin}.jupyterlab-settings"
        assert json.loads(written.read_text(encoding="utf-8")) == settings
        schema = json.loads((schemas / f"{plugin}.json").read_text(encoding="utf-8"))
        assert settings.keys() <= schema["properties"].keys()


def test_fonts_are_listed_before_a_lesson_can_say_so(tmp_path):
    list_fonts({**student_environment(tmp_path), "MPLCONFIGDIR": str(tmp_path)})
    assert list(tmp_path.glob("fontlist-*.json"))


# -- the tool ---------------------------------------------------------------------------------


def test_lessons_are_students_lessons(monkeypatch, tmp_path):
    """Tests draw without screen and progress bars, and forget what is solved; students do not."""
    ours = {"COURSE_UTILS_PROGRESS": "", "COURSE_UTILS_QUIET": "1", "MPLBACKEND": "Agg"}
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", "kept")
    environment = student_environment(tmp_path)
    assert not {*ours, "PYTEST_CURRENT_TEST"} & set(environment)
    assert environment["HOME"] == "kept"
    assert environment["JUPYTER_CONFIG_DIR"].startswith(str(tmp_path))


STEMS = ["00_start", "06_mnist", "09_convolution"]


def test_numbers_choose_lessons_and_none_means_all():
    assert check_browser.selection([], STEMS) == []
    assert check_browser.selection(["09", "06_mnist"], STEMS) == [
        "-k",
        "09_convolution or 06_mnist",
    ]


def test_a_lesson_that_is_not_there_or_left_out_is_refused():
    expected = re.escape("no lesson begins with '12': 00_start, 06_mnist, 09_convolution\nleft out")
    with pytest.raises(SystemExit, match=expected):
        check_browser.selection(["12"], STEMS, ["left out: 13_frameworks"])


@pytest.fixture
def run_tool(monkeypatch, tmp_path):
    """A function that runs the tool with a verdict; the folder of what it keeps goes to it."""
    monkeypatch.setattr(check_browser, "PICTURES", tmp_path / "kept")
    monkeypatch.setattr(check_browser.extras, "install", lambda name: None)
    monkeypatch.setattr(check_browser.chromium, "find", lambda: None)

    def run(verdict):
        def main(steps, target, notes):
            (option,) = [word for word in steps[0].command if word.startswith("--keep=")]
            return verdict(Path(option.removeprefix("--keep=")))

        monkeypatch.setattr(check_browser.check, "main", main)
        return check_browser.main([])

    return run


def test_runs_side_by_side_keep_their_pictures_apart(run_tool):
    folders = []

    def failed(folder):
        folders.append(folder)
        (folder / "jupyterlab-gw0.log").touch()
        return 1

    def passed_meanwhile(folder):
        folders.append(folder)
        return 0

    def failed_with_another_beside(folder):
        failed(folder)
        assert run_tool(passed_meanwhile) == 0
        return 1

    assert run_tool(failed_with_another_beside) == 1
    assert run_tool(failed) == 1
    first, passed, last = folders
    assert first != last
    assert (first / "jupyterlab-gw0.log").exists()
    assert (last / "jupyterlab-gw0.log").exists()
    assert not passed.exists(), "nothing failed, and something is kept"


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

needs_apt = pytest.mark.skipif(sys.platform != "linux", reason="only Debian has apt-get")


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


@pytest.fixture
def root(path, monkeypatch):
    """The same folder, with the right to install, and a lock of its own."""
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(chromium, "LOCK", path / "lock")
    return path


@needs_apt
def test_root_on_debian_installs_it(root, capfd):
    made = f"{root}/chromium"
    program = f'#!/bin/sh\necho "$@" >> {root}/asked\n: > {made}\n/bin/chmod +x {made}\n'
    put(root, "apt-get", program)
    assert chromium.find() == str(root / "chromium")
    asked = (root / "asked").read_text().splitlines()
    wait = f"--option=DPkg::Lock::Timeout={chromium.LAST_RESORT}"
    assert asked == [f"{wait} update", f"{wait} install --yes --no-install-recommends chromium"]
    assert "installing Debian's chromium" in capfd.readouterr().out


@needs_apt
def test_two_installations_side_by_side_take_turns(root):
    """Else the second fails: apt-get does not wait for another one's update."""
    program = f"#!/bin/sh\n/usr/bin/flock --nonblock {root}/lock true && : > {root}/free\n"
    put(root, "apt-get", program)
    chromium.install()
    assert not (root / "free").exists(), "another could install at the same time"


@needs_apt
def test_what_another_has_installed_meanwhile_is_taken(root, monkeypatch):
    put(root, "apt-get", f"#!/bin/sh\n: > {root}/asked\n")
    found = iter([None, "there", "there"])
    monkeypatch.setattr(chromium, "on_path", lambda: next(found))
    assert chromium.find() == "there"
    assert not (root / "asked").exists()


@needs_apt
def test_an_installation_that_fails_says_what_to_type(root):
    put(root, "apt-get", "#!/bin/sh\nexit 100\n")
    with pytest.raises(SystemExit, match="No Chromium is on PATH"):
        chromium.find()


class Recorder:
    """Stands for all of Playwright: it notes what it is called with."""

    def __init__(self):
        self.calls = {}

    def __getattr__(self, name):
        def call(*arguments, **options):
            self.calls[name] = arguments or options
            return self

        return call


def test_no_wait_of_the_browser_ends_before_the_last_resort(path):
    """Playwright's own limit, of half a minute, is passed on a busy machine."""
    put(path, "chromium")
    recorder = Recorder()
    recorder.chromium = recorder
    chromium.launch(recorder)
    chromium.new_context(recorder)
    milliseconds = 1000 * chromium.LAST_RESORT
    assert recorder.calls["launch"]["timeout"] == milliseconds
    assert recorder.calls["set_default_timeout"] == (milliseconds,)
