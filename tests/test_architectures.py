"""Architectures: their counts against those that were published, and the blocks they are made of.

Sources of the counts: the papers, where a comment names a table or section; the parameters and
GFLOPS of torchvision's documentation, https://pytorch.org/vision/stable/models.html; and table II
of V. Sze et al., "Efficient processing of deep neural networks" (2017), arXiv:1703.09039.
"""

import functools
import subprocess
import sys

import numpy as np
import pytest

import course_utils as cu
from course_utils import (
    Activation,
    Channels,
    ChannelScale,
    Conv2D,
    Dense,
    GlobalAveragePool2D,
    Parallel,
    Residual,
    Sequential,
    basic_block,
    bottleneck,
    check_gradient,
    gradient_report,
    inception,
)

# -- the published counts -------------------------------------------------------------------

SIZES = {
    "lenet5_1998": 60_000,  # "60,000 trainable free parameters", section II.B
    "lenet5": 61_706,
    "alexnet_2012": 60_965_224,  # "60 million parameters", abstract; the number is Caffe's
    "alexnet": 61_100_840,  # torchvision
    "vgg16": 138_357_544,  # "138 million", table 2; the number is torchvision's
    "googlenet": 6_998_552,  # without auxiliary classifiers; 7 million in Sze et al.
    "resnet18": 11_689_512,  # torchvision
    "resnet50": 25_557_032,  # torchvision
}

MULTIPLY_ADDS = {  # in units of 1e9, with the digits that were published
    "alexnet_2012": "0.724",  # Sze et al.
    "alexnet": "0.71",  # torchvision
    "vgg16": "15.47",  # torchvision; 15.5 in Sze et al.
    "googlenet": "1.6",  # "1.5 billion", section 1; its own first layer is smaller, see below
    "resnet18": "1.81",  # torchvision; 1.8 in table 1
    "resnet50": "4.09",  # torchvision; 3.8 in table 1, where the stride is in the 1 x 1
}


@functools.cache
def built(name):
    """The network of that name, made once."""
    return getattr(cu, name)()


@pytest.mark.parametrize("name", SIZES)
def test_parameters_are_those_published(name):
    assert built(name).size == SIZES[name]


@pytest.mark.parametrize("name", MULTIPLY_ADDS)
def test_multiply_adds_are_those_published(name):
    network = built(name)
    published = MULTIPLY_ADDS[name]
    digits = len(published.split(".")[1])
    assert f"{network.multiply_adds(network.input_shape) / 1e9:.{digits}f}" == published


FLOW = {  # the maps from layer to layer: channels x side, then features
    "lenet5_1998": "1x32 6x28 6x14 16x10 16x5 120x1 120 84",
    "lenet5": "1x28 6x28 6x14 16x10 16x5 400 120 84 10",
    "alexnet_2012": "3x227 96x55 96x27 256x27 256x13 384x13 256x13 256x6 9216 4096 1000",
    "alexnet": "3x224 64x55 64x27 192x27 192x13 384x13 256x13 256x6 9216 4096 1000",
    "vgg16": "3x224 64x224 64x112 128x112 128x56 256x56 256x28 512x28 512x14 512x7 25088 4096 1000",
    "googlenet": "3x224 64x112 64x56 192x56 192x28 256x28 480x28 480x14 512x14 528x14 832x14 832x7 "
    "1024x7 1024 1000",
    "resnet18": "3x224 64x112 64x56 128x28 256x14 512x7 512 1000",
    "resnet50": "3x224 64x112 64x56 256x56 512x28 1024x14 2048x7 2048 1000",
}


@pytest.mark.parametrize("name", FLOW)
def test_maps_have_the_published_sizes_from_layer_to_layer(name):
    network = built(name)
    shapes = [shape for _, _, shape in network.parts(network.input_shape)]
    shapes.append(network.output_shape(network.input_shape))
    assert all(shape[1] == shape[2] for shape in shapes if len(shape) == 3)
    texts = ["x".join(map(str, shape[:2])) for shape in shapes]
    assert " ".join(text for k, text in enumerate(texts) if text != texts[k - 1]) == FLOW[name]


ACTIVATIONS = {  # how often, and which
    "lenet5_1998": (6, "tanh"),
    "lenet5": (4, "relu"),
    "alexnet_2012": (7, "relu"),
    "alexnet": (7, "relu"),
    "vgg16": (15, "relu"),
    "googlenet": (57, "relu"),
    "resnet18": (17, "relu"),
    "resnet50": (49, "relu"),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_stand_behind_the_layers_with_weights(name):
    leaves = list(built(name).leaves())
    found = [leaf.function.__name__ for leaf in leaves if isinstance(leaf, Activation)]
    count, function = ACTIVATIONS[name]
    assert found == [function] * count


@pytest.mark.parametrize("name", FLOW)
def test_the_initializer_and_the_generator_reach_every_layer(name):
    rng, drawn = np.random.default_rng(0), []

    def init(shape, fan_in, fan_out, rng, dtype):
        drawn.append((shape, rng))
        return np.zeros(shape, dtype)

    network = getattr(cu, name)(init=init, rng=rng)
    leaves = list(network.leaves())
    weights = [leaf.params["W"].shape for leaf in leaves if "W" in leaf.params]
    assert sorted(shape for shape, _ in drawn) == sorted(weights)
    assert all(generator is rng for _, generator in drawn)
    assert all(leaf.rng is rng for leaf in leaves if leaf.rng is not None)


def test_lenet_of_1998_layer_by_layer():
    # section II.B: parameters and connections of C1, S2, C3, S4, C5, F6
    network = built("lenet5_1998")
    layers = [layer for layer in network.layers if layer.size]
    assert [layer.size for layer in layers] == [156, 12, 1_516, 32, 48_120, 10_164]
    convolutions = [layer for _, layer, _ in network.parts((1, 32, 32)) if layer.size > 100]
    shapes = [shape for _, layer, shape in network.parts((1, 32, 32)) if layer.size > 100]
    connections = [  # each output has a bias, which is a connection too
        layer.multiply_adds(shape) + int(np.prod(layer.output_shape(shape)))
        for layer, shape in zip(convolutions, shapes, strict=True)
    ]
    assert connections == [122_304, 151_600, 48_120, 10_164]
    subsampling, patterns = 5_880 + 2_000, 84 * 10
    assert sum(connections) + subsampling + patterns == 340_908


def test_each_map_of_c3_sees_what_table_1_says():
    table = [  # rows: maps of S2; columns: the 16 maps of C3
        "X...XXX..XXXX.XX",
        "XX...XXX..XXXX.X",
        "XXX...XXX..X.XXX",
        ".XXX..XXXX..X.XX",
        "..XXX..XXXX.XX.X",
        "...XXX..XXXX.XXX",
    ]
    C3 = next(layer for layer in built("lenet5_1998").layers if isinstance(layer, Parallel))
    seen = [set(branch.layers[0].indices.tolist()) for branch in C3.layers]
    assert seen == [{k for k in range(6) if table[k][column] == "X"} for column in range(16)]


def test_alexnet_has_the_neurons_of_its_paper():
    # figure 2, but for the first number, 253,440: 55 x 55 x 96 is 290,400
    network = built("alexnet_2012")
    neurons = [
        int(np.prod(layer.output_shape(shape)))
        for _, layer, shape in network.parts(network.input_shape)
        if isinstance(layer, Conv2D | Dense | Parallel)
    ]
    assert neurons == [290_400, 186_624, 64_896, 64_896, 43_264, 4_096, 4_096, 1_000]


def test_googlenet_has_the_blocks_of_its_paper():
    # Table 1: output, and millions of multiply-adds. (Its parameters are no measure: for block 4c
    # it says 463 K, and the channels beside it make 498 K.)
    table = [
        ((256, 28, 28), 128),
        ((480, 28, 28), 304),
        ((512, 14, 14), 73),
        ((512, 14, 14), 88),
        ((512, 14, 14), 100),
        ((528, 14, 14), 119),
        ((832, 14, 14), 170),
        ((832, 7, 7), None),  # it says 54, which belongs to 48 channels before the 5 x 5, not 32
        ((1024, 7, 7), 71),
    ]
    network = built("googlenet")
    parts = [(p, s) for _, p, s in network.parts((3, 224, 224)) if isinstance(p, Parallel)]
    for (block, given), (shape, millions) in zip(parts, table, strict=True):
        assert block.output_shape(given) == shape
        if millions is not None:
            assert block.multiply_adds(given) / 1e6 == pytest.approx(millions, abs=1)
    # The first layer is printed with 2.7 K parameters and 34 M: the authors built it otherwise.
    first = network.layers[0]
    others = network.multiply_adds((3, 224, 224)) - first.multiply_adds((3, 224, 224))
    assert others / 1e9 + 0.034 == pytest.approx(1.5, abs=0.005)


# -- drawing, and not drawing ----------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in SIZES if name != "lenet5_1998"])
def test_the_last_layer_has_as_many_outputs_as_classes(name):
    network = getattr(cu, name)(n_classes=7)
    assert network.output_shape(network.input_shape) == (7,)
    last = network.layers[-1]
    difference = (built(name).layers[-1].params["b"].size - 7) * (last.input_shape[0] + 1)
    assert SIZES[name] - network.size == difference


@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
def test_a_network_that_is_measured_takes_no_memory(name):
    pytest.importorskip("resource")
    code = f"""
import resource, sys
import course_utils as cu
cu.basic_block(1, 1)
unit = 1 if sys.platform == "darwin" else 1024
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
network = cu.{name}()
network.summary()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # the weights and gradients of ResNet-50 alone would be 204 MB, those of VGG-16 1,107 MB
    assert int(run.stdout) < 20e6


def test_one_generator_draws_all_weights():
    one, same, other = (cu.lenet5(init="he", rng=seed).params for seed in (0, 0, 1))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not np.array_equal(one["W1"], other["W1"])
    weights = [one[name].ravel()[:80] for name in one if name.startswith("W")]
    assert len({w.tobytes() for w in weights}) == len(weights) == 5
    assert not any(array.any() for array in cu.lenet5().params.values())


def test_images_go_through():
    images = np.random.default_rng(0).normal(size=(2, 1, 32, 32)).astype(np.float32)
    lenet = Sequential(cu.lenet5(init="he", rng=0), output="softmax")
    assert lenet.forward(images[:, :, 2:-2, 2:-2]).shape == (2, 10)
    old = Sequential(cu.lenet5_1998(init="xavier", rng=0))
    A = old.forward(images)
    assert A.shape == (2, 84)
    assert A.dtype == np.float32
    assert np.abs(A).max() < 1  # the last layer squashes too
    resnet = Sequential(cu.resnet18(5, "he", rng=0), input_shape=(3, 32, 32))
    assert resnet.forward(np.repeat(images, 3, axis=1)).shape == (2, 5)


# -- the blocks ------------------------------------------------------------------------------

X = np.random.default_rng(1).normal(size=(3, 8, 4, 4))

BLOCKS = {
    "inception": lambda: inception(8, 2, (3, 4), (1, 2), 2, init="he", rng=0),
    "basic_block": lambda: basic_block(8, 8, init="he", rng=1),
    "basic_block, stride 2": lambda: basic_block(8, 3, stride=2, init="he", rng=2),
    "bottleneck": lambda: bottleneck(8, 2, init="he", rng=3),
    "bottleneck, stride 2": lambda: bottleneck(8, 2, stride=2, init="he", rng=5),
    "Channels": lambda: Channels([3, 0, 0]),
    "ChannelScale": lambda: ChannelScale(8),
}
every_block = pytest.mark.parametrize("name", BLOCKS)


@every_block
@pytest.mark.parametrize("training", [True, False])
def test_every_gradient_is_right(name, training):
    network = Sequential(BLOCKS[name](), GlobalAveragePool2D(), input_shape=(8, 4, 4))
    rng = np.random.default_rng(2)
    for key in network.params:
        if key[0] != "W":  # where all are 0 and 1, some values lie on a kink, some gradients are 0
            network.params[key] = rng.uniform(0.5, 1.5, network.params[key].shape)
    targets = rng.normal(size=network.forward(X).shape)
    report = gradient_report(network, X, targets, "mean_squared_error", training=training)
    assert max(report.values()) < 1e-6


@every_block
def test_shape_type_and_input_hold(name):
    network = Sequential(BLOCKS[name](), input_shape=(8, 4, 4))
    images, before = X.astype(np.float32), X.astype(np.float32)
    A = network.forward(images, training=True)
    assert (A.shape[1:], A.dtype) == (network.output_shape((8, 4, 4)), np.float32)
    dX = network.backward(np.ones_like(A), need_dX=True)
    assert (dX.shape, dX.dtype) == (X.shape, np.float32)
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize(
    ("block", "shape"),
    [
        (basic_block(8, 8), (8, 4, 4)),
        (basic_block(8, 5), (5, 4, 4)),
        (basic_block(8, 8, 2), (8, 2, 2)),
        (bottleneck(8, 2), (8, 4, 4)),
        (bottleneck(8, 3), (12, 4, 4)),
        (bottleneck(8, 2, 2), (8, 2, 2)),
        (inception(8, 1, (9, 2), (9, 3), 4), (10, 4, 4)),
    ],
)
def test_output_shapes_of_blocks(block, shape):
    assert block.output_shape((8, 4, 4)) == shape


@pytest.mark.parametrize("make", [basic_block, lambda n, out: bottleneck(n, out // 4)])
def test_a_block_of_zeros_is_the_identity_and_a_relu(make):
    np.testing.assert_array_equal(make(8, 8).forward(X), np.maximum(X, 0))


@pytest.mark.parametrize(
    ("block", "convolutions", "shortcuts"),
    [(basic_block(64, 64), 2, 0), (basic_block(64, 128, 2), 2, 1), (bottleneck(64, 64), 3, 1)],
)
def test_a_shortcut_has_weights_only_where_the_shape_changes(block, convolutions, shortcuts):
    residual = block.layers[0]
    assert isinstance(residual, Residual)
    for part, expected in ((residual.block, convolutions), (residual.shortcut, shortcuts)):
        layers = [leaf for leaf in part.leaves() if isinstance(leaf, Conv2D)]
        assert len(layers) == expected
        assert all("b" not in layer.params for layer in layers)


def test_the_stride_of_a_bottleneck_is_that_of_its_3x3():
    layers = bottleneck(4, 2, stride=2).layers[0].block.layers
    strides = [layer.stride for layer in layers if isinstance(layer, Conv2D)]
    assert strides == [(1, 1), (2, 2), (1, 1)]


def test_the_branches_of_an_inception_block_stand_in_the_papers_order():
    block = inception(4, 1, (5, 2), (6, 3), 4, init="he", rng=0)
    kernels = [
        [layer.kernel_size[0] for layer in branch.layers if not isinstance(layer, Activation)]
        for branch in block.layers
    ]
    assert kernels == [[1], [1, 3], [1, 5], [3, 1]]
    widths = [branch.output_shape((4, 5, 5))[0] for branch in block.layers]
    assert widths == [1, 2, 3, 4]
    between = [branch.layers[0].params["W"].shape[0] for branch in block.layers[1:3]]
    assert between == [5, 6]


def test_each_half_of_alexnet_sees_its_own_channels():
    groups = [p for p in built("alexnet_2012").layers if isinstance(p, Parallel)]
    for group, (channels, width) in zip(groups, [(96, 256), (384, 384), (384, 256)], strict=True):
        assert group.output_shape((channels, 5, 5)) == (width, 5, 5)
        first, second = (branch.layers[0].indices.tolist() for branch in group.layers)
        assert first + second == list(range(channels))
        assert len(first) == len(second)


# -- the two layers --------------------------------------------------------------------------


def test_channels_are_taken_in_order_and_given_back():
    layer = Channels((2, 0, 2))
    A = layer.forward(X, training=True)
    np.testing.assert_array_equal(A, np.stack([X[:, 2], X[:, 0], X[:, 2]], axis=1))
    dX = layer.backward(np.ones_like(A))
    assert dX[0, :, 0, 0].tolist() == [1, 0, 2, 0, 0, 0, 0, 0]
    assert Channels(range(2)).forward(X[:, :, 0, 0]).shape == (3, 2)
    assert repr(layer) == "Channels([2, 0, 2])"


def test_channel_scale_by_hand():
    layer = ChannelScale(2, dtype=np.float64)
    assert layer.params["gamma"].tolist() == [1, 1]
    layer.params["gamma"], layer.params["beta"] = [2, 3], [10, 20]
    images = np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    assert layer.forward(images, training=True).tolist() == [[[[12, 14]], [[29, 32]]]]
    assert layer.backward(np.ones_like(images)).tolist() == [[[[2, 2]], [[3, 3]]]]
    assert layer.grads["gamma"].tolist() == [3, 7]
    assert layer.grads["beta"].tolist() == [2, 2]
    assert repr(layer) == "ChannelScale(2)"
    assert ChannelScale(2).size == 4
    assert not Sequential(ChannelScale(2)).decay_mask.any()


@pytest.mark.parametrize("layer", [Channels([1, 3]), ChannelScale(8, dtype=np.float64)])
def test_the_gradient_of_the_input_is_right_and_left_out_where_nobody_asks(layer):
    A = layer.forward(X, training=True)
    dA = np.random.default_rng(4).normal(size=A.shape)
    dX = layer.backward(dA)
    check_gradient(lambda X: np.sum(dA * layer.forward(X)), X, dX)
    assert layer.backward(dA, need_dX=False) is None


@pytest.mark.parametrize(
    ("refused", "error", "message"),
    [
        (lambda: Channels([]), ValueError, r"each 0 or more; got \[\]"),
        (lambda: Channels(range(0)), ValueError, r"each 0 or more; got range\(0, 0\)"),
        (lambda: Channels(np.zeros(0, int)), ValueError, "each 0 or more; got array"),
        (lambda: Channels([0, -1]), ValueError, r"channel numbers, each 0 or more; got \[0, -1\]"),
        (lambda: Channels([0.5]), ValueError, r"got \[0.5\]"),
        (lambda: Channels(3), ValueError, "must be a sequence of channel numbers.*; got 3"),
        (
            lambda: Channels([0, 8]).forward(X),
            ValueError,
            r"Channels\(\[0, 8\]\) takes samples of at least 9 channels; got .* shape \(8, 4, 4\)",
        ),
        (lambda: Channels([0]).output_shape(()), ValueError, r"got samples of shape \(\)"),
        (lambda: ChannelScale(0), ValueError, "n_channels must be at least 1; got 0"),
        (
            lambda: ChannelScale(3).output_shape((4, 5, 5)),
            ValueError,
            r"ChannelScale\(3\) takes samples of shape \(3,\) or \(3, height, width\); got \(4, ",
        ),
        (lambda: basic_block(4, 4, init="hi"), ValueError, "unknown initializer 'hi'"),
    ],
)
def test_what_does_not_fit_is_refused(refused, error, message):
    with pytest.raises(error, match=message):
        refused()


@pytest.mark.parametrize("layer", [Channels([0]), ChannelScale(8)])
def test_backward_needs_a_cached_forward_pass(layer):
    layer.forward(X)
    with pytest.raises(RuntimeError, match="backward needs a cached forward pass"):
        layer.backward(X)
