"""Beyond one machine: lazy answers on dask arrays, and the clusters that compute them."""

import copy
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import cloudpickle
import dask
import dask.array as da
import numpy as np
import pytest
import threadpoolctl
from dask.utils import parse_timedelta
from distributed import LocalCluster
from distributed.deploy import local
from distributed.system import MEMORY_LIMIT

from course_utils import (
    Activation,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    Sequential,
    cluster_client,
    init_network,
    optional,
    predict,
    predict_logits,
    predict_proba,
)
from course_utils.prediction import cluster, inference
from tests.closeness import assert_close, roundings

FUNCTIONS = {"proba": predict_proba, "classes": predict, "logits": predict_logits}
every_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
SETTINGS = [  # of a worker's environment: Dask puts them into ours, too
    *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"),
    *cluster.KEPT_MEMORY,
    "DASK_SCHEDULER_ADDRESS",
]
PATIENCE = 600  # seconds; only what hangs takes as long, on a machine however busy


def dense(output="softmax", n_out=3):
    layers = Dense(6, 8, rng=0), Activation("relu"), Dense(8, n_out, rng=1)
    return Sequential(*layers, output=output)


def conv():
    layers = Conv2D(1, 2, 5, rng=0), Activation("relu"), MaxPool2D(4), Flatten()
    return Sequential(*layers, Dense(2 * 6 * 6, 3, rng=1), output="softmax")


def samples(*shape, rng=3):
    return np.random.default_rng(rng).normal(size=shape).astype(np.float32)


X = samples(50, 6)
IMAGES = samples(50, 1, 28, 28)
CASES = {
    "softmax": (dense(), X),
    "one sigmoid": (dense("sigmoid", 1), X),
    "sigmoids": (dense("sigmoid"), X),
    "identity": (dense("identity"), X),
    "images": (conv(), IMAGES),
    "textbook": (init_network(), X[:, :2].astype(np.float64)),
    "any shape": (Sequential(Activation("tanh")), IMAGES),
}
every_case = pytest.mark.parametrize(("network", "data"), CASES.values(), ids=CASES)


def blocks_of(data, rows):
    return da.from_array(data, chunks=(rows, *data.shape[1:]))


@pytest.fixture(autouse=True)
def one_thread_of_dask(request):
    """Tests without a cluster compute in this thread."""
    if "client" in request.fixturenames:
        yield
    else:
        with dask.config.set(scheduler="synchronous"):
            yield


# -- the answer -----------------------------------------------------------------------------


@every_function
@every_case
def test_the_same_batches_give_the_same_bits(function, network, data):
    local = function(network, data, batch_size=10)
    lazy = function(network, blocks_of(data, 20), batch_size=10)
    assert (lazy.shape, lazy.dtype) == (local.shape, local.dtype)
    assert lazy.chunks[0] == (20, 20, 10)
    computed = lazy.compute()
    assert computed.dtype == local.dtype
    np.testing.assert_array_equal(computed, local)


@every_function
def test_every_block_is_cut_into_batches(function, monkeypatch):
    sizes, forward = [], Flatten.forward

    def spy(self, X, **options):
        sizes.append(len(X))
        return forward(self, X, **options)

    lazy = function(Sequential(Flatten(), Dense(6, 3, rng=0)), blocks_of(X, 20), batch_size=8)
    monkeypatch.setattr(Flatten, "forward", spy)
    lazy.compute()
    assert sorted(sizes) == [2, 4, 4, 8, 8, 8, 8, 8]  # of blocks of 20, 20 and 10 rows


@every_function
@every_case
@pytest.mark.parametrize("rows", [1, 7, 50])
def test_other_batches_give_the_same_up_to_rounding(function, network, data, rows):
    local = function(network, data)
    computed = function(network, blocks_of(data, rows), batch_size=3).compute()
    assert_close(computed, local, **roundings(network, data))


@every_function
def test_a_number_of_rows_that_nobody_knows(function):
    network, x = dense(), blocks_of(X, 10)
    chosen = (np.arange(50) // 10 != 2) & (X[:, 0] > 0)  # of the third block, none
    lazy = function(network, x[da.from_array(chosen, chunks=10)])
    assert np.isnan(lazy.shape[0])
    expected = function(network, X[chosen])
    computed = lazy.compute()
    assert (computed.shape, computed.dtype) == (expected.shape, expected.dtype)
    assert_close(computed, expected, **roundings(network, X))


# -- laziness -------------------------------------------------------------------------------


def never(*_, **__):
    raise AssertionError("this was to be computed later")


@every_function
def test_nothing_is_computed_before_it_is_asked_for(function):
    x = da.map_blocks(never, chunks=((5,) * 4, (6,)), dtype=np.float32, meta=np.empty((0, 0)))
    lazy = function(dense(), x)
    with pytest.raises(AssertionError, match="computed later"):
        lazy.compute()


def test_who_has_no_dask_array_loads_no_dask():
    code = "import course_utils, sys; n = course_utils.Sequential(course_utils.Dense(2, 2)); "
    code += "course_utils.predict(n, [[1, 2]]); course_utils.cluster_client; "
    code += "print({'dask', 'distributed', 'asyncio'} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "set()\n"


def test_the_answer_is_that_of_the_network_as_it_was():
    network, x = dense(), blocks_of(X, 10)
    before, close = predict_proba(network, X), roundings(network, X)
    lazy = predict_proba(network, x)
    network.theta *= 2
    assert_close(lazy.compute(), before, **close)
    assert np.abs(before - predict_proba(network, X)).max() > 0.1


def test_equal_networks_make_equal_plans():
    layers = Dense(6, 4, rng=0), BatchNorm(4), Dropout(0.5, rng=0), Dense(4, 3, rng=1)
    network, x = Sequential(*layers, output="softmax"), blocks_of(X, 10)
    name = predict(network, x).name
    assert predict(network, x).name == name
    assert predict(copy.deepcopy(network), x).name == name
    other = copy.deepcopy(network)
    other.forward(X, cache=True)
    other.backward(np.ones((50, 3)))
    other.layers[2].rng.random()
    assert predict(other, x).name == name  # gradients and generators play no part
    names = {name, predict_proba(network, x).name, predict(network, x, batch_size=7).name}
    network.params["b3"] = [1, 0, 0]
    names.add(predict(network, x).name)
    network.state["running_mean1"] = np.ones(4)
    names.add(predict(network, x).name)
    assert len(names) == 5


def test_the_network_stands_in_the_plan_once():
    network = Sequential(Dense(6, 5000, rng=0), Dense(5000, 3, rng=1))
    lazy = predict(network, da.ones((1000, 6), chunks=(10, 6)))
    (optimized,) = dask.optimize(lazy)
    for plan in (lazy, optimized):
        size = len(cloudpickle.dumps(dict(plan.__dask_graph__())))
        assert size < 1.5 * len(pickle.dumps(network))


# -- what is refused ------------------------------------------------------------------------


@every_function
@pytest.mark.parametrize(
    ("network", "x", "error", "message"),
    [
        (dense(), da.ones((9, 5)), ValueError, r"X must have shape \(N, 6\); got shape \(9, 5\)"),
        (dense(), da.ones(6), ValueError, r"single sample goes in as X\[np.newaxis\]"),
        (dense(), da.ones((0, 6)), ValueError, "X is empty"),
        (dense(), da.ones((2, 6), dtype=complex), TypeError, "real numbers; got .* complex128"),
        (
            dense(),
            da.ones((9, 6), chunks=(4, 3)),
            ValueError,
            r"cut along its features: .* shape \(4, 3\), .* \(6,\)\. .*X\.rechunk\(\{1: -1\}\)",
        ),
        (
            conv(),
            da.ones((9, 1, 28, 28), chunks=(9, 1, 14, 28)),
            ValueError,
            r"X\.rechunk\(\{1: -1, 2: -1, 3: -1\}\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused_at_once(function, network, x, error, message):
    with pytest.raises(error, match=message):
        function(network, x)


@every_function
def test_numbers_held_as_objects_are_answered_as_numbers(function):
    answers = [
        function(dense(), blocks_of(data, 10)).compute()
        for data in (X.astype(object), X.astype(float))
    ]
    np.testing.assert_array_equal(*answers)  # the same values in the same blocks
    with pytest.raises(TypeError, match=r"object, with 'ink' at \(\d+, \d\)"):
        function(dense(), blocks_of(np.where(X > 2, "ink", X.astype(object)), 50)).compute()


def test_the_advice_of_the_errors_helps(tmp_path):
    network, expected, close = dense(), predict_proba(dense(), X), roundings(dense(), X)
    whole = da.from_array(X, chunks=(10, 3)).rechunk({1: -1})
    assert_close(predict_proba(network, whole).compute(), expected, **close)
    with pytest.raises(ValueError, match=r"out can't be filled from a dask array.*to_npy_stack"):
        predict_proba(network, whole, out=np.empty((50, 3), np.float32))
    da.to_npy_stack(tmp_path, predict_proba(network, whole))
    assert_close(da.from_npy_stack(tmp_path).compute(), expected, **close)


@pytest.mark.parametrize("row", [0, 9, 10, 37])
def test_the_first_sample_of_a_block_that_is_not_finite_is_named(row):
    data = X.copy()
    data[row, 2] = np.inf
    x = blocks_of(data, 10)
    with pytest.raises(ValueError, match=f"^X .*NaN or infinity: sample {row} is the first"):
        predict(dense(), x, batch_size=3).compute()
    place = (
        f"block {row // 10} of X .* sample {row % 10} is" if row > 9 else f"X .* sample {row} is"
    )
    with pytest.raises(ValueError, match=f"^{place} the first"):
        predict(dense(), x[x[:, 2] > -9]).compute()


def test_a_block_that_is_not_what_was_promised_is_refused():
    wide = da.map_blocks(lambda: samples(5, 7), chunks=((5,), (6,)), meta=np.empty((0, 0), "f4"))
    with pytest.raises(ValueError, match=r"block 0 of X must have shape \(N, 6\); got .*\(5, 7\)"):
        predict(dense(), wide).compute()


# -- a cluster on this machine --------------------------------------------------------------


@pytest.fixture(scope="module")
def client():
    with pytest.MonkeyPatch.context() as patch:
        for name in SETTINGS:
            patch.setenv(name, "to be restored")
            patch.delenv(name)
        with cluster_client(n_workers=2, memory_limit="1GB") as client:
            yield client


def test_a_worker_is_a_process_with_one_thread(client):
    workers = client.scheduler_info()["workers"].values()
    assert [(w["nthreads"], w["memory_limit"]) for w in workers] == [(1, 10**9)] * 2
    assert len({os.getpid(), *client.run(os.getpid).values()}) == 3
    for pools in client.run(threadpoolctl.threadpool_info).values():
        assert {pool["num_threads"] for pool in pools} <= {1}


def test_a_worker_keeps_memory_for_the_next_batch(client):
    for environment in client.run(lambda: dict(os.environ)).values():
        kept = {name: environment.get(name) for name in cluster.KEPT_MEMORY}
        assert kept == {name: str(value) for name, value in cluster.KEPT_MEMORY.items()}


@every_function
@every_case
def test_the_cluster_gives_the_same_bits(client, function, network, data):
    with threadpoolctl.threadpool_limits(1):
        local = function(network, data, batch_size=10)
    computed = function(network, blocks_of(data, 20), batch_size=10).compute()
    np.testing.assert_array_equal(computed, local)


def test_an_error_in_a_worker_arrives(client):
    data = X.copy()
    data[37] = np.nan
    with pytest.raises(ValueError, match="sample 37 is the first"):
        predict(dense(), blocks_of(data, 10)).compute()


def test_the_network_travels_once_a_worker(client, tmp_path):
    class Traced(Activation):
        def __setstate__(self, state):
            self.__dict__.update(state)
            with open(tmp_path / "arrivals", "a") as file:
                print(os.getpid(), file=file)

    network = Sequential(Dense(6, 8, rng=0), Traced("relu"), Dense(8, 3, rng=1))
    x = da.map_blocks(slow_ones, chunks=((5,) * 20, (6,)), dtype=float, meta=np.empty((0, 0)))
    predict(network, x).compute()
    arrivals = Counter(int(line) for line in (tmp_path / "arrivals").read_text().split())
    workers = client.run(os.getpid).values()
    assert [arrivals[worker] for worker in workers] == [1, 1]


def slow_ones():
    time.sleep(0.01)  # so that both workers get some
    return np.ones((5, 6))


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return value


def test_a_killed_worker_costs_time_but_no_answer(client, tmp_path):
    """Both workers are held in the middle of a block; one of them dies there."""

    def hold(block, block_info=None):
        Path(tmp_path, f"{block_info[0]['chunk-location'][0]} {os.getpid()}").touch()
        while not Path(tmp_path, "go").exists():
            time.sleep(0.01)
        return block

    def started():
        """(block, process) of everything that was begun."""
        return [tuple(map(int, p.name.split())) for p in tmp_path.iterdir() if p.name != "go"]

    data = samples(80, 6, rng=5)
    held = blocks_of(data, 10).map_blocks(hold, dtype=data.dtype, meta=data[:0])
    future = client.compute(predict_proba(dense(), held))
    wait_until(lambda: len({process for _, process in started()}) == 2)
    block, victim = started()[0]
    os.kill(victim, signal.SIGKILL)
    (tmp_path / "go").touch()
    computed = future.result(timeout=PATIENCE)
    with threadpoolctl.threadpool_limits(1):
        local = predict_proba(dense(), data, batch_size=10)
    np.testing.assert_array_equal(computed, local)
    others = {process for number, process in started() if number == block} - {victim}
    assert others  # the block it died on was begun anew, elsewhere
    client.wait_for_workers(2, timeout=PATIENCE)
    assert victim not in client.run(os.getpid).values()


def test_a_worker_that_comes_back_late_is_not_given_up():
    """On a busy machine its start took longer than Dask's 15 s, and nobody started another."""
    patience = "distributed.deploy.lost-worker-timeout"
    with cluster_client(n_workers=1):
        assert parse_timedelta(dask.config.get(patience)) == 600
    with dask.config.set({patience: "7s"}), cluster_client(n_workers=1):
        assert dask.config.get(patience) == "7s"


def test_no_bar_is_shown_where_dask_computes(monkeypatch):
    asked = []

    class Recorded(inference.Progress):
        def __init__(self, *arguments, enabled=True, **options):
            asked.append(enabled)
            super().__init__(*arguments, enabled=enabled, **options)

    monkeypatch.setattr(inference, "Progress", Recorded)
    predict(dense(), blocks_of(X, 10)).compute()
    assert asked == []
    predict(dense(), X)
    assert asked == [True]


def test_a_worker_for_each_core_its_share_of_memory_and_the_threads_that_are_set(monkeypatch):
    for name in SETTINGS:
        monkeypatch.setenv(name, "to be restored")
        monkeypatch.delenv(name)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "5")
    monkeypatch.setattr(local, "CPU_COUNT", 3)  # the cores that this process may use
    with cluster_client() as client:
        told = client.run(os.environ.get, "OPENBLAS_NUM_THREADS").values()
        limits = [w["memory_limit"] for w in client.scheduler_info()["workers"].values()]
    assert list(told) == ["5"] * 3
    assert len(limits) == 3
    assert all(abs(limit - MEMORY_LIMIT / 3) < 2 for limit in limits)


QUIET = """
import os, signal, sys
import dask.array as da, numpy as np, psutil
from course_utils import Dense, Sequential, cluster_client, predict
network = Sequential(Dense(2, 2, rng=0))
with cluster_client(n_workers=2) as client:
    pids = client.run(os.getpid).values()
    os.kill(min(pids), signal.SIGKILL)
    print(predict(network, da.ones((9, 2), chunks=(1, 2))).compute().shape)
    try:
        predict(network, da.full((9, 2), np.nan, chunks=(1, 2))).compute()
    except ValueError:
        print("refused")
left = psutil.Process().children(recursive=True)
print([child.cmdline() for child in left if "resource_tracker" not in str(child.cmdline())])
"""


def test_nothing_is_said_beside_and_no_process_is_left():
    environment = {k: v for k, v in os.environ.items() if k != "DASK_SCHEDULER_ADDRESS"}
    command = [sys.executable, "-c", QUIET]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=PATIENCE)
    assert run.stdout == "(9, 2)\nrefused\n[]\n"
    assert run.stderr == ""


# -- a cluster at an address ----------------------------------------------------------------


@pytest.fixture
def cluster_at(monkeypatch):
    """Start a cluster as somebody else would; its address stands in the environment."""
    started = []

    def start(n_workers):
        options = {"processes": False, "dashboard_address": "127.0.0.1:0"}
        started.append(LocalCluster(n_workers=n_workers, host="tcp://127.0.0.1", **options))
        address = started[-1].scheduler_address
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
        return address

    yield start
    for one in started:
        one.close()


def test_the_cluster_at_the_address_is_used_and_goes_on(cluster_at):
    address = cluster_at(n_workers=1)
    for _ in range(2):
        with cluster_client(n_workers=3) as client:
            assert client.scheduler.address == address
            assert len(client.scheduler_info()["workers"]) == 1
            with dask.config.set(scheduler=client):
                computed = predict(dense(), blocks_of(X, 10)).compute()
            np.testing.assert_array_equal(computed, predict(dense(), X))


def test_a_scheduler_without_workers_is_refused(cluster_at):
    address = cluster_at(n_workers=0)
    message = f"{address}.* had no worker within 2 s.* `dask worker {address}`, or unset DASK"
    with pytest.raises(ConnectionError, match=message):
        cluster_client(timeout=2)  # so long may a busy machine take to shake hands


@pytest.fixture(params=["closed", "silent", "no address"])
def dead_address(request):
    if request.param == "no address":
        yield "my-cluster"
        return
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "silent":
            listener.listen()
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"


def test_a_scheduler_that_cannot_be_reached_is_named_in_time(dead_address, monkeypatch):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", dead_address)
    start = time.monotonic()
    message = (
        f"no Dask scheduler answered at '{dead_address}' .* within 0.5 s.*dask scheduler.*unset"
    )
    with pytest.raises(ConnectionError, match=message):
        cluster_client(timeout=0.5)
    assert time.monotonic() - start < 25  # Dask's own patience is 30 s
    assert dask.config.get("scheduler") == "synchronous"  # as before: the fixture's
    np.testing.assert_array_equal(predict(dense(), blocks_of(X, 50)).compute(), predict(dense(), X))


def test_without_dask_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr(optional.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"dask, distributed.*make setup"):
        cluster_client()
