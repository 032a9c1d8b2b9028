r"""Containers: layers made of layers.

A `Container` passes names, sizes, freezing and binding on to the layers inside it. What is left
for each kind is how values flow: one layer after the other (`Chain`), around a block
(`Residual`), or side by side (`Parallel`). A container is itself a layer, so they nest.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np

from ._arrays import as_float
from .base import Arrays, Layer
from .layers import Identity

__all__ = ["Chain", "Container", "Parallel", "Residual"]


class Container(Layer):
    """The base class of layers that hold layers.

    A subclass overrides `parts`, `output_shape`, `forward` and `backward`.

    Parameters
    ----------
    *layers : Layer
        At least one. They belong to this container from now on.
    input_shape : tuple of int, optional
        The shape of one sample, where the layers do not tell.

    Attributes
    ----------
    layers : tuple of Layer
    params, grads, state : Arrays
        The arrays of all layers inside, numbered over the layers that have some: W1, b1, W2...
    trainable : bool
        Whether any layer inside is; assigning freezes or thaws them all.

    Raises
    ------
    TypeError
        When something other than a layer is given.
    ValueError
        When a layer belongs to a network already, or shapes do not fit.
    """

    def __init__(self, *layers: Layer, input_shape: tuple[int, ...] | None = None) -> None:
        super().__init__()
        if not layers:
            name = type(self).__name__
            raise ValueError(f"{name} needs at least one layer, for example Dense(784, 10).")
        for position, layer in enumerate(layers):
            _check_free(layer, position, layers[:position])
        self.layers = tuple(layers)
        self.input_shape = self._find_input_shape(input_shape)
        self._check_fit()
        self._own()

    def _own(self):
        for layer in self.layers:
            layer.owner = self

    def _find_input_shape(self, input_shape):
        """The shape that was given, or the one that the layers tell."""
        if input_shape is not None:
            return tuple(input_shape)
        return next((s for layer in self.layers if (s := layer.input_shape) is not None), None)

    def _check_fit(self):
        """Refuse layers that do not fit each other, as far as shapes are known."""
        if self.input_shape is not None:
            self.output_shape(self.input_shape)

    def parts(
        self, input_shape: tuple[int, ...] | None
    ) -> Iterator[tuple[str, Layer, tuple[int, ...] | None]]:
        """What stands inside, in the order of summaries.

        Parameters
        ----------
        input_shape : tuple of int, or None
            The shape of an input sample; None when it is not known.

        Yields
        ------
        label : str
            What the part is to this container; "" for the next in a chain.
        layer : Layer
        input_shape : tuple of int, or None
            The shape of the samples that the part receives.
        """
        raise NotImplementedError

    def multiply_adds(self, input_shape):
        return sum(part.multiply_adds(shape) for _, part, shape in self.parts(input_shape))

    def leaves(self):
        for layer in self.layers:
            yield from layer.leaves()

    def _numbered(self, kind):
        """The arrays of that kind, named by the number of their layer among those that have any."""
        holders = [arrays for leaf in self.leaves() if (arrays := getattr(leaf, kind))]
        return Arrays(
            {f"{name}{k}": a for k, arrays in enumerate(holders, 1) for name, a in arrays.items()}
        )

    @property
    def params(self) -> Arrays:
        return self._numbered("params")

    @property
    def grads(self) -> Arrays:
        return self._numbered("grads")

    @property
    def state(self) -> Arrays:
        return self._numbered("state")

    @property
    def never_negative(self):
        holders = [leaf for leaf in self.leaves() if leaf.state]
        return tuple(
            f"{name}{k}" for k, leaf in enumerate(holders, 1) for name in leaf.never_negative
        )

    @property
    def size(self) -> int:
        return sum(layer.size for layer in self.layers)

    @property
    def trainable(self):
        return any(leaf.trainable for leaf in self.leaves())

    @trainable.setter
    def trainable(self, value):
        for leaf in self.leaves():
            leaf.trainable = value

    def bind(self, theta, grad):
        start = 0
        for layer in self.layers:
            span = slice(start, start + layer.size)
            layer.bind(theta[span], grad[span])
            start = span.stop

    def __setstate__(self, state):
        """A copy owns the copies of its layers."""
        self.__dict__.update(state)
        self._own()

    def summary(self, input_shape: tuple[int, ...] | None = None) -> str:
        """A table of layers, output shapes, parameters and multiply-adds, as text.

        What stands inside a container is indented below it. A shape or a number that would
        need an unknown input shape is "?".

        Parameters
        ----------
        input_shape : tuple of int, optional
            The shape of one sample; by default the one that the container knows.

        Returns
        -------
        str

        Examples
        --------
        >>> from course_utils import Dense, Residual, Sequential
        >>> print(Sequential(Dense(4, 3), Residual(Dense(3, 3))).summary())
        layer                   output shape  parameters  multiply-adds
        Dense(4, 3)             (3,)                  15             12
        Residual                (3,)
          Dense(3, 3)           (3,)                  12              9
          shortcut: Identity()  (3,)                   0              0
        total                                         27             21
        """
        shape = self.input_shape if input_shape is None else tuple(input_shape)
        rows = [("layer", "output shape", "parameters", "multiply-adds")]
        rows += _summary_rows(self, shape, "")
        total = "?" if shape is None else f"{self.multiply_adds(shape):,}"
        rows.append(("total", "", f"{self.size:,}", total))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        return "\n".join(
            f"{a:{widths[0]}}  {b:{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}".rstrip()
            for a, b, c, d in rows
        )

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"


def _summary_rows(container, shape, indent):
    """One row a part of a container, and below it those of what is inside."""
    for label, layer, given in container.parts(shape):
        text = "?" if given is None else str(layer.output_shape(given))
        label = f"{indent}{label}: " if label else indent
        if isinstance(layer, Container):
            yield f"{label}{type(layer).__name__}", text, "", ""
            yield from _summary_rows(layer, given, indent + "  ")
        else:
            multiply_adds = "?" if given is None else f"{layer.multiply_adds(given):,}"
            yield f"{label}{layer!r}", text, f"{layer.size:,}", multiply_adds


class Chain(Container):
    """Layers applied one after the other; the part of a network that holds no vectors.

    `Sequential` is a chain with one flat vector for all its parameters. A bare chain takes no
    memory for an architecture that is only to be measured.

    Parameters
    ----------
    *layers : Layer
    input_shape : tuple of int, optional
        The shape of one sample. Needed only where the layers do not tell.

    Raises
    ------
    TypeError, ValueError
        As `Container`.

    Examples
    --------
    >>> from course_utils import Activation, Dense
    >>> chain = Chain(Dense(4, 3), Activation("relu"))
    >>> chain.forward(np.ones((2, 4), np.float32)).shape, chain.multiply_adds((4,))
    ((2, 3), 12)
    """

    def _find_input_shape(self, input_shape):
        """The first layer's, or the next one's behind layers that keep the shape."""
        if input_shape is not None:
            return tuple(input_shape)
        for layer in self.layers:
            if layer.input_shape is not None or not layer.keeps_shape:
                return layer.input_shape
        return None

    def _check_fit(self):
        """Behind the first layer that tells its shape, all others are checked."""
        for _ in self.parts(self.input_shape):
            pass

    def parts(self, input_shape):
        shape = input_shape
        for position, layer in enumerate(self.layers):
            if shape is None:
                shape = layer.input_shape
            yield "", layer, shape
            if shape is not None:
                shape = self._shape_behind(position, shape)

    def _shape_behind(self, position, shape):
        """The output shape of one layer; an error names its place and what it was given."""
        try:
            return self.layers[position].output_shape(shape)
        except ValueError as error:
            before = self.layers[position - 1] if position else None
            source = f"layer {position - 1}, {before!r}, gives" if position else "the input is"
            raise ValueError(f"layer {position} does not fit: {error} ({source} {shape})") from None

    def output_shape(self, input_shape):
        shape = tuple(input_shape)
        for position in range(len(self.layers)):
            shape = self._shape_behind(position, shape)
        return shape

    def forward(self, X, training=False, cache=None):
        for layer in self.layers:
            X = layer.forward(X, training=training, cache=cache)
        return X

    def backward(self, dA, need_dX=True):
        for position in reversed(range(len(self.layers))):
            # Below the first layer that learns, nobody needs the gradient of the input.
            need = need_dX or any(layer.size for layer in self.layers[:position])
            dA = self.layers[position].backward(dA, need_dX=need)
            if dA is None:
                return None
        return dA if need_dX else None


class Residual(Container):
    r"""A block with a connection around it, A = block(X) + shortcut(X).

    Backward: dX is the sum of what comes back through the block and through the shortcut. With
    the identity as the shortcut the gradient has a way on which nothing shrinks it.

    Parameters
    ----------
    *layers : Layer
        The block, one layer after the other.
    shortcut : Layer, optional
        By default the identity; where the block changes the shape, a layer that changes it
        alike, such as ``Conv2D(64, 128, 1, stride=2)``.

    Raises
    ------
    TypeError, ValueError
        As `Container`; also when block and shortcut give different shapes.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition" (2015),
    arXiv:1512.03385

    Examples
    --------
    >>> from course_utils import Dense
    >>> print(Residual(Dense(2, 2, init="zeros")).forward(np.array([[3.0, 4.0]])))
    [[3. 4.]]
    """

    def __init__(self, *layers, shortcut=None):
        block = Chain(*layers)
        try:
            super().__init__(block, Identity() if shortcut is None else shortcut)
        except (TypeError, ValueError):
            for layer in layers:  # a refused block leaves its layers free
                layer.owner = None
            raise

    @property
    def block(self):
        return self.layers[0]

    @property
    def shortcut(self):
        return self.layers[1]

    def parts(self, input_shape):
        yield from self.block.parts(input_shape)
        yield "shortcut", self.shortcut, input_shape

    def output_shape(self, input_shape):
        block, shortcut = (layer.output_shape(input_shape) for layer in self.layers)
        if block != shortcut:
            raise ValueError(
                f"the block gives {block} and the shortcut {shortcut} for samples of shape "
                f"{tuple(input_shape)}; they must be equal to be added. Give a shortcut that "
                "changes the shape as the block does."
            )
        return block

    def forward(self, X, training=False, cache=None):
        X = as_float(X)  # small whole numbers would overflow when they are added
        block, shortcut = (layer.forward(X, training, cache) for layer in self.layers)
        return block + shortcut

    def backward(self, dA, need_dX=True):
        block, shortcut = (layer.backward(dA, need_dX) for layer in self.layers)
        return block + shortcut if need_dX else None

    def __repr__(self):
        inside = [*map(repr, self.block.layers)]
        if not isinstance(self.shortcut, Identity):
            inside.append(f"shortcut={self.shortcut!r}")
        return f"Residual({', '.join(inside)})"


class Parallel(Container):
    r"""Branches over the same input, their outputs side by side: (N, C1 + C2 + ..., ...).

    Features are joined, or channels where samples are images. Backward: each branch gets its
    part of dA, and dX is the sum of what the branches send back.

    Parameters
    ----------
    *branches : Layer
        At least one; several layers in a row go in as a `Chain`.

    Raises
    ------
    TypeError, ValueError
        As `Container`; also when the branches give shapes that differ in more than features.

    References
    ----------
    C. Szegedy et al., "Going deeper with convolutions" (2015), arXiv:1409.4842

    Examples
    --------
    >>> from course_utils import Activation
    >>> both = Parallel(Activation("relu"), Activation("tanh"))
    >>> print(both.forward(np.array([[-1.0, 2.0]])).round(2))
    [[ 0.    2.   -0.76  0.96]]
    """

    def parts(self, input_shape):
        for k, layer in enumerate(self.layers):
            yield f"branch {k}", layer, input_shape

    def output_shape(self, input_shape):
        shapes = [layer.output_shape(input_shape) for layer in self.layers]
        for k, shape in enumerate(shapes):
            if len(shape) == 0 or shape[1:] != shapes[0][1:]:
                raise ValueError(
                    f"branch {k}, {self.layers[k]!r}, gives {shape} where branch 0 gives "
                    f"{shapes[0]}; they may differ in the first number only, to be joined there."
                )
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])

    def forward(self, X, training=False, cache=None):
        outputs = [layer.forward(X, training, cache) for layer in self.layers]
        ends = np.cumsum([A.shape[1] for A in outputs])
        A = np.concatenate(outputs, axis=1)
        self._remember(ends[:-1], A.shape, training, cache)
        return A

    def backward(self, dA, need_dX=True):
        pieces = np.split(dA, self._recall(dA), axis=1)
        back = [
            layer.backward(piece, need_dX) for layer, piece in zip(self.layers, pieces, strict=True)
        ]
        return functools.reduce(np.add, back) if need_dX else None


def _check_free(layer, position, earlier):
    """Refuse what is not a layer, and a layer that has an owner or stands in the list twice."""
    if not isinstance(layer, Layer):
        hint = ""
        if isinstance(layer, str) or callable(layer):
            name = layer if isinstance(layer, str) else getattr(layer, "__name__", "...")
            hint = f' An activation goes in as Activation("{name}").'
        if isinstance(layer, list | tuple | Iterator):
            hint = " Layers go in one by one, several of them with a star: Sequential(*layers)."
        if isinstance(layer, type) and issubclass(layer, Layer):
            hint = f" It is a class: call it, as in {layer.__name__}(...)."
        raise TypeError(f"layer {position} must be a Layer; got {layer!r}.{hint}")
    if layer.owner is not None or any(layer is other for other in earlier):
        raise ValueError(
            f"layer {position}, {layer!r}, belongs to a network already: its parameters are views "
            "into that network's vector. Offer copy.deepcopy(layer), or share a part of a "
            "network with network[:k]."
        )
