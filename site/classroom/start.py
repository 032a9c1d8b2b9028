"""What the hub starts for a student: the course brought to its newest, then the server.

The student's copy is ~/course; what came and what was kept stands in ~/course-news.txt. A failure
there is told in that file too, and never keeps the server from starting.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
sys.path.append(str(COURSE))  # this file is started from elsewhere

from tools.lab import kernels  # noqa: E402


def main():
    copy = Path.home() / "course"
    if copy.exists():
        command = [sys.executable, "-B", str(copy / "tools" / "update.py"), "--files"]
    else:
        command = ["git", "clone", "--depth=1", COURSE.as_uri(), str(copy)]
    with open(Path.home() / "course-news.txt", "w") as news:
        subprocess.run(command, stdout=news, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    server = str(Path(sys.executable).with_name("jupyterhub-singleuser"))
    # A kernel's sockets are files in the student's home; by default they are ports of the machine,
    # on which every student could read what the others type.
    spare = Path(tempfile.mkdtemp(prefix="run-"))
    options = kernels(os.environ, spare)
    if os.environ.get("JUPYTER_RUNTIME_DIR") != str(spare):
        spare.rmdir()
    os.execv(server, [server, *options, *sys.argv[1:]])


if __name__ == "__main__":
    main()
