"""A training with everything that remembers or draws, for callbacks and for checkpoints."""

import numpy as np

from course_utils import (
    Adam,
    BatchNorm,
    Cosine,
    Dense,
    Dropout,
    EarlyStopping,
    RReLU,
    Sequential,
    Warmup,
    fit,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 2)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(int)
X_VALIDATION = RNG.normal(size=(30, 2)).astype(np.float32)
Y_VALIDATION = (X_VALIDATION[:, 0] * X_VALIDATION[:, 1] > 0).astype(int)


def jitter(X, rng):
    return X + rng.normal(scale=0.1, size=X.shape).astype(np.float32)


def build(seed=0, rngs=np.random.default_rng):
    """All that takes part in a training with everything that remembers or draws."""
    network = Sequential(
        Dense(2, 12, rng=seed),
        BatchNorm(12),
        RReLU(rng=rngs(1)),
        Dropout(0.2, rng=rngs(2)),
        Dense(12, 2, rng=seed + 1),
        output="softmax",
    )
    optimizer = Adam(Warmup(Cosine(0.05, steps=60), steps=10))
    return network, optimizer, [EarlyStopping(patience=4)], rngs(3)


def train(network, optimizer, callbacks, rng, epochs=10, **options):
    return fit(
        network,
        X,
        Y,
        "softmax_cross_entropy",
        optimizer,
        epochs,
        batch_size=8,
        validation=(X_VALIDATION, Y_VALIDATION),
        callbacks=callbacks,
        rng=rng,
        augment=jitter,
        **options,
    )
