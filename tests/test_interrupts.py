"""Ctrl-C at every line of a training: nothing is left by halves, and a checkpoint goes on."""

import contextlib
import re
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from course_utils import (
    Adam,
    BatchNorm,
    Checkpoint,
    Dense,
    Dropout,
    EarlyStopping,
    Sequential,
    fit,
    load_checkpoint,
    training,
)
from course_utils._interrupts import held
from tests.messages import says

PACKAGE = str(Path(training.__file__).parent)
X = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)
EPOCHS, STEPS, FROZEN = 2, 4, slice(0, 9)


SIZE = 4 * (9 + 6 + 8)  # bytes of the parameters


def build():
    """A network with a frozen layer, running statistics and random numbers, and its training."""
    network = Sequential(
        Dense(2, 3, rng=0), BatchNorm(3), Dropout(0.2, rng=1), Dense(3, 2, rng=2), output="softmax"
    )
    network.layers[0].trainable = False
    return network, Adam(0.05), EarlyStopping(patience=2), np.random.default_rng(3)


def train(network, optimizer, stop, rng, callbacks=(), history=None):
    options = {"validation": (X, Y), "rng": rng, "l2": 0.01, "history": history, "progress": False}
    callbacks = [stop, *callbacks]
    return fit(
        network, X, Y, "softmax_cross_entropy", optimizer, EPOCHS, 4, callbacks=callbacks, **options
    )


def state(network, optimizer):
    """All that a step changes, as bytes."""
    arrays = [network.theta, *network.state.values(), *optimizer.state.values()]
    return b"".join(array.tobytes() for array in arrays)


@pytest.fixture(scope="module")
def whole():
    """The training that nobody interrupts: its history, its end or that of its first epoch, and all
    states between steps by their number."""
    network, optimizer, stop, rng = build()
    states, step = {0: {state(network, optimizer)}}, optimizer.step

    def noting(*arguments):
        step(*arguments)
        states.setdefault(optimizer.steps, set()).add(state(network, optimizer))

    optimizer.step = noting
    history = train(network, optimizer, stop, rng)
    assert len(states) == 1 + STEPS
    return history, {now[:SIZE] for now in states[2] | states[4]}, states


class AtLine:
    """Do something at one event, by its number, of all lines that the package runs meanwhile."""

    def __init__(self, number=None, action=None):
        self.number, self.action, self.lines = number, action, []

    def __call__(self, frame, event, argument):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            self.lines.append((frame.f_code.co_filename, frame.f_lineno))
            if len(self.lines) == self.number:
                self.action()
        return self

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self)
        return self

    def __exit__(self, *error):
        sys.settrace(self.before)


def everywhere(callbacks=()):
    """The numbers of events: every line, the first time and the last time that it runs."""
    network, optimizer, stop, rng = build()
    with AtLine() as at:
        train(network, optimizer, stop, rng, callbacks)
    first = {line: k for k, line in reversed([*enumerate(at.lines, 1)])}
    last = {line: k for k, line in enumerate(at.lines, 1)}
    assert len(first) > 300
    return sorted({*first.values(), *last.values()})


@pytest.fixture(autouse=True)
def terminal():
    """Ctrl-C does what it does there: what a shell runs in the background would ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press():
    signal.raise_signal(signal.SIGINT)


def throw():
    raise KeyboardInterrupt


def interrupted(action, number, callbacks=()):
    """Network, optimizer and history after a training in which an action came at an event.

    The history is None where the interrupt came before the first step, or behind the last one.
    """
    network, optimizer, stop, rng = build()
    history = None
    with contextlib.suppress(KeyboardInterrupt), AtLine(number, action):
        history = train(network, optimizer, stop, rng, callbacks)
    if action is throw:  # perhaps in the line that would have done it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return network, optimizer, history


def check_history(history, whole):
    expected, *_ = whole
    assert history.stopped in (expected.stopped, f"interrupted after {len(history)} of 2 epochs")
    for name, values in history.columns().items():
        assert values == getattr(expected, name)[: len(history)]
        assert len(values) == len(history)


def test_ctrl_c_at_any_line_comes_between_two_steps(whole, capsys):
    _, best, states = whole
    for number in everywhere():
        network, optimizer, history = interrupted(press, number)
        if history is None:
            assert optimizer.steps in (0, STEPS)
        else:
            check_history(history, whole)
        now = state(network, optimizer)
        assert now in states[optimizer.steps] or network.theta.tobytes() in best
        assert network.theta[FROZEN].tobytes() == build()[0].theta[FROZEN].tobytes()
    assert "fit was interrupted after 1 of 2 epochs" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_that_can_t_be_held_changes_nothing_frozen(whole, capsys):
    """As it comes where another program handles the signal, and sends the exception itself."""
    _, best, states = whole
    thetas = {theta for some in states.values() for theta in (now[:SIZE] for now in some)} | best
    for number in everywhere():
        network, _, history = interrupted(throw, number)
        if history is not None:
            check_history(history, whole)
            assert network.theta.tobytes() in thetas
        assert network.theta[FROZEN].tobytes() == build()[0].theta[FROZEN].tobytes()
    assert "fit was interrupted after 1 of 2 epochs" in capsys.readouterr().out


def test_ctrl_c_comes_before_the_best_arrays_are_restored_or_behind_it(capsys):
    """At every line behind the last epoch, where a callback has changed all that there is."""
    passed, left = [], []

    def spoil(network, history):
        if len(history) == EPOCHS:
            network.theta += 1
            left.append(network.theta.tobytes())
            passed.append(len(at.lines))

    at = AtLine()
    network, optimizer, stop, rng = build()
    with at:
        train(network, optimizer, stop, rng, [spoil])
    restored = network.theta.tobytes()
    assert restored not in left
    for number in range(passed[0] + 1, len(at.lines) + 1):
        network, *_ = interrupted(press, number, [spoil])
        assert network.theta.tobytes() in (left[0], restored)
    capsys.readouterr()


# Thrown where a `with` closes a file, it is left to the collector to close.
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("action", [press, throw])
def test_a_training_goes_on_from_its_checkpoint_wherever_it_was_interrupted(
    whole, tmp_path, action, capsys
):
    expected, best, _ = whole
    path = tmp_path / "run.npz"
    for number in everywhere([Checkpoint(path)])[::4]:
        path.unlink(missing_ok=True)
        interrupted(action, number, [Checkpoint(path)])
        assert [p for p in tmp_path.iterdir() if p != path] == []
        if not path.exists():
            continue
        network, optimizer, stop, rng = build()
        history = load_checkpoint(path, network, optimizer, [stop], rng)
        assert len(history) in (1, 2)
        train(network, optimizer, stop, rng, history=history)
        assert history == expected
        assert network.theta.tobytes() in best
        assert optimizer.steps == STEPS
    capsys.readouterr()


# -- what is held -----------------------------------------------------------------------------


def test_ctrl_c_in_a_held_block_comes_behind_it():
    done = []

    def blocks():
        with held():
            with held():
                press()
                done.append("inner")
            done.append("outer")
        done.append("behind")

    with pytest.raises(KeyboardInterrupt):
        blocks()
    with held():
        done.append("later")
    with pytest.raises(KeyboardInterrupt):
        press()
    assert done == ["inner", "outer", "later"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_twice_is_not_held():
    done = []

    def block():
        with held():
            press()
            done.append("first")
            press()
            done.append("second")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["first"]


def test_an_error_in_a_held_block_is_not_hidden_by_ctrl_c():
    def block():
        with held():
            press()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        block()
    with held():
        pass  # and no Ctrl-C of an earlier one


def test_another_handler_and_another_thread_are_left_alone():
    seen = []

    def mine(number, frame):
        seen.append("mine")

    before = signal.signal(signal.SIGINT, mine)
    try:
        with held():
            press()
            assert seen == ["mine"]
    finally:
        signal.signal(signal.SIGINT, before)

    def work():
        with held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["mine", before]


def test_a_training_within_a_callback_can_be_interrupted_too(capsys):
    inner = []

    def nested(network, history):
        network, optimizer, stop, rng = build()
        at = [lambda network, history: press()]
        inner.append(train(network, optimizer, stop, rng, at))

    network, optimizer, stop, rng = build()
    history = train(network, optimizer, stop, rng, [nested])
    assert [one.stopped for one in inner] == ["interrupted after 1 of 2 epochs"] * 2
    assert len(history) == 2
    capsys.readouterr()


# -- other errors -----------------------------------------------------------------------------


def test_whatever_ends_a_training_carries_its_history(tmp_path):
    """A full disk, for one: the folder of the checkpoint is gone after the first epoch."""
    folder = tmp_path / "runs"
    folder.mkdir()

    def lose(network, history):
        if len(history) == 1:
            folder.rename(tmp_path / "elsewhere")

    network, optimizer, stop, rng = build()
    with pytest.raises(FileNotFoundError) as caught:
        train(network, optimizer, stop, rng, [lose, Checkpoint(folder / "run.npz")])
    assert len(caught.value.history) == 1
    (note,) = caught.value.__notes__
    assert re.search(says("1 of 2 epochs", "network keeps", "the exception the history"), note)
