"""Layers, losses and `fit` against PyTorch: the same values and gradients."""

import copy

import numpy as np
import pytest
import torch
from torch.nn import functional

from course_utils import (
    SGD,
    Activation,
    BatchNorm,
    Dense,
    Layer,
    Momentum,
    PReLU,
    RReLU,
    Sequential,
    clip_gradient,
    fit,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
)

TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}
every_dtype = pytest.mark.parametrize("dtype", TOLERANCE)


def draw(shape, dtype, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def assert_same(ours, theirs, dtype):
    theirs = theirs.detach().numpy()
    assert ours.dtype == theirs.dtype == dtype
    np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def set_torch(module, **arrays):
    """Copy arrays into a module's parameters and buffers."""
    with torch.no_grad():
        for name, array in arrays.items():
            getattr(module, name).copy_(torch.from_numpy(array))


def compare(layer, module, X, dtype, training=True):
    """Forward, and the gradient of the input, of a layer and a torch module; both keep theirs."""
    module.to(torch.float32 if dtype == np.float32 else torch.float64).train(training)
    theirs_X = torch.from_numpy(X.copy()).requires_grad_()
    theirs = module(theirs_X)
    ours = layer.forward(X, training=training, cache=True)
    assert_same(ours, theirs, dtype)
    dA = draw(ours.shape, dtype, seed=9)
    theirs.backward(torch.from_numpy(dA))
    assert_same(np.ascontiguousarray(layer.backward(dA)), theirs_X.grad, dtype)


@every_dtype
@pytest.mark.parametrize("n", [1, 7])
def test_dense(dtype, n):
    layer = Dense(5, 3, rng=0, dtype=dtype)
    layer.params["b"] = draw(3, dtype)
    module = torch.nn.Linear(5, 3, dtype=torch.float64)
    set_torch(module, weight=layer.params["W"].T.copy(), bias=layer.params["b"])
    compare(layer, module, draw((n, 5), dtype), dtype)
    assert_same(layer.grads["W"].T, module.weight.grad, dtype)
    assert_same(layer.grads["b"], module.bias.grad, dtype)


@every_dtype
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(2, 4), (7, 4), (1, 4, 3, 5), (6, 4, 5, 3)])
def test_batch_normalisation(dtype, training, shape):
    kind = torch.nn.BatchNorm1d if len(shape) == 2 else torch.nn.BatchNorm2d
    layer, module = BatchNorm(4, dtype=dtype), kind(4, dtype=torch.float64)
    layer.params["gamma"], layer.params["beta"] = draw(4, dtype, 1), draw(4, dtype, 2)
    layer.state["running_var"] = np.abs(draw(4, dtype, 3))
    set_torch(module, weight=layer.params["gamma"], bias=layer.params["beta"])
    set_torch(module, running_var=layer.state["running_var"])
    for seed in range(3):  # the running statistics move on
        module.zero_grad()
        compare(layer, module, draw(shape, dtype, seed), dtype, training)
        assert_same(layer.grads["gamma"], module.weight.grad, dtype)
        assert_same(layer.grads["beta"], module.bias.grad, dtype)
        assert_same(layer.state["running_mean"], module.running_mean, dtype)
        assert_same(layer.state["running_var"], module.running_var, dtype)


@every_dtype
@pytest.mark.parametrize(("n", "shape"), [(1, (5, 4)), (4, (5, 4)), (4, (2, 4, 3, 5))])
def test_prelu(dtype, n, shape):
    layer, module = PReLU(n, dtype=dtype), torch.nn.PReLU(n, dtype=torch.float64)
    layer.params["alpha"] = draw(n, dtype, 1)
    set_torch(module, weight=layer.params["alpha"])
    compare(layer, module, draw(shape, dtype), dtype)
    assert_same(layer.grads["alpha"], module.weight.grad, dtype)


@every_dtype
def test_rrelu_in_evaluation(dtype):
    compare(RReLU(), torch.nn.RReLU(), draw((5, 4), dtype), dtype, training=False)


@every_dtype
@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("sigmoid", torch.nn.Sigmoid()),
        ("tanh", torch.nn.Tanh()),
        ("relu", torch.nn.ReLU()),
        ("leaky_relu", torch.nn.LeakyReLU()),
        ("elu", torch.nn.ELU()),
        ("swish", torch.nn.SiLU()),
        ("softplus", torch.nn.Softplus()),
        ("gelu", torch.nn.GELU()),
        ("identity", torch.nn.Identity()),
    ],
)
def test_activations(dtype, name, module):
    compare(Activation(name), copy.deepcopy(module), 3 * draw((9, 7), dtype), dtype)


@every_dtype
@pytest.mark.parametrize("weighted", [False, True])
def test_cross_entropies(dtype, weighted):
    logits, classes = 5 * draw((8, 3), dtype), np.arange(8) % 3
    weight = np.linspace(1, 2, 8).astype(dtype) if weighted else None
    z = torch.from_numpy(logits.copy()).requires_grad_()
    each = functional.cross_entropy(z, torch.from_numpy(classes), reduction="none")
    yes = (classes == 1).astype(dtype)
    each_yes = functional.binary_cross_entropy_with_logits(
        z[:, 0], torch.from_numpy(yes), reduction="none"
    )
    w = torch.from_numpy(np.ones(8, dtype) if weight is None else weight)
    for losses, function, y, prediction in (
        (each, softmax_cross_entropy, classes, logits),
        (each_yes, sigmoid_cross_entropy, yes, logits[:, 0]),
    ):
        z.grad = None
        total = (losses * w).sum() / w.sum()
        total.backward(retain_graph=True)
        value, gradient = function.value_and_gradient(y, prediction, weight)
        assert_same(dtype(value), total, dtype)
        assert_same(gradient, z.grad if prediction is logits else z.grad[:, 0], dtype)


@every_dtype
@pytest.mark.parametrize("norm", [0.1, 100.0])
def test_clipping(dtype, norm):
    ours = draw(50, dtype)
    theirs = torch.nn.Parameter(torch.zeros(50, dtype=torch.from_numpy(ours).dtype))
    theirs.grad = torch.from_numpy(ours.copy())
    before = torch.nn.utils.clip_grad_norm_([theirs], norm)
    assert_same(dtype(clip_gradient(ours, norm)), before, dtype)
    # torch divides by the norm + 1e-6, we by the norm
    exact = theirs.grad * ((before + 1e-6) / before if before > norm else 1)
    assert_same(ours, exact.to(theirs.dtype), dtype)


class Spy(Layer):
    """Passes a batch on and keeps the order in which the samples came."""

    keeps_shape = True

    def __init__(self):
        super().__init__()
        self.batches = []

    def forward(self, X, training=False, cache=None):
        if training:
            self.batches.append(X.copy())
        return X


def test_fit_is_torchs_training_loop():
    """The same network, batches, penalty and clipping: equal weights after 3 epochs, 30 steps."""
    X, y = draw((77, 4), np.float64), np.arange(77) % 3
    spy = Spy()
    network = Sequential(
        spy,
        Dense(4, 6, rng=0, dtype=np.float64),
        BatchNorm(6, dtype=np.float64),
        Activation("tanh"),
        Dense(6, 3, rng=1, dtype=np.float64),
        output="softmax",
    )
    module = torch.nn.Sequential(
        torch.nn.Linear(4, 6),
        torch.nn.BatchNorm1d(6),
        torch.nn.Tanh(),
        torch.nn.Linear(6, 3),
    ).double()
    for position, k in ((0, 1), (3, 3)):
        W, b = network.params[f"W{k}"].T.copy(), network.params[f"b{k}"]
        set_torch(module[position], weight=W, bias=b)
    history = fit(
        network,
        X,
        y,
        "softmax_cross_entropy",
        Momentum(0.1, momentum=0.8),
        epochs=3,
        batch_size=8,
        rng=np.random.default_rng(5),
        l2=0.01,
        clip_norm=0.6,
    )
    weights = [p for p in module.parameters() if p.ndim == 2]
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.8)
    row_of = {row.tobytes(): k for k, row in enumerate(X)}
    losses, clipped = [], []
    for batch in spy.batches:
        target = torch.from_numpy(y[[row_of[row.tobytes()] for row in batch]])
        optimizer.zero_grad()
        loss = functional.cross_entropy(module(torch.from_numpy(batch)), target)
        penalty = 0.01 / 2 * sum((W**2).sum() for W in weights)
        (loss + penalty).backward()
        norm = torch.linalg.vector_norm(torch.cat([p.grad.ravel() for p in module.parameters()]))
        clipped.append(norm.item() > 0.6)
        for p in module.parameters():
            p.grad *= min(1.0, 0.6 / norm.item())
        optimizer.step()
        losses.append(loss.item() * len(batch))
    assert len(losses) == 30
    assert 0 < sum(clipped) < 30
    loss = sum(losses[20:]) / 77
    assert history.loss[-1] == pytest.approx(loss, rel=0, abs=TOLERANCE[np.float64])
    assert_same(network.params["W1"].T, module[0].weight, np.float64)
    assert_same(network.params["gamma2"], module[1].weight, np.float64)
    assert_same(network.params["b3"], module[3].bias, np.float64)
    assert_same(network.state["running_var1"], module[1].running_var, np.float64)


def test_l2_is_torchs_weight_decay_for_plain_descent():
    X, y = draw((20, 3), np.float64), draw((20, 1), np.float64, 1)
    network = Sequential(Dense(3, 1, rng=0, dtype=np.float64))
    module = torch.nn.Linear(3, 1).double()
    set_torch(module, weight=network.params["W1"].T.copy(), bias=network.params["b1"])
    fit(network, X, y, "mean_squared_error", SGD(0.1), epochs=10, batch_size=20, l2=0.3)
    groups = [{"params": [module.weight], "weight_decay": 0.3}, {"params": [module.bias]}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    for _ in range(10):
        optimizer.zero_grad()
        functional.mse_loss(module(torch.from_numpy(X)), torch.from_numpy(y)).backward()
        optimizer.step()
    assert_same(network.params["W1"].T, module.weight, np.float64)
    assert_same(network.params["b1"], module.bias, np.float64)
