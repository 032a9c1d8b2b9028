"""What `make mutants` works on, and which survivors it takes for equivalent."""

import os
import subprocess
import sys
import tomllib

import pytest

from tools import mutants
from tools.folders import ROOT


def test_every_module_is_mutated_and_its_tests_are_there(tmp_path, monkeypatch):
    monkeypatch.setattr(mutants, "TREE", tmp_path / "tree")
    mutants.copy_tree(["layers", "losses"])
    settings = tomllib.loads((tmp_path / "tree" / "pyproject.toml").read_text(encoding="utf-8"))
    settings = settings["tool"]["mutmut"]
    assert settings["only_mutate"] == ["course_utils/layers.py", "course_utils/losses.py"]
    for path in settings["pytest_add_cli_args_test_selection"]:
        assert (tmp_path / "tree" / path).is_file()
    assert {"_arrays", "figures.handwriting", "layers", "figures.plotting", "__main__"} <= set(
        mutants.MODULES
    )


def test_the_tests_of_every_module_take_part():
    chosen = mutants.CONFIGURATION["tool"]["mutmut"]["pytest_add_cli_args_test_selection"]
    for module in mutants.MODULES:
        *place, name = module.split(".")
        path = "/".join(["tests", *place, f"test_{name.strip('_')}.py"])
        assert path in chosen or not (ROOT / path).is_file()


def test_its_log_may_be_a_file_though_tests_limit_the_size_of_files(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(mutants, "TREE", tmp_path)
    program = "import os, stat, sys; print(stat.S_ISFIFO(os.fstat(1).st_mode)); sys.exit({})"
    mutants.run([sys.executable, "-c", program.format(0)], os.environ)
    assert capfd.readouterr().out.split() == ["True"]
    with pytest.raises(subprocess.CalledProcessError):
        mutants.run([sys.executable, "-c", program.format(1)], os.environ)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("zip(a, b, strict=True)", "zip(a, b, strict=False)"),
        ("zip(a, b, strict=True)", "zip(a, b, )"),
        ("values.reshape(n, -1, *rest)", "values.reshape(n, -2, *rest)"),
        ("np.load(path, allow_pickle=False)", "np.load(path, )"),
        ('open(path, encoding="utf-8")', 'open(path, encoding="UTF-8")'),
    ],
)
def test_what_no_test_can_tell_apart(was, becomes):
    assert mutants.why_equivalent(was, becomes)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("zip(a, b, strict=True)", "zip(a, strict=True)"),
        ("zip(a, b, strict=True)", "zip(a, b, strict=True) or True"),
        ("values.reshape(1, -1)", "values.reshape(2, -1)"),
        ("values.take(order, -1)", "values.take(order, -2)"),
        ("np.load(path, allow_pickle=False)", "np.load(None, allow_pickle=False)"),
        ('open(path, encoding="utf-8")', "open(path, )"),
    ],
)
def test_what_a_test_can_tell_apart(was, becomes):
    assert mutants.why_equivalent(was, becomes) is None
