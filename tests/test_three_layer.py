"""The textbook's network as a dict, and as the same layers."""

import numpy as np
import pytest

from course_utils import (
    as_sequential,
    forward,
    identity,
    init_network,
    load_network,
    load_scaler,
    sigmoid,
    softmax,
)
from tests.closeness import assert_close, roundings
from tests.views import assert_views_hold

X = np.array([[1.0, 0.5], [0.0, -1.0], [2.0, 2.0]])
SCALER = {"x_min": np.array([1.0, 2.0]), "x_range": np.array([2.0, 4.0])}


def test_the_textbooks_output():
    answer = forward(init_network(), np.array([1.0, 0.5]))
    np.testing.assert_allclose(answer, [0.31682708, 0.69627909], rtol=0, atol=5e-9)  # its 8 digits


def test_a_batch_gives_the_same_as_its_samples():
    network = init_network()
    one_by_one = [forward(network, x) for x in X]
    assert_close(forward(network, X), one_by_one, **roundings(network, X))
    np.testing.assert_array_equal(forward(network, X, softmax), softmax(forward(network, X)))


@pytest.mark.parametrize("output", ["identity", "sigmoid", "softmax"])
def test_the_dict_equals_its_sequential(output):
    network = as_sequential(init_network(), output=output)
    assert network.output == output
    assert network.dtype == np.float64
    function = {"identity": identity, "sigmoid": sigmoid, "softmax": softmax}[output]
    answer = network.head.activation(network.forward(X))
    assert_close(answer, forward(init_network(), X, function), **roundings(network, X))
    assert as_sequential(init_network()).output == "softmax"


def test_its_params_are_the_textbooks_dict_and_a_copy():
    arrays = init_network()
    network = as_sequential(arrays)
    assert list(network.params) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(network.params[name], array)
    network.theta = 0
    assert arrays["W1"].all()
    assert_views_hold(network)


def test_float32_weights_give_a_float32_network():
    arrays = {name: array.astype(np.float32) for name, array in init_network().items()}
    assert as_sequential(arrays).dtype == np.float32


@pytest.mark.parametrize("name", ["W2", "b2"])
def test_one_array_in_float64_gives_a_network_in_float64(name):
    arrays = {name: array.astype(np.float32) for name, array in init_network().items()}
    arrays[name] = arrays[name].astype(np.float64)
    assert as_sequential(arrays).dtype == np.float64


def test_with_a_scaler_the_network_takes_raw_features():
    network = as_sequential(init_network(), "identity", scaler=tuple(SCALER.values()))
    scaled = (X - SCALER["x_min"]) / SCALER["x_range"]
    assert_close(network.forward(X), forward(init_network(), scaled), **roundings(network, X))


def test_a_saved_network_comes_back(tmp_path):
    path = tmp_path / "network.npz"
    np.savez(path, **init_network(), **SCALER)
    network = load_network(path)
    assert list(network) == ["W1", "b1", "W2", "b2", "W3", "b3"]
    np.testing.assert_array_equal(network["W2"], init_network()["W2"])
    for loaded, saved in zip(load_scaler(str(path)), SCALER.values(), strict=True):
        np.testing.assert_array_equal(loaded, saved)


def test_a_file_without_a_scaler_says_so(tmp_path):
    np.savez(tmp_path / "network.npz", **init_network())
    assert len(load_network(tmp_path / "network.npz")) == 6
    with pytest.raises(ValueError, match=r"network.npz holds no scaler: x_min and x_range"):
        load_scaler(tmp_path / "network.npz")


CHANGES = [
    ({"b2": None}, "missing: b2"),
    ({"W1": None}, "missing: W1"),
    ({"W4": np.ones(2)}, "not expected: W4"),
    ({"x_min": np.ones(2)}, "missing: x_range"),
    ({"x_min": np.ones(3), "x_range": np.ones(2)}, r"x_min has shape \(3,\)"),
    ({"b1": np.ones(4)}, "has shape"),
    ({"W2": np.ones((2, 3))}, r"W2 has shape \(2, 3\); the network takes \(3, 2\)"),
    ({"W3": np.ones(2)}, r"W3 has shape \(2,\); the network takes \(2, 2\)"),
    ({"b3": np.ones((2, 1))}, "has shape"),
    ({"b3": np.float64(1)}, "has shape"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_arrays_that_do_not_fit_are_refused(tmp_path, change, message):
    arrays = {**init_network(), **change}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    np.savez(tmp_path / "network.npz", **arrays)
    with pytest.raises(ValueError, match=rf"network.npz.*{message}"):
        load_network(tmp_path / "network.npz")
    with pytest.raises(ValueError, match=f"the network.*{message}"):
        as_sequential(arrays)
