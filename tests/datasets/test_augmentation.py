"""Shifted images: each of the moves, the same for all channels, zeros at the border."""

import numpy as np
import pytest

from course_utils import shift_images


def moved(image, down, right):
    """The image moved by slices, with zeros where nothing comes in."""
    result = np.zeros_like(image)
    height, width = image.shape
    rows = slice(max(down, 0), height + min(down, 0))
    columns = slice(max(right, 0), width + min(right, 0))
    source_rows = slice(max(-down, 0), height + min(-down, 0))
    source_columns = slice(max(-right, 0), width + min(-right, 0))
    result[rows, columns] = image[source_rows, source_columns]
    return result


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_every_move_occurs_and_nothing_else(limit, dtype):
    image = np.arange(1, 21, dtype=dtype).reshape(5, 4)
    steps = range(-limit, limit + 1)
    moves = {moved(image, down, right).tobytes() for down in steps for right in steps}
    images = shift_images(np.repeat(image[None], 500, axis=0), np.random.default_rng(0), limit)
    assert images.dtype == dtype
    assert {image.tobytes() for image in images} == moves
    assert len(moves) == (2 * limit + 1) ** 2


def test_every_move_is_equally_likely():
    image = np.arange(1, 13).reshape(3, 4)
    images = shift_images(np.repeat(image[None], 9000, axis=0), np.random.default_rng(0))
    _, counts = np.unique(images, axis=0, return_counts=True)
    assert len(counts) == 9
    assert abs(counts - 1000).max() < 5 * np.sqrt(1000 * 8 / 9)  # five standard deviations


def test_channels_move_together():
    X = np.random.default_rng(0).normal(size=(20, 1, 4, 5)) * np.array([1, 10])[:, None, None]
    shifted = shift_images(X, np.random.default_rng(1))
    assert shifted.shape == (20, 2, 4, 5)
    np.testing.assert_array_equal(shifted[:, 1], 10 * shifted[:, 0])
    assert not np.array_equal(shifted, X)


def test_all_axes_before_the_last_two_move_together():
    films = np.random.default_rng(0).normal(size=(20, 3, 2, 4, 5))
    images = films.reshape(20, 6, 4, 5)
    expected = shift_images(images, np.random.default_rng(1)).reshape(films.shape)
    np.testing.assert_array_equal(shift_images(films, np.random.default_rng(1)), expected)


def test_the_input_is_not_modified_and_the_generator_decides():
    X = np.random.default_rng(0).normal(size=(9, 4, 5))
    before = X.copy()
    one, same, other = (shift_images(X, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(X, before)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.shares_memory(one, X)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.ones((5, 784)),), ValueError, r"\(N, ..., height, width\); got \(5, 784\).*Flatten"),
        ((np.ones((5, 4, 4)), 0), ValueError, "limit must be at least 1; got 0"),
        ((np.ones((5, 4, 4)), 1.5), TypeError, "limit must be a whole number"),
    ],
)
def test_what_cannot_be_shifted_is_refused(arguments, error, message):
    X, *rest = arguments
    with pytest.raises(error, match=message):
        shift_images(X, np.random.default_rng(0), *rest)


def test_a_seed_shifts_as_its_generator_does():
    images = np.arange(48.0).reshape(3, 4, 4)
    expected = shift_images(images, np.random.default_rng(3))
    np.testing.assert_array_equal(shift_images(images, 3), expected)
