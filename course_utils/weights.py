"""Weights on disk: named arrays in .npz files, checked on the way in, and never a pickle."""

import os
import zipfile
from pathlib import Path

import numpy as np

from ._arrays import check_finite

__all__ = [
    "check_arrays",
    "check_network_arrays",
    "copy_arrays",
    "load_weights",
    "read_arrays",
    "restore_arrays",
    "save_weights",
    "write_arrays",
]


def copy_arrays(network):
    """A copy of all parameters and the state of a network, by name.

    Parameters
    ----------
    network : Sequential

    Returns
    -------
    dict of str to ndarray
    """
    return {name: array.copy() for name, array in _arrays(network).items()}


def restore_arrays(network, arrays):
    """Copy named arrays into a network: all its parameters and its state.

    Parameters
    ----------
    network : Sequential
    arrays : dict of str to array_like
        What `copy_arrays` answers.
    """
    for name, array in _arrays(network).items():
        array[...] = arrays[name]


def _arrays(network):
    return {**network.params, **network.state}


def save_weights(network, path):
    """Write all parameters and the state of a network to an .npz file.

    The file appears whole or not at all: it is written beside its place and then moved there.

    Parameters
    ----------
    network : Sequential
    path : str or path-like
        Must end in .npz. A file that stands there is replaced.

    Raises
    ------
    ValueError
        When the path does not end in .npz.
    """
    write_arrays(path, _arrays(network))


def write_arrays(path, arrays):
    """Write named arrays to an .npz file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        Must end in .npz. A file that stands there is replaced.
    arrays : dict of str to ndarray

    Raises
    ------
    ValueError
        When the path does not end in .npz.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"arrays are saved as .npz; got {path.name!r}. Name it {path.stem}.npz.")
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb") as file:
            np.savez(file, **arrays)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def load_weights(network, path):
    """Read all parameters and the state of a network from an .npz file, in place.

    The network is changed only when the whole file fits.

    Parameters
    ----------
    network : Sequential
        Built as it was when the weights were saved.
    path : str or path-like

    Returns
    -------
    Sequential
        The network itself.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is not .npz, holds objects instead of numbers, or its arrays are not
        exactly the network's: one missing, one too many, or one of another shape.
    """
    values = read_arrays(path)
    check_network_arrays(network, values, Path(path).name)
    restore_arrays(network, values)
    return network


def read_arrays(path):
    """Read named arrays of finite real numbers from an .npz file; nothing is ever unpickled.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is not a whole .npz file, or holds anything but finite real numbers.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no weights file at {path}; give the path of an .npz file.")
    if not zipfile.is_zipfile(path):
        raise ValueError(
            f"{path.name} is not a whole .npz file. A pickle is refused as well, since loading one "
            "can run any program; save arrays with save_weights or np.savez."
        )
    try:
        with np.load(path, allow_pickle=False) as file:
            values = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path.name} can't be read as arrays of numbers: {error}") from error
    for name, array in values.items():
        if array.dtype.kind not in "fiu":
            raise ValueError(f"{path.name}: {name} holds {array.dtype}, not real numbers.")
        check_finite(np.atleast_1d(array), f"{path.name}: {name}")
    return values


def check_network_arrays(network, arrays, source):
    """Refuse named arrays that are not exactly a network's parameters and state.

    Parameters
    ----------
    network : Sequential
    arrays : dict of str to ndarray
    source : str
        Where the arrays come from: it begins the message.

    Raises
    ------
    ValueError
        When an array is missing, is one too many, or has another shape.
    """
    check_arrays(arrays, {name: a.shape for name, a in _arrays(network).items()}, source)


def check_arrays(arrays, shapes, source):
    """Refuse named arrays that are not exactly those with these names and shapes.

    Parameters
    ----------
    arrays : dict of str to ndarray
    shapes : dict of str to tuple of int
    source : str
        Where the arrays come from: it begins the message.

    Raises
    ------
    ValueError
        When an array is missing, is one too many, or has another shape.
    """
    missing, extra = shapes.keys() - arrays.keys(), arrays.keys() - shapes.keys()
    if missing or extra:
        raise ValueError(
            f"{source} does not hold the arrays of this network: missing: {_names(missing)}; not "
            f"expected: {_names(extra)}. Accepted are exactly {', '.join(shapes)}."
        )
    for name, shape in shapes.items():
        if np.shape(arrays[name]) != tuple(shape):
            raise ValueError(
                f"{source}: {name} has shape {np.shape(arrays[name])}; the network takes {shape}."
            )


def _names(names):
    return ", ".join(sorted(names)) or "none"
