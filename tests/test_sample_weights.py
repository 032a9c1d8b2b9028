"""Weights of samples and classes: how much each sample counts in a training."""

import numpy as np
import pytest

from course_utils import SGD, Dense, Sequential, fit
from tests.closeness import assert_close
from tests.fits import A_STEP, LINE, X, Y, classifier, line, run
from tests.messages import says


def test_a_weight_of_two_is_a_sample_twice():
    weighted, repeated = classifier(), classifier()
    weight = np.where(np.arange(40) < 10, 2.0, 1.0)
    once = run(weighted, batch_size=40, sample_weight=weight, epochs=3)
    X2, Y2 = np.concatenate([X, X[:10]]), np.concatenate([Y, Y[:10]])
    twice = run(repeated, X=X2, y=Y2, batch_size=50, epochs=3)
    assert_close(weighted.theta, repeated.theta, terms=3 * A_STEP)
    assert_close(np.float32(once.loss), twice.loss, terms=3 * A_STEP)


def test_a_sample_of_weight_zero_is_left_out():
    some, weighted = classifier(), classifier()
    weight = (np.arange(40) % 3 > 0).astype(float)
    kept = weight > 0
    expected = run(some, X=X[kept], y=Y[kept], epochs=2, rng=np.random.default_rng(1))
    history = run(weighted, sample_weight=weight, epochs=2, rng=np.random.default_rng(1))
    assert_close(weighted.theta, some.theta, terms=2 * 5 * A_STEP)
    assert_close(np.float32(history.loss), expected.loss, terms=2 * 5 * A_STEP)


COUNTS = np.bincount(Y)


@pytest.mark.parametrize(
    ("class_weight", "weight"),
    [
        ({1: 3}, np.where(Y == 1, 3.0, 1.0)),
        ({0: 2.0, 1: 0.5}, np.where(Y == 1, 0.5, 2.0)),
        ([2.0, 0.5], np.where(Y == 1, 0.5, 2.0)),
        ("balanced", 40 / (2 * COUNTS[Y])),
    ],
)
@pytest.mark.parametrize("form", ["classes", "one-hot", "yes/no"])
def test_a_class_weight_is_a_weight_for_each_of_its_samples(class_weight, weight, form):
    output, n_out = ("sigmoid", 1) if form == "yes/no" else ("softmax", 2)
    y = {"classes": Y, "one-hot": np.eye(2)[Y], "yes/no": Y[:, None].astype(float)}[form]
    networks = [classifier(output=output, n_out=n_out) for _ in range(3)]
    options = {"y": y, "loss": f"{output}_cross_entropy"}
    run(networks[0], class_weight=class_weight, **options)
    run(networks[1], sample_weight=weight, **options)
    run(networks[2], **options)
    np.testing.assert_array_equal(networks[0].theta, networks[1].theta)
    assert np.abs(networks[0].theta - networks[2].theta).max() > 1e-3


def test_a_class_of_one_sample_weighs_as_much_as_the_rest():
    one, weighted = classifier(), classifier()
    run(one, X=X[:4], y=[1, 0, 0, 0], class_weight="balanced")
    run(weighted, X=X[:4], y=[1, 0, 0, 0], sample_weight=[2, 2 / 3, 2 / 3, 2 / 3])
    np.testing.assert_array_equal(one.theta, weighted.theta)


def test_a_target_between_yes_and_no_has_no_class():
    network = classifier(output="sigmoid", n_out=1)
    options = {"loss": "sigmoid_cross_entropy", "class_weight": "balanced"}
    with pytest.raises(ValueError, match=r"^y must hold whole class numbers; got 0.5 at position"):
        run(network, y=np.full((40, 1), 0.5), **options)
    with pytest.raises(ValueError, match=r"^y must hold class numbers between 0 and 1; got 2 at"):
        run(network, y=np.full((40, 1), 2.0), **options)


def test_sample_and_class_weights_multiply():
    both, product = classifier(), classifier()
    weight = np.linspace(1, 2, 40)
    run(both, sample_weight=weight, class_weight={1: 3})
    run(product, sample_weight=weight * np.where(Y == 1, 3, 1))
    assert_close(both.theta, product.theta, terms=5 * A_STEP)


def test_a_class_that_never_occurs_does_not_disturb_the_balance():
    three, weighted = classifier(n_out=3), classifier(n_out=3)
    run(three, class_weight="balanced")
    run(weighted, sample_weight=40 / (2 * COUNTS[Y]))
    np.testing.assert_array_equal(three.theta, weighted.theta)


@pytest.mark.parametrize(
    ("network", "y"), [(line(), LINE), (Sequential(Dense(1, 2), output="sigmoid"), LINE > [0, 0.5])]
)
def test_class_weights_need_one_class_a_sample(network, y):
    loss = "mean_squared_error" if network.output == "identity" else "sigmoid_cross_entropy"
    message = says("class_weight", "one class a sample", "sample_weight instead")
    with pytest.raises(ValueError, match=message):
        fit(network, LINE, y, loss, SGD(0.1), 1, 5, class_weight="balanced")
