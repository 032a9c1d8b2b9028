"""The estimators: scikit-learn's steps from the same weights, and all its tools work on them."""

import copy
import inspect
import math
import pickle
import re
import tracemalloc
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import mglearn
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.multiclass import unique_labels

from course_utils import (
    ACTIVATIONS,
    Activation,
    NetworkClassifier,
    NetworkRegressor,
    PReLU,
    RReLU,
    _progress,
    predict_proba,
    training,
)
from course_utils.prediction import inference
from course_utils.sklearn_api import _base
from tests.closeness import FUNCTION, assert_close
from tests.messages import says

THEIRS = {NetworkClassifier: MLPClassifier, NetworkRegressor: MLPRegressor}
both = pytest.mark.parametrize("network", THEIRS)

# most trainings here are short on purpose
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(53, 4))  # batches of 20 leave a short one of 13
SCORES = X @ RNG.normal(size=(4, 3)) + 0.3 * RNG.normal(size=(53, 3))
WEIGHT = RNG.uniform(0.5, 2, 53)
TARGETS = {
    "two classes": np.where(SCORES[:, 0] > 0, "yes", "no"),
    "three classes": SCORES.argmax(axis=1) + 5,
    "three labels": (SCORES > 0).astype(int),
    "a number": np.tanh(SCORES[:, 0]),
    "three numbers": np.tanh(SCORES),
}
KINDS = list(TARGETS)
TWO, THREE, LABELS, NUMBER, NUMBERS = (TARGETS[kind] for kind in KINDS)
every_kind = pytest.mark.parametrize("kind", KINDS)


def network_for(kind):
    return NetworkRegressor if "number" in kind else NetworkClassifier


def quick(network=NetworkClassifier, **settings):
    """An estimator that trains in no time, the same every time."""
    small = {"hidden_layer_sizes": [5], "max_iter": 3, "random_state": 0}
    return network(**{**small, **settings})


# -- the interface --------------------------------------------------------------------------


@both
def test_parameters_and_defaults_are_those_of_scikit_learn(network):
    ours, theirs = (inspect.signature(c.__init__) for c in (network, THEIRS[network]))
    assert ours == theirs
    assert network().get_params() == THEIRS[network]().get_params()
    values = {name: object() for name in network().get_params()}
    assert network(**values).get_params() == values


def test_the_tags_tell_of_several_labels_and_numbers():
    assert get_tags(NetworkClassifier()).classifier_tags.multi_label is True
    assert get_tags(NetworkRegressor()).target_tags.multi_output is True
    assert all(get_tags(network()).input_tags.sparse for network in THEIRS)


@both
@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict", "score"])
def test_methods_take_the_arguments_of_scikit_learn(network, method):
    ours, theirs = (inspect.signature(getattr(c(), method)) for c in (network, THEIRS[network]))
    assert ours == theirs


@every_kind
def test_everything_that_scikit_learn_notes_is_noted(kind):
    ours, theirs = (
        quick(c).fit(X, TARGETS[kind]) for c in (network_for(kind), THEIRS[network_for(kind)])
    )
    for name in [name for name in vars(theirs) if re.fullmatch(r"[a-z]\w*_", name)]:
        found, expected = getattr(ours, name), getattr(theirs, name)
        if name in {
            "n_iter_",
            "t_",
            "n_features_in_",
            "n_layers_",
            "n_outputs_",
            "out_activation_",
        }:
            assert found == expected
        elif name in {"coefs_", "intercepts_"}:
            assert [array.shape for array in found] == [array.shape for array in expected]
        else:
            assert np.shape(found) == np.shape(expected)
            assert (found is None) == (expected is None)


def test_a_table_gives_its_names():
    table = pd.DataFrame(X, columns=list("abcd"))
    model = quick().fit(table, TWO)
    assert model.feature_names_in_.tolist() == list("abcd")
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(table.rename(columns={"a": "z"}))


# -- the same steps as scikit-learn ---------------------------------------------------------


def twins(kind, train=lambda model, y: model.fit(X, y), **settings):
    """Our estimator and scikit-learn's, trained alike: from a seed both draw the same numbers."""
    small = {"hidden_layer_sizes": (7, 5), "activation": "tanh", "alpha": 0.3, "max_iter": 30}
    settings = {**small, "random_state": 0, **settings}
    pair = [c(**settings) for c in (network_for(kind), THEIRS[network_for(kind)])]
    for model in pair:
        train(model, TARGETS[kind])
    return pair


# Of an iteration: at most 6 steps, each of sums over at most 53 samples, 4 features, 6 units and 3
# outputs, there and back, with two or three functions and the step itself
AN_ITERATION = 6 * (53 + 2 * (4 + 6 + 3) + 3 * FUNCTION + 20)


def assert_same(ours, theirs, growth=1, curve=True):
    """Weights, answers and losses agree; what is off grows by that factor in an iteration."""
    pairs = [*zip(ours.coefs_, theirs.coefs_, strict=True)]
    pairs += zip(ours.intercepts_, theirs.intercepts_, strict=True)
    pairs.append((ours.predict(X), theirs.predict(X)))
    if hasattr(theirs, "predict_proba"):
        np.testing.assert_array_equal(*pairs.pop())
        pairs.append((ours.predict_proba(X), theirs.predict_proba(X)))
    if curve:
        pairs.append((ours.loss_, theirs.loss_))
    if curve and hasattr(theirs, "loss_curve_"):
        pairs.append((ours.loss_curve_, theirs.loss_curve_))
    iterations = len(ours.loss_curve_)
    for found, expected in pairs:
        assert_close(found, expected, terms=AN_ITERATION * iterations * growth**iterations)
    assert ours.n_iter_ == theirs.n_iter_


SOLVERS = {
    "sgd": {
        "solver": "sgd",
        "learning_rate_init": 0.1,
        "momentum": 0,
        "nesterovs_momentum": False,
    },
    "momentum": {"solver": "sgd", "learning_rate_init": 0.05, "nesterovs_momentum": False},
    "nesterov": {"solver": "sgd", "learning_rate_init": 0.05, "momentum": 0.8},
    "adam": {"solver": "adam", "learning_rate_init": 0.01, "beta_1": 0.8, "beta_2": 0.99},
}


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("batch_size", ["auto", 20])
@pytest.mark.parametrize("solver", SOLVERS)
@every_kind
def test_it_takes_the_steps_of_scikit_learn(kind, solver, batch_size, weight):
    def train(model, y):
        model.fit(X, y, weight)

    ours, theirs = twins(kind, train, batch_size=batch_size, **SOLVERS[solver])
    # the mean over an epoch weighs batches by their weight, where theirs counts samples
    same_mean = weight is None or batch_size == "auto"
    assert_same(ours, theirs, curve=same_mean and kind != "three numbers")
    assert (ours.t_, ours.n_iter_) == (53 * 30, 30)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("kind", KINDS[:4])
def test_it_takes_the_steps_of_scikit_learn_with_lbfgs(kind, weight):
    def train(model, y):
        model.fit(X, y, weight)

    # Theta lies in another order, so sums are rounded otherwise, and every line search makes that
    # larger by a third: 2e-15 after 2 iterations, 3e-14 after 10, 2e-9 after 50.
    ours, theirs = twins(kind, train, solver="lbfgs", max_iter=10)
    assert_same(ours, theirs, growth=4 / 3)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_activations_mean_what_they_mean_there(activation):
    assert_same(*twins("three classes", activation=activation, learning_rate_init=0.01))


@pytest.mark.parametrize("sizes", [(), [6], 6, np.array([3, 4])])
def test_hidden_layer_sizes_mean_what_they_mean_there(sizes):
    ours, theirs = twins("two classes", hidden_layer_sizes=sizes)
    assert_same(ours, theirs)
    assert ours.n_layers_ == theirs.n_layers_


def test_several_numbers_have_the_gradient_of_scikit_learn_and_its_loss_times_their_number():
    ours, theirs = twins("three numbers", solver="sgd", learning_rate_init=0.05)
    history = ours.history_
    told = [loss / 3 + penalty for loss, penalty in zip(history.loss, history.penalty, strict=True)]
    assert_close(told, theirs.loss_curve_, terms=AN_ITERATION * len(told))


@pytest.mark.parametrize("learning_rate", ["constant", "invscaling", "adaptive"])
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("kind", ["two classes", "three labels", "a number"])
def test_it_stops_when_scikit_learn_stops(kind, early_stopping, learning_rate):
    ours, theirs = twins(
        kind,
        solver="sgd",
        learning_rate=learning_rate,
        power_t=0.2,
        learning_rate_init=0.1,
        early_stopping=early_stopping,
        validation_fraction=0.3,
        tol=1e-3,
        n_iter_no_change=3,
        max_iter=300,
    )
    assert 3 < ours.n_iter_ < 300
    assert ours.history_.stopped
    assert_same(ours, theirs)
    terms = AN_ITERATION * ours.n_iter_
    assert_close(ours._optimizer.lr, theirs._optimizer.learning_rate, terms=FUNCTION + 10)
    if early_stopping:
        scores = theirs.validation_scores_  # R^2 is 1 minus a quotient
        size = 1 + np.abs(scores).max()
        assert_close(ours.validation_scores_, scores, terms=terms, size=size)
        assert ours.best_validation_score_ == max(ours.validation_scores_)
        assert ours.best_loss_ is theirs.best_loss_ is None
    else:
        assert_close(ours.best_loss_, theirs.best_loss_, terms=terms)
        assert ours.validation_scores_ is ours.best_validation_score_ is None


@pytest.mark.parametrize("kind", ["two classes", "a number"])
def test_validation_samples_keep_their_weights(kind):
    def train(model, y):
        model.fit(X, y, WEIGHT)

    settings = {"early_stopping": True, "validation_fraction": 0.4, "learning_rate_init": 0.01}
    ours, theirs = twins(kind, train, **settings)
    assert_same(ours, theirs)
    scores, terms = theirs.validation_scores_, AN_ITERATION * ours.n_iter_
    assert_close(ours.validation_scores_, scores, terms=terms, size=1 + np.abs(scores).max())


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_warm_start_goes_on_as_there(early_stopping):
    def train(model, y):
        for _ in range(3):
            model.fit(X, y)
            if isinstance(model, MLPClassifier):
                # it goes on in the very arrays that it remembers as the best, and loses these
                model.coefs_ = copy.deepcopy(model.coefs_)
                model.intercepts_ = copy.deepcopy(model.intercepts_)

    ours, theirs = twins(
        "two classes",
        train,
        warm_start=True,
        early_stopping=early_stopping,
        max_iter=8,
        n_iter_no_change=12,
        learning_rate_init=0.05,
    )
    assert_same(ours, theirs)
    assert len(ours.loss_curve_) == len(ours.history_) == len(theirs.loss_curve_)
    assert ours.t_ == theirs.t_
    if early_stopping:
        assert ours.best_loss_ is theirs.best_loss_ is None
    else:
        assert_close(ours.best_loss_, theirs.best_loss_, terms=AN_ITERATION * len(ours.loss_curve_))
    assert ours.best_validation_score_ == theirs.best_validation_score_


def test_a_warm_start_that_finds_nothing_better_keeps_the_best_weights():
    model = quick(early_stopping=True, warm_start=True).fit(X, TWO)
    best, score = model.network_.theta.copy(), model.best_validation_score_
    model._score = lambda X, Y, weight: -1.0
    model.fit(X, TWO)
    np.testing.assert_array_equal(model.network_.theta, best)
    assert model.best_validation_score_ == score
    assert model.validation_scores_[-3:] == [-1.0] * 3


@pytest.mark.parametrize("solver", SOLVERS)
@every_kind
def test_parts_are_learned_as_there(kind, solver):
    def train(model, y):
        classes = {} if "number" in kind else {"classes": unique_labels(y)}
        model.partial_fit(X[:30], y[:30], **classes)
        for start in (30, 0):
            model.partial_fit(X[start : start + 23], y[start : start + 23])

    ours, theirs = twins(kind, train, batch_size=20, **SOLVERS[solver])
    assert_same(ours, theirs, curve=kind != "three numbers")
    assert (ours.t_, ours.n_iter_, len(ours.loss_curve_)) == (76, 1, 3)


# -- what is ours ---------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_float32_trains_in_float32_and_all_else_in_float64(kind, solver):
    y = TARGETS[kind]
    for dtype, expected in [("f4", "f4"), ("f8", "f8"), ("i4", "f8"), ("f2", "f8")]:
        model = quick(network_for(kind), solver=solver).fit(X.astype(dtype), y)
        assert {array.dtype for array in model.coefs_ + model.intercepts_} == {np.dtype(expected)}
        answer = model.predict(X) if "number" in kind else model.predict_proba(X)
        assert answer.dtype == expected


def test_the_loss_curve_is_loss_plus_penalty():
    model = quick(solver="lbfgs", alpha=2.0, max_iter=20).fit(X, TWO)
    penalty = sum(np.square(W).sum() for W in model.coefs_) * 2.0 / (2 * 53)
    # 25 squares; the loss is a mean of 53 logarithms
    assert_close(model.history_.penalty[-1], penalty, terms=25 + 4)
    p = model.predict_proba(X)[np.arange(53), (TWO == "yes").astype(int)]
    assert_close(model.history_.loss[-1], -np.log(p).mean(), terms=53 + 4 * FUNCTION, size=1)
    assert_close(model.loss_curve_[-1], model.loss_, terms=2)
    assert model.best_loss_ == model.loss_ < model.loss_curve_[0]
    assert len(model.loss_curve_) == model.n_iter_ == 20


@pytest.mark.parametrize("activation", ["logistic", *ACTIVATIONS])
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_every_activation_can_be_hidden(activation, solver):
    settings = {"activation": activation, "solver": solver, "max_iter": 40}
    model = quick(hidden_layer_sizes=[8], learning_rate_init=0.1, **settings).fit(X, TWO)
    assert model.score(X, TWO) > 0.8
    layer = {"logistic": Activation("sigmoid"), "prelu": PReLU(), "rrelu": RReLU()}
    assert repr(model.network_[1]) == repr(layer.get(activation) or Activation(activation))
    assert [W.shape for W in model.coefs_] == [(4, 8), (8, 1)]
    assert [b.shape for b in model.intercepts_] == [(8,), (1,)]


@pytest.mark.parametrize("activation", ["prelu", "rrelu"])
def test_slopes_that_are_learned_or_drawn_follow_seed_and_type(activation):
    settings = {"activation": activation, "max_iter": 2}
    one, other = (quick(**settings).fit(X.astype(np.float32), TWO) for _ in range(2))
    assert one.network_.dtype == np.float32
    assert one.loss_curve_ == other.loss_curve_


def test_three_classes_keep_their_proportions_in_the_validation_part():
    y = np.repeat([0, 1, 2], [60, 30, 10])
    data = np.arange(400.0).reshape(100, 4) / 400
    model = quick(early_stopping=True, validation_fraction=0.2, max_iter=1)
    seen = []
    model._score = lambda X, Y, weight: seen.append(Y.sum(axis=0).tolist()) or 0.0
    model.fit(data, y)
    assert seen == [[12, 6, 2]]


@both
def test_a_seed_decides_everything(network):
    y = NUMBER if network is NetworkRegressor else TWO
    settings = {"batch_size": 10, "early_stopping": True}
    fits = [quick(network, random_state=s, **settings).fit(X, y) for s in (1, 1, 2)]
    fits.append(quick(network, random_state=np.random.RandomState(1), **settings).fit(X, y))
    weights = [model.coefs_[0] for model in fits]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])
    assert fits[0].loss_curve_ == fits[1].loss_curve_ != fits[2].loss_curve_


def test_shuffling_changes_the_order_only():
    plain, shuffled, whole = (
        quick(shuffle=shuffle, batch_size=size).fit(X, TWO)
        for shuffle, size in [(False, 10), (True, 10), (True, 53)]
    )
    assert plain.loss_curve_[0] != shuffled.loss_curve_[0]
    ordered = quick(shuffle=False, batch_size=53).fit(X, TWO)
    assert_close(whole.loss_curve_, ordered.loss_curve_, terms=3 * AN_ITERATION)


def test_auto_is_a_batch_of_200_or_of_all():
    large = np.tile(X, (5, 1))
    one, other = (quick(batch_size=b).fit(large, np.tile(TWO, 5)) for b in ("auto", 200))
    assert one.loss_curve_ == other.loss_curve_
    one, other = (quick(batch_size=b).fit(X, TWO) for b in ("auto", 1000))
    assert one.loss_curve_ == other.loss_curve_


def test_a_sample_of_weight_zero_is_left_out():
    weight = (np.arange(53) % 3 > 0).astype(float)
    settings = {"shuffle": False, "batch_size": 10}
    weighted = quick(**settings).fit(X, THREE, weight)
    left_out = quick(**settings).fit(X[weight > 0], THREE[weight > 0])
    assert_close(weighted.coefs_[0], left_out.coefs_[0], terms=3 * AN_ITERATION)


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({}, [r"Iteration 1, loss = \d\.\d{8}", r"Iteration 2, loss = \d\.\d{8}"]),
        (
            {"early_stopping": True},
            [r"Iteration 1, loss = .*, validation score = \d\.\d{6}", "Iteration 2, .*"],
        ),
        ({"solver": "lbfgs"}, [rf"Iteration {n}, loss = \d\.\d{{8}}" for n in (1, 2)]),
    ],
)
def test_verbose_tells_every_epoch(capsys, settings, lines):
    quick(max_iter=2, verbose=True, **settings).fit(X, TWO)
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 2
    assert all(map(re.fullmatch, lines, told))
    quick(max_iter=2, **settings).fit(X, TWO)
    assert capsys.readouterr().out == ""


def test_no_progress_bar_is_made(monkeypatch):
    asked = []

    class Recorded(_progress.Progress):
        def __init__(self, *arguments, enabled=True, **options):
            asked.append(enabled)
            super().__init__(*arguments, enabled=enabled, **options)

    monkeypatch.setattr(training, "Progress", Recorded)
    monkeypatch.setattr(inference, "Progress", Recorded)
    model = quick(early_stopping=True).fit(X, TWO)
    model.predict(X), model.decision_function(X)
    quick(NetworkRegressor, early_stopping=True).fit(X, NUMBER).predict(X)
    assert len(asked) == (1 + 3 + 2) + (1 + 3 + 1)
    assert not any(asked)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@both
def test_the_end_of_the_iterations_is_a_warning(network, solver):
    y = NUMBER if network is NetworkRegressor else TWO
    with pytest.warns(ConvergenceWarning) as caught:
        quick(network, solver=solver).fit(X, y)
    (warning,) = caught
    said = "ended after 3 iterations" if solver == "lbfgs" else "made progress after 3 epochs"
    assert said in str(warning.message)
    assert "A larger max_iter" in str(warning.message)
    assert Path(warning.filename).name not in {
        "estimators.py",
        "_base.py",
        "_settings.py",
    }  # it is the caller's


@both
def test_lbfgs_asks_for_the_loss_max_fun_times_at_most_and_ends_at_a_gradient_of_tol(network):
    y = NUMBER if network is NetworkRegressor else TWO
    settings = {"solver": "lbfgs", "max_iter": 1000, "alpha": 1.0}
    whole = quick(network, **settings).fit(X, y)
    assert whole.n_iter_ > 10
    with pytest.warns(ConvergenceWarning, match="max_fun"):
        few = quick(network, max_fun=5, **settings).fit(X, y)
    assert few.n_iter_ <= 5  # an iteration asks at least once
    assert 0 < quick(network, tol=0.05, **settings).fit(X, y).n_iter_ < whole.n_iter_


@both
def test_partial_fit_and_convergence_do_not_warn(network):
    y = NUMBER if network is NetworkRegressor else TWO
    classes = {} if network is NetworkRegressor else {"classes": ["no", "yes"]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quick(network, tol=100.0, n_iter_no_change=1, max_iter=4).fit(X, y)
        quick(network, solver="lbfgs", max_iter=1000, alpha=100.0).fit(X, y)
        quick(network).partial_fit(X, y, **classes)


def test_what_is_as_good_as_before_and_need_not_be_better_does_not_stall():
    model = quick(early_stopping=True, tol=0, n_iter_no_change=1, max_iter=20)
    model._score = lambda X, Y, weight: 0.5
    assert model.fit(X, TWO).n_iter_ == 20
    assert model.set_params(tol=1e-9).fit(X, TWO).n_iter_ == 3


def test_ctrl_c_keeps_what_was_learned():
    model, scores = quick(early_stopping=True, max_iter=9), [0.5, 0.25]

    def score(X, Y, weight):
        if not scores:
            raise KeyboardInterrupt
        return scores.pop(0)

    model._score = score
    assert model.fit(X, TWO).history_.stopped == "interrupted after 3 of 9 epochs"
    one = quick(early_stopping=True, max_iter=1).fit(X, TWO)
    np.testing.assert_array_equal(model.coefs_[0], one.coefs_[0])
    assert model.best_validation_score_ == 0.5


def test_infinite_patience_never_ends():
    assert quick(n_iter_no_change=math.inf, tol=100.0, max_iter=20).fit(X, TWO).n_iter_ == 20


# -- answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS[:3])
def test_answers_of_a_classifier_agree(kind):
    model = quick(max_iter=30).fit(X, TARGETS[kind])
    logits, p = model.decision_function(X), model.predict_proba(X)
    np.testing.assert_array_equal(model.predict_log_proba(X), np.log(p))
    if kind == "two classes":
        assert logits.shape == (53,)
        assert_close(p[:, 1], 1 / (1 + np.exp(-logits)), terms=2 * FUNCTION + 4)
        np.testing.assert_array_equal(model.predict(X), np.where(logits > 0, "yes", "no"))
    elif kind == "three classes":
        assert logits.shape == (53, 3)
        np.testing.assert_array_equal(model.predict(X), logits.argmax(axis=1) + 5)
    else:
        assert logits.shape == (53, 3)
        np.testing.assert_array_equal(model.predict(X), (logits > 0).astype(int))
    if kind != "three labels":
        assert_close(p.sum(axis=1), np.ones(53), terms=2 * 3 + 1)


def test_the_logarithm_of_a_probability_that_rounds_to_zero_is_minus_infinity():
    model = quick().fit(X, TWO)
    model.network_.params["b2"] = [1000.0]
    assert (model.predict_log_proba(X)[:, 0] == -np.inf).all()


def test_the_network_is_one_of_the_course():
    model = quick().fit(X, THREE)
    np.testing.assert_array_equal(predict_proba(model.network_, X), model.predict_proba(X))
    model.network_.theta = 0
    assert not any(array.any() for array in model.coefs_ + model.intercepts_)
    assert_close(model.predict_proba(X), np.full((53, 3), 1 / 3), terms=2 * 3 + 1)


def test_a_column_of_numbers_is_taken_as_a_vector():
    with pytest.warns(DataConversionWarning):
        model = quick(NetworkRegressor).fit(X, NUMBER[:, None])
    assert model.predict(X).shape == (53,)
    assert quick(NetworkRegressor).fit(X, NUMBERS).predict(X).shape == (53, 3)


def test_numbers_may_be_objects():
    numbers = quick(NetworkRegressor).fit(X, NUMBER)
    objects = quick(NetworkRegressor).fit(X, NUMBER.astype(object))
    np.testing.assert_array_equal(objects.predict(X), numbers.predict(X))


# -- scikit-learn's tools, and mglearn's ----------------------------------------------------


def test_pipelines_searches_and_cross_validation():
    pipeline = make_pipeline(StandardScaler(), quick(max_iter=100, learning_rate_init=0.05))
    assert cross_val_score(pipeline, 100 * X, TWO, cv=3).mean() > 0.8
    grid = {"networkclassifier__hidden_layer_sizes": [(), (8,)]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(100 * X, TWO)
    assert len(search.cv_results_["mean_test_score"]) == 2
    assert search.best_score_ > 0.8
    scores = cross_val_score(pipeline, X, TWO, cv=3, scoring="roc_auc")
    assert scores.min() > 0.8


@every_kind
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_answers_alike_and_learns_on_its_own(kind, copied):
    network, y = network_for(kind), TARGETS[kind]
    model = quick(network, batch_size=20, warm_start=True, early_stopping=True).fit(X, y)
    twin = copied(model)
    before = [W.copy() for W in model.coefs_]
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    twin.fit(X, y)
    for W, now in zip(before, model.coefs_, strict=True):
        np.testing.assert_array_equal(W, now)
    model.fit(X, y)
    for one, other in zip(model.coefs_, twin.coefs_, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_copy_goes_on_in_parts():
    model = quick().partial_fit(X, TWO, classes=["no", "yes"])
    twin = pickle.loads(pickle.dumps(model))
    for each in (model, twin):
        each.partial_fit(X, TWO)
    np.testing.assert_array_equal(model.coefs_[0], twin.coefs_[0])


@both
def test_a_clone_has_the_settings_only(network):
    y = NUMBER if network is NetworkRegressor else TWO
    model = quick(network, alpha=0.5).fit(X, y)
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    assert not hasattr(twin, "network_")


def test_mglearn_draws_it():
    model = quick(max_iter=50).fit(X[:, :2], TWO == "yes")
    for draw in (mglearn.plots.plot_2d_separator, mglearn.plots.plot_2d_classification):
        _, ax = plt.subplots()
        draw(model, X[:, :2], ax=ax)
        assert ax.collections or ax.images
        plt.close(ax.figure)


# -- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (
            {"activation": "rleu"},
            ValueError,
            "unknown activation 'rleu'; did you mean 'relu'.*logi",
        ),
        ({"solver": "adams"}, ValueError, "mean 'adam'. Choose from: sgd, adam, lbfgs.$"),
        ({"learning_rate": 0.1}, ValueError, "learning_rate 0.1.*: constant, invscaling, adaptive"),
        ({"alpha": -1}, ValueError, "alpha must be at least 0 and below inf; got -1"),
        ({"power_t": -1}, ValueError, "power_t must be"),
        ({"tol": -1}, ValueError, "tol must be"),
        ({"tol": "x"}, ValueError, "tol must be"),
        ({"momentum": 1.1}, ValueError, "momentum must lie between 0 and 1; got 1.1"),
        ({"momentum": "x"}, ValueError, "momentum must lie between 0 and 1; got 'x'"),
        ({"shuffle": "no"}, ValueError, "shuffle must be True or False; got 'no'"),
        ({"warm_start": 1}, ValueError, "warm_start must be True or False; got 1"),
        ({"beta_1": 1.0}, ValueError, "beta_1 must be"),
        ({"beta_2": 1.0}, ValueError, "beta_2 must be"),
        ({"validation_fraction": 1.0}, ValueError, "validation_fraction must be"),
        ({"learning_rate_init": 0}, ValueError, "learning_rate_init must be a number above 0"),
        ({"epsilon": 0}, ValueError, "epsilon must be a number above 0"),
        ({"max_iter": 0}, ValueError, "max_iter must be at least 1; got 0"),
        ({"max_iter": math.inf}, TypeError, "max_iter must be a whole number"),
        ({"max_fun": 0}, ValueError, "max_fun must be at least 1"),
        ({"batch_size": 0}, ValueError, "batch_size, unless it is 'auto', must be at least 1"),
        ({"batch_size": "all"}, TypeError, "batch_size, unless it is 'auto', must be a whole"),
        ({"n_iter_no_change": 0}, ValueError, "n_iter_no_change, unless it is inf, must be"),
        ({"hidden_layer_sizes": [3, 0]}, ValueError, "each of hidden_layer_sizes must be at least"),
        ({"hidden_layer_sizes": [3, 2.5]}, TypeError, "each of hidden_layer_sizes must .* got 2.5"),
        ({"random_state": "x"}, ValueError, "'x' cannot be used to seed"),
    ],
)
@both
def test_settings_out_of_range_are_refused(network, settings, error, message):
    y = NUMBER if network is NetworkRegressor else TWO
    with pytest.raises(error, match=message):
        quick(network, **settings).fit(X, y)


def test_another_loss_is_refused():
    message = says("loss 'gamma'", ": squared_error, poisson.")
    with pytest.raises(ValueError, match=message):
        quick(NetworkRegressor, loss="gamma").fit(X, NUMBER)


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "decision_function", "score"]
)
def test_before_fit_there_is_no_answer(method):
    arguments = (X, TWO) if method == "score" else (X,)
    with pytest.raises(NotFittedError, match="This NetworkClassifier instance is not fitted yet"):
        getattr(NetworkClassifier(), method)(*arguments)
    with pytest.raises(NotFittedError, match="This NetworkRegressor instance is not fitted yet"):
        NetworkRegressor().predict(X)


@both
def test_another_number_of_features_is_refused(network):
    y = NUMBER if network is NetworkRegressor else TWO
    model = quick(network, warm_start=True).fit(X, y)
    message = f"X has 3 features, but {network.__name__} is expecting 4 features"
    for call in (lambda: model.predict(X[:, :3]), lambda: model.fit(X[:, :3], y)):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("y", [THREE + 1, np.minimum(THREE, 6), np.where(THREE > 5, "a", "b")])
def test_a_warm_start_has_the_same_classes(y):
    model = quick(warm_start=True).fit(X, THREE)
    message = says("the same classes", "got [5 6 7]", f"{np.unique(y)}", "warm_start=False")
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert set(model.fit(X, THREE).predict(X)) <= {5, 6, 7}


@pytest.mark.parametrize("warm_start", [False, True])
def test_parts_may_lack_classes_but_bring_no_others(warm_start):
    model = quick(warm_start=warm_start)
    with pytest.raises(ValueError, match="the first call of partial_fit needs classes"):
        model.partial_fit(X, THREE)
    model.partial_fit(X[:2], THREE[:2], classes=[7, 6, 5])
    some = THREE < 7
    model.partial_fit(X[some], THREE[some])
    assert model.predict_proba(X).shape == (53, 3)
    with pytest.raises(ValueError, match=r"classes that training did not begin with: \[8\]; known"):
        model.partial_fit(X, THREE + 1)
    with pytest.raises(ValueError, match=r"must stay those of the first call, \[5 6 7\]; got \[5"):
        model.partial_fit(X, THREE, classes=[5, 6])


def test_the_classes_of_a_later_part_may_stand_in_another_order():
    model = quick().partial_fit(X, TWO, classes=["yes", "no"])
    assert model.partial_fit(X, TWO, classes=["no", "yes"]).classes_.tolist() == ["no", "yes"]
    model.partial_fit(X, TWO, classes=["yes", "no", "yes"])
    assert len(model.history_) == 3


def test_a_first_part_that_failed_leaves_nothing_behind():
    model = quick()
    with pytest.raises(ValueError, match=r"did not begin with: \[5 6 7\]; known are \[1 2\]"):
        model.partial_fit(X, THREE, classes=[1, 2])
    with pytest.raises(ValueError, match="the first call of partial_fit needs classes"):
        model.partial_fit(X, THREE)
    assert model.partial_fit(X, THREE, classes=[5, 6, 7]).classes_.tolist() == [5, 6, 7]


def test_a_warm_start_may_change_the_solver():
    model = quick(warm_start=True).fit(X, TWO).set_params(solver="lbfgs").fit(X, TWO)
    table = model.history_.to_frame()
    assert table["loss"].is_monotonic_decreasing
    assert table["learning_rate"].isna().tolist() == [False] * 3 + [True] * 3


@pytest.mark.parametrize("change", [{"hidden_layer_sizes": [6]}, {"activation": "tanh"}])
def test_a_warm_start_does_not_change_the_network(change):
    model = quick(warm_start=True).fit(X, TWO)
    message = r"goes on with Sequential\(Dense\(4, 5\), .* now ask for Sequential.*clone\("
    with pytest.raises(ValueError, match=message):
        model.set_params(**change).fit(X, TWO)


def test_the_number_of_targets_stays_the_same():
    model = quick(NetworkRegressor, warm_start=True).fit(X, NUMBER)
    with pytest.raises(ValueError, match=r"Dense\(5, 1\).*now ask for.*Dense\(5, 3\)"):
        model.fit(X, NUMBERS)


@both
def test_lbfgs_does_not_learn_in_parts(network):
    assert hasattr(network(), "partial_fit")
    model = network(solver="lbfgs")
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError, match="has no attribute 'partial_fit'") as caught:
        model.partial_fit(X, TWO)
    assert "'sgd' or 'adam'; got 'lbfgs'" in str(caught.value.__cause__)


def test_parts_do_not_stop_early():
    message = says("partial_fit", "early_stopping=True", "early_stopping=False")
    with pytest.raises(ValueError, match=message):
        quick(NetworkRegressor, early_stopping=True).partial_fit(X, NUMBER)


def test_a_validation_part_of_one_sample_is_refused():
    model = quick(NetworkRegressor, early_stopping=True)
    with pytest.raises(ValueError, match=r"too small: validation_fraction=0.1 of 10 .* leaves 1 "):
        model.fit(X[:10], NUMBER[:10])
    with pytest.raises(NotFittedError):
        model.predict(X)
    assert len(model.fit(X[:20], NUMBER[:20]).validation_scores_) == 3


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([0.0] * 53, "sample_weight is zero everywhere"),
        ([-1.0] + [1.0] * 52, "must be 0 or more"),
        ([1.0] * 52, r"sample_weight must have shape \(53,\)"),
    ],
)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_unusable_weights_are_refused(weight, message, solver):
    with pytest.raises(ValueError, match=message):
        quick(solver=solver).fit(X, TWO, weight)


@pytest.mark.parametrize("weighty", [slice(0, 40), slice(40, 53)])
def test_weights_that_leave_a_part_empty_are_refused(monkeypatch, weighty):
    monkeypatch.setattr(_base, "train_test_split", lambda rows, **_: (rows[:40], rows[40:]))
    weight = np.zeros(53)
    weight[weighty] = 1
    with pytest.raises(ValueError, match="all samples to train on, or all to validate on, have"):
        quick(early_stopping=True).fit(X, TWO, weight)


@pytest.mark.filterwarnings("ignore:X is not scaled")
@pytest.mark.parametrize(
    ("settings", "size", "reason"),
    [
        ({"solver": "sgd", "learning_rate_init": 1e200}, 1, "the loss became"),
        ({"solver": "adam"}, 1e308, "the loss became"),
        ({"solver": "lbfgs"}, 1e200, "the loss of L-BFGS became"),
        ({"solver": "adam", "early_stopping": True}, 1e308, "the loss became"),
    ],
)
def test_divergence_is_an_error(settings, size, reason):
    message = says("non-finite", "large values", "preprocessed", reason)
    with pytest.raises(ValueError, match=message):
        quick(NetworkRegressor, **settings).fit(size * np.abs(np.tanh(X)), NUMBER)


def test_early_stopping_keeps_the_best_weights_of_a_training_that_diverged():
    settings = {"solver": "sgd", "learning_rate_init": 5.0, "activation": "identity"}
    model = quick(NetworkRegressor, early_stopping=True, **{**settings, "max_iter": 500})
    with pytest.warns(ConvergenceWarning, match=r"best weights so far are restored, for the loss"):
        model.fit(10 * X, NUMBER)
    assert math.isnan(model.validation_scores_[-1])
    assert math.isnan(model.loss_curve_[-1])
    assert len(model.validation_scores_) == len(model.loss_curve_) == model.n_iter_ < 500
    assert model.best_validation_score_ == np.nanmax(model.validation_scores_)
    assert model.history_.stopped.startswith("the loss became")
    assert np.isfinite(model.predict(X)).all()
    best = model.best_validation_score_
    model.set_params(warm_start=True, learning_rate_init=1e-6, max_iter=2).fit(10 * X, NUMBER)
    assert model.best_validation_score_ >= best


@pytest.mark.parametrize(("y", "named"), [([0, 0, 0, 1], "True"), (list("aaab"), "True")])
def test_a_class_of_one_sample_cannot_be_set_aside(y, named):
    message = rf"only 1 member.*Classes with too few members are: \['{named}'\]"
    with pytest.raises(ValueError, match=message):
        quick(early_stopping=True).fit(X[:4], y)


def test_a_class_of_one_sample_among_several_is_named():
    with pytest.raises(ValueError, match=r"too few members are: \['c'\]"):
        quick(early_stopping=True).fit(X[:7], list("aaabbbc"))


# -- sparse samples -------------------------------------------------------------------------

SPARSE = np.where(X > 0.5, X, 0)
FORMATS = {
    f"{name} {kind}": getattr(scipy.sparse, f"{name}_{kind}")
    for name in ("csr", "csc", "coo")
    for kind in ("array", "matrix")
}


@pytest.mark.parametrize("settings", [*SOLVERS.values(), {"solver": "lbfgs", "max_iter": 10}])
@every_kind
def test_sparse_samples_train_as_dense_ones(kind, settings):
    network, y = network_for(kind), TARGETS[kind]
    models = [
        quick(network, batch_size=20, **settings).fit(samples, y, WEIGHT)
        for samples in (SPARSE, scipy.sparse.csr_array(SPARSE))
    ]
    answers = [
        models[1].predict_proba(samples) if "number" not in kind else models[1].predict(samples)
        for samples in (SPARSE, scipy.sparse.csr_array(SPARSE))
    ]
    pairs = [*zip(*(model.coefs_ + model.intercepts_ for model in models), strict=True), answers]
    for dense, sparse in pairs:
        np.testing.assert_allclose(sparse, dense, rtol=0, atol=1e-12 * np.abs(dense).max())


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_taken(form):
    rows = FORMATS[form](SPARSE)
    model = quick(hidden_layer_sizes=()).fit(rows, TWO)
    other = quick(hidden_layer_sizes=()).fit(SPARSE, TWO)
    np.testing.assert_allclose(model.coefs_[0], other.coefs_[0], rtol=0, atol=1e-14)
    np.testing.assert_array_equal(model.predict(rows), other.predict(SPARSE))
    assert model.score(rows, TWO) == other.score(SPARSE, TWO)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_sparse_samples_keep_their_type(dtype, solver):
    rows = scipy.sparse.csr_array(SPARSE.astype(dtype))
    model = quick(solver=solver).fit(rows, TWO)
    assert {array.dtype for array in model.coefs_} == {np.dtype(dtype)}
    assert model.predict_proba(rows).dtype == dtype


def test_sparse_samples_stop_early_go_on_and_come_in_parts():
    rows, seen = scipy.sparse.csr_array(SPARSE), []
    for samples in (SPARSE, rows):
        model = quick(early_stopping=True, warm_start=True).fit(samples, TWO)
        model.fit(samples, TWO)
        model.set_params(early_stopping=False).partial_fit(samples, TWO)
        seen.append((model.validation_scores_, model.coefs_[0], pickle.loads(pickle.dumps(model))))
    assert seen[0][0] == seen[1][0]
    np.testing.assert_allclose(seen[1][1], seen[0][1], rtol=0, atol=1e-14)
    np.testing.assert_array_equal(seen[1][2].predict(rows), seen[0][2].predict(rows))


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_zeros_are_never_written_out(solver):
    rows = scipy.sparse.random_array((3000, 20_000), density=1e-4, rng=0, format="csr")
    y = np.arange(3000) % 2
    tracemalloc.start()
    try:
        model = quick(solver=solver, hidden_layer_sizes=[2], max_iter=1, batch_size=3000)
        model.fit(rows, y).predict(rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3000 * 20_000 * 8 / 10  # a tenth of the zeros


def test_sparse_samples_are_checked_like_others():
    rows = scipy.sparse.csr_array(SPARSE)
    model = quick().fit(rows, TWO)
    with pytest.raises(ValueError, match="X has 3 features, but NetworkClassifier is expecting 4"):
        model.predict(rows[:, :3])
    rows.data[0] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.predict(rows)


def test_numbers_to_learn_are_not_sparse():
    with pytest.raises(TypeError, match="Sparse data was passed for y, but dense data is required"):
        quick(NetworkRegressor).fit(X, scipy.sparse.csr_array(NUMBERS))


def test_labels_may_be_sparse():
    model = quick().fit(X, scipy.sparse.csr_array(LABELS))
    np.testing.assert_array_equal(model.coefs_[0], quick().fit(X, LABELS).coefs_[0])


# -- counts ---------------------------------------------------------------------------------

COUNTS = RNG.poisson(np.exp(np.tanh(SCORES)))


@pytest.mark.parametrize("y", [COUNTS[:, 0], COUNTS], ids=["one", "three"])
@pytest.mark.parametrize("settings", [*SOLVERS.values(), {"solver": "lbfgs", "max_iter": 10}])
def test_counts_are_learned_as_there(monkeypatch, y, settings):
    monkeypatch.setitem(TARGETS, "a number", y)
    ours, theirs = twins("a number", loss="poisson", **{"max_iter": 30, **settings})
    # a line search multiplies rounding: see lbfgs above
    assert_same(ours, theirs, growth=4 / 3 if settings["solver"] == "lbfgs" else 1)
    assert ours.out_activation_ == theirs.out_activation_ == "exp"
    assert ours.network_.output == "exp"
    np.testing.assert_array_equal(predict_proba(ours.network_, X).ravel(), ours.predict(X).ravel())
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), abs=1e-9)


def test_counts_below_zero_are_refused():
    with pytest.raises(ValueError, match=r"loss='poisson' takes counts .* 0 or more; got -1 in y"):
        quick(NetworkRegressor, loss="poisson").fit(X, COUNTS[:, 0] - 1)


# -- weights from elsewhere -----------------------------------------------------------------


def test_weights_can_be_set():
    one, other = quick(random_state=1).fit(X, THREE), quick(random_state=2).fit(X, THREE)
    other.coefs_ = one.coefs_
    for place, values in enumerate(one.intercepts_):
        other.intercepts_[place] = values
    np.testing.assert_array_equal(other.predict_proba(X), one.predict_proba(X))
    one.coefs_[0][...] = 0
    assert other.coefs_[0].any()
    with pytest.raises(ValueError, match=r"array 1 has shape \(5, 3\); got .* shape \(3, 5\)"):
        other.coefs_[1] = one.coefs_[1].T
    with pytest.raises(ValueError, match="shorter"):
        other.coefs_ = one.coefs_[:1]


@pytest.mark.parametrize(
    ("settings", "train"),
    [
        ({}, lambda model: model.partial_fit(X, THREE, classes=[5, 6, 7])),
        ({"warm_start": True, "max_iter": 1}, lambda model: model.fit(X, THREE)),
    ],
)
def test_weights_that_are_given_before_training_are_its_first(settings, train):
    source = quick(random_state=5).fit(X, THREE)
    model = quick(shuffle=False, **settings)
    model.coefs_, model.intercepts_ = source.coefs_, source.intercepts_
    train(model)
    twin = copy.deepcopy(source).set_params(shuffle=False, warm_start=True, max_iter=1)
    twin.fit(X, THREE)
    np.testing.assert_array_equal(model.coefs_[0], twin.coefs_[0])
    assert not np.array_equal(model.coefs_[0], source.coefs_[0])


def test_a_plain_fit_draws_its_own():
    model = quick()
    assert not hasattr(model, "coefs_")
    model.coefs_, model.intercepts_ = [1], [1]
    np.testing.assert_array_equal(model.fit(X, TWO).coefs_[0], quick().fit(X, TWO).coefs_[0])


# -- what only scikit-learn's own tests tried ------------------------------------------------


def test_adaptive_rates_are_told(capsys):
    settings = {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.5, "max_iter": 3000}
    model = quick(**settings, learning_rate_init=0.001, verbose=True).fit(X, TWO)
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("No ")]
    rates = sorted(set(model.history_.learning_rate), reverse=True)
    assert_close(rates, 0.001 / 5.0 ** np.arange(len(rates)), terms=len(rates))
    assert (
        told[0]
        == "No improvement of 0.5 in 10 iterations: the learning rate is 0.0002 from now on."
    )
    assert told[-1] == "No improvement of 0.5 in 10 iterations: training ends."
    assert rates[-1] <= 1e-6 < rates[-2]
    assert len(told) == len(rates)


def test_one_weight_for_all_is_no_weight():
    np.testing.assert_array_equal(
        quick(batch_size=53, shuffle=False).fit(X, TWO, 1).coefs_[0],
        quick(batch_size=53, shuffle=False).fit(X, TWO, np.ones(53)).coefs_[0],
    )


def test_a_momentum_of_one_is_that_of_scikit_learn():
    assert_same(*twins("two classes", solver="sgd", momentum=1.0, max_iter=20))
