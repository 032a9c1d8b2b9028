"""Drawings of small arrays: what an axis is, what broadcasting repeats, what a product adds up."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from .plotting import COLORS, _axes

__all__ = ["draw_broadcast", "draw_means", "draw_product", "draw_reading"]

WIDTH, HEIGHT = 1.0, 0.62  # of a number's box, in inches at a figure's own size
GAP = 1.2  # between two arrays
MOST = 8  # rows or columns that can be read
PAPER, REPEATED, MARKED = "white", "#e4e4e4", "#f6d9a8"


def draw_means(X, ax=None):
    """A table, its two axes as arrows, and its means along each of them.

    Parameters
    ----------
    X : array_like of shape (n, d)
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When X has not two axes, or is too large to be read.
    """
    X = _table("X", X)
    n, d = X.shape
    ax = _paper(ax, d + 5, n + 3)
    _draw(ax, X, 0, 0)
    below, right = (n + 1) * HEIGHT, d * WIDTH + GAP
    _draw(ax, X.mean(axis=0)[np.newaxis], 0, below, color=COLORS[0])
    _draw(ax, X.mean(axis=1)[:, np.newaxis], right, 0, color=COLORS[1])
    _say(ax, d * WIDTH / 2, -0.3, f"X, {X.shape}")
    _say(ax, d * WIDTH / 2, below + 1.5 * HEIGHT, f"X.mean(axis=0), {(d,)}", color=COLORS[0])
    _say(ax, right + WIDTH / 2, -0.3, f"X.mean(axis=1), {(n,)}", color=COLORS[1])
    _arrow(ax, (-0.3, 0), (-0.3, below + HEIGHT), color=COLORS[0])
    _say(ax, -0.5, below / 2, "axis 0", color=COLORS[0], rotation=90)
    _arrow(ax, (0, (n + 0.35) * HEIGHT), (right + WIDTH, (n + 0.35) * HEIGHT), color=COLORS[1])
    _say(ax, right - GAP / 2, (n + 0.7) * HEIGHT, "axis 1", color=COLORS[1])
    return _fit(ax)


def draw_broadcast(A, B, sign, ax=None):
    """Two arrays and their result, with what broadcasting repeats in grey.

    Parameters
    ----------
    A, B : array_like of at most two axes
        Their shapes must fit.
    sign : {"+", "-", "*", "/"}
        What is done, element by element.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When the shapes do not fit, an array has more than two axes or is too large to be read, or
        the sign is none of the four.
    """
    operations = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
    if sign not in operations:
        raise ValueError(f"sign must be one of {', '.join(operations)}; got {sign!r}.")
    A, B = np.asarray(A), np.asarray(B)
    np.broadcast_shapes(A.shape, B.shape)  # refuses, and names both
    C = operations[sign](A, B)
    result = _table("the result", np.atleast_2d(C))
    n, d = result.shape
    ax = _paper(ax, 3 * d + 3, n + 1.4)
    for k, (array, before) in enumerate([(A, ""), (B, sign), (C, "=")]):
        left = k * (d * WIDTH + GAP)
        own = np.ones(np.atleast_2d(array).shape, dtype=bool)
        own = np.pad(own, [(0, n - own.shape[0]), (0, d - own.shape[1])])
        _draw(ax, np.broadcast_to(array, result.shape), left, 0, where=own, elsewhere=REPEATED)
        _say(ax, left + d * WIDTH / 2, -0.3, str(array.shape))
        _say(ax, left - GAP / 2, n * HEIGHT / 2, before, fontsize=16)
    return _fit(ax)


def draw_product(X, W, i, j, ax=None):
    """A matrix product, the second factor above the result: row i meets column j in one element.

    Parameters
    ----------
    X : array_like of shape (n, d)
    W : array_like of shape (d, m)
    i, j : int
        Which element of the result is marked, and the row and the column that it is made of.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When the shapes do not fit, an array is too large to be read, or there is no such element.
    """
    X, W = _table("X", X), _table("W", W)
    (n, d), m = X.shape, W.shape[1]
    if W.shape[0] != d:
        raise ValueError(f"X of shape {X.shape} needs W of shape ({d}, m); got {W.shape}.")
    if not (0 <= i < n and 0 <= j < m):
        raise ValueError(f"(i, j) must lie below the shape ({n}, {m}); got ({i}, {j}).")
    ax = _paper(ax, d + m + 2.5, n + d + 2)
    right, below = d * WIDTH + GAP / 2, d * HEIGHT + GAP / 2
    rows, columns = np.arange(n)[:, np.newaxis], np.arange(m)
    _draw(ax, X, 0, below, where=rows != [i] * d, elsewhere=MARKED)
    _draw(ax, W, right, 0, where=[columns != j] * d, elsewhere=MARKED)
    _draw(ax, X @ W, right, below, where=(rows != i) | (columns != j), elsewhere=MARKED)
    _say(ax, d * WIDTH / 2, below - 0.3, f"X, {X.shape}")
    _say(ax, right + m * WIDTH / 2, -0.3, f"W, {W.shape}")
    _say(ax, right + m * WIDTH / 2, below + n * HEIGHT + 0.3, f"X @ W, {(n, m)}")
    return _fit(ax)


def draw_reading(image, probabilities, corner):
    """What a network reads and what it answers: an image, a part of its numbers, and bars.

    Parameters
    ----------
    image : array_like of shape (height, width)
        Grey values, 0 for paper.
    probabilities : array_like of shape (classes,)
        What the network answers; from 1 % on its percentage stands at a bar's end.
    corner : tuple of int
        The row and the column where the shown part begins, 8 x 8 numbers.

    Returns
    -------
    ndarray of matplotlib Axes, of shape (3,)

    Raises
    ------
    ValueError
        When the image has not two axes, or the part does not lie in it.
    """
    image, (top, left) = np.asarray(image), corner
    if image.ndim != 2:
        raise ValueError(f"image must have two axes; got an array of shape {image.shape}.")
    if not (0 <= top <= image.shape[0] - MOST and 0 <= left <= image.shape[1] - MOST):
        raise ValueError(
            f"{MOST} x {MOST} numbers from {corner} on do not lie in an image of {image.shape}; "
            f"the corner may be up to {image.shape[0] - MOST, image.shape[1] - MOST}."
        )
    _, axes = plt.subplots(1, 3, figsize=(9.6, 3.2))
    for ax in axes[:2]:
        ax.imshow(image, cmap="gray_r")
        ax.axis("off")
    frame = {"fill": False, "edgecolor": COLORS[1], "linestyle": "-", "linewidth": 2}
    axes[0].add_patch(Rectangle((left - 0.5, top - 0.5), MOST, MOST, **frame))
    axes[1].set(xlim=(left - 0.5, left + MOST - 0.5), ylim=(top + MOST - 0.5, top - 0.5))
    for row, column in np.ndindex(MOST, MOST):
        value = image[top + row, left + column]
        color = "white" if value > image.max() / 2 else "black"
        _say(axes[1], left + column, top + row, f"{value:.4g}", color=color, fontsize=8)
    axes[2].barh(np.arange(len(probabilities)), probabilities, color=COLORS[0])
    for digit, share in enumerate(probabilities):
        if share >= 0.01:
            axes[2].text(share + 0.02, digit, f"{share:.0%}", va="center")
    axes[2].set(xlim=(0, 1.2), yticks=range(len(probabilities)), xlabel="probability")
    axes[2].set_xticks([0, 0.5, 1])
    axes[2].set(ylabel="digit")
    axes[2].invert_yaxis()
    titles = ("what you see", "what is stored, in the frame", "what the network answers")
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title)
    return axes


def _table(name, array):
    """An array of two axes that is small enough to be drawn with its numbers."""
    array = np.asarray(array)
    if array.ndim != 2 or not 0 < max(array.shape) <= MOST or 0 in array.shape:
        raise ValueError(
            f"{name} must have two axes, with 1 to {MOST} rows and columns each; got an array of "
            f"shape {array.shape}. A part of it, such as [:4, :4], can be drawn."
        )
    return array


def _paper(ax, columns, rows):
    """Axes without lines, one inch a unit where the figure is new; y grows downwards."""
    ax = _axes(ax, figsize=(0.8 * columns * WIDTH, 0.8 * rows * HEIGHT))
    ax.set_aspect("equal")
    ax.axis("off")
    return ax


def _draw(ax, array, left, top, color="black", where=True, elsewhere=PAPER):
    """The numbers of a table in boxes; those not `where` have another background."""
    where = np.broadcast_to(where, array.shape)
    for (row, column), value in np.ndenumerate(array):
        x, y = left + column * WIDTH, top + row * HEIGHT
        paper = PAPER if where[row, column] else elsewhere
        box = Rectangle((x, y), WIDTH, HEIGHT, facecolor=paper, edgecolor=color, linestyle="-")
        ax.add_patch(box)
        _say(ax, x + WIDTH / 2, y + HEIGHT / 2, f"{value:.4g}", color=color, fontsize=10)


def _say(ax, x, y, text, **options):
    ax.text(x, y, text, ha="center", va="center", **{"fontsize": 9, **options})


def _arrow(ax, start, end, color):
    arrow = {"arrowstyle": "-|>", "color": color, "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=arrow)


def _fit(ax):
    """All boxes and words in sight, the first row on top."""
    ax.autoscale_view()
    left, right = ax.get_xlim()
    low, high = sorted(ax.get_ylim())
    ax.set(xlim=(left - 0.7, right + 0.7), ylim=(high + 0.5, low - 0.5))
    return ax
