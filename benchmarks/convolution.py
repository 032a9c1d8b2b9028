"""LeNet-5 on a batch of 128: a training step and a prediction, beside PyTorch and the textbook.

Same weights, same batch, same loss; logits and gradients are compared before anything is timed.
The textbook is im2col over (N, C, H, W), in NumPy and float32. The last competitor is no
network: the matrix products alone that ours consists of, in the cache, as the limit.

    .venv/bin/python -m benchmarks.convolution
"""

from benchmarks._timing import THREADS, compare  # isort: skip  (before anything that starts threads)

import numpy as np
import torch
from torch import nn

from benchmarks import _report
from benchmarks._textbook import assert_alike, bare_products
from course_utils import LOSSES, lenet5

N = 128
GOALS = {
    ("LeNet-5 training step", f"batch {N}", "torch"): 2,
    ("LeNet-5 training step", f"batch {N}", "torch channels_last"): 1.5,
    ("LeNet-5 training step", f"batch {N}", "textbook im2col"): 5,
}
PLACES = [0, 3, 7, 9, 11]  # of the layers that have weights, in torch's network as well


class Ours:
    """`lenet5`, its loss, and the gradient of every parameter."""

    def __init__(self, X, y):
        self.X, self.y = X, y
        self.network = lenet5(init="he", rng=0)
        self.loss = LOSSES["softmax_cross_entropy"]

    def predict(self):
        return self.network.forward(self.X)

    def step(self):
        logits = self.network.forward(self.X, training=True)
        _, gradient = self.loss.value_and_gradient(self.y, logits)
        self.network.backward(gradient, need_dX=False)

    def gradients(self):
        return list(self.network.grads.values())


class Torch:
    """The same network in PyTorch, with its memory in one of two orders."""

    def __init__(self, ours, memory_format):
        torch.set_num_threads(THREADS)
        network = nn.Sequential(
            *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )
        with torch.no_grad():
            for place in PLACES:
                params = ours.network.layers[place].params
                W = params["W"] if params["W"].ndim == 4 else params["W"].T
                network[place].weight.copy_(torch.tensor(W))
                network[place].bias.copy_(torch.tensor(params["b"]))
        self.network = network.to(memory_format=memory_format)
        self.X = torch.from_numpy(ours.X).to(memory_format=memory_format)
        self.y = torch.from_numpy(ours.y)
        self.loss = nn.CrossEntropyLoss()

    def predict(self):
        with torch.inference_mode():
            return self.network(self.X).numpy()

    def step(self):
        self.network.zero_grad(set_to_none=True)
        self.loss(self.network(self.X), self.y).backward()

    def gradients(self):
        for place in PLACES:
            dW = self.network[place].weight.grad.numpy()
            yield dW if dW.ndim == 4 else dW.T
            yield self.network[place].bias.grad.numpy()


class Textbook:
    """The same network as books write it: each window a row, samples first in memory."""

    def __init__(self, ours):
        self.X, self.y = ours.X, ours.y
        layers = ours.network.layers
        self.params = [(layers[k].params["W"], layers[k].params["b"]) for k in PLACES]
        self.grads = []

    @staticmethod
    def windows(X, size, stride):
        """(N, H', W', C, size, size), copied place by place."""
        n, channels, height, width = X.shape
        height, width = (height - size) // stride + 1, (width - size) // stride + 1
        columns = np.empty((n, channels, size, size, height, width), X.dtype)
        for i in range(size):
            for j in range(size):
                columns[:, :, i, j] = X[:, :, i::stride, j::stride][:, :, :height, :width]
        return columns.transpose(0, 4, 5, 1, 2, 3)

    @staticmethod
    def put_back(windows, shape, stride):
        """The transpose of `windows`: what was copied from one pixel is added up there."""
        X = np.zeros(shape, windows.dtype)
        _, height, width, _, size, _ = windows.shape
        for i in range(size):
            for j in range(size):
                places = X[:, :, i::stride, j::stride][:, :, :height, :width]
                places += windows[..., i, j].transpose(0, 3, 1, 2)
        return X

    def convolve(self, X, W, b):
        windows = self.windows(X, W.shape[2], 1)
        n, height, width = windows.shape[:3]
        rows = windows.reshape(n * height * width, -1)
        Z = rows @ W.reshape(len(W), -1).T + b
        return Z.reshape(n, height, width, -1).transpose(0, 3, 1, 2), rows

    def convolve_back(self, dZ, X, rows, W, need_dX):
        n, out_channels, height, width = dZ.shape
        dZ = dZ.transpose(0, 2, 3, 1).reshape(-1, out_channels)
        dX = None
        if need_dX:
            dwindows = (dZ @ W.reshape(len(W), -1)).reshape(n, height, width, *W.shape[1:])
            dX = self.put_back(dwindows, X.shape, 1)
        return (dZ.T @ rows).reshape(W.shape), dZ.sum(axis=0), dX

    def pool(self, X):
        windows = self.windows(X, 2, 2)
        windows = windows.reshape(-1, 4)
        first = windows.argmax(axis=1)
        n, channels, height, width = X.shape
        A = windows.max(axis=1).reshape(n, height // 2, width // 2, channels)
        return A.transpose(0, 3, 1, 2), first

    def pool_back(self, dA, X, first):
        n, channels, height, width = dA.shape
        dwindows = np.zeros((dA.size, 4), dA.dtype)
        dwindows[np.arange(dA.size), first] = dA.transpose(0, 2, 3, 1).ravel()
        return self.put_back(dwindows.reshape(n, height, width, channels, 2, 2), X.shape, 2)

    def predict(self):
        (W1, b1), (W2, b2), *dense = self.params
        X1 = np.pad(self.X, ((0, 0), (0, 0), (2, 2), (2, 2)))
        Z1, rows1 = self.convolve(X1, W1, b1)
        A1 = np.maximum(Z1, 0)
        X2, first1 = self.pool(A1)
        Z2, rows2 = self.convolve(X2, W2, b2)
        A2 = np.maximum(Z2, 0)
        P2, first2 = self.pool(A2)
        H = [P2.reshape(len(P2), -1)]
        for W, b in dense:
            Z = H[-1] @ W + b
            H.append(np.maximum(Z, 0))
        self.cache = X1, Z1, rows1, A1, first1, X2, Z2, rows2, A2, first2, P2, H
        return Z

    def step(self):
        Z = self.predict()
        X1, Z1, rows1, A1, first1, X2, Z2, rows2, A2, first2, P2, H = self.cache
        (W1, _), (W2, _), *dense = self.params
        p = np.exp(Z - Z.max(axis=1, keepdims=True))
        dZ = p / p.sum(axis=1, keepdims=True)
        dZ[np.arange(len(Z)), self.y] -= 1
        dZ /= len(Z)
        grads = []
        for (W, _), A in zip(dense[::-1], H[-2::-1], strict=True):
            grads += [dZ.sum(axis=0), A.T @ dZ]
            dZ = dZ @ W.T * (A > 0)
        dA2 = self.pool_back(dZ.reshape(P2.shape), A2, first2)
        dW2, db2, dX2 = self.convolve_back(dA2 * (Z2 > 0), X2, rows2, W2, need_dX=True)
        dA1 = self.pool_back(dX2, A1, first1)
        dW1, db1, _ = self.convolve_back(dA1 * (Z1 > 0), X1, rows1, W1, need_dX=False)
        self.grads = [dW1, db1, dW2, db2, *grads[::-1]]

    def gradients(self):
        return self.grads


def products_of(training):
    """The matrix products of `Ours`."""
    shapes = []  # rows, inner, columns, how often
    for out, inner, size, height in ((6, 25, 28 * N, 28), (16, 150, 10 * N, 10)):
        shapes.append((out, inner, size, height))
        if training:
            shapes.append((inner, size, out, height))
    if training:
        shapes.append((30, 80, 10 * N, 10))  # dX of the second convolution
    for n_in, n_out in ((400, 120), (120, 84), (84, 10)):
        shapes.append((N, n_in, n_out, 1))
        if training:
            shapes += [(n_in, N, n_out, 1), (N, n_out, n_in, 1)]
    return bare_products(shapes)


def check(ours, peers):
    """All competitors answer the same logits and the same gradients."""
    ours.step()
    for name, peer in peers.items():
        np.testing.assert_allclose(peer.predict(), ours.predict(), rtol=0, atol=2e-5, err_msg=name)
        peer.step()
        assert_alike(ours.gradients(), peer.gradients(), name)


def measure(rounds):
    rng = np.random.default_rng(0)
    ours = Ours(rng.random((N, 1, 28, 28), np.float32), rng.integers(0, 10, N))
    peers = {
        "torch": Torch(ours, torch.contiguous_format),
        "torch channels_last": Torch(ours, torch.channels_last),
        "textbook im2col": Textbook(ours),
    }
    check(ours, peers)
    rows = []
    for subject, task in (("LeNet-5 training step", "step"), ("LeNet-5 prediction", "predict")):
        competitors = {"ours": ours, **peers}
        functions = {name: getattr(each, task) for name, each in competitors.items()}
        functions["the bare products"] = products_of(training=task == "step")
        rows += compare(subject, f"batch {N}", functions, rounds, repeats=5)
    return rows


if __name__ == "__main__":
    _report.main("convolution", measure, GOALS, rounds=21)
