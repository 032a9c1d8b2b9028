"""Files appear whole or not at all, whoever else writes, and through nobody's link."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from course_utils import (
    Adam,
    Checkpoint,
    Dense,
    Sequential,
    _disk,
    fit,
    load_checkpoint,
    load_mnist,
    load_weights,
    read_arrays,
    save_weights,
    write_submission,
)
from course_utils._disk import fill, listed, native, printable, whole_file, write_whole


def network(value):
    """A network whose parameters are all one number."""
    made = Sequential(Dense(50, 40, init="zeros"))
    made.theta += value
    return made


def test_of_many_writers_each_leaves_a_whole_file(tmp_path):
    path = tmp_path / "weights.npz"
    save_weights(network(0), path)
    wrong, done = [], threading.Event()

    def write(value):
        try:
            for _ in range(25):
                save_weights(network(value), path)
        except Exception as error:
            wrong.append(error)

    def read():
        while not done.is_set():
            try:
                values = set(load_weights(network(-1), path).theta)
                assert len(values) == 1
            except Exception as error:
                wrong.append(error)

    writers = [threading.Thread(target=write, args=(value,)) for value in range(1, 5)]
    reader = threading.Thread(target=read)
    for thread in [reader, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert wrong == []
    assert [p.name for p in tmp_path.iterdir()] == ["weights.npz"]


ENDLESS = """
import sys
from course_utils import Dense, Sequential, save_weights
networks = [Sequential(Dense(500, 400, init="zeros")) for _ in range(2)]
networks[1].theta += 1
print("ready", flush=True)
while True:
    for network in networks:
        save_weights(network, sys.argv[1])
"""


def test_a_writer_that_is_killed_leaves_the_file_whole(tmp_path):
    path = tmp_path / "weights.npz"
    for pause in (0.02, 0.031, 0.043):
        command = [sys.executable, "-c", ENDLESS, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout.readline() == "ready\n"
            while not path.exists():
                assert writer.poll() is None
            time.sleep(pause)
            writer.kill()
        (values,) = {len(set(array.ravel())) for array in read_arrays(path).values()}
        assert values == 1
        assert all(p == path or p.suffix == ".part" for p in tmp_path.iterdir())


@pytest.fixture
def full_disk():
    """No file of this process may grow beyond 2,000 bytes."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, before)


WRITERS = {
    "weights": ("weights.npz", lambda path: save_weights(network(1), path)),
    "submission": ("submission.csv", lambda path: write_submission(path, [1] * 5000)),
    "notebook": ("lesson.ipynb", lambda path: write_whole(path, "x" * 5000)),
}
every_writer = pytest.mark.parametrize(("name", "write"), WRITERS.values(), ids=WRITERS)


@every_writer
def test_a_full_disk_leaves_what_was_there(tmp_path, full_disk, name, write):
    path = tmp_path / name
    replaced = name != "submission.csv"
    if replaced:
        path.write_bytes(b"before")
    with pytest.raises(OSError, match="File too large"):
        write(path)
    assert [p.name for p in tmp_path.iterdir()] == ([name] if replaced else [])
    assert not replaced or path.read_bytes() == b"before"


@every_writer
def test_nothing_is_written_through_a_link(tmp_path, monkeypatch, name, write):
    """Neither where the file goes, nor where a name of its own could be guessed."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / name).symlink_to(victim)
    for guess in (f"{name}.part", f"{name}-{'00' * 8}.part"):
        (folder / guess).symlink_to(victim)
    monkeypatch.setattr("secrets.token_hex", lambda n: "00" * n)
    with pytest.raises(FileExistsError):
        write(folder / name)
    assert victim.read_text() == "mine"
    assert len(list(folder.iterdir())) == 3  # what is not ours is not removed either
    monkeypatch.undo()
    if name == "submission.csv":
        with pytest.raises(FileExistsError, match="is there already, and is not replaced"):
            write(folder / name)
    else:
        write(folder / name)
        assert not (folder / name).is_symlink()
    assert victim.read_text() == "mine"


def test_a_file_keeps_its_permissions_and_a_new_one_has_the_usual(tmp_path):
    def mode(path):
        return stat.S_IMODE(path.stat().st_mode)

    usual = tmp_path / "usual"
    usual.write_bytes(b"")
    path = tmp_path / "private"
    write_whole(path, b"1")
    assert mode(path) == mode(usual)
    path.chmod(0o600)
    with whole_file(path) as file:
        (part,) = tmp_path.glob("*.part")
        assert mode(part) == 0o600  # from its first byte on
        file.write(b"2")
    assert mode(path) == 0o600
    assert path.read_bytes() == b"2"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_after_an_error_nothing_has_changed(tmp_path, error):
    path = tmp_path / "file"
    path.write_text("before")

    def stop_halfway():
        with whole_file(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        stop_halfway()
    assert path.read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_ctrl_c_while_a_file_is_opened_leaves_nothing_beside_it(tmp_path, monkeypatch):
    opened = []

    def interrupted(*arguments):
        opened.append(open(*arguments))  # noqa: SIM115
        signal.raise_signal(signal.SIGINT)
        return opened[0]

    monkeypatch.setattr(_disk, "open", interrupted, raising=False)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            write_whole(tmp_path / "file", b"content")
    finally:
        signal.signal(signal.SIGINT, before)
        opened[0].close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("replace", "move"), [(True, "replace"), (False, "link")])
def test_all_of_a_file_is_on_the_disk_before_it_is_moved_to_its_place(
    tmp_path, monkeypatch, replace, move
):
    done, path = [], tmp_path / "file"
    fsync, moved = os.fsync, getattr(os, move)

    def record_fsync(descriptor):
        fsync(descriptor)
        done.append(("fsync", os.fstat(descriptor).st_size))

    def record_move(source, target):
        done.append((move, os.stat(source).st_size))
        moved(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, move, record_move)
    with whole_file(path, replace) as file:
        file.write(b"content")
    assert done == [("fsync", 7), (move, 7)]


def test_where_there_are_no_hard_links_a_file_is_still_not_replaced(tmp_path, monkeypatch):
    def link(source, target):
        raise PermissionError("this file system knows none")

    monkeypatch.setattr(os, "link", link)
    write_submission(tmp_path / "first.csv", [1])
    with pytest.raises(FileExistsError, match=r"first\.csv is there already"):
        write_submission(tmp_path / "first.csv", [2])
    assert (tmp_path / "first.csv").read_text() == "ImageId,Label\n1,1\n"
    assert len(list(tmp_path.iterdir())) == 1
    (tmp_path / "link.csv").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError, match=r"link\.csv is there already"):
        write_submission(tmp_path / "link.csv", [3])
    assert (tmp_path / "link.csv").is_symlink()


def test_a_missing_folder_is_an_error_and_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        save_weights(network(1), tmp_path / "nowhere" / "weights.npz")
    assert list(tmp_path.iterdir()) == []


def test_text_is_written_as_it_is(tmp_path):
    write_whole(tmp_path / "text", "a\r\né\n")
    assert (tmp_path / "text").read_bytes() == "a\r\né\n".encode()


def test_two_trainings_that_share_a_checkpoint_leave_a_whole_one(tmp_path):
    path, X = tmp_path / "run.npz", np.ones((4, 50), np.float32)

    def run(value):
        options = {"callbacks": [Checkpoint(path)], "rng": value, "progress": False}
        target = np.full((4, 40), value, np.float32)
        fit(network(0), X, target, "mean_squared_error", Adam(0.1), 15, 2, **options)

    threads = [threading.Thread(target=run, args=(value,)) for value in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = load_checkpoint(path, network(0), Adam(0.1), rng=np.random.default_rng(0))
    assert len(history) == 15


# -- reading, and names -----------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 1 << 16, (1 << 16) + 1, 200_000])
def test_fill_says_how_many_bytes_came(tmp_path, size):
    content = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
    (tmp_path / "file").write_bytes(content.tobytes())
    for room in (size, size + 5, max(size - 1, 0)):
        array = np.zeros(room, np.uint8)
        with open(tmp_path / "file", "rb") as file:
            assert fill(array, file) == min(room, size)
        np.testing.assert_array_equal(array[:size], content[:room])
        assert not array[size:].any()


def test_native_turns_bytes_where_that_is_needed():
    for dtype in ("<i4", ">i4"):
        array = np.arange(3, dtype=dtype)
        assert native(array).dtype.isnative
        assert native(np.arange(3, dtype=dtype)).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.npz", "plain name.npz"),
        ("Grüße 数字", "Grüße 数字"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb\tc\x9b", "a\\nb\\tc\\x9b"),
        ("\u202ereversed", "\\u202ereversed"),
        ("\udcff", "\\udcff"),
        ("x" * 400, "x" * 297 + "..."),
        (None, "None"),
    ],
)
def test_printable(text, shown):
    assert printable(text) == shown


def test_listed():
    assert listed("abc") == "a, b, c"
    assert listed(map(str, range(8))) == "0, 1, 2, 3, 4, 5, 6, 7"
    assert listed(map(str, range(9))) == "0, 1, 2, 3, 4, 5, 6, 7 and 1 more"
    assert listed([]) == "none"
    assert listed(["x" * 100, "\x1b"]) == "x" * 37 + "..., \\x1b"


def test_the_folder_s_strange_names_are_written_out(tmp_path):
    (tmp_path / "red\x1b[31m").touch()
    with pytest.raises(FileNotFoundError, match=r"which holds red\\x1b\[31m\. Expected") as caught:
        load_mnist(tmp_path)
    assert str(caught.value).isprintable()
