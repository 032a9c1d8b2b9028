"""Exercises of lesson 00: arrays, axes, and a mistake that gives no error."""

import numpy as np

from .definition import cases, exercise, mistake

__all__ = ["center_rows"]

BROADCASTING = "Find and repair a broadcasting mistake that gives a wrong result without an error."


# -- center_rows ----------------------------------------------------------------------------------


@exercise(
    "start_here.center_rows",
    BROADCASTING,
    why="The means of the rows must stand in a column, so that each row meets its own. "
    "`keepdims=True` keeps the axis over which the mean is taken, with the length 1: (n, 1). "
    "Without it the shape is (n,), which is aligned on the right: under the columns.",
    hints=(
        "How many means are there, and which number of A meets which of them?",
        "Write the shape of A above the shape of the means, aligned on the right, for a (2, 3) "
        "array. Which lengths meet?",
        "The means must have the shape (n, 1): `keepdims=True` leaves them so.",
    ),
)
def center_rows(A):
    """Answer A with the mean of each row subtracted from that row."""
    return A - A.mean(axis=1, keepdims=True)


@cases(center_rows)
def tables(rng):
    yield (np.array([[1.0, 3.0], [2.0, 8.0]]),)
    yield (np.array([[1.0, 1.0, 2.5], [3.0, 3.0, 6.0]]),)
    yield (rng.normal(5.0, 2.0, size=(3, 3)),)
    yield (rng.normal(-1.0, 3.0, size=(4, 2)),)


@mistake(
    center_rows,
    "The means lie along the wrong axis of A: column 0 loses the mean of row 0.",
    "A square array takes that without an error, and an array of the shape (2, 3) refuses it.",
    (
        "Which shape do your means have?",
        "Write the two shapes below each other, aligned on the right. With which axis of A are "
        "the means aligned?",
        "The means must have the shape (n, 1): `keepdims=True` leaves them so.",
    ),
)
def without_keepdims(A):
    return A - A.mean(axis=1)


@mistake(
    center_rows,
    "You subtract from each column its mean; asked for are the rows.",
    "In your answer the columns have the mean 0, and the rows have not.",
    (
        "Over which axis is your mean taken?",
        "The axis that you name is the one that disappears. How many means must be left: one for "
        "each row, or one for each column?",
        "For one mean a row, name axis 1, and look at the shape of what is left.",
    ),
)
def columns(A):
    return A - A.mean(axis=0)


@mistake(
    center_rows,
    "You subtract one mean from all numbers, that of the whole array.",
    "Your answer has the mean 0 as a whole, and its rows have not.",
    (
        "How many means does your function compute?",
        "Without `axis`, a mean is taken over all elements. How many means are needed?",
        "For one mean a row, name axis 1, and keep that axis.",
    ),
)
def one_mean_for_all(A):
    return A - A.mean()


@mistake(
    center_rows,
    "You answer the means of the rows; they are not subtracted yet.",
    "The answer must have the shape of A, with a number for each number of A.",
    (
        "Look at your `return`: what becomes of the means?",
        "The first row is (1, 3), and its mean is 2. What should be left of the row?",
        "Subtract the means from A.",
    ),
)
def the_means(A):
    return A.mean(axis=1, keepdims=True)


@mistake(
    center_rows,
    "You subtract the sum of each row; asked for is its mean.",
    "The row (1, 3) has the sum 4 and the mean 2.",
    (
        "Which number do you compute for each row?",
        "The mean is the sum, divided by how many numbers there are.",
        "`mean`, where you have `sum`.",
    ),
)
def the_sums(A):
    return A - A.sum(axis=1, keepdims=True)


@mistake(
    center_rows,
    "You answer A as it came.",
    "`row = row - 2` makes a new array and calls it `row`; the row in A stays as it was.",
    (
        "Where do the new rows go that you compute?",
        "Print A at the end of your function.",
        "Collect the new rows in an array of your own, or subtract all means at once.",
    ),
)
def as_it_came(A):
    return A.copy()


@mistake(
    center_rows,
    "Each row is also divided, by how far its numbers lie apart.",
    "The row (2, 8) becomes (-1, 1), and should become (-3, 3).",
    (
        "Which steps does your function do, and which were asked for?",
        "Only the middle of a row moves. How far its numbers lie apart must stay.",
        "Leave the division out.",
    ),
)
def scaled_too(A):
    centred = A - A.mean(axis=1, keepdims=True)
    return centred / A.std(axis=1, keepdims=True)


@mistake(
    center_rows,
    "The mean is taken anew after each number, when a part of the row has changed already.",
    "The first number of each row is right, and those behind it are not.",
    (
        "Which of your numbers are right?",
        "How often does your function compute the mean of one row, and is it the same each time?",
        "Compute the mean of a row once, before the first of its numbers changes.",
    ),
)
def mean_of_a_changed_row(A):
    B = A.copy()
    for row in B:
        for j in range(len(row)):
            row[j] -= row.mean()
    return B
