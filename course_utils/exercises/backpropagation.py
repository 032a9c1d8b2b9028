"""Exercises of lesson 05: the rule at a fork, backward passes and their mistakes, a loop."""

import numpy as np

from .definition import cases, exercise, mistake, tells_apart

__all__ = [
    "check_inputs",
    "dense_backward",
    "fork",
    "logits_gradient",
    "relu_backward",
    "tanh_backward",
    "train",
    "wrong_relu",
]

BACKWARD = (
    "Derive the backward pass of a network, code it, and check every gradient by finite "
    "differences."
)
MISTAKES = "Find typical mistakes in backward passes."
TRAINING = "Train networks for regression, for two classes and for MNIST with `fit`."


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


@mistake(
    fork,
    "Of two pairs with the same input, one is lost.",
    "`x * x` uses x twice. With the slope 4 in each pair, L grows by 8, and not by 4.",
    (
        "How many pairs has the last value of [[], [(0, 4), (0, 4)]], and how many do you use?",
        "What does a `dict` or a `set` keep when the same input comes a second time?",
        "Go through the list itself, pair by pair.",
    ),
)
def same_input_once(graph):
    grads = [0.0] * len(graph)
    grads[-1] = 1.0
    for k in reversed(range(len(graph))):
        for source, slope in dict(graph[k]).items():
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


@mistake(
    dense_backward,
    "The three answers stand in another order: dX comes last.",
    "Where all shapes are square, no error tells.",
    (
        "Compare the order of your `return` with the task.",
        "Which is first: by the input or by the weights?",
        "(dX, dW, db).",
    ),
)
def input_last(X, W, dZ):
    return X.T @ dZ, dZ.sum(axis=0), dZ @ W.T


# -- logits_gradient ------------------------------------------------------------------------------


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


@exercise(
    "backpropagation.logits_gradient",
    BACKWARD,
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
    "You divide by the number of classes; the mean is taken over the samples.",
    "For one sample with two classes there is one loss, so the mean divides by 1, and not by 2.",
    (
        "Does your divisor count the rows of Z, or its columns?",
        "For `Z = [[0, 0]]`, how many samples are there?",
        "`len(Z)` counts the samples.",
    ),
)
def divided_by_classes(Z, labels):
    return (softmax(Z) - np.eye(Z.shape[1])[labels]) / Z.shape[1]


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
    "The slope is taken at dA; it belongs to Z, where tanh was computed.",
    "At z = 0 the slope is 1, whatever comes back: with dA = 2 the answer is 2.",
    (
        "Of which array do you take the tanh?",
        "What is dZ at z = 0, where the slope is 1?",
        "The slope is 1 - tanh(Z)^2; dA is the other factor alone.",
    ),
)
def slope_at_what_comes_back(Z, dA):
    return dA * (1 - np.tanh(dA) ** 2)


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
