"""Open the course in JupyterLab: on this machine only, with a token, without questions.

.venv/bin/python tools/lab.py [options of jupyter lab]
"""

import os
import sys
import tempfile
from pathlib import Path

import command
from course_utils._threads import one_thread
from surroundings import settle

ROOT = Path(__file__).resolve().parent.parent
START = "/lab/tree/notebooks/00_start_here.ipynb"
# JupyterLab asks at its first start whether it may fetch news; the answer for a class is no.
OVERRIDES = """
{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}
"""


def main():
    settle(os.environ)  # before Jupyter reads it
    from jupyterlab.labapp import LabApp

    with tempfile.TemporaryDirectory() as settings:
        Path(settings, "overrides.json").write_text(OVERRIDES)
        options = ["--ServerApp.ip=127.0.0.1", f"--LabApp.default_url={START}"]
        options.append(f"--LabApp.app_settings_dir={settings}")
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--allow-root")
        os.chdir(ROOT)
        one_thread(os.environ)  # lessons then take as long as they say, on a busy machine too
        LabApp.launch_instance([*options, *sys.argv[1:]])


if __name__ == "__main__":
    command.run(main)
