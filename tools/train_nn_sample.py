"""Train the three-layer network of lessons 03 and 06 and write data/nn_sample.npz.

784-50-100-10, sigmoid, sigmoid, softmax, on the 29,400 training rows of
``split_and_scale(pixels, labels)`` over the first 42,000 images of MNIST. The setting is chosen
on a validation part of those rows; the network is then trained anew on all of them. The 12,600
held-out rows and the official test images are looked at once, at the end.

    python -m tools.train_nn_sample                      # about three minutes on 2 cores
"""

import argparse
import os
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread: the same bits on every run

import numpy as np
from sklearn.model_selection import train_test_split

from course_utils import (
    DATA_DIRECTORY,
    Activation,
    Adam,
    Cosine,
    Dense,
    Sequential,
    digit_frame,
    fit,
    load_mnist,
    minimum_and_range,
    predict,
    scale,
    shift_images,
    split_and_scale,
    write_arrays,
)

SEED = 20261124
VALIDATION_ROWS = 4_400


class Setting(NamedTuple):
    """What is chosen on the validation rows."""

    lr: float
    epochs: int
    l2: float
    shifts: bool


CANDIDATES = [
    Setting(lr=0.003, epochs=60, l2=0.0, shifts=False),
    Setting(lr=0.003, epochs=60, l2=1e-4, shifts=False),
    Setting(lr=0.003, epochs=60, l2=0.0, shifts=True),
    Setting(lr=0.005, epochs=60, l2=0.0, shifts=True),
    Setting(lr=0.005, epochs=60, l2=1e-5, shifts=True),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DATA_DIRECTORY / "nn_sample.npz")
    out = parser.parse_args().out

    frame = digit_frame(42_000)
    pixels, labels = frame.drop(columns="label").to_numpy(), frame["label"].to_numpy()
    X_train, _, y_train, _ = train_test_split(pixels, labels, test_size=0.3, random_state=42)

    best = choose(X_train, y_train)
    scaler = minimum_and_range(X_train)
    network = train(X_train, y_train, scaler, best)
    arrays = {**network.params, "x_min": scaler[0], "x_range": scaler[1]}
    write_arrays(out, arrays)
    report(network, scaler, pixels, labels)


def choose(X, y):
    """The candidate with the best accuracy on rows set aside from the training rows."""
    X_part, X_rest, y_part, y_rest = train_test_split(
        X, y, test_size=VALIDATION_ROWS, random_state=SEED
    )
    scaler = minimum_and_range(X_part)
    scores = []
    for setting in CANDIDATES:
        network = train(X_part, y_part, scaler, setting)
        accuracy = np.mean(predict(network, scale(X_rest, scaler)) == y_rest)
        scores.append(accuracy)
        print(f"validation accuracy {accuracy:.2%}  {setting}", flush=True)
    return CANDIDATES[int(np.argmax(scores))]


def train(X, y, scaler, setting):
    """A network trained with a learning rate that falls to 0 along half a cosine."""
    rng = np.random.default_rng(SEED)
    network = Sequential(
        Dense(784, 50, init="xavier", rng=rng),
        Activation("sigmoid"),
        Dense(50, 100, init="xavier", rng=rng),
        Activation("sigmoid"),
        Dense(100, 10, init="xavier", rng=rng),
        output="softmax",
    )
    # A pixel that is blank in every training image tells nothing: it gets no weight, and
    # `augment` keeps it blank, so the weight stays 0.
    network.params["W1"][constant(X)] = 0
    optimizer, rate = Adam(setting.lr), Cosine(setting.lr, steps=setting.epochs)
    for epoch in range(setting.epochs):
        optimizer.lr = rate(epoch)
        images = augment(X, rng) if setting.shifts else X
        fit(
            network,
            scale(images, scaler),
            y,
            loss="softmax_cross_entropy",
            optimizer=optimizer,
            epochs=1,
            batch_size=100,
            rng=rng,
            progress=False,
            l2=setting.l2,
        )
    return network


def constant(X):
    """Which columns have one value only."""
    return X.min(axis=0) == X.max(axis=0)


def augment(X, rng):
    """Every image moved by -1, 0 or 1 pixel in each direction, at random."""
    moved = shift_images(X.reshape(-1, 28, 28), rng).reshape(X.shape)
    moved[:, constant(X)] = 0
    return moved


def report(network, scaler, pixels, labels):
    """Accuracy on the held-out rows, as lesson 06 gets it, and on the official test images."""
    _, X_test, _, y_test = split_and_scale(pixels, labels)
    held_out = np.mean(predict(network, X_test) == y_test)
    mnist = load_mnist()
    X_official = scale(mnist.test_images.reshape(-1, 784), scaler)
    official = np.mean(predict(network, X_official) == mnist.test_labels)
    print(f"{len(y_test):,} held-out rows {held_out:.2%}, 10,000 test images {official:.2%}")


if __name__ == "__main__":
    main()
