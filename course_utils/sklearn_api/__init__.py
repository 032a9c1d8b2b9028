"""The course's networks as estimators of scikit-learn's kind."""

from .. import _room

__getattr__, __dir__ = _room(__name__)
