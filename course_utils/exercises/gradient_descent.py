"""Exercises of lesson 04: losses, steps downhill, gradients by formula and by measurement."""

import numpy as np

from .answers import shown
from .definition import cases, exercise, mistake

__all__ = [
    "descend",
    "fit_line",
    "line_gradient",
    "logistic_gradient",
    "mse_gradient",
    "numeric_gradient",
    "rate_bound",
]

LOSS = (
    "Compute a loss and its slope, for numbers and for yes or no, and show why classification uses "
    "cross-entropy."
)
DESCENT = "Run gradient descent, and recognise a learning rate that is too small or too large."
CHECKED = "Derive the gradient of a line, and check it by finite differences."
TRAINING = "Train a line by a loop of your own, on features of any size."


# -- mse_gradient ---------------------------------------------------------------------------------


@exercise(
    "gradient_descent.mse_gradient",
    LOSS,
    tolerance=1e-7,  # a measured gradient is right, too
    why="The mean is taken over all N K numbers, and the derivative of a square is twice its base.",
    hints=(
        "Differentiate one term of the sum by one prediction.",
        "For y = 1 and a prediction of 3 alone, the loss is 4. How much more is it at 3.001?",
        "The derivative of (p - y)^2 is 2 (p - y), and the mean divides by how many numbers there "
        "are.",
    ),
)
def mse_gradient(y_true, y_pred):
    """Answer the derivative of the mean squared error by each prediction, an array like y_pred."""
    return 2 * (y_pred - y_true) / y_pred.size


@cases(mse_gradient)
def predictions(rng):
    yield np.array([[1.0]]), np.array([[3.0]])
    yield np.array([[0.0, 1.0], [2.0, -1.0]]), np.array([[0.5, 1.0], [1.0, 3.0]])
    yield rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    yield rng.normal(size=(2, 7)), rng.normal(size=(2, 7))


@mistake(
    mse_gradient,
    "The 2 is missing that the derivative of a square brings.",
    "For y = 1 and a prediction of 3 the loss (p - 1)^2 rises by 4 for each unit, and yours by 2.",
    (
        "What is the derivative of p^2 at p = 3?",
        "Compare with a small step: ((2.001)^2 - 2^2) / 0.001.",
        "The derivative of (p - y)^2 is 2 (p - y).",
    ),
)
def without_two(y_true, y_pred):
    return (y_pred - y_true) / y_pred.size


@mistake(
    mse_gradient,
    "You divide by the number of samples alone; the mean is taken over the outputs, too.",
    "With K outputs your gradient is K times too large.",
    (
        "Over how many numbers is the mean taken?",
        "For 5 samples with 3 outputs each, what is the 1 / ... in front of the sum?",
        "There are N K numbers: `.size`.",
    ),
)
def samples_alone(y_true, y_pred):
    return 2 * (y_pred - y_true) / len(y_pred)


@mistake(
    mse_gradient,
    "The mean is missing: this is the derivative of the sum of squares.",
    "With twice as many samples, every number of the gradient should be half as large.",
    (
        "Does your answer for one number change when there are more samples? Should it?",
        "The loss is a mean: a sum divided by how many there are.",
        "Divide by the number of all numbers.",
    ),
)
def without_mean(y_true, y_pred):
    return 2 * (y_pred - y_true)


@mistake(
    mse_gradient,
    "The sign is turned: you take the prediction from the right answer.",
    "Where the prediction is too large, the loss rises with it, and the derivative is above 0.",
    (
        "A prediction of 3 where 1 is right: in which direction does the loss rise?",
        "Does your derivative say the same?",
        "(p - y)^2 and (y - p)^2 are the same, and so are their derivatives by p: mind the inner "
        "one.",
    ),
)
def turned_sign(y_true, y_pred):
    return 2 * (y_true - y_pred) / y_pred.size


@mistake(
    mse_gradient,
    "This is the loss, number by number; asked for is its derivative.",
    "A squared difference is never below 0, a derivative can be.",
    (
        "Can your answer be below 0? Must it be able to?",
        "What is the derivative of a square?",
        "The square goes, and a factor of 2 comes.",
    ),
)
def the_loss(y_true, y_pred):
    return (y_pred - y_true) ** 2 / y_pred.size


@mistake(
    mse_gradient,
    "This is the loss itself, one number; asked for is its derivative by each prediction.",
    "There are as many derivatives as predictions. For the example of the task the loss and its "
    "slope are both 4, by chance.",
    (
        "How many numbers do you answer, and how many predictions are there?",
        "How does the loss change when a single prediction grows by a little?",
        "Differentiate one term: the square goes, and a factor of 2 comes.",
    ),
)
def the_whole_loss(y_true, y_pred):
    return np.mean((y_pred - y_true) ** 2)


@mistake(
    mse_gradient,
    "You multiply by K, the number of outputs, and should divide by it.",
    "Python computes `2 / N * K` from left to right: K is not under the fraction bar.",
    (
        "Look at what stands under the fraction bar.",
        "What is `12 / 2 * 3` in Python?",
        "Brackets: divide by (N * K).",
    ),
)
def times_outputs(y_true, y_pred):
    N, K = y_pred.shape
    return 2 / N * K * (y_pred - y_true)


@mistake(
    mse_gradient,
    "This is the squared error of each number; asked for is the derivative of their mean.",
    "A squared difference is never below 0, a derivative can be.",
    (
        "Can your answer be below 0? Must it be able to?",
        "What is the derivative of a square, and where is the mean?",
        "The square goes, a factor of 2 comes, and the mean divides by how many numbers there are.",
    ),
)
def squares_alone(y_true, y_pred):
    return (y_pred - y_true) ** 2


@mistake(
    mse_gradient,
    "You take the size of each difference, without its sign.",
    "Where a prediction is too small, the loss falls when it grows: the derivative is below 0.",
    (
        "Which numbers of your answer are below 0?",
        "For y = 2 and a prediction of 1: does the loss rise or fall when the prediction grows?",
        "Leave out `abs`: the sign says in which direction the loss rises.",
    ),
)
def without_sign(y_true, y_pred):
    return 2 * np.abs(y_pred - y_true) / y_pred.size


# -- descend --------------------------------------------------------------------------------------


@exercise(
    "gradient_descent.descend",
    DESCENT,
    why="Each step asks for the slope where it stands now, and goes against it.",
    hints=(
        "Where is the slope asked for: at the start, or at every step?",
        "With slope(w) = 2 w, w = 1 and a rate of 0.1, one step leads to 0.8. And the second?",
        "In a loop over the steps: w = w - lr * slope(w).",
    ),
)
def descend(slope, w, lr, steps):
    """Answer where gradient descent stands after so many steps from w, given slope(w) = dL/dw."""
    for _ in range(steps):
        w = w - lr * slope(w)
    return w


class Slope:
    """The derivative of a w^2 + c w."""

    def __init__(self, a, c=0.0):
        self.a, self.c = a, c

    def __call__(self, w):
        return 2 * self.a * w + self.c

    def __repr__(self):
        a = shown(self.a) if np.ndim(self.a) else f"{self.a:g}"
        return f"the slope of {a} w^2" + (f" + {self.c:g} w" if self.c else "")


@cases(descend)
def valleys(rng):
    yield Slope(1), 1.0, 0.1, 2
    yield Slope(1), 1.0, 0.1, 0
    yield Slope(1), 1.0, 1.1, 3
    yield Slope(2, -3.0), 5.0, 0.05, 10
    yield Slope(np.array([1.0, 10.0])), np.array([-2.0, 1.0]), 0.08, 4


@mistake(
    descend,
    "You go uphill: the step is added.",
    "The slope says where the loss rises.",
    (
        "From w = 1 on w^2: which way is down, and where does your first step lead?",
        "In which direction does the slope point?",
        "Go against it: subtract.",
    ),
)
def uphill(slope, w, lr, steps):
    for _ in range(steps):
        w = w + lr * slope(w)
    return w


@mistake(
    descend,
    "The slope is asked for once, at the start, and used for every step.",
    "In a valley the slope gets smaller on the way down.",
    (
        "Where in your code is the slope computed: before the loop or in it?",
        "From w = 1 on w^2 with a rate of 0.1: the second step starts at 0.8. What is the slope "
        "there?",
        "Call `slope` in the loop.",
    ),
)
def slope_of_the_start(slope, w, lr, steps):
    first = slope(w)
    for _ in range(steps):
        w = w - lr * first
    return w


@mistake(
    descend,
    "You go one step, however many are asked for.",
    "After 0 steps w must be where it was, after 10 far from its first step.",
    (
        "Which argument do you not use?",
        "How often must w change?",
        "Where does your `return` stand: in the loop, or behind it?",
    ),
)
def a_single_step(slope, w, lr, steps):
    return w - lr * slope(w)


@mistake(
    descend,
    "The learning rate is left out.",
    "The step is the slope itself; on w^2 from w = 1 it lands at -1.",
    (
        "Which argument do you not use?",
        "How long is a step for a rate of 0.1, and how long is yours?",
        "A step is lr times the slope.",
    ),
)
def without_rate(slope, w, lr, steps):
    for _ in range(steps):
        w = w - slope(w)
    return w


@mistake(
    descend,
    "You go one step too many.",
    "After 0 steps w must be where it was.",
    (
        "What do you answer for 0 steps?",
        "How often does your loop run for `steps = 2`?",
        "`range(steps)` runs steps times.",
    ),
)
def one_too_many(slope, w, lr, steps):
    for _ in range(steps + 1):
        w = w - lr * slope(w)
    return w


@mistake(
    descend,
    "You answer within the loop, after its first step.",
    "After 0 steps your function answers nothing at all, after 10 the place after one.",
    (
        "How far is your `return` indented?",
        "What does `return` do in a loop?",
        "It belongs behind the loop, on the level of `for`.",
    ),
)
def returns_in_the_loop(slope, w, lr, steps):
    for _ in range(steps):
        return w - lr * slope(w)


@mistake(
    descend,
    "You go one step too few.",
    "After two steps of 0.1 on w^2 you stand at 0.8, where one step leads.",
    (
        "How often does your loop run for `steps = 2`?",
        "`range(1, 3)` holds 1 and 2. What does `range(1, 2)` hold?",
        "`range(steps)` runs steps times.",
    ),
)
def one_too_few(slope, w, lr, steps):
    for _ in range(steps - 1):
        w = w - lr * slope(w)
    return w


@mistake(
    descend,
    "You answer all the places on the way; asked for is the last one.",
    "After two steps from 1 your answer holds three numbers, and w is one.",
    (
        "How many numbers do you answer?",
        "Which of them is the place after the last step?",
        "Keep one w, and answer that.",
    ),
)
def the_whole_path(slope, w, lr, steps):
    path = [w]
    for _ in range(steps):
        path.append(path[-1] - lr * slope(path[-1]))
    return path


@mistake(
    descend,
    "Your step is the one for w^2, whatever slope is handed over.",
    "The factor 1 - 2 lr comes from the slope 2 w; another function has another slope.",
    (
        "Where in your function is `slope` called?",
        "The slope of 2 w^2 - 3 w at 5 is 17. Where does one step of 0.05 lead?",
        "Ask `slope(w)` at every step.",
    ),
)
def always_the_square(slope, w, lr, steps):
    return w * (1 - 2 * lr) ** steps


# -- line_gradient --------------------------------------------------------------------------------


@exercise(
    "gradient_descent.line_gradient",
    CHECKED,
    tolerance=1e-7,  # a measured gradient is right, too
    why="Each sample is wrong by its own amount. A weight multiplies its feature, so it feels that "
    "amount times the feature; the bias multiplies 1. The sum over the samples is a product with "
    "X turned over.",
    hints=(
        "By how much is each prediction wrong? Both gradients are made of these numbers.",
        "Do it for X = [[1], [2]], y = [3, 5], w = [1], b = 0 with a pencil: wrong by -2 and -3.",
        "dw is 2 / N times the sum, over the samples, of what each is wrong by times its features; "
        "db is the same without the features.",
    ),
)
def line_gradient(X, y, w, b):
    """Answer (dw, db), the gradient of the mean squared error of the predictions X @ w + b."""
    wrong_by = X @ w + b - y
    return 2 * X.T @ wrong_by / len(y), 2 * wrong_by.mean()


@cases(line_gradient)
def lines(rng):
    yield np.array([[1.0], [2.0]]), np.array([3.0, 5.0]), np.array([1.0]), 0.0
    yield np.array([[1.0, 2.0], [4.0, -1.0]]), np.array([1.0, 0.5]), np.array([0.5, -1.0]), 2.0
    X = rng.normal(size=(3, 3))
    yield X, rng.normal(size=3), rng.normal(size=3), 0.5
    yield rng.normal(size=(5, 2)), rng.normal(size=5), rng.normal(size=2), -1.0


@mistake(
    line_gradient,
    "The factor 2 of the square is missing.",
    "For the two samples of the text dw is -4 in your answer; it is -8.",
    (
        "What is the derivative of a square?",
        "Compare your answer with the -8 and -5 of the text.",
        "The derivative of u^2 is 2 u.",
    ),
)
def line_without_two(X, y, w, b):
    wrong_by = X @ w + b - y
    return X.T @ wrong_by / len(y), wrong_by.mean()


@mistake(
    line_gradient,
    "The sum over the samples is not divided by their number.",
    "With twice as many samples your gradient is twice as large.",
    (
        "Is the loss a sum or a mean?",
        "Give each sample twice: should the gradient change?",
        "Divide both by the number of samples.",
    ),
)
def line_without_mean(X, y, w, b):
    wrong_by = X @ w + b - y
    return 2 * X.T @ wrong_by, 2 * wrong_by.sum()


@mistake(
    line_gradient,
    "The sign is turned: you subtract the predictions from the targets.",
    "Where all predictions are too large, the bias should have a positive slope.",
    (
        "In which order do you subtract?",
        "All predictions are too large. Does the loss grow or fall when b grows?",
        "Prediction minus target.",
    ),
)
def line_turned(X, y, w, b):
    wrong_by = y - (X @ w + b)
    return 2 * X.T @ wrong_by / len(y), 2 * wrong_by.mean()


@mistake(
    line_gradient,
    "X is not turned over: your product adds up features, where samples should be added up.",
    "On a square X no shape tells.",
    (
        "Which shape has your dw if there are five samples and two features?",
        "Over which index is the sum, samples or features?",
        "Turn X over: one number for each feature is left.",
    ),
)
def line_not_turned(X, y, w, b):
    wrong_by = X @ w + b - y
    return 2 * X @ wrong_by / len(y), 2 * wrong_by.mean()


@mistake(
    line_gradient,
    "The bias is missing in the predictions.",
    "With b = 0 your answer is right, and with another b it is not.",
    (
        "Which predictions do you compute?",
        "Try b = 2: by how much is each sample wrong?",
        "The prediction is X @ w + b.",
    ),
)
def line_without_bias(X, y, w, b):
    wrong_by = X @ w - y
    return 2 * X.T @ wrong_by / len(y), 2 * wrong_by.mean()


@mistake(
    line_gradient,
    "dw lacks the features: each weight gets the slope of the bias.",
    "A weight moves a prediction by its feature, not by 1.",
    (
        "How much does a prediction change when one weight grows by 1?",
        "For the sample x = 2 the prediction changes by 2.",
        "Multiply what each sample is wrong by with its features, then add up.",
    ),
)
def line_without_features(X, y, w, b):
    wrong_by = X @ w + b - y
    return np.full(len(w), 2 * wrong_by.mean()), 2 * wrong_by.mean()


@mistake(
    line_gradient,
    "`wrong_by * X` pairs the samples with the columns: one has one axis, the other two.",
    "Aligned on the right, the amount of sample 0 meets column 0. Where X is not square, NumPy "
    "refuses.",
    (
        "Which shapes have the two factors of your product?",
        "What each sample is wrong by belongs to its row.",
        "A column of amounts fits the rows: `wrong_by[:, np.newaxis]`; or take a matrix product "
        "with X turned over.",
    ),
)
def line_paired_with_columns(X, y, w, b):
    wrong_by = X @ w + b - y
    return 2 * np.mean(wrong_by * X, axis=0), 2 * wrong_by.mean()


@mistake(
    line_gradient,
    "You divide by `X.size`, which counts the features, too.",
    "With two features your dw is half as large as it should be.",
    (
        "By which number do you divide?",
        "X has 5 rows and 2 columns: how many samples are there?",
        "`len(X)` counts the samples.",
    ),
)
def line_by_the_size(X, y, w, b):
    wrong_by = X @ w + b - y
    return 2 * X.T @ wrong_by / X.size, 2 * wrong_by.mean()


@mistake(
    line_gradient,
    "The two parts are exchanged: the weights come first, then the bias.",
    "The first part must have one number for each column of X.",
    (
        "In which order does the task name the two?",
        "For the two samples of the text the answer begins with [-8].",
        "`dw` first, then `db`.",
    ),
)
def line_exchanged(X, y, w, b):
    wrong_by = X @ w + b - y
    return 2 * wrong_by.mean(), 2 * X.T @ wrong_by / len(y)


@mistake(
    line_gradient,
    "You multiply two means; asked for is the mean of the products.",
    "Wrong by -2 and -3 at x = 1 and 2: the mean of the products -2 and -6 is -4. The product of "
    "the means is -3.75.",
    (
        "What is multiplied first in the formula, and what is added up then?",
        "Is the mean of products the product of the means? Try it with two samples.",
        "Multiply sample by sample, then take the mean.",
    ),
)
def line_product_of_means(X, y, w, b):
    wrong_by = X @ w + b - y
    return 2 * wrong_by.mean() * X.mean(axis=0), 2 * wrong_by.mean()


@mistake(
    line_gradient,
    "What each sample is wrong by is still squared; in the derivative it is not.",
    "Your db is never below 0. For the two samples of the text it is 13, and should be -5.",
    (
        "What is the derivative of u^2?",
        "Compare your answer with the -8 and -5 of the text.",
        "2 u: the square goes.",
    ),
)
def line_squared(X, y, w, b):
    squared = (X @ w + b - y) ** 2
    return 2 * X.T @ squared / len(y), 2 * squared.mean()


# -- numeric_gradient -----------------------------------------------------------------------------


class Watched:
    """The sum of c x^2 / 2 + 2 sin 3x, plus x[0] x[-1], which notes where it is asked."""

    def __init__(self, start):
        self.start = np.array(start, dtype=float)
        self.c = 1.25 + np.arange(self.start.size).reshape(self.start.shape)
        self.above = self.below = False
        self.most, self.longest = 0, 0.0
        self.other = None

    def __call__(self, x):
        x = np.array(x, dtype=float)
        if x.shape != self.start.shape:
            self.other = x.shape
        else:
            moved = x - self.start
            self.above |= bool((moved > 0).any())
            self.below |= bool((moved < 0).any())
            self.most = max(self.most, int(np.count_nonzero(moved)))
            self.longest = max(self.longest, float(np.abs(moved).max()))
        wave = 2 * np.sin(3 * x).sum()
        return float((self.c * x * x).sum() / 2 + wave + x.flat[0] * x.flat[-1])

    def gradient(self):
        g = self.c * self.start + 6 * np.cos(3 * self.start)
        g.flat[0] += self.start.flat[-1]
        g.flat[-1] += self.start.flat[0]
        return g


def measured(numeric_gradient, x):
    """How a numerical gradient went about it, and whether it is right."""
    f = Watched(x)
    got = np.asarray(numeric_gradient(f, x), dtype=float)
    right = f.gradient()
    near = got.shape == right.shape and np.allclose(got, right, rtol=1e-4, atol=1e-7)
    return {
        "shape": got.shape,
        "wanted": right.shape,
        "right": near,
        "twice": got.shape == right.shape and np.allclose(got, 2 * right, rtol=1e-3),
        "tiny": bool(np.abs(got).max(initial=0) < 1e-3 * np.abs(right).max()),
        "above": f.above,
        "below": f.below,
        "most": min(f.most, 2),
        "other": f.other,
        "step": "long" if f.longest > 5e-3 else "short" if f.longest < 1e-8 else "good",
    }


def not_measured(seen):
    if seen["other"] is not None:
        return (
            f"You hand f something of the shape {tuple(seen['other'])}; it takes the whole array, "
            f"of the shape {tuple(seen['wanted'])}, of which one element has moved."
        )
    if not (seen["above"] or seen["below"]):
        return (
            "f is asked at x alone, so that both values are the same. Two names for one array are "
            "no copies."
        )
    if not (seen["above"] and seen["below"]):
        return "f must be asked on both sides of x; yours is not."
    if seen["most"] > 1:
        return "When you ask f, more than one element of x has moved."
    if seen["shape"] != seen["wanted"]:
        return f"Your answer has the shape {seen['shape']}, where {seen['wanted']} is expected."
    if not seen["right"] and seen["step"] == "long":
        return "Your step is so long that f curves within it."
    if not seen["right"] and seen["step"] == "short":
        return "Your step is so short that the two values of f differ by little but rounding."
    return "" if seen["right"] else "The numbers that you measure are not the slopes."


@exercise(
    "gradient_descent.numeric_gradient",
    CHECKED,
    trial=measured,
    lacks=not_measured,
    why="One element at a time is moved up and down by h; the difference of f, divided by 2 h, is "
    "its slope. The copy is made of floats, so that 3 + h is not cut to 3, and each element goes "
    "back before the next one moves.",
    hints=(
        "One slope for each element of x: what must move for the first of them, and what must not?",
        "(f(x + h) - f(x - h)) / (2 h), where only one element of x has moved.",
        "Work on `x.astype(float)`, remember the element, move it, and put it back.",
    ),
)
def numeric_gradient(f, x):
    """Answer the slopes of f at the array x by central differences, an array of x's shape."""
    x, h = x.astype(float), 1e-5
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        value = x[place]
        x[place] = value + h
        above = f(x)
        x[place] = value - h
        gradient[place] = (above - f(x)) / (2 * h)
        x[place] = value
    return gradient


@cases(numeric_gradient)
def points(rng):
    yield (np.array([1.0, 2.0]),)
    yield (np.array([3, 4]),)
    yield (np.array([[1.0, -2.0, 0.5], [0.0, 1.5, 2.5]]),)
    yield (np.array([2.0, -1.0, 4.0]),)


@mistake(
    numeric_gradient,
    "The difference is one-sided: f is asked above x, and never below it.",
    "The error of a one-sided difference shrinks with h, that of a central one with h squared.",
    (
        "At which points do you call f?",
        "On x^2 at 1: what is (f(1.1) - f(1)) / 0.1, and what is (f(1.1) - f(0.9)) / 0.2?",
        "f(x + h) - f(x - h), divided by 2 h.",
    ),
)
def one_sided(f, x):
    x, h = x.astype(float), 1e-6
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        moved = x.copy()
        moved[place] += h
        gradient[place] = (f(moved) - f(x)) / h
    return gradient


@mistake(
    numeric_gradient,
    "The difference is divided by h; the two points lie 2 h apart.",
    "Every slope is twice the right one.",
    (
        "How far apart are the two points at which you call f?",
        "On x^2 at 1, what do you answer? And what is right?",
        "Divide by 2 h.",
    ),
)
def divided_by_h(f, x):
    return 2 * numeric_gradient(f, x)


@mistake(
    numeric_gradient,
    "An integer array cuts x + h back to x, so f never sees the step.",
    "With x = [3, 4] as integers, 3.00001 is stored as 3, and 2.99999 as 2.",
    (
        "What is the type (`dtype`) of the array in which you store x + h?",
        "What stands in `np.array([3, 4])` after `x[0] = 3.00001`?",
        "Make a copy of floats first.",
    ),
)
def cut_to_integers(f, x):
    x, h = x.copy(), 1e-5
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        value = x[place]
        x[place] = value + h
        above = f(x)
        x[place] = value - h
        gradient[place] = (above - f(x)) / (2 * h)
        x[place] = value
    return gradient


@mistake(
    numeric_gradient,
    "All elements move at once: you measure one slope, the sum of all.",
    "Each slope needs a step in which the other elements stay.",
    (
        "How many elements differ between the two points at which you call f?",
        "How many slopes are there, and how many calls of f do they need?",
        "A loop over the elements, two calls for each.",
    ),
)
def all_at_once(f, x):
    x, h = x.astype(float), 1e-5
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


@mistake(
    numeric_gradient,
    "An element that was moved is not put back before the next one moves.",
    "The later slopes are measured at another point.",
    (
        "How many elements differ from x when the last one is measured?",
        "After the first element: is x as it was?",
        "Remember the value, and store it again.",
    ),
)
def not_put_back(f, x):
    x, h = x.astype(float), 1e-5
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        x[place] += h
        above = f(x)
        x[place] -= 2 * h
        gradient[place] = (above - f(x)) / (2 * h)
    return gradient


@mistake(
    numeric_gradient,
    "Only one row is measured, or rows as a whole: your loop takes x for a flat array.",
    "With an x of two rows, `x[0]` is a row of three numbers, and no number.",
    (
        "What is `x[0]` when x has two rows?",
        "How many slopes has an x of the shape (2, 3)?",
        "`np.ndindex(x.shape)` goes through the places of any array.",
    ),
)
def rows_as_a_whole(f, x):
    x, h = x.astype(float), 1e-5
    gradient = np.zeros(x.shape)
    for k in range(len(x)):
        up, down = x.copy(), x.copy()
        up[k] += h
        down[k] -= h
        gradient[k] = (f(up) - f(down)) / (2 * h)
    return gradient


@mistake(
    numeric_gradient,
    "You multiply by h, and should divide by it.",
    "Python computes `d / 2 * h` from left to right: h is not under the fraction bar.",
    (
        "How large are your numbers, beside the slopes?",
        "What is `12 / 2 * 3` in Python?",
        "Brackets: divide by (2 * h).",
    ),
)
def times_h(f, x):
    return 1e-10 * numeric_gradient(f, x)


@mistake(
    numeric_gradient,
    "The array for the answer holds integers when x does, and cuts every slope.",
    "`np.zeros_like(x)` takes the type of x: stored there, 2.99999 becomes 2.",
    (
        "What is the type (`dtype`) of the array in which you store the slopes?",
        "What does `np.zeros_like(np.array([3, 4]))` hold after 2.99999 is stored in it?",
        "Make it of floats: `np.zeros(x.shape)`.",
    ),
)
def answers_integers(f, x):
    slopes = numeric_gradient(f, x)
    return np.trunc(slopes) if x.dtype.kind == "i" else slopes


# -- rate_bound -----------------------------------------------------------------------------------


@exercise(
    "gradient_descent.rate_bound",
    DESCENT,
    why="In each direction a step multiplies w by 1 - lr * c, c being the curvature. It shrinks as "
    "long as that lies between -1 and 1: lr < 2 / c. The steepest direction has the lowest bound.",
    hints=(
        "By what number does one step multiply w, if the slope is c w?",
        "For which rates does 1 - lr * c lie between -1 and 1? In which direction is that hardest?",
        "2 divided by the largest curvature.",
    ),
)
def rate_bound(curvatures):
    """Answer the rate below which descent converges on the sum of c w^2 / 2, one c per weight."""
    return 2 / max(curvatures)


@cases(rate_bound)
def directions(rng):
    yield (np.array([2.0]),)
    yield (np.array([2.0, 20.0]),)
    yield (np.array([7.0, 0.5, 3.0]),)
    yield (rng.uniform(0.1, 9, size=6),)


@mistake(
    rate_bound,
    "1 / c is the best rate for one direction; up to 2 / c it still converges.",
    "On 2 w^2 / 2 with a rate of 0.75, one step leads from 1 to -0.5: it jumps over, and shrinks.",
    (
        "By what number does one step multiply w, with your bound as rate?",
        "Must that number be above 0, or is above -1 enough?",
        "1 - lr * c = -1 is where it begins to grow.",
    ),
)
def best_rate(curvatures):
    return 1 / max(curvatures)


@mistake(
    rate_bound,
    "You take the flattest direction; the steepest one fails first.",
    "With curvatures 2 and 20 and a rate of 0.9, the second weight is multiplied by -17.",
    (
        "With your rate, by what number does a step multiply each of the weights?",
        "Which of the directions is the first to grow?",
        "The largest curvature decides.",
    ),
)
def flattest(curvatures):
    return 2 / min(curvatures)


@mistake(
    rate_bound,
    "You add up the curvatures; each direction goes by itself.",
    "The step in one weight does not feel how steep the others are.",
    (
        "By what number does a step multiply the steepest weight? Do the others stand in it?",
        "Which of the directions is the first to grow?",
        "The largest curvature decides, and no sum.",
    ),
)
def of_the_sum(curvatures):
    return 2 / sum(curvatures)


@mistake(
    rate_bound,
    "You take the mean of the curvatures; each direction goes by itself.",
    "With curvatures 2 and 20 the steeper one grows at your rate.",
    (
        "With your rate, by what number does a step multiply the steepest weight?",
        "Which of the directions is the first to grow?",
        "The largest curvature decides, and no mean.",
    ),
)
def of_the_mean(curvatures):
    return 2 / np.mean(curvatures)


@mistake(
    rate_bound,
    "You answer a bound for each direction; one rate serves them all.",
    "There is one learning rate, and it must be small enough for every direction.",
    (
        "How many numbers do you answer, and how many learning rates are there?",
        "Which of your numbers must the rate stay below?",
        "The smallest of them.",
    ),
)
def one_for_each(curvatures):
    return 2 / np.asarray(curvatures)


@mistake(
    rate_bound,
    "Your fraction is upside down: the steeper, the smaller the rate must be.",
    "For the curvatures 2 and 20 you answer 10; a step multiplies the second weight by -199 then.",
    (
        "Does your answer grow or shrink when a direction gets steeper?",
        "With your rate, by what number does a step multiply the steepest weight?",
        "For which lr is 1 - lr * c = -1? Solve for lr.",
    ),
)
def upside_down(curvatures):
    return max(curvatures) / 2


@mistake(
    rate_bound,
    "This is the rate that is fastest, not the one above which descent fails.",
    "At 2 / (largest + smallest) the steepest and the flattest direction shrink equally fast. A "
    "somewhat larger rate still converges.",
    (
        "With your rate, by what number does a step multiply the steepest weight? Is that -1?",
        "May the rate be a little larger, and every weight still shrink?",
        "1 - lr * c = -1 in the steepest direction is the bound.",
    ),
)
def fastest_rate(curvatures):
    return 2 / (max(curvatures) + min(curvatures))


@mistake(
    rate_bound,
    "You take the last curvature; the largest can stand anywhere.",
    "With the curvatures 7, 0.5 and 3 the first direction is the steepest.",
    (
        "Are the curvatures sorted?",
        "Which direction fails first for 7, 0.5 and 3?",
        "Look for the largest of them.",
    ),
)
def the_last(curvatures):
    return 2 / curvatures[-1]


# -- logistic_gradient ----------------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@exercise(
    "gradient_descent.logistic_gradient",
    LOSS,
    tolerance=1e-7,
    why="The slope of the sigmoid cancels the one of the logarithm: each sum z feels p - y. From "
    "there on it is the gradient of a line, without the 2 of the square.",
    hints=(
        "What is the slope of the loss by z for one sample? The text works it out.",
        "For the line each weight feels what a sample is wrong by times its feature. Which number "
        "stands in the place of what it is wrong by?",
        "dw is the mean over the samples of (p - y) times the features, db the mean of p - y.",
    ),
)
def logistic_gradient(X, y, w, b):
    """Answer (dw, db), the gradient of the mean binary cross-entropy of sigmoid(X @ w + b)."""
    wrong_by = sigmoid(X @ w + b) - y
    return X.T @ wrong_by / len(y), wrong_by.mean()


@cases(logistic_gradient)
def neurons(rng):
    yield np.array([[2.0]]), np.array([1.0]), np.array([0.0]), 0.0
    yield np.array([[1.0, 2.0], [4.0, -1.0]]), np.array([1.0, 0.0]), np.array([0.5, -1.0]), 1.0
    yield rng.normal(size=(3, 3)), np.array([0.0, 1.0, 1.0]), rng.normal(size=3), 0.5
    yield rng.normal(size=(5, 2)), np.array([1.0, 0, 0, 1, 0]), rng.normal(size=2), -1.0


@mistake(
    logistic_gradient,
    "The slope of the sigmoid is in it once more; in the cross-entropy it cancels.",
    "Where the neuron is completely wrong your gradient is nearly 0.",
    (
        "By which factors do you multiply p - y?",
        "The text shows how p (1 - p) cancels. Does it in your answer?",
        "Each sum feels p - y, and nothing else.",
    ),
)
def slope_twice(X, y, w, b):
    p = sigmoid(X @ w + b)
    wrong_by = (p - y) * p * (1 - p)
    return X.T @ wrong_by / len(y), wrong_by.mean()


@mistake(
    logistic_gradient,
    "This is the gradient of the squared error behind a sigmoid.",
    "It has a 2 and the slope of the sigmoid, and is nearly 0 where the neuron is quite wrong.",
    (
        "Which loss did you differentiate?",
        "The cross-entropy has the slope p - y in z.",
        "Leave out the 2 and the slope of the sigmoid.",
    ),
)
def squared_error(X, y, w, b):
    p = sigmoid(X @ w + b)
    wrong_by = 2 * (p - y) * p * (1 - p)
    return X.T @ wrong_by / len(y), wrong_by.mean()


@mistake(
    logistic_gradient,
    "The factor 2 belongs to a square, and there is none here.",
    "For the single sample of the text your dw is -2; it is -1.",
    (
        "Where does your 2 come from?",
        "What is the derivative of the logarithm of p?",
        "p - y stands alone.",
    ),
)
def with_two(X, y, w, b):
    wrong_by = 2 * (sigmoid(X @ w + b) - y)
    return X.T @ wrong_by / len(y), wrong_by.mean()


@mistake(
    logistic_gradient,
    "The sigmoid is missing: you compare the sums with the answers.",
    "A sum of 5 for the answer 1 is nearly right, and in your gradient it is wrong by 4.",
    (
        "What does the neuron answer, z or p?",
        "Which range have the numbers that you subtract y from?",
        "Put the sums through the sigmoid first.",
    ),
)
def without_sigmoid(X, y, w, b):
    wrong_by = X @ w + b - y
    return X.T @ wrong_by / len(y), wrong_by.mean()


@mistake(
    logistic_gradient,
    "The sign is turned: that is the way uphill.",
    "The right answer is 1 and p is 0.5: a larger b makes the loss smaller, its slope is negative.",
    (
        "In which order do you subtract?",
        "Compare your answer with the -1 and -0.5 of the text.",
        "p - y, not y - p.",
    ),
)
def uphill_again(X, y, w, b):
    wrong_by = y - sigmoid(X @ w + b)
    return X.T @ wrong_by / len(y), wrong_by.mean()


@mistake(
    logistic_gradient,
    "The sum over the samples is not divided by their number.",
    "With twice as many samples your gradient is twice as large.",
    (
        "Is the loss a sum or a mean?",
        "Give each sample twice: should the gradient change?",
        "Divide both by the number of samples.",
    ),
)
def logistic_without_mean(X, y, w, b):
    wrong_by = sigmoid(X @ w + b) - y
    return X.T @ wrong_by, wrong_by.sum()


@mistake(
    logistic_gradient,
    "This is the slope by p; the weights feel the slope by z, behind the sigmoid.",
    "(p - y) / (p (1 - p)) becomes p - y when it is multiplied by the slope of the sigmoid.",
    (
        "By which variable did you differentiate the logarithm?",
        "Between z and the loss stands the sigmoid. Which factor does it bring?",
        "Multiply by p (1 - p), and see what cancels.",
    ),
)
def slope_by_p(X, y, w, b):
    p = sigmoid(X @ w + b)
    wrong_by = (p - y) / (p * (1 - p))
    return X.T @ wrong_by / len(y), wrong_by.mean()


@mistake(
    logistic_gradient,
    "Every sample is treated as if its answer were 1.",
    "A sample with y = 0 should push p down, and in your gradient it pushes it up.",
    (
        "Where in your function does y stand?",
        "p - 1 is the slope for the answer 1. What is it for the answer 0?",
        "p - y serves both.",
    ),
)
def always_one(X, y, w, b):
    wrong_by = sigmoid(X @ w + b) - 1
    return X.T @ wrong_by / len(y), wrong_by.mean()


@mistake(
    logistic_gradient,
    "You compare the decision, 0 or 1, with the answer, as the perceptron does.",
    "A sample that is on the right side with p = 0.6 adds nothing, and it should still pull.",
    (
        "Which values can your p take?",
        "For the single sample of the text p is 0.5. What is p - y?",
        "The probability itself is compared with y.",
    ),
)
def by_decision(X, y, w, b):
    wrong_by = (sigmoid(X @ w + b) > 0.5) - y
    return X.T @ wrong_by / len(y), wrong_by.mean()


@mistake(
    logistic_gradient,
    "The bias is missing in the sums.",
    "With b = 0 your answer is right, and with another b it is not.",
    (
        "Which sums go through your sigmoid?",
        "Try b = 1: which p does the sample get?",
        "The sum is X @ w + b.",
    ),
)
def logistic_without_bias(X, y, w, b):
    wrong_by = sigmoid(X @ w) - y
    return X.T @ wrong_by / len(y), wrong_by.mean()


@mistake(
    logistic_gradient,
    "dw lacks the features: each weight gets the slope of the bias.",
    "A weight moves a sum by its feature, not by 1.",
    (
        "How much does z change when one weight grows by 1?",
        "In the single sample of the text the feature is 2: z changes by 2.",
        "Multiply p - y of each sample with its features, then take the mean.",
    ),
)
def logistic_without_features(X, y, w, b):
    wrong_by = sigmoid(X @ w + b) - y
    return np.full(len(w), wrong_by.mean()), wrong_by.mean()


@mistake(
    logistic_gradient,
    "This is the slope of the sigmoid, not that of the loss.",
    "p (1 - p) is never below 0, and y does not stand in it.",
    (
        "Where in your function does y stand?",
        "Which function did you differentiate: the sigmoid, or the loss behind it?",
        "The text works out the slope of the loss by z: p - y.",
    ),
)
def slope_of_the_sigmoid(X, y, w, b):
    p = sigmoid(X @ w + b)
    return X.T @ (p * (1 - p)) / len(y), np.mean(p * (1 - p))


@mistake(
    logistic_gradient,
    "You put the loss itself in the place of its slope.",
    "The loss is never below 0. For the sample of the text it is 0.69, the slope -0.5.",
    (
        "Which numbers do you multiply with the features?",
        "Compare your answer with the -1 and -0.5 of the text.",
        "The slope of the loss by z is p - y.",
    ),
)
def loss_for_slope(X, y, w, b):
    p = sigmoid(X @ w + b)
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    return X.T @ loss / len(y), loss.mean()


@mistake(
    logistic_gradient,
    "X is not turned over: your product adds up features, where samples should be added up.",
    "On a square X no shape tells.",
    (
        "Which shape has your dw if there are five samples and two features?",
        "Over which index is the sum, samples or features?",
        "Turn X over: one number for each feature is left.",
    ),
)
def logistic_not_turned(X, y, w, b):
    wrong_by = sigmoid(X @ w + b) - y
    return X @ wrong_by / len(y), wrong_by.mean()


@mistake(
    logistic_gradient,
    "For the answer 0 the sign is turned.",
    "With y = 0 a larger p makes the loss larger: the slope is p, above 0.",
    (
        "What is your slope by z for y = 0, and what for y = 1?",
        "With y = 0: does the loss rise or fall when p grows?",
        "p - y serves both.",
    ),
)
def turned_for_zero(X, y, w, b):
    p = sigmoid(X @ w + b)
    wrong_by = np.where(y == 1, p - 1, -p)
    return X.T @ wrong_by / len(y), wrong_by.mean()


@mistake(
    logistic_gradient,
    "The bias is added behind the sigmoid; it belongs to the sum, before it.",
    "With b = 2 your p is above 1, and no probability.",
    (
        "What goes through your sigmoid?",
        "Can your p be above 1?",
        "sigmoid(X @ w + b): the bracket holds both.",
    ),
)
def bias_behind(X, y, w, b):
    wrong_by = sigmoid(X @ w) + b - y
    return X.T @ wrong_by / len(y), wrong_by.mean()


# -- fit_line: open -------------------------------------------------------------------------------

CALLS = 100


def counted_fit(fit_line, X, y):
    """How often a function asks for a gradient, and how much larger its loss is than the least."""
    calls, losses = [0], []

    def gradient(X, y, w, b):
        calls[0] += 1
        X, w = np.asarray(X, float), np.asarray(w, float)
        wrong_by = X @ w + b - np.asarray(y)
        with np.errstate(over="ignore", invalid="ignore"):
            losses.append(float(np.mean(wrong_by**2)))
            return 2 * X.T @ wrong_by / len(wrong_by), 2 * wrong_by.mean()

    w, b = fit_line(X, y, gradient)
    w, b = np.asarray(w, float), np.asarray(b, float)
    if w.shape != (X.shape[1],) or b.size != 1:
        return calls[0], (w.shape, b.shape), ""
    ones = np.column_stack([X, np.ones(len(X))])
    least = np.mean((ones @ np.linalg.lstsq(ones, y)[0] - y) ** 2)

    def above(w, b):
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.mean((X @ w + b - y) ** 2) / least - 1)

    def with_its_best_bias(w):
        return above(w, np.mean(y - X @ w))

    spread = X.std(axis=0)
    near = [
        what
        for what, more in (
            ("bias", with_its_best_bias(w)),
            ("scaled", with_its_best_bias(w / spread)),
            ("times", with_its_best_bias(w / spread**2)),
        )
        if more <= 0.01
    ]
    if not near and len(losses) > 1 and not losses[-1] <= losses[0]:
        near = ["uphill"]
    return calls[0], above(w, b.item()), "".join(near[:1])


def not_fitted(seen):
    """What is missing in the calls and the loss of a fit."""
    calls, more, near = seen
    if isinstance(more, tuple):
        return f"The answer must be weights, one for each column of X, and one bias; got {more}."
    if calls > CALLS:
        return f"You asked for the gradient {calls} times; {CALLS} are allowed."
    if calls < 2:
        return "Less than two gradients are no descent: go there by steps."
    if more <= 0.01:
        return ""
    if near == "bias":
        return "Your weights are right, and your bias belongs to other features than X."
    if near == "scaled":
        return "Your weights are those of scaled features; X is as it was."
    if near == "times":
        return (
            "Your weights are too large by the square of the spreads: those of scaled features, "
            "multiplied by a spread that they should be divided by."
        )
    if near == "uphill":
        return (
            "At your last gradient the loss was larger than at your first: your steps are too "
            "long, or lead uphill."
        )
    if not more < 1e6:
        return (
            "At your last gradient the loss was not larger than at your first, but your answer is "
            "far from all points of X: are its weights and its bias those of the features in X?"
        )
    return (
        f"After {calls} gradients the loss is {shown(100 * more)} % above the smallest; at most "
        "1 % is asked for."
    )


@exercise(
    "gradient_descent.fit_line",
    TRAINING,
    trial=counted_fit,
    lacks=not_fitted,
    why="Scaled to the mean 0 and the spread 1, every feature is about as steep as the others, and "
    "one rate serves all. Afterwards the weights are carried back: those of the scaled features, "
    "divided by their spreads, and the bias less what the means contribute.",
    hints=(
        "How steep is the loss in the direction of each feature? Compute twice the mean of its "
        "squares.",
        "Scale the features before you hand them over, and think what the weights that you find "
        "then mean for the original ones.",
        "With u = (x - m) / s the line is w u + b = (w / s) x + (b - w m / s).",
    ),
)
def fit_line(X, y, gradient):
    """Answer (w, b) of a line for X and y, with at most 100 calls of gradient(X, y, w, b)."""
    mean, spread = X.mean(axis=0), X.std(axis=0)
    scaled = (X - mean) / spread
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(90):
        dw, db = gradient(scaled, y, w, b)
        w, b = w - 0.3 * dw, b - 0.3 * db
    return w / spread, b - (w / spread) @ mean


@cases(fit_line)
def hidden_lines(rng):
    for means, spreads in (([5.0, 300.0], [1.0, 50.0]), ([0.2, 40.0, -900.0], [0.1, 3.0, 100.0])):
        X = rng.normal(means, spreads, size=(80, len(means)))
        weights = rng.normal(size=len(means)) / spreads
        yield X, X @ weights + 3 + rng.normal(scale=0.5, size=80)


@mistake(
    fit_line,
    "The weights are those of the scaled features; X itself is as it was.",
    "On the original features your line is far from all points.",
    (
        "For which features are your weights meant?",
        "A scaled feature is smaller by its spread. By which factor is the weight of the original "
        "one smaller?",
        "Divide each weight by the spread of its feature, and take from the bias what the means "
        "contribute.",
    ),
)
def weights_of_the_scaled(X, y, gradient):
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(90):
        dw, db = gradient(scaled, y, w, b)
        w, b = w - 0.3 * dw, b - 0.3 * db
    return w, b


@mistake(
    fit_line,
    "You descend on the raw features, at a rate that the steepest of them allows.",
    "In the direction of the largest feature it goes well, and the others have hardly begun.",
    (
        "How much steeper is the loss in one direction than in another?",
        "Which rate would the flattest direction need?",
        "Make all features about as large before you begin.",
    ),
)
def on_raw_features(X, y, gradient):
    w, b = np.zeros(X.shape[1]), 0.0
    rate = 0.5 / np.mean(np.sum(X**2, axis=1) + 1)
    for _ in range(100):
        dw, db = gradient(X, y, w, b)
        w, b = w - rate * dw, b - rate * db
    return w, b


@mistake(
    fit_line,
    "The features are divided by their spread, and their means are still there.",
    "A feature with the mean 300 and the spread 50 lies around 6 then: nearly a second bias.",
    (
        "Around which number do your scaled features lie?",
        "Two columns that are nearly the same make one direction very flat.",
        "Take the mean off, too.",
    ),
)
def without_the_means(X, y, gradient):
    spread = X.std(axis=0)
    scaled = X / spread
    w, b = np.zeros(X.shape[1]), 0.0
    rate = 0.5 / np.mean(np.sum(scaled**2, axis=1) + 1)
    for _ in range(100):
        dw, db = gradient(scaled, y, w, b)
        w, b = w - rate * dw, b - rate * db
    return w / spread, b
