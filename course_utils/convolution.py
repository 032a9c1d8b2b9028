"""Convolution: every output channel is a small filter, moved over the image."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ._checks import check_positive_int
from ._windows import Windowed, as_pair, as_written, batch_first, batch_last, check_images
from .initializers import draw_weights

__all__ = ["Conv2D"]


class Conv2D(Windowed):
    r"""A convolution: every output channel is a small filter moved over the image.

    With strides sh, sw and paddings ph, pw (down, across), and a filter of kh rows and kw columns,
    the output of channel o at row y and column x is

    Z[n, o, y, x] = b[o]
    + sum over c, i, j of W[o, c, i, j] X[n, c, y * sh + i - ph, x * sw + j - pw]

    for sample n, input channel c and place (i, j) in the filter, with X = 0 outside of the image.
    Rows and columns that fill no whole window are left out. (As in every framework the filter is
    not flipped, so this is a cross-correlation.) With the padding in X, and step = sh = sw::

        def windows(X, W, step):  # a view of X, with axes n, c, y, x, i, j
            views = sliding_window_view(X, W.shape[2:], axis=(2, 3), writeable=True)
            return views[:, :, ::step, ::step]

        def forward(X, W, b, step):
            return np.einsum("ncyxij,ocij->noyx", windows(X, W, step), W) + b[:, None, None]

        def backward(X, W, step, dZ):
            dX = np.zeros_like(X)
            dwindows = windows(dX, W, step)  # a view: what is added here is added to dX
            for i, j in np.ndindex(W.shape[2:]):  # no two windows share their pixel (i, j)
                dwindows[..., i, j] += np.einsum("noyx,oc->ncyx", dZ, W[..., i, j])
            dW = np.einsum("noyx,ncyxij->ocij", dZ, windows(X, W, step))
            return dX, dW, dZ.sum(axis=(0, 2, 3))

    The layer computes the same by matrix products, which are faster. Each window is written out as
    a column of kh C kw numbers ("im2col"), each filter as a row: then Z = W @ columns + b, and
    dW = dZ @ columns.T. The columns of all windows would hold a pixel up to kh kw times. So they
    are made for one row of the output at a time, which fits better into the processor's cache, and
    made again in `backward`. For dX, one product gives what all windows send to one row of the
    image, and only its kw parts, shifted by j, are left to add up.

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
        shape = (out_channels, in_channels, *as_pair(kernel_size, "kernel_size", 1))
        params = {"W": draw_weights(init, shape, rng, dtype)}
        if bias:
            params["b"] = np.zeros(out_channels, dtype)
        super().__init__(kernel_size, stride, padding, params)

    def output_shape(self, input_shape):
        out_channels, in_channels, *_ = self.params["W"].shape
        check_images(self, input_shape, in_channels)
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
        shifted, kernel_height, step = self._shifted(X), self.kernel_size[0], self.stride[0]
        for top in range(0, height * step, step):
            rows = shifted[top : top + kernel_height]
            yield rows.reshape(self.params["W"][0].size, -1)

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        out_channels, height, width = self.output_shape(X.shape[1:])
        X = batch_last(X, self.padding)
        self._remember(X, (X.shape[-1], out_channels, height, width), training, cache)
        W = self.params["W"].transpose(0, 2, 1, 3).reshape(out_channels, -1)  # a filter a row
        Z = np.empty((out_channels, height, width * X.shape[-1]), np.result_type(W, X))
        for y, columns in enumerate(self._columns(X, height)):
            np.matmul(W, columns, out=Z[:, y])
        if "b" in self.params:
            Z += self.params["b"][:, np.newaxis, np.newaxis]
        return batch_first(Z.reshape(out_channels, height, width, -1))

    def backward(self, dA, need_dX=True):
        X, dZ = self._recall(dA), batch_last(dA)
        dZ = dZ.reshape(*dZ.shape[:2], -1)
        self.grads["W"] = self._dW(X, dZ)
        if "b" in self.params:
            np.sum(dZ, axis=(1, 2), out=self.grads["b"])
        return batch_first(self._dX(X.shape, dZ), self.padding) if need_dX else None

    def _dW(self, X, dZ):
        """dL/dW, summed over the rows of the output."""
        out_channels, in_channels, kernel_height, kernel_width = self.params["W"].shape
        dW = 0
        for y, columns in enumerate(self._columns(X, dZ.shape[1])):
            dW += columns @ dZ[:, y].T  # the transpose of dZ @ columns.T, and faster
        dW = dW.reshape(kernel_height, in_channels, kernel_width, out_channels)
        return dW.transpose(3, 1, 0, 2)

    def _dX(self, shape, dZ):
        """dL/dX, padding included, one row after the other.

        Row r of the image is row i of the windows of output row y if r = y * sh + i. All y of one
        r follow each other, and as y grows, i falls: hence W with its rows from last to first.
        """
        W = self.params["W"].transpose(3, 1, 2, 0)[:, :, ::-1].copy()
        kernel_width, in_channels, kernel_height, _ = W.shape
        _, height, size = dZ.shape
        step = self.stride[0]
        dX = np.zeros(shape, dZ.dtype)
        dshifted = self._shifted(dX, writeable=True)
        dcolumns = np.empty((kernel_width * in_channels, size), dZ.dtype)
        dplaces = dcolumns.reshape(kernel_width, in_channels, *dshifted.shape[3:])
        dZ = dZ.swapaxes(0, 1)
        for r in range(len(dshifted)):
            y, stop = max(0, (r - kernel_height) // step + 1), min(height, r // step + 1)
            if y >= stop:  # no window sees this row
                continue
            last_i = kernel_height - 1 - (r - y * step)  # counted from the last
            W_rows = W[:, :, last_i::step][:, :, : stop - y].reshape(len(dcolumns), -1)
            np.matmul(W_rows, dZ[y:stop].reshape(W_rows.shape[1], size), out=dcolumns)
            for j in range(kernel_width):  # no two windows share their pixel j
                dshifted[r, :, j] += dplaces[j]
        return dX

    def __repr__(self):
        out_channels, in_channels, *_ = self.params["W"].shape
        arguments = [in_channels, out_channels, as_written(self.kernel_size)]
        if self.stride != (1, 1):
            arguments.append(f"stride={as_written(self.stride)}")
        if self.padding != (0, 0):
            arguments.append(f"padding={as_written(self.padding)}")
        if "b" not in self.params:
            arguments.append("bias=False")
        return f"Conv2D({', '.join(map(str, arguments))})"
