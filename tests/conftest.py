"""Tests draw without a screen and without progress bars."""

import os

import pytest

from tests.messages import words

os.environ["MPLBACKEND"] = "Agg"
os.environ["COURSE_UTILS_QUIET"] = "1"
os.environ["COURSE_UTILS_PROGRESS"] = ""  # what is solved here is nobody's progress


def pytest_make_parametrize_id(val):
    """A pattern names its test by its words: mutmut collects twice in one process, and there a
    second time would double a backslash."""
    return words(val) if isinstance(val, str) and ascii(val) != f"'{val}'" else None


@pytest.fixture(scope="session")
def pixel_network():
    """The committed network of the case study, which takes raw pixels."""
    from course_utils import DATA_DIRECTORY, as_sequential, load_network, load_scaler

    path = DATA_DIRECTORY / "nn_sample.npz"
    return as_sequential(load_network(path), scaler=load_scaler(path))
