r"""Networks: containers of layers over one flat parameter vector.

A `Sequential` keeps all its parameters in one vector `theta` and all gradients in another,
`grad`; the layers' arrays are views into them. An optimizer's step is then a few passes over
two vectors, however many layers there are.

A network's `forward` gives logits. What they mean is said once, by ``output=``: the head.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ._checks import check_dtype
from ._registry import Registry
from .activations import identity, sigmoid, softmax
from .base import Layer
from .containers import Chain

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike

__all__ = ["HEADS", "Head", "Sequential"]


class Head(NamedTuple):
    """What the logits of a network mean.

    Attributes
    ----------
    activation : callable
        Logits to what `predict_proba` answers.
    decide : callable
        Logits to what `predict` answers; it never needs the activation.
    classifies : bool
        Whether `decide` answers classes, so that an accuracy can be told.
    """

    activation: Any
    decide: Any
    classifies: bool


def _above_zero(logits):
    """1 where the sigmoid is above one half; a single column becomes a vector."""
    classes = (logits > 0).astype(np.intp)
    return classes[:, 0] if classes.shape[1:] == (1,) else classes


def _largest(logits):
    return logits.argmax(axis=-1)


def _exp(logits):
    """Infinite where the exponential overflows."""
    with np.errstate(over="ignore"):
        return np.exp(logits)


HEADS = Registry("output")
HEADS.register("identity", Head(identity, identity, classifies=False))
HEADS.register("exp", Head(_exp, _exp, classifies=False))
HEADS.register("sigmoid", Head(sigmoid, _above_zero, classifies=True))
HEADS.register("softmax", Head(softmax, _largest, classifies=True))


class Sequential(Chain):
    """Layers applied one after the other; itself a layer.

    Parameters
    ----------
    *layers : Layer
        At least one. They belong to this network from now on.
    output : {"identity", "exp", "sigmoid", "softmax"}
        What the last layer's values (logits) mean: numbers (regression), logarithms of such
        numbers, yes/no, or one of several classes. It decides what `predict_proba` and `predict`
        answer.
    input_shape : tuple of int, optional
        The shape of one sample. Needed only where the layers do not tell, as when the first
        one is `Flatten`.
    dtype : dtype, optional
        The network's type, to which every batch is cast; by default the widest type of the
        layers' parameters.

    Attributes
    ----------
    theta, grad : ndarray, shape (size,)
        All parameters and all gradients. Assigning to them copies the values in.
    params, grads : Arrays
        The same memory by name. Weights number the layers that have parameters: W1, b1, W2...
    state : Arrays
        What is saved but not learned, numbered over the layers that have some.
    dtype : dtype
    head : Head

    Raises
    ------
    TypeError
        When something other than a layer is given, or a type other than float32 and float64.
    ValueError
        When shapes do not fit, a layer belongs to a network already, or the output is unknown.

    Examples
    --------
    >>> from course_utils import Activation, Dense
    >>> network = Sequential(Dense(2, 3), Activation("relu"), Dense(3, 1), output="sigmoid")
    >>> network.size, list(network.params)
    (13, ['W1', 'b1', 'W2', 'b2'])
    >>> network.params["W2"] = np.ones((3, 1))
    >>> print(network.theta[-4:])
    [1. 1. 1. 0.]
    """

    def __init__(
        self,
        *layers: Layer,
        output: str = "identity",
        input_shape: tuple[int, ...] | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        HEADS.resolve(output)
        super().__init__(*layers, input_shape=input_shape)
        self.output = output
        arrays = [a for leaf in self.leaves() for a in leaf.params.values()]
        widest = np.result_type(*arrays) if arrays else np.float32
        self.dtype = check_dtype(widest if dtype is None else dtype)
        self._allocate()

    def _allocate(self):
        """Make the two vectors, and every layer's arrays views into its part of them."""
        self._parent = self._span = None
        self.bind(*np.zeros((2, self.size), self.dtype))

    def bind(self, theta, grad):
        self._theta, self._grad = theta, grad
        self.dtype = theta.dtype
        super().bind(theta, grad)

    # -- the parameters ---------------------------------------------------------------------

    @property
    def theta(self) -> np.ndarray:
        return self._theta if self._parent is None else self._parent.theta[self._span]

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        self.theta[...] = values

    @property
    def grad(self) -> np.ndarray:
        return self._grad if self._parent is None else self._parent.grad[self._span]

    @grad.setter
    def grad(self, values: ArrayLike) -> None:
        self.grad[...] = values

    def mask(self, chosen: Callable[[Layer, str], bool]) -> np.ndarray:
        """A boolean vector over `theta`: ``chosen(leaf, name)`` for each parameter array.

        Examples
        --------
        >>> from course_utils import Dense
        >>> network = Sequential(Dense(2, 1))
        >>> print(network.mask(lambda leaf, name: name in leaf.decayed))
        [ True  True False]
        """
        parts = [
            np.full(array.size, chosen(leaf, name))
            for leaf in self.leaves()
            for name, array in leaf.params.items()
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)

    @property
    def decay_mask(self) -> np.ndarray:
        """Where weight decay acts: on weights, not on biases."""
        return self.mask(lambda leaf, name: name in leaf.decayed)

    @property
    def frozen_mask(self) -> np.ndarray:
        """Where training changes nothing: the parameters of layers that are not trainable."""
        return self.mask(lambda leaf, name: not leaf.trainable)

    # -- forward and backward ---------------------------------------------------------------

    @property
    def head(self) -> Head:
        """The meaning of the logits, a `Head`."""
        return HEADS[self.output]

    def forward(
        self, X: ArrayLike, training: bool = False, cache: bool | None = None
    ) -> np.ndarray:
        """Logits for a batch, cast to the network's type first; see `Layer.forward`."""
        return super().forward(np.asarray(X, dtype=self.dtype), training=training, cache=cache)

    def backward(self, dA: ArrayLike, need_dX: bool = False) -> np.ndarray | None:
        """Fill `grad` from dL/d(logits); return dL/dX if it is asked for, else None."""
        return super().backward(np.asarray(dA, dtype=self.dtype), need_dX=need_dX)

    # -- parts and copies -------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __getitem__(self, index):
        """A layer, or for a slice a network over the same layers and the same memory."""
        if not isinstance(index, slice):
            return self.layers[index]
        start, stop, step = index.indices(len(self.layers))
        if step != 1:
            raise ValueError(f"a network is sliced in steps of 1, like network[:2]; got {step}.")
        first, last = (sum(layer.size for layer in self.layers[:k]) for k in (start, stop))
        shape = self.input_shape
        for layer in self.layers[:start] if shape is not None else ():
            shape = layer.output_shape(shape)
        part = Sequential.__new__(Sequential)
        part.__dict__.update(
            self.__dict__,
            layers=self.layers[start:stop],
            output=self.output if stop == len(self.layers) else "identity",
            _owner=weakref.ref(self),
            _parent=self,
            _span=slice(first, last),
        )
        part.input_shape = part._find_input_shape(shape)
        return part

    def __getstate__(self):
        """The layers hold all values: the two vectors are rebuilt from them."""
        derived = {"_theta": None, "_grad": None, "_parent": None, "_span": None}
        return {**super().__getstate__(), **derived}

    def __setstate__(self, state):
        """Rebuild the views: a copied or unpickled network has two vectors of its own."""
        super().__setstate__(state)
        self._allocate()

    def astype(self, dtype: DTypeLike) -> Sequential:
        """A copy of the network in another type; the network stays as it is.

        Parameters
        ----------
        dtype : dtype
            float64 for gradient checks, float32 for speed.

        Returns
        -------
        Sequential

        Raises
        ------
        TypeError
            When the type is neither.
        """
        clone = copy.deepcopy(self)
        clone.dtype = check_dtype(dtype)
        clone._allocate()
        return clone

    def __repr__(self):
        layers = ", ".join(map(repr, self.layers))
        return f"Sequential({layers}, output={self.output!r})"


def in_a_row(network):
    """The layers of a network, those of chains inside it in their places.

    A chain of someone's own class stays whole: it may run its layers in another way.
    """
    for layer in network.layers:
        yield from in_a_row(layer) if type(layer) in (Chain, Sequential) else [layer]
