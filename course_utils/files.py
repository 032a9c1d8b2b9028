"""Weights on disk: named arrays in .npz files, checked on the way in, and never a pickle."""

import functools
import math
from pathlib import Path

import numpy as np

from ._arrays import short
from ._checks import check_finite
from ._disk import listed, printable, whole_file
from ._npz import MOST_BYTES, read_npz

__all__ = [
    "check_arrays",
    "check_network_arrays",
    "check_signs",
    "check_types",
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

    The file appears whole or not at all: it is written beside its place, under a name of its own,
    and then moved there. A link at that place is replaced, and not followed.

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
    """Write named arrays to an .npz file, whole or not at all; see `save_weights`.

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
        raise ValueError(
            f"arrays are saved as .npz; got {printable(path.name)!r}. Name it "
            f"{printable(path.stem)}.npz."
        )
    with whole_file(path) as file:
        np.savez(file, **arrays)


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
        exactly the network's: one missing, one too many, one of another shape, or with a number
        that the network's type can't hold. Names and shapes are compared before anything is
        unpacked.
    """
    name = printable(Path(path).name)
    expected = functools.partial(check_network_arrays, network, source=name)
    arrays = read_arrays(path, expected, most=math.inf)  # the network says how many bytes
    arrays = _cast(arrays, _arrays(network), name)
    check_signs(arrays, network.never_negative, name)
    restore_arrays(network, arrays)
    return network


def _cast(arrays, known, source):
    """The arrays with the types of those that they replace; refused where a number is too large."""
    cast = {}
    for name, values in arrays.items():
        dtype = known[name].dtype
        with np.errstate(over="ignore"):
            cast[name] = values.astype(dtype, copy=False)
        lost = ~np.isfinite(cast[name])
        if lost.any():
            raise ValueError(
                f"{source}: {name} holds {short(values[lost].flat[0])}, which is too large for "
                f"{dtype}. Load it into network.astype(np.float64)."
            )
    return cast


def read_arrays(path, check=None, most=MOST_BYTES):
    """Read named arrays of finite real numbers from an .npz file; nothing is ever unpickled.

    What the file holds is known before any of it is unpacked, and memory is taken for the arrays
    alone: a small file that would unpack to gigabytes does no harm.

    Parameters
    ----------
    path : str or path-like
    check : callable, optional
        ``check(headers)`` gets a dict by name, whose values have the ``shape`` and the ``dtype``
        of each array, before any array is read. It raises ValueError where they are not what is
        expected.
    most : int
        How many bytes all arrays together may take, by default one GiB.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is not a whole .npz file, or holds anything but finite real numbers, or
        more than `most` bytes; and what `check` raises.
    """
    with open_arrays(path) as file:
        return read_open(file, printable(Path(path).name), check, most)


def open_arrays(path):
    """Open an .npz file, to be read in several passes by `read_open`.

    It stays the same file, although another one may be moved to its place meanwhile.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"no weights file at {printable(path)}; give the path of an .npz file."
        )
    return open(path, "rb")


def read_open(file, name, check=None, most=MOST_BYTES, names=None):
    """As `read_arrays`, from an open file that messages call `name`; only some arrays, if named."""
    arrays = read_npz(file, name, check, most, names)
    for key, array in arrays.items():
        check_finite(np.atleast_1d(array), f"{name}: {printable(key)}")
    return arrays


def check_network_arrays(network, arrays, source):
    """Refuse named arrays that are not exactly a network's parameters and state.

    Parameters
    ----------
    network : Sequential
    arrays : dict of str to ndarray
        Whatever has a shape will do, such as the headers of `read_arrays`.
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
            f"{source} does not hold the arrays of this network: missing: {listed(sorted(missing))}"
            f"; not expected: {listed(sorted(extra))}. Accepted are exactly {listed(shapes)}."
        )
    for name, shape in shapes.items():
        if np.shape(arrays[name]) != tuple(shape):
            raise ValueError(
                f"{source}: {name} has shape {np.shape(arrays[name])}; the network takes {shape}."
            )


def check_types(arrays, known, source):
    """Refuse arrays whose types are not those of the arrays that they are to replace.

    Parameters
    ----------
    arrays, known : dict of str to ndarray
        Of `arrays`, whatever has a dtype will do, such as the headers of `read_arrays`.
    source : str
        Where the arrays come from: it begins the message.

    Raises
    ------
    ValueError
        When a type is another one.
    """
    for name, array in known.items():
        if arrays[name].dtype != array.dtype:
            raise ValueError(
                f"{source}: {name} holds {arrays[name].dtype}, expected is {array.dtype}."
            )


def check_signs(arrays, names, source):
    """Refuse numbers below 0 in those arrays that hold squares or variances.

    Parameters
    ----------
    arrays : dict of str to ndarray
    names : iterable of str
    source : str
        Where the arrays come from: it begins the message.

    Raises
    ------
    ValueError
        At the first number below 0.
    """
    for name in names:
        low = arrays[name].min(initial=0)
        if low < 0:
            raise ValueError(
                f"{source}: {name} holds {short(low)}, and is never below 0; the file was not "
                "written by a training."
            )
