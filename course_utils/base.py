r"""What all layers share: `Layer`, an object that holds parameters and knows its own derivative.

Every layer is a `Layer`: ``forward`` maps a batch to a batch, ``backward`` takes dL/d(output),
writes dL/d(parameters) into ``grads`` and returns dL/d(input). Rows are samples.

A layer owns its arrays only until a network adopts it. From then on ``params`` and ``grads``
are views into the network's two flat vectors (see `network.Sequential`), which is why arrays
are always assigned *into*: ``layer.params["W"] = W`` copies the values.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import as_float
from ._checks import check_dtype
from ._registry import nearest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Arrays", "Layer"]

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


class Arrays(MutableMapping[str, np.ndarray]):
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

    def __init__(self, arrays: Mapping[str, np.ndarray] | tuple[()]) -> None:
        self._arrays = dict(arrays)

    def __getitem__(self, name: str) -> np.ndarray:
        try:
            return self._arrays[name]
        except KeyError:
            names = ", ".join(self._arrays) or "none"
            raise KeyError(f"no array is named {name!r}; there are: {names}") from None

    def __setitem__(self, name: str, values: ArrayLike) -> None:
        array = self[name]
        values = as_float(values)
        if values.shape != array.shape:
            raise ValueError(f"{name} has shape {array.shape}; got values of shape {values.shape}.")
        array[...] = values

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"the array {name!r} is part of the layer and can't be removed.")

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self):
        return f"Arrays({', '.join(f'{name}: {a.shape}' for name, a in self._arrays.items())})"

    def rebind(self, name: str, array: np.ndarray) -> None:
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

    def __init__(
        self,
        params: Mapping[str, np.ndarray] | tuple[()] = (),
        state: Mapping[str, np.ndarray] | tuple[()] = (),
        input_shape: tuple[int, ...] | None = None,
    ) -> None:
        params = {name: np.asarray(array) for name, array in dict(params).items()}
        for name, array in params.items():
            check_dtype(array.dtype, f"the parameter {name!r} of {type(self).__name__}")
        self._params = Arrays(params)
        # np.zeros takes memory only when it is written to: a network may be built to be measured
        self._grads = Arrays({name: np.zeros(a.shape, a.dtype) for name, a in self._params.items()})
        self._state = Arrays(state)
        self.input_shape = input_shape
        self.rng: np.random.Generator | None = None
        self._owner: weakref.ref[Layer] | None = None
        self._cache: tuple[Any, tuple[int, ...]] | None = None

    @property
    def owner(self) -> Layer | None:
        # Weakly, so that a network that is let go is gone at once, with all its arrays.
        return None if self._owner is None else self._owner()

    @owner.setter
    def owner(self, network: Layer | None) -> None:
        self._owner = None if network is None else weakref.ref(network)

    @property
    def params(self) -> Arrays:
        return self._params

    @property
    def grads(self) -> Arrays:
        return self._grads

    @property
    def state(self) -> Arrays:
        return self._state

    @property
    def size(self) -> int:
        """The number of learned parameters."""
        return sum(array.size for array in self.params.values())

    def leaves(self) -> Iterator[Layer]:
        """The layers that hold arrays themselves: a container yields those inside it."""
        yield self

    def bind(self, theta: np.ndarray, grad: np.ndarray) -> None:
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

    def settings(self) -> dict[str, Any]:
        """How it was built, beside its arrays: a dict of its public attributes by name.

        A training goes on from a checkpoint only in layers of the same settings.
        """
        others = ("input_shape", "layers", "rng", "trainable")
        return {k: value for k, value in vars(self).items() if k[0] != "_" and k not in others}

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
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

    def multiply_adds(self, input_shape: tuple[int, ...]) -> int:
        """Products, each with its addition, in the forward pass of one sample of that shape.

        Those of matrix products and convolutions are counted; what is done once an output
        element (biases, activation functions, pooling, normalisation) is not, as in the
        published counts of architectures.
        """
        return 0

    def forward(
        self, X: np.ndarray, training: bool = False, cache: bool | None = None
    ) -> np.ndarray:
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

    def backward(self, dA: np.ndarray, need_dX: bool = True) -> np.ndarray | None:
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

    def _as_batch(self, X: ArrayLike) -> np.ndarray:
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

    def _remember(
        self, cached: Any, shape: tuple[int, ...], training: bool, cache: bool | None
    ) -> None:
        """Keep `cached` for `backward`, and the output's shape, if this pass is cached."""
        if training if cache is None else cache:
            self._cache = cached, shape

    def _recall(self, dA: np.ndarray) -> Any:
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
