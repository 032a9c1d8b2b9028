"""Recurrent layers against PyTorch's, with the same weights. Not collected by default: needs torch.

pytest tests/frameworks/test_torch_recurrent.py
"""

import numpy as np
import pytest

from course_utils import GRU, LSTM, RNN, load_torch_weights

torch = pytest.importorskip("torch")

KINDS = {
    "RNN": (RNN, torch.nn.RNN, {}),
    "RNN relu": (
        lambda *sizes, **options: RNN(*sizes, activation="relu", **options),
        torch.nn.RNN,
        {"nonlinearity": "relu"},
    ),
    "LSTM": (LSTM, torch.nn.LSTM, {}),
    "GRU": (GRU, torch.nn.GRU, {}),
}
NAMES = {"Wx": "weight_ih_l0", "Wh": "weight_hh_l0", "b": "bias_ih_l0", "bh": "bias_hh_l0"}


def pair(kind, D, H, sequences, dtype, bias=True):
    """Our layer and torch's, with torch's weights in both."""
    ours, theirs, options = KINDS[kind]
    torch.manual_seed(D + H)
    module = theirs(
        D, H, batch_first=True, bias=bias, dtype=getattr(torch, np.dtype(dtype).name), **options
    )
    layer = ours(D, H, return_sequences=sequences, dtype=dtype)
    load_torch_weights(layer, module.state_dict())
    return layer, module


def in_our_order(layer, gradient):
    """A torch weight's gradient in our order and shape."""
    blocks = dict(zip(layer.torch_gates, np.split(gradient.numpy(), len(layer.gates)), strict=True))
    return np.concatenate([blocks[gate] for gate in layer.gates]).T


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-10)])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize(
    ("N", "T", "D", "H"), [(1, 1, 1, 1), (1, 7, 3, 5), (4, 1, 3, 5), (8, 12, 5, 3), (3, 28, 28, 16)]
)
def test_outputs_and_all_gradients_agree(kind, dtype, tolerance, sequences, N, T, D, H):
    layer, module = pair(kind, D, H, sequences, dtype)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, T, D)).astype(dtype)
    A = layer.forward(X, training=True)
    # of length 1, so that the gradients have numbers of about 1, and the tolerance a meaning
    dA = rng.normal(size=A.shape)
    dA = (dA / np.linalg.norm(dA)).astype(dtype)
    dX = layer.backward(dA)

    X_torch = torch.tensor(X, requires_grad=True)
    states, _ = module(X_torch)
    A_torch = states if sequences else states[:, -1]
    A_torch.backward(torch.tensor(dA))

    def agree(ours, theirs):
        assert ours.shape == theirs.shape
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)

    agree(A, A_torch.detach().numpy())
    agree(dX, X_torch.grad.numpy())
    for name, gradient in layer.grads.items():
        agree(gradient, in_our_order(layer, getattr(module, NAMES[name]).grad))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_without_biases_agree(kind):
    layer, module = pair(kind, 3, 4, True, np.float64, bias=False)
    X = np.random.default_rng(0).normal(size=(2, 5, 3))
    with torch.no_grad():
        expected = module(torch.tensor(X))[0].numpy()
    np.testing.assert_allclose(layer.forward(X), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    "options", [{"num_layers": 2}, {"bidirectional": True}, {"proj_size": 2}], ids=str
)
def test_other_networks_of_torch_are_refused(options):
    with pytest.raises(ValueError, match=r"in one direction: .* got weight_ih"):
        load_torch_weights(LSTM(3, 4), torch.nn.LSTM(3, 4, **options).state_dict())


def test_the_module_itself_is_refused_with_a_hint():
    with pytest.raises(TypeError, match=r"such as torch_layer.state_dict\(\); got LSTM"):
        load_torch_weights(LSTM(3, 4), torch.nn.LSTM(3, 4))
