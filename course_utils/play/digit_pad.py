"""A pad to draw digits on, in a notebook: a network reads them while they are drawn.

The browser keeps the strokes and shows what comes back (digit_pad.js and digit_pad.css); all that
is computed is computed here.
"""

from pathlib import Path

import anywidget
import numpy as np
from traitlets import Dict, List, observe

from ..figures.handwriting import DIGIT_STROKES, SIDE, center_digit, draw_strokes
from ..layers import Activation
from ..network import Sequential, in_a_row

__all__ = ["DigitPad"]

MOST_POINTS = 4000  # a second's work; a line across the pad has at most a hundred
EMPTY = "Draw a digit from 0 to 9."
TOO_MANY = f"A drawing may have {MOST_POINTS:,} points. Clear it, and draw another."
SHAPES = ((SIDE * SIDE,), (1, SIDE, SIDE), (SIDE, SIDE))  # in which a network may take an image


class DigitPad(anywidget.AnyWidget):
    """Draw a digit with mouse, pen or finger, and see at once what a network makes of it.

    Beside the drawing stand the image as the network gets it (`center_digit`), the values
    behind each activation, one cell a value, lit the more the larger it is beside the others of
    its layer, and the ten probabilities. Without a kernel nothing can be computed, and the pad is
    a line of text.

    Parameters
    ----------
    network : Sequential
        A classifier of ten digits that takes raw pixels, 0 to 255: 784 features, an image of one
        channel, or 28 rows. It is asked as it is at that moment, so that training it further
        changes the next answer.

    Attributes
    ----------
    strokes : list of list of pair of float
        The drawing; see `draw_strokes`. Assigning another draws that one. Of more than 4,000
        points nothing is drawn: whoever sends them could keep the kernel busy for minutes.
    image : ndarray of uint8, shape (28, 28)
        The drawing as the network gets it.
    probabilities : ndarray, shape (10,)
        What the network says about the image.

    Raises
    ------
    TypeError
        When the network is not a `Sequential`.
    ValueError
        When it takes samples of another shape, or does not answer ten probabilities.

    Examples
    --------
    >>> from course_utils import DATA_DIRECTORY, as_sequential, load_network, load_scaler
    >>> path = DATA_DIRECTORY / "nn_sample.npz"
    >>> pad = DigitPad(as_sequential(load_network(path), scaler=load_scaler(path)))
    >>> pad.strokes = DIGIT_STROKES[7]
    >>> int(pad.probabilities.argmax())
    7
    """

    _esm = Path(__file__).with_name("digit_pad.js")
    _css = Path(__file__).with_name("digit_pad.css")

    # The browser's own strokes must not come back to it while it goes on drawing.
    strokes = List().tag(sync=True, echo_update=False)
    _examples = List(list(DIGIT_STROKES.values())).tag(sync=True)
    _answer = Dict().tag(sync=True)

    def __init__(self, network):
        self._network, self._shape = network, _sample_shape(network)
        super().__init__()
        self._read()

    @observe("strokes")
    def _read(self, change=None):
        """Read what is drawn, and send the browser all that it shows."""
        points = sum(max(len(stroke), 1) for stroke in self.strokes)
        too_many = points > MOST_POINTS
        self.image = center_digit(draw_strokes([] if too_many else self.strokes))
        A, layers = self.image.reshape(1, *self._shape).astype(self._network.dtype), []
        for layer in in_a_row(self._network):
            A = layer.forward(A)
            if isinstance(layer, Activation):
                layers.append((layer.function.__name__, A[0]))
        self.probabilities = self._network.head.activation(A)[0]
        drawn = bool(self.image.any())
        self._answer = {
            "points": sum(map(len, self.strokes)),
            "text": _decision(self.probabilities) if drawn else TOO_MANY if too_many else EMPTY,
            "image": self.image.tobytes(),
            "percent": (100 * drawn * self.probabilities).astype("<f4").tobytes(),
            "layers": [_lit(name, values * drawn) for name, values in layers],
        }

    def __repr__(self):
        """What stands in the notebook where no kernel runs: on a web page, for example."""
        return (
            "A pad to draw digits on. It needs a running kernel: open this notebook in JupyterLab "
            "and run this cell."
        )


def _sample_shape(network):
    """The shape in which a network takes an image of 28 x 28 pixels."""
    if not isinstance(network, Sequential):
        raise TypeError(
            f"network must be a Sequential; got {type(network).__name__}. A dict with W1 b1 W2 b2 "
            "W3 b3 goes in as as_sequential(network, scaler=load_scaler(path)), so that it takes "
            "raw pixels."
        )
    shapes = SHAPES if network.input_shape is None else (network.input_shape,)
    shape = next((shape for shape in shapes if shape in SHAPES and _fits(network, shape)), None)
    if shape is None:
        raise ValueError(
            f"network must take samples of shape (784,), (1, 28, 28) or (28, 28), an image of "
            f"MNIST; it takes {network.input_shape}."
        )
    outputs = network.output_shape(shape)
    if outputs != (10,) or network.output != "softmax":
        raise ValueError(
            f"network must answer ten probabilities, Sequential(..., output='softmax') with 10 "
            f"outputs; it has outputs of shape {outputs} and output={network.output!r}."
        )
    return shape


def _fits(network, shape):
    try:
        return bool(network.output_shape(shape))
    except ValueError:
        return False


def _decision(probabilities):
    digit = int(probabilities.argmax())
    return f"This is {'an' if digit == 8 else 'a'} {digit}, {100 * probabilities[digit]:.0f} %."


def _lit(name, values):
    """What the browser shows of a layer: a line of text, and how much to light each cell."""
    size = np.abs(values)
    largest = size.max()
    text = f"{name}: {values.size} values"
    if largest > 0:
        text += f" from {values.min():.2f} to {values.max():.2f}"
        text += f", {np.count_nonzero(size > largest / 2)} of them large"
    columns = min(values.size, 25 if values.size <= 100 else 50)
    if values.ndim == 3:  # maps side by side, a dark column between
        size = np.concatenate([np.pad(m, ((0, 0), (0, 1))) for m in size], axis=1)
        columns = size.shape[1]
    light = np.rint(255 * size / (largest or 1)).astype(np.uint8)
    return {"text": text, "columns": columns, "light": light.tobytes()}
