"""The configurations of a classroom are whole, and a student's start never fails."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from traitlets.config import Config

from tools import extras, lab
from tools.folders import ROOT

CLASSROOM = ROOT / "site" / "classroom"
START = CLASSROOM / "start.py"
PAGE = " ".join((ROOT / "site" / "classroom.md").read_text(encoding="utf-8").split())
VALUES = yaml.safe_load((CLASSROOM / "values.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def configuration(monkeypatch, tmp_path):
    """What JupyterHub reads, without JupyterHub; what it writes goes elsewhere."""
    config = Config()
    monkeypatch.setattr("builtins.get_config", lambda: config, raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    names = runpy.run_path(str(CLASSROOM / "jupyterhub_config.py"))
    return SimpleNamespace(c=config, names=names, prefix=tmp_path)


def test_a_student_starts_what_is_there(configuration):
    command = configuration.c.Spawner.cmd
    assert command[-2:] == [sys.executable, str(START)]
    lesson = configuration.c.Spawner.default_url.removeprefix("/lab/tree/course/")
    assert (ROOT / lesson).is_file()
    assert configuration.c.Spawner.environment["OPENBLAS_NUM_THREADS"] == "1"


def test_the_hub_serves_this_machine_only_and_lets_in_a_group(configuration):
    assert configuration.c.JupyterHub.bind_url.startswith("http://127.0.0.1:")
    assert configuration.c.PAMAuthenticator.allowed_groups == {"students"}
    assert configuration.c.PAMAuthenticator.admin_groups == {"instructors"}
    assert "allow_all" not in configuration.c.PAMAuthenticator
    assert configuration.c.JupyterHub.authenticator_class == "pam"


def test_jupyterlab_asks_no_student_about_news(configuration):
    settings = configuration.prefix / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert yaml.safe_load(settings.read_text()) == yaml.safe_load(lab.OVERRIDES)
    (asked,) = json.loads(settings.read_text()).values()
    assert asked == {"fetchNews": "false", "checkForUpdates": False}


def test_what_is_idle_is_stopped_when_the_page_says(configuration):
    assert "A kernel that was idle for one hour is stopped, a server after two" in PAGE
    kernel = dict(argument.split("=") for argument in configuration.c.Spawner.args)
    assert kernel["--MappingKernelManager.cull_idle_timeout"] == "3600"
    assert int(kernel["--MappingKernelManager.cull_interval"]) > 0
    assert kernel["--MappingKernelManager.cull_connected"] == "True"  # an open page is idle, too
    (service,), (role,) = configuration.c.JupyterHub.services, configuration.c.JupyterHub.load_roles
    assert service["command"][1:] == ["-m", "jupyterhub_idle_culler", "--timeout=7200"]
    assert role["services"] == [service["name"]]
    assert {"list:users", "read:users:activity", "read:servers", "delete:servers"} == {
        *role["scopes"]
    }


def test_a_home_is_closed_before_a_server_starts(configuration, monkeypatch, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    pwd = configuration.names["private"].__globals__["pwd"]
    monkeypatch.setattr(pwd, "getpwnam", lambda name: SimpleNamespace(pw_dir=str(home)))
    configuration.c.Spawner.pre_spawn_hook(SimpleNamespace(user=SimpleNamespace(name="ada")))
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("systemd", [True, False])
def test_limits_follow_what_the_machine_has(monkeypatch, tmp_path, systemd):
    config = Config()
    monkeypatch.setattr("builtins.get_config", lambda: config, raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    real = Path.is_dir
    monkeypatch.setattr(
        Path, "is_dir", lambda p: systemd if str(p) == "/run/systemd/system" else real(p)
    )
    runpy.run_path(str(CLASSROOM / "jupyterhub_config.py"))
    assert (config.JupyterHub.get("spawner_class") == "systemd") == systemd
    assert (config.Spawner.cmd[0] == "prlimit") != systemd
    if systemd:
        assert "2 GB and one core for each student" in PAGE
        assert (config.SystemdSpawner.mem_limit, config.SystemdSpawner.cpu_limit) == ("2G", 1.0)
        assert config.SystemdSpawner.unit_extra_properties == {"TasksMax": "512"}
        assert config.SystemdSpawner.isolate_tmp
        assert config.SystemdSpawner.disable_user_sudo
    else:
        assert "each process of a student may reserve at most 4 GB" in PAGE
        assert config.Spawner.cmd[1:3] == [f"--data={4 * 2**30}", "--nproc=512"]


def start(monkeypatch, home, course):
    """Run start.py for a student; the command that takes its place, and the student's news."""
    calls = []
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("JUPYTER_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(os, "execv", lambda path, arguments: calls.append([path, *arguments]))
    monkeypatch.setattr(sys, "argv", ["start.py", "--port=1"])
    names = runpy.run_path(str(START))
    names["main"].__globals__["COURSE"] = course
    names["main"]()
    return calls, (home / "course-news.txt").read_text()


@pytest.fixture
def course(tmp_path):
    """A small course in a repository, with a tool for updates that says so."""
    if shutil.which("git") is None:
        pytest.skip("git is missing")
    folder = tmp_path / "published"
    (folder / "tools").mkdir(parents=True)
    (folder / "tools" / "update.py").write_text("import sys\nprint('updated', sys.argv[1:])\n")
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "course"]):
        subprocess.run([*git, *command], cwd=folder, check=True)
    return folder


def test_the_first_start_brings_the_course_and_later_ones_bring_it_up_to_date(
    monkeypatch, tmp_path, course
):
    home = tmp_path / "home"
    home.mkdir()
    calls, news = start(monkeypatch, home, course)
    assert (home / "course" / "tools" / "update.py").is_file()
    (arguments,) = calls
    assert Path(arguments[0]).name == "jupyterhub-singleuser"
    assert arguments[0] == arguments[1]
    assert arguments[2:] == ["--KernelManager.transport=ipc", "--port=1"]
    calls, news = start(monkeypatch, home, course)
    assert news == "updated ['--files']\n"
    assert len(calls) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such sockets")
def test_where_a_home_can_t_hold_sockets_the_server_is_told_of_a_folder_that_can(
    monkeypatch, tmp_path, course
):
    home = tmp_path / ("x" * 60)
    home.mkdir()
    spare = Path(tempfile.mkdtemp(prefix="c-", dir="/tmp"))
    monkeypatch.setattr(tempfile, "mkdtemp", lambda prefix: str(spare))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", "what was there")  # and is again behind this test
    (arguments,), _ = start(monkeypatch, home, course)
    assert "--KernelManager.transport=ipc" in arguments
    assert os.environ["JUPYTER_RUNTIME_DIR"] == str(spare)
    assert spare.stat().st_mode & 0o777 == 0o700
    spare.rmdir()


@pytest.mark.skipif(not shutil.which("git"), reason="git is missing")
def test_the_server_starts_although_the_course_can_not_be_brought(monkeypatch, tmp_path):
    calls, news = start(monkeypatch, tmp_path, tmp_path / "nowhere")
    assert "nowhere" in news
    assert len(calls) == 1


def test_values_for_kubernetes_are_yaml_and_hold_together():
    values = yaml.safe_load((CLASSROOM / "values.yaml").read_text(encoding="utf-8"))
    user = values["singleuser"]
    assert (ROOT / user["defaultUrl"].removeprefix("/lab/tree/course/")).is_file()
    unit = {"M": 1, "G": 1024}
    size = {key: int(v[:-1]) * unit[v[-1]] for key, v in user["memory"].items()}
    assert size["guarantee"] < size["limit"]
    assert (
        "course/tools/update.py --files"
        in user["lifecycleHooks"]["postStart"]["exec"]["command"][-1]
    )
    assert sum(profile.get("default", False) for profile in user["profileList"]) == 1


def test_the_page_says_what_a_student_has_on_kubernetes():
    user = VALUES["singleuser"]
    assert "0.75 GB and a quarter of a core a student" in PAGE
    assert user["memory"] == {"guarantee": "768M", "limit": "1536M"}
    assert user["cpu"] == {"guarantee": 0.25, "limit": 1}
    assert "The limit, 1.5 GB, is room for two lessons open at once; lesson 13 has" in PAGE
    course, frameworks = user["profileList"]
    assert course["default"]
    assert frameworks["kubespawner_override"]["mem_limit"] == "3G"
    for image in (
        f"{user['image']['name']}:{user['image']['tag']}",
        VALUES["proxy"]["https"]["hosts"][0],
    ):
        assert image in PAGE
    assert f"torch=={extras.requirements('frameworks')['torch']}`" in PAGE


@pytest.mark.skipif(os.name == "nt", reason="a container's shell")
@pytest.mark.parametrize(
    ("there", "fails"), [(False, False), (True, False), (True, True), (False, True)]
)
def test_a_pod_starts_whether_the_course_can_be_brought_or_not(tmp_path, course, there, fails):
    """Its commands, with an address that git takes for another one."""
    shell, option, script = VALUES["singleuser"]["lifecycleHooks"]["postStart"]["exec"]["command"]
    home = tmp_path / "home"
    home.mkdir()
    address = "https://github.com/OWNER/REPOSITORY"
    instead = course if not fails else tmp_path / "nowhere"
    (home / ".gitconfig").write_text(f'[url "file://{instead}"]\n    insteadOf = {address}\n')
    if there:
        shutil.copytree(course, home / "course")
    if there and fails:
        (home / "course" / "tools" / "update.py").write_text("import sys\nsys.exit('no network')")
    environment = {**os.environ, "HOME": str(home), "GIT_TERMINAL_PROMPT": "0"}
    environment.pop("GIT_CONFIG_GLOBAL", None)
    done = subprocess.run([shell, option, script], env=environment, cwd=tmp_path)
    assert done.returncode == 0
    news = (home / "course-news.txt").read_text()
    if there:
        assert news == ("no network\n" if fails else "updated ['--files']\n")
    else:
        assert (home / "course" / "tools" / "update.py").is_file() != fails
        assert ("nowhere" in news) == fails


def test_the_lessons_that_pages_lead_to_exist():
    pages = [*(ROOT / "site").glob("*.md"), *CLASSROOM.glob("*.*"), ROOT / "README.md"]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages).replace("%2F", "/")
    found = set(re.findall(r"notebooks/\d\d_\w+\.ipynb", text))
    assert len(found) >= 14
    assert [name for name in sorted(found) if not (ROOT / name).is_file()] == []


def test_the_page_names_files_and_commands_that_exist():
    page = (ROOT / "site" / "classroom.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http|#)([^)]+)\)", page)
    assert links
    assert [link for link in links if not (ROOT / "site" / link).is_file()] == []
    assert [
        tool for tool in re.findall(r"tools/\w+\.py", page) if not (ROOT / tool).is_file()
    ] == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [
        t
        for t in re.findall(r"(?:^|`)make ([\w-]+)", page, re.MULTILINE)
        if f"\n{t}:" not in makefile
    ] == []
    assert {"jupyterhub", "jupyterhub-idle-culler", "nbgitpuller"} <= set(
        extras.requirements("classroom")
    )


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="Linux has it")
def test_a_student_can_not_start_processes_without_end(configuration):
    """As another account, if this is root's: root has no such limit."""
    limit = next(word for word in configuration.c.Spawner.cmd if word.startswith("--nproc="))
    assert limit == "--nproc=512"
    code = """
import os, sys
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
children = []
try:
    while len(children) < 600:
        child = os.fork()
        if child == 0:
            os.read(0, 1)
            os._exit(0)
        children.append(child)
except BlockingIOError as error:
    print(error.strerror)
os.write(int(sys.argv[1]), b"." * len(children))
"""
    ours, theirs = os.pipe()
    done = subprocess.run(
        ["prlimit", limit, sys.executable, "-c", code, str(theirs)],
        stdin=ours,
        pass_fds=[theirs],
        capture_output=True,
        text=True,
        timeout=60,
    )
    for end in (ours, theirs):
        os.close(end)
    assert done.stdout == "Resource temporarily unavailable\n"


TWICE = """
import sys
import nbformat
cells = [cell.source for cell in nbformat.read(sys.argv[1], 4).cells if cell.cell_type == "code"]
names = {}
for number, source in enumerate(cells[: int(sys.argv[2])], 1):
    for _ in range(1 if number == 1 else 2):
        exec(source, names)
"""


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="Linux has it")
def test_the_hungriest_cells_can_be_run_twice_within_what_a_student_has(configuration):
    """Lesson 10 reserves gigabytes for networks of which it draws and measures the shapes."""
    limit = next(word for word in configuration.c.Spawner.cmd if word.startswith("--data="))
    lesson = next((ROOT / "notebooks").glob("09_*.ipynb"))
    command = ["prlimit", limit, sys.executable, "-c", TWICE, str(lesson), "6"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=lesson.parent,
        env={**os.environ, "MPLBACKEND": "agg"},
    )
    assert done.returncode == 0, done.stderr[-500:]


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="Linux has it")
def test_an_array_larger_than_a_student_s_limit_is_a_memory_error_and_python_goes_on(configuration):
    limit = next(word for word in configuration.c.Spawner.cmd if word.startswith("--data="))
    code = "import numpy as np\n"
    code += "try:\n    np.empty(10**9)\nexcept MemoryError:\n    print('it goes on')"
    done = subprocess.run(
        ["prlimit", limit, sys.executable, "-c", code], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "it goes on\n")
