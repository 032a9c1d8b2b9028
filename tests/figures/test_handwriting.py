"""Drawings: strokes become ink where they run, and ink becomes an image as MNIST's were made."""

from itertools import product

import numpy as np
import pytest

from course_utils import (
    DIGIT_STROKES,
    center_digit,
    draw_strokes,
    load_mnist,
    predict,
    predict_proba,
)
from tests.messages import says


@pytest.fixture(scope="module")
def mnist():
    return load_mnist()


def center_of_mass(image):
    mass = image.astype(float)
    return [mass.sum(axis=1 - k) @ np.arange(28) / mass.sum() for k in (0, 1)]


def extent(image):
    """Height and width of the ink."""
    return [np.ptp(np.flatnonzero(image.any(axis=axis))) + 1 for axis in (1, 0)]


def moved(strokes, factor=1.0, shift=(0, 0)):
    return [np.multiply(stroke, factor) + shift for stroke in strokes]


def difference(image, other):
    """The mean difference, of 255; images are moved by whole pixels, so one may lie beside."""
    moves = product((-1, 0, 1), repeat=2)
    shifted = (np.roll(image.astype(int), move, axis=(0, 1)) for move in moves)
    return min(np.abs(image - other).mean() for image in shifted)


def enlarged(image, factor=10, top=0, left=0, side=400):
    """An image with each pixel as a square, laid somewhere on a larger sheet."""
    sheet = np.zeros((side, side), image.dtype)
    large = image.repeat(factor, axis=0).repeat(factor, axis=1)
    sheet[top : top + len(large), left : left + len(large)] = large
    return sheet


digits = pytest.mark.parametrize("strokes", DIGIT_STROKES.values(), ids=DIGIT_STROKES)


# -- images as MNIST's ------------------------------------------------------------------------


def test_images_of_mnist_drawn_large_and_anywhere_come_back_as_they_were(mnist, pixel_network):
    images, labels = mnist.test_images[:1000], mnist.test_labels[:1000]
    rng = np.random.default_rng(7)
    places = rng.integers(0, 121, (len(images), 2))
    again = [
        center_digit(enlarged(image, top=top, left=left))
        for image, (top, left) in zip(images, places, strict=True)
    ]
    assert np.array_equal(again, images)
    accuracy = np.mean(predict(pixel_network, np.reshape(again, (-1, 784))) == labels)
    assert accuracy == np.mean(predict(pixel_network, images.reshape(-1, 784)) == labels)


@pytest.mark.parametrize("factor", [3.7, 7.25, 13.4])
def test_the_network_reads_images_of_any_size(mnist, pixel_network, factor):
    """Resampled at whole pixels: sizes that are no multiple of 28 cost less than a per cent."""
    images, labels = mnist.test_images[:1000], mnist.test_labels[:1000]
    nearest = (np.arange(int(28 * factor)) / factor).astype(int)
    again = [center_digit(image[np.ix_(nearest, nearest)]) for image in images]
    accuracy = np.mean(predict(pixel_network, np.reshape(again, (-1, 784))) == labels)
    before = np.mean(predict(pixel_network, images.reshape(-1, 784)) == labels)
    assert abs(accuracy - before) < 0.01


@digits
def test_the_longer_side_is_20_and_the_centre_of_mass_in_the_middle(strokes):
    image = center_digit(draw_strokes(strokes))
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert max(extent(image)) == 20
    assert np.abs(np.subtract(center_of_mass(image), 14)).max() <= 0.5 + 1e-3  # of rounding ink


@digits
@pytest.mark.parametrize("shift", [(-20, 3), (11.3, -12.7)])
def test_where_it_is_drawn_does_not_matter(strokes, shift):
    drawing = draw_strokes(strokes, size=280)
    still = center_digit(drawing)
    assert np.array_equal(center_digit(np.pad(drawing, ((31, 0), (7, 50)))), still)
    image = center_digit(draw_strokes(moved(strokes, shift=shift), size=280))
    assert difference(image, still) < 1.5  # moved between pixels, edges are smoothed otherwise


@digits
@pytest.mark.parametrize(("size", "limit"), [(70, 5), (140, 1.5), (560, 1.5), (1001, 1.5)])
def test_the_size_of_the_drawing_does_not_matter(strokes, size, limit):
    """Smooth edges are a pixel wide at any size: the smaller the drawing, the wider they are."""
    image = center_digit(draw_strokes(strokes, size=size))
    assert difference(image, center_digit(draw_strokes(strokes, size=280))) < limit


@pytest.mark.parametrize("factor", [0.4, 1.2])
def test_small_and_large_digits_are_read(factor, pixel_network):
    """A digit drawn small has thick strokes, for the pen stays as it is."""
    for digit, strokes in DIGIT_STROKES.items():
        drawing = draw_strokes(moved(strokes, factor, shift=np.full(2, 50 * (1 - factor))))
        P = predict_proba(pixel_network, center_digit(drawing).reshape(1, -1))
        assert P.argmax() == digit


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((200, 10), [20, 1]),
        ((10, 200), [1, 20]),
        ((60, 60), [20, 20]),
        ((1, 1), [20, 20]),
        ((90, 31), [20, 7]),
        ((7, 5), [20, 15]),
    ],
)
def test_the_aspect_ratio_is_kept(shape, expected):
    drawing = np.zeros((300, 300), np.uint8)
    drawing[3 : 3 + shape[0], 50 : 50 + shape[1]] = 255
    image = center_digit(drawing)
    assert extent(image) == expected
    area = (20 / max(shape)) ** 2 * shape[0] * shape[1]
    assert abs(image.sum() / 255 - area) < 0.01 * area


def test_new_pixels_are_means_of_the_area_that_they_cover():
    drawing = np.zeros((40, 30))
    drawing[0, 0] = drawing[-1, -1] = 255  # 2 x 2 pixels become one
    drawing[10, 10], drawing[11, 11] = 100, 200
    image = center_digit(drawing)
    assert sorted(image[image > 0]) == [64, 64, 75]


def test_nothing_is_pushed_over_the_edge():
    """A heavy end with a long tail: its centre of mass would need it to stick out."""
    drawing = np.zeros((200, 200), np.uint8)
    drawing[:60, :60] = 255
    drawing[60:200, 28:32] = 40
    image = center_digit(drawing)
    assert extent(image)[0] == 20
    assert center_of_mass(image)[0] < 13
    assert image[-1].any()


@pytest.mark.parametrize("shape", [(280, 280), (5, 9), (28, 28)])
def test_an_empty_drawing_is_an_empty_image(shape):
    image = center_digit(np.zeros(shape))
    assert image.shape == (28, 28)
    assert not image.any()


def test_a_drawing_may_be_a_list():
    drawing = draw_strokes(DIGIT_STROKES[3])
    assert np.array_equal(center_digit(drawing.tolist()), center_digit(drawing))


def test_a_drawing_is_not_changed():
    drawing = draw_strokes(DIGIT_STROKES[3])
    before = drawing.copy()
    center_digit(drawing)
    assert np.array_equal(drawing, before)


@pytest.mark.parametrize(
    ("drawing", "error", "message"),
    [
        (np.zeros((1, 28, 28)), ValueError, r"shape \(H, W\); got \(1, 28, 28\)"),
        (np.zeros((0, 28)), ValueError, r"got \(0, 28\)"),
        (np.full((9, 9), 256), ValueError, "from 0 to 255; got 256 to 256"),
        (np.full((9, 9), -1.0), ValueError, "from 0 to 255; got -1.0 to -1.0"),
        (np.full((9, 9), np.nan), ValueError, "from 0 to 255; got nan"),
        (np.full((9, 9), "x"), TypeError, "numbers from 0 to 255; got type <U1"),
        (np.full((9, 9), True), TypeError, "numbers from 0 to 255; got type bool"),
    ],
)
def test_what_is_no_drawing_is_refused(drawing, error, message):
    with pytest.raises(error, match=message):
        center_digit(drawing)


# -- strokes ----------------------------------------------------------------------------------


@digits
def test_the_network_reads_the_stored_digits(strokes, pixel_network):
    digit = next(digit for digit, known in DIGIT_STROKES.items() if known is strokes)
    P = predict_proba(pixel_network, center_digit(draw_strokes(strokes)).reshape(1, -1))
    assert P.argmax() == digit
    assert P.max() > 0.99


@pytest.mark.parametrize("size", [60, 140, 301])
def test_a_dot_and_a_line_have_the_area_of_a_round_pen(size):
    radius, length = size / 24, 0.5 * size
    dot = draw_strokes([[(50, 50)]], size).sum() / 255
    line = draw_strokes([[(30, 50), (60, 90)]], size).sum() / 255
    # The edge is smooth by its distance only: on a small circle that is not quite the area.
    dot_area = np.pi * radius**2
    assert abs(dot - dot_area) < 0.03 * dot_area
    line_area = dot_area + 2 * radius * length
    assert abs(line - line_area) < 0.01 * line_area


def test_strokes_that_cross_add_no_ink_above_full():
    cross = [[(20, 50), (80, 50)], [(50, 20), (50, 80)]]
    both = draw_strokes(cross)
    assert np.array_equal(both, np.maximum(*(draw_strokes([stroke]) for stroke in cross)))


def test_what_lies_outside_is_cut_off():
    inside = draw_strokes([[(-50, 50), (150, 50)]], size=48)
    assert (inside[23:25] == 255).all()
    assert not draw_strokes([[(-50, 50), (-20, 50)], [(1e9, 1e9)]]).any()


def test_no_stroke_is_no_ink():
    assert draw_strokes([]).shape == (140, 140)
    assert not draw_strokes([]).any()


@pytest.mark.parametrize(
    ("strokes", "error", "message"),
    [
        ([(10, 20), (30, 40)], ValueError, r"stroke 0 must hold points .*; got shape \(2,\)"),
        ([[(1, 2)], [(1, 2, 3)]], ValueError, r"stroke 1 must hold points .* got shape \(1, 3\)"),
        ([[]], ValueError, r"got shape \(0,\)"),
        ([[(np.nan, 3)]], ValueError, "stroke 0"),
        ([[(50, 50)], [(50, np.inf)]], ValueError, says("stroke 1", "finite")),
        ([[("a", "b")]], ValueError, "could not convert string"),
    ],
)
def test_what_is_no_stroke_is_refused(strokes, error, message):
    with pytest.raises(error, match=message):
        draw_strokes(strokes)


def test_a_size_below_one_is_refused():
    with pytest.raises(ValueError, match="size must be at least 1; got 0"):
        draw_strokes([], size=0)
