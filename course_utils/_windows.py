"""Windows over images, and how batches of images are stored.

Convolution and pooling take and give batches of shape (N, C, H, W): samples, channels, rows,
columns. A window's values stand far apart in memory, and NumPy is fast only where it can go
through long runs of neighbours. So these layers *store* a batch the other way round, as a
contiguous array of shape (C, H, W, N): the same pixel of all N samples side by side. Whatever the
window does, it does with whole runs of N numbers. Nobody outside has to know: `forward` returns a
*view* of shape (N, C, H, W) of that memory, the next layer turns the view back, and elementwise
functions between them keep the order of memory. Along a chain of such layers nothing is rearranged.
"""

from numbers import Integral

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .base import Layer

__all__ = [
    "Windowed",
    "as_pair",
    "as_written",
    "batch_first",
    "batch_last",
    "check_images",
]


def batch_last(X, padding=(0, 0), fill=0):
    """A batch (N, C, H, W) as a contiguous (C, H + 2 ph, W + 2 pw, N); no copy where it is one."""
    X = X.transpose(1, 2, 3, 0)
    if not any(padding):
        return np.ascontiguousarray(X)
    height, width = padding
    channels, rows, columns, n = X.shape
    padded = np.full((channels, rows + 2 * height, columns + 2 * width, n), fill, X.dtype)
    padded[:, height : height + rows, width : width + columns] = X
    return padded


def batch_first(X, padding=(0, 0)):
    """The way back: a view (N, C, H, W) without the padding."""
    height, width = padding
    _, rows, columns, _ = X.shape
    return X[:, height : rows - height, width : columns - width].transpose(3, 0, 1, 2)


def as_pair(value, name, least):
    """A whole number, or a pair of them for height and width, as a pair."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    whole = len(pair) == 2 and all(isinstance(number, Integral) for number in pair)
    if not whole or min(pair) < least:
        hint = ""
        if value == "same":
            hint = ' For "same" take kernel_size // 2, with an odd kernel_size and stride=1.'
        raise (ValueError if whole else TypeError)(
            f"{name} must be a whole number of at least {least}, or a pair (height, width) of "
            f"them; got {value!r}.{hint}"
        )
    return int(pair[0]), int(pair[1])


def as_written(pair):
    return pair[0] if pair[0] == pair[1] else pair


def check_images(layer, input_shape, channels=None):
    """The shape of one sample, refused where it is no image, or not one with that many channels."""
    if len(input_shape) == 3 and channels in (None, input_shape[0]):
        return tuple(input_shape)
    hint = ""
    if len(input_shape) == 2 and channels in (None, 1):
        hint = " Give each image its one channel: X[:, np.newaxis]."
    if len(input_shape) == 1:
        hint = " Rows of pixels become images by X.reshape(-1, channels, height, width)."
    if len(input_shape) == 3 and channels == input_shape[2]:
        hint = " Channels come first here: X.transpose(0, 3, 1, 2)."
    raise ValueError(
        f"{layer!r} takes samples of shape ({channels or 'channels'}, height, width); "
        f"got {tuple(input_shape)}.{hint}"
    )


class Windowed(Layer):
    """The base class of layers with a window: where the windows lie, and what shape follows."""

    def __init__(self, kernel_size, stride, padding, params=()):
        super().__init__(params)
        self.kernel_size = as_pair(kernel_size, "kernel_size", 1)
        self.stride = as_pair(stride, "stride", 1)
        self.padding = as_pair(padding, "padding", 0)

    def output_shape(self, input_shape):
        channels, height, width = check_images(self, input_shape)
        height, width = height + 2 * self.padding[0], width + 2 * self.padding[1]
        kernel_height, kernel_width = self.kernel_size
        if height < kernel_height or width < kernel_width:
            raise ValueError(
                f"{self!r}: a window of {kernel_height} x {kernel_width} is larger than an image "
                f"of {height} x {width}, padding included; got samples of shape "
                f"{tuple(input_shape)}. Take a smaller kernel_size or more padding."
            )
        rows = (height - kernel_height) // self.stride[0] + 1
        return channels, rows, (width - kernel_width) // self.stride[1] + 1

    def _windows(self, X, writeable=False):
        """A view (C, kh, kw, H', W', N) of (C, H, W, N): each place of every window, no copy.

        ``windows[:, i, j]`` holds, for all windows, the pixel at the window's place (i, j).
        """
        windows = sliding_window_view(X, self.kernel_size, axis=(1, 2), writeable=writeable)
        windows = windows[:, :: self.stride[0], :: self.stride[1]]
        return windows.transpose(0, 4, 5, 1, 2, 3)

    def _places(self):
        """The places (i, j) of a window, row by row."""
        return np.ndindex(self.kernel_size)
