"""Packages whose names are loaded when they are first used (Scientific Python's SPEC 1)."""

from importlib import import_module

__all__ = ["attach"]


def attach(package, names):
    """What makes a package lazy: its ``__getattr__`` and ``__dir__``.

    Parameters
    ----------
    package : str
        Its full name, ``__name__``.
    names : dict of str to str
        The public names of each module, separated by spaces, or "*" for all in its ``__all__``. A
        module in a package within is written with a dot.

    Returns
    -------
    tuple of callable
        By them every public name, module and package within is an attribute, ``__all__`` lists
        them, and an unknown name hints at the nearest.
    """
    starred = [module for module, listed in names.items() if listed == "*"]
    module_of = {
        name: module
        for module, listed in names.items()
        if module not in starred
        for name in listed.split()
    }
    places = {module.split(".")[0] for module in names}

    def load(module):
        return import_module(f".{module}", package)

    def public():
        return sorted({*module_of, *places, *(n for m in starred for n in load(m).__all__)})

    def __getattr__(name):
        if name in module_of:
            return getattr(load(module_of[name]), name)
        if name in places:
            return load(name)
        if name == "__all__":
            return public()
        for module in starred:
            if name in load(module).__all__:
                return getattr(load(module), name)
        from ._registry import nearest

        hint = ""
        if not name.startswith("_") and (meant := nearest(name, public())):
            hint = f"; did you mean {meant!r}?"
        raise AttributeError(f"module {package!r} has no attribute {name!r}{hint}")

    return __getattr__, public
