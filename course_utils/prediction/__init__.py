"""Prediction: in batches, by a plan that is made once, on more than one machine."""

from .. import _room

__getattr__, __dir__ = _room(__name__)
