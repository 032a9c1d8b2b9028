"""Reading .npz files of whomever: what they hold is known before any of it is unpacked.

A zip archive names its members in a directory at its end, with their sizes, and an array begins
with a header that tells its type and shape. All that is read first. So a file of some kilobytes
that would unpack to gigabytes, as deflate allows, costs no more than its directory.
"""

import contextlib
import io
import math
import struct
import warnings
import zipfile
from typing import NamedTuple

import numpy as np

from ._disk import fill, native, printable
from ._formats import recognise

__all__ = ["MOST_BYTES", "Header", "read_npz"]

MOST_BYTES = 1 << 30  # of all arrays together, unless the caller allows more
# Every header is read as Python's own code is, which takes milliseconds where it is long.
MOST_NAMES = 1 << 17  # bytes of the directory: enough for more than a thousand arrays
LONGEST_HEADER = 1 << 9  # bytes: NumPy writes 128, and some 300 for an array of 64 dimensions
STARTS = (b"PK\x03\x04", b"PK\x05\x06")  # of its first array, or of an empty directory
LAST_RECORD = struct.Struct("<4s4H2LH")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those of np.savez and savez_compressed
HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class Header(NamedTuple):
    """What is known of an array before it is read.

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
    by_columns : bool
        Whether its first index runs fastest in the file, as in Fortran.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    by_columns: bool

    @property
    def nbytes(self):
        return math.prod(self.shape) * self.dtype.itemsize


def read_npz(file, name, check=None, most=MOST_BYTES, names=None):
    """The arrays of real numbers in an .npz file; nothing in it is ever unpickled.

    Memory is taken for the arrays, and besides for a block of a few kilobytes.

    Parameters
    ----------
    file : file object
        Open to read bytes, at any place.
    name : str
        What the file is called in a message.
    check : callable, optional
        ``check(headers)`` gets a dict of `Header` by name, before any array is read, and raises
        ValueError where they are not what is expected.
    most : int
        Bytes of all arrays together.
    names : sequence of str, optional
        Those that are read; by default all. The headers of the others are checked too.

    Returns
    -------
    dict of str to ndarray
        In native byte order.

    Raises
    ------
    ValueError
        When it is no .npz file, is damaged, or holds anything but real numbers or more than
        `most` bytes; and what `check` raises.
    """
    file.seek(0)
    start = file.read(300)
    if not (start.startswith(STARTS) and zipfile.is_zipfile(file)):
        what, _ = recognise(start) or ("no text", "")
        it_is = "" if what.startswith("no text") else f"; it is {what}"
        raise ValueError(
            f"{name} is not a whole .npz file{it_is}. A pickle is refused as well, since loading "
            "one can run any program; save arrays with save_weights or np.savez."
        )
    with _readable(name), zipfile.ZipFile(_Limited(file, name)) as archive:
        members = archive.infolist()
        _check_end(file, len(archive.comment), len(members), name)
        _check_members(members, start, name)
        headers = {info.filename[:-4]: _header(archive, info, name) for info in members}
        wanted = headers.keys() if names is None else headers.keys() & set(names)
        total = sum(headers[key].nbytes for key in wanted)
        if total > most:
            raise _Refused(
                f"{name} holds arrays of {total:,} bytes, and {most:,} are allowed. If you know "
                "where it comes from, allow more: read_arrays(path, most=...)."
            )
        if check is not None:
            with _passed_on():
                check(headers)
        return {
            key: _array(archive, info, header, name)
            for (key, header), info in zip(headers.items(), members, strict=True)
            if key in wanted
        }


class _Refused(Exception):
    """A reason of our own, on its way through what turns all others into one kind."""


@contextlib.contextmanager
def _readable(name):
    """One kind of error for all that is raised at bytes that are no whole .npz file.

    zipfile, the decompressors and NumPy's headers raise a dozen kinds, some of them by accident.
    """
    try:
        yield
    except _Refused as error:
        raise ValueError(*error.args) from None
    except Exception as error:
        why = printable(error) or type(error).__name__
        raise ValueError(f"{name} can't be read as arrays of numbers: {why}") from error


@contextlib.contextmanager
def _passed_on():
    """Let the caller's own ValueError through, word for word."""
    try:
        yield
    except ValueError as error:
        raise _Refused(*error.args) from None


class _Limited:
    """A file whose single reads have a limit: zipfile reads the whole directory at once."""

    def __init__(self, file, name):
        self.file, self.name = file, name

    def read(self, size=-1):
        if size > MOST_NAMES:
            raise _Refused(
                f"{self.name} has a directory of {size:,} bytes, and {MOST_NAMES:,} are allowed: "
                "enough for more than a thousand arrays."
            )
        return self.file.read(MOST_NAMES if size < 0 else size)

    def __getattr__(self, name):
        return getattr(self.file, name)


def _check_end(file, comment, found, name):
    """Refuse an archive whose last record counts other members than were found: zipfile doesn't."""
    file.seek(-LAST_RECORD.size - comment, io.SEEK_END)
    signature, _, _, _, counted, _, _, _ = LAST_RECORD.unpack(file.read(LAST_RECORD.size))
    if signature != b"PK\x05\x06":
        raise _Refused(f"{name} is damaged at its end.")
    if counted not in (found, 0xFFFF):
        raise _Refused(f"{name} is damaged: it has {found} of its {counted} arrays.")


def _check_members(members, start, name):
    """Refuse members that np.savez does not write."""
    names = [info.filename for info in members]
    strange = next((one for one in names if not one.endswith(".npy")), None)
    if strange is not None:
        what = "a zip archive"
        if start.startswith(b"PK\x03\x04") and strange == names[0]:
            what, _ = recognise(start)
        raise _Refused(
            f"{name} is {printable(what)}, and no .npz file: {printable(strange)} in it is no "
            "array. Save arrays with save_weights or np.savez."
        )
    seen = set()
    for info in members:
        if info.filename in seen:
            raise _Refused(f"{name} holds {printable(info.filename)} twice: which one is meant?")
        seen.add(info.filename)
        if info.compress_type not in METHODS or info.flag_bits & 1:
            how = "encrypted" if info.flag_bits & 1 else "packed as np.savez never packs it"
            raise _Refused(f"{name}: {printable(info.filename)} is {how}; write it with np.savez.")


def _header(archive, info, name):
    """The header of one array, which must fit the size that the directory tells."""
    key = printable(info.filename[:-4])
    with archive.open(info) as member:
        start = io.BytesIO(member.read(LONGEST_HEADER))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Python says of a header that is no header
        version = np.lib.format.read_magic(start)
        if version not in HEADERS:
            raise _Refused(f"{name}: {key} holds no plain numbers (format {version}).")
        shape, by_columns, dtype = HEADERS[version](start)
    length = start.tell()
    if dtype.kind not in "fiu" or dtype.itemsize > 8:
        raise _Refused(f"{name}: {key} holds {printable(dtype)}, not real numbers of 8 bytes.")
    header = Header(shape, dtype, by_columns)
    if min(shape, default=0) < 0 or length + header.nbytes != info.file_size:
        raise _Refused(
            f"{name}: {key} should take {header.nbytes:,} bytes by its header, shape "
            f"{printable(shape)}, and takes {info.file_size - length:,}; the file is damaged."
        )
    return header


def _array(archive, info, header, name):
    """One array, read to its end, where its checksum is compared."""
    shape = header.shape[::-1] if header.by_columns else header.shape
    array = np.empty(shape, header.dtype)
    with archive.open(info) as member:
        member.read(info.file_size - header.nbytes)  # the header again
        if fill(array, member) < header.nbytes or member.read(1):
            key = printable(info.filename[:-4])
            raise _Refused(f"{name}: {key} is cut off, or has more than its header says.")
    array = native(array)
    return array.T if header.by_columns else array
