"""Pooling: each window of an image, or all of it, becomes one value a channel."""

import math

import numpy as np

from ._arrays import as_float
from ._windows import Windowed, as_written, batch_first, batch_last, check_images
from .base import Layer

__all__ = ["AveragePool2D", "GlobalAveragePool2D", "MaxPool2D"]


class _Pool2D(Windowed):
    """What both kinds of pooling share: settings and how they print."""

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__(kernel_size, kernel_size if stride is None else stride, padding)
        if any(2 * pad > size for pad, size in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(
                f"padding must be at most half the kernel_size, here "
                f"{as_written(tuple(size // 2 for size in self.kernel_size))}; got {padding!r}. "
                "With more, a window could lie outside of the image."
            )

    def __repr__(self):
        arguments = [as_written(self.kernel_size)]
        if self.stride != self.kernel_size:
            arguments.append(f"stride={as_written(self.stride)}")
        if self.padding != (0, 0):
            arguments.append(f"padding={as_written(self.padding)}")
        return f"{type(self).__name__}({', '.join(map(str, arguments))})"


class MaxPool2D(_Pool2D):
    r"""Max-pooling: the largest value of each window, for each channel.

    A[n, c, y, x] = max over i, j of X[n, c, y * sh + i - ph, x * sw + j - pw]

    for sample n, channel c and place (i, j) in the window, with strides sh, sw and paddings ph, pw
    (down, across), and X = -inf outside of the image. (Integers have no -inf: they become float64.)
    Rows and columns that fill no whole window are left out. Backward: each dA goes to the place
    where the maximum was; where several are equal, to the first, row by row. With the border of
    -inf in X already, and one size and one step for both directions::

        def windows(X, size, step):  # a view of X, with axes n, c, y, x, i, j
            views = sliding_window_view(X, (size, size), axis=(2, 3), writeable=True)
            return views[:, :, ::step, ::step]

        def forward(X, size, step):
            return windows(X, size, step).max(axis=(4, 5))

        def backward(X, size, step, dA):
            dX = np.zeros_like(X)
            dwindows = windows(dX, size, step)  # a view: what is added here is added to dX
            k = windows(X, size, step).reshape(*dA.shape, size * size).argmax(axis=-1)
            for i, j in np.ndindex(size, size):  # no two windows share their pixel (i, j)
                dwindows[..., i, j] += (k == i * size + j) * dA
            return dX

    The layer needs no argmax, which NumPy finds for one window after the other. It takes one place
    (i, j) of all windows at a time, and remembers its number wherever it is larger than all before.

    Parameters
    ----------
    kernel_size : int or (int, int)
        The window's size in pixels; one for both directions, or (height, width).
    stride : int or (int, int), optional
        The steps in which the window moves; by default its size, so that windows don't overlap.
    padding : int or (int, int)
        Pixels of -inf put around the image, at most half the window.

    Raises
    ------
    TypeError, ValueError
        When a setting is out of range; in `forward` and `output_shape` when the samples are no
        images or smaller than the window.

    References
    ----------
    D. Scherer, A. Mueller and S. Behnke, "Evaluation of pooling operations in convolutional
    architectures for object recognition" (2010), doi:10.1007/978-3-642-15825-4_10

    Examples
    --------
    >>> print(MaxPool2D(2).forward(np.array([[[[1.0, 2.0, 7.0], [4.0, 3.0, 8.0]]]])))
    [[[[4.]]]]
    """

    def forward(self, X, training=False, cache=None):
        X = batch_last(as_float(self._as_batch(X)), self.padding, fill=-np.inf)
        windows = self._windows(X)
        keep = training if cache is None else cache
        (number, i, j), *others = self._numbered_places()
        A = windows[:, i, j].copy()
        winner = np.full(A.shape, number)  # the number of the place where the maximum is
        for number, i, j in others:
            place = windows[:, i, j]
            if keep:  # numbers grow, so a maximum sets them, much faster than winner[mask] = number
                np.maximum(winner, number * (place > A), out=winner)
            np.maximum(A, place, out=A)
        A = batch_first(A)
        self._remember((winner, X.shape), A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        winner, shape = self._recall(dA)
        if not need_dX:
            return None
        dA = batch_last(dA)
        dX = np.zeros(shape, dA.dtype)
        dwindows = self._windows(dX, writeable=True)
        for number, i, j in self._numbered_places():  # no two windows share their pixel (i, j)
            dwindows[:, i, j] += (winner == number) * dA
        return batch_first(dX, self.padding)

    def _numbered_places(self):
        """(number, i, j) for the places of a window, row by row, in the smallest integer type."""
        n = math.prod(self.kernel_size)
        numbers = np.arange(n, dtype=np.min_scalar_type(n - 1))
        for number, (i, j) in zip(numbers, self._places(), strict=True):
            yield number, i, j


class AveragePool2D(_Pool2D):
    r"""Average pooling: the mean of each window, for each channel.

    A[n, c, y, x] = 1/(kh kw) sum over i, j of X[n, c, y * sh + i - ph, x * sw + j - pw], with the
    letters of `MaxPool2D` and X = 0 outside of the image: those zeros count. Rows and columns that
    fill no whole window are left out. Backward: each pixel of a window gets dA / (kh kw).

    Parameters
    ----------
    kernel_size : int or (int, int)
        The window's size in pixels; one for both directions, or (height, width).
    stride : int or (int, int), optional
        The steps in which the window moves; by default its size, so that windows don't overlap.
    padding : int or (int, int)
        Zeros put around the image, in pixels, at most half the window.

    Raises
    ------
    TypeError, ValueError
        When a setting is out of range; in `forward` and `output_shape` when the samples are no
        images or smaller than the window.

    References
    ----------
    Y. LeCun et al., "Gradient-based learning applied to document recognition" (1998),
    doi:10.1109/5.726791

    Examples
    --------
    >>> print(AveragePool2D(2).forward(np.array([[[[1.0, 2.0, 7.0], [4.0, 3.0, 8.0]]]])))
    [[[[2.5]]]]
    """

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        X = batch_last(X, self.padding)
        A = batch_first(self._windows(X).mean(axis=(1, 2)))
        self._remember(X.shape, A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        shape = self._recall(dA)
        if not need_dX:
            return None
        share = batch_last(dA) / math.prod(self.kernel_size)
        dX = np.zeros(shape, share.dtype)
        dwindows = self._windows(dX, writeable=True)
        for i, j in self._places():
            dwindows[:, i, j] += share
        return batch_first(dX, self.padding)


class GlobalAveragePool2D(Layer):
    r"""The mean of each channel over the whole image: (N, C, H, W) becomes (N, C).

    A[n, c] = 1/(H W) sum over y, x of X[n, c, y, x]. Backward: each pixel gets dA / (H W). It
    stands where `Flatten` would, takes images of any size, and needs far fewer weights behind
    it. (PyTorch's `AdaptiveAvgPool2d(1)` answers (N, C, 1, 1), to be flattened.)

    Raises
    ------
    ValueError
        In `forward` and `output_shape`, when the samples are no images.

    References
    ----------
    M. Lin, Q. Chen and S. Yan, "Network in network" (2014), arXiv:1312.4400

    Examples
    --------
    >>> print(GlobalAveragePool2D().forward(np.array([[[[1.0, 2.0], [3.0, 6.0]]]])))
    [[3.]]
    """

    def output_shape(self, input_shape):
        return check_images(self, input_shape)[:1]

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        X = batch_last(X)
        A = X.mean(axis=(1, 2)).T
        self._remember(X.shape, A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        _, height, width, _ = shape = self._recall(dA)
        if not need_dX:
            return None
        share = dA.T / (height * width)
        return batch_first(np.broadcast_to(share[:, np.newaxis, np.newaxis], shape).copy())
