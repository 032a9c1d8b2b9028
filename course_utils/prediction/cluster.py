"""Beyond one machine: answers that Dask computes block by block, and clusters to compute them.

A dask array is a plan: how each block of rows is made. `predict_proba` and its siblings add one
step a block to the plan and compute nothing; ``answer.compute()`` does, on whatever computes
for Dask: the threads of this process, or the processes that `cluster_client` starts or finds.
"""

import copy
import logging
import math
import os
import sys

import numpy as np

from .._checks import check_features
from ..optional import require
from ._batches import Answers

__all__ = ["cluster_client"]

ADDRESS_VARIABLE = "DASK_SCHEDULER_ADDRESS"
# Dask lets workers give memory back to the system at once, so that every batch has to ask for it
# anew: up to twice the time for the networks of this course. With these limits of glibc, in
# bytes, a worker keeps what a batch needs for the next one, but no block.
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": 2**24, "MALLOC_TRIM_THRESHOLD_": 2**25}


def cluster_client(n_workers=None, memory_limit="auto", timeout=10):
    """A client of the cluster that computes from now on: a given one, or processes made here.

    Where the environment variable DASK_SCHEDULER_ADDRESS is set, the scheduler at that address
    is used (course_utils must be installed on its workers). Otherwise a scheduler and worker
    processes are started on this machine, each with one thread; the matrix products inside take
    one thread too, unless OPENBLAS_NUM_THREADS or its like says otherwise. Nobody else gets into
    them, not even another account of this machine: every connection needs a certificate, which is
    made for this cluster alone.

    Parameters
    ----------
    n_workers : int, optional
        Processes to start; by default one for each core that this process may use.
    memory_limit : str, int or float
        Of each process, for example "500MB"; by default all share the machine's memory. An idle
        worker takes about 200 MB. One that comes near its limit writes to disk, pauses, and is
        started anew in the end.
    timeout : float
        Seconds to wait for the scheduler at the given address, and for its first worker.

    Returns
    -------
    distributed.Client
        A context manager. Leaving it, or ``close()``, ends the processes started here; a
        cluster at a given address goes on.

    Raises
    ------
    ModuleNotFoundError
        When Dask is missing; the message has the command that installs it.
    ConnectionError
        When no scheduler answers at the given address, or it has no worker.

    Notes
    -----
    A script that starts processes must do so below ``if __name__ == "__main__":``, since every
    process imports the script anew. A notebook needs no such line.

    Examples
    --------
    >>> with cluster_client(n_workers=1) as client:
    ...     client.submit(sum, [1, 2, 3]).result()
    6
    """
    require("dask", "distributed", "cryptography")
    address = os.environ.get(ADDRESS_VARIABLE)
    if address:
        return _connect_to(address, timeout)
    import dask
    from distributed import Client

    environment = "distributed.nanny.pre-spawn-environ."
    settings = {environment + name: value for name, value in KEPT_MEMORY.items()}
    settings["scheduler-address"] = None  # Dask read the variable when it was imported
    # A worker that died is started anew; where that takes longer, Dask gives it up, and nobody
    # starts another. The default is 15 s, which a busy machine needs. One's own setting stays.
    dask.config.update_defaults({"distributed": {"deploy": {"lost-worker-timeout": "600s"}}})
    # Told "auto", Dask gives each process a core's share; told nothing, it divides among all.
    limit = {} if memory_limit == "auto" else {"memory_limit": memory_limit}
    with dask.config.set(settings | _closed()):
        return Client(
            n_workers=n_workers,
            threads_per_worker=1,
            protocol="tls://",
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # any free port: 8787 may be taken
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.CRITICAL,  # an error arrives as an exception, not in a log
            **limit,
        )


def _closed():
    """Settings with which nobody else gets into a cluster, not even from this machine.

    Whoever reaches a scheduler can run any program as its owner. So both sides of a connection must
    show a certificate, from an authority that is made here, for this cluster, and is in no file
    that others can read. The ports on which Dask answers a browser would need none: they say
    nothing.
    """
    from distributed import Security

    made = Security.temporary()
    settings = {
        "distributed.comm.require-encryption": True,
        "distributed.comm.tls.ca-file": made.tls_ca_file,
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
    }
    for role in ("scheduler", "worker", "client"):
        for what in ("cert", "key"):
            settings[f"distributed.comm.tls.{role}.{what}"] = getattr(made, f"tls_{role}_{what}")
    return settings


def _connect_to(address, timeout):
    """A client of the scheduler at that address, with at least one worker."""
    from distributed import Client

    unset = f"or unset {ADDRESS_VARIABLE} to compute on this machine."
    try:
        _check_scheduler(address, timeout)
    except Exception as error:  # what answers there may be anything, and so may be the error
        reason = f": {error}" if isinstance(error, ValueError) else ""  # an address that is none
        raise ConnectionError(
            f"no Dask scheduler answered at {address!r} ({ADDRESS_VARIABLE}) within {timeout} s"
            f"{reason}. Start one there with `dask scheduler`, correct the address, {unset}"
        ) from error
    client = Client(address, timeout=timeout)
    try:
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError as error:
        client.close()
        raise ConnectionError(
            f"the Dask scheduler at {address!r} ({ADDRESS_VARIABLE}) had no worker within "
            f"{timeout} s. Start one with `dask worker {address}`, {unset}"
        ) from error
    return client


def _check_scheduler(address, timeout):
    """Shake hands with a scheduler, in a thread: a notebook's own event loop is running.

    `Client` alone would wait for ever where a port is open and says nothing, and would remain
    the default for all computations where it fails.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from distributed import Security
    from distributed.comm import connect

    async def shake_hands():
        security = Security().get_connection_args("client")
        comm = await asyncio.wait_for(connect(address, timeout, **security), timeout)
        await comm.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, shake_hands()).result()


def is_dask_array(X):
    """Whether X is a dask array; who never imported Dask has none, and loads nothing here."""
    dask_array = sys.modules.get("dask.array")
    return dask_array is not None and isinstance(X, dask_array.Array)


def map_blocks(answers, X):
    """The lazy answer for a dask array: one step for each of its blocks of rows.

    Parameters
    ----------
    answers : Answers
        Its network is copied at once: later training does not change the answer. The copy is a task
        of its own in the plan, so a worker receives it once, not with every block.
    X : dask.array.Array, shape (N, *input_shape)
        Cut along its rows only. N may be unknown, as in ``X[mask]``.

    Returns
    -------
    dask.array.Array
        With the rows of X, and its boundaries between blocks.

    Raises
    ------
    TypeError, ValueError
        As `check_features`; also when X is cut along its features.
    """
    from dask import delayed

    network, finish = answers.network, answers.finish
    shape = tuple(1 if math.isnan(n) else n for n in X.shape)
    check_features(np.broadcast_to(np.zeros((), X.dtype), shape), network.input_shape)
    _check_whole_samples(X)
    no_answer = finish(np.zeros((1, *network.output_shape(shape[1:])), network.dtype))[:0]
    network, token = _snapshot(network)
    return X.map_blocks(
        answer_block,
        delayed(network, name=f"network-{token}", traverse=False),
        finish=finish,
        batch_size=answers.batch_size,
        no_answer=no_answer,
        chunks=(X.chunks[0], *((n,) for n in no_answer.shape[1:])),
        drop_axis=list(range(1, X.ndim)),
        new_axis=list(range(1, no_answer.ndim)),
        dtype=no_answer.dtype,
        meta=no_answer,
    )


def _check_whole_samples(X):
    """Refuse blocks that hold only a part of every sample's features."""
    if any(len(sizes) > 1 for sizes in X.chunks[1:]):
        first = tuple(sizes[0] for sizes in X.chunks)
        whole = ", ".join(f"{axis}: -1" for axis in range(1, X.ndim))
        raise ValueError(
            f"X is cut along its features: its first block has shape {first}, where samples have "
            f"{X.shape[1:]}. Every block must hold whole samples: "
            f"X.rechunk({{{whole}}})."
        )


def _snapshot(network):
    """A copy without what does not matter to an answer, and a name for its contents.

    Equal contents have equal names, so Dask computes no answer twice; generators and gradients,
    which training leaves behind, would make a difference.
    """
    from dask.base import tokenize

    network = copy.deepcopy(network)
    network.grad = 0
    for leaf in network.leaves():
        leaf.rng = None
    return network, tokenize(network)


def answer_block(block, network, finish, batch_size, no_answer, block_info=None):
    """One step of the plan. `block_info` is Dask's, and says where the block stands."""
    if len(block) == 0:
        return no_answer
    first_row, number = (block_info[0][key][0] for key in ("array-location", "chunk-location"))
    name = f"block {number} of X"
    block = check_features(block, network.input_shape, name)
    answers = Answers(network, finish, batch_size)
    if math.isnan(first_row[0]):
        return answers(block, name=name)
    return answers(block, first_row=first_row[0])
