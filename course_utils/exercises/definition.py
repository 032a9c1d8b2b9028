"""What an exercise is: a reference, the cases it is tried on, and mistakes that are functions."""

import ast
import copy
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np

from .._registry import Registry
from .answers import same
from .trial import observe

__all__ = [
    "TOPICS",
    "Exercise",
    "Mistake",
    "cases",
    "every_exercise",
    "exercise",
    "find",
    "mistake",
    "tells_apart",
]

EXERCISES = Registry("exercise")
TOPICS = (  # one module each, in the order of the lessons
    "start_here",
    "perceptrons",
    "activation_functions",
    "three_layer_forward_pass",
    "gradient_descent",
    "backpropagation",
    "mnist_batch_inference",
    "optimization",
    "regularization_and_metrics",
    "convolution",
    "architectures",
    "recurrent_networks",
    "what_layers_learn",
    "frameworks",
    "beyond_one_machine",
)


@dataclass(frozen=True)
class Mistake:
    """A wrong function, and what is said to whoever wrote one that answers as it does.

    Attributes
    ----------
    function : callable
        The reference with one thing wrong.
    says : str
        The mistake, in one sentence.
    shows : str
        What shows it, in a second.
    hints : tuple of str
        Where to look, what to compare, the step itself.
    """

    function: Callable
    says: str
    shows: str
    hints: tuple[str, ...]

    @property
    def name(self):
        """That of its function."""
        return self.function.__name__


@dataclass(repr=False)
class Exercise:
    """A task that a student solves by writing a function; made by `exercise`.

    Attributes
    ----------
    name : str
        ``topic.function``: the lesson's file without its number, and the reference's name.
    objective : str
        The objective of the lesson that it shows, as the lesson words it.
    reference : callable
        A right answer, as short as a student's. Its docstring says the task.
    why : str
        Why it is so: what `solution` says below the reference.
    hints : tuple of str
        For whom no mistake names: where to look, what to compare, the step itself.
    trial : callable
        ``trial(function, *case)`` answers what is compared: by default what the function answers.
    lacks : callable or None
        ``lacks(seen)`` says in a sentence what is missing in what a trial saw, and "" where it is
        right, for a task without one right answer; None where it must be what the reference's
        trial saw.
    tolerance : float
        By how much of its largest element an answer may differ; 0 for rounding alone.
    each : bool
        Whether each element is compared by its own size, and not by the largest.
    seconds : float
        For all cases together, twice.
    may_change : tuple of str
        The arguments that a function may change, such as parameters in training.
    mistakes : list of Mistake
    """

    name: str
    objective: str
    reference: Callable
    why: str = ""
    hints: tuple[str, ...] = ()
    trial: Callable | None = None
    lacks: Callable[[Any], str] | None = None
    tolerance: float = 0.0
    each: bool = False
    seconds: float = 5.0
    may_change: tuple[str, ...] = ()
    mistakes: list[Mistake] = field(default_factory=list)
    make_cases: Callable | None = None

    def __repr__(self):
        return f"<exercise {self.name}, {len(self.mistakes)} mistakes>"

    @property
    def topic(self):
        """The lesson that it belongs to: its file's name without the number."""
        return self.name.partition(".")[0]

    @property
    def task(self):
        """What is to be written: the reference's docstring."""
        return inspect.getdoc(self.reference)

    @property
    def solution(self):
        """The reference as text, without what files it and without the task, its docstring."""
        source = re.search(r"^def .*", inspect.getsource(self.reference), re.MULTILINE | re.DOTALL)
        lines, first = source[0].rstrip().split("\n"), ast.parse(source[0]).body[0].body[0]
        if self.task is not None:
            del lines[first.lineno - 1 : first.end_lineno]
        return "\n".join(lines)

    @property
    def parameters(self):
        """The names of what the student's function is given."""
        return list(inspect.signature(self.reference).parameters)

    @property
    def answers(self):
        """Whether what is compared is what the function answers, and nothing else."""
        return self.trial is call and self.lacks is None

    def cases(self):
        """The cases, made anew: a list of tuples of arguments, the same at each call."""
        return [tuple(case) for case in self.make_cases(np.random.default_rng(seed=0))]

    def outcomes(self, function):
        """What is seen of a function on every case: a list of `Outcome`."""
        return [self.outcome(function, case) for case in self.cases()]

    def outcome(self, function, case):
        """What is seen of a function on one case."""
        return observe(self.trial, function, case, self.parameters, self.may_change)

    @cached_property
    def expected(self):
        """What is seen of the reference on every case."""
        return self._of_the_course(self.reference)

    @cached_property
    def known(self):
        """What is seen of every mistake, by name."""
        return {one.name: self._of_the_course(one.function) for one in self.mistakes}

    def _of_the_course(self, function):
        """The outcomes of a function that raises no KeyboardInterrupt: one is the student's."""
        seen = self.outcomes(function)
        if any(one.error is not None and one.error.kind == "KeyboardInterrupt" for one in seen):
            raise KeyboardInterrupt
        return seen

    def is_same(self, seen, expected):
        """Whether two outcomes of one case are the same, to rounding."""
        if seen.error is not None or expected.error is not None:
            return seen.error is not None and seen.error.is_like(expected.error)
        return same(seen.value, expected.value, tolerance=self.tolerance, each=self.each)

    def is_right(self, seen, expected):
        """Whether an outcome is right: as the reference's, or such that it lacks nothing."""
        if self.lacks is not None:
            return seen.error is None and not self.lacks(seen.value)
        return self.is_same(seen, expected)


def call(function, *case):
    """The trial of most exercises: what the function answers."""
    return function(*case)


def tells_apart(reference):
    """The trial of a task that is the other way round: the student writes the cases.

    Parameters
    ----------
    reference : callable
        The reference of another exercise.

    Returns
    -------
    callable
        A trial of a function without arguments, which answers a list of tuples of arguments. What
        is seen is a list of (name, sentence): the mistakes that answer as the reference does on
        all of these cases. A case that the reference can't take is a ValueError.
    """

    def trial(write_cases):
        told, filed = list(write_cases()), reference.exercise
        expected = [filed.outcome(reference, _copied(case)) for case in told]
        missed = []
        for one in filed.mistakes:
            seen = [filed.outcome(one.function, _copied(case)) for case in told]
            if all(filed.is_same(a, b) for a, b in zip(seen, expected, strict=True)):
                missed.append((one.name, one.says))
        bad = [k for k, outcome in enumerate(expected) if outcome.error is not None]
        if bad:
            error = expected[bad[0]].error
            raise ValueError(f"case {bad[0]} does not fit: {error.kind}: {error.message}")
        return missed

    return trial


def _copied(case):
    if not isinstance(case, tuple):
        raise TypeError(
            f"it must be a list, each element a tuple of arguments; one is {type(case).__name__}"
        )
    return tuple(map(_as_given, case))


def _as_given(argument):
    """A copy, and of a list of numbers the array that was meant."""
    if isinstance(argument, list):
        try:
            return np.array(argument, dtype=float)
        except (TypeError, ValueError):  # such as a graph
            pass
    return copy.deepcopy(argument)


def exercise(name, objective, *, why="", hints=(), **options):
    """File a function as the reference of an exercise; it stays the function that it is.

    Parameters
    ----------
    name : str
        ``topic.function``, the function's own name behind the dot.
    objective : str
        The objective of the lesson that it shows, as the lesson words it.
    why, hints, **options
        See `Exercise`.

    Raises
    ------
    ValueError
        When the name is taken, or ends in another name than the function's.

    Examples
    --------
    ::

        @exercise("backpropagation.fork", "Derive the backward pass of a network")
        def fork(graph): ...
    """

    def file(function):
        if name.rpartition(".")[2] != function.__name__:
            raise ValueError(
                f"the exercise {name!r} must end in the name of its reference, "
                f"{function.__name__!r}; rename one of them."
            )
        options.setdefault("trial", call)
        filed = Exercise(name, objective, function, why, tuple(hints), **options)
        function.exercise = EXERCISES.register(name, filed)
        return function

    return file


def mistake(reference, says, shows, hints):
    """File a function as a known mistake of an exercise.

    Parameters
    ----------
    reference : callable
        The reference of the exercise.
    says, shows, hints
        See `Mistake`.
    """

    def file(function):
        reference.exercise.mistakes.append(Mistake(function, says, shows, tuple(hints)))
        return function

    return file


def cases(reference):
    """File a generator function ``(rng)`` of tuples of arguments as the cases of an exercise.

    Every pair of mistakes, and each of them and the reference, must differ on one of them.
    """

    def file(function):
        reference.exercise.make_cases = function
        return function

    return file


def find(name):
    """The exercise of that name.

    Raises
    ------
    ValueError
        When there is none. The message names the nearest.
    """
    topic = str(name).partition(".")[0]
    for known in TOPICS if topic not in TOPICS else [topic]:
        import_module(f"{__package__}.{known}")
    return EXERCISES.resolve(name)


def every_exercise():
    """All exercises, in the order of the lessons."""
    for topic in TOPICS:
        import_module(f"{__package__}.{topic}")
    return sorted(EXERCISES.values(), key=lambda one: TOPICS.index(one.topic))
