"""Exercises of lesson 07: steps downhill."""

import numpy as np

from .definition import cases, exercise, mistake

__all__ = ["momentum_step"]

RULES = "Write seven optimizers, each in at most five lines, and say what each one remembers."


# -- momentum_step --------------------------------------------------------------------------------


@exercise(
    "optimization.momentum_step",
    RULES,
    why="v is the step itself: a part of the last one, and a step of gradient descent. The new v "
    "moves the weights, and is what the next call needs. `v = ...` makes a new array, so the "
    "caller's stays as it was.",
    hints=(
        "Put your lines beside the formula: which number stands before v, and which before g?",
        "Where v is 0, your step must be that of gradient descent, - lr times g.",
        "First the new v, of the old v and g; then w and the new v, added; answer both.",
    ),
)
def momentum_step(w, v, g, lr, beta):
    """Answer (w, v) after one step of momentum with the gradient g."""
    v = beta * v - lr * g
    return w + v, v


@cases(momentum_step)
def steps(rng):
    yield np.array([1.0, -2.0]), np.array([0.0, 0.0]), np.array([2.0, 4.0]), 0.1, 0.9
    yield np.array([1.0, -2.0]), np.array([0.5, -1.0]), np.array([2.0, 4.0]), 0.1, 0.9
    yield rng.normal(size=3), rng.normal(size=3), rng.normal(size=3), 0.02, 0.5


@mistake(
    momentum_step,
    "You go up: the gradient is added.",
    "With v = 0 a weight whose gradient is 2 grows, and the loss with it.",
    (
        "Take v = 0 and g = 2. In which direction does your w go?",
        "Compare the signs before v and before g in your lines with those of the formula.",
        "v holds the step as it is added, so the gradient enters it with a minus.",
    ),
)
def uphill(w, v, g, lr, beta):
    v = beta * v + lr * g
    return w + v, v


@mistake(
    momentum_step,
    "Your v has its sign turned: it is subtracted, and the v that you are given is one to add.",
    "With v = 0 your w is right. With another v its part goes the wrong way.",
    (
        "Which of your cases is right: the one with v = 0, or the other?",
        "Some books subtract v. In the formula here it is added: w + v.",
        "The gradient enters v with a minus, and v is added to w.",
    ),
)
def turned(w, v, g, lr, beta):
    v = beta * v + lr * g
    return w - v, v


@mistake(
    momentum_step,
    "The weights move by the old v.",
    "With v = 0 your first step does not move at all.",
    (
        "In which order do your two lines stand?",
        "Take v = 0. Which of your numbers knows the gradient?",
        "Compute the new v first, and move by it.",
    ),
)
def by_the_old_step(w, v, g, lr, beta):
    return w + v, beta * v - lr * g


@mistake(
    momentum_step,
    "The new v moves the weights, and then it is forgotten: you answer the old one.",
    "The next step would repeat a part of a step that is long past.",
    (
        "Look at your `return`: which v is it?",
        "What does momentum remember from one step to the next?",
        "Give the new v a name, use it for w, and answer it.",
    ),
)
def forgotten(w, v, g, lr, beta):
    return w + beta * v - lr * g, v


@mistake(
    momentum_step,
    "The last step is repeated whole; beta is missing.",
    "Without it no step is ever forgotten, and they add up without end.",
    (
        "Which argument do you not use?",
        "A part of the last step is repeated. Which part?",
        "The old v is multiplied by beta.",
    ),
)
def never_fades(w, v, g, lr, beta):
    v = v - lr * g
    return w + v, v


@mistake(
    momentum_step,
    "Your v is a mean of steps: g is also multiplied by 1 - beta.",
    "With beta = 0.9 the first step is a tenth of what it should be. Momentum takes no mean, it "
    "adds steps up.",
    (
        "By which numbers do you multiply v, and by which g?",
        "Take v = 0. Your step should be that of gradient descent.",
        "In the formula g is multiplied by the rate, and by nothing else.",
    ),
)
def averaged(w, v, g, lr, beta):
    v = beta * v - (1 - beta) * lr * g
    return w + v, v


@mistake(
    momentum_step,
    "Your v is a mean of gradients, and the rate comes after it.",
    "The v here is a step: the rate and the minus are in it already. Momentum takes no mean, it "
    "adds steps up.",
    (
        "By which numbers do you multiply v, and by which g?",
        "Take v = 0. Your step should be that of gradient descent, and your v that step.",
        "In the formula g is multiplied by the rate, and by nothing else.",
    ),
)
def averaged_gradients(w, v, g, lr, beta):
    v = beta * v + (1 - beta) * g
    return w - lr * v, v


@mistake(
    momentum_step,
    "The rate stands outside of v: your v adds up gradients, and the one here adds up steps.",
    "Some libraries write it so, and reach the same weights when the rate stays. Here the v that "
    "comes in has the rate in it already.",
    (
        "What does your v hold after the first step: a step, or a gradient?",
        "Where does the rate stand in the formula?",
        "Multiply g by the rate where it enters v, with a minus; then add v to w.",
    ),
)
def rate_outside(w, v, g, lr, beta):
    v = beta * v + g
    return w - lr * v, v


@mistake(
    momentum_step,
    "This is Nesterov's step, which looks ahead.",
    "Your v is right, and w goes further than by v.",
    (
        "The formula has two lines for w. Which one did you take?",
        "By how much does your w move, and how large is the new v?",
        "With momentum, w moves by the new v.",
    ),
)
def looks_ahead(w, v, g, lr, beta):
    v = beta * v - lr * g
    return w + beta * v - lr * g, v


@mistake(
    momentum_step,
    "You subtract v, and v goes downhill already.",
    "Your v is right. Less v, a weight whose gradient is 2 grows, and the loss with it.",
    (
        "Take v = 0 and g = 2. In which direction does your w go?",
        "What is the sign of the gradient in v? Which sign is before v in the formula for w?",
        "Add the new v to w.",
    ),
)
def subtracted(w, v, g, lr, beta):
    v = beta * v - lr * g
    return w - v, v


@mistake(
    momentum_step,
    "You answer v and w; asked for are w and v.",
    "Both are right, and stand in the other order.",
    (
        "Look at your `return`, and at the task.",
        "Which of the two comes first?",
        "w first, then v.",
    ),
)
def exchanged(w, v, g, lr, beta):
    v = beta * v - lr * g
    return v, w + v


@mistake(
    momentum_step,
    "You answer w alone; the new v is lost.",
    "The w is right. The next step needs the new v as well.",
    (
        "How many things does your `return` hold, and how many are asked for?",
        "What does momentum remember from one step to the next?",
        "Two things behind `return`, with a comma between them.",
    ),
)
def weights_alone(w, v, g, lr, beta):
    return w + beta * v - lr * g
