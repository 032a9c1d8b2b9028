"""Every page in Chromium: nothing fails, nothing leaves, formulas are set, all can read it."""

import pytest

from tests.site.html_page import PAGES, SITE

MOST_BYTES = 3_000_000  # of a page with all it loads; scripts of all pages are loaded once
SERIOUS = {"serious", "critical"}
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
LONGEST_FIRST = sorted(PAGES, key=lambda name: (SITE / name).stat().st_size, reverse=True)
COLOURS = ["color-contrast", "link-in-text-block"]
ALL = {"resultTypes": ["violations"]}
ONLY_COLOURS = {**ALL, "runOnly": COLOURS}
ALL_BUT_COLOURS = {**ALL, "rules": {rule: {"enabled": False} for rule in COLOURS}}
READERS = [
    ("light", DESKTOP, ALL),
    ("dark", DESKTOP, ONLY_COLOURS),
    ("dark", PHONE, ALL_BUT_COLOURS),
]
UNSET = """
() => [...document.querySelectorAll(".math, [data-mjx-error]")]
  .filter(math => !math.querySelector("mjx-container svg"))
  .map(math => math.textContent)
"""
TOO_SMALL = """
() => [...document.querySelectorAll("main img")]
  .filter(e => e.complete && e.naturalWidth && e.width < Math.min(e.naturalWidth, 16))
  .map(e => e.alt)
"""
TOO_WIDE = """
() => {
  const cuts = e => e && (getComputedStyle(e).overflowX !== "visible" || cuts(e.parentElement));
  if (document.scrollingElement.scrollWidth <= innerWidth) return [];
  return [...document.querySelectorAll("main *")]
    .filter(e => e.getBoundingClientRect().right > innerWidth && !cuts(e.parentElement))
    .map(e => e.outerHTML.slice(0, 200));
}
"""
# The theme lets keys reach what can be scrolled, a moment after the window has another size.
SETTLED = """
() => [...document.querySelectorAll("pre, .pst-scrollable-table-container")]
  .every(e => e.scrollWidth <= e.clientWidth || e.tabIndex === 0)
"""


def violations(page, options):
    """What axe finds of serious impact: its rule, and the first elements."""
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{rule['id']}: {[node['html'][:120] for node in rule['nodes'][:3]]}"
        for rule in found
        if rule["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("name", LONGEST_FIRST)
def test_page(name, page, address, axe, record_property):
    said, left, loaded = [], [], set()

    def note(request):
        if request.url.startswith(address):
            loaded.add(request.url.removeprefix(address).partition("?")[0])
        elif not request.url.startswith(("data:", "blob:")):
            left.append(request.url)

    page.on("request", note)
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else 0)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address + name, wait_until="load")
    page.evaluate("() => window.MathJax?.startup?.promise")
    assert page.evaluate(UNSET) == []

    page.evaluate(axe)
    page.add_style_tag(content="* { transition: none !important }")
    for scheme, size, rules in READERS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector(f"html[data-theme={scheme}]")
        page.wait_for_function(SETTLED)
        assert violations(page, rules) == [], (scheme, size)
        assert page.evaluate(TOO_WIDE) == []
        assert page.evaluate(TOO_SMALL) == []

    assert said == []
    assert left == []
    own = [file for file in loaded if file and not file.endswith(".js")]
    size = sum((SITE / file).stat().st_size for file in own)
    if size > MOST_BYTES / 2:
        record_property("measured", f"{name}: {size / 1e6:.1f} MB")
    assert size < MOST_BYTES
