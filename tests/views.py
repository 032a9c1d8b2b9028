"""The fault to fear: an array of a layer that silently stops being a view of its network's."""

import numpy as np


def assert_views_hold(network):
    """Every parameter and gradient lies in the flat vectors, in order and without a gap."""
    for vector, arrays in ((network.theta, network.params), (network.grad, network.grads)):
        assert vector.ndim == 1
        assert vector.dtype == network.dtype
        flat = [array.ravel() for array in arrays.values()]
        np.testing.assert_array_equal(np.concatenate(flat), vector)
        start = 0
        for array in arrays.values():
            assert np.shares_memory(array, vector[start : start + array.size])
            before = array.flat[0]
            array.flat[0] = 0.123
            assert vector[start] == array.dtype.type(0.123)
            array.flat[0] = before
            start += array.size
        assert start == vector.size == network.size
    leaves = [leaf for leaf in network.leaves() if leaf.params]
    owned = [array for leaf in leaves for array in leaf.params.values()]
    assert all(a is b for a, b in zip(owned, network.params.values(), strict=True))


def share_nothing(one, other):
    """Whether two networks have no memory in common."""
    arrays = [
        [n.theta, n.grad, *n.params.values(), *n.grads.values(), *n.state.values()]
        for n in (one, other)
    ]
    return not any(np.shares_memory(a, b) for a in arrays[0] for b in arrays[1])
