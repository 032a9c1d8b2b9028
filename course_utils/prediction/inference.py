"""Prediction in batches: from arrays, memory maps, streams of chunks and dask arrays.

A network's `forward` takes a whole batch and holds all its intermediate results. The loops
here cut data into batches, so that memory beyond the answer is that of one batch, however
large the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .._checks import check_features, check_positive_int
from .._progress import Progress
from ..activations import identity
from ..network import Sequential
from ._batches import Answers
from .cluster import is_dask_array, map_blocks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

__all__ = ["predict", "predict_logits", "predict_proba"]


def predict_proba(
    network: Sequential | Mapping[str, np.ndarray],
    X: ArrayLike | Iterator[ArrayLike],
    batch_size: int = 1000,
    out: np.ndarray | None = None,
    progress: bool = True,
) -> Any:
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
    >>> import numpy as np
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


def predict(
    network: Sequential | Mapping[str, np.ndarray],
    X: ArrayLike | Iterator[ArrayLike],
    batch_size: int = 1000,
    out: np.ndarray | None = None,
    progress: bool = True,
) -> Any:
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
    >>> import numpy as np
    >>> from course_utils import Dense, Sequential
    >>> network = Sequential(Dense(4, 2, init="zeros"), output="softmax")
    >>> network.params["b1"] = [0, 1]
    >>> print(predict(network, np.ones((3, 4))))
    [1 1 1]
    """
    network = _as_network(network)
    return _run(network, network.head.decide, X, batch_size, out, progress)


def predict_logits(
    network: Sequential | Mapping[str, np.ndarray],
    X: ArrayLike | Iterator[ArrayLike],
    batch_size: int = 1000,
    out: np.ndarray | None = None,
    progress: bool = True,
) -> Any:
    """What `Sequential.forward` answers, computed in batches; otherwise as `predict_proba`.

    Examples
    --------
    >>> import numpy as np
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
        from ..three_layer import as_sequential  # brings what reads weight files: not always needed

        return as_sequential(network, output="softmax")
    raise TypeError(
        f"network must be a Sequential or a dict with W1 b1 W2 b2 W3 b3; got "
        f"{type(network).__name__}. A single layer goes in as Sequential(layer)."
    )


def _run(network, finish, X, batch_size, out, progress):
    """Apply `finish` to the logits of X, batch by batch."""
    answers = Answers(network, finish, check_positive_int(batch_size, "batch_size"))
    if is_dask_array(X):
        if out is not None:
            raise ValueError(
                "out can't be filled from a dask array, whose answer is computed later. Leave it "
                "away: answer.compute() gives an array, and dask.array.to_npy_stack(folder, "
                "answer) writes one file a block."
            )
        return map_blocks(answers, X)
    if not isinstance(X, Iterator):
        X = check_features(X, network.input_shape)
        with Progress(total=len(X), unit="sample", enabled=progress) as bar:
            return answers(X, out, bar=bar)
    if out is None:
        return _stream(answers, X, progress)
    stop = 0
    with Progress(unit="sample", enabled=progress) as bar:
        for chunk in X:
            chunk = check_features(chunk, network.input_shape, "chunk")
            start, stop = stop, stop + len(chunk)
            if stop > len(out):
                raise ValueError(f"out has {len(out)} rows, but X gave {stop} samples or more.")
            answers(chunk, out[start:stop], first_row=start, bar=bar)
    if stop < len(out):
        raise ValueError(
            f"out has {len(out)} rows, but X gave only {stop} samples; the rows from {stop} on "
            "were not written."
        )
    return out


def _stream(answers, chunks, progress):
    """One answer a chunk, each computed when it is asked for."""
    row = 0
    with Progress(unit="sample", enabled=progress) as bar:
        for chunk in chunks:
            chunk = check_features(chunk, answers.network.input_shape, "chunk")
            yield answers(chunk, first_row=row, bar=bar)
            row += len(chunk)
