"""What the shell or the home would change in a lesson, kept away from all that the tools start."""

import os
import tempfile
from pathlib import Path

from jupyter_core import paths

from tools.folders import ROOT

__all__ = ["settle"]

# Variables that choose other packages, another kernel, another way to run Python, or a backend
# that shows no figure in a notebook.
DISTURBING = (
    "JUPYTER_CONFIG_PATH",
    "JUPYTER_PATH",
    "MATPLOTLIBRC",
    "MPLBACKEND",
    "PYTHONHOME",
    "PYTHONIOENCODING",
    "PYTHONOPTIMIZE",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
)


def settle(environment):
    """Let lessons run as they were written, in whatever shell and home.

    IPython gets a folder of the course's own, because start-up files of a home run in every
    kernel. Jupyter and Matplotlib keep theirs, with the reader's settings, where these can be
    written to.

    Parameters
    ----------
    environment : MutableMapping of str
        Changed, for example ``os.environ``.
    """
    for name in DISTURBING:
        environment.pop(name, None)
    environment["JUPYTER_PREFER_ENV_PATH"] = "1"  # this environment's kernel, not the home's
    own = ROOT / "build" / "home"
    if not writable(own):
        own = Path(tempfile.mkdtemp(prefix="course-"))
    own.mkdir(parents=True, exist_ok=True)  # IPython makes its own folder, and none above it
    environment["IPYTHONDIR"] = str(own / "ipython")
    usual = {
        "JUPYTER_CONFIG_DIR": paths.jupyter_config_dir(),
        "JUPYTER_DATA_DIR": paths.jupyter_data_dir(),
        "JUPYTER_RUNTIME_DIR": paths.jupyter_runtime_dir(),
        "MPLCONFIGDIR": environment.get("MPLCONFIGDIR") or os.path.expanduser("~"),
    }
    for name, folder in usual.items():
        if not writable(Path(folder)):
            environment[name] = str(own / name.lower())


def writable(folder):
    """Whether files can be made in a folder, or the folder itself where it does not exist yet."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
