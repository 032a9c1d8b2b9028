"""Open the course in JupyterLab: on this machine only, with a token, without questions.

.venv/bin/python -m tools.lab [options of jupyter lab]
"""

import os
import socket
import sys
import tempfile
from pathlib import Path

from jupyter_core import paths

from course_utils._threads import one_thread
from tools import command
from tools.folders import ROOT
from tools.surroundings import settle

START = "/lab/tree/notebooks/00_start_here.ipynb"
# JupyterLab asks at its first start whether it may fetch news; the answer for a class is no.
OVERRIDES = """
{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}
"""


# A path of a socket has at most 107 bytes on Linux and 103 on macOS; a kernel adds up to 52.
LONGEST = 50


def kernels(environment, spare):
    """The options by which a kernel talks through sockets that only their owner can reach.

    By default a kernel listens on ports of the machine, and every account of it can subscribe to
    all that is typed and answered there.

    Parameters
    ----------
    environment : MutableMapping of str
        Changed where Jupyter's own folder for running kernels can't hold sockets.
    spare : pathlib.Path
        The folder that is taken, and made, in its place.

    Returns
    -------
    list of str
        Empty where the platform has no such sockets, as on Windows.
    """
    if not hasattr(socket, "AF_UNIX"):
        return []
    usual = environment.get("JUPYTER_RUNTIME_DIR") or paths.jupyter_runtime_dir()
    for folder in (Path(usual), spare):
        if len(os.fsencode(folder)) <= LONGEST and holds_sockets(folder):
            environment["JUPYTER_RUNTIME_DIR"] = str(folder)
            return ["--KernelManager.transport=ipc"]
    return []


def holds_sockets(folder):
    """Whether sockets can be made in a folder, which is closed to all others."""
    place = folder / f"try-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(place))
        place.unlink()
    except OSError:
        return False
    return True


def main():
    settle(os.environ)  # before Jupyter reads it
    from jupyterlab.labapp import LabApp

    with tempfile.TemporaryDirectory() as settings:
        Path(settings, "overrides.json").write_text(OVERRIDES)
        options = ["--ServerApp.ip=127.0.0.1", f"--LabApp.default_url={START}"]
        options.append(f"--LabApp.app_settings_dir={settings}")
        options += kernels(os.environ, Path(settings, "run"))
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--allow-root")
        os.chdir(ROOT)
        one_thread(os.environ)  # lessons then take as long as they say, on a busy machine too
        LabApp.launch_instance([*options, *sys.argv[1:]])
    # The server has ended, and so have its kernels. But Python would wait for its threads, and one
    # that reads or writes files is not told to stop where the server ends while it is at work.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    command.run(main)
