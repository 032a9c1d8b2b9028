"""Whatever a student's function does, the notebook goes on, and the next check answers."""

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from course_utils.exercises import memory, sandbox
from course_utils.exercises._worker import KEPT, Printed
from course_utils.exercises.checking import check
from course_utils.exercises.definition import find
from course_utils.exercises.sandbox import Unsendable, pack, run
from tests.exercises.cells import cell
from tools.folders import ROOT

NAME = "perceptrons.update"
CALLS = 2 * len(find(NAME).cases())  # each case is tried twice
PATIENCE = 60  # seconds: far more than anything here takes, on a machine with much else to do
RULE = "    return (w + y * x, b + y) if y * (x @ w + b) <= 0 else (w, b)\n"
posix = pytest.mark.skipif(os.name == "nt", reason="not on Windows")
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory as Linux keeps them")


def right(w, b, x, y):
    return (w + y * x, b + y) if y * (x @ w + b) <= 0 else (w, b)


def update(body, before=""):
    """The names of a notebook with a cell in which `update` begins with these lines."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return cell(f"{before}\ndef update(w, b, x, y):\n{lines}{RULE}")


def seconds(monkeypatch, number):
    """How long a function may take from now on."""
    monkeypatch.setattr(find(NAME), "seconds", number)


def goes_on():
    """Whether the next check answers right."""
    return check(NAME, right).passed


def files(folder=None):
    """The files of waiting processes."""
    return list(Path(folder or tempfile.gettempdir()).glob("course-exercise-*"))


@pytest.fixture(autouse=True, scope="module")
def own_folder(tmp_path_factory):
    """Where the processes of these tests have their files."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("waiting")))
        patched.setattr(sandbox, "_spare", None)
        patched.setattr(find(NAME), "seconds", PATIENCE)
        yield
        sandbox._end_spare()
        assert files() == []


# -- what is right, in whatever form --------------------------------------------------------------


class Student:
    def __call__(self, w, b, x, y):
        return right(w, b, x, y)


def scaled(rate, w, b, x, y):
    return (w + rate * y * x, b + rate * y) if y * (x @ w + b) <= 0 else (w, b)


HELPED = """
from math import copysign
RATE = 1
def z(w, b, x):
    return sum(np.multiply(w, x)) + b
class Rule:
    def wrong(self, w, b, x, y):
        return y * z(w, b, x) <= 0
def update(w, b, x, y):
    if Rule().wrong(w, b, x, y):
        return w + RATE * copysign(1, y) * x, b + RATE * y
    return w, b
"""
CALLED = f"""
class Rule:
  def __call__(self, w, b, x, y):
{RULE}
rule = Rule()
"""
FORMS = {
    "a function of a file": right,
    "a cell": update("")["update"],
    "with helpers": cell(HELPED)["update"],
    "an object": Student(),
    "a method": Student().__call__,
    "partial": functools.partial(scaled, 1),
    "lambda": lambda w, b, x, y: (w + y * x, b + y) if y * (x @ w + b) <= 0 else (w, b),
    "an object of a cell": cell(CALLED)["rule"],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_right_function_passes_in_whatever_form(form):
    card = check(NAME, FORMS[form])
    assert card.passed, card.text


def test_names_of_the_notebook_stay_as_they_are():
    names = update(
        "global calls\ncalls += 1\nseen.append(1)\nnp.random.seed(0)\nnp.random.rand()",
        "calls, seen = 0, []",
    )
    np.random.seed(7)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    assert check(NAME, names["update"]).passed
    assert (names["calls"], names["seen"]) == (0, [])
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_what_is_printed_by_whatever_way_stays_out_of_the_notebook(capfd):
    names = update(
        "import os, sys\nprint('one')\nsys.stderr.write('two\\n')\nos.write(1, b'three')"
    )
    card = check(NAME, names["update"])
    assert card.passed
    assert f"It printed: `one` / `two` / `one` ({2 * CALLS} lines in all)" in card.text
    assert capfd.readouterr() == ("", "")


def test_a_million_lines_are_counted_and_the_first_are_shown():
    lines = 1_000_000 // CALLS + 1
    names = update(f"for k in range({lines}):\n    print(k)")
    card = check(NAME, names["update"])
    assert card.passed, card.text
    assert f"It printed: `0` / `1` / `2` ({lines * CALLS:,} lines in all)" in card.text


def test_the_beginning_of_what_is_printed_is_kept():
    printed = Printed()
    assert printed.writable()
    assert printed.write("a\n" * 600) == 1200
    print("b" * 2000, file=printed)
    print("c", file=printed)
    assert printed.text == "a\n" * 600 + "b" * 800
    assert len(printed.text) == KEPT
    assert printed.lines == 602


def test_a_question_to_the_keyboard_is_an_error():
    card = check(NAME, update("input('w? ')")["update"])
    assert card.mistake == "error"
    assert "raises EOFError" in card.text


# -- what has an end of its own -------------------------------------------------------------------

ENDS = {
    "sys.exit": ("import sys; sys.exit(3)", "exit", "in the line `import sys; sys.exit(3)`"),
    "exit": ("exit()", "exit", "in the line `exit()`"),
    "quit": ("raise SystemExit", "exit", "in the line `raise SystemExit`"),
    "os._exit": ("import os; os._exit(0)", "exit", "Only the copy that was tried has ended"),
    "os.abort": ("import os; os.abort()", "exit", "Only the copy that was tried has ended"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "exit", "`raise KeyboardInterrupt`"),
    "recursion": ("return update(w, b, x, y)", "error", "raises RecursionError"),
    "10 GB": ("a = np.ones(10 * 2**27)", "memory", "It happens in the line `a = np.ones(10 *"),
    "10 GB of a list": ("a = [0] * (10 * 2**27)", "memory", "1 GB"),
    "an error": ("np.linalg.inv(np.zeros((2, 2)))", "error", "in the line `np.linalg.inv(np.zeros"),
    "resized": (
        "w.resize(5, refcheck=False); w = w[:2]",
        "changed",
        "array that it is given as `w`",
    ),
    "written": ("x[:] = x + 1; x = x - 1", "changed", "array that it is given as `x`"),
}


@pytest.mark.parametrize("way", ENDS)
def test_a_function_that_ends_otherwise_is_told_why_and_the_next_check_answers(way, capfd):
    body, mistake, words = ENDS[way]
    if "10 GB" in way and sys.platform != "linux":
        pytest.skip("elsewhere the parent watches, which takes the memory first")
    card = check(NAME, update(body)["update"])
    assert (card.passed, card.mistake) == (False, mistake), card.text
    assert words in card.text
    assert goes_on()
    assert capfd.readouterr() == ("", "")


def test_a_deleted_argument_is_the_function_s_own():
    assert check(NAME, update("v = w.copy(); del w; w = v")["update"]).passed


# -- what has no end ------------------------------------------------------------------------------

ENDLESS = {
    "a loop": ("while True: pass", "while True: pass"),
    "a loop that catches all": (
        "while True:\n    try: exit()\n    except BaseException: continue",
        None,
    ),
    "NumPy": ("np.linalg.eig(np.random.rand(4000, 4000))", "np.linalg.eig(np.random.rand("),
    "asleep": ("import time; time.sleep(1000)", "import time; time.sleep(1000)"),
    "a regular expression": ("import re; re.match('(a+)+b', 'a' * 99)", "import re; re.match"),
    "a lock": (
        "import threading; threading.Barrier(2).wait()",
        "import threading; threading.Barrier",
    ),
    "printing": ("while True: print('on and on')", "while True: print('on and on')"),
    "signals": (
        "import signal\nfor s in range(1, 32):\n"
        "    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while 1 < 2: pass",
        "while 1 < 2: pass",
    ),
}


@pytest.mark.parametrize("way", ENDLESS)
def test_an_endless_function_is_stopped_and_its_line_named(way, monkeypatch, capfd):
    body, line = ENDLESS[way]
    seconds(monkeypatch, 4)  # enough for it to begin on a busy machine
    begin = time.monotonic()
    card = check(NAME, update(body)["update"])
    assert time.monotonic() - begin < PATIENCE
    assert card.mistake == "time"
    if line is not None:
        assert f"it was in the line `{line}" in card.text
    seconds(monkeypatch, PATIENCE)
    assert goes_on()
    assert capfd.readouterr() == ("", "")


def test_the_line_is_known_where_the_watchdog_misses_it(tmp_path):
    """It reads the frames of a thread that runs on."""
    note = tmp_path / "note"
    function = update("pass")["update"]
    own = function.__code__.co_filename
    before = f'Thread 0x1 (most recent call first):\n  File "{own}", line 7 in update\n'
    missed = (
        'Timeout (0:00:04)!\nThread 0x1 (most recent call first):\n  File "a.py", line 3 in f\n'
    )
    for text, expected in ((before, None), (before + missed, (own, 7)), (missed, ("", 0))):
        note.write_text(text)
        assert sandbox._where(note, function) == expected


def test_the_time_is_for_all_cases_together_twice(monkeypatch):
    seconds(monkeypatch, 2)
    nap = 3.2 / CALLS  # once through all cases it would be in time
    assert check(NAME, update(f"import time; time.sleep({nap})")["update"]).mistake == "time"


def test_a_file_of_any_name_is_found_again(tmp_path, monkeypatch):
    path = tmp_path / "Müller 中文 🙂.py"
    path.write_text(f"import numpy as np\ndef update(w, b, x, y):\n    while 2 > 1: pass\n{RULE}")
    names = {"__name__": "__main__"}
    exec(compile(path.read_text(), str(path), "exec"), names)
    seconds(monkeypatch, 2)
    assert "it was in the line `while 2 > 1: pass`" in check(NAME, names["update"]).text


def test_where_even_the_watchdog_is_held_up_the_parent_ends_it(monkeypatch):
    seconds(monkeypatch, 1)
    body = "import faulthandler; faulthandler.cancel_dump_traceback_later()\nwhile True: pass"
    begin = time.monotonic()
    with monkeypatch.context() as patched:
        patched.setattr(sandbox, "START", 1)
        assert run(find(NAME), update(body)["update"]).end == "time"
    assert time.monotonic() - begin < PATIENCE
    seconds(monkeypatch, PATIENCE)
    assert goes_on()


@posix
def test_what_a_function_leaves_running_holds_nobody_up(tmp_path):
    note = tmp_path / "pid"
    body = (
        "import os, time\nif os.fork() == 0:\n"
        f"    with open({str(note)!r}, 'w') as file: file.write(str(os.getpid()))\n"
        "    time.sleep(1000)\n"
        f"while not os.path.exists({str(note)!r}) or not os.path.getsize({str(note)!r}): pass\n"
        "os._exit(0)"
    )
    begin = time.monotonic()
    card = check(NAME, update(body)["update"])
    assert time.monotonic() - begin < PATIENCE
    assert card.mistake == "exit"
    os.kill(int(note.read_text()), signal.SIGKILL)
    assert goes_on()


# -- memory ---------------------------------------------------------------------------------------


@linux
def test_memory_that_grows_step_by_step_is_limited(monkeypatch):
    monkeypatch.setattr(sandbox, "MEMORY", 100_000_000)
    names = update("many = []\nwhile True: many.append(np.ones(1_000_000))")
    card = check(NAME, names["update"])
    assert card.mistake == "memory"
    assert goes_on()


@linux
def test_where_the_system_has_no_limit_the_parent_watches(monkeypatch):
    """Here the function lifts the limit, which macOS and Windows don't have."""
    monkeypatch.setattr(sandbox, "MEMORY", 100_000_000)
    names = update(
        "import resource, time\n"
        "_, most = resource.getrlimit(resource.RLIMIT_DATA)\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (most, most))\n"
        "a = np.ones(25_000_000)\n"
        "time.sleep(1000)"
    )
    assert run(find(NAME), names["update"]).end == "memory"
    assert goes_on()


# -- what can't be copied -------------------------------------------------------------------------


def test_a_function_that_uses_300_mb_from_outside_is_refused():
    names = update("table.sum()", "table = np.zeros(300_000_000 // 8)")
    card = check(NAME, names["update"])
    assert card.mistake == "uses too much"
    assert "it uses 300 MB from outside." in card.text
    assert goes_on()


class Unreadable:
    """It can be packed, and not be unpacked."""

    def __reduce__(self):
        return int, ("no number",)


class Explosive:
    def __reduce__(self):
        raise RuntimeError("not me")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: open(os.devnull, "w"), "file"),  # noqa: SIM115
        (threading.Lock, "lock"),
        (lambda: (k for k in range(3)), "generator"),
        (Explosive, "RuntimeError: not me."),
        (Unreadable, "ValueError: invalid literal for int()"),
    ],
    ids=["file", "lock", "generator", "explosive", "unreadable"],
)
def test_what_can_t_be_copied_is_said(make, words):
    thing = make()
    try:
        names = update("str(thing)")
        names["thing"] = thing
        card = check(NAME, names["update"])
    finally:
        if hasattr(thing, "close"):
            thing.close()
    assert card.mistake == "uses too much"
    assert "can't be copied" in card.text
    assert words in card.text


def test_the_limit_is_what_a_function_brings_with_it(monkeypatch):
    names = update("table.sum()", "table = np.zeros(1000)")
    pack(names["update"])
    monkeypatch.setattr(sandbox, "LARGEST", 8000)
    with pytest.raises(Unsendable, match="it uses 0 MB from outside"):
        pack(names["update"])


# -- processes ------------------------------------------------------------------------------------


def test_one_process_waits_with_one_file_and_none_is_left():
    for _ in range(3):
        assert goes_on()
        spare = sandbox._spare
        assert spare.process.is_alive()
        assert files() == [Path(spare.watchdog)]
    sandbox._end_spare()
    assert not psutil.pid_exists(spare.process.pid)
    assert files() == []


def test_a_process_is_used_once(tmp_path):
    note = tmp_path / "pids"
    body = f"import os\nwith open({str(note)!r}, 'a') as file: print(os.getpid(), file=file)"
    for _ in range(2):
        assert check(NAME, update(body)["update"]).passed
    assert len(set(note.read_text().split())) == 2
    assert str(os.getpid()) not in note.read_text()


def test_a_waiting_process_that_was_killed_is_replaced():
    assert goes_on()
    sandbox._spare.process.kill()
    sandbox._spare.process.join()
    killed = sandbox._spare
    assert goes_on()
    killed.end()


def test_the_process_of_another_is_left_alone():
    """As after a fork of the kernel."""
    assert goes_on()
    others = sandbox._spare
    others.owner = -1
    assert goes_on()
    assert others.process.is_alive()
    sandbox._spare, mine = others, sandbox._spare
    sandbox._end_spare()
    assert others.process.is_alive()
    others.end()
    sandbox._spare = mine


def test_a_process_that_can_t_be_started_leaves_no_file(monkeypatch):
    def refused(self):
        raise OSError("no more processes")

    context = sandbox.multiprocessing.get_context("spawn")
    monkeypatch.setattr(context.Process, "start", refused)
    before = files()
    with pytest.raises(OSError, match="no more"):
        sandbox._Process()
    assert files() == before


def test_the_program_that_checks_is_not_run_anew_and_keeps_its_name(tmp_path):
    """A script, and a module: a process that is started reads none of it."""
    script = tmp_path / "mine.py"
    script.write_text(PROGRAM.format(body="print(__file__ is not None, __spec__ is None)"))
    for command, line in (([str(script)], "True True"), (["-m", "mine"], "True False")):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
            capture_output=True,
            text=True,
        )
        assert done.stderr == ""
        assert done.stdout.splitlines() == ["True", line]


PROGRAM = """
import sys
from course_utils.exercises.checking import check
def update(w, b, x, y):
    return (w + y * x, b + y) if y * (x @ w + b) <= 0 else (w, b)
print(check("perceptrons.update", update).passed, flush=True)
{body}
"""
WAITS = """
from course_utils.exercises import sandbox
print(sandbox._spare.process.pid, flush=True)
"""


def program(body, tmp_path, **options):
    """A Python that has checked something, and goes on with other lines."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def gone(pid):
    """Whether a process ends within our patience."""
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(PATIENCE)
    return not psutil.pid_exists(pid)


def test_when_python_ends_nothing_is_left_behind(tmp_path):
    with program(WAITS, tmp_path) as python:
        output, errors = python.communicate(timeout=PATIENCE)
    passed, pid = output.split()
    assert (passed, errors) == ("True", "")
    assert gone(int(pid))
    assert files(tmp_path) == []


@posix
def test_when_python_is_killed_nothing_is_left_behind(tmp_path):
    with program(WAITS + "import time; time.sleep(1000)", tmp_path) as python:
        assert python.stdout.readline() == "True\n"
        pid = int(python.stdout.readline())
        assert len(files(tmp_path)) == 1
        python.kill()
        assert gone(pid)
    assert files(tmp_path) == []


# -- Ctrl-C ---------------------------------------------------------------------------------------


@pytest.fixture
def keyboard():
    """Ctrl-C is heard, also where the tests run in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


INTERRUPTED = """
import json, os, psutil
from course_utils.exercises.definition import find
find("perceptrons.update").seconds = 1000
def endless(w, b, x, y):
    with open({note!r}, "w") as file:
        file.write(str(os.getpid()) + " ")
    while True:
        pass
try:
    check("perceptrons.update", endless)
    print("answered")
except KeyboardInterrupt:
    print("interrupted")
print(psutil.pid_exists(int(open({note!r}).read())))
print(check("perceptrons.update", update).passed)
"""


@posix
@pytest.mark.parametrize("to_all", [False, True], ids=["the kernel", "all its processes"])
def test_ctrl_c_ends_a_check_and_the_next_one_answers(keyboard, tmp_path, to_all):
    note = tmp_path / "pid"
    body = INTERRUPTED.format(note=str(note))
    with program(body, tmp_path, start_new_session=True) as python:
        assert python.stdout.readline() == "True\n"
        end = time.monotonic() + PATIENCE
        while not (note.exists() and note.read_text().endswith(" ")) and time.monotonic() < end:
            time.sleep(0.01)
        (os.killpg if to_all else os.kill)(python.pid, signal.SIGINT)
        output, errors = python.communicate(timeout=PATIENCE)
    assert output.split() == ["interrupted", "False", "True"]
    assert errors == ""
    assert files(tmp_path) == []


@posix
@pytest.mark.parametrize("wait", [0, 0.05, 0.1, 0.2])
def test_ctrl_c_while_a_process_begins_does_not_end_it(keyboard, wait, capfd):
    sandbox._end_spare()
    sandbox._spare = sandbox._Process()
    time.sleep(wait)
    os.kill(sandbox._spare.process.pid, signal.SIGINT)
    assert goes_on()
    assert capfd.readouterr() == ("", "")


@posix
def test_ctrl_c_is_heard_again_after_a_process_was_started():
    sandbox._Process().end()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


# -- what is left in the folder -------------------------------------------------------------------


def test_a_check_writes_only_the_file_of_progress(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv(memory.VARIABLE, str(folder / "mine.jsonl"))
    check(NAME, right)
    check(NAME, update("return w, b + 1e-3")["update"])
    assert {path.name for path in folder.iterdir()} == {"mine.jsonl"}
    lines = (folder / "mine.jsonl").read_text().splitlines()
    assert [json.loads(line)["result"] for line in lines] == ["passed", "unnamed"]


def test_checks_of_several_threads_each_get_their_own_answer():
    cards = {}

    def one(key, function):
        cards[key] = check(NAME, function)

    wrong = update("return w, b + 7")["update"]
    work = [(key, right if key % 2 else wrong) for key in range(4)]
    threads = [threading.Thread(target=one, args=args) for args in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [cards[key].passed for key in range(4)] == [False, True, False, True]
