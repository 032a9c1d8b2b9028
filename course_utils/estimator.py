r"""Networks as scikit-learn estimators: `fit`, `predict`, and all that is built on these two.

`NetworkClassifier` and `NetworkRegressor` take the settings of scikit-learn's MLPClassifier and
MLPRegressor and hand them to `Sequential` and `fit`. A pipeline, a grid search or a plot made for
scikit-learn then takes a network of this course.
"""

from functools import partial

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_regressor
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

from ._solvers import (
    LOSS_OF,
    EpochEnd,
    build_network,
    build_optimizer,
    check_settings,
    minimize_lbfgs,
    warn_of_no_convergence,
)
from ._weighting import sample_weights
from .history import History
from .inference import predict_logits, predict_proba
from .layers import Dense
from .training import fit

__all__ = ["NetworkClassifier", "NetworkRegressor"]

FLOATS = (np.float64, np.float32)  # other types become the first


def _learns_by_steps(model):
    if model.solver == "lbfgs":
        raise AttributeError(
            "partial_fit needs a solver that learns batch by batch, 'sgd' or 'adam'; got 'lbfgs'."
        )
    return True


class _NetworkEstimator(BaseEstimator):
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
        X : array_like, shape (N, n_features)
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
        FloatingPointError
            When the loss or a parameter is no longer finite.
        TypeError, ValueError
            When a setting is out of range, or X, y and the weights do not fit.
        """
        return self._fit(X, y, sample_weight, incremental=False)

    def _fit(self, X, y, sample_weight, incremental):
        check_settings(self)
        if incremental and self.early_stopping:
            raise ValueError("partial_fit can't stop early; set early_stopping=False for it.")
        goes_on = self.__sklearn_is_fitted__() and (self.warm_start or incremental)
        X, y = validate_data(
            self,
            X,
            y,
            dtype=FLOATS,
            multi_output=True,
            y_numeric=is_regressor(self),
            reset=not goes_on,
        )
        if y.shape[1:] == (1,):
            y = column_or_1d(y, warn=True)
        Y, output = self._targets(y, goes_on or incremental)
        rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1))
        network = build_network(self, X.shape[1], Y.shape[1], output, rng, X.dtype)
        if sample_weight is not None:
            sample_weight = np.asarray(sample_weight)
            if not sample_weight.any():
                raise ValueError("sample_weight is zero everywhere; one must be above zero.")
            sample_weight = sample_weights(network, X, Y, sample_weight, None)
        score = None
        if self.early_stopping and self.solver != "lbfgs":
            X, Y, sample_weight, score = self._set_aside(X, Y, sample_weight)
        if not goes_on:
            self._begin(network)
        elif repr(network) != repr(self.network_):
            raise ValueError(
                f"training goes on with {self.network_}, but the settings and y now ask for "
                f"{network}. Start anew with warm_start=False, or with clone(estimator)."
            )
        if self.solver == "lbfgs":
            minimize_lbfgs(self, X, Y, sample_weight)
        else:
            self._descend(X, Y, sample_weight, score, rng, incremental)
        return self

    def _begin(self, network):
        """Set what is noted in training to what it is before."""
        self.network_, self.history_ = network, History()
        self.n_layers_ = len(self.coefs_) + 1
        self.n_outputs_ = network.output_shape(network.input_shape)[0]
        self.out_activation_ = "logistic" if network.output == "sigmoid" else network.output
        self.t_ = 0
        self.best_loss_ = self.validation_scores_ = self.best_validation_score_ = None
        self._optimizer, self._stalled_epochs = None, 0

    def _descend(self, X, Y, weight, score, rng, incremental):
        """Train batch by batch, for one epoch if incremental; `score` tells when to stop early."""
        if not incremental or self._optimizer is None:
            self._optimizer = build_optimizer(self)
        self.n_iter_ = 0
        fit(
            self.network_,
            X,
            Y,
            LOSS_OF[self.network_.output],
            self._optimizer,
            epochs=len(self.history_) + (1 if incremental else self.max_iter),
            batch_size=200 if self.batch_size == "auto" else self.batch_size,
            callbacks=[EpochEnd(self, len(X), score)],
            rng=rng if self.shuffle else None,
            progress=False,
            l2=lambda n: self.alpha / n,
            sample_weight=weight,
            history=self.history_,
        )
        if not incremental and not self.history_.stopped:
            warn_of_no_convergence(
                f"training still made progress after {self.n_iter_} epochs. A larger max_iter or "
                "learning_rate_init may help, or features of similar size."
            )

    def _set_aside(self, X, Y, weight):
        """Samples, targets and weights to train on; and a function that scores on the others."""
        train, kept = train_test_split(
            np.arange(len(X)),
            test_size=self.validation_fraction,
            random_state=self.random_state,
            stratify=self._strata(Y),
        )
        if len(kept) < 2:
            raise ValueError(
                f"validation_fraction={self.validation_fraction} of {len(X)} samples leaves "
                f"{len(kept)} to validate on, and it takes two at least; enlarge it."
            )

        def part(rows):
            return X[rows], Y[rows], None if weight is None else weight[rows]

        return *part(train), partial(self._score, *part(kept))

    def __sklearn_is_fitted__(self):
        return hasattr(self, "network_")

    def _check(self, X):
        check_is_fitted(self)
        return validate_data(self, X, dtype=FLOATS, reset=False)

    def _logits(self, X):
        X = self._check(X)
        return predict_logits(self.network_, X, progress=False)

    # -- fitted attributes that follow from others: no copy or unpickling can part them ---------

    @property
    def coefs_(self):
        return [layer.params["W"] for layer in self.network_ if isinstance(layer, Dense)]

    @property
    def intercepts_(self):
        return [layer.params["b"] for layer in self.network_ if isinstance(layer, Dense)]

    @property
    def loss_curve_(self):
        history = self.history_
        return [sum(pair) for pair in zip(history.loss, history.penalty, strict=True)]


class NetworkClassifier(ClassifierMixin, _NetworkEstimator):
    r"""A network that tells classes apart, with the interface of scikit-learn.

    What is made small, over the samples of a batch, is

    L = 1/n sum_i loss_i + alpha / (2n) ||W||^2,

    n the number of samples (the sum of their weights, where they have some) and ||W||^2 the sum
    of all squared weights, biases left out. The loss of a sample is the cross-entropy: of the
    softmax for three classes or more, of the sigmoid for two, summed over labels where a sample
    may have several.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, or int
        Units in each hidden layer; ``()`` leaves a linear model.
    activation : str
        Of the hidden layers: "identity", "logistic", "tanh", "relu", or any other of
        `ACTIVATIONS`.
    solver : {"adam", "sgd", "lbfgs"}
        `Adam`; `Nesterov` or `Momentum`; or a quasi-Newton method on all samples at once, which
        suits small data.
    alpha : float
        Factor of the penalty.
    batch_size : int or "auto"
        Samples in a batch, all if there are fewer; "auto" is 200.
    learning_rate : {"constant", "invscaling", "adaptive"}
        How sgd's rate changes: not at all; after every epoch, to
        learning_rate_init / (t + 1)^power_t, t the samples seen; or to a fifth whenever training
        would stop, until it is 1e-6.
    learning_rate_init : float
        The first rate, of adam and sgd.
    power_t : float
        The exponent of "invscaling".
    max_iter : int
        Epochs at most; iterations of lbfgs.
    shuffle : bool
        Whether adam and sgd see the samples in a new order every epoch.
    random_state : int, RandomState instance or None
        Where weights, order and validation samples come from; an int for a run that can be
        repeated.
    tol : float
        What counts as an improvement: at least this. For lbfgs, the gradient at which it ends.
    verbose : bool
        Whether to print a line after every epoch.
    warm_start : bool
        Whether another `fit` goes on from the present weights.
    momentum : float
        Of sgd, from 0 to below 1.
    nesterovs_momentum : bool
        Whether sgd's momentum is Nesterov's.
    early_stopping : bool
        Whether a part of the data, `validation_fraction`, is set aside, and the score on it must
        improve instead of the loss; the best weights are then restored. The part has classes in
        the proportions of y, unless samples have several labels.
    validation_fraction : float
        The part that is set aside.
    beta_1, beta_2, epsilon : float
        Of adam; epsilon stands beside the square root of the uncorrected mean of squares.
    n_iter_no_change : int or inf
        Epochs in a row without improvement that are tolerated: adam and sgd stop at the next.
    max_fun : int
        Evaluations of the loss at most, of lbfgs.

    Attributes
    ----------
    network_ : Sequential
        The network itself; `predict_proba` and the other functions of the course take it.
    history_ : History
        Loss and penalty of every epoch, over all calls that went on.
    classes_ : ndarray, shape (n_classes,)
    coefs_, intercepts_ : list of ndarray
        Weights and biases of the dense layers, views into ``network_``.
    loss_, best_loss_ : float
        L of the last epoch and of the best (None with early stopping).
    loss_curve_ : list of float
        L of every epoch, a mean over its batches.
    validation_scores_, best_validation_score_ : list of float, float
        Accuracies with early stopping; else None.
    n_iter_ : int
        Epochs, or iterations of lbfgs, of the last call.
    t_ : int
        Samples that adam or sgd has gone through.
    n_layers_, n_outputs_, n_features_in_ : int
        Layers with input and output counted; outputs; features.
    feature_names_in_ : ndarray of str
        Where X was a table with names.
    out_activation_ : {"softmax", "logistic"}

    See Also
    --------
    sklearn.neural_network.MLPClassifier : The same settings, meanings and defaults.

    Notes
    -----
    From the same first weights and with the same batches it takes the steps of MLPClassifier, for
    lbfgs as far as rounding allows. What differs:

    - First weights are `he` before rectifiers and `xavier` elsewhere, biases are 0, and random
      numbers come from another generator.
    - The validation part has the proportions of y for more than two classes too. A warm start
      that finds nothing better keeps the best weights.
    - A sample of weight 0 takes no place in a batch, and the mean loss of an epoch weighs its
      batches by their weight.
    - A batch larger than the data, and a warm start without some of the classes, are accepted. A
      momentum of 1, sparse X, and settings of another network at a warm start are not.
    - A loss that is no longer finite is an error at once. Ctrl-C ends training, as
      ``history_.stopped`` tells, without a warning.

    References
    ----------
    F. Pedregosa et al., "Scikit-learn: machine learning in Python", Journal of Machine Learning
    Research 12 (2011), https://jmlr.org/papers/v12/pedregosa11a.html

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> X, y = make_moons(200, noise=0.1, random_state=0)
    >>> model = NetworkClassifier([20], solver="lbfgs", random_state=0).fit(X, y)
    >>> model.score(X, y)
    1.0
    >>> model.network_
    Sequential(Dense(2, 20), Activation('relu'), Dense(20, 1), output='sigmoid')
    """

    @available_if(_learns_by_steps)
    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """Train for one epoch on these samples, going on from where training stands.

        Parameters
        ----------
        X, y, sample_weight
            See `fit`.
        classes : array_like, shape (n_classes,)
            All classes that will ever occur; needed at the first call.

        Returns
        -------
        The estimator itself.

        Raises
        ------
        ValueError
            When the classes are not given at the first call, or others later.
        FloatingPointError, TypeError, ValueError
            As `fit`.
        """
        if not hasattr(self, "classes_"):
            if classes is None:
                raise ValueError(
                    "the first call of partial_fit needs classes, all that will ever occur, for "
                    "example classes=np.unique(y) with the y of all samples."
                )
            several = type_of_target(y).startswith("multilabel")
            self._set_classes(y if several else classes)
        elif classes is not None and not np.array_equal(unique_labels(classes), self.classes_):
            raise ValueError(
                f"classes must stay those of the first call, {self.classes_}; got {classes}."
            )
        return self._fit(X, y, sample_weight, incremental=True)

    def _set_classes(self, y):
        self._binarizer = LabelBinarizer().fit(y)
        self.classes_ = self._binarizer.classes_

    def _targets(self, y, known):
        """y as columns of 0 and 1, and the network's head; classes are found unless known."""
        if not known:
            self._set_classes(y)
        unknown = np.setdiff1d(unique_labels(y), self.classes_)
        if unknown.size:
            raise ValueError(
                f"y has classes that training did not begin with: {unknown}; known are "
                f"{self.classes_}."
            )
        several = self._binarizer.y_type_ == "multiclass"
        return self._binarizer.transform(y), "softmax" if several else "sigmoid"

    def _strata(self, Y):
        return None if self._binarizer.y_type_.startswith("multilabel") else Y

    def _score(self, X, Y, weight):
        labels = self._binarizer.inverse_transform
        return accuracy_score(labels(Y), labels(self._probabilities(X)), sample_weight=weight)

    def _probabilities(self, X):
        return predict_proba(self.network_, X, progress=False)

    def decision_function(self, X):
        """Logits: what the sigmoid or the softmax is taken of.

        Parameters
        ----------
        X : array_like, shape (N, n_features)

        Returns
        -------
        ndarray
            Shape (N,) for two classes, above 0 for the second; else (N, K), one column a class or
            label.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            When X does not have the features that the network was trained on.
        """
        logits = self._logits(X)
        return logits[:, 0] if self.n_outputs_ == 1 else logits

    def predict_proba(self, X):
        """Probabilities of the classes, as ``classes_`` has them.

        Parameters
        ----------
        X : array_like, shape (N, n_features)

        Returns
        -------
        ndarray, shape (N, K)
            Rows sum to 1, unless samples may have several labels.

        Raises
        ------
        NotFittedError, ValueError
            As `decision_function`.
        """
        p = self._probabilities(self._check(X))
        return np.hstack([1 - p, p]) if self.n_outputs_ == 1 else p

    def predict_log_proba(self, X):
        """Logarithms of `predict_proba`, and otherwise the same; minus infinity for 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X):
        """The most probable class of every sample.

        Parameters
        ----------
        X : array_like, shape (N, n_features)

        Returns
        -------
        ndarray, shape (N,)
            Of the type of ``classes_``; (N, K) of 0 and 1 where samples may have several labels.

        Raises
        ------
        NotFittedError, ValueError
            As `decision_function`.
        """
        p = self._probabilities(self._check(X))
        return self._binarizer.inverse_transform(p)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class NetworkRegressor(RegressorMixin, _NetworkEstimator):
    r"""A network that answers numbers, with the interface of scikit-learn.

    What is made small, over the samples of a batch, is

    L = 1/(2n) sum_i ||y_i - f(x_i)||^2 + alpha / (2n) ||W||^2,

    n the number of samples (the sum of their weights, where they have some) and ||W||^2 the sum
    of all squared weights, biases left out.

    Parameters
    ----------
    loss : {"squared_error"}
        The loss of a sample is half the squared length of its error.
    hidden_layer_sizes, activation, ..., max_fun
        As of `NetworkClassifier`. The score on validation data is R^2.

    Attributes
    ----------
    network_, history_, coefs_, intercepts_, loss_, ..., out_activation_
        As of `NetworkClassifier`; there are no ``classes_``.

    See Also
    --------
    sklearn.neural_network.MLPRegressor : The same settings, meanings and defaults.

    Notes
    -----
    It stands to MLPRegressor as `NetworkClassifier` to MLPClassifier. For K outputs, scikit-learn
    1.9 divides the squared error by K, but not its gradient; here one is the gradient of the
    other. sgd and adam take the same steps, but may stop at another, and lbfgs goes its own way.
    Of the two losses there, "poisson" is not accepted.

    References
    ----------
    F. Pedregosa et al., "Scikit-learn: machine learning in Python", Journal of Machine Learning
    Research 12 (2011), https://jmlr.org/papers/v12/pedregosa11a.html

    Examples
    --------
    >>> X = np.linspace(-3, 3, 50).reshape(-1, 1)
    >>> model = NetworkRegressor(
    ...     hidden_layer_sizes=[20], activation="tanh", solver="lbfgs", random_state=0
    ... )
    >>> model.fit(X, np.sin(X[:, 0])).predict([[0.0], [1.5]]).round(1) + 0
    array([0., 1.])
    """

    def __init__(
        self,
        loss="squared_error",
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
        super().__init__(
            hidden_layer_sizes,
            activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            power_t=power_t,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            n_iter_no_change=n_iter_no_change,
            max_fun=max_fun,
        )
        self.loss = loss

    @available_if(_learns_by_steps)
    def partial_fit(self, X, y, sample_weight=None):
        """Train for one epoch on these samples, going on from where training stands.

        Parameters, result and errors are those of `fit`.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def _targets(self, y, known):
        return y.reshape(len(y), -1), "identity"

    def _strata(self, Y):
        return None

    def _score(self, X, Y, weight):
        return r2_score(Y, predict_logits(self.network_, X, progress=False), sample_weight=weight)

    def predict(self, X):
        """The network's answer for every sample.

        Parameters
        ----------
        X : array_like, shape (N, n_features)

        Returns
        -------
        ndarray, shape (N,), or (N, K) for several outputs

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            When X does not have the features that the network was trained on.
        """
        answers = self._logits(X)
        return answers[:, 0] if self.n_outputs_ == 1 else answers

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
