"""Binder opens the course from environment.yml alone; where it is published, lessons link to it.

The last tests run Binder's own builder; `make check-binder` installs it.
"""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tools import check, repository
from tools.folders import ROOT
from tools.readme import with_table

README = (ROOT / "README.md").read_text(encoding="utf-8")
ENVIRONMENT = (ROOT / "environment.yml").read_text(encoding="utf-8")
LINK = re.compile(r"https://mybinder\.org/v2/gh/([\w.-]+/[\w.-]+)/main\?urlpath=lab/tree/([\w./]+)")


def published(readme=README):
    """The README as `make readme` writes it in a clone of jane/nets."""
    return with_table(readme, "jane/nets")


def test_every_lesson_has_one_link_to_binder_in_its_row():
    for path in check.LESSONS:
        row = re.search(rf"^\| {path.name[:2]} \|.*$", published(), re.MULTILINE)[0]
        assert LINK.findall(row) == [("jane/nets", f"notebooks/{path.name}")]
        assert f"Open lesson {path.name[:2]} in Binder" in row


@pytest.mark.parametrize("readme", [README, published()], ids=["as it is", "published"])
def test_every_link_to_binder_opens_a_file_of_one_repository(readme):
    links = LINK.findall(readme)
    assert readme.count("https://mybinder.org/v2/") == len(links)
    assert len(links) in (0, len(check.LESSONS) + 1)
    assert len({slug for slug, _ in links}) <= 1
    assert [place for _, place in links if not (ROOT / place).is_file()] == []


def test_no_address_that_nobody_has_is_a_link():
    paths = [ROOT / "README.md", ROOT / "pyproject.toml", *(ROOT / "site").glob("*.md")]
    assert [p for p in paths if "github.com/OWNER" in p.read_text(encoding="utf-8")] == []


def test_the_badge_is_ours_and_fetches_nothing():
    badge = ROOT / "notebooks" / "images" / "binder.svg"
    text = badge.read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).find("{http://www.w3.org/2000/svg}title").text
    assert re.findall(r"https?://\S+?(?=\")", text) == ["http://www.w3.org/2000/svg"]
    images = re.findall(r"!\[[^]]+\]\(([^)]+)\)", published())
    assert "notebooks/images/binder.svg" in images
    assert [image for image in images if not (ROOT / image).is_file()] == []


@pytest.mark.parametrize(
    ("address", "slug"),
    [
        ("https://github.com/jane/nets", "jane/nets"),
        ("https://github.com/jane-doe/nets.2/", "jane-doe/nets.2"),
        ("https://github.com/jane/nets.git", "jane/nets"),
        ("https://jane:token@github.com/jane/nets.git", "jane/nets"),
        ("git@github.com:jane/nets.git", "jane/nets"),
        ("github.com:jane/nets", "jane/nets"),
        ("ssh://git@github.com/jane/nets.git", "jane/nets"),
        ("ssh://git@github.com:22/jane/nets", "jane/nets"),
        ("https://gitlab.com/jane/nets.git", None),
        ("https://github.com.example.org/jane/nets", None),
        ("https://example.org/github.com/jane/nets", None),
        ("git@example.org:github.com/nets.git", None),
        ("/srv/github.com/jane/nets", None),
        ("https://github.com/jane", None),
    ],
)
def test_the_address_is_that_of_the_clone(tmp_path, address, slug):
    for command in (["init", "--quiet"], ["remote", "add", "origin", address]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    assert repository.slug(tmp_path) == slug
    (tmp_path / "copy").mkdir()  # an archive, unpacked inside of another repository
    assert repository.slug(tmp_path / "copy") is None


def test_without_a_remote_or_git_there_is_no_address(tmp_path, monkeypatch):
    subprocess.run(["git", "-C", str(tmp_path), "init", "--quiet"], check=True)
    assert repository.slug(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert repository.slug(tmp_path) is None


def test_a_link_to_binder_opens_the_file_in_jupyterlab():
    assert repository.binder("jane/nets", "notebooks/a.ipynb") == (
        "https://mybinder.org/v2/gh/jane/nets/main?urlpath=lab/tree/notebooks/a.ipynb"
    )


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
