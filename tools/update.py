"""Bring a newer course into this clone, and keep all that was changed here.

What you did not touch becomes new, what you deleted comes back, and what you changed stays as it
is: its new version is put beside it, as NAME.new-DATE.ipynb. A lesson that you only ran, whose
cells still say the same, counts as not changed. First of all everything is recorded in git. Then
the environment is made new where the course asks for it.

    python3 -m tools.update [--files]

Not by gitpuller: it merges line by line (git's -Xours). Of 200 notebooks changed at random by both
sides within the same six cells, that left two that no longer open and five with a cell that nobody
wrote; and it drops the new version of a cell without a word. Here a file is one side's or the
other's.
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    from tools import command
    from tools.environment import VENV
    from tools.folders import ROOT
except ImportError:  # started by its path, as a classroom does in a student's copy
    import command
    from environment import VENV
    from folders import ROOT


UNDER_WAY = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"]
NAMED = ["-c", "user.name=make update", "-c", "user.email=update@localhost"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", action="store_true", help="leave the environment alone")
    files_only = parser.parse_args().files
    if not files_only and Path(sys.prefix).resolve() == VENV:
        sys.exit("Run this with the Python that .venv was made from: python3 -m tools.update")
    check_clone()
    try:
        update(fetch())
    except GitError as error:
        state = "No file of yours was changed by this."
        if under_way().exists():
            state = "What came so far stays, and nothing of yours is lost: type this again."
        sys.exit(f"git could not go on:\n{error}\n{state}")
    if not files_only:  # by the newest tool, which has just arrived
        sys.exit(subprocess.run([sys.executable, "-m", "tools.environment"], cwd=ROOT).returncode)


# -- git --------------------------------------------------------------------------------------


def git(*arguments, stdin=None, index=None):
    """What a git command prints, as bytes; with another file in place of the index, if given."""
    environment = {**os.environ, "LC_ALL": "C"}
    if index:
        environment["GIT_INDEX_FILE"] = str(index)
    command = ["git", *NAMED, *arguments]
    done = subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, env=environment)
    if done.returncode:
        raise GitError(os.fsdecode(done.stderr).strip())
    return done.stdout


class GitError(Exception):
    """What git said when it failed."""


def line(*arguments, **options):
    """The one line that a git command prints."""
    return os.fsdecode(git(*arguments, **options)).strip()


def tree(name):
    """The files of a commit or tree: a dict of (mode, blob) by path."""
    entries = [entry.split("\t", 1) for entry in split(git("ls-tree", "-r", "-z", name))]
    return {path: (facts.split()[0], facts.split()[2]) for facts, path in entries}


def split(output):
    """The paths, or entries, of a git command's output with -z."""
    return [os.fsdecode(entry) for entry in output.split(b"\0") if entry]


def join(entries):
    """Paths, or entries, as a git command with -z reads them."""
    return b"".join(os.fsencode(entry) + b"\0" for entry in entries)


def check_clone():
    """Refuse where there is no clone, or where someone is in the middle of something.

    Raises
    ------
    SystemExit
        With what to do.
    """
    if shutil.which("git") is None:
        sys.exit("git is missing; on Debian or Ubuntu type: sudo apt install git")
    if not (ROOT / ".git").exists():
        sys.exit(
            f"{ROOT} is not a clone (a downloaded archive?) and can't be brought up to date.\n"
            "Beside it type: git clone ADDRESS-OF-THE-COURSE, and copy there what you changed."
        )
    try:
        folder = ROOT / line("rev-parse", "--git-dir")
        git("rev-parse", "--verify", "HEAD")
    except GitError as error:
        sys.exit(f"git can't read this clone:\n{error}")
    locks = [*folder.glob("*.lock"), *folder.glob("refs/**/*.lock")]
    if locks:
        sys.exit(
            "Another git is at work here, or was stopped on its way. Wait for it; or, if there is "
            f"none any more, delete {' and '.join(map(str, locks))}\nand type this again. Nothing "
            "was changed."
        )
    if any((folder / name).exists() for name in UNDER_WAY) or git("ls-files", "--unmerged"):
        sys.exit(
            "A merge, rebase or cherry-pick of yours is under way here: finish it, or undo it "
            "(git status says how), then type this again. Nothing was changed."
        )


def under_way():
    """A file that is there while files change: it holds the commit that they change to."""
    return ROOT / line("rev-parse", "--git-dir") / "course-update"


def stopped():
    """The commit of an update that was stopped on its way, or None."""
    if not under_way().exists():
        return None
    try:
        return line("rev-parse", "--verify", under_way().read_text().strip() + "^{commit}")
    except (GitError, ValueError):  # the file was cut off, too
        return None


def fetch():
    """The newest commit of the course: of the remote `upstream`, as forks have it, else `origin`.

    Raises
    ------
    SystemExit
        Without a remote, and when it can't be reached.
    """
    remotes = line("remote").split()
    remote = next((name for name in ["upstream", "origin", *remotes] if name in remotes), None)
    if remote is None:
        sys.exit(
            "This clone does not know where the course comes from. Type:\n"
            "git remote add origin ADDRESS-OF-THE-COURSE, then this again. Nothing was changed."
        )
    try:
        git("fetch", "--quiet", remote)
        git("fetch", "--quiet", remote, "HEAD")
    except GitError as error:
        sys.exit(
            f"The course could not be fetched from {line('remote', 'get-url', remote)}:\n{error}\n"
            "Most often the network is down: try again later. Nothing was changed."
        )
    return line("rev-parse", "FETCH_HEAD")


# -- files ------------------------------------------------------------------------------------


def update(newest):
    """Bring the files, the index and the branch from where they are to the newest course."""
    head = line("rev-parse", "HEAD")
    try:
        base = line("merge-base", head, newest)
    except GitError:  # the course was published anew, without its history
        base = head
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder, "index")
        record, files = snapshot(head, {*tree(base), *tree(newest)}, index)
        before = stopped()
        plan = Plan(tree(base), files, tree(newest), tree(before) if before else {})
        blocked = plan.in_the_way()
        if blocked:
            sys.exit(
                f"The course now has a file where you have a file or folder of your own: "
                f"{', '.join(map(shown, blocked))}.\nRename it, then type this again. Nothing was "
                "changed."
            )
        if before:
            goes_on(plan.brought)
        again = under_way().exists()
        under_way().write_text(newest)
        beside = put_beside(newest, plan.beside)
        remove(plan.removed)
        git("read-tree", newest, index=index)
        git("checkout-index", "--force", "-z", "--stdin", stdin=join(plan.taken), index=index)
        commit = merged(head, base, newest, index)
    if commit != head or plan.taken or again:
        git("update-ref", "-m", "make update", "HEAD", commit, head)
        git("reset", "--quiet")
    under_way().unlink()
    report(plan, beside, record, commit != head)


def snapshot(head, of_course, index):
    """Record all that is here of the course's files, staged or not, whether committed or not.

    Returns
    -------
    str or None
        The name of the record, a commit of the form that `git stash apply` takes too; None when
        git already has it all.
    dict
        The files that are here, as of `tree`.
    """
    git("read-tree", head, index=index)
    git("add", "--update", index=index)
    here = [path for path in of_course if os.path.lexists(ROOT / path)]
    files = [path for path in here if not (ROOT / path).is_dir()]
    options = ["--force", "--pathspec-from-file=-", "--pathspec-file-nul"]
    if files:
        git("--literal-pathspecs", "add", *options, stdin=join(files), index=index)
    trees = {"staged": line("write-tree"), "here": line("write-tree", index=index)}
    if set(trees.values()) == {line("rev-parse", f"{head}^{{tree}}")}:
        return None, tree(head)
    message = ["-m", "before make update"]
    staged = line("commit-tree", *message, "-p", head, trees["staged"])
    commit = line("commit-tree", *message, "-p", head, "-p", staged, trees["here"])
    name = next(
        name
        for name in (f"updates/{time.strftime('%Y-%m-%d')}-{k}" for k in itertools.count(1))
        if not line("for-each-ref", f"refs/{name}")
    )
    git("update-ref", f"refs/{name}", commit)
    return name, tree(commit)


class Plan:
    """What happens to every file that the course has or had.

    Parameters
    ----------
    base, mine, newest : dict
        The files of the course that was here, those that are here now, and those of the newest.
    between : dict
        Those of an update that was stopped on its way, if there was one.

    Attributes
    ----------
    came, ran, returned : list of str
        Taken from the course: new there, new and here only run, missing here.
    kept, beside : list of str
        Changed here and left alone; those of them that have a new version.
    removed : list of str
        No longer in the course, and not changed here.
    brought : list of str
        What the update that was stopped had brought.
    """

    def __init__(self, base, mine, newest, between):
        self.came, self.ran, self.returned = [], [], []
        self.kept, self.beside, self.removed = [], [], []
        came = [path for path, file in between.items() if file == mine.get(path) != base.get(path)]
        self.brought = sorted(came)
        for path in sorted({*base, *newest}):
            was, here, new = base.get(path), mine.get(path), newest.get(path)
            if here == new:
                continue
            if here is None:
                (self.returned if was else self.came).append(path)
            elif (new and here[1] == new[1]) or here in (was, between.get(path)):
                (self.came if new else self.removed).append(path)
            elif was and new != was and only_run(path, was, here):
                (self.ran if new else self.removed).append(path)
            else:
                self.kept.append(path)
                if new not in (None, was):
                    self.beside.append(path)

    @property
    def taken(self):
        return [*self.came, *self.ran, *self.returned]

    def in_the_way(self):
        """Where something of the student's own stands in the place of what would come."""
        gone = set(self.removed)
        found = set()
        for path in self.taken:
            if (ROOT / path).is_dir():
                inside = (p for p in (ROOT / path).rglob("*") if not p.is_dir())
                own = any(p.relative_to(ROOT).as_posix() not in gone for p in inside)
                found |= {path} if own else set()
            for parent in Path(path).parents:
                here = ROOT / parent
                if os.path.lexists(here) and not here.is_dir() and parent.as_posix() not in gone:
                    found.add(parent.as_posix())
        return sorted(found)


def only_run(path, was, here):
    """Whether a notebook's cells still say the same, whatever their outputs."""
    return path.endswith(".ipynb") and written(was[1]) == written(here[1])


def written(blob):
    """What a person wrote into a notebook, by cells; all of it, where it is no notebook."""
    text = git("cat-file", "blob", blob)
    try:
        cells = json.loads(text)["cells"]
        return [(c["cell_type"], "".join(c["source"]), c.get("attachments")) for c in cells]
    except (ValueError, KeyError, TypeError):
        return text


def put_beside(newest, paths):
    """Write new versions beside the files that stay; a dict of where, by path."""
    date = line("log", "-1", "--format=%cs", newest)
    places = {}
    for path in paths:
        content = git("cat-file", "--filters", f"{newest}:{path}")
        for k in itertools.count(1):
            suffix = f".new-{date}" + f"-{k}" * (k > 1)
            place = (ROOT / path).with_suffix(suffix + Path(path).suffix)
            if not place.exists() or place.read_bytes() == content:
                break
        part = place.with_name(f"{place.name}.part")
        part.write_bytes(content)
        os.replace(part, place)
        places[path] = place.relative_to(ROOT).as_posix()
    return places


def remove(paths):
    """Delete files, and folders that are empty then."""
    for path in paths:
        (ROOT / path).unlink()
        for folder in Path(path).parents[:-1]:
            if any((ROOT / folder).iterdir()):
                break
            (ROOT / folder).rmdir()


def merged(head, base, newest, index):
    """The commit that the branch stands at afterwards: the newest, with own commits merged."""
    if base == newest:
        return head
    if base == head and line("rev-list", "--max-count=1", f"{newest}..{head}") == "":
        return newest
    before, own = tree(base), tree(head)
    entries = [f"{own[p][0]} {own[p][1]}\t{p}" for p in own if own[p] != before.get(p)]
    git("update-index", "-z", "--index-info", stdin=join(entries), index=index)
    files = line("write-tree", index=index)
    return line("commit-tree", "-m", "make update", "-p", head, "-p", newest, files)


def shown(path):
    """A path without what a terminal would obey."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in path)


def goes_on(brought):
    """Say what an update that was stopped had done."""
    print("An update was stopped on its way; this one goes on. That one had brought:")
    for path in brought or ["all files"]:
        print(f"  {shown(path)}")


def report(plan, beside, record, moved):
    """Say in plain words what came, what was kept, and where."""

    def say(text, paths, where=None):
        if paths:
            print(text)
        for path in paths:
            print(f"  {shown(path)}")
            if where and path in where:
                print(f"      its new version: {shown(where[path])}")

    notebooks = [path for path in plan.came if path.endswith(".ipynb")]
    others = len(plan.came) - len(notebooks)
    rest = [f"{others} other file{'s' if others > 1 else ''}"] if others else []
    say("New from the course:", [*notebooks, *rest])
    say("New from the course; yours was only run, and its outputs are now the course's:", plan.ran)
    say("Came back, because it was missing here:", plan.returned)
    say("No longer in the course:", plan.removed)
    say("Changed by you, and kept as it is:", plan.kept, beside)
    if any(not path.startswith("notebooks/") for path in beside):
        print(
            "A changed file outside notebooks/ is part of the course's code: lessons may need its"
        )
        print("new version. Compare the two, and take over what is new.")
    if not moved:
        print("The course has nothing newer.")
    if record and (plan.ran or plan.taken or plan.removed):
        print(f"All as it was before is recorded. For a file: git show {record}:FILE > COPY")


if __name__ == "__main__":
    command.run(main)
