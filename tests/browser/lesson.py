"""A lesson that is open in JupyterLab, in a real browser: run, looked at, its sliders moved."""

import os
import re
import time
import traceback
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.browser.memory import MemoryWatch
from tests.browser.waiting import busy, wait_for
from tools.folders import ROOT

SCRIPT = Path(__file__).with_name("page.js")
WIDGET = "application/vnd.jupyter.widget-view+json"
MOST_MEMORY = 1e9  # bytes, for a kernel with all that it starts: what Binder promises
# Errors in the browser's console that say nothing about a lesson, each with its reason.
HARMLESS = {}


# -- what is wrong with a lesson ------------------------------------------------------------


class Problem(NamedTuple):
    """What is wrong, and in which cell (from 0) if in one."""

    text: str
    cell: int | None = None

    def __str__(self):
        return self.text if self.cell is None else f"cell {self.cell}: {self.text}"


def problems_of(cells):
    """Errors, words on stderr, and cells that were not run, from a notebook's models."""
    found = []
    for index, cell in enumerate(cells):
        if cell["kind"] != "code":
            continue
        for output in cell["outputs"]:
            if output["type"] == "error":
                found.append(Problem(plain(output["text"]), index))
            if output["stream"] == "stderr":
                found.append(Problem(f"wrote to stderr: {plain(output['text'])}", index))
        if cell["count"] is None and cell["source"].strip():
            found.append(Problem("was not run", index))
    return found


def plain(text):
    """A text in one line, without a terminal's colours."""
    return " ".join(re.sub(r"\x1b\[[\d;]*m", "", text).split())


def leaves(url):
    """Whether a request for this address would leave the machine."""
    return urlsplit(url).hostname not in (None, "127.0.0.1")  # None: data:, blob:, about:


def is_harmless(text):
    return any(re.search(known, text) for known in HARMLESS)


# -- a lesson -------------------------------------------------------------------------------


class Lesson:
    """A lesson that is open in a page of the browser, watched from its first request on.

    As a context manager. At its end the page is closed and the kernel shut down; where something
    was wrong, pictures and a log are kept, and the test fails with all that was wrong: what was
    found first comes first, and no later error hides it.

    Parameters
    ----------
    lab : Lab
    context : playwright.sync_api.BrowserContext
    path : str
        `notebooks/NN_topic.ipynb`.
    name : str
        Of the pictures and the log.
    folder : Path
        For them.
    most_memory : float
        Bytes that the kernel may take, with all that it starts.

    Attributes
    ----------
    problems : list of Problem
    seconds : float
        That running all cells took.
    memory : MemoryWatch
        Of the kernel and the processes that it started.
    """

    def __init__(self, lab, context, path, name, folder, most_memory=MOST_MEMORY):
        self.lab, self.path, self.name = lab, path, name
        self.folder, self.most_memory = folder, most_memory
        self.problems, self.seconds, self.memory = [], 0.0, None
        self._traces = []
        self.page = context.new_page()
        self.page.add_init_script(path=SCRIPT)
        self.page.on("request", lambda request: self._requested(request.url))
        self.page.on("websocket", lambda socket: self._requested(socket.url))
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._add(f"error in the page: {error}"))

    def __enter__(self):
        try:
            self.page.goto(self.lab.address(self.path))
            self.wait_until(f"course.path() === '{self.path}' && course.idle()")
            self._watch_kernel()
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, Exception):
            self._went_wrong(error)
        self._try(self._look_at_memory)
        if self.problems:
            self._try(self._take_pictures)
        self._try(self.page.close)
        self._try(self.lab.shut_down_kernels)
        if self.problems:
            self._try(self._write_log)
        if self.problems and (error is None or isinstance(error, Exception)):
            pytest.fail(self._report(), pytrace=False)

    # -- asking the page

    def ask(self, expression, *arguments):
        """The value of a function of page.js."""
        return self.page.evaluate(f"a => course.{expression}(...a)", list(arguments))

    def wait_until(self, condition):
        """Wait for a condition on the page; end early where JupyterLab reports trouble.

        Raises
        ------
        RuntimeError
            When JupyterLab reports trouble, such as a dead kernel.
        TimeoutError
            When the condition does not come true, with what the page shows instead.
        """
        found = wait_for(
            lambda: self.page.evaluate(f"() => course.trouble() ?? course.soon({condition})"),
            condition,
            lambda: self.ask("seen"),
        )
        if found is not True:
            raise RuntimeError(found)

    # -- doing what a student does

    def run_all(self):
        """Run all cells by the command of the menu, and look at their outputs."""
        self.ask("start", "notebook:clear-all-cell-outputs")  # what is stored is no evidence
        self.wait_until("course.finished")
        start = time.monotonic()
        self.ask("start", "notebook:run-all-cells")
        self.wait_until("course.finished && course.idle()")
        self.seconds = time.monotonic() - start
        self.look_at_outputs()

    def look_at_outputs(self):
        """See that every cell was run, without an error or a word on stderr."""
        self.problems += problems_of(self.cells())

    def widget_cells(self):
        """The cells whose outputs hold widgets, by their places."""
        kinds = [[kind for o in cell["outputs"] for kind in o["kinds"]] for cell in self.cells()]
        return [index for index, found in enumerate(kinds) if WIDGET in found]

    def cells(self):
        return self.ask("cells")

    def look_at_widgets(self):
        """See that every widget is drawn, and that none shows an error."""
        for index in self.widget_cells():
            self.ask("show", index)
            self.wait_until(f"course.decided({index})")
            if names := self.ask("undrawn", index):
                self._add(f"not drawn on the page: {', '.join(names)}", index)
            self._look_for_widget_errors(index)

    def move_sliders(self):
        """Move every slider by the mouse, and see that its figure changes; how many there were."""
        moved = 0
        for index in self.widget_cells():
            for number in range(self._sliders(index).count()):
                self._see_change(index, self._drag, number)
                moved += 1
        return moved

    def press_on_slider(self, index, key):
        """Press a key on the slider that has the focus, and see that its figure changes."""
        self._see_change(index, lambda slider: self.page.keyboard.press(key))

    def _see_change(self, index, move, number=0):
        slider = self._sliders(index).nth(number)
        self.wait_until("course.settled()")
        value, shown = slider.get_attribute("aria-valuenow"), self.ask("shown", index)
        move(slider)
        self.wait_until("course.settled()")
        if self.ask("shown", index) == shown:
            after = slider.get_attribute("aria-valuenow")
            self._add(f"slider from {value} to {after}: the figure did not change", index)
        self._look_for_widget_errors(index)

    def _drag(self, slider):
        slider.scroll_into_view_if_needed()
        handle, track = slider.bounding_box(), slider.locator("xpath=../..").bounding_box()
        x, y = (handle[a] + handle[b] / 2 for a, b in (("x", "width"), ("y", "height")))
        middle = [track[a] + track[b] / 2 for a, b in (("x", "width"), ("y", "height"))]
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        # To the other half of its track, as far from the middle as a quarter of it.
        if track["width"] > track["height"]:
            x = middle[0] + track["width"] / 4 * (1 if x <= middle[0] else -1)
        else:
            y = middle[1] + track["height"] / 4 * (1 if y <= middle[1] else -1)
        self.page.mouse.move(x, y, steps=5)
        self.page.mouse.up()

    def _sliders(self, index):
        cell = self.page.locator(f".jp-Notebook-cell[data-windowed-list-index='{index}']")
        return cell.locator(".jupyter-widgets [role=slider]")

    def _look_for_widget_errors(self, index):
        for text in self.ask("widgetErrors", index):
            self._add(f"a widget shows an error: {text}", index)

    # -- noting what happens

    def _add(self, text, cell=None):
        problem = Problem(plain(text), cell)
        if problem not in self.problems:
            self.problems.append(problem)

    def _requested(self, url):
        if leaves(url):
            self._add(f"a request leaves the machine: {url}")

    def _said(self, message):
        if message.type == "error" and not is_harmless(message.text):
            self._add(f"error in the console: {message.text} ({message.location['url']})")

    def _went_wrong(self, error):
        self._add(f"{type(error).__name__}: {error}")
        self._traces += traceback.format_exception(error)

    # -- at the end

    def _try(self, step):
        """Take a step; an error in it is one more problem, and the next step is taken."""
        try:
            step()
        except Exception as error:
            self._went_wrong(error)

    def _watch_kernel(self):
        name = self.page.evaluate("course.kernel().id")
        kernel = wait_for(
            lambda: self.lab.kernels().get(name),
            f"the process of kernel {name}",
            lambda: str(self.lab.kernels()),
        )
        self.memory = MemoryWatch(kernel.pid).__enter__()

    def _look_at_memory(self):
        if self.memory is None:
            return
        self.memory.__exit__()
        if self.memory.peak > self.most_memory:
            self._add(f"the kernel took {self.memory.peak / 1e6:.0f} MB")

    def _take_pictures(self):
        self.page.screenshot(path=self.folder / f"{self.name}.png")
        for index in sorted({problem.cell for problem in self.problems} - {None})[:5]:
            self.ask("show", index)
            self.page.screenshot(path=self.folder / f"{self.name}-cell-{index}.png")

    def _write_log(self):
        place = f"{self.path} (cells count from 0); {busy()}"
        text = "\n".join([place, *map(str, self.problems), "", *self._traces])
        (self.folder / f"{self.name}.txt").write_text(text, encoding="utf-8")

    def _report(self):
        log = os.path.relpath(self.folder / f"{self.name}.txt", ROOT)
        first = f"{len(self.problems)} in all, see {log}; first:"
        return "\n".join([first, *map(str, self.problems), busy()])
