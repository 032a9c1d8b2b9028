"""Exercises of lesson 11: a state that is handed on, and gradients that run back."""

import numpy as np

from .definition import cases, exercise, mistake

__all__ = ["bptt"]

THROUGH_TIME = "Derive backpropagation through time, code it in ten lines, and check it."


# -- bptt -----------------------------------------------------------------------------------------


@exercise(
    "recurrent_networks.bptt",
    THROUGH_TIME,
    why="From the last step to the first: the slope of tanh makes dz of dh, dz is this step's part "
    "of all three gradients, and dz through Wh transposed is the dh of the step before.",
    hints=(
        "Begin with the last step. What do you know there, and what does the step before need?",
        "For a single step by hand: dz from dh and the state behind it, then the three parts from "
        "dz. Which state stands before this step, and which behind it?",
        "In the loop, from the last step to the first: dz, then add its parts, then the dh for the "
        "step before.",
    ),
)
def bptt(X, states, dh, Wh):
    """Answer (dWx, dWh, db) of a recurrent layer with tanh, when dh comes back to its last state;
    states[t] is the state before step t, and states[t + 1] the one after it."""
    dWx, dWh, db = 0, 0, 0
    for t in reversed(range(X.shape[1])):
        dz = dh * (1 - states[t + 1] ** 2)
        dWx = dWx + X[:, t].T @ dz
        dWh = dWh + states[t].T @ dz
        db = db + dz.sum(axis=0)
        dh = dz @ Wh.T
    return dWx, dWh, db


@cases(bptt)
def sequences(rng):
    one, zero, early, late = (np.array([[value]]) for value in (1.0, 0.0, 0.5, -0.6))
    yield np.array([[[2.0, 3.0]]]), [zero, early], one, one  # a single step
    yield np.array([[[1.0, 2.0], [10.0, 20.0]]]), [zero, early, late], one, 2 * one
    two, dh = np.array([[0.5], [-0.6]]), np.array([[1.0], [2.0]])  # two samples
    yield np.array([[[1.0, 2.0]], [[10.0, 20.0]]]), [np.zeros((2, 1)), two], dh, one
    X = np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    states = [np.zeros((1, 2)), np.array([[0.5, 0.0]]), np.array([[0.0, -0.5]])]
    yield X, states, np.array([[1.0, 10.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    X, Wx, Wh = (rng.normal(size=size) for size in ((3, 4, 2), (2, 3), (3, 3)))
    states = [np.zeros((3, 3))]
    for t in range(4):
        states.append(np.tanh(X[:, t] @ Wx + states[-1] @ Wh))
    yield X, states, rng.normal(size=(3, 3)), Wh


def sums(X, dzs, before):
    """The three gradients, from a dz for each step and the state before it."""
    parts = list(zip(np.moveaxis(X, 1, 0), dzs, before, strict=True))
    return (
        sum(x.T @ dz for x, dz, _ in parts),
        sum(h.T @ dz for _, dz, h in parts),
        sum(dz.sum(axis=0) for _, dz, _ in parts),
    )


def backward(X, states, dh, carry, slope=lambda before, after: 1 - after**2):
    """Each step's dz, in the order of time; carry(dh, dz) makes the dh of the step before."""
    dzs = []
    for t in reversed(range(X.shape[1])):
        dz = dh * slope(states[t], states[t + 1])
        dh = carry(dh, dz)
        dzs.insert(0, dz)
    return dzs


@mistake(
    bptt,
    "Each step overwrites the gradients of the other steps: only the first step is left.",
    "A weight is used at every step, so its gradient is a sum with a term for each.",
    (
        "What stands in dWx after two turns of your loop?",
        "With two steps: print dWx after each turn. Is the first one still in it?",
        "`=` forgets what was there, `+=` adds to it.",
    ),
)
def overwrites(X, states, dh, Wh):
    dzs = backward(X, states, dh, lambda dh, dz: dz @ Wh.T)
    return sums(X[:, :1], dzs[:1], states[:1])


@mistake(
    bptt,
    "For dWh you take the state after the step, and Wh met the one before it.",
    "With a single step the state before it is 0, and so should dWh be.",
    (
        "Which state was multiplied by Wh in step t?",
        "For t = 0 that was the state of zeros. Which index has it in `states`?",
        "`states[t]` is the state before step t.",
    ),
)
def state_after(X, states, dh, Wh):
    return sums(X, backward(X, states, dh, lambda dh, dz: dz @ Wh.T), states[1:])


@mistake(
    bptt,
    "The same dh is used at every step: nothing runs back through time.",
    "An early state acts on the loss only through the later ones.",
    (
        "Which lines of your loop change dh?",
        "How does the state before this step act on the loss?",
        "At the end of each turn dh becomes that of the state before: dz through Wh, transposed.",
    ),
)
def not_handed_back(X, states, dh, Wh):
    return sums(X, backward(X, states, dh, lambda dh, dz: dh), states[:-1])


@mistake(
    bptt,
    "On its way to the step before, dh misses the slope of tanh.",
    "The state before acts through z, and z acts through tanh.",
    (
        "What do you multiply by Wh transposed?",
        "Which comes first on the way back: tanh, or the product with Wh?",
        "It is dz that goes through Wh, not dh.",
    ),
)
def without_slope_on_the_way(X, states, dh, Wh):
    return sums(X, backward(X, states, dh, lambda dh, dz: dh @ Wh.T), states[:-1])


@mistake(
    bptt,
    "Wh is not transposed on the way back.",
    "It is always square, so no shape complains.",
    (
        "Forward it is the state times Wh. What belongs in its place backward?",
        "With a single unit you are right. What does transposing do to a matrix of one number?",
        "Backward a matrix is multiplied transposed: `Wh.T`.",
    ),
)
def not_transposed(X, states, dh, Wh):
    return sums(X, backward(X, states, dh, lambda dh, dz: dz @ Wh), states[:-1])


@mistake(
    bptt,
    "The slope of tanh is taken at the state before the step.",
    "The slope belongs to what this step's tanh answered, and that is the state after it.",
    (
        "Which state is tanh of this step's z?",
        "`states` has one entry more than there are steps. Which index has the state after step t?",
        "`states[t + 1]` is the state after step t.",
    ),
)
def slope_before(X, states, dh, Wh):
    dzs = backward(X, states, dh, lambda dh, dz: dz @ Wh.T, lambda before, after: 1 - before**2)
    return sums(X, dzs, states[:-1])


@mistake(
    bptt,
    "The slope of tanh is missing: you use dh where dz belongs.",
    "A state near 1 or -1 hardly moves when z does, and its gradients should be small.",
    (
        "Which step lies between z and the state, and what does it multiply by on the way back?",
        "What is 1 - h^2 for a state of 0.5? Where does this number come in?",
        "dz is dh times the slope, and all three gradients are made of dz.",
    ),
)
def without_slope(X, states, dh, Wh):
    dzs = backward(X, states, dh, lambda dh, dz: dz @ Wh.T, lambda before, after: 1.0)
    return sums(X, dzs, states[:-1])


@mistake(
    bptt,
    "db is not summed over the samples: it holds a row for each of them.",
    "b is one row that all samples share, so its gradient is one row, too.",
    (
        "What is the shape of b, and what is that of your db?",
        "X[:, t].T @ dz adds over the samples by itself. What adds them in db?",
        "Sum dz over axis 0, that of the samples.",
    ),
)
def bias_of_each_sample(X, states, dh, Wh):
    dzs = backward(X, states, dh, lambda dh, dz: dz @ Wh.T)
    dWx, dWh, _ = sums(X, dzs, states[:-1])
    return dWx, dWh, sum(dzs)


@mistake(
    bptt,
    "The slope of tanh is taken of tanh of the state: tanh is applied twice.",
    "The state is already what tanh answered.",
    (
        "What is in `states`: z, or tanh of z?",
        "The slope is 1 - tanh(z)^2. Which number that you have is tanh(z)?",
        "With h = tanh(z) the slope is 1 - h^2.",
    ),
)
def tanh_twice(X, states, dh, Wh):
    bent = [np.tanh(h) for h in states]
    return sums(X, backward(X, bent, dh, lambda dh, dz: dz @ Wh.T), states[:-1])


@mistake(
    bptt,
    "Your loop runs from the first step to the last.",
    "The dh that is given belongs to the last state; the first step has to wait for its own.",
    (
        "In which order does your loop take the steps?",
        "To which state does the given dh belong?",
        "`reversed(range(T))` counts from T - 1 down to 0.",
    ),
)
def forwards(X, states, dh, Wh):
    dzs = []
    for t in range(X.shape[1]):
        dzs.append(dh * (1 - states[t + 1] ** 2))
        dh = dzs[-1] @ Wh.T
    return sums(X, dzs, states[:-1])
