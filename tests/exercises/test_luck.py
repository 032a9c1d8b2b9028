"""What must not pass although its answers look right, and what is said of it."""

import numpy as np
import pytest

from course_utils.activations import elu
from course_utils.exercises.checking import judge
from course_utils.exercises.definition import find
from course_utils.exercises.gradient_descent import Slope
from tests.exercises.table import outcomes


def parts(v):
    return v[:-1], v[-1]


def least_squares(X, y, max_rounds):
    return parts(np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0])


def forgets_the_answer(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0
    for _ in range(max_rounds):
        mistakes = 0
        for x, label in zip(X, y, strict=True):
            if label * (x @ w + b) <= 0:
                w, b, mistakes = w + label * x, b + label, mistakes + 1
        if mistakes == 0:
            return w, b
    return None


def other_generator(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    other = np.random.default_rng(seed=0)
    for _ in range(epochs):
        order = other.permutation(len(X))
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            grads = gradients_of(params, X[batch], y[batch])
            params = [p - lr * g for p, g in zip(params, grads, strict=True)]
    return params


def shrinking_steps(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            grads = gradients_of(params, X[batch], y[batch])
            params = [p - lr * g / len(batch) for p, g in zip(params, grads, strict=True)]
    return params


def keeps_integers(graph):
    grads = np.zeros(len(graph), dtype=int)
    grads[-1] = 1
    for k in reversed(range(len(graph))):
        for source, slope in graph[k]:
            grads[source] += slope * grads[k]
    return grads


def slopes(f, x, h):
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.reshape([(f(x + step) - f(x - step)) / (2 * h) for step in steps], x.shape)


def scalar_slope(f, x):
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5


def folded_by_one_wide_layer(k):
    """The right curve, with a unit for each of its pieces."""
    places = np.arange(2**k) / 2**k
    slopes = np.where(np.arange(2**k) % 2, -(2.0**k), 2.0**k)
    changes = np.diff(slopes, prepend=0)[:, np.newaxis]
    return [(np.ones((1, 2**k)), -places), (changes, np.zeros(1))]


def wave_of_nine_units():
    x = np.linspace(-3, 3, 10)
    slopes = np.diff(np.sin(2 * x)) / np.diff(x)
    return np.ones(9), -x[:-1], np.diff(slopes, prepend=0), np.sin(-6)


def wave_between_turns():
    """Another right answer than the reference: straight lines from turn to turn, of height 1."""
    places = np.array([-3, -2.356, -0.785, 0.785, 2.356, 3])
    slopes = np.diff(np.sin(2 * places)) / np.diff(places)
    return np.ones(5), -places[:-1], np.diff(slopes, prepend=0), np.sin(2 * places[0])


def wave_without_its_start():
    w, b, v, _ = wave_between_turns()
    return w, b, v, 0


def wave_of_slopes():
    w, b, v, c = wave_between_turns()
    return w, b, np.cumsum(v), c


def wave_mirrored():
    w, b, v, c = wave_between_turns()
    return w, -b, v, c


LUCKY = {
    "perceptrons.xor": [
        (lambda nand, a, b: a ^ b, "no_gate", "not by gates alone"),
        (lambda nand, a, b: nand(a, b) and int(a != b), "no_gate", "not by gates alone"),
        (lambda nand, a, b: nand(1, 1 - (a ^ b)), "no_gate", "not by gates alone"),
        (lambda nand, a, b: nand(1, 1) if a == b else nand(0, 0), "no_gate", "gates alone"),
        (lambda nand, a, b: nand(nand(a, b), a | b), "turned", "XNOR"),
        (lambda nand, a, b: (a, b), "error", "What your function answers can't be used"),
    ],
    "perceptrons.train": [
        (least_squares, "unnamed", "not those to which Rosenblatt's rule leads"),
        (forgets_the_answer, "nothing", "on 1 of 6 inputs"),
    ],
    "perceptrons.samples": [
        (lambda: [([0, 0], 0, [1, 2], 0)], "error", "sample 0 has the label 0"),
        (lambda: [([1, 2], 1, [0, 0])], "error", "case 0 does not fit"),
    ],
    "perceptrons.majority": [
        (lambda: [1, 1, 1, -1.5], "error", "two things are asked for, first three weights"),
        (lambda: (-1.5, [1, 1, 1]), "error", "two things are asked for, first three weights"),
    ],
    "perceptrons.order": [
        (lambda X, y: np.arange(1, len(X) + 1), "counted_from_one", "from 1"),
        (lambda X, y: np.zeros(len(X), dtype=int), "drawn_with_repeats", "more than once"),
        (lambda X, y: np.arange(2, len(X) + 2), "unnamed", "not an order"),
        (lambda X, y: np.arange(len(X))[:, None], "unnamed", "not an order"),
        (lambda X, y: np.arange(50).reshape(2, 25).T.ravel(), "unnamed", "the rule needs"),
    ],
    "three_layer_forward_pass.fold_network": [
        (folded_by_one_wide_layer, "unnamed", "asked for are 2 hidden layers of two units"),
        (lambda k: [([1.0, 1.0], [0, -0.5])], "error", "W of pair 1 has the shape (2,)"),
    ],
    "three_layer_forward_pass.wave": [
        (wave_of_nine_units, "unnamed", "You use 9 units; at most 8 are allowed."),
        (lambda: ([1, 1], [0], [1], 0), "error", "w, b and v have 2, 1 and 1 numbers"),
        (wave_without_its_start, "unnamed", "lies 0.28 too low"),
        (wave_of_slopes, "unnamed", "your v are slopes"),
        (wave_mirrored, "unnamed", "on the wrong side of 0"),
    ],
    "activation_functions.sigmoid": [
        (lambda z: 1 / (1 + np.exp(-np.clip(z, -100, 100))), "unnamed", "right on 4 of 5"),
        (
            lambda z: np.where(z < -30, 0, 1 / (1 + np.exp(np.minimum(-z, 30)))),
            "by_a_difference",
            "exactly 0",
        ),
    ],
    "activation_functions.slope": [
        (lambda f, x: (f(x + 1e-12) - f(x - 1e-12)) / 2e-12, "unnamed", "right on"),
    ],
    "activation_functions.own_function": [
        (lambda: (lambda z: z + 0.01 * z * z, 1.0), "unnamed", "a straight line, or nearly"),
        (lambda: (elu, 1.2), "unnamed", "Your function is elu of the package"),
        (lambda: (np.tanh, 1.0), "unnamed", "Your function is tanh of the package"),
        (lambda: (np.arctan, 0.98), "unnamed", "below 0.1 in 5, and above 10 in 0"),
        (lambda: (lambda z: z**3, 9.0), "explodes", "above 10"),
        (lambda: (lambda z: z.sum(), 1.0), "error", "g answers the shape ()"),
    ],
    "backpropagation.fork": [(keeps_integers, "unnamed", "on 4 of 5 inputs")],
    "gradient_descent.numeric_gradient": [
        (scalar_slope, "unnamed", "more than one element of x has moved"),
        (lambda f, x: slopes(f, x, 0.1), "unnamed", "so long that f curves within it"),
        (lambda f, x: slopes(f, x, 1e-12), "unnamed", "differ by little but rounding"),
    ],
    "backpropagation.train": [
        (other_generator, "unnamed", "not drawn by the `rng`"),
        (shrinking_steps, "unnamed", "A step is not lr times the gradients"),
    ],
}
LUCKY_ONES = [(name, *row) for name, rows in LUCKY.items() for row in rows]


@pytest.mark.parametrize(("name", "function", "mistake", "says"), LUCKY_ONES)
def test_what_is_right_by_luck_does_not_pass(name, function, mistake, says):
    exercise = find(name)
    finding = judge(exercise, outcomes(exercise, function))
    assert finding.name == mistake
    assert says in finding.says


def test_a_slope_of_arrays_can_be_shown():
    assert repr(Slope(np.array([1.0, 10.0]))) == "the slope of [1. 10.] w^2"
