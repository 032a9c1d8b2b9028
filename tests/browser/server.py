"""JupyterLab as `make lab` starts it, on a copy of the lessons, sharing nothing with another one.

A copy, so that nothing is ever written into the committed lessons. The package, and with it the
data, is the one that is installed.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

import psutil

from course_utils.exercises.memory import FILE as PROGRESS
from tests.browser.waiting import LAST_RESORT, at_end, in_vain, wait_for
from tools.folders import ROOT

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# JupyterLab saves by itself every two minutes: on a busy machine it would write into the copy.
SETTINGS = {"@jupyterlab/docmanager-extension/plugin": {"autosave": False}}


class Lab(NamedTuple):
    """A running JupyterLab: its address with its token, its files, what they were, its process."""

    url: str
    token: str
    root: Path
    original: Path
    process: psutil.Process

    def address(self, path):
        """Of a lesson, `notebooks/NN_topic.ipynb`, in a workspace that nobody else has.

        JupyterLab saves what is open in a workspace, and opens it there again.
        """
        place = f"lab/workspaces/{uuid.uuid4().hex}/tree/{quote(path)}"
        return f"{self.url}{place}?token={self.token}"

    def first_lesson(self):
        """The path of the lesson that `make lab` opens."""
        with self.request("") as answer:
            return unquote(urlsplit(answer.url).path).partition("/lab/tree/")[2]

    def request(self, place, method="GET"):
        """Ask the server itself, without a browser."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + place, headers=headers, method=method)
        return DIRECT.open(request, timeout=LAST_RESORT)

    def kernels(self):
        """The processes of all kernels, by JupyterLab's names for them."""
        found = {}
        for process in self.process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                for argument in process.cmdline():
                    if (file := Path(argument)).match("kernel-*.json"):
                        found[file.stem.removeprefix("kernel-")] = process
        return found

    def shut_down_kernels(self):
        """Shut down all kernels, and wait until their processes have ended."""
        with self.request("api/kernels") as answer:
            kernels = json.load(answer)
        for kernel in kernels:
            self.request(f"api/kernels/{kernel['id']}", "DELETE").close()
        wait_for(lambda: not self.kernels(), "all kernels to end", lambda: str(self.kernels()))


@contextlib.contextmanager
def running_lab(folder, log):
    """Start JupyterLab by the tool that `make lab` runs, and end it with all that it started.

    Parameters
    ----------
    folder : Path
        Gets the copy of the lessons, and all that JupyterLab would write to the home directory.
    log : Path
        What JupyterLab says.
    """
    root, original = folder / "course", folder / "original"
    unwanted = shutil.ignore_patterns("cache", ".ipynb_checkpoints", PROGRESS)
    shutil.copytree(ROOT / "notebooks", original / "notebooks", ignore=unwanted)
    shutil.copytree(original, root)
    write_settings(folder)
    environment = student_environment(folder)
    list_fonts(environment)
    command = [sys.executable, "-m", "tools.lab", "--no-browser", f"--ServerApp.root_dir={root}"]
    command += ["--ServerApp.port=0", "--LabApp.expose_app_in_browser=True"]  # 0: any free port
    command += [f"--MappingKernelManager.kernel_info_timeout={LAST_RESORT}"]

    def said():
        return log.read_text(encoding="utf-8", errors="replace")[-300:]

    # A folder with a short name, since it gets the kernels' sockets: `make lab` then takes it.
    with tempfile.TemporaryDirectory(prefix="run-", ignore_cleanup_errors=True) as runtime:
        environment["JUPYTER_RUNTIME_DIR"] = runtime
        with log.open("w", encoding="utf-8") as output:
            process = psutil.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        with at_end(lambda: end(process, "JupyterLab to end", said)):
            started = wait_for(
                lambda: server_info(Path(runtime), process), "JupyterLab to start", said
            )
            yield Lab(started["url"], started["token"], root, original, process)


def student_environment(folder):
    """This environment as a student has it, with a home for Jupyter's files, and no network.

    Of Jupyter's own variables none is kept: they name folders, ports and tokens, which would be
    shared with every other server of this user.
    """
    # What tests set.
    unset = {"COURSE_UTILS_PROGRESS", "COURSE_UTILS_QUIET", "MPLBACKEND", "PYTEST_CURRENT_TEST"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in unset and not name.startswith(("JUPYTER", "JPY_"))
    }
    homes = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    nowhere = dict.fromkeys(["http_proxy", "https_proxy"], "http://127.0.0.1:9")
    here = {"no_proxy": "127.0.0.1,localhost", "IPYTHONDIR": str(folder / "IPYTHON")}
    return {**kept, **homes, **nowhere, **here}


def write_settings(folder):
    """Write JupyterLab's settings where the student's environment looks for them."""
    for plugin, settings in SETTINGS.items():
        path = folder / "CONFIG" / "lab" / "user-settings" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(settings), encoding="utf-8")


def list_fonts(environment):
    """Let Matplotlib make its list of fonts, once for all lessons.

    A lesson that has to make it says so on stderr, where that takes more than five seconds.
    """
    command = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)


def server_info(runtime, process):
    """What a server writes about itself, as soon as it answers to its own token; None before."""
    if process.poll() is not None:
        raise RuntimeError(f"JupyterLab ended at once, with exit code {process.returncode}.")
    for path in runtime.glob("jpserver-*.json"):
        with contextlib.suppress(json.JSONDecodeError, urllib.error.URLError):
            info = json.loads(path.read_text(encoding="utf-8"))
            address = f"{info['url']}api/status?token={info['token']}"
            DIRECT.open(address, timeout=LAST_RESORT).close()
            return info
    return None


def end(process, what, seen, seconds=LAST_RESORT):
    """End a process, and leave nothing running of what it started; arguments as of `wait_for`.

    Raises
    ------
    TimeoutError
        When it had to be killed, because it did not end in so many seconds.
    """
    family = []
    with contextlib.suppress(psutil.NoSuchProcess):
        family = process.children(recursive=True)
        process.terminate()
    try:
        process.wait(seconds)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait()
        raise TimeoutError(in_vain(what, seen, seconds)) from None
    finally:
        for child in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
