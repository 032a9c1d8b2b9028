"""Every link and file of every page is there, and every image says what it shows."""

import re
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from tests.site.html_page import PAGES, SITE, read, target
from tools.check import LESSONS

SCHEMES = {"http", "https", "mailto"}
LEAST_WORDS = 4  # "Open lesson 06 in Binder" has five
THEME = {"Binder logo"}  # beside the word, in the theme's menu


def outside(link):
    return bool(urlsplit(link).scheme)


def inside(link):
    return not outside(link)


def test_every_lesson_and_module_has_its_page():
    import course_utils

    names = [f"notebooks/{path.stem}.html" for path in LESSONS]
    names += [f"site/api/{module}.html" for module in course_utils._NAMES]
    names += [f"site/{name}.html" for name in ("api/index", "classroom", "glossary", "instructors")]
    names += ["index.html", "README.html", "data/README.html", "benchmarks/RESULTS.html"]
    assert [name for name in names if name not in PAGES] == []


@pytest.mark.parametrize("name", [name for name in PAGES if "/api/" in name])
@pytest.mark.parametrize("words", ["Alias for field number", "t.Any"])
def test_the_reference_has_only_our_words(name, words):
    assert words not in read(name).text


@pytest.mark.parametrize("name", PAGES)
def test_links_resolve(name):
    missing = []
    for link in filter(inside, read(name).links):
        path, anchor = map(unquote, target(name, link))
        anchors = read(path).anchors if anchor and path.endswith(".html") else {anchor}
        if not (SITE / path).is_file() or anchor not in anchors:
            missing.append(link)
    assert missing == []


@pytest.mark.parametrize("name", PAGES)
def test_links_that_leave_are_well_formed(name):
    parts = [(link, urlsplit(link)) for link in read(name).links if outside(link)]
    wrong = [link for link, part in parts if part.scheme not in SCHEMES or " " in link]
    wrong += [link for link, part in parts if part.scheme != "mailto" and "." not in part.netloc]
    assert wrong == []


@pytest.mark.parametrize("name", PAGES)
def test_no_file_comes_from_elsewhere(name):
    files = [file for file in read(name).files if not file.startswith("data:")]
    assert [file for file in files if outside(file) or file.startswith("//")] == []
    assert [file for file in files if not (SITE / target(name, file)[0]).is_file()] == []


@pytest.mark.parametrize("name", PAGES)
def test_images_say_what_they_show(name):
    assert [image for image, _ in read(name).images if "alt" not in image] == []
    texts = [image["alt"] for image, in_text in read(name).images if in_text]
    assert [text for text in texts if len(text.split()) < LEAST_WORDS and text not in THEME] == []


@pytest.mark.parametrize("name", [name for name in PAGES if name != "search.html"])
def test_a_page_has_one_title(name):
    assert read(name).headings == 1


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_figure_of_a_lesson_is_there_with_its_description(path):
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    figures = [output.data for output in outputs if "image/png" in output.get("data", {})]
    shown = [
        image["alt"] for image, in_text in read(f"notebooks/{path.stem}.html").images if in_text
    ]
    assert [" ".join(figure["text/plain"].split()) for figure in figures] == [
        " ".join(text.split()) for text in shown if not text.startswith("Open lesson")
    ]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_words_of_a_lesson_are_lost(path):
    cells = nbformat.read(path, as_version=4).cells
    source = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    blocks = [" ".join(block.split()) for block in source.split("\n\n")]
    phrases = [
        words for block in blocks for words in re.findall(r"[A-Za-z]+(?: [A-Za-z]+)+", block)
    ]
    text = read(f"notebooks/{path.stem}.html").text
    assert [words for words in phrases if words not in text] == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_leads_to_binder_to_its_file_and_to_the_glossary(path):
    from tools.repository import binder, slug

    links = read(f"notebooks/{path.stem}.html").links
    to_binder = [link for link in links if link.startswith("https://mybinder.org/v2/")]
    assert to_binder == ([binder(slug(), f"notebooks/{path.name}")] if slug() else [])
    downloads = [target(f"notebooks/{path.stem}.html", link)[0] for link in links]
    download = f"_sources/notebooks/{path.name}"
    assert download in downloads
    assert (SITE / download).read_bytes() == path.read_bytes()
    assert any("glossary.html#term-" in link for link in links)


def test_lessons_stand_in_their_order():
    names = [f"notebooks/{path.stem}.html" for path in LESSONS]
    for before, after in pairwise(names):
        assert after in [target(before, link)[0] for link in read(before).links]
