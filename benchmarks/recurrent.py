"""Recurrent layers over 28 steps of 28 features: a training step and a forward pass.

Same weights, same batch; outputs and gradients are compared before anything is timed. A training
step is forward and backward for the gradients of the weights, without that of the input, as of
a first layer. The peers: PyTorch; for the LSTM the textbook's loop over the steps, in NumPy, in
float32 and float64; and, as the limit, no layer at all: the matrix products alone that ours
consists of, in the cache.

    .venv/bin/python -m benchmarks.recurrent
"""

from benchmarks._timing import THREADS, compare  # isort: skip  (before anything that starts threads)

import numpy as np
import torch

from benchmarks import _report
from benchmarks._textbook import StepByStep, assert_alike, bare_products
from course_utils import GRU, LSTM, RNN, load_torch_weights

N, T, D = 128, 28, 28
SIZES = [(LSTM, 64), (LSTM, 128), (GRU, 64), (RNN, 64)]
GOALS = {
    (f"LSTM {task}", f"H = {H}, batch {N}", "torch"): goal
    for task, goal in (("training step", 1.15), ("forward", 0.9))
    for H in (64, 128)
}


class Ours:
    """The layer's last state, and the gradient of every parameter."""

    def __init__(self, kind, H):
        rng = np.random.default_rng(0)
        self.X = rng.normal(size=(N, T, D)).astype(np.float32)
        self.dA = rng.normal(size=(N, H)).astype(np.float32)
        self.layer = kind(D, H, rng=0)

    def forward(self):
        return self.layer.forward(self.X)

    def step(self):
        self.layer.forward(self.X, training=True)
        self.layer.backward(self.dA, need_dX=False)

    def gradients(self):
        return self.layer.grads


class Torch:
    """The layer of the same name in PyTorch, whose weights ours takes over."""

    def __init__(self, ours):
        torch.set_num_threads(THREADS)
        torch.manual_seed(0)
        kind, H = type(ours.layer), ours.layer.hidden_size
        self.layer = getattr(torch.nn, kind.__name__)(D, H, batch_first=True)
        load_torch_weights(ours.layer, self.layer.state_dict())
        self.X, self.dA = torch.from_numpy(ours.X), torch.from_numpy(ours.dA)
        self.sorted = kind(D, H)

    def forward(self):
        with torch.inference_mode():
            return self.layer(self.X)[0][:, -1].numpy()

    def step(self):
        self.layer.zero_grad(set_to_none=True)
        self.layer(self.X)[0][:, -1].backward(self.dA)

    def gradients(self):
        """In our layout; the one bias that is a sum of two has the gradient of either."""
        grads = {name: p.grad.numpy() for name, p in self.layer.named_parameters()}
        if not self.sorted.separate:
            grads["bias_hh_l0"] = np.zeros_like(grads["bias_hh_l0"])
        load_torch_weights(self.sorted, grads)
        return self.sorted.params


def products_of(layer, training):
    """The matrix products of a layer, [x, h] in one, or where U is separate in two."""
    H, columns = layer.hidden_size, layer.params["Wh"].shape[1]
    inner = [D, H] if layer.separate else [D + H]
    shapes = [(N, k, columns, T) for k in inner]
    if training:
        shapes += [(k, N, columns, T) for k in inner] + [(N, columns, H, T)]
    return bare_products(shapes)


def check(ours, peers):
    """All competitors answer the same last state and the same gradients."""
    ours.step()
    for name, peer in peers.items():
        np.testing.assert_allclose(peer.forward(), ours.forward(), rtol=0, atol=5e-6, err_msg=name)
        peer.step()
        other, gradients = peer.gradients(), ours.gradients()
        assert_alike(gradients.values(), [other[key] for key in gradients], name)


def measure(rounds):
    rows = []
    for kind, H in SIZES:
        ours = Ours(kind, H)
        peers = {"torch": Torch(ours)}
        if kind is LSTM:
            batch = ours.layer.params, ours.X, ours.dA
            peers["textbook, float32"] = StepByStep(*batch, np.float32)
            peers["textbook, float64"] = StepByStep(*batch)
        check(ours, peers)
        for subject, task in (("training step", "step"), ("forward", "forward")):
            competitors = {"ours": ours, **peers}
            functions = {name: getattr(each, task) for name, each in competitors.items()}
            functions["the bare products"] = products_of(ours.layer, training=task == "step")
            size = f"H = {H}, batch {N}"
            rows += compare(f"{kind.__name__} {subject}", size, functions, rounds, repeats=3)
    return rows


if __name__ == "__main__":
    _report.main("recurrent", measure, GOALS, rounds=21)
