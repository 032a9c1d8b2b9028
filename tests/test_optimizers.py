"""Every optimizer: steps worked by hand, memory, weight decay, and what is refused."""

import math
import re

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import optimizers
from course_utils.optimizers import OPTIMIZERS, SGD, Adam, Momentum, Optimizer, optimizer

SMALL = settings(max_examples=20, derandomize=True, deadline=None, database=None)
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def exactly(message):
    return f"^{re.escape(message)}$"


def step(optimizer, theta, *gradients, decay_mask=None):
    """theta after one step a gradient."""
    theta = np.array(theta, dtype=np.float64)
    for gradient in gradients:
        optimizer.step(theta, np.array(gradient, dtype=np.float64), decay_mask)
    return theta


# Descent, over the registry


def steps_to_minimum(optimizer, curvature, limit=5000):
    """Steps until all of theta is within 1e-3 of the minimum of 1/2 sum c (theta - target)^2."""
    target = np.array([1.0, -2.0])
    theta = np.zeros(2)
    for count in range(limit):
        if np.abs(theta - target).max() < 1e-3:
            return count
        optimizer.step(theta, curvature * (theta - target))
    pytest.fail(f"{optimizer!r} is at {theta} after {limit} steps")


# lr is stable for a curvature of 1, and after division by 100 for a curvature of 100.
ROUND, LONG = np.array([1.0, 1.0]), np.array([1.0, 100.0])


@every_optimizer
def test_a_parabola_is_minimised(name):
    assert 1 <= steps_to_minimum(OPTIMIZERS[name](lr=0.1), ROUND) < 500


@every_optimizer
def test_an_ill_conditioned_parabola_is_minimised_more_slowly(name):
    slow = steps_to_minimum(OPTIMIZERS[name](lr=0.01), LONG)
    assert slow > steps_to_minimum(OPTIMIZERS[name](lr=0.1), ROUND)


@every_optimizer
def test_the_minimum_stays_where_it_is(name):
    assert step(OPTIMIZERS[name](lr=0.1), [1.0, -2.0], [0, 0], [0, 0]).tolist() == [1, -2]


# Steps worked by hand

MOMENTUM = {"lr": 0.1, "momentum": 0.5}
ADAM = {"lr": 0.1, "beta1": 0.5, "beta2": 0.75, "eps": 0.5}


@pytest.mark.parametrize(
    ("kind", "options", "gradients", "expected"),
    [
        # 1 - 0.1 * 2
        (SGD, {"lr": 0.1}, [2], 0.8),
        # no memory: 0.8 - 0.1 * -4
        (SGD, {"lr": 0.1}, [2, -4], 1.2),
        # v = -0.1 * 2
        (Momentum, MOMENTUM, [2], 0.8),
        # v = 0.5 * -0.2 - 0.1 * 4 = -0.5
        (Momentum, MOMENTUM, [2, 4], 0.3),
        # v = 0.5 * -0.5 - 0.1 * 0 = -0.25: it goes on by itself
        (Momentum, MOMENTUM, [2, 4, 0], 0.05),
        # momentum 0.9 by default: v = -0.2, then 0.9 * -0.2 - 0.1 * 4 = -0.58
        (Momentum, {"lr": 0.1}, [2, 4], 0.22),
        (Momentum, {"lr": 0.1, "momentum": 0}, [2, -4], 1.2),
        # m = 0.5 * 2 = 1, m^ = 1 / (1 - 0.5) = 2; v = 0.25 * 4 = 1, v^ = 1 / (1 - 0.75) = 4;
        # 1 - 0.1 * 2 / (2 + 0.5)
        (Adam, ADAM, [2], 0.92),
        # m = 0.5 * 1 + 0.5 * -2 = -0.5, m^ = -0.5 / (1 - 0.25) = -2/3;
        # v = 0.75 * 1 + 0.25 * 4 = 1.75, v^ = 1.75 / (1 - 0.5625) = 4; + 0.1 * 2/3 / 2.5
        (Adam, ADAM, [2, -2], 0.92 + 2 / 75),
        # m^ = g and v^ = g^2 after one step, whatever the betas: lr * 3 / (3 + 1e-8)
        (Adam, {"lr": 0.1}, [3], 1 - 0.3 / (3 + 1e-8)),
        # lr = 0.001 by default
        (Adam, {}, [-3], 1 + 0.003 / (3 + 1e-8)),
        # eps counts where the gradient is as small: 0.1 * 1e-8 / (1e-8 + 1e-8)
        (Adam, {"lr": 0.1}, [1e-8], 0.95),
        # beta1 = 0.9: m = 0.9 * 0.1 * 1 + 0.1 * 3 = 0.39, m^ = 0.39 / 0.19;
        # beta2 = 0.999: v = 0.999 * 0.001 + 0.001 * 9 = 0.009999, v^ = 0.009999 / 0.001999
        (Adam, {"lr": 0.1, "eps": 0}, [1, 3], 0.9 - 0.1 * 39 / 19 / math.sqrt(9.999 / 1.999)),
        # beta1 = beta2 = 0: the sign of the gradient alone
        (Adam, {"lr": 0.25, "beta1": 0, "beta2": 0, "eps": 0}, [7, -0.1], 1),
    ],
)
def test_steps_by_hand(kind, options, gradients, expected):
    optimizer = kind(**options)
    theta = step(optimizer, [1, 1], *([g, g] for g in gradients))
    # 1e-11: Adam's defaults 1 - 0.999 and 1 - 0.999^2 keep 13 digits of 16
    np.testing.assert_allclose(theta, [expected] * 2, rtol=1e-11)
    assert optimizer.steps == len(gradients)


@pytest.mark.parametrize(
    ("kind", "options", "state"),
    [
        (SGD, {"lr": 0.1}, {}),
        (Momentum, MOMENTUM, {"velocity": [-0.5, 0.5]}),
        # m = 0.5 * 1 + 0.5 * 4, v = 0.75 * 1 + 0.25 * 16
        (Adam, ADAM, {"mean": [2.5, -2.5], "square": [4.75, 4.75]}),
    ],
)
def test_the_memory_lies_in_state(kind, options, state):
    optimizer = kind(**options)
    assert optimizer.state == {}
    assert optimizer.steps == 0
    step(optimizer, [1, 1], [2, -2])
    vectors = dict(optimizer.state)
    step(optimizer, [1, 1], [4, -4])
    assert optimizer.steps == 2
    assert list(optimizer.state) == list(optimizer.remembers) == list(state)
    for name, expected in state.items():
        np.testing.assert_allclose(optimizer.state[name], expected, rtol=1e-15)
        assert optimizer.state[name] is vectors[name]  # updated in place


@every_optimizer
def test_elements_do_not_mix(name):
    gradients = np.random.default_rng(0).normal(size=(5, 4))
    together = step(OPTIMIZERS[name](lr=0.1), np.ones(4), *gradients)
    for i in range(4):
        alone = step(OPTIMIZERS[name](lr=0.1), np.ones(1), *gradients[:, i : i + 1])
        assert alone[0] == pytest.approx(together[i], rel=1e-14)


@every_optimizer
def test_the_learning_rate_may_change_between_steps(name):
    constant, changed = OPTIMIZERS[name](lr=0.1), OPTIMIZERS[name](lr=0.1)
    theta, other = np.ones(3), np.ones(3)
    gradient = np.array([1.0, -2.0, 3.0])
    constant.step(theta, gradient)
    changed.lr = 0.3
    changed.step(other, gradient)
    # every first step is proportional to lr
    np.testing.assert_allclose(other - 1, 3 * (theta - 1), rtol=1e-14)
    assert (constant.lr, changed.lr) == (0.1, 0.3)


# Memory and types, over the registry


@every_optimizer
@SMALL
@given(npst.array_shapes(min_dims=1, max_dims=1), st.sampled_from([np.float32, np.float64]))
def test_dtype_and_shape_stay(name, shape, dtype):
    theta, gradient = np.ones(shape, dtype), np.full(shape, 0.5, dtype)
    view = theta[:]
    descent = OPTIMIZERS[name](lr=np.float64(0.125), weight_decay=np.float64(0.5))
    for _ in range(2):
        assert descent.step(theta, gradient, np.ones(shape, bool)) is None
    assert theta.dtype == dtype
    assert all(vector.dtype == dtype for vector in descent.state.values())
    assert all(vector.shape == shape for vector in descent.state.values())
    np.testing.assert_array_equal(view, theta)
    assert (theta < 1).all()


@every_optimizer
def test_a_step_is_in_place_and_the_gradient_is_not_touched(name):
    whole = np.ones(6)
    theta, gradient, mask = whole[2:5], np.array([1.0, -2.0, 0.5]), np.array([True, False, True])
    descent = OPTIMIZERS[name](lr=0.1, weight_decay=0.5)
    for _ in range(2):
        descent.step(theta, gradient, mask)
    assert (whole[[0, 1, 5]] == 1).all()
    assert (whole[2:5] != 1).all()
    assert gradient.tolist() == [1, -2, 0.5]
    assert mask.tolist() == [True, False, True]


@every_optimizer
def test_float32_steps_are_those_of_float64(name):
    gradients = np.random.default_rng(1).normal(size=(20, 5))
    exact = step(OPTIMIZERS[name](lr=0.1), np.ones(5), *gradients)
    theta, descent = np.ones(5, np.float32), OPTIMIZERS[name](lr=0.1)
    for gradient in gradients:
        descent.step(theta, gradient.astype(np.float32))
    # twenty steps of numbers up to about 2, each rounded a few times
    np.testing.assert_allclose(theta, exact, rtol=0, atol=100 * np.finfo(np.float32).eps)


# Weight decay


@every_optimizer
@pytest.mark.parametrize("mask", [None, [True, False, True]])
def test_weight_decay_adds_the_gradient_of_the_penalty(name, mask):
    decayed, plain = OPTIMIZERS[name](lr=0.1, weight_decay=0.5), OPTIMIZERS[name](lr=0.1)
    theta = np.array([1.0, -2.0, 3.0])
    other = theta.copy()
    mask = None if mask is None else np.array(mask)
    for gradient in np.array([[0.5, 1.0, -1.0], [1.0, -1.0, 2.0]]):
        penalised = gradient + 0.5 * other * (1 if mask is None else mask)
        plain.step(other, penalised)
        decayed.step(theta, gradient, mask)
        np.testing.assert_allclose(theta, other, rtol=1e-14)


def test_weight_decay_by_hand():
    # grad + 0.5 theta = [2.5, -5]: [1 - 0.25, -2 + 0.5]
    theta = step(SGD(lr=0.1, weight_decay=0.5), [1, -2], [2, -4])
    np.testing.assert_allclose(theta, [0.75, -1.5], rtol=1e-15)
    # only the first decays: -2 - 0.1 * -4
    mask = np.array([True, False])
    theta = step(SGD(lr=0.1, weight_decay=0.5), [1, -2], [2, -4], decay_mask=mask)
    np.testing.assert_allclose(theta, [0.75, -1.6], rtol=1e-15)


@every_optimizer
def test_nothing_decays_by_default(name):
    descent = OPTIMIZERS[name](lr=0.1)
    assert descent.weight_decay == 0
    mask = np.array([True])
    assert step(descent, [5.0], [0.0], decay_mask=mask).tolist() == [5]


# What is refused


@every_optimizer
@pytest.mark.parametrize(
    "lr", [0, -0.1, math.nan, math.inf, -math.inf, "0.1", None, 1j, [0.1], np.array([0.1])]
)
def test_a_learning_rate_that_is_no_number_above_0_is_refused(name, lr):
    message = f"the learning rate lr must be a number above 0; got {lr!r}."
    with pytest.raises(ValueError, match=exactly(message)):
        OPTIMIZERS[name](lr=lr)
    descent = OPTIMIZERS[name](lr=0.1)
    with pytest.raises(ValueError, match=exactly(message)):
        descent.lr = lr
    assert descent.lr == 0.1


@pytest.mark.parametrize("lr", [1e-300, 2, np.float32(0.5), np.int64(3)])
def test_every_number_above_0_is_a_learning_rate(lr):
    assert type(SGD(lr).lr) is float
    assert SGD(lr).lr == lr


@pytest.mark.parametrize(
    ("name", "setting", "limit", "good"),
    [
        ("Momentum", "momentum", "1", [0, 0.999, np.float32(0.5)]),
        ("Adam", "beta1", "1", [0, 0.999]),
        ("Adam", "beta2", "1", [0, 0.999]),
        ("Adam", "eps", "inf", [0, 1, 1e300]),
        *((name, "weight_decay", "inf", [0, 1, 1e300]) for name in OPTIMIZERS),
    ],
)
def test_a_setting_out_of_range_is_refused(name, setting, limit, good):
    too_large = 1 if limit == "1" else math.inf
    for value in (-0.1, too_large, math.nan, "a", None, 1j, [0.5]):
        message = f"{setting} must be at least 0 and below {limit}; got {value!r}."
        with pytest.raises(ValueError, match=exactly(message)):
            OPTIMIZERS[name](lr=0.1, **{setting: value})
    for value in good:
        kept = getattr(OPTIMIZERS[name](lr=0.1, **{setting: value}), setting)
        assert type(kept) is float
        assert kept == value


def mismatch(theta, grad, before):
    return (
        f"theta has shape {theta}, grad {grad}, the steps before {before}: they must be equal. "
        "An optimizer remembers one network; make a new one for another."
    )


@every_optimizer
@pytest.mark.parametrize("shape", [(2,), (1,), (3, 1), ()])
def test_a_gradient_of_another_shape_is_refused(name, shape):
    descent, theta = OPTIMIZERS[name](lr=0.1), np.ones(3)
    message = mismatch("(3,)", shape, "(3,)")
    with pytest.raises(ValueError, match=exactly(message)):
        descent.step(theta, np.ones(shape))
    assert theta.tolist() == [1, 1, 1]
    assert descent.steps == 0
    assert descent.state == {}


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if OPTIMIZERS[name].remembers])
def test_a_second_network_is_refused(name):
    descent = OPTIMIZERS[name](lr=0.1)
    descent.step(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match=exactly(mismatch("(2,)", "(2,)", "(3,)"))):
        descent.step(np.ones(2), np.ones(2))
    assert descent.steps == 1


# The base class and the decorator


def test_the_base_class_has_no_step_of_its_own():
    with pytest.raises(NotImplementedError):
        Optimizer(lr=0.1).step(np.ones(1), np.ones(1))


@pytest.mark.parametrize(
    ("descent", "text"),
    [
        (SGD(lr=0.1), "SGD(lr=0.1)"),
        (Momentum(1), "Momentum(lr=1)"),
        (Adam(), "Adam(lr=0.001)"),
    ],
)
def test_its_repr_shows_the_learning_rate(descent, text):
    assert repr(descent) == text


def test_positional_arguments_stand_in_the_documented_order():
    assert vars(SGD(0.1, 0.2)) == {"_lr": 0.1, "weight_decay": 0.2, "steps": 0, "state": {}}
    momentum = Momentum(0.1, 0.2, 0.3)
    assert (momentum.lr, momentum.momentum, momentum.weight_decay) == (0.1, 0.2, 0.3)
    adam = Adam(0.1, 0.2, 0.3, 0.4, 0.5)
    assert (adam.lr, adam.beta1, adam.beta2) == (0.1, 0.2, 0.3)
    assert (adam.eps, adam.weight_decay) == (0.4, 0.5)


def test_the_defaults_are_those_of_the_papers():
    assert Momentum(0.1).momentum == 0.9
    adam = Adam()
    assert (adam.lr, adam.beta1, adam.beta2, adam.eps) == (0.001, 0.9, 0.999, 1e-8)


def test_the_decorator_registers_a_subclass(monkeypatch):
    monkeypatch.setattr(OPTIMIZERS, "_entries", dict(OPTIMIZERS._entries))

    @optimizer
    class SignDescent(Optimizer):
        def _update(self, theta, grad):
            theta -= self.lr * np.sign(grad)

    assert OPTIMIZERS["SignDescent"] is SignDescent
    assert step(SignDescent(lr=0.5), [1.0], [9.0]).tolist() == [0.5]


def test_all_names_every_optimizer():
    assert optimizers.__all__ == ["OPTIMIZERS", "Optimizer", "optimizer", *OPTIMIZERS]
    assert all(issubclass(OPTIMIZERS[name], Optimizer) for name in OPTIMIZERS)
