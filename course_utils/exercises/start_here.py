"""Exercises of lesson 00: arrays, axes, and mistakes that give no error."""

import math

import numpy as np

from .definition import cases, exercise, mistake

__all__ = [
    "agrees",
    "blend",
    "broadcast_shape",
    "center_rows",
    "first_row_zeroed",
    "from_columns",
    "is_centred",
    "mean_between",
    "remedies",
]

ENVIRONMENT = (
    "Test whether your environment can run the course, and know what to type when it cannot."
)
PREDICTION = "Predict the shape and the type of a NumPy result before you run it."
CHOICE = "Pick elements by index and by condition, and know when two names share one memory."
BROADCASTING = "Find and repair a broadcasting mistake that gives a wrong result without an error."
NOTATION = "Read the notation of this course, and translate it from a textbook with other letters."
OUTPUTS = "Explain how the outputs of these pages are checked, and what to do when one differs."


# -- remedies -------------------------------------------------------------------------------------


@exercise(
    "start_here.remedies",
    ENVIRONMENT,
    why="A finding is a tuple of three parts, and a loop can give each part a name. Those that are "
    "well need no remedy; `not well` is true for the others.",
    hints=(
        "What are the three parts of a finding, and which of them do you need?",
        "Go through the findings one by one. For which of them does something go into the list?",
        "Begin with an empty list, and append the third part of each finding whose first is false.",
    ),
)
def remedies(findings):
    """Answer the remedies of all findings that are not well, as a list, in their order."""
    found = []
    for well, _, remedy in findings:
        if not well:
            found.append(remedy)
    return found


@cases(remedies)
def what_a_doctor_finds(rng):
    python = (True, "Python 3.11.7", "install Python 3.11 to 3.14")
    numpy = (False, "numpy is missing", "make setup")
    data = (False, "data/train-images is damaged", "git checkout data")
    yield ([python, numpy, data],)
    yield ([data, python],)
    yield ([python, numpy, (False, "pandas is missing", "make setup")],)
    yield ([python],)


@mistake(
    remedies,
    "You answer the remedies of the findings that are well.",
    "What is well needs no remedy, and what is not well is missing in your list.",
    (
        "For which findings does your condition hold?",
        "The first part of a finding is True where all is well.",
        "The remedy belongs into the list where the first part is False: `not`.",
    ),
)
def of_the_well(findings):
    return [remedy for well, _, remedy in findings if well]


@mistake(
    remedies,
    "You answer the remedies of all findings, also of those that are well.",
    "Python 3.11.7 is well, and your list says to install another.",
    (
        "Does your function look at the first part of a finding?",
        "Which findings of the example should leave nothing in the list?",
        "Append a remedy only where the first part is False.",
    ),
)
def of_all(findings):
    return [remedy for _, _, remedy in findings]


@mistake(
    remedies,
    "You answer what is wrong; asked for is what to type.",
    "Your list says that numpy is missing, and not `make setup`.",
    (
        "Which part of a finding goes into your list?",
        "The second part is what was looked at. Which one is the remedy?",
        "Take the third part.",
    ),
)
def what_is_wrong(findings):
    return [what for well, what, _ in findings if not well]


@mistake(
    remedies,
    "Your list ends after the first finding that is not well.",
    "Two findings of the example are not well, and your list has one remedy.",
    (
        "When does your function end?",
        "A `return` inside the loop ends the function, the loop with it.",
        "Put the `return` behind the loop, as far left as the `for`.",
    ),
)
def the_first(findings):
    found = []
    for well, _, remedy in findings:
        if not well:
            found.append(remedy)
            return found
    return found


@mistake(
    remedies,
    "Your function ends after the first finding, whether it is well or not.",
    "Where the first finding is well, your list is empty.",
    (
        "When does your function end?",
        "A `return` inside the loop ends the function, the loop with it.",
        "Put the `return` behind the loop, as far left as the `for`.",
    ),
)
def after_the_first_round(findings):
    found = []
    for well, _, remedy in findings:
        if not well:
            found.append(remedy)
        return found
    return found


@mistake(
    remedies,
    "A remedy that two findings need stands in your list once.",
    "Each finding that is not well has a place of its own in the answer.",
    (
        "What becomes of a remedy that is already in your list?",
        "Two packages are missing: how many findings are not well?",
        "Append each of them, without looking at those before.",
    ),
)
def each_once(findings):
    found = []
    for well, _, remedy in findings:
        if not well and remedy not in found:
            found.append(remedy)
    return found


@mistake(
    remedies,
    "Your list holds the last remedy only: those before it are lost.",
    "Two findings of the example are not well, and your list has one remedy.",
    (
        "What happens to the list when the second remedy comes?",
        "`found = [remedy]` makes a new list each time. What keeps the old one?",
        "`append` adds to the list that is there.",
    ),
)
def the_last(findings):
    found = []
    for well, _, remedy in findings:
        if not well:
            found = [remedy]
    return found


# -- mean_between ---------------------------------------------------------------------------------


@exercise(
    "start_here.mean_between",
    CHOICE,
    why="Each comparison gives an array of True and False. `&` joins two of them element by "
    "element, and needs brackets round each, since it binds more strongly than `>=`. As an index "
    "the mask keeps the elements where it is True, and the mean is that of those alone.",
    hints=(
        "Which elements should count? Write the mask for [[1, 2], [3, 4]] from 2 to 3 by hand.",
        "Two conditions must hold for the same element. What joins two masks element by element?",
        "`(X >= low) & (X <= high)` is the mask; X at this mask holds the elements to be averaged.",
    ),
)
def mean_between(X, low, high):
    """Answer the mean of those elements of the array X that lie from low to high, both included."""
    inside = (X >= low) & (X <= high)
    return X[inside].mean()


@cases(mean_between)
def arrays_with_limits(rng):
    yield np.array([[1.0, 2.0], [3.0, 6.0]]), 2.0, 5.0
    yield np.array([4.0, 8.0, 10.0, 3.0, 9.0]), 4.0, 9.0
    yield np.arange(12.0).reshape(3, 4) ** 2, 1.0, 16.0


@mistake(
    mean_between,
    "Python's `and`, or `low <= X <= high`, asks for one answer, and an array has many.",
    "NumPy refuses: the truth value of an array with more than one element is ambiguous.",
    (
        "Which line raises the error, and how many answers does it need?",
        "`low <= X <= high` means `low <= X and X <= high`. Element by element there is another "
        "sign.",
        "`&` joins two masks, each in brackets of its own.",
    ),
)
def by_and(X, low, high):
    return X[low <= X <= high].mean()


@mistake(
    mean_between,
    "The brackets round the two comparisons are missing: `&` is done before `>=`.",
    "`X >= low & X <= high` means `X >= (low & X) <= high`, and NumPy has no `&` for floats.",
    (
        "In which order does Python do `&` and `>=`?",
        "Put brackets where you think that they are, and compare with the line of the lesson.",
        "Each of the two comparisons needs brackets of its own.",
    ),
)
def without_brackets(X, low, high):
    return X[X >= low & X <= high].mean()


@mistake(
    mean_between,
    "The second mask has as many elements as X, and what is left after the first has fewer.",
    "NumPy refuses: the mask does not fit the array that it is an index of.",
    (
        "Which shape has X at the first mask, and which shape has the second mask?",
        "Both masks are made of X itself.",
        "Join them first, and use the result as one index.",
    ),
)
def one_mask_after_the_other(X, low, high):
    return X[X >= low][X <= high].mean()


@mistake(
    mean_between,
    "An element that equals low or high is left out; it should count.",
    "From 2 to 5 in [[1, 2], [3, 6]] there are 2 and 3.",
    (
        "Does an element that is exactly `low` count in your mask?",
        "Compare `>` with `>=`.",
        "Both limits belong to the range.",
    ),
)
def without_the_limits(X, low, high):
    return X[(X > low) & (X < high)].mean()


@mistake(
    mean_between,
    "All elements count: each is either above low or below high.",
    "The mean is that of the whole array.",
    (
        "For which elements is your mask False?",
        "`|` asks for one of two conditions. Must one hold, or both?",
        "Join the two masks by `&`.",
    ),
)
def by_or(X, low, high):
    return X[(X >= low) | (X <= high)].mean()


@mistake(
    mean_between,
    "Elements above high count, too.",
    "Only one of the two limits is asked for.",
    (
        "How many conditions has your mask?",
        "Is 6 in the range from 2 to 5?",
        "Join a second mask, for `high`, by `&`.",
    ),
)
def without_high(X, low, high):
    return X[X >= low].mean()


@mistake(
    mean_between,
    "The elements outside count as zeros, and pull the mean down.",
    "The sum is right, and it is divided by the number of all elements.",
    (
        "By how many elements is your sum divided?",
        "X times the mask has the shape of X: what stands where the mask is False?",
        "Use the mask as an index, so that only the elements inside are left.",
    ),
)
def with_zeros(X, low, high):
    return (X * ((X >= low) & (X <= high))).mean()


@mistake(
    mean_between,
    "You answer how many elements lie inside, or which share of all; asked for is their mean.",
    "The mask itself was averaged: True counts as 1.",
    (
        "Of what do you take the mean?",
        "The mask says where the elements stand. What are the elements?",
        "Use the mask as an index of X, and take the mean of that.",
    ),
)
def share_inside(X, low, high):
    return ((X >= low) & (X <= high)).mean()


# -- broadcast_shape ------------------------------------------------------------------------------


@exercise(
    "start_here.broadcast_shape",
    PREDICTION,
    why="Ones are put in front of the shorter shape until both are as long: that is what `aligned "
    "on the right` means. Then each pair of lengths is looked at alone: equal, or one of them 1, "
    "and the other one stays.",
    hints=(
        "Write the two shapes below each other, aligned on the right. What stands where one of "
        "them has no length?",
        "A missing length is like a 1. For which pairs of lengths is there a result?",
        "Put ones in front of the shorter one. Then go through the pairs: None if they differ and "
        "neither is 1; else the length that is not 1.",
    ),
)
def broadcast_shape(s, t):
    """Answer the shape of the sum of two arrays with the shapes s and t, None if they don't fit."""
    axes = max(len(s), len(t))
    s = (1,) * (axes - len(s)) + tuple(s)
    t = (1,) * (axes - len(t)) + tuple(t)
    shape = []
    for a, b in zip(s, t, strict=True):
        if a != b and a != 1 and b != 1:
            return None
        shape.append(b if a == 1 else a)
    return tuple(shape)


@cases(broadcast_shape)
def pairs_of_shapes(rng):
    yield (3, 2), (2,)
    yield (3, 2), (3, 1)
    yield (3, 4), (3,)
    yield (3, 3), (3,)
    yield (4, 1), (1, 5)
    yield (5, 1, 3), (4, 1)
    yield (2, 3), (3, 2)
    yield (6,), (2, 1)
    yield (7, 2), (1,)
    yield (4,), (2,)
    yield (6, 2), (3, 2)
    yield (0,), (1,)


@mistake(
    broadcast_shape,
    "The shapes are aligned on the left.",
    "(3, 4) and (3,) do not fit: on the right a 4 meets a 3.",
    (
        "Which length of (3, 4) does the 3 of (3,) meet in your function?",
        "NumPy begins at the last axis and goes to the left.",
        "The ones go in front of the shorter shape, not behind it.",
    ),
)
def aligned_on_the_left(s, t):
    axes = max(len(s), len(t))
    s, t = (tuple(x) + (1,) * (axes - len(x)) for x in (s, t))
    fit = all(a == b or 1 in (a, b) for a, b in zip(s, t, strict=True))
    return tuple(b if a == 1 else a for a, b in zip(s, t, strict=True)) if fit else None


@mistake(
    broadcast_shape,
    "A length of 1 is not stretched: you ask for equal lengths.",
    "(3, 2) and (3, 1) fit, and give (3, 2).",
    (
        "What does your function answer for a 2 that meets a 1?",
        "Two lengths fit when they are equal *or* one of them is 1.",
        "Where one is 1, the other one is the length of the result.",
    ),
)
def without_stretching(s, t):
    axes = max(len(s), len(t))
    s, t = ((0,) * (axes - len(x)) + tuple(x) for x in (s, t))
    fit = all(a == b or 0 in (a, b) for a, b in zip(s, t, strict=True))
    return tuple(map(max, zip(s, t, strict=True))) if fit else None


@mistake(
    broadcast_shape,
    "Shapes that do not fit get a result, too: the larger length of each pair.",
    "(2, 3) and (3, 2) have no sum.",
    (
        "When does your function answer None?",
        "A 2 that meets a 3: neither is 1.",
        "Look for a pair that differs and holds no 1, before you take the larger length.",
    ),
)
def always_the_larger(s, t):
    axes = max(len(s), len(t))
    s, t = ((1,) * (axes - len(x)) + tuple(x) for x in (s, t))
    return tuple(map(max, zip(s, t, strict=True)))


@mistake(
    broadcast_shape,
    "Only the second shape is stretched: a 1 in the first one counts as a length like others.",
    "(4, 1) and (1, 5) fit, and give (4, 5).",
    (
        "What does your function answer for a 1 that meets a 5?",
        "The sum of two arrays does not depend on which comes first.",
        "Ask for a 1 in both shapes.",
    ),
)
def second_stretched(s, t):
    axes = max(len(s), len(t))
    s, t = ((1,) * (axes - len(x)) + tuple(x) for x in (s, t))
    fit = all(b in (a, 1) for a, b in zip(s, t, strict=True))
    return s if fit else None


@mistake(
    broadcast_shape,
    "You answer the longer of the two shapes as it is.",
    "(5, 1, 3) and (4, 1) give (5, 4, 3): the 1 in the middle is stretched to 4.",
    (
        "Where does the 4 of the second shape stand in your answer?",
        "Each axis of the result is decided by its own pair of lengths.",
        "Build the answer pair by pair: of a 1 and another length take the other one.",
    ),
)
def the_longer_one(s, t):
    if broadcast_shape(s, t) is None:
        return None
    return s if len(s) >= len(t) else t


@mistake(
    broadcast_shape,
    "A length that divides the other one is taken as fitting.",
    "(4,) and (2,) have no sum: NumPy does not repeat two numbers twice.",
    (
        "What does your function answer for a 2 that meets a 4?",
        "Only a length of 1 is used again.",
        "Two lengths fit when they are equal, or one of them is 1.",
    ),
)
def where_one_divides_the_other(s, t):
    axes = max(len(s), len(t))
    s, t = ((1,) * (axes - len(x)) + tuple(x) for x in (s, t))
    shape = []
    for a, b in zip(s, t, strict=True):
        if min(a, b) and max(a, b) % min(a, b):
            return None
        shape.append(max(a, b) if min(a, b) else 0)
    return tuple(shape)


@mistake(
    broadcast_shape,
    "Arrays with another number of axes never fit in your function.",
    "(3, 2) and (2,) fit: the row is used for each of the 3 rows.",
    (
        "What does your function answer for shapes of different lengths?",
        "An axis that is missing is like an axis with the length 1.",
        "Put ones in front of the shorter shape first.",
    ),
)
def as_many_axes(s, t):
    if len(s) != len(t):
        return None
    return broadcast_shape(s, t)


@mistake(
    broadcast_shape,
    "The lengths stand in the wrong order: the last axis comes first.",
    "Your loop began at the right, and so does your answer.",
    (
        "Which axis does your function look at first, and where in the answer does it stand?",
        "Compare your answer for (4, 1) and (1, 5) with (4, 5).",
        "Turn the answer round before you return it.",
    ),
)
def from_the_right(s, t):
    shape = broadcast_shape(s, t)
    return None if shape is None else shape[::-1]


@mistake(
    broadcast_shape,
    "Only the last axis is looked at; those before it may differ.",
    "(6,) and (2, 1) give (2, 6), where every axis counts.",
    (
        "How many pairs of lengths does your function compare?",
        "All axes must fit, each by itself.",
        "A loop over all pairs, not the last one alone.",
    ),
)
def by_the_last_axis(s, t):
    a, b = s[-1], t[-1]
    if a != b and a != 1 and b != 1:
        return None
    longer = s if len(s) >= len(t) else t
    return (*longer[:-1], max(a, b))


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
    yield (np.array([[1, 2], [2, 9]]),)


@mistake(
    center_rows,
    "The new rows are stored in an array of integers, which cuts them.",
    "[[1, 2], [2, 9]] has a row with the mean 1.5, and your answer holds whole numbers.",
    (
        "Which type has the array in which you store the rows?",
        "`A.copy()` and `np.zeros_like(A)` take the type of A.",
        "Store floats: `A.astype(float)`, or collect the rows in a list.",
    ),
)
def stored_as_integers(A):
    B = A.copy()
    for i in range(len(A)):
        B[i] = A[i] - A[i].mean()
    return B


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
    B = A.astype(float)
    for row in B:
        for j in range(len(row)):
            row[j] -= row.mean()
    return B


# -- blend ----------------------------------------------------------------------------------------


@exercise(
    "start_here.blend",
    PREDICTION,
    why="The type of a result is decided by the types that go into it, before the sum is taken. So "
    "the pixels become floats first, and the sum of 200 and 100 is 300.",
    hints=(
        "Which type has the sum of two arrays of the type uint8?",
        "Compute 200 and 100 by hand, step by step, as your function does. Where does it leave the "
        "range from 0 to 255?",
        "Make floats of the pixels before you add them: `astype(float)`.",
    ),
)
def blend(a, b):
    """Answer the mean of two images of the type uint8, pixel by pixel, without rounding."""
    return (a.astype(float) + b) / 2


@cases(blend)
def pairs_of_images(rng):
    yield np.array([[200, 10]], dtype=np.uint8), np.array([[100, 20]], dtype=np.uint8)
    yield np.array([[201, 7], [0, 255]], np.uint8), np.array([[101, 8], [255, 255]], np.uint8)
    yield tuple(rng.integers(0, 256, size=(2, 3, 3), dtype=np.uint8))


@mistake(
    blend,
    "The sum is taken in uint8: after 255 the count starts again at 0.",
    "200 and 100 give 300 - 256 = 44, and half of it is 22.",
    (
        "Which type has the sum in your function, before it is halved?",
        "What is 200 + 100 in one byte?",
        "Make floats of the pixels first; after the sum it is too late.",
    ),
)
def added_in_uint8(a, b):
    return (a + b) / 2


@mistake(
    blend,
    "Each image is halved as whole numbers, and each loses half a grey value.",
    "201 and 101 give 100 + 50 = 150, and should give 151.",
    (
        "What does `//` do with an odd number?",
        "How much is lost of 201, and how much of 101?",
        "Divide by `/`, or add first, as floats.",
    ),
)
def halved_as_whole_numbers(a, b):
    return a // 2 + b // 2


@mistake(
    blend,
    "The mean is rounded down to a whole number.",
    "7 and 8 have the mean 7.5.",
    (
        "Which type has your answer?",
        "`//`, or a conversion back to uint8, cuts the half off.",
        "Leave the answer as floats.",
    ),
)
def rounded_down(a, b):
    return (a.astype(int) + b) // 2


@mistake(
    blend,
    "Only the second image is halved: the division comes before the sum.",
    "10 and 20 give 10 + 20 / 2 = 20, and should give 15.",
    (
        "In which order does Python compute `a + b / 2`?",
        "What should be divided by 2?",
        "Brackets round the sum.",
    ),
)
def second_halved(a, b):
    return a.astype(float) + b / 2


@mistake(
    blend,
    "You answer the sum; asked for is the mean.",
    "10 and 20 give 30, and should give 15.",
    ("What is missing after the sum?", "The mean of two numbers lies between them."),
)
def the_sum(a, b):
    return a.astype(float) + b


# -- first_row_zeroed -----------------------------------------------------------------------------


@exercise(
    "start_here.first_row_zeroed",
    CHOICE,
    why="`A.copy()` has a memory of its own, so what is stored there does not reach A. `B[0]` is "
    "the whole first row, a view, and a number stored in it goes to each of its elements.",
    hints=(
        "Is your answer another array, or A under another name?",
        "Which part of the array does your index pick: a row, a column, or one element?",
        "Make a copy, and store 0 in row 0 of it.",
    ),
)
def first_row_zeroed(A):
    """Answer an array like A with zeros in its first row; A itself stays as it is."""
    B = A.copy()
    B[0] = 0
    return B


@cases(first_row_zeroed)
def small_arrays(rng):
    yield (np.array([[1.0, 2.0], [3.0, 4.0]]),)
    yield (np.arange(1.0, 7.0).reshape(3, 2),)
    yield (rng.normal(size=(2, 3)),)
    yield (np.array([[np.nan, np.inf], [1.0, 2.0]]),)


@mistake(
    first_row_zeroed,
    "0 times nan is nan: a product does not put zeros everywhere.",
    "A row that holds nan or inf should hold zeros afterwards, too.",
    (
        "How does the 0 get into the row: is it stored, or multiplied?",
        "What is 0 times nan?",
        "Store the 0: the index on the left of the `=`.",
    ),
)
def multiplied(A):
    B = A.copy()
    B[0] *= 0
    return B


@mistake(
    first_row_zeroed,
    "The first column became 0; asked for is the first row.",
    "In [[1, 2], [3, 4]] the 3 became 0, and the 2 did not.",
    (
        "Which index comes first, that of the row or that of the column?",
        "`B[:, 0]` is the first element of every row.",
        "The index of the row stands first: `B[0]`.",
    ),
)
def first_column(A):
    B = A.copy()
    B[:, 0] = 0
    return B


@mistake(
    first_row_zeroed,
    "The whole array became 0.",
    "The rows behind the first should stay.",
    (
        "Which elements does your index pick?",
        "`B[:]` and `B[...]` are all of them.",
        "Pick row 0 alone.",
    ),
)
def everything(A):
    return np.zeros_like(A)


@mistake(
    first_row_zeroed,
    "Only the first element became 0.",
    "The first row has more than one element.",
    (
        "How many indices do you give, and what does each leave?",
        "`B[0, 0]` is one number, `B[0]` a row.",
        "One index is enough.",
    ),
)
def first_element(A):
    B = A.copy()
    B[0, 0] = 0
    return B


@mistake(
    first_row_zeroed,
    "The first row is gone.",
    "Your answer has one row fewer than A.",
    (
        "Which shape has your answer?",
        "`A[1:]` leaves the first row out.",
        "The row stays, and holds zeros.",
    ),
)
def row_left_out(A):
    return A[1:].copy()


@mistake(
    first_row_zeroed,
    "Your answer is A as it was: nothing became 0.",
    "`row = B[0]` and then `row = 0` gives the name `row` another value, and B stays.",
    (
        "Which line stores something *in* the array?",
        "A name that gets a new value lets go of the array. An index on the left side stores.",
        "Write the index on the left of the `=`: `B[0] = ...`.",
    ),
)
def a_name_alone(A):
    return A.copy()


# -- from_columns ---------------------------------------------------------------------------------


@exercise(
    "start_here.from_columns",
    NOTATION,
    why="The other book's line is right as it stands, with its own shapes. Its sums, turned "
    "over, are those of this course. Turned over, a product changes the order of its factors: the "
    "transpose of W X is X^T W^T, so `X.T @ W.T + b.T` is the same.",
    hints=(
        "Which shape has W @ X + b in the other book, and which shape is asked for?",
        "What should become a row: a sample, or a unit?",
        "Compute Z as the other book does, and turn it over: rows become columns.",
    ),
)
def from_columns(X, W, b):
    """Answer Z as this course writes it, a row for each sample, from another book's X, W and b.

    There each sample is a column of X (d, n), W has the shape (m, d) and b the shape (m, 1).
    """
    return (W @ X + b).T


@cases(from_columns)
def layers_of_another_book(rng):
    X, W = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.0, 0.5], [-1.0, 2.0]])
    yield X, W, np.array([[10.0], [20.0]])
    for n, d, m in ((3, 3, 3), (4, 2, 3)):
        yield rng.normal(size=(d, n)), rng.normal(size=(m, d)), rng.normal(size=(m, 1))


@mistake(
    from_columns,
    "This is still the other book's Z, a column for each sample.",
    "Four samples and three units give (3, 4) in your answer; a row for each sample is (4, 3).",
    (
        "Which shape has your answer for four samples?",
        "What does one row of your answer belong to?",
        "Turn the result over: `.T`.",
    ),
)
def not_turned(X, W, b):
    return W @ X + b


@mistake(
    from_columns,
    "`reshape` gives the right shape and puts the numbers in other places.",
    "It reads the numbers row by row, and fills them in row by row: no row becomes a column.",
    (
        "Where does the second number of the first row go?",
        "Compare `reshape` with `.T` for [[1, 2], [3, 4]].",
        "Transpose in place of reshaping.",
    ),
)
def reshaped(X, W, b):
    Z = W @ X + b
    return Z.reshape(Z.shape[1], Z.shape[0])


@mistake(
    from_columns,
    "The bias is still a column: each sample gets one, and not each unit.",
    "Where there are as many samples as units, that gives no error.",
    (
        "Which shape has b, and along which axis of your Z does it lie?",
        "In this course b lies along the columns, one number for each unit.",
        "Turn b over, too.",
    ),
)
def bias_of_the_samples(X, W, b):
    return X.T @ W.T + b


@mistake(
    from_columns,
    "W is not turned over: your product is X^T W.",
    "Row i of W belongs to unit i there; here column i does.",
    (
        "Which shapes meet in your product?",
        "There the weights of one unit are a row of W. What are they here?",
        "Turn W over, as you did with X.",
    ),
)
def weights_not_turned(X, W, b):
    return X.T @ W + b.T


@mistake(
    from_columns,
    "X is not turned over: your product is X W^T.",
    "A sample is a column of X there, and the product takes rows.",
    (
        "Which shapes meet in your product?",
        "What is a row of the X that you are given: a sample, or a feature?",
        "Turn X over, as you did with W.",
    ),
)
def samples_not_turned(X, W, b):
    return X @ W.T + b.T


@mistake(
    from_columns,
    "The bias is missing.",
    "Each sum is too small or too large by the bias of its unit.",
    ("Which of the three arguments does your function use?", "Z is a product plus the bias."),
)
def without_bias(X, W, b):
    return (W @ X).T


# -- agrees ---------------------------------------------------------------------------------------


@exercise(
    "start_here.agrees",
    OUTPUTS,
    why="Up or down, a difference counts by its size: `abs`. Every number must be near enough, so "
    "the question is `all`. A comparison with nan is False, and so nan agrees with nothing.",
    hints=(
        "When has one number moved too far: when it is larger, when it is smaller, or both?",
        "One number moved too far, and the others did not. What should the answer be?",
        "Take the size of each difference, compare it with the tolerance, and ask whether that "
        "holds for all.",
    ),
)
def agrees(stored, new, tolerance):
    """Answer True if each number of new lies within tolerance of the one in stored, else False."""
    return bool(np.all(np.abs(new - stored) <= tolerance))


@cases(agrees)
def outputs(rng):
    stored = np.array([97.5, 2.5, 0.25])
    for new, tolerance in (
        ([97.5, 2.5, 0.25], 0.5),
        ([97.75, 2.25, 0.25], 0.5),
        ([97.5, 2.5, 1.0], 0.5),
        ([96.75, 2.5, 0.25], 0.5),
        ([98.25, 1.75, 0.25], 0.5),
        ([98.25, 3.5, 2.25], 0.5),
        ([97.75, 2.5, 0.25], 0.0),
        ([96.5, 0.5, -2.75], 0.5),
        ([97.5, np.nan, 0.25], 0.5),
        ([97.875, 2.875, 0.25], 0.5),
        ([98.0, 2.0, 0.25], 0.5),
    ):
        yield stored, np.array(new), tolerance
    yield np.array([1e6]), np.array([1e6 + 5]), 0.5
    yield np.array([np.nan]), np.array([np.nan]), 0.5


@mistake(
    agrees,
    "A number that became smaller always agrees.",
    "97.5 became 96.75, and with a tolerance of 0.5 that is too far.",
    (
        "Which sign has your difference when the new number is the smaller one?",
        "Is -0.75 above or below 0.5, and how far apart are the two numbers?",
        "Take the size of the difference: `np.abs`.",
    ),
)
def without_abs(stored, new, tolerance):
    return bool(np.all(new - stored <= tolerance))


@mistake(
    agrees,
    "One number that agrees is enough for you.",
    "The last number moved by 0.75, and the other two hide it.",
    (
        "How many of the numbers must be near enough?",
        "Compare `np.any` with `np.all`.",
        "Every number must agree: `all`.",
    ),
)
def one_is_enough(stored, new, tolerance):
    return bool(np.any(np.abs(new - stored) <= tolerance))


@mistake(
    agrees,
    "The tolerance is taken as a share of the stored number.",
    "With 0.5 of it, 97.5 could become 140. It is a distance here.",
    (
        "By what do you multiply the tolerance?",
        "How far may 97.5 move in your function?",
        "Compare the difference with the tolerance itself.",
    ),
)
def as_a_share(stored, new, tolerance):
    return bool(np.all(np.abs(new - stored) <= tolerance * np.abs(stored)))


@mistake(
    agrees,
    "`np.allclose` adds a tolerance of its own, relative to the size of the number.",
    "A million that moved by 5 agrees in your function, where the tolerance is 0.5.",
    (
        "Which arguments has `np.allclose` besides `atol`?",
        "Its documentation says which tolerance is used if you give one only.",
        "`rtol=0` leaves yours alone.",
    ),
)
def with_a_tolerance_more(stored, new, tolerance):
    return bool(np.allclose(new, stored, atol=tolerance))


@mistake(
    agrees,
    "You add up the sizes of the differences: two that are near enough are too far together.",
    "Two numbers moved by 0.375 each, and each of them is within 0.5.",
    (
        "Is the tolerance meant for each number, or for all of them together?",
        "Which number in the example moved too far?",
        "Compare each difference by itself; no sum is needed.",
    ),
)
def sum_of_the_sizes(stored, new, tolerance):
    return bool(np.sum(np.abs(new - stored)) <= tolerance)


@mistake(
    agrees,
    "A number that moved by exactly the tolerance is refused.",
    "From 97.5 to 98 it is 0.5, and that is within 0.5.",
    (
        "What does your function answer for a difference of exactly 0.5?",
        "Compare `<` with `<=`.",
        "Within a tolerance means: at most as far.",
    ),
)
def less_than(stored, new, tolerance):
    return bool(np.all(np.abs(new - stored) < tolerance))


@mistake(
    agrees,
    "You add up the differences first: one up and one down cancel.",
    "One number moved by 0.75 and another by -0.75, and the sum of both is 0.",
    (
        "What becomes of two differences with opposite signs?",
        "When is the size taken, before or after the sum?",
        "Compare each difference by itself; no sum is needed.",
    ),
)
def cancelled(stored, new, tolerance):
    return bool(np.abs(np.sum(new - stored)) <= tolerance)


@mistake(
    agrees,
    "A nan agrees with everything.",
    "You ask whether a number is too far away. For nan every comparison is False, so it is not.",
    (
        "What does your function answer when a new number is nan?",
        "`nan > 0.5` is False, and so is `nan <= 0.5`. Which of the two should decide?",
        "Ask whether all numbers are near enough, not whether none is too far.",
    ),
)
def nan_agrees(stored, new, tolerance):
    return not bool(np.any(np.abs(new - stored) > tolerance))


@mistake(
    agrees,
    "The numbers must be equal: the tolerance is not used.",
    "97.5 became 97.75, and with a tolerance of 0.5 that is near enough.",
    (
        "Where in your function does the tolerance stand?",
        "How far may a number move?",
        "Compare the size of the difference with the tolerance.",
    ),
)
def to_the_letter(stored, new, tolerance):
    return bool(np.array_equal(stored, new))


# -- is_centred -----------------------------------------------------------------------------------


def _by_product(A):
    n = A.shape[1]
    return A @ (np.eye(n) - np.full((n, n), 1 / n))


def _by_loops(A):
    rows = []
    for row in A:
        middle = math.fsum(row) / len(row)
        rows.append([value - middle for value in row])
    return rows


def _by_the_count_of_rows(A):
    return A - A.sum(axis=1, keepdims=True) / len(A)


def _nothing_left(A):
    return A * 0


@exercise(
    "start_here.is_centred",
    BROADCASTING,
    why="An array with as many rows as columns hides who was divided by what, and one with more "
    "columns than rows shows it, at times by an error. The expected numbers are written by hand: "
    "that the means are 0 is true of an array of zeros, too.",
    hints=(
        "On which array does a wrong function give itself away? Try your own wrong ones.",
        "Use an array with more columns than rows as well, and compare all numbers with those that "
        "you computed by hand.",
        "Where f raises an error, it is wrong: catch it by `try` and `except`, and answer False.",
    ),
)
def is_centred(f):
    """Answer True if the function f does what center_rows should do, and False if it does not.

    f takes an array of floats with two axes, and answers an array or a list of rows.
    """
    A = np.array([[1.0, 2.0, 6.0], [2.0, 8.0, 5.0]])
    try:
        return bool(np.allclose(f(A), [[-2, -1, 3], [-3, 3, 0]]))
    except Exception:
        return False


@cases(is_centred)
def right_and_wrong_functions(rng):
    for function in (
        *(center_rows, _by_product, _by_loops),
        *(without_keepdims, columns, one_mean_for_all, scaled_too),
        *(_by_the_count_of_rows, _nothing_left, as_it_came),
    ):
        yield (function,)


@mistake(
    is_centred,
    "On a square array a wrong function can be right by accident: use another one, too.",
    "One function divides the sums by the number of *rows*. On your array there are as many rows "
    "as columns.",
    (
        "Which shapes do your test arrays have?",
        "What would differ if there were more columns than rows?",
        "Add an array of the shape (2, 3), with what should come out of it.",
    ),
)
def on_a_square(f):
    return bool(np.allclose(f(np.array([[1.0, 3.0], [2.0, 8.0]])), [[-1, 1], [-3, 3]]))


@mistake(
    is_centred,
    "Your test says False to every function, also to a right one.",
    "Perhaps it asks for equality to the last bit, hands a list to f, or its `except` hides an "
    "error of its own.",
    (
        "What does your test say to a `center_rows` of which you know that it is right?",
        "Leave the `try` out for a moment, and print what f answers and what you expect.",
        "Compare by `np.allclose`: two right ways may differ in the last digit.",
    ),
)
def always_false(f):
    return False


@mistake(
    is_centred,
    "You look at the means of the rows alone, and they are 0 in an array of zeros, too.",
    "A function that answers zeros passes your test.",
    (
        "What else could have rows with the mean 0?",
        "Is there an array of which you know every number of the answer?",
        "Compare all numbers with those that you computed by hand.",
    ),
)
def by_the_means(f):
    try:
        return bool(
            np.allclose(np.mean(f(np.array([[1.0, 2.0, 6.0], [2.0, 8.0, 5.0]])), axis=1), 0)
        )
    except Exception:
        return False


@mistake(
    is_centred,
    "Your test ends in the error of the function that it tests.",
    "One of the functions works with square arrays alone. On yours it raises, and so it is wrong.",
    (
        "What should the answer be for a function that raises an error?",
        "`try` and `except` catch what is raised between them.",
        "Call f inside a `try`, and answer False in the `except`.",
    ),
)
def ends_in_an_error(f):
    A = np.array([[1.0, 2.0, 6.0], [2.0, 8.0, 5.0]])
    return bool(np.allclose(f(A), [[-2, -1, 3], [-3, 3, 0]]))


@mistake(
    is_centred,
    "You compare the mean of the whole answer, and not each row.",
    "A function that takes one mean from all numbers passes your test.",
    (
        "Of how many numbers do you look at the mean?",
        "Each row has a mean of its own.",
        "Compare all numbers with those that you computed by hand.",
    ),
)
def by_one_mean(f):
    try:
        return abs(np.mean(f(np.array([[1.0, 2.0, 6.0], [2.0, 8.0, 5.0]])))) < 1e-9
    except Exception:
        return False
