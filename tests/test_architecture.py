"""ARCHITECTURE.md tells the tree as it is, every import goes down, every module has its tests."""

import re

import pytest

from course_utils.exercises.definition import TOPICS
from tools import architecture
from tools.folders import ROOT
from tools.readme import with_modules

PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
IMPORTS = architecture.imports()
# What a room may import beside its own modules; "" is the flat core.
ROOMS = {
    "": {""},
    "datasets": {""},
    "prediction": {""},
    "sklearn_api": {"", "prediction"},
    "figures": {""},
    "play": {"", "figures", "prediction"},
    "exercises": {"", "datasets", "figures", "play", "prediction", "sklearn_api"},
}
A_ROOM = "test_init.py", "it lists the names of its modules, as the package itself does"
AN_ESTIMATOR = "sklearn_api/test_estimators.py", "it is seen through the estimators alone"
# What has no test file of its own: the one that tests it instead, and why.
INSTEAD = {
    **dict.fromkeys(ROOMS.keys() - {""}, A_ROOM),
    "_lazy": ("test_init.py", "by it the package's names are loaded"),
    "_npz": ("test_strangers.py", "what it refuses, all that read .npz files must refuse"),
    "exercises._worker": ("exercises/test_sandbox.py", "it is the other end of the sandbox"),
    **dict.fromkeys(
        (f"exercises.{topic}" for topic in TOPICS),
        ("exercises/test_exercises.py", "one table proves the exercises of all lessons"),
    ),
    "datasets._folders": ("test_data.py", "it says where the files of the data card are"),
    "prediction._batches": ("prediction/test_inference.py", "that one cuts, this one answers"),
    "sklearn_api._base": AN_ESTIMATOR,
    "sklearn_api._settings": AN_ESTIMATOR,
    "sklearn_api._sparse": AN_ESTIMATOR,
}


def room(module):
    return module.partition(".")[0] if "." in module or module in ROOMS else ""


def test_the_table_of_modules_is_up_to_date():
    assert with_modules(PAGE) == PAGE


def test_every_module_stands_in_the_table_above_what_it_imports():
    place = {name: PAGE.index(f"| `{name}` |") for name in IMPORTS}
    assert len(place) > 50
    wrong = [
        (n, other) for n, found in IMPORTS.items() for other in found if place[other] < place[n]
    ]
    assert wrong == []


@pytest.mark.parametrize("module", IMPORTS)
def test_a_room_imports_what_it_may(module):
    allowed = ROOMS[room(module)] | {room(module)}
    assert {other for other in IMPORTS[module] if room(other) not in allowed} == set()


def test_no_module_outside_needs_the_exercises():
    needed = {name for name, found in IMPORTS.items() if "exercises" in map(room, found)}
    assert {room(name) for name in needed} == {"exercises"}


@pytest.mark.parametrize("module", IMPORTS)
def test_a_module_has_its_tests_in_the_same_room_or_stands_in_the_table(module):
    *place, name = module.split(".")
    own = ROOT.joinpath("tests", *place, f"test_{name.strip('_')}.py")
    assert own.is_file() is (module not in INSTEAD)
    if module in INSTEAD:
        instead, _ = INSTEAD[module]
        assert (ROOT / "tests" / instead).is_file()


def test_the_table_of_tests_names_modules_that_are_there():
    assert INSTEAD.keys() <= IMPORTS.keys()


def test_imports_are_found_where_they_stand():
    assert "losses" in IMPORTS["training"]
    assert "three_layer" in IMPORTS["prediction.inference"]  # within a function
    assert "figures.handwriting" in IMPORTS["play.digit_pad"]
    assert "_registry" in IMPORTS["_lazy"]


def test_every_file_that_the_page_names_is_there():
    folders = re.findall(r"^\| `(\w+)` \|", PAGE.partition("## Where is X")[0], re.MULTILINE)
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert len(folders) == 7
    assert [path for path in [*folders, *links] if not (ROOT / path).exists()] == []
