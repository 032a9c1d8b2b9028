"""Train the multilayer perceptron of lesson 08; write data/mlp.npz and data/mlp_history.csv.

784-800-10, ReLU, softmax, with dropout before both dense layers: no convolution, and no image
but those of MNIST as they are. The rates of dropout are chosen on the last 10,000 of the 60,000
training images; the network is then trained anew on all of them. The test images are looked at
once, at the end.

    python -m tools.train_mlp                            # about three minutes on one core
"""

import argparse
import os
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread: the same bits on every run

import numpy as np
import pandas as pd

from course_utils import (
    DATA_DIRECTORY,
    Activation,
    Adam,
    Cosine,
    Dense,
    Dropout,
    Flatten,
    Scale,
    Sequential,
    Warmup,
    evaluate,
    fit,
    load_mnist,
    save_weights,
)

SEED = 20261125
VALIDATION_IMAGES = 10_000
EPOCHS = 12
BATCH_SIZE = 128
LOSS = "softmax_cross_entropy"


class Setting(NamedTuple):
    """What is chosen on the validation images: two rates of dropout."""

    pixels: float
    units: float


CANDIDATES = [
    Setting(pixels=0.0, units=0.0),
    Setting(pixels=0.1, units=0.4),
    Setting(pixels=0.2, units=0.5),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DATA_DIRECTORY, help="a folder")
    out = parser.parse_args().out

    mnist = load_mnist()
    best, histories = choose(mnist.train_images, mnist.train_labels)
    network, history = train(mnist.train_images, mnist.train_labels, best)
    histories["all 60,000 images"] = history
    save_weights(network, out / "mlp.npz")
    frames = {name: history.to_frame() for name, history in histories.items()}
    frame = pd.concat(frames, names=["run"])
    frame.to_csv(out / "mlp_history.csv", float_format="%.6g", lineterminator="\n")
    _, accuracy = evaluate(network, mnist.test_images, mnist.test_labels, LOSS)
    print(f"10,000 test images {accuracy:.2%}")


def choose(X, y):
    """The candidate with the best accuracy on images set aside; and the histories of all."""
    part, rest = slice(None, -VALIDATION_IMAGES), slice(-VALIDATION_IMAGES, None)
    histories = {}
    for setting in CANDIDATES:
        _, history = train(X[part], y[part], setting, validation=(X[rest], y[rest]))
        histories[f"dropout {setting.pixels:g} and {setting.units:g}"] = history
        print(f"validation accuracy {history.validation_accuracy[-1]:.2%}  {setting}", flush=True)
    scores = [history.validation_accuracy[-1] for history in histories.values()]
    return CANDIDATES[int(np.argmax(scores))], histories


def train(X, y, setting, validation=None):
    """A network whose learning rate rises for one epoch, then falls to 0 along half a cosine."""
    rng = np.random.default_rng(SEED)
    network = Sequential(
        Flatten(),
        Scale(0, 1 / 255),
        Dropout(setting.pixels, rng=rng),
        Dense(784, 800, rng=rng),
        Activation("relu"),
        Dropout(setting.units, rng=rng),
        Dense(800, 10, rng=rng),
        output="softmax",
        input_shape=(28, 28),
    )
    epoch = -(-len(X) // BATCH_SIZE)
    rate = Warmup(Cosine(0.002, steps=(EPOCHS - 1) * epoch), steps=epoch)
    history = fit(
        network,
        X,
        y,
        LOSS,
        Adam(rate),
        EPOCHS,
        BATCH_SIZE,
        validation=validation,
        rng=rng,
        progress=False,
    )
    return network, history


if __name__ == "__main__":
    main()
