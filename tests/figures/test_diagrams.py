"""Drawn networks and graphs show every weight, value and gradient."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from course_utils import COLORS, draw_activity, draw_graph, draw_network, init_network
from course_utils.figures import diagrams

STYLE = str(Path(diagrams.__file__).with_name("course.mplstyle"))
image = pytest.mark.mpl_image_compare(savefig_kwargs={"metadata": {"Software": None}}, style=STYLE)

NODES = {"x": (0, 1, "$x$"), "y": (0, 0, "$y$"), "plus": (2, 0.5, "+"), "L": (4, 0.5, "$L$")}
EDGES = [("x", "plus", 2, 0.5), ("y", "plus", -3.25, 1), ("plus", "L", "sum", None)]


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def written(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def textbook():
    network = init_network()
    names = [["$x_1$", "$x_2$"], ["1", "2", "3"], ["1", "2"], ["$y_1$", "$y_2$"]]
    weights, biases = ([network[f"{kind}{k}"] for k in (1, 2, 3)] for kind in "Wb")
    return draw_network((2, 3, 2, 2), weights, biases, names)


def test_every_unit_weight_bias_and_name_is_drawn_once():
    ax = textbook()
    network = init_network()
    n_weights = sum(network[f"W{k}"].size for k in (1, 2, 3))
    assert len(ax.get_lines()) == n_weights + 2 + 3 + 2 + 2
    weights = [f"{w:g}" for k in (1, 2, 3) for w in network[f"W{k}"].ravel()]
    assert written(ax)[:n_weights] == weights
    biases = [f"b = {b:g}" for k in (1, 2, 3) for b in network[f"b{k}"]]
    assert [text for text in written(ax) if text.startswith("b")] == biases
    assert [text for text in written(ax) if "$" in text] == ["$x_1$", "$x_2$", "$y_1$", "$y_2$"]


def test_a_negative_weight_has_another_colour_and_line():
    one, other, *_ = draw_network([2, 1], weights=[[[1.5], [-1.5]]]).get_lines()
    assert one.get_color() != other.get_color()
    assert (one.get_linestyle(), other.get_linestyle()) == ("-", "--")


def test_a_network_may_be_drawn_without_numbers():
    ax = draw_network([4, 3])
    assert written(ax) == []
    assert len(ax.get_lines()) == 12 + 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"weights": [np.ones((3, 2))]},
            r"weights must have shapes \[\(2, 3\)\]; got \[\(3, 2\)\]",
        ),
        ({"biases": [np.ones(2)]}, r"biases must have shapes \[\(3,\)\]; got \[\(2,\)\]"),
        ({"names": [["a"], ["b"]]}, r"names must have shapes \[\(2,\), \(3,\)\]"),
        ({"values": [[1, 2]]}, r"values must have shapes \[\(2,\), \(3,\)\]; got \[\(2,\)\]"),
        ({"titles": ["a", "b"]}, r"titles must have shapes \[\(\)\]; got \[\(\), \(\)\]"),
    ],
)
def test_what_does_not_fit_the_sizes_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        draw_network([2, 3], **options)


def test_values_stand_above_their_units_and_titles_above_the_lines():
    ax = draw_network([2, 1], values=[["1.0", 0.5], [0.57444]], titles=["layer 1"])
    places = {text.get_text(): text.get_position() for text in ax.texts if text.get_text()}
    assert places == {
        "1.0": (0, 0.76),
        "0.5": (0, -0.24),
        "0.5744": (2.4, 0.26),
        "layer 1": (1.2, 1),
    }


def test_activity_is_drawn_from_white_to_black_in_the_order_of_layers():
    stages = [np.eye(4), np.zeros((4, 2)), np.full((2, 1), 0.5)]
    ax = draw_activity(stages, ["4 x 4", "8 units", "2 outputs"], ["no", "yes"])
    assert written(ax) == ["4 x 4", "8 units", "2 outputs", "no", "yes"]
    assert [list(image.get_extent()[:2]) for image in ax.images] == [
        [0, 1],
        pytest.approx([1.45, 1.95], abs=1e-9),
        pytest.approx([2.4, 2.9], abs=1e-9),
    ]
    for image, stage in zip(ax.images, stages, strict=True):
        assert np.array_equal(image.get_array(), stage)
        assert (image.get_clim(), image.get_cmap().name) == ((0, 1), "gray_r")
    assert [t.get_position()[1] for t in ax.texts[-2:]] == [0.75, 0.25]  # beside their rows
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert [arrow.xyann[0] for arrow in arrows] == pytest.approx([1.06, 2.01], abs=1e-9)
    assert [arrow.xy[0] for arrow in arrows] == pytest.approx([1.39, 2.34], abs=1e-9)


@pytest.mark.parametrize(
    ("stages", "titles", "labels", "message"),
    [
        ([[[0.0, 1.1]]], ["a"], None, "stages must hold numbers from 0 to 1"),
        ([[[0.0, -0.1]]], ["a"], None, "stages must hold numbers from 0 to 1"),
        ([[[0.0]]], ["a", "b"], None, "titles must be 1; got 2"),
        ([[[0.0], [1.0]]], ["a"], ["b"], "labels must be 2; got 1"),
    ],
)
def test_activity_that_can_not_be_drawn_is_refused(stages, titles, labels, message):
    with pytest.raises(ValueError, match=message):
        draw_activity(stages, titles, labels)


def test_a_graph_shows_values_forward_and_gradients_back():
    ax = draw_graph(NODES, EDGES)
    assert written(ax) == ["2", "0.5", "-3.25", "1", "sum", "$x$", "$y$", "+", "$L$"]
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert [(arrow.xyann, arrow.xy) for arrow in arrows] == [
        ((0, 1), (2, 0.5)),
        ((0, 0), (2, 0.5)),
        ((2, 0.5), (4, 0.5)),
    ]


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: draw_network([2, 1], ax=ax),
        lambda ax: draw_graph(NODES, EDGES, ax),
        lambda ax: draw_activity([np.eye(2)], ["a"], ax=ax),
    ],
)
def test_it_is_drawn_where_one_asks(draw):
    _, (left, right) = plt.subplots(1, 2)
    assert draw(right) is right
    assert right.has_data()
    assert not left.has_data()
    assert not right.axison
    assert len(plt.get_fignums()) == 1
    assert draw(None).figure is not right.figure


def test_lines_lie_below_units_and_units_below_what_is_written():
    names = [["a", "b"], ["c"]]
    ax = draw_network([2, 1], weights=[[[1.5], [-1.5]]], biases=[[0.5]], names=names)
    *lines, first, second, third = ax.get_lines()
    assert [line.get_zorder() for line in lines] == [1, 1]
    assert {unit.get_zorder() for unit in (first, second, third)} == {3}
    order = {text.get_text(): text.get_zorder() for text in ax.texts}
    assert order == {"1.5": 3, "-1.5": 3, "a": 4, "b": 4, "c": 4, "b = 0.5": 4}
    plain = [text.get_text() for text in ax.texts if text.get_bbox_patch() is None]
    assert plain == ["a", "b", "c"]  # the others have a ground, since lines run below them


def test_lines_have_the_colour_of_their_sign():
    ax = draw_network([3, 1], weights=[[[1.5], [-1.5], [0.0]]])
    colours = [line.get_color() for line in ax.get_lines()[:3]]
    assert colours == [COLORS[0], COLORS[1], COLORS[0]]
    assert [line.get_linestyle() for line in ax.get_lines()[:3]] == ["-", "--", "-"]
    (line, *_) = draw_network([1, 1]).get_lines()
    assert (line.get_color(), line.get_linestyle(), line.get_linewidth()) == ("#999999", "-", 1)


def test_all_of_a_drawing_is_within_its_axes():
    ax = draw_network([4, 2])
    assert (ax.get_xlim(), ax.get_ylim()) == ((-0.5, 2.9), (-2.1, 2))
    ax = draw_graph(NODES, EDGES)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-0.5, 4.5), (-0.6, 1.6))


def test_values_stand_above_their_edge_and_gradients_below():
    ax = draw_graph(NODES, EDGES)
    places = {t.get_text(): (t.get_position(), t.get_va(), t.get_color()) for t in ax.texts}
    assert places["2"] == ((0, 7), "bottom", COLORS[0])
    assert places["0.5"] == ((0, -7), "top", COLORS[1])
    assert {text.get_zorder() for text in ax.texts[-4:]} == {4}
    assert {node.get_zorder() for node in ax.get_lines()} == {3}
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert {arrow.get_zorder() for arrow in arrows} == {1}
    assert {arrow.arrow_patch.shrinkA for arrow in arrows} == {20}
    assert {arrow.arrow_patch.shrinkB for arrow in arrows} == {20}


@image
def test_image_network() -> Figure:
    return textbook().figure


@image
def test_image_graph() -> Figure:
    return draw_graph(NODES, EDGES).figure
