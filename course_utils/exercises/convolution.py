"""Exercises of lesson 09: what a small window of weights sees."""

import numpy as np

from .definition import cases, exercise, mistake

__all__ = ["conv_forward"]

BY_HAND = (
    "Compute a convolution by hand: kernel, stride, padding, channels, and the size of the result."
)


# -- conv_forward ---------------------------------------------------------------------------------


@exercise(
    "convolution.conv_forward",
    BY_HAND,
    why="The window of the output (y, x) begins s times as far down and to the right, on the image "
    "with its border of zeros. One sum goes over the window and all channels; the bias is added "
    "to it once.",
    hints=(
        "Begin with the size of the result; then, for each number in it: which pixels does its "
        "window cover?",
        "For the first number by hand: lay the filter over the corner of the padded image, "
        "multiply, add up over all channels, and add the bias of this filter.",
        "In the padded image the window of (y, x) begins at row y * s and column x * s.",
    ),
)
def conv_forward(X, W, b, s, p):
    """Answer Z, the images X (N, C, H, W) seen through the filters W (O, C, kh, kw) with biases b,
    at stride s, behind p zeros of padding on each side."""
    X, (kh, kw) = np.pad(X, ((0, 0), (0, 0), (p, p), (p, p))), W.shape[2:]
    height, width = (X.shape[2] - kh) // s + 1, (X.shape[3] - kw) // s + 1
    Z = np.zeros((len(X), len(W), height, width))
    for n, o, y, x in np.ndindex(Z.shape):
        window = X[n, :, y * s : y * s + kh, x * s : x * s + kw]
        Z[n, o, y, x] = np.sum(W[o] * window) + b[o]
    return Z


@cases(conv_forward)
def images_and_filters(rng):
    pair = np.array([[[[-1.0, 1.0]]]])
    yield np.array([[[[1.0, 2.0, 4.0], [0.0, 5.0, 9.0]]]]), pair, np.array([0.5]), 1, 0
    row = np.array([[[[1.0, 2.0, 4.0, 7.0, 9.0, 10.0, 15.0]]]])
    yield row, pair, np.array([0.5]), 2, 0  # the last pixel fills no whole window
    corner = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    yield np.array([[[[1.0, 0.0], [0.0, 2.0]]]]), corner, np.array([0.0]), 1, 1
    two_channels = np.array([[[[1.0, 2.0], [3.0, 4.0]], [[10.0, 20.0], [30.0, 40.0]]]])
    yield two_channels, np.array([[[[1.0]], [[0.2]]]]), np.array([1.0]), 1, 0
    square = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    yield square, np.array([[[[1.0]]], [[[10.0]]]]), np.array([100.0, 200.0]), 1, 0
    X, W = rng.normal(size=(2, 2, 5, 4)), rng.normal(size=(3, 2, 3, 2))
    yield X, W, np.array([0.5, -1.0, 2.0]), 2, 1


@mistake(
    conv_forward,
    "Your filter is turned round: its last weight lies over the first pixel of the window.",
    "The pair (-1, 1) on a row that grows should answer above 0; yours answers below 0.",
    (
        "Which weight do you multiply by which pixel?",
        "The formula has W[i, j] and X[y + i, x + j]: do both run in the same direction in yours?",
        "The upper left weight belongs to the upper left pixel of the window.",
    ),
)
def flipped(X, W, b, s, p):
    return conv_forward(X, W[:, :, ::-1, ::-1], b, s, p)


@mistake(
    conv_forward,
    "Only the first channel counts.",
    "Whatever stands in the second channel of an image, your answer stays the same.",
    (
        "Which axis of X holds the channels, and what do you take of it?",
        "Set all of the second channel to 100. Should the answer change?",
        "The sum goes over all channels, each with its own weights of the filter.",
    ),
)
def one_channel(X, W, b, s, p):
    return conv_forward(X[:, :1], W[:, :1], b, s, p)


@mistake(
    conv_forward,
    "The bias is left out.",
    "On an image of zeros you answer 0; each map should then hold its bias.",
    (
        "Which argument do you not use?",
        "What must come out for an image in which every pixel is 0?",
        "Each filter has one bias, added to each number of its map.",
    ),
)
def without_bias(X, W, b, s, p):
    return conv_forward(X, W, np.zeros(len(b)), s, p)


@mistake(
    conv_forward,
    "The bias is added once for each weight, and should be added once for each sum.",
    "On an image of zeros your map holds a multiple of the bias.",
    (
        "Where do the brackets of your sum close, before or behind the bias?",
        "With two weights and an image of zeros: what do you answer, and what is b?",
        "First the sum over the window, then the bias.",
    ),
)
def bias_for_each_weight(X, W, b, s, p):
    return conv_forward(X, W, b * W[0].size, s, p)


@mistake(
    conv_forward,
    "Your result has the right size, but its windows are always one pixel apart.",
    "With stride 2 the second window should begin at pixel 2, and yours begins at pixel 1.",
    (
        "In which lines does s stand?",
        "At which pixel does the window of the output x begin, for s = 2 and x = 0, 1, 2?",
        "The window begins at s times y and s times x.",
    ),
)
def one_pixel_apart(X, W, b, s, p):
    right = conv_forward(X, W, b, s, p)
    return conv_forward(X, W, b, 1, p)[:, :, : right.shape[2], : right.shape[3]]


@mistake(
    conv_forward,
    "The stride is inside the window: its pixels are s apart, and the windows are not.",
    "With stride 2 and two weights, your first window covers the pixels 0 and 2.",
    (
        "What does s move: the window, or the pixels in it?",
        "Which two pixels does the first window cover, with stride 1 and with stride 2?",
        "The pixels of a window are always neighbours; the stride says where it begins.",
    ),
)
def stride_inside(X, W, b, s, p):
    right = conv_forward(X, W, b, s, p)
    spread = np.zeros((*W.shape[:2], s * (W.shape[2] - 1) + 1, s * (W.shape[3] - 1) + 1))
    spread[:, :, ::s, ::s] = W
    return conv_forward(X, spread, b, 1, p)[:, :, : right.shape[2], : right.shape[3]]


@mistake(
    conv_forward,
    "One row and one column of windows are missing at the end.",
    "Where a window has two places in a row, you use one of them.",
    (
        "Count with a pencil: at how many places does a window of 2 pixels fit into a row of 3?",
        "The first place is 0 and the last is n - k. How many are that?",
        "From 0 to n - k there are n - k + 1 places.",
    ),
)
def one_window_short(X, W, b, s, p):
    return conv_forward(X, W, b, s, p)[:, :, :-1, :-1]


@mistake(
    conv_forward,
    "The zeros go around all four axes: there are more samples and more channels, too.",
    "With a padding of 1, one image becomes three, and the first of them is blank.",
    (
        "Print the shape of X before the padding and behind it. Which axes have grown?",
        "X has the axes samples, channels, rows, columns. Which of them are to grow?",
        "`np.pad` takes for each axis a pair, how many before and how many behind: (0, 0) leaves "
        "an axis as it is.",
    ),
)
def padded_everywhere(X, W, b, s, p):
    if p and X.shape[1] > 1:
        raise ValueError("the window has more channels than the filter")
    return conv_forward(np.pad(X, p)[:, p : p + X.shape[1]], W, b, s, 0)


@mistake(
    conv_forward,
    "The biases go along a row of the result; each of them belongs to a whole map.",
    "`Z + b` lays b along the last axis of Z, and that is the axis of the columns.",
    (
        "On which line does b come in, and which axis of Z does it meet there?",
        "With two filters and the biases 100 and 200: what should be added to the first map?",
        "Axis 1 holds the maps: `b[o]` for the map o, or b with an axis for rows and one for "
        "columns behind it.",
    ),
)
def bias_along_a_row(X, W, b, s, p):
    return conv_forward(X, W, np.zeros(len(b)), s, p) + b
