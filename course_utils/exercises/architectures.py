"""Exercises of lesson 10: blocks with shortcuts."""

import numpy as np

from .definition import cases, exercise, mistake

__all__ = ["residual_backward"]

BLOCKS = "Build an inception block and a residual block, check their gradients and train them."


# -- residual_backward ----------------------------------------------------------------------------


@exercise(
    "architectures.residual_backward",
    BLOCKS,
    why="X goes into the output on two ways, so two gradients come back and are added. Through "
    "the block: W2 transposed, the slope of the ReLU, W1 transposed. Around it: dA as it is.",
    hints=(
        "On how many ways does X act on A, and what comes back on each of them?",
        "Through the block go back step by step: from dA to the hidden values, past the ReLU, "
        "to X. Which matrix belongs to each step?",
        "A sum hands dA on to both of its inputs: what comes through the block, plus dA.",
    ),
)
def residual_backward(X, W1, W2, dA):
    """Answer dX for the residual block A = relu(X @ W1) @ W2 + X, when dA comes back."""
    dZ = (dA @ W2.T) * (X @ W1 > 0)
    return dZ @ W1.T + dA


@cases(residual_backward)
def blocks(rng):
    X, W1 = np.array([[1.0, 2.0]]), np.array([[1.0, -1.0], [2.0, 0.25]])  # X @ W1 is (5, -0.5)
    W2, dA = np.array([[3.0, 5.0], [4.0, 6.0]]), np.array([[1.0, 10.0]])
    yield X, W1, W2, dA
    yield X, W1, np.zeros((2, 2)), dA  # F is 0: dX is dA
    yield np.array([[1.0, -3.0]]), np.array([[2.0, 1.0], [0.5, -1.0]]), W2 / 10, dA  # A has -0.85
    yield tuple(rng.normal(size=(4, 3, 3)))


@mistake(
    residual_backward,
    "What comes back around the block is missing.",
    "When the block does nothing, dX should be dA; yours is 0 then.",
    (
        "On how many ways does X act on A?",
        "Set W2 to zeros, so that A = X. What is dX?",
        "The shortcut hands dA on as it is: add it.",
    ),
)
def without_shortcut(X, W1, W2, dA):
    return residual_backward(X, W1, W2, dA) - dA


@mistake(
    residual_backward,
    "What comes back through the block is missing: you answer dA alone.",
    "Whatever W1 and W2 are, your dX is the same.",
    (
        "Which arguments do you not use?",
        "X also acts on A through W1, the ReLU and W2. What comes back on this way?",
        "Go back through the block as in lesson 05, and add that to dA.",
    ),
)
def shortcut_alone(X, W1, W2, dA):
    return dA.copy()


@mistake(
    residual_backward,
    "You add X where dA should be added.",
    "X is what the shortcut adds on the way forward; backward another thing travels on it.",
    (
        "What did your last line add, and is it a gradient?",
        "Set W2 to zeros, so that A = X. What is dX for dA = (1, 10)?",
        "Backward a sum hands on dA, to both of its inputs.",
    ),
)
def adds_the_input(X, W1, W2, dA):
    return residual_backward(X, W1, W2, dA) - dA + X


@mistake(
    residual_backward,
    "The slope of the ReLU is missing.",
    "A unit whose sum is below 0 answers 0 and hands nothing back; yours does.",
    (
        "The block has three steps forward. How many has yours backward?",
        "What is the slope of the ReLU for a sum of 1, and for a sum of -1?",
        "Multiply by 1 where X @ W1 is above 0, and by 0 elsewhere.",
    ),
)
def without_relu(X, W1, W2, dA):
    return (dA @ W2.T) @ W1.T + dA


@mistake(
    residual_backward,
    "You multiply by what the ReLU answers, and its slope is asked for.",
    "A unit with a sum of 5 hands on five times too much.",
    (
        "What does the step past the ReLU multiply by?",
        "What is the slope of the ReLU at 5, and what is its value there?",
        "The slope is 1 where the sum is above 0, however large it is.",
    ),
)
def value_for_slope(X, W1, W2, dA):
    return (dA @ W2.T * np.maximum(X @ W1, 0)) @ W1.T + dA


@mistake(
    residual_backward,
    "The ReLU is opened and closed by X; the sums X @ W1 decide that.",
    "Which units are silent depends on W1, and yours do not depend on it.",
    (
        "What went into the ReLU on the way forward?",
        "For which values is its slope 1: for those of X, or of X @ W1?",
        "Compare X @ W1 with 0.",
    ),
)
def gate_of_the_input(X, W1, W2, dA):
    return ((dA @ W2.T) * (X > 0)) @ W1.T + dA


@mistake(
    residual_backward,
    "The matrices are not transposed.",
    "They are square, so no shape complains.",
    (
        "Forward it is X @ W1. What belongs in its place backward?",
        "Take a W2 with a single 1 above its diagonal. From which output to which unit does its "
        "gradient go?",
        "Backward each matrix is multiplied transposed: `W.T`.",
    ),
)
def not_transposed(X, W1, W2, dA):
    return (dA @ W2 * (X @ W1 > 0)) @ W1 + dA


@mistake(
    residual_backward,
    "The two matrices are exchanged: you go back through W1 first.",
    "What was last on the way forward is first on the way back.",
    (
        "Which matrix did the values pass last, on their way to A?",
        "Write the steps forward in a column, and read it from below.",
        "dA meets W2 first, then the ReLU, then W1.",
    ),
)
def exchanged(X, W1, W2, dA):
    return (dA @ W1.T * (X @ W1 > 0)) @ W2.T + dA
