"""What figures show is asserted on their data; how they look, against stored images."""

from datetime import date
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from course_utils import ACTIVATIONS, History, relu
from course_utils.figures import plotting
from course_utils.figures.plotting import describe, label_end, use_style
from tests.closeness import assert_close
from tests.messages import says


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("default"):
        use_style()
        yield
    plt.close("all")


STYLE = str(Path(plotting.__file__).with_name("course.mplstyle"))
image = pytest.mark.mpl_image_compare(savefig_kwargs={"metadata": {"Software": None}}, style=STYLE)


# -- descriptions ---------------------------------------------------------------------------


def test_a_description_is_kept_with_the_figure():
    figure, (left, right) = plt.subplots(1, 2)
    assert describe(left, "  Two\n  panels. ") == "Two panels."
    assert describe(right) == describe(figure) == "Two panels."
    assert describe(figure, "Another sentence.") == describe(left) == "Another sentence."


def test_a_description_can_be_made_from_titles_axes_and_lines():
    figure, axes = plt.subplots(1, 2)
    figure.suptitle("Both")
    axes[0].plot([0, 2], [1, 5], label="a line")
    axes[0].plot([0, 2], [9, 9])
    axes[0].set(title="Left.", xlabel="time (s)", ylabel="way (m)")
    axes[1].set_title("Right", loc="center")
    said = "Both Left. time (s) against way (m): a line runs from 1 to 5, for time (s) from 0 to 2."
    assert describe(figure) == f"{said} Right."


def test_an_empty_description_is_refused():
    with pytest.raises(ValueError, match=says("empty", "a sentence what the figure shows")):
        describe(plt.figure(), "  ")


def test_in_a_notebook_a_figure_is_shown_with_its_description():
    from IPython.core.formatters import PlainTextFormatter

    figure, _ = plt.subplots()
    describe(figure, "Nothing is drawn.")
    assert PlainTextFormatter()(figure) == "Nothing is drawn."


@pytest.mark.parametrize("backend", ["agg", "TkAgg", "module://nowhere"])
def test_a_lesson_shows_its_figures_whatever_the_shell_says(backend, tmp_path, monkeypatch):
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfigure.dpi: 300\n")
    monkeypatch.setenv("MPLBACKEND", backend)
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path / "matplotlibrc"))
    source = [
        "import matplotlib.pyplot as plt",
        "from course_utils.figures.plotting import describe, use_style",
        "use_style()",
        "print(plt.rcParams['figure.dpi'], plt.rcParams['text.usetex'])",
        "describe(plt.subplots()[1], 'Nothing is drawn.')",
        "plt.show()",
    ]
    notebook = new_notebook(cells=[new_code_cell("\n".join(source))])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    printed, shown = notebook.cells[0].outputs
    assert printed.text == "96.0 False\n"
    assert set(shown.data) == {"image/png", "text/plain"}
    assert shown.data["text/plain"] == "Nothing is drawn."


def test_style_pairs_every_colour_with_a_line_style():
    cycle = plt.rcParams["axes.prop_cycle"].by_key()
    assert tuple(cycle["color"]) == plotting.COLORS
    assert len(set(map(str, cycle["linestyle"]))) == len(cycle["color"])
    assert not plt.rcParams["axes.spines.top"]


# -- data -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_drawn_with_its_derivative(name):
    function = ACTIVATIONS[name]
    ax = plotting.plot_activation(name, limit=3)
    curve, slope = ax.get_lines()
    z = curve.get_xdata()
    assert (z[0], z[-1]) == (-3, 3)
    np.testing.assert_array_equal(curve.get_ydata(), function(z))
    np.testing.assert_array_equal(slope.get_ydata(), function.derivative(z, function(z)))
    assert name in ax.get_title("left")


def test_hyperparameters_reach_the_drawn_function():
    curve, slope = plotting.plot_activation("leaky_relu", alpha=0.5).get_lines()
    assert curve.get_ydata()[0] == -2.5
    assert slope.get_ydata()[0] == 0.5


GROUPS = {"flat": ["step_function", "sigmoid", "tanh"], "straight": ["relu"]}


def test_groups_of_activations_are_drawn_on_one_scale_with_their_largest_slopes():
    axes = plotting.plot_activation_groups(GROUPS, limit=3)
    assert axes.shape == (2, 3)
    assert list(axes[1, 1:]) == [None, None]
    drawn = [ax for ax in axes.flat if ax is not None]
    titles = [ax.get_title("left").split("\n") for ax in drawn]
    assert [title[0] for title in titles] == [name for row in GROUPS.values() for name in row]
    assert [title[1].split()[-1] for title in titles] == ["0.00", "0.25", "1.00", "1.00"]
    assert {(ax.get_xlim(), ax.get_ylim(), ax.get_aspect()) for ax in drawn} == {
        (drawn[0].get_xlim(), (-1.6, 3.0), 1.0)
    }
    assert [ax.get_ylabel() for ax in axes[:, 0]] == list(GROUPS)
    assert [ax.get_xlabel() for ax in drawn] == ["", "z", "z", "z"]
    np.testing.assert_array_equal(axes[0, 1].get_lines()[0].get_xdata()[[0, -1]], [-3, 3])


@pytest.mark.parametrize("groups", [{}, {"flat": []}])
def test_a_group_without_functions_is_refused(groups):
    with pytest.raises(ValueError, match=says("at least one function", "must be a group")):
        plotting.plot_activation_groups(groups)


def test_a_spread_has_a_row_for_each_name_from_the_top():
    ax = plotting.plot_spread({"a": [1, 3], "b": [2]}, band=(1, 2), others={"b": 5})
    points = [line.get_xydata().tolist() for line in ax.get_lines()]
    assert points == [[[1, 0], [3, 0]], [[2, 1]], [[5, 1]]]
    assert [line.get_marker() for line in ax.get_lines()] == ["o", "o", "x"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    (band,) = ax.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == (1, 2)
    assert not plotting.plot_spread({"a": [1]}, ax=plt.subplots()[1]).patches


def test_a_point_of_an_unknown_row_is_refused():
    with pytest.raises(ValueError, match=says("no row 'c'", "the rows are a, b")):
        plotting.plot_spread({"a": [1], "b": [2]}, others={"c": 1})


def test_an_unknown_activation_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'relu'"):
        plotting.plot_activation("rleu")
    assert plotting.plot_activation(relu)


def test_points_have_a_colour_and_a_marker_a_class():
    X = np.array([[0, 0], [1, 1], [2, 0.5]])
    lines = plotting.plot_points(X, [0, 1, 1], labels=["no", "yes"]).get_lines()
    assert [line.get_label() for line in lines] == ["no", "yes"]
    assert [line.get_marker() for line in lines] == ["o", "^"]
    np.testing.assert_array_equal(lines[1].get_xydata(), X[1:])


def test_small_points_have_thin_edges():
    X, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    for ax in (
        plotting.plot_points(X, y, size=3),
        plotting.plot_decision_regions(decide, X, y, size=3),
    ):
        assert [line.get_markersize() for line in ax.get_lines()] == [3, 3]
        assert [line.get_markeredgewidth() for line in ax.get_lines()] == [0.2, 0.2]
    usual = plotting.plot_points(X, y).get_lines()
    assert [line.get_markersize() for line in usual] == [7, 7]
    assert [line.get_markeredgewidth() for line in usual] == [1, 1]


def test_images_are_compared_by_plain_pytest(pytestconfig):
    assert pytestconfig.getoption("mpl")


@pytest.mark.parametrize("w", [(1.0, 2.0), (0.0, -1.0), (3.0, 0.0)])
def test_the_line_boundary_lies_where_the_sum_is_zero(w):
    _, ax = plt.subplots()
    ax.set(xlim=(-2, 3), ylim=(-1, 4))
    plotting.plot_line_boundary(w, -1.5, ax)
    line = ax.get_lines()[0]
    for x1, x2 in (line.get_xy1(), line.get_xy2()):
        terms = [w[0] * x1, w[1] * x2, -1.5]
        # x1 or x2 follows from the others by 3 operations
        assert_close(sum(terms), 0, terms=3 + 3, size=np.abs(terms).sum())
    assert ax.get_xlim() == (-2, 3)


def test_a_line_needs_a_weight():
    with pytest.raises(ValueError, match="a weight must not be 0"):
        plotting.plot_line_boundary([0, 0], 1)


def arrows(ax):
    """The start and the tip of every arrow of an axes, with its colour."""
    found = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    return [(*np.round(one._posA_posB, 9).tolist(), one.get_edgecolor()) for one in found]


def test_an_arrow_leads_from_its_start_along_the_vector():
    _, ax = plt.subplots()
    assert plotting.plot_arrow([2, -1], start=[1, 3], ax=ax, text="w", color="#D55E00") is ax
    assert arrows(ax) == [([1, 3], [3, 2], to_rgba("#D55E00"))]
    (label,) = ax.texts
    assert (label.get_text(), *label.xy, label.get_color()) == ("w", 3, 2, "#D55E00")
    right, up = label.get_position()  # beyond the tip, in the arrow's direction
    assert_close(right, -2 * up, terms=4)
    assert right > 0
    plotting.plot_arrow([0, 1], ax=ax)
    assert arrows(ax)[1][:2] == ([0, 0], [0, 1])
    assert len(ax.texts) == 1


def test_an_arrow_needs_a_direction():
    with pytest.raises(ValueError, match=says("no direction", "draw no arrow")):
        plotting.plot_arrow([0, 0])


CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def test_a_neuron_is_drawn_with_its_answers_its_border_and_its_weights():
    ax = plotting.plot_neuron([1, 2], -2, CORNERS)
    border, circles, triangles = ax.get_lines()
    assert circles.get_xydata().tolist() == [[0, 0], [0, 1], [1, 0]]  # 0 on the border of (0, 1)
    assert triangles.get_xydata().tolist() == [[1, 1]]
    assert (circles.get_marker(), triangles.get_marker()) == ("o", "^")
    assert [line.get_color() for line in (circles, triangles)] == [*plotting.COLORS[:2]]
    assert {line.get_linestyle() for line in (circles, triangles)} == {"None"}
    for x1, x2 in (border.get_xy1(), border.get_xy2()):
        assert_close(x1 + 2 * x2, 2, terms=8)
    ((start, tip, _),) = arrows(ax)
    np.testing.assert_allclose(np.subtract(tip, start), [1, 2], atol=1e-8)
    np.testing.assert_allclose(np.dot(start, [1, 2]), 2, atol=1e-8)  # it starts on the border
    assert ax.get_aspect() == 1
    assert_close([ax.get_xlim(), ax.get_ylim()], [(-1.8, 2.8)] * 2, terms=4)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")


def test_points_of_a_neuron_stand_in_the_middle_of_a_square():
    ax = plotting.plot_neuron([1, 0], 0, [[0, 0], [6, 2]])
    assert_close([ax.get_xlim(), ax.get_ylim()], [(-1.8, 7.8), (-3.8, 5.8)], terms=4)
    with pytest.raises(ValueError, match="a weight must not be 0"):
        plotting.plot_neuron([0, 0], 1, CORNERS)


DOTS, DOT_LABELS = np.array([[-2, 2], [1, 1], [1, -1]]), np.array([-1, 1, -1])


def test_an_update_shows_what_was_before_what_is_added_and_what_is_after():
    ax = plotting.plot_update(DOTS, DOT_LABELS, [2, -2], -1, 1, number=2)
    assert ax.get_title("left") == "update 2: label +1, sum -1"
    before, after, circles, triangles, ring = ax.get_lines()
    for line, w, b in ((before, (2, -2), -1), (after, (3, -1), 0)):
        for x1, x2 in (line.get_xy1(), line.get_xy2()):
            np.testing.assert_allclose(w[0] * x1 + w[1] * x2 + b, 0, atol=1e-9)
    assert (before.get_linestyle(), after.get_linestyle()) == ("--", "-")
    assert circles.get_xydata().tolist() == [[-2, 2], [1, -1]]
    assert triangles.get_xydata().tolist() == ring.get_xydata().tolist() == [[1, 1]]
    assert ring.get_markerfacecolor() == "none"
    gray, black, added = arrows(ax)
    assert gray == ([0, 0], [2, -2], to_rgba("#767676"))
    assert black == ([0, 0], [3, -1], to_rgba("black"))
    assert added == ([2, -2], [3, -1], to_rgba(plotting.COLORS[1]))
    assert (ax.get_xlim(), ax.get_ylim(), ax.get_aspect()) == ((-4, 4), (-4, 4), 1)


def test_an_update_of_a_negative_sample_takes_it_away():
    ax = plotting.plot_update(DOTS, DOT_LABELS, [0, 0], 0, 0, reach=3)
    assert ax.get_title("left") == "label -1, sum 0"
    assert ax.get_xlim() == (-3, 3)
    after, added = arrows(ax)  # no weights before, so no arrow and no line for them
    assert after[:2] == added[:2] == ([0, 0], [2, -2])
    assert added[2] == to_rgba(plotting.COLORS[0])
    assert len(ax.get_lines()) == 4


def test_an_update_may_lead_to_weights_of_0_or_add_a_sample_of_0():
    gone = plotting.plot_update(DOTS, DOT_LABELS, [1, -1], 0, 2)
    assert [one[:2] for one in arrows(gone)] == [([0, 0], [1, -1]), ([1, -1], [0, 0])]
    still = plotting.plot_update([[0, 0], [1, 1]], [1, -1], [1, 0], -1, 0)
    assert [one[:2] for one in arrows(still)] == [([0, 0], [1, 0])] * 2


def test_a_right_sample_has_no_update():
    with pytest.raises(ValueError, match=says("sample 1 is right", "take a sample that is wrong")):
        plotting.plot_update(DOTS, DOT_LABELS, [2, 2], -1, 1)


def test_regions_hold_the_classifiers_answers():
    X, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([3, 7])

    def decide(points):
        return np.where(points[:, 0] > 0.5, 7, 3)

    ax = plotting.plot_decision_regions(decide, X, y, resolution=11)
    region = np.asarray(ax.collections[0].get_array()).reshape(11, 11)
    assert region[:, :5].tolist() == [[0] * 5] * 11
    assert region[:, 6:].tolist() == [[1] * 5] * 11


def test_the_path_of_a_descent_is_drawn_from_its_start():
    path = [[1.0, 1.0], [0.5, 0.2], [0.0, 0.0]]
    ax = plotting.plot_descent(lambda x1, x2: x1**2 + x2**2, path)
    steps, start = ax.get_lines()
    np.testing.assert_array_equal(steps.get_xydata(), path)
    np.testing.assert_array_equal(start.get_xydata(), [path[0]])
    assert_close(ax.get_xlim(), (-0.2, 1.2), terms=3)  # the range, a fifth of it, and a sum


def test_a_descent_along_an_axis_has_room_beside_it():
    ax = plotting.plot_descent(bowl, [[1.0, 0.0], [0.5, 0.0]])
    low, high = ax.get_ylim()
    assert low < 0 < high


def test_a_descent_has_the_contours_that_are_asked_for():
    ax = plotting.plot_descent(bowl, [[1.0, 1.0], [0.5, 0.2]], levels=[0.5, 1.0])
    (contours,) = ax.collections
    assert contours.levels.tolist() == [0.5, 1.0]


def test_panels_hold_their_curves_on_one_scale():
    x = [0.0, 1.0, 2.0]
    panels = {"one": {"a": [0, 1, 0]}, "two": {"b": [0, 2, 0], "c": [0, -3, 0]}}
    figure = plotting.plot_panels(x, panels, "input", "output", ylim=(-4, 4))
    first, second = figure.axes
    for ax, (title, curves) in zip(figure.axes, panels.items(), strict=True):
        assert (ax.get_title("left") or ax.get_title(), ax.get_xlabel()) == (title, "input")
        assert ax.get_ylim() == (-4, 4)
        drawn = {line.get_label(): line.get_ydata().tolist() for line in ax.get_lines()}
        assert drawn == curves
        assert all(line.get_xdata().tolist() == x for line in ax.get_lines())
    assert (first.get_ylabel(), second.get_ylabel()) == ("output", "")
    assert first.get_legend() is None
    assert [text.get_text() for text in second.get_legend().get_texts()] == ["b", "c"]
    assert first.get_shared_y_axes().joined(first, second)
    assert first.get_shared_x_axes().joined(first, second)


@pytest.mark.parametrize(
    ("panels", "message"),
    [
        ({}, "panels must hold at least one panel"),
        ({"one": {"a": [1, 2]}}, r"'a' must have the shape \(3,\); got \(2,\)"),
    ],
)
def test_panels_that_can_not_be_drawn_are_refused(panels, message):
    with pytest.raises(ValueError, match=message):
        plotting.plot_panels([0, 1, 2], panels)


def test_maps_may_be_lists():
    (image,) = plotting.plot_maps([[[0.0, 2.0], [1.0, 0.5]]]).get_images()
    assert image.get_clim() == (0, 2)


def test_images_stand_side_by_side_in_one_picture():
    images = np.arange(1, 4)[:, None, None] * np.ones((3, 4, 5), int)
    ax = plotting.plot_images(images, columns=2)
    sheet = np.asarray(ax.get_images()[0].get_array())
    assert sheet.shape == (2 * (4 + 2), 2 * (5 + 2))
    assert [(sheet == k).sum() for k in (1, 2, 3)] == [20, 20, 20]
    titled = plotting.plot_images(images, titles=["a", "b", "c"])
    assert [text.get_text() for text in titled.texts] == ["a", "b", "c"]


def test_every_map_has_a_scale_of_its_own_and_zero_in_the_middle():
    maps = [np.array([[0.0, 2.0]]), np.array([[-3.0, 1.0]]), np.zeros((2, 1))]
    ax = plotting.plot_maps(maps, titles=["a", "b", "c"], columns=2)
    images = ax.get_images()
    assert [image.get_cmap().name for image in images] == ["gray_r", "RdBu_r", "gray_r"]
    assert [image.get_clim() for image in images] == [(0, 2), (-3, 3), (0, 1)]
    assert [text.get_text() for text in ax.texts] == ["a", "b", "c"]
    lefts, tops = zip(*((i.get_extent()[0], i.get_extent()[3]) for i in images), strict=True)
    assert lefts[0] == lefts[2] < lefts[1]
    assert tops[0] == tops[1] > tops[2]
    assert images[0].get_extent() == [0, 1, -0.5, 0]  # pixels stay square
    assert not plotting.plot_maps(maps[:1]).texts


def test_a_confusion_matrix_shows_every_count_and_colours_mistakes_only():
    ax = plotting.plot_confusion_matrix([[90, 1], [2, 80]], labels=["cat", "dog"])
    assert [text.get_text() for text in ax.texts] == ["90", "1", "2", "80"]
    assert np.asarray(ax.get_images()[0].get_array()).tolist() == [[0, 1], [2, 0]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["cat", "dog"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


def test_a_history_is_drawn_epoch_by_epoch():
    ax = plotting.plot_history(History(loss=[3.0, 2.0], validation_loss=[4.0, 3.0]))
    training, validation = ax.get_lines()
    np.testing.assert_array_equal(training.get_xydata(), [[1, 3], [2, 2]])
    np.testing.assert_array_equal(validation.get_ydata(), [4, 3])
    assert [text.get_text() for text in ax.texts] == ["training", "validation"]
    assert len(plotting.plot_history(History(loss=[1.0])).get_lines()) == 1


@pytest.mark.parametrize(("marker", "right"), [("", 4), ("None", 4), ("o", 9), (".", 9)])
def test_a_label_stands_at_the_end_of_its_line_in_its_colour(marker, right):
    (line,) = plt.plot([0, 1], [2, 3], color="#0072B2", marker=marker, markersize=10)
    label = label_end(line, "here", dy=2)
    assert (label.get_text(), label.xy) == ("here", (1, 3))
    assert label.get_color() == "#0072B2"
    assert label.get_position() == (right, 2)  # beside the marker, not on it


# -- where and how it is drawn --------------------------------------------------------------

POINTS, CLASSES = np.array([[0.0, 0.0], [2.0, 1.0], [1.0, 3.0]]), np.array([0, 1, 1])
DRAWINGS = {
    "activation": lambda ax: plotting.plot_activation("relu", ax=ax),
    "points": lambda ax: plotting.plot_points(POINTS, CLASSES, ax),
    "line boundary": lambda ax: plotting.plot_line_boundary([1, 2], -1, ax),
    "arrow": lambda ax: plotting.plot_arrow([1, 2], ax=ax),
    "neuron": lambda ax: plotting.plot_neuron([1, 2], -1, POINTS, ax),
    "update": lambda ax: plotting.plot_update(DOTS, DOT_LABELS, [0, 0], 0, 0, ax=ax),
    "regions": lambda ax: plotting.plot_decision_regions(decide, POINTS, CLASSES, ax),
    "descent": lambda ax: plotting.plot_descent(bowl, POINTS, ax),
    "images": lambda ax: plotting.plot_images(np.ones((2, 3, 3)), ax=ax),
    "maps": lambda ax: plotting.plot_maps(np.ones((2, 3, 3)), ax=ax),
    "confusion matrix": lambda ax: plotting.plot_confusion_matrix([[1, 0], [2, 3]], ax=ax),
    "history": lambda ax: plotting.plot_history(History(loss=[2.0, 1.0]), ax),
}
every_drawing = pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)


def decide(points):
    return (points[:, 0] > 1).astype(int)


def bowl(x1, x2):
    return x1**2 + x2**2


@pytest.mark.parametrize("draw", [plotting.plot_images, plotting.plot_maps])
def test_titles_may_be_an_array(draw):
    ax = draw(np.ones((2, 3, 3)), titles=np.array(["a", "b"]))
    assert [text.get_text() for text in ax.texts] == ["a", "b"]


def test_labels_of_a_confusion_matrix_may_be_an_array_and_are_numbers_by_default():
    labelled = plotting.plot_confusion_matrix([[1, 0], [2, 3]], labels=np.array(["cat", "dog"]))
    plain = plotting.plot_confusion_matrix([[1, 0], [2, 3]])
    for ax, names in ((labelled, ["cat", "dog"]), (plain, ["0", "1"])):
        for axis in (ax.xaxis, ax.yaxis):
            assert [label.get_text() for label in axis.get_ticklabels()] == names


@every_drawing
def test_it_is_drawn_where_one_asks_and_else_in_a_figure_of_its_own(draw):
    _, (left, right) = plt.subplots(1, 2)
    plt.sca(left)  # the one that Matplotlib itself would take
    assert draw(right) is right
    assert right.has_data()
    assert not left.has_data()
    assert len(plt.get_fignums()) == 1
    assert draw(None).figure is not right.figure
    assert len(plt.get_fignums()) == 2


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("name", ["regions", "descent", "confusion matrix"])
def test_no_grid_lies_over_what_fills_the_axes(name, before):
    _, ax = plt.subplots()
    ax.grid(before)
    DRAWINGS[name](ax)
    lines = [*ax.xaxis.get_gridlines(), *ax.yaxis.get_gridlines()]
    assert not any(line.get_visible() for line in lines)


@pytest.mark.parametrize("name", ["images", "maps"])
def test_pictures_have_no_axes(name):
    assert not DRAWINGS[name](None).axison


def test_the_lines_of_an_activation_are_named():
    curve, slope = plotting.plot_activation("tanh").get_lines()
    assert (curve.get_label(), slope.get_label()) == ("tanh(z)", "its derivative")
    assert (curve.get_linestyle(), slope.get_linestyle()) == ("-", "--")
    assert len(curve.get_xdata()) == 401  # so that 0 is among them


def test_points_have_the_course_s_colours():
    lines = plotting.plot_points(POINTS, CLASSES).get_lines()
    assert [line.get_markerfacecolor() for line in lines] == [*plotting.COLORS[:2]]


def test_the_side_where_the_sum_is_positive_is_shaded_below_all_else():
    _, ax = plt.subplots()
    ax.set(xlim=(0, 4), ylim=(0, 2))
    ax.plot([0, 9], [0, 9])
    plotting.plot_line_boundary([1, 3], -4, ax, linestyle=":")
    (shade,) = ax.collections
    (path,) = shade.get_paths()
    inside = [path.contains_point(point) for point in [(3.9, 1), (0.2, 1.9), (0.2, 0.5), (2, 0.5)]]
    assert inside == [True, True, False, False]
    assert shade.get_zorder() == 0
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 4), (0, 2))
    line = ax.get_lines()[-1]
    assert (line.get_linestyle(), line.get_linewidth()) == (":", 1.5)


def test_options_of_a_line_boundary_go_before_its_own():
    options = {"color": "red", "linewidth": 3.0}
    line = plotting.plot_line_boundary([1, 2], -1, **options).get_lines()[-1]
    assert (line.get_color(), line.get_linewidth()) == ("red", 3.0)


def test_regions_have_the_colours_of_the_points_and_a_legend_the_names():
    labels = ["none", "some"]
    ax = plotting.plot_decision_regions(decide, POINTS, CLASSES, labels=labels)
    (mesh,) = ax.collections
    assert mesh.get_clim() == (-0.5, 1.5)
    assert mesh.get_array().size == 200 * 200
    assert mesh.get_alpha() == 0.2
    assert [line.get_label() for line in ax.get_lines()] == labels
    colours = [line.get_markerfacecolor() for line in ax.get_lines()]
    assert [plotting.ListedColormap(colours)(k) for k in (0, 1)] == [mesh.cmap(k) for k in (0, 1)]


def test_a_descent_is_drawn_within_given_limits_over_what_is_there():
    _, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    plotting.plot_descent(bowl, POINTS.astype(int).tolist(), ax, limits=((-5, 6), (-7, 8)))
    assert (ax.get_xlim(), ax.get_ylim()) == ((-5, 6), (-7, 8))
    _, steps, start = ax.get_lines()
    assert (steps.get_linestyle(), steps.get_marker()) == ("-", "o")
    assert (start.get_linestyle(), start.get_marker()) == ("None", "s")
    assert [text.get_text() for text in ax.texts] == ["start"]


def test_pictures_stand_in_rows_of_ten_and_maps_in_rows_of_six():
    sheet = plotting.plot_images(np.ones((11, 1, 1))).get_images()[0].get_array()
    assert sheet.shape == (2 * (1 + 2), 10 * (1 + 2))
    tops = [image.get_extent()[3] for image in plotting.plot_maps(np.ones((7, 1, 1))).get_images()]
    assert [tops.count(top) for top in sorted(set(tops), reverse=True)] == [6, 1]


@pytest.mark.parametrize(("titles", "top", "step"), [(None, 0, 1.12), (["a", "b"], 0.3, 1.3)])
def test_maps_leave_room_for_their_titles(titles, top, step):
    ax = plotting.plot_maps(np.ones((2, 1, 1)), titles, columns=1)
    assert_close(ax.get_ylim(), (-2 * step, top), terms=2)
    assert_close(ax.get_xlim(), (0, 1.12), terms=2)


def test_counts_of_a_confusion_matrix_can_be_read_on_every_ground():
    ax = plotting.plot_confusion_matrix([[9, 5], [3, 9]])
    assert [text.get_color() for text in ax.texts] == ["white", "black", "white", "white"]
    assert [text.get_weight() for text in ax.texts] == ["bold", "normal", "normal", "bold"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "1"]
    labelled = plotting.plot_confusion_matrix([[9, 5], [3, 9]], labels=["no", "yes"])
    assert [label.get_text() for label in labelled.get_yticklabels()] == ["no", "yes"]


def test_the_lines_of_a_history_are_named():
    ax = plotting.plot_history(History(loss=[3.0, 2.0], validation_loss=[4.0, 3.0]))
    labels = [line.get_label() for line in ax.get_lines()]
    assert labels == ["training loss", "validation loss"]
    assert {line.get_marker() for line in ax.get_lines()} == {"."}


def test_a_label_is_level_with_the_end_of_its_line_and_may_leave_the_axes():
    (line,) = plt.plot([0, 1], [2, 3])
    label = label_end(line, "here")
    assert (label.get_verticalalignment(), label.get_annotation_clip()) == ("center", False)


def test_what_is_said_of_lines_without_a_name_for_x():
    _, ax = plt.subplots()
    ax.plot([0, 1, 3], [2, 9, 4], label="one")
    ax.plot([1, 2, 5], [0, 9, 1], label="two")
    ax.set_title("Two lines...", loc="right")
    assert describe(ax) == (
        "Two lines. one runs from 2 to 4, for x from 0 to 3; "
        "two runs from 0 to 1, for x from 1 to 5."
    )


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (["Monday", "Friday"], [1, 2], "runs from 1 to 2, for x from Monday to Friday."),
        ([0, 1], ["low", "high"], "runs from low to high, for x from 0 to 1."),
        (
            np.array(["2024-02-28", "2024-03-01"], "datetime64[D]"),
            [1, 2],
            "runs from 1 to 2, for x from 2024-02-28 to 2024-03-01.",
        ),
        ([date(2024, 2, 28)], [1], "runs from 1 to 1, for x from 2024-02-28 to 2024-02-28."),
        ([0, 1], [True, False], "runs from 1 to 0, for x from 0 to 1."),
    ],
)
def test_what_is_said_of_days_and_names(x, y, said):
    _, ax = plt.subplots()
    ax.plot(x, y, label="one")
    ax.plot([], [], label="only in the legend")
    assert describe(ax) == f"one {said}"


def test_an_axes_without_anything_to_say_says_nothing():
    figure, axes = plt.subplots(1, 2)
    axes[1].set_title("Right")
    assert describe(figure) == "Right."


def test_a_description_belongs_to_the_whole_figure_of_a_part():
    figure = plt.figure()
    part, _ = figure.subfigures(1, 2)
    describe(part.subplots(), "Said once.")
    assert describe(figure) == "Said once."


# -- images ---------------------------------------------------------------------------------


@image
def test_image_activation() -> Figure:
    return plotting.plot_activation("swish").figure


@image
def test_image_line_boundary() -> Figure:
    _, ax = plt.subplots(figsize=(4, 4))
    plotting.plot_points([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1], ax, ["0", "1"])
    plotting.plot_line_boundary([1, 1], -1.5, ax)
    ax.legend(loc="center")
    return ax.figure


@image
def test_image_neuron() -> Figure:
    return plotting.plot_neuron([1, 1], -1.5, CORNERS).figure


@image
def test_image_update() -> Figure:
    return plotting.plot_update(DOTS, DOT_LABELS, [3, -1], 0, 2, number=3).figure


@image
def test_image_decision_regions() -> Figure:
    X = np.random.default_rng(0).normal(size=(30, 2))
    inside = np.hypot(*X.T) < 1
    ax = plotting.plot_decision_regions(lambda p: (np.hypot(*p.T) < 1).astype(int), X, inside * 1)
    return ax.figure


@image
def test_image_descent() -> Figure:
    path = [(2 * 0.8**k * (-1) ** k, 1 * 0.9**k) for k in range(12)]
    return plotting.plot_descent(lambda x1, x2: x1**2 + 4 * x2**2, path).figure


@image
def test_image_images() -> Figure:
    images = np.tri(28)[None] * np.arange(1, 13)[:, None, None]
    return plotting.plot_images(images, columns=6, titles=[f"no. {k}" for k in range(12)]).figure


@image
def test_image_maps() -> Figure:
    ramp = np.add.outer(np.arange(5), np.arange(5))
    maps = [ramp, ramp - 4, ramp[:3], -ramp, ramp.T % 3, ramp - 8, np.zeros((5, 5))]
    return plotting.plot_maps(maps, [f"map {k}" for k in range(7)], columns=4).figure


@image
def test_image_confusion_matrix() -> Figure:
    rng = np.random.default_rng(0)
    return plotting.plot_confusion_matrix(
        rng.integers(0, 20, (10, 10)) + 900 * np.eye(10, dtype=int)
    ).figure


@image
def test_image_history() -> Figure:
    loss = [1 / (epoch + 1) for epoch in range(8)]
    return plotting.plot_history(History(loss, [value + 0.1 for value in loss])).figure
