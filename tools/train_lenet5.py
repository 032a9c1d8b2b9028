"""Train the LeNet-5 of lesson 09 and write data/lenet5.npz and data/lenet5_history.csv.

The setting is chosen on 10,000 training images set aside; what that training saw is the history.
The network is then trained anew on all 60,000, and the test images are looked at once, at the end.

    python -m tools.train_lenet5                       # about ten minutes on 2 cores
"""

import argparse
import functools
import math
import os
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread: the same bits on every run

import numpy as np

from course_utils import (
    DATA_DIRECTORY,
    AdamW,
    Cosine,
    Scale,
    Sequential,
    Warmup,
    evaluate,
    fit,
    lenet5,
    load_mnist,
    save_weights,
    shift_images,
)

SEED = 20261125
VALIDATION_IMAGES = 10_000
BATCH_SIZE = 128
LOSS = "softmax_cross_entropy"


class Setting(NamedTuple):
    """What is chosen on the validation images."""

    lr: float
    epochs: int
    limit: int  # pixels by which an image may be moved
    weight_decay: float


CANDIDATES = [
    Setting(lr=0.003, epochs=30, limit=1, weight_decay=0.05),
    Setting(lr=0.003, epochs=30, limit=2, weight_decay=0.05),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DATA_DIRECTORY / "lenet5.npz")
    out = parser.parse_args().out

    mnist = load_mnist()
    X, y = mnist.train_images[:, np.newaxis], mnist.train_labels
    best, history = choose(X, y)
    history.to_frame().to_csv(
        out.with_name(f"{out.stem}_history.csv"), float_format="%.6g", lineterminator="\n"
    )
    network, _ = train(X, y, best)
    save_weights(network, out)
    _, accuracy = evaluate(network, mnist.test_images[:, np.newaxis], mnist.test_labels, LOSS)
    print(f"{len(mnist.test_labels):,} test images {accuracy:.2%}")


def choose(X, y):
    """The candidate with the best accuracy on images set aside, and the history it had."""
    part, rest = slice(None, -VALIDATION_IMAGES), slice(-VALIDATION_IMAGES, None)
    histories = []
    for setting in CANDIDATES:
        _, history = train(X[part], y[part], setting, validation=(X[rest], y[rest]))
        histories.append(history)
        accuracy = history.validation_accuracy[-1]
        print(f"validation accuracy {accuracy:.2%}  {setting}", flush=True)
    best = int(np.argmax([history.validation_accuracy[-1] for history in histories]))
    return CANDIDATES[best], histories[best]


def train(X, y, setting, validation=None):
    """A network trained with a rate that rises for an epoch, then falls along half a cosine."""
    rng = np.random.default_rng(SEED)
    network = Sequential(Scale(0, 1 / 255), lenet5(init="he", rng=rng), output="softmax")
    steps = math.ceil(len(X) / BATCH_SIZE)  # an epoch
    rate = Warmup(Cosine(setting.lr, steps * (setting.epochs - 1)), steps)
    history = fit(
        network,
        X,
        y,
        LOSS,
        AdamW(rate, weight_decay=setting.weight_decay),
        setting.epochs,
        BATCH_SIZE,
        validation,
        rng=rng,
        progress=False,
        augment=functools.partial(shift_images, limit=setting.limit),
    )
    return network, history


if __name__ == "__main__":
    main()
