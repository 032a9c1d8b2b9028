r"""A plan for inference: what a network's forward pass comes to, prepared once for many batches.

The plan computes what `Sequential.forward` and the head compute, up to rounding. What it saves:

* Everything that is linear goes into the weights: a `Scale` before the first product, so that
  pixels go in as they are, a batch normalisation, and the two steps that lead from tanh to the
  sigmoid, since sigmoid(z) = (1 + tanh(z / 2)) / 2 and tanh is one pass where the sigmoid is
  four.
* Rows pass in slices whose intermediate results stay in the processor's cache, through arrays
  that are made once.
* NaN and infinity are found by one product of the first pre-activation with zeros.
* The softmax's largest logit is looked for only where exp could overflow, and its sums come from
  a product with ones, already in the shape in which they divide.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .._checks import check_features, check_finite
from ..activations import ACTIVATIONS, softmax
from ..layers import Activation, Dense, Flatten, Identity, Scale
from ..network import Sequential, in_a_row
from ..normalization import BatchNorm
from ..regularization import Dropout

__all__ = ["InferencePlan"]

ROWS = 256  # of a slice: intermediate results of some hundred columns then stay in the cache
LARGEST_SHIFT = 16  # a scale that moves values further than this would lose digits in the weights
LARGEST_EXPONENT = 80  # exp of it, and the sum of many, is finite in float32


class _Product(NamedTuple):
    """One step, A <- g(A W + b), in place; ``g(z, out)``, or None for the values as they are."""

    W: np.ndarray
    b: np.ndarray
    g: Any


class _Prepared(NamedTuple):
    """All that a slice of n rows needs, made once for each n: parts of the buffers, and calls."""

    cast: np.ndarray  # for X of another type
    W: np.ndarray  # of the first product, which is X's
    Z: np.ndarray  # its place
    flat: np.ndarray  # the same in a row
    zeros: np.ndarray  # as many
    calls: list  # all that follows, a function and its arguments each
    logits: np.ndarray
    sums: np.ndarray


class _Scratch(threading.local):
    """What one thread writes while it computes: each thread that asks gets a new one."""

    def __init__(self, widths, dtype):
        self.made_of = widths, dtype
        self.buffers = [np.empty((ROWS, n), dtype) for n in widths]
        self.prepared = {}

    def __reduce__(self):
        return _Scratch, self.made_of


class InferencePlan:
    """A snapshot of a network, prepared to answer fast; later training does not change it.

    `predict_proba` and its siblings make one by themselves. Keep one where single samples or
    small batches are asked for again and again.

    Parameters
    ----------
    network : Sequential
        A chain that alternates `Dense` and `Activation`, with `Scale`, `Flatten`, `Dropout`,
        `BatchNorm` and `Identity` between.
    finish : callable, optional
        Logits to answers: by default what `predict_proba` does, the activation of the head.

    Raises
    ------
    TypeError
        When the network is another chain, or has no `Dense` behind its last `Activation`.
    ValueError
        When a `Scale` or a `BatchNorm` shifts by so much that digits would be lost.

    Notes
    -----
    Threads may share a plan: each gets arrays of its own for what stands between the layers.

    Examples
    --------
    >>> network = Sequential(Scale(0, 1 / 255), Dense(4, 2, init="zeros"), output="softmax")
    >>> plan = InferencePlan(network)
    >>> print(plan(np.zeros((1, 4), np.uint8)))
    [[0.5 0.5]]
    """

    def __init__(
        self, network: Sequential, finish: Callable[[np.ndarray], np.ndarray] | None = None
    ) -> None:
        if not isinstance(network, Sequential):
            raise TypeError(f"a plan is made for a Sequential; got {type(network).__name__}.")
        self.dtype = network.dtype
        self.input_shape = network.input_shape
        self._finish = network.head.activation if finish is None else finish
        self._products = _fold(network)
        self._last = self._products[-1]
        self._hidden = self._products[:-1]
        # A single sample is one product of a vector with a matrix: fastest along its columns.
        self._hidden_single = [
            p._replace(W=np.asfortranarray(p.W)) if len(p.W) > 2 * p.W.shape[1] else p
            for p in self._hidden
        ]
        widths = [len(self._products[0].W), *(p.b.size for p in self._products)]
        self._scratch = _Scratch((*widths, widths[-1]), self.dtype)
        self._zeros = np.zeros(ROWS * widths[1], self.dtype)
        self._ones = np.ones((widths[-1], widths[-1]), self.dtype)
        self._ends_with_softmax = self._finish is softmax
        self._needs_maximum = not self._bounded()

    def __call__(self, X: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """The answer for one batch, with the fewest checks: what `finish` makes of its logits.

        Parameters
        ----------
        X : ndarray, shape (N, *input_shape)
        out : ndarray, of the answer's shape, optional
            Where it goes.

        Returns
        -------
        ndarray, shape (N, K) for what `predict_proba` answers

        Raises
        ------
        TypeError, ValueError
            When X does not hold numbers, has another shape, or holds NaN or infinity.
        """
        known = isinstance(X, np.ndarray) and X.dtype.kind in "fu"
        if not (known and X.shape[1:] == self.input_shape and len(X)):
            X = check_features(X, self.input_shape)
        answer = self.answer(X)
        if out is None:
            return answer
        out[...] = answer
        return out

    def answer(self, X: np.ndarray, name: str = "X", first_row: int = 0) -> np.ndarray:
        """The answer for samples of the right shape, slice by slice.

        Parameters
        ----------
        X : ndarray, shape (N, *input_shape)
        name, first_row
            What X is called in a message, and the number of its first sample.

        Raises
        ------
        ValueError
            When X holds NaN or infinity.
        """
        if X.ndim > 2:
            X = X.reshape(len(X), -1)
        values = np.empty((len(X), self._last.b.size), self.dtype)
        if len(X) <= ROWS:
            self._compute(X, values, name, first_row)
        else:
            for start in range(0, len(X), ROWS):
                rows = slice(start, start + ROWS)
                self._compute(X[rows], values[rows], name, first_row + start)
        return values if self._ends_with_softmax else self._finish(values)

    @np.errstate(over="ignore", invalid="ignore")  # what is not finite is found below
    def _compute(self, X, out, name, first_row):
        """Write what a slice comes to into `out`: the softmax, or the logits for another end."""
        made = self._scratch.prepared.get(len(X)) or self._prepare(len(X))
        check = X.dtype.kind == "f"
        if X.dtype != self.dtype:
            np.copyto(made.cast, X, casting="unsafe")
            X = made.cast
        X.dot(made.W, made.Z)
        if check and made.flat.dot(made.zeros) != 0:  # NaN: infinity times 0 is NaN, too
            check_finite(made.Z, f"{name} (as {self.dtype}, after the first layer)", first_row)
        for function, arguments in made.calls:
            function(*arguments)
        logits = made.logits
        if not self._ends_with_softmax:
            out[...] = logits
            return
        if self._needs_maximum:
            np.subtract(logits, logits.max(axis=1, keepdims=True), logits)
        np.exp(logits, logits)
        np.divide(logits, logits.dot(self._ones, made.sums), out)

    def _prepare(self, n):
        """The views and calls of n rows; a thread keeps those of every n, at most ROWS."""
        buffers = self._scratch.buffers
        cast, *results, sums = (buffer[:n] for buffer in buffers)
        products = [*(self._hidden_single if n == 1 else self._hidden), self._last]
        calls = []
        for (W, b, g), A, Z in zip(products, (None, *results), results, strict=False):
            if A is not None:  # the first product is that of the call's own X
                calls.append((A.dot, (W, Z)))
            calls.append((np.add, (Z, b[np.newaxis], Z)))
            if g is not None:
                calls.append((g, (Z, Z)))
        Z = results[0]
        flat = buffers[1].reshape(-1)[: Z.size]
        zeros = self._zeros[: flat.size]
        made = _Prepared(cast, products[0].W, Z, flat, zeros, calls, results[-1], sums)
        self._scratch.prepared[n] = made
        return made

    def _bounded(self):
        """Whether no logit can be so large that exp overflows."""
        if not self._hidden or self._hidden[-1].g is not np.tanh:
            return False
        W, b, _ = self._last
        return bool((np.abs(W).sum(axis=0) + np.abs(b)).max() < LARGEST_EXPONENT)


def plan_for(network, finish=None):
    """The plan of a network, or None where its layers do not allow one."""
    try:
        return InferencePlan(network, finish)
    except (TypeError, ValueError):
        return None


def _fold(network):
    """The products that a network comes to.

    Between two of them values stand in a buffer, and what they mean is ``factor * buffer +
    shift``: the next product takes both up.
    """
    products, factor, shift = [], 1.0, 0.0
    for layer in in_a_row(network):
        complete = not products or products[-1].g is not None
        kind = type(layer)  # a subclass may compute something else
        if kind in (Flatten, Identity, Dropout):
            continue
        if kind is Dense:
            W, b = layer.params["W"], layer.params["b"]
            W, b = _column(factor) * W, b + np.broadcast_to(shift, len(W)) @ W.astype(np.float64)
            products.append(_Product(W, b, None))
            factor, shift = 1.0, 0.0
        elif kind in (Scale, BatchNorm):
            f, s = _scale(layer)
            if complete:
                factor, shift = factor * f, shift * f + s
                if np.abs(shift).max() > LARGEST_SHIFT:
                    raise ValueError(f"{layer!r} shifts by more than {LARGEST_SHIFT}.")
            else:
                W, b, g = products.pop()
                products.append(_Product(W * f, b * f + s, g))
        elif kind is Activation and not complete:
            W, b, _ = products.pop()
            if layer.function is ACTIVATIONS["sigmoid"]:
                W, b, factor, shift = W / 2, b / 2, 0.5, 0.5
            products.append(_Product(W, b, _in_place(layer)))
        else:
            raise TypeError(f"a plan knows no {layer!r} in this place.")
    if not products or products[-1].g is not None:
        raise TypeError("a plan is made for networks that end with Dense.")
    return [
        _Product(np.ascontiguousarray(W, network.dtype), b.astype(network.dtype), g)
        for W, b, g in products
    ]


def _column(values):
    return values if np.ndim(values) == 0 else values[:, np.newaxis]


def _scale(layer):
    """Factor and shift of a layer that scales features, A = factor X + shift, in float64."""
    arrays = {**layer.params, **layer.state}
    arrays = {name: np.float64(array).reshape(-1) for name, array in arrays.items()}
    if isinstance(layer, Scale):
        return arrays["factor"], -arrays["shift"] * arrays["factor"]
    factor = arrays["gamma"] / np.sqrt(arrays["running_var"] + layer.eps)
    return factor, arrays["beta"] - arrays["running_mean"] * factor


def _in_place(layer):
    """The activation as ``g(z, out)``; the sigmoid's is tanh, its scaling being in the weights."""
    function, settings = layer.function, layer.hyperparameters
    if function in (ACTIVATIONS["sigmoid"], ACTIVATIONS["tanh"]):
        return np.tanh
    if function is ACTIVATIONS["relu"]:
        return lambda z, out: np.maximum(z, 0, out=out)
    return lambda z, out: function(z, out=out, **settings)
