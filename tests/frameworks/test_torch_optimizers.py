"""Every optimizer and schedule makes the steps of its counterpart in torch.optim."""

from dataclasses import is_dataclass

import numpy as np
import pytest

from course_utils.optimizers import OPTIMIZERS, Adam, AdamW
from course_utils.schedules import Cosine, StepDecay, Warmup

torch = pytest.importorskip("torch")
optim, lr_scheduler = torch.optim, torch.optim.lr_scheduler

STEPS = 50
# All settings but these are the defaults of both.
COUNTERPARTS = {
    "SGD": (optim.SGD, {}),
    "Momentum": (optim.SGD, {"momentum": 0.9}),
    "Nesterov": (optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "AdaGrad": (optim.Adagrad, {}),
    "RMSprop": (optim.RMSprop, {}),
    "Adam": (optim.Adam, {}),
    "AdamW": (optim.AdamW, {}),
}
every_dtype = pytest.mark.parametrize(
    ("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-6)]
)


def test_every_optimizer_has_a_counterpart():
    assert COUNTERPARTS.keys() == OPTIMIZERS.keys()


def random_run(dtype, seed=0):
    """Where to start, and one gradient a step: of very different sizes, some of them 0."""
    rng = np.random.default_rng(seed)
    theta = rng.uniform(-1, 1, 30).astype(dtype)
    gradients = rng.normal(size=(STEPS, 30)) * 10.0 ** rng.uniform(-3, 1, 30)
    gradients[:, :3] = 0
    gradients[rng.random(gradients.shape) < 0.2] = 0
    return theta, gradients.astype(dtype)


def steps_of_torch(optimizer, parameters, gradients, scheduler=None):
    """All parameters in a row, after each step."""
    sizes = [parameter.numel() for parameter in parameters]
    for gradient in gradients:
        parts = torch.from_numpy(gradient).split(sizes)
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        yield torch.cat(parameters).detach().numpy().copy()


def assert_same_steps(ours, theta, gradients, expected, tolerance, decay_mask=None):
    theta = theta.copy()
    for gradient, after in zip(gradients, expected, strict=True):
        ours.step(theta, gradient, decay_mask)
        # the parameters are about 1 in size
        np.testing.assert_allclose(theta, after, rtol=tolerance, atol=tolerance)


@every_dtype
@pytest.mark.parametrize("lr", [0.003, 0.02])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_makes_the_steps_of_torch(name, lr, dtype, tolerance):
    theta, gradients = random_run(dtype)
    kind, options = COUNTERPARTS[name]
    parameter = torch.from_numpy(theta.copy()).requires_grad_()
    expected = steps_of_torch(kind([parameter], lr=lr, **options), [parameter], gradients)
    assert_same_steps(OPTIMIZERS[name](lr), theta, gradients, expected, tolerance)


@pytest.mark.parametrize("name", ["AdaGrad", "RMSprop", "Adam", "AdamW"])
def test_the_default_learning_rate_is_that_of_torch(name):
    kind, _ = COUNTERPARTS[name]
    assert OPTIMIZERS[name]().lr == kind([torch.zeros(1)]).defaults["lr"]


@every_dtype
def test_adamw_decays_a_part_as_torch_does_by_parameter_groups(dtype, tolerance):
    theta, gradients = random_run(dtype)
    mask = np.arange(30) < 20
    weights, biases = (
        torch.from_numpy(theta[part].copy()).requires_grad_() for part in (mask, ~mask)
    )
    groups = [{"params": [weights]}, {"params": [biases], "weight_decay": 0.0}]
    theirs = optim.AdamW(groups, lr=0.01, weight_decay=0.5)
    expected = steps_of_torch(theirs, [weights, biases], gradients)
    ours = AdamW(lr=0.01, weight_decay=0.5)
    assert_same_steps(ours, theta, gradients, expected, tolerance, decay_mask=mask)


def warmup(optimizer, steps, after):
    """torch's linear rise from 1 / steps of the rate, and what follows it."""
    rise = lr_scheduler.LinearLR(optimizer, start_factor=1 / steps, total_iters=steps - 1)
    return lr_scheduler.SequentialLR(optimizer, [rise, after(optimizer)], milestones=[steps])


def cosine(optimizer, steps, final=0.0):
    return lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps, eta_min=final)


# torch's cosine rises again after its end, where ours stays: compared up to there
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Cosine(0.1, STEPS), lambda o: cosine(o, STEPS)),
        (Cosine(0.1, STEPS, final=0.02), lambda o: cosine(o, STEPS, 0.02)),
        (StepDecay(0.1, every=7), lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.5)),
        (StepDecay(0.1, 10, 0.1), lambda o: lr_scheduler.StepLR(o, step_size=10)),
        (Warmup(0.1, 8), lambda o: lr_scheduler.LinearLR(o, start_factor=1 / 8, total_iters=7)),
        (
            Warmup(StepDecay(0.1, 10), 8),
            lambda o: warmup(o, 8, lambda o: lr_scheduler.StepLR(o, step_size=10, gamma=0.5)),
        ),
        (Warmup(Cosine(0.1, STEPS - 8), 8), lambda o: warmup(o, 8, lambda o: cosine(o, STEPS - 8))),
    ],
    ids=lambda value: repr(value) if is_dataclass(value) else "torch",
)
def test_rates_are_those_of_torch(ours, theirs):
    optimizer = optim.SGD([torch.zeros(1)], lr=0.1)
    scheduler = theirs(optimizer)
    rates = []
    for _ in range(STEPS + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    # torch multiplies from step to step: 50 roundings of numbers up to 0.1
    np.testing.assert_allclose(list(map(ours, range(STEPS + 1))), rates, rtol=0, atol=1e-15)


@every_dtype
def test_adam_with_warmup_and_cosine_makes_the_steps_of_torch(dtype, tolerance):
    theta, gradients = random_run(dtype)
    parameter = torch.from_numpy(theta.copy()).requires_grad_()
    theirs = optim.Adam([parameter], lr=0.02)
    scheduler = warmup(theirs, 8, lambda o: cosine(o, STEPS - 8))
    expected = steps_of_torch(theirs, [parameter], gradients, scheduler)
    ours = Adam(Warmup(Cosine(0.02, STEPS - 8), 8))
    assert_same_steps(ours, theta, gradients, expected, tolerance)
