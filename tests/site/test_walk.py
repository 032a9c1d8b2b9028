"""A reader's ways: search, dark mode, and all of it by keyboard alone."""

import re

import pytest

from tools.check import LESSONS

# Whether a ring of at least two pixels marks what has the focus: itself, or what is in it.
VISIBLE = """
() => [document.activeElement, ...document.activeElement.children].some(element => {
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const shadow = style.boxShadow !== "none" && !style.boxShadow.startsWith("rgba(0, 0, 0, 0)");
  return (outline || shadow) && box.width > 0 && box.height > 0;
})
"""
FIRST, SECOND = (f"notebooks/{path.stem}.html" for path in LESSONS[:2])


def press_until(page, key, selector, most=120):
    """Press a key until what the selector names has the focus; what had it on the way."""
    way = []
    for _ in range(most):
        page.keyboard.press(key)
        assert page.evaluate(VISIBLE), page.evaluate("() => document.activeElement.outerHTML")[:200]
        way.append(page.evaluate("() => document.activeElement.textContent.trim()"))
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return way
    raise AssertionError(f"{selector} was not reached by {most} times {key}; on the way: {way}")


def test_a_lesson_by_keyboard_alone(page, address):
    page.goto(address + FIRST)
    page.keyboard.press("Tab")
    assert page.evaluate(VISIBLE)
    assert "Skip to main content" in page.evaluate("() => document.activeElement.textContent")
    page.keyboard.press("Enter")
    press_until(page, "Tab", "a.right-next", most=200)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{SECOND}")


def test_navigation_by_keyboard_alone(page, address):
    page.goto(address + FIRST)
    way = press_until(page, "Tab", f'nav a[href$="{SECOND.partition("/")[2]}"]')
    assert any("Search" in text for text in way)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{SECOND}")


def test_search_by_keyboard_alone(page, address):
    page.goto(address + FIRST)
    page.keyboard.press("Control+k")
    page.keyboard.type("backpropagation")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=backpropagation*")
    # The results come one by one.
    page.locator("ul.search li").filter(has_text="backpropagation").first.wait_for()
    press_until(page, "Tab", "ul.search li a")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r".*\.html\?highlight=.*|.*(notebooks|site)/.*"))


def test_dark_mode_by_keyboard_stays_on_the_next_page(page, address):
    page.emulate_media(color_scheme="light")
    page.goto(address + FIRST)
    press_until(page, "Tab", ".theme-switch-button")
    page.keyboard.press("Enter")  # opens a menu
    press_until(page, "ArrowDown", '.theme-change-button[data-mode="dark"]', most=4)
    page.keyboard.press("Enter")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.goto(address + SECOND)
    assert page.get_attribute("html", "data-theme") == "dark"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_stand_on_white(page, address, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(address + SECOND)
    page.wait_for_selector(f"html[data-theme={scheme}]")
    figure = page.locator("div.cell_output img").first
    ground = figure.evaluate("e => getComputedStyle(e).backgroundColor")
    assert ground in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)" if scheme == "light" else None)


def test_what_needs_a_kernel_says_so(page, address):
    page.goto(address + SECOND)
    assert page.locator("text=interactive(children").count() == 0
    assert page.locator(".needs-kernel").count() == 1
