"""Where the course is published: one address, in pyproject.toml, and the links made from it."""

import re
import tomllib
from pathlib import Path

__all__ = ["binder", "slug"]

ROOT = Path(__file__).resolve().parent.parent
BRANCH = "main"


def slug():
    """Owner and name of the repository on GitHub, `owner/name`, from `project.urls.Repository`.

    Raises
    ------
    ValueError
        When that is no address of a repository on GitHub.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project["urls"]["Repository"]
    found = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(\.git)?/?", address)
    if found is None:
        raise ValueError(
            f"project.urls.Repository in pyproject.toml is {address!r}; it must be like "
            "'https://github.com/OWNER/REPOSITORY'."
        )
    return found[1]


def binder(path):
    """The address that opens a file of the course, `notebooks/NN_topic.ipynb`, on Binder."""
    return f"https://mybinder.org/v2/gh/{slug()}/{BRANCH}?urlpath=lab/tree/{path}"
