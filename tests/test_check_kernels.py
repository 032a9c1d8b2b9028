"""Which kinds of arithmetic `make check-kernels` finds, and what it runs under them."""

from pathlib import Path

import pytest

from tools import check_kernels
from tools.check_kernels import Arithmetic, ask, brief_steps, steps, table

LESSONS = [Path(f"notebooks/{name}.ipynb") for name in ("01_a", "02_b", "05_c")]
check = check_kernels.check


def a_processor(levels, kernels):
    """`ask` on a made-up processor: its levels of NumPy's SIMD; the kernel that each name chooses.

    A name that chooses None crashes, as a kernel does that the processor lacks.
    """

    def ask(environment):
        off = environment.get("NPY_DISABLE_CPU_FEATURES", "").split()
        family = environment.get("OPENBLAS_CORETYPE")
        kernel = kernels.get(family, kernels[""])
        if kernel is None:
            return None, []
        left = [level for level in levels if level not in off]
        threads = int(environment.get("OPENBLAS_NUM_THREADS", 1))
        blas = (kernel,) if kernel else ()
        return Arithmetic(blas, [*left, "X86_V2"][-2 if left else 0], threads, environment), left

    return ask


def names(monkeypatch, levels, kernels):
    monkeypatch.setattr(check_kernels, "ask", a_processor(levels, kernels))
    found = check_kernels.arithmetics()
    return {one.name: one.environment for one in found}


def test_on_avx512_each_kernel_has_the_simd_of_its_family(monkeypatch):
    kernels = {"": "SkylakeX", "Zen": "Zen", "Haswell": "Haswell", "Nehalem": "Nehalem"}
    found = names(monkeypatch, ["X86_V3", "X86_V4", "AVX512_ICL"], kernels)
    above = "X86_V4 AVX512_ICL"
    assert list(found) == [
        "SkylakeX, AVX512_ICL, 1 thread",  # its own, and first
        "SkylakeX, X86_V4, 1 thread",
        "Zen, X86_V3, 1 thread",
        "Haswell, X86_V3, 1 thread",
        "SkylakeX, X86_V2, 1 thread",
        "Nehalem, X86_V2, 1 thread",
        "SkylakeX, X86_V3, 1 thread",
        "SkylakeX, AVX512_ICL, 2 threads",
    ]
    assert found["SkylakeX, AVX512_ICL, 1 thread"] == {}
    assert found["Haswell, X86_V3, 1 thread"] == {
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": above,
    }
    assert found["SkylakeX, X86_V3, 1 thread"] == {"NPY_DISABLE_CPU_FEATURES": above}


def test_a_kernel_that_crashes_or_stands_for_another_is_left_out(monkeypatch):
    kernels = {"": "Haswell", "SkylakeX": None, "Cooperlake": None, "Prescott": "Katmai"}
    found = names(monkeypatch, ["X86_V3"], kernels)
    assert list(found) == [
        "Haswell, X86_V3, 1 thread",
        "Haswell, X86_V2, 1 thread",
        "Katmai, X86_V2, 1 thread",
        "Haswell, X86_V3, 2 threads",
    ]


def test_this_machine_says_what_it_computes_with():
    own, levels = ask({})
    assert own.threads == 1
    assert own.simd in (levels or [own.simd])
    less, _ = ask(check_kernels.without(levels))
    assert (less.what == own.what) == (not levels)
    assert ask({"PYTHONHOME": "/nowhere"}) == (None, [])  # a Python that can't start


def made_up(*kernels):
    return [Arithmetic((kernel,), "X86_V2", 1, {"OPENBLAS_CORETYPE": kernel}) for kernel in kernels]


def test_all_is_tried_under_all():
    some = steps(made_up("A", "B"), LESSONS)
    assert [step.name for step in some] == ["A, X86_V2, 1 thread", "B, X86_V2, 1 thread"]
    assert [step.environment for step in some] == [{"OPENBLAS_CORETYPE": k} for k in "AB"]
    for step in some:
        assert {*map(str, LESSONS), *check.TESTS} <= set(step.command)


@pytest.mark.parametrize(
    ("kernels", "expected"), [("ABCD", "DC"), ("AB", "B"), ("AA", "A"), ("ABB", "B")]
)
def test_in_brief_the_furthest_kernels_are_tried_and_two_lessons(kernels, expected):
    some = brief_steps(made_up(*kernels), LESSONS)
    assert [step.name[0] for step in some] == list(expected)
    for step in some:
        assert set(check.TESTS) <= set(step.command)
    tried = [[str(path) in step.command for path in LESSONS] for step in some]
    assert tried == [[True, False, True], [False, False, False]][: len(expected)]


def test_a_table_says_how_far_numbers_moved():
    moved = [
        {"01_a, In [10]": 0.5},
        {"01_a, In [10]": 0.25, "01_a, In [9]": 0, "02_b, In [1]": 1.5},
    ]
    lines = table([check.Result(0, [], [], moves) for moves in moved])
    assert [line.split() for line in lines[2:-1]] == [
        ["01_a,", "In", "[9]", "-", "0.00"],
        ["01_a,", "In", "[10]", "0.50", "0.25"],
        ["02_b,", "In", "[1]", "-", "1.50"],
    ]
    assert table([check.Result(0, [], [], {})]) == []


def test_each_step_has_its_environment_and_a_table_stands_in_the_verdict(capfd, monkeypatch):
    monkeypatch.setattr(check, "busy", lambda: [])
    code = "import os; assert os.environ['OPENBLAS_CORETYPE'] == 'A'"
    step = check.Step("first", ["timeit", "-n1", "-r1", code])
    for kernel, verdict in (("A", 0), ("B", 1)):
        one = step._replace(environment={"OPENBLAS_CORETYPE": kernel})
        assert check.main([one], "check-kernels", ["note"], lambda results: ["row"]) == verdict
        lines = capfd.readouterr().out.strip().splitlines()
        assert lines[-3:-1] == ["row", "note"]
