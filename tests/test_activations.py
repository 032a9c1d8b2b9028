"""Every activation: values, derivative, types, extremes, `out=`.

Most tests run over `ACTIVATIONS`, so a newly registered function is covered by itself.
"""

import math

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import activations
from course_utils.activations import ACTIVATIONS, activation, softmax
from tests.closeness import FUNCTION, assert_close
from tests.messages import says

SMALL = settings(max_examples=10, derandomize=True, deadline=None, database=None)
FLOATS = (np.float32, np.float64)


def other_values(function):
    """For each number among the hyperparameters, a value that is not the default."""
    defaults = function.hyperparameters.items()
    return {name: 1.5 * v + 0.1 for name, v in defaults if isinstance(v, int | float)}


# (name, hyperparameters): each function with its defaults, and once with other values.
CASES = [pytest.param(name, {}, id=name) for name in ACTIVATIONS] + [
    pytest.param(name, other, id=f"{name}-other")
    for name, function in ACTIVATIONS.items()
    if (other := other_values(function))
]
every_case = pytest.mark.parametrize(("name", "hyperparameters"), CASES)
every_function = pytest.mark.parametrize("name", ACTIVATIONS)
every_float = pytest.mark.parametrize("dtype", FLOATS)


def away_from_kinks(function, z, distance=1e-3):
    """The values of z from which a finite difference does not step over a kink."""
    for kink in function.kinks:
        z = z[np.abs(z - kink) > distance]
    return z


@pytest.fixture
def own_registry(monkeypatch):
    """What a test registers is gone after it."""
    monkeypatch.setattr(ACTIVATIONS, "_entries", dict(ACTIVATIONS._entries))
    return ACTIVATIONS


# The derivative, over the registry


@every_case
def test_gradient_equals_finite_differences(name, hyperparameters):
    f = ACTIVATIONS[name]
    # 120 points leave 0 out, where a curvature may jump (that of the softsign does)
    z = away_from_kinks(f, np.linspace(-6, 6, 120))
    above, below = z + 6e-6, z - 6e-6
    numerical = (f(above, **hyperparameters) - f(below, **hyperparameters)) / (above - below)
    by_hand = f.derivative(z, f(z, **hyperparameters), **hyperparameters)
    # with h = 6e-6, h^2 is cut off, and values up to 6 are rounded: 6 eps / h
    np.testing.assert_allclose(by_hand, numerical, rtol=0, atol=1e-8)


@every_case
def test_gradient_in_float32_is_that_of_float64(name, hyperparameters):
    f = ACTIVATIONS[name]
    z = away_from_kinks(f, np.linspace(-6, 6, 121)).astype(np.float32)
    z64 = z.astype(np.float64)
    a = f(z64, **hyperparameters)
    exact = f.derivative(z64, a, **hyperparameters)
    single = f.derivative(z, f(z, **hyperparameters), **hyperparameters)
    # 1 - a^2 and the like subtract numbers near 1; then a times beta, at most 1.6, may multiply it
    assert_close(single, exact, terms=2 * FUNCTION + 4, size=1.6 * (1 + np.abs(a)))


# Types, over the registry


@every_case
@every_float
def test_dtype_is_kept(name, hyperparameters, dtype):
    f = ACTIVATIONS[name]
    z = np.linspace(-2, 2, 5, dtype=dtype)
    a = f(z, **hyperparameters)
    assert a.dtype == dtype
    assert f.derivative(z, a, **hyperparameters).dtype == dtype


@every_case
@pytest.mark.parametrize("as_numpy", [np.float64, np.array, np.int64])
def test_dtype_is_not_widened_by_numpy_hyperparameters(name, hyperparameters, as_numpy):
    f = ACTIVATIONS[name]
    z = np.linspace(-2, 2, 5, dtype=np.float32)
    hyperparameters = {key: as_numpy(value) for key, value in hyperparameters.items()}
    a = f(z, **hyperparameters)
    assert a.dtype == np.float32
    assert f.derivative(z, a, **hyperparameters).dtype == np.float32


@every_function
@pytest.mark.parametrize(
    "z",
    [[-2, 0, 1], (-2, 0, 1), np.array([-2, 0, 1], np.int8), np.array([-2, 0, 1], np.int64)],
)
def test_dtype_of_whole_numbers_becomes_float64(name, z):
    f = ACTIVATIONS[name]
    expected = f(np.array([-2.0, 0.0, 1.0]))
    a = f(z)
    assert a.dtype == np.float64
    np.testing.assert_array_equal(a, expected)
    slope = f.derivative(z, a)
    assert slope.dtype == np.float64
    np.testing.assert_array_equal(slope, f.derivative(np.array([-2.0, 0.0, 1.0]), expected))


@every_function
@pytest.mark.parametrize("z", [np.array([False, True]), np.array([0, 1], np.uint8)])
def test_dtype_of_booleans_and_bytes_becomes_float64(name, z):
    f = ACTIVATIONS[name]
    a = f(z)
    assert a.dtype == np.float64
    np.testing.assert_array_equal(a, f(np.array([0.0, 1.0])))


@every_function
@pytest.mark.parametrize(
    ("z", "kind"),
    [
        (["1"], "<U1"),
        ("1", "<U1"),
        ([1j], "complex128"),
        ([{}], "object"),
    ],
)
def test_dtype_that_is_no_real_number_is_refused(name, z, kind):
    message = f"^expected real numbers; got an array of type {kind}[.,] "
    f = ACTIVATIONS[name]
    with pytest.raises(TypeError, match=message):
        f(z)
    with pytest.raises(TypeError, match=message):
        f.derivative(z, np.ones(1))
    with pytest.raises(TypeError, match=message):
        f.derivative(np.ones(1), z)


@every_function
@SMALL
@given(
    npst.arrays(
        st.sampled_from([np.float32, np.float64, np.int8, np.uint8, np.int64, np.bool_]),
        npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
        elements={"min_value": 0, "max_value": 1},
    )
)
def test_dtype_and_shape_follow_from_the_input(name, z):
    f = ACTIVATIONS[name]
    before = z.copy()
    a = f(z)
    slope = f.derivative(z, a)
    expected = z.dtype if z.dtype.kind == "f" else np.float64
    assert (a.shape, a.dtype) == (z.shape, expected)
    assert (slope.shape, slope.dtype) == (z.shape, expected)
    np.testing.assert_array_equal(z, before)


# Extremes, over the registry


@pytest.mark.filterwarnings("error")
@every_case
@every_float
def test_extreme_input_gives_finite_values_without_warnings(name, hyperparameters, dtype):
    f = ACTIVATIONS[name]
    z = np.array([-1000, -100, -0.0, 0.0, 100, 1000], dtype)
    a = f(z, **hyperparameters)
    assert np.isfinite(a).all()
    assert np.isfinite(f.derivative(z, a, **hyperparameters)).all()


@pytest.mark.filterwarnings("error")
@every_float
@pytest.mark.parametrize(
    ("name", "values", "slopes"),
    [
        ("identity", (-1000, 1000), (1, 1)),
        ("step_function", (0, 1), (0, 0)),
        ("sigmoid", (0, 1), (0, 0)),
        ("tanh", (-1, 1), (0, 0)),
        ("relu", (0, 1000), (0, 1)),
        ("leaky_relu", (-10, 1000), (0.01, 1)),
        ("prelu", (-250, 1000), (0.25, 1)),
        ("rrelu", (-1000 * 11 / 48, 1000), (11 / 48, 1)),
        ("elu", (-1, 1000), (0, 1)),
        ("swish", (0, 1000), (0, 1)),
        ("softplus", (0, 1000), (0, 1)),
        ("gelu", (0, 1000), (0, 1)),
    ],
)
def test_extreme_input_gives_the_limits(name, values, slopes, dtype):
    f = ACTIVATIONS[name]
    z = np.array([-1000, 1000], dtype)
    a = f(z)
    size = np.maximum(1, np.abs(values))
    assert_close(a, values, terms=FUNCTION + 2, size=size)
    assert_close(f.derivative(z, a), slopes, terms=FUNCTION + 2, size=size)


# Memory, over the registry


@every_case
@every_float
def test_input_is_not_modified(name, hyperparameters, dtype):
    f = ACTIVATIONS[name]
    z = np.linspace(-2, 2, 5, dtype=dtype)
    a = f(z, **hyperparameters)
    f.derivative(z, a, **hyperparameters)
    assert not np.shares_memory(a, z)
    np.testing.assert_array_equal(z, np.linspace(-2, 2, 5, dtype=dtype))
    np.testing.assert_array_equal(a, f(z, **hyperparameters))


@every_case
@every_float
def test_out_is_filled_and_returned(name, hyperparameters, dtype):
    f = ACTIVATIONS[name]
    z = np.linspace(-2, 2, 6, dtype=dtype).reshape(2, 3)
    out = np.full_like(z, np.nan)
    assert f(z, out=out, **hyperparameters) is out
    np.testing.assert_array_equal(out, f(z, **hyperparameters))
    np.testing.assert_array_equal(z, np.linspace(-2, 2, 6, dtype=dtype).reshape(2, 3))


@every_case
@every_float
def test_out_may_be_the_input(name, hyperparameters, dtype):
    f = ACTIVATIONS[name]
    z = np.linspace(-2, 2, 5, dtype=dtype)
    expected = f(z, **hyperparameters)
    assert f(z, out=z, **hyperparameters) is z
    np.testing.assert_array_equal(z, expected)


@every_function
def test_out_may_be_a_column_of_a_larger_array(name):
    f = ACTIVATIONS[name]
    table = np.zeros((5, 2))
    z = np.linspace(-2, 2, 5)
    f(z, out=table[:, 1])
    # Strided and contiguous loops of NumPy may round differently.
    assert_close(table[:, 1], f(z), terms=FUNCTION + 2)
    assert not table[:, 0].any()


@every_case
@pytest.mark.parametrize("z", [-0.5, 2, np.float32(-0.5), np.array(-0.5)])
def test_a_scalar_gives_a_scalar(name, hyperparameters, z):
    f = ACTIVATIONS[name]
    expected = np.float32 if isinstance(z, np.float32) else np.float64
    in_array = np.array([z], expected)
    a = f(z, **hyperparameters)
    assert type(a) is expected
    assert a == f(in_array, **hyperparameters)[0]
    slope = f.derivative(z, a, **hyperparameters)
    assert type(slope) is expected
    assert slope == f.derivative(in_array, in_array * 0 + a, **hyperparameters)[0]


# Values by formula

LN2, LN3 = math.log(2), math.log(3)
PHI_1 = (1 + math.erf(1 / math.sqrt(2))) / 2  # the normal distribution function at 1
DENSITY_1 = math.exp(-1 / 2) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize(
    ("name", "hyperparameters", "z", "value", "slope"),
    [
        ("identity", {}, -3.0, -3.0, 1),
        ("step_function", {}, -0.5, 0, 0),
        ("step_function", {}, 0.0, 0, 0),
        ("step_function", {}, 0.5, 1, 0),
        ("sigmoid", {}, 0.0, 1 / 2, 1 / 4),
        ("sigmoid", {}, LN3, 3 / 4, 3 / 16),  # e^-z = 1/3
        ("sigmoid", {}, -LN3, 1 / 4, 3 / 16),
        ("tanh", {}, 0.0, 0, 1),
        ("tanh", {}, LN2, 3 / 5, 16 / 25),  # (2 - 1/2) / (2 + 1/2)
        ("relu", {}, -2.0, 0, 0),
        ("relu", {}, 0.0, 0, 0),
        ("relu", {}, 3.0, 3, 1),
        ("leaky_relu", {}, -2.0, -0.02, 0.01),
        ("leaky_relu", {}, 0.0, 0, 0.01),
        ("leaky_relu", {}, 3.0, 3, 1),
        ("leaky_relu", {"alpha": 0.5}, -2.0, -1, 0.5),
        ("prelu", {}, -2.0, -0.5, 0.25),
        ("prelu", {}, 0.0, 0, 0.25),
        ("prelu", {}, 3.0, 3, 1),
        ("prelu", {"alpha": 0.5}, -2.0, -1, 0.5),
        ("rrelu", {}, -2.0, -11 / 24, 11 / 48),  # (1/8 + 1/3) / 2 = 11/48
        ("rrelu", {}, 0.0, 0, 11 / 48),
        ("rrelu", {}, 3.0, 3, 1),
        ("rrelu", {"lower": 0.2, "upper": 0.4}, -2.0, -0.6, 0.3),
        ("elu", {}, -LN2, -1 / 2, 1 / 2),
        ("elu", {}, 0.0, 0, 1),
        ("elu", {}, 3.0, 3, 1),
        ("elu", {"alpha": 2.0}, -LN2, -1, 1),
        ("elu", {"alpha": 2.0}, 0.0, 0, 2),
        ("elu", {"alpha": 2.0}, 3.0, 3, 1),
        ("swish", {}, 0.0, 0, 1 / 2),
        ("swish", {}, LN3, 3 / 4 * LN3, 3 / 4 + 3 / 16 * LN3),  # s + z s (1 - s), s = 3/4
        ("swish", {"beta": 2.0}, LN3 / 2, 3 / 8 * LN3, 3 / 4 + 3 / 16 * LN3),
        ("swish", {"beta": 0.0}, 3.0, 3 / 2, 1 / 2),
        ("softplus", {}, 0.0, LN2, 1 / 2),
        ("softplus", {}, LN3, 2 * LN2, 3 / 4),
        ("gelu", {}, 0.0, 0, 1 / 2),
        ("gelu", {}, 1.0, PHI_1, PHI_1 + DENSITY_1),
        ("gelu", {}, -1.0, PHI_1 - 1, 1 - PHI_1 - DENSITY_1),
    ],
)
def test_value_and_derivative_at_known_points(name, hyperparameters, z, value, slope):
    f = ACTIVATIONS[name]
    a = f(z, **hyperparameters)
    assert_close(a, value, terms=FUNCTION + 4, size=max(1, abs(value)))
    slope_found = f.derivative(z, a, **hyperparameters)
    assert_close(slope_found, slope, terms=2 * FUNCTION + 4, size=max(1, abs(slope)))


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("step_function", lambda z: np.where(z > 0, 1.0, 0.0)),
        ("sigmoid", scipy.special.expit),
        ("tanh", lambda z: 2 * scipy.special.expit(2 * z) - 1),
        ("relu", lambda z: np.where(z > 0, z, 0)),
        ("leaky_relu", lambda z: np.where(z > 0, z, 0.01 * z)),
        ("prelu", lambda z: np.where(z > 0, z, 0.25 * z)),
        ("elu", lambda z: np.where(z > 0, z, np.exp(z) - 1)),
        ("swish", lambda z: z * scipy.special.expit(z)),
        ("softplus", lambda z: np.log(1 + np.exp(z))),
        ("gelu", lambda z: z * (1 + scipy.special.erf(z / np.sqrt(2))) / 2),
    ],
)
def test_value_equals_the_textbook_formula(name, formula):
    z = np.linspace(-6, 6, 121)
    # the textbook's own exp(z) - 1 and 1 + erf subtract numbers near 1; then z may multiply it
    size = np.maximum(1, np.abs(z))
    assert_close(ACTIVATIONS[name](z), formula(z), terms=2 * FUNCTION + 3, size=size)


@pytest.mark.parametrize(
    ("name", "hyperparameters", "z", "value"),
    [
        # each textbook formula in the comment would give 0 here
        ("softplus", {}, -40.0, math.exp(-40)),  # log(1 + exp(-40))
        ("elu", {}, -1e-20, -1e-20),  # exp(-1e-20) - 1
        ("gelu", {}, -10.0, -10 * scipy.special.ndtr(-10)),  # z (1 + erf(z / sqrt 2)) / 2
        ("sigmoid", {}, -40.0, math.exp(-40)),
    ],
)
def test_value_keeps_its_digits_where_the_textbook_formula_cancels(name, hyperparameters, z, value):
    # gelu's erfc(x) falls as exp(-x^2): a rounding of x = 10 / sqrt 2 counts 2 x^2 = 100 times
    assert_close(ACTIVATIONS[name](z, **hyperparameters), value, terms=2 * FUNCTION + 100)


@pytest.mark.parametrize("name", ["leaky_relu", "prelu"])
def test_hyperparameters_may_stand_without_their_name(name):
    assert ACTIVATIONS[name](-2.0, 0.5) == -1
    assert ACTIVATIONS[name](np.ones(1, np.float32), np.float64(0.5)).dtype == np.float32


def test_prelu_takes_one_slope_a_feature():
    z = np.array([[-1, -1], [2, -2]], np.float32)
    alpha = np.array([0.25, 0.5])
    a = activations.prelu(z, alpha=alpha)
    assert a.dtype == np.float32
    assert a.tolist() == [[-0.25, -0.5], [2, -1]]
    slope = activations.prelu.derivative(z, a, alpha=alpha)
    assert slope.dtype == np.float32
    assert slope.tolist() == [[0.25, 0.5], [1, 0.5]]
    assert alpha.dtype == np.float64


@pytest.mark.parametrize(
    ("name", "kinks", "hyperparameters"),
    [
        ("identity", (), {}),
        ("step_function", (0,), {}),
        ("sigmoid", (), {}),
        ("tanh", (), {}),
        ("relu", (0,), {}),
        ("leaky_relu", (0,), {"alpha": 0.01}),
        ("prelu", (0,), {"alpha": 0.25}),
        ("rrelu", (0,), {"lower": 1 / 8, "upper": 1 / 3, "rng": None}),
        ("elu", (0,), {"alpha": 1.0}),
        ("swish", (), {"beta": 1.0}),
        ("softplus", (), {}),
        ("gelu", (), {}),
    ],
)
def test_kinks_and_hyperparameters_stand_on_the_function(name, kinks, hyperparameters):
    assert ACTIVATIONS[name].kinks == kinks
    assert ACTIVATIONS[name].hyperparameters == hyperparameters


@every_function
def test_the_registered_function_keeps_its_name_and_says_what_it_is(name):
    f = ACTIVATIONS[name]
    assert f.__name__ == name
    assert f.__doc__
    assert f.formula
    assert "$" not in f.formula


def test_all_names_every_activation_and_softmax():
    registered = [name for name in ACTIVATIONS if hasattr(activations, name)]
    assert activations.__all__ == ["ACTIVATIONS", "activation", "softmax", *registered]
    assert "softmax" not in ACTIVATIONS


# The decorator


def test_the_decorator_registers_and_returns_the_same_function(own_registry):
    @activation(derivative=lambda z, a, power: power * z ** (power - 1), formula="z^p", kinks=[2])
    def power_law(z, power=2, out=None):
        return np.power(z, power, out=out)

    assert own_registry["power_law"] is power_law
    assert power_law.formula == "z^p"
    assert power_law.kinks == (2,)
    assert power_law.hyperparameters == {"power": 2}
    assert power_law([3]).tolist() == [9]
    assert power_law([3], power=3).tolist() == [27]
    assert power_law.derivative([3], [9]).tolist() == [6]
    assert power_law.derivative([3], [27], power=3).tolist() == [27]


def test_the_decorator_takes_no_kinks_by_default(own_registry):
    @activation(derivative=lambda z, a: 2 * z, formula="z^2")
    def square(z, out=None):
        return np.square(z, out=out)

    assert square.kinks == ()
    assert square.hyperparameters == {}


def test_the_decorator_refuses_a_name_that_is_taken(own_registry):
    def relu(z, out=None):
        return np.maximum(z, 0, out=out)

    message = says("activation 'relu'", "already", "another name")
    with pytest.raises(ValueError, match=message):
        activation(derivative=lambda z, a: z, formula="z")(relu)


# rrelu, with its random slopes


@every_float
def test_rrelu_draws_slopes_between_its_bounds(dtype):
    z = np.full(1000, -2, dtype)
    a = activations.rrelu(z, lower=0.2, upper=0.6, rng=np.random.default_rng(0))
    slopes = a / z
    assert a.dtype == dtype
    # rounding to float32 may touch the bounds themselves
    assert slopes.min() >= dtype(0.2)
    assert slopes.max() <= dtype(0.6)
    # the mean of 1000 draws from U(0.2, 0.6) has a standard deviation of 0.4 / sqrt(12000)
    assert slopes.mean() == pytest.approx(0.4, abs=4 * 0.4 / math.sqrt(12000))
    assert len(np.unique(slopes)) > 900


@every_float
def test_rrelu_derivative_is_the_slope_that_was_drawn(dtype):
    z = np.array([[-2, 3, -0.5], [0, -1, 1]], dtype)
    drawn = np.random.default_rng(5).uniform(0.2, 0.6, z.shape).astype(dtype)
    rng = np.random.default_rng(5)
    a = activations.rrelu(z, lower=0.2, upper=0.6, rng=rng)
    np.testing.assert_array_equal(a, np.where(z > 0, z, drawn * z))
    slope = activations.rrelu.derivative(z, a, lower=0.2, upper=0.6, rng=rng)
    expected = np.where(z > 0, 1, np.where(z < 0, drawn, dtype(0.4)))
    assert slope.dtype == dtype
    assert_close(slope, expected, terms=2)  # a product, and the quotient that undoes it


def test_rrelu_leaves_positive_values_alone_whatever_it_draws():
    z = np.array([0.0, 1.0, 5.0])
    assert activations.rrelu(z, rng=np.random.default_rng(0)).tolist() == [0, 1, 5]


def test_rrelu_is_reproducible_and_draws_anew_each_time():
    z = np.full(50, -1.0)
    rng = np.random.default_rng(3)
    first, second = activations.rrelu(z, rng=rng), activations.rrelu(z, rng=rng)
    np.testing.assert_array_equal(first, activations.rrelu(z, rng=np.random.default_rng(3)))
    assert (first != second).all()


def test_rrelu_draws_from_a_seed_what_its_generator_draws():
    z = np.full(50, -1.0)
    expected = activations.rrelu(z, rng=np.random.default_rng(3))
    np.testing.assert_array_equal(activations.rrelu(z, rng=3), expected)


def test_rrelu_with_rng_may_write_over_its_input():
    z = np.array([-1.0, 2.0, -3.0])
    expected = activations.rrelu(z, rng=np.random.default_rng(1))
    assert activations.rrelu(z, rng=np.random.default_rng(1), out=z) is z
    np.testing.assert_array_equal(z, expected)


def test_rrelu_draws_for_a_scalar_too():
    a = activations.rrelu(-1.0, rng=np.random.default_rng(0))
    assert type(a) is np.float64
    assert -1 / 3 <= a <= -1 / 8
    assert activations.rrelu.derivative(-1.0, a) == -a


# softmax


@pytest.mark.parametrize(
    "z",
    [
        np.array([0.0, 1.0, 2.0]),
        np.array([[0.0, 1.0, 2.0], [3.0, -4.0, 0.5]]),
        np.array([[7.0]]),
        np.random.default_rng(0).normal(scale=10, size=(20, 10)),
    ],
)
def test_softmax_equals_scipy(z):
    before = z.copy()
    p = softmax(z)
    # exp passes a rounding of its exponent on as often as that is large
    terms = 2 * (FUNCTION + np.ptp(z)) + z.shape[-1] + 1
    assert_close(p, scipy.special.softmax(z, axis=-1), terms=terms, size=p)
    log_p = scipy.special.log_softmax(z, axis=-1)
    assert_close(np.log(p), log_p, terms=terms + FUNCTION, size=np.maximum(1, np.abs(log_p)))
    np.testing.assert_array_equal(z, before)


def test_softmax_by_hand():
    # e^0 : e^ln2 : e^ln5 = 1 : 2 : 5
    p = softmax([0, math.log(2), math.log(5)])
    assert_close(p, [1 / 8, 2 / 8, 5 / 8], terms=2 * FUNCTION + 4)


def test_softmax_works_along_rows():
    p = softmax([[0.0, math.log(3)], [0.0, 0.0]])
    assert_close(p, [[0.25, 0.75], [0.5, 0.5]], terms=2 * FUNCTION + 3)


@SMALL
@given(
    npst.arrays(
        np.float64,
        npst.array_shapes(min_dims=1, max_dims=2, max_side=6),
        elements=st.floats(-1000, 1000),
    ),
    st.floats(-1000, 1000),
)
def test_softmax_rows_sum_to_1_and_a_shift_changes_nothing(z, shift):
    p = softmax(z)
    assert p.shape == z.shape
    assert (p >= 0).all()
    n = z.shape[-1]
    assert_close(p.sum(axis=-1), np.ones(z.shape[:-1]), terms=2 * n + 1)
    # z + shift, up to 2000, is rounded too: exp passes that on 2000 times, above and below the line
    assert_close(softmax(z + shift), p, terms=2 * (FUNCTION + n + 2000), size=p)


@pytest.mark.filterwarnings("error")
@every_float
def test_softmax_at_1000_neither_overflows_nor_warns(dtype):
    p = softmax(np.array([[1000, 1000], [1000, -1000], [-1000, -1000]], dtype))
    assert p.dtype == dtype
    assert p.tolist() == [[0.5, 0.5], [1, 0], [0.5, 0.5]]


@pytest.mark.parametrize("z", [[0, 0], np.array([0, 0], np.uint8), np.array([False, False])])
def test_softmax_of_whole_numbers_is_float64(z):
    p = softmax(z)
    assert p.dtype == np.float64
    assert p.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("z", [1.0, np.float32(1), np.array(2)])
def test_softmax_refuses_a_scalar(z):
    message = says("softmax", "a vector or rows", "got a single number")
    with pytest.raises(ValueError, match=message):
        softmax(z)


@pytest.mark.parametrize("z", [["a"], [1j], [None]])
def test_softmax_refuses_what_is_no_real_number(z):
    with pytest.raises(TypeError, match=r"^expected real numbers; got an array of type "):
        softmax(z)


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([-np.inf, 0.0], [0.0, 1.0]),
        ([[-np.inf, 0.0, 0.0], [1.0, -np.inf, -np.inf]], [[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]]),
    ],
)
def test_softmax_where_a_class_is_ruled_out(logits, expected):
    np.testing.assert_array_equal(softmax(logits), expected)


def test_softmax_does_not_hide_nan():
    assert np.isnan(softmax([np.nan, 0.0])).all()
