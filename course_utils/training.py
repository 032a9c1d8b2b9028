r"""Training: one loop that fits any network with any loss and any optimizer.

For every batch: forward, the loss and its gradient, backward, then one step of the optimizer
on the network's flat vectors. Penalties and clipping act on the one flat gradient.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import as_float, as_generator, as_labels
from ._checks import (
    check_above_zero,
    check_features,
    check_finite,
    check_positive_int,
    check_range,
    check_same_length,
)
from ._interrupts import held
from ._progress import Progress
from ._registry import nearest
from ._sample_weights import sample_weights
from ._scaling import unscaled_features, unscaled_targets
from .callbacks import Callback, Checkpoint
from .checkpoints import Training
from .history import History
from .losses import LOSSES
from .network import Sequential
from .optimizers import OPTIMIZERS, Optimizer, clip_gradient

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["batches", "evaluate", "fit"]

TOO_FAST = (
    "Most often the learning rate is too large: try a tenth. Features of very different size are "
    "the next thing to look at."
)
TOO_LARGE = (
    "Its numbers are too large for the type: scale features and targets, and take a new optimizer, "
    "since this one remembers the gradients."
)


def batches(
    n_samples: int, batch_size: int, rng: np.random.Generator | int | None = None
) -> Iterator[np.ndarray]:
    """Indices of the samples, batch by batch; the last batch may be short.

    Parameters
    ----------
    n_samples, batch_size : int
    rng : numpy.random.Generator or int, optional
        Shuffles the samples; without it they come in order.

    Yields
    ------
    ndarray of int, shape (batch_size,) or less

    Raises
    ------
    TypeError, ValueError
        When a number is not a whole number of at least 1, or `rng` no generator and no seed.

    Examples
    --------
    >>> [batch.tolist() for batch in batches(5, 2)]
    [[0, 1], [2, 3], [4]]
    """
    n_samples = check_positive_int(n_samples, "n_samples")
    batch_size = check_positive_int(batch_size, "batch_size")
    order = np.arange(n_samples) if rng is None else as_generator(rng).permutation(n_samples)
    for start in range(0, n_samples, batch_size):
        yield order[start : start + batch_size]


def evaluate(
    network: Sequential,
    X: ArrayLike,
    y: ArrayLike,
    loss: str | Callable[..., float],
    batch_size: int = 500,
) -> tuple[float, float | None]:
    """Loss and accuracy of a network on a data set.

    Parameters
    ----------
    network : Sequential
    X : array_like, shape (N, *input_shape)
    y : array_like
        What the loss takes as `y_true`.
    loss : str or callable
        A name from `LOSSES`, or one of the functions filed there.
    batch_size : int
        Samples at a time.

    Returns
    -------
    loss : float
    accuracy : float or None
        The share of right decisions; None when the network does not classify.

    Raises
    ------
    TypeError, ValueError
        When X, y or the loss do not fit the network.

    Examples
    --------
    >>> from course_utils import Dense, Sequential
    >>> network = Sequential(Dense(2, 2, init="zeros"), output="softmax")
    >>> value, accuracy = evaluate(network, np.ones((4, 2)), [0, 0, 0, 1], "softmax_cross_entropy")
    >>> round(value, 4), accuracy
    (0.6931, 0.75)
    """
    loss = LOSSES.resolve(loss)
    X, y = _check_data(network, X, y, loss)
    batch_size = check_positive_int(batch_size, "batch_size")
    logits = np.concatenate(
        [
            network.forward(_as_dtype(X[start : start + batch_size], network.dtype, start))
            for start in range(0, len(X), batch_size)
        ]
    )
    return loss(y, logits), _accuracy(network, y, logits)


def _as_dtype(batch, dtype, first_row):
    """Floats in the network's type; refused where that has no such number. The rest as it is."""
    if batch.dtype.kind != "f" or batch.dtype == dtype:
        return batch
    with np.errstate(over="ignore"):
        batch = batch.astype(dtype)
    check_finite(batch, f"X (as {dtype})", first_row)
    return batch


def _accuracy(network, y, logits):
    if not network.head.classifies:
        return None
    if network.output == "softmax" and y.ndim == 2:
        y = y.argmax(axis=1)
    return float(np.mean(y.reshape(len(y), -1) == network.head.decide(logits).reshape(len(y), -1)))


def _check_data(
    network: Sequential, X: ArrayLike, y: ArrayLike, loss: Any
) -> tuple[np.ndarray, np.ndarray]:
    """X and y as arrays that fit the network and the loss."""
    if not isinstance(network, Sequential):
        raise TypeError(
            f"network must be a Sequential; got {type(network).__name__}. A single layer goes in "
            "as Sequential(layer), the textbook's dict as as_sequential(network)."
        )
    X = check_features(X, network.input_shape)
    check_finite(X)
    y = np.asarray(y)
    if y.ndim == 0:
        raise ValueError(f"y must hold one target a sample; got the single value {y}.")
    check_same_length(X, y)
    if loss.takes_classes and y.ndim == 1:
        return X, as_labels(y, network.forward(X[:1]).shape[-1])
    y = as_float(y)
    check_finite(y, "y")
    return X, y


def _check_optimizer(optimizer):
    if not isinstance(optimizer, Optimizer):
        name = getattr(optimizer, "__name__", None) or str(optimizer)
        example = nearest(name, OPTIMIZERS) or "SGD"
        raise TypeError(
            f"optimizer must be an optimizer with its learning rate, such as {example}(lr=0.1); "
            f"got {optimizer!r}."
        )


def _check_pair(validation: Any) -> tuple[Any, Any]:
    if not (isinstance(validation, tuple | list) and len(validation) == 2):
        given = f"a {type(validation).__name__}" if np.ndim(validation) else repr(validation)
        raise TypeError(
            f"validation must be a pair (X, y) of samples that are not trained on; got {given}. "
            "Split the data first, for example with train_test_split of scikit-learn."
        )
    return validation[0], validation[1]


def _check_callables(callbacks, augment):
    """The callbacks as a list: an iterator could be asked for them only once."""
    if callable(callbacks) or not np.iterable(callbacks):
        raise TypeError(f"callbacks must be a list, such as [EarlyStopping()]; got {callbacks!r}.")
    callbacks = list(callbacks)
    for callback in callbacks:
        if isinstance(callback, type) or not callable(callback):
            raise TypeError(
                "a callback must be a function callback(network, history) or an object such as "
                f"EarlyStopping(); got {callback!r}."
            )
    if not (augment is None or callable(augment)):
        raise TypeError(
            f"augment must be a function augment(X, rng), such as shift_images; got {augment!r}."
        )
    return callbacks


def fit(
    network: Sequential,
    X: ArrayLike,
    y: ArrayLike,
    loss: str | Callable[..., float],
    optimizer: Optimizer,
    epochs: int,
    batch_size: int,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    callbacks: Sequence[Callable[[Sequential, History], bool | None]] = (),
    rng: np.random.Generator | int | None = None,
    progress: bool = True,
    *,
    l1: float | Callable[[float], float] = 0.0,
    l2: float | Callable[[float], float] = 0.0,
    clip_norm: float | None = None,
    augment: Callable[[np.ndarray, np.random.Generator], np.ndarray] | None = None,
    sample_weight: ArrayLike | None = None,
    class_weight: Mapping[int, float] | ArrayLike | None = None,
    history: History | None = None,
) -> History:
    r"""Train a network by gradient descent on batches.

    Without the options, and with a loss function such as `softmax_cross_entropy`, this is::

        def fit(network, X, y, loss, optimizer, epochs, batch_size, rng):
            for epoch in range(epochs):
                for batch in batches(len(X), batch_size, rng):  # numbers of samples, shuffled
                    logits = network.forward(X[batch], training=True)  # before softmax or sigmoid
                    network.backward(loss.gradient(y[batch], logits))  # leaves network.grad
                    optimizer.step(network.theta, network.grad)  # all parameters, all gradients

    What is made small is the loss plus penalties, L + l1 sum abs(W) + l2/2 sum W^2, over all
    weights but not over biases.

    Parameters
    ----------
    network : Sequential
        Trained in place. Layers with ``trainable = False`` keep their parameters; the running
        statistics of a `BatchNorm` move all the same.
    X : array_like, shape (N, *input_shape)
        Each batch is cast to the network's type, so pixels may stay uint8.
    y : array_like
        Targets: what the loss takes as `y_true`.
    loss : str or callable
        A name from `LOSSES`, or one of the functions filed there. A network answers logits, so
        a classifier takes ``"softmax_cross_entropy"`` or ``"sigmoid_cross_entropy"``.
    optimizer : Optimizer
        It remembers; hand the same one over again to go on.
    epochs, batch_size : int
        Passes over the data, and samples in a batch (the last batch may be short).
    validation : tuple (X, y), optional
        Measured after every epoch, never trained on.
    callbacks : sequence of callable
        Each is called after every epoch as ``callback(network, history)``; training stops when
        one returns True. See `Callback` for those that remember.
    rng : numpy.random.Generator or int, optional
        Shuffles the samples anew for every epoch; without it they come in order. A number is
        the seed of a new generator.
    progress : bool
        Whether a bar appears when it takes longer than about a second.
    l1, l2 : float or callable
        Factors of the two penalties. A function is asked batch by batch, with the number of its
        samples (where they have weights, the sum of these): ``l2=lambda n: 0.1 / n``.
    clip_norm : float, optional
        The largest Euclidean norm of the whole gradient; a longer one is shortened to it.
    augment : callable, optional
        ``augment(X, rng)`` answers a changed batch of the same shape, such as `shift_images`;
        it needs the `rng`.
    sample_weight : array_like, shape (N,), optional
        How much each sample counts, 0 or more; a sample of weight 0 is left out. A batch's loss
        is the weighted mean over its samples.
    class_weight : dict or array_like or "balanced", optional
        How much each class counts: ``{class: weight}`` (1 where none is given), one number a
        class, or N / (K N_k) for K classes of N_k samples, so that all weigh alike. It multiplies
        the sample weights.
    history : History, optional
        That of an earlier training which goes on, for example from `load_checkpoint`. It is
        continued, and `epochs` counts its epochs too.

    Returns
    -------
    History
        One entry a completed epoch. Ctrl-C (in Jupyter, the stop button) ends the training and
        returns it too, with ``stopped`` set, and prints how to go on.

    Raises
    ------
    FloatingPointError
        When the loss, a parameter, or what network and optimizer remember is no longer finite.
        The network then has the last parameters with which the loss was finite.
    TypeError, ValueError
        When X, y, the loss, the optimizer or a setting do not fit.
    Exception
        Whatever a callback, a schedule or `augment` raises, such as OSError of a `Checkpoint` when
        the disk is full. Once training has begun, every exception carries the `history`.

    Warns
    -----
    UserWarning
        When a feature arrives at the first weights unscaled, with a root mean square above 100, or
        targets that are no classes go above 10,000.

    Examples
    --------
    >>> from course_utils import SGD, Dense, Sequential
    >>> X = np.array([[0.0], [1.0], [2.0]])
    >>> line = Sequential(Dense(1, 1, init="zeros", dtype=np.float64))
    >>> history = fit(line, X, 3 * X + 1, "mean_squared_error", SGD(0.3), epochs=200, batch_size=3)
    >>> print(line.theta.round(3))
    [3. 1.]
    """
    loss = LOSSES.resolve(loss)
    _check_optimizer(optimizer)
    epochs = check_positive_int(epochs, "epochs")
    batch_size = check_positive_int(batch_size, "batch_size")
    names = getattr(X, "columns", None)
    X, y = _check_data(network, X, y, loss)
    if validation is not None:
        validation = _check_data(network, *_check_pair(validation), loss)
    callbacks = _check_callables(callbacks, augment)
    if rng is not None:
        rng = as_generator(rng)
    elif augment is not None:
        raise ValueError("augment needs a generator: give fit rng=np.random.default_rng(seed) too.")
    weight = sample_weights(network, X, y, sample_weight, class_weight)
    too_large = unscaled_features(network, X, names) or unscaled_targets(y, loss)
    history = History() if history is None else history
    step = _Step(network, loss, optimizer, l1, l2, clip_norm, too_large, history)
    if step.unscaled:
        warnings.warn(step.unscaled, stacklevel=2)
    callbacks = sorted(callbacks, key=lambda callback: isinstance(callback, Checkpoint))
    training = Training(network, optimizer, history, tuple(callbacks), rng)
    remembering = [callback for callback in callbacks if isinstance(callback, Callback)]

    history.stopped = ""
    stops = [callback.start(training) for callback in remembering]
    steps_an_epoch = math.ceil(len(_counted(y, weight)) / batch_size)
    bar = Progress(epochs * steps_an_epoch, unit="batch", enabled=progress)
    with _Kept(history, epochs), bar:  # Ctrl-C ends it, an error carries the history
        while len(history) < epochs and not any(stops):
            learning_rate = optimizer.lr
            for batch in _batches_of(X, y, weight, batch_size, rng, augment):
                value = step(*batch)  # forward, backward, optimizer.step: see _Step.descend
                bar.update(description=f"epoch {len(history) + 1}/{epochs}, loss {value:.3f}")
            history.add(
                **step.means(),
                **_validated(network, validation, loss),
                learning_rate=learning_rate,
            )
            stops = [callback(network, history) for callback in callbacks]
        if any(stops):
            history.stopped = f"stopped by a callback after epoch {len(history)}"
    with held():
        for callback in remembering:
            callback.finish(network, history)
    return history


class _Kept:
    """A training whose history outlives Ctrl-C, which ends it, and an error, which carries it."""

    def __init__(self, history, epochs):
        self.history, self.epochs = history, epochs

    def __enter__(self):
        return self.history

    def __exit__(self, kind, error, traceback):
        history, epochs = self.history, self.epochs
        if isinstance(error, KeyboardInterrupt):
            history.stopped = f"interrupted after {len(history)} of {epochs} epochs"
            print(
                f"fit was {history.stopped}. The network keeps what it has learned, and fit "
                f"returns the history: fit(..., epochs={epochs}, history=history) goes on."
            )
        elif isinstance(error, Exception):
            error.history = history
            error.add_note(
                f"fit had completed {len(history)} of {epochs} epochs. The network keeps what it "
                "has learned, and the exception the history, as its attribute."
            )
        return isinstance(error, KeyboardInterrupt)


def _validated(network, validation, loss):
    """What a history holds of the validation: None where there is none."""
    value, accuracy = (None, None) if validation is None else evaluate(network, *validation, loss)
    return {"validation_loss": value, "validation_accuracy": accuracy}


def _counted(y, weight):
    """The samples that take part: all, or those whose weight is above 0."""
    return np.arange(len(y)) if weight is None else np.flatnonzero(weight)


def _batches_of(X, y, weight, batch_size, rng, augment):
    """The batches of an epoch: samples, targets, and weights or None."""
    samples = _counted(y, weight)
    for picked in batches(len(samples), batch_size, rng):
        batch = samples[picked]
        X_batch = X[batch] if augment is None else _augmented(augment, X[batch], rng)
        yield X_batch, y[batch], None if weight is None else weight[batch]


def _augmented(augment, X, rng):
    """The batch that `augment` makes of X; another shape is refused."""
    changed = np.asarray(augment(X, rng))
    if changed.shape != X.shape:
        raise ValueError(
            f"augment must answer a batch of the shape it was given, {X.shape}; got "
            f"{changed.shape}."
        )
    return changed


class _Step:
    """One training step after the other, and the way back when one leads to what is not finite."""

    def __init__(self, network, loss, optimizer, l1, l2, clip_norm, unscaled, history):
        self.unscaled, self.history = unscaled, history
        self.network, self.loss, self.optimizer = network, loss, optimizer
        self.l1, self.l2 = (
            value if callable(value) else check_range(value, name, 0, math.inf)
            for name, value in (("l1", l1), ("l2", l2))
        )
        self.penalises = self.l1 != 0 or self.l2 != 0
        self.clip_norm = None if clip_norm is None else check_above_zero(clip_norm, "clip_norm")
        self.decay_mask = network.decay_mask
        self.frozen = np.flatnonzero(network.frozen_mask)
        self.finite = network.theta.copy()
        self.finite_state = _copy_state(network)
        self.sums = np.zeros(3)  # of an epoch: loss, penalty, and the weights of its samples

    def __call__(self, X, y, weight):
        """Forward, backward and one step of the optimizer; the loss before the step."""
        count = len(y) if weight is None else float(weight.sum())
        with held():  # no half a step
            value, penalty = self.descend(X, y, weight, count)
        self.sums += value * count, penalty * count, count
        return value

    def means(self):
        """The means over the samples of an epoch, by their weights, as a history holds them."""
        self.check_memory()
        loss, penalty, count = self.sums.tolist()
        self.sums[:] = 0
        return {"loss": loss / count, "penalty": penalty / count if self.penalises else None}

    def descend(self, X, y, weight, count):
        """Loss and penalty, and then one step, which lowers their sum."""
        network, theta, grad = self.network, self.network.theta, self.network.grad
        # Overflow is not a warning here: it makes the loss infinite, and that is an error.
        with np.errstate(over="ignore", invalid="ignore"):
            logits = network.forward(X, training=True)
            value, gradient = self.loss.value_and_gradient(y, logits, weight)
            if not math.isfinite(value):
                self.give_up(f"the loss became {value}")
            self.finite[...] = theta
            network.backward(gradient)
            penalty = self.add_penalty(count) if self.penalises else 0.0
            if self.frozen.size:
                grad[self.frozen] = 0
            if self.clip_norm is not None:
                clip_gradient(grad, self.clip_norm)
            try:
                self.optimizer.step(theta, grad, self.decay_mask)
                if self.frozen.size:
                    theta[self.frozen] = self.finite[self.frozen]
            except KeyboardInterrupt:  # a second Ctrl-C, or another program's
                theta[...] = self.finite
                raise
        return value, penalty

    def add_penalty(self, count):
        """Add the penalties' gradient to the network's; answer their sum."""
        l1, l2 = (
            check_range(value(count), f"what {name} answers for {count:g} samples", 0, math.inf)
            if callable(value)
            else value
            for name, value in (("l1", self.l1), ("l2", self.l2))
        )
        weights, penalty = self.network.theta * self.decay_mask, 0.0
        if l2:
            self.network.grad += l2 * weights
            penalty += l2 / 2 * float(weights @ weights)
        if l1:
            self.network.grad += l1 * np.sign(weights)
            penalty += l1 * float(np.abs(weights).sum())
        return penalty

    def check_memory(self):
        """Refuse parameters, a state or a memory of the optimizer that are not finite."""
        if not np.isfinite(self.network.theta).all():
            self.give_up("a parameter became NaN or infinite")
        for name, array in self.network.state.items():
            if not np.isfinite(array).all():
                self.give_up(f"the network's {name} became NaN or infinite", TOO_LARGE)
        for name, vector in self.optimizer.state.items():
            if not np.isfinite(vector).all():
                what = f"the optimizer's {name} became NaN or infinite, and steps are 0 or NaN,"
                self.give_up(what, TOO_LARGE)
        self.finite_state = _copy_state(self.network)

    def give_up(self, what, advice=TOO_FAST):
        """Go back to what was finite, and say what it was that was not."""
        self.network.theta = self.finite
        for name, array in self.network.state.items():
            array[...] = self.finite_state[name]
        raise FloatingPointError(
            f"{what} in epoch {len(self.history) + 1}, with {self.optimizer!r}; training stopped, "
            f"and the network has its last finite parameters. {advice} {self.unscaled}".rstrip()
        )


def _copy_state(network):
    return {name: array.copy() for name, array in network.state.items()}
