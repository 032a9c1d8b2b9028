"""Where the course is published: what this clone's own git says, and the links made from it."""

import re
import subprocess

from tools.folders import ROOT

__all__ = ["binder", "slug"]

BRANCH = "main"
ON_GITHUB = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]+@)?(?:www\.)?github\.com(?::\d+)?/|(?:[^@/]+@)?github\.com:)"
    r"([\w.-]+/[\w.-]+?)(?:\.git)?/?"
)


def slug(root=ROOT):
    """Owner and name of this clone's repository on GitHub, `owner/name`, of its remote `origin`.

    None for a clone that has none, or one elsewhere, and for a copy that is no clone.
    """
    if not (root / ".git").exists():  # else a repository around it would answer
        return None
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        address = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:  # no git
        return None
    found = ON_GITHUB.fullmatch(address)
    return found and found[1]


def binder(slug, path):
    """The address that opens a file of the course, `notebooks/NN_topic.ipynb`, on Binder."""
    return f"https://mybinder.org/v2/gh/{slug}/{BRANCH}?urlpath=lab/tree/{path}"
