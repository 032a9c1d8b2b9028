"""What is said where an optional package is missing."""

import re
import tomllib

import pytest

from course_utils import optional, require

PYPROJECT = tomllib.loads((optional.ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pretend_missing(monkeypatch, *names):
    find = optional.importlib.util.find_spec
    monkeypatch.setattr(
        optional.importlib.util, "find_spec", lambda name: None if name in names else find(name)
    )


def test_what_is_there_passes():
    assert require("numpy", "dask", "distributed") is None


def test_nothing_is_imported(monkeypatch, tmp_path):
    (tmp_path / "breaks_when_imported.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    require("breaks_when_imported")


@pytest.mark.parametrize("name", optional.EXTRA_OF)
def test_a_missing_package_names_itself_and_its_command(monkeypatch, name):
    pretend_missing(monkeypatch, name)
    extra = optional.EXTRA_OF[name]
    command = re.escape(optional.MAKE_TARGETS[extra])
    message = rf'^not installed: {name}\. .*{command} .* -m pip install -e ".*\[{extra}\]"'
    with pytest.raises(ModuleNotFoundError, match=message) as caught:
        require("numpy", name)
    assert caught.value.name == name


def test_all_that_are_missing_are_named_at_once(monkeypatch):
    pretend_missing(monkeypatch, "torch", "keras", "dask")
    with pytest.raises(ModuleNotFoundError, match=r"torch, keras, dask.*make frameworks.*and make"):
        require("torch", "keras", "dask")


def test_where_the_package_came_by_a_wheel_pip_takes_the_missing_ones(monkeypatch, tmp_path):
    pretend_missing(monkeypatch, "dask", "distributed")
    monkeypatch.setattr(optional, "ROOT", tmp_path)
    message = (
        r'^not installed: dask, distributed\. Type: ".+" -m pip install dask distributed; then'
    )
    with pytest.raises(ModuleNotFoundError, match=message):
        require("dask", "distributed")


def test_the_extras_are_those_of_pyproject():
    extras = PYPROJECT["project"]["optional-dependencies"]
    makefile = (optional.ROOT / "Makefile").read_text(encoding="utf-8")
    for package, extra in optional.EXTRA_OF.items():
        names = [re.match(r"[\w-]+", entry)[0].removesuffix("-cpu") for entry in extras[extra]]
        assert package in names
        target = optional.MAKE_TARGETS[extra].removeprefix("make ")
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
