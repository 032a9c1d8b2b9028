"""Binder opens the course from environment.yml alone, and every lesson has a link to it.

The last tests run Binder's own builder; `make check-binder` installs it.
"""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tools import check, repository

ROOT = check.ROOT
README = (ROOT / "README.md").read_text(encoding="utf-8")
ENVIRONMENT = (ROOT / "environment.yml").read_text(encoding="utf-8")
LINK = re.compile(r"https://mybinder\.org/v2/gh/([\w.-]+/[\w.-]+)/main\?urlpath=lab/tree/([\w./]+)")


def test_every_lesson_has_one_link_to_binder_in_its_row():
    for path in check.LESSONS:
        row = re.search(rf"^\| {path.name[:2]} \|.*$", README, re.MULTILINE)[0]
        assert LINK.findall(row) == [(repository.slug(), f"notebooks/{path.name}")]
        assert f"Open lesson {path.name[:2]} in Binder" in row


def test_every_link_to_binder_opens_a_file_of_this_repository():
    links = LINK.findall(README)
    assert README.count("https://mybinder.org/v2/") == len(links) > len(check.LESSONS)
    assert {slug for slug, _ in links} == {repository.slug()}
    assert [place for _, place in links if not (ROOT / place).is_file()] == []


def test_the_badge_is_ours_and_fetches_nothing():
    badge = ROOT / "notebooks" / "images" / "binder.svg"
    text = badge.read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).find("{http://www.w3.org/2000/svg}title").text
    assert re.findall(r"https?://\S+?(?=\")", text) == ["http://www.w3.org/2000/svg"]
    images = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert "notebooks/images/binder.svg" in images
    assert [image for image in images if not (ROOT / image).is_file()] == []


@pytest.mark.parametrize(
    ("address", "slug"),
    [
        ("https://github.com/jane/nets", "jane/nets"),
        ("https://github.com/jane-doe/nets.2/", "jane-doe/nets.2"),
        ("https://github.com/jane/nets.git", "jane/nets"),
    ],
)
def test_the_repository_is_named_in_one_place(monkeypatch, tmp_path, address, slug):
    (tmp_path / "pyproject.toml").write_text(f'[project]\nurls = {{ Repository = "{address}" }}\n')
    monkeypatch.setattr(repository, "ROOT", tmp_path)
    assert repository.slug() == slug
    assert repository.binder("notebooks/a.ipynb") == (
        f"https://mybinder.org/v2/gh/{slug}/main?urlpath=lab/tree/notebooks/a.ipynb"
    )


def test_an_address_that_is_no_repository_is_refused(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project.urls]\nRepository = "git@host:nets"\n')
    monkeypatch.setattr(repository, "ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"'git@host:nets'; it must be like 'https://github.com/O"):
        repository.slug()


# -- what Binder's builder makes of it --------------------------------------------------------


@pytest.fixture(scope="module")
def dockerfile_and_log():
    """The Dockerfile that repo2docker writes for the files here, and what it says meanwhile."""
    pytest.importorskip("repo2docker", reason="repo2docker is missing; type: make check-binder")
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def dockerfile(dockerfile_and_log):
    return dockerfile_and_log[0]


def test_the_builder_takes_the_python_of_the_environment(dockerfile_and_log):
    dockerfile, log = dockerfile_and_log
    python = re.search(r"- python=(3\.\d+)$", ENVIRONMENT, re.MULTILINE)[1]
    assert f"Building conda environment for python={python}" in log
    assert "Python version unspecified" not in log
    encoded = python.replace(".", "-2e")
    assert f"environment-2epy-2d{encoded}-2dlinux" in dockerfile


def test_the_builder_reads_the_environment_and_nothing_else(dockerfile):
    assert dockerfile.count('env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"') == 1
    assert dockerfile.startswith("\nFROM docker.io/library/buildpack-deps:")  # not our Dockerfile
    assert "\nENV R2D_ENTRYPOINT" not in dockerfile
    assert not re.search(
        r"requirements\.txt|Pipfile|setup\.py|postBuild$", dockerfile, re.MULTILINE
    )


def test_the_package_can_be_installed_because_the_course_is_copied_first(dockerfile):
    """`-e .` needs the files; by default environment.yml is read before they are there."""
    assert re.search(r"pip:\n(      - .+\n)*      - -e \.$", ENVIRONMENT, re.MULTILINE)
    copied = dockerfile.index("src/ ${REPO_DIR}/\n")
    installed = dockerfile.index("env update -p")
    assert copied < installed
    assert dockerfile.index("WORKDIR ${REPO_DIR}") < installed


def test_the_builder_leaves_the_course_as_it_is(dockerfile):
    assert not (ROOT / "Dockerfile").exists()
    assert Path(ROOT, "environment.yml").read_text(encoding="utf-8") == ENVIRONMENT
