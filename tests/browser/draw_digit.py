"""Digits drawn in a real browser, on the pad of a lesson that was run in JupyterLab."""

import re
from itertools import pairwise

from playwright.sync_api import expect

from course_utils.drawing import DIGIT_STROKES

ANSWER = 20_000  # milliseconds until an answer must have come; a busy kernel takes its time
EMPTY = re.compile("^Draw a digit")


def check(page):
    """Draw on the first pad of a page with mouse, finger and pen, and use its buttons by keyboard.

    Parameters
    ----------
    page : playwright.sync_api.Page
        A notebook in JupyterLab whose cells were run, one of which shows a `DigitPad`.

    Raises
    ------
    AssertionError
        When a drawing is not read, or a button does not do what it says.
    playwright.sync_api.TimeoutError
        When there is no pad.
    """
    pad = page.locator(".digit-pad").first
    pad.scroll_into_view_if_needed()
    paper = pad.locator(".digit-pad-draw canvas")
    hand = Hand(page, paper)
    for digit, draw in [
        (1, hand.mouse),
        (0, hand.mouse),
        (7, hand.mouse),
        (4, hand.touch),
        (3, hand.pen),
    ]:
        for stroke in DIGIT_STROKES[digit]:
            draw(stroke)
        expect_answer(pad, digit)
        pad.get_by_role("button", name="Clear").click()
        expect_empty(pad, paper)
    check_undo(pad, hand)
    check_second_finger(pad, hand)
    check_keyboard(page, pad, paper)
    hand.devices.detach()


class Hand:
    """Draws strokes, in per cent of the canvas, as the browser gets them from its devices."""

    def __init__(self, page, paper):
        self.paper = paper
        self.devices = page.context.new_cdp_session(page)
        self.devices.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def path(self, stroke):
        """Points of the page, close together as those of a real hand."""
        box = self.paper.bounding_box()
        points = [
            (box["x"] + box["width"] * x / 100, box["y"] + box["height"] * y / 100)
            for x, y in stroke
        ]
        for (x0, y0), (x1, y1) in pairwise(points):
            for k in range(4):
                yield x0 + (x1 - x0) * k / 4, y0 + (y1 - y0) * k / 4
        yield points[-1]

    def mouse(self, stroke, kind="mouse"):
        path = list(self.path(stroke))
        self.press("mousePressed", path[0], kind)
        for point in path:
            self.press("mouseMoved", point, kind)
        self.press("mouseReleased", path[-1], kind)

    def press(self, event, point, kind):
        x, y = point
        held = 0 if event == "mouseReleased" else 1
        event = {"type": event, "x": x, "y": y, "button": "left", "buttons": held, "clickCount": 1}
        self.devices.send("Input.dispatchMouseEvent", {**event, "pointerType": kind})

    def pen(self, stroke):
        self.mouse(stroke, "pen")

    def touch(self, stroke, other_finger=None):
        """A finger, and perhaps another one that rests on the canvas meanwhile."""
        path = list(self.path(stroke))
        others = list(self.path(other_finger)) if other_finger else []
        for event, point in [("touchStart", path[0]), *(("touchMove", point) for point in path)]:
            points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate([point, *others])]
            self.devices.send("Input.dispatchTouchEvent", {"type": event, "touchPoints": points})
        self.devices.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def expect_status(pad, text):
    expect(pad.get_by_role("status")).to_have_text(text, timeout=ANSWER)


def expect_answer(pad, digit):
    """The digit is said in words, by the bars, in the image, and the layers are lit."""
    expect_status(pad, re.compile(rf"^This is an? {digit}, \d+ %\.$"))
    percents = [
        float(text.split()[0]) for text in pad.locator("tr td:last-child").all_inner_texts()
    ]
    assert percents.index(max(percents)) == digit, percents
    assert abs(sum(percents) - 100) < 1, percents
    expect(pad.locator("tr.digit-pad-decision th")).to_have_text(str(digit))
    image, *layers = pad.locator("figure").all()
    assert ink(image.locator("canvas")) > 0, "nothing on the image that the network gets"
    assert layers, "no layer is shown"
    for layer in layers:
        expect(layer.locator("figcaption")).to_have_text(re.compile(r"\d+ values from .* large"))
        assert ink(layer.locator("canvas")) > 0, "a layer is dark"


def expect_empty(pad, paper):
    expect_status(pad, EMPTY)
    for canvas in [paper, *pad.locator("figure canvas").all()]:
        assert ink(canvas) == 0, "ink is left where nothing is drawn"
    assert set(pad.locator("tr td:last-child").all_inner_texts()) == {"0.0 %"}


def ink(canvas, corner=0):
    """How many pixels of a canvas are painted: of all, or of those right of and below a corner."""
    return canvas.evaluate(
        """(canvas, corner) => {
             const copy = new OffscreenCanvas(canvas.width, canvas.height);
             const context = copy.getContext("2d", { willReadFrequently: true });
             context.drawImage(canvas, 0, 0);
             const [x, y] = [corner * canvas.width, corner * canvas.height].map(Math.round);
             const { data } = context.getImageData(x, y, canvas.width - x, canvas.height - y);
             return data.filter((value, k) => k % 4 === 3 && value > 0).length;
           }""",
        corner,
    )


def check_undo(pad, hand):
    """Undo takes away the last stroke, and only that."""
    strokes = DIGIT_STROKES[4]
    hand.mouse(strokes[0])
    one = ink(hand.paper)
    hand.mouse(strokes[1])
    expect_answer(pad, 4)
    assert ink(hand.paper) > one
    undo = pad.get_by_role("button", name="Undo")
    undo.click()
    assert ink(hand.paper) == one, "Undo does not take away the second stroke"
    undo.click()
    expect_empty(pad, hand.paper)


def check_second_finger(pad, hand):
    """A palm or a second finger draws nothing."""
    hand.touch(DIGIT_STROKES[1][0], other_finger=[(90, 90)])
    expect_answer(pad, 1)
    assert ink(hand.paper, corner=0.8) == 0, "the second finger drew"
    pad.get_by_role("button", name="Clear").click()
    expect_empty(pad, hand.paper)


def check_keyboard(page, pad, paper):
    """From the cell, Tab reaches the buttons; they show their focus; Enter and Space press them."""
    examples = list(DIGIT_STROKES)
    clear, undo, example = (pad.get_by_role("button", name=n) for n in ("Clear", "Undo", "Example"))
    cell = pad.locator("xpath=ancestor::*[contains(@class, 'jp-CodeCell')][1]")
    cell.evaluate("cell => cell.focus()")
    for _ in range(5):  # a cell's own toolbar may come first
        page.keyboard.press("Tab")
        if clear.evaluate("button => button === document.activeElement"):
            break
    expect(clear).to_be_focused()
    for button in (undo, example):
        page.keyboard.press("Tab")
        expect(button).to_be_focused()
    outline = example.evaluate("button => getComputedStyle(button).outline")
    assert "solid" in outline, f"the button with the focus does not look different: {outline}"
    page.keyboard.press("Enter")
    expect_status(pad, re.compile(rf"^This is a [{''.join(map(str, examples))}], "))
    shown = int(re.search(r"\d", pad.get_by_role("status").inner_text())[0])
    page.keyboard.press("Space")
    expect_answer(pad, examples[(examples.index(shown) + 1) % len(examples)])
    expect(example).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(clear).to_be_focused()
    page.keyboard.press("Enter")
    expect_empty(pad, paper)
