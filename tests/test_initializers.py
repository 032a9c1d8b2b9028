"""Initial weights: their spread, type and reproducibility."""

import math
import re

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import initializers
from course_utils.initializers import (
    INITIALIZERS,
    draw_weights,
    fans,
    he,
    he_uniform,
    initializer,
    normal,
    xavier,
    xavier_uniform,
    zeros,
)
from tests.closeness import assert_close

SMALL = settings(max_examples=15, derandomize=True, deadline=None, database=None)
every_initializer = pytest.mark.parametrize("name", INITIALIZERS)


@every_initializer
@SMALL
@given(npst.array_shapes(min_dims=1, max_dims=4, max_side=4), st.sampled_from(["f4", "f8"]))
def test_shape_and_dtype_are_as_asked(name, shape, dtype):
    W = INITIALIZERS[name](shape, 3, 2, np.random.default_rng(0), dtype)
    assert W.shape == shape
    assert W.dtype == np.dtype(dtype)
    assert W.flags.writeable
    assert W.flags.owndata


@every_initializer
def test_float32_is_the_default(name):
    assert INITIALIZERS[name]((2, 3), 2, 3, np.random.default_rng(0)).dtype == np.float32


@every_initializer
def test_arguments_have_names_and_the_same_seed_gives_the_same_weights(name):
    first, again = (
        INITIALIZERS[name](shape=(4, 5), fan_in=4, fan_out=5, rng=np.random.default_rng(7))
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("name", [name for name in INITIALIZERS if name != "zeros"])
def test_the_next_draw_differs(name):
    rng = np.random.default_rng(7)
    first, second = (INITIALIZERS[name]((4, 5), 4, 5, rng) for _ in range(2))
    assert (first != second).all()


def test_zeros_are_zeros():
    assert not zeros((3, 2), 3, 2, rng=None).any()


# With fan_in = 8 and fan_out = 24: he sqrt(2/8), xavier sqrt(2/32)
@pytest.mark.parametrize(
    ("function", "arguments", "scale"),
    [
        (normal, {}, 0.01),
        (normal, {"scale": 3.0}, 3.0),
        (xavier, {}, 1 / 4),
        (he, {}, 1 / 2),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_are_scaled_standard_normal_draws(function, arguments, scale, dtype):
    W = function((8, 24), 8, 24, np.random.default_rng(1), dtype, **arguments)
    draws = np.random.default_rng(1).standard_normal((8, 24))
    # the scale, itself a root of a quotient, and the product, in float32 the draw too
    assert_close(W, scale * draws, terms=5, size=np.abs(scale * draws))


# With fan_in = 8 and fan_out = 24: he_uniform sqrt(6/8), xavier_uniform sqrt(6/32)
@pytest.mark.parametrize(
    ("function", "limit"), [(xavier_uniform, math.sqrt(3) / 4), (he_uniform, math.sqrt(3) / 2)]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_are_uniform_draws_up_to_a_limit(function, limit, dtype):
    W = function((8, 24), 8, 24, np.random.default_rng(1), dtype)
    draws = np.random.default_rng(1).random((8, 24))
    # the draw, 2 draws - 1, the limit, which is a root of a quotient, and the product
    assert_close(W, limit * (2 * draws - 1), terms=6, size=limit)
    assert np.abs(W).max() > 0.98 * limit  # 192 draws: all are below that once in 48


@pytest.mark.parametrize(
    ("function", "gain"), [(xavier, 1), (xavier_uniform, 1), (he, 2), (he_uniform, 2)]
)
def test_the_variance_of_a_signal_is_kept(function, gain):
    # he doubles it: the ReLU behind lets half of the mean square through
    rng = np.random.default_rng(2)
    X = rng.standard_normal((200, 400))
    Z = X @ function((400, 400), 400, 400, rng, np.float64)
    # 80,000 values, correlated within rows and columns: about sqrt(2/200) = 0.1 at the worst
    assert Z.var() == pytest.approx(gain, abs=0.1 * gain)


def test_the_same_draws_serve_every_layer_size():
    wide = he((2, 2), 200, 2, np.random.default_rng(3), np.float64)
    narrow = he((2, 2), 2, 2, np.random.default_rng(3), np.float64)
    # two scales, each a root of a quotient, two products, and the quotient here
    assert_close(narrow / wide, np.full((2, 2), 10), terms=4 + 2 + 1)


@pytest.mark.parametrize(
    ("shape", "expected"), [((784, 50), (784, 50)), ((16, 6, 5, 3), (6 * 15, 16 * 15))]
)
def test_fans_count_what_a_unit_sees_and_feeds(shape, expected):
    assert fans(shape) == expected


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), ()])
def test_weights_of_another_rank_have_no_fans(shape):
    with pytest.raises(ValueError, match=re.escape(f"got {shape}.")):
        fans(shape)


def test_weights_are_drawn_by_name_or_by_function():
    expected = he((4, 2, 3, 3), 18, 36, np.random.default_rng(5), np.float64)
    for init in ("he", he):
        np.testing.assert_array_equal(draw_weights(init, (4, 2, 3, 3), 5, np.float64), expected)
    with pytest.raises(ValueError, match="unknown initializer 'hee'; did you mean 'he'"):
        draw_weights("hee", (2, 2))


def test_drawn_weights_are_float32_unless_another_type_is_asked_for():
    assert draw_weights("he", (2, 3), rng=0).dtype == np.float32


def test_the_decorator_registers_and_returns_the_function(monkeypatch):
    monkeypatch.setattr(INITIALIZERS, "_entries", dict(INITIALIZERS._entries))

    @initializer
    def ones(shape, fan_in, fan_out, rng, dtype=np.float32):
        return np.ones(shape, dtype)

    assert INITIALIZERS["ones"] is ones
    assert ones((2,), 1, 1, None).tolist() == [1, 1]


def test_all_names_every_initializer():
    assert initializers.__all__ == [
        "INITIALIZERS",
        "draw_weights",
        "fans",
        "initializer",
        *INITIALIZERS,
    ]


@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_seed_draws_what_its_generator_draws(name):
    function = INITIALIZERS[name]
    expected = function((3, 4), 3, 4, np.random.default_rng(5))
    np.testing.assert_array_equal(function((3, 4), 3, 4, 5), expected)
