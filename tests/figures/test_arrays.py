"""Drawn arrays show every number, where it stands, and what is repeated or marked."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from course_utils import draw_broadcast, draw_means, draw_product, draw_reading
from course_utils.figures.arrays import MARKED, PAPER, REPEATED

X = np.array([[50.0, 2.0], [80.0, 3.0], [110.0, 4.0]])
W = np.array([[1.0, 0.0, 0.1], [0.0, 1.0, 10.0]])


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def written(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def boxes(ax, background):
    """What stands in the boxes with one background, in the order in which they were drawn."""
    words = {tuple(np.round(text.get_position(), 3)): text.get_text() for text in ax.texts}
    middles = [
        np.round(box.get_xy() + np.array([box.get_width(), box.get_height()]) / 2, 3)
        for box in ax.patches
        if to_hex(box.get_facecolor()) == to_hex(background)
    ]
    return [words[tuple(middle)] for middle in middles]


def test_means_stand_at_the_ends_of_their_axes():
    ax = draw_means(X)
    assert boxes(ax, PAPER) == [
        *("50", "2", "80", "3", "110", "4"),  # the table
        *("80", "3"),  # along axis 0
        *("26", "41.5", "57"),  # along axis 1
    ]
    said = ["X, (3, 2)", "X.mean(axis=0), (2,)", "X.mean(axis=1), (3,)", "axis 0", "axis 1"]
    assert sorted(written(ax))[-5:] == said
    first, last = ax.patches[0], ax.patches[4]
    assert first.get_x() == last.get_x()
    assert first.get_y() < last.get_y()
    bottom, top = ax.get_ylim()
    assert bottom > top  # the first row is on top


@pytest.mark.parametrize(
    ("B", "repeated"),
    [
        (X.mean(axis=0), ["80", "3", "80", "3"]),
        (X[:1], ["50", "2", "50", "2"]),
        (X[:, :1], ["50", "80", "110"]),
        (7.0, ["7"] * 5),
    ],
    ids=["a row", "one row", "one column", "a number"],
)
def test_what_broadcasting_repeats_is_grey(B, repeated):
    ax = draw_broadcast(X, B, "-")
    assert boxes(ax, REPEATED) == repeated
    result = [f"{value:.4g}" for value in (X - B).ravel()]
    assert boxes(ax, PAPER)[-6:] == result
    assert [text for text in written(ax) if text in "-="] == ["-", "="]
    assert [text for text in written(ax) if "(" in text] == [
        "(3, 2)",
        str(np.shape(B)),
        "(3, 2)",
    ]


@pytest.mark.parametrize(
    ("sign", "result"), [("+", "6"), ("-", "2"), ("*", "8"), ("/", "2")], ids=str
)
def test_each_sign_does_what_it_says(sign, result):
    assert boxes(draw_broadcast([4.0], [2.0], sign), PAPER) == ["4", "2", result]


@pytest.mark.parametrize(("i", "j"), [(0, 2), (2, 0)])
def test_a_row_and_a_column_meet_in_one_element(i, j):
    ax = draw_product(X, W, i, j)
    marked = [*X[i], *W[:, j], (X @ W)[i, j]]
    assert boxes(ax, MARKED) == [f"{value:.4g}" for value in marked]
    assert len(boxes(ax, PAPER)) == X.size + W.size + 9 - len(marked)
    assert [text for text in written(ax) if "(" in text] == [
        "X, (3, 2)",
        "W, (2, 3)",
        "X @ W, (3, 3)",
    ]


def test_a_reading_shows_image_numbers_and_answer():
    image = np.arange(100).reshape(10, 10)
    seen, stored, answered = draw_reading(image, [0.004, 0.746, 0.25], corner=(1, 2))
    assert np.array_equal(seen.images[0].get_array(), image)
    assert written(stored) == [str(value) for value in image[1:9, 2:].ravel()]
    light = [text.get_text() for text in stored.texts if text.get_color() == "black"]
    assert light == [str(value) for value in image[1:9, 2:].ravel() if value <= 49.5]
    assert [bar.get_width() for bar in answered.patches] == [0.004, 0.746, 0.25]
    assert written(answered) == ["75%", "25%"]
    assert seen.patches[0].get_bbox().bounds == (1.5, 0.5, 8, 8)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: draw_means([1.0, 2.0]), r"X must have two axes.*got an array of shape \(2,\)"),
        (lambda: draw_means(np.ones((9, 2))), r"1 to 8 rows.*\(9, 2\).*\[:4, :4\]"),
        (lambda: draw_means(np.ones((0, 2))), r"1 to 8 rows.*\(0, 2\)"),
        (lambda: draw_broadcast(X, X[0], "%"), r"one of \+, -, \*, /; got '%'"),
        (lambda: draw_broadcast(X, [1, 2, 3], "+"), r"\(3, ?2\).*\(3,\)"),
        (lambda: draw_broadcast(np.ones((2, 2, 2)), 1, "+"), r"two axes.*\(2, 2, 2\)"),
        (lambda: draw_product(X, X, 0, 0), r"needs W of shape \(2, m\); got \(3, 2\)"),
        (lambda: draw_product(X, W, 3, 0), r"below the shape \(3, 3\); got \(3, 0\)"),
        (lambda: draw_product(X, W, 0, -1), r"below the shape \(3, 3\); got \(0, -1\)"),
        (lambda: draw_reading([1.0], [1.0], (0, 0)), r"two axes; got an array of shape \(1,\)"),
        (
            lambda: draw_reading(np.ones((10, 10)), [1.0], (0, 3)),
            r"from \(0, 3\) on do not lie in an image of \(10, 10\); the corner may be up to "
            r"\(2, 2\)",
        ),
    ],
)
def test_what_can_not_be_drawn_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
