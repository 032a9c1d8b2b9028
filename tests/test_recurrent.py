"""Recurrent layers: cells by hand, gradients through time, shapes, and what is refused."""

import copy
import itertools
import math
import pickle
import tracemalloc

import numpy as np
import pytest

from course_utils import (
    GRU,
    LSTM,
    RNN,
    SGD,
    Dense,
    Recurrent,
    Sequential,
    check_gradient,
    fit,
    gradient_report,
    load_torch_weights,
    predict_proba,
)
from tests.closeness import FUNCTION, assert_close
from tests.messages import says

KINDS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
last_and_all = pytest.mark.parametrize("sequences", [False, True], ids=["last", "all"])

RNG = np.random.default_rng(0)


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def filled(layer, scale=0.7):
    """The layer, with every parameter drawn: no bias is left at 0."""
    rng = np.random.default_rng(1)
    for name, array in layer.params.items():
        layer.params[name] = scale * rng.normal(size=array.shape)
    return layer


# -- steps by hand --------------------------------------------------------------------------


def rnn_by_hand(x, h):
    return math.tanh(2 * x + 0.5 * h - 1)


def lstm_by_hand(x, h, c):
    i, f, o = sigmoid(x - h + 0.1), sigmoid(2 * x + 0.2), sigmoid(-x + h + 0.3)
    g = math.tanh(0.5 * x + 2 * h + 0.4)
    c = f * c + i * g
    return o * math.tanh(c), c


def gru_by_hand(x, h):
    r, z = sigmoid(x - h + 0.1 + 1), sigmoid(2 * x + 0.2 + 2)
    n = math.tanh(-x + 0.3 + r * (2 * h + 3))
    return (1 - z) * n + z * h


@pytest.mark.parametrize(
    ("kind", "params", "step", "n_states"),
    [
        (RNN, {"Wx": [[2]], "Wh": [[0.5]], "b": [-1]}, rnn_by_hand, 1),
        (
            LSTM,  # i, f, o, g
            {"Wx": [[1, 2, -1, 0.5]], "Wh": [[-1, 0, 1, 2]], "b": [0.1, 0.2, 0.3, 0.4]},
            lstm_by_hand,
            2,
        ),
        (
            GRU,  # r, z, n
            {"Wx": [[1, 2, -1]], "Wh": [[-1, 0, 2]], "b": [0.1, 0.2, 0.3], "bh": [1, 2, 3]},
            gru_by_hand,
            1,
        ),
    ],
)
def test_steps_by_hand(kind, params, step, n_states):
    layer = kind(1, 1, return_sequences=True, dtype=np.float64)
    assert list(layer.params) == list(params)
    for name, values in params.items():
        layer.params[name] = values
    states, expected = (0.0,) * n_states, []
    for x in (0.5, -1.0, 2.0):
        result = step(x, *states)
        states = result if n_states == 2 else (result,)
        expected.append(states[0])
    A = layer.forward(np.array([[[0.5], [-1.0], [2.0]]]))
    # 3 steps: a gate's sum of 3 terms, its function and what is done with it
    assert_close(A[0, :, 0], expected, terms=3 * (4 + 2 * FUNCTION + 6), size=4)


@every_kind
def test_the_last_state_is_the_last_of_all_states(kind):
    X = RNG.normal(size=(4, 6, 3))
    last, all_states = (kind(3, 5, sequences, rng=0, dtype=np.float64) for sequences in (0, 1))
    np.testing.assert_array_equal(last.forward(X), all_states.forward(X)[:, -1])


@every_kind
def test_samples_do_not_mix_and_a_state_depends_on_the_steps_before_only(kind):
    layer = filled(kind(3, 5, return_sequences=True, dtype=np.float64))
    X = RNG.normal(size=(4, 6, 3))
    changed = X.copy()
    changed[1, 3] += 1
    differs = (layer.forward(X) != layer.forward(changed)).any(axis=2)
    assert differs.tolist() == [[False] * 6, [False] * 3 + [True] * 3, [False] * 6, [False] * 6]


# -- gradients ------------------------------------------------------------------------------


@pytest.mark.parametrize("T", [1, 5])
@pytest.mark.parametrize("N", [1, 3])
@last_and_all
@pytest.mark.parametrize(
    ("kind", "options"),
    [(RNN, {}), (RNN, {"activation": "softplus"}), (LSTM, {}), (GRU, {})],
    ids=str,
)
def test_backward_is_the_derivative_of_forward(kind, options, sequences, N, T):
    layer = filled(kind(3, 4, return_sequences=sequences, dtype=np.float64, **options))
    rng = np.random.default_rng(2)
    X = rng.normal(size=(N, T, 3))
    dA = rng.normal(size=layer.forward(X, training=True).shape)
    X_before, dA_before = X.copy(), dA.copy()
    dX = layer.backward(dA)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(dA, dA_before)
    check_gradient(lambda X: np.sum(dA * layer.forward(X)), X, dX)
    for name, start in layer.params.items():
        start = start.copy()

        def value(values, name=name):
            layer.params[name] = values
            return np.sum(dA * layer.forward(X))

        check_gradient(value, start, layer.grads[name])
        layer.params[name] = start


def test_layers_on_top_of_each_other_have_the_gradients_of_the_whole():
    network = Sequential(
        LSTM(2, 3, return_sequences=True, rng=0),
        GRU(3, 2, return_sequences=True, rng=1),
        RNN(2, 3, rng=2),
        Dense(3, 2, rng=3),
        output="softmax",
        input_shape=(4, 2),
    )
    X = RNG.normal(size=(3, 4, 2))
    report = gradient_report(network, X, np.array([0, 1, 1]), "softmax_cross_entropy")
    assert len(report) == len(network.params) + 1
    assert max(report.values()) < 1e-7


@every_kind
@last_and_all
def test_backward_overwrites_and_may_be_repeated(kind, sequences):
    layer = kind(3, 4, return_sequences=sequences, rng=0)
    X = RNG.normal(size=(2, 5, 3)).astype(np.float32)
    dA = np.ones_like(layer.forward(X, training=True))
    first = layer.backward(dA)
    arrays = {name: (array, array.copy()) for name, array in layer.grads.items()}
    np.testing.assert_array_equal(layer.backward(dA), first)
    for name, (array, values) in arrays.items():
        assert layer.grads[name] is array
        np.testing.assert_array_equal(array, values)
        assert array.any()
    assert layer.backward(dA, need_dX=False) is None


@pytest.mark.parametrize("radius", [0.5, 0.9, 1.0, 1.1, 2.0])
def test_the_gradient_of_an_rnn_vanishes_or_explodes_with_the_radius_of_an_orthogonal_matrix(
    radius,
):
    T, layer = 40, RNN(4, 4, rng=0, dtype=np.float64)
    layer.params["Wx"] = np.eye(4)
    layer.params["Wh"] *= radius  # it starts orthogonal: all its eigenvalues have length 1
    layer.forward(np.zeros((1, T, 4)), training=True)  # h stays at 0, where tanh has slope 1
    dX = layer.backward(np.array([[1.0, 0.0, 0.0, 0.0]]))
    lengths = np.linalg.norm(dX[0], axis=1)
    expected = radius ** np.arange(T - 1, -1, -1.0)
    # backward through up to T steps, sums of 4 products of elements of vectors of that length; an
    # orthogonal matrix doubles their sizes at most, and is itself exact to some eps
    assert_close(lengths, expected, terms=T * 2 * 3 * 4 + 8, size=expected)


@pytest.mark.parametrize("radius", [0.5, 2.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_of_an_rnn_vanishes_or_explodes_with_the_spectral_radius(radius, seed):
    T, layer = 200, RNN(6, 6, rng=0, dtype=np.float64)
    Wh = np.random.default_rng(seed).normal(size=(6, 6))
    layer.params["Wh"] = radius / np.abs(np.linalg.eigvals(Wh)).max() * Wh
    layer.params["Wx"] = np.eye(6)
    layer.forward(np.zeros((1, T, 6)), training=True)
    lengths = np.linalg.norm(layer.backward(np.ones((1, 6)))[0], axis=1)
    rate = (lengths[0] / lengths[100]) ** (1 / 100)
    # the length may swing, by a factor of 10 at most: 10^(1/100) = 1.023
    assert rate == pytest.approx(radius, abs=0.023 * radius)


@every_kind
def test_a_long_memory_needs_a_gate(kind):
    """How much of the gradient of the last state reaches the first step, 60 steps before."""
    layer = kind(1, 8, rng=0, dtype=np.float64)
    layer.params["Wh"] *= 0.5
    if kind is not RNN:  # hold the gate that keeps the state open: f of the LSTM, z of the GRU
        k = layer.gates.index("f" if kind is LSTM else "z")
        layer.params["b"][8 * k : 8 * (k + 1)] = 8
    layer.forward(np.full((1, 60, 1), 0.1), training=True)
    first = np.abs(layer.backward(np.ones((1, 8)))[0, 0]).max()
    assert first < 1e-15 if kind is RNN else first > 1e-5


# -- the plain path -------------------------------------------------------------------------


def plain_lstm(X, dA, Wx, Wh, b):
    """All states of an LSTM and the gradients of sum(dA * states), as books write them."""
    N, T, _ = X.shape
    H = len(Wh)
    h, c, passed, states = np.zeros((N, H)), np.zeros((N, H)), [], []
    for t in range(T):
        z_i, z_f, z_o, z_g = np.split(X[:, t] @ Wx + h @ Wh + b, 4, axis=1)
        i, f, o = 1 / (1 + np.exp(-z_i)), 1 / (1 + np.exp(-z_f)), 1 / (1 + np.exp(-z_o))
        g, c_before, h_before = np.tanh(z_g), c, h
        c = f * c + i * g
        h = o * np.tanh(c)
        states.append(h)
        passed.append((h_before, c_before, i, f, o, g, c))
    dX, dWx, dWh, db = np.zeros(X.shape), np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(b.shape)
    dh, dc = np.zeros((N, H)), np.zeros((N, H))
    for t in reversed(range(T)):
        h_before, c_before, i, f, o, g, c = passed[t]
        dh = dh + dA[:, t]
        dc = dc + dh * o * (1 - np.tanh(c) ** 2)
        di, df, do, dg = dc * g, dc * c_before, dh * np.tanh(c), dc * i
        slopes = i * (1 - i), f * (1 - f), o * (1 - o), 1 - g**2
        dZ = np.hstack([d * slope for d, slope in zip((di, df, do, dg), slopes, strict=True)])
        dX[:, t] = dZ @ Wx.T
        dWx += X[:, t].T @ dZ
        dWh += h_before.T @ dZ
        db += dZ.sum(axis=0)
        dh, dc = dZ @ Wh.T, dc * f
    return np.stack(states, axis=1), dX, {"Wx": dWx, "Wh": dWh, "b": db}


@pytest.mark.parametrize("N", [1, 7])
@pytest.mark.parametrize("T", [1, 6])
@pytest.mark.parametrize("H", [1, 12, 16])  # with 3 inputs and a 1, 12 make 16 columns without fill
@last_and_all
def test_an_lstm_is_the_plain_lstm(N, T, H, sequences):
    layer = filled(LSTM(3, H, sequences, dtype=np.float64))
    rng = np.random.default_rng(3)
    X = rng.normal(size=(T, 3, N)).transpose(2, 0, 1)  # in an order of its own
    dA = rng.normal(size=(N, T, H) if sequences else (N, H))
    dA_all = dA if sequences else np.zeros((N, T, H))
    if not sequences:
        dA_all[:, -1] = dA
    states, dX, grads = plain_lstm(X, dA_all, *(layer.params[name] for name in ("Wx", "Wh", "b")))
    # T steps there and back, of sums over inputs, states and samples, and 3 functions one after
    # another; what is summed is at most the largest gradient and the largest state
    terms = 2 * T * (3 + H + N + 3 * FUNCTION)
    close = {"terms": terms, "size": max(1, *(np.abs(grad).max() for grad in grads.values()))}
    A = layer.forward(X, training=True)
    assert_close(A, states if sequences else states[:, -1], **close)
    assert_close(layer.backward(dA), dX, **close)
    for need_dX in (True, False):
        layer.backward(dA, need_dX)
        for name, grad in grads.items():
            assert_close(layer.grads[name], grad, **close)


@every_kind
@last_and_all
@pytest.mark.parametrize("T", [1, 2, 7])
def test_a_pass_without_cache_computes_the_same_in_the_memory_of_one_step(kind, sequences, T):
    layer = filled(kind(3, 4, sequences))
    X = RNG.normal(size=(5, T, 3)).astype(np.float32)
    np.testing.assert_array_equal(layer.forward(X), layer.forward(X, training=True))


@every_kind
def test_a_pass_without_cache_needs_memory_for_one_step(kind):
    layer = kind(3, 8)

    def peak(T, **options):
        tracemalloc.start()
        layer.forward(np.zeros((50, T, 3), np.float32)[:, ::-1], **options)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak - 50 * T * 3 * 4  # but for the input itself

    state = 50 * 8 * 4  # bytes of one step's states, of which a pass with a cache keeps all
    assert peak(100) - peak(10) < 90 * state / 10
    assert peak(100, training=True) - peak(10, training=True) > 90 * state
    assert peak(100, training=True) > 5 * peak(10, training=True)


@every_kind
def test_gradients_do_not_depend_on_the_order_in_memory(kind):
    layer = filled(kind(3, 4, return_sequences=True))
    X = RNG.normal(size=(5, 6, 3)).astype(np.float32)
    dA = RNG.normal(size=(5, 6, 4)).astype(np.float32)
    layer.forward(X, training=True)
    expected = layer.backward(dA)
    for order in itertools.permutations(range(3)):
        turned = np.ascontiguousarray(dA.transpose(order)).transpose(np.argsort(order))
        np.testing.assert_array_equal(layer.backward(turned), expected)


@every_kind
def test_states_may_be_changed_before_the_way_back(kind):
    layer = filled(kind(3, 4, return_sequences=True))
    X, dA = np.ones((2, 5, 3), np.float32), np.ones((2, 5, 4), np.float32)
    A = layer.forward(X, training=True)
    expected = layer.backward(dA)
    A[...] = 0
    np.testing.assert_array_equal(layer.backward(dA), expected)


class Leaky(Recurrent):
    """A cell of a student's own, whose state acts past the product too: h' = (h + tanh(z)) / 2."""

    gates = ("h",)
    kept = ("a",)

    def step(self, t, Z, h, a):
        a[t] = np.tanh(Z[t])
        h[t + 1] = (h[t] + a[t]) / 2

    def step_back(self, t, dZ, dh, Z, h, a):
        dh /= 2
        dZ[...] = dh * (1 - a[t] ** 2)
        return dh


class LeakySeparate(Leaky):
    """The same, with U by itself."""

    separate = True

    def step(self, t, Z, U, h, a):
        Z[t] += U
        super().step(t, Z=Z, h=h, a=a)

    def step_back(self, t, dZ, dU, dh, Z, h, a):
        direct = super().step_back(t, dZ=dZ, dh=dh, Z=Z, h=h, a=a)
        dU[...] = dZ
        return direct


@pytest.mark.parametrize("kind", [Leaky, LeakySeparate])
@last_and_all
def test_a_cell_of_ones_own_needs_one_step_and_its_way_back(kind, sequences):
    X = RNG.normal(size=(3, 5, 3))
    layer = filled(kind(3, 4, sequences, dtype=np.float64))
    A = layer.forward(X, training=True)
    dX = layer.backward(np.ones_like(A))
    check_gradient(lambda X: np.sum(layer.forward(X)), X, dX)
    for name, start in layer.params.items():
        start = start.copy()

        def value(values, name=name):
            layer.params[name] = values
            return np.sum(layer.forward(X))

        check_gradient(value, start, layer.grads[name])
        layer.params[name] = start


# -- numbers, shapes and types --------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@last_and_all
@pytest.mark.parametrize(("N", "T"), [(1, 1), (2, 7), (5, 3)])
def test_shape_and_type_hold_forward_and_backward(kind, dtype, sequences, N, T):
    layer = kind(3, 4, return_sequences=sequences, dtype=dtype)
    X = RNG.normal(size=(N, T, 3)).astype(dtype)
    A = layer.forward(X, training=True)
    assert A.shape == (N, *layer.output_shape((T, 3)))
    assert A.shape == ((N, T, 4) if sequences else (N, 4))
    dX = layer.backward(np.ones_like(A))
    assert dX.shape == X.shape
    assert {A.dtype, dX.dtype, *(grad.dtype for grad in layer.grads.values())} == {np.dtype(dtype)}


@every_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@last_and_all
def test_extreme_inputs_stay_finite_without_a_warning(kind, dtype, sequences):
    layer = kind(2, 3, return_sequences=sequences, rng=0, dtype=dtype)
    X = np.array([[[1e4, -1e4]] * 5, [[-1e4, 1e4]] * 5, [[0, 1e4]] * 5], dtype)
    A = layer.forward(X, training=True)
    assert np.isfinite(A).all()
    assert np.isfinite(layer.backward(np.ones_like(A))).all()
    assert all(np.isfinite(grad).all() for grad in layer.grads.values())


@every_kind
def test_float32_is_float64_rounded(kind):
    layer = kind(6, 8, rng=0, dtype=np.float64)
    single = kind(6, 8, rng=0)
    X = RNG.normal(size=(4, 20, 6))
    # 20 steps: a sum of 14 products and 1 or 2 biases, its function, and what is done with it
    terms = 20 * (16 + FUNCTION + 6)
    assert_close(single.forward(X.astype(np.float32)), layer.forward(X), terms=terms, size=1)


@every_kind
@last_and_all
def test_views_go_in_and_the_steps_may_be_any_number(kind, sequences):
    layer = kind(3, 4, return_sequences=sequences, rng=0, dtype=np.float64)
    X = RNG.normal(size=(8, 6, 6))
    view = X[::2, :, ::-2]
    np.testing.assert_array_equal(layer.forward(view), layer.forward(view.copy()))
    A = layer.forward(view, training=True)
    dA = np.broadcast_to(1.0, A.shape)
    np.testing.assert_array_equal(layer.backward(dA), layer.backward(np.ones(A.shape)))
    assert layer.forward(X[:, :0, :3]).shape == ((8, 0, 4) if sequences else (8, 4))


@pytest.mark.parametrize(
    ("layer", "gates", "size"),
    [(RNN(3, 4), 1, 32), (LSTM(3, 4), 4, 128), (GRU(3, 4), 3, 108)],
)
def test_sizes_and_counts(layer, gates, size):
    assert layer.params["Wx"].shape == (3, 4 * gates)
    assert layer.params["Wh"].shape == (4, 4 * gates)
    assert layer.size == size
    assert layer.multiply_adds((5, 3)) == 5 * (3 * gates * 4 + 4 * gates * 4)
    assert layer.input_shape is None
    assert layer.decayed == ("Wx", "Wh")


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (RNN(3, 4), "RNN(3, 4)"),
        (RNN(3, 4, True, "relu"), "RNN(3, 4, return_sequences=True, activation='relu')"),
        (LSTM(28, 64, return_sequences=True), "LSTM(28, 64, return_sequences=True)"),
        (GRU(28, 64), "GRU(28, 64)"),
    ],
)
def test_layers_print_as_they_were_written(layer, text):
    assert repr(layer) == text
    assert repr(eval(text)) == text


# -- the start ------------------------------------------------------------------------------


@every_kind
def test_each_gate_starts_with_orthogonal_weights_of_the_state(kind):
    layer = kind(3, 16, rng=0, dtype=np.float64)
    blocks = np.split(layer.params["Wh"], len(layer.gates), axis=1)
    for block in blocks:
        # a factorisation in 16 steps of sums of 16 products, and 16 more here; rows have length 1
        assert_close(block.T @ block, np.eye(16), terms=2 * 16 + 16)
    assert all((one != other).any() for one, other in itertools.pairwise(blocks))


def test_orthogonal_weights_have_no_preferred_sign():
    # QR by itself makes the first element negative, always
    positive = [RNN(1, 5, rng=seed).params["Wh"][0, 0] > 0 for seed in range(40)]
    assert 10 < sum(positive) < 30


@every_kind
def test_each_gate_starts_with_glorots_weights_of_the_input(kind):
    Wx = kind(150, 50, rng=0, dtype=np.float64).params["Wx"]
    # the fans of one gate: 2 / (150 + 50) = 0.1^2; 7,500 draws or more, so 0.8 % and less
    assert Wx.std() == pytest.approx(0.1, abs=0.003)


def test_biases_start_at_0_and_that_of_the_forget_gate_at_1():
    assert LSTM(3, 2).params["b"].tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    gru = GRU(3, 2)
    assert not gru.params["b"].any()
    assert not gru.params["bh"].any()
    assert RNN(3, 2).params["b"].tolist() == [0, 0]


@every_kind
def test_the_generator_decides_the_weights(kind):
    first, again, other = (kind(3, 4, rng=seed).params for seed in (7, 7, 8))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["Wx"], other["Wx"])
    assert not np.array_equal(first["Wh"], other["Wh"])


# -- caches and copies ----------------------------------------------------------------------


@every_kind
def test_prediction_between_forward_and_backward_does_not_disturb(kind):
    layer = kind(3, 4, rng=0)
    X, other = RNG.normal(size=(2, 2, 5, 3)).astype(np.float32)
    A = layer.forward(X, training=True)
    expected = layer.backward(np.ones_like(A))
    layer.forward(other)
    np.testing.assert_array_equal(layer.backward(np.ones_like(A)), expected)


@every_kind
def test_the_last_state_does_not_hold_the_others_in_memory(kind):
    assert kind(3, 4).forward(np.ones((2, 5, 3))).base is None


@every_kind
@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copied_layer_stands_alone(kind, duplicate):
    network = Sequential(kind(3, 4, return_sequences=True, rng=0), kind(4, 2, rng=1))
    X = RNG.normal(size=(2, 5, 3)).astype(np.float32)
    expected = network.forward(X, training=True)
    clone = duplicate(network)
    np.testing.assert_array_equal(clone.forward(X), expected)
    layer = duplicate(network[0])
    assert layer.owner is None
    assert layer._cache is None
    assert repr(layer) == repr(network[0])
    assert not np.shares_memory(layer.params["Wh"], network.theta)
    np.testing.assert_array_equal(layer.forward(X), network[0].forward(X))


@every_kind
def test_a_network_learns_to_remember(kind):
    # which of the two classes came in the first of six steps, the others being noise
    rng = np.random.default_rng(0)
    X = rng.normal(scale=0.3, size=(200, 6, 1))
    y = rng.integers(2, size=200)
    X[:, 0, 0] = 2 * y - 1
    network = Sequential(kind(1, 8, rng=0), Dense(8, 2, rng=1), output="softmax")
    fit(network, X, y, "softmax_cross_entropy", SGD(0.5), 30, 20, rng=rng, progress=False)
    assert np.mean(predict_proba(network, X).argmax(axis=1) == y) == 1


# -- what is refused ------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("shape", [(5, 4), (3,), (5, 5, 3), ()])
def test_samples_of_another_shape_are_refused(kind, shape):
    layer = kind(3, 4)
    message = says(repr(layer), "(T, 3)", "3 features", f"got {shape}")
    with pytest.raises(ValueError, match=message):
        layer.output_shape(shape)
    with pytest.raises(ValueError, match=message):
        layer.forward(np.ones((2, *shape)))


def test_layers_that_do_not_fit_are_refused_when_the_network_is_built():
    with pytest.raises(ValueError, match=r"LSTM\(3, 2\) takes .*\(T, 3\).*; got \(5, 4\)"):
        Sequential(RNN(1, 4, return_sequences=True), LSTM(3, 2), input_shape=(5, 1))
    with pytest.raises(ValueError, match=r"GRU\(4, 2\) takes .*\(T, 4\).*; got \(4,\)"):
        Sequential(RNN(1, 4), GRU(4, 2), input_shape=(5, 1))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: RNN(0, 2), ValueError, "input_size must be at least 1; got 0"),
        (lambda: LSTM(2, -1), ValueError, "hidden_size must be at least 1; got -1"),
        (lambda: GRU(2, 2.5), TypeError, "hidden_size must be a whole number .* got 2.5"),
        (lambda: RNN(2, 2, activation="tahn"), ValueError, "unknown .* did you mean 'tanh'"),
    ],
)
def test_bad_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_base_class_has_no_cell_of_its_own():
    with pytest.raises(NotImplementedError):
        Recurrent.step(RNN(1, 1), 0, Z=None, h=None)
    with pytest.raises(NotImplementedError):
        Recurrent.step_back(RNN(1, 1), 0, dZ=None, dh=None, Z=None, h=None)


# -- weights from PyTorch (the numbers are compared in frameworks/test_torch_recurrent.py) --


def torch_dict(G, H=2, D=3):
    """Weights as PyTorch names and shapes them: each holds the number of its row."""
    rows = np.arange(1.0, G * H + 1)
    return {
        "weight_ih_l0": rows[:, np.newaxis] + np.zeros(D),
        "weight_hh_l0": 10 * rows[:, np.newaxis] + np.zeros(H),
        "bias_ih_l0": 100 * rows,
        "bias_hh_l0": 1000 * rows,
    }


@pytest.mark.parametrize(
    ("layer", "columns"),
    [
        (RNN(3, 2), [1, 2]),
        (LSTM(3, 2), [1, 2, 3, 4, 7, 8, 5, 6]),  # i, f, g, o becomes i, f, o, g
        (GRU(3, 2), [1, 2, 3, 4, 5, 6]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_torch_weights_are_transposed_reordered_and_added(layer, columns, dtype):
    given = {name: a.astype(dtype) for name, a in torch_dict(len(layer.gates)).items()}
    load_torch_weights(layer, given)
    columns = np.array(columns)
    np.testing.assert_array_equal(layer.params["Wx"], np.tile(columns, (3, 1)))
    np.testing.assert_array_equal(layer.params["Wh"], np.tile(10 * columns, (2, 1)))
    if isinstance(layer, GRU):
        np.testing.assert_array_equal(layer.params["b"], 100 * columns)
        np.testing.assert_array_equal(layer.params["bh"], 1000 * columns)
    else:
        np.testing.assert_array_equal(layer.params["b"], 1100 * columns)
    assert all(array.dtype == np.float32 for array in layer.params.values())


@every_kind
def test_missing_biases_are_zero(kind):
    layer = filled(kind(3, 2))
    given = torch_dict(len(layer.gates))
    load_torch_weights(layer, {name: given[name] for name in ("weight_ih_l0", "weight_hh_l0")})
    assert not layer.params["b"].any()
    assert layer.params["Wx"].all()
    if layer.separate:
        assert not layer.params["bh"].any()


def without(*names):
    return lambda given: {name: array for name, array in given.items() if name not in names}


def with_array(name, values):
    return lambda given: {**given, name: values}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (with_array("weight_ih_l1", [1.0]), ValueError, r"a single layer .*; got .*weight_ih_l1"),
        (with_array("weight_ih_l0_reverse", [1.0]), ValueError, r"one direction.*_l0_reverse\."),
        (without("weight_hh_l0"), ValueError, "got weight_ih_l0, bias_ih_l0, bias_hh_l0"),
        (without("bias_hh_l0"), ValueError, "neither; got weight_ih_l0, weight_hh_l0, bias_ih_l0"),
        (lambda given: {}, ValueError, "got nothing"),
        (
            with_array("weight_ih_l0", np.zeros((8, 4))),
            ValueError,
            r"LSTM\(3, 2\) takes weight_ih_l0 of shape \(8, 3\); got shape \(8, 4\)",
        ),
        (with_array("weight_hh_l0", np.zeros((6, 2))), ValueError, r"\(8, 2\); got .*\(6, 2\)"),
        (with_array("bias_hh_l0", np.zeros((8, 1))), ValueError, r"bias_hh_l0 .*\(8,\).*\(8, 1\)"),
        (with_array("bias_hh_l0", ["x"] * 8), TypeError, "expected real numbers"),
        (lambda given: torch_dict(3), ValueError, r"\(8, 3\); got shape \(6, 3\)"),
        (list, TypeError, r"such as torch_layer.state_dict\(\); got list"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(change, error, message):
    layer = filled(LSTM(3, 2))
    before = {name: array.copy() for name, array in layer.params.items()}
    with pytest.raises(error, match=message):
        load_torch_weights(layer, change(torch_dict(4)))
    for name, array in before.items():
        np.testing.assert_array_equal(layer.params[name], array)


def test_only_recurrent_layers_take_them():
    with pytest.raises(TypeError, match=r"an RNN, LSTM or GRU; got Dense\(3, 2\)"):
        load_torch_weights(Dense(3, 2), torch_dict(1))
