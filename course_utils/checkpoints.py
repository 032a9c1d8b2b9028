"""Checkpoints: a whole training in one .npz file, to go on as if it had never stopped.

Beside the network's arrays that is all that a further step depends on: what the optimizer and
the callbacks remember, the history, and the state of every random generator. Arrays are stored
as such, everything else as JSON; nothing is ever pickled.
"""

import json
from typing import Any, NamedTuple

import numpy as np

from .history import History
from .weights import (
    check_network_arrays,
    copy_arrays,
    read_arrays,
    restore_arrays,
    write_arrays,
)

__all__ = ["Training", "load_checkpoint", "save_checkpoint"]


class Training(NamedTuple):
    """All that takes part in a training.

    Attributes
    ----------
    network : Sequential
    optimizer : Optimizer
    history : History
    callbacks : tuple of callable
    rng : numpy.random.Generator or None
        What shuffles and augments.
    """

    network: Any
    optimizer: Any
    history: History
    callbacks: tuple = ()
    rng: Any = None

    def generators(self):
        """Every random generator by name: that of `fit`, and those of random layers."""
        layers = [leaf for leaf in self.network.leaves() if leaf.rng is not None]
        named = {f"layer {k}": leaf.rng for k, leaf in enumerate(layers)}
        return named if self.rng is None else {"fit": self.rng, **named}

    def remembering(self):
        """The callbacks that a checkpoint keeps, each with its place among them."""
        return enumerate(c for c in self.callbacks if getattr(c, "remembers", ()))


def save_checkpoint(path, network, optimizer, history, callbacks=(), rng=None):
    """Write a training to an .npz file, whole or not at all; see `Checkpoint`.

    Parameters
    ----------
    path : str or path-like
        Must end in .npz. A file that stands there is replaced.
    network : Sequential
    optimizer : Optimizer
    history : History
    callbacks : sequence of callable
    rng : numpy.random.Generator, optional
        The one that `fit` was given.

    Raises
    ------
    TypeError
        When `rng` is no generator.
    ValueError
        When the path does not end in .npz.
    """
    _check_generator(rng)
    training = Training(network, optimizer, history, tuple(callbacks), rng)
    arrays = {f"network/{name}": array for name, array in copy_arrays(network).items()}
    arrays |= {f"optimizer/{name}": vector for name, vector in optimizer.state.items()}
    facts = _fixed(training) | {
        "steps": optimizer.steps,
        "rate": _rate(optimizer),
        "history": vars(history),
        "generators": {k: g.bit_generator.state for k, g in training.generators().items()},
        "remembered": [],
    }
    for k, callback in training.remembering():
        remembered = {name: getattr(callback, name) for name in callback.remembers}
        for name, value in remembered.items():
            if isinstance(value, dict):
                arrays |= {f"callback {k}/{name}/{key}": array for key, array in value.items()}
                remembered[name] = list(value)
        facts["remembered"].append(remembered)
    text = json.dumps(facts, default=np.ndarray.tolist)
    write_arrays(path, {**arrays, "facts": np.frombuffer(text.encode(), np.uint8)})


def load_checkpoint(path, network, optimizer, callbacks=(), rng=None):
    """Read a training from an .npz file into objects that are built as they were then.

    Nothing is changed unless the whole file fits. Go on with
    ``fit(..., epochs, ..., callbacks=callbacks, rng=rng, history=history)``: `epochs` counts
    from the very first, and the result is the same as without the stop.

    Parameters
    ----------
    path : str or path-like
    network : Sequential
    optimizer : Optimizer
    callbacks : sequence of callable
    rng : numpy.random.Generator, optional
        Needed if `fit` had one; its state is set to what it was.

    Returns
    -------
    History

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    TypeError
        When `rng` is no generator.
    ValueError
        When the file is no checkpoint, or was made with another network, optimizer, other
        callbacks or other random generators. The message names what differs.
    """
    _check_generator(rng)
    arrays = read_arrays(path)
    if "facts" not in arrays:
        raise ValueError(f"{path} is not a checkpoint; weights alone are read with load_weights.")
    facts = json.loads(arrays.pop("facts").tobytes())
    training = Training(network, optimizer, History(**facts["history"]), tuple(callbacks), rng)
    for what, given in _fixed(training).items():
        if facts[what] != given:
            raise ValueError(f"{path} holds {what}: {facts[what]}; got {given}.")
    groups = {}
    for name, array in arrays.items():
        group, _, key = name.partition("/")
        groups.setdefault(group, {})[key] = array
    check_network_arrays(network, groups.get("network", {}), f"{path}, network")
    memories = groups.get("optimizer", {})
    if memories and set(memories) != set(optimizer.remembers):
        raise ValueError(
            f"{path} holds of the optimizer: {', '.join(memories)}; {type(optimizer).__name__} now "
            f"remembers: {', '.join(optimizer.remembers)}. The file is of another version of "
            "course_utils: go on with that one, or train anew."
        )

    restore_arrays(network, groups["network"])
    optimizer.steps = facts["steps"]
    if facts["rate"] is not None:
        optimizer.lr = facts["rate"]
    optimizer.state = memories
    for name, generator in training.generators().items():
        generator.bit_generator.state = facts["generators"][name]
    for (k, callback), remembered in zip(training.remembering(), facts["remembered"], strict=True):
        for name, value in remembered.items():
            if isinstance(value, list):
                value = {key: groups[f"callback {k}"][f"{name}/{key}"] for key in value}
            setattr(callback, name, value)
    return training.history


def _check_generator(rng):
    if not (rng is None or isinstance(rng, np.random.Generator)):
        raise TypeError(
            "rng must be the generator that fit has or gets, such as rng = "
            f"np.random.default_rng(0), since its state is kept; got {rng!r}."
        )


def _rate(optimizer):
    """The learning rate where it is a number: it may have been changed on the way."""
    lr = optimizer.settings()["lr"]
    return None if callable(lr) else lr


def _optimizer_as_text(optimizer):
    """The optimizer with its schedule and other settings, which stay the same on the way."""
    settings = optimizer.settings()
    schedule = settings.pop("lr")
    if callable(schedule):
        settings["lr"] = getattr(schedule, "__name__", schedule)
    return f"{type(optimizer).__name__}({', '.join(f'{k}={v}' for k, v in settings.items())})"


def _fixed(training):
    """What must be the same when a training goes on."""
    return {
        "dtype": str(training.network.dtype),
        "optimizer": _optimizer_as_text(training.optimizer),
        "callbacks": [repr(callback) for _, callback in training.remembering()],
        "random generators": _generators_as_text(training.generators()),
    }


def _generators_as_text(generators):
    """The kind of each generator, and whether it is also another one's: they then draw in turn."""
    first_name, texts = {}, {}
    for name, generator in generators.items():
        first = first_name.setdefault(id(generator), name)
        kind = type(generator.bit_generator).__name__
        texts[name] = kind if first == name else f"that of {first}"
    return texts
