"""Containers: how values and gradients flow through layers made of layers."""

import copy
import pickle

import numpy as np
import pytest

from course_utils import (
    Activation,
    Chain,
    Container,
    Conv2D,
    Dense,
    Flatten,
    Identity,
    Layer,
    MaxPool2D,
    Parallel,
    Residual,
    Scale,
    Sequential,
    gradient_report,
    lenet5,
)
from tests.closeness import assert_close, roundings
from tests.messages import says
from tests.views import assert_views_hold, share_nothing

X = np.random.default_rng(0).normal(size=(5, 3))


def dense(n_in, n_out, seed=0):
    return Dense(n_in, n_out, rng=seed, dtype=np.float64)


def residual():
    return Residual(dense(3, 4), Activation("tanh"), dense(4, 3, 1))


def projected():
    return Residual(dense(3, 2), shortcut=dense(3, 2, 1))


def parallel():
    return Parallel(dense(3, 2), Chain(dense(3, 4, 1), Activation("tanh")), Identity())


def nested():
    return Chain(residual(), Parallel(projected(), residual()), Residual(Parallel(dense(5, 5))))


# No container here rounds more than two dense layers and what lies between them.
CLOSE = roundings(Sequential(dense(3, 4), Activation("tanh"), dense(4, 3, 1)), X)
CONTAINERS = [residual, projected, parallel, nested]
every_container = pytest.mark.parametrize("make", CONTAINERS)


# -- values ---------------------------------------------------------------------------------


def test_a_chain_applies_its_layers_in_order():
    first, second = dense(3, 4), dense(4, 2, 1)
    expected = second.forward(np.tanh(first.forward(X)))
    chain = Chain(first, Activation("tanh"), second)
    assert_close(chain.forward(X), expected, **CLOSE)
    assert chain.output_shape((3,)) == (2,)
    assert chain.input_shape == (3,)


def test_a_residual_adds_its_input():
    first, second = dense(3, 4), dense(4, 3, 1)
    block = second.forward(np.tanh(first.forward(X)))
    assert_close(residual().forward(X), block + X, **CLOSE)
    short = dense(3, 2, 1)
    expected = dense(3, 2).forward(X) + short.forward(X)
    assert_close(projected().forward(X), expected, **CLOSE)


def test_branches_stand_side_by_side():
    A = parallel().forward(X)
    assert_close(A[:, :2], dense(3, 2).forward(X), **CLOSE)
    assert_close(A[:, 2:6], np.tanh(dense(3, 4, 1).forward(X)), **CLOSE)
    np.testing.assert_array_equal(A[:, 6:], X)


def test_channels_of_images_are_joined():
    images = np.arange(24.0).reshape(2, 3, 2, 2)
    joined = Parallel(Scale(0, 1), Scale(0, 10)).forward(images)
    np.testing.assert_array_equal(joined, np.concatenate([images, 10 * images], axis=1))
    assert Parallel(Identity(), Identity()).output_shape((3, 2, 2)) == (6, 2, 2)


# -- gradients ------------------------------------------------------------------------------


@every_container
def test_every_gradient_is_right(make):
    network = Sequential(make())
    y = np.random.default_rng(1).normal(size=network.forward(X).shape)
    report = gradient_report(network, X, y, "mean_squared_error")
    assert len(report) == len(network.params) + 1
    assert max(report.values()) < 1e-7


@every_container
def test_the_gradient_of_the_input_is_left_out_where_nobody_asks(make):
    container = make()
    A = container.forward(X, training=True)
    asked = container.backward(np.ones_like(A), need_dX=True)
    gradients = [grad.copy() for grad in container.grads.values()]
    container.forward(X, training=True)
    assert container.backward(np.ones_like(A), need_dX=False) is None
    assert asked.shape == X.shape
    for grad, expected in zip(container.grads.values(), gradients, strict=True):
        np.testing.assert_array_equal(grad, expected)


def test_the_gradient_comes_back_on_both_ways():
    container = Residual(Scale(0, 3))
    container.forward(X, training=True)
    assert (container.backward(np.full_like(X, 2.0)) == 2 * (3 + 1)).all()
    container = Parallel(Scale(0, 3), Scale(0, 5))
    container.forward(X, training=True)
    dA = np.ones((5, 6))
    dA[:, 3:] = 10
    assert (container.backward(dA) == 3 + 50).all()


@every_container
def test_backward_needs_a_cached_forward_pass(make):
    container = make()
    A = container.forward(X)
    with pytest.raises(RuntimeError, match="backward needs a cached forward pass"):
        container.backward(np.ones_like(A))


@every_container
def test_training_and_cache_reach_every_layer(make):
    seen = []

    class Spy(Layer):
        def forward(self, X, training=False, cache=None):
            seen.append((training, cache))
            return X

    for container in (Chain(Spy(), Spy()), Residual(Spy(), shortcut=Spy()), Parallel(Spy(), Spy())):
        seen.clear()
        container.forward(X, training=True, cache=False)
        assert seen == [(True, False)] * 2


# -- a ReLU and a max-pooling may change places ---------------------------------------------

# whole numbers from -2 to 2: values often tie, and some windows hold none above 0
TIES = np.random.default_rng(2).integers(-2, 3, (4, 3, 7, 6)).astype(np.float32)


@pytest.mark.parametrize(
    "settings",
    [(2,), (3, 2, 1), (2, 1, (0, 1)), (2, 2, 1), ((3, 2), (1, 3), (1, 0)), (1,)],
    ids=str,
)
def test_the_maximum_of_positive_parts_is_the_positive_part_of_the_maximum(settings):
    one = Chain(Activation("relu"), MaxPool2D(*settings))
    other = Chain(MaxPool2D(*settings), Activation("relu"))
    A = one.forward(TIES, training=True)
    assert (A == 0).any()
    np.testing.assert_array_equal(other.forward(TIES, training=True), A)
    dA = np.random.default_rng(3).normal(size=A.shape).astype(np.float32)
    np.testing.assert_array_equal(other.backward(dA), one.backward(dA))


def test_a_chain_runs_one_layer_after_the_other_and_back():
    network = Sequential(lenet5(init="he", rng=0))
    layers = network.layers[0].layers
    images = np.random.default_rng(4).random((8, 1, 28, 28), np.float32)
    A = network.forward(images, training=True)
    dX = network.backward(A, need_dX=True)
    grad = network.grad.copy()
    by_hand = images
    for layer in layers:
        by_hand = layer.forward(by_hand, training=True)
    np.testing.assert_array_equal(by_hand, A)
    back = A
    for layer in reversed(layers):
        back = layer.backward(back)
    np.testing.assert_array_equal(back, dX)
    np.testing.assert_array_equal(network.grad, grad)


def test_the_gradients_of_a_small_convolutional_network_are_right():
    layers = Conv2D(1, 2, 3, rng=0), MaxPool2D(2), Activation("relu"), Flatten(), Dense(8, 2, rng=1)
    network = Sequential(*layers, input_shape=(1, 6, 6))
    images = np.random.default_rng(5).normal(size=(3, 1, 6, 6))
    report = gradient_report(network, images, np.eye(3, 2), "mean_squared_error")
    assert max(report.values()) < 1e-7


# -- arrays ---------------------------------------------------------------------------------


@every_container
def test_views_hold_inside_a_network(make):
    network = Sequential(make())
    assert_views_hold(network)
    assert len(network.params) == 2 * sum(1 for leaf in network.leaves() if leaf.params)


@every_container
@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_is_equal_shares_nothing_and_is_whole(make, duplicate):
    network = Sequential(make())
    other = duplicate(network)
    np.testing.assert_array_equal(other.forward(X), network.forward(X))
    assert share_nothing(network, other)
    assert_views_hold(other)
    with pytest.raises(ValueError, match="belongs to a network already"):
        Sequential(other.layers[0])
    lone = duplicate(make())
    np.testing.assert_array_equal(lone.forward(X), network.forward(X))
    with pytest.raises(ValueError, match="belongs to a network already"):
        Sequential(lone.layers[0])
    Sequential(lone)


def test_names_number_the_layers_that_learn():
    assert list(parallel().params) == ["W1", "b1", "W2", "b2"]
    assert list(nested().params)[-2:] == ["W7", "b7"]
    assert projected().size == 16
    assert sum(layer.size for layer in nested().leaves()) == nested().size


def test_freezing_reaches_inside():
    network = Sequential(residual(), dense(3, 1))
    network[0].trainable = False
    assert network.frozen_mask.tolist() == [True] * 31 + [False] * 4
    assert network.trainable
    assert not network[0].trainable
    network.trainable = False
    assert network.frozen_mask.all()


# -- measures -------------------------------------------------------------------------------


def test_multiply_adds_are_summed_over_all_ways():
    assert residual().multiply_adds((3,)) == 12 + 12
    assert projected().multiply_adds((3,)) == 6 + 6
    assert parallel().multiply_adds((3,)) == 6 + 12
    assert nested().multiply_adds((3,)) == 24 + 12 + 24 + 25


def test_the_summary_shows_what_is_inside():
    text = Chain(projected(), Parallel(dense(2, 1), Chain(dense(2, 3)))).summary()
    assert text.splitlines() == [
        "layer                    output shape  parameters  multiply-adds",
        "Residual                 (2,)",
        "  Dense(3, 2)            (2,)                   8              6",
        "  shortcut: Dense(3, 2)  (2,)                   8              6",
        "Parallel                 (4,)",
        "  branch 0: Dense(2, 1)  (1,)                   3              2",
        "  branch 1: Chain        (3,)",
        "    Dense(2, 3)          (3,)                   9              6",
        "total                                          28             20",
    ]


def test_containers_print_as_they_were_written():
    text = "Residual(Dense(3, 2), shortcut=Dense(3, 2))"
    assert repr(projected()) == text
    assert repr(Residual(Scale(0, 1))) == "Residual(Scale(0, 1))"
    assert repr(Parallel(projected(), Identity())) == f"Parallel({text}, Identity())"
    assert repr(Chain(Identity())) == "Chain(Identity())"


# -- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Chain(), ValueError, "Chain needs at least one layer"),
        (lambda: Parallel(), ValueError, "Parallel needs at least one layer"),
        (lambda: Residual(), ValueError, "Chain needs at least one layer"),
        (lambda: Parallel("relu"), TypeError, "layer 0 must be a Layer; got 'relu'. .*\"relu\""),
        (lambda: Residual(Dense(2, 2), shortcut=3), TypeError, "layer 1 must be a Layer; got 3"),
        (
            lambda: Residual(Dense(3, 2)),
            ValueError,
            says("block gives (2,)", "shortcut (3,)", "samples of shape (3,)"),
        ),
        (
            lambda: Chain(Dense(3, 3), Residual(Dense(3, 2))),
            ValueError,
            "the block gives",
        ),
        (
            lambda: Residual(Dense(3, 4), Dense(3, 3)),
            ValueError,
            says("layer 1", "Dense(3, 3)", "shape (3,)", "got (4,)"),
        ),
        (
            lambda: Chain(Parallel(Identity(), Flatten()), input_shape=(2, 2)),
            ValueError,
            says("branch 1", "Flatten()", "gives (4,)", "branch 0", "gives (2, 2)"),
        ),
        (
            lambda: Chain(Parallel(Identity(), MaxPool2D(2)), input_shape=(1, 4, 4)),
            ValueError,
            says("branch 1", "MaxPool2D(2)", "gives (1, 2, 2)", "branch 0", "gives (1, 4, 4)"),
        ),
        (
            lambda: Parallel(Dense(3, 1), Dense(2, 1)),
            ValueError,
            says("Dense(2, 1)", "shape (2,)", "got (3,)"),
        ),
        (
            lambda: Sequential(Dense(2, 3), Parallel(Dense(3, 1), Dense(3, 1)), Dense(3, 1)),
            ValueError,
            says("layer 2", "Dense(3, 1)", "shape (3,)", "got (2,)"),
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_refused_container_leaves_its_layers_free():
    layer = Dense(3, 2)
    errors = []  # a notebook keeps the last error, and with it what was refused
    for refused in (
        lambda: Residual(layer),
        lambda: Residual(layer, shortcut="identity"),
        lambda: Parallel(layer, Dense(2, 1)),
        lambda: Chain(layer, Dense(3, 1)),
    ):
        with pytest.raises((ValueError, TypeError)) as caught:
            refused()
        errors.append(caught.value)
        assert layer.owner is None
    Sequential(layer)


def test_a_layer_inside_a_container_is_taken():
    layer = Dense(3, 3)
    block = Residual(layer)
    assert block.block.layers == (layer,)
    with pytest.raises(ValueError, match="belongs to a network already"):
        Parallel(layer)


def test_the_base_class_says_nothing_of_what_is_inside():
    with pytest.raises(NotImplementedError):
        Container(Identity()).parts(None)


def test_small_whole_numbers_do_not_overflow_where_a_shortcut_is_added():
    pixels = np.full((1, 3), 200, np.uint8)
    np.testing.assert_array_equal(Residual(Identity()).forward(pixels), [[400.0] * 3])


@pytest.mark.parametrize("container", [Sequential, Chain, Parallel, Residual])
@pytest.mark.parametrize("several", [list, tuple, iter])
def test_a_list_of_layers_is_told_to_take_a_star(container, several):
    with pytest.raises(TypeError, match=r"layer 0 must .* with a star: .*\(\*layers\)"):
        container(several([Dense(2, 2), Dense(2, 2)]))
