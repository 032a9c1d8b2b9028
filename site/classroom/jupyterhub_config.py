"""A class on one machine: JupyterHub, which starts a server of their own for every student.

classroom.md, one folder up, says what to install first. Started by root in /srv/jupyterhub:

    /opt/course/.venv/bin/jupyterhub -f /opt/course/site/classroom/jupyterhub_config.py
"""

import pwd
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
sys.path.append(str(COURSE))  # this file is started from elsewhere

from course_utils._threads import one_thread  # noqa: E402
from tools.lab import OVERRIDES  # noqa: E402  the same answers to questions as `make lab`

c = get_config()  # noqa: F821

# Only this machine is served: in front stands a web server that speaks HTTPS (classroom.md).
c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# Accounts of this machine, those in the group `students`; `instructors` may also manage servers.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {"students"}
c.PAMAuthenticator.admin_groups = {"instructors"}

# A student's server: the course brought to its newest, then JupyterLab on it.
c.Spawner.cmd = [sys.executable, str(COURSE / "site" / "classroom" / "start.py")]
c.Spawner.default_url = "/lab/tree/course/notebooks/00_start_here.ipynb"
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
c.Spawner.environment = {}
one_thread(c.Spawner.environment)  # one core each, as the lessons' run times are measured

settings = Path(sys.prefix, "share", "jupyter", "lab", "settings")
settings.mkdir(parents=True, exist_ok=True)
(settings / "overrides.json").write_text(OVERRIDES)


def private(spawner):
    """Close the student's home to the other students, whatever the machine's default is."""
    Path(pwd.getpwnam(spawner.user.name).pw_dir).chmod(0o700)


c.Spawner.pre_spawn_hook = private

# Limits. Only systemd can hold a student's whole server to them. Without it each process has one,
# against accidents such as `np.ones(10**9)` and no more; it counts what lesson 10 reserves for a
# network of 138 million weights, 3.2 GB, though less than a sixth of that is ever used.
PROCESSES = 512  # threads count; a server, a kernel and the cluster of lesson 14 have fewer than 60
if Path("/run/systemd/system").is_dir():
    c.JupyterHub.spawner_class = "systemd"
    c.SystemdSpawner.mem_limit = "2G"  # the hungriest lesson with its server takes 1.3 GB
    c.SystemdSpawner.cpu_limit = 1.0
    c.SystemdSpawner.isolate_tmp = True
    c.SystemdSpawner.disable_user_sudo = True
    c.SystemdSpawner.unit_extra_properties = {"TasksMax": str(PROCESSES)}
else:
    limits = [f"--data={4 * 2**30}", f"--nproc={PROCESSES}"]
    c.Spawner.cmd = ["prlimit", *limits, *c.Spawner.cmd]

# What nobody uses is stopped: a kernel after an hour, a server after two. Files stay, variables
# do not.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--MappingKernelManager.cull_interval=300",
    "--MappingKernelManager.cull_connected=True",
]
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=7200"],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "services": ["idle-culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }
]
