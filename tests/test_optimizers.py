"""Every optimizer: steps worked by hand, memory, schedules, weight decay, and what is refused."""

import copy
import math
import pickle

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import optimizers
from course_utils.optimizers import (
    FORGET_EVERY,
    OPTIMIZERS,
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    Optimizer,
    RMSprop,
    clip_gradient,
    optimizer,
)
from course_utils.schedules import Cosine, StepDecay, Warmup
from tests.closeness import FUNCTION, assert_close
from tests.messages import says

SMALL = settings(max_examples=20, derandomize=True, deadline=None, database=None)
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def without_decay(name, lr=0.1):
    """The optimizer of that name; AdamW alone would pull towards 0."""
    return OPTIMIZERS[name](lr, **({"weight_decay": 0} if name == "AdamW" else {}))


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


# 0.1 is stable for a curvature of 1, 0.01 for one of 100; AdaGrad shortens its steps by itself.
ROUND, LONG = np.array([1.0, 1.0]), np.array([1.0, 100.0])
RATE = dict.fromkeys(OPTIMIZERS, 0.1) | {"AdaGrad": 1.0}


@every_optimizer
def test_a_parabola_is_minimised(name):
    assert 1 <= steps_to_minimum(without_decay(name, RATE[name]), ROUND) < 100


@every_optimizer
def test_an_ill_conditioned_parabola_is_minimised_more_slowly(name):
    slow = steps_to_minimum(without_decay(name, RATE[name] / 10), LONG)
    assert slow > steps_to_minimum(without_decay(name, RATE[name]), ROUND)


@every_optimizer
def test_the_minimum_stays_where_it_is(name):
    assert step(without_decay(name), [1.0, -2.0], [0, 0], [0, 0]).tolist() == [1, -2]


# Steps worked by hand

MOMENTUM = {"lr": 0.1, "momentum": 0.5}
ADAGRAD = {"lr": 0.1, "eps": 0.5}
RMSPROP = {"lr": 0.1, "rho": 0.75, "eps": 0.5}
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
        # v = -0.2: 1 + 0.5 * -0.2 - 0.1 * 2
        (Nesterov, MOMENTUM, [2], 0.7),
        # v = 0.5 * -0.2 - 0.1 * 4 = -0.5: 0.7 + 0.5 * -0.5 - 0.1 * 4
        (Nesterov, MOMENTUM, [2, 4], 0.05),
        # v = 0.5 * -0.5 = -0.25: 0.05 + 0.5 * -0.25
        (Nesterov, MOMENTUM, [2, 4, 0], -0.075),
        # momentum 0.9 by default: 1 + 0.9 * -0.2 - 0.2
        (Nesterov, {"lr": 0.1}, [2], 0.62),
        (Nesterov, {"lr": 0.1, "momentum": 0}, [2, -4], 1.2),
        # h = 9: 1 - 0.1 * 3 / (3 + 0.5)
        (AdaGrad, ADAGRAD, [3], 1 - 0.3 / 3.5),
        # h = 9 + 16: the sum, not a mean
        (AdaGrad, ADAGRAD, [3, -4], 1 - 0.3 / 3.5 + 0.4 / 5.5),
        # lr = 0.01 by default, and the size of the gradient does not count
        (AdaGrad, {"eps": 0}, [-3], 1.01),
        # eps = 1e-10 by default: 0.1 * 1e-10 / (1e-10 + 1e-10)
        (AdaGrad, {"lr": 0.1}, [1e-10], 0.95),
        # h = 0.25 * 4 = 1: 1 - 0.1 * 2 / (1 + 0.5)
        (RMSprop, RMSPROP, [2], 1 - 0.2 / 1.5),
        # h = 0.75 * 1 + 0.25 * 25 = 7
        (RMSprop, RMSPROP, [2, -5], 1 - 0.2 / 1.5 + 0.5 / (math.sqrt(7) + 0.5)),
        # rho = 0.99 by default: h = 0.01 * 9
        (RMSprop, {"lr": 0.1, "eps": 0}, [-3], 2),
        # lr = 0.01 and eps = 1e-8 by default: sqrt(h) = 0.1 * 1e-7
        (RMSprop, {}, [1e-7], 1 - 0.01 * 1e-7 / 2e-8),
        # rho = 0: the sign of the gradient alone
        (RMSprop, {"lr": 0.25, "rho": 0, "eps": 0}, [7, -0.1], 1),
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
        # Adam's steps; before each, 0.1 * 0.5 of theta is lost
        (AdamW, {**ADAM, "weight_decay": 0.5}, [2], 0.95 - 0.08),
        (AdamW, {**ADAM, "weight_decay": 0.5}, [2, -2], 0.95 * 0.87 + 2 / 75),
        # lr = 0.001 and weight_decay = 0.01 by default
        (AdamW, {}, [-3], 1 - 1e-5 + 0.003 / (3 + 1e-8)),
    ],
)
def test_steps_by_hand(kind, options, gradients, expected):
    optimizer = kind(**options)
    theta = step(optimizer, [1, 1], *([g, g] for g in gradients))
    # up to 3 steps of 10 roundings; Adam's 1 - 0.999 is off by an eps of 1, a thousand of itself
    assert_close(theta, [expected] * 2, terms=3 * 10 + 1000, size=1)
    assert optimizer.steps == len(gradients)


@pytest.mark.parametrize(
    ("kind", "options", "state"),
    [
        (SGD, {"lr": 0.1}, {}),
        (Momentum, MOMENTUM, {"velocity": [-0.5, 0.5]}),
        (Nesterov, MOMENTUM, {"velocity": [-0.5, 0.5]}),
        # 4 + 16
        (AdaGrad, ADAGRAD, {"sum_of_squares": [20, 20]}),
        # 0.75 * 1 + 0.25 * 16
        (RMSprop, RMSPROP, {"square": [4.75, 4.75]}),
        # 0.5 * 2 + 4 and 0.75 * 4 + 16
        (Adam, ADAM, {"sum_of_gradients": [5, -5], "sum_of_squares": [19, 19]}),
        (AdamW, ADAM, {"sum_of_gradients": [5, -5], "sum_of_squares": [19, 19]}),
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
        assert_close(optimizer.state[name], expected, terms=4)
        assert optimizer.state[name] is vectors[name]  # updated in place


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [Momentum, Nesterov, RMSprop, Adam, AdamW])
def test_memory_of_a_gradient_long_gone_ends_at_zero(kind, dtype):
    optimizer, theta = kind(lr=0.1), np.zeros(3, dtype)
    optimizer.step(theta, np.array([1, 0, -1], dtype))
    before = theta.copy()
    tiny = np.finfo(dtype).smallest_normal
    for name in optimizer.remembers:
        optimizer.state[name][...] = [tiny / 2, tiny, 1]
    optimizer.steps = FORGET_EVERY - 2
    optimizer.step(theta, np.zeros(3, dtype))
    assert all(vector[:2].all() for vector in optimizer.state.values())
    optimizer.step(theta, np.zeros(3, dtype))
    for vector in optimizer.state.values():
        assert vector[:2].tolist() == [0, 0]
        assert vector[2] > 0.5
    # Such a memory moved nothing: AdamW alone lets weights decay, by 0.1 * 0.01 a step.
    decay = (1 - 0.1 * 0.01) ** 2 if kind is AdamW else 1
    assert_close(theta[:2], before[:2] * decay, terms=6)


@every_optimizer
def test_elements_do_not_mix(name):
    gradients = np.random.default_rng(0).normal(size=(5, 4))
    together = step(OPTIMIZERS[name](lr=0.1), np.ones(4), *gradients)
    for i in range(4):
        alone = step(OPTIMIZERS[name](lr=0.1), np.ones(1), *gradients[:, i : i + 1])
        # 5 steps, each of a few roundings
        assert_close(alone[0], together[i], terms=5 * 10, size=1)


@every_optimizer
def test_the_learning_rate_may_change_between_steps(name):
    constant, changed = OPTIMIZERS[name](lr=0.1), OPTIMIZERS[name](lr=0.1)
    theta, other = np.ones(3), np.ones(3)
    gradient = np.array([1.0, -2.0, 3.0])
    constant.step(theta, gradient)
    changed.lr = 0.3
    changed.step(other, gradient)
    # every first step is proportional to lr
    assert_close(other - 1, 3 * (theta - 1), terms=10, size=3)
    assert (constant.lr, changed.lr) == (0.1, 0.3)


# Memory and types, over the registry


@every_optimizer
@SMALL
@given(npst.array_shapes(min_dims=1, max_dims=1), st.sampled_from([np.float32, np.float64]))
def test_dtype_and_shape_stay(name, shape, dtype):
    theta, gradient = np.ones(shape, dtype), np.full(shape, 0.5, dtype)
    view = theta[:]
    descent = OPTIMIZERS[name](lr=np.float64(0.125))
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
    descent = OPTIMIZERS[name](lr=0.1)
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
    assert_close(theta, exact, terms=20 * 10, size=2)


# Schedules


@every_optimizer
def test_a_schedule_is_the_learning_rate_set_before_each_step(name):
    rates = [0.3, 0.1, 0.2, 0.05]
    scheduled, by_hand = OPTIMIZERS[name](lr=rates.__getitem__), OPTIMIZERS[name](lr=1)
    theta, other = np.ones(3), np.ones(3)
    for gradient, rate in zip(np.random.default_rng(2).normal(size=(4, 3)), rates, strict=True):
        by_hand.lr = rate
        assert scheduled.lr == rate
        scheduled.step(theta, gradient)
        by_hand.step(other, gradient)
        np.testing.assert_array_equal(theta, other)


@every_optimizer
def test_a_schedule_may_reach_0(name):
    descent = OPTIMIZERS[name](lr=lambda t: 0)
    theta = step(descent, [1, -2], [3, -4], [1, 1])
    assert theta.tolist() == [1, -2]
    assert descent.steps == 2
    assert type(descent.lr) is float


@every_optimizer
@pytest.mark.parametrize(
    "answer", [-1e-9, math.nan, math.inf, "0.1", None, SGD, 1j, [0.1], np.array([0.1])]
)
def test_a_schedule_that_answers_no_rate_is_refused_and_nothing_changes(name, answer):
    descent = OPTIMIZERS[name](lr=[0.1, answer].__getitem__)
    theta, gradient = np.ones(3), np.array([1.0, -2.0, 3.0])
    descent.step(theta, gradient)
    before, remembered = theta.copy(), copy.deepcopy(descent.state)
    message = says("schedule", "step 1", "at least 0", "below inf", f"got {answer!r}")
    with pytest.raises(ValueError, match=message):
        descent.step(theta, gradient)
    np.testing.assert_array_equal(theta, before)
    np.testing.assert_equal(descent.state, remembered)
    assert descent.steps == 1


def test_numbers_and_schedules_are_assigned_alike():
    descent = SGD(Cosine(0.2, steps=4))
    descent.steps = 2
    assert_close(descent.lr, 0.1, terms=FUNCTION + 6, size=0.2)
    descent.lr = 0.3
    assert descent.lr == 0.3
    descent.lr = StepDecay(0.8, every=2)
    assert descent.lr == 0.4


@pytest.mark.parametrize("lr", [0.1, Warmup(Cosine(0.3, steps=5), steps=2)])
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
@every_optimizer
def test_a_copy_goes_on_by_itself(name, lr, duplicate):
    gradients = np.random.default_rng(3).normal(size=(6, 3))
    straight = step(OPTIMIZERS[name](lr), np.ones(3), *gradients)
    first = OPTIMIZERS[name](lr)
    half = step(first, np.ones(3), *gradients[:3])
    second = duplicate(first)
    step(first, np.ones(3), *gradients[:3])
    np.testing.assert_array_equal(step(second, half, *gradients[3:]), straight)
    assert repr(second) == repr(first)


def test_a_step_that_fails_is_not_counted():
    class Failing(Optimizer):
        def _update(self, theta, grad):
            raise KeyboardInterrupt

    descent = Failing(lr=0.1)
    with pytest.raises(KeyboardInterrupt):
        descent.step(np.ones(1), np.ones(1))
    assert descent.steps == 0


# Weight decay


@pytest.mark.parametrize("mask", [None, [True, False, True], [False] * 3])
def test_adamw_takes_a_share_of_the_weights_and_then_adams_step(mask):
    adam, adamw = Adam(lr=0.1), AdamW(lr=0.1, weight_decay=0.5)
    mask = None if mask is None else np.array(mask)
    theta = np.array([1.0, -2.0, 3.0])
    for gradient in np.array([[0.5, 1.0, -1.0], [1.0, -1.0, 2.0]]):
        expected = theta * np.where(True if mask is None else mask, 0.95, 1)
        adam.step(expected, gradient)
        adamw.step(theta, gradient, mask)
        assert_close(theta, expected, terms=2 * 4)  # of each of two steps


def test_adamw_decays_at_the_rate_of_the_schedule():
    theta = step(AdamW(lr=[0.2, 0.4].__getitem__, weight_decay=0.5), [1.0], [0.0], [0.0])
    assert_close(theta, [0.9 * 0.8], terms=2 * 4)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "AdamW"])
def test_no_other_optimizer_decays(name):
    mask = np.array([True])
    assert step(OPTIMIZERS[name](lr=0.1), [5.0], [0.0], decay_mask=mask).tolist() == [5]
    with pytest.raises(TypeError, match="weight_decay"):
        OPTIMIZERS[name](lr=0.1, weight_decay=0.1)


# Clipping


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("gradient", "max_norm", "norm", "expected"),
    [
        ([3, -4], 1, 5, [0.6, -0.8]),
        ([3, -4], 10, 5, [3, -4]),
        ([3, -4], 5, 5, [3, -4]),
        ([0, 0], 1, 0, [0, 0]),
        ([], 1, 0, []),
        ([[3, 0], [0, -4]], 1, 5, [[0.6, 0], [0, -0.8]]),
        # squares that overflow or underflow in float32
        ([3e30, -4e30], 1, 5e30, [0.6, -0.8]),
        ([3e-30, -4e-30], 1e-30, 5e-30, [0.6e-30, -0.8e-30]),
        # a norm beyond float32, of elements within it
        ([3e38] * 4, 1, 6e38, [0.5] * 4),
        # a ratio of norms that float32 holds to a few digits only
        ([3e38] * 4, 1e-4, 6e38, [0.5e-4] * 4),
    ],
)
def test_a_gradient_is_shortened_to_the_norm(gradient, max_norm, norm, expected, dtype):
    gradient = np.array(gradient, dtype)
    # at most 4 quotients, squares, their sum, the root and a product; the norm is a float, but
    # computed in dtype
    terms, coarser = 4 + 4, np.finfo(dtype).eps / np.finfo(np.float64).eps
    assert_close(clip_gradient(gradient, max_norm), norm, terms=terms * coarser)
    assert_close(gradient, np.array(expected, dtype), terms=terms)


def test_the_squares_of_float64_may_overflow_and_underflow_too():
    for size in (1e-200, 1e200):
        gradient = np.array([3 * size, -4 * size])
        assert_close(clip_gradient(gradient, size), 5 * size, terms=2 + 4)
        assert_close(gradient, [0.6 * size, -0.8 * size], terms=2 + 4)


def test_the_smallest_float32_keeps_its_norm():
    gradient = np.array([1e-45, 0], np.float32)
    assert clip_gradient(gradient, 1) == gradient[0] > 0


@pytest.mark.parametrize("max_norm", [0.5, 2.0, 100.0])
def test_clipping_is_in_place_and_keeps_the_direction(max_norm):
    whole = np.random.default_rng(4).normal(size=50)
    before = whole.copy()
    norm = clip_gradient(whole[10:40], max_norm)
    assert_close(norm, np.linalg.norm(before[10:40]), terms=30 + 4)
    before[10:40] *= min(1, max_norm / norm)
    assert_close(whole, before, terms=30 + 4)


@pytest.mark.parametrize("gradient", [[1, math.nan], [math.inf, 1], [-math.inf, math.nan]])
def test_a_norm_that_is_not_finite_leaves_the_gradient(gradient):
    clipped = np.array(gradient)
    norm = clip_gradient(clipped, 1)
    np.testing.assert_equal(norm, math.nan if math.nan in gradient else math.inf)
    np.testing.assert_array_equal(clipped, gradient)


def test_a_norm_beyond_float64_leaves_the_gradient():
    gradient = np.full(4, 1e308)
    assert clip_gradient(gradient, 1) == math.inf
    assert (gradient == 1e308).all()


@pytest.mark.parametrize("max_norm", [0, -1, math.nan, math.inf, "1", None, [1]])
def test_a_largest_norm_that_is_no_number_above_0_is_refused(max_norm):
    gradient = np.array([3.0, 4.0])
    with pytest.raises(ValueError, match=says("max_norm", "above 0", f"got {max_norm!r}")):
        clip_gradient(gradient, max_norm)
    assert gradient.tolist() == [3, 4]


# What is refused


@every_optimizer
@pytest.mark.parametrize(
    "lr", [0, -0.1, math.nan, math.inf, -math.inf, "0.1", None, SGD, 1j, [0.1], np.array([0.1])]
)
def test_a_learning_rate_that_is_no_number_above_0_is_refused(name, lr):
    message = says("lr", "a schedule", "above 0", f"got {lr!r}")
    with pytest.raises(ValueError, match=message):
        OPTIMIZERS[name](lr=lr)
    descent = OPTIMIZERS[name](lr=0.1)
    with pytest.raises(ValueError, match=message):
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
        ("Nesterov", "momentum", "1", [0, 0.999]),
        ("AdaGrad", "eps", "inf", [0, 1, 1e300]),
        ("RMSprop", "rho", "1", [0, 0.999]),
        ("RMSprop", "eps", "inf", [0, 1, 1e300]),
        ("Adam", "beta1", "1", [0, 0.999]),
        ("Adam", "beta2", "1", [0, 0.999]),
        ("Adam", "eps", "inf", [0, 1, 1e300]),
        ("AdamW", "beta1", "1", [0, 0.999]),
        ("AdamW", "weight_decay", "inf", [0, 1, 1e300]),
    ],
)
def test_a_setting_out_of_range_is_refused(name, setting, limit, good):
    too_large = 1 if limit == "1" else math.inf
    for value in (-0.1, too_large, math.nan, "a", None, 1j, [0.5]):
        message = says(setting, "at least 0", f"below {limit}", f"got {value!r}")
        with pytest.raises(ValueError, match=message):
            OPTIMIZERS[name](lr=0.1, **{setting: value})
    for value in good:
        kept = getattr(OPTIMIZERS[name](lr=0.1, **{setting: value}), setting)
        assert type(kept) is float
        assert kept == value


def mismatch(theta, grad, before):
    return says(
        f"theta has shape {theta}", f"grad {grad}", f"before {before}", "equal", "a new one"
    )


@every_optimizer
@pytest.mark.parametrize("shape", [(2,), (1,), (3, 1), ()])
def test_a_gradient_of_another_shape_is_refused(name, shape):
    descent, theta = OPTIMIZERS[name](lr=0.1), np.ones(3)
    with pytest.raises(ValueError, match=mismatch("(3,)", shape, "(3,)")):
        descent.step(theta, np.ones(shape))
    assert theta.tolist() == [1, 1, 1]
    assert descent.steps == 0
    assert descent.state == {}


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if OPTIMIZERS[name].remembers])
def test_a_second_network_is_refused(name):
    descent = OPTIMIZERS[name](lr=0.1)
    descent.step(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match=mismatch("(2,)", "(2,)", "(3,)")):
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
        (AdamW(), "AdamW(lr=0.001)"),
        (SGD(Cosine(0.1, 50)), "SGD(lr=Cosine(lr=0.1, steps=50, final=0.0))"),
        (SGD(step), "SGD(lr=step)"),
    ],
)
def test_its_repr_shows_the_learning_rate_or_the_schedule(descent, text):
    assert repr(descent) == text


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (SGD, ["lr"]),
        (Momentum, ["lr", "momentum"]),
        (Nesterov, ["lr", "momentum"]),
        (AdaGrad, ["lr", "eps"]),
        (RMSprop, ["lr", "rho", "eps"]),
        (Adam, ["lr", "beta1", "beta2", "eps"]),
        (AdamW, ["lr", "beta1", "beta2", "eps", "weight_decay"]),
    ],
)
def test_positional_arguments_stand_in_the_documented_order(kind, settings):
    values = [0.1 * (i + 1) for i in range(len(settings))]
    assert kind(*values).settings() == dict(zip(settings, values, strict=True))


def test_the_decorator_registers_a_subclass(monkeypatch):
    monkeypatch.setattr(OPTIMIZERS, "_entries", dict(OPTIMIZERS._entries))

    @optimizer
    class SignDescent(Optimizer):
        def _update(self, theta, grad):
            theta -= self.lr * np.sign(grad)

    assert OPTIMIZERS["SignDescent"] is SignDescent
    assert step(SignDescent(lr=0.5), [1.0], [9.0]).tolist() == [0.5]


def test_all_names_every_optimizer():
    assert optimizers.__all__ == [
        "OPTIMIZERS",
        "Optimizer",
        "clip_gradient",
        "optimizer",
        *OPTIMIZERS,
    ]
    assert all(issubclass(OPTIMIZERS[name], Optimizer) for name in OPTIMIZERS)
