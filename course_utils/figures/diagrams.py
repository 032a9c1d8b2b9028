"""Drawings of networks and of graphs of operations, by Matplotlib alone."""

from itertools import pairwise, product

import numpy as np

from .plotting import COLORS, _axes

__all__ = ["draw_activity", "draw_graph", "draw_network"]


SPACING = 2.4  # between layers, where the distance between units is 1
LABEL = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}


def draw_network(
    sizes, weights=None, biases=None, names=None, ax=None, *, values=None, titles=None
):
    """A fully connected network: units as circles, weights as lines.

    Parameters
    ----------
    sizes : sequence of int
        Units in each layer, the input first.
    weights : sequence of array_like, optional
        One array of shape (n_in, n_out) a layer; each weight is written on its line, blue for
        positive and vermilion, dashed, for negative.
    biases : sequence of array_like, optional
        One array of shape (n_out,) a layer; each is written below its unit.
    names : sequence of sequence of str, optional
        What stands in the circles.
    ax : matplotlib Axes, optional
    values : sequence of sequence of float or str, optional
        For each layer, the input's first, what is written above its units.
    titles : sequence of str, optional
        One per layer of weights, written above its lines.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When weights, biases, names, values or titles do not fit the sizes.
    """
    sizes = tuple(sizes)
    _check_fit("weights", weights, list(pairwise(sizes)))
    _check_fit("biases", biases, [(n,) for n in sizes[1:]])
    _check_fit("names", names, [(n,) for n in sizes])
    _check_fit("values", values, [(n,) for n in sizes])
    _check_fit("titles", titles, [() for _ in sizes[1:]])
    ax = _axes(ax, figsize=(2.4 * len(sizes), 1.1 * max(sizes) + 0.4))
    layers = [[(SPACING * k, (n - 1) / 2 - unit) for unit in range(n)] for k, n in enumerate(sizes)]
    for k, (left, right) in enumerate(pairwise(layers)):
        for (i, start), (j, end) in product(enumerate(left), enumerate(right)):
            _draw_weight(ax, start, end, None if weights is None else np.asarray(weights[k])[i, j])
    for k, layer in enumerate(layers):
        for unit, (x, y) in enumerate(layer):
            ax.plot(x, y, "o", markersize=28, color="white", markeredgecolor="black", zorder=3)
            if names is not None:
                ax.text(x, y, names[k][unit], ha="center", va="center", zorder=4)
            if biases is not None and k:
                text = f"b = {biases[k - 1][unit]:g}"
                ax.text(x, y - 0.27, text, ha="center", va="top", fontsize=8, bbox=LABEL, zorder=4)
            if values is not None:
                value = values[k][unit]
                text = value if isinstance(value, str) else f"{value:.4g}"
                ax.text(x, y + 0.26, text, ha="center", va="bottom", weight="bold", bbox=LABEL)
    for k, title in enumerate(titles or ()):
        ax.text(SPACING * (k + 0.5), max(sizes) / 2, title, ha="center", va="bottom")
    ax.set(xlim=(-0.5, SPACING * (len(sizes) - 1) + 0.5))
    ax.set(ylim=(-max(sizes) / 2 - 0.1, max(sizes) / 2))
    ax.axis("off")
    return ax


def _check_fit(what, arrays, shapes):
    found = None if arrays is None else [np.shape(array) for array in arrays]
    if found not in (None, shapes):
        raise ValueError(f"{what} must have shapes {shapes}; got {found}.")


def _draw_weight(ax, start, end, weight):
    """One line; its number stands near the unit it comes from, where no other line crosses."""
    negative = weight is not None and weight < 0
    color = "#999999" if weight is None else COLORS[1 if negative else 0]
    style = "--" if negative else "-"
    ax.plot(*zip(start, end, strict=True), color=color, linestyle=style, linewidth=1, zorder=1)
    if weight is not None:
        x, y = (a + 0.26 * (b - a) for a, b in zip(start, end, strict=True))
        text = f"{weight:g}"
        ax.text(x, y, text, color=color, fontsize=8, ha="center", va="center", bbox=LABEL)


def draw_activity(stages, titles, labels=None, ax=None):
    """What the units of one layer after the other answer: a grid of squares for each layer.

    Parameters
    ----------
    stages : sequence of array_like, each of shape (rows, columns)
        Numbers from 0, drawn white, to 1, drawn black.
    titles : sequence of str
        Written above each grid.
    labels : sequence of str, optional
        Written to the right of the last grid, one per row.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When a number lies outside 0 to 1, or titles or labels are too many or too few.
    """
    stages = [np.asarray(stage, dtype=float) for stage in stages]
    if any(stage.min() < 0 or stage.max() > 1 for stage in stages):
        raise ValueError("stages must hold numbers from 0 to 1.")
    for what, texts, n in (("titles", titles, len(stages)), ("labels", labels, len(stages[-1]))):
        if texts is not None and len(texts) != n:
            raise ValueError(f"{what} must be {n}; got {len(texts)}.")
    widths = [stage.shape[1] / stage.shape[0] for stage in stages]  # where each is 1 high
    gap = 0.45
    total = sum(widths) + gap * len(stages)
    ax = _axes(ax, figsize=(1.75 * total, 2.15))
    left = 0.0
    for stage, title, width in zip(stages, titles, widths, strict=True):
        extent = (left, left + width, 0, 1)
        ax.imshow(stage, cmap="gray_r", vmin=0, vmax=1, extent=extent, interpolation="nearest")
        ax.plot(extent[0] + width * np.array([0, 1, 1, 0, 0]), [0, 0, 1, 1, 0], "k-", linewidth=0.8)
        ax.text(left, 1.04, title, va="bottom", fontsize=9)
        left += width + gap
        if stage is not stages[-1]:
            arrow = {"arrowstyle": "-|>", "color": "black"}
            ax.annotate("", (left - 0.06, 0.5), (left - gap + 0.06, 0.5), arrowprops=arrow)
    for row, label in enumerate(labels or ()):
        y = 1 - (row + 0.5) / len(labels)
        ax.text(left - gap + 0.05, y, label, va="center", fontsize=8)
    ax.set(xlim=(-0.02, total), ylim=(-0.04, 1.2))
    ax.axis("off")
    return ax


def draw_graph(nodes, edges, ax=None):
    """A graph of operations: values flow right along the edges, gradients flow back.

    Parameters
    ----------
    nodes : dict of str to tuple
        ``name: (x, y, text)``, the place and what stands in the circle.
    edges : sequence of tuple
        ``(from, to, forward, backward)``: the value that flows forward is written above the
        edge, the gradient that flows back below it; None leaves one out.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = _axes(ax, figsize=(7.5, 3))
    for source, target, forward, backward in edges:
        (x0, y0, _), (x1, y1, _) = nodes[source], nodes[target]
        arrow = {"arrowstyle": "-|>", "color": "black", "shrinkA": 20, "shrinkB": 20}
        ax.annotate("", (x1, y1), (x0, y0), arrowprops=arrow, zorder=1)
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        for value, offset, color in ((forward, 7, COLORS[0]), (backward, -7, COLORS[1])):
            if value is not None:
                text = value if isinstance(value, str) else f"{value:.4g}"
                ax.annotate(
                    text,
                    (x, y),
                    xytext=(0, offset),
                    textcoords="offset points",
                    ha="center",
                    va="bottom" if offset > 0 else "top",
                    color=color,
                )
    for x, y, text in nodes.values():
        ax.plot(x, y, "o", markersize=38, color="white", markeredgecolor="black", zorder=3)
        ax.text(x, y, text, ha="center", va="center", fontsize=9, zorder=4)
    xs, ys, _ = zip(*nodes.values(), strict=True)
    ax.set(xlim=(min(xs) - 0.5, max(xs) + 0.5), ylim=(min(ys) - 0.6, max(ys) + 0.6))
    ax.axis("off")
    return ax
