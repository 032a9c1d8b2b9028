"""Exercises of lesson 01: neurons, gates, Rosenblatt's rule, and what no line can do."""

import numpy as np

from .definition import cases, exercise, mistake, tells_apart

__all__ = [
    "border", "majority", "margin", "neuron", "order", "samples", "train", "update", "xor",
]  # fmt: skip

NEURON = (
    "Compute the output of a neuron, and explain why a bias and a threshold are the same thing."
)
GATES = "Choose weights for AND, NAND and OR, and draw the line that they define."
RULE = (
    "Train a perceptron by Rosenblatt's rule, and check the number of its mistakes against the "
    "convergence bound."
)
XOR = "Show that no single line solves XOR, and solve it with two layers."

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


# -- neuron ---------------------------------------------------------------------------------------


@exercise(
    "perceptrons.neuron",
    NEURON,
    why="One product answers all rows: `X @ w` holds a sum for each. The neuron fires where the "
    "sum with the bias is above 0; a sum of exactly 0 is not above it.",
    hints=(
        "Which sum does the neuron look at, and where does it say yes?",
        "For one row by hand: each input times its weight, added up, plus the bias.",
        "`X @ w + b` holds the sums of all rows; compare them with 0.",
    ),
)
def neuron(X, w, b):
    """Answer 1 for each row of X on which the neuron with weights w and bias b fires, else 0."""
    return (X @ w + b > 0).astype(int)


@cases(neuron)
def inputs_of_a_neuron(rng):
    yield CORNERS, np.array([1.0, 1.0]), -1.5
    yield CORNERS, np.array([1.0, -2.0]), 0.0  # a sum of exactly 0
    yield rng.integers(-3, 4, size=(6, 3)), np.array([0.5, -1.0, 2.0]), 0.25
    yield rng.normal(size=(5, 5)), np.array([0.2, 0.9, -1.4, 0.6, -0.3]), 0.7


@mistake(
    neuron,
    "A sum of exactly 0 fires your neuron.",
    "It fires when the sum is above 0, and 0 is not.",
    (
        "Look at the comparison.",
        "Which input has a sum of exactly 0, and what do you answer for it?",
        "`>` and `>=` differ at 0 alone.",
    ),
)
def fires_at_zero(X, w, b):
    return (X @ w + b >= 0).astype(int)


@mistake(
    neuron,
    "The bias is left out.",
    "Your neuron fires whenever the weighted sum alone is above 0, whatever the bias is.",
    (
        "Which argument do you not use?",
        "Call it twice with one X and one w, and b = -100 and 100. Must both be the same?",
        "The bias is added to the weighted sum before the comparison.",
    ),
)
def without_bias(X, w, b):
    return (X @ w > 0).astype(int)


@mistake(
    neuron,
    "The bias is used as a threshold: you compare the sum with b.",
    "A larger bias makes your neuron fire less, and it should fire more.",
    (
        "What happens to your answer when b grows?",
        "Fires when sum > threshold is the same as: fires when sum - threshold > 0.",
        "So a threshold is a bias with its sign turned.",
    ),
)
def compared_with_bias(X, w, b):
    return (X @ w > b).astype(int)


@mistake(
    neuron,
    "You answer the sum itself; the neuron's decision is missing.",
    "A neuron of this kind answers 1 or 0, and nothing between.",
    (
        "What is done to the sum before it becomes the answer?",
        "The sum is the pre-activation z; the answer is step(z).",
        "Compare the sum with 0.",
    ),
)
def the_sum(X, w, b):
    return X @ w + b


@mistake(
    neuron,
    "You answer +1 and -1; asked for are 1 and 0.",
    "Where the neuron is silent, you answer -1.",
    (
        "What should a silent neuron answer?",
        "`np.sign` has three answers: -1, 0 and 1.",
        "A comparison has two; `.astype(int)` makes 1 and 0 of them.",
    ),
)
def sign(X, w, b):
    return np.where(X @ w + b > 0, 1, -1)


@mistake(
    neuron,
    "You answer -1 where the sum is below 0; a silent neuron answers 0.",
    "`np.sign` has three answers, -1, 0 and 1, and a neuron of this kind has two.",
    (
        "What should a silent neuron answer?",
        "What does `np.sign` answer for -0.5, for 0 and for 0.5?",
        "A comparison with 0 has two answers; `.astype(int)` makes 1 and 0 of them.",
    ),
)
def three_signs(X, w, b):
    return np.sign(X @ w + b)


@mistake(
    neuron,
    "You answer a number between 0 and 1: the sigmoid of the sum, not a step.",
    "Asked for is a neuron that fires or does not, so every answer is 1 or 0.",
    (
        "Which numbers may the answer hold?",
        "From which sum on does the sigmoid answer more than one half?",
        "Compare the sum with 0; no sigmoid is needed.",
    ),
)
def by_sigmoid(X, w, b):
    return 1 / (1 + np.exp(-(X @ w + b)))


@mistake(
    neuron,
    "Only the first two columns of X are used.",
    "With three inputs the third one has a weight, too.",
    (
        "How many columns has X in the input that is shown?",
        "What does your function do with the third weight?",
        "`X @ w` takes all columns, however many there are.",
    ),
)
def two_columns(X, w, b):
    return (X[:, 0] * w[0] + X[:, 1] * w[1] + b > 0).astype(int)


# -- majority -------------------------------------------------------------------------------------


def truth_table(majority):
    """What the neuron with these weights and this bias answers on the eight inputs."""
    answer = majority()
    if len(answer) != 2 or np.size(answer[0]) != 3 or np.size(answer[1]) != 1:
        raise ValueError("two things are asked for, first three weights, and then one bias")
    w, b = np.ravel(answer[0]), float(np.squeeze(answer[1]))
    bits = (np.arange(8)[:, np.newaxis] >> np.array([2, 1, 0])) & 1
    z = bits @ w.astype(float) + b
    return {"answers": (z > 0).astype(int).tolist(), "on the border": int((z == 0).sum())}


def wrong_rows(seen):
    wrong = [f"{k:03b}" for k in range(8) if seen["answers"][k] != (f"{k:b}".count("1") >= 2)]
    if not wrong:
        return ""
    return f"The neuron with your weights and bias is wrong for {', '.join(wrong)}."


@exercise(
    "perceptrons.majority",
    GATES,
    trial=truth_table,
    lacks=wrong_rows,
    why="All three inputs count the same, so their weights are equal. With weights of 1 the sum is "
    "the number of ones; 2 must lie above 0 and 1 must not: any bias from -2 up to -1 will do.",
    hints=(
        "Do the three inputs differ in what they mean? Then what of their weights?",
        "With three weights of 1, which values can the sum take, and which of them must fire?",
        "The bias must lift a sum of 2 above 0, and leave a sum of 1 at 0 or below.",
    ),
)
def majority():
    """Answer (w, b), three weights and a bias: it fires when two or three of three inputs are 1."""
    return np.array([1.0, 1.0, 1.0]), -1.5


@cases(majority)
def no_input(rng):
    yield ()


@mistake(
    majority,
    "This is AND of three: it fires for 111 alone.",
    "For 110 the sum is not above 0.",
    (
        "Compute the sum for 110 by hand.",
        "How large must the bias be, so that two ones are enough?",
        "Two ones give w1 + w2: the bias must be larger than minus that.",
    ),
)
def all_three():
    return np.array([1.0, 1.0, 1.0]), -2.5


@mistake(
    majority,
    "With two ones your sum is exactly 0, and a neuron fires above 0.",
    "For 110 the sum lies on the border.",
    (
        "Compute the sum for 110 by hand.",
        "Is a sum of 0 above 0?",
        "Make the bias a little larger.",
    ),
)
def border_at_two():
    return np.array([1.0, 1.0, 1.0]), -2.0


@mistake(
    majority,
    "This is OR of three: one single 1 is enough.",
    "For 001 the sum is above 0.",
    (
        "Compute the sum for 001 by hand.",
        "How small must the bias be, so that one 1 is not enough?",
        "One 1 gives w3: the bias must be at most minus that.",
    ),
)
def any_one():
    return np.array([1.0, 1.0, 1.0]), -0.5


@mistake(
    majority,
    "Your neuron always fires: the bias has the sign of a threshold.",
    "For 000 the sum is the bias alone, and it is above 0.",
    (
        "What is the sum for 000?",
        "A high threshold is a low bias.",
        "Turn the sign of b.",
    ),
)
def positive_bias():
    return np.array([1.0, 1.0, 1.0]), 1.5


# -- border ---------------------------------------------------------------------------------------


@exercise(
    "perceptrons.border",
    GATES,
    why="On the border the sum is 0: w1 x1 + w2 x2 + b = 0. Bring all but w2 x2 to the other side, "
    "which turns two signs, and divide by w2.",
    hints=(
        "What is the sum on the border?",
        "Write w1 x1 + w2 x2 + b = 0 on paper, and solve it for x2.",
        "Check yours: put your x2 into the sum. It must be 0.",
    ),
)
def border(w, b, x1):
    """Answer the x2 at which the neuron with weights w and bias b changes its mind, for each x1."""
    return -(w[0] * x1 + b) / w[1]


@cases(border)
def lines(rng):
    yield np.array([1.0, 2.0]), 3.0, 0.5
    yield np.array([1.0, 1.0]), -1.5, np.array([0.0, 1.0, 2.0])
    yield np.array([-3.4, 9.1]), -2.0, np.array([4.0, 7.4])
    yield np.array([2.0, -0.5]), 1.0, rng.normal(size=4)


@mistake(
    border,
    "The bias has the wrong sign.",
    "Put your x2 into w1 x1 + w2 x2 + b: what is left is 2 b, and not 0.",
    (
        "Solve w1 x1 + w2 x2 + b = 0 for x2, one step a line.",
        "What happens to the sign of b when it goes to the other side?",
        "Both w1 x1 and b change their sign.",
    ),
)
def bias_not_turned(w, b, x1):
    return (-w[0] * x1 + b) / w[1]


@mistake(
    border,
    "The product w1 x1 has the wrong sign.",
    "Put your x2 into w1 x1 + w2 x2 + b: what is left is 2 w1 x1.",
    (
        "Solve w1 x1 + w2 x2 + b = 0 for x2, one step a line.",
        "What happens to the sign of w1 x1 when it goes to the other side?",
        "A minus before brackets turns all signs in them.",
    ),
)
def product_not_turned(w, b, x1):
    return (w[0] * x1 - b) / w[1]


@mistake(
    border,
    "The two weights are exchanged.",
    "You divide by the weight of x1, and x2 is what you look for.",
    (
        "Which weight belongs to x2?",
        "Python counts from 0: which of the two is `w[1]`?",
        "Divide by the weight that stood before x2.",
    ),
)
def weights_exchanged(w, b, x1):
    return -(w[1] * x1 + b) / w[0]


@mistake(
    border,
    "The bias is left out.",
    "Every line of yours passes through the origin.",
    (
        "Which argument do you not use?",
        "For x1 = 0, where is your border? And where is -b / w2?",
        "On the border w1 x1 + w2 x2 + b is 0: three terms.",
    ),
)
def through_the_origin(w, b, x1):
    return -(w[0] * x1) / w[1]


@mistake(
    border,
    "The product is divided by w2, the bias is not.",
    "For x1 = 0 you answer -b, whatever w2 is.",
    (
        "Look at what stands under the fraction bar.",
        "Which is divided first: what does `-w[0] * x1 / w[1] - b` divide by w2?",
        "Both terms are divided: they need brackets.",
    ),
)
def bias_not_divided(w, b, x1):
    return -w[0] * x1 / w[1] - b


@mistake(
    border,
    "The bias is divided by w2, the product is not.",
    "For b = 0 your slope is -w1, whatever w2 is.",
    (
        "Look at what stands under the fraction bar.",
        "Which is divided first: what does `-w[0] * x1 - b / w[1]` divide by w2?",
        "Both terms are divided: they need brackets.",
    ),
)
def product_not_divided(w, b, x1):
    return -w[0] * x1 - b / w[1]


@mistake(
    border,
    "The bias is taken for the height at which the line meets the x2 axis.",
    "For x1 = 0 you answer b. On the border w2 x2 + b is 0 there.",
    (
        "For x1 = 0, put your x2 into the sum: is it 0?",
        "In y = m x + c the c is a height; the bias is a part of the sum.",
        "Solve w1 x1 + w2 x2 + b = 0 for x2: what happens to b on the way?",
    ),
)
def bias_as_height(w, b, x1):
    return -w[0] * x1 / w[1] + b


@mistake(
    border,
    "The weight w2 is left out.",
    "Put your x2 into w1 x1 + w2 x2 + b: it is 0 only where w2 is 1.",
    (
        "Which of the two weights do you not use?",
        "On the border w2 x2 = -(w1 x1 + b). What is left to do?",
        "Both terms are divided by w2: they need brackets.",
    ),
)
def without_second_weight(w, b, x1):
    return -(w[0] * x1 + b)


# -- update ---------------------------------------------------------------------------------------


@exercise(
    "perceptrons.update",
    RULE,
    why="y * z is above 0 when the sign is right. At 0 or below, the sample is added with the sign "
    "of its label, and so is the bias, whose input is always 1. `w + y * x` makes a new array.",
    hints=(
        "Two questions: when is the sample a mistake, and what changes then?",
        "y = 1 and z = 2: right. y = -1 and z = 2: wrong. What has y * z to do with it? And z = 0?",
        "On a mistake: w + y x, and b + y. Otherwise both stay.",
    ),
)
def update(w, b, x, y):
    """Answer (w, b) after Rosenblatt's rule has seen the sample x with the label y, 1 or -1."""
    if y * (x @ w + b) <= 0:
        return w + y * x, b + y
    return w, b


@cases(update)
def one_sample(rng):
    yield np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), 1  # a sum of 0
    yield np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), -1
    yield np.array([1.0, 1.0]), 0.5, np.array([2.0, 1.0]), 1  # right
    yield np.array([1.0, 1.0]), 0.5, np.array([2.0, 1.0]), -1  # wrong
    yield np.array([-1.0, 0.5]), 0.25, np.array([3.0, 2.0]), 1  # wrong
    yield np.array([-1.0, 0.5]), 0.25, np.array([3.0, 2.0]), -1  # right
    yield np.array([1.0, -1.0]), 3.0, np.array([1.0, 2.0]), 1  # right by the bias alone
    yield np.array([1.0, -1.0]), 3.0, np.array([1.0, 2.0]), -1
    yield np.array([3.0, -1.0]), 0.0, np.array([1.0, -1.0]), -1  # one update does not mend it


@mistake(
    update,
    "A sum of exactly 0 counts as right in your rule, and it is a mistake.",
    "Training begins with all weights at 0, where every sum is 0: it would never begin.",
    (
        "Look at the comparison.",
        "What is y * z for w = 0 and b = 0, and what should happen then?",
        "`<` and `<=` differ at 0 alone.",
    ),
)
def zero_is_right(w, b, x, y):
    if y * (x @ w + b) < 0:
        return w + y * x, b + y
    return w, b


@mistake(
    update,
    "The label is missing in the update: every mistake adds x, and 1.",
    "A sample with y = -1 on which the sum is too large makes it larger still.",
    (
        "Where does y stand in the rule, and where in your code?",
        "Compute the sum for a mistake with y = -1 before and after. In which direction should it "
        "go?",
        "The sample is added with the sign of its label.",
    ),
)
def without_label(w, b, x, y):
    if y * (x @ w + b) <= 0:
        return w + x, b + 1
    return w, b


@mistake(
    update,
    "The bias always grows by 1, whatever the label is.",
    "After a mistake with y = -1 the bias is 2 too large.",
    (
        "Which of your two updates does not know the label?",
        "The bias is the weight of an input that is always 1.",
        "So it changes by y times 1.",
    ),
)
def bias_without_label(w, b, x, y):
    if y * (x @ w + b) <= 0:
        return w + y * x, b + 1
    return w, b


@mistake(
    update,
    "The bias stays as it is.",
    "Without it every border passes through the origin.",
    (
        "Two things change on a mistake. Which one do you leave?",
        "The bias is the weight of an input that is always 1.",
        "It changes by y.",
    ),
)
def bias_stays(w, b, x, y):
    if y * (x @ w + b) <= 0:
        return w + y * x, b
    return w, b


@mistake(
    update,
    "You change the weights on every sample, also on those that are right.",
    "With w = (1, 1), b = 0.5 and x = (2, 1) the sum is 3.5 and y = 1: nothing should change.",
    (
        "What does the rule do when the prediction is right?",
        "Where in your code does something depend on whether it is right?",
        "Only `if y * z <= 0` is there anything to do.",
    ),
)
def on_every_sample(w, b, x, y):
    return w + y * x, b + y


@mistake(
    update,
    "You change the weights on the samples that are right, and leave the mistakes.",
    "With w = (1, 1), b = 0.5 and x = (2, 1) the sum is 3.5 and y = 1: nothing should change.",
    (
        "Look at the comparison.",
        "y = 1 and z = 3.5: is that a mistake? What is y * z?",
        "A mistake is where y * z is 0 or below.",
    ),
)
def when_right(w, b, x, y):
    if y * (x @ w + b) > 0:
        return w + y * x, b + y
    return w, b


@mistake(
    update,
    "The sample is taken away, not added: the update goes the wrong way.",
    "After it the sum for this sample is further from its label.",
    (
        "Compute the sum for a mistake with y = 1 before and after your update.",
        "In which direction should it move?",
        "The sample is added with the sign of its label.",
    ),
)
def away(w, b, x, y):
    if y * (x @ w + b) <= 0:
        return w - y * x, b - y
    return w, b


@mistake(
    update,
    "Whether it is a mistake is decided without the bias.",
    "With w = (1, -1), b = 3, x = (1, 2) the sum is 2 and y = 1: right, and yours changes it.",
    (
        "What do you compare with 0?",
        "The neuron decides by x.w + b.",
        "Add b before you compare.",
    ),
)
def decided_without_bias(w, b, x, y):
    if y * (x @ w) <= 0:
        return w + y * x, b + y
    return w, b


@mistake(
    update,
    "Samples with y = -1 are judged wrongly: only a sum of 0 or below counts as a mistake.",
    "With y = -1 and a sum of 3.5 the prediction is wrong, and you leave it.",
    (
        "What do you compare with 0, and does the label stand in it?",
        "With y = -1 a sum above 0 is the mistake.",
        "y * z covers both: it is 0 or below exactly on a mistake.",
    ),
)
def judged_without_label(w, b, x, y):
    if x @ w + b <= 0:
        return w + y * x, b + y
    return w, b


@mistake(
    update,
    "A sum of exactly 0 is taken for a prediction of -1, so it counts as right with y = -1.",
    "A step answers 0 there, but in this rule a sum of 0 is a mistake for both labels.",
    (
        "What do you predict for a sum of exactly 0?",
        "With w = 0, b = 0 and y = -1, is anything changed in yours? Should it be?",
        "Ask for y * z: at 0 or below it is a mistake, for both labels.",
    ),
)
def zero_is_negative(w, b, x, y):
    if (1 if x @ w + b > 0 else -1) != y:
        return w + y * x, b + y
    return w, b


@mistake(
    update,
    "A sum of exactly 0 is taken for a prediction of 1, so it counts as right with y = 1.",
    "In this rule a sum of 0 is a mistake for both labels.",
    (
        "What do you predict for a sum of exactly 0?",
        "With w = 0, b = 0 and y = 1, is anything changed in yours? Should it be?",
        "Ask for y * z: at 0 or below it is a mistake, for both labels.",
    ),
)
def zero_is_positive(w, b, x, y):
    if (1 if x @ w + b >= 0 else -1) != y:
        return w + y * x, b + y
    return w, b


@mistake(
    update,
    "The prediction is 1 or 0, and the label is 1 or -1: they differ on every sample with y = -1.",
    "So a sample with y = -1 that is right changes the weights, too.",
    (
        "Which values can your prediction have, and which the label?",
        "With y = -1 and a sum of -2: what do you compare with what?",
        "Ask for the sign of the sum, or for y * z.",
    ),
)
def predicts_zero(w, b, x, y):
    if (1 if x @ w + b > 0 else 0) != y:
        return w + y * x, b + y
    return w, b


@mistake(
    update,
    "You add the difference of label and prediction, which is 2 or -2; the rule adds the label.",
    "The direction is right, and the step is twice as long.",
    (
        "From w = 0 and x = (1, 2) with y = 1: where do you land, and where does the rule?",
        "Which values can y minus a prediction of 1 or -1 have?",
        "On a mistake the rule adds y times x.",
    ),
)
def by_difference(w, b, x, y):
    difference = y - (1 if x @ w + b > 0 else -1)
    return w + difference * x, b + difference


@mistake(
    update,
    "Where the sum is not 0 you add twice the label; the rule adds the label.",
    "y minus the sign of the sum is 2 or -2 on such a mistake, and 1 or -1 at a sum of 0.",
    (
        "Which values can y - np.sign(z) have on a mistake?",
        "With w = (1, 1), b = 0.5, x = (2, 1) and y = -1: by how much should the bias change?",
        "The difference can tell *whether* it is a mistake; what is added is y times x.",
    ),
)
def by_difference_of_signs(w, b, x, y):
    difference = y - np.sign(x @ w + b)
    return w + difference * x, b + difference


@mistake(
    update,
    "Where the sum is exactly 0 you add half of the sample; the rule adds all of it.",
    "The sign of 0 is 0, so half of the difference of y and the sign is only 0.5 there.",
    (
        "From w = 0 and x = (1, 2) with y = 1: where do you land, and where does the rule?",
        "Which values can (y - np.sign(z)) / 2 have?",
        "The difference can tell *whether* it is a mistake; what is added is y times x.",
    ),
)
def half_of_difference(w, b, x, y):
    half = (y - np.sign(x @ w + b)) / 2
    return w + half * x, b + half


@mistake(
    update,
    "You repeat the update until the sample is right; the rule makes one update each time.",
    "With w = (3, -1), b = 0, x = (1, -1) and y = -1 one update leads to (2, 0) and -1.",
    (
        "How often can your function change the weights in one call?",
        "A sample may still be wrong after its update. When does training see it again?",
        "`if` asks once, `while` asks again and again.",
    ),
)
def until_right(w, b, x, y):
    for _ in range(100):
        if y * (x @ w + b) > 0:
            break
        w, b = w + y * x, b + y
    return w, b


# -- samples: the other way round -----------------------------------------------------------------


def told_apart(write_samples):
    """The wrong updates that these samples let pass; each label must be 1 or -1."""
    written = list(write_samples())
    for k, sample in enumerate(written):
        if isinstance(sample, tuple) and len(sample) == 4 and np.size(sample[3]) == 1:
            label = np.ravel(sample[3])[0]
            if label not in (1, -1):
                raise ValueError(f"sample {k} has the label {label}; a label y is 1 or -1")
    return tells_apart(update)(lambda: written)


def not_told_apart(missed):
    if not missed:
        return ""
    if len(missed) == 1:
        return (
            f'Your samples let a wrong rule pass. Whoever wrote it would be told: "{missed[0][1]}"'
        )
    return (
        f"Your samples let {len(missed)} wrong rules pass. Whoever wrote the first of them would "
        f'be told: "{missed[0][1]}"'
    )


@exercise(
    "perceptrons.samples",
    RULE,
    trial=told_apart,
    lacks=not_told_apart,
    why="Each sample asks a question of its own: a sum of 0 with either label, a mistake that one "
    "update does not mend, and a sample with y = -1 that is right by its bias alone. A test is as "
    "good as what it can tell apart.",
    hints=(
        "For each thing that a wrong rule may leave out, one sample on which that shows.",
        "Take a sum of exactly 0 with both labels, a right answer, a sum whose sign comes from the "
        "bias, and a mistake so large that one update does not mend it.",
        "`(np.array([-1.0, 1.0]), -3.0, np.array([1.0, 2.0]), -1)` is right by its bias alone.",
    ),
)
def samples():
    """Answer a list of (w, b, x, y) on which every wrong `update` shows that it is wrong."""
    return [
        (np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), 1),
        (np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), -1),
        (np.array([3.0, -1.0]), 0.0, np.array([1.0, -1.0]), -1),
        (np.array([-1.0, 1.0]), -3.0, np.array([1.0, 2.0]), -1),
    ]


cases(samples)(no_input)


@mistake(
    samples,
    "Your samples are all mistakes: a rule that changes everything passes.",
    "On a right answer nothing may happen, and no sample of yours asks for that.",
    (
        "For which of your samples should the weights stay?",
        "Find a sample on which y * z is above 0.",
        "Add one that is right, and one that is right by its bias alone.",
    ),
)
def only_mistakes():
    return [
        (np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), 1),
        (np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), -1),
        (np.array([3.0, -1.0]), 0.0, np.array([1.0, -1.0]), -1),
    ]


@mistake(
    samples,
    "All your labels are 1: a rule that forgets the label passes.",
    "With y = 1, adding x and adding y x is the same.",
    (
        "Which labels are there?",
        "Take a mistake with y = -1.",
        "Add a sample with a sum above 0 and y = -1.",
    ),
)
def only_positive():
    return [
        (np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), 1),
        (np.array([1.0, 1.0]), 0.5, np.array([2.0, 1.0]), 1),
        (np.array([-3.0, 1.0]), 0.0, np.array([1.0, -1.0]), 1),
        (np.array([1.0, -1.0]), 3.0, np.array([1.0, 2.0]), 1),
    ]


@mistake(
    samples,
    "No sample of yours has a sum of exactly 0: a rule that takes 0 for right passes.",
    "Training begins with weights of 0, so every rule meets this sum.",
    (
        "For which of your samples is `x @ w + b` exactly 0?",
        "Which weights and which bias make every sum 0?",
        "Add a sample with w = [0, 0] and b = 0 for each label.",
    ),
)
def without_zero():
    return [
        (np.array([1.0, 1.0]), 0.5, np.array([2.0, 1.0]), 1),
        (np.array([3.0, -1.0]), 0.0, np.array([1.0, -1.0]), -1),
        (np.array([-1.0, 0.5]), 0.25, np.array([3.0, 2.0]), 1),
        (np.array([-1.0, 1.0]), -3.0, np.array([1.0, 2.0]), -1),
    ]


@mistake(
    samples,
    "All your samples have a bias of 0: a rule that decides without the bias passes.",
    "With b = 0 the sum is the same with and without it.",
    (
        "Which of your samples would be judged otherwise if the bias were left out?",
        "Find weights and a sample where the product has one sign, and the sum with b the other.",
        "Add one that is right by its bias alone, with y = -1 and a bias far below 0.",
    ),
)
def bias_of_zero():
    return [
        (np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), 1),
        (np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), -1),
        (np.array([3.0, -1.0]), 0.0, np.array([1.0, -1.0]), -1),
        (np.array([-1.0, 0.0]), 0.0, np.array([1.0, 2.0]), -1),
    ]


@mistake(
    samples,
    "One update mends every mistake of yours: a rule that repeats it until all is right passes.",
    "Only where one update is not enough do the two rules differ.",
    (
        "By how much does one update move the sum for its own sample?",
        "It is x.x + 1. Find weights that give a short sample a large sum of the wrong sign.",
        "Add one with x = [1, -1] and y = -1: its sum must be 3 or more.",
    ),
)
def all_mended_at_once():
    return [
        (np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), 1),
        (np.array([0.0, 0.0]), 0.0, np.array([1.0, 2.0]), -1),
        (np.array([1.0, 1.0]), 0.5, np.array([2.0, 1.0]), -1),
        (np.array([-1.0, 1.0]), -3.0, np.array([1.0, 2.0]), -1),
    ]


@mistake(
    samples,
    "There is no sample in your list.",
    "Without a sample no rule can be wrong.",
    ("How many tuples does your list hold?",),
)
def empty():
    return []


# -- train ----------------------------------------------------------------------------------------


def trained(answer, X, y, max_rounds):
    """The weights and the bias that training answers, beside those to which the rule leads."""
    w, b, *_ = answer(X, y, max_rounds)  # the number of updates may stand behind them
    w, b = np.asarray(w, dtype=float), float(np.squeeze(b))
    by_rule = train(X, y, max_rounds)

    def right(w, b):
        return int((y * (X @ w + b) > 0).sum())

    same = w.shape == by_rule[0].shape and np.allclose([*w, b], [*by_rule[0], by_rule[1]])
    return {"w": w, "b": b, "right": right(w, b), "of": len(y), "rule": right(*by_rule), "is": same}


def not_by_rule(seen):
    if seen["is"]:
        return ""
    if seen["right"] == seen["of"] > seen["rule"]:
        return "You went on after `max_rounds` rounds, or by another rule."
    if seen["right"] == seen["of"]:
        return (
            "Your weights get all samples right, but they are not those to which Rosenblatt's "
            "rule leads, one sample after the other in their order."
        )
    return (
        f"Your weights get {seen['right']} of {seen['of']} samples right, those of the rule "
        f"{seen['rule']}."
    )


@exercise(
    "perceptrons.train",
    RULE,
    trial=trained,
    lacks=not_by_rule,
    why="A round goes through all samples. Only a whole round without a mistake proves that all "
    "are right, because an update for one sample may spoil another.",
    hints=(
        "Two loops: one over rounds, and in it one over the samples.",
        "When is it allowed to stop: after a right sample, or after a round without a mistake?",
        "Count the mistakes of a round; set the count to 0 where a round begins.",
    ),
)
def train(X, y, max_rounds):
    """Answer (w, b) by Rosenblatt's rule: begin at 0, stop after a round without a mistake."""
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(max_rounds):
        mistakes = 0
        for x, label in zip(X, y, strict=True):
            if label * (x @ w + b) <= 0:
                w, b = w + label * x, b + label
                mistakes += 1
        if mistakes == 0:
            break
    return w, b


@cases(train)
def separable(rng):
    yield CORNERS, np.array([-1, 1, 1, 1]), 100  # OR
    yield CORNERS, np.array([-1, -1, -1, 1]), 100  # AND
    yield CORNERS, np.array([-1, -1, -1, 1]), 2  # too few rounds
    yield SIX_POINTS, np.array([-1, 1, -1, -1, 1, 1]), 100  # one update may not mend a sample
    yield flowers(rng, 12), np.repeat([-1, 1], 12), 500
    X = rng.normal(size=(20, 3))
    yield X, np.where(X @ np.array([1.0, -2.0, 0.5]) + 0.4 > 0, 1, -1), 5000


SIX_POINTS = np.array([[-2, 2], [1, 1], [1, -1], [1, -3], [-1, 3], [3, 2]])


def flowers(rng, n):
    """Sepal and petal lengths like those of n setosa and n versicolor, in centimetres."""
    setosa = rng.normal([5.0, 1.5], [0.35, 0.17], size=(n, 2))
    versicolor = rng.normal([5.9, 4.3], [0.5, 0.45], size=(n, 2))
    return np.concatenate([setosa, versicolor])


@mistake(
    train,
    "A sum of exactly 0 counts as right, so training never begins.",
    "All weights are 0 at the start, and so is every sum.",
    (
        "Print w after the first round.",
        "What is label * z at the start, and what should happen then?",
        "`<` and `<=` differ at 0 alone.",
    ),
)
def never_begins(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(max_rounds):
        for x, label in zip(X, y, strict=True):
            if label * (x @ w + b) < 0:
                w, b = w + label * x, b + label
    return w, b


@mistake(
    train,
    "Your weights are those after a single round: you stop there, or begin at 0 again.",
    "An update for a later sample can spoil an earlier one, and the next round mends it.",
    (
        "Print w at the beginning of every round: is it what the round before left?",
        "What has to be true before training may stop?",
        "The zeros stand before both loops, and `return` behind them.",
    ),
)
def one_round(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0.0
    for x, label in zip(X, y, strict=True):
        if label * (x @ w + b) <= 0:
            w, b = w + label * x, b + label
    return w, b


@mistake(
    train,
    "You stop at the first sample that is right.",
    "One right sample says nothing about the others.",
    (
        "Look where your `return` or `break` stands: within which loop?",
        "What has to be true before training may stop?",
        "Count the mistakes of a whole round.",
    ),
)
def first_right(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(max_rounds):
        for x, label in zip(X, y, strict=True):
            if label * (x @ w + b) > 0:
                return w, b
            w, b = w + label * x, b + label
    return w, b


@mistake(
    train,
    "The bias never changes.",
    "Every border passes through the origin; AND has none that does.",
    (
        "Print b after every round.",
        "Two things change on a mistake.",
        "The bias changes by the label.",
    ),
)
def bias_at_zero(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(max_rounds):
        for x, label in zip(X, y, strict=True):
            if label * (x @ w + b) <= 0:
                w = w + label * x
    return w, b


@mistake(
    train,
    "You go on after `max_rounds` rounds.",
    "Where no line separates the samples, such a loop never ends.",
    (
        "Which argument do you not use?",
        "What should happen after round number `max_rounds`, with a mistake in it?",
        "`for _ in range(max_rounds)` in place of `while True`.",
    ),
)
def without_limit(X, y, max_rounds):
    return train(X, y, 10_000)


@mistake(
    train,
    "You judge all samples by the weights with which the round began.",
    "The rule looks at one sample at a time: the next one is judged by the new weights.",
    (
        "When the second sample is judged, is the update for the first one in w already?",
        "Where in your code is the sum computed: once for a round, or once for a sample?",
        "The sum belongs in the loop over the samples.",
    ),
)
def whole_rounds(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(max_rounds):
        wrong = y * (X @ w + b) <= 0
        w, b = w + y[wrong] @ X[wrong], b + y[wrong].sum()
    return w, b


@mistake(
    train,
    "After a mistake you begin with the first sample again.",
    "The round should go on: the samples behind the mistake wait for their turn.",
    (
        "What happens in your code directly after an update?",
        "Which loop does your `break` leave?",
        "Only after a whole round is there anything to decide.",
    ),
)
def breaks_at_a_mistake(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(max_rounds):
        for x, label in zip(X, y, strict=True):
            if label * (x @ w + b) <= 0:
                w, b = w + label * x, b + label
                break
    return w, b


@mistake(
    train,
    "You stop after a round in which the last sample is right, whatever the others were.",
    "A later sample that is right wipes out the note of an earlier mistake.",
    (
        "Which samples decide whether your training stops?",
        "What happens to your note of a mistake when the next sample is right?",
        "Set it back where a round begins, and nowhere else.",
    ),
)
def last_sample_decides(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(max_rounds):
        mistake_seen = False
        for x, label in zip(X, y, strict=True):
            mistake_seen = label * (x @ w + b) <= 0
            if mistake_seen:
                w, b = w + label * x, b + label
        if not mistake_seen:
            break
    return w, b


@mistake(
    train,
    "A sum of exactly 0 is taken for a prediction of -1, so it counts as right with y = -1.",
    "All sums are 0 at the start: the first sample changes nothing if its label is -1.",
    (
        "What do you predict for a sum of exactly 0?",
        "Print w after the first sample. Is it what the rule says?",
        "Ask for label * z: at 0 or below it is a mistake, for both labels.",
    ),
)
def zero_sum_is_negative(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(max_rounds):
        before = w, b
        for x, label in zip(X, y, strict=True):
            if (1 if x @ w + b > 0 else -1) != label:
                w, b = w + label * x, b + label
        if np.array_equal(before[0], w) and before[1] == b:
            break
    return w, b


@mistake(
    train,
    "You stop as soon as the first sample of a round is right.",
    "The samples behind it are not looked at in this round, and one of them may be wrong.",
    (
        "Within which loop do you ask whether there was a mistake?",
        "How many samples has the round seen when you ask for the first time?",
        "The question stands behind the loop over the samples, at the end of a round.",
    ),
)
def first_sample_decides(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(max_rounds):
        mistakes = 0
        for x, label in zip(X, y, strict=True):
            if label * (x @ w + b) <= 0:
                w, b = w + label * x, b + label
                mistakes += 1
            if mistakes == 0:
                return w, b
    return w, b


@mistake(
    train,
    "You repeat the update for one sample until it is right, before you go on to the next.",
    "The rule makes one update for each visit, and sees the sample again in the next round.",
    (
        "How often can one sample change the weights within one round of yours?",
        "A sample may still be wrong after its update. When is it seen again?",
        "`if` asks once, `while` asks again and again.",
    ),
)
def repeats_until_right(X, y, max_rounds):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(max_rounds):
        before = w, b
        for x, label in zip(X, y, strict=True):
            while label * (x @ w + b) <= 0:
                w, b = w + label * x, b + label
        if np.array_equal(before[0], w) and before[1] == b:
            break
    return w, b


# -- margin ---------------------------------------------------------------------------------------


@exercise(
    "perceptrons.margin",
    RULE,
    why="y z is above 0 on the right side, and divided by the length of w it is a distance. The "
    "nearest sample decides, so it is the smallest.",
    hints=(
        "How far is one sample from the border, and on which side?",
        "If w and b are doubled, the border stays. Does your answer?",
        "The smallest of y * (X @ w + b), divided by the length of w.",
    ),
)
def margin(w, b, X, y):
    """Answer the distance of the nearest sample from the border, below 0 if one is on the wrong
    side."""
    return (y * (X @ w + b)).min() / np.linalg.norm(w)


@cases(margin)
def separated(rng):
    yield np.array([3.0, 4.0]), -1.0, np.array([[1.0, 1.0], [0.0, -1.0]]), np.array([1, -1])
    yield (
        np.array([3.0, 4.0]),
        6.0,
        np.array([[1.0, 1.0], [2.0, 0.0], [-3.0, -4.0]]),
        np.array([1, 1, -1]),
    )
    yield np.array([3.0, 4.0]), 0.0, np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([1, -1])  # wrong
    X = rng.normal(size=(8, 3))
    yield np.array([1.0, 2.0, -2.0]), 0.5, X, np.where(X[:, 0] > 0, 1, -1)  # some are wrong


@mistake(
    margin,
    "The length of w is missing: twice the weights and the bias would be twice the distance.",
    "The border is the same line then, and so is every distance.",
    (
        "If w and b are doubled, does your answer change? Should it?",
        "What is z for a point one unit away from the border?",
        "Divide by the length of w.",
    ),
)
def not_divided(w, b, X, y):
    return (y * (X @ w + b)).min()


@mistake(
    margin,
    "The label is missing: you measure how far the nearest sample is, on either side.",
    "A sample on the wrong side must count below 0.",
    (
        "Which argument do you not use?",
        "What should a wrong sample answer?",
        "y * z is above 0 on the right side, and below 0 on the wrong one; `abs` forgets which.",
    ),
)
def on_either_side(w, b, X, y):
    return np.abs(X @ w + b).min() / np.linalg.norm(w)


@mistake(
    margin,
    "You measure the farthest sample.",
    "The margin is how much room there is at the narrowest place.",
    (
        "Which sample decides how near the border is?",
        "The largest or the smallest distance?",
        "`min`, where you have `max`.",
    ),
)
def farthest(w, b, X, y):
    return (y * (X @ w + b)).max() / np.linalg.norm(w)


@mistake(
    margin,
    "You take the mean distance.",
    "Samples far away make up for one at the border, and should not.",
    (
        "Which sample decides how near the border is?",
        "The mean or the smallest distance?",
        "`min`, where you have `mean`.",
    ),
)
def mean_distance(w, b, X, y):
    return (y * (X @ w + b)).mean() / np.linalg.norm(w)


@mistake(
    margin,
    "The length of w includes the bias.",
    "That is the margin among samples with a constant 1, as in the proof; asked for is the "
    "distance in the plane.",
    (
        "What do you divide by?",
        "The distance in the plane does not grow when the bias does.",
        "The length of w alone.",
    ),
)
def length_with_bias(w, b, X, y):
    return (y * (X @ w + b)).min() / np.sqrt(w @ w + b * b)


@mistake(
    margin,
    "You divide by the square of the length of w.",
    "`w @ w` is the square of the length.",
    (
        "What is the length of (3, 4)? And what do you divide by?",
        "Pythagoras: the root of the sum of squares.",
        "`np.linalg.norm(w)`, or the root of `w @ w`.",
    ),
)
def divided_by_square(w, b, X, y):
    return (y * (X @ w + b)).min() / (w @ w)


@mistake(
    margin,
    "The label is missing: you take the smallest sum, whichever side it is meant for.",
    "A sample with y = -1 has a sum below 0 when it is right, and yours counts it as wrong.",
    (
        "Which argument do you not use?",
        "A sample with y = -1 and a sum of -5: is it right? What do you answer for it?",
        "Multiply each sum by its label first.",
    ),
)
def smallest_sum(w, b, X, y):
    return (X @ w + b).min() / np.linalg.norm(w)


@mistake(
    margin,
    "You give each distance the sign of its label, not that of its being right.",
    "A sample with y = -1 that is right counts below 0 in yours.",
    (
        "A sample with y = -1 and a sum of -5: is it right? What do you answer for it?",
        "What does `abs` forget?",
        "y times the sum itself is above 0 where the sample is right.",
    ),
)
def label_as_sign(w, b, X, y):
    return (y * np.abs(X @ w + b)).min() / np.linalg.norm(w)


@mistake(
    margin,
    "You look for the sample nearest to the border on either side, and set the sign afterwards.",
    "A wrong sample far from the border is the smallest of all, as it counts below 0.",
    (
        "Which is smaller: 0.1, or -5?",
        "In which order do you take the sign and the smallest?",
        "First multiply by the labels, then take the smallest.",
    ),
)
def nearest_first(w, b, X, y):
    z = X @ w + b
    k = np.abs(z).argmin()
    return y[k] * z[k] / np.linalg.norm(w)


@mistake(
    margin,
    "The product is divided by the length of w, the bias is not.",
    "If w and b are doubled, the border stays, and your answer changes.",
    (
        "Look at what stands under the fraction bar.",
        "What does `X @ w / length + b` divide?",
        "The whole sum is divided, with the bias in it: it needs brackets.",
    ),
)
def bias_outside(w, b, X, y):
    return (y * (X @ w / np.linalg.norm(w) + b)).min()


@mistake(
    margin,
    "You answer 0 where a sample is on the wrong side; asked for is how far it is, below 0.",
    "Two samples on the wrong side, one near and one far, are the same to you.",
    (
        "What does your function answer for a sample on the wrong side?",
        "Which of your lines never lets the answer fall below 0?",
        "The smallest of the signed distances, as it is.",
    ),
)
def never_below_zero(w, b, X, y):
    return max(0.0, (y * (X @ w + b)).min() / np.linalg.norm(w))


@mistake(
    margin,
    "You divide each sum by the length of its sample; asked for is the length of w.",
    "If w and b are doubled, the border stays, and your answer doubles.",
    (
        "Of what do you take the length?",
        "Which arrow is perpendicular to the border: the sample, or w?",
        "`np.linalg.norm(w)`, one length for all samples.",
    ),
)
def length_of_samples(w, b, X, y):
    return (y * (X @ w + b) / np.linalg.norm(X, axis=1)).min()


@mistake(
    margin,
    "You add up the sizes of the weights; the length of w is another number.",
    "For w = (3, 4) that is 7, and the length is 5.",
    (
        "What is the length of (3, 4)? And what do you divide by?",
        "Pythagoras: the root of the sum of squares.",
        "`np.linalg.norm(w)`, or the root of `w @ w`.",
    ),
)
def sum_of_sizes(w, b, X, y):
    return (y * (X @ w + b)).min() / np.abs(w).sum()


# -- xor ------------------------------------------------------------------------------------------


class Wire(int):
    """A bit that comes out of a gate, or is an input, and the name of where it comes from."""

    source = ""


def wire(bit, source):
    made = Wire(bit)
    made.source = source
    return made


class Gate:
    """NAND of two bits that notes what its inputs come from."""

    def __init__(self):
        self.noted, self.last = [], None

    def __call__(self, a, b):
        self.noted.append(tuple(getattr(one, "source", int(one)) for one in (a, b)))
        self.last = 1 - int(bool(a) and bool(b))
        return wire(self.last, len(self.noted))

    def __repr__(self):
        return "nand"


def by_gates(xor, a, b):
    """What a circuit answers, and, where all is right, whether the same gates did it each time."""
    circuits, right, out = set(), True, True
    for bits in CORNERS.tolist():
        gate = Gate()
        answer = xor(gate, wire(bits[0], "a"), wire(bits[1], "b"))
        circuits.add(tuple(gate.noted))
        right &= int(answer) == bits[0] ^ bits[1]
        out &= gate.last == answer  # what comes out of the last gate, perhaps as a bool
    answer = int(xor(Gate(), wire(a, "a"), wire(b, "b")))
    return answer, not right or (out and len(circuits) == 1)


@exercise(
    "perceptrons.xor",
    XOR,
    trial=by_gates,
    why="The first gate says whether not both are 1. Each of the next two is 0 only where its "
    "input is the single 1. The last one fires when either of them is 0.",
    hints=(
        "XOR is OR and NAND at once. How do you make OR, AND and NOT of NAND alone?",
        "`nand(a, a)` is NOT a. NOT of NAND is AND. NAND of NOT a and NOT b is OR.",
        "Four gates are enough: the first, `nand(a, b)`, goes into two others.",
    ),
)
def xor(nand, a, b):
    """Answer XOR of the bits a and b, by calls of nand and nothing else."""
    c = nand(a, b)
    return nand(nand(a, c), nand(b, c))


@cases(xor)
def pairs_of_bits(rng):
    yield from map(tuple, CORNERS.tolist())


@mistake(
    xor,
    "The answers are right, but not by gates alone: Python's own operators do a part of it.",
    "What you answer must come out of a `nand`, and the gates must be the same for all inputs.",
    (
        "What in your function is no call of `nand`: an `if`, an `and`, a `!=`?",
        "Which gates can you make of NAND alone?",
        "`nand(a, a)` is NOT a.",
    ),
)
def no_gate(nand, a, b):
    return int(a != b)


@mistake(
    xor,
    "This is NAND: 0 and 0 gives 1.",
    "One gate is one line, and no line solves XOR.",
    (
        "What does your function answer for 0 and 0?",
        "XOR is OR and NAND at once: the OR is missing.",
        "Send the NAND into two others, one with a and one with b.",
    ),
)
def nand_alone(nand, a, b):
    return nand(a, b)


@mistake(
    xor,
    "This is OR: 1 and 1 gives 1.",
    "XOR is true when exactly one is.",
    (
        "What does your function answer for 1 and 1?",
        "XOR is OR and NAND at once: the NAND is missing.",
        "AND of two things is NOT of their NAND.",
    ),
)
def or_alone(nand, a, b):
    return nand(nand(a, a), nand(b, b))


@mistake(
    xor,
    "This is AND: 0 and 1 gives 0.",
    "XOR is true when exactly one is.",
    (
        "What does your function answer for 0 and 1?",
        "XOR is OR and NAND at once.",
        "Make OR first: NAND of NOT a and NOT b.",
    ),
)
def and_alone(nand, a, b):
    c = nand(a, b)
    return nand(c, c)


@mistake(
    xor,
    "Every answer is turned: this is XNOR, which is true when both are equal.",
    "It is 1 for 0 and 0.",
    (
        "Compare your four answers with those wanted.",
        "One NOT too many, or one too few.",
        "The last gate is a NAND; is there another one behind it?",
    ),
)
def turned(nand, a, b):
    c = nand(a, b)
    d = nand(nand(a, c), nand(b, c))
    return nand(d, d)


@mistake(
    xor,
    "Yours is 0 for 0 and 1, and 1 for all else: half of the circuit.",
    "That is NAND of NOT a and b, one of the two gates before the last.",
    (
        "Which other pair is like 0 and 1, with both bits turned?",
        "NAND of a and NOT b is the other half: for which pair is it 0?",
        "XOR is 1 where one of the two halves is 0: one more gate.",
    ),
)
def one_half(nand, a, b):
    return nand(nand(a, a), b)


@mistake(
    xor,
    "Yours is 1 for 1 and 0 alone; 0 and 1 must give 1, too.",
    "That is a AND NOT b, one of the two cases of XOR.",
    (
        "What does your function answer for 0 and 1?",
        "XOR is: a and not b, or b and not a. Where is the second half?",
        "NAND of a and NOT b, NAND of b and NOT a: both go into one more NAND.",
    ),
)
def first_alone(nand, a, b):
    c = nand(a, nand(b, b))
    return nand(c, c)


@mistake(
    xor,
    "Yours is 1 for 0 and 1 alone; 1 and 0 must give 1, too.",
    "That is b AND NOT a, one of the two cases of XOR.",
    (
        "What does your function answer for 1 and 0?",
        "XOR is: a and not b, or b and not a. Where is the first half?",
        "NAND of a and NOT b, NAND of b and NOT a: both go into one more NAND.",
    ),
)
def second_alone(nand, a, b):
    c = nand(nand(a, a), b)
    return nand(c, c)


# -- order: open ----------------------------------------------------------------------------------


def updates(X, y, order, most=1000):
    """How many updates Rosenblatt's rule needs when it meets the samples in this order."""
    w, b, n = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(most):
        before = n
        for k in order:
            if y[k] * (X[k] @ w + b) <= 0:
                w, b, n = w + y[k] * X[k], b + y[k], n + 1
        if n == before:
            break
    return n


def needed(order, X, y):
    """The updates that an order needs, and whether it holds every sample once."""
    chosen = np.asarray(order(X, y))
    numbers = sorted(chosen.tolist()) if chosen.shape == y.shape else []
    whole = numbers == list(range(len(y)))
    return {
        "whole": whole,
        "shape": chosen.shape,
        "repeats": len(set(numbers)) < len(numbers),
        "from 1": numbers == list(range(1, len(y) + 1)),
        "moved": whole and not np.array_equal(chosen, np.arange(len(y))),
        "updates": updates(X, y, chosen.astype(int)) if whole else 0,
    }


def too_few(seen):
    if not seen["whole"]:
        return "Your answer is not an order: each of the numbers 0 to N - 1 must stand in it once."
    if seen["updates"] <= 15:
        return (
            f"In your order the rule needs {seen['updates']} updates; more than 15 are asked for."
        )
    return ""


@exercise(
    "perceptrons.order",
    RULE,
    trial=needed,
    lacks=too_few,
    why="The bound holds for every order, and the number of updates depends on it. Among some "
    "hundred orders drawn at random there is one with more than 15; your way may be cleverer.",
    hints=(
        "Count the updates for a few orders first: how much do they differ?",
        "`rng.permutation(len(y))` draws an order. How many do you try, and which do you keep?",
        "Keep the one with the most updates of 500.",
    ),
)
def order(X, y):
    """Answer an order of the samples, as numbers from 0, that needs more than 15 updates."""
    rng = np.random.default_rng(seed=0)
    drawn = [rng.permutation(len(y)) for _ in range(120)]
    return max(drawn, key=lambda one: updates(X, y, one))


@cases(order)
def hidden_flowers(rng):
    for _ in range(2):
        yield flowers(rng, 25), np.repeat([-1, 1], 25)


@mistake(
    order,
    "This is the order in which the samples came.",
    "It needs few updates: the first class goes by in a row, and then the second.",
    (
        "Does your function change the order at all?",
        "`rng.permutation(len(y))` draws an order.",
        "Draw many, count the updates of each, and keep the one with the most.",
    ),
)
def as_they_came(X, y):
    return np.arange(len(y))


@mistake(
    order,
    "You answer the samples; asked for are their numbers.",
    "An order says which sample is first: `[2, 0, 1]` begins with the third.",
    (
        "What does your function answer for three samples?",
        "The numbers 0, 1, 2, each once.",
        "`np.argsort(key)` answers numbers, `np.sort(key)` values.",
    ),
)
def the_samples(X, y):
    return X[np.argsort(X[:, 0])]


@mistake(
    order,
    "This is the order in which the samples came, turned round.",
    "It still has one class in a row, and then the other.",
    (
        "Which class comes first in your order, and how many of it in a row?",
        "Mix the classes: `rng.permutation(len(y))` draws an order.",
        "Draw many, count the updates of each, and keep the one with the most.",
    ),
)
def turned_round(X, y):
    return np.arange(len(y))[::-1]


@mistake(
    order,
    "Some samples stand in your order more than once, and others are missing.",
    "An order is each of the numbers 0 to N - 1 once.",
    (
        "Sort your answer: is it 0, 1, 2 and so on, without a gap?",
        "Which function draws numbers, and which one shuffles them?",
        "`rng.permutation(n)` answers each number once, `rng.integers(0, n, n)` does not.",
    ),
)
def drawn_with_repeats(X, y):
    return np.random.default_rng(seed=0).integers(0, len(y), len(y))


@mistake(
    order,
    "Your order counts the samples from 1; asked for are the numbers 0 to N - 1.",
    "The first sample is missing, and there is no sample with the number N.",
    (
        "Which is the smallest number in your answer?",
        "What is `X[len(y)]`?",
        "Python counts from 0: take 1 away from every number.",
    ),
)
def counted_from_one(X, y):
    return np.arange(1, len(y) + 1)
