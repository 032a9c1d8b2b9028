"""Exercises of lesson 08: cures of overfitting, and what a result is worth."""

import numpy as np

from .definition import cases, exercise, mistake

__all__ = ["stop_early"]

CURES = "Apply L2, L1, dropout, early stopping and augmentation, and compare them fairly."


# -- stop_early -----------------------------------------------------------------------------------


@exercise(
    "regularization_and_metrics.stop_early",
    CURES,
    why="The best epoch so far is all that must be remembered, with its loss. How long ago it was "
    "is how long nothing has improved, so no second count is needed.",
    hints=(
        "After each epoch two questions: is this the lowest loss so far? If not, how long ago was "
        "the lowest?",
        "Do [0.9, 0.6, 0.7, 0.8, 0.5] by hand with a patience of 2: which epochs improve, and "
        "after which one is it over?",
        "Remember the best epoch and its loss. Stop when the epoch is `patience` or more behind "
        "the best one.",
    ),
)
def stop_early(losses, patience):
    """Answer (best, last): the epoch of the lowest loss until training stops, and when it does."""
    best, lowest = 0, np.inf
    for epoch, loss in enumerate(losses, start=1):
        if loss < lowest:
            best, lowest = epoch, loss
        elif epoch - best >= patience:
            return best, epoch
    return best, len(losses)


@cases(stop_early)
def trainings(rng):
    yield [0.9, 0.8, 0.7], 2  # it improves to the end
    yield [0.9, 0.6, 0.7, 0.8, 0.5], 2  # the lowest comes too late
    yield [0.5, 0.4, 0.4, 0.4, 0.3], 2  # as low is not lower
    yield [0.5, 0.9, 0.8, 0.7, 0.6], 2  # lower than the last is not the lowest
    yield [0.9, 0.7, 0.8, 0.6, 0.65, 0.5], 2  # two bad epochs, and not in a row
    yield [0.9, 0.5, 0.6, 0.7, 0.8, 0.9], 2
    yield [0.9, 0.5, 0.8, 0.7, 0.6, 0.4, 0.6, 0.7], 4


@mistake(
    stop_early,
    "You stop one epoch too late.",
    "With a patience of 2, training ends after the second epoch without improvement.",
    (
        "Which number does your count have when training should end?",
        "With a patience of 1 and the losses 0.5, 0.6, 0.4: how many epochs are trained?",
        "`>` and `>=` differ by one epoch.",
    ),
)
def one_too_late(losses, patience):
    return stop_early(losses, patience + 1)


@mistake(
    stop_early,
    "Your count of epochs without improvement never goes back to 0.",
    "With a patience of 2, one bad epoch, a better one and another bad one do not end training.",
    (
        "What should happen to the count when an epoch improves?",
        "Write the count beside each of the losses 0.9, 0.7, 0.8, 0.6, 0.65, 0.5.",
        "Where you store a new best epoch, the count begins anew.",
    ),
)
def never_set_back(losses, patience):
    best, lowest, count = 0, np.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < lowest:
            best, lowest = epoch, loss
        else:
            count += 1
            if count >= patience:
                return best, epoch
    return best, len(losses)


@mistake(
    stop_early,
    "A loss that is as low as the lowest counts as an improvement in yours.",
    "A loss that stays where it is would go on for ever.",
    (
        "Look at the comparison.",
        "Is 0.4 an improvement when the lowest so far is 0.4?",
        "`<` and `<=` differ where two losses are equal.",
    ),
)
def as_low_is_enough(losses, patience):
    best, lowest = 0, np.inf
    for epoch, loss in enumerate(losses, start=1):
        if loss <= lowest:
            best, lowest = epoch, loss
        elif epoch - best >= patience:
            return best, epoch
    return best, len(losses)


@mistake(
    stop_early,
    "Each loss is compared with the one before; it should be compared with the lowest.",
    "After 0.5 and 0.9 a loss of 0.8 is lower than the last, and no improvement.",
    (
        "With which number do you compare a loss?",
        "Do 0.5, 0.9, 0.8, 0.7 by hand: which of them improve on all before?",
        "Keep the lowest loss, and change it only when an epoch is lower.",
    ),
)
def against_the_last(losses, patience):
    best, before, count = 0, np.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < before:
            best, count = epoch, 0
        else:
            count += 1
            if count >= patience:
                return best, epoch
        before = loss
    return best, len(losses)


@mistake(
    stop_early,
    "You answer the last epoch twice; the best one lies before it.",
    "Early stopping takes the weights of the best epoch back, not those of the last.",
    (
        "Which two numbers stand in your `return`?",
        "Training ends `patience` epochs after the best one. Which of them do you keep?",
        "Store the number of the epoch whenever the loss is a new lowest.",
    ),
)
def last_for_best(losses, patience):
    _, last = stop_early(losses, patience)
    return last, last


@mistake(
    stop_early,
    "Your epochs are counted from 0; the first one is epoch 1.",
    "Both of your numbers are one too small.",
    (
        "What is the number of the first epoch in your loop?",
        "Python counts from 0, and the epochs here begin with 1.",
        "`enumerate(losses, start=1)` counts from 1.",
    ),
)
def from_zero(losses, patience):
    best, last = stop_early(losses, patience)
    return best - 1, last - 1


@mistake(
    stop_early,
    "You look for the lowest of all losses, also of those that come after the end.",
    "Whoever stops after epoch 4 never learns the loss of epoch 5.",
    (
        "Which losses does your function look at before it decides?",
        "Do 0.9, 0.6, 0.7, 0.8, 0.5 with a patience of 2 by hand, with a hand over what comes "
        "later.",
        "Go through the losses one by one, and decide after each whether training ends.",
    ),
)
def lowest_of_all(losses, patience):
    best = int(np.argmin(losses)) + 1
    return best, min(best + patience, len(losses))


@mistake(
    stop_early,
    "Your training never stops before its last epoch.",
    "The patience has no say in it.",
    (
        "Which argument do you not use?",
        "What should happen when nothing has improved for `patience` epochs?",
        "Return as soon as the best epoch is so long ago.",
    ),
)
def to_the_end(losses, patience):
    return int(np.argmin(losses)) + 1, len(losses)


@mistake(
    stop_early,
    "You stop one epoch too early.",
    "With a patience of 2, training ends after the second epoch without improvement; yours ends "
    "after the first.",
    (
        "Which number has your count at the best epoch itself?",
        "The best epoch improves, so it does not count. The next one is the first.",
        "With a patience of 2, the last epoch is the best one plus 2.",
    ),
)
def one_too_early(losses, patience):
    return stop_early(losses, patience - 1)


@mistake(
    stop_early,
    "The two numbers stand in the other order: asked for are the best epoch, then the last.",
    "The last epoch can't come before the best one.",
    (
        "Look at your `return`, and at the task.",
        "Which of your two numbers is the larger one?",
        "First the best epoch, then the last.",
    ),
)
def exchanged(losses, patience):
    return stop_early(losses, patience)[::-1]


@mistake(
    stop_early,
    "Where training is never stopped, you answer nothing (`None`).",
    "A loss that falls to the end gives no reason to stop, and the loop runs out.",
    (
        "Which line of yours is reached when the loop comes to its end?",
        "With 0.9, 0.8, 0.7, which epoch is the best, and which the last?",
        "Behind the loop, a second `return`: the last epoch is then `len(losses)`.",
    ),
)
def nothing_at_the_end(losses, patience):
    best, last = stop_early(losses, patience)
    return (best, last) if last - best >= patience else None
