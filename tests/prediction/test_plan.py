"""A plan answers what the network answers, layer by layer and at any size."""

import copy
import pickle
import threading
import tracemalloc

import numpy as np
import pytest

from course_utils import (
    ACTIVATIONS,
    Activation,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Identity,
    InferencePlan,
    PReLU,
    Residual,
    Scale,
    Sequential,
    predict,
    predict_logits,
    predict_proba,
    softmax,
)
from course_utils.containers import Chain
from course_utils.prediction import _batches, plan
from tests.closeness import assert_close, roundings
from tests.messages import says

RNG = np.random.default_rng(0)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])
SIZES = [1, 2, 255, 256, 257, 700]


def dense(n_in, n_out, dtype=np.float64):
    layer = Dense(n_in, n_out, "xavier", rng=1, dtype=dtype)
    layer.params["b"] = RNG.normal(size=n_out) / 2
    return layer


def batch_norm(n):
    layer = BatchNorm(n)
    layer.params["gamma"], layer.params["beta"] = RNG.uniform(0.5, 2, n), RNG.normal(size=n)
    layer.state["running_mean"] = RNG.normal(size=n)
    layer.state["running_var"] = RNG.uniform(0.5, 2, n)
    return layer


def far_norm():
    layer = BatchNorm(2)
    layer.state["running_mean"] = [0.0, 17.0]
    return layer


def scale(n):
    return Scale(RNG.normal(size=n), RNG.uniform(0.5, 2, n))


def layers_of(name):
    """The layers of networks from 6 features to 4 logits."""
    return {
        "linear": lambda: [dense(6, 4)],
        "textbook": lambda: [
            *(dense(6, 8), Activation("sigmoid")),
            *(dense(8, 7), Activation("sigmoid")),
            dense(7, 4),
        ],
        "scaled": lambda: [scale(6), dense(6, 8), Activation("relu"), dense(8, 4)],
        "scaled twice": lambda: [scale(6), scale(6), dense(6, 4), scale(4)],
        "scaled inside": lambda: [
            *(dense(6, 8), scale(8), Activation("sigmoid"), scale(8)),
            *(dense(8, 8), Activation("tanh"), batch_norm(8), dense(8, 4)),
        ],
        "normalised": lambda: [
            *(dense(6, 8), batch_norm(8), Activation("relu"), Dropout(0.5)),
            *(batch_norm(8), dense(8, 4), Identity()),
        ],
        "two products": lambda: [dense(6, 5), dense(5, 4)],
        "nested": lambda: [Chain(Flatten(), dense(6, 8)), Chain(Activation("elu"), dense(8, 4))],
        "few outputs": lambda: [dense(6, 2), Activation("tanh"), dense(2, 4)],
    }[name]()


NAMES = ["linear", "textbook", "scaled", "scaled twice", "scaled inside", "normalised"]
NAMES += ["two products", "nested", "few outputs"]


def network_of(name, dtype=np.float64, output="softmax"):
    return Sequential(*layers_of(name), output=output, input_shape=(6,), dtype=dtype)


def plain(network, X):
    return network.head.activation(network.forward(X))


def draw(n, dtype=np.float64):
    return RNG.normal(size=(n, 6)).astype(dtype)


@every_dtype
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_a_plan_answers_what_the_network_answers(name, n, dtype):
    network, X = network_of(name, dtype), draw(n, dtype)
    answer = InferencePlan(network)(X)
    assert answer.dtype == dtype
    assert_close(answer, plain(network, X), **roundings(network, X))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation):
    layers = dense(6, 8), Activation(activation), dense(8, 4)
    network, X = Sequential(*layers, output="softmax"), draw(300)
    assert_close(InferencePlan(network)(X), plain(network, X), **roundings(network, X))


def test_hyperparameters_of_an_activation_count():
    layers = dense(6, 8), Activation("leaky_relu", alpha=0.5), dense(8, 4)
    network, X = Sequential(*layers, output="softmax"), draw(9)
    assert_close(InferencePlan(network)(X), plain(network, X), **roundings(network, X))


@pytest.mark.parametrize("output", ["identity", "sigmoid", "softmax"])
def test_every_head(output):
    network, X = network_of("textbook", output=output), draw(300)
    assert_close(InferencePlan(network)(X), plain(network, X), **roundings(network, X))


@every_dtype
def test_pixels_go_in_as_they_are(dtype):
    layers = Scale(0, 1 / 255), Dense(784, 9, rng=0), Activation("sigmoid"), Dense(9, 3, rng=1)
    network = Sequential(*layers, output="softmax", input_shape=(784,), dtype=dtype)
    X = RNG.integers(0, 256, (500, 784), dtype=np.uint8)
    assert_close(InferencePlan(network)(X), plain(network, X), **roundings(network, X))


def test_samples_of_any_layout_go_in():
    network = Sequential(Flatten(), dense(6, 4), output="softmax", input_shape=(2, 3))
    X = RNG.normal(size=(3, 2, 600)).T
    assert not X.flags.c_contiguous
    assert_close(InferencePlan(network)(X), plain(network, X), **roundings(network, X))


@pytest.mark.parametrize("size", [1.0, 1e3, 1e30])
@pytest.mark.parametrize("name", ["linear", "textbook", "scaled"])
def test_large_logits_do_not_overflow(name, size):
    """Where the weights can't promise small logits, the largest one is subtracted."""
    network, X = network_of(name, np.float32), draw(300, np.float32)
    network.params[f"W{len(list(network.params)) // 2}"] *= size
    answer = InferencePlan(network)(X)
    assert np.isfinite(answer).all()
    # the sum of 4 exp, a division by it, and again a sum
    assert_close(answer.sum(axis=1), np.ones(300), terms=4 + 1 + 4)


def test_large_samples_do_not_overflow_where_an_activation_has_no_bound():
    network, X = network_of("scaled", np.float32), 1e4 * draw(300, np.float32)
    assert np.abs(network.forward(X)).max() > 1000  # exp of 89 is infinite in float32
    answer = InferencePlan(network)(X)
    assert_close(answer.sum(axis=1), np.ones(300), terms=4 + 1 + 4)


@pytest.mark.parametrize("bias", [100, -100])
def test_a_large_bias_does_not_overflow(bias):
    """A bounded activation promises small logits only where the bias is small, too."""
    network, X = network_of("few outputs", np.float32), draw(300, np.float32)
    network.params["b2"] = [bias, 0, 0, 0]
    answer = InferencePlan(network)(X)
    assert_close(answer[:, 0], np.full(300, float(bias > 0)), terms=4 + 1, size=1)


@pytest.mark.parametrize("n", [1, 700])
def test_an_answer_goes_where_it_is_asked_for(n):
    made, X = InferencePlan(network_of("textbook")), draw(n)
    out = np.full((n, 4), np.nan)
    assert made(X, out) is out
    np.testing.assert_array_equal(out, made(X))


def test_a_plan_is_a_snapshot():
    network, X = network_of("textbook"), draw(3)
    made = InferencePlan(network)
    before = made(X).copy()
    network.theta = 0.0
    np.testing.assert_array_equal(made(X), before)
    assert np.abs(InferencePlan(network)(X) - before).max() > 0.01


def test_the_network_is_left_as_it_was():
    network = network_of("scaled inside")
    theta = network.theta.copy()
    InferencePlan(network)(draw(3))
    np.testing.assert_array_equal(network.theta, theta)


def test_sizes_that_come_in_turn_do_not_disturb_each_other():
    network, X = network_of("textbook"), draw(300)
    made, expected, close = InferencePlan(network), plain(network, X), roundings(network, X)
    for n in [*range(1, 15), 300, 1, 256, 3]:
        assert_close(made(X[:n]), expected[:n], **close)


@pytest.mark.parametrize("n", [1, 300])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_found(value, n):
    made, X = InferencePlan(network_of("textbook")), draw(n)
    X[n - 1, 5] = value
    with pytest.raises(ValueError, match=rf"after the first layer.*sample {n - 1} is the first"):
        made(X)


def test_a_value_that_the_network_type_can_not_hold_is_found():
    with pytest.raises(ValueError, match=r"X \(as float32, after the first layer\) holds NaN"):
        InferencePlan(network_of("textbook", np.float32))(np.full((300, 6), 1e300))


@pytest.mark.parametrize("X", [np.zeros((3, 5)), np.zeros(6), np.zeros((0, 6))])
def test_samples_of_another_shape_are_refused(X):
    with pytest.raises(ValueError, match=r"X (must have shape \('?N'?, 6\)|is empty)"):
        InferencePlan(network_of("textbook"))(X)


def test_text_is_refused():
    with pytest.raises(TypeError, match="must hold real numbers"):
        InferencePlan(network_of("textbook"))(np.full((3, 6), "a"))


@pytest.mark.parametrize(
    ("network", "error", "message"),
    [
        (Dense(2, 2), TypeError, "made for a Sequential; got Dense"),
        (Sequential(Conv2D(1, 2, 3)), TypeError, r"knows no Conv2D\(1, 2, 3\)"),
        (Sequential(Dense(2, 2), PReLU(2)), TypeError, r"knows no PReLU"),
        (Sequential(Residual(Dense(2, 2)), Dense(2, 2)), TypeError, "knows no Residual"),
        (Sequential(Activation("relu"), Dense(2, 2)), TypeError, "knows no Activation"),
        (Sequential(Dense(2, 2), Activation("sigmoid")), TypeError, "end with Dense"),
        (Sequential(Dense(2, 2), Activation("relu"), Scale(0, 2)), TypeError, "end with Dense"),
        (Sequential(Scale(16.1, 1), Dense(2, 2)), ValueError, says("shifts by more than 16")),
        (Sequential(far_norm(), Dense(2, 2)), ValueError, says("BatchNorm(2) shifts by more")),
    ],
    ids=["layer", "Conv2D", "PReLU", "Residual", "first", "head", "last", "shift", "norm"],
)
def test_what_a_plan_does_not_know_is_named(network, error, message):
    with pytest.raises(error, match=message):
        InferencePlan(network)
    assert plan.plan_for(network) is None


@pytest.mark.parametrize("shift", [16, -16])
def test_a_shift_by_no_more_than_16_is_taken_into_the_weights(shift):
    network = Sequential(Scale(shift, 1), dense(6, 4), output="softmax", dtype=np.float64)
    X = draw(9)
    assert_close(InferencePlan(network)(X), plain(network, X), **roundings(network, X))


def test_an_answer_calls_its_samples_as_it_is_told():
    made, X = InferencePlan(network_of("textbook")), draw(300)
    for row in (2, 299):
        X[row:] = np.nan
        message = says("chunk (as float64", f"sample {1000 + row} is the first")
        with pytest.raises(ValueError, match=message):
            made.answer(X[: row + 1], "chunk", 1000)
        X[row:] = 0


@pytest.mark.parametrize(
    ("name", "looked_for"), [("few outputs", False), ("textbook", False), ("scaled", True)]
)
def test_the_largest_logit_is_looked_for_only_where_exp_could_overflow(name, looked_for):
    """The others end with a sigmoid or tanh and small weights."""
    assert InferencePlan(network_of(name))._needs_maximum is looked_for


# -- what predict_proba and its siblings make of it -------------------------------------------


@pytest.mark.parametrize("function", [predict_proba, predict, predict_logits])
def test_predictions_go_by_the_plan_and_stay_the_same(function, monkeypatch):
    network, X = network_of("textbook"), draw(1300)
    used = []
    answer = InferencePlan.answer
    monkeypatch.setattr(
        InferencePlan,
        "answer",
        lambda self, X, *rest: used.append(len(X)) or answer(self, X, *rest),
    )
    by_plan = function(network, X, progress=False)
    assert used == [1000, 300]
    monkeypatch.setattr(_batches, "plan_for", lambda network, finish: None)
    assert_close(by_plan, function(network, X, progress=False), **roundings(network, X))


@pytest.mark.parametrize(("n", "goes"), [(plan.ROWS - 1, False), (plan.ROWS, True)])
def test_a_batch_goes_by_the_plan_from_a_number_of_rows_on(n, goes, monkeypatch):
    used = []
    answer = InferencePlan.answer
    monkeypatch.setattr(
        InferencePlan,
        "answer",
        lambda self, X, *rest: used.append(len(X)) or answer(self, X, *rest),
    )
    predict_logits(network_of("textbook"), draw(n), progress=False)
    assert used == ([n] if goes else [])


def test_equal_batches_have_equal_bits_wherever_they_stand():
    network, X = network_of("textbook", np.float32), draw(2100, np.float32)
    whole = predict_proba(network, X, progress=False)
    np.testing.assert_array_equal(whole[2000:], predict_proba(network, X[2000:], progress=False))
    np.testing.assert_array_equal(whole[1000:2000], predict_proba(network, X[1000:2000]))


def test_a_network_without_a_plan_takes_the_plain_path():
    network = Sequential(
        Conv2D(1, 2, 3, rng=0),
        Flatten(),
        Dense(8, 3, rng=1),
        output="softmax",
        input_shape=(1, 4, 4),
    )
    X = RNG.normal(size=(300, 1, 4, 4)).astype(np.float32)
    np.testing.assert_array_equal(
        predict_proba(network, X, progress=False), softmax(network.forward(X))
    )


@pytest.mark.parametrize("parent", [Dense, Activation, Scale, Dropout, Chain])
def test_a_subclass_may_compute_something_else(parent):
    """A student's own layer is never taken for the one it is derived from."""

    class Doubled(parent):
        def forward(self, X, training=False, cache=None):
            return 2 * super().forward(X, training, cache)

    arguments = {Dense: (6, 4), Activation: ("relu",), Scale: (0, 1), Dropout: (0.5,)}
    own = Doubled(*arguments.get(parent, [dense(6, 4)]))
    layers = [dense(6, 6), own, dense(4 if parent in (Dense, Chain) else 6, 3)]
    network, X = Sequential(*layers, output="softmax", dtype=np.float64), draw(300)
    assert plan.plan_for(network) is None
    np.testing.assert_array_equal(predict_proba(network, X, progress=False), plain(network, X))


def test_a_copy_of_a_plan_has_arrays_of_its_own():
    made, X = InferencePlan(network_of("textbook")), draw(300)
    np.testing.assert_array_equal(copy.deepcopy(made)(X), made(X))


def test_memory_beyond_input_and_output_is_small():
    """At most 2 MB for 70,000 images."""
    layers = Dense(784, 50, rng=0), Activation("sigmoid"), Dense(50, 100, rng=1)
    network = Sequential(*layers, Activation("sigmoid"), Dense(100, 10, rng=2), output="softmax")
    X, out = np.zeros((70_000, 784), np.uint8), np.empty((70_000, 10), np.float32)
    tracemalloc.start()
    predict_proba(network, X, out=out, progress=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e6


# -- threads --------------------------------------------------------------------------------


def test_threads_that_share_a_plan_get_the_same_answers():
    """Each asks for samples of its own, as many as the others, and keeps what it was answered."""
    layers = Dense(30, 20, rng=0), Activation("sigmoid"), Dense(20, 5, rng=1)
    plan = InferencePlan(Sequential(*layers, output="softmax"))
    rng, wrong, threads = np.random.default_rng(0), [], 8
    kinds = [(1, np.float32), (7, np.float32), (256, np.float64), (700, np.float32)]
    asked = [[rng.normal(size=(n, 30)).astype(kind) for n, kind in kinds] for _ in range(threads)]
    expected = [[plan(X).copy() for X in own] for own in asked]
    together = threading.Barrier(threads)

    def ask(own, right):
        together.wait()
        for _ in range(50):
            answers = [plan(X) for X in own]
            wrong.extend(len(a) for a, b in zip(answers, right, strict=True) if (a != b).any())

    asking = [threading.Thread(target=ask, args=pair) for pair in zip(asked, expected, strict=True)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("again", [copy.deepcopy, lambda plan: pickle.loads(pickle.dumps(plan))])
def test_a_copy_of_a_plan_answers_alike_and_shares_no_buffers(again):
    layers = Dense(3, 4, rng=0), Activation("tanh"), Dense(4, 2, rng=1)
    plan = InferencePlan(Sequential(*layers, output="softmax"))
    X = np.ones((2, 3), np.float32)
    answer, copied = plan(X), again(plan)
    np.testing.assert_array_equal(copied(X), answer)
    assert copied._scratch.buffers[1] is not plan._scratch.buffers[1]
