"""MNIST, and the data sets that come in its form: Fashion-MNIST, KMNIST and EMNIST."""

import functools
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .._arrays import as_labels
from .._disk import listed, printable
from ._folders import DATA_DIRECTORY
from .idx import read_idx

__all__ = ["DATA_DIRECTORY", "MNIST", "load_mnist"]

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
        arrays += [images, labels.astype(np.uint8, copy=False)]
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
