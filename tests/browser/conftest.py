"""One JupyterLab and one browser a process; each lesson has a page and a kernel of its own."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.browser.lesson import Lesson
from tests.browser.server import running_lab
from tools import check_browser, chromium
from tools.notebooks import METADATA


def pytest_addoption(parser):
    parser.addoption(
        "--keep",
        type=Path,
        default=check_browser.PICTURES,
        help="the folder for pictures and logs; two runs side by side need two",
    )


@pytest.fixture(scope="session")
def keep(request):
    """The folder for pictures of failures, and logs."""
    folder = request.config.getoption("keep")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def lab(tmp_path_factory, keep):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    with running_lab(tmp_path_factory.mktemp("lab"), keep / f"jupyterlab-{worker}.log") as lab:
        yield lab


@pytest.fixture(scope="session")
def context():
    """Of the browser: its pages share a cache, so that JupyterLab is loaded once."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, chromium.launch(playwright) as browser:
        yield chromium.new_context(browser)


@pytest.fixture
def open_lesson(lab, context, keep, request):
    """A function that opens a lesson: a context manager, see `Lesson`.

    Without a path, the lesson that `make lab` opens.
    """
    name = re.sub(r"\W+", "_", request.node.name).strip("_")

    def opened(path="", folder=keep, **options):
        return Lesson(lab, context, path or lab.first_lesson(), name, folder, **options)

    return opened


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
