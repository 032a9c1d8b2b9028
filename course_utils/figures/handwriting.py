"""Digits drawn by hand: from strokes to ink, and from ink to an image like those of MNIST.

A network that learned from MNIST knows nothing but images made in MNIST's way. What comes from
elsewhere must be made in the same way first, or it looks like nothing the network has seen.
"""

import numpy as np

from .._checks import check_finite, check_positive_int

__all__ = ["DIGIT_STROKES", "center_digit", "draw_strokes"]

# fmt: off
DIGIT_STROKES = {
    0: [[(56, 18), (42, 20), (31, 33), (27, 52), (31, 70), (43, 82), (57, 80), (68, 67), (72, 48),
         (68, 30), (56, 18)]],
    1: [[(56, 16), (53, 38), (49, 60), (45, 84)]],
    3: [[(31, 25), (42, 17), (56, 17), (65, 26), (62, 38), (47, 47), (62, 53), (69, 65), (62, 78),
         (47, 84), (31, 79)]],
    4: [[(37, 17), (32, 36), (29, 54), (48, 53), (72, 50)], [(66, 20), (62, 50), (58, 85)]],
    7: [[(26, 24), (45, 22), (70, 19), (62, 37), (53, 57), (45, 84)]],
}
# fmt: on
SIDE, BOX = 28, 20  # pixels of an image of MNIST, and of the box that a digit is fitted into
MIDDLE = 14  # the pixel at which every centre of mass of MNIST lies, to half a pixel
PEN = 1 / 12  # the width of a stroke, as a share of the side


def draw_strokes(strokes, size=140):
    """Strokes of a round pen as a gray drawing, with smooth edges.

    Parameters
    ----------
    strokes : sequence of array_like, each of shape (n, 2)
        Points (x, y) in per cent of the side, from the upper left corner. One point is a dot.
        ``DIGIT_STROKES[7]`` is such a drawing; there are some of other digits, too.
    size : int
        The side of the drawing in pixels. The pen is a twelfth of it wide.

    Returns
    -------
    ndarray of uint8, shape (size, size)
        0 for paper to 255 for ink. What lies outside is cut off.

    Raises
    ------
    TypeError, ValueError
        When a stroke is not made of pairs of finite numbers, or `size` is below 1.

    Examples
    --------
    >>> print(draw_strokes([[(20, 50), (80, 50)]], size=12)[4:8])
    [[  0   0   0   0   0   0   0   0   0   0   0   0]
     [  0   0 128 128 128 128 128 128 128 128   0   0]
     [  0   0 128 128 128 128 128 128 128 128   0   0]
     [  0   0   0   0   0   0   0   0   0   0   0   0]]
    """
    size = check_positive_int(size, "size")
    ink = np.zeros((size, size))
    for number, stroke in enumerate(strokes):
        points = _check_stroke(stroke, number) * (size / 100)
        for start, end in zip(points, points[1:] if len(points) > 1 else points, strict=False):
            _draw_line(ink, start, end, PEN * size / 2)
    return np.rint(255 * ink).astype(np.uint8)


def _check_stroke(stroke, number):
    points = np.asarray(stroke, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            f"stroke {number} must hold points (x, y), an array of shape (n, 2); got shape "
            f"{points.shape}. A drawing is a list of strokes, also where it is only one."
        )
    check_finite(points, f"stroke {number}")
    return points


def _draw_line(ink, start, end, radius):
    """Add all points closer than `radius` to a line; at the edge ink falls to 0 in one pixel."""
    low, high = np.minimum(start, end) - radius, np.maximum(start, end) + radius + 1
    (left, top), (right, bottom) = np.clip([low, high], 0, len(ink)).astype(int)
    x = np.arange(left, right) + 0.5 - start[0]
    y = np.arange(top, bottom)[:, np.newaxis] + 0.5 - start[1]
    dx, dy = end - start
    along = np.clip((x * dx + y * dy) / (dx * dx + dy * dy or 1), 0, 1)
    distance = np.hypot(x - along * dx, y - along * dy)
    part = ink[top:bottom, left:right]
    np.maximum(part, np.clip(radius + 0.5 - distance, 0, 1), out=part)


def center_digit(drawing):
    """A drawing made into an image as those of MNIST were made.

    The ink is cut out and scaled, at the same rate in both directions, until its longer side
    is 20 pixels: each new pixel is the mean of the area that it covers. Then it is moved by
    whole pixels so that its centre of mass lies in the middle of 28 x 28 pixels, but never
    over the edge.

    Parameters
    ----------
    drawing : array_like, shape (H, W)
        0 for paper to 255 for ink, of any size.

    Returns
    -------
    ndarray of uint8, shape (28, 28)
        All 0 where nothing was drawn.

    Raises
    ------
    TypeError
        When the drawing does not hold real numbers.
    ValueError
        When it is not two-dimensional, or its values are not from 0 to 255.

    Notes
    -----
    The middle is the pixel in row 14 and column 14, counted from 0: all images of MNIST have
    their centre of mass within half a pixel of it.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition", Proceedings of the IEEE 86 (1998), section III.A, doi:10.1109/5.726791

    Examples
    --------
    >>> image = center_digit(draw_strokes(DIGIT_STROKES[1]))
    >>> print(np.flatnonzero(image.any(axis=1)))
    [ 4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23]
    """
    drawing = _check_drawing(drawing)
    image = np.zeros((SIDE, SIDE), np.uint8)
    rows, columns = (np.flatnonzero(drawing.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return image
    ink = drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    down, across = (_averaging(n, max(ink.shape)) for n in ink.shape)
    digit = down @ ink @ across.T
    top, left = (_start(digit.sum(axis=axis)) for axis in (1, 0))
    image[top : top + len(digit), left : left + len(digit.T)] = np.rint(digit)
    return image


def _check_drawing(drawing):
    drawing = np.asarray(drawing)
    if drawing.dtype.kind not in "iuf":
        raise TypeError(f"a drawing must hold numbers from 0 to 255; got type {drawing.dtype}.")
    if drawing.ndim != 2 or not drawing.size:
        raise ValueError(f"a drawing must have the shape (H, W); got {drawing.shape}.")
    low, high = drawing.min(), drawing.max()
    if not (low >= 0 and high <= 255):  # so that NaN is refused, too
        raise ValueError(f"a drawing must hold numbers from 0 to 255; got {low} to {high}.")
    return drawing


def _averaging(n, longer):
    """The matrix that averages n pixels over cells of longer / 20 pixels, laid about the middle."""
    size = longer / BOX
    cells = -(-n * BOX // longer)
    edges = n / 2 + size * (np.arange(cells + 1) - cells / 2)
    pixels = np.arange(n)
    ends = np.minimum(edges[1:, np.newaxis], pixels + 1)
    return np.maximum(ends - np.maximum(edges[:-1, np.newaxis], pixels), 0) / size


def _start(mass):
    """Where `mass`, along one axis, must begin for its centre to lie in the middle."""
    center = mass @ np.arange(len(mass)) / mass.sum()
    return int(np.clip(np.rint(MIDDLE - center), 0, SIDE - len(mass)))
