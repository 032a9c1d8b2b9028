"""Answers batch by batch: what arrays, streams and blocks of dask arrays have in common."""

import numpy as np

from .._checks import check_finite
from .plan import ROWS, plan_for

__all__ = ["Answers"]


class Answers:
    """A network, and what is wanted of its logits.

    Parameters
    ----------
    network : Sequential
    finish : callable
        Logits to answers, such as `softmax`.
    batch_size : int
        Samples at a time.
    """

    def __init__(self, network, finish, batch_size):
        self.network, self.finish, self.batch_size = network, finish, batch_size
        learns = [bool(layer.size) for layer in network.layers]
        split = learns.index(True) + 1 if any(learns) else 0
        self.first, self.rest = network[:split], network[split:]

    def __call__(self, X, out=None, name="X", first_row=0, bar=None):
        """The answers for all rows of X, in `out`.

        A batch of more than a few rows goes by the network's plan where there is one; which way a
        batch goes depends on its size alone, so equal batches have answers equal to the bit.

        Parameters
        ----------
        X : ndarray, shape (N, *input_shape)
            At least one sample.
        out : ndarray, shape (N, ...), optional
        name, first_row
            What X is called in a message, and the number of its first sample.
        bar : Progress, optional
        """
        by_plan = min(len(X), self.batch_size) >= ROWS
        plan = plan_for(self.network, self.finish) if by_plan else None
        for start in range(0, len(X), self.batch_size):
            batch = X[start : start + self.batch_size]
            if plan is not None and len(batch) >= ROWS:
                answer = plan.answer(batch, name, first_row + start)
            else:
                answer = self.finish(self._logits(batch, name, first_row + start))
            if start == 0:
                out = _prepare_out(out, (len(X), *answer.shape[1:]), answer.dtype)
            out[start : start + len(batch)] = answer
            if bar is not None:
                bar.update(len(batch))
        return out

    def _logits(self, batch, name, row):
        """What the network's `forward` answers; NaN and infinity are refused.

        A value of X that is not finite makes the first pre-activation so, which has far fewer
        elements than X: 50 a sample where X has 784. Whole numbers need no check.
        """
        if batch.dtype.kind != "f":
            return self.network.forward(batch)
        with np.errstate(over="ignore", invalid="ignore"):
            Z = self.first.forward(batch)
        check_finite(Z, f"{name} (as {self.network.dtype}, after the first layer)", row)
        return self.rest.forward(Z)


def _prepare_out(out, shape, dtype):
    if out is None:
        return np.empty(shape, dtype)
    if out.shape != shape:
        raise ValueError(f"out must have shape {shape}; got {out.shape}.")
    if not np.can_cast(dtype, out.dtype, casting="same_kind"):
        raise TypeError(f"out must be able to hold {dtype}; got an array of type {out.dtype}.")
    return out
