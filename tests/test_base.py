"""What all layers share: arrays, caches, copies, and what a layer says of what it has not."""

import copy
import pickle

import numpy as np
import pytest

from course_utils import (
    LSTM,
    Activation,
    Arrays,
    BatchNorm,
    ChannelScale,
    Conv2D,
    Dense,
    Layer,
    PReLU,
    Scale,
    Sequential,
)

# -- caches ---------------------------------------------------------------------------------


def test_prediction_between_forward_and_backward_does_not_disturb():
    layer = Dense(1, 1, init="zeros")
    layer.forward(np.full((1, 1), 5, np.float32), training=True)
    layer.forward(np.full((1, 1), 9, np.float32))
    layer.backward(np.ones((1, 1), np.float32))
    assert layer.grads["W"].tolist() == [[5.0]]


def test_an_uncached_layer_holds_no_batch():
    layer = Dense(3, 2)
    layer.forward(np.ones((4, 3), np.float32))
    assert layer._cache is None


# -- arrays ---------------------------------------------------------------------------------


def test_assigning_copies_into_the_array():
    W = np.zeros((2, 2))
    arrays = Arrays({"W": W})
    arrays["W"] = [[1, 2], [3, 4]]
    assert W.tolist() == [[1, 2], [3, 4]]
    arrays["W"] += 1
    assert W.tolist() == [[2, 3], [4, 5]]
    assert arrays["W"] is W
    assert (len(arrays), list(arrays), repr(arrays)) == (1, ["W"], "Arrays(W: (2, 2))")


def test_names_and_shapes_are_fixed():
    arrays = Arrays({"W": np.zeros((2, 2)), "b": np.zeros(2)})
    with pytest.raises(KeyError, match="no array is named 'w'; there are: W, b"):
        arrays["w"]
    with pytest.raises(KeyError, match="no array is named 'c'"):
        arrays["c"] = 1
    with pytest.raises(KeyError, match="there are: none"):
        Arrays({})["W"]
    with pytest.raises(ValueError, match=r"b has shape \(2,\); got values of shape \(2, 1\)"):
        arrays["b"] = np.zeros((2, 1))
    with pytest.raises(TypeError, match="'b' is part of the layer"):
        del arrays["b"]
    with pytest.raises(TypeError, match="real numbers"):
        arrays["b"] = ["x", "y"]


@pytest.mark.parametrize("name", ["params", "grads", "state"])
def test_the_dict_itself_is_not_exchanged(name):
    with pytest.raises(AttributeError):
        setattr(Dense(2, 1), name, {})


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copied_layer_stands_alone(duplicate):
    network = Sequential(Dense(2, 3, rng=0), Dense(3, 1, rng=1))
    network.forward(np.ones((5, 2)), training=True)
    layer = duplicate(network[0])
    assert layer.owner is None
    assert layer._cache is None
    np.testing.assert_array_equal(layer.params["W"], network[0].params["W"])
    assert not np.shares_memory(layer.params["W"], network.theta)
    layer.params["W"] = np.zeros((2, 3))
    assert network[0].params["W"].all()
    Sequential(layer)


# -- construction ---------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [Dense(3, 2), Scale([1, 2, 3], 1)])
def test_a_sample_of_another_shape_is_refused(layer):
    with pytest.raises(ValueError, match=r"takes samples of shape \(3,\); got \(4,\)"):
        layer.output_shape((4,))


# -- what a student tries first ---------------------------------------------------------------


@pytest.mark.parametrize("layer", [Dense(2, 1), Sequential(Dense(2, 1)), Activation("relu")])
def test_a_layer_that_is_called_says_what_to_call(layer):
    with pytest.raises(TypeError, match=r"not called: layer.forward\(X\) .* predict\(network, X"):
        layer(np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("predict", r"has no attribute 'predict'; here it is: predict\(network, X\)\."),
        ("fit", r"here it is: fit\(network, X, y, loss"),
        ("add", r"here it is: all layers are given at once: Sequential\("),
        ("compile", r"here it is: loss and optimizer are given to fit\("),
        ("weights", "here it is: params"),
        ("W1", r"parameters are in params\['W1'\]"),
        ("thta", "did you mean 'theta'"),
        ("xyzzy", "a Sequential has no attribute 'xyzzy'.$"),
    ],
)
def test_what_a_network_does_not_have_is_said_with_what_to_take(name, message):
    network = Sequential(Dense(2, 1))
    with pytest.raises(AttributeError, match=message):
        getattr(network, name)
    assert not hasattr(network, name)


def test_a_layer_whose_init_forgets_the_base_class_is_told():
    class Forgetful(Layer):
        def __init__(self):
            self.factor = 2

    with pytest.raises(AttributeError, match=r"must call super\(\).__init__\(\) first"):
        Sequential(Forgetful())
    with pytest.raises(AttributeError, match=r"must call super\(\).__init__\(\) first"):
        _ = Forgetful().params


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, int, complex])
@pytest.mark.parametrize(
    "build",
    [
        lambda dtype: Dense(2, 2, dtype=dtype),
        lambda dtype: Conv2D(1, 2, 3, dtype=dtype),
        lambda dtype: BatchNorm(2, dtype=dtype),
        lambda dtype: PReLU(dtype=dtype),
        lambda dtype: ChannelScale(2, dtype=dtype),
        lambda dtype: LSTM(2, 2, dtype=dtype),
        lambda dtype: Sequential(Dense(2, 2), dtype=dtype),
        lambda dtype: Sequential(Dense(2, 2)).astype(dtype),
        lambda dtype: Layer({"w": np.ones(2, dtype)}),
    ],
)
@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
def test_a_network_of_another_type_is_refused_where_it_is_made(build, dtype):
    with pytest.raises(TypeError, match="must be float32 or float64; got"):
        build(dtype)
