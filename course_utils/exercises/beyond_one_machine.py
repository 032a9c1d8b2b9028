"""Exercises of lesson 14: tasks that may be repeated."""

import itertools

import numpy as np

from .definition import cases, exercise, mistake

__all__ = ["block_noise"]

REPEATED = "Write tasks that may be repeated, so that a dead worker costs time but no answer."


# -- block_noise ----------------------------------------------------------------------------------

N = 4  # numbers in a block


def made_again(block_noise):
    """What a worker sees who makes blocks of several data sets, and the first of them again."""

    def made(seed, k, n=N):
        return np.array(block_noise(seed, k, n), dtype=float)

    names = list(itertools.product(range(1, 13), range(12)))
    blocks = [made(*name) for name in names]
    values = np.concatenate([block.ravel() for block in blocks])
    seen = {
        "shapes": {str(block.shape) for block in blocks} == {f"({N},)"}
        and made(1, 0, 7).shape == (7,),
        "between 0 and 1": bool(((values >= 0) & (values < 1)).all()),
        "again": bool(np.array_equal(made(*names[0]), blocks[0])),
        "even": bool(0.4 < values.mean() < 0.6),
        "different": len(set(values.tolist())) / len(values),
        "alike": [],
    }
    if seen["shapes"]:
        seen["shared"] = most_alike([made(1, k, 200) for k in range(4)]) > 0.4
    first = {}
    for name, block in zip(names, blocks, strict=True):
        other = first.setdefault(block.tobytes(), name)
        if other != name and not seen["alike"]:
            seen["alike"] = [*other, *name]
    return seen


def most_alike(blocks):
    """The largest correlation of two blocks, 0 where they have none."""
    with np.errstate(all="ignore"):
        between = np.abs(np.corrcoef(blocks))[np.triu_indices(len(blocks), k=1)]
    return float(np.nan_to_num(between).max())


def not_repeatable(seen):
    if not seen["shapes"]:
        return "A block should hold n numbers, and yours does not do so for every n."
    if not seen["between 0 and 1"]:
        return "Not all of your numbers lie between 0 and 1."
    if not seen["again"]:
        return "A block that was made a second time holds other numbers than the first time."
    if seen["alike"]:
        seed, k, other_seed, other_k = seen["alike"]
        return (
            f"Two blocks hold the same numbers: block {k} of the data set {seed}, and "
            f"block {other_k} of the data set {other_seed}."
        )
    if seen["different"] < 1:
        return "Some numbers come up several times; drawn at random, no two would be equal."
    if seen["shared"]:
        return "The numbers of two blocks go up and down together: one is made from the other."
    if not seen["even"]:
        return "The mean of all your numbers is far from 0.5."
    return ""


@exercise(
    "beyond_one_machine.block_noise",
    REPEATED,
    trial=made_again,
    lacks=not_repeatable,
    why="The generator is made anew in each call, from both numbers and nothing else. So any "
    "worker that makes this block makes this block. A list of two numbers as a seed is another "
    "seed for each pair; a sum is not.",
    hints=(
        "What does your generator start from, for a seed and a k? For which other pair does it "
        "start from the same?",
        "What may the answer depend on besides its arguments? Is one of them left out?",
        "`np.random.default_rng` takes a list of numbers as a seed, too.",
    ),
)
def block_noise(seed, k, n):
    """Answer n random numbers between 0 and 1 for block k of the data set with this seed."""
    return np.random.default_rng([seed, k]).random(n)


@cases(block_noise)
def no_input(rng):
    yield ()


@mistake(
    block_noise,
    "The numbers of a block are not the same when it is made again.",
    "If a worker dies, its blocks are made again, and then belong to other data.",
    (
        "Where does your generator come from, and what is its seed?",
        "A generator that lives outside the function goes on from where the last block left it. "
        "What does one without a seed do?",
        "Make a generator in each call, with a seed that comes from the arguments.",
    ),
)
def without_seed(seed, k, n):
    return np.random.default_rng().random(n)


@mistake(
    block_noise,
    "All blocks of a data set hold the same numbers: k does not matter.",
    "A million images would be the same few, again and again.",
    (
        "Which argument do you not use?",
        "What does your generator start from for block 17, and for block 18?",
        "The number of the block must go into the seed, beside that of the data set.",
    ),
)
def same_in_all_blocks(seed, k, n):
    return np.random.default_rng(seed).random(n)


@mistake(
    block_noise,
    "Block k is the same in all data sets: their seed does not matter.",
    "Whoever draws a second data set to judge a network gets the first one again.",
    (
        "Which argument do you not use?",
        "What does your generator start from for block 17 of two data sets?",
        "The number of the data set must go into the seed, beside that of the block.",
    ),
)
def same_in_all_data_sets(seed, k, n):
    return np.random.default_rng(k).random(n)


@mistake(
    block_noise,
    "The two numbers are added, and different pairs have the same sum.",
    "Block 1 of the data set 1 is block 0 of the data set 2.",
    (
        "What does your generator start from for seed 1 and block 1? And for seed 2 and block 0?",
        "Two data sets of many blocks: how many blocks would they have in common?",
        "Keep both numbers apart: a list of them is a seed, too.",
    ),
)
def added(seed, k, n):
    return np.random.default_rng(seed + k).random(n)


@mistake(
    block_noise,
    "The two numbers are multiplied, and different pairs have the same product.",
    "Block 0 is the same in all data sets.",
    (
        "What does your generator start from for block 0 of two data sets?",
        "Block 2 of the data set 3, and block 3 of the data set 2: are they different?",
        "Keep both numbers apart: a list of them is a seed, too.",
    ),
)
def multiplied(seed, k, n):
    return np.random.default_rng(seed * k).random(n)


@mistake(
    block_noise,
    "The two numbers are written behind each other, and different pairs give the same digits.",
    "Block 11 of the data set 1, and block 1 of the data set 11, both start from 111.",
    (
        "What does your generator start from for seed 1 and block 11?",
        "Find another seed and another block that give the same digits.",
        "Keep both numbers apart: a list of them is a seed, too.",
    ),
)
def digits_joined(seed, k, n):
    return np.random.default_rng(int(f"{seed}{k}")).random(n)
