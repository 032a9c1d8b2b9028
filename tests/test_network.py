"""Sequential: one flat vector, whose views never silently stop being views."""

import copy
import functools
import gc
import pickle
import weakref

import numpy as np
import pytest

from course_utils import (
    SGD,
    Activation,
    Adam,
    BatchNorm,
    Checkpoint,
    Conv2D,
    Dense,
    EarlyStopping,
    Flatten,
    InferencePlan,
    Layer,
    Momentum,
    Parallel,
    Residual,
    Scale,
    Sequential,
    fit,
    gradient_report,
    predict_proba,
    softmax,
)
from tests.closeness import FUNCTION, assert_close
from tests.views import assert_views_hold, share_nothing


def make(output="softmax", dtype=None):
    return Sequential(
        Scale([1.0, 2.0], 0.5),
        Dense(2, 4, rng=0),
        Activation("tanh"),
        Dense(4, 3, rng=1),
        output=output,
        dtype=dtype,
    )


def nested():
    return Sequential(Sequential(Dense(2, 4, rng=0), Activation("relu")), Dense(4, 3, rng=1))


DATA = np.random.default_rng(5).normal(size=(9, 2)).astype(np.float32)
LABELS = np.arange(9) % 3


def trained(network):
    fit(network, DATA, LABELS, "softmax_cross_entropy", Adam(0.1), epochs=2, batch_size=4)
    return network


# -- views ----------------------------------------------------------------------------------


def assign_by_name(network):
    network.params["W1"] = np.full((2, 4), 7.0)
    assert (network.theta[:8] == 7).all()
    network.grads["b1"] = np.arange(4.0)
    assert network.grad[8:12].tolist() == [0, 1, 2, 3]
    return network


def assign_by_layer(network):
    leaf = next(leaf for leaf in network.leaves() if leaf.params)
    leaf.params["W"] = np.full((2, 4), 3.0)
    leaf.params["b"] -= 1
    assert network.theta[:12].tolist() == [3] * 8 + [-1] * 4
    return network


def assign_vectors(network):
    network.theta = np.arange(network.size)
    network.grad = 1
    assert network.params["b2"].tolist() == [24, 25, 26]
    assert network.grads["W2"].sum() == 12
    return network


def step(network):
    before = network.params["W2"].copy()
    network.grad = 1
    SGD(0.5).step(network.theta, network.grad)
    np.testing.assert_array_equal(network.params["W2"], before - np.float32(0.5))
    return network


def adopt_elsewhere(network):
    Sequential(network, Dense(3, 2))
    return network


CHANGES = [
    lambda network: network,
    assign_by_name,
    assign_by_layer,
    assign_vectors,
    step,
    trained,
    adopt_elsewhere,
    copy.copy,
    copy.deepcopy,
    lambda network: pickle.loads(pickle.dumps(network)),
    lambda network: network.astype(np.float64),
    lambda network: Sequential(network, Dense(3, 2)),
    lambda network: network[:1],
    lambda network: network[1:],
    lambda network: network[:][:2][1:],
    lambda network: copy.deepcopy(network[:2]),
    lambda network: copy.deepcopy(trained(network)),
]


@pytest.mark.parametrize("build", [make, nested])
@pytest.mark.parametrize("change", CHANGES)
def test_views_hold_whatever_happens(build, change):
    network = change(build())
    if network.size:
        assert_views_hold(network)


@pytest.mark.parametrize("build", [make, nested])
@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        lambda network: pickle.loads(pickle.dumps(network)),
        lambda network: network.astype(network.dtype),
        lambda network: copy.deepcopy(network[:]),
    ],
)
def test_a_copy_is_equal_and_shares_nothing(build, duplicate):
    network = trained(build())
    other = duplicate(network)
    np.testing.assert_array_equal(other.theta, network.theta)
    np.testing.assert_array_equal(other.forward(DATA), network.forward(DATA))
    assert share_nothing(network, other)
    assert other.owner is None
    assert (other.output, other.input_shape) == (network.output, network.input_shape)
    trained(other)
    assert not np.array_equal(other.theta, network.theta)
    assert_views_hold(network)


def test_a_copied_network_can_be_adopted_and_the_original_not_lost():
    network = make()
    outer = Sequential(copy.deepcopy(network), Dense(3, 1))
    assert_views_hold(outer)
    assert_views_hold(network)


def test_a_slice_shares_memory_on_purpose():
    network = make()
    part = network[1:3]
    part.theta[0] = 42
    assert network.params["W1"][0, 0] == 42
    assert part.input_shape == (2,)
    assert part.size == 12
    np.testing.assert_array_equal(network[3:].theta, network.theta[12:])
    assert np.shares_memory(network[3:].grad, network.grad)
    np.testing.assert_array_equal(
        network[2:].forward(network[:2].forward(DATA)), network.forward(DATA)
    )


def test_a_slice_made_early_follows_its_network_into_another():
    inner = make()
    part = inner[1:2]
    outer = Sequential(inner, Dense(3, 1))
    outer.theta = 5
    assert (part.theta == 5).all()
    assert np.shares_memory(part.theta, outer.theta)
    assert_views_hold(part)


def test_a_slice_knows_the_shape_it_takes_where_its_network_does():
    assert make()[2:].input_shape == (4,)
    images = Sequential(Flatten(), Dense(4, 1))
    assert images[1:].input_shape == (4,)
    assert images[:1].input_shape is None


def test_a_pickle_holds_every_value_once():
    network = Sequential(Dense(100, 100, rng=0))
    both_vectors_of_the_layer = 2 * network.theta.nbytes
    assert len(pickle.dumps(network)) < 1.1 * both_vectors_of_the_layer


def test_forward_keeps_nothing_unless_told_to():
    network = make()
    network.forward(DATA)
    with pytest.raises(RuntimeError, match="needs a cached forward pass"):
        network.backward(np.ones((9, 3)))


def test_a_network_that_learns_nothing_gives_no_gradient_unasked():
    network = Sequential(Flatten(), input_shape=(2, 2))
    network.forward(np.ones((3, 2, 2)), training=True)
    assert network.backward(np.ones((3, 4))) is None
    assert network.backward(np.ones((3, 4)), need_dX=True).shape == (3, 2, 2)


def test_the_last_slice_keeps_the_head():
    network = make(output="softmax")
    assert network[1:].output == "softmax"
    assert network[:2].output == "identity"


def test_indexing_iterating_and_length():
    network = make()
    assert len(network) == 4
    assert list(network) == list(network.layers)
    assert network[-1] is network.layers[3]
    with pytest.raises(ValueError, match=r"steps of 1, like network\[:2\]; got 2"):
        network[::2]
    with pytest.raises(IndexError):
        network[4]


# -- owners ---------------------------------------------------------------------------------


def test_a_layer_belongs_to_one_network():
    layer = Dense(2, 3)
    network = Sequential(layer)
    assert layer.owner is network
    with pytest.raises(ValueError, match=r"layer 1, Dense\(2, 3\), belongs to a network already"):
        Sequential(Dense(2, 2), layer)
    again = Dense(2, 2)
    with pytest.raises(ValueError, match=r"layer 1, Dense\(2, 2\), belongs to a network already"):
        Sequential(again, again)
    assert again.owner is None


@pytest.mark.parametrize("part", [lambda n: n[:2], lambda n: n[0], lambda n: n[1:][:1]])
def test_a_part_of_a_network_is_refused_elsewhere(part):
    network = make()
    with pytest.raises(ValueError, match=r"belongs to a network already.*copy.deepcopy"):
        Sequential(part(network))


def test_a_refused_network_leaves_its_layers_free():
    first = Dense(2, 3)
    with pytest.raises(ValueError, match="does not fit"):
        Sequential(first, Dense(4, 1))
    assert first.owner is None
    Sequential(first, Dense(3, 1))


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("relu", r"layer 1 must be a Layer; got 'relu'. .*Activation\(\"relu\"\)"),
        (np.tanh, r"Activation\(\"tanh\"\)"),
        (functools.partial(np.maximum, 0), r"Activation\(\"\.\.\.\"\)"),
        (Dense, r"It is a class: call it, as in Dense\(...\)"),
        (3, r"layer 1 must be a Layer; got 3\.$"),
    ],
)
def test_what_is_not_a_layer_is_refused_with_a_hint(layer, message):
    with pytest.raises(TypeError, match=message):
        Sequential(Dense(2, 2), layer)


# -- shapes and types -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: Sequential(Dense(2, 3), Activation("relu"), Dense(4, 1)),
            r"layer 2 does not fit: Dense\(4, 1\) takes samples of shape \(4,\); got \(3,\)"
            r".*layer 1, Activation\('relu'\), gives \(3,\)",
        ),
        (
            lambda: Sequential(Flatten(), Dense(784, 1), input_shape=(28, 27)),
            r"layer 1 .*\(784,\); got \(756,\).*layer 0, Flatten\(\), gives \(756,\)",
        ),
        (
            lambda: Sequential(Dense(3, 1), input_shape=(2,)),
            r"layer 0 .*\(3,\); got \(2,\).*the input is \(2,\)",
        ),
        (lambda: Sequential(Scale([1, 2], 1), Dense(3, 1)), r"layer 1 .*\(3,\); got \(2,\)"),
        (
            lambda: Sequential(Dense(2, 5), Sequential(Dense(3, 4), Dense(4, 1))),
            r"layer 1 does not fit: .*Dense\(3, 4\).*\(3,\); got \(5,\)",
        ),
        (lambda: Sequential(), r"^Sequential needs at least one layer, for example Dense\("),
        (
            lambda: Sequential(Flatten(), Activation("relu"), Dense(4, 3), Dense(5, 1)),
            r"layer 3 .*\(5,\); got \(3,\)",
        ),
        (lambda: Sequential(Dense(2, 1), output="sigmoyd"), "unknown output .*'sigmoid'"),
    ],
)
def test_what_does_not_fit_is_refused_when_the_network_is_built(build, message):
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (Sequential(Dense(3, 1)), (3,)),
        (Sequential(Activation("relu"), Scale(0, 1), Dense(3, 1)), (3,)),
        (Sequential(Scale([1, 2], 1), Activation("relu")), (2,)),
        (Sequential(Flatten(), Dense(4, 1)), None),
        (Sequential(Flatten(), Dense(4, 1), input_shape=[2, 2]), (2, 2)),
        (Sequential(Activation("relu")), None),
    ],
)
def test_the_input_shape_is_known_where_the_layers_tell(network, shape):
    assert network.input_shape == shape


@pytest.mark.parametrize(
    ("layers", "dtype", "expected"),
    [
        (lambda: [Dense(2, 2)], None, np.float32),
        (lambda: [Dense(2, 2, dtype=np.float64), Dense(2, 1)], None, np.float64),
        (lambda: [Dense(2, 2)], np.float64, np.float64),
        (lambda: [Dense(2, 2, dtype=np.float64)], "float32", np.float32),
        (lambda: [Scale(0, 1)], None, np.float32),
    ],
)
def test_the_networks_type_wins(layers, dtype, expected):
    network = Sequential(*layers(), dtype=dtype)
    assert network.dtype == expected
    for batch in (np.ones((3, 2), np.float64), np.ones((3, 2), np.uint8), [[1, 2]]):
        A = network.forward(batch, training=True)
        assert A.dtype == expected
        assert network.backward(np.ones(A.shape), need_dX=True).dtype == expected
    assert {array.dtype for array in network.state.values()} <= {np.dtype(expected)}


def test_a_network_of_whole_numbers_is_refused():
    with pytest.raises(TypeError, match="float32 or float64; got int64"):
        Sequential(Dense(2, 2), dtype=np.int64)

    with pytest.raises(TypeError, match="float32 or float64; got uint8"):
        make().astype(np.uint8)


def test_astype_rounds_only_the_copy():
    network = make(dtype=np.float64)
    network.params["b2"] = [0.1, 0.2, 0.3]
    small = network.astype(np.float32)
    assert small.params["b2"].dtype == np.float32
    assert small.state["shift1"].dtype == np.float32
    assert network.params["b2"].tolist() == [0.1, 0.2, 0.3]


def test_names_number_the_layers_that_have_arrays():
    assert list(make().params) == list(make().grads) == ["W1", "b1", "W2", "b2"]
    assert list(nested().params) == ["W1", "b1", "W2", "b2"]
    assert {k: v.tolist() for k, v in make().state.items()} == {"shift1": [1, 2], "factor1": 0.5}


def test_unknown_names_and_wrong_shapes_are_refused():
    network = make()
    with pytest.raises(KeyError, match="'W3'; there are: W1, b1, W2, b2"):
        network.params["W3"] = 1
    with pytest.raises(ValueError, match=r"W1 has shape \(2, 4\); got values of shape \(4, 2\)"):
        network.params["W1"] = np.zeros((4, 2))


# -- forward and backward -------------------------------------------------------------------


def test_every_gradient_is_right():
    y = [0, 1, 2, 0]
    for network in (make(), nested()):
        report = gradient_report(network, DATA[:4], y, "softmax_cross_entropy")
        assert list(report) == ["W1", "b1", "W2", "b2", "X"]
        assert max(report.values()) < 1e-7


def test_the_gradient_of_the_input_is_computed_only_when_asked_for():
    network = make()
    asked = []
    for layer in network.layers:
        original = layer.backward

        def spy(dA, need_dX=True, original=original, layer=layer):
            asked.append((repr(layer)[:5], need_dX))
            return original(dA, need_dX=need_dX)

        layer.backward = spy
    network.forward(DATA, training=True)
    assert network.backward(np.ones((9, 3))) is None
    assert asked == [("Dense", True), ("Activ", True), ("Dense", False)]
    assert network.backward(np.ones((9, 3)), need_dX=True).shape == (9, 2)
    assert asked[-1] == ("Scale", True)


def test_a_network_in_evaluation_mode_can_be_differentiated():
    network = make()
    network.forward(DATA, training=False, cache=True)
    assert network.backward(np.ones((9, 3)), need_dX=True).shape == DATA.shape


def test_the_head_says_what_logits_mean():
    logits = np.array([[-1.0, 2.0], [3.0, 0.0]])
    heads = {
        output: Sequential(Dense(2, 2), output=output).head
        for output in ("identity", "exp", "sigmoid", "softmax")
    }
    np.testing.assert_array_equal(heads["identity"].activation(logits), logits)
    np.testing.assert_array_equal(heads["identity"].decide(logits), logits)
    np.testing.assert_array_equal(heads["softmax"].activation(logits), softmax(logits))
    assert heads["exp"].activation(np.array([[0.0, 1000.0]])).tolist() == [[1, np.inf]]
    assert heads["exp"].decide(np.array([[0.0, 1000.0]])).tolist() == [[1, np.inf]]
    assert heads["softmax"].decide(logits).tolist() == [1, 0]
    # exp, a sum, a quotient
    assert_close(heads["sigmoid"].activation(logits)[0, 0], 1 / (1 + np.e), terms=FUNCTION + 2)
    assert heads["sigmoid"].decide(logits).tolist() == [[0, 1], [1, 0]]
    assert heads["sigmoid"].decide(np.array([[-1.0], [0.0], [1.0]])).tolist() == [0, 0, 1]
    assert [head.classifies for head in heads.values()] == [False, False, True, True]


# -- masks ----------------------------------------------------------------------------------


def test_decay_acts_on_weights_only():
    assert make().decay_mask.tolist() == [True] * 8 + [False] * 4 + [True] * 12 + [False] * 3
    assert Sequential(Scale(0, 1)).decay_mask.tolist() == []
    assert Sequential(Scale(0, 1)).decay_mask.dtype == bool


@pytest.mark.parametrize("optimizer", [SGD, Momentum, Adam])
@pytest.mark.parametrize("before", [0, 2])
def test_a_frozen_layer_stays_exactly_as_it_is(optimizer, before):
    network, steps = make(), optimizer(0.1)
    arguments = (network, DATA, LABELS, "softmax_cross_entropy", steps)
    if before:  # the optimizer then remembers where it was going
        fit(*arguments, epochs=before, batch_size=3)
    network[1].trainable = False
    frozen, free = network.theta[:12].copy(), network.theta[12:].copy()
    assert network.frozen_mask.tolist() == [True] * 12 + [False] * 15
    fit(*arguments, epochs=2, batch_size=3, l1=0.01, l2=0.01)
    np.testing.assert_array_equal(network.theta[:12], frozen)
    assert not network.grad[:12].any()
    assert (network.theta[12:] != free).all()
    network[1].trainable = True
    fit(*arguments, epochs=1, batch_size=3)
    assert (network.theta[:12] != frozen).any()


def test_a_frozen_batch_norm_keeps_its_parameters_while_its_statistics_move():
    network = Sequential(BatchNorm(2), Dense(2, 3, rng=0))
    network[0].trainable = False
    parameters, mean = network.theta[:4].copy(), network.state["running_mean1"].copy()
    fit(network, DATA, LABELS, "softmax_cross_entropy", SGD(0.1), epochs=1, batch_size=3)
    np.testing.assert_array_equal(network.theta[:4], parameters)
    assert (network.state["running_mean1"] != mean).all()


def test_freezing_a_container_freezes_what_is_inside():
    network = nested()
    network[0].trainable = False
    assert not network[0].trainable
    assert network.trainable
    assert network.frozen_mask.tolist() == [True] * 12 + [False] * 15
    network.trainable = False
    assert network.frozen_mask.all()
    assert Dense(1, 1).trainable


# -- text -----------------------------------------------------------------------------------


def test_the_summary_lists_shapes_parameters_and_multiply_adds():
    network = Sequential(Scale(0, 1), Dense(2, 1500, rng=0), Activation("relu"))
    assert network.summary() == "\n".join(
        [
            "layer               output shape  parameters  multiply-adds",
            "Scale(0, 1)         (2,)                   0              0",
            "Dense(2, 1500)      (1500,)            4,500          3,000",
            "Activation('relu')  (1500,)                0              0",
            "total                                  4,500          3,000",
        ]
    )


def test_the_summary_says_where_a_shape_is_unknown():
    unknown = Sequential(Flatten(), Dense(4, 1))
    rows = [line.split() for line in unknown.summary().splitlines()]
    assert rows[1] == ["Flatten()", "?", "0", "?"]
    assert rows[2] == ["Dense(4,", "1)", "(1,)", "5", "4"]
    assert rows[3] == ["total", "5", "?"]
    told = unknown.summary((2, 2)).splitlines()
    assert told == Sequential(Flatten(), Dense(4, 1), input_shape=(2, 2)).summary().splitlines()
    assert told[1].split() == ["Flatten()", "(4,)", "0", "0"]
    assert told[3].split() == ["total", "5", "4"]


def test_a_network_prints_its_layers_and_its_head():
    text = "Sequential(Dense(2, 1), Activation('relu'), output='sigmoid')"
    assert repr(Sequential(Dense(2, 1), Activation("relu"), output="sigmoid")) == text


# -- memory ---------------------------------------------------------------------------------


def uses_of_a_network(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 1, 6, 6)).astype(np.float32), rng.integers(0, 2, 12)

    def train(network, callbacks=()):
        options = {"validation": (X, y), "callbacks": callbacks, "progress": False}
        return fit(network, X, y, "softmax_cross_entropy", Adam(), 2, 6, **options)

    def overflow(network):
        with pytest.raises(FloatingPointError), np.errstate(all="ignore"):
            fit(network, X, y, "softmax_cross_entropy", SGD(1e38), 9, 6)

    stop, checkpoint = EarlyStopping(), Checkpoint(tmp_path / "run.npz")
    return {
        "nothing": lambda network: None,
        "training": train,
        "callbacks": lambda network: train(network, [stop, checkpoint]),
        "prediction": lambda network: predict_proba(network, X),
        "a slice": lambda network: network[:2].forward(X),
        "copies": lambda network: (copy.deepcopy(network), pickle.dumps(network)),
        "an overflow": overflow,
        "a layer of it": lambda network: network[0],
        "a plan": lambda network: InferencePlan(network[-1:]),
    }


def test_a_network_that_is_let_go_is_gone(tmp_path):
    """Without waiting for Python's collector of cycles, which may take a thousand networks."""
    gc.collect()
    gc.disable()
    try:
        for use, function in uses_of_a_network(tmp_path).items():
            network = Sequential(
                Conv2D(1, 2, 3, padding=1, rng=0),
                Residual(Conv2D(2, 2, 1, rng=1)),
                Parallel(Flatten(), Flatten()),
                Dense(144, 2, rng=2),
                output="softmax",
            )
            gone = weakref.ref(network)
            kept = function(network)
            del network
            assert gone() is None, use
            if isinstance(kept, Layer):
                assert kept.owner is None
    finally:
        gc.enable()


def test_a_layer_is_free_again_when_its_network_is_gone():
    layer = Dense(2, 2)
    network = Sequential(layer)
    with pytest.raises(ValueError, match="belongs to a network"):
        Sequential(layer)
    del network
    assert Sequential(layer).size == 6
