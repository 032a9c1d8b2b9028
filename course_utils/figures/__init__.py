"""Figures of the lessons: plots, diagrams of networks, and handwriting made of strokes."""

from .. import _room

__getattr__, __dir__ = _room(__name__)
