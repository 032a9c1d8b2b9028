"""Weights on disk: whole or not at all, exactly those of the network, and never a pickle."""

import pickle

import numpy as np
import pytest

from course_utils import Dense, Scale, Sequential, load_weights, read_arrays, save_weights
from tests.views import assert_views_hold


def make(seed=0):
    return Sequential(Scale([1.0, 2.0], seed + 1.0), Dense(2, 3, rng=seed), Dense(3, 1, rng=seed))


def arrays():
    network = make()
    return {**network.params, **network.state}


def test_loaded_weights_are_those_saved(tmp_path):
    saved, loaded = make(seed=0), make(seed=1)
    save_weights(saved, str(tmp_path / "weights.npz"))
    theta = loaded.theta
    assert load_weights(loaded, str(tmp_path / "weights.npz")) is loaded
    np.testing.assert_array_equal(loaded.theta, saved.theta)
    assert loaded.theta is theta
    assert loaded.state["factor1"] == 1
    assert_views_hold(loaded)
    X = np.ones((4, 2))
    np.testing.assert_array_equal(loaded.forward(X), saved.forward(X))


def test_the_file_holds_plain_named_arrays(tmp_path):
    save_weights(make(), tmp_path / "weights.npz")
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as file:
        assert set(file.files) == {"W1", "b1", "W2", "b2", "shift1", "factor1"}


def test_saving_replaces_a_file_whole_and_leaves_nothing_beside_it(tmp_path):
    save_weights(make(0), tmp_path / "weights.npz")
    save_weights(make(1), tmp_path / "weights.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["weights.npz"]
    np.testing.assert_array_equal(read_arrays(tmp_path / "weights.npz")["W1"], make(1).params["W1"])


def test_an_interrupted_save_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "weights.npz"
    save_weights(make(0), path)
    before = path.read_bytes()

    def interrupted(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_weights(make(1), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["weights.npz"]


@pytest.mark.parametrize("name", ["weights", "weights.pkl"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=rf"saved as .npz; got '{name}'. Name it weights.npz"):
        save_weights(make(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def without(name):
    return {key: value for key, value in arrays().items() if key != name}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (without("b2"), "missing: b2; not expected: none"),
        ({**arrays(), "W9": np.ones(2), "A": np.ones(2)}, "missing: none; not expected: A, W9"),
        ({**without("W1"), "w1": np.ones((2, 3))}, "missing: W1; not expected: w1"),
        (
            {**arrays(), "W1": np.ones((3, 2))},
            r"W1 has shape \(3, 2\); the network takes \(2, 3\)",
        ),
        ({**arrays(), "b1": np.array([1, np.nan, 1])}, "b1 holds NaN .* sample 1"),
        ({**arrays(), "b1": np.array(["a", "b", "c"])}, "b1 holds <U1, not real numbers"),
        ({**arrays(), "b1": np.ones(3, complex)}, "b1 holds complex128, not real numbers"),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(tmp_path, values, message):
    np.savez(tmp_path / "weights.npz", **values)
    network = make()
    before = network.theta.copy()
    with pytest.raises(ValueError, match=f"weights.npz.*{message}"):
        load_weights(network, tmp_path / "weights.npz")
    np.testing.assert_array_equal(network.theta, before)


class Bomb:
    """An object that leaves a trace when it is unpickled."""

    def __init__(self, trace):
        self.trace = str(trace)

    def __reduce__(self):
        return (open, (self.trace, "w"))


def pickled(trace):
    return pickle.dumps(Bomb(trace))


def test_a_pickle_is_refused_and_never_loaded(tmp_path):
    (tmp_path / "weights.npz").write_bytes(pickled(tmp_path / "trace"))
    with pytest.raises(ValueError, match=r"not a whole .npz file. A pickle is refused"):
        load_weights(make(), tmp_path / "weights.npz")
    assert not (tmp_path / "trace").exists()


def test_an_array_of_objects_is_refused_and_never_unpickled(tmp_path):
    bomb = np.array([Bomb(tmp_path / "trace")], dtype=object)
    np.savez(tmp_path / "weights.npz", **{**arrays(), "b1": bomb})
    with pytest.raises(ValueError, match="b1 holds object, not real"):
        load_weights(make(), tmp_path / "weights.npz")
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("spoil", [lambda b: b[:-40], lambda b: b"text", lambda b: b""])
def test_a_damaged_file_is_refused(tmp_path, spoil):
    path = tmp_path / "weights.npz"
    save_weights(make(), path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ValueError, match=r"not a whole .npz file"):
        load_weights(make(), path)


def test_a_flipped_bit_is_found(tmp_path):
    path = tmp_path / "weights.npz"
    save_weights(make(), path)
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"weights.npz can't be read as arrays of numbers"):
        load_weights(make(), path)


def test_a_single_array_is_refused(tmp_path):
    np.save(tmp_path / "weights.npy", np.ones(3))
    with pytest.raises(ValueError, match=r"weights.npy is not a whole .npz file"):
        load_weights(make(), tmp_path / "weights.npy")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no weights file at .*weights\.npz"):
        load_weights(make(), tmp_path / "weights.npz")
