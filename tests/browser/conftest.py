"""One JupyterLab and one browser a process; each lesson has a page and a kernel of its own."""

import os
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.browser.lesson import PICTURES, Lesson
from tests.browser.server import running_lab
from tools import chromium
from tools.notebooks import METADATA


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_lab(tmp_path_factory.mktemp("lab"), PICTURES / f"jupyterlab-{worker}.log") as lab:
        yield lab


@pytest.fixture(scope="session")
def context():
    """Of the browser: its pages share a cache, so that JupyterLab is loaded once."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser.new_context(viewport={"width": 1280, "height": 900})
        browser.close()


@pytest.fixture
def open_lesson(lab, context, request):
    """A function that opens a lesson: a context manager, see `Lesson`."""
    name = re.sub(r"\W+", "_", request.node.name).strip("_")
    return lambda path="", **options: Lesson(lab, context, path, name, **options)


@pytest.fixture
def write_lesson(lab):
    """A function that writes a lesson of some code cells, as if it had been run well before."""

    def write(sources):
        output = new_output("stream", text="well\n")
        cells = [new_code_cell(s, execution_count=1, outputs=[output]) for s in sources]
        path = lab.root / "notebooks" / "written.ipynb"
        nbformat.write(new_notebook(cells=cells, metadata=METADATA), path)
        return "notebooks/written.ipynb"

    return write
