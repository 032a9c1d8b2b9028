"""Chromium for the checks: found here, or installed from Debian, and opened by Playwright.

Playwright's own download of a browser is not used: a clean machine may reach Debian and PyPI only.
"""

import os
import shutil
import subprocess
import sys

__all__ = ["find", "launch"]

NAMES = ["chromium", "chromium-browser", "google-chrome"]
APT_INSTALL = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
FLAGS = [
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # What Chromium itself would ask of the network, not the page.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing but this machine can be reached, so that a request that tries to leave fails at once.
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def find():
    """The path of a Chromium; where there is none, root on Debian installs it.

    Raises
    ------
    SystemExit
        When there is none, and it can't be installed, with what to type.
    """
    if path := on_path():
        return path
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing Debian's chromium; this takes about a minute", flush=True)
        for command in (["apt-get", "update"], APT_INSTALL):
            subprocess.run(command, stdout=subprocess.DEVNULL)
        if path := on_path():
            return path
    sys.exit(
        f"No Chromium is on PATH (names tried: {', '.join(NAMES)}). On Debian type: sudo "
        "apt-get install --no-install-recommends chromium. Elsewhere install Chromium or Google "
        "Chrome, so that one of these names starts it."
    )


def on_path():
    """The first of the names that is a program on PATH, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright):
    """A headless browser; close it at the end."""
    return playwright.chromium.launch(executable_path=find(), args=FLAGS)
