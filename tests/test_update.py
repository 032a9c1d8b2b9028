"""`make update` brings a newer course, and loses nothing that a student has."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from course_utils.exercises.memory import FILE
from tools.folders import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is missing")
LESSON = "notebooks/01_lesson.ipynb"
REMEMBERED = f"notebooks/{FILE}"
NEW = "notebooks/01_lesson.new-2026-03-01.ipynb"
STUB = '"""Stands for the real tool."""\nfrom pathlib import Path\n\nVENV = Path("none")\n'
MADE = 'if __name__ == "__main__":\n    print("environment made")\n'
PLAIN = {  # git as on a machine where nobody has set it up
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    **{f"GIT_{who}_DATE": "2026-03-01T12:00:00" for who in ("AUTHOR", "COMMITTER")},
}
AUTHOR = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]


def notebook(*sources, outputs=()):
    """The text of a notebook; the same outputs under every cell."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": len(outputs) or None,
            "id": f"cell-{k}",
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": list(outputs)}],
            "source": source.splitlines(keepends=True),
        }
        for k, source in enumerate(sources)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1) + "\n"


COURSE = {
    ".gitignore": "cache/\n",
    "README.md": "The course\n",
    "course_utils/layers.py": "LAYERS = 1\n",
    "data/weights.npz": "\0\1weights",
    "tools/environment.py": STUB + MADE,
    **{
        f"tools/{name}.py": (ROOT / "tools" / f"{name}.py").read_text(encoding="utf-8")
        for name in ("__init__", "command", "folders", "update")
    },
    LESSON: notebook("x = 1", "print(x)"),
    "notebooks/02_lesson.ipynb": notebook("y = 2"),
    "notebooks/03_lesson.ipynb": notebook("z = 3"),
}


class Clone:
    """A folder with a git repository."""

    def __init__(self, folder):
        self.folder = folder

    def git(self, *arguments):
        done = subprocess.run(
            ["git", *AUTHOR, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            env={**os.environ, **PLAIN},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def put(self, files):
        """Write files, a dict of text by path."""
        for path, text in files.items():
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8", newline="\n")

    def publish(self, files=(), removed=()):
        """Commit a newer course."""
        self.put(dict(files))
        for path in removed:
            (self.folder / path).unlink()
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "newer")

    def read(self, path):
        return (self.folder / path).read_text(encoding="utf-8")

    def files(self):
        """Every file outside .git: a dict of content by path."""
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        relative = ((path.relative_to(self.folder), path) for path in paths)
        return {p.as_posix(): q.read_bytes() for p, q in relative if p.parts[0] != ".git"}

    def update(self, *options, code=0):
        """Run the tool; what it says."""
        done = subprocess.run(
            [sys.executable, "-B", "-m", "tools.update", *options],
            cwd=self.folder,
            capture_output=True,
            text=True,
            env={**os.environ, **PLAIN},
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def everything(self):
        """Every content that is in a file or in a record."""
        names = self.git("for-each-ref", "--format=%(refname)", "refs/updates").split()
        recorded = set()
        for name in names:
            for entry in self.git("ls-tree", "-r", name).splitlines():
                blob = ["git", "cat-file", "blob", entry.split()[2]]
                recorded.add(subprocess.check_output(blob, cwd=self.folder))
        return recorded | set(self.files().values())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A published course and a clone of it, made once and copied for every test."""
    folder = tmp_path_factory.mktemp("made")
    course = Clone(folder / "course")
    course.folder.mkdir()
    course.git("init", "--quiet", "--initial-branch=main")
    course.publish(COURSE)
    course.git("clone", "--quiet", str(course.folder), str(folder / "student"))
    return folder


@pytest.fixture
def course(made, tmp_path):
    shutil.copytree(made / "course", tmp_path / "course")
    return Clone(tmp_path / "course")


@pytest.fixture
def student(made, tmp_path, course):
    shutil.copytree(made / "student", tmp_path / "student")
    clone = Clone(tmp_path / "student")
    clone.git("remote", "set-url", "origin", str(course.folder))
    return clone


CHANGED = notebook("x = 1", "print(x)", "mine = 7")
RUN = notebook("x = 1", "print(x)", outputs=["1\n"])
NEWER = notebook("x = 10", "print(x)")


def test_an_untouched_lesson_becomes_new(course, student):
    course.publish({LESSON: NEWER, "notebooks/04_lesson.ipynb": notebook("a")})
    said = student.update()
    assert student.files() == course.files()
    assert f"New from the course:\n  {LESSON}\n  notebooks/04_lesson.ipynb\n" in said
    assert student.git("rev-parse", "HEAD") == course.git("rev-parse", "HEAD")
    assert student.git("status", "--porcelain") == ""


def test_the_environment_follows_by_the_tool_that_just_came(course, student):
    course.publish({"tools/environment.py": STUB + MADE.replace("made", "made by the new tool")})
    assert student.update("--files").endswith("1 other file\n")
    course.publish({"README.md": "newest\n"})
    assert student.update().endswith("environment made by the new tool\n")


def test_a_changed_lesson_stays_and_its_new_version_is_put_beside(course, student):
    student.put({LESSON: CHANGED})
    course.publish({LESSON: NEWER})
    said = student.update()
    assert student.read(LESSON) == CHANGED
    assert student.read(NEW) == NEWER
    assert f"kept as it is:\n  {LESSON}\n      its new version: {NEW}\n" in said


def test_a_changed_lesson_without_a_new_version_stays_alone(course, student):
    student.put({LESSON: CHANGED})
    course.publish({"README.md": "newer\n"})
    said = student.update()
    assert student.read(LESSON) == CHANGED
    assert f"kept as it is:\n  {LESSON}\n" in said
    assert not any(".new-" in path for path in student.files())


def test_a_deleted_lesson_comes_back(course, student):
    (student.folder / LESSON).unlink()
    assert f"it was missing here:\n  {LESSON}\n" in student.update()
    assert student.read(LESSON) == COURSE[LESSON]
    (student.folder / LESSON).unlink()
    course.publish({LESSON: NEWER})
    student.update()
    assert student.read(LESSON) == NEWER


def test_a_lesson_that_was_only_run_becomes_new(course, student):
    student.put({LESSON: RUN})
    course.publish({LESSON: NEWER})
    said = student.update()
    assert student.read(LESSON) == NEWER
    assert f"yours was only run, and its outputs are now the course's:\n  {LESSON}\n" in said
    name = said.split("git show ")[1].split(":FILE")[0]
    assert student.git("show", f"{name}:{LESSON}") == RUN.strip()


def test_a_lesson_that_was_only_run_stays_as_it_is_while_it_is_the_newest(course, student):
    student.put({LESSON: RUN})
    course.publish({"README.md": "newer\n"})
    student.update()
    assert student.read(LESSON) == RUN


def test_both_change_the_same_cell_and_neither_text_is_mixed(course, student):
    mine, theirs = notebook("x = 1\nmine", "print(x)"), notebook("theirs\nx = 1", "print(x)")
    student.put({LESSON: mine})
    course.publish({LESSON: theirs})
    student.update()
    assert (student.read(LESSON), student.read(NEW)) == (mine, theirs)


def test_files_of_the_student_stay(course, student):
    own = {"notebooks/my_notes.ipynb": "not even a notebook", "cache/x": "1", "größe ü.txt": "2"}
    student.put(own)
    course.publish({LESSON: NEWER})
    student.update()
    assert {path: student.read(path) for path in own} == own


def test_what_is_remembered_of_exercises_stays_and_git_ignores_it(course, student):
    """By the course's own .gitignore, which a student may get after the first exercise."""
    lines = '{"exercise": "perceptrons.update", "result": "passed"}\n' * 2
    student.put({REMEMBERED: lines})
    course.publish({".gitignore": (ROOT / ".gitignore").read_text(encoding="utf-8")})
    student.update()
    assert student.read(REMEMBERED) == lines
    assert student.git("status", "--porcelain") == ""
    course.publish({LESSON: NEWER})
    student.update()
    assert (student.read(REMEMBERED), student.read(LESSON)) == (lines, NEWER)
    student.git("check-ignore", REMEMBERED)


@pytest.mark.parametrize("path", ["notebooks/größe.ipynb", "cache/x.txt", "a file[1].md"])
def test_a_new_file_of_the_course_does_not_replace_one_of_the_student(course, student, path):
    student.put({path: "mine"})
    course.put({path: "theirs"})
    course.git("add", "--force", "--", f":(literal){path}")
    course.publish({"README.md": "newer\n"})
    said = student.update()
    beside = said.split("its new version: ")[1].splitlines()[0]
    assert (student.read(path), student.read(beside)) == ("mine", "theirs")


def test_changed_code_of_the_course_is_kept_with_a_warning(course, student):
    student.put({"course_utils/layers.py": "LAYERS = 'mine'\n"})
    course.publish({"course_utils/layers.py": "LAYERS = 2\n"})
    said = student.update()
    assert student.read("course_utils/layers.py") == "LAYERS = 'mine'\n"
    assert student.read("course_utils/layers.new-2026-03-01.py") == "LAYERS = 2\n"
    assert "lessons may need its\nnew version" in said


def test_a_lesson_that_the_course_gave_up_goes_unless_it_was_changed(course, student):
    student.put({LESSON: CHANGED})
    course.publish(removed=[LESSON, "notebooks/02_lesson.ipynb"])
    said = student.update()
    assert student.read(LESSON) == CHANGED
    assert "notebooks/02_lesson.ipynb" not in student.files()
    assert "No longer in the course:\n  notebooks/02_lesson.ipynb\n" in said


def test_a_second_run_changes_nothing(course, student):
    student.put({LESSON: CHANGED, "notebooks/02_lesson.ipynb": notebook("y = 2", outputs=["2"])})
    course.publish({LESSON: NEWER, "notebooks/02_lesson.ipynb": notebook("y = 20")})
    student.update()
    before, head = student.files(), student.git("rev-parse", "HEAD")
    said = student.update()
    assert (student.files(), student.git("rev-parse", "HEAD")) == (before, head)
    assert "The course has nothing newer." in said
    assert "New from the course" not in said


def test_a_second_new_version_does_not_replace_the_first(course, student):
    student.put({LESSON: CHANGED})
    course.publish({LESSON: NEWER})
    student.update()
    student.put({NEW: "the student's notes in it"})
    course.publish({LESSON: notebook("x = 11")})
    student.update()
    assert student.read(LESSON) == CHANGED
    assert student.read(NEW) == "the student's notes in it"
    assert student.read(NEW.replace("03-01", "03-01-2")) == notebook("x = 11")


def test_staged_changes_are_kept_and_recorded(course, student):
    student.put({LESSON: "staged"})
    student.git("add", LESSON)
    student.put({LESSON: CHANGED})
    course.publish({LESSON: NEWER})
    student.update()
    assert student.read(LESSON) == CHANGED
    staged = student.git(
        "rev-parse", student.git("for-each-ref", "--format=%(refname)").split()[-1]
    )
    assert student.git("show", f"{staged}^2:{LESSON}") == "staged"


def test_what_was_staged_and_then_undone_is_recorded(course, student):
    student.put({LESSON: "staged"})
    student.git("add", LESSON)
    student.put({LESSON: COURSE[LESSON]})
    course.publish({LESSON: NEWER})
    student.update()
    assert student.read(LESSON) == NEWER
    record = student.git("for-each-ref", "--format=%(refname)", "refs/updates")
    assert student.git("show", f"{record}^2:{LESSON}") == "staged"


def test_own_commits_on_an_own_branch_stay_in_its_history(course, student):
    student.git("checkout", "--quiet", "-b", "mine")
    student.publish({LESSON: CHANGED, "notebooks/own.ipynb": "own"}, ["notebooks/03_lesson.ipynb"])
    own = student.git("rev-parse", "HEAD")
    course.publish({LESSON: NEWER, "notebooks/02_lesson.ipynb": notebook("y = 20")})
    student.update()
    assert student.read(LESSON) == CHANGED
    assert student.read(NEW) == NEWER
    assert student.read("notebooks/02_lesson.ipynb") == notebook("y = 20")
    assert student.read("notebooks/own.ipynb") == "own"
    assert student.read("notebooks/03_lesson.ipynb") == COURSE["notebooks/03_lesson.ipynb"]
    assert student.git("rev-parse", "HEAD^1", "HEAD^2").split() == [
        own,
        course.git("rev-parse", "HEAD"),
    ]
    assert student.git("branch", "--show-current") == "mine"
    assert student.git("status", "--porcelain") == f"?? {NEW}"
    assert "The course has nothing newer." in student.update()


def test_other_branches_tags_and_stashes_stay(course, student):
    student.git("tag", "mine")
    student.git("branch", "other")
    student.put({LESSON: CHANGED})
    student.git("stash", "push", "--quiet")
    student.git("update-ref", "refs/heads/only-here", "HEAD")
    before = set(
        student.git("for-each-ref", "refs/heads/o*", "refs/tags", "refs/stash").splitlines()
    )
    course.publish({LESSON: NEWER})
    student.update()
    assert len(before) == 4
    assert before <= set(student.git("for-each-ref").splitlines())
    assert student.git("show", f"stash@{{0}}:{LESSON}") == CHANGED.strip()


def test_a_fork_takes_the_course_from_upstream(course, student, tmp_path):
    fork = tmp_path / "fork"
    course.git("clone", "--quiet", "--bare", str(course.folder), str(fork))
    student.git("remote", "set-url", "origin", str(fork))
    student.git("remote", "add", "upstream", str(course.folder))
    course.publish({LESSON: NEWER})
    student.update()
    assert student.read(LESSON) == NEWER


def test_a_clone_without_history_is_brought_up_to_date(course, student, tmp_path):
    shutil.rmtree(student.folder)
    address = course.folder.as_uri()
    course.git("clone", "--quiet", "--depth=1", address, str(student.folder))
    student.put({LESSON: CHANGED})
    course.publish({LESSON: NEWER, "README.md": "newer\n"})
    course.publish({"README.md": "newest\n"})
    student.update()
    assert (student.read(LESSON), student.read("README.md")) == (CHANGED, "newest\n")
    assert student.read(NEW) == NEWER


def test_a_course_published_anew_without_its_history_is_taken(course, student):
    student.put({LESSON: CHANGED})
    shutil.rmtree(course.folder / ".git")
    course.git("init", "--quiet", "--initial-branch=main")
    course.publish({LESSON: NEWER, "README.md": "newer\n"})
    student.update()
    assert (student.read(LESSON), student.read("README.md")) == (CHANGED, "newer\n")
    assert student.read(NEW) == NEWER
    assert "nothing newer" in student.update()


@pytest.mark.parametrize("mine", ["notes", "notes/a.md/b.txt"])
def test_a_folder_where_the_student_has_a_file_stops_before_any_change(course, student, mine):
    student.put({mine: "mine", LESSON: CHANGED})
    course.publish({"notes/a.md": "theirs", LESSON: NEWER, "README.md": "newer\n"})
    before = student.files()
    said = student.update(code=1)
    assert "Rename it" in said
    assert mine.removesuffix("/b.txt") in said
    assert student.files() == before


def test_a_folder_of_the_course_may_become_a_file_and_the_reverse(course, student):
    course.publish({"part/a.md": "1", "whole": "2"})
    student.update()
    course.publish(removed=["part/a.md", "whole"])
    (course.folder / "part").rmdir()
    course.publish({"part": "now a file", "whole/b.md": "now in a folder"})
    student.update()
    assert (student.read("part"), student.read("whole/b.md")) == ("now a file", "now in a folder")
    course.publish(removed=["whole/b.md"])
    student.update()
    assert not (student.folder / "whole").exists()  # nor an empty folder


# -- where it refuses, and says what to do ----------------------------------------------------


def refused(student, text):
    before, head = student.files(), student.git("rev-parse", "HEAD")
    said = student.update(code=1)
    assert text in said
    assert "Nothing was changed" in said
    assert (student.files(), student.git("rev-parse", "HEAD")) == (before, head)
    assert "environment made" not in said


def test_without_network_it_says_so(student):
    student.put({LESSON: CHANGED})
    student.git("remote", "set-url", "origin", str(student.folder / "nowhere"))
    refused(student, "Most often the network is down")


def test_a_clone_without_a_remote_is_told_how_to_name_one(student):
    student.git("remote", "remove", "origin")
    refused(student, "git remote add origin ADDRESS-OF-THE-COURSE")


def test_a_merge_under_way_is_left_to_its_owner(student):
    (student.folder / ".git" / "MERGE_HEAD").write_text(student.git("rev-parse", "HEAD"))
    refused(student, "finish it, or undo it")


def test_a_downloaded_archive_is_told_to_clone(student):
    shutil.rmtree(student.folder / ".git")
    before = student.files()
    assert "type: git clone ADDRESS-OF-THE-COURSE" in student.update(code=1)
    assert student.files() == before


def test_the_environment_s_own_python_is_sent_away_unless_it_is_left_alone(course, student):
    stub = STUB.replace('Path("none")', f"Path({sys.prefix!r}).resolve()")
    student.put({"tools/environment.py": stub + MADE})
    course.publish({LESSON: NEWER})
    before = student.files()
    assert "Run this with the Python that .venv was made from" in student.update(code=1)
    assert student.files() == before
    student.update("--files")
    assert student.read(LESSON) == NEWER


def test_an_environment_that_could_not_be_made_is_a_failure(course, student):
    course.publish({"tools/environment.py": STUB + 'if __name__ == "__main__":\n    exit(3)\n'})
    student.update(code=3)


# -- nothing is lost --------------------------------------------------------------------------


def test_every_file_of_the_student_is_there_afterwards_or_recorded(course, student):
    """One of each kind at once, twice: its content is in a file still, or in a record."""
    student.publish({"notebooks/committed.ipynb": "a commit of mine", "README.md": "My copy\n"})
    student.put(
        {
            LESSON: CHANGED,
            "notebooks/02_lesson.ipynb": notebook("y = 2", outputs=["2\n"]),
            "notebooks/04_lesson.ipynb": "mine, and the course brings one of this name",
            "notebooks/own.ipynb": notebook("own"),
            "course_utils/layers.py": "LAYERS = 'changed'\n",
            "data/weights.npz": "changed weights",
            "cache/x": "ignored, and the course brings one of this name",
        }
    )
    (student.folder / "notebooks/03_lesson.ipynb").unlink()
    for k in range(2):
        before = set(student.files().values())
        course.put({"cache/x": f"theirs {k}"})
        course.git("add", "--force", "cache/x")
        course.publish(
            {path: f"{k}{text}" for path, text in COURSE.items() if not path.startswith("tools/")}
            | {"notebooks/04_lesson.ipynb": notebook(f"{k}")}
        )
        student.update()
        course_before = {text.encode() for text in COURSE.values()}
        course_before |= {f"{j}{text}".encode() for j in range(k) for text in COURSE.values()}
        assert before - course_before <= student.everything()
        assert student.read(LESSON) == CHANGED
        assert student.read("course_utils/layers.py") == "LAYERS = 'changed'\n"
        assert student.read("cache/x").startswith("ignored")


# -- when it is killed ------------------------------------------------------------------------

CHANGING = ["read-tree", "checkout-index", "update-ref", "reset"]
KILLER = """#!{python}
import os, signal, subprocess, sys
code = subprocess.run([{git!r}, *sys.argv[1:]]).returncode
with open({count!r}, "a") as file:
    file.write("." * bool(set({changing}) & set(sys.argv)))
if os.path.getsize({count!r}) == {number}:
    os.kill(os.getppid(), signal.SIGKILL)
sys.exit(code)
"""


def killed(student, folder, number):
    """Run the tool, and kill it when git has changed something so often; whether it got so far."""
    folder.mkdir()
    count = folder / "count"
    git = folder / "git"
    text = KILLER.format(
        python=sys.executable,
        git=shutil.which("git"),
        changing=CHANGING,
        count=str(count),
        number=number,
    )
    git.write_text(text)
    git.chmod(0o755)
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-B", "tools/update.py", "--files"],
        cwd=student.folder,
        capture_output=True,
        text=True,
        env={**os.environ, **PLAIN, "PATH": path},
    )
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


def newest_course(course):
    course.publish(
        {LESSON: NEWER, "README.md": "newer\n", "notebooks/09_lesson.ipynb": notebook("new")},
        removed=["notebooks/03_lesson.ipynb"],
    )


@pytest.mark.skipif(os.name == "nt", reason="its programs are no scripts")
@pytest.mark.parametrize("meanwhile", [False, True], ids=["the same course", "a newer course"])
def test_an_update_that_was_killed_goes_on_where_it_stopped(course, student, tmp_path, meanwhile):
    """After each of its changes, until one run comes to its end; the course may go on, too."""
    newest_course(course)
    start = tmp_path / "start"
    shutil.copytree(student.folder, start, symlinks=True)
    told = set()
    for number in range(1, 99):
        shutil.rmtree(student.folder)
        shutil.copytree(start, student.folder, symlinks=True)
        student.put({LESSON: CHANGED})
        if not killed(student, tmp_path / f"bin {number}", number):
            break
        readme = f"newest {number}\n" if meanwhile else "newer\n"
        if meanwhile:
            course.publish({"README.md": readme})
        said = student.update("--files")
        if "was stopped on its way; this one goes on" in said:
            told.update(line.strip() for line in said.splitlines())
        assert student.read("README.md") == readme
        assert student.read("notebooks/09_lesson.ipynb") == notebook("new")
        assert (student.read(LESSON), student.read(NEW)) == (CHANGED, NEWER)
        assert not (student.folder / "notebooks/03_lesson.ipynb").exists()
        assert student.git("status", "--porcelain", "--untracked-files=no") == f"M {LESSON}"
        assert not [path for path in student.files() if path.endswith(".part")]
        if meanwhile:
            course.git("reset", "--quiet", "--hard", "HEAD~1")
    assert number == 7  # after six changes it came to its end
    assert {"README.md", "notebooks/09_lesson.ipynb"} <= told


def test_a_new_version_that_was_written_by_halves_is_written_anew(course, student):
    """The disk was full, or nearly so: no file may grow beyond 100,000 bytes."""
    resource = pytest.importorskip("resource")
    newer = notebook("x = 1\n" * 100_000)
    student.put({LESSON: CHANGED})
    course.publish({LESSON: newer})

    def limit():
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))

    command = [sys.executable, "-B", "-m", "tools.update", "--files"]
    shell = {"cwd": student.folder, "env": {**os.environ, **PLAIN}, "capture_output": True}
    assert subprocess.run(command, preexec_fn=limit, **shell).returncode
    assert student.read(LESSON) == CHANGED
    assert not (student.folder / NEW).exists()
    student.update("--files")
    assert (student.read(LESSON), student.read(NEW)) == (CHANGED, newer)
    assert [path for path in student.files() if ".new-" in path] == [NEW]


@pytest.mark.parametrize("lock", ["index.lock", "refs/heads/main.lock", "HEAD.lock"])
def test_a_lock_that_a_killed_git_left_is_named(course, student, lock):
    newest_course(course)
    path = student.folder / ".git" / lock
    path.touch()
    refused(student, f".git/{lock}")
    path.unlink()
    student.update()
    assert student.read("README.md") == "newer\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_name_that_a_terminal_would_obey_is_written_out(course, student):
    course.publish({"notebooks/red\x1b[31m.ipynb": notebook("new")})
    said = student.update()
    assert "notebooks/red\\x1b[31m.ipynb" in said
    assert "\x1b" not in said
