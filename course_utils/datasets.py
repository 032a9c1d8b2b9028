"""Data: MNIST from the repository, digits in Kaggle's CSV form, splitting and scaling."""

import csv
import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ._arrays import as_float, as_labels, check_positive_int, check_same_length
from ._digit_csv import read_plain_bytes
from ._progress import Progress

__all__ = [
    "DATA_DIRECTORY",
    "MNIST",
    "digit_frame",
    "load_digit_csv",
    "load_mnist",
    "minimum_and_range",
    "one_hot",
    "read_idx",
    "split_and_scale",
]

DATA_DIRECTORY = Path(__file__).resolve().parent.parent / "data"

IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
PIXELS = [f"pixel{k}" for k in range(784)]
COLUMNS = ["label", *PIXELS]


class MNIST(NamedTuple):
    """The four arrays of MNIST, all uint8.

    Attributes
    ----------
    train_images : ndarray, shape (60000, 28, 28)
        Gray levels, 0 for paper to 255 for ink.
    train_labels : ndarray, shape (60000,)
        Digits 0 to 9.
    test_images : ndarray, shape (10000, 28, 28)
    test_labels : ndarray, shape (10000,)
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def read_idx(path):
    """Read one IDX file, gzip'd or not.

    An IDX file begins with two zero bytes, a byte for the type, a byte for the number of
    dimensions and a big-endian 32-bit size for each; then follow the values.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    ndarray
        In native byte order.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is neither gzip nor IDX, is damaged, or holds fewer or more values than its
        header promises. A header is never believed before the file could hold so much.

    References
    ----------
    Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits" (1998)
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no data file at {path}.")
    with open(path, "rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file = gzip.GzipFile(fileobj=raw) if zipped else raw
        # deflate packs at most 1032 bytes into one
        limit = path.stat().st_size * (1032 if zipped else 1)
        try:
            return _parse_idx(file, path.name, limit)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{path.name} is damaged or cut off: {error}.") from error


def _parse_idx(file, name, limit):
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in IDX_TYPES or magic[3] == 0:
        raise ValueError(
            f"{name} is neither gzip nor IDX: it begins with {magic.hex(' ') or 'nothing'}. An IDX "
            "file begins with 00 00, a type (08 for bytes) and the number of dimensions."
        )
    dtype, rank = np.dtype(IDX_TYPES[magic[2]]), magic[3]
    header = file.read(4 * rank)
    if len(header) < 4 * rank:
        raise ValueError(f"{name} is cut off within its header.")
    shape = struct.unpack(f">{rank}I", header)
    promised = math.prod(shape) * dtype.itemsize
    if promised > limit:
        raise ValueError(
            f"{name}: the header promises {promised:,} bytes (shape {shape}), more than a file of "
            "this size can hold; the header is damaged or the file cut off."
        )
    values = file.read(promised + 1)
    if len(values) != promised:
        found = f"only {len(values):,}" if len(values) < promised else "more"
        raise ValueError(
            f"{name}: the header promises {promised:,} bytes (shape {shape}), the file has {found}."
        )
    array = np.frombuffer(values, dtype).reshape(shape)
    return array.astype(dtype.newbyteorder("="))


def load_mnist(directory=None):
    """The MNIST digits, from four IDX files.

    Parameters
    ----------
    directory : str or path-like, optional
        Another directory with files of the same four names, such as Fashion-MNIST's; by
        default data/ of this repository.

    Returns
    -------
    MNIST
        ``(train_images, train_labels, test_images, test_labels)``, uint8.

    Raises
    ------
    FileNotFoundError
        When a file is missing.
    ValueError
        When a file is damaged, holds other types or shapes, or a label is not 0 to 9.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition" (1998), doi:10.1109/5.726791
    """
    directory = DATA_DIRECTORY if directory is None else Path(directory)
    arrays = []
    for part in ("train", "t10k"):
        images = _read_part(directory, f"{part}-images-idx3-ubyte")
        labels = _read_part(directory, f"{part}-labels-idx1-ubyte")
        if images.dtype != np.uint8 or images.shape[1:] != (28, 28):
            raise ValueError(
                f"{part} images must be uint8 of shape (N, 28, 28); got {images.dtype} of shape "
                f"{images.shape}."
            )
        check_same_length(images, labels, (f"{part} images", f"{part} labels"))
        as_labels(labels, 10, f"{part} labels")
        arrays += [images, labels]
    return MNIST(*arrays)


def _read_part(directory, name):
    """The file of that name in a directory, with or without .gz."""
    for candidate in (directory / f"{name}.gz", directory / name):
        if candidate.is_file():
            return read_idx(candidate)
    raise FileNotFoundError(
        f"no {name}.gz in {directory}. The four files of MNIST are part of this repository, in "
        'data/: "git checkout data" brings them back.'
    )


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


def load_digit_csv(path):
    """Read Kaggle's digit-recognizer train.csv, strictly.

    Parameters
    ----------
    path : str or path-like
        A CSV file with the columns ``label``, ``pixel0`` ... ``pixel783`` in any order.

    Returns
    -------
    pandas.DataFrame, shape (N, 785), uint8
        Columns in the order ``label``, ``pixel0`` ... ``pixel783``.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When a column is missing or one too many, there are no rows, or a row is ragged, holds
        text, a value outside 0..255 or a label outside 0..9. The message names line and column.

    Notes
    -----
    A table as Kaggle writes it, of digits, commas and line ends alone, is read by whole-array
    operations on its bytes. Where anything else stands, pandas reads the file.
    """
    import pandas as pd

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"no file at {path}. Download train.csv of Kaggle's digit-recognizer, or use "
            "digit_frame(42_000), which needs no download."
        )
    header = _check_header(path)
    values = read_plain_bytes(path, len(header))
    if values is None or values[:, header.index("label")].max() > 9:
        return _read_any_csv(path)
    frame = pd.DataFrame(values, columns=header, copy=False)
    return frame if header == COLUMNS else frame[COLUMNS]


def _read_any_csv(path):
    """The table by pandas, which takes quotes, spaces and blank lines, or the first fault."""
    import pandas as pd

    chunks = []
    try:
        # int16 refuses text and empty cells, and takes a quarter of the memory of int64.
        with (
            pd.read_csv(path, dtype=np.int16, chunksize=5000) as reader,
            Progress(unit="row") as bar,
        ):
            for chunk in reader:
                if not _fits(chunk):
                    raise ValueError("a value out of range")
                chunks.append(chunk[COLUMNS].astype(np.uint8))
                bar.update(len(chunk))
        return pd.concat(chunks)
    except (ValueError, OverflowError):  # pandas' ParserError is a ValueError, and no row at all
        raise ValueError(_explain_csv(path)) from None


def _fits(frame):
    """Whether a part of the table holds digits 0 to 9 and pixels 0 to 255 only."""
    import pandas as pd

    return (
        # rows that are all one cell too long would make the first column an index
        isinstance(frame.index, pd.RangeIndex)
        and frame["label"].max() <= 9
        and frame.to_numpy().min() >= 0
        and frame.to_numpy().max() <= 255
    )


def _check_header(path):
    """The names of the columns, which must be `label` and all pixels in any order."""
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as file:
        header = next(csv.reader(file), [])
    if "label" not in header:
        hint = ""
        if header[:1] == ["pixel0"]:
            hint = " This looks like Kaggle's test.csv, whose digits are not told; take train.csv."
        raise ValueError(f"{path.name} has no column named 'label'.{hint}")
    found, expected = set(header), set(COLUMNS)
    missing = [name for name in PIXELS if name not in found]
    if missing:
        raise ValueError(
            f"{path.name} lacks {len(missing)} pixel columns, the first is {missing[0]!r}; "
            "expected are pixel0 to pixel783."
        )
    extra = [name for name in header if name not in expected]
    repeated = len(header) - len(extra) - len(PIXELS) - 1
    if extra or repeated:
        what = f"the column {extra[0]!r}" if extra else "a column name twice"
        raise ValueError(f"{path.name} has {what}; expected are label and pixel0 to pixel783 once.")
    return header


def _explain_csv(path):
    """Why a CSV file was refused: the first fault, by line and column."""
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = csv.reader(file)
        header = next(rows)
        line = 1
        for line, row in enumerate(rows, 2):
            if not row:
                continue
            if len(row) != len(header):
                return f"{path.name}, line {line}: {len(row)} cells, expected {len(header)}."
            for name, cell in zip(header, row, strict=True):
                high = 9 if name == "label" else 255
                where = f"{path.name}, line {line}, column {name!r}: {cell!r}"
                try:
                    value = int(cell)
                except ValueError:
                    return f"{where} is not a whole number."
                if not 0 <= value <= high:
                    return f"{where} is not between 0 and {high}."
        if line == 1:
            return f"{path.name} has a header but no rows."
    return f"{path.name} can't be read as a table of whole numbers."


def minimum_and_range(X):
    """Each column's minimum and range, as a scaler needs them.

    Parameters
    ----------
    X : array_like, shape (N, d)

    Returns
    -------
    minimum, extent : ndarray, shape (d,), float32
        The range, max - min, of a column that is constant is given as 1, so that it can be
        divided by.

    Examples
    --------
    >>> minimum, extent = minimum_and_range([[0, 5], [10, 5]])
    >>> print(minimum, extent)
    [0. 5.] [10.  1.]
    """
    X = as_float(X) if np.asarray(X).dtype.kind != "u" else np.asarray(X)
    minimum = X.min(axis=0).astype(np.float32)
    extent = X.max(axis=0).astype(np.float32) - minimum
    extent[extent == 0] = 1
    return minimum, extent


def split_and_scale(X, y, test_size=0.3, random_state=42):
    """Split at random, then scale every feature to 0..1 by the training part alone.

    The split is scikit-learn's `train_test_split`, the scaling that of its `MinMaxScaler`
    fitted on the training part. A test value beyond the training range leaves 0..1: nothing
    about the test part is used, not even its extremes.

    Parameters
    ----------
    X : array_like, shape (N, d)
        Features; a DataFrame works, and uint8 pixels cost a quarter of the memory.
    y : array_like, shape (N,)
        Targets.
    test_size : float or int
        Share or number of test samples.
    random_state : int
        Seed of the split.

    Returns
    -------
    X_train, X_test : ndarray of float32
    y_train, y_test : ndarray

    Raises
    ------
    TypeError, ValueError
        When X is not a table of real numbers, or X and y differ in length.

    Examples
    --------
    >>> X_train, X_test, y_train, y_test = split_and_scale(np.arange(20).reshape(10, 2), range(10))
    >>> X_train.shape, X_test.shape, X_train.dtype
    ((7, 2), (3, 2), dtype('float32'))
    """
    from sklearn.model_selection import train_test_split

    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 2:
        raise ValueError(f"X must have shape (N, d), one sample a row; got shape {X.shape}.")
    check_same_length(X, y)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=test_size, random_state=random_state
    )
    minimum, extent = minimum_and_range(X_train)
    return (*(_scale(part, minimum, extent) for part in (X_train, X_test)), y_train, y_test)


def _scale(X, minimum, extent):
    scaled = np.subtract(X, minimum, dtype=np.float32)
    scaled /= extent
    return scaled


def one_hot(labels, n_classes=None, dtype=np.float32):
    """Class numbers as rows with a single 1.

    Parameters
    ----------
    labels : array_like, shape (N,)
        Classes 0 to n_classes - 1.
    n_classes : int, optional
        By default the largest label and one more.
    dtype : dtype

    Returns
    -------
    ndarray, shape (N, n_classes)

    Raises
    ------
    TypeError, ValueError
        When the labels are not whole numbers in range.

    Examples
    --------
    >>> print(one_hot([2, 0], n_classes=3))
    [[0. 0. 1.]
     [1. 0. 0.]]
    """
    labels = as_labels(labels, n_classes, "labels")
    if n_classes is None:
        n_classes = int(labels.max(initial=-1)) + 1
    return np.eye(n_classes, dtype=dtype)[labels]
