"""IDX files: the format in which MNIST and its relatives come."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from .._disk import fill, native, printable
from .._formats import recognise

__all__ = ["read_idx"]

MOST_BYTES = 1 << 30  # of the values of an IDX file, unless the caller allows more
MOST_DIMENSIONS = 64  # of an array of NumPy's
IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path, check=None, most=MOST_BYTES):
    """Read one IDX file, gzip'd or not.

    An IDX file begins with two zero bytes, a byte for the type, a byte for the number of
    dimensions and a big-endian 32-bit size for each; then follow the values.

    Parameters
    ----------
    path : str or path-like
    check : callable, optional
        ``check(dtype, shape)`` gets what the header tells, before any value is read, and raises
        ValueError where that is not what is expected.
    most : int
        How many bytes the values may take, by default one GiB.

    Returns
    -------
    ndarray
        In native byte order.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is no IDX file, is damaged, holds fewer or more values than its header promises, or
        more than `most` bytes; and what `check` raises. A header is never believed before the file
        could hold so much.

    References
    ----------
    Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits" (1998)
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{printable(path)} is a folder; give the path of a file in it, or read it with "
            "load_mnist."
            if path.is_dir()
            else f"no data file at {printable(path)}."
        )
    name = printable(path.name)
    with open(path, "rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file = gzip.GzipFile(fileobj=raw) if zipped else raw
        # deflate packs at most 1032 bytes into one
        limit = path.stat().st_size * (1032 if zipped else 1)
        try:
            return _parse_idx(file, name, limit, check, most)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{name} is damaged or cut off: {error}.") from error


def _parse_idx(file, name, limit, check, most):
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in IDX_TYPES or magic[3] == 0:
        it = "unpacked, it" if isinstance(file, gzip.GzipFile) else "it"
        found = None if magic[:1] == b"\0" else recognise(magic + file.read(300))
        reason = ", and is {}. {}".format(*found).rstrip() if found else "."
        raise ValueError(
            f"{name} is no IDX file: {it} begins with {magic.hex(' ') or 'nothing'}{reason} An IDX "
            "file begins with 00 00, a type (08 for bytes) and the number of dimensions."
        )
    dtype, rank = np.dtype(IDX_TYPES[magic[2]]), magic[3]
    header = file.read(4 * rank)
    if len(header) < 4 * rank:
        raise ValueError(f"{name} is cut off within its header.")
    shape = struct.unpack(f">{rank}I", header)
    promised = math.prod(shape) * dtype.itemsize
    what = f"{name}: the header promises {promised:,} bytes (shape {printable(shape)})"
    if rank > MOST_DIMENSIONS:
        raise ValueError(f"{name} has {rank} dimensions; NumPy has at most {MOST_DIMENSIONS}.")
    if promised > limit:
        raise ValueError(
            f"{what}, more than a file of this size can hold; the header is damaged or the file "
            "cut off."
        )
    if check is not None:
        check(dtype, shape)
    if promised > most:
        raise ValueError(
            f"{what}, and {most:,} are allowed. If you know where it comes from, allow more: "
            "read_idx(path, most=...)."
        )
    array = np.empty(shape, dtype)  # memory that is never written is never taken
    filled = fill(array, file)
    if filled < promised or file.read(1):
        found = f"only {filled:,}" if filled < promised else "more"
        raise ValueError(f"{what}, the file has {found}.")
    return native(array)
