r"""Layers: small objects that hold parameters and know their own derivative.

Every layer is a `Layer`: ``forward`` maps a batch to a batch, ``backward`` takes dL/d(output),
writes dL/d(parameters) into ``grads`` and returns dL/d(input). Rows are samples.

A layer owns its arrays only until a network adopts it. From then on ``params`` and ``grads``
are views into the network's two flat vectors (see `network.Sequential`), which is why arrays
are always assigned *into*: ``layer.params["W"] = W`` copies the values.
"""

import copy
import weakref
from collections.abc import MutableMapping

import numpy as np

from ._arrays import (
    all_but_channels,
    as_float,
    check_channels,
    check_dtype,
    check_finite,
    check_positive_int,
    per_channel,
)
from ._registry import nearest
from .activations import ACTIVATIONS
from .initializers import draw_weights

__all__ = ["Activation", "Arrays", "Dense", "Flatten", "Identity", "Layer", "PReLU", "Scale"]

# What other libraries have as a method of a network, and what it is here.
ELSEWHERE = {
    "add": "all layers are given at once: Sequential(Dense(784, 50), Activation('relu'), ...)",
    "compile": "loss and optimizer are given to fit(network, X, y, loss, optimizer, ...)",
    "eval": "forward(X) is a pass of evaluation, unless it is given training=True",
    "evaluate": "evaluate(network, X, y, loss)",
    "fit": "fit(network, X, y, loss, optimizer, epochs, batch_size)",
    "get_weights": "params, by name",
    "load": "load_weights(network, path)",
    "load_state_dict": "load_weights(network, path)",
    "load_weights": "load_weights(network, path)",
    "parameters": "params, by name",
    "predict": "predict(network, X)",
    "predict_logits": "predict_logits(network, X)",
    "predict_proba": "predict_proba(network, X)",
    "save": "save_weights(network, path)",
    "save_weights": "save_weights(network, path)",
    "score": "evaluate(network, X, y, loss)",
    "state_dict": "params, and state",
    "summary": "Sequential(layer).summary()",
    "train": "fit(network, X, y, loss, optimizer, epochs, batch_size)",
    "weights": "params, by name",
    "zero_grad": "nothing: backward overwrites grads",
}


class Arrays(MutableMapping):
    """Named arrays with fixed names and shapes; assigning to a name copies into its array.

    Parameters
    ----------
    arrays : dict of str to ndarray

    Raises
    ------
    KeyError
        When an unknown name is read or assigned.
    ValueError
        When what is assigned has another shape.

    Examples
    --------
    >>> arrays = Arrays({"b": np.zeros(2)})
    >>> b = arrays["b"]
    >>> arrays["b"] = [1.0, 2.0]
    >>> print(b)
    [1. 2.]
    """

    def __init__(self, arrays):
        self._arrays = dict(arrays)

    def __getitem__(self, name):
        try:
            return self._arrays[name]
        except KeyError:
            names = ", ".join(self._arrays) or "none"
            raise KeyError(f"no array is named {name!r}; there are: {names}") from None

    def __setitem__(self, name, values):
        array = self[name]
        values = as_float(values)
        if values.shape != array.shape:
            raise ValueError(f"{name} has shape {array.shape}; got values of shape {values.shape}.")
        array[...] = values

    def __delitem__(self, name):
        raise TypeError(f"the array {name!r} is part of the layer and can't be removed.")

    def __iter__(self):
        return iter(self._arrays)

    def __len__(self):
        return len(self._arrays)

    def __repr__(self):
        return f"Arrays({', '.join(f'{name}: {a.shape}' for name, a in self._arrays.items())})"

    def rebind(self, name, array):
        """Let `name` stand for another array of the same shape (used by `Layer.bind`)."""
        self._arrays[name] = array


class Layer:
    """The base class of all layers; by itself it passes a batch through unchanged.

    A new layer overrides ``forward``, ``backward`` and, where the shape changes,
    ``output_shape``; if it learns, it hands its parameters to ``super().__init__``.

    Parameters
    ----------
    params : dict of str to ndarray
        What gradient descent learns.
    state : dict of str to ndarray
        What is saved with the weights but not learned by gradient.

    Attributes
    ----------
    params, grads, state : Arrays
        The parameters, dL/d(parameter) under the same names, and the state.
    trainable : bool
        False freezes the layer: `fit` leaves its parameters as they are.
    input_shape : tuple of int, or None
        The shape of the samples it takes; None when it takes more than one.
    decayed : tuple of str
        The parameters that weight decay acts on: weights, not biases.
    never_negative : tuple of str
        What in `state` holds squares or variances; a file that says otherwise is refused.
    keeps_shape : bool
        Whether an output sample always has the shape of its input sample.
    looks_up : bool
        Whether it takes numbers of rows to look up, not values to multiply.
    rng : numpy.random.Generator or None
        Where a layer that is random in training takes its numbers from.
    owner : Container or None
        What the layer belongs to, as long as that is there. A layer belongs to one.
    """

    trainable = True
    decayed: tuple[str, ...] = ()
    never_negative: tuple[str, ...] = ()
    keeps_shape = False
    looks_up = False

    def __init__(self, params=(), state=(), input_shape=None):
        params = {name: np.asarray(array) for name, array in dict(params).items()}
        for name, array in params.items():
            check_dtype(array.dtype, f"the parameter {name!r} of {type(self).__name__}")
        self._params = Arrays(params)
        # np.zeros takes memory only when it is written to: a network may be built to be measured
        self._grads = Arrays({name: np.zeros(a.shape, a.dtype) for name, a in self._params.items()})
        self._state = Arrays(state)
        self.input_shape = input_shape
        self.rng = None
        self._owner = None
        self._cache = None

    @property
    def owner(self):
        # Weakly, so that a network that is let go is gone at once, with all its arrays.
        return None if self._owner is None else self._owner()

    @owner.setter
    def owner(self, network):
        self._owner = None if network is None else weakref.ref(network)

    @property
    def params(self):
        return self._params

    @property
    def grads(self):
        return self._grads

    @property
    def state(self):
        return self._state

    @property
    def size(self):
        """The number of learned parameters."""
        return sum(array.size for array in self.params.values())

    def leaves(self):
        """The layers that hold arrays themselves: a container yields those inside it."""
        yield self

    def bind(self, theta, grad):
        """Move parameters and gradients into flat vectors; `params` and `grads` become views.

        Parameters
        ----------
        theta, grad : ndarray, shape (size,)
            Receive the present values; their dtype becomes the layer's.
        """
        start = 0
        for name, array in self._params.items():
            span = slice(start, start + array.size)
            for arrays, vector in ((self._params, theta), (self._grads, grad)):
                view = vector[span].reshape(array.shape)
                view[...] = arrays[name]
                arrays.rebind(name, view)
            start += array.size
        for name, array in self._state.items():
            self._state.rebind(name, array.astype(theta.dtype, copy=False))

    def output_shape(self, input_shape):
        """The shape of an output sample for input samples of that shape.

        Raises
        ------
        ValueError
            When the layer does not take such samples.
        """
        if self.input_shape is not None and tuple(input_shape) != self.input_shape:
            raise ValueError(
                f"{self!r} takes samples of shape {self.input_shape}; got {tuple(input_shape)}."
            )
        return tuple(input_shape)

    def multiply_adds(self, input_shape):
        """Products, each with its addition, in the forward pass of one sample of that shape.

        Those of matrix products and convolutions are counted; what is done once an output
        element (biases, activation functions, pooling, normalisation) is not, as in the
        published counts of architectures.
        """
        return 0

    def forward(self, X, training=False, cache=None):
        """The layer's output for a batch.

        Parameters
        ----------
        X : ndarray, shape (N, *input_shape)
        training : bool
            Whether this pass is part of training (random layers draw, batch statistics count).
        cache : bool, optional
            Whether to keep what `backward` needs; by default the same as `training`. Gradients
            of a network in evaluation mode need ``training=False, cache=True``.

        Returns
        -------
        ndarray, shape (N, *output_shape)
        """
        return X

    def backward(self, dA, need_dX=True):
        """dL/d(input), from dL/d(output); overwrites `grads` with dL/d(parameter).

        Parameters
        ----------
        dA : ndarray, shape (N, *output_shape)
        need_dX : bool
            False when nobody asks for dL/d(input): it may then be left out, and None returned.

        Raises
        ------
        RuntimeError
            When no forward pass was cached before.
        ValueError
            When dA has not the shape of what that pass returned.
        """
        return dA

    def _as_batch(self, X):
        """X as an array; refused where its samples are not what the layer takes."""
        X = np.asarray(X)
        if X.shape[1:] != self.input_shape:
            if X.shape == self.input_shape:
                raise ValueError(
                    f"{self!r} takes a batch, a sample of shape {self.input_shape} each row; got a "
                    "single sample. It goes in as X[np.newaxis]."
                )
            self.output_shape(X.shape[1:])
        return X

    def _remember(self, cached, shape, training, cache):
        """Keep `cached` for `backward`, and the output's shape, if this pass is cached."""
        if training if cache is None else cache:
            self._cache = cached, shape

    def _recall(self, dA):
        """What `forward` kept; refused where there is nothing, or dA does not belong to it."""
        if self._cache is None:
            raise RuntimeError(
                f"{self!r}: backward needs a cached forward pass before it; "
                "call forward(X, training=True), or cache=True for evaluation mode."
            )
        cached, shape = self._cache
        if np.shape(dA) != shape:
            raise ValueError(
                f"{self!r}: the gradient must have the shape of the output of the last cached "
                f"forward pass, {shape}; got {np.shape(dA)}."
            )
        return cached

    def __getstate__(self):
        """A copy or pickle takes the arrays along, not the owner and not the cached batch."""
        return {**self.__dict__, "_owner": None, "_cache": None}

    def __copy__(self):
        return copy.deepcopy(self)

    def __call__(self, *args, **kwargs):
        raise TypeError(
            f"a {type(self).__name__} is not called: layer.forward(X) is what it makes of a batch, "
            "and predict(network, X) or predict_proba(network, X) what a network answers."
        )

    def __getattr__(self, name):
        """Reached for names that are not there: say what was meant."""
        hint = "."
        if "_params" not in vars(self):
            hint = ": its __init__ must call super().__init__() first."
        elif name in ELSEWHERE:
            hint = f"; here it is: {ELSEWHERE[name]}."
        elif not name.startswith("_"):
            if name in self.params:
                hint = f"; parameters are in params[{name!r}]."
            elif meant := nearest(name, [known for known in dir(self) if known[0] != "_"]):
                hint = f"; did you mean {meant!r}?"
        raise AttributeError(f"a {type(self).__name__} has no attribute {name!r}{hint}")

    def __repr__(self):
        return f"{type(self).__name__}()"


class Identity(Layer):
    """A = X: the place of a layer where nothing is to happen.

    Examples
    --------
    >>> print(Identity().forward(np.array([[1.0, 2.0]])))
    [[1. 2.]]
    """

    keeps_shape = True


class Dense(Layer):
    r"""A fully connected layer, Z = X W + b.

    Backward: dW = X^T dZ, db = the sum of dZ over the rows, dX = dZ W^T.

    Parameters
    ----------
    n_in, n_out : int
        Features in and out.
    init : str or callable
        How W is drawn: a name from `INITIALIZERS`, or a function with the same arguments. The
        bias starts at 0.
    rng : numpy.random.Generator or int, optional
        Where the weights come from; give one for a run that can be repeated.
    dtype : dtype
        float32 or float64.

    Raises
    ------
    TypeError, ValueError
        When a size is not a whole number of at least 1, or the initializer is unknown.

    Examples
    --------
    >>> layer = Dense(3, 2, init="zeros")
    >>> layer.params["b"] = [1.0, 2.0]
    >>> print(layer.forward(np.ones((1, 3), np.float32)))
    [[1. 2.]]
    """

    decayed = ("W",)

    def __init__(self, n_in, n_out, init="he", rng=None, dtype=np.float32):
        n_in, n_out = check_positive_int(n_in, "n_in"), check_positive_int(n_out, "n_out")
        W = draw_weights(init, (n_in, n_out), rng, dtype)
        super().__init__({"W": W, "b": np.zeros(n_out, dtype)}, input_shape=(n_in,))

    def output_shape(self, input_shape):
        super().output_shape(input_shape)
        return self.params["b"].shape

    def multiply_adds(self, input_shape):
        return self.params["W"].size

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        Z = X @ self.params["W"]
        Z += self.params["b"]
        self._remember(X, Z.shape, training, cache)
        return Z

    def backward(self, dA, need_dX=True):
        np.matmul(self._recall(dA).T, dA, out=self.grads["W"])
        np.sum(dA, axis=0, out=self.grads["b"])
        return dA @ self.params["W"].T if need_dX else None

    def __repr__(self):
        return "Dense({}, {})".format(*self.params["W"].shape)


class Activation(Layer):
    """An activation function as a layer, A = g(Z).

    Backward: dZ = dA * g'(Z), elementwise.

    Parameters
    ----------
    name : str or callable
        A name from `ACTIVATIONS`, or one of the functions filed there.
    **hyperparameters
        Passed on to the function, for example ``alpha=0.1``.

    Raises
    ------
    ValueError
        When no such activation exists.
    TypeError
        When it does not take such a hyperparameter.

    Examples
    --------
    >>> print(Activation("leaky_relu", alpha=0.5).forward(np.array([[-2.0, 2.0]])))
    [[-1.  2.]]
    """

    keeps_shape = True

    def __init__(self, name, **hyperparameters):
        super().__init__()
        if name == "softmax" or getattr(name, "__name__", None) == "softmax":
            raise ValueError(
                "softmax is not a layer here: each of its outputs depends on every input, so "
                "it has no elementwise derivative. Let the network end with its last Dense "
                'layer, build it with Sequential(..., output="softmax") and train it with '
                "softmax_cross_entropy, which computes both in one stable step."
            )
        self.function = ACTIVATIONS.resolve(name)
        self.hyperparameters = hyperparameters
        unknown = hyperparameters.keys() - self.function.hyperparameters.keys()
        if unknown:
            accepted = ", ".join(self.function.hyperparameters) or "none"
            raise TypeError(
                f"{self.function.__name__} has no hyperparameter {sorted(unknown)[0]!r}; "
                f"accepted: {accepted}."
            )

    def forward(self, X, training=False, cache=None):
        A = self.function(X, **self.hyperparameters)
        self._remember((X, A), A.shape, training, cache)
        return A

    def keep_input(self, X, training=False, cache=None):
        """X as floats, kept for `backward` where the next layer applies the function.

        Only for functions whose derivative asks for Z alone, such as the ReLU: there is no A.
        """
        X = as_float(X)
        self._remember((X, X), X.shape, training, cache)
        return X

    def backward(self, dA, need_dX=True):
        Z, A = self._recall(dA)
        return dA * self.function.derivative(Z, A, **self.hyperparameters) if need_dX else None

    def __repr__(self):
        arguments = [repr(self.function.__name__)]
        arguments += [f"{name}={value!r}" for name, value in self.hyperparameters.items()]
        return f"Activation({', '.join(arguments)})"


class PReLU(Layer):
    r"""The parametric ReLU, A = max(0, X) + alpha min(0, X), with slopes that are learned.

    Backward: dalpha is the sum of dA * min(0, X) over all that shares the slope, and dX is dA
    where X > 0, else alpha dA.

    Parameters
    ----------
    n_features : int
        1: one slope for all; else one a feature, or one a channel of images.
    start : float
        The slopes from which learning starts. Weight decay leaves them alone: it would pull
        towards the ReLU.
    dtype : dtype
        float32 or float64.

    Raises
    ------
    TypeError, ValueError
        When `n_features` is not a whole number of at least 1, or `start` is not finite.

    References
    ----------
    K. He et al., "Delving deep into rectifiers" (2015), arXiv:1502.01852

    Examples
    --------
    >>> print(PReLU(2, start=0.5).forward(np.array([[-2.0, 4.0]])))
    [[-1.  4.]]
    """

    keeps_shape = True

    def __init__(self, n_features=1, start=0.25, dtype=np.float32):
        n_features = check_positive_int(n_features, "n_features")
        alpha = np.full(n_features, start, dtype)
        check_finite(alpha, "start")
        super().__init__({"alpha": alpha})

    def output_shape(self, input_shape):
        n_features = self.params["alpha"].size
        if n_features > 1:
            check_channels(self, input_shape, n_features)
        return tuple(input_shape)

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        self._remember(X, X.shape, training, cache)
        return ACTIVATIONS["prelu"](X, alpha=per_channel(self.params["alpha"], X.ndim))

    def backward(self, dA, need_dX=True):
        X = self._recall(dA)
        dalpha = dA * np.minimum(X, 0)
        axes = None if self.params["alpha"].size == 1 else all_but_channels(X.ndim)
        self.grads["alpha"][...] = np.sum(dalpha, axis=axes)
        if not need_dX:
            return None
        alpha = per_channel(self.params["alpha"], X.ndim)
        return np.where(X > 0, dA, alpha * dA)

    def __repr__(self):
        return f"PReLU({self.params['alpha'].size})"


class Scale(Layer):
    """A fixed scaling of the input, A = (X - shift) * factor; it learns nothing.

    With ``shift=x_min`` and ``factor=1 / x_range`` a network takes raw pixels.

    Parameters
    ----------
    shift, factor : float or array_like
        One for all features, or one a feature.

    Raises
    ------
    TypeError, ValueError
        When they are not finite real numbers, or do not fit each other.

    Examples
    --------
    >>> print(Scale(shift=0, factor=1 / 255).forward(np.array([[0, 255]])))
    [[0. 1.]]
    """

    keeps_shape = True

    def __init__(self, shift, factor):
        shift, factor = as_float(shift), as_float(factor)
        for name, array in (("shift", shift), ("factor", factor)):
            check_finite(np.atleast_1d(array), name)
        shape = np.broadcast_shapes(shift.shape, factor.shape)
        super().__init__(state={"shift": shift, "factor": factor}, input_shape=shape or None)

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        self._remember(True, X.shape, training, cache)
        return (X - self.state["shift"]) * self.state["factor"]

    def backward(self, dA, need_dX=True):
        self._recall(dA)
        return dA * self.state["factor"] if need_dX else None

    def __repr__(self):
        if self.input_shape:
            return f"Scale(shift and factor of shape {self.input_shape})"
        return f"Scale({float(self.state['shift']):g}, {float(self.state['factor']):g})"


class Flatten(Layer):
    """Each sample as one row of features: (N, ...) becomes (N, product of the rest).

    Examples
    --------
    >>> Flatten().forward(np.zeros((5, 28, 28))).shape
    (5, 784)
    """

    def output_shape(self, input_shape):
        return (int(np.prod(input_shape)),)

    def forward(self, X, training=False, cache=None):
        X = self._as_batch(X)
        A = X.reshape(len(X), -1)
        self._remember(X.shape, A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        return dA.reshape(self._recall(dA))
