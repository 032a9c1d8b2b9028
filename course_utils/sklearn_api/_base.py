"""What both estimators are made of: training, and the fitted attributes.

`estimators` has the two public classes. Each says what its targets are, how it scores, and what
it answers; all else stands here.
"""

import math

import numpy as np
from sklearn.base import BaseEstimator, is_regressor
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from .._sample_weights import sample_weights
from ..history import History
from ..layers import Dense
from ..training import fit
from ._settings import (
    LOSS_OF,
    EpochEnd,
    Notes,
    Shuffles,
    build_network,
    build_optimizer,
    check_settings,
    design_network,
    minimize_lbfgs,
    not_finite,
    warn_of_no_convergence,
)
from ._sparse import loop_input

__all__ = ["NetworkEstimator"]

FLOATS = (np.float64, np.float32)  # other types become the first
NOTED = {  # scikit-learn's names of what training notes
    "t_": "samples",
    "n_iter_": "epochs",
    "loss_": "loss",
    "loss_curve_": "losses",
    "best_loss_": "best_loss",
    "validation_scores_": "scores",
    "best_validation_score_": "best_score",
    "_no_improvement_count": "stalls",
}


class Views(list):
    """Arrays of a network in a list: what is assigned to a place is copied into its array."""

    def __setitem__(self, place, values):
        view = self[place]
        if np.shape(values) != view.shape:
            raise ValueError(
                f"array {place} has shape {view.shape}; got values of shape {np.shape(values)}."
            )
        view[...] = values


class NetworkEstimator(BaseEstimator):
    """What both estimators share: the settings, training, and the fitted attributes."""

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun

    def fit(self, X, y, sample_weight=None):
        """Train a network on samples and targets.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (N, n_features)
            float32 trains in float32, everything else in float64.
        y : array_like, shape (N,) or (N, K)
            Class labels, or a column of 0 and 1 for each of K labels; numbers in a regression.
        sample_weight : array_like, shape (N,), optional
            How much each sample counts, 0 or more; a sample of weight 0 is left out.

        Returns
        -------
        The estimator itself.

        Raises
        ------
        TypeError, ValueError
            When a setting is out of range, X, y and the weights do not fit, or the loss or a
            parameter is no longer finite. With early stopping the last is a warning, as soon as
            there is a best score whose weights can be restored.
        """
        return self._fit(X, y, sample_weight, incremental=False)

    def _fit(self, X, y, sample_weight, incremental, classes=None):
        check_settings(self)
        if incremental and self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True; set early_stopping=False for it."
            )
        known = self.__sklearn_is_fitted__() and (self.warm_start or incremental)
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=FLOATS,
            multi_output=True,
            y_numeric=is_regressor(self),
            reset=not known,
        )
        if y.shape[1:] == (1,):
            y = column_or_1d(y, warn=True)
        Y, output = self._targets(y, known, incremental, classes)
        design = design_network(self, X.shape[1], Y.shape[1], output)
        random_state = check_random_state(self.random_state)
        if not known:
            network = build_network(design, random_state, X.dtype)
        elif design == self._design:
            network = self.network_
        else:
            asked = build_network(design, np.random.RandomState(0), X.dtype)
            raise ValueError(
                f"training goes on with {self.network_}, but the settings and y now ask for "
                f"{asked}. Start anew with warm_start=False, or with clone(estimator)."
            )
        if sample_weight is not None:
            sample_weight = np.asarray(sample_weight)
            if sample_weight.ndim == 0:
                sample_weight = np.full(len(Y), sample_weight)
            if not sample_weight.any():
                raise ValueError("sample_weight is zero everywhere; one must be above zero.")
            sample_weight = sample_weights(network, X, Y, sample_weight, None)
        score = None
        if self.early_stopping and self.solver != "lbfgs":
            X, Y, sample_weight, score = self._set_aside(X, Y, sample_weight, random_state)
        if not known:
            self._begin(network, design, keep_given=incremental or self.warm_start)
        try:
            if self.solver == "lbfgs":
                minimize_lbfgs(self, network, self.history_, self._notes, X, Y, sample_weight)
            else:
                self._descend(X, Y, sample_weight, score, random_state, incremental)
        finally:
            for attribute, noted in NOTED.items():
                setattr(self, attribute, getattr(self._notes, noted))
        return self

    def _begin(self, network, design, keep_given):
        """Set what is noted in training to what it is before."""
        given = vars(self).pop("_given", {})
        self.network_, self.history_ = network, History()
        self._design = design
        self.n_layers_ = len(self.coefs_) + 1
        self.n_outputs_ = network.output_shape(network.input_shape)[0]
        self.out_activation_ = "logistic" if network.output == "sigmoid" else network.output
        self._optimizer, self._notes = None, Notes()
        for name, arrays in given.items() if keep_given else ():
            self._assign(name, arrays)

    def _descend(self, X, Y, weight, score, random_state, incremental):
        """Train batch by batch, for one epoch if incremental; `score` tells when to stop early."""
        if not incremental or self._optimizer is None:
            self._optimizer = build_optimizer(self)
        self._notes.epochs = 0
        network, rows = loop_input(self.network_, X)
        end = EpochEnd(self, self._notes, len(rows), score)
        try:
            fit(
                network,
                rows,
                Y,
                LOSS_OF[network.output],
                self._optimizer,
                epochs=len(self.history_) + (1 if incremental else self.max_iter),
                batch_size=200 if self.batch_size == "auto" else self.batch_size,
                callbacks=[end],
                rng=Shuffles(random_state) if self.shuffle else None,
                progress=False,
                l2=lambda n: self.alpha / n,
                sample_weight=weight,
                history=self.history_,
            )
        except FloatingPointError as error:
            if score is None or end.best == -math.inf:
                raise not_finite(error) from error
            end.note(math.nan, math.nan)
            end.finish(network, self.history_)
            self.history_.stopped = str(error)
            warn_of_no_convergence(f"the best weights so far are restored, for {error}")
        if not incremental and not self.history_.stopped:
            warn_of_no_convergence(
                f"training still made progress after {self._notes.epochs} epochs. A larger "
                "max_iter or learning_rate_init may help, or features of similar size."
            )

    def _set_aside(self, X, Y, weight, random_state):
        """Samples, targets and weights to train on; and a function that scores on the others."""
        train, kept = train_test_split(
            np.arange(len(Y)),
            test_size=self.validation_fraction,
            random_state=random_state,
            stratify=self._strata(Y),
        )
        if len(kept) < 2:
            raise ValueError(
                f"The validation set is too small: validation_fraction={self.validation_fraction} "
                f"of {len(Y)} samples leaves {len(kept)} to validate on, and it takes two at "
                "least; enlarge it."
            )

        if weight is not None and not (weight[train].any() and weight[kept].any()):
            raise ValueError(
                "all samples to train on, or all to validate on, have weight 0: "
                f"validation_fraction={self.validation_fraction} set {len(kept)} of {len(Y)} "
                "aside. Leave samples of weight 0 out, or give another random_state."
            )

        def part(rows):
            return X[rows], Y[rows], None if weight is None else weight[rows]

        validation = part(kept)

        def score():
            try:
                with np.errstate(over="ignore", invalid="ignore"):
                    return float(self._score(*validation))
            except ValueError:  # data and weights are in order: answers are no longer finite
                return math.nan

        return *part(train), score

    def __sklearn_is_fitted__(self):
        return hasattr(self, "network_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _check(self, X):
        check_is_fitted(self)
        return validate_data(self, X, accept_sparse="csr", dtype=FLOATS, reset=False)

    def _answers(self, predict, X):
        """What `predict_logits` or `predict_proba` answers for samples that were checked."""
        return predict(*loop_input(self.network_, X), progress=False)

    # -- the network's own arrays: no copy or unpickling can part them ---------------------------

    @property
    def coefs_(self):
        return self._arrays("W")

    @coefs_.setter
    def coefs_(self, arrays):
        self._assign("W", arrays)

    @property
    def intercepts_(self):
        return self._arrays("b")

    @intercepts_.setter
    def intercepts_(self, arrays):
        self._assign("b", arrays)

    def _arrays(self, name):
        if not self.__sklearn_is_fitted__():
            if name in vars(self).get("_given", {}):
                return self._given[name]
            raise AttributeError(f"this {type(self).__name__} has no weights before fit.")
        return Views(layer.params[name] for layer in self.network_ if isinstance(layer, Dense))

    def _assign(self, name, arrays):
        """Copy into the network; before there is one, keep for it to begin with."""
        if not self.__sklearn_is_fitted__():
            vars(self).setdefault("_given", {})[name] = arrays
            return
        views = self._arrays(name)
        for place, values in zip(range(len(views)), arrays, strict=True):
            views[place] = values
