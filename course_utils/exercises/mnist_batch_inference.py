"""Exercises of lesson 06: judge what a network answers."""

import numpy as np

from .definition import cases, exercise, mistake

__all__ = ["confusion"]

JUDGE = (
    "Judge a classifier: confusion matrix, precision, recall, F1, and how sure it is when it is "
    "wrong."
)


# -- confusion ------------------------------------------------------------------------------------


@exercise(
    "mnist_batch_inference.confusion",
    JUDGE,
    why="Each image adds 1 at one place: the row is what it is, the column what it was read as. "
    "`n` says how many rows there are, so that a class that never occurs has a row of zeros.",
    hints=(
        "Where in the matrix does one image count, and by how much?",
        "An image that is a 2 and was read as a 0: which row, which column?",
        "Begin with n rows and n columns of 0. Go through the pairs (i, j), and add 1 at [i, j].",
    ),
)
def confusion(y_true, y_pred, n):
    """Answer the matrix of n rows that counts in row i, column j how often i was read as j."""
    M = np.zeros((n, n), dtype=int)
    for i, j in zip(y_true, y_pred, strict=True):
        M[i, j] += 1
    return M


@cases(confusion)
def readings(rng):
    yield np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 0, 0, 2]), 3
    yield np.array([1, 1, 0, 2, 2, 0, 1]), np.array([1, 2, 0, 2, 1, 0, 1]), 4  # there is no 3
    yield rng.integers(0, 10, size=60), rng.integers(0, 10, size=60), 10


@mistake(
    confusion,
    "Rows and columns are exchanged: your rows are what the images were read as.",
    "An image that is a 2 and was read as a 0 counts in row 0 of yours.",
    (
        "Take one mistake: in which row does it count, in which should it?",
        "Which of the two labels says the row: the true one, or the predicted one?",
        "The true label comes first in the index.",
    ),
)
def exchanged(y_true, y_pred, n):
    return confusion(y_pred, y_true, n)


@mistake(
    confusion,
    "Every pair counts once, however often it occurs.",
    "A pair that occurs twice must count 2. With two index arrays, `M[i, j] += 1` reads all places "
    "first and writes then, so that it counts a pair once.",
    (
        "What is the largest number in your matrix?",
        "Add up your matrix. How many images are there?",
        "Add 1 for one image after the other, in a loop.",
    ),
)
def each_pair_once(y_true, y_pred, n):
    M = np.zeros((n, n), dtype=int)
    M[y_true, y_pred] += 1
    return M


@mistake(
    confusion,
    "Images that were read correctly are not counted.",
    "Your diagonal is 0; there stands how often i was read as i.",
    (
        "Add up your matrix. How many images are there?",
        "Where does an image count that is a 1 and was read as a 1?",
        "Every image counts, so no condition is needed.",
    ),
)
def mistakes_only(y_true, y_pred, n):
    M = confusion(y_true, y_pred, n)
    return M - np.diag(np.diag(M))


@mistake(
    confusion,
    "Only images that were read correctly are counted.",
    "Beside your diagonal all is 0; there stand the mistakes, each with its kind.",
    (
        "Add up your matrix. How many images are there?",
        "Where does an image count that is a 2 and was read as a 0?",
        "Every image counts, so no condition is needed.",
    ),
)
def right_only(y_true, y_pred, n):
    return np.diag(np.diag(confusion(y_true, y_pred, n)))


@mistake(
    confusion,
    "You answer shares, each row divided by its sum; asked for are counts.",
    "A class that does not occur has the sum 0, and 0 / 0 is `nan`.",
    (
        "Which numbers does one image add to your matrix?",
        "The answer holds whole numbers.",
        "Leave the division out.",
    ),
)
def shares(y_true, y_pred, n):
    M = confusion(y_true, y_pred, n)
    with np.errstate(invalid="ignore"):
        return M / M.sum(axis=1, keepdims=True)


@mistake(
    confusion,
    "Your matrix has rows for the labels that occur, and n are asked for.",
    "In a small set of images a digit may be missing. Its row and column should be there, with "
    "zeros.",
    (
        "How many rows has your matrix, and where does that number come from?",
        "Which argument do you not use?",
        "Begin with n rows and n columns of 0.",
    ),
)
def labels_that_occur(y_true, y_pred, n):
    return confusion(y_true, y_pred, max(y_true.max(), y_pred.max()) + 1)


@mistake(
    confusion,
    "Every true label is paired with every prediction, also with those of other images.",
    "With six images your matrix adds up to 36.",
    (
        "Add up your matrix. How many images are there?",
        "Two loops, one within the other, meet all pairs. Which pairs belong together?",
        "One loop: image k has the true label `y_true[k]` and was read as `y_pred[k]`.",
    ),
)
def all_with_all(y_true, y_pred, n):
    return np.outer(np.bincount(y_true, minlength=n), np.bincount(y_pred, minlength=n))
