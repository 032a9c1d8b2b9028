"""Pieces to play with: each an ES module, and the Python that answers it."""

from .. import _room

__getattr__, __dir__ = _room(__name__)
