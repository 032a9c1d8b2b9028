"""The pages of the built web page, read without a browser."""

from functools import cache
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

from tools.folders import ROOT

__all__ = ["PAGES", "SITE", "Page", "read", "target"]

SITE = ROOT / "build" / "site"
NAMES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
PAGES = [name for name in NAMES if not name.startswith("_static/")]  # templates of the theme


class Page(HTMLParser):
    """What is asked of a page: its anchors, links, files, images and text."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.files, self.images = set(), [], [], []
        self.headings, self._depth, self._text = 0, 0, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "article":
            self._depth += 1
        self.headings += tag == "h1" and self._depth > 0
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "img":
            self.images.append((found, self._depth > 0))
        if tag in ("img", "script") and "src" in found:
            self.files.append(found["src"])
        if tag == "link" and found.get("rel") in ("stylesheet", "icon", "preload"):
            self.files.append(found["href"])

    @property
    def text(self):
        """All text, with single spaces."""
        return " ".join("".join(self._text).split())

    def handle_data(self, data):
        self._text.append(data)

    def handle_endtag(self, tag):
        if tag == "article":
            self._depth -= 1


@cache
def read(name):
    return Page((SITE / name).read_text(encoding="utf-8"))


def target(name, link):
    """Where a link of a page leads: the name of a file of the page, and an anchor or ''."""
    path, anchor = urldefrag(urljoin(f"http://page/{name}", link))
    return path.removeprefix("http://page/").partition("?")[0], anchor
