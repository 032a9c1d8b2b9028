"""Exercises of lesson 04: losses, steps downhill, backward passes, the rule at a fork, a loop."""

import numpy as np

from .answers import shown
from .definition import cases, exercise, mistake, tells_apart

__all__ = [
    "check_inputs",
    "dense_backward",
    "descend",
    "fork",
    "logits_gradient",
    "mse_gradient",
    "numeric_gradient",
    "rate_bound",
    "relu_backward",
    "tanh_backward",
    "train",
    "wrong_relu",
]

LOSS = "Choose a loss by the task, and show why classification uses cross-entropy."
DESCENT = "Run gradient descent, and recognise a learning rate that is too small or too large."
BACKWARD = (
    "Derive the backward pass of a network, code it, and check every gradient by finite "
    "differences."
)
MISTAKES = "Find typical mistakes in backward passes."
TRAINING = "Train networks for regression, for two classes and for MNIST with `fit`."


# -- mse_gradient ---------------------------------------------------------------------------------


@exercise(
    "backpropagation.mse_gradient",
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


# -- descend --------------------------------------------------------------------------------------


@exercise(
    "backpropagation.descend",
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


# -- rate_bound -----------------------------------------------------------------------------------


@exercise(
    "backpropagation.rate_bound",
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


# -- numeric_gradient -----------------------------------------------------------------------------


class Watched:
    """A function of an array, the sum of c x^2 / 2 + x[0] x[-1], that notes where it is asked."""

    def __init__(self, start):
        self.start = np.array(start, dtype=float)
        self.c = 1.25 + np.arange(self.start.size).reshape(self.start.shape)
        self.above = self.below = False
        self.most = 0

    def __call__(self, x):
        x = np.array(x, dtype=float)
        if x.shape == self.start.shape:
            moved = x - self.start
            self.above |= bool((moved > 0).any())
            self.below |= bool((moved < 0).any())
            self.most = max(self.most, int(np.count_nonzero(moved)))
        return float((self.c * x * x).sum() / 2 + x.flat[0] * x.flat[-1])

    def gradient(self):
        g = self.c * self.start
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
    }


def not_measured(seen):
    if not (seen["above"] and seen["below"]):
        return "f must be asked on both sides of x; yours is not."
    if seen["most"] > 1:
        return "When you ask f, more than one element of x has moved."
    if seen["shape"] != seen["wanted"]:
        return f"Your answer has the shape {seen['shape']}, where {seen['wanted']} is expected."
    return "" if seen["right"] else "The numbers that you measure are not the slopes."


@exercise(
    "backpropagation.numeric_gradient",
    BACKWARD,
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


# -- fork -----------------------------------------------------------------------------------------


@exercise(
    "backpropagation.fork",
    BACKWARD,
    why="From the end to the start, every value is met after all that use it. Each hands on what "
    "it has received, times the slope, and it is added: `+=`. At a fork two paths arrive.",
    hints=(
        "In which order do you visit the values, so that each one has received all before it hands "
        "on?",
        "For [[], [(0, 2)], [(0, 3)], [(1, 1), (2, 1)]] on paper: how does L change when value 0 "
        "grows by 1? Along how many paths?",
        "The last one has the gradient 1. Go backward, and add slope times gradient to each input.",
    ),
)
def fork(graph):
    """Answer dL/dv for each value v of a graph, a list of numbers; L is the last value.

    graph[k] is the list of the (input, slope) of value k: it uses the value with the number
    `input`, which stands before it, and changes by `slope` when that one changes by 1.
    """
    grads = [0.0] * len(graph)
    grads[-1] = 1.0
    for k in reversed(range(len(graph))):
        for source, slope in graph[k]:
            grads[source] += slope * grads[k]
    return grads


@cases(fork)
def graphs(rng):
    yield ([[], [(0, 2.0)], [(1, 3.0)]],)  # a chain
    yield ([[], [(0, 2.0)], [(0, 3.0)], [(1, 1.0), (2, 0.5)]],)  # a diamond
    yield ([[], [(0, 4.0), (0, 4.0)]],)  # a value used twice by one other: x * x at 4
    yield ([[], [(0, 2.0)], [(1, 3.0)], [(0, 1.0), (1, 5.0), (2, 1.0)], [(3, 2.0), (1, 1.0)]],)
    yield ([[], [], [(0, 3.0), (1, 2.0)], [(2, 2.0)], [(2, -1.0), (0, 4.0)], [(3, 1.0), (4, 2.0)]],)


@mistake(
    fork,
    "Where two paths meet again, the later gradient overwrote the earlier.",
    "For the first value of a diamond the gradient of one branch is gone.",
    (
        "How do you store what a value receives?",
        "Which branch of the diamond is missing in your first number?",
        "Gradients that arrive at one value are added: `+=`.",
    ),
)
def overwrites(graph):
    grads = [0.0] * len(graph)
    grads[-1] = 1.0
    for k in reversed(range(len(graph))):
        for source, slope in graph[k]:
            grads[source] = slope * grads[k]
    return grads


@mistake(
    fork,
    "A value hands on its gradient before all that use it have given theirs.",
    "You visit the values from the start to the end; then nothing has arrived yet.",
    (
        "Which value knows its gradient at the beginning?",
        "In which order do you visit the values?",
        "From the last to the first.",
    ),
)
def from_the_start(graph):
    grads = [0.0] * len(graph)
    grads[-1] = 1.0
    for k in range(len(graph)):
        for source, slope in graph[k]:
            grads[source] += slope * grads[k]
    return grads


@mistake(
    fork,
    "The slopes along a path are added; the chain rule multiplies them.",
    "In a chain with the slopes 2 and 3, L grows by 6 when the first value grows by 1.",
    (
        "A chain with the slopes 2 and 3: how much does L grow?",
        "What do you do with a slope and the gradient that arrives?",
        "Multiply along a path, add over the paths.",
    ),
)
def added_along(graph):
    grads = [0.0] * len(graph)
    for k in reversed(range(len(graph))):
        for source, slope in graph[k]:
            grads[source] += slope + grads[k]
    grads[-1] = 1.0
    return grads


@mistake(
    fork,
    "The gradient of L by itself is not 1, so nothing comes back.",
    "When L grows by 1, L grows by 1: that is where all gradients begin.",
    (
        "What do you start with?",
        "How does the last value change when the last value changes by 1?",
        "Set the last gradient to 1 before the loop.",
    ),
)
def nothing_to_begin_with(graph):
    return [0.0] * len(graph)


@mistake(
    fork,
    "Only the last slope counts: what arrives at a value is not handed on.",
    "The first value of a chain gets its own slope, and not the product of all.",
    (
        "What is handed back: the slope alone, or the slope times what?",
        "A chain with the slopes 2 and 3: how much does L grow?",
        "Slope times the gradient of the value that uses it.",
    ),
)
def slopes_alone(graph):
    grads = [0.0] * len(graph)
    for k in reversed(range(len(graph))):
        for source, slope in graph[k]:
            grads[source] += slope
    grads[-1] = 1.0
    return grads


@mistake(
    fork,
    "A value that is met by a second path hands on again what it had handed on before.",
    "Each path goes on at once, with all that has arrived so far, so some of it goes back twice.",
    (
        "How often do you visit a value that two others use?",
        "What does it hand on the second time: what came now, or all that came?",
        "Visit every value once, after all that use it: from the last to the first.",
    ),
)
def handed_on_twice(graph):
    grads = [0.0] * len(graph)
    grads[-1] = 1.0

    def visit(k):
        for source, slope in graph[k]:
            grads[source] += slope * grads[k]
            visit(source)

    visit(len(graph) - 1)
    return grads


@mistake(
    fork,
    "Every value begins with a gradient of 1; that is true of L alone.",
    "Each value but the last has 1 too much, and hands it on.",
    (
        "What do you start with, for each value?",
        "Before anything has come back: how much does a value that nothing uses change L?",
        "Begin with 0 everywhere, and with 1 at the last value.",
    ),
)
def begins_at_one(graph):
    grads = [1.0] * len(graph)
    for k in reversed(range(len(graph))):
        for source, slope in graph[k]:
            grads[source] += slope * grads[k]
    return grads


# -- dense_backward -------------------------------------------------------------------------------


@exercise(
    "backpropagation.dense_backward",
    BACKWARD,
    why="A weight gets what came in at its left end times what comes back at its right end, added "
    "up over the samples; a bias has the input 1. An input feels each unit through its weight.",
    hints=(
        "Three answers: by the input, by the weights, by the biases. Which of the three has the "
        "shape of X, which that of W?",
        "Write the shapes: X is (N, I), W is (I, J), dZ is (N, J). Which products fit?",
        "dX = dZ W^T, dW = X^T dZ, and db is the sum of the rows of dZ.",
    ),
)
def dense_backward(X, W, dZ):
    """Answer (dX, dW, db) of a dense layer Z = X @ W + b, given dZ."""
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


@cases(dense_backward)
def square_layers(rng):
    one = np.array([[1.0, 2.0], [3.0, 4.0]])
    yield one, np.array([[1.0, 0.0], [2.0, -1.0]]), np.array([[1.0, 0.5], [0.0, 2.0]])
    yield rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    yield rng.normal(size=(4, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
    yield rng.normal(size=(5, 2)), rng.normal(size=(2, 3)), rng.normal(size=(5, 3))


@mistake(
    dense_backward,
    "dW is transposed: rows and columns are exchanged.",
    "dW belongs to W, so element i, j of one belongs to element i, j of the other. Where all "
    "shapes are square, no error tells.",
    (
        "Which of the two factors of dW is turned?",
        "Element i, j of dW: column i of X times column j of dZ.",
        "X comes first, and turned.",
    ),
)
def weights_transposed(X, W, dZ):
    return dZ @ W.T, dZ.T @ X, dZ.sum(axis=0)


@mistake(
    dense_backward,
    "dX goes through W itself; on the way back it must be turned.",
    "Forward, W leads from inputs to units; backward from units to inputs.",
    (
        "Write the shapes of dZ and W for 2 inputs and 3 units. Does the product fit?",
        "Input i feels unit j through which element of W?",
        "dZ times W transposed.",
    ),
)
def weights_not_turned(X, W, dZ):
    return dZ @ W, X.T @ dZ, dZ.sum(axis=0)


@mistake(
    dense_backward,
    "dW and db are divided by the number of samples; the mean is in dZ already.",
    "The loss took its mean once. Twice makes the gradient N times too small.",
    (
        "Does dZ come from a loss that is a mean?",
        "How often is then divided by N in all?",
        "A sum over the samples is right here.",
    ),
)
def second_mean(X, W, dZ):
    return dZ @ W.T, X.T @ dZ / len(X), dZ.mean(axis=0)


@mistake(
    dense_backward,
    "db is added up along the wrong axis: over the units, not over the samples.",
    "There is one bias for each unit, a column of dZ.",
    (
        "How many biases are there, and how many numbers has your db?",
        "A bias serves all samples. So over what is added up?",
        "The sum goes down the rows: `axis=0`.",
    ),
)
def biases_along_units(X, W, dZ):
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=1)


@mistake(
    dense_backward,
    "db is one number, the sum of everything; each unit has a bias of its own.",
    "A bias for each unit is as many numbers as dZ has columns.",
    (
        "How many biases are there, and how many numbers has your db?",
        "`dZ.sum()` adds up both axes.",
        "Add up the samples alone: `axis=0`.",
    ),
)
def one_bias(X, W, dZ):
    return dZ @ W.T, X.T @ dZ, dZ.sum()


@mistake(
    dense_backward,
    "The three answers stand in another order: dW comes first.",
    "Where all shapes are square, no error tells.",
    (
        "Compare the order of your `return` with the task.",
        "Which is first: by the input or by the weights?",
        "(dX, dW, db).",
    ),
)
def other_order(X, W, dZ):
    return X.T @ dZ, dZ @ W.T, dZ.sum(axis=0)


# -- logits_gradient ------------------------------------------------------------------------------


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


@exercise(
    "backpropagation.logits_gradient",
    LOSS,
    why="The probability that the network gave, minus the one that it should have given, and the "
    "mean over the samples. The largest logit is subtracted first, so that no exponential "
    "overflows.",
    hints=(
        "Which probability does the network give to each class, and which should it give?",
        "For one sample with two equal logits, the probabilities are 1/2 and 1/2, and 1 and 0 are "
        "right: what is the difference?",
        "P holds the softmax of each row, Y a single 1 in each row: (P - Y) / N.",
    ),
)
def logits_gradient(Z, labels):
    """Answer the derivative by each logit of the mean cross-entropy after the softmax of rows."""
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return (P - np.eye(Z.shape[1])[labels]) / len(Z)


@cases(logits_gradient)
def logits(rng):
    yield np.array([[0.0, 0.0]]), np.array([0])
    yield np.array([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]]), np.array([2, 1])
    yield rng.normal(size=(3, 3)), np.array([0, 2, 2])
    yield np.array([[1000.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), np.array([0, 2])


@mistake(
    logits_gradient,
    "Your exponentials overflow: e^1000 is infinite, and inf / inf is nan.",
    "With a logit of 1000 the answer holds nan.",
    (
        "What is `np.exp(1000.0)`?",
        "Does a softmax change when the same number is subtracted from all logits of a row?",
        "Subtract the largest logit of each row first.",
    ),
)
def overflowing(Z, labels):
    with np.errstate(all="ignore"):
        P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    return (P - np.eye(Z.shape[1])[labels]) / len(Z)


@mistake(
    logits_gradient,
    "The mean over the samples is missing: your gradient is N times too large.",
    "With a batch twice as large, the best learning rate would be half as large.",
    (
        "Is the loss a sum or a mean over the samples?",
        "Call it with the same sample twice: should the numbers of one row stay as they were?",
        "Divide by the number of rows.",
    ),
)
def not_a_mean(Z, labels):
    return softmax(Z) - np.eye(Z.shape[1])[labels]


@mistake(
    logits_gradient,
    "The softmax is missing: you compare the logits themselves with 1 and 0.",
    "Logits are no probabilities: they need not add up to 1.",
    (
        "What do the rows of your P add up to?",
        "Which function makes probabilities of logits?",
        "Take the softmax of every row.",
    ),
)
def without_softmax(Z, labels):
    return (Z - np.eye(Z.shape[1])[labels]) / len(Z)


@mistake(
    logits_gradient,
    "The sign is turned: the right probability minus the one that was given.",
    "A step downhill would then make the right class less probable.",
    (
        "The right class has too small a probability: should its logit rise or fall?",
        "The step goes against the gradient. So which sign must the gradient have there?",
        "P - Y, and not Y - P.",
    ),
)
def other_way_round(Z, labels):
    return (np.eye(Z.shape[1])[labels] - softmax(Z)) / len(Z)


@mistake(
    logits_gradient,
    "The softmax runs down the columns, over the samples; it belongs to the classes of one sample.",
    "The rows of your P do not add up to 1.",
    (
        "What do the rows of your P add up to, and what the columns?",
        "Which axis holds the classes?",
        "`axis=1`, with `keepdims=True`.",
    ),
)
def along_samples(Z, labels):
    return (softmax(Z.T).T - np.eye(Z.shape[1])[labels]) / len(Z)


@mistake(
    logits_gradient,
    "Every number of the right class's column is changed, in all rows.",
    "`P[:, labels] -= 1` takes whole columns; each sample has one right class.",
    (
        "Which numbers does your indexing choose? Print them.",
        "How many numbers should a 1 be taken from, for N samples?",
        "One in each row: `P[np.arange(len(P)), labels]`.",
    ),
)
def whole_columns(Z, labels):
    P = softmax(Z)
    P[:, np.unique(labels)] -= 1
    return P / len(Z)


@mistake(
    logits_gradient,
    "You divide by all logits; the mean is taken over the samples alone.",
    "A sample has one surprise, however many classes there are.",
    (
        "Over how many numbers is the mean of the cross-entropy taken?",
        "What does `Z.size` count, and what does `len(Z)`?",
        "Divide by the number of samples.",
    ),
)
def divided_by_size(Z, labels):
    return logits_gradient(Z, labels) / Z.shape[1]


@mistake(
    logits_gradient,
    "This is the sigmoid of each logit; the softmax compares all logits of a row.",
    "The rows of your P do not add up to 1.",
    (
        "What do the probabilities of one sample add up to in yours?",
        "Does the first number of a row change when the second logit grows? Should it?",
        "Divide each exponential by the sum of those in its row.",
    ),
)
def by_sigmoid(Z, labels):
    return (1 / (1 + np.exp(-Z)) - np.eye(Z.shape[1])[labels]) / len(Z)


# -- relu_backward --------------------------------------------------------------------------------


@exercise(
    "backpropagation.relu_backward",
    MISTAKES,
    why="Where Z is above 0 the slope of ReLU is 1 and all comes back, elsewhere it is 0 and "
    "nothing does.",
    hints=(
        "What is the slope of ReLU at z = 2, and at z = -2?",
        "Which of the numbers of dA come back unchanged, and what of the others?",
        "Multiply dA by a comparison of Z with 0.",
    ),
)
def relu_backward(Z, dA):
    """Answer dZ of the layer A = max(Z, 0), given dA."""
    return dA * (Z > 0)


@cases(relu_backward)
def rectified(rng):
    yield np.array([[2.0, -2.0]]), np.array([[3.0, 5.0]])
    yield np.array([[1.0, -0.5], [-1.0, 0.25]]), np.array([[-1.0, 2.0], [-3.0, 0.5]])
    yield rng.normal(size=(3, 3)), rng.normal(size=(3, 3))


@mistake(
    relu_backward,
    "Everything comes back: your slope is 1 everywhere.",
    "The output of a ReLU is never below 0, so `A >= 0` is always true.",
    (
        "For which z should nothing come back, and what do you answer there?",
        "With what do you compare: Z, or the output? `>` or `>=`?",
        "The slope is 1 where Z > 0.",
    ),
)
def always_one(Z, dA):
    return dA * (np.maximum(Z, 0) >= 0)


@mistake(
    relu_backward,
    "You multiply by the output of the ReLU, not by its slope.",
    "At z = 2 the slope is 1, and you multiply by 2.",
    (
        "At z = 2 and dA = 3, what must come back?",
        "The value of ReLU at 2 is 2. And its slope?",
        "Multiply by a comparison, which is 1 or 0.",
    ),
)
def by_its_value(Z, dA):
    return dA * np.maximum(Z, 0)


@mistake(
    relu_backward,
    "The ReLU is applied to what comes back: you cut dA where dA is below 0.",
    "Z decides what passes, and not the sign of dA.",
    (
        "At z = 1 and dA = -1, what must come back?",
        "Which array decides whether the slope is 1 or 0?",
        "Compare Z with 0.",
    ),
)
def cuts_what_comes_back(Z, dA):
    return np.maximum(dA, 0)


@mistake(
    relu_backward,
    "What comes back, dA, is left out: you answer the slope alone.",
    "The chain rule multiplies along the way.",
    (
        "Which argument do you not use?",
        "If dA is 0 everywhere, what must dZ be?",
        "Multiply by dA, element by element.",
    ),
)
def mask_alone(Z, dA):
    return (Z > 0).astype(float)


@mistake(
    relu_backward,
    "The comparison is turned: what should pass is cut, and what should be cut passes.",
    "At z = 2 nothing comes back in yours.",
    (
        "At z = 2, is the slope 1 or 0?",
        "Which way does your comparison point?",
        "The slope is 1 where Z is above 0.",
    ),
)
def turned_round(Z, dA):
    return dA * (Z < 0)


@mistake(
    relu_backward,
    "Below 0 a tenth comes back: this is the slope of a leaky ReLU.",
    "ReLU is flat there, and nothing comes back.",
    (
        "At z = -2, what is the slope of max(z, 0)?",
        "What do you answer there?",
        "0 below, 1 above.",
    ),
)
def leaks(Z, dA):
    return dA * np.where(Z > 0, 1, 0.1)


@mistake(
    relu_backward,
    "You go forward again: this is the output, max(Z, 0), and dA is not used.",
    "What comes back is the slope times dA.",
    (
        "Which argument do you not use?",
        "Where Z is above 0, what should come back: the number in Z, or the one in dA?",
        "dA where Z is above 0, and 0 elsewhere.",
    ),
)
def output_again(Z, dA):
    return np.maximum(Z, 0)


@mistake(
    relu_backward,
    "Below 0 you turn the sign of dA; nothing should come back there.",
    "`np.sign(Z)` is -1 below 0, and the slope of ReLU is 0 there.",
    (
        "What is the slope of ReLU at z = -2, and what is yours?",
        "Which values has `np.sign`, and which has `Z > 0`?",
        "Multiply dA by a comparison of Z with 0.",
    ),
)
def times_sign(Z, dA):
    return dA * np.sign(Z)


# -- tanh_backward --------------------------------------------------------------------------------


@exercise(
    "backpropagation.tanh_backward",
    BACKWARD,
    why="The slope of tanh at z is 1 - tanh(z)^2, and the chain rule multiplies it with what comes "
    "back, element by element.",
    hints=(
        "The chain rule has two factors. Which are they here?",
        "At z = 0 tanh has the slope 1, far out the slope 0. Does yours?",
        "A = tanh(Z) first; the slope is 1 - A^2; times dA.",
    ),
)
def tanh_backward(Z, dA):
    """Answer dZ of the layer A = tanh(Z), given dA."""
    return dA * (1 - np.tanh(Z) ** 2)


@cases(tanh_backward)
def activations(rng):
    yield np.array([[0.0, 1.0]]), np.array([[2.0, 3.0]])
    yield np.array([[-1.5, 0.5], [3.0, -0.25]]), np.array([[1.0, -1.0], [0.5, 4.0]])
    yield rng.normal(size=(3, 3)), rng.normal(size=(3, 3))


@mistake(
    tanh_backward,
    "The slope is taken from Z: 1 - Z^2 in place of 1 - A^2.",
    "The short formula holds for the output of tanh; at z = 3 yours is -8, and no slope of tanh is "
    "below 0.",
    (
        "Of which array is the square taken?",
        "At z = 3 tanh is nearly flat. What is your slope there?",
        "Compute A = tanh(Z) first.",
    ),
)
def slope_from_input(Z, dA):
    return dA * (1 - Z**2)


@mistake(
    tanh_backward,
    "What comes back, dA, is left out: you answer the slope alone.",
    "The chain rule multiplies along the way.",
    (
        "Which argument do you not use?",
        "If dA is 0 everywhere, what must dZ be?",
        "Multiply by dA, element by element.",
    ),
)
def slope_alone(Z, dA):
    return 1 - np.tanh(Z) ** 2


@mistake(
    tanh_backward,
    "tanh is applied twice: to Z, and again where the output is meant.",
    "The slope at z = 1 is 1 - tanh(1)^2 = 0.42; yours is 0.59.",
    (
        "How often does tanh stand between Z and your slope?",
        "Compute the slope at z = 1 by hand: tanh(1) is 0.7616.",
        "1 - A^2 with A = tanh(Z), once.",
    ),
)
def twice(Z, dA):
    return dA * (1 - np.tanh(np.tanh(Z)) ** 2)


@mistake(
    tanh_backward,
    "The square is missing: 1 - A in place of 1 - A^2.",
    "For negative z your slope is above 1, and tanh is nowhere steeper than 1.",
    (
        "What is your slope at z = -3, where tanh is nearly flat?",
        "tanh has the same slope at z and -z. Does yours?",
        "1 - A^2.",
    ),
)
def not_squared(Z, dA):
    return dA * (1 - np.tanh(Z))


@mistake(
    tanh_backward,
    "This is the slope of the sigmoid's formula, A (1 - A), with tanh in it.",
    "At z = 0 it is 0, where tanh is steepest.",
    (
        "What is your slope at z = 0?",
        "The slope of tanh at 0 is 1.",
        "1 - A^2, which is (1 - A)(1 + A).",
    ),
)
def as_for_sigmoid(Z, dA):
    A = np.tanh(Z)
    return dA * A * (1 - A)


@mistake(
    tanh_backward,
    "You go forward: tanh of Z times dA. The slope is missing.",
    "Backward multiplies by the slope of the function, not by its value.",
    (
        "What does backward multiply by: the value, or the slope?",
        "At z = 0 tanh is 0, and its slope is 1. What comes back there?",
        "The slope is 1 - A^2.",
    ),
)
def forward_again(Z, dA):
    return dA * np.tanh(Z)


# -- check_inputs: the other way round ------------------------------------------------------------


def not_exposed(missed):
    if not missed:
        return ""
    if len(missed) == 1:
        passed = "a wrong backward pass go through. Whoever wrote it"
    else:
        passed = f"{len(missed)} wrong backward passes go through. Whoever wrote the first of them"
    return f'Your inputs let {passed} would be told: "{missed[0][1]}"'


@exercise(
    "backpropagation.check_inputs",
    MISTAKES,
    trial=tells_apart(relu_backward),
    lacks=not_exposed,
    why="Four numbers are enough: z above and below 0, dA above and below 0, and none of them 1, "
    "so that a factor shows.",
    hints=(
        "For each thing that a wrong backward pass may do, a number on which that shows.",
        "Which signs can z and dA have? How many pairs of signs are there?",
        "Take all four pairs of signs, and numbers other than 1.",
    ),
)
def check_inputs():
    """Answer a list of (Z, dA), arrays, on which every wrong `relu_backward` shows that it is
    wrong."""
    return [(np.array([2.0, 3.0, -2.0, -3.0]), np.array([5.0, -7.0, 4.0, -6.0]))]


@cases(check_inputs)
def no_input(rng):
    yield ()


@mistake(
    check_inputs,
    "All your z are above 0: there every slope is 1, and a wrong one is not seen.",
    "Half of what a ReLU does is below 0.",
    (
        "Which signs have your z?",
        "What should come back below 0?",
        "Add some z below 0.",
    ),
)
def only_above():
    return [(np.array([2.0, 3.0]), np.array([5.0, -7.0]))]


@mistake(
    check_inputs,
    "All your dA are above 0: a backward pass that cuts what is below goes through.",
    "`np.maximum(dA, 0)` with a mask changes nothing then.",
    (
        "Which signs have your dA?",
        "Which wrong backward pass looks at the sign of dA?",
        "Add some dA below 0, where z is above.",
    ),
)
def only_positive():
    return [(np.array([1.0, 1.0]), np.array([5.0, 4.0]))]


@mistake(
    check_inputs,
    "There is no input in your list.",
    "Without an input no backward pass can be wrong.",
    ("How many pairs does your list hold?",),
)
def empty():
    return []


# -- train ----------------------------------------------------------------------------------------


class Recorder:
    """Gradients of a made-up loss, and a note of all that it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, params, X, y):
        self.asked.append((np.array(params[0], dtype=float), np.array(X), np.array(y)))
        return [0.5 * np.asarray(params[0]) + np.asarray(X).sum(axis=0), np.ones(1)]

    def __repr__(self):
        return "a function"


def recorded(train, n, batch_size, epochs):
    """What a training loop asked for: seen epoch by epoch, and step by step."""
    X = np.column_stack([np.arange(n), 10.0 + np.arange(n)])
    y, lr = 100 + np.arange(n), 0.125
    gradients_of = Recorder()
    start = [np.array([1.0, -1.0]), np.array([0.0])]
    rng = np.random.default_rng(seed=5)
    first = rng.bit_generator.state
    got = train([p.copy() for p in start], gradients_of, X, y, lr, batch_size, epochs, rng)
    asked = gradients_of.asked
    sizes = [len(batch) for _, batch, _ in asked]
    rows = [batch[:, 0].astype(int).tolist() for _, batch, _ in asked if batch.ndim == 2]
    together = all(np.array_equal(batch[:, 0] + 100, labels) for _, batch, labels in asked)
    drawn = [k for one in rows for k in one]
    rounds = [drawn[k : k + n] for k in range(0, len(drawn), n)]
    steps = [start[0]]
    for params, batch, _ in asked:
        steps.append(steps[-1] - lr * (0.5 * steps[-1] + batch.sum(axis=0)))
        if not np.allclose(params, steps[-2]):
            break
    of_epoch = -(-n // batch_size)

    def stays(k, since):
        return bool(np.allclose(asked[k][0], asked[since][0]))

    return {
        "steps": len(asked),
        "too large": max(sizes, default=0) > batch_size,
        "drawn": rng.bit_generator.state != first,
        "stands": all(stays(k, 0) for k in range(len(asked))),
        "waits": all(stays(k, k - k % of_epoch) for k in range(len(asked))),
        "together": together,
        "whole": [sorted(one) == list(range(n)) for one in rounds],
        "neighbours": len({tuple(sorted(one)) for one in rows}) > -(-n // batch_size),
        "shuffled": any(one != sorted(one) for one in rounds),
        "anew": len({tuple(one) for one in rounds}) == len(rounds),
        "goes on": len(steps) == len(asked) + 1,
        "uphill": len(asked) > 1 and bool(np.allclose(asked[1][0], 2 * start[0] - steps[1])),
        "ends": len(steps) == len(asked) + 1 and bool(np.allclose(got[0], steps[-1])),
    }


def not_trained(seen):
    complaints = {
        "No gradient was asked for.": seen["steps"] == 0,
        "A batch is larger than `batch_size`.": seen["too large"],
        "The rows of X and their labels y no longer belong together.": not seen["together"],
        "In one epoch not every sample is used exactly once.": not all(seen["whole"]),
        "The samples come in their own order, and must be shuffled.": not seen["shuffled"],
        "Every epoch has the same order; shuffle anew for each.": not seen["anew"],
        "The same samples always meet in a batch.": not seen["neighbours"],
        "The order is not drawn by the `rng` that you are given, so nobody can repeat it.": (
            not seen["drawn"]
        ),
        "The first step goes uphill.": seen["uphill"],
        "A step is not lr times the gradients: the next ones are asked for at another place.": (
            not seen["goes on"]
        ),
        "The parameters that you answer are not those after the last step.": not seen["ends"],
    }
    return next((text for text, applies in complaints.items() if applies), "")


@exercise(
    "backpropagation.train",
    TRAINING,
    trial=recorded,
    lacks=not_trained,
    may_change=("params",),
    why="An epoch shuffles the numbers of the samples, and cuts them into batches; the last batch "
    "may be smaller, and is used all the same. Each step asks for the gradients where it stands.",
    hints=(
        "Two loops: over the epochs, and in it over the batches. What is new in every epoch?",
        "With 7 samples and batches of 3: how many batches has an epoch, and which is smaller?",
        "`order = rng.permutation(len(X))`, then `order[start : start + batch_size]` for each "
        "start; index X and y by it.",
    ),
)
def train(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    """Answer the parameters after training by stochastic gradient descent.

    gradients_of(params, X, y) answers a list of gradients, one for each array in the list params.
    In every epoch each sample is used once, in a new order drawn by rng, in batches of batch_size.
    """
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            grads = gradients_of(params, X[batch], y[batch])
            params = [p - lr * g for p, g in zip(params, grads, strict=True)]
    return params


@cases(train)
def loops(rng):
    yield 7, 3, 3
    yield 6, 2, 4


@mistake(
    train,
    "The last batch of every epoch is dropped where it is smaller than the others.",
    "With 7 samples and batches of 3, one sample is never used in an epoch.",
    (
        "How many batches does your loop make of 7 samples, with a size of 3?",
        "What does `len(X) // batch_size` do with the rest?",
        "Let the starts go up to len(X): `range(0, len(X), batch_size)`.",
    ),
)
def rest_dropped(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for k in range(len(X) // batch_size):
            batch = order[k * batch_size : (k + 1) * batch_size]
            grads = gradients_of(params, X[batch], y[batch])
            params = [p - lr * g for p, g in zip(params, grads, strict=True)]
    return params


@mistake(
    train,
    "The starts of the batches are shuffled, not the samples.",
    "The same samples always meet in a batch.",
    (
        "Which samples stand in the batch that begins at 3, in each epoch?",
        "What should be drawn anew: the order of the batches, or that of the samples?",
        "Shuffle the numbers of the samples, then cut.",
    ),
)
def starts_shuffled(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        for start in rng.permutation(np.arange(0, len(X), batch_size)):
            batch = slice(start, start + batch_size)
            grads = gradients_of(params, X[batch], y[batch])
            params = [p - lr * g for p, g in zip(params, grads, strict=True)]
    return params


@mistake(
    train,
    "Every epoch goes through the samples in the same order; it should be a new one each time.",
    "The same samples meet in a batch in all epochs.",
    (
        "How often do you draw an order?",
        "In which loop does the drawing stand?",
        "Draw within the loop over the epochs.",
    ),
)
def one_order(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    order = rng.permutation(len(X))
    for _ in range(epochs):
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            grads = gradients_of(params, X[batch], y[batch])
            params = [p - lr * g for p, g in zip(params, grads, strict=True)]
    return params


@mistake(
    train,
    "Nothing is shuffled: the samples come as they lie in X.",
    "Where X is sorted by class, a batch holds one class alone.",
    (
        "Which argument do you not use?",
        "Which samples stand in your first batch, in every epoch?",
        "Draw an order with `rng.permutation`.",
    ),
)
def not_shuffled(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        for start in range(0, len(X), batch_size):
            batch = slice(start, start + batch_size)
            grads = gradients_of(params, X[batch], y[batch])
            params = [p - lr * g for p, g in zip(params, grads, strict=True)]
    return params


@mistake(
    train,
    "X and y are not shuffled alike: a sample gets the label of another one.",
    "The loss still falls a little, and no error tells.",
    (
        "By what do you index X, and by what y?",
        "Take the third row of a batch: is its label that of the same sample?",
        "Index both by the same numbers.",
    ),
)
def labels_apart(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            grads = gradients_of(params, X[batch], y[start : start + batch_size])
            params = [p - lr * g for p, g in zip(params, grads, strict=True)]
    return params


@mistake(
    train,
    "The gradients of a whole epoch are asked for at the parameters with which it began.",
    "Each step should ask where it stands now.",
    (
        "Which params do you hand to `gradients_of` in the second batch?",
        "Is the step made in the loop over the batches, or behind it?",
        "Update params directly after the gradients of each batch.",
    ),
)
def stale(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        order = rng.permutation(len(X))
        began = params
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            grads = gradients_of(began, X[batch], y[batch])
            params = [p - lr * g for p, g in zip(params, grads, strict=True)]
    return params


@mistake(
    train,
    "The samples of a batch are drawn with replacement: some come twice in an epoch, some never.",
    "In an epoch every sample has its turn once.",
    (
        "How are the samples of a batch chosen?",
        "Can `rng.integers` draw the same number twice?",
        "Shuffle all numbers once in an epoch, then cut.",
    ),
)
def with_replacement(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        for start in range(0, len(X), batch_size):
            batch = rng.integers(0, len(X), size=min(batch_size, len(X) - start))
            grads = gradients_of(params, X[batch], y[batch])
            params = [p - lr * g for p, g in zip(params, grads, strict=True)]
    return params


@mistake(
    train,
    "The gradients are added to the parameters: this climbs.",
    "The loss rises in the direction of its gradient.",
    (
        "In which direction does the gradient point?",
        "What is the sign of your step?",
        "p - lr * g.",
    ),
)
def climbing(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            grads = gradients_of(params, X[batch], y[batch])
            params = [p + lr * g for p, g in zip(params, grads, strict=True)]
    return params


@mistake(
    train,
    "The parameters that you hand to `gradients_of` are always those of the start.",
    "However many steps there are, all the gradients are asked for at one place.",
    (
        "Which name do you hand to `gradients_of`, and which line gives it a new value?",
        "`p = p - lr * g` gives the name `p` to a new array. What happens to the list `params`?",
        "`params = [p - lr * g for p, g in zip(params, grads)]`, in the loop over the batches.",
    ),
)
def never_moves(params, gradients_of, X, y, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            gradients_of(params, X[batch], y[batch])
    return params


# -- wrong_relu: open -----------------------------------------------------------------------------


def moons(rng, n):
    """Two half circles that reach into each other, n points each, and their classes 0 and 1."""
    t = np.pi * rng.random(n)
    upper = np.column_stack([np.cos(t), np.sin(t)])
    lower = np.column_stack([1 - np.cos(t), 0.5 - np.sin(t)])
    points = np.concatenate([upper, lower]) + rng.normal(scale=0.1, size=(2 * n, 2))
    return points, np.repeat([0, 1], n)


def fooled(wrong_relu, seed):
    """How many of two moons a small network gets right when its ReLU goes backward like this."""
    rng = np.random.default_rng(seed)
    X, y = moons(rng, 50)
    W1, b1 = rng.normal(scale=1.0, size=(2, 16)), np.zeros(16)
    W2, b2 = rng.normal(scale=0.35, size=(16, 2)), np.zeros(2)
    Y = np.eye(2)[y]
    for _ in range(400):
        Z1 = X @ W1 + b1
        A1 = np.maximum(Z1, 0)
        dZ2 = (softmax(A1 @ W2 + b2) - Y) / len(X)
        dZ1 = np.asarray(wrong_relu(Z1, dZ2 @ W2.T), dtype=float)
        W2, b2 = W2 - A1.T @ dZ2, b2 - dZ2.sum(axis=0)
        W1, b1 = W1 - X.T @ dZ1, b1 - dZ1.sum(axis=0)
    Z, dA = rng.normal(size=(16, 16)) ** 5, rng.normal(size=(16, 16))  # many Z near 0, too
    answer = np.asarray(wrong_relu(Z, dA), dtype=float)
    right = ((np.maximum(X @ W1 + b1, 0) @ W2 + b2).argmax(axis=1) == y).mean()
    wrong = answer.shape == Z.shape and not np.allclose(answer, dA * (Z > 0))
    return {"accuracy": round(float(right), 2), "wrong": wrong}


def not_fooled(seen):
    if not seen["wrong"]:
        return "Your backward pass is right, and asked for is a wrong one."
    if seen["accuracy"] < 0.95:
        return f"With it the network gets {seen['accuracy']:.0%} of the points right, and not 95 %."
    return ""


@exercise(
    "backpropagation.wrong_relu",
    MISTAKES,
    trial=fooled,
    lacks=not_fooled,
    why="What comes back points nearly in the right direction, so the loss falls all the same: a "
    "network that learns is no proof of its gradients. A gradient check is one.",
    hints=(
        "The direction must be nearly right, and the numbers need not be.",
        "What if a little comes back where nothing should?",
        "A tenth below 0; or half of everything.",
    ),
)
def wrong_relu(Z, dA):
    """Answer a wrong dZ of the layer A = max(Z, 0), with which a network still learns the moons."""
    return dA * np.where(Z > 0, 1, 0.1)


@cases(wrong_relu)
def hidden_seeds(rng):
    for seed in (1, 2, 3):
        yield (seed,)


@mistake(
    wrong_relu,
    "Your backward pass is the right one.",
    "It is dA where Z is above 0, and 0 elsewhere.",
    (
        "Asked for is a wrong one that is not noticed.",
        "Change what comes back a little: where, or how much?",
        "What if a little comes back where nothing should?",
    ),
)
def the_right_one(Z, dA):
    return dA * (Z > 0)


@mistake(
    wrong_relu,
    "Nothing comes back, so the hidden layer never learns.",
    "Only the last layer is trained then, on features that were drawn at random.",
    (
        "What do the weights of the hidden layer get?",
        "The direction must be nearly right.",
        "Begin with the right one, and change it a little.",
    ),
)
def nothing_comes_back(Z, dA):
    return np.zeros_like(dA)
