"""Checkpoints: a training goes on as if it had never stopped, and only as what it was."""

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
    Dense,
    Dropout,
    EarlyStopping,
    History,
    Momentum,
    RReLU,
    Sequential,
    Training,
    fit,
    load_checkpoint,
    read_arrays,
    save_checkpoint,
    save_weights,
    write_arrays,
)
from tests.messages import says, words
from tests.remembering import X_VALIDATION, Y_VALIDATION, X, Y, build, jitter, train


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
    ids=lambda value: words(repr(value))[:30],
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


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("network/running_var1", "run.npz, network: running_var1"),
        ("optimizer/sum_of_squares", "run.npz, optimizer: sum_of_squares"),
        ("callback 0/best_arrays/running_var1", "run.npz, callback: running_var1"),
    ],
)
def test_a_variance_below_0_is_refused_wherever_it_stands_and_nothing_changes(
    tmp_path, name, source
):
    path = saved(tmp_path)
    arrays = read_arrays(path)
    arrays[name][1] = -0.5
    write_arrays(path, arrays)
    network, optimizer, callbacks, rng = build(seed=7)
    before, drawn = network.theta.copy(), rng.bit_generator.state
    with pytest.raises(ValueError, match=says(f"{source} holds -0.5", "never below 0")):
        load_checkpoint(path, network, optimizer, callbacks, rng)
    np.testing.assert_array_equal(network.theta, before)
    assert (optimizer.steps, optimizer.state, callbacks[0].best_epoch) == (0, {}, 0)
    assert rng.bit_generator.state == drawn


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


def test_a_training_tells_its_generators_by_name_and_its_callbacks_in_their_order():
    network, optimizer, (stop,), rng = build()
    counter = Counter(3)
    callbacks = (counter, print, Callback(), stop)
    whole = Training(network, optimizer, History(), callbacks, rng)
    assert whole.remembering() == [counter, stop]
    layers = [leaf.rng for leaf in network.leaves() if leaf.rng is not None]
    assert len(layers) > 1
    assert whole.generators() == {
        "fit": rng,
        **{f"layer {k}": generator for k, generator in enumerate(layers)},
    }
    assert list(whole._replace(rng=None).generators().values()) == layers
    assert Training(network, optimizer, History()).remembering() == []


@pytest.mark.parametrize("name", ["run", "run.pkl"])
def test_a_checkpoint_of_another_ending_is_not_written(tmp_path, name):
    network, optimizer, _, _ = build()
    message = says("saved as .npz", f"got '{name}'", "run.npz")
    with pytest.raises(ValueError, match=message):
        save_checkpoint(tmp_path / name, network, optimizer, History())
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_wants_the_generator_and_not_its_seed(tmp_path):
    network, optimizer, _, _ = build()
    for function in (save_checkpoint, load_checkpoint):
        arguments = [History()] if function is save_checkpoint else []
        with pytest.raises(TypeError, match=r"rng must be the generator .*; got 0"):
            function(tmp_path / "x.npz", network, optimizer, *arguments, rng=0)
