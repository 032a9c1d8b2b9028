"""Callbacks and checkpoints: the best weights come back, and a stop leaves no trace."""

import contextlib
import copy
import json
import re

import numpy as np
import pytest

from course_utils import (
    SGD,
    Activation,
    Adam,
    BatchNorm,
    Callback,
    Checkpoint,
    Cosine,
    Dense,
    Dropout,
    EarlyStopping,
    History,
    Momentum,
    RReLU,
    Sequential,
    Warmup,
    evaluate,
    fit,
    load_checkpoint,
    read_arrays,
    save_checkpoint,
    save_weights,
    write_arrays,
)
from tests.messages import says

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


# -- early stopping -------------------------------------------------------------------------


def follow(values, **settings):
    """After which epoch a stop is called for, over a made-up course of the validation loss."""
    network, stop = Sequential(Dense(1, 1)), EarlyStopping(**settings)
    history = History()
    for epoch, value in enumerate(values, 1):
        network.theta = epoch
        history.loss.append(0.0)
        getattr(history, stop.monitor).append(value)
        if stop(network, history):
            break
    stop.finish(network, history)
    return epoch, stop, network.theta[0]


@pytest.mark.parametrize(
    ("values", "settings", "stopped", "best"),
    [
        ([3, 2, 1, 2, 2, 2], {"patience": 2}, 5, 3),
        ([3, 2, 1, 2, 2, 2], {"patience": 3}, 6, 3),
        ([3, 2, 1], {"patience": 1}, 3, 3),
        ([1, 1, 1], {"patience": 2}, 3, 1),  # equal is not better
        ([1, 2, 0.9, 2, 2], {"patience": 2}, 5, 3),
        ([3, 2.5, 2.4, 2], {"patience": 3, "min_delta": 0.75}, 4, 4),
        ([3, 2.5, 2.4, 2.3], {"patience": 2, "min_delta": 0.75}, 3, 1),
        ([0.5, 0.7, 0.6, 0.6], {"patience": 2, "monitor": "validation_accuracy"}, 4, 2),
        (
            [0.5, 0.75, 0.8],
            {"patience": 1, "monitor": "validation_accuracy", "min_delta": 0.1},
            3,
            2,
        ),
    ],
)
def test_training_stops_when_it_no_longer_improves(values, settings, stopped, best):
    epoch, stop, theta = follow(values, **settings)
    assert (epoch, stop.best_epoch, stop.best_value) == (stopped, best, values[best - 1])
    assert theta == best


def test_the_last_weights_stay_where_that_is_asked_for():
    epoch, stop, theta = follow([1, 2, 3], patience=2, restore_best=False)
    assert (epoch, theta, stop.best_epoch, stop.best_arrays) == (3, 3, 1, {})


@pytest.mark.parametrize("epochs", [3, 60])
def test_the_best_weights_and_state_are_restored_however_training_ends(epochs):
    network, optimizer, callbacks, rng = build()
    history = train(network, optimizer, callbacks, rng, epochs)
    assert len(history) < 60
    assert bool(history.stopped) == (epochs == 60)
    best = min(history.validation_loss)
    assert callbacks[0].best_value == best
    assert history.validation_loss.index(best) + 1 == callbacks[0].best_epoch
    loss, _ = evaluate(network, X_VALIDATION, Y_VALIDATION, "softmax_cross_entropy")
    assert loss == best


def test_an_interruption_restores_the_best_weights_too():
    def interrupt(network, history):
        if len(history) == 12:
            raise KeyboardInterrupt

    network, optimizer, _, rng = build()
    stop = EarlyStopping(patience=20)
    history = train(network, optimizer, [stop, interrupt], rng, epochs=20)
    assert history.stopped == "interrupted after 12 of 20 epochs"
    loss, _ = evaluate(network, X_VALIDATION, Y_VALIDATION, "softmax_cross_entropy")
    assert loss == min(history.validation_loss)


def test_the_same_object_starts_anew_in_a_new_training():
    network, optimizer, callbacks, rng = build()
    train(network, optimizer, callbacks, rng, epochs=2)
    callbacks[0].best_value = -1.0
    train(network, optimizer, callbacks, rng, epochs=2)
    assert callbacks[0].best_value > 0


def test_what_is_not_there_cannot_be_monitored():
    network, optimizer, _, rng = build()
    message = says("'validation_los'", ": loss, validation_loss")
    with pytest.raises(ValueError, match=message):
        train(network, optimizer, [EarlyStopping(monitor="validation_los")], rng)
    with pytest.raises(ValueError, match=r"which has: loss, learning_rate\. Give fit a validation"):
        fit(network, X, Y, "softmax_cross_entropy", SGD(0.1), 1, 8, callbacks=[EarlyStopping()])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: EarlyStopping(patience=0), ValueError, "patience must be at least 1; got 0"),
        (lambda: EarlyStopping(patience=1.5), TypeError, "patience must be a whole number"),
        (lambda: EarlyStopping(min_delta=-1), ValueError, "min_delta must be at least 0"),
        (lambda: Checkpoint("run"), ValueError, "a checkpoint is an .npz file; got 'run'"),
        (lambda: Checkpoint("run.npz", every=0), ValueError, "every must be at least 1"),
    ],
)
def test_bad_settings_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_what_is_not_said_has_its_default():
    text = "EarlyStopping(patience=5, min_delta=0, monitor='validation_loss', restore_best=True)"
    assert repr(EarlyStopping()) == text
    assert Checkpoint("run.npz").every == 1


class Diary(Callback):
    """Notes when each of its methods is called; ends a training as it is told to."""

    def __init__(self, needed=True, end=None):
        self.needed, self.end, self.calls = needed, end, []

    def start(self, training):
        self.calls.append("start")
        return not self.needed

    def __call__(self, network, history):
        self.calls.append(len(history))
        return self.end() if self.end and len(history) == 2 else False

    def finish(self, network, history):
        self.calls.append("finish")


def interrupt():
    raise KeyboardInterrupt


def fail():
    raise OSError("the disk is full")


@pytest.mark.parametrize(
    ("diary", "calls"),
    [
        (Diary(), ["start", 1, 2, 3, "finish"]),
        (Diary(needed=False), ["start", "finish"]),
        (Diary(end=lambda: True), ["start", 1, 2, "finish"]),
        (Diary(end=interrupt), ["start", 1, 2, "finish"]),
        (Diary(end=fail), ["start", 1, 2]),
    ],
    ids=["to its end", "not needed", "stopped", "interrupted", "failed"],
)
def test_the_methods_of_a_callback_are_called_at_their_time(diary, calls):
    network, optimizer, _, rng = build()
    diary.calls.clear()
    with pytest.raises(OSError, match="full") if diary.end is fail else contextlib.nullcontext():
        train(network, optimizer, [diary], rng, epochs=3)
    assert diary.calls == calls


def test_after_an_error_the_network_keeps_the_last_weights_and_the_callback_the_best():
    def spoil(network, history):
        network.theta = 9.0
        fail()

    network, optimizer, (stop,), rng = build()
    with pytest.raises(OSError, match="full"):
        train(network, optimizer, [stop, spoil], rng)
    assert (network.theta == 9).all()
    assert stop.best_epoch == 1
    assert not (stop.best_arrays["W1"] == 9).any()


def test_a_callback_that_does_nothing_changes_nothing():
    plain, watched = build(), build()
    first = train(*plain, epochs=2)
    network, optimizer, callbacks, rng = watched
    second = train(network, optimizer, [Callback(), *callbacks], rng, epochs=2)
    assert first == second


# -- checkpoints ----------------------------------------------------------------------------


class PowerCut(Exception):
    """Ends a training where nothing can be tidied up any more."""


def cut_in_epoch(k):
    """An augmentation that fails in the middle of epoch k."""
    calls = [0]

    def augment(X, rng):
        calls[0] += 1
        if calls[0] == 7 * (k - 1) + 4:  # seven batches an epoch
            raise PowerCut
        return jitter(X, rng)

    return augment


@pytest.mark.parametrize("cut", [2, 3, 7])
@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("bits", [np.random.PCG64, np.random.MT19937, np.random.Philox])
def test_a_training_that_was_cut_off_ends_as_one_that_was_not(tmp_path, cut, every, bits):
    def rngs(seed):
        return np.random.Generator(bits(seed))

    whole = build(rngs=rngs)
    expected = train(*whole, epochs=30)
    assert 8 < len(expected) < 30  # early stopping takes part

    path = tmp_path / "run.npz"
    network, optimizer, callbacks, rng = build(rngs=rngs)
    with pytest.raises(PowerCut):
        fit(
            network,
            X,
            Y,
            "softmax_cross_entropy",
            optimizer,
            30,
            8,
            validation=(X_VALIDATION, Y_VALIDATION),
            callbacks=[Checkpoint(path, every), *callbacks],
            rng=rng,
            augment=cut_in_epoch(cut),
        )
    if every == 2 and cut == 2:
        assert not path.exists()
        return

    network, optimizer, callbacks, rng = build(seed=50, rngs=lambda seed: rngs(seed + 50))
    history = load_checkpoint(path, network, optimizer, callbacks, rng)
    assert len(history) == (cut - 1) // every * every
    resumed = train(network, optimizer, callbacks, rng, epochs=30, history=history)
    assert resumed is history
    assert resumed == expected
    np.testing.assert_array_equal(network.theta, whole[0].theta)
    for name, array in whole[0].state.items():
        np.testing.assert_array_equal(network.state[name], array)
    assert callbacks[0].best_epoch == whole[2][0].best_epoch
    assert network.layers[3].rng.random() == whole[0].layers[3].rng.random()
    assert rng.random() == whole[3].random()


@pytest.mark.parametrize("shared", [True, False])
def test_a_generator_that_layers_share_must_be_shared_again(tmp_path, shared):
    """With one generator for all, as in `Dropout(0.2, rng=rng)` and `fit(rng=rng)`."""
    path, one = tmp_path / "run.npz", np.random.default_rng(3)
    whole = build(rngs=lambda seed: one)
    train(*whole[:2], [*whole[2], Checkpoint(path, every=2)], whole[3], epochs=3)
    expected = whole[0].theta.copy()
    other = np.random.default_rng(9)
    rngs = (lambda seed: other) if shared else np.random.default_rng
    network, optimizer, callbacks, rng = build(seed=9, rngs=rngs)
    if not shared:
        with pytest.raises(ValueError, match=r"'layer 0': 'that of fit'.*; got .*'PCG64', 'layer"):
            load_checkpoint(path, network, optimizer, callbacks, rng)
        return
    history = load_checkpoint(path, network, optimizer, callbacks, rng)
    assert len(history) == 2
    train(network, optimizer, callbacks, rng, epochs=3, history=history)
    np.testing.assert_array_equal(network.theta, expected)


def test_a_training_that_was_stopped_does_not_go_on(tmp_path):
    path = tmp_path / "run.npz"
    network, optimizer, callbacks, rng = build()
    expected = train(network, optimizer, [*callbacks, Checkpoint(path)], rng, epochs=30)
    other, optimizer, callbacks, rng = build(seed=9)
    history = load_checkpoint(path, other, optimizer, callbacks, rng)
    history = train(other, optimizer, callbacks, rng, epochs=30, history=history)
    assert history == expected
    np.testing.assert_array_equal(other.theta, network.theta)


def test_a_rate_that_was_set_by_hand_comes_back(tmp_path):
    path = tmp_path / "run.npz"
    network, optimizer = Sequential(Dense(2, 1)), Momentum(0.1)
    optimizer.lr = 0.05
    save_checkpoint(path, network, optimizer, History())
    fresh = Momentum(0.1)
    load_checkpoint(path, network, fresh)
    assert fresh.lr == 0.05
    with pytest.raises(ValueError, match=r"Momentum\(momentum=0.9\); got Momentum\(momentum=0.8\)"):
        load_checkpoint(path, network, Momentum(0.1, momentum=0.8))


def test_a_checkpoint_without_anything_random(tmp_path):
    path = tmp_path / "run.npz"
    network = Sequential(Dense(2, 2, rng=0), Activation("relu"), Dense(2, 2, rng=1))
    history = History(loss=[0.1 + 0.2, float("inf")], learning_rate=[0.1, 0.1], stopped="x")
    save_checkpoint(path, network, SGD(0.1), history)
    other = Sequential(Dense(2, 2), Activation("relu"), Dense(2, 2))
    assert load_checkpoint(path, other, SGD(0.1)) == history
    np.testing.assert_array_equal(other.theta, network.theta)


class Counter(Callback):
    """Has no `__repr__` of its own; stops after some epochs."""

    remembers = ("count",)

    def __init__(self, most, names=("loss",)):
        self.most, self.names, self.count, self._last = most, names, 0, None

    def __call__(self, network, history):
        self.count, self._last = self.count + 1, history.loss[-1]
        return self.count == self.most


def test_a_callback_goes_on_by_its_settings_whatever_it_prints(tmp_path):
    path, counter = tmp_path / "run.npz", Counter(5)
    network, optimizer, _, rng = build()
    train(network, optimizer, [counter, Checkpoint(path)], rng, epochs=3)
    network, optimizer, _, rng = build()
    with pytest.raises(ValueError, match=r"Counter\(most=5, names=\['loss'\]\).*; got .*most=6"):
        load_checkpoint(path, network, optimizer, [Counter(6)], rng)
    counter = Counter(5)
    history = load_checkpoint(path, network, optimizer, [counter], rng)
    assert counter.count == 3
    assert len(train(network, optimizer, [counter], rng, epochs=9, history=history)) == 5


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (BatchNorm(2), BatchNorm(2, momentum=0.2), r"BatchNorm\(momentum=0.1, .*; got .*0.2"),
        (Dropout(0.2, rng=0), Dropout(0.3, rng=0), r"Dropout\(rate=0.2\); got .*0.3"),
        (
            Activation("leaky_relu", alpha=0.1),
            Activation("leaky_relu", alpha=0.2),
            r"function=leaky_relu, hyperparameters=\(alpha=0.1\)\); got .*alpha=0.2",
        ),
        (Activation("relu"), Activation("tanh"), r"function=relu.*; got .*function=tanh"),
        (RReLU(0.1, 0.3, rng=0), RReLU(0.1, 0.4, rng=0), r"upper=0.3\); got .*upper=0.4\)"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_layers_of_other_settings_are_refused(tmp_path, one, other, message):
    path = tmp_path / "run.npz"
    networks = [Sequential(Dense(2, 2), copy.deepcopy(layer)) for layer in (one, other)]
    save_checkpoint(path, networks[0], SGD(0.1), History())
    with pytest.raises(ValueError, match=r"run.npz holds as layer 1: .*" + message):
        load_checkpoint(path, networks[1], SGD(0.1))


def saved(tmp_path):
    path = tmp_path / "run.npz"
    network, optimizer, callbacks, rng = build()
    train(network, optimizer, [*callbacks, Checkpoint(path)], rng, epochs=2)
    return path


def without(position, value):
    def change(parts):
        parts[position] = value
        return parts

    return change


def other_network(parts):
    parts[0] = Sequential(Dense(2, 3, rng=0), RReLU(), Dropout(0.1), Dense(3, 2))
    return parts


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without(1, SGD(0.1)), "optimizer: Adam.*; got SGD"),
        (without(1, Adam(0.1)), r"optimizer: Adam\(.*lr=Warmup.*; got Adam\(beta1=0.9, .*1e-08\)"),
        (without(2, []), r"callbacks: .*EarlyStopping\(patience=4.*; got \[\]"),
        (without(2, [EarlyStopping(patience=5)]), r"callbacks: .*patience=4.*; got .*patience=5"),
        (without(3, None), "random generators: {'fit': 'PCG64', .*; got {'layer 0': 'PCG64'"),
        (
            without(3, np.random.Generator(np.random.MT19937(0))),
            "random generators: .*; got {'fit': 'MT19937'",
        ),
        (other_network, r"run.npz holds as layer 1: BatchNorm\(momentum=0.1, .*; got RReLU"),
    ],
)
def test_what_is_not_as_it_was_is_refused_and_nothing_changes(tmp_path, change, message):
    path = saved(tmp_path)
    network, optimizer, callbacks, rng = change(list(build(seed=7)))
    before = network.theta.copy()
    with pytest.raises(ValueError, match=message):
        load_checkpoint(path, network, optimizer, callbacks, rng)
    np.testing.assert_array_equal(network.theta, before)
    assert optimizer.steps == 0
    assert all(callback.best_epoch == 0 for callback in callbacks)


def test_another_type_is_refused(tmp_path):
    path = saved(tmp_path)
    network, *rest = build()
    with pytest.raises(ValueError, match="dtype: float32; got float64"):
        load_checkpoint(path, network.astype(np.float64), *rest)


def test_weights_alone_are_no_checkpoint(tmp_path):
    path = tmp_path / "weights.npz"
    network, *rest = build()
    save_weights(network, path)
    with pytest.raises(ValueError, match="is not a checkpoint; weights alone are read with"):
        load_checkpoint(path, network, *rest)
    with pytest.raises(FileNotFoundError, match="no weights file"):
        load_checkpoint(tmp_path / "nothing.npz", network, *rest)


def test_the_facts_are_json_and_nothing_is_pickled(tmp_path):
    arrays = read_arrays(saved(tmp_path))
    facts = json.loads(arrays["facts"].tobytes())
    assert facts["steps"] == 14
    assert {array.dtype.kind for array in arrays.values()} == {"f", "u"}
    assert any(re.match("callback 0/best_arrays/", name) for name in arrays)


def test_an_array_too_many_is_refused(tmp_path):
    path = saved(tmp_path)
    write_arrays(path, {**read_arrays(path), "network/W9": np.zeros(2)})
    with pytest.raises(ValueError, match="not expected: W9"):
        load_checkpoint(path, *build())


def test_a_checkpoint_whose_optimizer_remembers_something_else_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    network, optimizer = Sequential(Dense(2, 1)), Momentum(0.1)
    optimizer.step(network.theta, np.ones(3, np.float32))
    save_checkpoint(path, network, optimizer, History())
    before = network.theta.copy()
    network.theta += 1
    monkeypatch.setattr(Momentum, "remembers", ("speed",))
    fresh = Momentum(0.1)
    message = (
        r"run.npz holds of the optimizer: velocity; Momentum now remembers: speed\. .*train anew"
    )
    with pytest.raises(ValueError, match=message):
        load_checkpoint(path, network, fresh)
    np.testing.assert_array_equal(network.theta, before + 1)  # nothing was changed
    assert (fresh.steps, fresh.state) == (0, {})


def test_a_checkpoint_wants_the_generator_and_not_its_seed(tmp_path):
    network, optimizer, _, _ = build()
    for function in (save_checkpoint, load_checkpoint):
        arguments = [History()] if function is save_checkpoint else []
        with pytest.raises(TypeError, match=r"rng must be the generator .*; got 0"):
            function(tmp_path / "x.npz", network, optimizer, *arguments, rng=0)
