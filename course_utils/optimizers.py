r"""Optimizers: one step downhill, in place, on a network's two flat vectors.

``optimizer.step(theta, grad, decay_mask=None)`` changes `theta` and nothing else of the
network. What an optimizer remembers from step to step lies in ``optimizer.state``, vectors of
the same size, and in ``optimizer.steps``.
"""

import math
from numbers import Real

import numpy as np

from ._registry import Registry

OPTIMIZERS = Registry("optimizer")


def optimizer(cls):
    """Register a subclass of `Optimizer` under its own name."""
    return OPTIMIZERS.register(cls.__name__, cls)


class Optimizer:
    """The base class: a subclass says in ``_update`` how a step follows from a gradient.

    Parameters
    ----------
    lr : float
        The learning rate, above 0. It may be changed between steps.
    weight_decay : float
        The factor lambda of an L2 penalty lambda/2 ||W||^2; its gradient, lambda W, is added
        to dL/dW.

    Attributes
    ----------
    steps : int
        Steps made so far.
    state : dict of str to ndarray
        What the optimizer remembers, one vector the size of theta each.

    Raises
    ------
    ValueError
        When a setting is out of range.
    """

    remembers: tuple[str, ...] = ()

    def __init__(self, lr, weight_decay=0.0):
        self.lr = lr
        self.weight_decay = _check_range("weight_decay", weight_decay, 0, math.inf)
        self.steps = 0
        self.state = {}

    @property
    def lr(self):
        return self._lr

    @lr.setter
    def lr(self, value):
        if not (isinstance(value, Real) and 0 < value < math.inf):
            raise ValueError(f"the learning rate lr must be a number above 0; got {value!r}.")
        self._lr = float(value)

    def step(self, theta, grad, decay_mask=None):
        """Make one step, in place.

        Parameters
        ----------
        theta : ndarray, shape (size,)
            The parameters; changed.
        grad : ndarray, shape (size,)
            dL/dtheta; not changed.
        decay_mask : ndarray of bool, shape (size,), optional
            Where the penalty acts; everywhere when it is not given.

        Raises
        ------
        ValueError
            When the vectors differ in shape from each other or from the steps before.
        """
        known = next((vector.shape for vector in self.state.values()), theta.shape)
        if not theta.shape == grad.shape == known:
            raise ValueError(
                f"theta has shape {theta.shape}, grad {grad.shape}, the steps before {known}: they "
                "must be equal. An optimizer remembers one network; make a new one for another."
            )
        for name in self.remembers:
            if name not in self.state:
                self.state[name] = np.zeros_like(theta)
        if self.weight_decay:
            penalty = self.weight_decay * theta
            if decay_mask is not None:
                penalty *= decay_mask
            grad = grad + penalty
        self.steps += 1
        self._update(theta, grad)

    def _update(self, theta, grad):
        raise NotImplementedError

    def __repr__(self):
        return f"{type(self).__name__}(lr={self.lr:g})"


def _check_range(name, value, low, high):
    """`value` as a float in [low, high)."""
    if not (isinstance(value, Real) and low <= value < high):
        raise ValueError(f"{name} must be at least {low} and below {high}; got {value!r}.")
    return float(value)


@optimizer
class SGD(Optimizer):
    r"""Gradient descent, theta <- theta - lr grad; stochastic when grad comes from a batch.

    Parameters
    ----------
    lr : float
        Learning rate.
    weight_decay : float
        L2 penalty, see `Optimizer`.

    References
    ----------
    H. Robbins and S. Monro, "A stochastic approximation method", Annals of Mathematical
    Statistics 22 (1951), doi:10.1214/aoms/1177729586

    Examples
    --------
    >>> theta = np.array([1.0])
    >>> SGD(lr=0.1).step(theta, grad=np.array([2.0]))
    >>> print(theta)
    [0.8]
    """

    def _update(self, theta, grad):
        theta -= self.lr * grad


@optimizer
class Momentum(Optimizer):
    r"""Descent with momentum: v <- momentum v - lr grad, theta <- theta + v.

    Parameters
    ----------
    lr : float
        Learning rate.
    momentum : float
        Share of the last step that goes on, from 0 to below 1.
    weight_decay : float
        L2 penalty, see `Optimizer`.

    References
    ----------
    B. Polyak, "Some methods of speeding up the convergence of iteration methods" (1964),
    doi:10.1016/0041-5553(64)90137-5

    Examples
    --------
    >>> theta, step = np.array([1.0]), Momentum(lr=0.1, momentum=0.5).step
    >>> step(theta, grad=np.array([2.0]))
    >>> step(theta, grad=np.array([0.0]))
    >>> print(theta)
    [0.7]
    """

    remembers = ("velocity",)

    def __init__(self, lr, momentum=0.9, weight_decay=0.0):
        super().__init__(lr, weight_decay)
        self.momentum = _check_range("momentum", momentum, 0, 1)

    def _update(self, theta, grad):
        velocity = self.state["velocity"]
        velocity *= self.momentum
        velocity -= self.lr * grad
        theta += velocity


@optimizer
class Adam(Optimizer):
    r"""Adam: steps scaled by running means of the gradient and of its square.

    m <- beta1 m + (1 - beta1) grad and v <- beta2 v + (1 - beta2) grad^2, both corrected for
    their start at 0, m^ = m / (1 - beta1^t) and v^ = v / (1 - beta2^t); then
    theta <- theta - lr m^ / (sqrt(v^) + eps).

    Parameters
    ----------
    lr : float
        Learning rate: about the size of a step, whatever the size of the gradient.
    beta1, beta2 : float
        Decay of the two means, from 0 to below 1.
    eps : float
        Keeps the quotient finite where v is 0.
    weight_decay : float
        L2 penalty, see `Optimizer`.

    References
    ----------
    D. Kingma and J. Ba, "Adam: a method for stochastic optimization" (2015), arXiv:1412.6980

    Examples
    --------
    >>> theta = np.array([1.0, 1.0])
    >>> Adam(lr=0.1).step(theta, grad=np.array([2.0, -0.002]))
    >>> print(theta.round(4))
    [0.9 1.1]
    """

    remembers = ("mean", "square")

    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
        super().__init__(lr, weight_decay)
        self.beta1 = _check_range("beta1", beta1, 0, 1)
        self.beta2 = _check_range("beta2", beta2, 0, 1)
        self.eps = _check_range("eps", eps, 0, math.inf)

    def _update(self, theta, grad):
        mean, square = self.state["mean"], self.state["square"]
        mean *= self.beta1
        mean += (1 - self.beta1) * grad
        square *= self.beta2
        square += (1 - self.beta2) * np.square(grad)
        # Both corrections are numbers, so they are applied to lr and eps, not to the vectors.
        correction = math.sqrt(1 - self.beta2**self.steps)
        scale = np.sqrt(square)
        scale += self.eps * correction
        theta -= self.lr * correction / (1 - self.beta1**self.steps) * mean / scale


__all__ = ["OPTIMIZERS", "Optimizer", "optimizer", *OPTIMIZERS]
