"""A registry: functions and classes filed under their names, found again by name."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Registry", "add_part", "nearest"]


def nearest(name, names):
    """The name that was probably meant, None where none is near; upper and lower case count alike.

    Examples
    --------
    >>> nearest("ReLU", ["rrelu", "relu"])
    'relu'
    """
    import difflib  # only for a message: too slow to load beforehand

    known = {}
    for candidate in names:
        known.setdefault(candidate.lower(), candidate)
    found = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.5)
    return known[found[0]] if found else None


class Registry(Mapping):
    """A read-only mapping from name to entry that explains itself when a name is unknown.

    Parameters
    ----------
    kind : str
        What the entries are, in the singular and with no article: it stands in the messages.

    Examples
    --------
    >>> colours = Registry("colour")
    >>> colours.register("blue", "#0072B2")
    '#0072B2'
    >>> colours.resolve("bleu")
    Traceback (most recent call last):
    ...
    ValueError: unknown colour 'bleu'; did you mean 'blue'? Choose from: blue.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{len(self)} entries of kind {self.kind}: {', '.join(self)}>"

    def register(self, name: str, entry: Any) -> Any:
        """File `entry` under `name` and return it; a name that is taken is refused."""
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is registered already; choose another name.")
        self._entries[name] = entry
        return entry

    def resolve(self, entry: Any) -> Any:
        """Return the entry of that name; a registered entry itself is returned as it is.

        Raises
        ------
        ValueError
            When nothing is registered under that name. The message names the nearest name
            and all that can be chosen.
        """
        if isinstance(entry, str):
            if entry in self._entries:
                return self._entries[entry]
        elif any(entry is known for known in self._entries.values()):
            return entry
        meant = nearest(entry, self)
        hint = f"; did you mean {meant!r}?" if meant else "."
        raise ValueError(f"unknown {self.kind} {entry!r}{hint} Choose from: {', '.join(self)}.")


def add_part(function, name, part, doc):
    """Give a function a part, such as its derivative, with a name for tracebacks and `help`.

    Parameters
    ----------
    function : callable
    name : str
        The attribute under which the part is found.
    part : callable
    doc : str
        Its docstring, where it has none of its own.

    Examples
    --------
    >>> def square(x): return x * x
    >>> add_part(square, "derivative", lambda x: 2 * x, "dy/dx = 2 x.")
    >>> square.derivative(3), square.derivative.__qualname__, square.derivative.__doc__
    (6, 'square.derivative', 'dy/dx = 2 x.')
    """
    part.__name__, part.__qualname__ = name, f"{function.__name__}.{name}"
    part.__module__ = function.__module__
    if not part.__doc__:
        part.__doc__ = doc
    setattr(function, name, part)
