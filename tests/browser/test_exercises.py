"""Exercises of lesson 01 as a student does them, by keyboard alone: wrong twice each, then right.

What a card must say is what `check` says here, to the same function, and what the mistakes say.
"""

import json
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from course_utils.exercises import check, progress
from course_utils.exercises.definition import find
from course_utils.exercises.memory import FILE, VARIABLE
from tests.browser.keyboard import FOCUS, Keyboard
from tests.browser.waiting import at_end, wait_for

LESSON = "notebooks/01_perceptrons.ipynb"
LEAST_CONTRAST = 4.5  # WCAG 2.2, level AA, for text


class Task(NamedTuple):
    """An exercise: a known mistake, bodies that make it, make none that is known, and are right."""

    name: str
    mistake: str
    makes_it: str
    unknown: str
    right: str

    @property
    def exercise(self):
        return find(self.name)

    def says(self):
        """The sentence of its mistake."""
        (known,) = (one for one in self.exercise.mistakes if one.name == self.mistake)
        return known.says

    def source(self, body):
        """The cell of the lesson, with this body in the place of the stub's."""
        name = self.exercise.reference.__name__
        head = f"def {name}({', '.join(self.exercise.parameters)}):"
        task = f'"""{self.exercise.task}"""'
        return f'{head}\n    {task}\n    {body}\n\n\ncheck("{self.name}", {name})'

    def card(self, body):
        """What `check` says of such a function."""
        namespace = {"__name__": "__main__", "check": lambda name, function: None}
        exec(self.source(body), namespace)
        return check(self.name, namespace[self.exercise.reference.__name__])


TASKS = [
    Task(
        "perceptrons.update",
        "on_every_sample",
        "return w + y * x, b + y",
        "return w + y, b + y",
        "return (w + y * x, b + y) if y * (x @ w + b) <= 0 else (w, b)",
    ),
    Task(
        "perceptrons.border",
        "bias_not_turned",
        "return (-w[0] * x1 + b) / w[1]",
        "return (w[0] * x1 + b) / w[1]",
        "return -(w[0] * x1 + b) / w[1]",
    ),
    Task(
        "perceptrons.xor",
        "nand_alone",
        "return nand(a, b)",
        "return nand(a, a)",
        "return nand(nand(a, nand(a, b)), nand(b, nand(a, b)))",
    ),
]


class Student:
    """Works on the exercises of an open lesson, by keyboard."""

    def __init__(self, opened):
        self.opened, self.keys = opened, Keyboard(opened)

    def find_cell(self, text):
        """The place of the one code cell with this text."""
        cells = enumerate(self.opened.cells())
        (index,) = (k for k, cell in cells if cell["kind"] == "code" and text in cell["source"])
        return index

    def run(self, index):
        """Go to a cell and run it; its outputs."""
        self.keys.go_to_cell(index)
        before = json.dumps(self.opened.cells()[index]["count"])
        count = f"course.cells()[{index}].count"  # null while it runs
        self.keys.press("Shift+Enter", f"course.idle() && ![null, {before}].includes({count})")
        return self.opened.cells()[index]["outputs"]

    def begin(self):
        """Clear what is stored, and run the imports."""
        self.keys.clear_outputs()
        assert self.run(self.find_cell("from course_utils.exercises import")) == []

    def answer(self, task, body):
        """Write a body in the place of the stub's, and run the cell; what its card says."""
        index = self.find_cell(f'check("{task.name}"')
        self.write(index, ["ArrowDown", "ArrowDown", "End", "Shift+Home"], body)
        assert self.opened.cells()[index]["source"] == task.source(body)
        return self.card(index)

    def write(self, index, keys, text):
        """Go to a cell, in it from its begin by some keys to a place, and write there."""
        self.keys.go_to_cell(index)
        self.keys.press("Enter", f"{FOCUS}.closest('.cm-content')")
        for key in ("Control+Home", *keys):
            self.opened.page.keyboard.press(key)
        self.opened.page.keyboard.type(text)
        self.keys.press("Escape", f"!{FOCUS}.closest('.cm-content')")

    def card(self, index):
        """Run a cell; the text of its card, which a screen reader gets, and nothing else."""
        (output,) = self.run(index)
        assert "text/html" in output["kinds"], output
        self.opened.ask("show", index)
        self.opened.wait_until(f"course.card({index})?.getClientRects().length")
        assert squeezed(read_aloud(self.opened.page, index)) == squeezed(output["plain"])
        return output["plain"]

    def restart_kernel(self):
        """By its keys, and Enter for the question that JupyterLab asks."""
        page = self.opened.page
        name = page.evaluate("course.kernel().id")

        def process():
            return self.opened.lab.kernels().get(name)

        before = process()
        page.keyboard.press("0")
        page.keyboard.press("0")
        page.locator(".jp-Dialog .jp-mod-accept:focus").wait_for()
        page.keyboard.press("Enter")
        page.locator(".jp-Dialog").wait_for(state="detached")
        wait_for(lambda: process() not in (None, before), "a new kernel", lambda: str(process()))
        self.opened.wait_until("course.idle()")


def read_aloud(page, index):
    """The words of a card in the tree that Chromium gives to a screen reader."""
    session = page.context.new_cdp_session(page)
    card = session.send("Runtime.evaluate", {"expression": f"course.card({index})"})["result"]
    nodes = session.send("Accessibility.queryAXTree", {"objectId": card["objectId"]})["nodes"]
    session.detach()
    read = [node for node in nodes if not node["ignored"]]
    return "".join(n["name"]["value"] for n in read if n["role"]["value"] == "StaticText")


def squeezed(text):
    """A text without spaces, and without the backticks that mark code where there is no HTML."""
    return "".join(text.replace("`", "").split())


@pytest.fixture
def remembered(lab):
    """The file of what is solved, beside the lessons; no other test finds it."""
    path = lab.root / "notebooks" / FILE
    assert not path.exists()
    with at_end(lambda: path.unlink(missing_ok=True)):
        yield path


def note_requests(page):
    """The addresses of all that a page asks for from now on, and of all that it connects to."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    return asked


def test_wrong_and_right_answers_by_keyboard(open_lesson, lab, remembered, monkeypatch):
    lesson = open_lesson(LESSON)
    asked = note_requests(lesson.page)
    with lesson as opened:
        student = Student(opened)
        student.begin()
        for task in TASKS:
            for body in (task.makes_it, task.unknown):
                card = task.card(body)
                known = card.mistake in {one.name for one in task.exercise.mistakes}
                assert known == (body == task.makes_it), card
                assert not known or task.says() in card.text
                assert student.answer(task, body) == card.text
            assert student.answer(task, task.right).startswith(f"{task.name}: right.")

        student.restart_kernel()
        student.keys.clear_outputs()
        index = student.find_cell('progress("perceptrons")')
        student.write(index, [], "from course_utils.exercises import progress\n")
        shown = student.card(index)

    monkeypatch.setenv(VARIABLE, str(remembered))
    assert shown == progress("perceptrons").text
    assert f"done: {find('perceptrons.xor').objective}" in shown

    text = remembered.read_text(encoding="utf-8")
    events = [json.loads(line) for line in text.splitlines()]
    assert [(e["exercise"], e["result"] == "passed") for e in events] == [
        (task.name, right) for task in TASKS for right in (False, False, True)
    ]
    assert all(event.keys() <= {"exercise", "result", "cases"} for event in events)
    assert "return" not in text

    own = urlsplit(lab.url).netloc
    elsewhere = [url for url in asked if urlsplit(url).netloc not in ("", own)]
    assert elsewhere == []


CARDS = [  # of each kind one
    "from course_utils.exercises import check, hint, progress, solution",
    TASKS[0].source(TASKS[0].makes_it),
    TASKS[1].source(TASKS[1].right),
    TASKS[2].source("..."),
    'hint("perceptrons.update")',
    'solution("perceptrons.update")',
    'progress("perceptrons")',
]


def change_theme(opened, name):
    opened.ask("start", "apputils:change-theme", {"theme": f"JupyterLab {name}"})
    shown = "document.body.dataset.jpThemeName"
    opened.wait_until(f"course.finished && {shown} === 'JupyterLab {name}'")


def test_cards_in_light_and_dark(write_lesson, open_lesson, keep, remembered):
    with open_lesson(write_lesson(CARDS)) as opened:
        opened.run_all()
        opened.page.set_viewport_size({"width": 1280, "height": 1500})  # room for all of them
        with at_end(lambda: change_theme(opened, "Light")):  # JupyterLab keeps it for all lessons
            for theme in ("Light", "Dark"):
                change_theme(opened, theme)
                for index in range(1, len(CARDS)):
                    opened.ask("show", index)
                    opened.wait_until(f"course.card({index})?.getClientRects().length")
                    found = opened.ask("contrasts", index)
                    assert found
                    assert [pair for pair in found if pair[1] < LEAST_CONTRAST] == []
                opened.ask("show", 1)
                opened.page.screenshot(path=keep / f"cards-{theme.lower()}.png")
