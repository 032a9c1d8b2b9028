"""Hints on the contracts: they are complete, a type checker finds them, and they find mistakes."""

import ast
import inspect
import re
import subprocess
import sys

import pytest

import course_utils
from course_utils import (
    Arrays,
    BatchNorm,
    Callback,
    Container,
    Conv2D,
    Dense,
    Dropout,
    History,
    InferencePlan,
    Layer,
    MaxPool2D,
    Optimizer,
    Recurrent,
    Sequential,
    Training,
)
from tools import check
from tools.folders import ROOT

FUNCTIONS = [
    "batches",
    "evaluate",
    "fit",
    "load_checkpoint",
    "predict",
    "predict_logits",
    "predict_proba",
    "save_checkpoint",
]
# With each class what it has a newcomer call or write beside its public methods.
CLASSES = {
    Arrays: ["__getitem__", "__init__", "__iter__", "__len__", "__setitem__"],
    Callback: ["__call__"],
    Container: ["__init__", "grads", "params", "size", "state"],
    History: ["__len__"],
    InferencePlan: ["__call__", "__init__"],
    Layer: ["__init__", "_as_batch", "_recall", "_remember"],
    Optimizer: ["__init__", "_update"],
    Sequential: ["__init__", "__iter__", "__len__", "backward", "forward"],
    Training: [],
}


def contracts():
    """Each function that carries hints; of a property, those behind it."""
    found = [getattr(course_utils, name) for name in FUNCTIONS]
    for cls, others in CLASSES.items():
        inherited = {name for base in cls.__mro__[1:] for name in vars(base)}
        own = {name for name in vars(cls) if name[0] != "_" and name not in inherited}
        for thing in (vars(cls)[name] for name in sorted(own | set(others))):
            found += [thing.fget, thing.fset] if isinstance(thing, property) else [thing]
    return [function for function in found if inspect.isfunction(function)]


@pytest.mark.parametrize("function", contracts(), ids=lambda function: function.__qualname__)
def test_a_contract_says_all_types(function):
    signature = inspect.signature(function)
    bare = [p.name for p in signature.parameters.values() if p.annotation is p.empty]
    assert bare == ["self"] * ("." in function.__qualname__)
    assert signature.return_annotation is not signature.empty


def test_kernels_stay_bare():
    registries = [course_utils.ACTIVATIONS, course_utils.LOSSES, course_utils.INITIALIZERS]
    kernels = [function for registry in registries for function in registry.values()]
    for layer in (BatchNorm, Conv2D, Dense, Dropout, MaxPool2D, Recurrent):
        kernels += [layer.forward, layer.backward]
    assert [kernel for kernel in kernels if getattr(kernel, "__annotations__", None)] == []


def test_a_type_checker_finds_them_by_the_names_of_the_package():
    """The list of names that are loaded late is one that it can't read."""
    tree = ast.parse((ROOT / "course_utils" / "__init__.pyi").read_text(encoding="utf-8"))
    stated = {
        alias.asname: f"course_utils.{node.module}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert {*FUNCTIONS, *(cls.__name__ for cls in CLASSES)} <= set(stated)
    assert set(stated) <= set(course_utils.__all__)
    assert stated == {name: getattr(course_utils, name).__module__ for name in stated}


MINE = """
import numpy as np

from course_utils import SGD, Adam, Callback, Dense, EarlyStopping, History, Layer, Optimizer
from course_utils import Sequential, StepDecay, Training, evaluate, fit, predict, shift_images


class Bare(Layer):
    keeps_shape = True

    def forward(self, X, training=False, cache=None):
        self._remember(np.abs(X) < 1, X.shape, training, cache)
        return np.clip(X, -1, 1)

    def backward(self, dA, need_dX=True):
        return dA * self._recall(dA) if need_dX else None


class Listed(Layer):
    def backward(self, dA: np.ndarray, need_dX: bool = True) -> list:  # override
        return dA.tolist()

    def output_shape(self, input_shape: tuple[int, ...]) -> int:  # override
        return 3


class Signs(Optimizer):
    remembers = ("velocity",)

    def _update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        theta -= self.lr * np.sign(grad + self.state["velocity"])


class Returning(Optimizer):
    def _update(self, theta: np.ndarray, grad: np.ndarray) -> np.ndarray:  # override
        return theta - self.lr * grad


class Quiet(Callback):
    remembers = ("best",)

    def start(self, training: Training) -> bool:
        self.best = 0.0
        return len(training.history) > 100

    def __call__(self, network: Sequential, history: History) -> bool:
        return history.loss[-1] < 0.1 or history.lost[-1] < 0.1  # attr-defined


class Reversed(Callback):
    def __call__(self, history: History, network: Sequential) -> bool:  # override
        return True


class Short(Callback):
    def __call__(self, network: Sequential) -> bool:  # override
        return True


def told(network, history):
    print(history.loss[-1])


def stop(network: Sequential, history: History) -> bool:
    return len(history) > 2


network = Sequential(Dense(2, 4), Bare(), Dense(4, 1), input_shape=(2,), dtype=np.float32)
Sequential(Dense(2, 4), "relu")  # arg-type
X, y, loss = [[0.0, 1.0]], np.ones((1, 1)), "mean_squared_error"
history = fit(network, X, y, loss, SGD(StepDecay(0.1, every=2)), 10, 32, (X, y), [stop, told])
fit(network, X, y, loss, SGD(lambda t: 1 / (t + 1)), 10, 32, callbacks=(Quiet(), EarlyStopping()))
fit(network, X, y, loss, Adam(), 10, 32, callbacks=[lambda network, history: len(history) > 2])
fit(network, X, y, loss, Signs(0.1), 10, 32, rng=0, l2=lambda n: 0.1 / n, augment=shift_images)
fit(network, X, y, loss, SGD(0.1), 10, 32, class_weight={1: 2.0}, history=history)
fit(network, X, y, loss, SGD(0.1), 10, 32, class_weight="balanced", sample_weight=[1.0])
fit(network, X, y, loss, SGD(0.1), "10", 32)  # arg-type
fit(network, X, y, loss, SGD, 10, 32)  # arg-type
fit(network, X, y, loss, SGD("0.1"), 10, 32)  # arg-type
fit(Dense(2, 1), X, y, loss, SGD(0.1), 10, 32)  # arg-type
fit(network, X, y, loss, SGD(0.1), 10, 32, callbacks=Quiet())  # arg-type
fit(network, X, y, loss, SGD(0.1), 10, 32, callbacks=[Quiet])  # list-item
fit(network, X, y, loss, SGD(0.1), 10, 32, epoch=3)  # call-arg
fit(network, X, y, loss, SGD(0.1), 10)  # call-arg
value, accuracy = evaluate(network, X, y, loss)
print(value + 1, accuracy + 1)  # operator
print(predict(network[:2], X).argmax(axis=1), predict(network, iter([X])))
predict(network, X, batch_size="all")  # arg-type
network.params["W1"] = [[1.0, 2.0]]
network.theta = [0.0] * network.size
network.params["W1"].shapes  # attr-defined
"""


def test_they_find_mistakes_and_nothing_else(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(MINE, encoding="utf-8")
    command = [sys.executable, "-m", *check.TYPES.command, str(path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = dict(re.findall(r"mine\.py:(\d+): error: .*\[([\w-]+)\]$", ran.stdout, re.MULTILINE))
    lines = enumerate(MINE.splitlines(), 1)
    marked = {str(k): line.split("# ")[1] for k, line in lines if "# " in line}
    assert len(marked) > 15
    assert found == marked, ran.stdout + ran.stderr
    assert ran.returncode == 1
