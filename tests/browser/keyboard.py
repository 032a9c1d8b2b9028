"""The keys of a page, as someone presses them who has no mouse."""

FOCUS = "document.activeElement"
ACTIVE = "course.panel().content.activeCellIndex"
MOST_PRESSES = 80


class Keyboard:
    """The keys of a page, each pressed when the page has answered the one before."""

    def __init__(self, opened):
        self.opened, self.page = opened, opened.page

    def press(self, key, until):
        """Press a key once, and wait for what it does."""
        self.page.keyboard.press(key)
        self.opened.wait_until(until)

    def repeat(self, key, until):
        """Press a key again and again; each press must move the focus, or a selection."""
        for _ in range(MOST_PRESSES):
            if self.page.evaluate(f"Boolean({until})"):
                return
            where = self.page.evaluate("course.where()")
            self.press(key, f"course.where() !== {where!r}")
        raise AssertionError(f"{MOST_PRESSES} times {key} did not lead to: {until}")

    def go_to_cell(self, target):
        """Move by the arrows to a cell; each one on the way must come into view."""
        while (active := self.page.evaluate(ACTIVE)) != target:
            key, index = ("ArrowDown", active + 1) if target > active else ("ArrowUp", active - 1)
            self.press(key, f"{ACTIVE} === {index} && course.inView({index})")

    def palette(self, command):
        """Find a command in the palette, by its name."""
        self.press("Control+Shift+C", f"{FOCUS}.matches('.lm-CommandPalette-input')")
        self.page.keyboard.type(command)
        first = "document.querySelector('.lm-CommandPalette-item.lm-mod-active')?.innerText"
        self.opened.wait_until(f"{first} === '{command}'")
        self.press("Enter", f"{FOCUS}.closest('.jp-Notebook')")

    def clear_outputs(self):
        """What is stored is no evidence."""
        self.palette("Clear Outputs of All Cells")
        self.opened.wait_until("!course.cells().some((cell) => cell.count)")

    def menu(self, name, command):
        """Go to the menu bar, open a menu, and choose a command."""
        self.repeat("Shift+Tab", f"{FOCUS}.closest('.lm-MenuBar-item')")
        self.repeat("ArrowRight", f"{FOCUS}.innerText === '{name}'")
        self.press("ArrowDown", "document.querySelector('.lm-Menu .lm-mod-active')")
        label = "document.querySelector('.lm-Menu .lm-mod-active .lm-Menu-itemLabel')?.innerText"
        self.repeat("ArrowDown", f"{label} === '{command}'")
        self.press("Enter", f"{FOCUS}.closest('.jp-Notebook')")
