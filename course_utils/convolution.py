r"""Convolution and pooling: layers that look at an image through a small window.

All take and give batches of shape (N, C, H, W): samples, channels, rows, columns.

A window's values stand far apart in memory, and NumPy is fast only where it can go through long
runs of neighbours. So these layers *store* a batch the other way round, as a contiguous array
of shape (C, H, W, N): the same pixel of all N samples side by side. Whatever the window does, it
does with whole runs of N numbers. Nobody outside has to know: `forward` returns a *view* of
shape (N, C, H, W) of that memory, the next layer turns the view back, and elementwise functions
between them keep the order of memory. Along a chain of such layers nothing is rearranged.
"""

import math
from numbers import Integral

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ._arrays import as_float, check_positive_int
from .initializers import draw_weights
from .layers import Layer

__all__ = ["AveragePool2D", "Conv2D", "GlobalAveragePool2D", "MaxPool2D"]


def _batch_last(X, padding=(0, 0), fill=0):
    """A batch (N, C, H, W) as a contiguous (C, H + 2 ph, W + 2 pw, N); no copy where it is one."""
    X = X.transpose(1, 2, 3, 0)
    if not any(padding):
        return np.ascontiguousarray(X)
    height, width = padding
    channels, rows, columns, n = X.shape
    padded = np.full((channels, rows + 2 * height, columns + 2 * width, n), fill, X.dtype)
    padded[:, height : height + rows, width : width + columns] = X
    return padded


def _batch_first(X, padding=(0, 0)):
    """The way back: a view (N, C, H, W) without the padding."""
    height, width = padding
    _, rows, columns, _ = X.shape
    return X[:, height : rows - height, width : columns - width].transpose(3, 0, 1, 2)


def _pair(value, name, least):
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


def _as_written(pair):
    return pair[0] if pair[0] == pair[1] else pair


def _check_images(layer, input_shape, channels=None):
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


class _Windowed(Layer):
    """The base class of layers with a window: where the windows lie, and what shape follows."""

    def __init__(self, kernel_size, stride, padding, params=()):
        super().__init__(params)
        self.kernel_size = _pair(kernel_size, "kernel_size", 1)
        self.stride = _pair(stride, "stride", 1)
        self.padding = _pair(padding, "padding", 0)

    def output_shape(self, input_shape):
        channels, height, width = _check_images(self, input_shape)
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

        ``windows[:, i, j]`` holds, for all windows, the pixels below the window's place (i, j).
        """
        windows = sliding_window_view(X, self.kernel_size, axis=(1, 2), writeable=writeable)
        windows = windows[:, :: self.stride[0], :: self.stride[1]]
        return windows.transpose(0, 4, 5, 1, 2, 3)

    def _places(self):
        """The places (i, j) of a window, row by row."""
        return np.ndindex(self.kernel_size)


def _sliding(rows, spans):
    """rows[start:stop] for each span in turn, contiguous; valid until the next is asked for.

    The spans go down the rows and overlap. So each row is copied once, below those that are
    there already, and when the buffer is full, what is still needed moves to its front. A span
    of a single row needs no copy.
    """
    longest = max(stop - start for start, stop in spans)
    if longest == 1:
        yield from (rows[start:stop] for start, stop in spans)
        return
    buffer = np.empty((2 * longest, *rows.shape[1:]), rows.dtype)
    first = filled = 0  # buffer[0] is rows[first], and it holds the rows up to `filled`
    for start, stop in spans:
        if stop - first > len(buffer):
            kept = buffer[start - first : filled - first]
            buffer[: len(kept)] = kept
            first = start
        new = max(start, filled)
        buffer[new - first : stop - first] = rows[new:stop]
        filled = stop
        yield buffer[start - first : stop - first]


class Conv2D(_Windowed):
    r"""A convolution: every output channel is a small filter moved over the image.

    Z[n, o, y, x] = b[o] + sum over c, i, j of W[o, c, i, j] X[n, c, y sh + i - ph, x sw + j - pw],
    with X = 0 outside of the image. (As in every framework the filter is not flipped, so this
    is a cross-correlation.)

    The windows are written out side by side, each as a column of kh C kw numbers ("im2col"): the
    convolution is then a matrix product, Z = W columns + b. Backward: dW = dZ columns^T, db = the
    sum of dZ over all but channels, dcolumns = W^T dZ, and each pixel of dX is the sum of all
    places of dcolumns to which it was copied ("col2im").

    Since columns hold every pixel up to kh kw times, they are made for one row of the output at
    a time, so that they fit into the processor's cache, and again in `backward`. The next row's
    windows are these, moved down: with the window's row as the first index of a column, most of
    the next columns are there already, and each pixel is copied kw times instead of kh kw times.
    In `backward` the same is done with the rows of dZ: all that falls on one row of the image
    is one product, and only the kw neighbours in that row remain to be added up.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels in and out.
    kernel_size, stride, padding : int or (int, int)
        The filter's size, the steps in which it moves, and the zeros put around the image, in
        pixels; one for both directions, or (height, width).
    bias : bool
        Whether there is a b; it is of no use before a `BatchNorm`.
    init : str or callable
        How W is drawn: a name from `INITIALIZERS`, or a function with the same arguments. The
        bias starts at 0.
    rng : numpy.random.Generator or int, optional
        Where the weights come from; give one for a run that can be repeated.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    params : Arrays
        W of shape (out_channels, in_channels, kh, kw), and b of shape (out_channels,).

    Raises
    ------
    TypeError, ValueError
        When a setting is out of range, or the initializer is unknown; in `forward` and
        `output_shape` when the samples have another rank, other channels or are too small.

    References
    ----------
    Y. LeCun et al., "Gradient-based learning applied to document recognition" (1998),
    doi:10.1109/5.726791. As a matrix product: K. Chellapilla, S. Puri and P. Simard, "High
    performance convolutional neural networks for document processing" (2006),
    https://inria.hal.science/inria-00112631

    Examples
    --------
    >>> edges = Conv2D(1, 1, (1, 2), dtype=np.float64)
    >>> edges.params["W"] = [[[[-1, 1]]]]
    >>> print(edges.forward(np.array([[[[0.0, 0.0, 5.0, 5.0]]]])))
    [[[[0. 5. 0.]]]]
    >>> Conv2D(1, 6, 5, padding=2).output_shape((1, 28, 28))
    (6, 28, 28)
    """

    decayed = ("W",)

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        bias=True,
        init="he",
        rng=None,
        dtype=np.float32,
    ):
        in_channels = check_positive_int(in_channels, "in_channels")
        out_channels = check_positive_int(out_channels, "out_channels")
        shape = (out_channels, in_channels, *_pair(kernel_size, "kernel_size", 1))
        params = {"W": draw_weights(init, shape, rng, dtype)}
        if bias:
            params["b"] = np.zeros(out_channels, dtype)
        super().__init__(kernel_size, stride, padding, params)

    def output_shape(self, input_shape):
        out_channels, in_channels, *_ = self.params["W"].shape
        _check_images(self, input_shape, in_channels)
        return out_channels, *super().output_shape(input_shape)[1:]

    def multiply_adds(self, input_shape):
        _, height, width = self.output_shape(input_shape)
        return self.params["W"].size * height * width

    def _shifted(self, X, writeable=False):
        """A view (H, C, kw, W', N) of (C, H, W, N): what the window's columns see of each row."""
        shifted = sliding_window_view(X, self.kernel_size[1], axis=2, writeable=writeable)
        return shifted[:, :, :: self.stride[1]].transpose(1, 0, 4, 2, 3)

    def _columns(self, X, height):
        """For each row of the output its windows, a matrix (kh C kw, W' N), each a column."""
        kernel_height, step = self.kernel_size[0], self.stride[0]
        spans = [(y * step, y * step + kernel_height) for y in range(height)]
        for rows in _sliding(self._shifted(X), spans):
            yield rows.reshape(-1, rows.shape[3] * rows.shape[4])

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        out_channels, height, width = self.output_shape(X.shape[1:])
        X = _batch_last(X, self.padding)
        self._remember(X, (X.shape[-1], out_channels, height, width), training, cache)
        W = self.params["W"].transpose(0, 2, 1, 3).reshape(out_channels, -1)  # a filter a row
        Z = np.empty((out_channels, height, width * X.shape[-1]), np.result_type(W, X))
        for y, columns in enumerate(self._columns(X, height)):
            np.matmul(W, columns, out=Z[:, y])
        if "b" in self.params:
            Z += self.params["b"][:, np.newaxis, np.newaxis]
        return _batch_first(Z.reshape(out_channels, height, width, -1))

    def backward(self, dA, need_dX=True):
        X, dZ = self._recall(dA), _batch_last(dA)
        dZ = dZ.reshape(*dZ.shape[:2], -1)
        self.grads["W"] = self._dW(X, dZ)
        if "b" in self.params:
            np.sum(dZ, axis=(1, 2), out=self.grads["b"])
        return _batch_first(self._dX(X.shape, dZ), self.padding) if need_dX else None

    def _dW(self, X, dZ):
        """dL/dW, summed over the rows of the output."""
        out_channels, in_channels, kernel_height, kernel_width = self.params["W"].shape
        dW = 0
        for y, columns in enumerate(self._columns(X, dZ.shape[1])):
            dW += columns @ dZ[:, y].T  # the transpose of dZ columns^T, which takes longer
        dW = dW.reshape(kernel_height, in_channels, kernel_width, out_channels)
        return dW.transpose(3, 1, 0, 2)

    def _dX(self, shape, dZ):
        """dL/dX, padding included, one row after the other.

        Row r lies below row i of the windows of output row y if r = y sh + i. All y of one r
        follow each other, and as y grows, i falls: hence W with its rows from last to first.
        """
        W = self.params["W"].transpose(3, 1, 2, 0)[:, :, ::-1].copy()
        kernel_width, in_channels, kernel_height, _ = W.shape
        _, height, size = dZ.shape
        step = self.stride[0]
        dX = np.zeros(shape, dZ.dtype)
        dshifted = self._shifted(dX, writeable=True)
        dcolumns = np.empty((kernel_width * in_channels, size), dZ.dtype)
        dplaces = dcolumns.reshape(kernel_width, in_channels, *dshifted.shape[3:])
        spans = [
            (max(0, (r - kernel_height) // step + 1), min(height, r // step + 1))
            for r in range(len(dshifted))
        ]
        for r, rows in enumerate(_sliding(dZ.transpose(1, 0, 2), spans)):
            if len(rows) == 0:  # no window sees this row
                continue
            start = kernel_height - 1 - (r - spans[r][0] * step)
            W_rows = W[:, :, start : start + len(rows) * step : step]
            np.matmul(W_rows.reshape(len(dcolumns), -1), rows.reshape(-1, size), out=dcolumns)
            for j in range(kernel_width):  # windows overlap, but their places j never meet
                dshifted[r, :, j] += dplaces[j]
        return dX

    def __repr__(self):
        out_channels, in_channels, *_ = self.params["W"].shape
        arguments = [in_channels, out_channels, _as_written(self.kernel_size)]
        if self.stride != (1, 1):
            arguments.append(f"stride={_as_written(self.stride)}")
        if self.padding != (0, 0):
            arguments.append(f"padding={_as_written(self.padding)}")
        if "b" not in self.params:
            arguments.append("bias=False")
        return f"Conv2D({', '.join(map(str, arguments))})"


class _Pool2D(_Windowed):
    """What both kinds of pooling share: settings and how they print."""

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__(kernel_size, kernel_size if stride is None else stride, padding)
        if any(2 * pad > size for pad, size in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(
                f"padding must be at most half the kernel_size, here "
                f"{_as_written(tuple(size // 2 for size in self.kernel_size))}; got {padding!r}. "
                "With more, a window could lie outside of the image."
            )

    def __repr__(self):
        arguments = [_as_written(self.kernel_size)]
        if self.stride != self.kernel_size:
            arguments.append(f"stride={_as_written(self.stride)}")
        if self.padding != (0, 0):
            arguments.append(f"padding={_as_written(self.padding)}")
        return f"{type(self).__name__}({', '.join(map(str, arguments))})"


class MaxPool2D(_Pool2D):
    r"""Max-pooling: the largest value of each window, for each channel.

    A[n, c, y, x] = max over i, j of X[n, c, y sh + i - ph, x sw + j - pw], with X = -inf outside
    of the image, which whole numbers do not have: they become float64. Rows and columns that
    fill no whole window are left out. Backward: each dA goes to the place where the maximum was;
    where several are equal, to the first, row by row.

    Parameters
    ----------
    kernel_size : int or (int, int)
        The window's size in pixels; one for both directions, or (height, width).
    stride : int or (int, int), optional
        The steps in which the window moves; by default its size, so that windows don't overlap.
    padding : int or (int, int)
        Pixels put around the image, at most half the window.

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

    def behind(self, relu):
        """A ReLU and this pooling in one, with `forward` and `backward`; see `_ReLUMaxPool`."""
        return _ReLUMaxPool(relu, self)

    def forward(self, X, training=False, cache=None, *, rectified=False):
        """The pooled batch; with `rectified` that of max(0, X)."""
        X = self._as_batch(X)
        X = _batch_last(as_float(X), self.padding, fill=-np.inf)
        windows = self._windows(X)
        A = np.maximum(windows[:, 0, 0], 0) if rectified else windows[:, 0, 0].copy()
        _, *others = self._places()
        for i, j in others:
            np.maximum(A, windows[:, i, j], out=A)
        kept, A = (windows, A, rectified, X.shape), _batch_first(A)
        self._remember(kept, A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True, *, above_zero=False):
        """dL/dX; with `above_zero` no gradient goes to a window whose maximum is not above 0."""
        windows, A, rectified, shape = self._recall(dA)
        if not need_dX:
            return None
        places = windows.transpose(1, 2, 0, 3, 4, 5)
        found = np.empty(places.shape, bool)  # each place is one long run
        np.equal(places, A, out=found)
        if rectified and not above_zero:  # all places are 0 after the ReLU, except for padding
            found |= (A == 0) & (places > -np.inf)
        waiting = A > 0 if above_zero else np.ones(A.shape, bool)  # maximum not met yet
        for i, j in self._places():
            found[i, j] &= waiting
            waiting ^= found[i, j]
        found = found.transpose(2, 0, 1, 3, 4, 5)
        dA = _batch_last(dA)
        dX = np.zeros(shape, dA.dtype)
        dwindows = self._windows(dX, writeable=True)
        if np.greater_equal(self.stride, self.kernel_size).all():
            np.multiply(found, dA[:, np.newaxis, np.newaxis], out=dwindows)
        else:  # windows overlap, but their places (i, j) never meet
            for i, j in self._places():
                dwindows[:, i, j] += found[:, i, j] * dA
        return _batch_first(dX, self.padding)


class _ReLUMaxPool:
    """What a `Chain` runs in place of a ReLU and the `MaxPool2D` behind it: both in one.

    The maximum of ReLUs is the largest of 0 and the window's values, and dL/d(input) goes to its
    place where it is above 0: so the ReLU's own passes over the whole image, forth and back, are
    saved. Values and gradients are those of the two layers, and both keep what their own
    `backward` needs.
    """

    size = 0

    def __init__(self, relu, pooling):
        self.relu, self.pooling = relu, pooling

    def forward(self, X, training=False, cache=None):
        X = self.relu.keep_input(X, training, cache)
        return self.pooling.forward(X, training, cache, rectified=True)

    def backward(self, dA, need_dX=True):
        return self.pooling.backward(dA, need_dX, above_zero=True)


class AveragePool2D(_Pool2D):
    r"""Average pooling: the mean of each window, for each channel.

    A[n, c, y, x] = 1/(kh kw) sum over i, j of X[n, c, y sh + i - ph, x sw + j - pw], with X = 0
    outside of the image: those zeros count. Rows and columns that fill no whole window are left
    out. Backward: each pixel of a window gets dA / (kh kw).

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
        X = _batch_last(X, self.padding)
        A = _batch_first(self._windows(X).mean(axis=(1, 2)))
        self._remember(X.shape, A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        shape = self._recall(dA)
        if not need_dX:
            return None
        share = _batch_last(dA) / math.prod(self.kernel_size)
        dX = np.zeros(shape, share.dtype)
        dwindows = self._windows(dX, writeable=True)
        for i, j in self._places():
            dwindows[:, i, j] += share
        return _batch_first(dX, self.padding)


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
        return _check_images(self, input_shape)[:1]

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        X = _batch_last(X)
        A = X.mean(axis=(1, 2)).T
        self._remember(X.shape, A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        _, height, width, _ = shape = self._recall(dA)
        if not need_dX:
            return None
        share = dA.T / (height * width)
        return _batch_first(np.broadcast_to(share[:, np.newaxis, np.newaxis], shape).copy())
