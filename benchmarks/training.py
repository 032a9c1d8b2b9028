"""Training of 784-128-10 and 784-256-10 on MNIST, ReLU, batches of 128, Adam, float32, by `fit`.

All begin with the same weights and see the same batches, and what they have learned after 20 of
them is compared before anything is timed. Then each trains epoch after epoch on all 60,000
images: torch by index, forward, backward and a fused step; jax by one compiled function a step;
scikit-learn by `MLPClassifier.fit`, which shuffles by itself and whose loss must only be alike; the
textbook by plain NumPy, with one array a parameter. The bare matrix products of an epoch are the
limit. Last, how long it takes until 97 and 98 % of the test images are read, beside a limit.

    .venv/bin/python -m benchmarks.training
"""

from benchmarks._timing import THREADS, compare, ratio  # isort: skip  (before anything that starts threads)

import math
import time
import warnings
from functools import partial

import jax
import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks import _report
from benchmarks._textbook import TwoLayers, products_of_training
from course_utils import Activation, Adam, Dense, Sequential, fit, load_mnist, predict

BATCH = 128
RATE = 1e-3
GOALS = {
    ("an epoch", "784-128-10", "torch"): 1.5,
    ("an epoch", "784-128-10", "jax"): 1,
    ("an epoch", "784-128-10", "scikit-learn"): 1.6,
    ("an epoch", "784-128-10", "textbook, float64"): 2.5,
    ("an epoch", "784-128-10", "the bare products"): 0.625,
    ("an epoch", "784-256-10", "torch"): 1,
    ("97 % of the test images", "784-128-10", "2 seconds"): 1,
    ("98 % of the test images", "784-256-10", "6 seconds"): 1,
}
NAMES = ["W1", "b1", "W2", "b2"]
jnp = jax.numpy


def network_of(hidden):
    """784-hidden-10 with its weights drawn alike every time."""
    layers = Dense(784, hidden, rng=0), Activation("relu"), Dense(hidden, 10, rng=1)
    return Sequential(*layers, output="softmax")


class Ours:
    """`fit` itself."""

    def __init__(self, hidden, X, y):
        self.network, self.optimizer = network_of(hidden), Adam(RATE)
        self.X, self.y = X, y

    def train(self, rng, n=None):
        X, y, loss = self.X[:n], self.y[:n], "softmax_cross_entropy"
        fit(self.network, X, y, loss, self.optimizer, 1, BATCH, rng=rng, progress=False)

    def weights(self):
        return list(self.network.params.values())


class Torch:
    """What PyTorch's tutorials teach, with the step of all parameters fused."""

    def __init__(self, hidden, X, y):
        torch.set_num_threads(THREADS)
        self.linear = torch.nn.Linear(784, hidden), torch.nn.Linear(hidden, 10)
        self.network = torch.nn.Sequential(self.linear[0], torch.nn.ReLU(), self.linear[1])
        W1, b1, W2, b2 = network_of(hidden).params.values()
        with torch.no_grad():
            for linear, W, b in zip(self.linear, (W1, W2), (b1, b2), strict=True):
                linear.weight.copy_(torch.tensor(W.T))
                linear.bias.copy_(torch.tensor(b))
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=RATE, fused=True)
        self.loss = torch.nn.CrossEntropyLoss()
        self.X, self.y = torch.from_numpy(X), torch.from_numpy(y)

    def train(self, rng, n=None):
        for batch in torch.from_numpy(rng.permutation(len(self.X[:n]))).split(BATCH):
            self.optimizer.zero_grad()
            self.loss(self.network(self.X[batch]), self.y[batch]).backward()
            self.optimizer.step()

    def weights(self):
        return [
            p.detach().numpy().T for linear in self.linear for p in (linear.weight, linear.bias)
        ]


class Jax:
    """One compiled function a step, which takes its batch by index itself."""

    def __init__(self, hidden, X, y):
        arrays = zip(NAMES, network_of(hidden).params.values(), strict=True)
        self.params = {name: jnp.array(array) for name, array in arrays}
        self.state = {
            "t": jnp.float32(0),
            **{
                kind: {name: jnp.zeros_like(p) for name, p in self.params.items()}
                for kind in ("m", "v")
            },
        }
        self.X, self.y = jnp.asarray(X), jnp.asarray(y)
        self.step = jax.jit(self._step, donate_argnums=(0, 1))

    @staticmethod
    def _loss(p, X, y):
        Z = jax.nn.relu(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        log_p = jax.nn.log_softmax(Z)
        return -jnp.take_along_axis(log_p, y[:, None], axis=1).mean()

    @classmethod
    def _step(cls, params, state, X, y, batch):
        t = state["t"] + 1
        grads = jax.grad(cls._loss)(params, X[batch], y[batch])
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state["m"], grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, state["v"], grads)
        rate, share = RATE / (1 - 0.9**t), 1 / (1 - 0.999**t)
        params = jax.tree.map(
            lambda p, m, v: p - rate * m / (jnp.sqrt(share * v) + 1e-8), params, m, v
        )
        return params, {"t": t, "m": m, "v": v}

    def train(self, rng, n=None):
        order = rng.permutation(len(self.X[:n]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            self.params, self.state = self.step(self.params, self.state, self.X, self.y, batch)
        self.params["W1"].block_until_ready()

    def weights(self):
        return [np.asarray(self.params[name]) for name in NAMES]


class ScikitLearn:
    """`MLPClassifier.fit`, one epoch a call, going on where it was."""

    def __init__(self, hidden, X, y):
        self.model = MLPClassifier(
            hidden, batch_size=BATCH, alpha=0, max_iter=1, warm_start=True, random_state=0
        )
        self.X, self.y = X, y

    def train(self, rng, n=None):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # one epoch is what is asked for
            self.model.fit(self.X[:n], self.y[:n])


def check(ours, peers, model):
    """All competitors learn the same from the same batches; scikit-learn learns as well."""
    n = 20 * BATCH
    ours.train(np.random.default_rng(0), n)
    for name, peer in peers.items():
        peer.train(np.random.default_rng(0), n)
        for mine, other in zip(ours.weights(), peer.weights(), strict=True):
            # On average: where a ReLU's input is 0 but for rounding, its weights may go apart.
            apart = np.abs(mine - other).mean()
            assert apart < RATE / 500, f"{name}: weights are {apart:.1e} apart"
    model.train(None)
    wrong = np.mean(model.model.predict(model.X) != model.y)
    assert wrong < 0.08, f"scikit-learn: {wrong:.2%} wrong after an epoch"


def seconds_to(accuracy, hidden, epochs, rate, mnist, seeds=3):
    """The times of trainings that read this share of the official test images, one a seed."""
    X, X_test = (
        images.reshape(-1, 784) / np.float32(255)
        for images in (mnist.train_images, mnist.test_images)
    )
    y, y_test = mnist.train_labels.astype(int), mnist.test_labels
    steps = epochs * math.ceil(len(X) / BATCH)
    times = []
    for seed in range(seeds):
        network = network_of(hidden)
        optimizer = Adam(lambda step: rate * (1 - step / steps))
        start = time.perf_counter()
        rng = np.random.default_rng(seed)
        fit(network, X, y, "softmax_cross_entropy", optimizer, epochs, BATCH, rng=rng)
        times.append(time.perf_counter() - start)
        reached = np.mean(predict(network, X_test) == y_test)
        assert reached >= accuracy, f"only {reached:.2%}"
    return times


def measure(rounds):
    mnist = load_mnist()
    X = mnist.train_images.reshape(-1, 784) / np.float32(255)
    y = mnist.train_labels.astype(np.int64)
    rows = []
    for hidden in (128, 256):
        arrays = network_of(hidden).params.values()
        ours, model = Ours(hidden, X, y), ScikitLearn(hidden, X, y)
        peers = {
            "torch": Torch(hidden, X, y),
            "jax": Jax(hidden, X, y),
            "textbook, float64": TwoLayers(arrays, X, y),
            "textbook, float32": TwoLayers(arrays, X, y, np.float32),
        }
        check(ours, peers, model)
        rng = np.random.default_rng(1)
        trainers = {"ours": ours, **peers, "scikit-learn": model}
        functions = {name: partial(peer.train, rng) for name, peer in trainers.items()}
        functions["the bare products"] = products_of_training(hidden, len(X))
        rows += compare("an epoch", f"784-{hidden}-10", functions, rounds)
    for share, hidden, epochs, rate, limit in ((97, 128, 2, 5e-3, 2), (98, 256, 5, 4e-3, 6)):
        times = seconds_to(share / 100, hidden, epochs, rate, mnist)
        median, low, high = ratio([limit] * len(times), times)
        row = {"subject": f"{share} % of the test images", "size": f"784-{hidden}-10"}
        row |= {"peer": f"{limit} seconds", "milliseconds": 1e3 * limit / median}
        rows.append(row | {"ratio": median, "low": low, "high": high})
    return rows


if __name__ == "__main__":
    _report.main("training", measure, GOALS)
