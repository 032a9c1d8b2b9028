"""Build the web page from the lessons as they are committed; nothing is executed.

The page is in build/site; open it by `python -m http.server --directory build/site`.

    .venv/bin/python -m tools.build_site [--solutions]    # the latter for instructors
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from tools.check import LESSONS
from tools.extras import install
from tools.folders import ROOT
from tools.npm import MATHJAX, fetch

SITE = ROOT / "build" / "site"
TREE = ROOT / "build" / "site-source"
STATIC = ROOT / "build" / "site-static"
# What stands on the page, under the path that it has in the repository: so links from one file to
# another lead to the same place here and there.
PAGES = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "LICENSE",
    "data/README.md",
    "benchmarks/RESULTS.md",
]
FOLDERS = ["benchmarks/figures", "notebooks/images", "site/classroom"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words = "fold a solution under every task: a page for instructors"
    parser.add_argument("--solutions", action="store_true", help=words)
    solutions = parser.parse_args().solutions
    install("site")
    fetch(MATHJAX, "es5/tex-svg-full.js", STATIC / "tex-svg-full.js")
    shutil.rmtree(SITE, ignore_errors=True)
    copy_sources(TREE)
    command = [sys.executable, "-m", "sphinx", "--builder=html", "--fresh-env", "--nitpicky"]
    command += ["--fail-on-warning", "--keep-going", "--quiet", "--jobs=2"]
    command += [f"--define=course_solutions={int(solutions)}"]
    command += [f"--conf-dir={ROOT / 'site'}", f"--doctree-dir={ROOT / 'build' / 'doctrees'}"]
    if subprocess.run([*command, str(TREE), str(SITE)], cwd=ROOT).returncode:
        sys.exit("make site: FAILED; every warning above is to be mended")
    print(f"make site: built, {SITE.relative_to(ROOT)}/index.html")


def copy_sources(tree):
    """Lay out what Sphinx reads: as in the repository, but site/index.md is the first page."""
    shutil.rmtree(tree, ignore_errors=True)
    files = [ROOT / name for name in PAGES] + LESSONS + sorted((ROOT / "site").glob("*.md"))
    files += [path for name in FOLDERS for path in sorted((ROOT / name).iterdir())]
    for path in filter(Path.is_file, files):
        target = tree / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    (tree / "site" / "index.md").rename(tree / "index.md")


if __name__ == "__main__":
    main()
