"""Exercises of lesson 12: which pixels decided."""

import numpy as np

from .definition import cases, exercise, mistake

__all__ = ["Score", "occlude"]

PIXELS = "Ask which pixels decided, by occlusion and by gradients, and test the answer."


# -- occlude --------------------------------------------------------------------------------------


class Score:
    """A number for an image, in place of a network's logit; it shows how it is computed."""

    def __init__(self, text, function):
        self.text = text
        self.function = function

    def __call__(self, image):
        return float(self.function(np.asarray(image, dtype=float)))

    def __repr__(self):
        return self.text


@exercise(
    "what_layers_learn.occlude",
    PIXELS,
    why="Each place is an experiment of its own, so each begins with a fresh copy of the image. "
    "How much the score falls is the score of the whole image minus that of the covered one.",
    hints=(
        "For one place first: what do you cover, and which two scores do you compare?",
        "At how many places does a patch of this size fit into the rows, and into the columns?",
        "For each place: copy the image, set the patch to 0, and take the score of the whole image "
        "minus that of the copy.",
    ),
)
def occlude(score, image, size):
    """Answer, for each place of a patch of size x size pixels, how much score(image) falls when
    the pixels below the patch are set to 0."""
    height, width = image.shape
    falls = np.zeros((height - size + 1, width - size + 1))
    for y, x in np.ndindex(falls.shape):
        covered = image.copy()
        covered[y : y + size, x : x + size] = 0
        falls[y, x] = score(image) - score(covered)
    return falls


@cases(occlude)
def scores(rng):
    ink = np.array([[0.5, 0.25, 1.0], [0.75, 0.5, 0.25]])
    yield Score("lambda image: image[0, 1]", lambda image: image[0, 1]), ink, 1
    yield Score("lambda image: 2 - image[1, 2]", lambda image: 2 - image[1, 2]), ink, 2
    yield Score("lambda image: image.sum()", lambda image: image.sum()), ink, 2
    yield Score("lambda image: image.max()", lambda image: image.max()), ink, 1
    weights = rng.normal(size=(5, 4))
    text = "lambda image: (weights * image).sum() + 3"
    yield Score(text, lambda image: (weights * image).sum() + 3), rng.random((5, 4)), 3


@mistake(
    occlude,
    "Your map has the wrong sign: it says how much the score rises.",
    "A pixel that the score needs should get a number above 0.",
    (
        "Which of the two scores do you subtract from which?",
        "Cover a pixel that the score needs: which score is larger, with the patch or without?",
        "A fall is what was there before minus what is left.",
    ),
)
def rises(score, image, size):
    return -occlude(score, image, size)


@mistake(
    occlude,
    "You answer the score that is left, and asked for is how much it falls.",
    "Where a patch changes nothing, your map should hold 0.",
    (
        "How many scores go into one number of your map?",
        "Cover pixels that the score does not read. What should the map say there?",
        "Compare with the score of the whole image.",
    ),
)
def what_is_left(score, image, size):
    return score(image) - occlude(score, image, size)


@mistake(
    occlude,
    "What was covered once stays covered: at the last place nearly nothing of the image is left.",
    "Each place is an experiment of its own, and begins with the whole image.",
    (
        "How often do you copy the image?",
        "Print the covered image at the second place. How many patches do you see?",
        "Make the copy inside the loop.",
    ),
)
def stays_covered(score, image, size):
    falls, covered = occlude(score, image, size), image.copy()
    for y, x in np.ndindex(falls.shape):
        covered[y : y + size, x : x + size] = 0
        falls[y, x] = score(image) - score(covered)
    return falls


@mistake(
    occlude,
    "You cover with ink: the pixels are set to 1, and paper is 0.",
    "On a blank image a patch of paper changes nothing; yours does.",
    (
        "To which value do you set the pixels below the patch?",
        "In these images, is ink near 0 or near 1?",
        "Paper is 0.",
    ),
)
def covers_with_ink(score, image, size):
    falls = occlude(score, image, size)
    for y, x in np.ndindex(falls.shape):
        covered = image.copy()
        covered[y : y + size, x : x + size] = 1
        falls[y, x] = score(image) - score(covered)
    return falls


@mistake(
    occlude,
    "The patch never reaches the last row and the last column.",
    "A patch of 1 pixel has as many places as the image has pixels.",
    (
        "What shape has your map for a patch of 1 pixel, and what shape should it have?",
        "The first place is 0. At which place does the patch touch the end?",
        "From 0 to height - size there are height - size + 1 places.",
    ),
)
def one_place_short(score, image, size):
    return occlude(score, image, size)[:-1, :-1]


@mistake(
    occlude,
    "Your patch hangs over the edge: the map has a place for each pixel.",
    "A patch of 2 pixels has two places in a row of 3, and not three.",
    (
        "What shape has your map for a patch of 2 pixels, and what shape should it have?",
        "At which place does the patch touch the end, and how many places come before it?",
        "From 0 to height - size there are height - size + 1 places.",
    ),
)
def hangs_over(score, image, size):
    padded = np.pad(image, (0, size - 1))
    cut = Score("", lambda covered: score(covered[: image.shape[0], : image.shape[1]]))
    return occlude(cut, padded, size)


@mistake(
    occlude,
    "You cover everything but the patch.",
    "What is left of the image then is the patch alone.",
    (
        "Print the covered image at one place. Where are the zeros?",
        "Which pixels should change, those below the patch or those around it?",
        "Begin with a copy of the image, and set the pixels of the patch to 0.",
    ),
)
def covers_the_rest(score, image, size):
    falls = occlude(score, image, size)
    for y, x in np.ndindex(falls.shape):
        covered = np.zeros_like(image)
        covered[y : y + size, x : x + size] = image[y : y + size, x : x + size]
        falls[y, x] = score(image) - score(covered)
    return falls


@mistake(
    occlude,
    "Only one pixel is covered, whatever the size of the patch is.",
    "A patch of size 2 covers four pixels.",
    (
        "In which lines does `size` stand?",
        "Print the covered image for size 2. How many pixels are 0?",
        "Two slices: size rows from y on, and size columns from x on.",
    ),
)
def one_pixel(score, image, size):
    falls = occlude(score, image, size)
    return occlude(score, image, 1)[: falls.shape[0], : falls.shape[1]]


@mistake(
    occlude,
    "Your map forgets the direction: it says how much the score changes.",
    "Where a patch makes the score larger, the fall is below 0.",
    (
        "Can your map hold a number below 0?",
        "Think of a pixel whose ink speaks against the digit: what does the score do when it is "
        "covered?",
        "Subtract, and leave the sign as it is.",
    ),
)
def without_direction(score, image, size):
    return np.abs(occlude(score, image, size))
