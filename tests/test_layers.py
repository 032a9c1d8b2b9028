"""Layers: values, gradients, shapes, types, caches."""

import numpy as np
import pytest

from course_utils import (
    ACTIVATIONS,
    GRU,
    LSTM,
    RNN,
    Activation,
    AveragePool2D,
    BatchNorm,
    ChannelScale,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool2D,
    Identity,
    Layer,
    MaxPool2D,
    Parallel,
    PReLU,
    Residual,
    RReLU,
    Scale,
    Sequential,
    check_gradient,
    leaky_relu,
    load_weights,
    relu,
    save_weights,
)
from tests.messages import says

# every layer, with the shape of the samples it is tried on
LAYERS = {
    "Dense": (lambda: Dense(3, 2, rng=0), (3,)),
    "Scale": (lambda: Scale([1.0, 2.0, 3.0], 0.5), (3,)),
    "Scale of one factor": (lambda: Scale(1, 2), (3,)),
    "Flatten": (Flatten, (2, 3)),
    "Layer": (Layer, (3,)),
    "Identity": (Identity, (3,)),
    "PReLU": (lambda: PReLU(3), (3,)),
    "PReLU of one slope": (PReLU, (3, 2, 2)),
    "RReLU": (lambda: RReLU(rng=0), (3,)),
    "Dropout": (lambda: Dropout(0.4, rng=0), (3,)),
    "BatchNorm": (lambda: BatchNorm(3), (3,)),
    "BatchNorm of images": (lambda: BatchNorm(3), (3, 2, 4)),
    "Conv2D": (lambda: Conv2D(2, 3, 3, padding=1, rng=0), (2, 4, 5)),
    "MaxPool2D": (lambda: MaxPool2D(2), (2, 4, 5)),
    "AveragePool2D": (lambda: AveragePool2D(2), (2, 4, 5)),
    "GlobalAveragePool2D": (GlobalAveragePool2D, (2, 4, 5)),
    "RNN": (lambda: RNN(3, 4, rng=0), (5, 3)),
    "LSTM": (lambda: LSTM(3, 4, rng=0), (5, 3)),
    "GRU of all states": (lambda: GRU(3, 4, return_sequences=True, rng=0), (5, 3)),
    "ChannelScale": (lambda: ChannelScale(2), (2, 4, 5)),
    "Residual": (lambda: Residual(Dense(3, 3, rng=0)), (3,)),
    "Parallel": (lambda: Parallel(Dense(3, 2, rng=0), Identity()), (3,)),
    "Sequential": (lambda: Sequential(Dense(3, 4, rng=0), Activation("tanh")), (3,)),
    **{name: (lambda name=name: Activation(name), (3,)) for name in ACTIVATIONS},
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def sample(shape, n=4, dtype=np.float64):
    """Values away from 0, where some activations have a kink."""
    rng = np.random.default_rng(1)
    return (rng.uniform(0.2, 1.5, (n, *shape)) * rng.choice([-1, 1], (n, *shape))).astype(dtype)


def in_float64(layer):
    return Sequential(layer, dtype=np.float64)


# -- gradients ------------------------------------------------------------------------------


@every_layer
def test_an_empty_batch_has_an_empty_answer(name):
    make, shape = LAYERS[name]
    layer = make()
    X = np.zeros((0, *shape), np.float32)
    A = layer.forward(X, cache=True)
    assert A.shape == (0, *layer.output_shape(shape))
    assert layer.backward(np.zeros_like(A), need_dX=True).shape == X.shape
    assert all((grad == 0).all() for grad in layer.grads.values())


@every_layer
@pytest.mark.parametrize("training", [True, False])
def test_backward_is_the_derivative_of_forward(name, training):
    make, shape = LAYERS[name]
    network = in_float64(make())
    X = sample(shape)
    dA = np.random.default_rng(2).normal(size=network.forward(X).shape)
    states = [(leaf.rng, leaf.rng.bit_generator.state) for leaf in network.leaves() if leaf.rng]

    def forward(X):
        for rng, state in states:  # a layer that is random draws the same numbers every time
            rng.bit_generator.state = state
        return network.forward(X, training=training, cache=True)

    forward(X)
    dX = network.backward(dA, need_dX=True)
    gradients = {name: grad.copy() for name, grad in network.grads.items()}
    check_gradient(lambda X: np.sum(dA * forward(X)), X, dX)
    for key, gradient in gradients.items():
        start = network.params[key].copy()

        def value(values, key=key):
            network.params[key] = values
            return np.sum(dA * forward(X))

        check_gradient(value, start, gradient)
        network.params[key] = start


@every_layer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 2, 7])
def test_shape_and_type_hold_forward_and_backward(name, dtype, n):
    make, shape = LAYERS[name]
    network = Sequential(make(), dtype=dtype)
    if name == "BatchNorm":
        n = max(n, 2)  # a single value a feature has no variance, and is refused
    X = sample(shape, n, dtype)
    before = X.copy()
    A = network.forward(X, training=True)
    assert A.shape == (n, *network.output_shape(shape))
    assert A.dtype == dtype
    dX = network.backward(np.ones_like(A), need_dX=True)
    assert (dX.shape, dX.dtype) == (X.shape, dtype)
    np.testing.assert_array_equal(X, before)


@every_layer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [0.0, 1e-20, 1e4])
def test_extreme_input_gives_finite_values_and_gradients(name, dtype, size):
    make, shape = LAYERS[name]
    network = Sequential(make(), dtype=dtype)
    X = (size * np.sign(sample(shape))).astype(dtype)
    for training in (True, False):
        A = network.forward(X, training=training, cache=True)
        assert np.isfinite(A).all()
        dX = network.backward(np.ones_like(A), need_dX=True)
        assert np.isfinite(dX).all()
        assert np.isfinite(network.grad).all()


@every_layer
def test_a_saved_and_loaded_layer_answers_the_same(name, tmp_path):
    make, shape = LAYERS[name]
    network, other = Sequential(make()), Sequential(make())
    if network.size:
        network.theta += np.linspace(-0.1, 0.1, network.size, dtype=np.float32)
    X = sample(shape, dtype=np.float32)
    network.forward(X, training=True)  # running statistics move
    save_weights(network, tmp_path / "layer.npz")
    if network.size:
        assert not np.array_equal(other.forward(X), network.forward(X))
    load_weights(other, tmp_path / "layer.npz")
    np.testing.assert_array_equal(other.forward(X), network.forward(X))


def test_dense_by_hand():
    layer = Dense(2, 1, dtype=np.float64)
    layer.params["W"] = [[2.0], [3.0]]
    layer.params["b"] = [1.0]
    X = np.array([[1.0, 1.0], [0.0, 2.0]])
    assert layer.forward(X, training=True).tolist() == [[6.0], [7.0]]
    dX = layer.backward(np.array([[1.0], [10.0]]))
    assert dX.tolist() == [[2.0, 3.0], [20.0, 30.0]]
    assert layer.grads["W"].tolist() == [[1.0], [21.0]]
    assert layer.grads["b"].tolist() == [11.0]


def test_gradients_are_overwritten_not_added_up():
    layer = Dense(2, 1, rng=0)
    X, dA = np.ones((3, 2), np.float32), np.ones((3, 1), np.float32)
    for _ in range(2):
        layer.forward(X, training=True)
        layer.backward(dA)
        assert layer.grads["b"].tolist() == [3.0]
        assert layer.grads["W"].tolist() == [[3.0], [3.0]]


@every_layer
def test_every_gradient_is_overwritten_whatever_was_there(name):
    make, shape = LAYERS[name]
    network = Sequential(make())
    A = network.forward(sample(shape, dtype=np.float32), training=True)
    gradients = []
    for before in (0, 1000):
        network.grad[...] = before
        network.backward(np.ones_like(A))
        gradients.append(network.grad.copy())
    np.testing.assert_array_equal(*gradients)


@every_layer
def test_a_layer_that_says_so_keeps_the_shape_of_every_sample(name):
    make, shape = LAYERS[name]
    layer = make()
    if layer.keeps_shape:
        assert layer.output_shape(shape) == shape
        assert layer.forward(sample(shape)).shape[1:] == shape


@every_layer
def test_the_gradient_of_the_input_is_left_out_where_nobody_asks(name):
    make, shape = LAYERS[name]
    layer = make()
    A = layer.forward(sample(shape, dtype=np.float32), training=True)
    result = layer.backward(np.ones_like(A), need_dX=False)
    if name not in ("Flatten", "Layer", "Identity"):  # for these it costs nothing
        assert result is None


# -- caches ---------------------------------------------------------------------------------

CACHING = [name for name in LAYERS if name not in ("Layer", "Identity", "Sequential")]


@pytest.mark.parametrize("name", CACHING)
@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, False),
        ({"training": True}, True),
        ({"training": True, "cache": False}, False),
        ({"cache": True}, True),
    ],
)
def test_backward_needs_a_cached_forward_pass(name, options, kept):
    make, shape = LAYERS[name]
    layer = make()
    A = layer.forward(sample(shape), **options)
    if kept:
        layer.backward(np.ones_like(A))
    else:
        with pytest.raises(RuntimeError, match=r"backward needs a cached forward .*training=True"):
            layer.backward(np.ones_like(A))


@pytest.mark.parametrize("name", CACHING)
@pytest.mark.parametrize("change", ["more rows", "one more at the end", "one number"])
def test_a_gradient_that_does_not_fit_the_output_is_refused(name, change):
    make, shape = LAYERS[name]
    layer = make()
    A = layer.forward(sample(shape), training=True)
    wrong = {
        "more rows": (len(A) + 1, *A.shape[1:]),
        "one more at the end": (*A.shape[:-1], A.shape[-1] + 1),
        "one number": (),
    }[change]
    message = says("the shape of the output", f"{A.shape}", f"got {wrong}")
    with pytest.raises(ValueError, match=message):
        layer.backward(np.ones(wrong))


# -- construction ---------------------------------------------------------------------------


def test_the_generator_decides_the_weights():
    assert np.array_equal(Dense(3, 2, rng=7).params["W"], Dense(3, 2, rng=7).params["W"])
    assert not np.array_equal(Dense(3, 2, rng=7).params["W"], Dense(3, 2, rng=8).params["W"])
    assert not np.array_equal(Dense(3, 2).params["W"], Dense(3, 2).params["W"])


@pytest.mark.parametrize(
    "make",
    [lambda **init: Dense(3, 2, rng=7, **init), lambda **init: Conv2D(3, 2, 5, rng=7, **init)],
)
def test_weights_are_drawn_as_he_does_unless_another_way_is_asked_for(make):
    W = make().params["W"]
    np.testing.assert_array_equal(W, make(init="he").params["W"])
    assert not np.array_equal(W, make(init="xavier").params["W"])


def test_the_initializer_gets_shape_and_fans():
    seen = {}

    def init(shape, fan_in, fan_out, rng, dtype):
        seen.update(shape=shape, fans=(fan_in, fan_out), dtype=dtype, rng=rng)
        return np.full(shape, 0.5, dtype)

    layer = Dense(3, 2, init=init, rng=np.random.default_rng(0), dtype=np.float64)
    assert (seen["shape"], seen["fans"], seen["dtype"]) == ((3, 2), (3, 2), np.float64)
    assert layer.params["W"].tolist() == [[0.5, 0.5]] * 3
    assert layer.params["b"].tolist() == [0, 0]
    assert isinstance(seen["rng"], np.random.Generator)
    assert Dense(1, 1).params["W"].dtype == np.float32


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dense(0, 2), ValueError, "n_in must be at least 1; got 0"),
        (lambda: Dense(2, -1), ValueError, "n_out must be at least 1; got -1"),
        (lambda: Dense(2.5, 2), TypeError, "n_in must be a whole number .* got 2.5 of type float"),
        (lambda: Dense(2, 2, init="hi"), ValueError, "unknown initializer 'hi'"),
        (lambda: Activation("rleu"), ValueError, "unknown activation 'rleu'; did you mean 'relu'"),
        (lambda: Activation("softmax"), ValueError, r'softmax is not a layer.*output="softmax"'),
        (lambda: Activation("relu", alpha=1), TypeError, "relu has no .* 'alpha'; accepted: none"),
        (lambda: Activation("elu", beta=1), TypeError, "elu has no .* 'beta'; accepted: alpha"),
        (lambda: Scale(np.nan, 1), ValueError, "shift holds NaN or infinity"),
        (lambda: Scale([0, 0], [1, np.inf]), ValueError, "factor .*: sample 1 is the first"),
        (lambda: Scale("a", 1), TypeError, "real numbers"),
        (lambda: Scale([1, 2], [1, 2, 3]), ValueError, "broadcast"),
        (lambda: PReLU(0), ValueError, "n_features must be at least 1; got 0"),
        (lambda: PReLU(start=np.nan), ValueError, "start holds NaN"),
        (lambda: PReLU(2).output_shape((4,)), ValueError, r"PReLU\(2\) takes .*\(2,\).*got \(4,\)"),
        (lambda: PReLU(3).output_shape((4,)), ValueError, r"PReLU\(3\) takes .*\(3,\).*got \(4,\)"),
    ],
)
def test_bad_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_softmax_itself_is_refused_with_the_same_hint():
    from course_utils import softmax

    with pytest.raises(ValueError, match="softmax_cross_entropy"):
        Activation(softmax)


def test_an_activation_may_be_given_as_the_function():
    assert repr(Activation(leaky_relu, alpha=0.5)) == "Activation('leaky_relu', alpha=0.5)"


def test_hyperparameters_reach_function_and_derivative():
    layer = Activation("leaky_relu", alpha=0.5)
    A = layer.forward(np.array([[-2.0, 2.0]]), training=True)
    assert A.tolist() == [[-1.0, 2.0]]
    assert layer.backward(np.array([[10.0, 10.0]])).tolist() == [[5.0, 10.0]]


def test_scale_shifts_first():
    layer = Scale(shift=[1, 2], factor=[10, 100])
    assert layer.forward(np.array([[2, 4]])).tolist() == [[10, 200]]
    layer.forward(np.ones((1, 2)), cache=True)
    assert layer.backward(np.ones((1, 2))).tolist() == [[10, 100]]
    assert layer.input_shape == (2,)
    assert Scale(1, [1, 2, 3]).input_shape == (3,)
    assert Scale(0, 1).input_shape is None


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Dense(3, 2), "Dense(3, 2)"),
        (Activation("relu"), "Activation('relu')"),
        (Scale(0, 0.5), "Scale(0, 0.5)"),
        (Scale([0, 0], 0.5), "Scale(shift and factor of shape (2,))"),
        (Flatten(), "Flatten()"),
    ],
)
def test_layers_print_as_they_were_written(layer, text):
    assert repr(layer) == text


@pytest.mark.parametrize(
    ("layer", "given", "answer"),
    [
        (Dense(3, 2), (3,), (2,)),
        (Activation("relu"), (3, 4), (3, 4)),
        (Scale(0, 1), (28, 28), (28, 28)),
        (Flatten(), (28, 28), (784,)),
        (Flatten(), (5,), (5,)),
    ],
)
def test_output_shapes(layer, given, answer):
    assert layer.output_shape(given) == answer


@pytest.mark.parametrize(("n", "shape"), [(1, (3,)), (3, (3,)), (3, (3, 5, 2)), (1, (3, 5, 2))])
def test_prelu_learns_its_slopes(n, shape):
    rng = np.random.default_rng(0)
    data = rng.uniform(0.1, 1, (4, *shape)) * rng.choice([-1, 1], (4, *shape))
    layer = PReLU(n, dtype=np.float64)
    assert layer.output_shape(shape) == shape
    layer.params["alpha"] = np.linspace(0.1, 0.5, n)
    slopes = layer.params["alpha"].reshape(1, -1, *[1] * (data.ndim - 2))
    A = layer.forward(data, training=True)
    np.testing.assert_array_equal(A, np.where(data > 0, data, slopes * data))
    dA = rng.normal(size=data.shape)
    check_gradient(lambda x: np.sum(dA * layer.forward(x)), data, layer.backward(dA))
    gradient, start = layer.grads["alpha"].copy(), layer.params["alpha"].copy()

    def value(alpha):
        layer.params["alpha"] = alpha
        return np.sum(dA * layer.forward(data))

    check_gradient(value, start, gradient)


def test_prelu_starts_at_a_quarter_and_is_not_decayed():
    layer = PReLU(3)
    assert layer.params["alpha"].tolist() == [0.25] * 3
    assert layer.params["alpha"].dtype == np.float32
    assert not Sequential(PReLU(3)).decay_mask.any()
    assert PReLU(2, start=-0.5).params["alpha"].tolist() == [-0.5] * 2


def test_at_zero_prelu_has_the_slope_of_its_left_side():
    layer = PReLU(start=0.25, dtype=np.float64)
    layer.forward(np.array([[-1.0, 0.0, 1.0]]), training=True)
    assert layer.backward(np.full((1, 3), 8.0)).tolist() == [[2.0, 2.0, 8.0]]


def test_sizes_and_decay():
    assert Dense(3, 2).size == 8
    assert Activation("relu").size == 0
    assert Dense(3, 2).decayed == ("W",)
    assert Activation("relu").trainable


# -- what a student tries first ---------------------------------------------------------------

IMAGES = np.zeros((2, 1, 8, 8), np.float32)
SEQUENCES = np.zeros((2, 5, 3), np.float32)


@pytest.mark.parametrize(
    ("layer", "X", "message"),
    [
        (Dense(7, 5), np.zeros((10, 6)), r"Dense\(7, 5\) takes .* shape \(7,\); got \(6,\)"),
        (Dense(7, 5), np.zeros(7), r"takes a batch, .* It goes in as X\[np.newaxis\]"),
        (Dense(7, 5), 3.0, r"takes samples of shape \(7,\); got \(\)"),
        (Scale(np.zeros(7), 1), np.zeros((10, 1)), r"takes samples of shape \(7,\); got \(1,\)"),
        (Scale(np.zeros(7), 1), np.zeros(7), "takes a batch"),
        (BatchNorm(7), np.zeros((10, 6)), r"BatchNorm\(7\) takes samples .* got \(6,\)"),
        (PReLU(7), np.zeros((10, 6)), r"PReLU\(7\) takes samples .* got \(6,\)"),
        (ChannelScale(7), np.zeros((10, 6)), r"ChannelScale\(7\) takes samples .* got \(6,\)"),
        (Conv2D(3, 2, 3), IMAGES, r"shape \(3, height, width\); got \(1, 8, 8\)"),
        (MaxPool2D(2), IMAGES[0], r"takes samples of shape \(channels, height, width\)"),
        (LSTM(2, 4), SEQUENCES, r"takes samples of shape \(T, 2\).* got \(5, 3\)"),
        (Sequential(Dense(7, 5)), np.zeros((10, 6)), r"Dense\(7, 5\) takes samples"),
    ],
)
@pytest.mark.parametrize("training", [False, True])
def test_forward_alone_names_the_layer_and_both_shapes(layer, X, message, training):
    with pytest.raises(ValueError, match=message):
        layer.forward(X, training=training)


@pytest.mark.parametrize(
    ("layer", "X"),
    [
        (Dense(2, 1, rng=0), [[1, 2]]),
        (Scale(0, 2), [[1, 2]]),
        (BatchNorm(2), [[1, 2]]),
        (PReLU(2), [[1, 2]]),
        (Flatten(), [[[1], [2]]]),
        (Dropout(0.5), [[1, 2]]),
        (MaxPool2D(1), [[[[1, 2]]]]),
    ],
)
def test_forward_takes_a_list(layer, X):
    np.testing.assert_array_equal(layer.forward(X), layer.forward(np.array(X)))


@pytest.mark.parametrize("init", ["relu", relu, Activation("relu"), "softmax"])
def test_an_activation_in_place_of_an_initializer_is_told_where_to_stand(init):
    with pytest.raises(ValueError, match=r'a layer of its own behind this one: .*Activation\("'):
        Dense(784, 50, init)
    with pytest.raises(ValueError, match="a layer of its own"):
        Conv2D(1, 2, 3, init=init)
