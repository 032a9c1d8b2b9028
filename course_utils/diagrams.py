"""Drawings of networks and of graphs of operations, by Matplotlib alone."""

import numpy as np

from .plotting import COLORS, _axes

__all__ = ["draw_graph", "draw_network"]


def draw_network(sizes, weights=None, names=None, ax=None):
    """A fully connected network: units as circles, weights as lines.

    Parameters
    ----------
    sizes : sequence of int
        Units in each layer, the input first.
    weights : sequence of array_like, optional
        One array of shape (n_in, n_out) a layer; each weight is written on its line, blue for
        positive and vermilion, dashed, for negative.
    names : sequence of sequence of str, optional
        What stands in the circles.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When weights or names do not fit the sizes.
    """
    sizes = tuple(sizes)
    for k, W in enumerate(weights or ()):
        if np.shape(W) != sizes[k : k + 2]:
            raise ValueError(f"weights {k} must have shape {sizes[k : k + 2]}; got {np.shape(W)}.")
    if names is not None and tuple(map(len, names)) != sizes:
        raise ValueError(f"names must have lengths {sizes}; got {tuple(map(len, names))}.")
    ax = _axes(ax, figsize=(2.4 * len(sizes), 1.1 * max(sizes) + 0.4))
    layers = [[(2.4 * k, (n - 1) / 2 - unit) for unit in range(n)] for k, n in enumerate(sizes)]
    for k in range(len(sizes) - 1):
        for i, start in enumerate(layers[k]):
            for j, end in enumerate(layers[k + 1]):
                weight = None if weights is None else float(np.asarray(weights[k])[i, j])
                _draw_weight(ax, start, end, weight, share=0.22 + 0.12 * (i % 3))
    for k, layer in enumerate(layers):
        for unit, (x, y) in enumerate(layer):
            ax.plot(x, y, "o", markersize=28, color="white", markeredgecolor="black", zorder=3)
            if names is not None:
                ax.text(x, y, names[k][unit], ha="center", va="center", zorder=4)
    ax.set(xlim=(-0.5, 2.4 * (len(sizes) - 1) + 0.5), ylim=(-max(sizes) / 2, max(sizes) / 2))
    ax.axis("off")
    return ax


def _draw_weight(ax, start, end, weight, share):
    """One line; its number stands at that share of the way, so that numbers do not meet."""
    negative = weight is not None and weight < 0
    color = "#999999" if weight is None else COLORS[1 if negative else 0]
    style = "--" if negative else "-"
    ax.plot(*zip(start, end, strict=True), color=color, linestyle=style, linewidth=1, zorder=1)
    if weight is not None:
        x, y = (a + share * (b - a) for a, b in zip(start, end, strict=True))
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        ax.text(x, y, f"{weight:g}", color=color, fontsize=8, ha="center", va="center", bbox=box)


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
        arrow = {"arrowstyle": "-|>", "color": "black", "shrinkA": 16, "shrinkB": 16}
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
        ax.plot(x, y, "o", markersize=30, color="white", markeredgecolor="black", zorder=3)
        ax.text(x, y, text, ha="center", va="center", zorder=4)
    xs, ys, _ = zip(*nodes.values(), strict=True)
    ax.set(xlim=(min(xs) - 0.5, max(xs) + 0.5), ylim=(min(ys) - 0.6, max(ys) + 0.6))
    ax.axis("off")
    return ax
