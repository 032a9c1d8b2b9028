"""Two accounts on one machine: the second one tries to get into what the first one runs.

Every way in is tried twice: on what the course starts, and on the same without the course's
settings, where it must succeed. So the tests see the hole, not only the wall.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from distributed import Client, LocalCluster
from jupyter_client import KernelManager

from course_utils import cluster_client
from tools import lab
from tools.folders import ROOT

PATIENCE = 120  # seconds, for what is seen to happen
NOBODY = """
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
"""
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another account"
)


def second_account(code, *arguments):
    """Start Python code whose `NOBODY` line makes it another account's; its output is read."""
    command = [sys.executable, "-c", code.replace("NOBODY", NOBODY), *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd="/", **pipes)


# -- the cluster ------------------------------------------------------------------------------

RUN_CODE = """
import os, sys
from distributed import Client, Security
NOBODY
address = sys.argv[1].partition("://")[2]
ways = {"plain": ("tcp", None), "with a certificate of its own": ("tls", Security.temporary())}
for name, (protocol, security) in ways.items():
    try:
        with Client(f"{protocol}://{address}", security=security, timeout=5) as client:
            print(name, "ran code as account", client.submit(os.getuid).result(timeout=30))
    except (OSError, TimeoutError) as error:
        print(name, "was refused")
"""


def attack(address):
    with second_account(RUN_CODE, address) as attacker:
        lines = attacker.communicate(timeout=PATIENCE)[0].splitlines()
    return [line for line in lines if line.startswith(("plain", "with"))]


@as_root
def test_another_account_runs_no_code_on_the_cluster():
    with cluster_client(n_workers=1) as client:
        workers = list(client.scheduler_info()["workers"])
        for address in [client.scheduler.address, *workers]:
            assert address.startswith("tls://127.0.0.1:")
            assert attack(address) == [
                "plain was refused",
                "with a certificate of its own was refused",
            ]
        assert client.submit(sum, [1, 2]).result() == 3


@as_root
def test_on_a_cluster_of_dask_s_own_making_it_does():
    options = {"n_workers": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options, silence_logs=50) as open_to_all, Client(open_to_all):
        assert attack(open_to_all.scheduler_address)[0] == "plain ran code as account 0"


def answers(port):
    """What a port says to a browser, of the pages on which Dask tells what it does."""
    for page in ("/", "/status", "/health", "/metrics", "/json/identity.json", "/info/logs.html"):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=5) as answer:
                yield answer.read().decode(errors="replace")
        except OSError:  # nothing, or an error of HTTP
            pass


def test_the_cluster_s_ports_say_nothing_to_a_browser():
    with cluster_client(n_workers=1) as client:
        secret = client.submit(lambda: "done", key="secret-name")
        assert secret.result() == "done"
        me = psutil.Process()
        ports = {
            connection.laddr.port
            for process in [me, *me.children(recursive=True)]
            for connection in process.net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        assert len(ports) >= 3
        said = [text for port in ports for text in answers(port)]
    assert all("needs bokeh" in text for text in said)
    assert "secret-name" not in "".join(said)


# -- kernels ----------------------------------------------------------------------------------

LISTEN = """
import json, os, sys, zmq
told = json.loads(sys.argv[1])  # addresses, as they stand in lists of open ports and sockets
NOBODY
between = "-" if told["transport"] == "ipc" else ":"
listener = zmq.Context().socket(zmq.SUB)
listener.subscribe(b"")
listener.connect("{transport}://{ip}{between}{iopub_port}".format(between=between, **told))
print("listening", flush=True)
while True:
    if b"a word in confidence" in b"".join(listener.recv_multipart()):
        print("heard it", flush=True)
"""


def hears(transport, seconds=None):
    """Whether another account hears what is typed into a kernel; waiting so long for it."""
    folder = Path(tempfile.mkdtemp(prefix="course-"))
    manager = KernelManager(transport=transport, connection_file=str(folder / "kernel.json"))
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        told = manager.get_connection_info()
        told = {name: told[name] for name in ("transport", "ip", "iopub_port")}
        with second_account(LISTEN, json.dumps(told)) as listener:
            assert listener.stdout.readline() == "listening\n"
            os.set_blocking(listener.stdout.fileno(), False)
            end, heard = time.monotonic() + (seconds or PATIENCE), ""
            while "heard it" not in heard and time.monotonic() < end:
                client.execute("# a word in confidence", reply=True, timeout=PATIENCE)
                time.sleep(0.1)
                heard = listener.stdout.readline()
            listener.kill()
        return "heard it" in heard
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        shutil.rmtree(folder)


@as_root
def test_another_account_hears_nothing_of_a_kernel_that_make_lab_starts(tmp_path):
    (option,) = lab.kernels({}, tmp_path)
    assert not hears(option.partition("=")[2], seconds=2)


@as_root
def test_of_a_kernel_with_jupyter_s_own_settings_it_hears_all():
    assert hears("tcp")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such sockets")
def test_sockets_stand_in_a_folder_that_only_their_owner_can_enter(tmp_path):
    short = Path(tempfile.mkdtemp(prefix="c-"))
    short.chmod(0o755)
    environment = {"JUPYTER_RUNTIME_DIR": str(short)}
    spare = Path(f"{short}-spare")
    assert lab.kernels(environment, spare) == ["--KernelManager.transport=ipc"]
    assert environment["JUPYTER_RUNTIME_DIR"] == str(short)
    assert not spare.exists()
    assert short.stat().st_mode & 0o777 == 0o700
    assert list(short.iterdir()) == []

    long = tmp_path / ("x" * 60)
    environment = {"JUPYTER_RUNTIME_DIR": str(long)}
    assert lab.kernels(environment, spare) == ["--KernelManager.transport=ipc"]
    assert environment["JUPYTER_RUNTIME_DIR"] == str(spare)
    assert spare.stat().st_mode & 0o777 == 0o700
    for folder in (short, spare):
        folder.rmdir()


def test_where_no_sockets_can_be_made_a_kernel_listens_as_usual(monkeypatch, tmp_path):
    environment = {}
    monkeypatch.setattr(lab, "holds_sockets", lambda folder: False)
    assert lab.kernels(environment, tmp_path) == []
    monkeypatch.delattr(lab.socket, "AF_UNIX", raising=False)
    assert lab.kernels(environment, tmp_path) == []
    assert environment == {}


# -- the server -------------------------------------------------------------------------------


def first_answer(address):
    """The status of the first answer of a server, which says its address before it listens."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
                return answer.status
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@contextlib.contextmanager
def lab_server(home):
    """The server that `make lab` starts: its process, its address, and the token that it says."""
    environment = {**os.environ, "HOME": str(home), "PYTHONUNBUFFERED": "1"}
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_TOKEN"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "tools.lab", "--no-browser", "--ServerApp.port=0"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as server:
        started = psutil.Process(server.pid)
        try:
            said = (
                re.search(r"(http://127\.0\.0\.1:[1-9]\d*)/lab\S*?(?:\?token=(\w+))?$", line)
                for line in server.stderr
            )
            address, token = next(filter(None, said)).groups()
            assert token
            assert first_answer(f"{address}/api/sessions?token={token}") == 200
            yield started, address, token
        finally:
            for process in [*started.children(recursive=True), started]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()


def test_the_server_of_make_lab_listens_here_only_and_answers_nobody_without_its_token(tmp_path):
    with lab_server(tmp_path) as (server, address, token):
        for wrong in ("", "?token=", f"?token={token[:-1]}"):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(f"{address}/api/sessions{wrong}", timeout=PATIENCE)
        connections = server.net_connections()
        hosts = {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN}
        assert hosts == {"127.0.0.1"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such sockets")
def test_a_kernel_of_make_lab_s_server_talks_through_sockets_that_its_owner_alone_can_enter(
    tmp_path,
):
    with lab_server(tmp_path) as (server, address, token):
        asked = urllib.request.Request(f"{address}/api/kernels?token={token}", data=b"{}")
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            started = json.load(answer)["id"]
        command = next(filter(None, (told(process, started) for process in server.children())))
        place = Path(command[command.index("-f") + 1])
        assert json.loads(place.read_text())["transport"] == "ipc"
        assert place.parent.stat().st_mode & 0o777 == 0o700


def told(process, kernel):
    """The command of a process, if it is that of a kernel."""
    command = process.cmdline()
    return command if kernel in " ".join(command) else None
