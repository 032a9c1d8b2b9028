"""Exercises of lesson 02: activation functions, their slopes, a softmax, and deep networks."""

import numpy as np

from .definition import cases, exercise, mistake

__all__ = [
    "collapse", "dead_fraction", "log_softmax", "own_function", "sigmoid", "slope", "softsign",
    "stable_softmax", "tempered",
]  # fmt: skip

FUNCTION = (
    "Write an activation function and its derivative as array expressions, and check the "
    "derivative by finite differences."
)
LINEAR = "Show by numbers that layers without an activation function are one linear layer."
SOFTMAX = "Compute a softmax that does not overflow, and explain shift invariance and temperature."
DEEP = (
    "Measure saturation, vanishing gradients and dead units, and use the measurements to choose "
    "a function."
)


# -- sigmoid --------------------------------------------------------------------------------------


def without_overflow(function, z):
    """What a function answers where an exponential that is too large is an error.

    Below 1e-200 an answer counts as 0, so that a cut that far out does no harm.
    """
    with np.errstate(over="raise", invalid="raise"):
        a = function(z)
    number = isinstance(a, np.ndarray | np.generic | float | list | tuple)
    return np.where(np.abs(a) < 1e-200, 0, a) if number else a


@exercise(
    "activation_functions.sigmoid",
    FUNCTION,
    trial=without_overflow,
    each=True,
    why="The exponential of a number that is not above 0 is at most 1, so `np.exp(-np.abs(z))` "
    "never overflows. For z of 0 and above it is $e^{-z}$, and the answer 1 / (1 + e). For z below "
    "0 it is $e^z$, and the same sigmoid is e / (1 + e).",
    hints=(
        "Which exponential does your function compute for z = -1000, and which for z = 1000?",
        "1 / (1 + e^-z) and e^z / (1 + e^z) are the same number. For which z is each of them safe?",
        "`np.exp(-np.abs(z))` is never above 1. `np.where` then takes one form or the other.",
    ),
)
def sigmoid(z):
    """Answer the sigmoid of every number in the array z, without an overflow for any z."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


@cases(sigmoid)
def pre_activations(rng):
    yield (np.array([0.0, 2.0, -2.0]),)
    yield (np.array([0.0, -1000.0]),)
    yield (np.array([0.0, 1000.0]),)
    yield (np.array([[-40.0, 40.0], [-100.0, 1.0]]),)
    yield (rng.normal(scale=3, size=(3, 4)),)


@mistake(
    sigmoid,
    "The exponential of -z overflows where z is far below 0.",
    "For z = -1000 it is the exponential of 1000, which is too large for a float.",
    (
        "What is the exponent for z = -1000?",
        "e^z / (1 + e^z) is the same function. What is its exponent there?",
        "Take an exponent that is never above 0, such as -|z|, and one form for each sign of z.",
    ),
)
def overflows_below(z):
    return 1 / (1 + np.exp(-z))


@mistake(
    sigmoid,
    "The exponential of z overflows where z is far above 0.",
    "For z = 1000 it becomes infinite, and infinite divided by infinite is `nan`, not a number.",
    (
        "What is the exponent for z = 1000?",
        "1 / (1 + e^-z) is the same function. What is its exponent there?",
        "Take an exponent that is never above 0, such as -|z|, and one form for each sign of z.",
    ),
)
def overflows_above(z):
    e = np.exp(z)
    return e / (1 + e)


@mistake(
    sigmoid,
    "Both forms are computed for every z, so for every large z one of them overflows.",
    "`np.where` chooses between two finished arrays: it does not keep either from being computed.",
    (
        "Which arrays exist before `np.where` looks at them?",
        "The condition must come before the exponential, not after it.",
        "One exponential, of -|z|, serves both forms.",
    ),
)
def both_forms(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


@mistake(
    sigmoid,
    "z is cut off at -30 and 30, so all that lies beyond is answered alike.",
    "The sigmoid of -40 is 4.2e-18. With a cut at -30 it becomes 9.4e-14, 20,000 times as much.",
    (
        "What does your function answer for -40 and for -100?",
        "A small number is not 0, and its logarithm is needed later: -40 here.",
        "Choose an exponent that cannot be large, rather than a z that cannot be.",
    ),
)
def cut_off_at_30(z):
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


@mistake(
    sigmoid,
    "Far below 0 your answer is exactly 0, because two numbers close to 1 are subtracted.",
    "The sigmoid of -40 is 4.2e-18. 1 minus a number so close to 1 is 0 in a float.",
    (
        "Which two numbers does your function subtract for z = -40?",
        "For z below 0, is there a form of the sigmoid without a difference?",
        "For z below 0: e / (1 + e), with e the exponential of z.",
    ),
)
def by_a_difference(z):
    return 0.5 * (1 + np.tanh(z / 2))


@mistake(
    sigmoid,
    "Your function falls from 1 to 0; the sigmoid rises.",
    "For z = 2 you answer 0.119, which is the sigmoid of -2.",
    (
        "What do you answer for 2 and for -2?",
        "Look at the sign in the exponent.",
        "For a large z the exponential in the formula goes to 0: its exponent is -z.",
    ),
)
def falls(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, e, 1) / (1 + e)


@mistake(
    sigmoid,
    "An `if` wants one yes or no, and a whole array has many.",
    "It raises a ValueError for every array of more than one number.",
    (
        "What does Python say about the truth of an array?",
        "`z >= 0` is an array of answers. Which NumPy function chooses by such an array?",
        "`np.where(z >= 0, ..., ...)`, or no choice at all: -|z| is never above 0.",
    ),
)
def with_if(z):
    if z >= 0:
        return 1 / (1 + np.exp(-z))
    return np.exp(z) / (1 + np.exp(z))


@mistake(
    sigmoid,
    "A z below 0 is answered as if it were above 0: your exponent is -|z|, on both sides.",
    "For z = -2 you answer 0.881, which is the sigmoid of 2.",
    (
        "What do you answer for 2 and for -2?",
        "The exponential of -|z| is $e^{-z}$ on one side of 0. What is it on the other?",
        "For z below 0 take the second form, with the same exponential on top.",
    ),
)
def same_on_both_sides(z):
    return 1 / (1 + np.exp(-np.abs(z)))


# -- slope ----------------------------------------------------------------------------------------


def cube(x):
    return x * x * x


@exercise(
    "activation_functions.slope",
    FUNCTION,
    tolerance=1e-4,
    why="A step to the right and one to the left: the difference of the two values, divided by the "
    "distance 2h between them. `x + h` makes a new array, so x stays as it is, and integers "
    "become floats.",
    hints=(
        "How much does f change from x - h to x + h, and how far apart are these two?",
        "f takes an array: `f(x + h)` holds the value on the right for every element at once.",
        "The difference of the two arrays, divided by 2h, with h about 1e-5: a smaller step "
        "drowns in rounding, and a larger one sees the bend.",
    ),
)
def slope(f, x):
    """Answer the slope of f at every number of the array x, measured by central differences."""
    h = 1e-5
    return (f(x + h) - f(x - h)) / (2 * h)


@cases(slope)
def functions_and_places(rng):
    yield np.square, np.array([0.0, 1.0, 3.0])
    yield np.abs, np.array([-1.0, 0.0, 1.0])
    yield cube, np.array([1, 2, 4])
    yield np.tanh, rng.normal(size=5)
    yield np.square, np.array([100.0, 200.0])  # where a step that is too small drowns


@mistake(
    slope,
    "You step to one side only: at the kink of |x| your answer is the slope on its right.",
    "At 0 a step of the same length to either side says that |x| neither rises nor falls.",
    (
        "Which two points does your function compare?",
        "The central difference looks as far to the left as to the right.",
        "From x - h to x + h; these two are 2h apart.",
    ),
)
def to_the_right(f, x):
    h = 1e-5
    return (f(x + h) - f(x)) / h


@mistake(
    slope,
    "You step to one side only: at the kink of |x| your answer is the slope on its left.",
    "At 0 a step of the same length to either side says that |x| neither rises nor falls.",
    (
        "Which two points does your function compare?",
        "The central difference looks as far to the right as to the left.",
        "From x - h to x + h; these two are 2h apart.",
    ),
)
def to_the_left(f, x):
    h = 1e-5
    return (f(x) - f(x - h)) / h


@mistake(
    slope,
    "Your slope is twice the right one: you divide by h.",
    "From x - h to x + h it is 2h.",
    (
        "How far apart are the two points that you compare?",
        "The slope of x squared at 3 is 6. What do you answer?",
        "Divide by 2h.",
    ),
)
def twice(f, x):
    h = 1e-5
    return (f(x + h) - f(x - h)) / h


@mistake(
    slope,
    "Your slopes are next to nothing: you multiply by h, where it divides.",
    "`a / 2 * h` is a half of a, times h. Only a bracket makes it a division by both.",
    (
        "In which order does Python compute `a / 2 * h`?",
        "The slope of x squared at 3 is 6. What do you answer?",
        "Put 2 and h into brackets.",
    ),
)
def without_brackets(f, x):
    h = 1e-5
    return (f(x + h) - f(x - h)) / 2 * h


@mistake(
    slope,
    "You compare neighbours in x; they are far apart here.",
    "Between 0 and 1 a straight line has another slope than the curve at its ends.",
    (
        "How far apart are the points at which you look at f?",
        "Each number of x needs a left and a right point of its own, very near.",
        "`f(x + h)` and `f(x - h)`, with an h that you choose.",
    ),
)
def between_neighbours(f, x):
    return np.gradient(f(x), x)


@mistake(
    slope,
    "The sign is wrong: you take the left value minus the right one.",
    "A function that rises, such as x squared at 3, has a slope above 0.",
    (
        "For a rising function, which of the two values is larger?",
        "What do you answer for x squared at 3?",
        "The value on the right minus the value on the left.",
    ),
)
def left_minus_right(f, x):
    h = 1e-5
    return (f(x - h) - f(x + h)) / (2 * h)


@mistake(
    slope,
    "You add up the slopes of all elements.",
    "The answer should hold one slope for each number in x.",
    (
        "What shape does your answer have, and what shape has x?",
        "Is there a `sum` in your function?",
        "The difference of two arrays is an array already.",
    ),
)
def all_together(f, x):
    h = 1e-5
    return np.sum(f(x + h) - f(x - h)) / (2 * h)


@mistake(
    slope,
    "You step to one side only, and divide by the length of two steps.",
    "For x squared at 100 you answer about 100. The slope is 200.",
    (
        "Which two points does your function compare, and how far apart are they?",
        "The central difference looks to the left as well, and that makes the distance 2h.",
        "The value at x + h minus the value at x - h, divided by 2h.",
    ),
)
def one_step_over_two(f, x):
    h = 1e-5
    return (f(x + h) - f(x)) / (2 * h)


@mistake(
    slope,
    "Only the second value is divided: the bracket around the difference is missing.",
    "`a - b / c` is a minus the quotient of b and c, so your answers are very large.",
    (
        "In which order does Python compute `a - b / c`?",
        "The slope of x squared at 3 is 6. What do you answer?",
        "Put the difference into brackets.",
    ),
)
def difference_without_brackets(f, x):
    h = 1e-5
    return f(x + h) - f(x - h) / (2 * h)


# -- softsign -------------------------------------------------------------------------------------


@exercise(
    "activation_functions.softsign",
    FUNCTION,
    why="On the right of 0 it is z / (1 + z); the quotient rule gives 1 / (1 + z) squared. On the "
    "left |z| = -z, and the same rule gives 1 / (1 - z) squared. Both are 1 / (1 + |z|) squared.",
    hints=(
        "Write the function first. Then take z above 0 alone, where |z| = z, and differentiate.",
        "The quotient rule for z / (1 + z): the bottom is squared. What stands on top?",
        "The top is (1 + z) - z = 1. For z below 0 replace z by |z| in the bottom.",
    ),
)
def softsign(z):
    """Answer softsign, z / (1 + |z|), and its derivative: two arrays of the shape of z."""
    bottom = 1 + np.abs(z)
    return z / bottom, 1 / bottom**2


@cases(softsign)
def both_signs(rng):
    yield (np.array([-1.0, 0.0, 1.0]),)
    yield (np.array([-3.0, 0.5, 4.0]),)
    yield (rng.normal(size=(2, 3)),)


@mistake(
    softsign,
    "The bars are missing: you divide by 1 + z.",
    "At z = -1 this is a division by 0.",
    (
        "What is the bottom of your fraction for z = -1?",
        "|z| is never below 0.",
        "`np.abs(z)`, in both answers.",
    ),
)
def without_bars(z):
    return z / (1 + z), 1 / (1 + z) ** 2


@mistake(
    softsign,
    "The function is right; in the derivative the bars are missing.",
    "At z = -1 your derivative divides by 0.",
    (
        "What is your derivative at z = -1?",
        "The curve is as steep at -1 as at 1.",
        "|z| in the derivative too.",
    ),
)
def derivative_without_bars(z):
    return z / (1 + np.abs(z)), 1 / (1 + z) ** 2


@mistake(
    softsign,
    "The bottom of the derivative is not squared.",
    "At 1 the slope is 0.25. You answer 0.5.",
    (
        "Measure the slope at 1 by your own `slope`.",
        "What does the quotient rule do with the bottom?",
        "It squares it.",
    ),
)
def not_squared(z):
    return z / (1 + np.abs(z)), 1 / (1 + np.abs(z))


@mistake(
    softsign,
    "Your derivative is below 0 for every negative z; softsign rises everywhere.",
    "|z| brings a sign into the quotient rule, and a second one cancels it.",
    (
        "Does softsign rise or fall at -1?",
        "For z below 0 write -z for |z|, and differentiate z / (1 - z).",
        "The derivative has no sign at all: 1 over a square.",
    ),
)
def with_a_sign(z):
    bottom = 1 + np.abs(z)
    return z / bottom, np.sign(z) / bottom**2


@mistake(
    softsign,
    "Your derivative is (1 + 2|z|) / (1 + |z|)^2, and that is 1 - a^2 with softsign's output a.",
    "At 1 the slope of softsign is 0.25. You answer 0.75. Two ways lead there: the derivative of "
    "tanh, and a plus in the quotient rule.",
    (
        "Did you use the rule of tanh, 1 - a^2, or the quotient rule?",
        "Measure the slope at 1 by your own `slope`. In the quotient rule, which sign stands "
        "between the two products on top?",
        "For z above 0 the quotient rule for z / (1 + z) has (1 + z) - z on top.",
    ),
)
def derivative_of_tanh(z):
    a = z / (1 + np.abs(z))
    return a, 1 - a**2


@mistake(
    softsign,
    "The rule is applied to the top and to the bottom separately: the derivative of a quotient "
    "is no quotient of derivatives.",
    "z has the slope 1 and 1 + |z| the slope 1 or -1, so your answer is 1 or -1 everywhere.",
    (
        "Does the curve have the same slope at 1 and at 4?",
        "Look up the quotient rule: it has a difference on top.",
        "On top: slope of the top times bottom, minus top times slope of the bottom.",
    ),
)
def quotient_of_derivatives(z):
    return z / (1 + np.abs(z)), np.where(z < 0, -1.0, 1.0)


@mistake(
    softsign,
    "The two answers are exchanged: the function comes first.",
    "Your first answer is 1 at z = 0, which is the slope there.",
    (
        "What is softsign at 0, and what is its slope there?",
        "In which order does the task name them?",
        "Exchange the two things after `return`.",
    ),
)
def exchanged(z):
    bottom = 1 + np.abs(z)
    return 1 / bottom**2, z / bottom


# -- collapse -------------------------------------------------------------------------------------


@exercise(
    "activation_functions.collapse",
    LINEAR,
    why="(X W1 + b1) W2 + b2 = X W1 W2 + b1 W2 + b2. The matrix is the product in the order in "
    "which the layers come, and the first bias goes through the second layer too.",
    hints=(
        "Write down what the two layers compute, and multiply out the bracket.",
        "What is multiplied by X in the end? All the rest is the bias.",
        "X stands in X W1 W2 alone. The rest is b1 W2 + b2.",
    ),
)
def collapse(W1, b1, W2, b2):
    """Answer W and b of the one layer X @ W + b that equals (X @ W1 + b1) @ W2 + b2."""
    return W1 @ W2, b1 @ W2 + b2


@cases(collapse)
def two_layers(rng):
    yield (
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        np.ones(2),
        np.array([[1.0, 1.0], [0.0, 1.0]]),
        (np.array([5.0, 7.0])),
    )
    yield (
        rng.normal(size=(3, 3)),
        rng.normal(size=3),
        rng.normal(size=(3, 3)),
        rng.normal(size=3),
    )


@mistake(
    collapse,
    "The first bias is lost.",
    "For X = 0 the two layers answer b1 W2 + b2; yours answers b2.",
    (
        "Which argument do you not use?",
        "What do the two layers answer for X = 0?",
        "b1 goes through the second layer: b1 W2 is added.",
    ),
)
def first_bias_lost(W1, b1, W2, b2):
    return W1 @ W2, b2


@mistake(
    collapse,
    "The second bias is lost.",
    "For X = 0 the two layers answer b1 W2 + b2; yours answers b1 W2.",
    (
        "Which argument do you not use?",
        "What do the two layers answer for X = 0?",
        "b2 is added at the end, as it is.",
    ),
)
def second_bias_lost(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2


@mistake(
    collapse,
    "The two biases are added, but the first one must go through the second layer.",
    "For X = 0 the second layer is given b1, and multiplies it by W2.",
    (
        "What is the input of the second layer when X = 0?",
        "Multiply out (X W1 + b1) W2.",
        "b1 W2 + b2.",
    ),
)
def biases_added(W1, b1, W2, b2):
    return W1 @ W2, b1 + b2


@mistake(
    collapse,
    "The product stands in the wrong order: X meets W1 first.",
    "For square matrices both orders run, and they differ.",
    (
        "Which layer comes first?",
        "X W1 W2: which matrix stands next to X?",
        "W1 on the left.",
    ),
)
def wrong_order(W1, b1, W2, b2):
    return W2 @ W1, b1 @ W2 + b2


@mistake(
    collapse,
    "`*` multiplies element by element; two layers one after the other are a product of matrices.",
    "For square matrices it gives no error.",
    (
        "Which of your operations is no product of matrices?",
        "Multiply [[1, 2], [3, 4]] and [[1, 1], [0, 1]] by hand.",
        "`@` for `*`.",
    ),
)
def by_elements(W1, b1, W2, b2):
    return W1 * W2, b1 @ W2 + b2


@mistake(
    collapse,
    "The first bias is multiplied from the wrong side: a row of samples stands on the left.",
    "W2 @ b1 is the same as b1 @ W2.T, and for a square W2 it gives no error.",
    (
        "On which side of W2 does X W1 stand? On which does b1 stand in your code?",
        "The bracket (X W1 + b1) stands on the left as a whole.",
        "`b1 @ W2`.",
    ),
)
def bias_from_the_right(W1, b1, W2, b2):
    return W1 @ W2, W2 @ b1 + b2


@mistake(
    collapse,
    "`*` multiplies element by element, in the matrix and in the bias; both are products of "
    "matrices.",
    "Your bias is a whole matrix: `*` repeats b1 for each row of W2.",
    (
        "What shape has your second answer, and what shape has b2?",
        "Which operation computes X W1 in the layer, and which one do you use?",
        "`@` for `*`, in both answers.",
    ),
)
def all_by_elements(W1, b1, W2, b2):
    return W1 * W2, b1 * W2 + b2


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


# -- log_softmax ----------------------------------------------------------------------------------


@exercise(
    "activation_functions.log_softmax",
    SOFTMAX,
    why="The logarithm of a quotient is a difference: z minus the logarithm of the sum. With the "
    "largest logit subtracted first the sum lies between 1 and K, so its logarithm is "
    "finite, and no probability is ever rounded to 0.",
    hints=(
        "The logarithm of a quotient is a difference. What is the logarithm of e to the z?",
        "log p = z - log(sum of e^z). Which part of it overflows, and what does a shift change?",
        "Shift each row by its largest logit, then subtract the logarithm of the sum of its "
        "exponentials.",
    ),
)
def log_softmax(Z):
    """Answer the logarithm of the softmax of each row of Z, finite also for large logits."""
    shifted = Z - Z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@cases(log_softmax)
def rows_of_logits(rng):
    yield (np.array([[2.0, 1.0], [0.0, 3.0]]),)
    yield (np.array([[1000.0, 0.0], [0.0, 1.0]]),)
    yield (np.array([[5.0, 5.0, 5.0], [-3000.0, -3001.0, -3002.0]]),)
    yield (rng.normal(size=(3, 3)),)


@mistake(
    log_softmax,
    "This is the logarithm of a probability that was rounded to 0: minus infinity.",
    "The softmax of [1000, 0] has an entry e^-1000, too small for a float. Its logarithm is -1000.",
    (
        "What is the second probability of [1000, 0] in a float, and what is its logarithm?",
        "The logarithm and the exponential on top of the fraction cancel: don't compute either.",
        "The shifted logits minus the logarithm of the sum of their exponentials.",
    ),
)
def log_of_the_softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return np.log(E / E.sum(axis=1, keepdims=True))


@mistake(
    log_softmax,
    "This is the logarithm of the short softmax, which overflows before the logarithm is taken.",
    "For [1000, 0] it divides infinite by infinite: the answer is `nan`, not a number.",
    (
        "What does the short softmax answer for [1000, 0]?",
        "The logarithm of a quotient is a difference. Which exponential is left then?",
        "The shifted logits minus the logarithm of the sum of their exponentials.",
    ),
)
def log_of_the_short_softmax(Z):
    E = np.exp(Z)
    return np.log(E / E.sum(axis=1, keepdims=True))


@mistake(
    log_softmax,
    "The shift is missing: the exponential of 1000 is infinite.",
    "And far below 0 all exponentials are 0, and so is their sum; its logarithm is infinite too.",
    (
        "What is the sum of the exponentials of [1000, 0]?",
        "Which row has the same softmax, and smaller exponentials?",
        "Subtract the largest logit of each row first.",
    ),
)
def without_shift(Z):
    return Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))


@mistake(
    log_softmax,
    "The shift is in the sum, but not in the logit that it is subtracted from.",
    "The exponentials of your answer do not sum to 1.",
    (
        "Add up the exponentials of your answer, row by row.",
        "Two parts of the formula hold logits. Is the same number subtracted from both?",
        "Use the shifted logits in both places.",
    ),
)
def half_shifted(Z):
    shifted = Z - Z.max(axis=1, keepdims=True)
    return Z - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@mistake(
    log_softmax,
    "You subtract the sum of the exponentials, and not its logarithm.",
    "For the row [0, 0] the answer is -0.693, the logarithm of one half. Yours is -2.",
    (
        "The logarithm of a quotient is a difference of two logarithms. Where is the second?",
        "What is log(1/2), and what do you answer for [0, 0]?",
        "`np.log` of the sum.",
    ),
)
def sum_without_logarithm(Z):
    shifted = Z - Z.max(axis=1, keepdims=True)
    return shifted - np.exp(shifted).sum(axis=1, keepdims=True)


@mistake(
    log_softmax,
    "The sign is turned: the logarithm of a probability is never above 0.",
    "This is the surprise at each class, minus the logarithm.",
    (
        "What is the logarithm of one half?",
        "Which of your two terms should have the minus?",
        "The shifted logits minus the logarithm of the sum, not the other way round.",
    ),
)
def turned(Z):
    shifted = Z - Z.max(axis=1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=1, keepdims=True)) - shifted


@mistake(
    log_softmax,
    "From all rows you subtract the same number, the largest of the whole array.",
    "In a row that lies far below it every exponential is 0, and the logarithm of their sum is "
    "infinite.",
    (
        "How many maxima does your function find, and how many rows are there?",
        "One row is [1000, 0], another one [0, 1]. What is left of the second after your shift?",
        "Each row has its own maximum: it needs an axis, and must keep it.",
    ),
)
def largest_of_all(Z):
    shifted = Z - Z.max()
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@mistake(
    log_softmax,
    "The sum goes down the columns; a sample is a row.",
    "In your answer the exponentials of a row do not sum to 1.",
    (
        "Add up the exponentials of a row of your answer, and those of a column.",
        "The axis that you name is the one that disappears.",
        "Axis 1, with `keepdims=True`.",
    ),
)
def along_the_columns(Z):
    shifted = Z - Z.max(axis=0, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))


@mistake(
    log_softmax,
    "You shift each row, and stop there: the logarithm of the sum is not subtracted.",
    "The largest of each row is 0 in your answer, so its probability would be 1.",
    (
        "What do you answer for [0, 0], and what is the logarithm of one half?",
        "Add up the exponentials of a row of your answer.",
        "Subtract the logarithm of the sum of the exponentials of the shifted row.",
    ),
)
def shift_alone(Z):
    return Z - Z.max(axis=1, keepdims=True)


# -- tempered -------------------------------------------------------------------------------------


@exercise(
    "activation_functions.tempered",
    SOFTMAX,
    why="The temperature divides the logits, and so their differences: large T makes the "
    "differences small and the probabilities alike. A small T makes logits large, so the shift is "
    "needed here too.",
    hints=(
        "What does the temperature divide: logits, exponentials or probabilities?",
        "With T = 0.001 the logits [2, 1] become [2000, 1000]. What must happen before `np.exp`?",
        "Divide Z by T, then take a softmax that does not overflow.",
    ),
)
def tempered(Z, T):
    """Answer the softmax of each row of Z at the temperature T, also for a T near 0."""
    E = np.exp((Z - Z.max(axis=1, keepdims=True)) / T)
    return E / E.sum(axis=1, keepdims=True)


@cases(tempered)
def logits_and_temperatures(rng):
    yield np.array([[2.0, 1.0], [0.0, 3.0]]), 2.0
    yield np.array([[2.0, 1.0, 0.0]]), 10.0
    yield np.array([[2.0, 1.0, 0.0]]), 0.001
    yield np.array([[2.0, 1.0, 0.0], [-1.0, -2.0, -3.0]]), 0.001
    yield np.array([[0.0, 0.0, 0.5]]), 0.001
    yield rng.normal(size=(3, 3)), 0.5


@mistake(
    tempered,
    "You multiply by the temperature, where it divides.",
    "Your high temperatures give all to the largest logit; they should make the shares alike.",
    (
        "At T = 10, are your shares nearer to each other than at T = 1?",
        "A high temperature makes the differences between logits small.",
        "Divide the logits by T.",
    ),
)
def multiplied(Z, T):
    E = np.exp((Z - Z.max(axis=1, keepdims=True)) * T)
    return E / E.sum(axis=1, keepdims=True)


@mistake(
    tempered,
    "The probabilities are divided by T, so a row no longer sums to 1.",
    "The ratio of two probabilities does not change by that, and the temperature should change it.",
    (
        "Add up a row of your answer.",
        "The temperature changes the logits, before the softmax.",
        "Divide Z by T first.",
    ),
)
def probabilities_divided(Z, T):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True) / T


@mistake(
    tempered,
    "The temperature changes nothing in your answer.",
    "A shift of all logits by T cancels, and so does a division of all exponentials by T.",
    (
        "Compare your answers at T = 1 and at T = 10.",
        "What cancels in the fraction: a factor before the exponentials, or one in the exponent?",
        "The division by T belongs into the exponent.",
    ),
)
def without_effect(Z, T):
    E = np.exp(Z - Z.max(axis=1, keepdims=True)) / T
    return E / E.sum(axis=1, keepdims=True)


@mistake(
    tempered,
    "At a temperature near 0 the exponentials overflow.",
    "With T = 0.001 the logits [2, 1, 0] become [2000, 1000, 0], and the answer is `nan`.",
    (
        "Which exponents do you compute for T = 0.001?",
        "Subtracting the largest logit of a row changes nothing, at any temperature.",
        "Shift first, then divide by T, or the other way round: both before `np.exp`.",
    ),
)
def overflows_when_cold(Z, T):
    E = np.exp(Z / T)
    return E / E.sum(axis=1, keepdims=True)


@mistake(
    tempered,
    "The exponentials are not divided by their sum.",
    "The largest of each row is 1 in your answer, and the rows sum to more.",
    (
        "Add up a row of your answer.",
        "What makes probabilities of positive numbers?",
        "Divide each exponential by the sum of its row.",
    ),
)
def sum_forgotten(Z, T):
    return np.exp((Z - Z.max(axis=1, keepdims=True)) / T)


@mistake(
    tempered,
    "The sum goes down the columns; a sample is a row.",
    "In your answer the columns sum to 1.",
    (
        "Add up a row and a column of your answer. Which of the two is 1?",
        "The axis that you name is the one that disappears.",
        "Axis 1, for the maximum and for the sum.",
    ),
)
def columns_sum_to_one(Z, T):
    E = np.exp((Z - Z.max(axis=0, keepdims=True)) / T)
    return E / E.sum(axis=0, keepdims=True)


@mistake(
    tempered,
    "From all rows you subtract the same number, the largest of the whole array.",
    "With T = 0.001 a logit that is 3 below it becomes -3000. In such a row every exponential is "
    "0, and 0 / 0 is `nan`, not a number.",
    (
        "How many maxima does your function find, and how many rows are there?",
        "One row is [2, 1, 0], another one [-1, -2, -3]. What is left of the second after your "
        "shift and T = 0.001?",
        "Each row has its own maximum: it needs an axis, and must keep it.",
    ),
)
def one_maximum_for_all(Z, T):
    E = np.exp((Z - Z.max()) / T)
    return E / E.sum(axis=1, keepdims=True)


@mistake(
    tempered,
    "You raise the probabilities to the power 1 / T. On paper that is right; in floats it is not.",
    "With T = 0.001 it is the power 1000: the probability 0.45 becomes 0, and 0 / 0 is `nan`.",
    (
        "What is 0.45 to the power 1000 in a float?",
        "Logits and their differences stay far from 0 where probabilities do not.",
        "Divide the logits by T, then take a softmax that does not overflow.",
    ),
)
def powers_of_probabilities(Z, T):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = (E / E.sum(axis=1, keepdims=True)) ** (1 / T)
    return P / P.sum(axis=1, keepdims=True)


# -- dead_fraction --------------------------------------------------------------------------------


@exercise(
    "activation_functions.dead_fraction",
    DEEP,
    why="A unit is a column. It is dead when none of its numbers is above 0: `(Z > 0).any(axis=0)` "
    "says which units live, and the mean of the others is their share.",
    hints=(
        "For which single unit would you say that it is dead? Which numbers of Z do you look at?",
        "A unit is a column of Z. `any` and `all` take an axis.",
        "All rows of the column must be 0 or below; then take the mean over the columns.",
    ),
)
def dead_fraction(Z):
    """Answer the share of dead ReLU units, Z holding a row per sample and a column per unit."""
    return np.mean((Z <= 0).all(axis=0))


@cases(dead_fraction)
def sums_of_units(rng):
    yield (np.array([[-1.0, 2.0], [-3.0, -4.0]]),)
    yield (np.array([[-1.0, 0.0, 1.0, 5.0], [-1.0, 0.0, -1.0, -1.0], [-2.0, -5.0, -6.0, 2.0]]),)
    Z = rng.normal(size=(4, 5))
    Z[:, 1] = -1
    Z[0, :] = -2
    yield (Z,)


@mistake(
    dead_fraction,
    "You count single zeros: the share of outputs that are 0, over all samples and units.",
    "Half of the outputs of a healthy ReLU unit are 0. It is dead when all of them are.",
    (
        "How many units does the example have, and how many shares are possible?",
        "Decide for each unit first, and count then.",
        "`all` along the samples, before the mean.",
    ),
)
def share_of_zeros(Z):
    return np.mean(Z <= 0)


@mistake(
    dead_fraction,
    "One sample at 0 or below is enough for you to call a unit dead; all samples must be.",
    "A unit that answers to a single sample still learns from it.",
    (
        "Unit 2 of the example answers to one of two samples. Is it dead?",
        "`any` or `all`?",
        "`all`, where you have `any`.",
    ),
)
def dead_for_one_sample(Z):
    return np.mean((Z <= 0).any(axis=0))


@mistake(
    dead_fraction,
    "You look along the rows: that is the share of samples which no unit answers to.",
    "A unit is a column, a sample a row.",
    (
        "How many numbers does your function take the mean of, and how many units are there?",
        "The axis that you name is the one that disappears: here that of the samples.",
        "Axis 0.",
    ),
)
def dead_samples(Z):
    return np.mean((Z <= 0).all(axis=1))


@mistake(
    dead_fraction,
    "A unit whose sum is exactly 0 passes for alive; there the ReLU answers 0, with slope 0.",
    "No gradient passes at 0 either.",
    (
        "What is the ReLU at exactly 0, and what is its slope by convention?",
        "Which comparison do you use, and what does it say of 0?",
        "0 or below is dead.",
    ),
)
def zero_is_alive(Z):
    return np.mean((Z < 0).all(axis=0))


@mistake(
    dead_fraction,
    "You answer the share of units that live.",
    "Dead and alive sum to 1; asked for is the other one.",
    (
        "What do you answer when every number of Z is below 0?",
        "Which condition holds for a dead unit?",
        "1 minus your answer.",
    ),
)
def share_alive(Z):
    return np.mean((Z > 0).any(axis=0))


@mistake(
    dead_fraction,
    "You answer how many units are dead; asked for is their share.",
    "A share lies between 0 and 1.",
    (
        "What do you answer when every number of Z is below 0?",
        "How many units are there?",
        "The mean of yes and no is the share of yes.",
    ),
)
def number_of_dead(Z):
    return np.sum((Z <= 0).all(axis=0))


@mistake(
    dead_fraction,
    "You look at the mean of each unit; it may be below 0 while one sample is above.",
    "A unit with the sums -9 and 1 has the mean -4, and still answers to a sample.",
    (
        "A unit has the sums -9 and 1. What does its ReLU answer?",
        "One sample above 0 keeps a unit alive. Which number of the column tells?",
        "All numbers of the column must be 0 or below; the largest tells.",
    ),
)
def mean_below_zero(Z):
    return np.mean(Z.mean(axis=0) <= 0)


@mistake(
    dead_fraction,
    "You divide the number of dead units by the number of samples.",
    "A share of the units is divided by the number of units: the columns of Z.",
    (
        "How many samples and how many units are in Z? Which of them do you divide by?",
        "`len(Z)` counts rows, and a unit is a column.",
        "`Z.shape[1]`, or the mean over the units.",
    ),
)
def divided_by_samples(Z):
    return (Z <= 0).all(axis=0).sum() / len(Z)


@mistake(
    dead_fraction,
    "You answer yes or no for each unit; asked for is one number, the share of yes.",
    "For the example you answer [True, False]: one of two units is dead, which is 0.5.",
    (
        "How many numbers does your function answer, and how many does the task want?",
        "In NumPy yes counts as 1 and no as 0. What is their mean?",
        "The mean of your answer.",
    ),
)
def yes_or_no_for_each(Z):
    return (Z <= 0).all(axis=0)


# -- own_function: open ---------------------------------------------------------------------------

LAYERS, UNITS, SAMPLES = 30, 100, 20
SEEDS = range(100, 110)  # others than the lesson's


def gradient_size(g, scale, seed):
    """How large a gradient of 1 is after 30 layers on its way back, the slopes measured."""
    rng, kept = np.random.default_rng(seed), []
    A = rng.normal(size=(SAMPLES, UNITS))
    for _ in range(LAYERS):
        W = rng.normal(scale=scale / np.sqrt(UNITS), size=(UNITS, UNITS))
        Z = A @ W
        A = np.asarray(g(Z), dtype=float)
        h = 1e-5 * np.maximum(1, np.abs(Z))  # so that a large sum feels it
        kept.append((W, (np.asarray(g(Z + h)) - np.asarray(g(Z - h))) / (2 * h)))
    dA = np.ones_like(A)
    for W, slopes in reversed(kept):
        dA = (dA * slopes) @ W.T
    return np.sqrt(np.mean(dA**2))


def survival(own_function):
    """Whether a function is new and bends, and in how many networks its gradient fits."""
    from ..activations import ACTIVATIONS

    g, scale = own_function()
    z = np.linspace(-3, 3, 121)
    a = np.asarray(g(z), dtype=float)
    if a.shape != z.shape:
        raise ValueError(f"g answers the shape {a.shape} for {z.shape}")
    line = np.polyval(np.polyfit(z, a, 1), z) if np.isfinite(a).all() else a
    known = [name for name, f in ACTIVATIONS.items() if np.allclose(f(z), a)]
    sizes = [gradient_size(g, float(scale), seed) for seed in SEEDS]
    return {
        "bends": bool(np.abs(a - line).max() > 0.1),
        "known": known[0] if known else "",
        "too small": int(sum(size < 0.1 for size in sizes)),
        "too large": sum(not size <= 10 for size in sizes),
    }


def what_it_lacks(seen):
    if not seen["bends"]:
        return "Your function is a straight line, or nearly so, for z from -3 to 3."
    if seen["known"]:
        return f"Your function is {seen['known']} of the package; asked for is another one."
    if seen["too small"] + seen["too large"] > 1:
        return (
            f"Of 10 networks the gradient is below 0.1 in {seen['too small']}, and above 10 in "
            f"{seen['too large']}; it may miss in one."
        )
    return ""


def softsign_alone(z):
    return z / (1 + np.abs(z))


@exercise(
    "activation_functions.own_function",
    DEEP,
    trial=survival,
    lacks=what_it_lacks,
    seconds=30.0,
    why="Nearly every bent function has a scale at which slopes and weights keep the balance. For "
    "softsign it lies at about 1.6: at 1 the gradient vanishes, at 3 it explodes. It was found by "
    "the lesson's loop over scales, on a seed of its own.",
    hints=(
        "Any function that bends will do, such as softsign. Which scale does it need?",
        "Run `gradient_by_layer` for some scales between 0.5 and 4: below the right one the "
        "gradient vanishes, above it explodes.",
        "Take the scale at which the gradient after 30 layers is nearest to 1, and try it on other "
        "seeds before you answer.",
    ),
)
def own_function():
    """Answer an activation function g(z) of your own, and the scale of the weights it needs."""
    return softsign_alone, 1.6


@cases(own_function)
def hidden_networks(rng):
    yield ()


@mistake(
    own_function,
    "With these weights the gradient vanishes: in all 10 networks it is below 0.1.",
    "Each layer multiplies the gradient by slopes and weights; here that shrinks it every time.",
    (
        "What does `gradient_by_layer` show for your function and your scale?",
        "How does the curve over the scales look: do larger weights help?",
        "Raise the scale until the gradient after 30 layers is near 1.",
    ),
)
def vanishes():
    return softsign_alone, 0.8


@mistake(
    own_function,
    "With these weights the gradient explodes: in all 10 networks it is above 10.",
    "Each layer multiplies the gradient by slopes and weights; here that enlarges it every time.",
    (
        "What does `gradient_by_layer` show for your function and your scale?",
        "How does the curve over the scales look: do smaller weights help?",
        "Lower the scale until the gradient after 30 layers is near 1.",
    ),
)
def explodes():
    return softsign_alone, 3.0


@mistake(
    own_function,
    "This is a straight line: it keeps the gradient, and makes 30 layers do the work of one.",
    "A function without a bend adds nothing to a linear layer, whatever its weights.",
    (
        "What did two layers without an activation function amount to?",
        "Draw your function for z from -3 to 3. Does it bend?",
        "Choose one that bends, and then find the scale that fits it.",
    ),
)
def straight():
    return np.positive, 1.0


@mistake(
    own_function,
    "This is the package's ReLU with He's weights; asked for is a function of your own.",
    "The page has measured it already.",
    (
        "Which functions are not in the table of this lesson?",
        "You have written one above. Sines, roots and arcs bend, too.",
        "Softsign, or any other that bends, with the scale that fits it.",
    ),
)
def relu_of_the_page():
    return (lambda z: np.maximum(z, 0)), np.sqrt(2)
