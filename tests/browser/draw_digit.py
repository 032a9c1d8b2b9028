"""Digits drawn in a real browser, on the pad of a lesson that was run in JupyterLab."""

import re
from itertools import pairwise

from course_utils.figures.handwriting import DIGIT_STROKES

EMPTY = re.compile("^Draw a digit")


def check(opened):
    """Draw on the first pad of a page with mouse, finger and pen, and use its buttons by keyboard.

    Parameters
    ----------
    opened : Lesson
        Whose cells were run, one of which shows a `DigitPad`.

    Raises
    ------
    AssertionError
        When a drawing is not read, or a button does not do what it says.
    playwright.sync_api.TimeoutError
        When there is no pad.
    """
    pad = Pad(opened)
    hand = Hand(opened.page, pad.paper)
    for digit, draw in [
        (1, hand.mouse),
        (0, hand.mouse),
        (7, hand.mouse),
        (4, hand.touch),
        (3, hand.pen),
    ]:
        for stroke in DIGIT_STROKES[digit]:
            draw(stroke)
        pad.shows(digit)
        pad.button("Clear").click()
        pad.is_empty()
    check_undo(pad, hand)
    check_second_finger(pad, hand)
    check_keyboard(pad)
    hand.devices.detach()


class Pad:
    """The first pad of a lesson, looked at when it has answered all that was done before."""

    def __init__(self, opened):
        self.opened, self.page = opened, opened.page
        self.place = self.page.locator(".digit-pad").first
        self.place.scroll_into_view_if_needed()
        self.paper = self.place.locator(".digit-pad-draw canvas")

    def button(self, name):
        return self.place.get_by_role("button", name=name)

    def status(self):
        """What the pad says."""
        self.opened.wait_until("course.settled()")
        return self.place.get_by_role("status").inner_text()

    def percents(self):
        return self.place.locator("tr td:last-child").all_inner_texts()

    def shows(self, digit):
        """The digit is said in words, by the bars, in the image, and the layers are lit."""
        status = self.status()
        assert re.fullmatch(rf"This is an? {digit}, \d+ %\.", status), f"{digit}: {status}"
        percents = [float(text.split()[0]) for text in self.percents()]
        assert percents.index(max(percents)) == digit, percents
        assert abs(sum(percents) - 100) < 1, percents
        assert self.place.locator("tr.digit-pad-decision th").inner_text() == str(digit)
        image, *layers = self.place.locator("figure").all()
        assert ink(image.locator("canvas")) > 0, "nothing on the image that the network gets"
        assert layers, "no layer is shown"
        for layer in layers:
            assert re.search(r"\d+ values from .* large", layer.locator("figcaption").inner_text())
            assert ink(layer.locator("canvas")) > 0, "a layer is dark"

    def is_empty(self):
        status = self.status()
        assert EMPTY.match(status), status
        for canvas in [self.paper, *self.place.locator("figure canvas").all()]:
            assert ink(canvas) == 0, "ink is left where nothing is drawn"
        assert set(self.percents()) == {"0.0 %"}


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
    one = ink(pad.paper)
    hand.mouse(strokes[1])
    pad.shows(4)
    assert ink(pad.paper) > one
    pad.button("Undo").click()
    assert ink(pad.paper) == one, "Undo does not take away the second stroke"
    pad.button("Undo").click()
    pad.is_empty()


def check_second_finger(pad, hand):
    """A palm or a second finger draws nothing."""
    hand.touch(DIGIT_STROKES[1][0], other_finger=[(90, 90)])
    pad.shows(1)
    assert ink(pad.paper, corner=0.8) == 0, "the second finger drew"
    pad.button("Clear").click()
    pad.is_empty()


def check_keyboard(pad):
    """From the cell, Tab reaches the buttons; they show their focus; Enter and Space press them."""
    examples = list(DIGIT_STROKES)
    clear, undo, example = map(pad.button, ("Clear", "Undo", "Example"))
    press = pad.page.keyboard.press
    cell = pad.place.locator("xpath=ancestor::*[contains(@class, 'jp-CodeCell')][1]")
    cell.evaluate("cell => cell.focus()")
    for _ in range(5):  # a cell's own toolbar may come first
        press("Tab")
        if has_focus(clear):
            break
    assert has_focus(clear)
    for button in (undo, example):
        press("Tab")
        assert has_focus(button)
    outline = example.evaluate("button => getComputedStyle(button).outline")
    assert "solid" in outline, f"the button with the focus does not look different: {outline}"
    press("Enter")
    status = pad.status()
    assert re.match(rf"This is a [{''.join(map(str, examples))}], ", status), status
    shown = int(re.search(r"\d", status)[0])
    press("Space")
    pad.shows(examples[(examples.index(shown) + 1) % len(examples)])
    assert has_focus(example)
    press("Shift+Tab")
    press("Shift+Tab")
    assert has_focus(clear)
    press("Enter")
    pad.is_empty()


def has_focus(place):
    return place.evaluate("place => place === document.activeElement")
