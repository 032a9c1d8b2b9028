r"""Networks as scikit-learn estimators: `fit`, `predict`, and all that is built on these two.

`NetworkClassifier` and `NetworkRegressor` take the settings of scikit-learn's MLPClassifier and
MLPRegressor and hand them to `Sequential` and `fit`. A pipeline, a grid search or a plot made for
scikit-learn then takes a network of this course.
"""

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import check_array
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target, unique_labels

from ..prediction.inference import predict_logits, predict_proba
from ._base import NetworkEstimator

__all__ = ["NetworkClassifier", "NetworkRegressor"]


def _learns_by_steps(model):
    if model.solver == "lbfgs":
        raise AttributeError(
            "partial_fit needs a solver that learns batch by batch, 'sgd' or 'adam'; got 'lbfgs'."
        )
    return True


class NetworkClassifier(ClassifierMixin, NetworkEstimator):
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
        Whether to print a line after every epoch, and why training slows down or ends.
    warm_start : bool
        Whether another `fit` goes on from the present weights.
    momentum : float
        Of sgd, from 0 to 1.
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
        Weights and biases of the dense layers, views into ``network_``. What is assigned to them,
        or to a place of them, is copied in. Assigned before the first `partial_fit`, or the first
        `fit` with a warm start, it is what training begins with.
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
    sklearn.neural_network.MLPClassifier : The same settings, meanings, defaults and numbers.

    Notes
    -----
    From the same ``random_state`` it draws the first weights, orders and validation samples of
    MLPClassifier and takes its steps, up to rounding. What differs:

    - The validation part has the proportions of y for more than two classes too. A warm start
      that finds nothing better keeps the best weights.
    - A sample of weight 0 takes no place in a batch, and the mean loss of an epoch weighs its
      batches by their weight. Weights below 0 are refused.
    - A batch larger than the data is accepted without a warning. Settings of another network at
      a warm start are refused.
    - A loss that is no longer finite ends training at once. With early stopping the best weights
      are restored, with a warning; otherwise, and where no score was finite, it is an error.
      Ctrl-C ends training, as ``history_.stopped`` tells.

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
        TypeError, ValueError
            As `fit`.
        """
        if not self.__sklearn_is_fitted__():
            if classes is None:
                raise ValueError(
                    "the first call of partial_fit needs classes, all that will ever occur, for "
                    "example classes=np.unique(y) with the y of all samples."
                )
        elif classes is not None and not np.array_equal(unique_labels(classes), self.classes_):
            raise ValueError(
                f"classes must stay those of the first call, {self.classes_}; got {classes}."
            )
        return self._fit(X, y, sample_weight, incremental=True, classes=classes)

    def _targets(self, y, known, incremental, classes):
        """y as columns of yes and no, and the network's head; classes are found unless known."""
        if not known:
            several = classes is None or type_of_target(y).startswith("multilabel")
            self._binarizer = LabelBinarizer().fit(y if several else classes)
            self.classes_ = self._binarizer.classes_
        found = unique_labels(y)
        if known and not incremental and set(found) != set(self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {found}. Start anew with "
                "warm_start=False; or go on by partial_fit, which takes some of the classes."
            )
        unknown = np.setdiff1d(found, self.classes_)
        if unknown.size:
            raise ValueError(
                f"y has classes that training did not begin with: {unknown}; known are "
                f"{self.classes_}."
            )
        head = "softmax" if self._binarizer.y_type_ == "multiclass" else "sigmoid"
        return self._binarizer.transform(y).astype(bool), head

    def _strata(self, Y):
        if self._binarizer.y_type_.startswith("multilabel"):
            return None
        return Y if Y.shape[1] == 1 else self._binarizer.inverse_transform(Y)

    def _score(self, X, Y, weight):
        labels, p = self._binarizer.inverse_transform, self._answers(predict_proba, X)
        return accuracy_score(labels(Y), labels(p), sample_weight=weight)

    def decision_function(self, X):
        """Logits: what the sigmoid or the softmax is taken of.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (N, n_features)

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
        logits = self._answers(predict_logits, self._check(X))
        return logits[:, 0] if self.n_outputs_ == 1 else logits

    def predict_proba(self, X):
        """Probabilities of the classes, as ``classes_`` has them.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (N, n_features)

        Returns
        -------
        ndarray, shape (N, K)
            Rows sum to 1, unless samples may have several labels.

        Raises
        ------
        NotFittedError, ValueError
            As `decision_function`.
        """
        p = self._answers(predict_proba, self._check(X))
        return np.hstack([1 - p, p]) if self.n_outputs_ == 1 else p

    def predict_log_proba(self, X):
        """Logarithms of `predict_proba`, and otherwise the same; minus infinity for 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X):
        """The most probable class of every sample.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (N, n_features)

        Returns
        -------
        ndarray, shape (N,)
            Of the type of ``classes_``; (N, K) of 0 and 1 where samples may have several labels.

        Raises
        ------
        NotFittedError, ValueError
            As `decision_function`.
        """
        p = self._answers(predict_proba, self._check(X))
        return self._binarizer.inverse_transform(p)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class NetworkRegressor(RegressorMixin, NetworkEstimator):
    r"""A network that answers numbers, with the interface of scikit-learn.

    What is made small, over the samples of a batch, is

    L = 1/n sum_i loss_i + alpha / (2n) ||W||^2,

    n the number of samples (the sum of their weights, where they have some) and ||W||^2 the sum
    of all squared weights, biases left out.

    Parameters
    ----------
    loss : {"squared_error", "poisson"}
        The loss of a sample: half the squared length of its error; or, for counts and rates of 0
        or more, `half_poisson_deviance`, where the network learns the logarithm of the mean.
    hidden_layer_sizes, activation, ..., max_fun
        As of `NetworkClassifier`. The score on validation data is R^2.

    Attributes
    ----------
    network_, history_, coefs_, intercepts_, loss_, ..., out_activation_
        As of `NetworkClassifier`; there are no ``classes_``.

    See Also
    --------
    sklearn.neural_network.MLPRegressor : The same settings, meanings, defaults and numbers.

    Notes
    -----
    It stands to MLPRegressor as `NetworkClassifier` to MLPClassifier. For K outputs, scikit-learn
    1.9 divides the squared error by K, but not its gradient; here one is the gradient of the
    other. sgd and adam take the same steps, but may stop at another, and lbfgs goes its own way.
    Counts below 0 are refused.

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

    def _targets(self, y, known, incremental, classes):
        y = check_array(y, ensure_2d=False, input_name="y")  # sparse y is for labels only
        if self.loss == "poisson" and y.min() < 0:
            raise ValueError(
                f"loss='poisson' takes counts or rates, 0 or more; got {y.min():g} in y."
            )
        return y.reshape(len(y), -1), "exp" if self.loss == "poisson" else "identity"

    def _strata(self, Y):
        return None

    def _score(self, X, Y, weight):
        return r2_score(Y, self._answers(predict_proba, X), sample_weight=weight)

    def predict(self, X):
        """The network's answer for every sample.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (N, n_features)

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
        answers = self._answers(predict_proba, self._check(X))
        return answers[:, 0] if self.n_outputs_ == 1 else answers

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
