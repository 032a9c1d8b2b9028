"""Checkpoints: a whole training in one .npz file, to go on as if it had never stopped.

Beside the network's arrays that is all that a further step depends on: what the optimizer and
the callbacks remember, the history, and the state of every random generator. Arrays are stored
as such, everything else as JSON; nothing is ever pickled.

A file is read in three passes: its facts, the names and types of its arrays, the arrays. Only when
all of it has been found to fit what is there is anything changed.
"""

from __future__ import annotations

import functools
import json
import math
import os
from collections.abc import Callable, Sequence
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ._disk import printable
from .files import (
    check_arrays,
    check_network_arrays,
    check_signs,
    check_types,
    copy_arrays,
    open_arrays,
    read_open,
    restore_arrays,
    write_arrays,
)
from .history import History

if TYPE_CHECKING:
    from .network import Sequential
    from .optimizers import Optimizer

__all__ = ["Training", "load_checkpoint", "save_checkpoint"]

MOST_FACTS = 1 << 23  # bytes of JSON: a history of more than fifty thousand epochs
# What a state of a generator may say at most of a place in its buffer: beyond it, NumPy would read
# memory that is not the buffer's.
MOST_IN_GENERATORS = {"pos": 624, "buffer_pos": 4, "has_uint32": 1}


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

    network: Sequential
    optimizer: Optimizer
    history: History
    callbacks: tuple[Callable[[Sequential, History], bool | None], ...] = ()
    rng: np.random.Generator | None = None

    def generators(self) -> dict[str, np.random.Generator]:
        """Every random generator by name: that of `fit`, and those of random layers."""
        layers = [leaf for leaf in self.network.leaves() if leaf.rng is not None]
        named = {f"layer {k}": leaf.rng for k, leaf in enumerate(layers)}
        return named if self.rng is None else {"fit": self.rng, **named}

    def remembering(self) -> list[Any]:
        """The callbacks that a checkpoint keeps, in their order."""
        return [c for c in self.callbacks if getattr(c, "remembers", ())]


def save_checkpoint(
    path: str | os.PathLike[str],
    network: Sequential,
    optimizer: Optimizer,
    history: History,
    callbacks: Sequence[Callable[[Sequential, History], bool | None]] = (),
    rng: np.random.Generator | None = None,
) -> None:
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
        When the path does not end in .npz, or the history has grown too long to be read again.
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
    for k, callback in enumerate(training.remembering()):
        remembered = {name: getattr(callback, name) for name in callback.remembers}
        for name, value in remembered.items():
            if isinstance(value, dict):
                arrays |= {f"callback {k}/{name}/{key}": array for key, array in value.items()}
                remembered[name] = list(value)
        facts["remembered"].append(remembered)
    text = json.dumps(facts, default=_as_json)
    if len(text) > MOST_FACTS:
        raise ValueError(
            f"a history of {len(history):,} epochs is too long for a checkpoint: {len(text):,} "
            f"bytes, and {MOST_FACTS:,} are read. Go on with a new History()."
        )
    write_arrays(path, {**arrays, "facts": np.frombuffer(text.encode(), np.uint8)})


def load_checkpoint(
    path: str | os.PathLike[str],
    network: Sequential,
    optimizer: Optimizer,
    callbacks: Sequence[Callable[[Sequential, History], bool | None]] = (),
    rng: np.random.Generator | None = None,
) -> History:
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
    name = printable(Path(path).name)
    training = Training(network, optimizer, History(), tuple(callbacks), rng)
    with open_arrays(path) as file:  # one file, though a training may be writing the next one
        facts = _read_facts(file, name)
        _check_facts(facts, training, name)
        training = training._replace(history=History(**facts["history"]))
        expected = functools.partial(_check_headers, facts=facts, training=training, name=name)
        arrays = read_open(file, name, expected, most=math.inf)  # the training says how many bytes
    groups = _grouped(arrays)
    memories = groups.get("optimizer", {})
    check_signs(groups["network"], network.never_negative, f"{name}, network")
    check_signs(memories, optimizer.never_negative if memories else (), f"{name}, optimizer")
    remembered = _remembered(facts, groups)
    for value in (value for values in remembered for value in values.values()):
        if isinstance(value, dict):  # of arrays, most often the network's
            check_signs(value, value.keys() & set(network.never_negative), f"{name}, callback")

    # From here on nothing can fail.
    restore_arrays(network, groups["network"])
    optimizer.steps, optimizer.state = facts["steps"], memories
    if facts["rate"] is not None:
        optimizer.lr = facts["rate"]
    for key, generator in training.generators().items():
        generator.bit_generator.state = facts["generators"][key]
    for callback, values in zip(training.remembering(), remembered, strict=True):
        for attribute, value in values.items():
            setattr(callback, attribute, value)
    return training.history


def _read_facts(file, name):
    """What a checkpoint holds beside arrays, as it stands in the file."""

    def check(headers):
        if "facts" not in headers:
            raise ValueError(
                f"{name} is not a checkpoint; weights alone are read with load_weights."
            )
        shape, dtype, _ = headers["facts"]
        if dtype != np.uint8 or len(shape) != 1 or shape[0] > MOST_FACTS:
            raise ValueError(
                f"{name}: its facts must be at most {MOST_FACTS:,} bytes of JSON; got {dtype} of "
                f"shape {printable(shape)}."
            )

    text = read_open(file, name, check, math.inf, names=["facts"])["facts"].tobytes()
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name}: its facts are no JSON: {printable(error)}.") from None


def _check_facts(facts, training, name):
    """Refuse facts that are none, or not those of such a training."""

    def check(good, what, found):
        if not good:
            raise ValueError(f"{name} is damaged: {what}; got {printable(found)}.")

    fixed, optimizer = _fixed(training), training.optimizer
    expected = {*fixed, "steps", "rate", "history", "generators", "remembered"}
    check(isinstance(facts, dict), "its facts must be a JSON object", facts)
    if facts.keys() != expected:
        raise ValueError(
            f"{name} is of another version of course_utils, or damaged: its facts must be "
            f"{', '.join(sorted(expected))}; got {printable(', '.join(facts))}. Go on with that "
            "version, or train anew; save_weights keeps weights for every version."
        )
    stored = facts["layers"]
    check(isinstance(stored, list), "layers must be a list", stored)
    for k, (there, here) in enumerate(zip(stored, fixed.pop("layers"), strict=False)):
        if there != here:  # where one has more layers, it has other arrays, or lacks a shape
            raise ValueError(
                f"{name} holds as layer {k}: {printable(there, 1000)}; got {printable(here, 1000)}."
            )
    for what, given in fixed.items():
        if facts[what] != given:
            raise ValueError(
                f"{name} holds {what}: {printable(facts[what], 1000)}; got "
                f"{printable(given, 1000)}."
            )
    steps, rate = facts["steps"], facts["rate"]
    check(type(steps) is int and 0 <= steps < 2**63, "steps must be 0 or more", steps)
    if _rate(optimizer) is None:
        check(rate is None, "a rate stands beside the schedule", rate)
    else:
        check(_is_number(rate) and 0 < rate < math.inf, "the rate must be above 0", rate)
    _check_history(facts["history"], check)
    _check_states(facts["generators"], training.generators(), check)

    remembering, remembered = training.remembering(), facts["remembered"]
    check(
        isinstance(remembered, list) and len(remembered) == len(remembering),
        f"remembered must be a list of {len(remembering)}, one a callback",
        remembered,
    )
    for callback, values in zip(remembering, remembered, strict=True):
        check(
            isinstance(values, dict) and values.keys() == set(callback.remembers),
            f"{type(callback).__name__} must remember {', '.join(callback.remembers)}",
            values,
        )
        for attribute, value in values.items():
            names = isinstance(value, list) and all(isinstance(key, str) for key in value)
            check(
                names or value is None or isinstance(value, str | int | float),
                f"{attribute} must be a number, text, null, or names of arrays",
                value,
            )


def _check_history(values, check):
    columns = vars(History())
    check(isinstance(values, dict), "the history must be a JSON object", values)
    check(values.keys() == columns.keys(), f"the history must be {', '.join(columns)}", [*values])
    check(isinstance(values["stopped"], str), "stopped must be text", values["stopped"])
    for name in (name for name in columns if name != "stopped"):  # loss is the first
        column, epochs = values[name], values["loss"]
        good = isinstance(column, list) and all(map(_is_number, column))
        check(good, f"{name} must be a list of numbers", column)
        check(
            len(column) == len(epochs) or (not column and name != "learning_rate"),
            f"{name} must have an entry an epoch, as loss has",
            column,
        )


def _check_states(states, generators, check):
    """Refuse states that a generator of that kind can't have."""
    good = isinstance(states, dict) and states.keys() == generators.keys()
    check(good, f"there must be a state for each of {', '.join(generators) or 'none'}", states)
    for key, generator in generators.items():
        fresh = type(generator.bit_generator)()
        try:
            fresh.state = states[key]
        except Exception as error:  # NumPy's generators raise whatever they stumble over
            check(False, f"the state of the generator {key!r} is none: {error!r}", states[key])
        same = json.dumps(fresh.state, default=_as_json, sort_keys=True)
        check(
            same == json.dumps(states[key], sort_keys=True) and _within_buffers(states[key]),
            f"the state of the generator {key!r} is none",
            states[key],
        )


def _within_buffers(state):
    """Whether all places in buffers, wherever they stand in a state, are in them."""
    return all(
        _within_buffers(value)
        if isinstance(value, dict)
        else 0 <= value <= MOST_IN_GENERATORS[name]
        if name in MOST_IN_GENERATORS
        else name != "inc" or value % 2 == 1
        for name, value in state.items()
    )


def _check_headers(headers, facts, training, name):
    """Refuse arrays that are not exactly those of the training, before any is read."""
    network, optimizer, groups = training.network, training.optimizer, _grouped(headers)
    check_network_arrays(network, groups.get("network", {}), f"{name}, network")
    check_types(groups["network"], {**network.params, **network.state}, f"{name}, network")
    memories = groups.get("optimizer", {})
    _check_memories(memories, facts["steps"], optimizer, network.theta, name)
    known = {"facts": {""}, "network": set(groups["network"]), "optimizer": set(memories)}
    for k, values in enumerate(facts["remembered"]):
        lists = {attribute: keys for attribute, keys in values.items() if isinstance(keys, list)}
        known[f"callback {k}"] = {f"{a}/{key}" for a, keys in lists.items() for key in keys}
    found = {(group, key) for group, arrays in groups.items() for key in arrays}
    expected = {(group, key) for group, keys in known.items() for key in keys}
    for pair in sorted(found ^ expected):
        verb = "holds" if pair in found else "lacks"
        raise ValueError(
            f"{name} {verb} an array {printable('/'.join(pair))}, and so is no whole checkpoint."
        )
    for callback, values in zip(training.remembering(), _remembered(facts, groups), strict=True):
        try:
            getattr(callback, "check", _no_check)(values, training)
        except ValueError as error:
            raise ValueError(f"{name}, {type(callback).__name__}: {error}") from None


def _no_check(remembered, training):
    """For a callback that is no `Callback`, and says nothing of what it remembers."""


def _check_memories(memories, steps, optimizer, theta, name):
    """Refuse vectors that the optimizer can't have after so many steps."""
    if memories and set(memories) != set(optimizer.remembers):
        raise ValueError(
            f"{name} holds of the optimizer: {printable(', '.join(memories))}; "
            f"{type(optimizer).__name__} now remembers: {', '.join(optimizer.remembers)}. The file "
            "is of another version of course_utils: go on with that one, or train anew."
        )
    if bool(memories) != bool(steps and optimizer.remembers):
        held = "nothing" if steps else "something"
        raise ValueError(
            f"{name} holds {held} of what the optimizer remembers after {steps} steps."
        )
    check_arrays(memories, dict.fromkeys(memories, theta.shape), f"{name}, optimizer")
    check_types(memories, dict.fromkeys(memories, theta), f"{name}, optimizer")


def _remembered(facts, groups):
    """What each callback remembers, with its arrays: a list of dicts by attribute."""
    return [
        {
            attribute: {key: groups[f"callback {k}"][f"{attribute}/{key}"] for key in value}
            if isinstance(value, list)
            else value
            for attribute, value in values.items()
        }
        for k, values in enumerate(facts["remembered"])
    ]


def _grouped(arrays):
    """Arrays whose names are ``group/key`` as a dict of dicts."""
    groups = {}
    for name, array in arrays.items():
        group, _, key = name.partition("/")
        groups.setdefault(group, {})[key] = array
    return groups


def _check_generator(rng):
    if not (rng is None or isinstance(rng, np.random.Generator)):
        raise TypeError(
            "rng must be the generator that fit has or gets, such as rng = "
            f"np.random.default_rng(0), since its state is kept; got {rng!r}."
        )


def _as_json(value):
    """NumPy's arrays and numbers as lists and numbers of Python's."""
    return value.tolist()


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool)


def _rate(optimizer):
    """The learning rate where it is a number: it may have been changed on the way."""
    lr = optimizer.settings()["lr"]
    return None if callable(lr) else lr


def _fixed(training):
    """What must be the same when a training goes on."""
    settings = training.optimizer.settings()
    if not callable(settings["lr"]):
        del settings["lr"]
    return {
        "dtype": str(training.network.dtype),
        "layers": [_as_text(layer) for layer in training.network.leaves()],
        "optimizer": type(training.optimizer).__name__ + _as_text(settings),
        "callbacks": [_as_text(callback) for callback in training.remembering()],
        "random generators": _generators_as_text(training.generators()),
    }


def _as_text(thing):
    """A value, or an object by its kind and its settings: equal texts mean equal settings."""
    if isinstance(thing, np.ndarray | np.generic):
        thing = thing.tolist()
    if isinstance(thing, dict):
        return f"({', '.join(f'{name}={_as_text(value)}' for name, value in thing.items())})"
    if isinstance(thing, list | tuple):
        return f"[{', '.join(map(_as_text, thing))}]"
    if thing is None or isinstance(thing, Real | str):
        return repr(thing)
    if hasattr(thing, "__name__"):
        return thing.__name__
    settings = getattr(thing, "settings", None)
    if settings is None:  # a schedule, or what else someone has written
        others = getattr(thing, "remembers", ())
        public = {k: v for k, v in getattr(thing, "__dict__", {}).items() if k[0] != "_"}
        return type(thing).__name__ + _as_text({k: public[k] for k in public if k not in others})
    return type(thing).__name__ + _as_text(settings())


def _generators_as_text(generators):
    """The kind of each generator, and whether it is also another one's: they then draw in turn."""
    first_name, texts = {}, {}
    for name, generator in generators.items():
        first = first_name.setdefault(id(generator), name)
        kind = type(generator.bit_generator).__name__
        texts[name] = kind if first == name else f"that of {first}"
    return texts
