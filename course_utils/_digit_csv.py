"""Reading a CSV file of bytes by whole-array operations on its text."""

import os

import numpy as np

from ._progress import Progress

__all__ = ["read_plain_bytes"]

# All arrays of one block stay in a core's own cache, and each below the 128 KB from which on
# malloc would fetch fresh pages for it every time.
BLOCK = 1 << 16


def read_plain_bytes(path, columns):
    """The whole numbers 0 to 255 of a CSV file below its header, if the file is plain.

    Plain means: every line has `columns` cells of one to three digits, separated by commas, and
    ends with LF or CR LF (the last one may lack it). Whatever else a reader of CSV may accept or
    must explain, such as quotes, spaces, blank lines or text, is left to that reader.

    Parameters
    ----------
    path : str or path-like
    columns : int
        Cells in a line.

    Returns
    -------
    ndarray of uint8, shape (N, columns), or None
        None when the file is not plain, or has no rows.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/small.csv"
    ...     with open(path, "w") as file:
    ...         _ = file.write("a,b\\n7,255\\n10,0\\n")
    ...     print(read_plain_bytes(path, 2))
    [[  7 255]
     [ 10   0]]
    """
    rows = 0
    with open(path, "rb") as file, Progress(unit="row") as bar:
        if len(file.readline().splitlines()) != 1:  # a lone CR ends a line, too
            return None
        # A cell takes two bytes at least. Memory that is never written is never taken.
        values = np.empty((os.fstat(file.fileno()).st_size // (2 * columns) + 1, columns), np.uint8)
        while block := file.read(BLOCK) + file.readline():
            if not block.endswith(b"\n"):
                block += b"\n"
            if b"\r" in block:
                block = block.replace(b"\r\n", b"\n")
            added = _parse(block, columns, values[rows:].reshape(-1))
            if added == 0:
                return None
            rows += added
            bar.update(added)
    return values[:rows] if rows else None


def _parse(block, columns, out):
    """Write the values of whole lines to `out`; the number of rows, 0 when they are not plain."""
    text = np.frombuffer(block, np.uint8)
    digits = text - np.uint8(ord("0"))  # what stands below "0" wraps around to 208 and more
    is_digit = digits < 10
    digits *= is_digit.view(np.uint8)  # a separator counts nothing
    goes_on = is_digit[:-1] & is_digit[1:]

    # At the digits of 255 that another one follows, head is 2 and 25; elsewhere it is 0.
    head = digits[:-1].copy()
    head[1:] += 10 * digits[:-2]
    head *= goes_on.view(np.uint8)
    if head.max(initial=0) > 25:
        return 0
    head *= 10
    digits[1:] += head  # now a cell's last digit holds its value
    if (digits[1:] < head).any():  # 256 to 259 wrapped around
        return 0
    if (goes_on[:-2] & goes_on[2:]).any():  # four digits in a row
        return 0

    last = np.flatnonzero(~is_digit[1:])  # before every separator
    cells = len(last)
    rows, rest = divmod(cells, columns)
    # Digits less those that go on are cells that are not empty: one before every separator?
    if rest or not is_digit[0] or np.count_nonzero(goes_on) != len(text) - 2 * cells:
        return 0
    line_ends = text[last[columns - 1 :: columns] + 1]
    if (line_ends != ord("\n")).any() or np.count_nonzero(text == ord(",")) != cells - rows:
        return 0
    digits.take(last, out=out[:cells], mode="clip")  # the other modes would buffer
    return rows
