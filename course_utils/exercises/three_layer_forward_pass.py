"""Exercises of lesson 03: one layer, and a network of three."""

import numpy as np

from ..activations import sigmoid
from .definition import cases, exercise, mistake

__all__ = ["one_layer"]

FORWARD = (
    "Compute a unit by hand, and a forward pass by loops and by matrix products, for one sample "
    "and for a batch."
)


# -- one_layer ------------------------------------------------------------------------------------


@exercise(
    "three_layer_forward_pass.one_layer",
    FORWARD,
    why="The outer loop goes over the units, the inner one over the inputs of a unit. Its sum "
    "begins at the bias, and the sigmoid comes once, when the sum is whole.",
    hints=(
        "Two loops: which one goes over the units, and which over the inputs?",
        "Do the first unit by hand: its weights stand in the first column of W.",
        "For unit j: begin at `b[j]`, add `x[i] * W[i, j]` for every i, then take the sigmoid.",
    ),
)
def one_layer(x, W, b):
    """Answer what the units of a layer with a sigmoid give for the sample x, in order."""
    a = []
    for j in range(W.shape[1]):
        z = b[j]
        for i in range(W.shape[0]):
            z += x[i] * W[i, j]
        a.append(sigmoid(z))
    return a


@cases(one_layer)
def layers(rng):
    yield np.array([1.0, 2.0]), np.array([[0.5, -1.0], [0.25, 1.0]]), np.array([0.1, -0.3])
    yield (
        np.array([1.0, 0.5]),
        np.array([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]),
        np.array([0.1, 0.2, 0.3]),
    )
    yield rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=3)
    yield rng.normal(size=3), rng.normal(size=(3, 2)), rng.normal(size=2)


@mistake(
    one_layer,
    "The indices of W are exchanged: your unit j takes the weights of row j.",
    "Where W is square nothing stops you, and the numbers are wrong; elsewhere an index is too "
    "large.",
    (
        "In W of shape (2, 3), does a row belong to an input or to a unit?",
        "Which weight lies on the line from input 2 to unit 1? Find it in W, and in your code.",
        "Row i belongs to input i, column j to unit j.",
    ),
)
def indices_exchanged(x, W, b):
    a = []
    for j in range(W.shape[1]):
        z = b[j]
        for i in range(W.shape[0]):
            z += x[i] * W[j, i]
        a.append(sigmoid(z))
    return a


@mistake(
    one_layer,
    "W is turned: your unit j takes the weights of row j.",
    "Where W is square nothing stops you, and the numbers are wrong; elsewhere the shapes do not "
    "fit.",
    (
        "In W of shape (2, 3), does a row belong to an input or to a unit?",
        "What are the shapes of both factors? The inner lengths must be equal and disappear.",
        "x stands first: (2,) times (2, 3) gives (3,).",
    ),
)
def weights_first(x, W, b):
    return sigmoid(W @ x + b)


@mistake(
    one_layer,
    "The sigmoid is taken of every product; it belongs to the whole sum.",
    "A unit adds up first, and then decides once.",
    (
        "How often is the sigmoid called for one unit?",
        "By hand: which number did you put into the sigmoid for the first unit?",
        "The sigmoid stands behind the inner loop.",
    ),
)
def sigmoid_of_products(x, W, b):
    return [b[j] + sum(sigmoid(x[i] * W[i, j]) for i in range(len(x))) for j in range(W.shape[1])]


@mistake(
    one_layer,
    "The bias is added once for each input.",
    "With two inputs your sum holds the bias twice.",
    (
        "Within which loop do you add the bias?",
        "How many biases has a unit?",
        "Begin the sum at the bias, before the inner loop.",
    ),
)
def bias_for_each_input(x, W, b):
    return sigmoid(x @ W + len(x) * b)


@mistake(
    one_layer,
    "The bias is left out.",
    "For x = (0, 0) all your units answer 0.5, whatever b is.",
    (
        "Which argument do you not use?",
        "By hand: what was added to the two products?",
        "Begin the sum of unit j at its bias, and not at 0.",
    ),
)
def without_bias(x, W, b):
    return sigmoid(x @ W)


@mistake(
    one_layer,
    "You answer the sums; the sigmoid is missing.",
    "The sums are the pre-activations z. A unit answers a = g(z).",
    (
        "What is done to the sum before it becomes the answer?",
        "Can a sigmoid answer a number above 1?",
        "Put each sum into `sigmoid`.",
    ),
)
def the_sums(x, W, b):
    return x @ W + b


@mistake(
    one_layer,
    "The sum of one unit goes on into the next unit's.",
    "Your first unit is right, and the others hold the products of those before.",
    (
        "Which of your units are right?",
        "What is `z` when the second unit begins?",
        "Each unit begins anew, so `z` is set within the outer loop.",
    ),
)
def not_set_back(x, W, b):
    return sigmoid(np.cumsum(x @ W) + b)


@mistake(
    one_layer,
    "Only one unit is answered, the first.",
    "`return` ends the function, also in the middle of a loop.",
    (
        "How many numbers does your function answer, and how many units are there?",
        "Look where your `return` stands: within which loop?",
        "Collect the answers in a list, and return it behind both loops.",
    ),
)
def first_unit(x, W, b):
    return [sigmoid(x @ W[:, 0] + b[0])]


@mistake(
    one_layer,
    "You answer a number for every weight: unfinished sums are among them.",
    "A unit answers once, when all of its products are added.",
    (
        "How many numbers does your function answer, and how many units are there?",
        "Look where a number is put into your list: within which loop?",
        "It stands behind the inner loop, within the outer one.",
    ),
)
def unfinished_sums(x, W, b):
    a = []
    for j in range(W.shape[1]):
        z = b[j]
        for i in range(W.shape[0]):
            z += x[i] * W[i, j]
            a.append(sigmoid(z))
    return a


@mistake(
    one_layer,
    "Only the last product of each sum is left.",
    "`z = x[i] * W[i, j]` forgets what z was; `z += ...` adds to it.",
    (
        "Print z each time that the inner loop has changed it.",
        "How many products belong to a unit with two inputs, and how many are in its z?",
        "The inner loop adds to z; it does not set it.",
    ),
)
def last_product(x, W, b):
    return sigmoid(x[-1] * W[-1] + b)
