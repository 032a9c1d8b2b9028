"""Data: MNIST and its relatives, Kaggle's digits, and what is done to them before training."""

from .. import _room

__getattr__, __dir__ = _room(__name__)
