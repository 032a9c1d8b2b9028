"""Adding an activation is one decorated function: everything else follows from the registry."""

import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import Activation, Dense, Sequential, gradient_report, plot_activation
from course_utils.activations import ACTIVATIONS, activation
from tests.closeness import assert_close

TESTS = Path(__file__).parent

PLUGIN = """
import numpy as np
from course_utils.activations import activation

@activation(derivative=lambda z, a: (1 - np.abs(a)) ** 2, formula=r"z/(1+|z|)")
def softsign(z, out=None):
    "The softsign, z / (1 + |z|)."
    return np.divide(z, 1 + np.abs(z), out=out)

@activation(derivative=lambda z, a: 1 - np.abs(a), formula=r"z/(1+|z|)")
def wrong_softsign(z, out=None):
    "The same, with the square of its derivative forgotten."
    return np.divide(z, 1 + np.abs(z), out=out)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What tests/test_activations.py says of two activations registered before its collection.

    It runs in a process of its own, on the tests of these two alone: {test: outcome}.
    """
    directory = tmp_path_factory.mktemp("plugin")
    (directory / "softsign_plugin.py").write_text(PLUGIN)
    (directory / "pytest.ini").write_text("[pytest]\n")
    path = os.pathsep.join(filter(None, [str(directory), os.environ.get("PYTHONPATH")]))
    run = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-m", "pytest", "-v", "-p", "no:cacheprovider"),
            *("-c", str(directory / "pytest.ini"), "--rootdir", str(TESTS.parent)),
            *("-p", "softsign_plugin", "-k", "softsign", str(TESTS / "test_activations.py")),
        ],
        cwd=TESTS.parent,
        # other plugins have no part in it, and cost seconds to import
        env={**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = re.findall(r"test_activations\.py::(\S+) (PASSED|FAILED|ERROR)", run.stdout)
    assert lines, run.stdout + run.stderr
    return dict(lines)


GRADIENT = "test_gradient_equals_finite_differences"


@pytest.mark.parametrize(
    "test",
    [
        f"{GRADIENT}[softsign]",
        "test_gradient_in_float32_is_that_of_float64[softsign]",
        "test_dtype_is_kept[float32-softsign]",
        "test_dtype_is_kept[float64-softsign]",
        "test_dtype_and_shape_follow_from_the_input[softsign]",
        "test_extreme_input_gives_finite_values_without_warnings[float32-softsign]",
        "test_extreme_input_gives_finite_values_without_warnings[float64-softsign]",
        "test_input_is_not_modified[float32-softsign]",
        "test_out_may_be_the_input[float64-softsign]",
    ],
)
def test_a_new_activation_is_covered_by_the_tests_of_all(outcomes, test):
    assert outcomes[test] == "PASSED"


def test_a_wrong_derivative_of_a_new_activation_is_caught(outcomes):
    failed = {test for test, outcome in outcomes.items() if outcome != "PASSED"}
    assert failed == {f"{GRADIENT}[wrong_softsign]"}


@pytest.fixture
def softsign(monkeypatch):
    """The new activation, registered for one test."""
    monkeypatch.setattr(ACTIVATIONS, "_entries", dict(ACTIVATIONS._entries))

    @activation(derivative=lambda z, a: (1 - np.abs(a)) ** 2, formula=r"z/(1+|z|)")
    def softsign(z, out=None):
        return np.divide(z, 1 + np.abs(z), out=out)

    return softsign


def test_a_new_activation_is_a_layer_by_its_name(softsign):
    layer = Activation("softsign")
    assert layer.forward(np.array([[-1.0, 3.0]]), cache=True).tolist() == [[-0.5, 0.75]]
    assert layer.backward(np.array([[1.0, 2.0]])).tolist() == [[0.25, 0.125]]
    assert repr(layer) == "Activation('softsign')"


def test_a_new_activation_trains_in_a_network(softsign):
    network = Sequential(Dense(2, 3, rng=0), Activation("softsign"), Dense(3, 1, rng=1))
    X = np.array([[1.0, -2.0], [0.5, 3.0]])
    report = gradient_report(network, X, np.ones((2, 1)), "mean_squared_error")
    assert max(report.values()) < 1e-8


def test_a_new_activation_is_drawn_by_its_name(softsign):
    ax = plot_activation("softsign", limit=3)
    curve, derivative = ax.get_lines()
    z = curve.get_xdata()
    assert (z[0], z[-1]) == (-3, 3)
    a = z / (1 + np.abs(z))  # a sum and a quotient, on either side
    assert_close(curve.get_ydata(), a, terms=2, size=np.abs(a))
    assert_close(derivative.get_ydata(), 1 / (1 + np.abs(z)) ** 2, terms=4)
    # the style, which another test may have set, decides where a title stands
    assert "softsign: $z/(1+|z|)$" in [ax.get_title(side) for side in ("left", "center", "right")]
    ax.figure.canvas.draw()  # the formula is valid mathtext
    plt.close(ax.figure)


def test_a_misspelt_new_activation_is_named(softsign):
    with pytest.raises(ValueError, match="did you mean 'softsign'"):
        Activation("softsing")
