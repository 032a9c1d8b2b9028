"""Figures that more than one cell draws: each takes ``ax=None`` and returns the axes.

`use_style` sets the course's look and makes every figure carry a text alternative: the sentence
that `describe` gives stands in the notebook beside the picture, is compared like any other
output, and becomes the image's ``alt`` on the web page.
"""

import sys
from numbers import Real
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.ticker import MultipleLocator

from ..activations import ACTIVATIONS

__all__ = [
    "COLORS",
    "MARKERS",
    "describe",
    "label_end",
    "plot_activation",
    "plot_activation_groups",
    "plot_arrow",
    "plot_confusion_matrix",
    "plot_decision_regions",
    "plot_descent",
    "plot_history",
    "plot_images",
    "plot_line_boundary",
    "plot_maps",
    "plot_neuron",
    "plot_panels",
    "plot_points",
    "plot_spread",
    "plot_update",
    "use_style",
]

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "^", "s", "D", "v", "P", "X")

_DESCRIPTION = "course_utils_description"


def use_style():
    """Set the course's style; in a notebook, show every figure in it, with its description.

    Whatever the shell's ``MPLBACKEND`` and a ``matplotlibrc`` say: the style begins from
    Matplotlib's own defaults. For another backend, call ``%matplotlib`` afterwards.

    Examples
    --------
    >>> use_style()
    >>> plt.rcParams["axes.spines.top"]
    False
    """
    ipython = sys.modules.get("IPython")  # where it is not loaded, nobody works in it
    shell = ipython and ipython.get_ipython()
    if hasattr(shell, "kernel"):
        shell.run_line_magic("matplotlib", "inline")
    plt.style.use(["default", Path(__file__).with_name("course.mplstyle")])
    # IPython shows an object's `_repr_pretty_` as its text; Matplotlib defines none.
    Figure._repr_pretty_ = lambda figure, printer, cycle: printer.text(describe(figure))


def describe(ax, text=None):
    """The text alternative of a figure: a sentence a blind student could work from.

    Parameters
    ----------
    ax : matplotlib Axes or Figure
        Any axes of the figure.
    text : str, optional
        The sentence. It is kept with the figure; without one, the description kept before is
        answered, or one made from titles, axes and labelled lines.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        When the text is empty.

    Examples
    --------
    >>> fig, ax = plt.subplots()
    >>> _ = ax.plot([0, 1], [0, 2], label="y = 2x")
    >>> _ = ax.set(title="A line", xlabel="x", ylabel="y")
    >>> describe(ax)
    'A line. x against y: y = 2x runs from 0 to 2, for x from 0 to 1.'
    >>> plt.close(fig)
    """
    figure = ax if isinstance(ax, Figure) else ax.get_figure(root=True)
    if text is not None:
        if not text.strip():
            raise ValueError("the description is empty; say in a sentence what the figure shows.")
        setattr(figure, _DESCRIPTION, " ".join(text.split()))
    kept = getattr(figure, _DESCRIPTION, None)
    if kept is not None:
        return kept
    parts = [figure.get_suptitle(), *(_describe_axes(axes) for axes in figure.axes)]
    return " ".join(part for part in parts if part)


def _describe_axes(ax):
    """Title, axes and labelled lines of one axes, in a sentence or two."""
    lines = [
        line
        for line in ax.get_lines()
        if not line.get_label().startswith("_") and len(line.get_xdata())
    ]
    title = next((t for side in ("left", "center", "right") if (t := ax.get_title(side))), "")
    said = []
    for line in lines:
        x, y = (np.asarray(values) for values in line.get_data())
        said.append(
            f"{line.get_label()} runs from {_in_words(y[0])} to {_in_words(y[-1])}, "
            f"for {ax.get_xlabel() or 'x'} from {_in_words(x[0])} to {_in_words(x[-1])}"
        )
    axes = f"{ax.get_xlabel()} against {ax.get_ylabel()}" if ax.get_xlabel() else ""
    sentences = [title, ": ".join(part for part in (axes, "; ".join(said)) if part)]
    return " ".join(f"{sentence.rstrip('.')}." for sentence in sentences if sentence)


def _in_words(value):
    """A number to three digits; a day, a name, or what else Matplotlib draws, as it is."""
    return f"{float(value):.3g}" if isinstance(value, Real | np.bool_) else str(value)


def _axes(ax, **figure_options):
    return plt.subplots(**figure_options)[1] if ax is None else ax


def _as_list(texts):
    """An optional sequence, also an array, as a list; empty where there is none."""
    return [] if texts is None else list(texts)


def label_end(line, text, dx=4, dy=0):
    """Write a line's name at its right end, in its colour: no legend needed.

    Parameters
    ----------
    line : matplotlib Line2D
    text : str
    dx, dy : float
        Offset from the last point, or from its marker, in typographic points.

    Returns
    -------
    matplotlib Annotation
    """
    x, y = line.get_data()
    marked = line.get_marker() not in ("None", "", " ", None)
    return line.axes.annotate(
        text,
        (x[-1], y[-1]),
        xytext=(dx + (line.get_markersize() / 2 if marked else 0), dy),
        textcoords="offset points",
        color=line.get_color(),
        va="center",
        annotation_clip=False,
    )


def plot_activation(name, limit=5.0, ax=None, **hyperparameters):
    """An activation function and its derivative.

    Parameters
    ----------
    name : str or callable
        A name from `ACTIVATIONS`, or one of the functions filed there.
    limit : float
        z runs from -limit to limit.
    ax : matplotlib Axes, optional
    **hyperparameters
        Passed on to the function.

    Returns
    -------
    matplotlib Axes
        Two lines: the function, solid, and its derivative, dashed.
    """
    function = ACTIVATIONS.resolve(name)
    ax = _axes(ax, figsize=(4, 3))
    z = np.linspace(-limit, limit, 401)
    a = function(z, **hyperparameters)
    ax.plot(z, a, label=f"{function.__name__}(z)")
    ax.plot(z, function.derivative(z, a, **hyperparameters), label="its derivative")
    ax.set(title=f"{function.__name__}: ${function.formula}$", xlabel="z")
    return ax


def plot_panels(x, panels, xlabel="", ylabel="", ylim=None):
    """Curves over one x in panels side by side, all on the same scale.

    Parameters
    ----------
    x : array_like, shape (N,)
    panels : dict of str to dict
        For each panel its title, and its curves: a name, and an array of shape (N,).
    xlabel, ylabel : str
    ylim : tuple of float, optional
        Where y begins and ends, such as to leave room for a legend.

    Returns
    -------
    matplotlib Figure
        A panel of more than one curve has a legend at its upper left.

    Raises
    ------
    ValueError
        When there is no panel, or a curve is not as long as x.
    """
    if not panels:
        raise ValueError("panels must hold at least one panel.")
    x = np.asarray(x)
    size = (3.2 * len(panels), 3)
    figure, (axes,) = plt.subplots(
        1, len(panels), figsize=size, sharex=True, sharey=True, squeeze=False
    )
    for ax, (title, curves) in zip(axes, panels.items(), strict=True):
        for name, y in curves.items():
            if np.shape(y) != x.shape:
                raise ValueError(f"{name!r} must have the shape {x.shape}; got {np.shape(y)}.")
            ax.plot(x, y, label=name)
        ax.set(title=title, xlabel=xlabel)
        if len(curves) > 1:
            ax.legend(loc="upper left", fontsize=8)
    axes[0].set(ylabel=ylabel, ylim=ylim)
    return figure


def plot_activation_groups(groups, limit=4.0):
    """Activation functions and their derivatives, a row for each group, all on one scale.

    Parameters
    ----------
    groups : dict of str to sequence of str
        What a row is called, and the functions in it, by their names in `ACTIVATIONS`.
    limit : float
        z runs from -limit to limit; a unit of z is as long as one of the function.

    Returns
    -------
    ndarray of matplotlib Axes, shape (rows, the most functions in a row)
        None where a row has no further function. In every panel two lines, the function, solid,
        and its derivative, dashed; the title says how steep it is where it is steepest.

    Raises
    ------
    ValueError
        When there is no group, or a group is empty.
    """
    if not groups or not all(len(names) for names in groups.values()):
        raise ValueError("every group needs at least one function, and there must be a group.")
    columns = max(map(len, groups.values()))
    size = (1.9 * columns, 2.0 * len(groups))
    _, axes = plt.subplots(
        len(groups), columns, figsize=size, sharex=True, sharey=True, squeeze=False
    )
    axes = axes.astype(object)
    for row, (kind, names) in zip(axes, groups.items(), strict=True):
        row[0].set_ylabel(kind)
        for ax, name in zip(row, names, strict=False):
            plot_activation(name, limit, ax)
            steepest = np.max(ax.get_lines()[1].get_ydata())
            ax.set_title(f"{name}\nlargest slope {steepest:.2f}", fontsize=9)
            ax.set(aspect="equal", ylim=(-1.6, limit), xlabel="")
            ax.xaxis.set_major_locator(MultipleLocator(2))
            ax.yaxis.set_major_locator(MultipleLocator(2))
        for k in range(len(names), columns):
            row[k].remove()
            row[k] = None
    for below, ax in zip([*axes[1:], [None] * columns], axes, strict=True):
        for k in range(columns):
            if ax[k] is not None and below[k] is None:
                ax[k].set_xlabel("z")
                ax[k].tick_params(labelbottom=True)
    first = axes[0, 0]
    for line, text, place in zip(
        first.get_lines(), ("function", "slope"), (2.6, -1.0), strict=True
    ):
        first.text(-limit + 0.2, place, text, color=line.get_color(), fontsize=9)
    return axes


def plot_points(X, y, ax=None, labels=None, size=7):
    """Points of a plane, one colour and one marker a class, by mglearn's `discrete_scatter`.

    Parameters
    ----------
    X : array_like, shape (N, 2)
    y : array_like of int, shape (N,)
    ax : matplotlib Axes, optional
    labels : sequence of str, optional
        Names of the classes, for a legend.
    size : float
        Of a marker, in typographic points.

    Returns
    -------
    matplotlib Axes
    """
    from mglearn import discrete_scatter

    X, y = np.asarray(X), np.asarray(y)
    ax = _axes(ax)
    options = {} if size >= 7 else {"markeredgewidth": size / 15}  # else small ones are all edge
    discrete_scatter(*X.T, y, s=size, ax=ax, c=COLORS, markers=MARKERS, labels=labels, **options)
    return ax


def plot_line_boundary(w, b, ax=None, **line_options):
    """The line w1 x1 + w2 x2 + b = 0, with the side where it is positive shaded.

    Parameters
    ----------
    w : array_like, shape (2,)
    b : float
    ax : matplotlib Axes, optional
        Its limits decide how far the line goes; set them first.
    **line_options
        For the line.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When both weights are 0: then there is no line.
    """
    w = np.asarray(w, dtype=float)
    if not w.any():
        raise ValueError(
            f"w = {w.tolist()} has no line w1 x1 + w2 x2 + b = 0; a weight must not be 0."
        )
    ax = _axes(ax)
    x1, x2 = (np.linspace(*limits, 200) for limits in (ax.get_xlim(), ax.get_ylim()))
    value = w[0] * x1 + w[1] * x2[:, np.newaxis] + b
    ax.contourf(x1, x2, value > 0, levels=[0.5, 1.5], colors=[COLORS[1]], alpha=0.15, zorder=0)
    options = {"color": "black", "linewidth": 1.5, **line_options}
    point, direction = -b * w / (w @ w), np.array([-w[1], w[0]])
    ax.axline(point, point + direction, **options)
    ax.set(xlim=(x1[0], x1[-1]), ylim=(x2[0], x2[-1]))
    return ax


def plot_arrow(vector, start=(0.0, 0.0), ax=None, text="", **arrow_options):
    """A vector of the plane as an arrow in the units of the axes.

    Parameters
    ----------
    vector : array_like, shape (2,)
        From the arrow's start to its tip.
    start : array_like, shape (2,)
    ax : matplotlib Axes, optional
    text : str
        Written beyond the tip, in the arrow's colour.
    **arrow_options
        For the FancyArrowPatch.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When the vector is 0: it has no direction.
    """
    vector, start = (np.asarray(pair, dtype=float) for pair in (vector, start))
    if not vector.any():
        raise ValueError(f"the vector {vector.tolist()} has no direction; draw no arrow for it.")
    ax = _axes(ax)
    options = {"color": "black", "linewidth": 1.8, "mutation_scale": 13, "zorder": 4}
    options |= {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, **arrow_options}
    ax.add_patch(FancyArrowPatch(start, start + vector, **options))
    if text:
        right, up = vector / np.linalg.norm(vector)
        ax.annotate(
            text,
            start + vector,
            xytext=(9 * right, 9 * up),
            textcoords="offset points",
            ha="center",
            va="center",
            color=options["color"],
            zorder=5,
        )
    return ax


def plot_neuron(w, b, X, ax=None):
    """What a neuron of two inputs answers for points: circles for 0, triangles for 1.

    Its border is a line, the side that fires is shaded, and its weights are an arrow that starts
    on the border. Both axes have the same scale, so that a right angle looks like one.

    Parameters
    ----------
    w : array_like, shape (2,)
    b : float
    X : array_like, shape (N, 2)
    ax : matplotlib Axes, optional
        Its limits become a square around the points, with room for an arrow.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When both weights are 0: then there is no line.
    """
    w, X = np.asarray(w, dtype=float), np.asarray(X, dtype=float)
    ax = _axes(ax, figsize=(3.4, 3.4))
    middle = (X.min(axis=0) + X.max(axis=0)) / 2
    reach = np.ptp(X, axis=0).max() / 2 + 1.8
    limits = zip(middle - reach, middle + reach, strict=True)
    ax.set(**dict(zip(("xlim", "ylim"), limits, strict=True)), aspect="equal")
    plot_line_boundary(w, b, ax)
    along = np.array([-w[1], w[0]]) / np.linalg.norm(w)
    foot = middle - (middle @ w + b) / (w @ w) * w
    plot_arrow(w, foot + 0.4 * reach * along, ax, r"$\mathbf{w}$", color=COLORS[2])
    _plot_classes(X, X @ w + b > 0, ax, markersize=10)
    ax.set(xlabel="$x_1$", ylabel="$x_2$")
    return ax


def _plot_classes(X, is_second, ax, markersize):
    """Circles and triangles in the colours of the first two classes."""
    for second in (False, True):
        style = {"color": COLORS[second], "marker": MARKERS[second], "markeredgecolor": "black"}
        points = X[is_second == second]
        ax.plot(*points.T, linestyle="none", markersize=markersize, **style)


def plot_update(X, y, w, b, k, number=None, ax=None, reach=4.0):
    """One update of a perceptron by Rosenblatt's rule: line and weights, before and after it.

    The sample in question has a ring. Dashed and gray, the line and the weights before it; black,
    those after it, with the side that fires shaded. Between the tips of the two weights lies the
    arrow that was added: the sample, with the sign of its label, in the colour of its class.

    Parameters
    ----------
    X : array_like, shape (N, 2)
        All samples.
    y : array_like, shape (N,)
        Their labels, 1 or -1.
    w : array_like, shape (2,)
        The weights before the update; where they are 0, nothing is drawn for them.
    b : float
        The bias before it.
    k : int
        The number of the sample in question, counted from 0.
    number : int, optional
        How many updates there are with this one; the title says it, the label and the sum.
    ax : matplotlib Axes, optional
    reach : float
        Both axes run from -reach to reach.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When the sample is right, so that the rule changes nothing.
    """
    X, y, w = np.asarray(X, dtype=float), np.asarray(y), np.asarray(w, dtype=float)
    if y[k] * (X[k] @ w + b) > 0:
        raise ValueError(f"sample {k} is right, so nothing changes; take a sample that is wrong.")
    ax = _axes(ax, figsize=(3.4, 3.4))
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    title = f"label {y[k]:+d}, sum {X[k] @ w + b:g}"
    ax.set_title(title if number is None else f"update {number}: {title}")
    gray, added = "#767676", y[k] * X[k]
    if w.any():
        point = -b * w / (w @ w)
        line = {"color": gray, "linestyle": "--", "linewidth": 1.3}
        ax.axline(point, point + np.array([-w[1], w[0]]), **line)
        plot_arrow(w, ax=ax, color=gray, linestyle="--", linewidth=1.3)
    if (w + added).any():
        plot_line_boundary(w + added, b + y[k], ax)
        plot_arrow(w + added, ax=ax)
    if added.any():
        color = COLORS[int(y[k] > 0)]
        plot_arrow(added, w, ax, color=color, linestyle=":", linewidth=1.6, zorder=5)
    _plot_classes(X, y > 0, ax, markersize=7)
    ring = {"markersize": 16, "markerfacecolor": "none", "markeredgecolor": "black"}
    ax.plot(*X[k], marker="o", linestyle="none", markeredgewidth=1.8, **ring)
    return ax


def plot_decision_regions(decide, X, y, ax=None, labels=None, resolution=200, size=7):
    """The regions in which a classifier answers each class, and the points over them.

    Parameters
    ----------
    decide : callable
        Points of shape (M, 2) to classes of shape (M,).
    X : ndarray, shape (N, 2)
    y : ndarray of int, shape (N,)
    ax : matplotlib Axes, optional
    labels : sequence of str, optional
        Names of the classes.
    resolution : int
        Points of the grid in each direction.
    size : float
        Of a marker, in typographic points.

    Returns
    -------
    matplotlib Axes
    """
    ax = _axes(ax)
    low, high = X.min(axis=0), X.max(axis=0)
    margin = 0.1 * (high - low)
    x1, x2 = np.linspace(low - margin, high + margin, resolution).T
    grid = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
    classes = np.unique(y)
    region = np.searchsorted(classes, decide(grid)).reshape(resolution, resolution)
    colors = ListedColormap(COLORS[: len(classes)])
    ax.pcolormesh(x1, x2, region, cmap=colors, vmin=-0.5, vmax=len(classes) - 0.5, alpha=0.2)
    ax.grid(False)
    return plot_points(X, y, ax, labels, size)


def plot_spread(values, ax=None, band=None, others=None):
    """How far a quantity spreads: a row of points for each name, from the top.

    Parameters
    ----------
    values : dict of str to sequence of float
        What a row is called, and its points.
    ax : matplotlib Axes, optional
    band : tuple of float, optional
        Two ends of a range to be shaded.
    others : dict of str to float, optional
        One more point in the row of that name, drawn as a cross.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When `others` names a row that `values` doesn't have.
    """
    names, others = list(values), others or {}
    unknown = sorted(set(others) - set(names))
    if unknown:
        raise ValueError(f"there is no row {unknown[0]!r}; the rows are {', '.join(names)}.")
    ax = _axes(ax, figsize=(6.4, 0.9 + 0.36 * len(names)))
    if band is not None:
        ax.axvspan(*band, color=COLORS[2], alpha=0.15, linewidth=0)
    for k, name in enumerate(names):
        ax.plot(values[name], [k] * len(values[name]), "o", color=COLORS[0], alpha=0.5)
        if name in others:
            ax.plot(others[name], k, "x", color=COLORS[1], markersize=8, markeredgewidth=2)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    return ax


def plot_descent(f, path, ax=None, levels=20, limits=None):
    """A path of gradient descent over the contours of a function of two variables.

    Parameters
    ----------
    f : callable
        ``f(x1, x2)`` over arrays.
    path : array_like, shape (T, 2)
        The points visited, the start first.
    ax : matplotlib Axes, optional
    levels : int or sequence of float
        Contours.
    limits : tuple, optional
        ``((x1_min, x1_max), (x2_min, x2_max))``; by default around the path.

    Returns
    -------
    matplotlib Axes
    """
    path = np.asarray(path, dtype=float)
    ax = _axes(ax, figsize=(4.5, 3.6))
    if limits is None:
        low, high = path.min(axis=0), path.max(axis=0)
        margin = 0.2 * np.maximum(high - low, 1e-3)
        limits = tuple(zip(low - margin, high + margin, strict=True))
    x1, x2 = (np.linspace(*pair, 200) for pair in limits)
    value = f(x1[np.newaxis, :], x2[:, np.newaxis])
    ax.contour(x1, x2, value, levels=levels, cmap="viridis", linewidths=0.8)
    ax.plot(*path.T, marker="o", markersize=4, linewidth=1.2, color=COLORS[1], linestyle="-")
    ax.plot(*path[0], marker="s", markersize=8, color="black", linestyle="none")
    ax.annotate("start", path[0], xytext=(7, 5), textcoords="offset points")
    ax.set(xlim=limits[0], ylim=limits[1])
    ax.grid(False)
    return ax


def plot_images(images, columns=10, titles=None, ax=None):
    """Gray images side by side, drawn as one picture.

    Parameters
    ----------
    images : array_like, shape (N, H, W)
        Ink is the largest value.
    columns : int
        Images a row.
    titles : sequence of str, optional
        Written above each image.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    images, titles = np.asarray(images), _as_list(titles)
    n, height, width = images.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    gap, head = 2, 9 if titles else 2
    sheet = np.zeros((rows * (height + head), columns * (width + gap)), images.dtype)
    ax = _axes(ax, figsize=(0.62 * columns, 0.62 * rows * (height + head) / (width + gap)))
    for k, image in enumerate(images):
        top, left = k // columns * (height + head) + head, k % columns * (width + gap)
        sheet[top : top + height, left : left + width] = image
        if titles:
            ax.text(left + width / 2, top - 1, titles[k], ha="center", va="bottom", fontsize=8)
    ax.imshow(sheet, cmap="gray_r")
    ax.axis("off")
    return ax


def plot_maps(maps, titles=None, columns=6, ax=None):
    """Filters, feature maps or images side by side, each on a scale of its own.

    Gray where nothing is negative; else a diverging map centred on 0, red above and blue below.

    Parameters
    ----------
    maps : sequence of array_like, each of shape (H, W)
    titles : sequence of str, optional
        Written above each map.
    columns : int
        Maps a row.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    columns, titles = min(columns, len(maps)), _as_list(titles)
    rows = -(-len(maps) // columns)
    step = (1.12, 1.3 if titles else 1.12)  # a map is 1 wide and at most 1 high
    ax = _axes(ax, figsize=(1.35 * columns * step[0], 1.35 * rows * step[1]))
    for k, values in enumerate(map(np.asarray, maps)):
        left, top = k % columns * step[0], -(k // columns) * step[1]
        limit = np.abs(values).max() or 1
        signed = values.min() < 0
        extent = (left, left + 1, top - values.shape[0] / values.shape[1], top)
        colors = {"cmap": "RdBu_r", "vmin": -limit} if signed else {"cmap": "gray_r", "vmin": 0}
        ax.imshow(values, extent=extent, vmax=limit, **colors)
        if titles:
            ax.text(left, top + 0.05, titles[k], fontsize=9, va="bottom")
    ax.set(xlim=(0, columns * step[0]), ylim=(-rows * step[1], 0.3 if titles else 0))
    ax.axis("off")
    return ax


def plot_confusion_matrix(matrix, labels=None, ax=None):
    """A confusion matrix with its counts; the diagonal is left pale so that mistakes stand out.

    Parameters
    ----------
    matrix : array_like of int, shape (K, K)
        Row: true class, column: predicted class.
    labels : sequence of str, optional
        Names of the classes; by default their numbers.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    matrix = np.asarray(matrix)
    ax = _axes(ax, figsize=(5, 4.6))
    mistakes = matrix * (1 - np.eye(len(matrix), dtype=matrix.dtype))
    ax.imshow(mistakes, cmap="viridis")
    for (row, column), count in np.ndenumerate(matrix):
        pale = mistakes[row, column] > 0.6 * mistakes.max()
        weight = "bold" if row == column else "normal"
        color = "black" if pale else "white"
        ax.text(
            column,
            row,
            str(count),
            ha="center",
            va="center",
            fontsize=8,
            color=color,
            weight=weight,
        )
    names = _as_list(labels) or [str(k) for k in range(len(matrix))]
    ax.set_xticks(range(len(matrix)), names)
    ax.set_yticks(range(len(matrix)), names)
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.grid(False)
    return ax


def plot_history(history, ax=None):
    """Training and validation loss against the epoch.

    Parameters
    ----------
    history : History
        What `fit` returned.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = _axes(ax)
    for name, values in (("training", history.loss), ("validation", history.validation_loss)):
        if values:
            (line,) = ax.plot(range(1, len(values) + 1), values, marker=".", label=f"{name} loss")
            label_end(line, name)
    ax.set(xlabel="epoch", ylabel="loss")
    ax.margins(x=0.12)
    return ax
