r"""Learning rates that change while training goes on: ``rate = schedule(step)``.

`step` counts the steps made so far: 0, 1, 2... A schedule remembers nothing, so an optimizer
that is saved and loaded again goes on at the right rate. Any function of that form is a
schedule; those below can be printed, compared and pickled too.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from ._checks import check_above_zero, check_positive_int, check_range
from ._registry import Registry

SCHEDULES = Registry("schedule")


def schedule(cls):
    """Register a class of schedules under its own name."""
    return SCHEDULES.register(cls.__name__, cls)


def _set(frozen, **fields):
    """Put checked values into a frozen dataclass while it is built."""
    for name, value in fields.items():
        object.__setattr__(frozen, name, value)


@schedule
@dataclass(frozen=True)
class Constant:
    """The same rate at every step, lr(t) = lr.

    Parameters
    ----------
    lr : float
        Above 0.

    Raises
    ------
    ValueError
        When lr is out of range.

    Examples
    --------
    >>> rate = Constant(0.1)
    >>> rate(0), rate(1000)
    (0.1, 0.1)
    """

    lr: float

    def __post_init__(self):
        _set(self, lr=check_above_zero(self.lr, "lr"))

    def __call__(self, step):
        return self.lr


@schedule
@dataclass(frozen=True)
class StepDecay:
    """The rate is multiplied by a factor every so many steps.

    lr(t) = lr factor^floor(t / every).

    Parameters
    ----------
    lr : float
        The rate of the first steps, above 0.
    every : int
        Steps from one change to the next, at least 1.
    factor : float
        From 0 to below 1.

    Raises
    ------
    TypeError, ValueError
        When an argument is out of range.

    Examples
    --------
    >>> rate = StepDecay(0.8, every=2)
    >>> [rate(step) for step in range(5)]
    [0.8, 0.8, 0.4, 0.4, 0.2]
    """

    lr: float
    every: int
    factor: float = 0.5

    def __post_init__(self):
        _set(
            self,
            lr=check_above_zero(self.lr, "lr"),
            every=check_positive_int(self.every, "every"),
            factor=check_range(self.factor, "factor", 0, 1),
        )

    def __call__(self, step):
        return self.lr * self.factor ** (step // self.every)


@schedule
@dataclass(frozen=True)
class Cosine:
    r"""Half a cosine from one rate down to another, which then stays.

    lr(t) = final + (lr - final) (1 + cos(pi t / steps)) / 2 for t < steps, then final.

    Parameters
    ----------
    lr : float
        The first rate, above 0.
    steps : int
        Steps until the last rate is reached, at least 1: epochs times batches an epoch.
    final : float
        The last rate, from 0 to below lr.

    Raises
    ------
    TypeError, ValueError
        When an argument is out of range.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017),
    arXiv:1608.03983; here without the restarts

    Examples
    --------
    >>> rate = Cosine(0.2, steps=4)
    >>> [round(rate(step), 4) for step in range(6)]
    [0.2, 0.1707, 0.1, 0.0293, 0.0, 0.0]
    """

    lr: float
    steps: int
    final: float = 0.0

    def __post_init__(self):
        lr = check_above_zero(self.lr, "lr")
        _set(
            self,
            lr=lr,
            steps=check_positive_int(self.steps, "steps"),
            final=check_range(self.final, "final", 0, lr),
        )

    def __call__(self, step):
        share = (1 + math.cos(math.pi * min(step, self.steps) / self.steps)) / 2
        return share * self.lr + (1 - share) * self.final


@schedule
@dataclass(frozen=True)
class Warmup:
    r"""A linear rise to the start of another schedule, which then begins.

    lr(t) = schedule(0) (t + 1) / steps for t < steps, then schedule(t - steps).

    Parameters
    ----------
    schedule : callable or float
        What follows; a number stands for `Constant`.
    steps : int
        Steps of the rise, at least 1.

    Raises
    ------
    TypeError, ValueError
        When an argument is neither a schedule nor in range.

    References
    ----------
    P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour" (2017),
    arXiv:1706.02677

    Examples
    --------
    >>> rate = Warmup(StepDecay(0.8, every=2), steps=4)
    >>> [round(rate(step), 2) for step in range(8)]
    [0.2, 0.4, 0.6, 0.8, 0.8, 0.8, 0.4, 0.4]
    """

    schedule: Callable | float
    steps: int

    def __post_init__(self):
        after = self.schedule
        if isinstance(after, type) or not callable(after):
            after = Constant(check_above_zero(after, "what follows, unless it is a schedule,"))
        _set(self, schedule=after, steps=check_positive_int(self.steps, "steps"))

    def __call__(self, step):
        if step < self.steps:
            return self.schedule(0) * (step + 1) / self.steps
        return self.schedule(step - self.steps)


__all__ = ["SCHEDULES", "schedule", *SCHEDULES]
