"""Kaggle's digit-recognizer: its tables read, MNIST as such a table, answers as it takes them."""

from pathlib import Path

import numpy as np

from .._arrays import as_labels
from .._checks import check_positive_int
from .._disk import printable, whole_file
from ._digit_csv import PIXELS, read_bytes, read_header, read_plain_bytes
from .mnist import load_mnist

__all__ = ["digit_frame", "load_digit_csv", "write_submission"]

COLUMNS = ["label", *PIXELS]


def digit_frame(n=42_000):
    """The first `n` training images of MNIST in the form of Kaggle's digit-recognizer.

    Parameters
    ----------
    n : int
        From 1 to 60,000. Kaggle's train.csv has 42,000 rows.

    Returns
    -------
    pandas.DataFrame, shape (n, 785), uint8
        Columns ``label``, ``pixel0`` ... ``pixel783``, the pixels row by row.

    Raises
    ------
    ValueError
        When `n` is out of range.
    """
    import pandas as pd

    n = check_positive_int(n, "n")
    images, labels, *_ = load_mnist()
    if n > len(images):
        raise ValueError(f"n must be at most {len(images)}; got {n}.")
    values = np.column_stack([labels[:n], images[:n].reshape(n, -1)])
    return pd.DataFrame(values, columns=COLUMNS)


def load_digit_csv(path, labelled=True):
    """Read a table of Kaggle's digit-recognizer, strictly: train.csv, or test.csv without labels.

    Parameters
    ----------
    path : str or path-like
        A CSV file with the columns ``label``, ``pixel0`` ... ``pixel783`` in any order.
    labelled : bool
        False for a table without ``label``, as Kaggle's test.csv.

    Returns
    -------
    pandas.DataFrame, shape (N, 785) or (N, 784), uint8
        Columns in the order ``label``, ``pixel0`` ... ``pixel783``.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is no CSV file, a column is missing or one too many, there are no rows, or a row is
        ragged, holds text, a value outside 0..255 or a label outside 0..9. The message says what
        was found, and names line and column.

    Notes
    -----
    A table as Kaggle writes it, of digits, commas and line ends alone, is read by whole-array
    operations on its bytes. Where anything else stands, the file is read line by line.
    """
    import pandas as pd

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{printable(path)} is a folder; give the path of a file in it, such as train.csv."
            if path.is_dir()
            else f"no file at {printable(path)}. Download train.csv of Kaggle's digit-recognizer, "
            "or use digit_frame(42_000), which needs no download."
        )
    columns = COLUMNS if labelled else PIXELS
    header = read_header(path, columns)
    values = read_plain_bytes(path, len(header))
    if values is None or (labelled and values[:, header.index("label")].max() > 9):
        values = read_bytes(path, header)
    if header != columns:
        order = [header.index(name) for name in columns]
        for block in np.split(values, range(1000, len(values), 1000)):
            block[...] = block[:, order]
    return pd.DataFrame(values, columns=columns, copy=False)


def write_submission(path, labels):
    """Write predicted digits as Kaggle's digit-recognizer takes them: ``ImageId,Label``.

    Parameters
    ----------
    path : str or path-like
        A file that stands there already is not replaced. The new one appears as a whole or not
        at all.
    labels : array_like, shape (N,)
        The digit of every image, in the order of test.csv; Kaggle expects 28,000. Images are
        counted from 1.

    Raises
    ------
    FileExistsError
        When something stands at that path.
    TypeError, ValueError
        When the labels are not digits 0 to 9 in one dimension.

    References
    ----------
    Kaggle, "Digit Recognizer", https://www.kaggle.com/competitions/digit-recognizer/data

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "submission.csv")
    ...     write_submission(path, [3, 7, 8])
    ...     print(path.read_text(), end="")
    ImageId,Label
    1,3
    2,7
    3,8
    """
    path = Path(path)
    labels = as_labels(labels, 10, "labels")
    lines = ["ImageId,Label", *(f"{k},{label}" for k, label in enumerate(labels, 1)), ""]
    try:
        with whole_file(path, replace=False) as file:
            file.write("\n".join(lines).encode("ascii"))
    except FileExistsError:
        raise FileExistsError(
            f"{printable(path)} is there already, and is not replaced. Give another name, or "
            "delete it first."
        ) from None
