"""A made-up exercise, and the right answers of unusual form to the real ones."""

import numpy as np

from course_utils.activations import sigmoid
from course_utils.exercises.definition import Exercise, call
from course_utils.exercises.trial import observe

__all__ = ["RIGHT", "made_up", "outcomes"]


def made_up(reference, cases, **options):
    """An exercise that is filed nowhere."""
    options = {"trial": call, "hints": ("Look.",), **options}
    return Exercise(
        f"made.{reference.__name__}", "Made up", reference, make_cases=lambda rng: cases, **options
    )


def outcomes(exercise, function):
    """What is seen of a function, here and now."""
    return [
        observe(exercise.trial, function, case, exercise.parameters, exercise.may_change)
        for case in exercise.cases()
    ]


# -- start_here -----------------------------------------------------------------------------------


def center_rows_by_loop(A):
    rows = []
    for row in A.tolist():
        middle = sum(row) / len(row)
        rows.append([value - middle for value in row])
    return rows


def center_rows_turned(A):
    return (A.T - A.T.mean(axis=0)).T


def center_rows_by_a_product(A):
    n = A.shape[1]
    return A @ (np.eye(n) - np.full((n, n), 1 / n))


# -- perceptrons ----------------------------------------------------------------------------------


def neuron_by_loops(X, w, b):
    answers = []
    for row in X:
        z = b
        for k in range(len(w)):
            z += row[k] * w[k]
        answers.append(1 if z > 0 else 0)
    return answers


def neuron_as_bool(X, w, b):
    X = np.array(X, dtype=np.float32)
    X *= w.astype(np.float32)
    return X.sum(axis=1) > -b


def majority_as_lists():
    return [2, 2, 2], -3


def majority_on_the_edge():
    return (1, 1, 1), -1  # a sum of 0 for one 1 does not fire


def border_by_loop(w, b, x1):
    w1, w2 = w
    return (
        [-w1 / w2 * x - b / w2 for x in np.atleast_1d(x1)]
        if np.ndim(x1)
        else -w1 / w2 * x1 - b / w2
    )


def border_in_place(w, b, x1):
    x2 = np.array(x1, dtype=float)
    x2 *= -w[0]
    x2 -= b
    x2 /= w[1]
    return x2


def update_in_place_on_copies(w, b, x, y):
    w = w.copy()
    if np.sign(np.dot(w, x) + b) != y:
        w += y * x
        b += y
    return [w, b]


def update_by_loops(w, b, x, y):
    z = b + sum(float(wk) * float(xk) for wk, xk in zip(w, x, strict=True))
    wrong = (z > 0) != (y > 0) or z == 0
    return (
        [float(wk + y * xk) if wrong else float(wk) for wk, xk in zip(w, x, strict=True)],
        b + y * wrong,
    )


def samples_many():
    rng = np.random.default_rng(seed=1)
    drawn = [(rng.normal(size=2), rng.normal(), rng.normal(size=2), y) for y in (-1, 1) * 20]
    return [*drawn, (np.zeros(2), 0.0, np.ones(2), 1), (np.zeros(2), 0.0, np.ones(2), -1)]


def samples_generated():
    yield np.zeros(3), 0.0, np.ones(3), -1
    yield np.array([2.0]), 0.0, np.array([3.0]), 1
    yield np.array([2.0]), 0.0, np.array([3.0]), -1
    yield np.array([2.0]), -7.0, np.array([3.0]), -1


def train_backwards(X, y, max_rounds):
    w = np.zeros(X.shape[1] + 1)
    for _ in range(max_rounds):
        wrong = [k for k in reversed(range(len(y))) if y[k] * (X[k] @ w[1:] + w[0]) <= 0]
        if not wrong:
            break
        w[1:] += y[wrong[0]] * X[wrong[0]]
        w[0] += y[wrong[0]]
    return w[1:], w[0]


def train_all_at_once(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0
    for _ in range(max_rounds):
        wrong = y * (X @ w + b) <= 0
        if not wrong.any():
            return w.tolist(), b
        w = w + (y[wrong, np.newaxis] * X[wrong]).sum(axis=0)
        b = b + y[wrong].sum()
    return w.tolist(), b


def margin_by_loop(w, b, X, y):
    length = sum(v * v for v in w) ** 0.5
    return min(label * (row.dot(w) + b) / length for row, label in zip(X, y, strict=True))


def margin_of_scaled_weights(w, b, X, y):
    length = np.sqrt(np.sum(np.square(w)))
    return np.sort((X @ (w / length) + b / length) * y)[0]


def xor_of_or_and_nand(nand, a, b):
    either, not_both = nand(nand(a, a), nand(b, b)), nand(a, b)
    both = nand(either, not_both)
    return nand(both, both)


def xor_as_bool(nand, a, b):
    return bool(nand(nand(nand(a, a), b), nand(a, nand(b, b))))


def order_by_swaps(X, y):
    from course_utils.exercises.perceptrons import updates

    rng = np.random.default_rng(seed=7)
    best = list(range(len(y)))
    for _ in range(300):
        other = rng.permutation(best)
        if updates(X, y, other) > updates(X, y, best):
            best = other.tolist()
    return best


def order_from_another_seed(X, y):
    from course_utils.exercises.perceptrons import updates

    rng = np.random.default_rng(seed=11)
    drawn = [rng.permutation(len(y)) for _ in range(200)]
    return max(drawn, key=lambda one: updates(X, y, one)).astype(np.int8)


# -- activation_functions -------------------------------------------------------------------------


def stable_softmax_by_loop(Z):
    rows = []
    for row in Z:
        e = np.exp(row - max(row))
        rows.append(e / sum(e))
    return rows


def stable_softmax_of_logarithms(Z):
    highest = Z.max(axis=-1)[:, np.newaxis]
    return np.exp(Z - highest - np.log(np.exp(Z - highest).sum(axis=-1))[:, np.newaxis])


def stable_softmax_of_differences(Z):
    return 1 / np.exp(Z[:, np.newaxis, :] - Z[:, :, np.newaxis]).sum(axis=2)


# -- three_layer_forward_pass ---------------------------------------------------------------------


def one_layer_by_a_product(x, W, b):
    return 1 / (1 + np.exp(-(x @ W + b)))


def one_layer_by_units(x, W, b):
    a = np.zeros(len(b))
    for j, (weights, bias) in enumerate(zip(W.T, b, strict=True)):
        a[j] = 0.5 + 0.5 * np.tanh(0.5 * (bias + sum(weights * x)))
    return a


def one_layer_by_inputs(x, W, b):
    z = b.copy()
    for i in range(len(x)):
        for j in range(len(b)):
            z[j] += x[i] * W[i][j]
    return tuple(sigmoid(value) for value in z)


# -- mnist_batch_inference ------------------------------------------------------------------------


def confusion_by_counts(y_true, y_pred, n):
    return np.bincount(n * y_true + y_pred, minlength=n * n).reshape(n, n).astype(np.float32)


def confusion_by_comparison(y_true, y_pred, n):
    return [[sum((y_true == i) & (y_pred == j)) for j in range(n)] for i in range(n)]


def confusion_by_products(y_true, y_pred, n):
    return np.eye(n)[y_true].T @ np.eye(n)[y_pred]


# -- optimization ---------------------------------------------------------------------------------


def momentum_step_from_the_weights(w, v, g, lr, beta):
    new = w + beta * v - lr * g
    return [new, new - w]


def momentum_step_in_place_on_copies(w, v, g, lr, beta):
    w, v = w.copy(), v.copy()
    v *= beta
    v -= lr * g
    w += v
    return w, v


# -- regularization_and_metrics -------------------------------------------------------------------


def stop_early_by_counting(losses, patience):
    best, count = 0, 0
    for k in range(1, len(losses)):
        if losses[k] < losses[best]:
            best, count = k, 0
        else:
            count += 1
        if count == patience:
            break
    return [best + 1, best + 1 + count]


def stop_early_by_slices(losses, patience):
    for last in range(1, len(losses) + 1):
        best = losses.index(min(losses[:last])) + 1
        if last - best >= patience:
            return np.array([best, last])
    return np.array([best, last])


RIGHT = {
    "start_here.center_rows": [
        center_rows_by_loop,
        center_rows_turned,
        center_rows_by_a_product,
    ],
    "perceptrons.neuron": [neuron_by_loops, neuron_as_bool],
    "perceptrons.majority": [majority_as_lists, majority_on_the_edge],
    "perceptrons.border": [border_by_loop, border_in_place],
    "perceptrons.update": [update_in_place_on_copies, update_by_loops],
    "perceptrons.samples": [samples_many, samples_generated],
    "perceptrons.train": [train_backwards, train_all_at_once],
    "perceptrons.margin": [margin_by_loop, margin_of_scaled_weights],
    "perceptrons.xor": [xor_of_or_and_nand, xor_as_bool],
    "perceptrons.order": [order_by_swaps, order_from_another_seed],
    "activation_functions.stable_softmax": [
        stable_softmax_by_loop,
        stable_softmax_of_logarithms,
        stable_softmax_of_differences,
    ],
    "three_layer_forward_pass.one_layer": [
        one_layer_by_a_product,
        one_layer_by_units,
        one_layer_by_inputs,
    ],
    "mnist_batch_inference.confusion": [
        confusion_by_counts,
        confusion_by_comparison,
        confusion_by_products,
    ],
    "optimization.momentum_step": [
        momentum_step_from_the_weights,
        momentum_step_in_place_on_copies,
    ],
    "regularization_and_metrics.stop_early": [stop_early_by_counting, stop_early_by_slices],
}
