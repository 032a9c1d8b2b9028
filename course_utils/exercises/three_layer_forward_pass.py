"""Exercises of lesson 03: weights and their indices, layers, outputs, bends and folds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..activations import sigmoid, softmax
from .definition import cases, exercise, mistake

__all__ = [
    "chain", "count", "fold_network", "forward_columns", "head", "merge", "one_layer", "wave",
    "weight",
]  # fmt: skip

PLACE = "Place every weight of a network: which index belongs to which unit and which layer."
FORWARD = (
    "Compute a unit by hand, and a forward pass by loops and by matrix products, for one sample "
    "and for a batch."
)
LAYERS = "Build a network from layers, and count its parameters."
OUTPUT = "Choose the output function by the task: identity, sigmoid or softmax."
SHAPE = (
    "Show what activation functions, width and depth each add: merge layers that have none, build "
    "a curve from bends, and fold a line layer by layer."
)


def textbook():
    """The network of the lesson, with 2 inputs, 3 and 2 hidden units and 2 outputs, as a dict."""
    return {
        "W1": np.array([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]),
        "b1": np.array([0.1, 0.2, 0.3]),
        "W2": np.array([[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]]),
        "b2": np.array([0.1, 0.2]),
        "W3": np.array([[0.1, 0.3], [0.2, 0.4]]),
        "b3": np.array([0.1, 0.2]),
    }


def drawn(rng, *sizes):
    """A network of three layers with random weights and biases, as a dict."""
    network = {}
    for k in (1, 2, 3):
        network[f"W{k}"] = rng.normal(size=(sizes[k - 1], sizes[k]))
        network[f"b{k}"] = rng.normal(size=sizes[k])
    return network


# -- weight ---------------------------------------------------------------------------------------


@exercise(
    "three_layer_forward_pass.weight",
    PLACE,
    why="Layers have their numbers in the names of the arrays, so the layer stays as it is. Rows "
    "and columns of an array are counted from 0: input i stands in row i - 1, unit j in column "
    "j - 1.",
    hints=(
        "Three questions: which array, which row of it, which column?",
        "The weight from input 2 to unit 3 of layer 1 is 0.6. With which two numbers do you take "
        "it out of W1?",
        "The key is `f'W{layer}'`; the row belongs to i, the column to j, and both count from 0.",
    ),
)
def weight(network, layer, i, j):
    """Answer the weight of a layer from its input i to its unit j; all three count from 1."""
    return network[f"W{layer}"][i - 1, j - 1]


@cases(weight)
def places(rng):
    yield textbook(), 1, 2, 3
    yield textbook(), 2, 3, 1
    yield textbook(), 3, 1, 2
    network = drawn(rng, 4, 4, 4, 4)
    for layer, i, j in ((1, 1, 1), (2, 3, 1), (3, 1, 3), (2, 2, 3)):
        yield network, layer, i, j


@mistake(
    weight,
    "i and j go into the array as they are: it counts from 0, and they count from 1.",
    "For i = 1 you look into the second row.",
    (
        "Which row of an array is `W[1]`?",
        "What must be done to a number that counts from 1, before it can be an index?",
        "Take 1 off i and off j.",
    ),
)
def from_zero(network, layer, i, j):
    return network[f"W{layer}"][i, j]


@mistake(
    weight,
    "Row and column are exchanged: you look up the weight from input j to unit i.",
    "In a square matrix nothing stops you.",
    (
        "In W1 of shape (2, 3), does a row belong to an input or to a unit?",
        "Which of i and j is the input?",
        "The first index is the row, which belongs to the input.",
    ),
)
def exchanged(network, layer, i, j):
    return network[f"W{layer}"][j - 1, i - 1]


@mistake(
    weight,
    "Row and column are exchanged, and both are counted from 0.",
    "Where i and j are equal you are one row and one column too far.",
    (
        "In W1 of shape (2, 3), does a row belong to an input or to a unit?",
        "Which row of an array is `W[1]`?",
        "The first index belongs to the input, and 1 is taken off both.",
    ),
)
def exchanged_from_zero(network, layer, i, j):
    return network[f"W{layer}"][j, i]


@mistake(
    weight,
    "The column is right, and the row is one too far.",
    "i counts from 1 as well as j does.",
    (
        "Which of your two indices has 1 taken off?",
        "Which row of an array is `W[1]`?",
        "Take 1 off i, too.",
    ),
)
def row_from_zero(network, layer, i, j):
    return network[f"W{layer}"][i, j - 1]


@mistake(
    weight,
    "The row is right, and the column is one too far.",
    "j counts from 1 as well as i does.",
    (
        "Which of your two indices has 1 taken off?",
        "Which column of an array is `W[:, 1]`?",
        "Take 1 off j, too.",
    ),
)
def column_from_zero(network, layer, i, j):
    return network[f"W{layer}"][i - 1, j]


@mistake(
    weight,
    "The layer is counted from 0; the names of the arrays count from 1.",
    "There is no array W0.",
    (
        "Which names are in the dict?",
        "Which array holds the weights of layer 1?",
        "The layer goes into the name as it is.",
    ),
)
def layer_from_zero(network, layer, i, j):
    return network[f"W{layer - 1}"][i - 1, j - 1]


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


@mistake(
    one_layer,
    "The bias is subtracted; a unit adds it.",
    "For x = (0, 0) and a bias above 0 your unit answers less than 0.5.",
    (
        "By hand: what was done with the bias 0.1 of the first unit?",
        "Which sign has the bias in the sum for z?",
        "The bias is added to the sum of the products.",
    ),
)
def bias_subtracted(x, W, b):
    return sigmoid(x @ W - b)


@mistake(
    one_layer,
    "Your answers are rounded to four digits; the next layer needs all digits.",
    "The numbers look right, because what is shown here is rounded as well.",
    (
        "In which line does your function round?",
        "How many digits of an activation were kept in the pass by hand?",
        "Rounding is for what is printed; answer the activation as it is.",
    ),
)
def rounded_units(x, W, b):
    return np.round(sigmoid(x @ W + b), 4)


# -- forward_columns ------------------------------------------------------------------------------


@exercise(
    "three_layer_forward_pass.forward_columns",
    FORWARD,
    why="With a sample in each column the roles of rows and columns change: every unit is a row of "
    "the result, so W is turned and stands first, and the bias of a unit goes along its row.",
    hints=(
        "Which shapes have W1, X, and the sums of the first layer, when a sample is a column?",
        "Turn the whole line: what is the transpose of X @ W? And the transpose of the bias row?",
        "`W.T @ X` with `b[:, np.newaxis]`, which is a column of shape (n, 1).",
    ),
)
def forward_columns(network, X):
    """Answer the network's outputs, one sample per column, for X with one sample per column."""
    A1 = sigmoid(network["W1"].T @ X + network["b1"][:, np.newaxis])
    A2 = sigmoid(network["W2"].T @ A1 + network["b2"][:, np.newaxis])
    return network["W3"].T @ A2 + network["b3"][:, np.newaxis]


@cases(forward_columns)
def networks(rng):
    yield textbook(), np.array([[1.0], [0.5]])
    yield textbook(), np.array([[1.0, 0.0, -1.0, 3.0], [0.5, 0.0, 2.0, -3.0]])
    yield drawn(rng, 3, 3, 3, 3), rng.normal(size=(3, 3))
    yield drawn(rng, 4, 2, 5, 1), rng.normal(size=(4, 6))


@mistake(
    forward_columns,
    "The bias is added as a row: it goes to the samples, and not to the units.",
    "It fits by accident where there are as many samples as units.",
    (
        "Which shape has the bias, and which has the sum that you add it to?",
        "One bias belongs to one unit. Is a unit a row or a column here?",
        "Make the bias a column: `b[:, np.newaxis]`.",
    ),
)
def bias_as_row(network, X):
    A1 = sigmoid(network["W1"].T @ X + network["b1"])
    A2 = sigmoid(network["W2"].T @ A1 + network["b2"])
    return network["W3"].T @ A2 + network["b3"]


@mistake(
    forward_columns,
    "W is not turned: its rows are used as units.",
    "Where W is square nothing stops you, and the numbers are wrong; elsewhere the shapes do not "
    "fit.",
    (
        "In W of shape (2, 3), does a unit have a row or a column?",
        "The product of shapes (3, 2) and (2, N) gives a row for each of 3 units. Where does "
        "(3, 2) come from?",
        "`W.T` has a row for each unit.",
    ),
)
def not_turned(network, X):
    A1 = sigmoid(network["W1"] @ X + network["b1"][:, np.newaxis])
    A2 = sigmoid(network["W2"] @ A1 + network["b2"][:, np.newaxis])
    return network["W3"] @ A2 + network["b3"][:, np.newaxis]


@mistake(
    forward_columns,
    "The numbers are right, but a sample is a row of your answer.",
    "For X of shape (2, 4) your answer has 4 rows; the samples should be its 4 columns.",
    (
        "Which shape should the answer have for 4 samples?",
        "What do you do to turn X into rows, and what turns it back?",
        "Transpose the result, too.",
    ),
)
def rows_answered(network, X):
    return forward_columns(network, X).T


@mistake(
    forward_columns,
    "X goes into the network as if its rows were samples.",
    "A square X fits by accident, and its features are mixed up.",
    (
        "In X of shape (2, 4), what is a column?",
        "What does `X @ W` take for a sample?",
        "Either turn X before and the answer after, or turn every W.",
    ),
)
def as_if_rows(network, X):
    return forward_columns(network, X.T).T


@mistake(
    forward_columns,
    "The last layer has a sigmoid, too; its output function is the identity.",
    "All of your outputs lie between 0 and 1.",
    (
        "How many sigmoids has a network of three layers here?",
        "Can the textbook's network answer a number above 1?",
        "The last sum is the answer.",
    ),
)
def sigmoid_at_the_end(network, X):
    return sigmoid(forward_columns(network, X))


@mistake(
    forward_columns,
    "The biases are left out.",
    "Only the three products are there.",
    (
        "Which arrays of the dict do you not use?",
        "How many arrays has the dict, and how many of them are in your code?",
        "Each sum has its bias, as a column.",
    ),
)
def without_biases(network, X):
    A1 = sigmoid(network["W1"].T @ X)
    return network["W3"].T @ sigmoid(network["W2"].T @ A1)


@mistake(
    forward_columns,
    "The bias of the last layer is left out.",
    "For the textbook's network your outputs are 0.1 and 0.2 too small.",
    (
        "Which array of the dict do you not use?",
        "How many biases are added on the way to the textbook's outputs?",
        "The last sum has its bias, too: b3, as a column.",
    ),
)
def without_the_last_bias(network, X):
    return forward_columns(network, X) - network["b3"][:, np.newaxis]


@mistake(
    forward_columns,
    "The sigmoids are missing: the sums themselves go into the next layer.",
    "Three layers without an activation function can do no more than one.",
    (
        "What is done to the sums of layer 1 before they go into layer 2?",
        "By hand the first unit of layer 1 gave 0.57. What does yours hand on?",
        "The sums of layers 1 and 2 go through the sigmoid.",
    ),
)
def without_sigmoids(network, X):
    A1 = network["W1"].T @ X + network["b1"][:, np.newaxis]
    A2 = network["W2"].T @ A1 + network["b2"][:, np.newaxis]
    return network["W3"].T @ A2 + network["b3"][:, np.newaxis]


@mistake(
    forward_columns,
    "X is brought to another shape by `reshape`, which mixes the samples; it must be turned.",
    "`reshape` keeps the order of the numbers: the first features of two samples make one row.",
    (
        "Print X and what you make of it, for two samples. Is each sample together?",
        "What is the difference between `X.reshape(2, 3)` and `X.T` for X of shape (3, 2)?",
        "`X.T` makes a row of each column.",
    ),
)
def reshaped(network, X):
    return forward_columns(network, X.reshape(-1, len(X)).T)


@mistake(
    forward_columns,
    "X is brought to another shape by `reshape`, and so is the answer; both must be turned.",
    "`reshape` keeps the order of the numbers: the first features of two samples make one row.",
    (
        "Print X and what you make of it, for two samples. Is each sample together?",
        "What is the difference between `X.reshape(2, 3)` and `X.T` for X of shape (3, 2)?",
        "`.T` makes a row of each column, and a column of each row.",
    ),
)
def reshaped_twice(network, X):
    Y = forward_columns(network, X.reshape(-1, len(X)).T)
    return Y.T.reshape(len(Y), -1)


@mistake(
    forward_columns,
    "The samples are turned for the way in, and the answer is brought to its shape by `reshape`.",
    "Its shape is right, and the outputs of one sample are not in one column.",
    (
        "Print the answer before and behind its last step. Where are the outputs of sample 1?",
        "What is the difference between `Y.reshape(2, 3)` and `Y.T` for Y of shape (3, 2)?",
        "`.T` makes a column of each row.",
    ),
)
def answer_reshaped(network, X):
    Y = forward_columns(network, X)
    return Y.T.reshape(Y.shape)


@mistake(
    forward_columns,
    "The bias of the second layer is left out.",
    "Your first and third layers have theirs.",
    (
        "Which arrays of the dict do you not use?",
        "What stands behind the product in each line of `forward_short`?",
        "Each of the three layers adds its bias.",
    ),
)
def without_the_second_bias(network, X):
    return forward_columns({**network, "b2": np.zeros(len(network["b2"]))}, X)


@mistake(
    forward_columns,
    "Your answers are rounded to four digits; the outputs are asked for as they are.",
    "The numbers look right, because what is shown here is rounded as well.",
    (
        "In which line does your function round?",
        "What does `forward` answer for (1.0, 0.5), digit by digit?",
        "Rounding is for what is printed; answer the outputs as they are.",
    ),
)
def rounded_outputs(network, X):
    return np.round(forward_columns(network, X), 4)


# -- chain ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A layer for the cases: a function of a batch, which shows its name."""

    name: str
    function: Callable

    def __call__(self, X):
        return self.function(X)

    def __repr__(self):
        return self.name


def _double(X):
    return 2 * X


def _plus_one(X):
    return X + 1


def _rows_to_sums(X):
    return X.sum(axis=1, keepdims=True)


def _relu(X):
    return np.maximum(X, 0)


DOUBLE, PLUS_ONE = Step("double", _double), Step("plus_one", _plus_one)
SUMS, RELU = Step("sum_of_each_row", _rows_to_sums), Step("relu", _relu)


@exercise(
    "three_layer_forward_pass.chain",
    LAYERS,
    why="What a layer answers is the input of the next one, so one name is enough: it holds X at "
    "the beginning, and is bound anew to what each layer answers.",
    hints=(
        "What does the first layer get, and what does the second?",
        "For [double, plus_one] and the row [3] by hand: 3, then 6, then 7.",
        "In the loop: `X = layer(X)`. Behind the loop: `return X`.",
    ),
)
def chain(layers, X):
    """Answer what comes out when X goes through all layers, one after the other."""
    for layer in layers:
        X = layer(X)
    return X


@cases(chain)
def lists_of_layers(rng):
    yield [DOUBLE, PLUS_ONE], np.array([[3.0]])
    yield [PLUS_ONE, DOUBLE], np.array([[3.0, -1.0], [0.5, 2.0]])
    yield [PLUS_ONE, SUMS, DOUBLE], np.array([[1.0, 2.0], [3.0, -4.0]])
    yield [DOUBLE, PLUS_ONE, RELU, DOUBLE, SUMS], rng.normal(size=(4, 3))
    yield [RELU], rng.normal(size=(2, 2))


@mistake(
    chain,
    "Every layer gets X itself; it should get what the layer before it answers.",
    "Only your last layer has an effect.",
    (
        "What does your second layer get?",
        "For [double, plus_one] and 3 you answer 4. Where is the 6?",
        "Hand on what a layer answers: bind it to the name that the next layer gets.",
    ),
)
def always_x(layers, X):
    for layer in layers:
        A = layer(X)
    return A


@mistake(
    chain,
    "You stop behind the first layer.",
    "`return` ends the function, also in the middle of a loop.",
    (
        "How often does your loop run?",
        "Look where your `return` stands: within the loop, or behind it?",
        "It stands behind the loop.",
    ),
)
def first_only(layers, X):
    return layers[0](X)


@mistake(
    chain,
    "The layers are applied from the last to the first.",
    "For [double, plus_one] and 3 you answer 8, and it is 7.",
    (
        "Which layer gets X itself: the first of the list, or the last?",
        "In which order does your loop go through the list?",
        "`for layer in layers` begins with the first.",
    ),
)
def from_the_end(layers, X):
    for layer in reversed(layers):
        X = layer(X)
    return X


@mistake(
    chain,
    "The last layer is left out.",
    "For a single layer you answer X itself.",
    (
        "How often does your loop run for a list of two layers?",
        "Which elements are in `layers[:-1]`, and which numbers in `range(len(layers) - 1)`?",
        "Go through the whole list.",
    ),
)
def without_the_last(layers, X):
    for layer in layers[:-1]:
        X = layer(X)
    return X


@mistake(
    chain,
    "The layers are called, and what they answer is thrown away.",
    "You answer X as you got it.",
    (
        "Is there an `=` in your loop?",
        "`layer(X)` answers a new array. What happens to it?",
        "Bind it to a name, and give that to the next layer.",
    ),
)
def thrown_away(layers, X):
    for layer in layers:
        layer(X)
    return X


@mistake(
    chain,
    "You answer what every layer gives; asked for is what comes out of the last.",
    "Your answer is a list with an array for each layer.",
    (
        "How many arrays do you answer, and how many are asked for?",
        "Which of them is the output of the network?",
        "Keep one name for what flows, and answer it behind the loop.",
    ),
)
def every_output(layers, X):
    outputs = []
    for layer in layers:
        X = layer(X)
        outputs.append(X)
    return outputs


# -- head -----------------------------------------------------------------------------------------


@exercise(
    "three_layer_forward_pass.head",
    OUTPUT,
    why="A number is the logit itself. Questions of yes or no are answered one by one, so each has "
    "a sigmoid, and is decided at one half. Where one class excludes the others, the softmax goes "
    "along a row, and the decision is the place of its largest number.",
    hints=(
        "Do the outputs of one sample exclude each other? For which task?",
        "For the row [0, 2]: two sigmoids give 0.5 and 0.88, the softmax gives 0.12 and 0.88.",
        "`Z, Z`; `sigmoid(Z)` and where it is above 0.5; `softmax(Z)` and its argmax by rows.",
    ),
)
def head(task, Z):
    """Answer (value, decision) for the logits Z, one sample per row, of one of three tasks."""
    if task == "number":
        return Z, Z
    if task == "yes or no":
        P = sigmoid(Z)
        return P, (P > 0.5).astype(int)
    P = softmax(Z)
    return P, P.argmax(axis=1)


@cases(head)
def logits(rng):
    Z = np.array([[0.0, 2.0], [0.3, -1.0]])
    for task in ("number", "yes or no", "one of several"):
        yield task, Z
    Z = 2 * rng.normal(size=(3, 3)) + np.array([0.4, 1.0, 0.2])
    for task in ("number", "yes or no", "one of several"):
        yield task, Z
    yield "one of several", rng.normal(size=(5, 4))


@mistake(
    head,
    "Yes or no gets a softmax: as if one yes excluded the others.",
    "The probabilities of a row sum to 1, also where both answers may be yes.",
    (
        "May a photo show a dog and a cat?",
        "What should two logits of 3 mean: twice a clear yes, or one half each?",
        "Each question has its own sigmoid.",
    ),
)
def softmax_for_yes_or_no(task, Z):
    if task == "yes or no":
        P = softmax(Z)
        return P, (P > 0.5).astype(int)
    return head(task, Z)


@mistake(
    head,
    "One of several gets sigmoids: the probabilities of a row do not sum to 1.",
    "Exactly one class is right, so the row must share out 1.",
    (
        "What is the sum of a row of your probabilities?",
        "Which function turns a row of logits into numbers that sum to 1?",
        "The softmax of each row.",
    ),
)
def sigmoid_for_several(task, Z):
    if task == "one of several":
        return sigmoid(Z), Z.argmax(axis=1)
    return head(task, Z)


@mistake(
    head,
    "The softmax goes along the columns: it compares samples, and not classes.",
    "Your columns sum to 1, and the rows should.",
    (
        "Which sums are 1 in your answer: those of rows, or those of columns?",
        "What is a row of Z, one sample or one class?",
        "The classes of one sample stand in a row: axis 1, or -1.",
    ),
)
def softmax_over_samples(task, Z):
    if task == "one of several":
        return softmax(Z.T).T, Z.argmax(axis=1)
    return head(task, Z)


@mistake(
    head,
    "One softmax is taken over the whole array: all samples share one sum of 1.",
    "The more samples there are, the smaller your probabilities.",
    (
        "What is the sum of one row of your probabilities?",
        "Over which numbers do you sum in the denominator?",
        "Each row has a sum of its own.",
    ),
)
def softmax_over_all(task, Z):
    if task == "one of several":
        return softmax(Z.ravel()).reshape(Z.shape), Z.argmax(axis=1)
    return head(task, Z)


@mistake(
    head,
    "Yes or no is decided by the logit: you compare Z with one half.",
    "A logit of 0.3 is a probability of 0.57, which is a yes, and you say no.",
    (
        "Which number do you compare with 0.5?",
        "Which logit belongs to a probability of one half?",
        "Compare the sigmoid with 0.5, or the logit with 0.",
    ),
)
def logit_above_half(task, Z):
    if task == "yes or no":
        return sigmoid(Z), (Z > 0.5).astype(int)
    return head(task, Z)


@mistake(
    head,
    "The decision goes along the columns: it names the best sample for each class.",
    "You answer as many decisions as there are classes.",
    (
        "How many decisions are there for 5 samples?",
        "Along which axis does your `argmax` look?",
        "The classes of one sample stand in a row: axis 1.",
    ),
)
def decided_by_columns(task, Z):
    if task == "one of several":
        return softmax(Z), Z.argmax(axis=0)
    return head(task, Z)


@mistake(
    head,
    "One of several is decided at one half: where no class reaches it, no class is chosen.",
    "Asked for is the number of one class for each sample.",
    (
        "How many classes do you choose for a sample with the probabilities 0.4, 0.35 and 0.25?",
        "The most probable class need not have more than one half.",
        "`argmax` gives the place of the largest number in a row.",
    ),
)
def several_at_half(task, Z):
    if task == "one of several":
        P = softmax(Z)
        return P, (P > 0.5).astype(int)
    return head(task, Z)


@mistake(
    head,
    "For one of several you answer the largest probability; the decision is the number of a class.",
    "0.88 says how sure the network is, and not of which class.",
    (
        "What kind of number is a decision here: a class, or a probability?",
        "What is the difference between `max` and `argmax`?",
        "`argmax` answers the place of the largest number.",
    ),
)
def largest_probability(task, Z):
    if task == "one of several":
        P = softmax(Z)
        return P, P.max(axis=1)
    return head(task, Z)


@mistake(
    head,
    "Your classes count from 1; they count from 0 here.",
    "The first class is class 0, as the first digit is a 0.",
    (
        "Which number has the first class?",
        "What does `argmax` answer where the first number of a row is the largest?",
        "Leave what `argmax` answers as it is.",
    ),
)
def classes_from_one(task, Z):
    if task == "one of several":
        P = softmax(Z)
        return P, P.argmax(axis=1) + 1
    return head(task, Z)


@mistake(
    head,
    "A probability of exactly one half counts as a yes; the table asks for more than one half.",
    "A logit of 0 is a probability of 0.5, and its decision is 0.",
    (
        "Which decision does the table give for a probability of 0.5?",
        "How does your comparison treat two numbers that are equal?",
        "Yes is what lies above one half, so the half itself is a no.",
    ),
)
def half_is_yes(task, Z):
    if task == "yes or no":
        P = sigmoid(Z)
        return P, (P >= 0.5).astype(int)
    return head(task, Z)


@mistake(
    head,
    "Yes or no has the decisions in both places; the value is the probability of yes.",
    "How sure the network is can't be seen in your value: it holds only 0 and 1.",
    (
        "What has the table under `predict_proba` for yes or no?",
        "For Z = [[0, 2]] the values are 0.5 and 0.8808. What are yours?",
        "The sigmoids are the value, and what they are above or below is the decision.",
    ),
)
def decisions_for_values(task, Z):
    value, decision = head(task, Z)
    return (decision if task == "yes or no" else value), decision


@mistake(
    head,
    "The two answers are exchanged: the decision stands first.",
    "Asked for is `(value, decision)`, in this order.",
    (
        "Which of your two answers holds probabilities?",
        "Compare the order behind your `return` with that of the task.",
        "The value comes first, and the decision second.",
    ),
)
def decision_first(task, Z):
    value, decision = head(task, Z)
    return decision, value


@mistake(
    head,
    "The logits of a row are divided by their sum; that is no softmax.",
    "Logits may be negative, and your probabilities then are, too.",
    (
        "Is one of your probabilities below 0 or above 1?",
        "What does the softmax do to each logit, before it divides by the sum?",
        "`softmax` is imported above, and takes Z as it is.",
    ),
)
def shares_of_logits(task, Z):
    value, decision = head(task, Z)
    return (Z / Z.sum(axis=1, keepdims=True) if task == "one of several" else value), decision


# -- count ----------------------------------------------------------------------------------------


@exercise(
    "three_layer_forward_pass.count",
    LAYERS,
    why="A layer has a weight for each pair of an input and a unit, and a bias for each unit. The "
    "inputs of the network are numbers and no units, so they have no bias.",
    hints=(
        "Count the lines and the units of the first layer in the figure of 2, 3, 2 and 2.",
        "Layer 1 there: 2 times 3 weights, and 3 biases. Which sizes belong to layer 2?",
        "Add `n_in * n_out + n_out` for each two neighbours in `sizes`.",
    ),
)
def count(sizes):
    """Answer the number of weights and biases of a network with these sizes, its inputs first."""
    total = 0
    for k in range(1, len(sizes)):
        total += sizes[k - 1] * sizes[k] + sizes[k]
    return total


@cases(count)
def sizes(rng):
    for one in ((2, 3), (2, 3, 2, 2), (784, 50, 100, 10), (5, 1), (1, 4, 4, 4, 1), (7, 2, 9)):
        yield (one,)


@mistake(
    count,
    "The biases are not counted.",
    "For (2, 3) you answer 6, the number of lines.",
    (
        "What does a unit have besides its weights?",
        "How many elements have W1 and b1 of the textbook's network together?",
        "Each layer adds as many biases as it has units.",
    ),
)
def weights_only(sizes):
    return sum(sizes[k] * sizes[k + 1] for k in range(len(sizes) - 1))


@mistake(
    count,
    "The inputs get biases, too.",
    "For (2, 3) you answer 11, and there is no b0.",
    (
        "Which units have a bias in the figure?",
        "Does an input add something up?",
        "Begin to count biases at the first layer with weights.",
    ),
)
def biases_of_inputs(sizes):
    return weights_only(sizes) + sum(sizes)


@mistake(
    count,
    "Each layer gets one bias; it is each unit that has one.",
    "For (2, 3) you answer 7.",
    (
        "How many elements has b1 of the textbook's network?",
        "Which shape has the bias of a layer with 3 units?",
        "A layer of n_out units has n_out biases.",
    ),
)
def one_bias_a_layer(sizes):
    return weights_only(sizes) + len(sizes) - 1


@mistake(
    count,
    "The biases of the outputs are missing.",
    "For (2, 3) you answer 6, as if the last layer had none.",
    (
        "Which layer has no bias in your count?",
        "Is there a b3 in the textbook's network?",
        "The output units have biases as all others have.",
    ),
)
def outputs_without_biases(sizes):
    return weights_only(sizes) + sum(sizes[1:-1])


@mistake(
    count,
    "A layer takes its biases from its inputs: as many as it has inputs.",
    "For (2, 3) you answer 8.",
    (
        "Which of the two sizes tells the number of biases?",
        "Which shape has b1 of the textbook's network, (2,) or (3,)?",
        "Each unit that adds up has one: n_out of them.",
    ),
)
def biases_by_inputs(sizes):
    return weights_only(sizes) + sum(sizes[:-1])


@mistake(
    count,
    "All sizes are multiplied with each other.",
    "A product of all sizes counts the paths from the inputs to the outputs.",
    (
        "Which layers are joined by lines: all, or neighbours?",
        "How many lines has layer 1 of the textbook's network, and how many has layer 2?",
        "Add up over the layers, and multiply within one.",
    ),
)
def all_multiplied(sizes):
    return int(np.prod(sizes))


@mistake(
    count,
    "Only the first layer is counted.",
    "For (2, 3, 2, 2) you answer 9, and layers 2 and 3 have 8 and 6 more.",
    (
        "Which of the sizes does your function use?",
        "How often does your loop run, and where does `return` stand?",
        "Every two neighbours in `sizes` make a layer.",
    ),
)
def first_layer_only(sizes):
    return sizes[0] * sizes[1] + sizes[1]


@mistake(
    count,
    "You count the units, and not their weights and biases.",
    "For (2, 3) you answer 5.",
    (
        "How many lines lead to one unit of the first layer?",
        "How many numbers belong to one unit: its bias, and what else?",
        "A unit has as many weights as it has inputs, and one bias.",
    ),
)
def units_only(sizes):
    return sum(sizes)


@mistake(
    count,
    "The last layer is not counted.",
    "For (2, 3), which is a single layer, you answer 0.",
    (
        "How many layers has the network (2, 3, 2, 2), and how often does your loop run?",
        "Which of the sizes does your function never use?",
        "A tuple of n sizes has n - 1 pairs of neighbours, and each pair is a layer.",
    ),
)
def without_the_last_layer(sizes):
    return sum((sizes[k - 1] + 1) * sizes[k] for k in range(1, len(sizes) - 1))


@mistake(
    count,
    "Every layer is joined to the inputs of the network; it sees the units before it.",
    "For (2, 3, 2, 2) your second layer has 2 times 2 weights, and W2 has 3 times 2.",
    (
        "Which shape has W2 of the textbook's network?",
        "Where do the lines begin that end in layer 2?",
        "The inputs of a layer are the units of the layer before it.",
    ),
)
def joined_to_the_inputs(sizes):
    return sum((sizes[0] + 1) * size for size in sizes[1:])


# -- merge ----------------------------------------------------------------------------------------


@exercise(
    "three_layer_forward_pass.merge",
    SHAPE,
    why="(X W1 + b1) W2 + b2 = X (W1 W2) + (b1 W2 + b2): what does not depend on X is the new "
    "bias, and the first bias goes through the second layer on its way.",
    hints=(
        "Write both layers in one line, and remove the brackets.",
        "(X W1 + b1) W2 + b2: which part is multiplied by X, and which parts are not?",
        "The second layer multiplies b1, too: `b1 @ W2`.",
    ),
)
def merge(W1, b1, W2, b2):
    """Answer (W, b) of the one layer that does what two layers without activation function do."""
    return W1 @ W2, b1 @ W2 + b2


@cases(merge)
def two_layers(rng):
    yield np.array([[2.0]]), np.array([1.0]), np.array([[3.0]]), np.array([-4.0])
    yield (
        np.array([[1.0, 2.0], [0.0, 1.0]]),
        np.array([1.0, -1.0]),
        np.array([[2.0, 0.0], [1.0, 3.0]]),
        np.array([0.5, 0.0]),
    )
    for a, b, c in ((3, 3, 3), (2, 4, 3), (1, 2, 2)):
        yield (
            rng.normal(size=(a, b)),
            rng.normal(size=b),
            rng.normal(size=(b, c)),
            rng.normal(size=c),
        )


@mistake(
    merge,
    "The first bias is lost.",
    "For X = 0 your layer gives b2 whatever b1 is; the first layer gives b1 there.",
    (
        "Which argument do you not use?",
        "What do the two layers answer for X = 0, by hand?",
        "The first bias goes through the second layer: it is multiplied by W2.",
    ),
)
def first_bias_lost(W1, b1, W2, b2):
    return W1 @ W2, b2


@mistake(
    merge,
    "The second bias is lost.",
    "For X = 0 and b1 = 0 the two layers give b2, and yours gives 0.",
    (
        "Which argument do you not use?",
        "What do the two layers answer for X = 0, by hand?",
        "The second bias is added last, as it is.",
    ),
)
def second_bias_lost(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2


@mistake(
    merge,
    "The two biases are added as they are.",
    "The first one has another length in general: it belongs to the units between.",
    (
        "Which shapes have b1 and b2 when the layers have 4 and 3 units?",
        "What does the second layer do to everything that comes out of the first?",
        "It multiplies b1 by W2.",
    ),
)
def biases_added(W1, b1, W2, b2):
    return W1 @ W2, b1 + b2


@mistake(
    merge,
    "The weights are multiplied in the other order.",
    "Where both are square nothing stops you, and the product is another one.",
    (
        "Which of the two does a row of X meet first?",
        "Which shape should W have for layers of shape (2, 4) and (4, 3)?",
        "X W1 comes first, then W2: the order in which they are written.",
    ),
)
def other_order(W1, b1, W2, b2):
    return W2 @ W1, b1 @ W2 + b2


@mistake(
    merge,
    "The bias is multiplied by W2 from the wrong side.",
    "`W2 @ b1` takes the rows of W2; a row like b1 stands before the matrix.",
    (
        "In which order do X and W stand in `X @ W`? Is b1 a row like X?",
        "Which shapes have the factors when the layers have 4 and 3 units?",
        "b1 stands first.",
    ),
)
def bias_behind(W1, b1, W2, b2):
    return W1 @ W2, W2 @ b1 + b2


@mistake(
    merge,
    "The weights are multiplied element by element.",
    "`*` multiplies numbers that stand in the same place; a layer adds up products.",
    (
        "What is the difference between `*` and `@`?",
        "Which shape should W have for layers of shape (2, 4) and (4, 3)?",
        "One layer after the other is a matrix product.",
    ),
)
def by_elements(W1, b1, W2, b2):
    return W1 * W2, b1 @ W2 + b2


@mistake(
    merge,
    "The two answers are exchanged: the bias stands first.",
    "Asked for is `(W, b)`, in this order.",
    (
        "Which of your two answers is a matrix?",
        "Compare the order behind your `return` with that of the task.",
        "The matrix comes first, and the bias second.",
    ),
)
def bias_first(W1, b1, W2, b2):
    return b1 @ W2 + b2, W1 @ W2


@mistake(
    merge,
    "Both biases go through the second layer; only the first one does.",
    "In the example 3(2x + 1) - 4 your -4 is multiplied by 3, too.",
    (
        "In 3(2x + 1) - 4, which numbers does the 3 multiply?",
        "Which bias is there before the second layer, and which is added by it?",
        "The second bias is added last, as it is.",
    ),
)
def both_biases_through(W1, b1, W2, b2):
    return W1 @ W2, (b1 + b2) @ W2


# -- fold_network ---------------------------------------------------------------------------------


def folds(k, x):
    """What is wanted: x, folded k times."""
    for _ in range(k):
        x = 1 - np.abs(2 * x - 1)
    return x


def folded(fold_network, k):
    """The hidden units of a network given as pairs (W, b), and where its values go wrong first."""
    layers = [(np.asarray(W, dtype=float), np.asarray(b, dtype=float)) for W, b in fold_network(k)]
    x = np.linspace(0, 1, 2 ** (k + 2) + 1)
    A = x[:, np.newaxis]
    for number, (W, b) in enumerate(layers, 1):
        if W.ndim != 2 or len(W) != A.shape[1]:
            raise ValueError(
                f"W of pair {number} has the shape {W.shape}; it needs {A.shape[1]} "
                f"row{'s' * (A.shape[1] > 1)}, one for each of its inputs"
            )
        A = A @ W + b
        if number < len(layers):
            A = np.maximum(A, 0)
    units = [W.shape[1] for W, _ in layers]
    found = {"folds": k, "units": units, "outputs": A.shape[1], "at": None}
    wrong = np.flatnonzero(~np.isclose(A[:, 0], folds(k, x)))
    if len(wrong):
        at = wrong[0]
        found |= {"at": x[at], "got": A[at, 0], "wanted": folds(k, x)[at]}
        found["sum"] = A[:, 0] @ np.arange(len(x))  # tells one wrong curve from another
    return found


def not_folded(seen):
    k = seen["folds"]
    if seen["units"] != [2] * k + [1]:
        return (
            f"Your layers have {seen['units']} units; asked for are {k} hidden layers of two units "
            "and a last layer of one."
        )
    if seen["at"] is None:
        return ""
    return (
        f"For {k} fold{'s' * (k > 1)} and x = {seen['at']:g} your network gives {seen['got']:g}, "
        f"and {seen['wanted']:g} is right."
    )


@exercise(
    "three_layer_forward_pass.fold_network",
    SHAPE,
    trial=folded,
    lacks=not_folded,
    why="A fold is two ReLU units and a sum, 2 a1 - 4 a2. There is no activation function between "
    "that sum and the next layer, so both merge: the next layer's weights are the products of "
    "[[2], [-4]] and [[1, 1]].",
    hints=(
        "Begin with k = 1: one hidden layer of two units, and a last layer of one.",
        "For k = 2, the sum 2 a1 - 4 a2 goes to both units of the next hidden layer. `merge` says "
        "which weights that makes.",
        "First [[1, 1]], last [[2], [-4]], between them [[2, 2], [-4, -4]]; the hidden biases are "
        "0 and -0.5.",
    ),
)
def fold_network(k):
    """Answer a list of k + 1 pairs (W, b): a ReLU network that folds 0..1 k times."""
    bend = np.array([0.0, -0.5])
    layers = [(np.array([[1.0, 1.0]]), bend)]
    for _ in range(k - 1):
        layers.append((np.array([[2.0, 2.0], [-4.0, -4.0]]), bend))
    layers.append((np.array([[2.0], [-4.0]]), np.array([0.0])))
    return layers


@cases(fold_network)
def numbers_of_folds(rng):
    for k in (1, 2, 3, 6):
        yield (k,)


def with_one_changed(k, first=(1.0, 1.0), out=(2.0, -4.0), bend=-0.5):
    """The reference with other numbers in it."""
    first, out, bias = np.array([first]), np.array(out)[:, np.newaxis], np.array([0.0, bend])
    between = [(out @ first, bias) for _ in range(k - 1)]
    return [(first, bias), *between, (out, np.array([0.0]))]


@mistake(
    fold_network,
    "The second unit bends at -0.5: its bias has the wrong sign.",
    "Between 0 and 1 both of your units are active, so nothing bends there.",
    (
        "For which x is x + 0.5 equal to 0?",
        "The second unit should begin where x is 0.5. What is its sum there?",
        "x - 0.5 is 0 at 0.5.",
    ),
)
def bends_outside(k):
    return with_one_changed(k, bend=0.5)


@mistake(
    fold_network,
    "Behind the bend your line is flat: 2 - 2 is 0.",
    "It must come down as steeply as it went up, with the slope -2.",
    (
        "Which slope has your curve between 0.5 and 1?",
        "Behind 0.5 both units are active, and their slopes add up.",
        "2 + v should be -2.",
    ),
)
def flat_behind(k):
    return with_one_changed(k, out=(2.0, -2.0))


@mistake(
    fold_network,
    "Your fold reaches only one half: its slopes are 1 and -1.",
    "The next fold then finds nothing to fold, because nothing is beyond 0.5.",
    (
        "How high is your curve at x = 0.5?",
        "The folded line must fill 0 to 1 again.",
        "Twice as steep: 2 up, and 2 down.",
    ),
)
def half_as_high(k):
    return with_one_changed(k, out=(1.0, -2.0))


@mistake(
    fold_network,
    "Your network folds once, whatever k is.",
    "It has one hidden layer also for k = 3.",
    (
        "How many pairs do you answer for k = 3?",
        "Each fold has a hidden layer of its own.",
        "k hidden layers, and the last layer behind them.",
    ),
)
def folds_once(k):
    return with_one_changed(1)


@mistake(
    fold_network,
    "Your network folds once more than it should.",
    "For k = 1 it has two hidden layers.",
    (
        "How many pairs do you answer for k = 1?",
        "Which layers does your loop add, beside the first and the last?",
        "Between the first and the last layer stand k - 1 others.",
    ),
)
def once_too_often(k):
    return with_one_changed(k + 1)


@mistake(
    fold_network,
    "The units of a hidden layer go on as they are; the sum 2 a1 - 4 a2 is missing between layers.",
    "The second layer adds both units up, a1 + a2, and that is no fold.",
    (
        "What does the second fold get from the first: two units, or one folded number?",
        "The folded number is 2 a1 - 4 a2. Which weights from a1 and from a2 does it bring?",
        "Merge the sum and the next layer: both columns are 2 and -4.",
    ),
)
def not_read_out(k):
    between = [(np.ones((2, 2)), np.array([0.0, -0.5])) for _ in range(k - 1)]
    layers = with_one_changed(1)
    return [layers[0], *between, layers[1]]


@mistake(
    fold_network,
    "Each fold is read out by a layer of its own; asked for are hidden layers of two units alone.",
    "Your function is right, and has a third unit for each fold.",
    (
        "How many hidden layers has your network for k = 2?",
        "No activation function is needed between the sum and the next layer. What can two such "
        "layers be made into?",
        "`merge` makes one layer of the sum and the first weights of the next fold.",
    ),
)
def three_units_a_fold(k):
    return with_one_changed(1) * k


@mistake(
    fold_network,
    "The weights between two folds are turned: both numbers of a fold must reach both units.",
    "Your rows hold 2 and -4; a row belongs to one input, which brings the same to both units.",
    (
        "Which weight does a1 bring to the first unit of the next layer, and which to the second?",
        "Both units get the same number, 2 a1 - 4 a2. What does that say about the columns?",
        "Each column is 2 and -4, from above to below.",
    ),
)
def turned_between(k):
    layers = with_one_changed(k)
    return [layers[0], *[(W.T, b) for W, b in layers[1:-1]], layers[-1]]


# -- wave: open -----------------------------------------------------------------------------------

MOST_UNITS, NEAR_ENOUGH = 8, 0.2


def root_mean_square(misses):
    return float(np.sqrt(np.mean(misses**2)))


def drawn_wave(wave, x):
    """How far the curve of a layer of ReLU units lies from sin 2x."""
    w, b, v, c = wave()
    w, b, v = (np.atleast_1d(np.asarray(one, dtype=float)).ravel() for one in (w, b, v))
    if not len(w) == len(b) == len(v):
        raise ValueError(f"w, b and v have {len(w)}, {len(b)} and {len(v)} numbers")
    wanted = np.sin(2 * x) - float(np.squeeze(c))

    def missed(b, v):
        return np.maximum(x[:, np.newaxis] * w + b, 0) @ v - wanted

    misses = missed(b, v)
    worst = np.abs(misses).argmax()
    mended = {  # what the error would be if one thing were another
        "mirrored": missed(-b, v),
        "slopes": missed(b, np.diff(v, prepend=0)),
        "shifted": misses - misses.mean(),
    }
    near = [name for name, left in mended.items() if root_mean_square(left) <= NEAR_ENOUGH]
    return {
        "units": len(w),
        "error": root_mean_square(misses),
        "shift": float(misses.mean()),
        "one step": near[0] if near else "",
        "at": float(x[worst]),
        "miss": float(misses[worst]),
    }


def no_wave(seen):
    if seen["units"] > MOST_UNITS:
        return f"You use {seen['units']} units; at most {MOST_UNITS} are allowed."
    if seen["error"] <= NEAR_ENOUGH:
        return ""
    if seen["one step"] == "mirrored":
        return (
            f"The root mean square error is {seen['error']:.2f}, and your bends stand on the wrong "
            "side of 0: max(x + p, 0) bends at -p."
        )
    if seen["one step"] == "slopes":
        return (
            f"The root mean square error is {seen['error']:.2f}: your v are slopes. A unit goes on "
            "rising to the right for ever, so v is what each bend adds to the slope."
        )
    if seen["one step"] == "shifted":
        side = "high" if seen["shift"] > 0 else "low"
        return (
            f"The root mean square error is {seen['error']:.2f}. The form of your curve is near "
            f"enough, and lies {abs(seen['shift']):.2f} too {side}: which number moves all of it?"
        )
    side = "above" if seen["miss"] > 0 else "below"
    return (
        f"The root mean square error is {seen['error']:.2f}, and at most {NEAR_ENOUGH} is asked "
        f"for. Your curve is farthest off near x = {seen['at']:.1f}, where it lies "
        f"{abs(seen['miss']):.2f} {side} the wave."
    )


@exercise(
    "three_layer_forward_pass.wave",
    SHAPE,
    trial=drawn_wave,
    lacks=no_wave,
    why="The wave turns at -2.36, -0.79, 0.79 and 2.36. Straight lines between these points need a "
    "unit at the left end and one at each turn, and the weight of a unit is the change of slope "
    "there. Peaks a little above 1 make up for the corners, which are cut off elsewhere.",
    hints=(
        "Draw the wave on paper, and replace it by straight lines. Where must they bend?",
        "A unit max(x - p, 0) changes the slope at p, from there on to the right, by its weight v.",
        "Slopes first: from corner to corner, height by width. Each v is a slope minus the slope "
        "before it; c is the height at the left end.",
    ),
)
def wave():
    """Answer (w, b, v, c): at most 8 ReLU units whose curve comes near to sin 2x on -3..3."""
    x = np.array([-3, -2.36, -0.79, 0.79, 2.36, 3])
    y = np.array([0.3, 1.1, -1.1, 1.1, -1.1, -0.3])
    slopes = np.diff(y) / np.diff(x)
    return np.ones(5), -x[:-1], np.diff(slopes, prepend=0), y[0]


@cases(wave)
def hidden_points(rng):
    for _ in range(2):
        yield (np.sort(rng.uniform(-3, 3, size=1_000)),)


@mistake(
    wave,
    "The weights are the slopes; they should be the changes of slope.",
    "A unit goes on rising to the right for ever, so what comes later adds to it.",
    (
        "Which slope has your curve at x = 3?",
        "Behind the second bend two units are active. What is the slope there?",
        "Each weight is the slope that is wanted minus the slope before it.",
    ),
)
def slopes_for_changes():
    x = np.array([-3, -2.36, -0.79, 0.79, 2.36, 3])
    y = np.array([0.3, 1.1, -1.1, 1.1, -1.1, -0.3])
    return np.ones(5), -x[:-1], np.diff(y) / np.diff(x), y[0]


@mistake(
    wave,
    "The bends are mirrored: the biases have the wrong sign.",
    "A unit max(x + p, 0) bends at -p.",
    (
        "For which x is x + b equal to 0?",
        "You want a bend at -2.36. Which bias does that need?",
        "b is minus the place of the bend.",
    ),
)
def bends_mirrored():
    w, b, v, c = wave()
    return w, -b, v, c


@mistake(
    wave,
    "Your curve is flat at 0.",
    "Its error is that of no curve at all, 0.71.",
    (
        "Which of your weights are 0?",
        "Where does the wave turn for the first time?",
        "Begin with one unit that starts at -3 and goes up to the first turn.",
    ),
)
def flat():
    return np.ones(5), np.zeros(5), np.zeros(5), 0.0
