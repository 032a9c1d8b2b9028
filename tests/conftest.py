"""Tests draw without a screen and without progress bars."""

import os

import pytest

os.environ["MPLBACKEND"] = "Agg"
os.environ["COURSE_UTILS_QUIET"] = "1"


@pytest.fixture(scope="session")
def pixel_network():
    """The committed network of the case study, which takes raw pixels."""
    from course_utils import DATA_DIRECTORY, as_sequential, load_network, load_scaler

    path = DATA_DIRECTORY / "nn_sample.npz"
    return as_sequential(load_network(path), scaler=load_scaler(path))
