"""The package: every name is listed, loaded late, and nothing heavy comes with the import."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import course_utils
from course_utils._registry import Registry
from tests.messages import says
from tools import reference

HEAVY = {
    "matplotlib",
    "pandas",
    "scipy",
    "sklearn",
    "tqdm",
    "mglearn",
    "IPython",
    "dask",
    "distributed",
    "anywidget",
    "ipywidgets",
}
PACKAGE = Path(course_utils.__file__).parent
MODULE_OF = {name: module for module, names in reference.modules().items() for name in names}
# But for the exercises: a student asks for them by name, and what stands behind `check` is its own.
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("[a-z]*.py")
    if path.parent.name != "exercises"
)


def modules_after(code):
    """The top-level modules that a fresh interpreter holds after some code."""
    code += "; import sys; print(*{name.split('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", code]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_the_import_loads_numpy_at_most():
    assert not modules_after("import course_utils") & HEAVY


def test_training_and_prediction_load_nothing_heavy():
    code = "import course_utils as c; "
    code += "n = c.Sequential(c.Dense(2, 2), c.Activation('relu'), output='softmax'); "
    code += "c.fit(n, [[1, 2]], [0], 'softmax_cross_entropy', c.Adam(), 1, 1); "
    code += "c.predict_proba(n, [[1, 2]]); c.load_mnist"
    assert not modules_after(code) & HEAVY


@pytest.mark.parametrize("name", course_utils.__all__)
def test_every_listed_name_is_there(name):
    value = getattr(course_utils, name)
    module = MODULE_OF.get(name)
    if module:
        home = importlib.import_module(f"course_utils.{module}")
        assert value is getattr(home, name)
        assert name in home.__all__


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_of_a_module_is_listed(module):
    home = importlib.import_module(f"course_utils.{module}")
    registries = [value for value in vars(home).values() if isinstance(value, Registry)]
    registered = {name for registry in registries for name in registry}
    assert set(home.__all__) - registered <= set(course_utils.__all__)
    assert len(set(home.__all__)) == len(home.__all__)


def test_dir_lists_the_public_names():
    assert dir(course_utils) == course_utils.__all__
    assert {"Dense", "relu", "fit", "figures"} <= set(dir(course_utils))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'course_utils' has no attribute 'Dens'"):
        course_utils.Dens  # noqa: B018
    assert not hasattr(course_utils, "numpy")


@pytest.mark.parametrize(
    ("name", "meant"), [("predic", "predict"), ("dense", "Dense"), ("ReLU", "relu")]
)
def test_an_unknown_name_hints_at_the_nearest(name, meant):
    message = says("'course_utils'", f"no attribute '{name}'", f"did you mean '{meant}'?")
    with pytest.raises(AttributeError, match=message):
        getattr(course_utils, name)
    with pytest.raises(AttributeError, match=r"'course_utils' has no attribute 'xyzzy'$"):
        course_utils.xyzzy  # noqa: B018
