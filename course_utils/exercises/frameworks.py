"""Exercises of lesson 13: weights that go from one library to another."""

import numpy as np

from .definition import cases, exercise, mistake

__all__ = ["carry"]

WEIGHTS = "Carry weights from one library to another, and catch the mistakes that raise no error."


# -- carry ----------------------------------------------------------------------------------------


@exercise(
    "frameworks.carry",
    WEIGHTS,
    why="Three differences, one after the other: PyTorch's rows are our columns, its gates stand "
    "in the order i, f, g, o, and its two biases are only ever used as a sum.",
    hints=(
        "There are three differences. Which of them does your code take care of?",
        "Give every gate numbers of its own: 1 for i, 2 for f, 3 for g, 4 for o. Where are they in "
        "your answer?",
        "`np.split(array, 4)` cuts the rows into the four gates; put them together in the order "
        "i, f, o, g, and transpose.",
    ),
)
def carry(state):
    """Answer (Wx, Wh, b) of our LSTM, gates in the order i, f, o, g, for the arrays of PyTorch's:
    weight_ih_l0, weight_hh_l0, bias_ih_l0 and bias_hh_l0, gates in the order i, f, g, o."""

    def ours(array):
        i, f, g, o = np.split(array, 4)
        return np.concatenate([i, f, o, g]).T

    b = state["bias_ih_l0"] + state["bias_hh_l0"]
    return ours(state["weight_ih_l0"]), ours(state["weight_hh_l0"]), ours(b)


@cases(carry)
def states(rng):
    gates = np.array([1.0, 2.0, 3.0, 4.0])
    yield (named(gates.reshape(4, 1), 10 * gates.reshape(4, 1), 100 * gates, np.zeros(4)),)
    square = gates.reshape(4, 1) + np.array([0.0, 0.1, 0.2, 0.3])  # 4 inputs, 1 unit
    yield (named(square, gates.reshape(4, 1), gates, 10 * gates),)
    two = np.add.outer(gates, [0.1, 0.2]).reshape(8, 1)  # 1 input, 2 units: 1.1, 1.2, 2.1, ...
    yield (named(two, np.hstack([two, 10 * two]), two.ravel(), np.arange(8.0)),)


def named(*arrays):
    """Arrays under the names that PyTorch gives them."""
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return dict(zip(names, arrays, strict=True))


def in_order(array, order):
    """The four gates of an array in another order."""
    parts = np.split(array, 4)
    return np.concatenate([parts[k] for k in order])


def arrays_of(state):
    """Both weight matrices, and the sum of the biases."""
    b = state["bias_ih_l0"] + state["bias_hh_l0"]
    return state["weight_ih_l0"], state["weight_hh_l0"], b


@mistake(
    carry,
    "The matrices are not transposed.",
    "In PyTorch's matrices a row belongs to a unit of a gate; in ours a column does.",
    (
        "What is the shape of weight_ih_l0 for D inputs and H units, and what is that of our Wx?",
        "Is a row of PyTorch's matrix an input, or a unit of a gate? And a row of ours?",
        "Each matrix needs `.T` at the end.",
    ),
)
def not_transposed(state):
    return tuple(in_order(array, (0, 1, 3, 2)) for array in arrays_of(state))


@mistake(
    carry,
    "The matrices got their shape by `reshape`, which moves numbers to other places.",
    "The shape is right, and most weights belong to another input and another unit.",
    (
        "Which of your lines changes the shape of a matrix?",
        "Print a 2 x 3 matrix with the numbers 1 to 6, its `.reshape(3, 2)` and its `.T`.",
        "`.T` exchanges rows and columns; `reshape` cuts the same row of numbers anew.",
    ),
)
def reshaped(state):
    Wx, Wh, b = (in_order(array, (0, 1, 3, 2)) for array in arrays_of(state))
    return Wx.reshape(Wx.shape[::-1]), Wh.reshape(Wh.shape[::-1]), b


@mistake(
    carry,
    "The gates stand in PyTorch's order.",
    "Our output gate would get the candidate's weights, and the candidate those of the gate.",
    (
        "Write both orders below each other: i, f, g, o and i, f, o, g.",
        "Which of the four blocks have to change their places?",
        "The third block and the fourth are exchanged.",
    ),
)
def in_pytorchs_order(state):
    return tuple(array.T for array in arrays_of(state))


@mistake(
    carry,
    "The gates of the matrices are sorted, those of the bias are not.",
    "The third quarter of your b belongs to the candidate, and ours holds the output gate there.",
    (
        "Which of your three arrays did you sort?",
        "In which order do the gates stand in bias_ih_l0?",
        "The bias has the same four blocks as the matrices.",
    ),
)
def bias_unsorted(state):
    Wx, Wh, b = arrays_of(state)
    return in_order(Wx, (0, 1, 3, 2)).T, in_order(Wh, (0, 1, 3, 2)).T, b


@mistake(
    carry,
    "Only the first bias is used.",
    "PyTorch adds both in every step, and so ours must hold the sum.",
    (
        "How many of the four arrays of `state` do you read?",
        "Forward it is x Wx + b1 + h Wh + b2. Which single b does the same?",
        "Add the two biases.",
    ),
)
def one_bias(state):
    return carry(state | {"bias_hh_l0": 0 * state["bias_ih_l0"]})


@mistake(
    carry,
    "You exchange two rows, and each gate has as many rows as there are units.",
    "With one unit you are right; with two, the rows 2 and 3 both belong to f.",
    (
        "How many rows has an LSTM of two units? How many of them belong to one gate?",
        "Give each row a number, for two units. Which rows are those of g, and which of o?",
        "Cut the rows into four equal blocks, and exchange the last two blocks.",
    ),
)
def single_rows(state):
    rows = [0, 1, 3, 2]
    return tuple(np.concatenate([a[rows], a[4:]]).T for a in arrays_of(state))


@mistake(
    carry,
    "The wrong blocks are exchanged: your gates stand in the order i, g, f, o.",
    "The forget gate would get the candidate's weights.",
    (
        "Write both orders below each other: i, f, g, o and i, f, o, g.",
        "Which blocks are at the same place in both?",
        "i and f stay; the last two are exchanged.",
    ),
)
def middle_exchanged(state):
    return tuple(in_order(array, (0, 2, 1, 3)).T for array in arrays_of(state))
