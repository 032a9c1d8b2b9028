"""A made-up exercise, and the right answers of unusual form to the real ones."""

import copy
from itertools import pairwise

import numpy as np

from course_utils.activations import sigmoid, softmax
from course_utils.exercises.definition import Exercise, call
from course_utils.exercises.trial import observe

__all__ = ["RIGHT", "made_up", "outcomes"]


def made_up(reference, cases, **options):
    """An exercise that is filed nowhere."""
    options = {"trial": call, "hints": ("Look.",), **options}
    return Exercise(
        f"made.{reference.__name__}",
        "Made up",
        reference,
        make_cases=lambda rng: copy.deepcopy(cases),
        **options,
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


def remedies_by_index(findings):
    return [findings[k][2] for k in range(len(findings)) if findings[k][0] is False]


def remedies_by_filter(findings):
    sick = filter(lambda finding: not finding[0], findings)
    return tuple(finding[-1] for finding in sick)


def mean_between_by_loop(X, low, high):
    total, count = 0.0, 0
    for value in X.ravel():
        if low <= value <= high:
            total, count = total + value, count + 1
    return total / count


def mean_between_by_product(X, low, high):
    mask = (low <= X) * (high >= X)
    return np.sum(X, where=mask) / np.count_nonzero(mask)


def broadcast_shape_by_numpy(s, t):
    try:
        return np.broadcast_shapes(s, t)
    except ValueError:
        return None


def broadcast_shape_by_sum(s, t):
    try:
        return list((np.zeros(s) + np.zeros(t)).shape)
    except ValueError:
        return None


def blend_of_halves(a, b):
    return a / 2 + b / 2


def blend_as_float32(a, b):
    return np.stack([a, b]).mean(axis=0, dtype=np.float32)


def first_row_zeroed_by_a_mask(A):
    return np.where((np.arange(len(A)) > 0)[:, np.newaxis], A, 0)


def first_row_zeroed_stacked(A):
    return np.concatenate([np.zeros((1, A.shape[1])), A[1:]])


def from_columns_turned_first(X, W, b):
    return X.T @ W.T + b.ravel()


def from_columns_by_loops(X, W, b):
    units, samples = W.shape[0], X.shape[1]
    return [[sum(W[j] * X[:, k]) + b[j, 0] for j in range(units)] for k in range(samples)]


def agrees_by_loop(stored, new, tolerance):
    for before, after in zip(stored, new, strict=True):
        if not before - tolerance <= after <= before + tolerance:
            return False
    return True


def agrees_by_allclose(stored, new, tolerance):
    return np.allclose(new, stored, rtol=0, atol=tolerance)


def is_centred_on_many(f):
    rng = np.random.default_rng()
    try:
        for n, d in [(2, 2), (3, 5), (5, 3)]:
            A = rng.normal(size=(n, d))
            if not np.allclose(f(A), center_rows_turned(A), rtol=0, atol=1e-9):
                return False
    except ValueError:
        return False
    return True


def is_centred_to_a_tenth(f):
    try:
        off = np.subtract(f(np.array([[0.0, 4.0, 8.0], [1.0, 1.0, 1.0]])), [[-4, 0, 4], [0, 0, 0]])
    except ValueError:
        return 0
    return np.abs(off).max() < 0.1


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


def border_by_a_direction(w, b, x1):
    """From the point of the border nearest to the origin, along it."""
    near = -b * w / (w @ w)
    return near[1] + (x1 - near[0]) * -w[0] / w[1]


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


def update_by_clipped_difference(w, b, x, y):
    change = np.clip(y - np.sign(x @ w + b), -1, 1)
    return w + change * x, b + change


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
    zero = [(np.zeros(2), 0.0, np.ones(2), y) for y in (-1, 1)]
    return [*drawn, *zero, (np.full(2, 5.0), 0.0, np.ones(2), -1)]


def samples_as_lists():
    return [
        ([0, 0], 0, [1, 2], 1),
        ([0, 0], 0, [1, 2], -1),
        ([-3, 1], 0, [1, -1], 1),
        ([-1, 1], -3, [1, 2], -1),
    ]


def samples_generated():
    yield np.zeros(3), 0.0, np.ones(3), -1
    yield np.zeros(3), 0.0, np.ones(3), 1
    yield np.array([2.0]), 0.0, np.array([3.0]), 1
    yield np.array([2.0]), 0.0, np.array([3.0]), -1
    yield np.array([2.0]), -7.0, np.array([3.0]), -1
    yield np.array([9.0]), 0.0, np.array([0.5]), -1


def train_with_a_constant(X, y, max_rounds):
    """The bias as the weight of a feature that is always 1, and the number of updates behind."""
    X = np.column_stack([X, np.ones(len(X))])
    w, updates = np.zeros(X.shape[1]), 0
    for _ in range(max_rounds):
        before = updates
        for x, label in zip(X, y, strict=True):
            if label * (x @ w) <= 0:
                w, updates = w + label * x, updates + 1
        if updates == before:
            break
    return w[:-1], w[-1], updates


def train_asks_before_each_round(X, y, max_rounds):
    w, b = [0.0] * X.shape[1], 0.0
    while max_rounds and not np.all(y * (X @ np.array(w) + b) > 0):
        max_rounds -= 1
        for row, label in zip(X.tolist(), y.tolist(), strict=True):
            if np.sign(sum(map(float.__mul__, map(float, row), w)) + b) != label:
                w, b = [wk + label * xk for wk, xk in zip(w, row, strict=True)], b + label
    return w, b


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


def weight_from_the_end(network, layer, i, j):
    W = list(network.values())[2 * layer - 2]
    return float(W[i - 1 - len(W)].tolist()[j - 1])


def weight_by_units(network, layer, i, j):
    inputs = np.zeros(len(network[f"W{layer}"]))
    inputs[i - 1] = 1
    return (inputs @ network[f"W{layer}"])[j - 1]


def forward_columns_turned(network, X):
    A = X.T
    for k in (1, 2, 3):
        A = A @ network[f"W{k}"] + network[f"b{k}"]
        A = 1 / (1 + np.exp(-A)) if k < 3 else A
    return np.transpose(A)


def forward_columns_one_by_one(network, X):
    columns = []
    for x in X.T:
        for k in (1, 2, 3):
            x = network[f"W{k}"].T @ x + network[f"b{k}"]
            x = 0.5 + 0.5 * np.tanh(x / 2) if k < 3 else x
        columns.append(x)
    return np.column_stack(columns)


def forward_columns_with_ones(network, X):
    for k in (1, 2, 3):
        W = np.vstack([network[f"W{k}"], network[f"b{k}"]])
        X = W.T @ np.vstack([X, np.ones(X.shape[1])])
        X = sigmoid(X) if k < 3 else X
    return X


def chain_by_recursion(layers, X):
    return X if not layers else chain_by_recursion(layers[1:], layers[0](X))


def chain_by_index(layers, X):
    outputs = [X]
    for k in range(len(layers)):
        outputs.append(layers[k](outputs[-1]))
    return outputs[-1].tolist()


def head_in_lists(task, Z):
    if task == "number":
        return [Z.tolist(), Z.tolist()]
    if task == "yes or no":
        return (0.5 + 0.5 * np.tanh(Z / 2)).tolist(), (Z > 0).tolist()
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return P.tolist(), [row.index(max(row)) for row in P.tolist()]


def head_in_float32(task, Z):
    Z = Z.astype(np.float32)
    odds = np.exp(Z)
    if task == "one of several":
        return odds / odds.sum(axis=-1)[:, np.newaxis], np.argmax(Z, axis=-1)
    if task == "yes or no":
        return odds / (1 + odds), np.round(odds / (1 + odds))
    return Z, Z.copy()


def head_by_signs(task, Z):
    every = {
        "number": (Z, Z),
        "yes or no": (sigmoid(Z), np.maximum(np.sign(Z), 0)),
        "one of several": (softmax(Z), np.array([np.argsort(-row)[0] for row in Z])),
    }
    return every[task]


def count_from_the_end(sizes):
    if len(sizes) < 2:
        return 0.0
    return float(sizes[-1] * (1 + sizes[-2])) + count_from_the_end(sizes[:-1])


def count_by_making_arrays(sizes):
    return sum(np.zeros((a + 1, b)).size for a, b in pairwise(sizes))


def count_by_products(sizes):
    sizes = np.array(sizes)
    return sizes[:-1] @ sizes[1:] + sizes.sum() - sizes[0]


def merge_by_asking(W1, b1, W2, b2):
    """Ask both layers about 0 and about each unit vector."""
    b = (np.zeros(len(W1)) @ W1 + b1) @ W2 + b2
    return [[list((row @ W1 + b1) @ W2 + b2 - b) for row in np.eye(len(W1))], list(b)]


def merge_with_a_row_of_biases(W1, b1, W2, b2):
    first, n = np.vstack([W1, b1]), len(W1)
    whole = first @ W2
    return whole[:n], whole[n] + b2


def fold_network_in_lists(k):
    between = ([[2, 2], [-4, -4]], [0, -0.5])
    return [([[1, 1]], [0, -0.5]), *[between] * (k - 1), ([[2], [-4]], [0])]


def fold_network_turned(k):
    """Units in the other order, and other sizes of the hidden numbers."""
    first, out, bias = np.array([[4.0, 3.0]]), np.array([[-1.0], [2 / 3]]), np.array([-2.0, 0.0])
    between = [(out @ first, bias) for _ in range(k - 1)]
    return [(first, bias), *between, (out, np.zeros(1))]


def fold_network_from_the_right(k):
    """1 - |2x - 1| as 1 minus two ramps that part at the middle."""
    first, bias = np.array([[1.0, -1.0]]), np.array([-0.5, 0.5])
    out, c = np.array([[-2.0], [-2.0]]), np.array([1.0])
    between = [(out @ first, c @ first + bias) for _ in range(k - 1)]
    return [(first, bias), *between, (out, c)]


def wave_by_least_squares():
    places = np.linspace(-3, 3, 9)[:-1]
    x = np.linspace(-3, 3, 601)
    units = np.maximum(x[:, np.newaxis] - places, 0)
    found, *_ = np.linalg.lstsq(
        np.column_stack([units, np.ones(len(x))]), np.sin(2 * x), rcond=None
    )
    return [1] * 8, (-places).tolist(), found[:-1], found[-1:]


def wave_from_both_sides():
    w = [1, 1, 1, -1, -1, -1]
    b = [0, -0.79, -2.36, 0, -0.79, -2.36]
    v = [1.39, -2.79, 2.65, -1.39, 2.79, -2.65]
    return w, b, v, 0


def wave_between_turns():
    places = np.array([[-3, -2.356, -0.785, 0.785, 2.356, 3]])
    heights = np.sin(2 * places)
    v = np.diff(np.diff(heights) / np.diff(places), prepend=0).T
    return [2] * 5, (-2 * places[0, :5]).tolist(), v / 2, heights[0, :1]


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


# -- convolution ----------------------------------------------------------------------------------


def conv_by_windows(X, W, b, s, p):
    padded = np.pad(X, [(0, 0), (0, 0), (p, p), (p, p)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[2:], axis=(2, 3))
    return np.einsum("ncyxij,ocij->noyx", windows[:, :, ::s, ::s], W) + b[:, None, None]


def conv_by_loops(X, W, b, s, p):
    (_, channels, height, width), (n_out, _, kh, kw) = X.shape, W.shape
    answers = []
    for image in X:
        maps = []
        for o in range(n_out):
            rows = []
            for top in range(-p, height + p - kh + 1, s):
                row = []
                for left in range(-p, width + p - kw + 1, s):
                    z = b[o]
                    for c in range(channels):
                        for i in range(kh):
                            for j in range(kw):
                                y, x = top + i, left + j
                                if 0 <= y < height and 0 <= x < width:
                                    z += W[o, c, i, j] * image[c, y, x]
                    row.append(z)
                rows.append(row)
            maps.append(rows)
        answers.append(maps)
    return answers


def conv_by_layer(X, W, b, s, p):
    from course_utils import Conv2D

    layer = Conv2D(X.shape[1], len(W), W.shape[2:], stride=s, padding=p, dtype=np.float64)
    layer.params["W"], layer.params["b"] = W, b
    return layer.forward(X)


# -- architectures --------------------------------------------------------------------------------


def residual_by_samples(X, W1, W2, dA):
    answers = []
    for x, da in zip(X, dA, strict=True):
        J = W1 @ np.diag((x @ W1 > 0).astype(float)) @ W2 + np.eye(len(x))
        answers.append(J @ da)
    return answers


def residual_by_layers(X, W1, W2, dA):
    from course_utils import Activation, Dense, Residual

    layers = [Dense(*W.shape, dtype=np.float64) for W in (W1, W2)]
    for layer, W in zip(layers, (W1, W2), strict=True):
        layer.params["W"] = W
    block = Residual(layers[0], Activation("relu"), layers[1])
    block.forward(X, cache=True)
    return block.backward(dA, need_dX=True)


def residual_in_place(X, W1, W2, dA):
    dX = dA.copy()
    dH = dA @ W2.transpose()
    dH[X @ W1 <= 0] = 0
    dX += dH @ W1.transpose()
    return dX


# -- recurrent_networks ---------------------------------------------------------------------------


def bptt_by_recursion(X, states, dh, Wh):
    if X.shape[1] == 0:
        return np.zeros((X.shape[2], len(Wh))), np.zeros_like(Wh), np.zeros(len(Wh))
    dz = dh - dh * states[-1] * states[-1]
    dWx, dWh, db = bptt_by_recursion(X[:, :-1], states[:-1], dz @ Wh.T, Wh)
    return [dWx + X[:, -1].T @ dz, dWh + states[-2].T @ dz, db + np.ones(len(dz)) @ dz]


def bptt_all_at_once(X, states, dh, Wh):
    states = np.array(states)
    dZ = np.empty_like(states[1:])
    for t in range(len(dZ) - 1, -1, -1):
        dZ[t] = (dh if t == len(dZ) - 1 else dZ[t + 1] @ Wh.T) * (1 - np.square(states[t + 1]))
    return (
        np.einsum("ntd,tnh->dh", X, dZ),
        np.einsum("tng,tnh->gh", states[:-1], dZ),
        dZ.sum(axis=(0, 1)),
    )


# -- what_layers_learn ----------------------------------------------------------------------------


def occlude_by_lists(score, image, size):
    rows, columns = image.shape
    whole = score(image.tolist())
    answer = []
    for y in range(rows - size + 1):
        answer.append([])
        for x in range(columns - size + 1):
            covered = [
                [
                    0 if y <= i < y + size and x <= j < x + size else float(image[i, j])
                    for j in range(columns)
                ]
                for i in range(rows)
            ]
            answer[-1].append(whole - score(covered))
    return answer


def occlude_by_masks(score, image, size):
    i, j = np.indices(image.shape)
    return np.array(
        [
            [
                score(image)
                - score(image * ~((y <= i) & (i < y + size) & (x <= j) & (j < x + size)))
                for x in range(image.shape[1] - size + 1)
            ]
            for y in range(image.shape[0] - size + 1)
        ]
    )


# -- frameworks -----------------------------------------------------------------------------------


def carry_by_index(state):
    units = state["weight_hh_l0"].shape[1]
    gate, unit = np.divmod(np.arange(4 * units), units)
    rows = np.array([0, 1, 3, 2])[gate] * units + unit
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    Wx, Wh, *biases = (np.swapaxes(state[name], 0, -1)[..., rows] for name in names)
    return [Wx, Wh, np.sum(biases, axis=0)]


def carry_by_layer(state):
    from course_utils import LSTM, load_torch_weights

    n_in, units = state["weight_ih_l0"].shape[1], state["weight_hh_l0"].shape[1]
    layer = LSTM(n_in, units, dtype=np.float64)
    load_torch_weights(layer, state)
    return tuple(layer.params[name] for name in ("Wx", "Wh", "b"))


# -- beyond_one_machine ---------------------------------------------------------------------------


def block_noise_by_spawning(seed, k, n):
    child = np.random.SeedSequence(seed).spawn(k + 1)[k]
    return np.random.Generator(np.random.PCG64(child)).uniform(size=n).tolist()


def block_noise_by_text(seed, k, n):
    import random

    own = random.Random(f"{seed}, {k}")
    return [own.random() for _ in range(n)]


def block_noise_far_apart(seed, k, n):
    return np.random.default_rng(seed + 1_000_000 * k).random(n, dtype=np.float32)


RIGHT = {
    "start_here.center_rows": [
        center_rows_by_loop,
        center_rows_turned,
        center_rows_by_a_product,
    ],
    "start_here.remedies": [remedies_by_index, remedies_by_filter],
    "start_here.mean_between": [mean_between_by_loop, mean_between_by_product],
    "start_here.broadcast_shape": [broadcast_shape_by_numpy, broadcast_shape_by_sum],
    "start_here.blend": [blend_of_halves, blend_as_float32],
    "start_here.first_row_zeroed": [first_row_zeroed_by_a_mask, first_row_zeroed_stacked],
    "start_here.from_columns": [from_columns_turned_first, from_columns_by_loops],
    "start_here.agrees": [agrees_by_loop, agrees_by_allclose],
    "start_here.is_centred": [is_centred_on_many, is_centred_to_a_tenth],
    "perceptrons.neuron": [neuron_by_loops, neuron_as_bool],
    "perceptrons.majority": [majority_as_lists, majority_on_the_edge],
    "perceptrons.border": [border_by_loop, border_by_a_direction, border_in_place],
    "perceptrons.update": [
        update_in_place_on_copies,
        update_by_clipped_difference,
        update_by_loops,
    ],
    "perceptrons.samples": [samples_many, samples_generated, samples_as_lists],
    "perceptrons.train": [train_with_a_constant, train_asks_before_each_round],
    "perceptrons.margin": [margin_by_loop, margin_of_scaled_weights],
    "perceptrons.xor": [xor_of_or_and_nand, xor_as_bool],
    "perceptrons.order": [order_by_swaps, order_from_another_seed],
    "convolution.conv_forward": [conv_by_windows, conv_by_loops, conv_by_layer],
    "architectures.residual_backward": [
        residual_by_samples,
        residual_by_layers,
        residual_in_place,
    ],
    "recurrent_networks.bptt": [bptt_by_recursion, bptt_all_at_once],
    "what_layers_learn.occlude": [occlude_by_lists, occlude_by_masks],
    "frameworks.carry": [carry_by_index, carry_by_layer],
    "beyond_one_machine.block_noise": [
        block_noise_by_spawning,
        block_noise_by_text,
        block_noise_far_apart,
    ],
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
    "three_layer_forward_pass.weight": [weight_from_the_end, weight_by_units],
    "three_layer_forward_pass.forward_columns": [
        forward_columns_turned,
        forward_columns_one_by_one,
        forward_columns_with_ones,
    ],
    "three_layer_forward_pass.chain": [chain_by_recursion, chain_by_index],
    "three_layer_forward_pass.head": [head_in_lists, head_in_float32, head_by_signs],
    "three_layer_forward_pass.count": [
        count_by_making_arrays,
        count_by_products,
        count_from_the_end,
    ],
    "three_layer_forward_pass.merge": [merge_by_asking, merge_with_a_row_of_biases],
    "three_layer_forward_pass.fold_network": [
        fold_network_in_lists,
        fold_network_turned,
        fold_network_from_the_right,
    ],
    "three_layer_forward_pass.wave": [
        wave_by_least_squares,
        wave_from_both_sides,
        wave_between_turns,
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


# -- gradient_descent -----------------------------------------------------------------------------


def line_gradient_with_a_column_of_ones(X, y, w, b):
    ones = np.column_stack([X, np.ones(len(X))])
    both = 2 / len(X) * (ones @ np.append(w, b) - y) @ ones
    return both[:-1], both[-1]


def line_gradient_measured(X, y, w, b):
    def loss(weights):
        return np.mean((X @ weights[:-1] + weights[-1] - y) ** 2)

    steps = 1e-4 * np.eye(len(w) + 1)
    at = np.append(w, b)
    both = [(loss(at + step) - loss(at - step)) / 2e-4 for step in steps]
    return both[:-1], both[-1]


def logistic_gradient_by_loop(X, y, w, b):
    dw, db = [0.0] * len(w), 0.0
    for x, target in zip(X, y, strict=True):
        p = sigmoid(sum(x * w) + b)
        db += (p - target) / len(X)
        for k in range(len(w)):
            dw[k] += (p - target) * x[k] / len(X)
    return dw, db


def logistic_gradient_by_tanh(X, y, w, b):
    p = np.tanh((X @ w + b) / 2) / 2 + 0.5
    return np.mean((p - y)[:, np.newaxis] * X, axis=0), np.mean(p - y)


def fit_line_with_a_rate_for_each(X, y, gradient):
    middle = X.mean(axis=0)
    rates = 0.4 / X.var(axis=0)
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(100):
        dw, db = gradient(X - middle, y, w, b)
        w, b = w - rates * dw, b - 0.4 * db
    return w, b - middle @ w


def fit_line_by_momentum(X, y, gradient):
    low, high = X.min(axis=0), X.max(axis=0)
    scaled = 2 * (X - low) / (high - low) - 1
    w, b, vw, vb = np.zeros(X.shape[1]), 0.0, 0.0, 0.0
    for _ in range(80):
        dw, db = gradient(scaled, y, w, b)
        vw, vb = 0.8 * vw - 0.2 * dw, 0.8 * vb - 0.2 * db
        w, b = w + vw, b + vb
    w = 2 * w / (high - low)
    return w, b - (w * (low + high) / 2).sum()


# -- backpropagation ------------------------------------------------------------------------------


def mse_gradient_by_loops(y_true, y_pred):
    answer = np.zeros(y_pred.shape)
    for n, k in np.ndindex(y_pred.shape):
        answer[n, k] = 2 * (y_pred[n, k] - y_true[n, k])
    return answer / (y_pred.shape[0] * y_pred.shape[1])


def mse_gradient_in_place_in_float32(y_true, y_pred):
    answer = y_pred.astype(np.float32)
    answer -= y_true.astype(np.float32)
    answer *= 2 / y_pred.size
    return answer


def logits_gradient_row_by_row(Z, labels):
    rows = []
    for z, label in zip(Z, labels, strict=True):
        p = np.exp(z - max(z))
        p /= sum(p)
        p[label] -= 1
        rows.append(p / len(Z))
    return rows


def logits_gradient_by_logarithms(Z, labels):
    shifted = Z - np.max(Z, axis=1)[:, None]
    P = np.exp(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
    P[range(len(Z)), labels] -= 1
    return (P / len(Z)).tolist()


def descend_by_recursion(slope, w, lr, steps):
    return w if steps == 0 else descend_by_recursion(slope, w - lr * slope(w), lr, steps - 1)


def descend_in_place_on_a_copy(slope, w, lr, steps):
    w = np.array(w, dtype=float)
    while steps > 0:
        w -= lr * slope(w)
        steps -= 1
    return w


def rate_bound_smallest_of_all(curvatures):
    return min(2 / c for c in curvatures)


def rate_bound_by_numpy(curvatures):
    return np.float32(1) / (np.sort(curvatures)[-1:] / 2)[0]


def numeric_gradient_flat(f, x):
    flat, slopes = np.array(x, dtype=np.float64).ravel(), []
    for k in range(flat.size):
        up, down = flat.copy(), flat.copy()
        up[k] += 1e-4
        down[k] -= 1e-4
        slopes.append((f(up.reshape(x.shape)) - f(down.reshape(x.shape))) / 2e-4)
    return np.reshape(slopes, x.shape)


def numeric_gradient_with_unit_arrays(f, x):
    gradient = np.zeros(np.shape(x))
    for place in np.ndindex(np.shape(x)):
        step = np.zeros(np.shape(x))
        step[place] = 3e-6
        gradient[place] = (f(x + step) - f(x - step)) / 6e-6
    return gradient.tolist()


def dense_backward_by_sums(X, W, dZ):
    dW = sum(np.outer(x, dz) for x, dz in zip(X, dZ, strict=True))
    return [np.einsum("nj,ij->ni", dZ, W), dW, np.ones(len(dZ)) @ dZ]


def dense_backward_in_float32(X, W, dZ):
    X, W, dZ = (a.astype(np.float32) for a in (X, W, dZ))
    return (W @ dZ.T).T, (dZ.T @ X).T, dZ.sum(0)


def tanh_backward_by_cosh(Z, dA):
    return dA / np.cosh(Z) ** 2


def tanh_backward_in_place_on_copies(Z, dA):
    A = np.tanh(Z)
    A *= A
    dZ = dA.copy()
    dZ -= dA * A
    return dZ


def fork_by_collecting(graph):
    grads = {len(graph) - 1: 1.0}
    for k in range(len(graph) - 2, -1, -1):
        grads[k] = sum(
            slope * grads[user]
            for user in range(k + 1, len(graph))
            for source, slope in graph[user]
            if source == k
        )
    return np.array([grads[k] for k in range(len(graph))])


def fork_along_all_paths(graph):
    def paths(k, end):
        if k == end:
            return 1.0
        return sum(slope * paths(source, end) for source, slope in graph[k])

    return tuple(paths(len(graph) - 1, k) for k in range(len(graph)))


def relu_backward_by_where(Z, dA):
    return np.where(Z > 0, dA, 0)


def relu_backward_in_place_on_a_copy(Z, dA):
    dZ = np.array(dA, dtype=np.float32)
    dZ[Z <= 0] = 0
    return dZ


def check_inputs_at_random():
    rng = np.random.default_rng(seed=3)
    return [(rng.normal(size=(4, 3)), rng.normal(size=(4, 3))) for _ in range(3)]


def check_inputs_one_by_one():
    for z, da in ((2.0, 5.0), (2.0, -5.0), (-2.0, 5.0), (-2.0, -5.0)):
        yield np.array([z]), np.array([da])


def train_in_place(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    n = len(X)
    for _ in range(epochs):
        order = np.arange(n)
        rng.shuffle(order)
        for batch in np.array_split(order, range(batch_size, n, batch_size)):
            for p, g in zip(params, gradients_of(params, X[batch], y[batch]), strict=True):
                p -= lr * g
    return params


def train_with_shuffled_copies(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    epoch = 0
    while epoch < epochs:
        left = list(rng.permutation(len(y)))
        while left:
            batch, left = left[:batch_size], left[batch_size:]
            grads = gradients_of(params, np.take(X, batch, axis=0), [y[k] for k in batch])
            params = tuple(p - lr * g for p, g in zip(params, grads, strict=True))
        epoch += 1
    return list(params)


def wrong_relu_halved(Z, dA):
    return 0.5 * dA * (Z > 0)


def wrong_relu_by_sign_and_more(Z, dA):
    return dA * (Z > -0.1)


RIGHT |= {
    "gradient_descent.line_gradient": [line_gradient_with_a_column_of_ones, line_gradient_measured],
    "gradient_descent.logistic_gradient": [logistic_gradient_by_loop, logistic_gradient_by_tanh],
    "gradient_descent.fit_line": [fit_line_with_a_rate_for_each, fit_line_by_momentum],
    "gradient_descent.mse_gradient": [mse_gradient_by_loops, mse_gradient_in_place_in_float32],
    "backpropagation.logits_gradient": [logits_gradient_row_by_row, logits_gradient_by_logarithms],
    "gradient_descent.descend": [descend_by_recursion, descend_in_place_on_a_copy],
    "gradient_descent.rate_bound": [rate_bound_smallest_of_all, rate_bound_by_numpy],
    "gradient_descent.numeric_gradient": [numeric_gradient_flat, numeric_gradient_with_unit_arrays],
    "backpropagation.dense_backward": [dense_backward_by_sums, dense_backward_in_float32],
    "backpropagation.tanh_backward": [tanh_backward_by_cosh, tanh_backward_in_place_on_copies],
    "backpropagation.fork": [fork_by_collecting, fork_along_all_paths],
    "backpropagation.relu_backward": [relu_backward_by_where, relu_backward_in_place_on_a_copy],
    "backpropagation.check_inputs": [check_inputs_at_random, check_inputs_one_by_one],
    "backpropagation.train": [train_in_place, train_with_shuffled_copies],
    "backpropagation.wrong_relu": [wrong_relu_halved, wrong_relu_by_sign_and_more],
}


# -- activation_functions, the rest ---------------------------------------------------------------


def sigmoid_by_parts(z):
    answer = np.empty_like(z)
    low = z < 0
    answer[~low] = 1 / (1 + np.exp(-z[~low]))
    e = np.exp(z[low])
    answer[low] = e / (1 + e)
    return answer


def sigmoid_by_logarithms(z):
    return np.exp(-np.logaddexp(0, -z))


def sigmoid_number_by_number(z):
    answers = [1 / (1 + np.exp(-v)) if v > -30 else np.exp(v) for v in z.ravel()]
    return np.reshape(answers, z.shape).tolist()


def sigmoid_cut_off_far_out(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def slope_one_by_one(f, x):
    return [float(f(v + 1e-6) - f(v - 1e-6)) / 2e-6 for v in x]


def slope_of_a_finer_rule(f, x):
    h = 1e-4
    near, far = f(x + h) - f(x - h), f(x + 2 * h) - f(x - 2 * h)
    return (8 * near - far) / (12 * h)


def softsign_by_sign(z):
    a = np.where(z < 0, z / (1 - z * (z < 0)), z / (1 + z * (z > 0)))
    return [a, (1 - np.abs(a)) ** 2]


def softsign_in_float32(z):
    z = z.astype(np.float32)
    return np.sign(z) - np.sign(z) / (1 + np.abs(z)), (1 + np.abs(z)) ** -2.0


def collapse_by_probing(W1, b1, W2, b2):
    def both(X):
        return (X @ W1 + b1) @ W2 + b2

    b = both(np.zeros((1, len(W1))))[0]
    return both(np.eye(len(W1))) - b, b


def collapse_with_a_row_of_ones(W1, b1, W2, b2):
    first = np.vstack([np.column_stack([W1, np.zeros(len(W1))]), [*b1, 1]])
    whole = first @ np.vstack([W2, b2])
    return [whole[:-1], whole[-1]]


def log_softmax_by_logaddexp(Z):
    return Z - np.logaddexp.reduce(Z, axis=1, keepdims=True)


def log_softmax_row_by_row(Z):
    return [row - max(row) - np.log(sum(np.exp(row - max(row)))) for row in Z]


def tempered_of_differences(Z, T):
    return 1 / np.exp((Z[:, np.newaxis, :] - Z[:, :, np.newaxis]) / T).sum(axis=2)


def tempered_in_the_other_order(Z, T):
    scaled = Z / T
    scaled -= scaled.max(axis=1)[:, None]
    return np.exp(scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True)))


def tempered_row_by_row(Z, T):
    rows = []
    for row in Z:
        e = np.exp([(z - max(row)) / T for z in row])
        rows.append(e / sum(e))
    return rows


def dead_fraction_by_the_largest(Z):
    return (Z.max(axis=0) <= 0).sum() / Z.shape[1]


def dead_fraction_by_loop(Z):
    dead = [unit for unit in Z.T.tolist() if not any(value > 0 for value in unit)]
    return len(dead) / len(Z[0])


def own_function_sine():
    return np.sin, 1.1


def own_function_two_slopes():
    return [lambda z: np.where(z > 0, z, 0.5 * z), np.float64(1.265)]


def own_function_arcs():
    return np.arctan, 1.2


RIGHT |= {
    "activation_functions.sigmoid": [
        sigmoid_by_parts,
        sigmoid_by_logarithms,
        sigmoid_number_by_number,
        sigmoid_cut_off_far_out,
    ],
    "activation_functions.slope": [slope_one_by_one, slope_of_a_finer_rule],
    "activation_functions.softsign": [softsign_by_sign, softsign_in_float32],
    "activation_functions.collapse": [collapse_by_probing, collapse_with_a_row_of_ones],
    "activation_functions.log_softmax": [log_softmax_by_logaddexp, log_softmax_row_by_row],
    "activation_functions.tempered": [
        tempered_of_differences,
        tempered_in_the_other_order,
        tempered_row_by_row,
    ],
    "activation_functions.dead_fraction": [dead_fraction_by_the_largest, dead_fraction_by_loop],
    "activation_functions.own_function": [
        own_function_sine,
        own_function_two_slopes,
        own_function_arcs,
    ],
}
