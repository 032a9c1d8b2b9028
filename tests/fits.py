"""Small trainings by `fit`: a classifier that learns what no line can, and a line."""

import numpy as np

from course_utils import SGD, Activation, Dense, Sequential, fit
from tests.closeness import FUNCTION

X = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(int)
LINE = np.linspace(-1, 1, 10).reshape(-1, 1)
# Of a step of the classifier: the sums over 2 features, 16 units, their gradients and at most 50
# samples, tanh and softmax, and the step itself
A_STEP = 2 + 2 * 16 + 50 + 3 * FUNCTION + 20


def classifier(seed=0, output="softmax", n_out=2):
    return Sequential(
        Dense(2, 16, rng=seed), Activation("tanh"), Dense(16, n_out, rng=seed), output=output
    )


def line():
    return Sequential(Dense(1, 1, init="zeros", dtype=np.float64))


def run(network, **changes):
    """fit with good arguments, some of them changed."""
    arguments = {
        "X": X,
        "y": Y,
        "loss": "softmax_cross_entropy",
        "optimizer": SGD(0.1),
        "epochs": 1,
        "batch_size": 8,
    }
    return fit(network, **{**arguments, **changes})
