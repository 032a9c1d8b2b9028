"""Mutation tests: change the package in one place at a time, and see whether a test fails.

mutmut leaves decorated functions alone, and every kernel of this course is decorated. So the
tests run on a copy of the tree in which ``@activation(...) def f`` is written out as
``def f`` and ``f = activation(...)(f)``, with the derivative as a function of its own.

    .venv/bin/python -m tools.mutants [module ...]       # hours for all on 2 cores
"""

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

from tools.folders import ROOT

TREE = ROOT / "mutants"
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COPIED = ["course_utils", "tests", "pyproject.toml", *CONFIGURATION["tool"]["mutmut"]["also_copy"]]
MODULES = sorted(  # `layers`, or with its room, `figures.plotting`
    ".".join(path.relative_to(ROOT / "course_utils").with_suffix("").parts)
    for path in (ROOT / "course_utils").rglob("*.py")
)
DECORATORS = {"activation", "initializer", "loss"}
WANTED = 0.95  # share of the mutants of a module that a test must kill
SURVIVED, NOT_TESTED = 0, 33  # exit codes in mutmut's records
# Survivors that no test can kill: their line and the original one are the same without this (but
# for what stands in brackets).
EQUIVALENT = {
    r",? strict=\w+|, (?=\))": "what is zipped has one length by construction",
    r"SHOWN //? 2": "SHOWN is even, and an index equals 5.0 where it equals 5",
    r"""['"](?:utf-8|UTF-8)['"]""": "Python knows an encoding by both names",
    r"(reshape\([^-]*)-\d": "NumPy takes any negative size as the one that it is to find",
    r"(?i)['\"](?:black|white|off|inline|left|center|right)['\"]": "Matplotlib takes these names "
    "in any case",
    r",? ?allow_pickle=\w+|, (?=\))": "False is NumPy's default, and None counts as False",
}
SHOW = """
import sys
from mutmut.mutation.diff_apply import get_diff_for_mutant
for name in sys.argv[1:]:
    print(name, get_diff_for_mutant(name).replace("\\n", "\\t"))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help=f"by default {', '.join(MODULES)}")
    modules = parser.parse_args().modules or MODULES
    if unknown := set(modules) - set(MODULES):
        parser.error(f"unknown modules: {', '.join(sorted(unknown))}")
    install()
    copy_tree(modules)
    environment = {**os.environ, "COURSE_UTILS_QUIET": "1", "OPENBLAS_NUM_THREADS": "1"}
    names = [f"course_utils.{module}.*" for module in modules]
    command = [sys.executable, "-m", "mutmut", "run", "--max-children=2", *names]
    run(command, environment)
    enough = [report(module) for module in modules]
    return 0 if all(enough) else 1


def run(command, environment):
    """A command whose output goes through a pipe: tests of a full disk limit the size of files,
    and a log that is one would end mutmut."""
    with subprocess.Popen(command, cwd=TREE, env=environment, stdout=subprocess.PIPE) as process:
        for part in iter(process.stdout.read1, b""):
            sys.stdout.buffer.write(part)
            sys.stdout.flush()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def install():
    """mutmut beside the locked packages; its lock holds the same versions of all others."""
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        f"--python={sys.executable}",
    ]
    lock = ROOT / "requirements-mutants.lock"
    subprocess.run([*command, "--require-hashes", "-r", str(lock)], check=True)


def copy_tree(modules):
    """The tree that mutmut works in, told to change these modules alone."""
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir()
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, TREE / name)
    chosen = [f"course_utils/{module.replace('.', '/')}.py" for module in modules]
    configuration = TREE / "pyproject.toml"
    text = configuration.read_text(encoding="utf-8")
    text = text.replace("[tool.mutmut]\n", f"[tool.mutmut]\nonly_mutate = {json.dumps(chosen)}\n")
    configuration.write_text(text, encoding="utf-8")
    for module in modules:
        path = TREE / "course_utils" / f"{module.replace('.', '/')}.py"
        path.write_text(without_decorators(path.read_text(encoding="utf-8")), encoding="utf-8")


def without_decorators(source):
    """The same module with registering decorators, and lambdas in them, written out."""
    tree = ast.parse(source)
    body = []
    for node in tree.body:
        body += write_out(node) if is_registered(node) else [node]
    tree.body = body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def is_registered(node):
    if not isinstance(node, ast.FunctionDef) or len(node.decorator_list) != 1:
        return False
    decorator = node.decorator_list[0]
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    return getattr(name, "id", None) in DECORATORS


def write_out(function):
    """``@d(k=lambda ...: e) def f`` as ``def f_k``, ``def f`` and ``f = d(k=f_k)(f)``."""
    decorator = function.decorator_list.pop()
    hoisted = []
    for keyword in getattr(decorator, "keywords", ()):
        if isinstance(keyword.value, ast.Lambda):
            name = f"{function.name}_{keyword.arg}"
            returned = ast.Return(keyword.value.body)
            hoisted.append(
                ast.FunctionDef(name, keyword.value.args, [returned], [], type_params=[])
            )
            keyword.value = ast.Name(name, ast.Load())
    call = ast.Call(decorator, [ast.Name(function.name, ast.Load())], [])
    return [*hoisted, function, ast.Assign([ast.Name(function.name, ast.Store())], call)]


def report(module):
    """Print how many mutants of a module were killed, and all others; whether it is enough."""
    record = TREE / "mutants" / "course_utils" / f"{module.replace('.', '/')}.py.meta"
    codes = json.loads(record.read_text())["exit_code_by_key"] if record.is_file() else {}
    if not codes:
        print(f"{module}: nothing in it can be changed")
        return True
    alive = [name for name, code in codes.items() if code in (SURVIVED, NOT_TESTED, None)]
    lines, equivalent = [], 0
    for name, was, becomes in differences(alive):
        reason = why_equivalent(was, becomes)
        equivalent += reason is not None
        lines += [f"    {name}: {reason or 'NOT KILLED'}", f"        {was}", f"        {becomes}"]
    killed, wanted = len(codes) - len(alive), len(codes) - equivalent
    good = killed >= WANTED * wanted
    print(f"{module}: {killed} of {wanted} killed, {equivalent} more are equivalent", end="")
    print("" if good else f"; wanted are {WANTED:.0%}", *lines, sep="\n")
    return good


def differences(names):
    """For each mutant its name, the lines that it lacks and those that it has in their place."""
    if not names:
        return
    shown = subprocess.run(
        [sys.executable, "-c", SHOW, *names], cwd=TREE, capture_output=True, text=True, check=True
    )
    for line in shown.stdout.splitlines():
        name, _, diff = line.partition(" ")
        _, _, *changed = diff.split("\t")  # below the two names of the file
        was, becomes = (
            " ".join(one[1:].strip() for one in changed if one.startswith(sign)) for sign in "-+"
        )
        yield name, was, becomes


def why_equivalent(was, becomes):
    """The reason why no test can tell two lines from each other, or None."""
    for pattern, reason in EQUIVALENT.items():
        was_left, becomes_left = (
            re.sub(pattern, lambda match: "".join(match.groups()), line) for line in (was, becomes)
        )
        if was_left == becomes_left:
            return reason
    return None


if __name__ == "__main__":
    sys.exit(main())
