"""Files: written whole or not at all, read block by block, and named without harm."""

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from ._interrupts import held

__all__ = ["fill", "listed", "native", "printable", "whole_file", "write_whole"]

BLOCK = 1 << 16  # bytes that are read, or unpacked, at a time


@contextlib.contextmanager
def whole_file(path, replace=True):
    """A new file, open to write bytes, that appears at its path when the block ends: as a whole.

    It is written beside its place, under a name that no other writer has, and moved there when all
    of it is on the disk. After an error nothing has changed. A process that is killed leaves the
    file that stood there, and perhaps one whose name ends in ``.part``. Of several writers each
    writes a whole file, and the last one's stays.

    Parameters
    ----------
    path : str or path-like
        A link that stands there is replaced, and not followed.
    replace : bool
        Whether a file that stands there is replaced; it then keeps its permissions.

    Yields
    ------
    file object

    Raises
    ------
    FileExistsError
        When something stands there and is not to be replaced.
    OSError
        When the folder is missing, is not to be written to, or the disk is full.
    """
    path = Path(path)
    part = path.with_name(f"{path.name[:40]}-{secrets.token_hex(8)}.part")
    ours = False
    try:
        with held():
            # x: a file of our own, and through no link
            file, ours = open(part, "xb"), True  # noqa: SIM115
        with file:
            if replace and path.is_file():
                shutil.copymode(path, part)  # before anything stands in it
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(part, path)
        else:
            _move_new(part, path)
    finally:
        if ours:
            part.unlink(missing_ok=True)


def write_whole(path, content):
    """Write a file in one go; see `whole_file`.

    Parameters
    ----------
    path : str or path-like
    content : bytes or str
        Text is written in UTF-8, with its line ends as they are.
    """
    with whole_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def _move_new(part, path):
    """Move a file where nothing stands, in one step where the file system knows hard links."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(path):
            raise FileExistsError(f"{printable(path)} is there already.") from None
        os.rename(part, path)


def fill(array, file):
    """Read the bytes of a file into an array, a block at a time.

    Parameters
    ----------
    array : ndarray
        In one piece of memory; changed.
    file : file object
        What is open to read bytes.

    Returns
    -------
    int
        How many bytes came: fewer than the array has where the file ended before.
    """
    values, filled = array.reshape(-1).view("u1"), 0
    while added := file.readinto(values[filled : filled + BLOCK]):
        filled += added
    return filled


def native(array):
    """The array in this machine's byte order, turned in place."""
    if array.dtype.isnative:
        return array
    return array.byteswap(inplace=True).view(array.dtype.newbyteorder("="))


def printable(text, most=300):
    """What a stranger wrote, such as the name of a file, as a message may show it.

    Parameters
    ----------
    text : object
        Shown as `str` does.
    most : int
        Characters; of a longer text the beginning is shown.

    Returns
    -------
    str
        With what a terminal would obey written out, such as an escape as ``\\x1b``.

    Examples
    --------
    >>> printable("red" + chr(27) + "[31m.npz")
    'red\\\\x1b[31m.npz'
    """
    text = str(text)
    if len(text) > most:
        text = text[: most - 3] + "..."
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def listed(names, most=8):
    """The first of some names, as a message may show them, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2), listed([])
    ('a, b and 1 more', 'none')
    """
    names = list(names)
    shown = ", ".join(printable(name, 40) for name in names[:most]) or "none"
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
