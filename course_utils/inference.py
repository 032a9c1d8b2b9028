"""Prediction in batches: from arrays, memory maps, streams of chunks and dask arrays.

A network's `forward` takes a whole batch and holds all its intermediate results. The loops
here cut data into batches, so that memory beyond the answer is that of one batch, however
large the data.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from ._arrays import check_features, check_finite, check_positive_int
from ._progress import Progress
from .activations import identity
from .cluster import is_dask_array, map_blocks
from .network import Sequential
from .plan import ROWS, plan_for

__all__ = ["predict", "predict_logits", "predict_proba"]


def predict_proba(network, X, batch_size=1000, out=None, progress=True):
    """What the network's head makes of its logits: for classifiers, probabilities.

    Parameters
    ----------
    network : Sequential, or dict of str to ndarray
        A dict is the textbook's three-layer network, with a softmax at its end.
    X : array_like of shape (N, *input_shape), an iterator of such arrays, or a dask array
        An array or a memory map is read batch by batch. An iterator is asked for one chunk at
        a time, and each chunk is cut into batches, and so is each block of a dask array.
    batch_size : int
        Samples at a time. Any size gives the same answer up to float rounding.
    out : ndarray, shape (N, K), optional
        Where the answer goes, for example a memory map. After an error it may be half written.
        Not for a dask array, whose answer is computed later.
    progress : bool
        Whether a bar appears when it takes longer than about a second. A dask array has none:
        `distributed.progress` and `dask.diagnostics.ProgressBar` show one where it is computed.

    Returns
    -------
    ndarray, shape (N, K), an iterator, or a dask array
        softmax: one probability a class, rows sum to 1; sigmoid: the probability of 1;
        identity: the logits themselves; exp: e to the power of the logits. For an iterator
        without `out`, an iterator that answers chunk by chunk. For a dask array, a dask array
        with the same blocks of rows, of which nothing is computed yet; it keeps the network as
        it is now.

    Raises
    ------
    TypeError
        When the network is neither, X does not hold real numbers, or the type of `out` can't
        hold the answer.
    ValueError
        When X is empty, has the wrong shape, holds NaN or infinity (the first such sample is
        named), when `batch_size` is below 1, `out` has the wrong shape, or a dask array is cut
        along its features or comes with `out`.

    Examples
    --------
    >>> from course_utils import Dense, Sequential
    >>> network = Sequential(Dense(4, 2, init="zeros"), output="softmax")
    >>> print(predict_proba(network, np.ones((3, 4)), batch_size=2))
    [[0.5 0.5]
     [0.5 0.5]
     [0.5 0.5]]
    >>> import dask.array as da
    >>> lazy = predict_proba(network, da.ones((3, 4), chunks=(2, 4)))
    >>> lazy.chunks, lazy.compute().tolist()
    (((2, 1), (2,)), [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]])
    """
    network = _as_network(network)
    return _run(network, network.head.activation, X, batch_size, out, progress)


def predict(network, X, batch_size=1000, out=None, progress=True):
    """The network's decision for every sample.

    Parameters
    ----------
    network, X, batch_size, out, progress
        As for `predict_proba`; `out` has the shape of the answer here.

    Returns
    -------
    ndarray, an iterator, or a dask array
        softmax: the class of the largest logit, shape (N,); sigmoid: 1 where the probability
        is above one half, else 0, shape (N,) for one output; identity and exp: what
        `predict_proba` answers, (N, K).

    Raises
    ------
    TypeError, ValueError
        As for `predict_proba`.

    Examples
    --------
    >>> from course_utils import Dense, Sequential
    >>> network = Sequential(Dense(4, 2, init="zeros"), output="softmax")
    >>> network.params["b1"] = [0, 1]
    >>> print(predict(network, np.ones((3, 4))))
    [1 1 1]
    """
    network = _as_network(network)
    return _run(network, network.head.decide, X, batch_size, out, progress)


def predict_logits(network, X, batch_size=1000, out=None, progress=True):
    """What `Sequential.forward` answers, computed in batches; otherwise as `predict_proba`.

    Examples
    --------
    >>> from course_utils import Dense, Sequential
    >>> network = Sequential(Dense(4, 2, init="zeros"), output="softmax")
    >>> print(predict_logits(network, np.ones((1, 4))))
    [[0. 0.]]
    """
    return _run(_as_network(network), identity, X, batch_size, out, progress)


def _as_network(network):
    if isinstance(network, Sequential):
        return network
    if isinstance(network, Mapping):
        from .three_layer import as_sequential  # brings what reads weight files: not always needed

        return as_sequential(network, output="softmax")
    raise TypeError(
        f"network must be a Sequential or a dict with W1 b1 W2 b2 W3 b3; got "
        f"{type(network).__name__}. A single layer goes in as Sequential(layer)."
    )


def _run(network, finish, X, batch_size, out, progress):
    """Apply `finish` to the logits of X, batch by batch."""
    batch_size = check_positive_int(batch_size, "batch_size")
    if is_dask_array(X):
        if out is not None:
            raise ValueError(
                "out can't be filled from a dask array, whose answer is computed later. Leave it "
                "away: answer.compute() gives an array, and dask.array.to_npy_stack(folder, "
                "answer) writes one file a block."
            )
        return map_blocks(_answer_block, network, finish, X, batch_size)
    if not isinstance(X, Iterator):
        X = check_features(X, network.input_shape)
        with Progress(total=len(X), unit="sample", enabled=progress) as bar:
            return _fill(network, finish, X, batch_size, out, bar)
    if out is None:
        return _answers(network, finish, X, batch_size, progress)
    stop = 0
    with Progress(unit="sample", enabled=progress) as bar:
        for chunk in X:
            chunk = check_features(chunk, network.input_shape, "chunk")
            start, stop = stop, stop + len(chunk)
            if stop > len(out):
                raise ValueError(f"out has {len(out)} rows, but X gave {stop} samples or more.")
            _fill(network, finish, chunk, batch_size, out[start:stop], bar, start)
    if stop < len(out):
        raise ValueError(
            f"out has {len(out)} rows, but X gave only {stop} samples; the rows from {stop} on "
            "were not written."
        )
    return out


def _answers(network, finish, chunks, batch_size, progress):
    """One answer a chunk, each computed when it is asked for."""
    row = 0
    with Progress(unit="sample", enabled=progress) as bar:
        for chunk in chunks:
            chunk = check_features(chunk, network.input_shape, "chunk")
            yield _fill(network, finish, chunk, batch_size, None, bar, row)
            row += len(chunk)


def _answer_block(network, finish, block, batch_size, name, first_row):
    """The answer for a block of a dask array."""
    quiet = Progress(enabled=False)
    return _fill(network, finish, block, batch_size, None, quiet, first_row, name)


def _fill(network, finish, X, batch_size, out, bar, first_row=0, name="X"):
    """Answer for all rows of X, in `out`.

    A batch of more than a few rows goes by the network's plan where there is one; which way a
    batch goes depends on its size alone, so equal batches have answers equal to the bit.
    """
    nothing = finish(np.zeros((1, *network.output_shape(X.shape[1:])), network.dtype))
    out = _prepare_out(out, (len(X), *nothing.shape[1:]), nothing.dtype)
    forward = _checked_forward(network, name)
    plan = plan_for(network) if min(len(X), batch_size) >= ROWS else None
    for start in range(0, len(X), batch_size):
        batch, row = X[start : start + batch_size], first_row + start
        answers = out[start : start + batch_size]
        if plan is not None and len(batch) >= ROWS:
            plan.answer(batch, answers, finish, name, row)
        else:
            answers[...] = finish(forward(batch, row))
        bar.update(len(batch))
    return out


def _prepare_out(out, shape, dtype):
    if out is None:
        return np.empty(shape, dtype)
    if out.shape != shape:
        raise ValueError(f"out must have shape {shape}; got {out.shape}.")
    if not np.can_cast(dtype, out.dtype, casting="same_kind"):
        raise TypeError(f"out must be able to hold {dtype}; got an array of type {out.dtype}.")
    return out


def _checked_forward(network, name):
    """``forward(batch, row)`` that refuses NaN and infinity, as soon as that is cheapest.

    A value of X that is not finite makes the first pre-activation so, which has far fewer
    elements than X: 50 a sample where X has 784. Whole numbers need no check.
    """
    learns = [bool(layer.size) for layer in network.layers]
    split = learns.index(True) + 1 if any(learns) else 0
    first, rest = network[:split], network[split:]

    def forward(batch, row):
        if batch.dtype.kind != "f":
            return network.forward(batch)
        with np.errstate(over="ignore", invalid="ignore"):
            Z = first.forward(batch)
        check_finite(Z, f"{name} (as {network.dtype}, after the first layer)", row)
        return rest.forward(Z)

    return forward
