r"""Architectures that made history, as chains of this package's layers.

Each function answers a `Chain`: layers, shapes, parameters and multiply-adds can be read off it
with ``summary()``, ``size`` and ``multiply_adds(input_shape)``. By default all weights are 0, and
zeros that nobody wrote to take no memory: a network of 138 million parameters is measured in
milliseconds. To train one, draw its weights and give it vectors and a head:
``Sequential(lenet5(init="he", rng=0), output="softmax")``.

What the papers have and this module has not: local response normalisation (AlexNet and
GoogLeNet; it learns nothing), auxiliary classifiers (GoogLeNet; for training only) and the fixed
output patterns of LeNet-5.
"""

from ._arrays import as_generator
from .containers import Chain, Parallel, Residual
from .convolution import Conv2D
from .layers import Activation, Channels, ChannelScale, Dense, Flatten
from .normalization import BatchNorm
from .pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from .regularization import Dropout

__all__ = [
    "alexnet",
    "alexnet_2012",
    "basic_block",
    "bottleneck",
    "googlenet",
    "inception",
    "lenet5",
    "lenet5_1998",
    "resnet18",
    "resnet50",
    "vgg16",
]


# -- LeNet-5 --------------------------------------------------------------------------------

# Table I of the paper: the maps of S2 that each of the 16 maps of C3 sees.
_SEEN_BY_C3 = (
    *((k, (k + 1) % 6, (k + 2) % 6) for k in range(6)),
    *((k, (k + 1) % 6, (k + 2) % 6, (k + 3) % 6) for k in range(6)),
    *((k, k + 1, (k + 3) % 6, (k + 4) % 6) for k in range(3)),
    range(6),
)


def lenet5(n_classes=10, init="zeros", rng=None):
    """LeNet-5 as it is written today: ReLU, max-pooling, every map sees every map.

    Two convolutions and three dense layers on images of shape (1, 28, 28); 61,706 parameters. The
    pooling comes before the ReLU: the largest of positive parts is the positive part of the
    largest, so values and gradients are the same, and the ReLU has a quarter of the work.

    Parameters
    ----------
    n_classes : int
        Outputs of the last layer.
    init : str or callable
        How weights are drawn: by default zeros, to be measured; ``"he"`` to be trained.
    rng : numpy.random.Generator or int, optional
        Where the weights come from.

    Returns
    -------
    Chain

    References
    ----------
    After Y. LeCun et al., "Gradient-based learning applied to document recognition" (1998),
    doi:10.1109/5.726791; see `lenet5_1998` for what they built.

    Examples
    --------
    >>> lenet5().size
    61706
    """
    draw = _draw(init, rng)
    return Chain(
        Conv2D(1, 6, 5, padding=2, **draw),
        MaxPool2D(2),
        Activation("relu"),
        Conv2D(6, 16, 5, **draw),
        MaxPool2D(2),
        Activation("relu"),
        Flatten(),
        *_dense_relu(400, 120, **draw),
        *_dense_relu(120, 84, **draw),
        Dense(84, n_classes, **draw),
        input_shape=(1, 28, 28),
    )


def lenet5_1998(init="zeros", rng=None):
    """LeNet-5 as it was published, up to its layer F6; 60,000 parameters.

    The subsampling layers learn a factor and a bias a map, and each of the 16 maps of C3 sees
    its own few of the 6 maps before it. The paper adds the four values of a window where we take
    their mean (the factor is then four times as large), and squashes by 1.7159 tanh(2 a / 3)
    where we take tanh.

    Parameters
    ----------
    init : str or callable
        How weights are drawn: by default zeros, to be measured; ``"xavier"`` to be trained.
    rng : numpy.random.Generator or int, optional
        Where the weights come from.

    Returns
    -------
    Chain
        From images of shape (1, 32, 32) to the 84 values of F6. The paper compares these with ten
        fixed patterns of 7 x 12 pixels.

    References
    ----------
    Y. LeCun et al., "Gradient-based learning applied to document recognition" (1998),
    doi:10.1109/5.726791, section II.B and table I

    Examples
    --------
    >>> lenet5_1998().size
    60000
    """
    draw = _draw(init, rng)
    C3 = [Chain(Channels(seen), Conv2D(len(seen), 1, 5, **draw)) for seen in _SEEN_BY_C3]
    return Chain(
        Conv2D(1, 6, 5, **draw),
        Activation("tanh"),
        AveragePool2D(2),
        ChannelScale(6),
        Activation("tanh"),
        Parallel(*C3),
        Activation("tanh"),
        AveragePool2D(2),
        ChannelScale(16),
        Activation("tanh"),
        Conv2D(16, 120, 5, **draw),
        Activation("tanh"),
        Flatten(),
        Dense(120, 84, **draw),
        Activation("tanh"),
        input_shape=(1, 32, 32),
    )


# -- AlexNet and VGG ------------------------------------------------------------------------


def alexnet(n_classes=1000, init="zeros", rng=None):
    """AlexNet in one column, as in today's libraries; 61,100,840 parameters.

    Five convolutions and three dense layers on images of shape (3, 224, 224).

    Parameters
    ----------
    n_classes : int
        Outputs of the last layer.
    init : str or callable
        How weights are drawn: by default zeros, to be measured; ``"he"`` to be trained.
    rng : numpy.random.Generator or int, optional
        Where the weights, and the masks of dropout, come from.

    Returns
    -------
    Chain

    References
    ----------
    A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks" (2014),
    arXiv:1404.5997; with the channels of torchvision's `alexnet`

    Examples
    --------
    >>> alexnet().size
    61100840
    """
    draw = _draw(init, rng)
    return Chain(
        *_conv_relu(3, 64, 11, stride=4, padding=2, **draw),
        MaxPool2D(3, stride=2),
        *_conv_relu(64, 192, 5, padding=2, **draw),
        MaxPool2D(3, stride=2),
        *_conv_relu(192, 384, 3, padding=1, **draw),
        *_conv_relu(384, 256, 3, padding=1, **draw),
        *_conv_relu(256, 256, 3, padding=1, **draw),
        MaxPool2D(3, stride=2),
        *_dense_with_dropout(256 * 6 * 6, n_classes, **draw),
        input_shape=(3, 224, 224),
    )


def alexnet_2012(n_classes=1000, init="zeros", rng=None):
    """AlexNet as it was published, for two graphics cards; 60,965,224 parameters.

    Each card holds half of the channels, and only convolution 3 and the dense layers see both
    halves. Images are (3, 227, 227): the paper says 224, but its 55 x 55 maps follow from 227.

    Parameters
    ----------
    n_classes : int
        Outputs of the last layer.
    init : str or callable
        How weights are drawn: by default zeros, to be measured; ``"he"`` to be trained.
    rng : numpy.random.Generator or int, optional
        Where the weights, and the masks of dropout, come from.

    Returns
    -------
    Chain

    References
    ----------
    A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet classification with deep convolutional
    neural networks" (2012), doi:10.1145/3065386

    Examples
    --------
    >>> alexnet_2012().size
    60965224
    """
    draw = _draw(init, rng)
    return Chain(
        *_conv_relu(3, 96, 11, stride=4, **draw),
        MaxPool2D(3, stride=2),
        *_halves_relu(96, 256, 5, padding=2, **draw),
        MaxPool2D(3, stride=2),
        *_conv_relu(256, 384, 3, padding=1, **draw),
        *_halves_relu(384, 384, 3, padding=1, **draw),
        *_halves_relu(384, 256, 3, padding=1, **draw),
        MaxPool2D(3, stride=2),
        *_dense_with_dropout(256 * 6 * 6, n_classes, **draw),
        input_shape=(3, 227, 227),
    )


def vgg16(n_classes=1000, init="zeros", rng=None):
    """VGG-16: five stages of 3 x 3 convolutions and three dense layers; 138,357,544 parameters.

    It takes images of shape (3, 224, 224); each stage ends with a max-pooling that halves them.

    Parameters
    ----------
    n_classes : int
        Outputs of the last layer.
    init : str or callable
        How weights are drawn: by default zeros, to be measured; ``"he"`` to be trained.
    rng : numpy.random.Generator or int, optional
        Where the weights, and the masks of dropout, come from.

    Returns
    -------
    Chain

    References
    ----------
    K. Simonyan and A. Zisserman, "Very deep convolutional networks for large-scale image
    recognition" (2014), arXiv:1409.1556, configuration D

    Examples
    --------
    >>> vgg16().size
    138357544
    """
    draw = _draw(init, rng)
    layers, channels = [], 3
    for convolutions, width in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        for _ in range(convolutions):
            layers += _conv_relu(channels, width, 3, padding=1, **draw)
            channels = width
        layers.append(MaxPool2D(2))
    layers += _dense_with_dropout(512 * 7 * 7, n_classes, **draw)
    return Chain(*layers, input_shape=(3, 224, 224))


# -- GoogLeNet ------------------------------------------------------------------------------


def inception(in_channels, n_1x1, n_3x3, n_5x5, n_pool, init="zeros", rng=None):
    """GoogLeNet's block: windows of 1, 3 and 5 pixels and a pooling, side by side.

    Before the costly windows, a 1 x 1 convolution reduces the channels. Height and width stay.

    Parameters
    ----------
    in_channels : int
        Channels in.
    n_1x1 : int
        Channels out of the branch of 1 x 1.
    n_3x3, n_5x5 : (int, int)
        Channels between and out, of the branches of 3 x 3 and 5 x 5.
    n_pool : int
        Channels out of the branch with max-pooling.
    init : str or callable
        How weights are drawn: by default zeros, to be measured; ``"he"`` to be trained.
    rng : numpy.random.Generator or int, optional
        Where the weights come from.

    Returns
    -------
    Parallel

    References
    ----------
    C. Szegedy et al., "Going deeper with convolutions" (2014), arXiv:1409.4842

    Examples
    --------
    >>> inception(192, 64, (96, 128), (16, 32), 32).output_shape((192, 28, 28))
    (256, 28, 28)
    """
    draw = _draw(init, rng)
    (between_3x3, n_3x3), (between_5x5, n_5x5) = n_3x3, n_5x5
    return Parallel(
        Chain(*_conv_relu(in_channels, n_1x1, 1, **draw)),
        Chain(
            *_conv_relu(in_channels, between_3x3, 1, **draw),
            *_conv_relu(between_3x3, n_3x3, 3, padding=1, **draw),
        ),
        Chain(
            *_conv_relu(in_channels, between_5x5, 1, **draw),
            *_conv_relu(between_5x5, n_5x5, 5, padding=2, **draw),
        ),
        Chain(
            MaxPool2D(3, stride=1, padding=1),
            *_conv_relu(in_channels, n_pool, 1, **draw),
        ),
    )


# Table 1 of the paper, the arguments of each block; None is a max-pooling.
_INCEPTIONS = (
    (192, 64, (96, 128), (16, 32), 32),
    (256, 128, (128, 192), (32, 96), 64),
    None,
    (480, 192, (96, 208), (16, 48), 64),
    (512, 160, (112, 224), (24, 64), 64),
    (512, 128, (128, 256), (24, 64), 64),
    (512, 112, (144, 288), (32, 64), 64),
    (528, 256, (160, 320), (32, 128), 128),
    None,
    (832, 256, (160, 320), (32, 128), 128),
    (832, 384, (192, 384), (48, 128), 128),
)


def googlenet(n_classes=1000, init="zeros", rng=None):
    """GoogLeNet as in its paper's table: nine inception blocks, one dense layer.

    It takes images of shape (3, 224, 224) and has 6,998,552 parameters: windows of 5 x 5, biases
    and no batch normalisation. (torchvision's has 3 x 3 instead of 5 x 5 and batch normalisation:
    6,624,904.)

    Parameters
    ----------
    n_classes : int
        Outputs of the last layer.
    init : str or callable
        How weights are drawn: by default zeros, to be measured; ``"he"`` to be trained.
    rng : numpy.random.Generator or int, optional
        Where the weights, and the masks of dropout, come from.

    Returns
    -------
    Chain

    References
    ----------
    C. Szegedy et al., "Going deeper with convolutions" (2014), arXiv:1409.4842, table 1

    Examples
    --------
    >>> googlenet().size
    6998552
    """
    draw = _draw(init, rng)
    layers = [
        *_conv_relu(3, 64, 7, stride=2, padding=3, **draw),
        MaxPool2D(3, stride=2, padding=1),
        *_conv_relu(64, 64, 1, **draw),
        *_conv_relu(64, 192, 3, padding=1, **draw),
        MaxPool2D(3, stride=2, padding=1),
    ]
    for sizes in _INCEPTIONS:
        if sizes is None:
            layers.append(MaxPool2D(3, stride=2, padding=1))
        else:
            layers.append(inception(*sizes, **draw))
    layers += [GlobalAveragePool2D(), Dropout(0.4, draw["rng"]), Dense(1024, n_classes, **draw)]
    return Chain(*layers, input_shape=(3, 224, 224))


# -- ResNet ---------------------------------------------------------------------------------


def basic_block(in_channels, out_channels, stride=1, init="zeros", rng=None):
    """ResNet's block of two 3 x 3 convolutions with a connection around them.

    A = relu(block(X) + shortcut(X)), where the shortcut is the identity, or a 1 x 1 convolution
    with the block's stride where the shape changes. Every convolution is followed by a batch
    normalisation, and so needs no bias.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels in and out.
    stride : int
        Of the first convolution; 2 halves height and width.
    init : str or callable
        How weights are drawn: by default zeros, to be measured; ``"he"`` to be trained.
    rng : numpy.random.Generator or int, optional
        Where the weights come from.

    Returns
    -------
    Chain

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition" (2015),
    arXiv:1512.03385

    Examples
    --------
    >>> basic_block(64, 128, stride=2).output_shape((64, 56, 56))
    (128, 28, 28)
    """
    draw = _draw(init, rng)
    block = [
        *_conv_norm(in_channels, out_channels, 3, stride, **draw),
        Activation("relu"),
        *_conv_norm(out_channels, out_channels, 3, **draw),
    ]
    shortcut = _shortcut(in_channels, out_channels, stride, **draw)
    return Chain(Residual(*block, shortcut=shortcut), Activation("relu"))


def bottleneck(in_channels, width, stride=1, init="zeros", rng=None):
    """ResNet's block of three convolutions, 1 x 1, 3 x 3 and 1 x 1, with a connection around them.

    The first reduces the channels to `width`, the second looks around, the third brings them to
    4 `width`. The stride is that of the second, as in today's libraries; the paper's is in the
    first. Otherwise as `basic_block`.

    Parameters
    ----------
    in_channels : int
        Channels in.
    width : int
        Channels inside; 4 times as many come out.
    stride : int
        2 halves height and width.
    init : str or callable
        How weights are drawn: by default zeros, to be measured; ``"he"`` to be trained.
    rng : numpy.random.Generator or int, optional
        Where the weights come from.

    Returns
    -------
    Chain

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition" (2015),
    arXiv:1512.03385

    Examples
    --------
    >>> bottleneck(256, 128, stride=2).output_shape((256, 56, 56))
    (512, 28, 28)
    """
    draw = _draw(init, rng)
    block = [
        *_conv_norm(in_channels, width, 1, **draw),
        Activation("relu"),
        *_conv_norm(width, width, 3, stride, **draw),
        Activation("relu"),
        *_conv_norm(width, 4 * width, 1, **draw),
    ]
    shortcut = _shortcut(in_channels, 4 * width, stride, **draw)
    return Chain(Residual(*block, shortcut=shortcut), Activation("relu"))


def resnet18(n_classes=1000, init="zeros", rng=None):
    """ResNet-18: eight basic blocks; 11,689,512 parameters.

    It takes images of shape (3, 224, 224).

    Parameters
    ----------
    n_classes : int
        Outputs of the last layer.
    init : str or callable
        How weights are drawn: by default zeros, to be measured; ``"he"`` to be trained.
    rng : numpy.random.Generator or int, optional
        Where the weights come from.

    Returns
    -------
    Chain

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition" (2015),
    arXiv:1512.03385, table 1

    Examples
    --------
    >>> resnet18().size
    11689512
    """
    return _resnet(basic_block, (2, 2, 2, 2), n_classes, **_draw(init, rng))


def resnet50(n_classes=1000, init="zeros", rng=None):
    """ResNet-50: sixteen bottleneck blocks; 25,557,032 parameters.

    It takes images of shape (3, 224, 224).

    Parameters
    ----------
    n_classes : int
        Outputs of the last layer.
    init : str or callable
        How weights are drawn: by default zeros, to be measured; ``"he"`` to be trained.
    rng : numpy.random.Generator or int, optional
        Where the weights come from.

    Returns
    -------
    Chain

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition" (2015),
    arXiv:1512.03385, table 1

    Examples
    --------
    >>> resnet50().size
    25557032
    """
    return _resnet(bottleneck, (3, 4, 6, 3), n_classes, **_draw(init, rng))


def _resnet(block, counts, n_classes, **draw):
    """Four stages of blocks; each but the first begins with a stride of 2."""
    layers = [*_conv_norm(3, 64, 7, 2, **draw), Activation("relu")]
    layers.append(MaxPool2D(3, stride=2, padding=1))
    shape = (64, 56, 56)
    for stage, count in enumerate(counts):
        for k in range(count):
            stride = 2 if stage > 0 and k == 0 else 1
            layers.append(block(shape[0], 64 * 2**stage, stride, **draw))
            shape = layers[-1].output_shape(shape)
    layers += [GlobalAveragePool2D(), Dense(shape[0], n_classes, **draw)]
    return Chain(*layers, input_shape=(3, 224, 224))


# -- what they are made of ------------------------------------------------------------------


def _draw(init, rng):
    """How all weights of a network are drawn: one generator, handed on from layer to layer."""
    return {"init": init, "rng": as_generator(rng)}


def _conv_relu(*sizes, **options):
    return [Conv2D(*sizes, **options), Activation("relu")]


def _dense_relu(*sizes, **draw):
    return [Dense(*sizes, **draw), Activation("relu")]


def _halves_relu(in_channels, out_channels, kernel_size, **options):
    """A convolution in two groups: each half of the channels is made of one half."""
    half = in_channels // 2
    groups = [
        Chain(
            Channels(range(first, first + half)),
            Conv2D(half, out_channels // 2, kernel_size, **options),
        )
        for first in (0, half)
    ]
    return [Parallel(*groups), Activation("relu")]


def _dense_with_dropout(n_in, n_classes, **draw):
    """The three dense layers at the end of AlexNet and VGG, with dropout before the first two."""
    return [
        Flatten(),
        Dropout(0.5, draw["rng"]),
        *_dense_relu(n_in, 4096, **draw),
        Dropout(0.5, draw["rng"]),
        *_dense_relu(4096, 4096, **draw),
        Dense(4096, n_classes, **draw),
    ]


def _conv_norm(in_channels, out_channels, kernel_size, stride=1, **draw):
    """A convolution that keeps the size, up to its stride, and its batch normalisation."""
    options = {"stride": stride, "padding": kernel_size // 2, "bias": False, **draw}
    return [Conv2D(in_channels, out_channels, kernel_size, **options), BatchNorm(out_channels)]


def _shortcut(in_channels, out_channels, stride, **draw):
    """None, the identity, where the shape stays, else a 1 x 1 convolution that changes it alike."""
    if stride == 1 and in_channels == out_channels:
        return None
    return Chain(*_conv_norm(in_channels, out_channels, 1, stride, **draw))
