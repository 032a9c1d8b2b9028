"""Exercises that answer back: what kind of mistake a function makes, and what is next.

In a lesson, ``check("perceptrons.update", update)`` tries a student's function on cases. A mistake
is a function, too: whoever answers as it does on every case has made it.
"""

from .. import _room

__getattr__, __dir__ = _room(__name__)
