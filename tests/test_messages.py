"""What a test says of an error's message: all of it is needed, in its order, in whole words."""

import re

import pytest

from tests.messages import says

MESSAGE = "lr must be at least 0 and below 1; got 1.5.\nTake Adam(lr=0.1)."


@pytest.mark.parametrize(
    "parts",
    [
        ["lr"],
        ["at least 0", "below 1", "got 1.5"],
        ["got 1.5.", "Adam(lr=0.1)"],
        ["lr", "lr"],
        ["lr=0.1)."],
    ],
)
def test_a_message_that_says_all_of_it_is_found(parts):
    assert re.search(says(*parts), MESSAGE)


@pytest.mark.parametrize(
    "parts",
    [
        ["below 1", "at least 0"],
        ["at least 0", "got 2"],
        ["lr", "lr", "lr"],
        ["got 1"],
        ["ot 1.5"],
        ["5"],
        ["Ada"],
        ["Adam(lr=0.)"],
    ],
)
def test_a_message_that_lacks_a_part_is_not_found(parts):
    assert not re.search(says(*parts), MESSAGE)


@pytest.mark.parametrize(("part", "message"), [("1", "got -1"), ("1", "got 0.1"), ("1", "got 10")])
def test_a_number_is_not_found_within_another(part, message):
    assert not re.search(says(part), message)


def test_nothing_is_no_message():
    with pytest.raises(TypeError):
        says()
