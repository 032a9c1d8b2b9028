"""Chromium for the checks: found here, or installed from Debian, and opened by Playwright.

Playwright's own download of a browser is not used: a clean machine may reach Debian and PyPI only.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["LAST_RESORT", "find", "launch", "new_context"]

# Seconds after which a wait for what will never happen ends, on a machine however busy.
LAST_RESORT = 1800
NAMES = ["chromium", "chromium-browser", "google-chrome"]
APT_GET = ["apt-get", f"--option=DPkg::Lock::Timeout={LAST_RESORT}"]
APT_INSTALL = [*APT_GET, "install", "--yes", "--no-install-recommends", "chromium"]
LOCK = Path(tempfile.gettempdir(), "course-utils-installs-chromium.lock")
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
        install()
        if path := on_path():
            return path
    sys.exit(
        f"No Chromium is on PATH (names tried: {', '.join(NAMES)}). On Debian type: sudo "
        "apt-get install --no-install-recommends chromium. Elsewhere install Chromium or Google "
        "Chrome, so that one of these names starts it."
    )


def install():
    """Install Debian's Chromium, unless another process of this course just does so.

    Without a lock of ours, the second of two runs side by side would fail: `apt-get update` waits
    for nobody.
    """
    import fcntl

    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if on_path():
            return
        print("installing Debian's chromium; this takes about a minute", flush=True)
        for command in ([*APT_GET, "update"], APT_INSTALL):
            subprocess.run(command, stdout=subprocess.DEVNULL)


def on_path():
    """The first of the names that is a program on PATH, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright):
    """A headless browser; close it at the end."""
    return playwright.chromium.launch(
        executable_path=find(), args=FLAGS, timeout=1000 * LAST_RESORT
    )


def new_context(browser):
    """A window of a browser, of a usual size, whose waits end at the last resort only."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(1000 * LAST_RESORT)
    return context
