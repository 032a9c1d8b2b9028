"""The built page, served on this machine, and one Chromium for all tests of a worker."""

import functools
import http.server
import threading

import pytest
from playwright.sync_api import sync_playwright

from tests.site.html_page import SITE
from tools import chromium, npm


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        """Say nothing: what matters is seen in the browser."""


@pytest.fixture(scope="session")
def address():
    """Where the page is served, `http://127.0.0.1:PORT/`."""
    handler = functools.partial(Quiet, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright, chromium.launch(playwright) as browser:
        yield browser


@pytest.fixture
def page(browser):
    """A page of a reader who was never here."""
    with chromium.new_context(browser) as context:
        yield context.new_page()


@pytest.fixture(scope="session")
def axe():
    """The script of axe-core, which finds what keeps people from reading a page."""
    return (npm.CACHE / "axe.min.js").read_text(encoding="utf-8")
