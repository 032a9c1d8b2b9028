"""Reading a CSV file of bytes: by whole-array operations on its text, or line by line.

Almost every file is plain, and read in the first way. What is not is read in the second, which
finds out what is wrong, and where.
"""

import csv
import io
import math
import os

import numpy as np

from .._disk import printable
from .._formats import recognise
from .._progress import Progress

__all__ = ["PIXELS", "read_bytes", "read_header", "read_plain_bytes"]

PIXELS = [f"pixel{k}" for k in range(784)]
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}

# All arrays of one block stay in a core's own cache, and each below the 128 KB from which on
# malloc would fetch fresh pages for it every time.
BLOCK = 1 << 16

FIRST = 1 << 26  # bytes of values: what is taken before so many have been found

START = 1 << 16  # bytes of a file within which its header must end
LONGEST = 1 << 17  # characters of a row: 785 cells take at most some 20,000


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
        if len(file.readline(START).splitlines()) != 1:  # a lone CR ends a line, too
            return None
        # A cell takes two bytes at least. Memory that is never written is never taken; but what a
        # hole of terabytes might hold could not even be promised.
        most = os.fstat(file.fileno()).st_size // (2 * columns) + 1
        values = np.empty((min(most, FIRST // columns), columns), np.uint8)
        while block := file.read(BLOCK) + file.readline(5 * columns):
            if rows + len(block) // (2 * columns) + 1 > len(values) < most:
                values = _longer(values, rows, most)
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


def _longer(values, rows, most):
    """The first rows, with room for four times as many, or for the most there can be."""
    longer = np.empty((min(most, 4 * len(values)), values.shape[1]), np.uint8)
    longer[:rows] = values[:rows]
    return longer


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


def read_bytes(path, header):
    """The whole numbers of a CSV file, line by line: pixels 0 to 255, and labels 0 to 9.

    Quotes, spaces and blank lines are taken, and so are whole numbers that are written as floats,
    such as 5.0 or 1e2.

    Parameters
    ----------
    path : pathlib.Path
    header : list of str
        What `read_header` answered.

    Returns
    -------
    ndarray of uint8, shape (N, len(header))

    Raises
    ------
    ValueError
        At the first fault, named by its line and column, and when there are no rows.
    """
    values, known, name = bytearray(), _Numbers(), printable(path.name)
    label = header.index("label") if "label" in header else None
    with (
        open(path, newline="", encoding="utf-8-sig", errors="backslashreplace") as file,
        Progress(unit="row") as bar,
    ):
        rows = _rows(file, name)
        next(rows)  # the header
        for line, row in rows:
            where = f"{name}, line {line}"
            if len(row) != len(header):
                cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
                shown = _shorten(row[0] if len(row) == 1 else row[-1])
                raise ValueError(f"{where}: {cells}, expected {len(header)}; the last is {shown}.")
            try:
                numbers = bytes(map(known.__getitem__, row))
            except ValueError:
                numbers = None
            if numbers is None or (label is not None and numbers[label] > 9):
                raise ValueError(where + _explain_row(row, header))
            values += numbers
            bar.update()
    if not values:
        raise ValueError(f"{name} has a header but no rows.")
    return np.frombuffer(values, np.uint8).reshape(-1, len(header))


def _rows(file, name):
    """Each row that is not blank, with the number of the line where it begins."""
    lines = _Lines(file)
    rows = csv.reader(lines)
    line = 1
    try:
        for row in rows:
            if len(row) > 1 or "".join(row).strip():
                yield line, row
            line, lines.taken = rows.line_num + 1, 0
    except csv.Error as error:
        raise ValueError(
            f"{name}, line {line}: {error}. A quote is opened there and never closed, or it is no "
            "line of a table."
        ) from None


class _Lines:
    """The lines of a file, as long as those of one row are not too long to be taken as a row."""

    def __init__(self, file):
        self.file, self.taken = file, 0

    def __iter__(self):
        while line := self.file.readline(LONGEST + 1):
            self.taken += len(line)
            if self.taken > LONGEST:
                raise csv.Error(f"a row of more than {LONGEST:,} characters begins there")
            yield line


class _Numbers(dict):
    """The numbers that cells hold, by the text of the cell: each usual spelling is read once."""

    def __missing__(self, cell):
        number = _number(cell, 255)
        if len(self) < 10_000:  # of one number there may be more spellings than memory
            self[cell] = number
        return number


def _number(cell, high):
    """The value of a cell, or a ValueError that says why it has none."""
    try:
        # float takes digits of other scripts and 1_000, which no table means as numbers
        value = float(cell) if cell.isascii() and "_" not in cell else math.nan
    except ValueError:
        value = math.nan
    if not value.is_integer():
        scaled = " Pixels are expected as Kaggle has them, 0 to 255, before any scaling."
        raise ValueError(f"is not a whole number.{scaled if 0 < value < 255 else ''}")
    if not 0 <= value <= high:
        raise ValueError(f"is not between 0 and {high}.")
    return int(value)


def _explain_row(row, header):
    """What is wrong with a row, to follow the number of its line."""
    if row == header:
        return ": the header stands there a second time."
    for column, cell in zip(header, row, strict=True):
        try:
            _number(cell, 9 if column == "label" else 255)
        except ValueError as error:
            return f", column {column!r}: {_shorten(cell)} {error}"


def _shorten(text, limit=40):
    return repr(text if len(text) <= limit else text[:limit] + "...")


def read_header(path, columns):
    """The names in the header of a CSV file, which must be the columns asked for, in any order.

    Parameters
    ----------
    path : pathlib.Path
    columns : list of str
        The pixels, with or without the label.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        When the file is no CSV file, or its header has other names. The message says what was
        found.
    """
    name = printable(path.name)
    with open(path, "rb") as file:
        start = file.read(START)
    found = recognise(start)
    if found is not None:
        what, advice = found
        raise ValueError(f"{name} is {what}, not a table in CSV form. {advice}".rstrip())
    text = start.decode("utf-8-sig", errors="backslashreplace")
    _, names = next(_rows(io.StringIO(text, newline=""), name), (1, []))
    if sorted(names) != sorted(columns):
        raise ValueError(f"{name} {_explain_header(names, columns)}")
    return names


def _explain_header(names, columns):
    """What is wrong with the names in a header, to follow the name of the file."""
    found, expected = set(names), set(columns)
    missing = [name for name in columns if name not in found]
    extra = [name for name in names if name not in expected]
    plain = [name.strip().lower() for name in names]
    separated = {
        separator: expected & {part.strip(' "') for part in ",".join(names).split(separator)}
        for separator in SEPARATORS
    }
    separator = max(SEPARATORS, key=lambda separator: len(separated[separator]))
    if len(separated[separator]) > len(found & expected):
        return (
            f"has {SEPARATORS[separator]} between its columns, where commas are expected. Save it "
            f"with commas, or read it with pandas.read_csv(path, sep={separator!r}) and write it "
            "with to_csv(path, index=False)."
        )
    if found == {"ImageId", "Label"}:
        return (
            "is a submission, such as Kaggle's sample_submission.csv: it has the columns ImageId "
            "and Label, and no pixels. The images are in train.csv and test.csv."
        )
    if missing == ["label"] and len(names) == len(PIXELS) == len(found):
        return (
            "has no column named 'label': it is in the form of Kaggle's test.csv, whose digits are "
            "not told. Read it with load_digit_csv(path, labelled=False), or take train.csv."
        )
    if extra == ["label"] and not missing and len(names) == len(columns) + 1:
        return (
            "has a column named 'label', as Kaggle's train.csv has; read it with "
            "load_digit_csv(path)."
        )
    if extra == names[:1] and not missing and len(names) == len(columns) + 1:
        return (
            f"has the column {_shorten(names[0])} before the others, as pandas writes an index. "
            "Write the table with to_csv(path, index=False), or drop that column."
        )
    if plain and all(_is_number(name) for name in plain):
        return (
            "has no column named 'label', and no header at all: its first line holds values. Write "
            f"the names {_summary(columns)} above it."
        )
    if sorted(plain) == sorted(columns):
        return (
            f"has its columns in another spelling; expected are exactly {_summary(columns)}, found "
            f"{_summary(names)}."
        )
    if missing[:1] == ["label"]:
        what = "has no column named 'label'"
    elif missing:
        pixels = "1 pixel column" if len(missing) == 1 else f"{len(missing)} pixel columns"
        what = f"lacks {pixels}, the first is {missing[0]!r}"
    elif extra:
        what = f"has the column {_shorten(extra[0])}"
    else:
        twice = next(name for name in names if names.count(name) > 1)
        what = f"has the column {twice!r} twice"
    return f"{what}; expected are {_summary(columns)}, found {_summary(names)}."


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _summary(names):
    """The first names and the last one, and how many there are."""
    shown = [_shorten(name) for name in names]
    if len(shown) > 4:
        shown[3:-1] = ["..."]
    return f"{', '.join(shown)} ({len(names)} in all)" if shown else "none"
