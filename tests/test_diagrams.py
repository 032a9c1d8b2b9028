"""Drawn networks and graphs show every weight, value and gradient."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from course_utils import diagrams, draw_graph, draw_network, init_network

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
    ],
)
def test_what_does_not_fit_the_sizes_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        draw_network([2, 3], **options)


def test_a_graph_shows_values_forward_and_gradients_back():
    ax = draw_graph(NODES, EDGES)
    assert written(ax) == ["2", "0.5", "-3.25", "1", "sum", "$x$", "$y$", "+", "$L$"]
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert [(arrow.xyann, arrow.xy) for arrow in arrows] == [
        ((0, 1), (2, 0.5)),
        ((0, 0), (2, 0.5)),
        ((2, 0.5), (4, 0.5)),
    ]


@image
def test_image_network() -> Figure:
    return textbook().figure


@image
def test_image_graph() -> Figure:
    return draw_graph(NODES, EDGES).figure
