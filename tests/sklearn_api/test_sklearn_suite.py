"""scikit-learn's own tests of its networks, with the course's in their place.

They are read from the installed package, so what a later version adds is run too. A test is left
out only when it reads attributes that scikit-learn keeps to itself.
"""

import ast
import importlib.util
import inspect
from unittest import mock

import pytest
import sklearn.neural_network

from course_utils import NetworkClassifier, NetworkRegressor

LEFT_OUT = {
    "test_gradient": (
        "calls _loss_grad_lbfgs; test_estimators.py holds the losses of L-BFGS to scikit-learn's"
    ),
    "test_learning_rate_warmstart": (
        "reads _optimizer.learning_rate; test_estimators.py compares it with _optimizer.lr"
    ),
    "test_adaptive_learning_rate": (
        "reads _optimizer.learning_rate; test_estimators.py holds history_.learning_rate to it"
    ),
}
IN_SCIKIT_LEARN_1_9 = 43  # functions


def module_with_ours():
    """The module of scikit-learn's tests, executed where the names of its networks mean ours."""
    spec = importlib.util.find_spec("sklearn.neural_network.tests.test_mlp")
    module = importlib.util.module_from_spec(spec)
    ours = {"MLPClassifier": NetworkClassifier, "MLPRegressor": NetworkRegressor}
    with mock.patch.multiple(sklearn.neural_network, **ours):
        spec.loader.exec_module(module)
    return module


SUITE = module_with_ours()
TESTS = {name: test for name, test in vars(SUITE).items() if name.startswith(("test", "Test"))}
globals().update({name: test for name, test in TESTS.items() if name not in LEFT_OUT})

# a training that ends before it converges warns, there and here; all other warnings are errors
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(params=[42, 43])
def global_random_seed(request):
    """scikit-learn's fixture of this name; 42 is its default."""
    return request.param


def test_no_test_of_scikit_learn_is_lost():
    source = ast.parse(inspect.getsource(SUITE))
    written = [getattr(node, "name", "") for node in source.body]
    written = [name for name in written if name.startswith(("test", "Test"))]
    assert written == list(TESTS)
    assert len(written) >= IN_SCIKIT_LEARN_1_9
    assert {name for name in TESTS if globals().get(name) is not TESTS[name]} == LEFT_OUT.keys()


def test_what_is_left_out_reads_what_is_private():
    for name, reason in LEFT_OUT.items():
        verb, attribute = reason.partition(";")[0].split()
        assert verb in ("calls", "reads")
        assert f".{attribute}" in inspect.getsource(TESTS[name])


def test_the_networks_are_those_of_the_course():
    assert SUITE.MLPClassifier is NetworkClassifier
    assert SUITE.MLPRegressor is NetworkRegressor
    assert sklearn.neural_network.MLPClassifier is not NetworkClassifier
