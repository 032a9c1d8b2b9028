"""The web page's own pieces: what it takes from the lessons, and from where it takes files."""

import base64
import hashlib
import importlib
import io
import re
import runpy
import sys
import tarfile

import pytest
import yaml

from tools import build_site, check, glossary, npm, reference
from tools.folders import ROOT

GUIDE = (ROOT / "site" / "instructors.md").read_text(encoding="utf-8")
TERMS, ALIASES = glossary.terms(), glossary.aliases()
# What lessons set in bold though it is no term: a key to press, a heading, a word that is stressed.
NO_TERM = {
    "Shift + Enter", "right", "last", "first", "Ask early", "Leave the rest blank",
    '"ReLU never vanishes."', '"tanh is useless."',
    '"A sigmoid loses three quarters of the gradient per layer."',
    "Control 1.", "Control 2.", "Control 3.", "PyTorch.", "Keras.", "scikit-learn.",
    "a seed of its own",
}  # fmt: skip


# -- glossary --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", check.LESSONS, ids=lambda path: path.stem)
def test_what_a_lesson_sets_in_bold_stands_in_the_glossary(path):
    phrases = {" ".join(phrase.split()) for phrase in glossary.bold(path)} - NO_TERM
    assert [phrase for phrase in phrases if not glossary.find(phrase, TERMS, ALIASES)] == []


def test_every_term_of_the_glossary_is_introduced_by_a_lesson():
    assert set(glossary.introductions(check.LESSONS)) == set(TERMS)
    assert set(ALIASES.values()) <= set(TERMS)


def test_the_glossary_is_sorted_and_names_nothing_twice():
    assert sorted(TERMS, key=str.lower) == TERMS
    assert len({term.lower() for term in TERMS}) == len(TERMS)
    assert len({glossary.anchor(term) for term in TERMS}) == len(TERMS)


@pytest.mark.parametrize(
    ("phrase", "term"),
    [
        ("epochs", "epoch"),
        ("Learning\nrate", "learning rate"),
        ("Dead", "dead unit"),
        ("Gate.", "gate"),
        ("nothing", None),
    ],
)
def test_a_phrase_finds_its_term(phrase, term):
    terms = ["epoch", "gate", "dead unit", "learning rate"]
    assert glossary.find(phrase, terms, {"dead": "dead unit"}) == term


def test_terms_are_the_lines_without_indent():
    text = "# Glossary\n\n```{glossary}\na\n  First.\n\nb c\n  Second,\n  and more.\n```\n"
    assert glossary.terms(text) == ["a", "b c"]


# -- instructor's guide ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", check.LESSONS, ids=lambda path: path.stem)
def test_the_guide_has_each_lesson_with_its_usual_misconceptions(path):
    number = path.name[:2]
    section = GUIDE.split(f"\n## Lesson {number}\n")[1].split("\n## ")[0]
    assert f"```{{lesson}} {number}\n```" in section
    assert 2 <= len(re.findall(r"^- \*[^*]+\* \S", section, re.MULTILINE)) <= 4


def test_the_long_plan_has_every_lesson_in_order_and_the_short_one_a_beginning():
    plans = re.findall(r"^```\{plan\}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    weeks = [[line.split("|")[0].split() for line in plan.splitlines()] for plan in plans]
    short, long = ([number for week in plan for number in week] for plan in weeks)
    numbers = [path.name[:2] for path in check.LESSONS]
    assert [len(plan) for plan in weeks] == [4, 12]
    assert long == numbers
    assert short == numbers[: len(short)]


# -- reference -------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", reference.modules())
def test_every_public_name_has_its_entry(module):
    page = reference.page(module)
    for name in reference.modules()[module]:
        assert re.search(rf"^\.\. (auto|py:data).*\b{name}$", page, re.MULTILINE)
    assert importlib.import_module(f"course_utils.{module}").__doc__.strip()


def test_a_constant_without_explanation_is_refused(monkeypatch):
    monkeypatch.delitem(reference.CONSTANTS, "COLORS")
    with pytest.raises(ValueError, match="COLORS is a constant: say in CONSTANTS"):
        reference.page("figures.plotting")


# -- files -----------------------------------------------------------------------------------------


def test_the_sources_lie_as_in_the_repository(tmp_path):
    build_site.copy_sources(tmp_path / "tree")
    found = {path.relative_to(tmp_path / "tree") for path in (tmp_path / "tree").rglob("*.*")}
    assert {path.relative_to(ROOT) for path in check.LESSONS} <= found
    assert (tmp_path / "tree" / "index.md").is_file()
    assert not any("__pycache__" in path.parts or "static" in path.parts for path in found)


def test_the_page_runs_no_lesson_and_takes_its_scripts_from_itself(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    settings = runpy.run_path(str(ROOT / "site" / "conf.py"))
    assert settings["nb_execution_mode"] == "off"
    assert settings["nb_ipywidgets_js"] == {}
    assert (build_site.STATIC / settings["mathjax_path"]).parent == build_site.STATIC


def package(folder, content):
    """A package as npm packs it, and how it is pinned."""
    with tarfile.open(folder / "demo-1.0.0.tgz", "w:gz") as archive:
        member = tarfile.TarInfo("package/demo.js")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    digest = hashlib.sha512((folder / "demo-1.0.0.tgz").read_bytes()).digest()
    return npm.Package("demo", "1.0.0", base64.b64encode(digest).decode())


def test_a_file_of_a_package_is_written_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(npm, "CACHE", tmp_path)
    npm.fetch(package(tmp_path, b"demo()"), "demo.js", tmp_path / "new" / "demo.js")
    assert (tmp_path / "new" / "demo.js").read_bytes() == b"demo()"


def test_a_package_that_is_not_the_one_pinned_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(npm, "CACHE", tmp_path)
    pinned = package(tmp_path, b"demo()")
    package(tmp_path, b"other()")
    with pytest.raises(SystemExit, match="has the SHA-512"):
        npm.fetch(pinned, "demo.js", tmp_path / "demo.js")
    assert not (tmp_path / "demo.js").exists()
    assert not (tmp_path / "demo-1.0.0.tgz").exists()


@pytest.mark.parametrize("path", sorted((ROOT / "site" / "static").iterdir()), ids=lambda p: p.name)
def test_our_own_files_ask_nothing_of_others(path):
    addresses = re.findall(r"https?://[^\s\"')]+", path.read_text(encoding="utf-8"))
    assert [address for address in addresses if address != "http://www.w3.org/2000/svg"] == []


WORKFLOWS = {path.stem: path for path in (ROOT / ".github" / "workflows").iterdir()}


def steps_of(workflow):
    jobs = yaml.safe_load(WORKFLOWS[workflow].read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_pins_its_actions(workflow):
    actions = [step["uses"] for step in steps_of(workflow) if "uses" in step]
    assert actions
    assert [action for action in actions if not re.search(r"@[0-9a-f]{40}$", action)] == []
    text = WORKFLOWS[workflow].read_text(encoding="utf-8")
    assert len(re.findall(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+\n", text)) == len(actions)


def test_the_workflows_do_what_we_do():
    steps = steps_of("pages")
    assert {"run": "make site"} in steps
    check = "make check PYTHON=python PACKAGES=${{ matrix.packages }}"
    assert {"run": check} in steps_of("check")
    upload = next(step for step in steps if "upload-pages" in step.get("uses", ""))
    assert ROOT / upload["with"]["path"] == build_site.SITE
