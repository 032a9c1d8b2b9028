"""Every loss: value, gradient, weights, types, extremes, and what it refuses."""

import math

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import losses
from course_utils.activations import sigmoid, softmax
from course_utils.losses import (
    LOSSES,
    binary_cross_entropy,
    cross_entropy,
    half_poisson_deviance,
    half_squared_error,
    loss,
    mean_squared_error,
    multilabel_cross_entropy,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
)
from tests.closeness import FUNCTION, assert_close
from tests.messages import says

SMALL = settings(max_examples=25, derandomize=True, deadline=None, database=None)
LN2, LN3 = math.log(2), math.log(3)

ON_CLASSES = [name for name in LOSSES if LOSSES[name].takes_classes]
ON_NUMBERS = [name for name in LOSSES if not LOSSES[name].takes_classes]
ON_PROBABILITIES = ["binary_cross_entropy", "cross_entropy"]
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0, 3.0])

every_loss = pytest.mark.parametrize("name", LOSSES)
every_class_loss = pytest.mark.parametrize("name", ON_CLASSES)


def example(kind, seed=0):
    """Targets and predictions for 5 samples. Predictions in (0, 1) suit every loss."""
    rng = np.random.default_rng(seed)
    shape = {"vector": (5,), "column": (5, 1)}.get(kind, (5, 3))
    y_pred = rng.uniform(0.05, 0.95, shape)
    labels = np.array([2, 0, 1, 1, 2])
    y_true = {"indices": labels, "one-hot": np.eye(3)[labels]}.get(kind, rng.uniform(size=shape))
    return y_true, y_pred


# (name, kind): every loss with every form of arguments that it takes. Rows of the kind
# "matrix" do not sum to 1: no loss needs that for its gradient.
CASES = [
    *((name, kind) for name in ON_NUMBERS for kind in ("vector", "column", "matrix")),
    *((name, kind) for name in ON_CLASSES for kind in ("indices", "one-hot", "matrix")),
]
every_case = pytest.mark.parametrize(("name", "kind"), CASES)
weighted_or_not = pytest.mark.parametrize("weight", [None, WEIGHTS], ids=["plain", "weighted"])


# Gradients, over the registry


@every_case
@weighted_or_not
def test_gradient_equals_finite_differences(name, kind, weight):
    f = LOSSES[name]
    y_true, y_pred = example(kind)
    numerical = np.empty_like(y_pred)
    for index in np.ndindex(y_pred.shape):
        step = np.zeros_like(y_pred)
        step[index] = 1e-5
        rise = f(y_true, y_pred + step, weight) - f(y_true, y_pred - step, weight)
        numerical[index] = rise / 2e-5
    gradient = f.gradient(y_true, y_pred, weight)
    # h^2 / 6 of third derivatives up to 2 / 0.05^3 is cut off; their gradients are up to 1 / 0.05
    np.testing.assert_allclose(gradient, numerical, rtol=1e-6, atol=1e-7)


@every_case
@weighted_or_not
def test_value_and_gradient_gives_both(name, kind, weight):
    f = LOSSES[name]
    y_true, y_pred = example(kind)
    value, gradient = f.value_and_gradient(y_true, y_pred, weight)
    assert type(value) is float
    assert value == f(y_true, y_pred, weight)
    np.testing.assert_array_equal(gradient, f.gradient(y_true, y_pred, weight))
    assert gradient.shape == y_pred.shape


@every_case
def test_arguments_are_not_modified(name, kind):
    arguments = (*example(kind), WEIGHTS.copy())
    before = [argument.copy() for argument in arguments]
    LOSSES[name].value_and_gradient(*arguments)
    for argument, copy in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(argument, copy)


@every_case
@weighted_or_not
def test_dtype_of_the_gradient_is_that_of_the_predictions(name, kind, weight):
    f = LOSSES[name]
    y_true, y_pred = example(kind)
    exact_value, exact = f.value_and_gradient(y_true, y_pred, weight)
    value, single = f.value_and_gradient(y_true, y_pred.astype(np.float32), weight)
    assert exact.dtype == np.float64
    assert single.dtype == np.float32
    assert f.gradient(y_true, y_pred.astype(np.float32), weight).dtype == np.float32
    assert type(value) is float
    # The value is a mean of 15 logarithms. The predictions themselves are rounded; 1 / p at
    # p = 0.05 turns that into 20 times as much.
    assert_close(np.float32(value), exact_value, terms=15 + FUNCTION + 4, size=max(1, exact_value))
    assert_close(single, exact, terms=FUNCTION + 4, size=20)


@every_loss
def test_lists_and_whole_numbers_are_computed_in_float64(name):
    f = LOSSES[name]
    y_true, y_pred = ([0, 1], [[0, 1], [1, 0]]) if f.takes_classes else ([0, 1], [1, 0])
    value, gradient = f.value_and_gradient(y_true, y_pred)
    assert gradient.dtype == np.float64
    assert gradient.shape == np.shape(y_pred)
    assert value == f(np.array(y_true), np.array(y_pred, dtype=float))


@SMALL
@given(
    st.sampled_from(ON_NUMBERS),
    npst.array_shapes(min_dims=1, max_dims=2, max_side=5),
    st.sampled_from([np.float32, np.float64]),
    st.integers(0, 9),
)
def test_shape_and_dtype_follow_from_the_predictions(name, shape, dtype, seed):
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.uniform(size=(2, *shape)).astype(dtype)
    value, gradient = LOSSES[name].value_and_gradient(y_true, y_pred)
    assert math.isfinite(value)
    assert (gradient.shape, gradient.dtype) == (shape, dtype)


@SMALL
@given(
    st.sampled_from(ON_CLASSES),
    st.integers(1, 5),
    st.integers(2, 5),
    st.sampled_from([np.float32, np.float64]),
    st.integers(0, 9),
)
def test_class_indices_equal_one_hot_rows(name, n, n_classes, dtype, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(n_classes, size=n)
    p = softmax(rng.normal(size=(n, n_classes))).astype(dtype)
    value, gradient = LOSSES[name].value_and_gradient(labels, p)
    as_rows, gradient_of_rows = LOSSES[name].value_and_gradient(np.eye(n_classes)[labels], p)
    assert value == as_rows
    assert (gradient.shape, gradient.dtype) == ((n, n_classes), dtype)
    np.testing.assert_array_equal(gradient, gradient_of_rows)


# Weights, over the registry


@every_case
def test_whole_weights_equal_repeated_samples(name, kind):
    f = LOSSES[name]
    y_true, y_pred = example(kind)
    counts = np.array([1, 3, 0, 2, 1])
    rows = np.repeat(np.arange(5), counts)
    value = f(y_true[rows], y_pred[rows])
    # 7 rows of 3, of which the softmax makes logarithms and those a sum
    terms = 7 * 3 + 2 * FUNCTION + 4
    assert_close(f(y_true, y_pred, counts), value, terms=terms, size=max(1, value))
    repeated = f.gradient(y_true[rows], y_pred[rows])
    summed = np.zeros_like(y_pred)
    np.add.at(summed, rows, repeated)
    size = max(1, np.abs(summed).max())
    assert_close(f.gradient(y_true, y_pred, counts), summed, terms=FUNCTION + 10, size=size)


@every_case
def test_only_the_ratios_of_weights_matter(name, kind):
    f = LOSSES[name]
    y_true, y_pred = example(kind)
    # 1024 is a power of two: nothing is rounded differently
    assert f(y_true, y_pred, 1024 * WEIGHTS) == f(y_true, y_pred, WEIGHTS)
    value = f(y_true, y_pred)
    assert_close(f(y_true, y_pred, np.full(5, 7)), value, terms=15 + 4, size=max(1, value))


@every_case
def test_weights_may_be_given_by_name(name, kind):
    f = LOSSES[name]
    arguments = example(kind)
    expected, gradient = f.value_and_gradient(*arguments, WEIGHTS)
    assert f(*arguments, sample_weight=list(WEIGHTS)) == expected
    np.testing.assert_array_equal(f.gradient(*arguments, sample_weight=WEIGHTS), gradient)
    assert f.value_and_gradient(*arguments, sample_weight=WEIGHTS)[0] == expected


# Values worked by hand


@pytest.mark.parametrize(
    ("f", "y_true", "y_pred", "weight", "value", "gradient"),
    [
        # errors -1 and 2: (1 + 4) / 2, gradient 2 e / 2
        (mean_squared_error, [2, 0], [1, 2], None, 5 / 2, [-1, 2]),
        # weights 1/4 and 3/4: 1/4 + 12/4, gradient 2 w e
        (mean_squared_error, [2, 0], [1, 2], [1, 3], 13 / 4, [-1 / 2, 3]),
        # a mean over all 4 elements: (1 + 4 + 0 + 9) / 4, gradient 2 e / 4
        (
            mean_squared_error,
            [[2, 0], [1, 1]],
            [[1, 2], [1, 4]],
            None,
            14 / 4,
            [[-1 / 2, 1], [0, 3 / 2]],
        ),
        # squared lengths 5 and 9: 14 / 2 / 2, gradient e / 2
        (
            half_squared_error,
            [[2, 0], [1, 1]],
            [[1, 2], [1, 4]],
            None,
            14 / 4,
            [[-1 / 2, 1], [0, 3 / 2]],
        ),
        # weights 1/4 and 3/4: (1/4 + 12/4) / 2, gradient w e
        (half_squared_error, [2, 0], [1, 2], [1, 3], 13 / 8, [-1 / 4, 3 / 2]),
        # means 1 and 2: (1 - 0) + (2 - 4 + 4 ln 2), halved; gradient (mean - y) / 2
        (half_poisson_deviance, [0, 4], [0, LN2], None, 2 * LN2 - 1 / 2, [1 / 2, -1]),
        # weights 1/4 and 3/4
        (half_poisson_deviance, [0, 4], [0, LN2], [1, 3], 3 * LN2 - 5 / 4, [1 / 4, -3 / 2]),
        # a sum over outputs: 0 where the mean is the count
        (half_poisson_deviance, [[0, 2]], [[0, LN2]], None, 1, [[1, 0]]),
        # -(ln 1/4 + ln 1/2) / 2; gradient (p - y) / (p (1 - p)) / 2
        (
            binary_cross_entropy,
            [1, 0],
            [1 / 4, 1 / 2],
            None,
            3 / 2 * LN2,
            [-2, 1],
        ),
        # weights 1/4 and 3/4: (2 ln 2 + 3 ln 2) / 4
        (binary_cross_entropy, [1, 0], [1 / 4, 1 / 2], [1, 3], 5 / 4 * LN2, [-1, 3 / 2]),
        # a target of 1/2: -(ln 1/4 + ln 3/4) / 2; gradient (-1/4) / (3/16)
        (binary_cross_entropy, [1 / 2], [1 / 4], None, 2 * LN2 - LN3 / 2, [-4 / 3]),
        # two columns: the mean over them
        (binary_cross_entropy, [[1, 0]], [[1 / 4, 1 / 2]], None, 3 / 2 * LN2, [[-2, 1]]),
        # -(ln 1/2 + ln 1/4) / 2; gradient -y / p / 2
        (
            cross_entropy,
            [0, 1],
            [[1 / 2, 1 / 2], [3 / 4, 1 / 4]],
            None,
            3 / 2 * LN2,
            [[-1, 0], [0, -2]],
        ),
        # weights 3/4 and 1/4: (3 ln 2 + 2 ln 2) / 4
        (
            cross_entropy,
            [0, 1],
            [[1 / 2, 1 / 2], [3 / 4, 1 / 4]],
            [3, 1],
            5 / 4 * LN2,
            [[-3 / 2, 0], [0, -1]],
        ),
        # a soft target: -(ln 1/2)/2 - (ln 1/2)/2
        (cross_entropy, [[1 / 2, 1 / 2]], [[1 / 2, 1 / 2]], None, LN2, [[-1, -1]]),
        # softmax(0, ln 3) = (1/4, 3/4); softmax(0, 0) = (1/2, 1/2); gradient (p - y) / 2
        (
            softmax_cross_entropy,
            [0, 1],
            [[0, LN3], [0, 0]],
            None,
            3 / 2 * LN2,
            [[-3 / 8, 3 / 8], [1 / 4, -1 / 4]],
        ),
        # weights 1/4 and 3/4: (2 ln 2 + 3 ln 2) / 4
        (
            softmax_cross_entropy,
            [0, 1],
            [[0, LN3], [0, 0]],
            [1, 3],
            5 / 4 * LN2,
            [[-3 / 16, 3 / 16], [3 / 8, -3 / 8]],
        ),
        # targets that sum to 2 count double: 2 ln 2, gradient 2 p - y
        (softmax_cross_entropy, [[2, 0]], [[0, 0]], None, 2 * LN2, [[-1, 1]]),
        # sigmoid(ln 3) = 3/4: -(ln 3/4 + ln 1/2) / 2; gradient (p - y) / 2
        (
            sigmoid_cross_entropy,
            [1, 0],
            [LN3, 0],
            None,
            (3 * LN2 - LN3) / 2,
            [-1 / 8, 1 / 4],
        ),
        # the same with weights 1/4 and 3/4
        (
            sigmoid_cross_entropy,
            [1, 0],
            [LN3, 0],
            [1, 3],
            (5 * LN2 - LN3) / 4,
            [-1 / 16, 3 / 8],
        ),
        # -ln 1/4 for a logit of -ln 3
        (sigmoid_cross_entropy, [[1, 0]], [[-LN3, 0]], None, 3 / 2 * LN2, [[-3 / 8, 1 / 4]]),
        # the same, summed over the labels: -ln 1/4 - ln 1/2
        (multilabel_cross_entropy, [[1, 0]], [[-LN3, 0]], None, 3 * LN2, [[-3 / 4, 1 / 2]]),
        # two samples of one label, weights 1/4 and 3/4
        (
            multilabel_cross_entropy,
            [1, 0],
            [LN3, 0],
            [1, 3],
            (5 * LN2 - LN3) / 4,
            [-1 / 16, 3 / 8],
        ),
    ],
)
def test_value_and_gradient_by_hand(f, y_true, y_pred, weight, value, gradient):
    found, slope = f.value_and_gradient(y_true, y_pred, weight)
    # a few terms of logarithms
    terms = 2 * FUNCTION + 4
    assert_close(found, value, terms=terms, size=max(1, value))
    assert_close(slope, gradient, terms=terms, size=max(1, np.abs(gradient).max()))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("f", "y_true", "y_pred", "value", "gradient"),
    [
        (mean_squared_error, [1000], [-1000], 4e6, [-4000]),
        (half_squared_error, [1000], [-1000], 2e6, [-2000]),
        (half_poisson_deviance, [0], [-1000], 0, [0]),
        (half_poisson_deviance, [1], [-1000], 999, [-1]),
        (softmax_cross_entropy, [0], [[1000, -1000]], 0, [[0, 0]]),
        (softmax_cross_entropy, [1], [[1000, -1000]], 2000, [[1, -1]]),
        (softmax_cross_entropy, [0], [[1000, 1000]], LN2, [[-1 / 2, 1 / 2]]),
        (softmax_cross_entropy, [0], [[-1000, -1000]], LN2, [[-1 / 2, 1 / 2]]),
        (sigmoid_cross_entropy, [1], [1000], 0, [0]),
        (sigmoid_cross_entropy, [0], [1000], 1000, [1]),
        (sigmoid_cross_entropy, [1], [-1000], 1000, [-1]),
        (sigmoid_cross_entropy, [0], [-1000], 0, [0]),
        (sigmoid_cross_entropy, [1 / 2], [1000], 500, [1 / 2]),
        (multilabel_cross_entropy, [[1, 0]], [[1000, 1000]], 1000, [[0, 1]]),
    ],
)
def test_extreme_logits_give_the_limits(f, y_true, y_pred, value, gradient, dtype):
    found, slope = f.value_and_gradient(y_true, np.array(y_pred, dtype))
    terms = 2 * FUNCTION + 4
    assert_close(dtype(found), value, terms=terms, size=max(1, value))
    assert math.copysign(1, found) == 1  # never -0.0
    assert_close(slope, gradient, terms=terms, size=max(1, np.abs(gradient).max()))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("f", "y_true", "y_pred", "value", "gradient"),
    [
        # 0 becomes eps and 1 becomes 1 - eps; each with e standing for eps
        (binary_cross_entropy, [1], [0], lambda e: -math.log(e), lambda e: [-1 / e]),
        (binary_cross_entropy, [0], [1], lambda e: -math.log(e), lambda e: [1 / e]),
        (binary_cross_entropy, [1], [1], lambda e: e, lambda e: [-1]),
        (binary_cross_entropy, [0], [0], lambda e: e, lambda e: [1]),
        (cross_entropy, [1], [[1, 0]], lambda e: -math.log(e), lambda e: [[0, -1 / e]]),
        (cross_entropy, [0], [[1, 0]], lambda e: e, lambda e: [[-1, 0]]),
    ],
)
def test_probabilities_of_0_and_1_are_moved_by_one_epsilon(
    f, y_true, y_pred, value, gradient, dtype
):
    eps = float(np.finfo(dtype).eps)
    found, slope = f.value_and_gradient(y_true, np.array(y_pred, dtype))
    assert slope.dtype == dtype
    # without a sum, however small: the logarithm of 1 - eps is good to some eps of eps
    assert_close(dtype(found), value(eps), terms=FUNCTION + 2)
    assert_close(slope, gradient(eps), terms=6, size=np.abs(gradient(eps)))


# Parity with scikit-learn and with each other


@weighted_or_not
@pytest.mark.parametrize("kind", ["vector", "column", "matrix"])
def test_mean_squared_error_equals_scikit_learn(kind, weight):
    y_true, y_pred = example(kind)
    theirs = sklearn.metrics.mean_squared_error(y_true, y_pred, sample_weight=weight)
    found = mean_squared_error(y_true, y_pred, weight)
    assert_close(found, theirs, terms=y_pred.size + 4)  # of squares: nothing is subtracted


@weighted_or_not
@pytest.mark.parametrize(
    ("summed", "mean", "factor"),
    [
        (half_squared_error, mean_squared_error, 3 / 2),
        (multilabel_cross_entropy, sigmoid_cross_entropy, 3),
    ],
)
def test_a_sum_over_outputs_is_their_mean_times_their_number(summed, mean, factor, weight):
    y_true, y_pred = example("matrix")
    value, gradient = summed.value_and_gradient(y_true, y_pred, weight)
    expected, slope = mean.value_and_gradient(y_true, y_pred, weight)
    assert_close(value, factor * expected, terms=15 + 4)  # of positive numbers
    assert_close(gradient, factor * slope, terms=4)


@weighted_or_not
def test_cross_entropies_equal_scikit_learn(weight):
    rng = np.random.default_rng(1)
    labels, z = np.array([2, 0, 1, 1, 2]), rng.normal(size=(5, 3))
    p = softmax(z)
    theirs = sklearn.metrics.log_loss(labels, p, sample_weight=weight, labels=[0, 1, 2])
    close = {"terms": 5 + 3 * FUNCTION + 4, "size": max(1, theirs)}
    assert_close(cross_entropy(labels, p, weight), theirs, **close)
    assert_close(softmax_cross_entropy(labels, z, weight), theirs, **close)


@weighted_or_not
def test_binary_cross_entropies_equal_scikit_learn(weight):
    labels, z = np.array([1, 0, 1, 1, 0]), np.random.default_rng(2).normal(size=5)
    theirs = sklearn.metrics.log_loss(labels, sigmoid(z), sample_weight=weight)
    close = {"terms": 5 + 3 * FUNCTION + 4, "size": max(1, theirs)}
    assert_close(binary_cross_entropy(labels, sigmoid(z), weight), theirs, **close)
    assert_close(sigmoid_cross_entropy(labels, z, weight), theirs, **close)


@weighted_or_not
def test_softmax_cross_entropy_is_cross_entropy_of_the_softmax(weight):
    rng = np.random.default_rng(3)
    labels, z = rng.integers(4, size=5), rng.normal(size=(5, 4))
    p = softmax(z)
    value, gradient = softmax_cross_entropy.value_and_gradient(labels, z, weight)
    expected = cross_entropy(labels, p, weight)
    assert_close(value, expected, terms=5 + 3 * FUNCTION + 4, size=max(1, expected))
    # the chain rule through the softmax: dz = p (dp - sum(p dp))
    dp = cross_entropy.gradient(labels, p, weight)
    chained = p * (dp - (p * dp).sum(axis=1, keepdims=True))
    assert_close(
        gradient, chained, terms=2 * FUNCTION + 4 + 8, size=1
    )  # p dp is a share of a weight


@weighted_or_not
@pytest.mark.parametrize("shape", [(5,), (5, 1), (5, 3)])
def test_sigmoid_cross_entropy_is_binary_cross_entropy_of_the_sigmoid(shape, weight):
    rng = np.random.default_rng(4)
    y_true, z = rng.uniform(size=shape), rng.normal(size=shape)
    p = sigmoid(z)
    value, gradient = sigmoid_cross_entropy.value_and_gradient(y_true, z, weight)
    expected = binary_cross_entropy(y_true, p, weight)
    assert_close(value, expected, terms=15 + 3 * FUNCTION + 4, size=max(1, expected))
    chained = binary_cross_entropy.gradient(y_true, p, weight) * p * (1 - p)
    assert_close(gradient, chained, terms=2 * FUNCTION + 8, size=1)  # p - y, times a weight


def test_two_classes_by_softmax_equal_one_by_sigmoid():
    labels, z = np.array([1, 0, 1, 1, 0]), np.random.default_rng(5).normal(size=5)
    pairs = np.stack([np.zeros(5), z], axis=1)
    one, two = sigmoid_cross_entropy(labels, z), softmax_cross_entropy(labels, pairs)
    assert_close(one, two, terms=5 + 3 * FUNCTION + 4, size=max(1, two))


@pytest.mark.parametrize("n_classes", [2, 10])
def test_equal_logits_cost_the_logarithm_of_the_number_of_classes(n_classes):
    value = softmax_cross_entropy([1], np.full((1, n_classes), 7.0))
    # the logarithm of a sum of n exp
    assert_close(value, math.log(n_classes), terms=2 * FUNCTION + n_classes, size=math.log(10))


# What is refused


def shapes(y_true, y_pred, classes=None):
    """What is said of targets whose shape does not fit."""
    also = [f"class indices of shape {classes}"] if classes else []
    accepted = [f"{y_pred}, the shape of y_pred", *also]
    return [f"y_true has shape {y_true}", *accepted, "reshape y_true", "y_true.reshape(-1, 1)"]


# (losses, y_true, y_pred, what the message says); predictions stay in [0, 1]
REFUSED = [
    (ON_NUMBERS, np.ones(3), np.ones((3, 1)), shapes("(3,)", "(3, 1)")),
    (ON_NUMBERS, np.ones((3, 1)), np.ones(3), shapes("(3, 1)", "(3,)")),
    (ON_NUMBERS, np.ones((3, 2)), np.ones((3, 1)), shapes("(3, 2)", "(3, 1)")),
    (ON_NUMBERS, np.ones(2), np.ones(3), shapes("(2,)", "(3,)")),
    (ON_NUMBERS, 1.0, np.ones(3), shapes("()", "(3,)")),
    (ON_CLASSES, [0, 1], np.ones((3, 2)), shapes("(2,)", "(3, 2)", "(3,)")),
    (ON_CLASSES, [[0], [1]], np.ones((2, 2)), shapes("(2, 1)", "(2, 2)", "(2,)")),
    (ON_CLASSES, np.ones((2, 3)), np.ones((2, 2)), shapes("(2, 3)", "(2, 2)", "(2,)")),
    (
        ON_CLASSES,
        [0, 1],
        np.ones(2),
        [
            "y_pred",
            "(N, K)",
            "at least two",
            "got (2,)",
            "y_pred[np.newaxis]",
            "sigmoid_cross_entropy",
        ],
    ),
    *(
        (LOSSES, y_true, y_pred, ["y_pred", "(N,) or (N, K)", "not empty", f"got {shape}"])
        for y_true, y_pred, shape in [
            ([], [], "(0,)"),
            ([], np.ones((0, 3)), "(0, 3)"),
            (np.ones((3, 0)), np.ones((3, 0)), "(3, 0)"),
            (1.0, 1.0, "()"),
            (np.ones((1, 1, 1)), np.ones((1, 1, 1)), "(1, 1, 1)"),
        ]
    ),
    (ON_CLASSES, [0, 2], np.ones((2, 2)), ["y_true", "between 0 and 1", "got 2 at position 1"]),
    (ON_CLASSES, [-1, 0], np.ones((2, 2)), ["y_true", "between 0 and 1", "got -1 at position 0"]),
    (ON_CLASSES, [0, 0.5], np.ones((2, 2)), ["y_true", "whole", "got 0.5 at position 1"]),
    (ON_CLASSES, [np.nan, 0], np.ones((2, 2)), ["y_true", "whole", "got nan at position 0"]),
]


@pytest.mark.parametrize(
    ("name", "y_true", "y_pred", "said"),
    [(name, *rest) for names, *rest in REFUSED for name in names],
)
def test_targets_and_shapes_that_do_not_fit_are_refused(name, y_true, y_pred, said):
    f = LOSSES[name]
    for function in (f, f.gradient, f.value_and_gradient):
        with pytest.raises(ValueError, match=says(*said)) as caught:
            function(y_true, y_pred)
        assert name in ON_CLASSES or "class indices" not in str(caught.value)


@pytest.mark.parametrize("name", ON_PROBABILITIES)
@pytest.mark.parametrize(
    ("wrong", "given"),
    [
        ([0.5, 1.5], "from 0.5 to 1.5"),
        ([-0.25, 0.5], "from -0.25 to 0.5"),
        ([-3, 4], "from -3 to 4"),
        ([0.5, np.nan], "from nan to nan"),
        ([0.5, np.inf], "from 0.5 to inf"),
    ],
)
def test_probabilities_outside_0_and_1_are_refused(name, wrong, given):
    message = says(
        "probabilities between 0 and 1",
        f"got values {given}",
        "softmax_cross_entropy or sigmoid_cross_entropy",
        "np.clip(p, 0, 1)",
    )
    with pytest.raises(ValueError, match=message):
        LOSSES[name]([[0, 1]], [wrong])


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in ON_PROBABILITIES])
def test_losses_on_other_numbers_take_any(name):
    assert LOSSES[name]([[0, 1]], [[-0.5, 1.5]]) > 0


@every_case
@pytest.mark.parametrize(
    ("weight", "said"),
    [
        ([1, 2, -0.5, 1, -7], ["finite", "0 or more", "got -0.5 at position 2"]),
        ([1, np.nan, 1, 1, 1], ["finite", "0 or more", "got nan at position 1"]),
        ([np.inf, 1, 1, 1, 1], ["finite", "0 or more", "got inf at position 0"]),
        ([0] * 5, ["0 for every sample", "at least one", "above 0"]),
        ([1] * 4, ["shape (5,)", "got (4,)"]),
        ([[1]] * 5, ["shape (5,)", "got (5, 1)"]),
        (1.0, ["shape (5,)", "got ()"]),
    ],
)
def test_unusable_weights_are_refused(name, kind, weight, said):
    f = LOSSES[name]
    for function in (f, f.gradient, f.value_and_gradient):
        with pytest.raises(ValueError, match=says("sample_weight", *said)):
            function(*example(kind), weight)


@every_loss
@pytest.mark.parametrize("position", [0, 1, 2])
def test_text_is_refused_wherever_it_stands(name, position):
    arguments = [[[0.0, 1.0]], [[0.25, 0.75]], [1.0]]
    arguments[position] = np.array(arguments[position], dtype=str)
    with pytest.raises(TypeError, match=r"^expected real numbers; got an array of type <U"):
        LOSSES[name](*arguments)


@every_class_loss
def test_text_labels_are_refused(name):
    message = says("y_true", "class numbers", "<U3", "np.unique(labels, return_inverse=True)")
    with pytest.raises(TypeError, match=message):
        LOSSES[name](["cat", "dog"], [[0.5, 0.5], [0.5, 0.5]])


# The decorator


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("mean_squared_error", False),
        ("half_squared_error", False),
        ("half_poisson_deviance", False),
        ("binary_cross_entropy", False),
        ("cross_entropy", True),
        ("softmax_cross_entropy", True),
        ("sigmoid_cross_entropy", False),
        ("multilabel_cross_entropy", False),
    ],
)
def test_each_loss_says_whether_it_takes_classes(name, classes):
    assert LOSSES[name].takes_classes is classes
    assert LOSSES[name].__name__ == name
    assert LOSSES[name].__doc__


def test_all_names_every_loss():
    assert losses.__all__ == ["LOSSES", "loss", *LOSSES]


@pytest.fixture
def empty_registry(monkeypatch):
    """No loss is registered during the test, and what it registers is gone after it."""
    monkeypatch.setattr(LOSSES, "_entries", {})


@every_case
@weighted_or_not
def test_a_formula_decorated_anew_is_the_same_loss(empty_registry, name, kind, weight):
    f = getattr(losses, name)
    anew = loss(
        gradient=f.gradient.__wrapped__,
        classes=f.takes_classes,
        probabilities=name in ON_PROBABILITIES,
        through=losses._minus_log_softmax if name == "softmax_cross_entropy" else None,
    )(f.__wrapped__)
    y_true, y_pred = example(kind)
    y_pred = y_pred.astype(np.float32)
    value, gradient = f.value_and_gradient(y_true, y_pred, weight)
    value_anew, gradient_anew = anew.value_and_gradient(y_true, y_pred, weight)
    assert anew(y_true, y_pred, weight) == value_anew == value
    for found in (anew.gradient(y_true, y_pred, weight), gradient_anew):
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, gradient)
    assert LOSSES[name] is anew


def test_the_decorator_registers_a_plain_loss(empty_registry):
    def slope(y_true, y_pred, w):
        """The sign of the error."""
        return w * np.sign(y_pred - y_true) / y_pred.shape[1]

    @loss(gradient=slope)
    def mean_absolute_error(y_true, y_pred, sample_weight=None):
        """The mean absolute error."""
        return np.sum(sample_weight * np.abs(y_pred - y_true)) / y_pred.shape[1]

    assert LOSSES["mean_absolute_error"] is mean_absolute_error
    assert mean_absolute_error.__doc__ == "The mean absolute error."
    assert mean_absolute_error.gradient.__doc__ == "The sign of the error."
    assert mean_absolute_error.takes_classes is False
    # predictions above 1 are taken: it is not on probabilities unless it says so
    assert mean_absolute_error([1, 2], [4, 1]) == 2
    assert mean_absolute_error.gradient([1, 2], [4, 1]).tolist() == [0.5, -0.5]
    with pytest.raises(ValueError, match=r"^y_true has shape \(1,\); accepted is \(1, 2\), the"):
        mean_absolute_error([0], [[0.5, 0.5]])


@pytest.mark.parametrize(
    "name", ["binary_cross_entropy", "sigmoid_cross_entropy", "multilabel_cross_entropy"]
)
@pytest.mark.parametrize("target", [-0.5, 2.0])
def test_yes_no_targets_stay_between_zero_and_one(name, target):
    with pytest.raises(ValueError, match=rf"between 0 and 1; got values from .*{target:g}"):
        LOSSES[name]([0.5, target], [0.5, 0.5])


@pytest.mark.parametrize("target", [-0.5, np.nan])
def test_counts_are_not_below_zero(target):
    with pytest.raises(ValueError, match=says("y_true", "0 or more", f"got {target:g}")):
        half_poisson_deviance([0.5, target], [0.5, 0.5])


@pytest.mark.parametrize("name", ["cross_entropy", "softmax_cross_entropy"])
def test_a_single_column_is_no_choice_of_classes(name):
    with pytest.raises(ValueError, match=r"at least two; got \(2, 1\).*sigmoid_cross_entropy"):
        LOSSES[name]([0, 0], [[0.5], [0.5]])


# -- infinite logits, and samples that do not count -------------------------------------------

INF = np.inf


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("label", "logits", "value", "gradient"),
    [
        (1, [-INF, 0], 0, [0, 0]),
        (0, [-INF, 0], INF, [-1, 1]),  # the class that is right was ruled out
        (2, [-INF, 0, 0], LN2, [0, 0.5, -0.5]),
    ],
)
def test_softmax_cross_entropy_where_a_class_is_ruled_out(label, logits, value, gradient, dtype):
    logits = np.array([logits], dtype)
    got, got_gradient = softmax_cross_entropy.value_and_gradient([label], logits)
    eps = np.finfo(dtype).eps
    if math.isinf(value):
        assert got == value
    else:
        assert abs(got - value) <= 2 * eps
    np.testing.assert_allclose(got_gradient, [gradient], rtol=0, atol=2 * eps)
    assert got_gradient.dtype == dtype


@pytest.mark.parametrize("name", ["sigmoid_cross_entropy", "multilabel_cross_entropy"])
@pytest.mark.parametrize(
    ("target", "logit", "value", "gradient"),
    [(1, INF, 0, 0), (0, -INF, 0, 0), (1, -INF, INF, -1), (0, INF, INF, 1), (0.5, INF, INF, 0.5)],
)
def test_yes_no_losses_where_a_logit_is_infinite(name, target, logit, value, gradient):
    assert LOSSES[name]([[target]], [[logit]]) == value
    assert LOSSES[name].gradient([[target]], [[logit]]) == gradient


def test_a_logit_that_is_nan_is_not_hidden():
    assert math.isnan(softmax_cross_entropy([0], [[np.nan, 0.0]]))
    with np.errstate(invalid="ignore"):
        assert math.isnan(sigmoid_cross_entropy([1.0], [np.nan]))


@every_case
@pytest.mark.parametrize("nothing", [INF, np.nan, 7.0])
def test_a_sample_of_weight_0_does_not_count_whatever_was_predicted(name, kind, nothing):
    y_true, y_pred = example(kind)
    expected, expected_gradient = LOSSES[name].value_and_gradient(y_true, y_pred, WEIGHTS)
    y_pred[WEIGHTS == 0] = nothing
    value, gradient = LOSSES[name].value_and_gradient(y_true, y_pred, WEIGHTS)
    assert value == expected
    np.testing.assert_array_equal(gradient, expected_gradient)
    np.testing.assert_array_equal(LOSSES[name].gradient(y_true, y_pred, WEIGHTS), gradient)
    assert not gradient[WEIGHTS == 0].any()


@pytest.mark.parametrize("name", ON_PROBABILITIES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_probability_just_outside_is_shown_with_the_digits_that_tell(name, dtype):
    p = np.array([[0.5, 1.0000001]], dtype)
    with pytest.raises(ValueError, match=r"got values from 0\.5 to 1\.0000001\. .*np\.clip"):
        LOSSES[name]([[0.0, 1.0]], p)


def test_a_target_just_outside_is_shown_with_the_digits_that_tell():
    with pytest.raises(ValueError, match=r"got values from 0 to 1\.0000001\."):
        sigmoid_cross_entropy([0.0, 1.0000001], [0.0, 0.0])
