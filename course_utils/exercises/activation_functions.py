"""Exercises of lesson 02: activation functions, and a softmax for large logits."""

import numpy as np

from .definition import cases, exercise, mistake

__all__ = ["stable_softmax"]

SOFTMAX = "Compute a softmax that does not overflow, and explain shift invariance and temperature."


# -- stable_softmax -------------------------------------------------------------------------------


@exercise(
    "activation_functions.stable_softmax",
    SOFTMAX,
    why="The softmax stays the same when all logits of a row are shifted by one number. Shifted by "
    "the largest of its row, the largest exponent is 0: nothing overflows, and no sum is below 1.",
    hints=(
        "Which step of the short form makes a number that is too large?",
        "Adding 5 to all logits of a row changes nothing. Neither does subtracting. What would you "
        "subtract from [1000, 999]?",
        "Subtract from each row its own largest logit, then go on as in the short form.",
    ),
)
def stable_softmax(Z):
    """Answer the softmax of each row of Z, also where the logits are large."""
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


@cases(stable_softmax)
def logits(rng):
    yield (np.array([[1000.0, 999.0]]),)
    yield (np.array([[2.0, 1.0], [0.0, 3.0]]),)
    yield (np.array([[2000.0, 0.0], [0.0, 2000.0]]),)
    yield (np.array([[1000.0, 1001.0], [0.0, 2.0]]),)
    yield (np.array([[-1000.0, -1001.0, -1002.0], [5.0, 5.0, 5.0]]),)
    yield (rng.normal(size=(3, 3)),)


@mistake(
    stable_softmax,
    "This is the short form: it overflows.",
    "The exponential of 1000 is larger than any float and becomes `inf`, infinite; `inf / inf` is "
    "`nan`, not a number. That of -1000 becomes 0, and `0 / 0` is `nan` too.",
    (
        "Print the exponentials of [1000, 999].",
        "Which row has the same softmax, and smaller exponentials? Adding one number to all logits "
        "of a row changes nothing.",
        "Subtract the largest logit of each row before the exponential.",
    ),
)
def overflows(Z):
    E = np.exp(Z)
    return E / E.sum(axis=1, keepdims=True)


@mistake(
    stable_softmax,
    "Large logits are cut off: 1000 and 999 become equal.",
    "Nothing overflows any more, but the difference of 1 between the two is lost.",
    (
        "What is left of [1000, 999] before the exponential?",
        "Only differences between logits count. Which step keeps them?",
        "A shift keeps every difference. Subtract the largest logit of each row.",
    ),
)
def cut_off(Z):
    E = np.exp(np.clip(Z, -500, 500))
    return E / E.sum(axis=1, keepdims=True)


@mistake(
    stable_softmax,
    "You divide the logits by the largest one; that is no shift.",
    "A division changes the differences between the logits, and only these count.",
    (
        "What becomes of the difference in [1000, 999]?",
        "Adding a number to all logits changes nothing. Does dividing by one?",
        "Subtract the largest logit, where you divide by it.",
    ),
)
def divided(Z):
    E = np.exp(Z / Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


@mistake(
    stable_softmax,
    "From all rows you subtract the same number, the largest of the whole array.",
    "In a row that lies far below it every exponential is 0, and 0 / 0 is `nan`, not a number.",
    (
        "How many maxima does your function find, and how many rows are there?",
        "One row is [1000, 1001], another one [0, 2]. What is left of the second after your shift?",
        "Each row has its own maximum: it needs an axis, and must keep it.",
    ),
)
def one_maximum(Z):
    E = np.exp(Z - Z.max())
    return E / E.sum(axis=1, keepdims=True)


@mistake(
    stable_softmax,
    "You divide by the sum of all rows together.",
    "Each row of its own should sum to 1; yours sum to 1 all together.",
    (
        "Add up each row of your answer.",
        "How many sums does your function compute, and how many rows are there?",
        "Each row has its own sum: it needs an axis, and must keep it.",
    ),
)
def one_sum(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum()


@mistake(
    stable_softmax,
    "Your softmax goes down the columns; a sample is a row.",
    "In your answer the columns sum to 1.",
    (
        "Add up a row and a column of your answer. Which of the two is 1?",
        "The axis that you name is the one that disappears.",
        "One maximum and one sum for each row: axis 1.",
    ),
)
def down_the_columns(Z):
    E = np.exp(Z - Z.max(axis=0, keepdims=True))
    return E / E.sum(axis=0, keepdims=True)


@mistake(
    stable_softmax,
    "The sums lie along the wrong axis: column 0 is divided by the sum of row 0.",
    "In a square array this gives no error, and rows that do not sum to 1.",
    (
        "Which shapes have the exponentials and their sums?",
        "Write the two shapes below each other, aligned on the right, as in lesson 00.",
        "`keepdims=True` keeps the axis, so that each row meets its own sum.",
    ),
)
def sums_without_keepdims(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1)


@mistake(
    stable_softmax,
    "The maxima and the sums lie along the wrong axis: row 0's belong to column 0 in your code.",
    "In a square array this gives no error, and rows that do not sum to 1.",
    (
        "Which shapes have Z and its maxima, and which the sums?",
        "Write the two shapes below each other, aligned on the right, as in lesson 00.",
        "`keepdims=True` keeps the axis, so that each row meets its own maximum and its own sum.",
    ),
)
def without_keepdims(Z):
    E = np.exp(Z - Z.max(axis=1))
    return E / E.sum(axis=1)


@mistake(
    stable_softmax,
    "You shift each row, but not by its largest logit: some exponents are still far above 0.",
    "In the row [2000, 0] the mean is 1000 and the smallest is 0. Less either of them, an exponent "
    "of 1000 or more is left, and it overflows.",
    (
        "What is the largest exponent after your shift, for the row [2000, 0]?",
        "After the shift no exponent should be above 0. Which number of the row does that?",
        "Subtract the largest logit of each row.",
    ),
)
def another_number(Z):
    E = np.exp(Z - Z.mean(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


@mistake(
    stable_softmax,
    "The exponentials are not divided by their sum.",
    "The largest of each row is 1 in your answer, and the rows sum to more.",
    (
        "Add up a row of your answer.",
        "What makes probabilities of positive numbers?",
        "Divide each exponential by the sum of its row.",
    ),
)
def not_divided_by_the_sum(Z):
    return np.exp(Z - Z.max(axis=1, keepdims=True))
