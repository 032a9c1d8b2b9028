"""JupyterLab as `make lab` starts it, on a copy of the lessons.

A copy, because JupyterLab saves by itself every two minutes, and would write into the committed
lessons. The package, and with it the data, is the one that is installed.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psutil

from tools.check import ROOT

START, STOP = 120, 30  # seconds; they end a wait for what will never happen
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Lab(NamedTuple):
    """A running JupyterLab: its address with its token, its files, what they were, its process."""

    url: str
    token: str
    root: Path
    original: Path
    process: psutil.Process

    def address(self, path=""):
        """Of a lesson, `notebooks/NN_topic.ipynb`; without one, what `make lab` opens."""
        if path:
            return f"{self.url}lab/tree/{quote(path)}?token={self.token}&reset"
        return f"{self.url}?token={self.token}"

    def kernel(self, kernel_id):
        """The process of a kernel, by JupyterLab's name for it."""
        for process in self.process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if f"kernel-{kernel_id}" in " ".join(process.cmdline()):
                    return process
        raise RuntimeError(f"JupyterLab has no process for kernel {kernel_id}.")


@contextlib.contextmanager
def running_lab(folder, log):
    """Start JupyterLab by the tool that `make lab` runs, and stop it and its kernels at the end.

    Parameters
    ----------
    folder : Path
        Gets the copy of the lessons, and all that JupyterLab would write to the home directory.
    log : Path
        What JupyterLab says.
    """
    root, original = folder / "course", folder / "original"
    unwanted = shutil.ignore_patterns("cache", ".ipynb_checkpoints")
    shutil.copytree(ROOT / "notebooks", original / "notebooks", ignore=unwanted)
    shutil.copytree(original, root)
    command = [sys.executable, "tools/lab.py", "--no-browser", f"--ServerApp.root_dir={root}"]
    command += ["--ServerApp.port=0", "--LabApp.expose_app_in_browser=True"]  # 0: any free port
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env=student_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        started = wait_for(lambda: server_info(folder, server), START, "JupyterLab did not start")
        process = psutil.Process(server.pid)
        yield Lab(started["url"], started["token"], root, original, process)
    finally:
        server.terminate()
        server.wait(STOP)


def student_environment(folder):
    """This environment as a student has it, with a home for Jupyter's files, and no network."""
    unset = {"COURSE_UTILS_QUIET", "MPLBACKEND", "PYTEST_CURRENT_TEST"}  # set by tests
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    homes = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    nowhere = dict.fromkeys(["http_proxy", "https_proxy"], "http://127.0.0.1:9")
    here = {"no_proxy": "127.0.0.1,localhost", "IPYTHONDIR": str(folder / "IPYTHON")}
    return {**kept, **homes, **nowhere, **here}


def server_info(folder, server):
    """What a server writes about itself, as soon as it answers to its own token; None before."""
    if server.poll() is not None:
        raise RuntimeError(f"JupyterLab ended at once, with exit code {server.returncode}.")
    for path in (folder / "RUNTIME").glob("jpserver-*.json"):
        with contextlib.suppress(json.JSONDecodeError, urllib.error.URLError):
            info = json.loads(path.read_text(encoding="utf-8"))
            address = f"{info['url']}api/status?token={info['token']}"
            DIRECT.open(address, timeout=STOP).close()
            return info
    return None


def wait_for(condition, seconds, otherwise):
    """The first true value of a condition.

    Raises
    ------
    TimeoutError
        When there is none after so many seconds.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.1)
    raise TimeoutError(f"{otherwise} within {seconds} s.")
