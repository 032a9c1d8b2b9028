"""Training: one loop that fits any network with any loss and any optimizer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ._arrays import (
    as_float,
    as_labels,
    check_features,
    check_finite,
    check_positive_int,
    check_same_length,
)
from ._progress import Progress
from .inference import predict_logits
from .losses import LOSSES
from .network import Sequential
from .optimizers import OPTIMIZERS, Optimizer

__all__ = ["History", "batches", "evaluate", "fit"]


@dataclass
class History:
    """What `fit` saw, one entry an epoch.

    Attributes
    ----------
    loss : list of float
        Mean training loss over the epoch's batches, as they came.
    validation_loss, validation_accuracy : list of float
        On the validation set after the epoch; empty when there is none (and the accuracy when
        the network does not classify).
    stopped : str
        Why training ended before the last epoch; empty when it did not.
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    stopped: str = ""

    def __len__(self):
        return len(self.loss)


def batches(n_samples, batch_size, rng=None):
    """Indices of the samples, batch by batch; the last batch may be short.

    Parameters
    ----------
    n_samples, batch_size : int
    rng : numpy.random.Generator, optional
        Shuffles the samples; without it they come in order.

    Yields
    ------
    ndarray of int, shape (batch_size,) or less

    Raises
    ------
    TypeError, ValueError
        When a number is not a whole number of at least 1.

    Examples
    --------
    >>> [batch.tolist() for batch in batches(5, 2)]
    [[0, 1], [2, 3], [4]]
    """
    n_samples = check_positive_int(n_samples, "n_samples")
    batch_size = check_positive_int(batch_size, "batch_size")
    order = np.arange(n_samples) if rng is None else rng.permutation(n_samples)
    for start in range(0, n_samples, batch_size):
        yield order[start : start + batch_size]


def evaluate(network, X, y, loss, batch_size=1000):
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
    logits = predict_logits(network, X, batch_size, progress=False)
    return loss(y, logits), _accuracy(network, y, logits)


def _accuracy(network, y, logits):
    if not network.head.classifies:
        return None
    if network.output == "softmax" and y.ndim == 2:
        y = y.argmax(axis=1)
    return float(np.mean(y.reshape(len(y), -1) == network.head.decide(logits).reshape(len(y), -1)))


def _check_data(network, X, y, loss):
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
        example = name if name in OPTIMIZERS else "SGD"
        raise TypeError(
            f"optimizer must be an optimizer with its learning rate, such as {example}(lr=0.1); "
            f"got {optimizer!r}."
        )


def fit(
    network,
    X,
    y,
    loss,
    optimizer,
    epochs,
    batch_size,
    validation=None,
    callbacks: Sequence = (),
    rng=None,
    progress=True,
):
    """Train a network by gradient descent on batches.

    Parameters
    ----------
    network : Sequential
        Trained in place. Layers with ``trainable = False`` stay as they are.
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
        one returns True.
    rng : numpy.random.Generator, optional
        Shuffles the samples anew for every epoch; without it they come in order.
    progress : bool
        Whether a bar appears when it takes longer than about a second.

    Returns
    -------
    History
        One entry a completed epoch. Ctrl-C ends the training and returns it too, with
        ``stopped`` set.

    Raises
    ------
    FloatingPointError
        When the loss or a parameter is no longer finite. The network then has the last
        parameters with which they were; the exception carries the `history`.
    TypeError, ValueError
        When X, y, the loss, the optimizer or a number do not fit.

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
    X, y = _check_data(network, X, y, loss)
    if validation is not None:
        validation = _check_data(network, *validation, loss)
    trainer = _Trainer(network, loss, optimizer)
    history = History()
    total = epochs * math.ceil(len(X) / batch_size)
    try:
        with Progress(total, unit="batch", enabled=progress) as bar:
            for epoch in range(1, epochs + 1):
                weighted_sum = 0.0
                for batch in batches(len(X), batch_size, rng):
                    value = trainer.step(X[batch], y[batch], epoch, history)
                    weighted_sum += value * len(batch)
                    bar.update(description=f"epoch {epoch}/{epochs}, loss {value:.3f}")
                trainer.check_parameters(epoch, history)
                history.loss.append(weighted_sum / len(X))
                if validation is not None:
                    value, accuracy = evaluate(network, *validation, loss)
                    history.validation_loss.append(value)
                    if accuracy is not None:
                        history.validation_accuracy.append(accuracy)
                stops = [callback(network, history) for callback in callbacks]
                if any(stops):
                    history.stopped = f"stopped by a callback after epoch {epoch}"
                    break
    except KeyboardInterrupt:
        history.stopped = f"interrupted after {len(history)} of {epochs} epochs"
    return history


class _Trainer:
    """One training step, and the way back when it led to numbers that are not finite."""

    def __init__(self, network, loss, optimizer):
        self.network, self.loss, self.optimizer = network, loss, optimizer
        self.decay_mask = network.decay_mask
        self.frozen = np.flatnonzero(network.frozen_mask)
        self.finite = network.theta.copy()

    def step(self, X, y, epoch, history):
        """Forward, backward and one step of the optimizer; the loss before the step."""
        network = self.network
        # Overflow is not a warning here: it makes the loss infinite, and that is an error.
        with np.errstate(over="ignore", invalid="ignore"):
            value, gradient = self.loss.value_and_gradient(y, network.forward(X, training=True))
            if not math.isfinite(value):
                self.give_up(f"the loss became {value}", epoch, history)
            self.finite[...] = network.theta
            network.backward(gradient)
            network.grad[self.frozen] = 0
            self.optimizer.step(network.theta, network.grad, self.decay_mask)
        network.theta[self.frozen] = self.finite[self.frozen]
        return value

    def check_parameters(self, epoch, history):
        if not np.isfinite(self.network.theta).all():
            self.give_up("a parameter became NaN or infinite", epoch, history)

    def give_up(self, what, epoch, history):
        self.network.theta = self.finite
        error = FloatingPointError(
            f"{what} in epoch {epoch}, with {self.optimizer!r}; training stopped, and the network "
            "has its last finite parameters. Most often the learning rate is too large: try a "
            "tenth. Features of very different size are the next thing to look at."
        )
        error.history = history
        raise error
