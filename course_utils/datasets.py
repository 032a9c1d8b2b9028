"""Data: MNIST and its relatives, digits in Kaggle's CSV form, splitting and scaling."""

import functools
import gzip
import math
import re
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ._arrays import as_float, as_labels, as_real, check_positive_int, check_same_length
from ._digit_csv import PIXELS, read_bytes, read_header, read_plain_bytes
from ._disk import fill, listed, native, printable, whole_file
from ._folders import DATA_DIRECTORY
from ._formats import recognise

__all__ = [
    "DATA_DIRECTORY",
    "MNIST",
    "digit_frame",
    "load_digit_csv",
    "load_mnist",
    "minimum_and_range",
    "one_hot",
    "read_idx",
    "scale",
    "split_and_scale",
    "write_submission",
]

MOST_BYTES = 1 << 30  # of the values of an IDX file, unless the caller allows more
MOST_DIMENSIONS = 64  # of an array of NumPy's
IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
COLUMNS = ["label", *PIXELS]

# With a hyphen or a dot before idx: both spellings are in use.
IDX_NAME = re.compile(
    r"(?:emnist-(?P<split>[a-z]+)-)?(?P<part>train|test|t10k)-(?P<kind>images|labels)"
    r"[-.]idx[13]-ubyte(?:\.gz)?"
)
CLASSES = (0, 9)  # the first and the last
EMNIST_CLASSES = {
    "byclass": (0, 61),
    "bymerge": (0, 46),
    "balanced": (0, 46),
    "letters": (1, 26),
    "digits": (0, 9),
    "mnist": (0, 9),
}


class MNIST(NamedTuple):
    """The four arrays of MNIST, or of a data set in its form, all uint8.

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


def load_mnist(directory=None, split=None):
    """The MNIST digits, or another data set of images of 28 x 28 pixels, from four IDX files.

    Parameters
    ----------
    directory : str or path-like, optional
        A folder with four files of MNIST's names, gzip'd or not, such as those of Fashion-MNIST
        and KMNIST, or of EMNIST's names, ``emnist-letters-train-images-idx3-ubyte.gz`` and so on.
        By default the data of this course.
    split : {"byclass", "bymerge", "balanced", "letters", "digits", "mnist"}, optional
        Which of the six data sets of EMNIST; needed only where the folder holds several of them,
        or where their files were renamed as MNIST's.

    Returns
    -------
    MNIST
        ``(train_images, train_labels, test_images, test_labels)``, uint8.

    Raises
    ------
    FileNotFoundError
        When a file is missing.
    ValueError
        When a file is damaged, holds other types or shapes, a label is out of range, or it is not
        clear which data set is meant.

    Notes
    -----
    EMNIST's files hold every image transposed; here it is turned upright, with rows from top to
    bottom as in MNIST. Labels stay as they are in the files: 0 to 9, for the letters 1 (A) to
    26 (Z), for the others as the file ``emnist-...-mapping.txt`` beside them says. A network with
    26 outputs takes ``labels - 1``.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition" (1998), doi:10.1109/5.726791

    H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking
    machine learning algorithms" (2017), arXiv:1708.07747

    T. Clanuwat et al., "Deep learning for classical Japanese literature" (2018), arXiv:1812.01718

    G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: an extension of MNIST to handwritten
    letters" (2017), arXiv:1702.05373
    """
    if split is not None and split not in EMNIST_CLASSES:
        raise ValueError(f"split must be one of {', '.join(EMNIST_CLASSES)}; got {split!r}.")
    directory = DATA_DIRECTORY if directory is None else Path(directory)
    files, split = _find_files(directory, split)
    arrays = []
    for part in ("train", "test"):
        labels = read_idx(files[part, "labels"], functools.partial(_check_labels, part))
        images = read_idx(files[part, "images"], functools.partial(_check_images, part, labels))
        _check_classes(labels, split, f"{part} labels")
        if split is not None:
            for block in np.split(images, range(10_000, len(images), 10_000)):
                block[...] = block.transpose(0, 2, 1)
        arrays += [images, labels]
    return MNIST(*arrays)


def _check_labels(part, dtype, shape):
    """Refuse labels that are not one whole number an image."""
    if dtype.kind not in "iu" or len(shape) != 1:
        raise ValueError(
            f"{part} labels must be whole numbers of shape (N,); got {dtype.newbyteorder('=')} of "
            f"shape {printable(shape)}."
        )


def _check_images(part, labels, dtype, shape):
    """Refuse images of another form, or another number of them than there are labels."""
    if dtype != np.uint8 or shape[1:] != (28, 28):
        raise ValueError(
            f"{part} images must be uint8 of shape (N, 28, 28); got {dtype.newbyteorder('=')} of "
            f"shape {printable(shape)}."
        )
    if shape[0] != len(labels):
        raise ValueError(
            f"{part} images and {part} labels must have the same length; got {shape[0]} and "
            f"{len(labels)}."
        )


def _find_files(directory, split):
    """The paths of the four files by ``(part, kind)``, and which data set of EMNIST they are."""
    if not directory.is_dir():
        raise FileNotFoundError(
            f"{printable(directory)} is a file; give the folder of the four files, unpacked if it "
            "is an archive."
            if directory.is_file()
            else _explain_missing(directory, f"no folder {printable(directory)}")
        )
    sets = {}
    for path in sorted(directory.iterdir()):
        match = IDX_NAME.fullmatch(path.name)
        if match and path.is_file():
            part = "train" if match["part"] == "train" else "test"
            sets.setdefault(match["split"], {})[part, match["kind"]] = path
    if split is None and None not in sets:
        if len(sets) > 1:
            raise ValueError(
                f"{printable(directory)} holds several data sets of EMNIST: {', '.join(sets)}. Say "
                f'which: load_mnist(directory, split="{next(iter(sets))}").'
            )
        split = next(iter(sets), None)
    of_names = None if None in sets and split not in sets else split
    prefix = f"emnist-{of_names}-" if of_names else ""
    files = sets.get(of_names, {})
    for part in ("train", "test"):
        for kind, rank in (("images", 3), ("labels", 1)):
            if (part, kind) not in files:
                part = "t10k" if part == "test" and not prefix else part
                name = f"{prefix}{part}-{kind}-idx{rank}-ubyte.gz"
                what = f"no {name} in {printable(directory)}"
                raise FileNotFoundError(_explain_missing(directory, what))
    return files, split


def _explain_missing(directory, what):
    """Where the files come from: the course's own, or those of whoever named the folder."""
    if directory == DATA_DIRECTORY:
        return (
            f"{what}, where the course keeps MNIST. Get the course again, or in a clone type: git "
            "checkout -- data. Or download MNIST's four files from "
            "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz and so on "
            "into a folder of yours, and name it: load_mnist(folder)."
        )
    there = sorted(path.name for path in directory.iterdir()) if directory.is_dir() else []
    holds = listed(there) if there else "nothing"
    return (
        f"{what}, which holds {holds}. Expected are {{train,t10k}}-images-idx3-ubyte "
        "and {train,t10k}-labels-idx1-ubyte, each as it is or with .gz, as of MNIST, Fashion-MNIST "
        "and KMNIST, or the same of EMNIST. load_mnist() without a folder reads the course's own."
    )


def _check_classes(labels, split, name):
    """Refuse labels that are not the class numbers of the data set."""
    first, last = CLASSES if split is None else EMNIST_CLASSES[split]
    classes = as_labels(labels, name=name)
    wrong = np.flatnonzero((classes < first) | (classes > last))
    if len(wrong):
        hint = ' If these are EMNIST\'s, say which: load_mnist(directory, split="letters").'
        raise ValueError(
            f"{name} must hold class numbers between {first} and {last}; got {classes[wrong[0]]} "
            f"at position {wrong[0]}.{hint if split is None else ''}"
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


def minimum_and_range(X):
    """Each column's minimum and range: a scaler, as `scale` and `as_sequential` take it.

    Parameters
    ----------
    X : array_like, shape (N, d)

    Returns
    -------
    minimum, extent : ndarray, shape (d,)
        float32 for pixels and for X of float32, float64 where that would round: a time stamp has
        more digits. The range, max - min, of a constant column is given as 1, so that it can be
        divided by.

    Raises
    ------
    TypeError, ValueError
        When X is not a table of real numbers, or is empty.

    Examples
    --------
    >>> minimum, extent = minimum_and_range([[0, 5], [10, 5]])
    >>> print(minimum, extent)
    [0. 5.] [10.  1.]
    """
    X = _as_table(X)
    if X.size == 0:
        raise ValueError(f"X is empty, so that no column has a minimum; got shape {X.shape}.")
    low, high = X.min(axis=0), X.max(axis=0)
    integers = X.dtype.kind != "f"
    types = map(np.min_scalar_type, (low.min(), high.max())) if integers else [X.dtype]
    minimum = low.astype(np.result_type(np.float32, *types))
    extent = high.astype(minimum.dtype) - minimum
    extent[extent == 0] = 1
    return minimum, extent


def scale(X, scaler):
    """Scale features as others were scaled before: (X - minimum) / extent.

    New data must be scaled by what was learned from the training data, never by itself.

    Parameters
    ----------
    X : array_like, shape (N, d)
    scaler : tuple of ndarray, each of shape (d,)
        ``(minimum, extent)`` of `minimum_and_range`, `split_and_scale` or `load_scaler`.

    Returns
    -------
    ndarray of float32, shape (N, d)
        0 to 1 within the range of the data that the scaler was made from.

    Raises
    ------
    TypeError, ValueError
        When X is not a table of real numbers, or has other columns than the scaler.

    Examples
    --------
    >>> scaler = minimum_and_range([[0, 5], [10, 6]])
    >>> print(scale([[5, 5], [20, 6]], scaler))
    [[0.5 0. ]
     [2.  1. ]]
    """
    X = _as_table(X)
    minimum, extent = map(as_float, scaler)
    if X.shape[1:] != minimum.shape:
        raise ValueError(
            f"X must have the {len(minimum)} columns that the scaler was made from; got shape "
            f"{X.shape}."
        )
    scaled = np.subtract(X, minimum, dtype=minimum.dtype)
    scaled /= extent
    return scaled.astype(np.float32, copy=False)


def split_and_scale(X, y, test_size=0.3, random_state=42, return_scaler=False):
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
    return_scaler : bool
        Whether to answer the scaler too, by which `scale` brings new data into the same form.

    Returns
    -------
    X_train, X_test : ndarray of float32
    y_train, y_test : ndarray
    scaler : tuple of ndarray, each of shape (d,)
        ``(minimum, extent)`` of the training part; only if `return_scaler`.

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

    X, y = _as_table(X), np.asarray(y)
    check_same_length(X, y)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=test_size, random_state=random_state
    )
    scaler = minimum_and_range(X_train)
    parts = scale(X_train, scaler), scale(X_test, scaler), y_train, y_test
    return (*parts, scaler) if return_scaler else parts


def _as_table(X):
    """X as an array of real numbers with one sample a row; integers keep their type."""
    X = as_real(X, "X must hold real numbers")
    if X.ndim != 2:
        raise ValueError(f"X must have shape (N, d), one sample a row; got shape {X.shape}.")
    return X


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
