"""scikit-learn's settings in the terms of this package: what stands behind the estimators.

`estimators` is the interface; here its settings are checked and become a network, an optimizer,
and what happens after every epoch.
"""

import math
import warnings
from itertools import pairwise
from numbers import Real

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .._checks import check_above_zero, check_positive_int, check_range
from .._registry import Registry
from ..activations import ACTIVATIONS
from ..callbacks import Callback
from ..layers import Activation, Dense, PReLU
from ..losses import LOSSES
from ..network import Sequential
from ..optimizers import Adam, Momentum, Nesterov
from ..regularization import RReLU
from ._sparse import loop_input

__all__ = [
    "LOSS_OF",
    "EpochEnd",
    "Notes",
    "Shuffles",
    "build_network",
    "build_optimizer",
    "check_settings",
    "design_network",
    "minimize_lbfgs",
    "not_finite",
    "warn_of_no_convergence",
]

CHOICES = {
    "solver": ["sgd", "adam", "lbfgs"],
    "learning_rate": ["constant", "invscaling", "adaptive"],
    "loss": ["squared_error", "poisson"],
}
RANGES = {
    "alpha": (0, math.inf),
    "power_t": (0, math.inf),
    "tol": (0, math.inf),
    "beta_1": (0, 1),
    "beta_2": (0, 1),
    "validation_fraction": (0, 1),
}
ABOVE_ZERO = ("learning_rate_init", "epsilon")
YES_OR_NO = ("shuffle", "warm_start", "nesterovs_momentum", "early_stopping")
# each with the one value that is accepted beside whole numbers
COUNTS = {"max_iter": None, "max_fun": None, "batch_size": "auto", "n_iter_no_change": math.inf}

LOSS_OF = {
    "identity": "half_squared_error",
    "exp": "half_poisson_deviance",
    "softmax": "softmax_cross_entropy",
    "sigmoid": "multilabel_cross_entropy",  # with a single label, yes or no
}


def check_settings(model):
    """Refuse a setting that is out of range, naming it and what is accepted."""
    settings = model.get_params(deep=False)
    for name, choices in {"activation": ["logistic", *ACTIVATIONS], **CHOICES}.items():
        if name in settings:
            accepted = Registry(name)
            for choice in choices:
                accepted.register(choice, choice)
            accepted.resolve(settings[name])
    for name, (low, high) in RANGES.items():
        check_range(settings[name], name, low, high)
    for name in ABOVE_ZERO:
        check_above_zero(settings[name], name)
    for name, other in COUNTS.items():
        if settings[name] != other:
            unless = "" if other is None else f", unless it is {other!r},"
            check_positive_int(settings[name], name + unless)
    for name in YES_OR_NO:
        if not isinstance(settings[name], bool | np.bool):
            raise ValueError(f"{name} must be True or False; got {settings[name]!r}.")
    momentum = settings["momentum"]
    if not (isinstance(momentum, Real) and 0 <= momentum <= 1):
        raise ValueError(f"momentum must lie between 0 and 1; got {momentum!r}.")


def design_network(model, n_features, n_outputs, output):
    """What network the settings ask for: units of all layers, the hidden activation, the head."""
    hidden = model.hidden_layer_sizes
    hidden = [hidden] if np.ndim(hidden) == 0 else hidden
    hidden = [check_positive_int(n, "each of hidden_layer_sizes") for n in hidden]
    name = "sigmoid" if model.activation == "logistic" else model.activation
    return (n_features, *hidden, n_outputs), name, output


def build_network(design, random_state, dtype):
    """The network of that design, with first weights and biases drawn as scikit-learn does.

    Both are uniform between -a and a. With a = sqrt(6 / (n_in + n_out)) signals keep their
    variance (Glorot and Bengio, 2010); before the sigmoid scikit-learn takes a 2 for the 6.
    """
    sizes, name, output = design
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers.append(Dense(n_in, n_out, "zeros", dtype=dtype))
        limit = math.sqrt((2 if name == "sigmoid" else 6) / (n_in + n_out))
        for array in layers[-1].params.values():
            array[...] = random_state.uniform(-limit, limit, array.shape)
        layers.append(_hidden(name, random_state, dtype))
    return Sequential(*layers[:-1], output=output)


def _hidden(name, random_state, dtype):
    """The activation as a layer: two of them learn or draw their slopes."""
    if name == "prelu":
        return PReLU(dtype=dtype)
    if name == "rrelu":
        return RReLU(rng=np.random.default_rng(random_state.randint(2**31 - 1)))
    return Activation(name)


class Shuffles(np.random.Generator):
    """The orders of samples that scikit-learn draws: each epoch shuffles that of the last."""

    def __init__(self, random_state):
        super().__init__(np.random.MT19937(0))  # of which nothing is drawn
        self.random_state, self.order = random_state, None

    def permutation(self, n):
        picked = self.random_state.permutation(n)
        self.order = picked if self.order is None else self.order[picked]
        return self.order


def build_optimizer(model):
    """The optimizer that the settings ask for."""
    lr = model.learning_rate_init
    if model.solver == "adam":
        return AdamEpsilon(lr, model.beta_1, model.beta_2, model.epsilon)
    descent = (Nesterov if model.nesterovs_momentum else Momentum)(lr)
    descent.momentum = model.momentum  # may be 1 here
    return descent


class AdamEpsilon(Adam):
    """Adam with its epsilon beside the root of v before v is corrected, as scikit-learn has it.

    That is the shorter form at the end of section 2 of Kingma and Ba (2015), with its own
    epsilon: theta <- theta - lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon).
    """

    def __init__(self, lr, beta1, beta2, epsilon):
        super().__init__(lr, beta1, beta2)
        self.epsilon = epsilon

    def _update(self, theta, grad):
        self.eps = self.epsilon / math.sqrt(1 - self.beta2 ** (self.steps + 1))
        super()._update(theta, grad)


class Notes:
    """What training notes from epoch to epoch, and from one call of `fit` to the next.

    Attributes
    ----------
    samples, epochs : int
        Samples gone through since the first call, and epochs since the last one.
    loss, losses : float, list of float
        The loss with its penalty, of the last epoch and of all.
    scores : list of float, or None
        Scores on validation data, where there are some.
    best_loss, best_score : float or None
    stalls : int
        Epochs in a row that were no progress.
    """

    def __init__(self):
        self.samples = self.epochs = self.stalls = 0
        self.losses = []
        self.loss = self.scores = self.best_loss = self.best_score = None


class EpochEnd(Callback):
    """What happens after an epoch: notes, another learning rate, and the decision to stop.

    Parameters
    ----------
    model : estimator
        Has the settings.
    notes : Notes
        Is written to.
    n_samples : int
        How many samples an epoch goes through.
    score : callable, optional
        Without arguments; how good the network is on validation data. It is then what must
        improve, instead of the loss, and the best parameters are restored in the end.
    """

    def __init__(self, model, notes, n_samples, score=None):
        self.model, self.notes, self.n_samples, self.score = model, notes, n_samples, score

    def start(self, training):
        notes, self.optimizer = self.notes, training.optimizer
        if self.score and notes.scores is None:
            notes.scores = []
        before = notes.scores if self.score else [-loss for loss in notes.losses]
        self.best = max((q for q in before if not math.isnan(q)), default=-math.inf)
        self.best_theta = training.network.theta.copy()
        return False

    def __call__(self, network, history):
        model, notes = self.model, self.notes
        notes.samples += self.n_samples
        score = self.score() if self.score else None
        self.note(history.loss[-1] + history.penalty[-1], score)
        quality = score if self.score else -notes.loss
        stalls = quality < self.best + model.tol
        notes.stalls = notes.stalls + 1 if stalls else 0
        if quality > self.best:
            self.best, self.best_theta = quality, network.theta.copy()
        if model.solver == "sgd" and model.learning_rate == "invscaling":
            self.optimizer.lr = model.learning_rate_init / (notes.samples + 1) ** model.power_t
        return notes.stalls > model.n_iter_no_change and not self._slows_down()

    def note(self, loss, score):
        """Keep and tell what came of an epoch."""
        notes = self.notes
        notes.epochs += 1
        notes.loss = loss
        notes.losses.append(loss)
        text = f"Iteration {notes.epochs}, loss = {loss:.8f}"
        if self.score:
            notes.scores.append(score)
            text += f", validation score = {score:.6f}"
        self._tell(text)

    def _slows_down(self):
        """Whether it goes on at a fifth of the learning rate, where that is adaptive."""
        model = self.model
        text = f"No improvement of {model.tol:g} in {model.n_iter_no_change} iterations"
        adaptive = model.solver == "sgd" and model.learning_rate == "adaptive"
        if adaptive and self.optimizer.lr > 1e-6:
            self.optimizer.lr /= 5
            self.notes.stalls = 0
            self._tell(f"{text}: the learning rate is {self.optimizer.lr:g} from now on.")
            return True
        self._tell(f"{text}: training ends.")
        return False

    def _tell(self, text):
        if self.model.verbose:
            print(text)

    def finish(self, network, history):
        if self.score:
            self.notes.best_score = self.best
            network.theta = self.best_theta
        else:
            self.notes.best_loss = -self.best


def minimize_lbfgs(model, network, history, notes, X, Y, weight):
    """Fit a network by L-BFGS, on all samples at once.

    It computes in float64 whatever the network's type: the line search compares losses that
    differ by less than float32 can tell.
    """
    from scipy.optimize import minimize

    double = network.astype(np.float64)
    double, X = loop_input(double, X.astype(double.dtype, copy=False))
    mask = double.decay_mask
    loss = LOSSES[LOSS_OF[double.output]]
    factor = model.alpha / (len(Y) if weight is None else weight.sum())

    def objective(theta):
        double.theta = theta
        value, gradient = loss.value_and_gradient(Y, double.forward(X, cache=True), weight)
        double.backward(gradient)
        return value + _penalty(theta, mask, factor), double.grad + factor * mask * theta

    def note(intermediate_result):
        penalty = _penalty(intermediate_result.x, mask, factor)
        history.loss.append(intermediate_result.fun - penalty)
        history.penalty.append(penalty)
        history.learning_rate.append(math.nan)  # a line search has none
        notes.losses.append(intermediate_result.fun)
        if model.verbose:
            print(f"Iteration {len(history)}, loss = {intermediate_result.fun:.8f}")

    with np.errstate(over="ignore", invalid="ignore"):
        result = minimize(
            objective,
            double.theta.copy(),
            jac=True,
            method="L-BFGS-B",
            callback=note,
            options={"maxfun": model.max_fun, "maxiter": model.max_iter, "gtol": model.tol},
        )
    if not math.isfinite(result.fun):
        raise not_finite(
            f"the loss of L-BFGS became {result.fun}. Scale the features, for example by "
            "StandardScaler."
        )
    network.theta = result.x
    notes.epochs, notes.loss, notes.best_loss = result.nit, result.fun, result.fun
    if not result.success:
        warn_of_no_convergence(
            f"L-BFGS ended after {result.nit} iterations without convergence "
            f"({result.message.strip(' :')}). A larger max_iter or max_fun may help, or features "
            "of similar size."
        )


def _penalty(theta, mask, factor):
    return factor / 2 * float(np.square(theta[mask]).sum())


def not_finite(what):
    """The error for a training that led to numbers that are not finite."""
    return ValueError(
        "Solver produced non-finite parameter weights. The input data may contain large values and "
        f"need to be preprocessed. In detail: {what}"
    )


def warn_of_no_convergence(message):
    """Warn as scikit-learn does, at the line that called `fit`."""
    warnings.warn(message, ConvergenceWarning, stacklevel=5)
