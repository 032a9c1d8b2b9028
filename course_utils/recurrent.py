r"""Recurrent layers: one cell, applied to every step of a sequence and handing on its state.

A sample is a sequence of T steps with D features each, so X has shape (N, T, D). The state h
starts at 0, and every step makes a new one of its input and the state before. All steps share
their weights, hence backpropagation *through time*: the gradient runs back from the last step to
the first, and each weight's gradient is the sum over all steps.

A new cell is a subclass of `Recurrent` with two methods: one step forward, one step back.

References
----------
P. Werbos, "Backpropagation through time: what it does and how to do it", Proceedings of the IEEE
78 (1990), doi:10.1109/5.58337
"""

from collections.abc import Mapping

import numpy as np

from ._arrays import as_float, check_positive_int
from .activations import ACTIVATIONS, sigmoid
from .initializers import xavier
from .layers import Layer

__all__ = ["GRU", "LSTM", "RNN", "Recurrent", "load_torch_weights"]


class Recurrent(Layer):
    r"""The base class of recurrent layers: all but the cell.

    Forward, Z = X Wx + b is one product for all steps; then step by step U = h Wh, and the cell
    makes the next h of Z[t] and U. Backward, the cell goes back step by step and leaves the
    gradients dZ and dU of all steps, of which dWx = X^T dZ, dWh = h^T dU, db = the sum of dZ and
    dX = dZ Wx^T are one product each.

    Inside, time comes first: arrays have the shape (T, N, ...), so that a step is contiguous.
    States have T + 1 entries: h[t] is the state before step t, h[t + 1] that after it.

    A subclass overrides `step` and `step_back`, and says by the class attributes below what they
    work with.

    Parameters
    ----------
    input_size : int
        D, features of a step.
    hidden_size : int
        H, features of the state.
    return_sequences : bool
        Whether the output is the state after every step, (N, T, H), or only the last, (N, H).
    rng : numpy.random.Generator or int, optional
        Where the weights come from; give one for a run that can be repeated.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    params : Arrays
        "Wx" (D, G H), "Wh" (H, G H) and "b" (G H,), where G is the number of gates: gate k has
        the columns k H to (k + 1) H. Each gate's part of Wx starts as Glorot's normal weights,
        that of Wh as an orthogonal matrix (it keeps the length of h), and biases start at 0.
    gates : tuple of str
        The gates, in the order of their columns.
    torch_gates : tuple of str
        The same in PyTorch's order, see `load_torch_weights`.
    carried : tuple of str
        What goes from step to step: h, and for the LSTM c.
    kept : tuple of str
        What a step keeps for its way back, beside Z and the states: one array (T, N, H) each.
    separate : bool
        Whether the cell needs U by itself, not only Z[t] + U. U then has a bias of its own,
        U = h Wh + bh, and "bh" (G H,) is a parameter too.

    Raises
    ------
    TypeError, ValueError
        When a size is not a whole number of at least 1, or X does not have the shape (N, T, D).

    References
    ----------
    A. Saxe, J. McClelland and S. Ganguli, "Exact solutions to the nonlinear dynamics of learning
    in deep linear neural networks" (2014), arXiv:1312.6120
    """

    decayed = ("Wx", "Wh")
    gates: tuple[str, ...] = ()
    torch_gates: tuple[str, ...] = ()
    carried: tuple[str, ...] = ("h",)
    kept: tuple[str, ...] = ()
    separate = False

    def __init__(self, input_size, hidden_size, return_sequences=False, rng=None, dtype=np.float32):
        D = check_positive_int(input_size, "input_size")
        H = check_positive_int(hidden_size, "hidden_size")
        G = len(self.gates)
        rng = np.random.default_rng(rng)
        params = {
            "Wx": xavier((D, G * H), D, H, rng, dtype),
            "Wh": np.hstack([_orthogonal(H, rng, dtype) for _ in self.gates]),
            "b": np.zeros(G * H, dtype),
        }
        if self.separate:
            params["bh"] = np.zeros(G * H, dtype)
        super().__init__(params)
        self.input_size, self.hidden_size = D, H
        self.return_sequences = bool(return_sequences)

    def output_shape(self, input_shape):
        if len(input_shape) != 2 or input_shape[1] != self.input_size:
            raise ValueError(
                f"{self!r} takes samples of shape (T, {self.input_size}), T steps of "
                f"{self.input_size} features; got {tuple(input_shape)}."
            )
        return (input_shape[0], self.hidden_size) if self.return_sequences else (self.hidden_size,)

    def multiply_adds(self, input_shape):
        return input_shape[0] * (self.params["Wx"].size + self.params["Wh"].size)

    def forward(self, X, training=False, cache=None):
        self.output_shape(X.shape[1:])  # T is free: a network can't check this when it is built
        X = np.ascontiguousarray(X.swapaxes(0, 1))
        T, N, _ = X.shape
        Z = _rows(X) @ self.params["Wx"]
        Z += self.params["b"]
        U = np.empty((N, Z.shape[1]), Z.dtype)
        Z = Z.reshape(T, *U.shape)
        states = np.zeros((len(self.carried), T + 1, N, self.hidden_size), Z.dtype)
        kept = np.empty((len(self.kept), T, N, self.hidden_size), Z.dtype)
        h = states[0]
        for t in range(T):
            np.matmul(h[t], self.params["Wh"], out=U)
            if self.separate:
                U += self.params["bh"]
            self.step(t, Z, U, *states, *kept)
        self._remember((X, Z, states, kept), training, cache)
        return h[1:].swapaxes(0, 1) if self.return_sequences else h[-1].copy()

    def backward(self, dA, need_dX=True):
        X, Z, states, kept = self._recall()
        h = states[0]
        dZ = np.empty_like(Z)
        dU = np.empty_like(Z) if self.separate else dZ
        dstates = np.zeros_like(states[:, 0])
        dh = dstates[0]
        WhT = np.ascontiguousarray(self.params["Wh"].T)  # once, not in every step
        if not self.return_sequences:
            dh += dA
        for t in reversed(range(len(Z))):
            if self.return_sequences:
                dh += dA[:, t]
            self.step_back(t, dZ, dU, *dstates, Z, *states, *kept)
            dh += dU[t] @ WhT
        np.matmul(_rows(X).T, _rows(dZ), out=self.grads["Wx"])
        np.matmul(_rows(h[:-1]).T, _rows(dU), out=self.grads["Wh"])
        np.sum(_rows(dZ), axis=0, out=self.grads["b"])
        if self.separate:
            np.sum(_rows(dU), axis=0, out=self.grads["bh"])
        if not need_dX:
            return None
        return (_rows(dZ) @ self.params["Wx"].T).reshape(X.shape).swapaxes(0, 1)

    def step(self, t, Z, U, *arrays):
        """One step forward: the states at t + 1, from those at t.

        Parameters
        ----------
        t : int
        Z : ndarray, shape (T, N, G H)
            Z[t] comes as x Wx + b; what the step writes there is kept for `step_back`.
        U : ndarray, shape (N, G H)
            h[t] Wh, and the bias where it has one. The step may write to it.
        *arrays : ndarray
            One for each name in `carried`, then one for each in `kept`.
        """
        raise NotImplementedError

    def step_back(self, t, dZ, dU, *arrays):
        """One step back: dZ[t] and the gradients of the states at t, from those at t + 1.

        Parameters
        ----------
        t : int
        dZ, dU : ndarray, shape (T, N, G H)
            The step writes dL/d(x Wx + b) to dZ[t] and dL/dU to dU[t]; both are the same array
            unless the cell has U separate.
        *arrays : ndarray
            First the gradients of the states, shape (N, H) each: they come as those at t + 1 and
            leave as those at t, but for the part of dh that runs through U: the base adds it.
            Then Z and the other arrays of `step`.
        """
        raise NotImplementedError

    def _split(self, array):
        """The columns of each gate, as views."""
        H = self.hidden_size
        return [array[..., k * H : (k + 1) * H] for k in range(len(self.gates))]

    def _arguments(self):
        """What the repr shows, as it was written."""
        shown = ", return_sequences=True" if self.return_sequences else ""
        return f"{self.input_size}, {self.hidden_size}{shown}"

    def __repr__(self):
        return f"{type(self).__name__}({self._arguments()})"


class RNN(Recurrent):
    r"""The simple recurrent layer of Elman, h' = g(x Wx + h Wh + b) with g = tanh.

    Backward: dZ = dh' * g'(Z) for each step, and dh = dZ Wh^T: over many steps the gradient is
    multiplied by Wh^T again and again, so it vanishes or explodes.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of a step and of the state.
    return_sequences : bool
        Whether the output is the state after every step, (N, T, H), or only the last, (N, H).
    activation : str or callable
        A name from `ACTIVATIONS`, or one of the functions filed there.
    rng : numpy.random.Generator or int, optional
        Where the weights come from, see `Recurrent`.
    dtype : dtype
        float32 or float64.

    Raises
    ------
    TypeError, ValueError
        When a size is not a whole number of at least 1, or no such activation exists.

    References
    ----------
    J. Elman, "Finding structure in time", Cognitive Science 14 (1990),
    doi:10.1207/s15516709cog1402_1

    Examples
    --------
    >>> layer = RNN(1, 1, return_sequences=True, activation="identity")
    >>> layer.params["Wx"], layer.params["Wh"] = [[1.0]], [[0.5]]
    >>> print(layer.forward(np.array([[[1.0], [0.0], [0.0]]]))[0, :, 0])
    [1.   0.5  0.25]
    """

    gates = torch_gates = ("h",)

    def __init__(
        self,
        input_size,
        hidden_size,
        return_sequences=False,
        activation="tanh",
        rng=None,
        dtype=np.float32,
    ):
        super().__init__(input_size, hidden_size, return_sequences, rng, dtype)
        self.function = ACTIVATIONS.resolve(activation)

    def step(self, t, Z, U, h):
        Z[t] += U
        self.function(Z[t], out=h[t + 1])

    def step_back(self, t, dZ, dU, dh, Z, h):
        dZ[t] = dh * self.function.derivative(Z[t], h[t + 1])
        dh[...] = 0  # h acts through U only

    def _arguments(self):
        name = self.function.__name__
        return super()._arguments() + ("" if name == "tanh" else f", activation={name!r}")


class LSTM(Recurrent):
    r"""Long short-term memory: a cell c that is written, kept and read through gates.

    With z = x Wx + h Wh + b, in four parts,

        i = sigmoid(z_i), f = sigmoid(z_f), o = sigmoid(z_o), g = tanh(z_g)
        c' = f * c + i * g
        h' = o * tanh(c')

    Along c the gradient is multiplied by f, not by a matrix: where the gate stays open, it lasts
    over many steps. So the bias of f starts at 1.

    The three sigmoid gates lie side by side: the columns are those of i, f, o, g.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of a step and of the state.
    return_sequences : bool
        Whether the output is the state after every step, (N, T, H), or only the last, (N, H).
    rng : numpy.random.Generator or int, optional
        Where the weights come from, see `Recurrent`.
    dtype : dtype
        float32 or float64.

    Raises
    ------
    TypeError, ValueError
        When a size is not a whole number of at least 1.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9 (1997),
    doi:10.1162/neco.1997.9.8.1735; the gate f: F. Gers, J. Schmidhuber and F. Cummins, "Learning
    to forget", Neural Computation 12 (2000), doi:10.1162/089976600300015015; its bias:
    R. Jozefowicz, W. Zaremba and I. Sutskever, "An empirical exploration of recurrent network
    architectures", ICML (2015)

    Examples
    --------
    >>> layer = LSTM(28, 64, rng=0)
    >>> layer.forward(np.zeros((10, 28, 28), np.float32)).shape, layer.size
    ((10, 64), 23808)
    """

    gates = ("i", "f", "o", "g")
    torch_gates = ("i", "f", "g", "o")
    carried = ("h", "c")
    kept = ("tanh_c",)

    def __init__(self, input_size, hidden_size, return_sequences=False, rng=None, dtype=np.float32):
        super().__init__(input_size, hidden_size, return_sequences, rng, dtype)
        _, b_f, _, _ = self._split(self.params["b"])
        b_f[...] = 1

    def step(self, t, Z, U, h, c, tanh_c):
        Z[t] += U
        i, f, o, g = self._split(Z[t])
        i_f_o = Z[t, :, : 3 * self.hidden_size]
        sigmoid(i_f_o, out=i_f_o)  # three gates in one pass
        np.tanh(g, out=g)
        c[t + 1] = f * c[t] + i * g
        tanh_c[t] = np.tanh(c[t + 1])
        h[t + 1] = o * tanh_c[t]

    def step_back(self, t, dZ, dU, dh, dc, Z, h, c, tanh_c):
        i, f, o, g = self._split(Z[t])
        di, df, do, dg = self._split(dZ[t])
        dc += dh * o * (1 - tanh_c[t] ** 2)
        di[...] = dc * g * i * (1 - i)
        df[...] = dc * c[t] * f * (1 - f)
        do[...] = dh * tanh_c[t] * o * (1 - o)
        dg[...] = dc * i * (1 - g**2)
        dc *= f
        dh[...] = 0  # h acts through U only


class GRU(Recurrent):
    r"""The gated recurrent unit: like the LSTM, with two gates and no cell beside the state.

    With x Wx + b and h Wh + bh in three parts each,

        r = sigmoid(x Wx_r + b_r + h Wh_r + bh_r)
        z = sigmoid(x Wx_z + b_z + h Wh_z + bh_z)
        n = tanh(x Wx_n + b_n + r * (h Wh_n + bh_n))
        h' = (1 - z) * n + z * h

    The columns are those of r, z, n. The reset gate r acts after the product with Wh, as in
    cuDNN and PyTorch, and not on h before it, as in the paper: so one product serves all three,
    and bh_n can't be merged into b_n.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of a step and of the state.
    return_sequences : bool
        Whether the output is the state after every step, (N, T, H), or only the last, (N, H).
    rng : numpy.random.Generator or int, optional
        Where the weights come from, see `Recurrent`.
    dtype : dtype
        float32 or float64.

    Raises
    ------
    TypeError, ValueError
        When a size is not a whole number of at least 1.

    References
    ----------
    K. Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical
    machine translation" (2014), arXiv:1406.1078

    Examples
    --------
    >>> layer = GRU(28, 64, return_sequences=True, rng=0)
    >>> layer.forward(np.zeros((10, 28, 28), np.float32)).shape, list(layer.params)
    ((10, 28, 64), ['Wx', 'Wh', 'b', 'bh'])
    """

    gates = torch_gates = ("r", "z", "n")
    kept = ("u_n",)
    separate = True

    def step(self, t, Z, U, h, u_n):
        H = self.hidden_size
        r, z, n = self._split(Z[t])
        r_z = Z[t, :, : 2 * H]
        r_z += U[:, : 2 * H]
        sigmoid(r_z, out=r_z)  # two gates in one pass
        u_n[t] = U[:, 2 * H :]
        n += r * u_n[t]
        np.tanh(n, out=n)
        h[t + 1] = (1 - z) * n + z * h[t]

    def step_back(self, t, dZ, dU, dh, Z, h, u_n):
        r, z, n = self._split(Z[t])
        dr, dz, dn = self._split(dZ[t])
        dn[...] = dh * (1 - z) * (1 - n**2)
        dz[...] = dh * (h[t] - n) * z * (1 - z)
        dr[...] = dn * u_n[t] * r * (1 - r)
        dU[t] = dZ[t]
        du_n = self._split(dU[t])[2]
        du_n *= r
        dh *= z  # h acts through U, and through z * h


def load_torch_weights(layer, state_dict):
    """Copy the weights of a ``torch.nn.RNN``, ``LSTM`` or ``GRU`` into a layer of ours.

    PyTorch keeps W (G H, D) and computes x W^T, has the LSTM's gates in the order i, f, g, o,
    and two biases, which are added where ours is one. A network of a single layer in one
    direction fits; the layer changes only when everything does. The activation of an RNN is not
    among the weights: give the layer the same.

    Parameters
    ----------
    layer : RNN, LSTM or GRU
    state_dict : dict of str to array_like
        What ``torch_layer.state_dict()`` answers: weight_ih_l0, weight_hh_l0, bias_ih_l0 and
        bias_hh_l0. Without the two biases, as from ``bias=False``, they are 0.

    Raises
    ------
    TypeError
        When the layer is not recurrent, or `state_dict` is not a dict of real numbers.
    ValueError
        When names or shapes do not fit, as those of several layers or of two directions.

    Examples
    --------
    >>> layer = RNN(2, 1)
    >>> load_torch_weights(layer, {"weight_ih_l0": [[1.0, 2.0]], "weight_hh_l0": [[3.0]]})
    >>> print(layer.params["Wx"], layer.params["Wh"], layer.params["b"])
    [[1.]
     [2.]] [[3.]] [0.]
    """
    if not isinstance(layer, Recurrent):
        raise TypeError(f"layer must be an RNN, LSTM or GRU; got {layer!r}.")
    if not isinstance(state_dict, Mapping):
        raise TypeError(
            "state_dict must be a dict of arrays, such as torch_layer.state_dict(); "
            f"got {type(state_dict).__name__}."
        )
    weights, biases = ("weight_ih_l0", "weight_hh_l0"), ("bias_ih_l0", "bias_hh_l0")
    if set(state_dict) not in (set(weights), {*weights, *biases}):
        raise ValueError(
            f"{layer!r} takes a single layer in one direction: {', '.join(weights)}, and both of "
            f"{', '.join(biases)} or neither; got {', '.join(map(str, state_dict)) or 'nothing'}."
        )
    G, H, D = len(layer.gates), layer.hidden_size, layer.input_size
    shapes = {weights[0]: (G * H, D), weights[1]: (G * H, H), **dict.fromkeys(biases, (G * H,))}
    order = [layer.torch_gates.index(gate) for gate in layer.gates]
    converted = {name: np.zeros(shapes[name]) for name in biases}
    for name, values in state_dict.items():
        values = as_float(values)
        if values.shape != shapes[name]:
            raise ValueError(
                f"{layer!r} takes {name} of shape {shapes[name]}; got shape {values.shape}."
            )
        by_gate = values.reshape(G, H, *values.shape[1:])[order]
        converted[name] = by_gate.reshape(values.shape).T
    Wx, Wh, b, bh = (converted[name] for name in (*weights, *biases))
    layer.params["Wx"], layer.params["Wh"] = Wx, Wh
    if layer.separate:
        layer.params["b"], layer.params["bh"] = b, bh
    else:
        layer.params["b"] = b + bh


def _rows(sequences):
    """(T, N, F) as (T N, F): the steps of all samples, as rows of one product."""
    T, N, F = sequences.shape
    return sequences.reshape(T * N, F)


def _orthogonal(n, rng, dtype):
    """A random orthogonal matrix (n, n), every one as likely: Q of QR, its signs made unique.

    References
    ----------
    F. Mezzadri, "How to generate random matrices from the classical compact groups" (2007),
    arXiv:math-ph/0609050
    """
    Q, R = np.linalg.qr(rng.standard_normal((n, n)))
    return (Q * np.sign(np.diag(R))).astype(dtype)
