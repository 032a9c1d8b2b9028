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

from ._arrays import as_float, as_generator
from ._checks import check_positive_int
from .activations import ACTIVATIONS
from .base import Layer
from .initializers import xavier

__all__ = ["GRU", "LSTM", "RNN", "Recurrent", "load_torch_weights"]


class Recurrent(Layer):
    r"""The base class of recurrent layers: all but the cell.

    Forward, Z[t] = x Wx + b + h Wh, and the cell makes the next h of it, step by step. Backward,
    the cell goes back step by step and leaves dZ[t]. From it follow dX[t] = dZ[t] Wx^T and, for
    the h before, dh = dZ[t] Wh^T. Summed over the steps, dWx = sum of x^T dZ[t], dWh = sum of
    h^T dZ[t], and db = sum of dZ[t] over the samples.

    Written plainly, for a cell without a memory of its own (`RNN` with tanh)::

        def forward(X, Wx, Wh, b):
            h = np.zeros((X.shape[1] + 1, len(X), len(Wh)))
            for t in range(X.shape[1]):
                h[t + 1] = np.tanh(X[:, t] @ Wx + b + h[t] @ Wh)
            return h

        def backward(X, Wx, Wh, h, dh):  # dh: dL/dh of the last step
            dX, dWx, dWh, db = np.zeros_like(X), 0, 0, 0
            for t in reversed(range(X.shape[1])):
                dZ = dh * (1 - h[t + 1] ** 2)
                dWx, dWh, db = dWx + X[:, t].T @ dZ, dWh + h[t].T @ dZ, db + dZ.sum(axis=0)
                dX[:, t], dh = dZ @ Wx.T, dZ @ Wh.T
            return dX, dWx, dWh, db

    Inside, V[t] = [x, 1, zeros, h] has all that a step starts from side by side, so that
    Z[t] = V[t] [Wx; b; 0; Wh] is one product, and V[t]^T dZ is all three gradients. Time comes
    first, and in memory the samples come last: a gate, some columns of Z[t], is then one piece
    of memory, which NumPy passes over several times faster than pieces cut out of rows.

    States have T + 1 entries: h[t] is the state before step t, h[t + 1] that after it.

    A subclass overrides `step` and `step_back`, which get their arrays by name, and says by the
    class attributes below what they work with.

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
    negated : int
        How many gates, from the first, get -Z: the sign is turned in the weights,
        once, so that 1 / (1 + exp(-z)) needs no pass for it in every step.
    separate : bool
        Whether the cell needs U = h Wh by itself, and Z[t] without it. U then has a bias of its
        own, U = h Wh + bh, and "bh" (G H,) is a parameter too.

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
    negated = 0
    separate = False

    def __init__(self, input_size, hidden_size, return_sequences=False, rng=None, dtype=np.float32):
        D = check_positive_int(input_size, "input_size")
        H = check_positive_int(hidden_size, "hidden_size")
        G = len(self.gates)
        rng = as_generator(rng)
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
        X = self._as_batch(X)  # T is free: a network can't check this when it is built
        N, T, D = X.shape
        H = self.hidden_size
        keep = training if cache is None else cache
        slots = T if keep else 1  # without a cache, all steps work in the memory of one
        dtype = np.result_type(X, self.params["Wx"])
        weights, columns = self._weights(dtype), self._columns()
        V = _samples_last(slots + 1, N, self._width, dtype)
        V[:, :, D:-H] = 0
        V[:, :, D] = 1
        Z = _samples_last(slots, N, len(self.gates) * H, dtype)
        U = {"U": _samples_last(1, N, len(self.gates) * H, dtype)[0]} if self.separate else {}
        states = {"h": V[:, :, -H:]}
        states |= {name: _samples_last(slots + 1, N, H, dtype) for name in self.carried[1:]}
        for state in states.values():
            state[0] = 0
        h = states["h"][0]
        arrays = {"Z": Z} | {name: _samples_last(slots, N, H, dtype) for name in self.kept}
        A = _samples_last(T, N, H, dtype) if self.return_sequences else None
        for t in range(T):
            slot = t if keep else 0
            V[slot, :, :D] = X[:, t]
            for part, W, out in zip(columns, weights, (Z[slot], *U.values()), strict=True):
                np.matmul(V[slot, :, part], W, out=out)
            self.step(slot, **arrays, **U, **states)
            h = states["h"][slot + 1]
            if self.return_sequences:
                A[t] = h
            if not keep:  # what this step made, the next one starts from
                V, states = V[::-1], {name: state[::-1] for name, state in states.items()}
        A = A.swapaxes(0, 1) if self.return_sequences else h.copy()
        self._remember((V, arrays | states), A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        V, arrays = self._recall(dA)
        T, N, size = arrays["Z"].shape
        D, H = self.input_size, self.hidden_size
        columns = self._columns()
        names = ("dZ", "dU") if self.separate else ("dZ",)
        products = {name: _samples_last(1, N, size, V.dtype)[0] for name in names}
        dZ, dU = products["dZ"], products[names[-1]]  # without a U of its own, dU is dZ
        dW = [np.zeros((size, V[0, :, part].shape[1]), V.dtype).T for part in columns]
        dW_t = [np.empty_like(total) for total in dW]
        dX = _samples_last(T, N, D, V.dtype) if need_dX else None
        dh_before, dA_t, *dstates = _samples_last(2 + len(self.carried), N, H, V.dtype)
        dstates = {f"d{name}": array for name, array in zip(self.carried, dstates, strict=True)}
        for dstate in dstates.values():
            dstate[...] = 0
        dh = dstates["dh"]
        if not self.return_sequences:
            dh[...] = dA
        for t in reversed(range(T)):
            if self.return_sequences:
                dA_t[...] = dA[:, t]  # put in the order of dh first: adding is slow across orders
                dh += dA_t
            direct = self.step_back(t, **products, **dstates, **arrays)
            np.matmul(dU, self.params["Wh"].T, out=dh_before)
            if direct is not None:
                dh_before += direct
            dh, dh_before = dh_before, dh
            dstates["dh"] = dh
            for k, dproduct in enumerate(products.values()):  # while they are in the cache
                dW[k] += np.matmul(V[t, :, columns[k]].T, dproduct, out=dW_t[k])
            if need_dX:
                np.matmul(dZ, self.params["Wx"].T, out=dX[t])
        self.grads["Wx"][...] = dW[0][:D]
        self.grads["b"][...] = dW[0][D]
        self.grads["Wh"][...] = dW[-1][-H:]
        if self.separate:
            self.grads["bh"][...] = dW[-1][0]
        return dX.swapaxes(0, 1) if need_dX else None

    def step(self, t, Z, **arrays):
        """One step forward: the states at t + 1, from those at t.

        Parameters
        ----------
        t : int
        Z : ndarray, shape (T, N, G H)
            Z[t] comes as x Wx + b + h Wh, or as minus that for the `negated` gates; what the step
            writes there is kept for `step_back`.
        **arrays : ndarray
            By their names: those in `carried`, (T + 1, N, H), and those in `kept`, (T, N, H). Where
            U is `separate`, U too, (N, G H): h Wh + bh, and Z[t] then comes without. The step may
            write to it.
        """
        raise NotImplementedError

    def step_back(self, t, dZ, Z, **arrays):
        """One step back: dZ and the gradients of the states at t, from those at t + 1.

        Parameters
        ----------
        t : int
        dZ : ndarray, shape (N, G H)
            Where the step writes dL/d(x Wx + b), of the negated gates too.
        Z : ndarray, shape (T, N, G H)
            As `step` left it.
        **arrays : ndarray
            The others as `step` left them, but for U. Then dh and the like, (N, H), the gradients
            of the states: they come as those at t + 1, and leave as those at t, but for dh, which
            may leave as anything. Where U is `separate`, dU too, (N, G H), for dL/dU.

        Returns
        -------
        ndarray or None
            dL/dh[t], but for the part that runs through h Wh, which the base adds; None where
            that is all.
        """
        raise NotImplementedError

    @property
    def _width(self):
        """Columns of V: D + 1 + H, and zeros before h that make them a multiple of 16.

        OpenBLAS multiplies 16 at a time, and takes longer for a remainder than for zeros.
        """
        return -(-(self.input_size + 1 + self.hidden_size) // 16) * 16

    def _columns(self):
        """The columns of V that meet the first of `_weights`, and those that meet the second."""
        D, H = self.input_size, self.hidden_size
        return [slice(-H), slice(D, None)] if self.separate else [slice(None)]

    def _weights(self, dtype):
        """The weights that V meets in Z, and those in U where it is separate."""
        D, H = self.input_size, self.hidden_size
        W = np.zeros((self._width, len(self.gates) * H), dtype)
        W[:D], W[D], W[-H:] = (self.params[name] for name in ("Wx", "b", "Wh"))
        weights = [W]
        if self.separate:
            W_U = W[D:].copy()
            W_U[0] = self.params["bh"]
            weights = [W[:-H], W_U]
        for W in weights:
            W[:, : self.negated * H] *= -1
        return weights

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

    def step(self, t, Z, h):
        self.function(Z[t], out=h[t + 1])

    def step_back(self, t, dZ, dh, Z, h):
        np.multiply(dh, self.function.derivative(Z[t], h[t + 1]), out=dZ)

    def _arguments(self):
        name = self.function.__name__
        return super()._arguments() + ("" if name == "tanh" else f", activation={name!r}")


class LSTM(Recurrent):
    r"""Long short-term memory: a cell c that is written, kept and read through gates.

    From step to step, with the sigmoid gates i (input), f (forget), o (output), and what may be
    written, g::

        def forward(X, Wx, Wh, b):  # (N, T, D), (D, 4 H), (H, 4 H), (4 H,)
            h = c = np.zeros((len(X), len(Wh)))
            for t in range(X.shape[1]):
                z_i, z_f, z_o, z_g = np.split(X[:, t] @ Wx + b + h @ Wh, 4, axis=1)
                i, f, o, g = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o), np.tanh(z_g)
                c = f * c + i * g
                h = o * np.tanh(c)
            return h

    Along c the gradient is multiplied by f, not by a matrix: where the gate stays open, it lasts
    over many steps. So the bias of f starts at 1. How the gradient runs back through a step is
    `step_back`, and from step to step `Recurrent`.

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
    negated = 3  # i, f, o: Z[t] comes with their sign turned, see `Recurrent`

    def __init__(self, input_size, hidden_size, return_sequences=False, rng=None, dtype=np.float32):
        super().__init__(input_size, hidden_size, return_sequences, rng, dtype)
        _, b_f, _, _ = self._split(self.params["b"])
        b_f[...] = 1

    def step(self, t, Z, h, c, tanh_c):
        i, f, o, g = self._split(Z[t])  # views: what is done to Z[t] is done to them
        _sigmoid_of_negated(Z[t, :, : 3 * self.hidden_size])  # i, f and o in one pass
        np.tanh(g, out=g)
        c[t + 1] = f * c[t] + i * g
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=h[t + 1])

    def step_back(self, t, dZ, dh, dc, Z, h, c, tanh_c):
        i, f, o, g = self._split(Z[t])
        di, df, do, dg = self._split(dZ)
        # a (1 - a) is the derivative of a = sigmoid(z), and 1 - a^2 that of a = tanh(z).
        dc += dh * o * (1 - tanh_c[t] ** 2)
        di[...] = dc * g * i * (1 - i)
        df[...] = dc * c[t] * f * (1 - f)
        do[...] = dh * tanh_c[t] * o * (1 - o)
        dg[...] = dc * i * (1 - g**2)
        dc *= f


class GRU(Recurrent):
    r"""The gated recurrent unit: like the LSTM, with two gates and no cell beside the state.

    From step to step, with the gates r (reset) and z (update), and n for the new content::

        def forward(X, Wx, Wh, b, bh):  # (N, T, D), (D, 3 H), (H, 3 H), (3 H,), (3 H,)
            h = np.zeros((len(X), len(Wh)))
            for t in range(X.shape[1]):
                x_r, x_z, x_n = np.split(X[:, t] @ Wx + b, 3, axis=1)
                u_r, u_z, u_n = np.split(h @ Wh + bh, 3, axis=1)
                r, z = sigmoid(x_r + u_r), sigmoid(x_z + u_z)
                n = np.tanh(x_n + r * u_n)
                h = (1 - z) * n + z * h
            return h

    The reset gate r acts after the product with Wh, as in cuDNN and PyTorch, and not on h before
    it, as in the paper: so one product serves all three, and bh_n can't be merged into b_n. How
    the gradient runs back through a step is `step_back`, and from step to step `Recurrent`.

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
    negated = 2  # r, z: Z[t] and U come with their sign turned, see `Recurrent`
    separate = True

    def step(self, t, Z, U, h, u_n):
        H = self.hidden_size
        r, z, n = self._split(Z[t])  # views, which become the gates and n in place
        r_z = Z[t, :, : 2 * H]
        r_z += U[:, : 2 * H]
        _sigmoid_of_negated(r_z)  # two gates in one pass
        u_n[t] = U[:, 2 * H :]  # kept: the next step overwrites U
        n += r * u_n[t]
        np.tanh(n, out=n)
        h[t + 1] = (1 - z) * n + z * h[t]

    def step_back(self, t, dZ, dU, dh, Z, h, u_n):
        r, z, n = self._split(Z[t])
        dr, dz, dn = self._split(dZ)
        dn[...] = dh * (1 - z) * (1 - n**2)
        dz[...] = dh * (h[t] - n) * z * (1 - z)
        dr[...] = dn * u_n[t] * r * (1 - r)
        dU[...] = dZ
        du_n = self._split(dU)[2]
        du_n *= r
        return dh * z  # h acts through U, and through z * h


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


def _samples_last(steps, N, F, dtype):
    """An array (steps, N, F) that keeps each feature of all samples in one piece of memory.

    It starts at a multiple of 64 bytes, a line of the cache: where the wide vectors of a
    processor lie across two lines, NumPy takes nearly twice as long to write a product.
    """
    size, spare = steps * F * N, 64 // np.dtype(dtype).itemsize
    memory = np.empty(size + spare, dtype)
    start = -memory.__array_interface__["data"][0] % 64 // memory.itemsize
    return memory[start : start + size].reshape(steps, F, N).swapaxes(1, 2)


def _sigmoid_of_negated(z):
    """1 / (1 + exp(z)), in place."""
    with np.errstate(over="ignore"):  # 1 / (1 + inf) = 0 is right
        np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)


def _orthogonal(n, rng, dtype):
    """A random orthogonal matrix (n, n), every one as likely: Q of QR, its signs made unique.

    References
    ----------
    F. Mezzadri, "How to generate random matrices from the classical compact groups" (2007),
    arXiv:math-ph/0609050
    """
    Q, R = np.linalg.qr(rng.standard_normal((n, n)))
    return (Q * np.sign(np.diag(R))).astype(dtype)
