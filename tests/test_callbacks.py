"""Callbacks: when each is called, and the best weights come back however training ends."""

import contextlib
import json

import pytest

from course_utils import (
    SGD,
    Callback,
    Checkpoint,
    Dense,
    EarlyStopping,
    History,
    Sequential,
    evaluate,
    fit,
    read_arrays,
)
from tests.messages import says
from tests.remembering import X_VALIDATION, Y_VALIDATION, X, Y, build, train

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


def test_a_value_that_is_no_number_cannot_be_monitored():
    """NaN stands in the history for an epoch without validation."""
    stop, network = EarlyStopping(patience=2), Sequential(Dense(1, 1))
    history = History(loss=[1.0], validation_loss=[0.5], learning_rate=[0.1])
    stop(network, history)
    history.add(loss=1.0, validation_loss=None, learning_rate=0.1)
    with pytest.raises(ValueError, match=says("no 'validation_loss'", "validation=(X, y)")):
        stop(network, history)
    assert (stop.best_epoch, stop.best_value) == (1, 0.5)


def test_settings_are_the_public_attributes_that_are_not_remembered():
    class Counting(Callback):
        remembers = ("count",)

        def __init__(self):
            self.most, self.count, self._last = 3, 0, None

    assert Counting().settings() == {"most": 3}
    assert Callback().settings() == {}


@pytest.mark.parametrize(("every", "written"), [(1, [1, 2, 3, 4, 5]), (2, [2, 4]), (3, [3])])
def test_a_checkpoint_is_written_after_every_so_many_epochs_and_after_all_others(
    tmp_path, every, written
):
    """What another callback has learned in an epoch stands in the file of that epoch."""
    path, found = tmp_path / "run.npz", []

    class Reader(Callback):
        remembers = ("epochs",)
        epochs = 0

        def __call__(self, network, history):
            self.look()
            self.epochs = len(history)

        def finish(self, network, history):
            self.look()

        def look(self):
            if path.exists():
                facts = json.loads(read_arrays(path)["facts"].tobytes())
                found.append((len(facts["history"]["loss"]), facts["remembered"][0]["epochs"]))

    network, optimizer, _, rng = build()
    train(network, optimizer, [Checkpoint(path, every), Reader()], rng, epochs=5)
    assert sorted(set(found)) == [(epoch, epoch) for epoch in written]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: EarlyStopping(patience=0), ValueError, "patience must be at least 1; got 0"),
        (lambda: EarlyStopping(patience=1.5), TypeError, "patience must be a whole number"),
        (lambda: EarlyStopping(min_delta=-1), ValueError, "min_delta must be at least 0"),
        (lambda: Checkpoint("run"), ValueError, "a checkpoint is an .npz file; got 'run'"),
        (lambda: Checkpoint("run.npy"), ValueError, "a checkpoint is an .npz file; got 'run.npy'"),
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
