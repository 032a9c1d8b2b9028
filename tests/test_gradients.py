"""The gradient checker: right gradients pass, wrong ones never do."""

import copy

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import Activation, BatchNorm, Dense, Dropout, Sequential, gradients
from course_utils.activations import ACTIVATIONS
from course_utils.gradients import check_gradient, gradient_report, numerical_gradient
from course_utils.losses import LOSSES
from tests.closeness import FUNCTION, assert_close
from tests.messages import says

SMALL = settings(max_examples=25, derandomize=True, deadline=None, database=None)
A = np.array([[1.0, 2.0], [0.0, 3.0]])  # not symmetric: a transposed gradient shows


def squares(x):
    return float(np.sum(np.square(x)))


def form(X):
    """sum_ij A_ij X_ij^3, with the gradient 3 A_ij X_ij^2."""
    return float(np.sum(A * X**3))


def form_gradient(X):
    return 3 * A * X**2


X = np.array([[1.0, -2.0], [0.5, 3.0]])


# numerical_gradient


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (squares, [3, 4], [6, 8]),
        (squares, np.array([3, 4], np.uint8), [6, 8]),
        (squares, [True, False], [2, 0]),
        (squares, np.array([3, 4], np.float32), [6, 8]),
        (squares, 3, 6),
        (squares, [[1.0], [-2.0]], [[2], [-4]]),
        (form, X, form_gradient(X)),
        (lambda x: float(np.exp(x[0]) * np.sin(x[1])), [0, 0], [0, 1]),
        # far from 1 the step grows with x: 1e8 + 6e-6 would lose 4 digits of the step
        (squares, [1e8, -1e8], [2e8, -2e8]),
        (lambda x: 5.0, [1.0, 2.0], [0, 0]),
    ],
)
def test_numerical_gradient_equals_the_derivative(f, x, expected):
    gradient = numerical_gradient(f, x)
    assert gradient.dtype == np.float64
    assert gradient.shape == np.shape(x)
    # h = 6e-6 max(1, x): h^2 of a third derivative is cut off, and f is rounded, eps f / h
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-9)


def test_numerical_gradient_of_a_parabola_is_exact_whatever_the_step():
    # ((x + h)^2 - (x - h)^2) / 2h = 2x; with h = 1/4 nothing is rounded
    assert numerical_gradient(squares, [3.0, -0.5], step=1 / 4).tolist() == [6, -1]


@pytest.mark.parametrize(
    ("x", "step", "points"),
    [
        (0.5, 1 / 4, [0.75, 0.25]),  # h = step * max(1, 1/2)
        (1.0, 1 / 4, [1.25, 0.75]),
        (-4.0, 1 / 4, [-3.0, -5.0]),  # h = step * 4
        (0.0, gradients.STEP, [gradients.STEP, -gradients.STEP]),
    ],
)
def test_the_function_is_asked_one_step_above_and_below(x, step, points):
    asked = []
    numerical_gradient(lambda x: asked.append(float(x[0])) or 0.0, [x], step)
    assert asked == points


def test_the_step_is_the_cube_root_of_the_machine_epsilon():
    asked = []
    numerical_gradient(lambda x: asked.append(float(x[0])) or 0.0, [0.0])
    assert_close(asked[0], 6.0554544523933395e-06, terms=FUNCTION)


def test_each_element_moves_alone():
    asked = []
    numerical_gradient(lambda x: asked.append(x.tolist()) or 0.0, [1.0, 2.0], step=1 / 8)
    assert asked == [[1.125, 2], [0.875, 2], [1, 2.25], [1, 1.75]]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_the_callers_array_is_not_modified(dtype):
    x = np.array([3, 4], dtype)

    def f(copy):
        assert x.tolist() == [3, 4]
        assert not np.shares_memory(copy, x)
        return squares(copy)

    numerical_gradient(f, x)
    check_gradient(f, x, [6, 8])
    assert x.tolist() == [3, 4]
    assert x.dtype == dtype


@pytest.mark.parametrize("x", [["a"], [1j], [None]])
def test_what_is_no_real_number_is_refused(x):
    with pytest.raises(TypeError, match=r"^expected real numbers; got an array of type "):
        numerical_gradient(squares, x)


@SMALL
@given(
    npst.arrays(
        st.sampled_from([np.float64, np.int64, np.uint8]),
        npst.array_shapes(min_dims=0, max_dims=3, max_side=3),
        elements={"min_value": 0, "max_value": 100},
    )
)
def test_every_shape_and_type_gives_the_gradient_in_float64(x):
    gradient = numerical_gradient(lambda x: float(np.sum(np.sin(x))), x)
    assert gradient.dtype == np.float64
    assert gradient.shape == x.shape
    # sums of up to 27 sines are rounded to 27 eps, and divided by a step of 6e-6 or more
    np.testing.assert_allclose(gradient, np.cos(x.astype(float)), rtol=1e-6, atol=1e-6)


# check_gradient


@pytest.mark.parametrize(
    ("f", "x", "gradient"),
    [
        (squares, [3.0, 4.0], [6.0, 8.0]),
        (squares, [3, 4], [6, 8]),
        (squares, 3.0, 6.0),
        (form, X, form_gradient(X)),
        (squares, np.zeros(3), np.zeros(3)),
        (squares, np.zeros((0, 3)), np.zeros((0, 3))),
    ],
)
def test_a_right_gradient_passes(f, x, gradient):
    error = check_gradient(f, x, gradient)
    assert type(error) is float
    assert 0 <= error < 1e-8


@pytest.mark.parametrize(
    ("wrong", "count", "place", "by_hand", "numerical"),
    [
        (2 * form_gradient(X), 3, "(1, 1)", "162", "81"),
        (-form_gradient(X), 3, "(1, 1)", "-81", "81"),
        (form_gradient(X).T, 2, "(0, 1)", "0", "24"),
        (form_gradient(X) + np.array([[0, 1e-4], [0, 0]]), 1, "(0, 1)", "24.0001", "24"),
        (np.where(X == 0.5, np.nan, form_gradient(X)), 1, "(1, 0)", "nan", "0"),
        (np.where(X == 0.5, np.inf, form_gradient(X)), 1, "(1, 0)", "inf", "0"),
        (np.zeros((2, 2)), 3, "(1, 1)", "0", "81"),
    ],
    ids=["factor 2", "sign", "transposed", "one element", "NaN", "infinite", "zero"],
)
def test_a_wrong_gradient_fails_and_the_worst_element_is_shown(
    wrong, count, place, by_hand, numerical
):
    values = f": {by_hand} by hand", f"{numerical} by finite differences"
    with pytest.raises(AssertionError, match=says(f"{count} of 4", f"worst at {place}", *values)):
        check_gradient(form, X, wrong)


def test_right_elements_are_never_the_worst():
    # element 0 is off by 5 and within its tolerance of 1e-6 * 2e7 = 20; element 1 is not
    gradient = [2e7 + 5, 2.001]
    with pytest.raises(AssertionError, match=r"at 1 of 2 elements; worst at \(1,\): 2.001 by hand"):
        check_gradient(squares, [1e7, 1.0], gradient)


@pytest.mark.parametrize(
    ("x", "off", "tolerance", "passes"),
    [
        (1.0, 1e-6, {}, True),  # allowed: 1e-7 + 1e-6 * 2 = 2.1e-6
        (1.0, 2e-6, {}, True),
        (1.0, 2.2e-6, {}, False),
        (0.0, 0.9e-7, {}, True),  # allowed: 1e-7
        (0.0, 1.1e-7, {}, False),
        (1.0, 0.1, {"rtol": 0.06}, True),  # allowed: 0.12
        (1.0, 0.1, {"rtol": 0.04}, False),
        (1.0, 0.1, {"atol": 0.11}, True),
        (1.0, 0.1, {"atol": 0.09}, False),
        (0.0, 0.1, {"rtol": 1.0}, False),
        (0.0, 0.0, {"atol": 0.0}, True),  # the tolerance itself still passes
    ],
)
def test_the_tolerance_is_absolute_plus_relative(x, off, tolerance, passes):
    for gradient in (2 * x + off, 2 * x - off):
        if passes:
            # the error of the whole: off over the larger norm, which is 1e-6 at least
            error = check_gradient(squares, x, gradient, **tolerance)
            expected = off / max(2 * x, gradient, 1e-6)
            assert abs(error - expected) <= 1e-3 * expected
        else:
            with pytest.raises(AssertionError, match="at 1 of 1 elements"):
                check_gradient(squares, x, gradient, **tolerance)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nothing_passes_where_the_function_is_not_finite(value):
    def f(x):
        return value if x[0] > 0 else 0.0

    with pytest.raises(AssertionError, match=f"worst at \\(0,\\): 1 by hand, {value}"):
        check_gradient(f, [0.0], [1.0])


@pytest.mark.parametrize(
    ("x", "gradient", "wanted", "given"),
    [
        ([1.0, 2.0], [[2.0, 4.0]], "(2,)", "(1, 2)"),
        ([[1.0], [2.0]], [2.0, 4.0], "(2, 1)", "(2,)"),
        ([1.0, 2.0], 2.0, "(2,)", "()"),
        (1.0, [2.0], "()", "(1,)"),
    ],
)
def test_a_gradient_of_another_shape_is_refused(x, gradient, wanted, given):
    with pytest.raises(ValueError, match=says(f"the shape of x, {wanted}", f"got {given}")):
        check_gradient(squares, x, gradient)


def test_a_bar_counts_the_elements(monkeypatch):
    made = []

    class Bar:
        def __init__(self, **options):
            made.append(options)

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            pass

        def update(self, n=1):
            made.append(n)

    monkeypatch.setattr(gradients, "Progress", Bar)
    numerical_gradient(squares, np.ones((2, 3)))
    assert made == [{"total": 6, "unit": "element"}, *[1] * 6]


# gradient_report


@pytest.fixture
def network():
    return Sequential(Dense(3, 4, rng=0), Activation("tanh"), Dense(4, 2, rng=1), input_shape=(3,))


INPUTS = np.array([[1, 2, 0], [0, -1, 3], [2, 2, 1], [-1, 0, 0]])
LABELS = np.array([0, 1, 1, 0])


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", LOSSES["softmax_cross_entropy"]])
def test_the_report_covers_every_parameter_and_the_input(network, loss):
    report = gradient_report(network, INPUTS, LABELS, loss)
    assert list(report) == ["W1", "b1", "W2", "b2", "X"]
    assert all(type(error) is float for error in report.values())
    assert max(report.values()) < 1e-8


def test_the_report_leaves_network_and_inputs_as_they_are(network):
    parameters = network.theta.copy()
    gradient_report(network, INPUTS, LABELS, "softmax_cross_entropy")
    np.testing.assert_array_equal(network.theta, parameters)
    assert network.theta.dtype == np.float32
    assert not network.grad.any()
    assert INPUTS.dtype == np.int64


def test_the_report_leaves_a_network_of_float64_as_it_is_too():
    layers = Dense(3, 4, rng=0), BatchNorm(4), Dropout(0.5, rng=1), Dense(4, 2, rng=2)
    network = Sequential(*layers, dtype=np.float64)
    before, drawn = copy.deepcopy(network), layers[2].rng.bit_generator.state
    gradient_report(network, INPUTS, LABELS, "softmax_cross_entropy", training=True)
    np.testing.assert_array_equal(network.theta, before.theta)
    assert not network.grad.any()
    for name, array in before.state.items():
        np.testing.assert_array_equal(network.state[name], array)
    assert layers[2].rng.bit_generator.state == drawn


@pytest.mark.parametrize(("options", "passes"), [({}, False), ({"training": True}, True)])
def test_the_passes_are_those_of_training_where_that_is_asked_for(options, passes, monkeypatch):
    told, forward = set(), Dropout.forward

    def spy(self, X, training=False, cache=None):
        told.add(training)
        return forward(self, X, training, cache)

    monkeypatch.setattr(Dropout, "forward", spy)
    network = Sequential(Dense(3, 2, rng=0), Dropout(0.5, rng=1))
    gradient_report(network, INPUTS, LABELS, "softmax_cross_entropy", **options)
    assert told == {passes}


def test_the_report_shows_which_gradients_a_wrong_derivative_spoils(network, monkeypatch):
    tanh = ACTIVATIONS["tanh"]
    monkeypatch.setattr(tanh, "derivative", lambda z, a: 2 * (1 - a**2))
    report = gradient_report(network, INPUTS, LABELS, "softmax_cross_entropy")
    # behind the activation nothing is wrong; before it each gradient is twice too large,
    # so its error is half of the larger norm
    assert max(report["W2"], report["b2"]) < 1e-8
    assert [report[name] for name in ("W1", "b1", "X")] == pytest.approx([0.5] * 3, abs=1e-6)


def test_an_unknown_loss_is_refused_with_the_nearest(network):
    with pytest.raises(ValueError, match="did you mean 'cross_entropy'"):
        gradient_report(network, INPUTS, LABELS, "crossentropy")
