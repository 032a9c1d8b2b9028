"""Callbacks: what `fit` does after every epoch beside training.

A plain function ``callback(network, history)`` will do where nothing need be remembered; it
stops the training by returning True. What remembers is a `Callback`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._checks import check_positive_int, check_range
from .checkpoints import Training, save_checkpoint
from .files import check_network_arrays, check_types, copy_arrays, restore_arrays

if TYPE_CHECKING:
    from .history import History
    from .network import Sequential

__all__ = ["Callback", "Checkpoint", "EarlyStopping"]


class Callback:
    """The base class: a subclass overrides what it needs.

    Attributes
    ----------
    remembers : tuple of str
        The attributes that a checkpoint keeps: numbers, text, None, or dicts of arrays.
    """

    remembers: tuple[str, ...] = ()

    def start(self, training: Training) -> bool | None:
        """Called once before the first epoch; True when none is needed any more.

        Parameters
        ----------
        training : Training
            All that takes part. Its history is empty, unless an earlier training goes on.
        """
        return False

    def __call__(self, network: Sequential, history: History) -> bool | None:
        """Called after every epoch; True ends the training."""
        return False

    def finish(self, network: Sequential, history: History) -> None:
        """Called once after the last epoch, also when training was stopped or interrupted.

        Not after an error, which `fit` raises.
        """

    def settings(self) -> dict[str, Any]:
        """How it was built: a dict of its public attributes, but for those that it `remembers`.

        A training goes on from a checkpoint only with callbacks of the same settings: an attribute
        that changes on the way is remembered, or its name begins with an underscore.
        """
        others = self.remembers
        return {k: value for k, value in vars(self).items() if k[0] != "_" and k not in others}

    def check(self, remembered: dict[str, Any], training: Training) -> None:
        """Called before a checkpoint is restored: refuse what it can't have remembered.

        Parameters
        ----------
        remembered : dict
            The value of each attribute in `remembers`, of the kinds named there. In place of an
            array stands what has its ``shape`` and ``dtype``.
        training : Training
            As it is in the file.

        Raises
        ------
        ValueError
            When a value does not fit. Nothing has been changed then.
        """


class EarlyStopping(Callback):
    """Stop when the validation has not improved for some epochs; restore the best weights.

    Parameters
    ----------
    patience : int
        Epochs without improvement after which training stops.
    min_delta : float
        What counts as an improvement: more than this.
    monitor : str
        One of History's lists. A name that ends in "accuracy" is best when large, others when
        small.
    restore_best : bool
        Whether the network has the parameters and the state of its best epoch when training
        ends, is stopped or is interrupted. After an error it keeps the last ones; the best are
        then in ``best_arrays``.

    Attributes
    ----------
    best_epoch : int
        The epoch of the best value, counted from 1; 0 before there is one.
    best_value : float or None
    best_arrays : dict of str to ndarray
        The parameters and the state of the best epoch; empty where none are to be restored.

    Raises
    ------
    TypeError, ValueError
        When a setting is out of range; in training, when there is nothing to monitor.

    References
    ----------
    L. Prechelt, "Early stopping - but when?" (1998), doi:10.1007/3-540-49430-8_3

    Examples
    --------
    >>> from course_utils import SGD, Dense, Sequential, fit
    >>> line, X, y = Sequential(Dense(1, 1, init="zeros")), [[1.0]], [[1.0]]
    >>> stop = EarlyStopping(patience=2)  # a rate of 1 jumps from 0 to 2 and back
    >>> history = fit(
    ...     line, X, y, "mean_squared_error", SGD(1.0), 9, 1, validation=(X, y), callbacks=[stop]
    ... )
    >>> stop.best_epoch, len(history)
    (1, 3)
    """

    remembers = ("best_epoch", "best_value", "best_arrays")

    def __init__(self, patience=5, min_delta=0.0, monitor="validation_loss", restore_best=True):
        self.patience = check_positive_int(patience, "patience")
        self.min_delta = check_range(min_delta, "min_delta", 0, math.inf)
        self.monitor = monitor
        self.restore_best = restore_best
        self._forget()

    def _forget(self):
        self.best_epoch, self.best_value, self.best_arrays = 0, None, {}

    def start(self, training):
        if len(training.history) == 0:
            self._forget()
        return self._is_over(training.history)

    def __call__(self, network, history):
        values = getattr(history, self.monitor, None)
        if not values or math.isnan(values[-1]):
            known = ", ".join(history.columns())
            raise ValueError(
                f"EarlyStopping finds no {self.monitor!r} in the history, which has: {known}. Give "
                "fit a validation=(X, y) set, or monitor another list."
            )
        if self._improves(values[-1]):
            arrays = copy_arrays(network) if self.restore_best else {}
            self.best_epoch, self.best_value, self.best_arrays = len(history), values[-1], arrays
        return self._is_over(history)

    def _improves(self, value):
        if self.best_value is None:
            return True
        sign = -1 if self.monitor.endswith("accuracy") else 1
        return sign * value < sign * self.best_value - self.min_delta

    def _is_over(self, history):
        return len(history) - self.best_epoch >= self.patience and self.best_epoch > 0

    def check(self, remembered, training):
        epoch, value, arrays = (remembered[name] for name in self.remembers)
        if type(epoch) is not int or not 0 <= epoch <= len(training.history):
            raise ValueError(f"best_epoch must be an epoch of the history; got {epoch!r}.")
        if (value is None) != (epoch == 0) or not isinstance(value, int | float | None):
            raise ValueError(f"best_value must be a number once there is one; got {value!r}.")
        if not isinstance(arrays, dict) or bool(arrays) != (self.restore_best and epoch > 0):
            raise ValueError("best_arrays must be those of the best epoch, if they are restored.")
        if arrays:
            network = training.network
            check_network_arrays(network, arrays, "best_arrays")
            check_types(arrays, {**network.params, **network.state}, "best_arrays")

    def finish(self, network, history):
        if self.best_arrays:
            restore_arrays(network, self.best_arrays)

    def __repr__(self):
        return (
            f"EarlyStopping(patience={self.patience}, min_delta={self.min_delta:g}, "
            f"monitor={self.monitor!r}, restore_best={self.restore_best})"
        )


class Checkpoint(Callback):
    """Write the whole training to a file after every epoch, so that it can go on from there.

    `load_checkpoint` reads it. `fit` calls checkpoints after all other callbacks, so that the
    file holds what they have just learned.

    Parameters
    ----------
    path : str or path-like
        Must end in .npz. The file is replaced as a whole: a crash while it is written leaves
        the one before.
    every : int
        Write after every so many epochs only.

    Raises
    ------
    TypeError, ValueError
        When `every` is not a whole number of at least 1, or the path does not end in .npz.
    """

    def __init__(self, path, every=1):
        self.path = Path(path)
        if self.path.suffix != ".npz":
            raise ValueError(f"a checkpoint is an .npz file; got {self.path.name!r}.")
        self.every = check_positive_int(every, "every")
        self.training = None  # while it goes on

    def start(self, training):
        self.training = training
        return False

    def __call__(self, network, history):
        if len(history) % self.every == 0:
            save_checkpoint(self.path, **self.training._asdict())
        return False

    def finish(self, network, history):
        self.training = None
