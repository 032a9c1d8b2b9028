"""Optimizers: one step downhill, in place, on a network's two flat vectors.

``optimizer.step(theta, grad, decay_mask=None)`` changes `theta` and nothing else of the
network. What an optimizer remembers from step to step lies in ``optimizer.state``, vectors of
the same size, and in ``optimizer.steps``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._checks import check_above_zero, check_range
from ._registry import Registry

OPTIMIZERS = Registry("optimizer")
FORGET_EVERY = 64  # steps


def optimizer(cls):
    """Register a subclass of `Optimizer` under its own name."""
    return OPTIMIZERS.register(cls.__name__, cls)


def clip_gradient(grad, max_norm):
    """Shorten a gradient, in place, to a Euclidean norm of at most max_norm.

    grad <- grad max_norm / ||grad|| where ||grad|| > max_norm; its direction stays.

    Parameters
    ----------
    grad : ndarray
        Changed, unless its norm is NaN or infinite.
    max_norm : float
        Above 0.

    Returns
    -------
    float
        The norm before.

    Raises
    ------
    ValueError
        When max_norm is not a number above 0.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
    networks" (2013), arXiv:1211.5063

    Examples
    --------
    >>> grad = np.array([3.0, 4.0])
    >>> clip_gradient(grad, max_norm=1)
    5.0
    >>> print(grad)
    [0.6 0.8]
    """
    max_norm = check_above_zero(max_norm, "max_norm")
    largest = float(np.abs(grad).max(initial=0))
    if not 0 < largest < math.inf:
        return largest
    direction = grad / largest  # at most 1, so that the sum of squares can't overflow
    length = float(np.linalg.norm(direction))
    norm = largest * length
    if max_norm < norm < math.inf:
        np.multiply(direction, max_norm / length, out=grad)
    return norm


class Optimizer:
    """The base class: a subclass says in ``_update`` how a step follows from a gradient.

    Parameters
    ----------
    lr : float or callable
        The learning rate, above 0, or a schedule: ``lr(t)`` is then the rate after t steps, 0
        or more (see `SCHEDULES`).

    Attributes
    ----------
    lr : float
        The rate of the coming step. Another rate or schedule may be assigned between steps.
    steps : int
        Steps made so far.
    state : dict of str to ndarray
        What the optimizer remembers, one vector the size of theta each.
    remembers : tuple of str
        The names in `state`, from the first step on.
    never_negative : tuple of str
        Those of them that are sums of squares; a file that says otherwise is refused.

    Raises
    ------
    ValueError
        When a setting is out of range.

    Examples
    --------
    >>> from course_utils import StepDecay
    >>> descent = SGD(StepDecay(0.2, every=1))
    >>> descent.step(np.ones(3), grad=np.ones(3))
    >>> descent.lr
    0.1
    """

    remembers: tuple[str, ...] = ()
    never_negative: tuple[str, ...] = ()

    def __init__(self, lr: float | Callable[[int], float]) -> None:
        self.lr = lr
        self.steps = 0
        self.state: dict[str, np.ndarray] = {}

    @property
    def lr(self) -> float:
        if not callable(self._lr):
            return self._lr
        name = f"the rate that the schedule answers for step {self.steps}"
        return check_range(self._lr(self.steps), name, 0, math.inf)

    @lr.setter
    def lr(self, value: float | Callable[[int], float]) -> None:
        if isinstance(value, type) or not callable(value):
            value = check_above_zero(value, "the learning rate lr, unless it is a schedule,")
        self._lr = value

    def step(
        self, theta: np.ndarray, grad: np.ndarray, decay_mask: np.ndarray | None = None
    ) -> None:
        """Make one step, in place.

        Parameters
        ----------
        theta : ndarray, shape (size,)
            The parameters; changed.
        grad : ndarray, shape (size,)
            dL/dtheta; not changed.
        decay_mask : ndarray of bool, shape (size,), optional
            Where weights decay, everywhere when it is not given; only `AdamW` lets them.

        Raises
        ------
        ValueError
            When the vectors differ in shape from each other or from the steps before, or a
            schedule answers no rate. Nothing has been changed then.
        """
        known = next((vector.shape for vector in self.state.values()), theta.shape)
        if not theta.shape == grad.shape == known:
            raise ValueError(
                f"theta has shape {theta.shape}, grad {grad.shape}, the steps before {known}: they "
                "must be equal. An optimizer remembers one network; make a new one for another."
            )
        _ = self.lr  # a schedule that answers no rate is refused before anything is changed
        for name in self.remembers:
            if name not in self.state:
                self.state[name] = np.zeros_like(theta)
        self._update(theta, grad)
        self.steps += 1
        if self.steps % FORGET_EVERY == 0:
            self._forget_traces()

    def _forget_traces(self):
        """Set to 0 what has decayed to almost nothing, where the gradient was 0 for long.

        Below the smallest normal number, 1e-38 in float32, processors compute many times slower,
        and rounding keeps such a number from ever reaching 0.
        """
        for vector in self.state.values():
            vector *= np.abs(vector) >= 1000 * np.finfo(vector.dtype).smallest_normal

    def _update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """How it was built: a dict of its settings by name, `lr` a rate or the schedule.

        Examples
        --------
        >>> Momentum(0.1).settings()
        {'lr': 0.1, 'momentum': 0.9}
        """
        remembered = ("steps", "state")
        return {k.lstrip("_"): value for k, value in vars(self).items() if k not in remembered}

    def __repr__(self):
        if callable(self._lr):
            return f"{type(self).__name__}(lr={getattr(self._lr, '__name__', self._lr)})"
        return f"{type(self).__name__}(lr={self._lr:g})"


@optimizer
class SGD(Optimizer):
    r"""Gradient descent, theta <- theta - lr grad; stochastic when grad comes from a batch.

    Parameters
    ----------
    lr : float or callable
        Learning rate, or a schedule.

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
    lr : float or callable
        Learning rate, or a schedule.
    momentum : float
        Share of the last step that goes on, from 0 to below 1.

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

    def __init__(self, lr, momentum=0.9):
        super().__init__(lr)
        self.momentum = check_range(momentum, "momentum", 0, 1)

    def _update(self, theta, grad):
        velocity = self.state["velocity"]
        velocity *= self.momentum
        velocity -= self.lr * grad
        theta += velocity


@optimizer
class Nesterov(Momentum):
    r"""Momentum whose gradient is meant for the point to which the velocity is about to lead.

    v <- momentum v - lr grad, theta <- theta + momentum v - lr grad.

    So `theta` stands ahead of the iterates x by the coming momentum step, theta = x + momentum v,
    and a gradient at theta is one at the point looked ahead to.

    Parameters
    ----------
    lr : float or callable
        Learning rate, or a schedule.
    momentum : float
        Share of the last step that goes on, from 0 to below 1.

    References
    ----------
    I. Sutskever et al., "On the importance of initialization and momentum in deep learning",
    ICML (2013), https://proceedings.mlr.press/v28/sutskever13.html

    Examples
    --------
    >>> theta, step = np.array([1.0]), Nesterov(lr=0.1, momentum=0.5).step
    >>> step(theta, grad=np.array([2.0]))
    >>> step(theta, grad=np.array([0.0]))
    >>> print(theta)
    [0.65]
    """

    def _update(self, theta, grad):
        velocity = self.state["velocity"]
        descent = self.lr * grad
        velocity *= self.momentum
        velocity -= descent
        theta += self.momentum * velocity
        theta -= descent


@optimizer
class AdaGrad(Optimizer):
    r"""Steps scaled, element by element, by all gradients so far.

    h <- h + grad^2, theta <- theta - lr grad / (sqrt(h) + eps). Steps only become shorter, and
    most where gradients were large.

    Parameters
    ----------
    lr : float or callable
        Learning rate, or a schedule: the size of the first step.
    eps : float
        Keeps the quotient finite where h is 0.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods for online learning and
    stochastic optimization", Journal of Machine Learning Research 12 (2011),
    https://jmlr.org/papers/v12/duchi11a.html

    Examples
    --------
    >>> theta, step = np.array([1.0, 1.0]), AdaGrad(lr=0.1).step
    >>> step(theta, grad=np.array([3.0, -0.003]))
    >>> print(theta.round(4))
    [0.9 1.1]
    >>> step(theta, grad=np.array([4.0, 0.0]))
    >>> print(theta.round(4))
    [0.82 1.1 ]
    """

    remembers = never_negative = ("sum_of_squares",)

    def __init__(self, lr=0.01, eps=1e-10):
        super().__init__(lr)
        self.eps = check_range(eps, "eps", 0, math.inf)

    def _update(self, theta, grad):
        total = self.state["sum_of_squares"]
        total += np.square(grad)
        theta -= self.lr * grad / (np.sqrt(total) + self.eps)


@optimizer
class RMSprop(Optimizer):
    r"""Steps scaled, element by element, by the root of a running mean of squared gradients.

    h <- rho h + (1 - rho) grad^2, theta <- theta - lr grad / (sqrt(h) + eps). Unlike AdaGrad's
    sum, the mean forgets. It starts at 0 uncorrected, so the first steps are long:
    lr / sqrt(1 - rho).

    Parameters
    ----------
    lr : float or callable
        Learning rate, or a schedule.
    rho : float
        Decay of the mean, from 0 to below 1.
    eps : float
        Keeps the quotient finite where h is 0.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5: rmsprop", COURSERA: Neural Networks for Machine
    Learning (2012), https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf

    Examples
    --------
    >>> theta = np.array([1.0, 1.0])
    >>> RMSprop(lr=0.01).step(theta, grad=np.array([2.0, -0.002]))
    >>> print(theta.round(4))
    [0.9 1.1]
    """

    remembers = never_negative = ("square",)

    def __init__(self, lr=0.01, rho=0.99, eps=1e-8):
        super().__init__(lr)
        self.rho = check_range(rho, "rho", 0, 1)
        self.eps = check_range(eps, "eps", 0, math.inf)

    def _update(self, theta, grad):
        square = self.state["square"]
        square *= self.rho
        square += (1 - self.rho) * np.square(grad)
        theta -= self.lr * grad / (np.sqrt(square) + self.eps)


@optimizer
class Adam(Optimizer):
    r"""Adam: steps scaled by running means of the gradient and of its square.

    Step t = 1, 2, ... Both means start at 0 and so are too small at first, by the factor
    1 - beta**t, by which they are divided::

        def step(theta, grad, m, v, t, lr, beta1, beta2, eps):
            m[:] = beta1 * m + (1 - beta1) * grad
            v[:] = beta2 * v + (1 - beta2) * grad**2
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            theta -= lr * m_hat / (np.sqrt(v_hat) + eps)

    A network's vectors are long, and a step costs as much as its passes over them. So this class
    multiplies numbers, not vectors, where it can: it keeps m / (1 - beta1) and v / (1 - beta2),
    which need no factor for the gradient, and puts all factors and corrections into lr and eps.

    Parameters
    ----------
    lr : float or callable
        Learning rate, or a schedule: about the size of a step, whatever that of the gradient.
    beta1, beta2 : float
        Decay of the two means, from 0 to below 1.
    eps : float
        Keeps the quotient finite where v is 0.

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

    remembers = ("sum_of_gradients", "sum_of_squares")
    never_negative = ("sum_of_squares",)

    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(lr)
        self.beta1 = check_range(beta1, "beta1", 0, 1)
        self.beta2 = check_range(beta2, "beta2", 0, 1)
        self.eps = check_range(eps, "eps", 0, math.inf)

    def _update(self, theta, grad):
        gradients, squares = self.state["sum_of_gradients"], self.state["sum_of_squares"]
        t = self.steps + 1
        to_m = (1 - self.beta1) / (1 - self.beta1**t)  # m_hat = to_m * gradients
        to_root = math.sqrt((1 - self.beta2) / (1 - self.beta2**t))
        # sqrt(v_hat) = to_root * sqrt(squares), so that to_root is taken out of the quotient:
        # m_hat / (sqrt(v_hat) + eps) = to_m / to_root * gradients / (sqrt(squares) + eps / to_root)
        gradients *= self.beta1
        gradients += grad
        squares *= self.beta2
        work = np.square(grad)  # one vector for all that follows
        squares += work
        np.sqrt(squares, out=work)
        work += self.eps / to_root
        np.divide(gradients, work, out=work)
        work *= self.lr * to_m / to_root
        theta -= work


@optimizer
class AdamW(Adam):
    r"""Adam with decoupled weight decay: weights shrink by a share that Adam does not rescale.

    theta <- theta - lr weight_decay theta - lr m_hat / (sqrt(v_hat) + eps), the middle term only
    where `decay_mask` is True; m_hat and v_hat as in `Adam`, from the gradient alone. (An L2
    penalty goes through both means instead, and so weighs least where gradients are large.)

    Parameters
    ----------
    lr, beta1, beta2, eps : float
        See `Adam`; `lr` may be a schedule.
    weight_decay : float
        The share of a weight that a step takes away, in units of lr.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization" (2019),
    arXiv:1711.05101

    Examples
    --------
    >>> theta = np.array([1.0, 1.0])
    >>> descent = AdamW(lr=0.1, weight_decay=0.5)
    >>> descent.step(theta, grad=np.zeros(2), decay_mask=np.array([True, False]))
    >>> print(theta)
    [0.95 1.  ]
    """

    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        super().__init__(lr, beta1, beta2, eps)
        self.weight_decay = check_range(weight_decay, "weight_decay", 0, math.inf)

    def step(self, theta, grad, decay_mask=None):
        decay = self.lr * self.weight_decay * theta
        if decay_mask is not None:
            decay *= decay_mask
        super().step(theta, grad)
        theta -= decay


__all__ = ["OPTIMIZERS", "Optimizer", "clip_gradient", "optimizer", *OPTIMIZERS]
