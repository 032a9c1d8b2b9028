"""Files from strangers: whatever stands in one, a loader answers rightly or with one kind of error.

Thousands of damaged and crafted files are given to every function of the package that reads one.
Each answer must be the right one, or a ValueError that fits on a screen; it must come within a
second and 100 MB, whatever the file says of itself, and nothing else may have changed.
"""

import bz2
import contextlib
import csv
import gc
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import time
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils import (
    Adam,
    BatchNorm,
    Dense,
    EarlyStopping,
    History,
    Sequential,
    checkpoints,
    files,
    fit,
    load_checkpoint,
    load_digit_csv,
    load_mnist,
    load_network,
    load_scaler,
    load_weights,
    read_arrays,
    read_idx,
    save_checkpoint,
    save_weights,
    write_arrays,
    write_submission,
)
from course_utils._disk import whole_file
from course_utils.datasets import _digit_csv
from tests.datasets.idx_files import idx_bytes

SECONDS, MEGABYTES, CHARACTERS = 1.0, 100, 2500
MANY = settings(
    max_examples=250,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
FEW = settings(MANY, max_examples=60)
X = np.random.default_rng(0).normal(size=(12, 2)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


# -- what every answer must be ----------------------------------------------------------------


class Loader(NamedTuple):
    """A function that reads a file, and all that a test needs to judge its answer.

    `write(folder)` makes a good file and answers its path; `fresh()` makes what the function
    changes, `load(path, *objects)` calls it, and `facts(objects)` is all that may not change when
    it fails. `reference(path)` reads a file that carries no checksum in another way.
    """

    write: Callable[[Path], Path]
    load: Callable[..., Any]
    fresh: Callable[[], tuple] = tuple
    facts: Callable[[tuple], Any] = lambda objects: None
    reference: Callable[[Path], Any] | None = None


@contextlib.contextmanager
def within_limits():
    """At most a second of this thread's own work, and 100 MB beside what was there.

    The collector of garbage waits meanwhile: it walks over all objects of all tests, which took
    0.7 s of the second where it happened to be due while a file was read.
    """
    collecting = gc.isenabled()
    gc.disable()
    tracemalloc.start()
    start = time.thread_time()
    try:
        yield
    finally:  # also where an error is the answer
        seconds = time.thread_time() - start
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        if collecting:
            gc.enable()
        assert peak < MEGABYTES * 1e6
        assert seconds < SECONDS


def as_text(value):
    """A value of any kind, as text that is equal where the values are, to the last bit."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}{np.ascontiguousarray(value).tobytes().hex()}"
    if isinstance(value, dict):
        return str({key: as_text(one) for key, one in value.items()})
    if isinstance(value, list | tuple):
        return str([as_text(one) for one in value])
    if hasattr(value, "to_numpy"):
        return str(list(value.columns)) + as_text(value.to_numpy())
    return repr(value)


def judge(loader, path, original=None):
    """Let a loader read a file, and hold its answer to all that is promised.

    Returns
    -------
    str or None
        The message of the error, None for an answer.
    """
    objects = loader.fresh()
    before = as_text(loader.facts(objects))
    there = sorted(path.parent.iterdir())
    try:
        with within_limits():
            value = loader.load(path, *objects)
    except ValueError as error:
        kind, message = type(error), str(error)
    else:
        kind = message = None
    if kind:
        assert kind is ValueError
        assert 10 < len(message) < CHARACTERS
        assert message.isprintable()
        assert as_text(loader.facts(objects)) == before
    elif loader.reference is not None or original is not None:
        answer = as_text(value if value is not None else loader.facts(objects))
        assert answer == (as_text(loader.reference(path)) if loader.reference else original)
    assert sorted(path.parent.iterdir()) == there
    return message


# -- the loaders ------------------------------------------------------------------------------


def small_network(seed=0):
    return Sequential(Dense(2, 3, rng=seed), BatchNorm(3), Dense(3, 2, rng=seed), output="softmax")


def network_facts(objects):
    network = objects[0]
    return [network.theta, dict(network.state)]


def training(seed=0):
    network, stop = small_network(seed), EarlyStopping(patience=9)
    return network, Adam(0.01), [stop], np.random.default_rng(seed)


def training_facts(objects):
    _, optimizer, (stop,), rng = objects
    remembered = [getattr(stop, name) for name in stop.remembers]
    memory = [optimizer.steps, optimizer.lr, optimizer.state, rng.bit_generator.state]
    return [*network_facts(objects), *memory, remembered]


def go_on(network, optimizer, callbacks, rng, history=None):
    options = {"validation": (X, Y), "callbacks": callbacks, "rng": rng, "history": history}
    epochs = 2 if history is None else len(history) + 1
    return fit(network, X, Y, "softmax_cross_entropy", optimizer, epochs, 5, **options)


def write_checkpoint(folder, name="run.npz"):
    network, optimizer, callbacks, rng = training(5)
    history = go_on(network, optimizer, callbacks, rng)
    save_checkpoint(folder / name, network, optimizer, history, callbacks, rng)
    return folder / name


def written(function, name):
    def write(folder):
        function(folder / name)
        return folder / name

    return write


def textbook_arrays():
    rng = np.random.default_rng(1)
    shapes = {"W1": (3, 4), "b1": (4,), "W2": (4, 2), "b2": (2,), "W3": (2, 2), "b3": (2,)}
    arrays = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return {**arrays, "x_min": np.zeros(3), "x_range": np.ones(3)}


IMAGES = np.random.default_rng(2).integers(0, 256, (2, 28, 28), dtype=np.uint8)


def write_mnist(folder):
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx_bytes(IMAGES))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(idx_bytes(np.array([3, 7], np.uint8)), mtime=0)
        )
    return folder / "train-labels-idx1-ubyte.gz"


def idx_reference(path):
    """What stands in a plain IDX file of bytes, taken from its end."""
    content = path.read_bytes()
    shape = struct.unpack(f">{content[3]}I", content[4 : 4 + 4 * content[3]])
    kind = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}[content[2]]
    values = np.frombuffer(content[4 + 4 * content[3] :], kind).reshape(shape)
    return values.astype(values.dtype.newbyteorder("="))


def write_csv(path):
    names = ["label", *(f"pixel{k}" for k in range(784))]
    rows = [[7, *range(0, 250), *[0] * 534], [0, *[255] * 784]]
    with open(path, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows])


def csv_reference(path):
    """The same table by Python's own reader and integers."""
    text = path.read_bytes().decode("utf-8-sig", "backslashreplace")
    names, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if "".join(row)]
    values = np.array([[int(float(cell)) for cell in row] for row in rows], np.uint8)
    return pd.DataFrame(values, columns=names)[["label", *(f"pixel{k}" for k in range(784))]]


WEIGHTS = written(lambda path: save_weights(small_network(3), path), "weights.npz")
TEXTBOOK = written(lambda path: write_arrays(path, textbook_arrays()), "textbook.npz")
LOADERS = {
    "load_weights": Loader(
        WEIGHTS,
        lambda path, network: load_weights(network, path) and None,
        lambda: (small_network(),),
        network_facts,
    ),
    "read_arrays": Loader(WEIGHTS, read_arrays),
    "load_network": Loader(TEXTBOOK, load_network),
    "load_scaler": Loader(TEXTBOOK, load_scaler),
    "load_checkpoint": Loader(
        write_checkpoint,
        lambda path, *objects: load_checkpoint(path, *objects) and None,
        training,
        training_facts,
    ),
    "read_idx": Loader(
        written(lambda path: path.write_bytes(idx_bytes(IMAGES)), "images-idx3-ubyte"),
        read_idx,
        reference=idx_reference,
    ),
    "read_idx gzip": Loader(
        written(lambda path: path.write_bytes(gzip.compress(idx_bytes(IMAGES), mtime=0)), "x.gz"),
        read_idx,
    ),
    "load_mnist": Loader(write_mnist, lambda path: load_mnist(path.parent)),
    "load_digit_csv": Loader(
        written(write_csv, "train.csv"), load_digit_csv, reference=csv_reference
    ),
}
every_loader = pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """For each loader a good file's path, its bytes, and the right answer as text."""
    known = {}

    def make(loader):
        if loader not in known:
            path = loader.write(tmp_path_factory.mktemp("good"))
            objects = loader.fresh()
            value = loader.load(path, *objects)
            answer = as_text(value if value is not None else loader.facts(objects))
            known[loader] = path, path.read_bytes(), answer
        return known[loader]

    return make


@every_loader
def test_a_good_file_is_read_within_the_limits(loader, good):
    path, content, answer = good(loader)
    path.write_bytes(content)
    assert judge(loader, path, answer) is None


# -- damage -----------------------------------------------------------------------------------

PIECES = [b"", b"\0" * 9, b"\xff" * 9, b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06"]
PIECES += [b'"', b",", b"\n", b"\r", b"{", b"}", b"(", b"'", b"1" * 30, b"\x1b[31m", b"\x93NUMPY"]
spans = st.tuples(st.integers(0, 2**20), st.integers(0, 40))
edits = st.one_of(
    st.tuples(st.just("flip"), spans, st.integers(1, 255)),
    st.tuples(st.just("put"), spans, st.sampled_from(PIECES) | st.binary(max_size=12)),
    st.tuples(st.just("copy"), spans, st.integers(0, 2**20)),
    st.tuples(st.just("cut"), spans, st.none()),
)


def damaged(content, changes):
    content = bytearray(content)
    for kind, (start, length), what in changes:
        start %= len(content) + 1
        if kind == "flip" and content:
            content[start % len(content)] ^= what
        elif kind == "put":
            content[start : start + length] = what
        elif kind == "copy":
            there = what % (len(content) + 1)
            content[there:there] = content[start : start + length]
        elif kind == "cut":
            del content[start:]
    return bytes(content)


@every_loader
@MANY
@given(changes=st.lists(edits, min_size=1, max_size=4))
def test_a_damaged_file_is_refused_or_read_rightly(loader, good, changes):
    path, content, answer = good(loader)
    path.write_bytes(damaged(content, changes))
    judge(loader, path, answer)


@every_loader
@FEW
@given(content=st.binary(max_size=300))
def test_whatever_bytes_there_are(loader, good, content):
    path, _, answer = good(loader)
    path.write_bytes(content)
    assert judge(loader, path, answer) is not None


# -- .npz files that a stranger made ----------------------------------------------------------


def header(dtype="<f4", shape="(3,)", order=False, version=(1, 0), padding=1, text=None):
    """The first bytes of an array as NumPy writes them, right or wrong."""
    if text is None:
        text = f"{{'descr': {dtype!r}, 'fortran_order': {order}, 'shape': {shape}, }}"
    text = text.encode("latin1", "replace") + b" " * padding + b"\n"
    size = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + size + text


def archive(members, comment=b""):
    """A zip archive of (name, content, method); what stands twice, stands there twice."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content, method in members:
            packed.writestr(zipfile.ZipInfo(name), content, method)
        packed.comment = comment
    return file.getvalue()


names = st.sampled_from(["W1.npy", "b1.npy", "W2.npy", "x", "../up.npy", "\x1b[31m.npy", ".npy"])
methods = st.sampled_from(
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
dtypes = st.sampled_from(
    ["<f4", ">f4", "<f8", "<f2", "|u1", "<i8", "|b1", "|O", "<c8", "<U3", "<M8[s]", "<f16", "V8"]
)
SHAPES = ["()", "(3,)", "(2, 3)", "(-1,)", "(0, 10**9)", "(0,)", "(3.0,)", "(True,)", "3", "[3]"]
SHAPES += ["(1000000000, 1000000000)", f"({'1,' * 70})", "('3',)", "(None,)", "(0, 1000000000)"]
TEXTS = [
    "",
    "{",
    "(" * 90,
    "[" * 9000,
    "{'descr': '<f4'}",
    "0x",
    "'\\",
    "{'shape': (3L,)}",
    "1if 1",
]
TEXTS += ["{'descr': '<f4', 'fortran_order': False, 'shape': (3L,), }", "\x1b", "9" * 9000]
shapes, texts = st.sampled_from(SHAPES), st.sampled_from(TEXTS)
headers = st.one_of(
    st.builds(header, dtypes, shapes, st.booleans(), st.sampled_from([(1, 0), (2, 0), (3, 0)])),
    st.builds(header, text=texts, version=st.sampled_from([(1, 0), (2, 0), (9, 9)])),
)
contents = st.tuples(headers, st.sampled_from([0, 4, 12, 24, 4096])).map(
    lambda pair: pair[0] + b"\0" * pair[1]
)
archives = st.lists(st.tuples(names, contents, methods), max_size=3)


@MANY
@given(members=archives, comment=st.binary(max_size=3), changes=st.lists(edits, max_size=1))
def test_a_crafted_archive_is_refused_or_read_as_numpy_reads_it(tmp_path_factory, **drawn):
    path = tmp_path_factory.mktemp("crafted") / "weights.npz"
    content = damaged(archive(drawn["members"], drawn["comment"]), drawn["changes"])
    path.write_bytes(content)
    message = judge(Loader(WEIGHTS, read_arrays), path)
    if message is None:
        with np.load(path, allow_pickle=False) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a header that Python 2 wrote
            expected = {name: np.asarray(file[name]) for name in file.files}
        assert as_text(read_arrays(path)) == as_text(
            {name: array.astype(array.dtype.newbyteorder("=")) for name, array in expected.items()}
        )
    for name in ("load_weights", "load_network", "load_checkpoint"):
        assert judge(LOADERS[name], path) is not None


PLAIN = header() + np.arange(3, dtype="<f4").tobytes()


def stored(*members):
    return archive([(name, content, zipfile.ZIP_STORED) for name, content in members])


BOMB = 150 << 20  # bytes


def bomb(name="W1.npy", shape=f"({BOMB},)"):
    """A small archive whose one array is large."""
    content = header("|u1", shape) + bytes(BOMB)
    return archive([(name, content, zipfile.ZIP_DEFLATED)])


def patched(content, signature, offset, new):
    """An archive with other bytes at an offset of every record of a kind."""
    content, start = bytearray(content), 0
    while (start := content.find(signature, start)) >= 0:
        content[start + offset : start + offset + len(new)] = new
        start += 4
    return bytes(content)


LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
WRONG_METHOD = patched(patched(stored(("W1.npy", PLAIN)), LOCAL, 8, b"\x63"), CENTRAL, 10, b"\x63")
ENCRYPTED = patched(patched(stored(("W1.npy", PLAIN)), LOCAL, 6, b"\1"), CENTRAL, 8, b"\1")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            stored(("notes.txt", b"hi")),
            "a zip archive (its first file is 'notes.txt'), and no .npz",
        ),
        (stored(("[Content_Types].xml", b"")), "an Office document, such as .xlsx, and no .npz"),
        (stored(("W1.npy", PLAIN), ("notes.txt", b"")), "and no .npz file: notes.txt in it is no"),
        (stored(("W1.npy", PLAIN), ("W1.npy", PLAIN)), "holds W1.npy twice"),
        (archive([("W1.npy", PLAIN, zipfile.ZIP_BZIP2)]), "W1.npy is packed as np.savez never"),
        (archive([("W1.npy", PLAIN, zipfile.ZIP_LZMA)]), "W1.npy is packed as np.savez never"),
        (WRONG_METHOD, "W1.npy is packed as np.savez never packs it"),
        (ENCRYPTED, "W1.npy is encrypted; write it with np.savez"),
        (stored(("W1.npy", PLAIN[:-1])), "W1 should take 12 bytes by its header, shape (3,), and"),
        (stored(("W1.npy", PLAIN + b"!")), "and takes 13; the file is damaged"),
        (stored(("W1.npy", header("|O"))), "W1 holds object, not real numbers"),
        (stored(("W1.npy", header("<c8"))), "W1 holds complex64, not real numbers"),
        (stored(("W1.npy", header("|b1") + b"\1\1\1")), "W1 holds bool, not real numbers"),
        (stored(("W1.npy", header(version=(3, 0)))), "W1 holds no plain numbers (format (3, 0))"),
        (stored(("W1.npy", header(shape="(-1, -3)") + bytes(12))), "W1 should take 12 bytes"),
        (
            stored(
                ("W1.npy", header(shape="(3L")),
            ),
            "can't be read as arrays of numbers",
        ),
        (
            stored(("W1.npy", b"\x93NUMPY\2\0\xff\xff\xff\xff")),
            "can't be read as arrays of numbers",
        ),
        (stored(*[(f"{'n' * 100}{k}.npy", b"") for k in range(20_000)]), "has a directory of"),
        (patched(stored(("W1.npy", PLAIN)), b"PK\5\6", 10, b"\2"), "it has 1 of its 2 arrays"),
        (b"\x93NUMPY\1\0", "is not a whole .npz file; it is a NumPy array (.npy)"),
        (b"<html>", "is not a whole .npz file; it is a web page (HTML)"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "file",
)
def test_what_is_wrong_with_an_archive_is_said(tmp_path, content, message):
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    for name in ("read_arrays", "load_weights", "load_network", "load_checkpoint"):
        assert message in judge(LOADERS[name], path)


def test_what_unpacks_to_more_than_is_expected_is_not_unpacked(tmp_path):
    path = tmp_path / "weights.npz"
    path.write_bytes(bomb())
    assert path.stat().st_size < 400_000
    message = judge(LOADERS["load_weights"], path)
    assert "missing: W3, b1, b3, beta2, gamma2, running_mean1, running_var1; not" in message
    assert "missing: W2, W3, b1" in judge(LOADERS["load_network"], path)
    assert "is not a checkpoint" in judge(LOADERS["load_checkpoint"], path)
    limited = Loader(WEIGHTS, lambda path: read_arrays(path, most=1 << 20))
    message = "holds arrays of 157,286,400 bytes, and 1,048,576 are allowed"
    assert message in judge(limited, path)
    network = small_network()
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as more:
        for name in {*network.params, *network.state} - {"W1"}:
            more.writestr(f"{name}.npy", PLAIN)
    assert "W1 has shape (157286400,); the network takes (2, 3)" in judge(
        LOADERS["load_weights"], path
    )


class Trace:
    """An object that leaves a folder behind when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture(params=[0, 2, pickle.HIGHEST_PROTOCOL])
def pickled(request, tmp_path):
    """A pickle, which leaves a trace; and none has been left when the test is over."""
    trace = tmp_path / "trace"
    content = pickle.dumps(Trace(trace), request.param)
    pickle.loads(content)
    trace.rmdir()
    yield content
    assert not trace.exists()


@every_loader
def test_a_pickle_is_never_loaded_whatever_it_is_called(loader, good, pickled):
    path, *_ = good(loader)
    of_objects = header("|O", "(1,)") + pickled
    for content in (
        *(pickled, gzip.compress(pickled), of_objects),
        *(stored((f"{name}.npy", pickled)) for name in ("W1", "facts")),
        *(stored((f"{name}.npy", of_objects)) for name in ("W1", "facts")),
    ):
        path.write_bytes(content)
        assert judge(loader, path) is not None


def test_arrays_of_more_than_a_gibibyte_must_be_allowed(tmp_path):
    size = (1 << 30) + 1
    start = header("|u1", f"({size},)")
    content = archive([("W1.npy", start, zipfile.ZIP_DEFLATED)])
    told = struct.pack("<I", len(start) + size)
    (tmp_path / "weights.npz").write_bytes(patched(content, CENTRAL, 24, told))
    message = judge(LOADERS["read_arrays"], tmp_path / "weights.npz")
    assert "holds arrays of 1,073,741,825 bytes, and 1,073,741,824 are allowed" in message
    assert "read_arrays(path, most=" in message
    with pytest.raises(ValueError, match="W1 is cut off"):
        read_arrays(tmp_path / "weights.npz", most=1 << 31)


def test_more_than_a_gibibyte_of_an_idx_file_must_be_allowed(tmp_path):
    """Its header says so, and it could be so packed; it is not, and that is found out then."""
    path = tmp_path / "train-labels-idx1-ubyte.gz"
    start = struct.pack(">HBBI", 0, 8, 1, (1 << 30) + 1)
    path.write_bytes(gzip.compress(start + np.random.default_rng(0).bytes(1_100_000), 1))
    message = judge(LOADERS["read_idx gzip"], path)
    assert "promises 1,073,741,825 bytes" in message
    assert "and 1,073,741,824 are allowed" in message
    assert "read_idx(path, most=" in message
    with pytest.raises(ValueError, match="the file has only 1,100,000"):
        read_idx(path, most=1 << 31)


def test_a_network_larger_than_the_limit_for_strangers_is_read(tmp_path, monkeypatch):
    """What is expected needs no limit: VGG16 in float64 has more than a GiB."""
    path = write_checkpoint(tmp_path)
    save_weights(small_network(), tmp_path / "weights.npz")
    monkeypatch.setattr(files.read_arrays, "__defaults__", (None, 50))
    monkeypatch.setattr(files.read_open, "__defaults__", (None, 50, None))
    with pytest.raises(ValueError, match="and 50 are allowed"):
        read_arrays(tmp_path / "weights.npz")
    load_weights(small_network(), tmp_path / "weights.npz")
    assert len(load_checkpoint(path, *training())) == 2


def test_facts_that_unpack_to_more_than_a_history_takes_are_not_unpacked(tmp_path):
    path = tmp_path / "run.npz"
    path.write_bytes(bomb("facts.npy"))
    assert "its facts must be at most 8,388,608 bytes" in judge(LOADERS["load_checkpoint"], path)


def test_many_headers_take_no_time(tmp_path):
    """With 2,000, as long as NumPy reads them, 400 KB took half a minute; here are 200 of them."""
    path = tmp_path / "weights.npz"
    long = header(shape=f"({'0,' * 4800})")
    path.write_bytes(archive([(f"{k}.npy", long, zipfile.ZIP_DEFLATED) for k in range(200)]))
    message = "can't be read as arrays of numbers"
    for name in ("read_arrays", "load_weights", "load_network", "load_checkpoint"):
        assert message in judge(LOADERS[name], path)
    path.write_bytes(stored(*[(f"{k}.npy", header(shape="(0,)")) for k in range(4000)]))
    for name in ("read_arrays", "load_weights", "load_network", "load_checkpoint"):
        assert "has a directory of" in judge(LOADERS[name], path)


def test_an_array_of_many_dimensions_is_read(tmp_path):
    array = np.ones((1,) * 64)
    np.savez(tmp_path / "x.npz", array=array)
    assert read_arrays(tmp_path / "x.npz")["array"].shape == array.shape


def test_a_directory_that_lies_about_sizes_is_found_out(tmp_path):
    """It says 24 bytes where deflate has 150 MB, or the reverse."""
    path = tmp_path / "weights.npz"
    small = struct.pack("<I", len(header("|u1", "(24,)")) + 24)
    lying = patched(bomb(shape="(24,)"), CENTRAL, 24, small)
    path.write_bytes(lying)
    assert "can't be read as arrays of numbers" in judge(LOADERS["read_arrays"], path)
    large = struct.pack("<I", len(header("|u1", f"({1 << 29},)")) + (1 << 29))
    content = archive([("W1.npy", header("|u1", f"({1 << 29},)"), zipfile.ZIP_DEFLATED)])
    path.write_bytes(patched(content, CENTRAL, 24, large))
    unknown = Loader(WEIGHTS, lambda path: read_arrays(path, most=1 << 30))
    with pytest.raises(ValueError, match=r"weights\.npz"):
        unknown.load(path)


@pytest.mark.parametrize("dtype", [">f4", ">f8", "<f2", "|u1", ">i8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_other_types_and_orders_are_read(tmp_path, dtype, order):
    array = np.arange(6).reshape(2, 3).astype(dtype, order=order)
    for write in (np.savez, np.savez_compressed):
        write(tmp_path / "x.npz", a=array, scalar=array[0, 0], nothing=array[:0])
        arrays = read_arrays(tmp_path / "x.npz")
        np.testing.assert_array_equal(arrays["a"], array)
        assert all(one.dtype == np.dtype(dtype).newbyteorder("=") for one in arrays.values())
        assert [one.shape for one in arrays.values()] == [(2, 3), (), (0, 3)]


def test_a_number_that_the_network_can_t_hold_is_refused(tmp_path):
    network = small_network()
    arrays = {name: array.astype(np.float64) for name, array in network.params.items()}
    arrays |= dict(network.state)
    arrays["b3"][1] = 1e300
    write_arrays(tmp_path / "weights.npz", arrays)
    message = judge(LOADERS["load_weights"], tmp_path / "weights.npz")
    assert "b3 holds 1e+300, which is too large for float32. Load it into network.astype" in message
    double = small_network().astype(np.float64)
    load_weights(double, tmp_path / "weights.npz")
    assert double.params["b3"][1] == 1e300


def test_a_variance_below_0_is_refused(tmp_path):
    network = small_network()
    network.state["running_var1"][0] = -0.5
    save_weights(network, tmp_path / "weights.npz")
    message = judge(LOADERS["load_weights"], tmp_path / "weights.npz")
    assert "running_var1 holds -0.5, and is never below 0" in message


def test_a_name_that_a_terminal_would_obey_is_written_out(tmp_path):
    path = tmp_path / "red\x1b[31m.npz"
    path.write_bytes(stored(("\x1b]0;title\x07.npy", PLAIN)))
    message = judge(LOADERS["load_weights"], path)
    assert "red\\x1b[31m.npz" in message
    assert "not expected: \\x1b]0;title\\x07" in message
    for load in (load_network, load_mnist, read_idx, load_digit_csv):
        for where in (tmp_path / "no\x1b[31m", path):
            with pytest.raises((ValueError, FileNotFoundError)) as caught:
                load(where)
            assert str(caught.value).isprintable()


ESCAPE = "\x1b]0;title\x07"
NAN = header() + np.full(3, np.nan, "<f4").tobytes()
PIXELS = [f"pixel{k}" for k in range(784)]
HOSTILE = {
    "nothing": b"",
    "an array": stored((f"{ESCAPE}.npy", PLAIN)),
    "in a group": stored((f"network/{ESCAPE}.npy", PLAIN), ("facts.npy", header("|u1", "(0,)"))),
    "no array": stored((f"{ESCAPE}.txt", b"")),
    "one more that is none": stored(("W1.npy", PLAIN), (f"{ESCAPE}.txt", b"")),
    "twice": stored(*2 * [(f"{ESCAPE}.npy", PLAIN)]),
    "packed otherwise": archive([(f"{ESCAPE}.npy", PLAIN, zipfile.ZIP_LZMA)]),
    "format": stored((f"{ESCAPE}.npy", header(version=(3, 0)))),
    "objects": stored((f"{ESCAPE}.npy", header("|O"))),
    "fields": stored((f"{ESCAPE}.npy", header([(ESCAPE, "<f4")]))),
    "header": stored((f"{ESCAPE}.npy", header(text=ESCAPE))),
    "cut off": stored((f"{ESCAPE}.npy", PLAIN[:-1])),
    "NaN": stored((f"{ESCAPE}.npy", NAN)),
    "values": idx_bytes(IMAGES)[:-1],
    "promises": idx_bytes(IMAGES)[:9] + b"\xff" * 9,
    "no numbers": idx_bytes(IMAGES)[:3] + ESCAPE.encode(),
    "columns": ",".join([ESCAPE, *PIXELS]).encode(),
    "one more column": ",".join([ESCAPE, "label", *PIXELS]).encode(),
    "some columns": ",".join(["label", *PIXELS, ESCAPE, ESCAPE]).encode(),
    "no rows": ",".join(["label", *PIXELS]).encode() + b"\n",
    "a cell": ",".join(["label", *PIXELS, "\n7", *[ESCAPE] * 784]).encode(),
    "few cells": ",".join(["label", *PIXELS, f"\n7,{ESCAPE}"]).encode(),
    "one cell": "\n".join([",".join(["label", *PIXELS]), ESCAPE]).encode(),
}


@every_loader
def test_no_message_holds_what_a_terminal_would_obey(tmp_path, loader):
    """Of hostile names in hostile folders, whatever is wrong with the file."""
    folder = tmp_path / ESCAPE
    folder.mkdir()
    path = folder / f"{ESCAPE}.npz"

    def said():
        try:
            loader.load(path, *loader.fresh())
        except (ValueError, FileNotFoundError) as error:
            return str(error)
        return ""  # read_arrays takes any name

    messages = [said()]
    for content in HOSTILE.values():
        path.write_bytes(content)
        messages.append(said())
    path.unlink()
    path.mkdir()
    messages.append(said())
    assert [message for message in messages if not message.isprintable()] == []


def test_no_message_of_a_folder_or_of_a_writer_does(tmp_path, monkeypatch):
    folder = tmp_path / ESCAPE
    folder.mkdir()
    path = folder / ESCAPE

    def link(source, target):
        raise PermissionError("this file system knows none")

    def said(function, *arguments):
        with pytest.raises((ValueError, OSError)) as caught:
            function(*arguments)
        return str(caught.value)

    messages = [said(load_mnist, path), said(load_mnist, folder)]
    path.write_bytes(b"")
    messages += [said(load_mnist, path), said(load_mnist, folder)]
    messages += [said(save_weights, small_network(), path), said(write_submission, path, [1])]
    monkeypatch.setattr(os, "link", link)
    with pytest.raises(FileExistsError) as caught, whole_file(path, replace=False) as file:
        file.write(b"content")
    messages.append(str(caught.value))
    for split in ("letters", "digits"):
        (folder / f"emnist-{split}-test-labels-idx1-ubyte").write_bytes(b"")
    messages += [said(load_mnist, folder), said(load_mnist, folder, "letters")]
    assert len(set(messages)) == len(messages)
    assert [message for message in messages if not message.isprintable()] == []


# -- checkpoints whose facts a stranger wrote -------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


def places(value, way=()):
    """The way to every value within a value."""
    yield way
    if isinstance(value, dict | list):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield from places(value[key], (*way, key))


def changed(facts, way, new):
    """Facts with another value at one place; without what stands there, if that is None."""
    if not way:
        return new
    facts = json.loads(json.dumps(facts))
    parent = facts
    for key in way[:-1]:
        parent = parent[key]
    if new == "delete":
        del parent[way[-1]]
    else:
        parent[way[-1]] = new
    return facts


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A good checkpoint's path, its facts and its other arrays."""
    path = write_checkpoint(tmp_path_factory.mktemp("facts"))
    arrays = read_arrays(path)
    return path, json.loads(arrays.pop("facts").tobytes()), arrays


def put(path, facts, arrays):
    text = json.dumps(facts).encode()
    np.savez(path, **arrays, facts=np.frombuffer(text, np.uint8))


def goes_on(path):
    """Whether a checkpoint is refused with a reason, or else trains on to the end of an epoch."""
    if judge(LOADERS["load_checkpoint"], path) is not None:
        return False
    objects = training()
    history = load_checkpoint(path, *objects)
    go_on(*objects, history=history)
    assert history.to_frame().shape[0] == len(history)
    return True


@MANY
@given(data=st.data())
def test_facts_of_a_stranger_are_refused_or_trained_on(checkpoint, data):
    path, facts, arrays = checkpoint
    for _ in range(data.draw(st.integers(1, 2))):
        way = data.draw(st.sampled_from(list(places(facts))))
        facts = changed(facts, way, data.draw(values | st.just("delete")))
        if not isinstance(facts, dict):
            break
    put(path, facts, arrays)
    goes_on(path)


@settings(MANY, max_examples=150)
@given(
    name=st.integers(0, 2**20),
    what=st.sampled_from(["delete", "type", "shape", "negative", "name", "twice"]),
)
def test_arrays_of_a_stranger_are_refused_or_trained_on(checkpoint, name, what):
    path, facts, arrays = checkpoint
    name = sorted(arrays)[name % len(arrays)]
    arrays, array = dict(arrays), arrays[name]
    changes = {
        "type": lambda: array.astype(np.float64),
        "shape": lambda: array.reshape(1, *array.shape),
        "negative": lambda: -np.abs(array) - 1,
    }
    if what in changes:
        arrays[name] = changes[what]()
    if what in ("delete", "name"):
        del arrays[name]
    if what in ("name", "twice"):
        arrays[f"{name}x"] = array
    put(path, facts, arrays)
    never = ("running_var", "sum_of_squares")
    allowed = what == "negative" and not any(word in name for word in never)
    allowed |= what == "type" and array.dtype == np.float64
    assert goes_on(path) == allowed


@pytest.mark.parametrize(
    ("way", "new", "message"),
    [
        (("steps",), "6", "steps must be 0 or more; got 6"),
        (("steps",), -1, "steps must be 0 or more; got -1"),
        (("steps",), 0, "holds something of what the optimizer remembers after 0 steps"),
        (("rate",), -0.01, "the rate must be above 0; got -0.01"),
        (("rate",), None, "the rate must be above 0; got None"),
        (("rate",), float("inf"), "the rate must be above 0; got inf"),
        (("history", "loss"), [1.0], "must have an entry an epoch, as loss has"),
        (("history", "learning_rate"), [], "learning_rate must have an entry an epoch"),
        (("history", "loss"), ["1.0", 2.0], "loss must be a list of numbers"),
        (("history", "stopped"), 3, "stopped must be text; got 3"),
        (("history", "more"), [], "the history must be loss, validation_loss"),
        (("generators", "fit", "state", "inc"), 2, "the state of the generator 'fit' is none"),
        (("generators", "fit", "state", "state"), -1, "the state of the generator 'fit' is none"),
        (("generators", "fit", "has_uint32"), 7, "the state of the generator 'fit' is none"),
        (("generators", "fit"), None, "the state of the generator 'fit' is none"),
        (("generators", "layer 9"), {}, "there must be a state for each of fit"),
        (("remembered",), [], "remembered must be a list of 1, one a callback"),
        (("remembered", 0, "best_epoch"), "1", "best_epoch must be an epoch of the history"),
        (("remembered", 0, "best_epoch"), 99, "best_epoch must be an epoch of the history"),
        (("remembered", 0, "best_value"), "low", "best_value must be a number once there is one"),
        (("remembered", 0, "best_value"), None, "best_value must be a number once there is one"),
        (("remembered", 0, "best_arrays"), 3, "holds an array callback 0/best_arrays/W1, and so"),
        (("remembered", 0, "best_arrays"), ["W1"], "holds an array callback 0/best_arrays/"),
        (("remembered", 0, "best_arrays", 0), "a", "holds an array callback 0/best_arrays/W1"),
        (("remembered", 0, "best_arrays", 0), "A", "lacks an array callback 0/best_arrays/A,"),
        (("remembered", 0, "more"), 1, "EarlyStopping must remember best_epoch"),
        (("remembered", 0, "best_value"), {}, "must be a number, text, null, or names of arrays"),
        ((), [], "its facts must be a JSON object; got []"),
        (("more",), 1, "its facts must be "),
        (("dtype",), "float64", "holds dtype: float64; got float32"),
        (("layers", 1), "BatchNorm()", "holds as layer 1: BatchNorm(); got BatchNorm(m"),
        (("optimizer",), "Adam()", "holds optimizer: Adam(); got Adam("),
        (("callbacks", 0), "EarlyStopping()", "holds callbacks: ['EarlyStopping()']; got ["),
        (("random generators", "fit"), "MT19937", "holds random generators: {'fit': 'MT19937'}"),
    ],
)
def test_what_is_wrong_with_facts_is_said(checkpoint, way, new, message):
    path, facts, arrays = checkpoint
    put(path, changed(facts, way, new), arrays)
    assert message in judge(LOADERS["load_checkpoint"], path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "its facts are no JSON"),
        (b"\xff\xfe", "its facts are no JSON"),
        (b"[" * 100_000, "its facts are no JSON: "),
        (b"1" * 9000, "its facts are no JSON: "),
        (b" " * 1_000_000, "its facts are no JSON"),
    ],
    ids=["empty", "no text", "deep", "long", "blank"],
)
def test_facts_that_are_no_json_are_refused(checkpoint, text, message):
    path, _, arrays = checkpoint
    np.savez(path, **arrays, facts=np.frombuffer(text, np.uint8))
    assert message in judge(LOADERS["load_checkpoint"], path)


def test_facts_that_are_a_pickle_are_never_loaded(checkpoint, pickled):
    path, _, arrays = checkpoint
    np.savez(path, **arrays, facts=np.frombuffer(pickled, np.uint8))
    assert "its facts are no JSON" in judge(LOADERS["load_checkpoint"], path)


@pytest.mark.parametrize(
    ("bits", "name", "place"),
    [
        (np.random.MT19937, "pos", ("generators", "fit", "state", "pos")),
        (np.random.Philox, "buffer_pos", ("generators", "fit", "buffer_pos")),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_generator_never_reads_beyond_its_buffer(tmp_path, bits, name, place):
    network, optimizer, callbacks, _ = training()
    rng = np.random.Generator(bits(0))
    save_checkpoint(tmp_path / "run.npz", network, optimizer, History(), callbacks, rng)
    arrays = read_arrays(tmp_path / "run.npz")
    facts = json.loads(arrays.pop("facts").tobytes())
    for position in (10**6, -1):
        put(tmp_path / "run.npz", changed(facts, place, position), arrays)
        with pytest.raises(ValueError, match="the state of the generator 'fit' is none"):
            load_checkpoint(tmp_path / "run.npz", network, optimizer, callbacks, rng)


def test_a_history_too_long_to_be_read_again_is_not_written(tmp_path):
    network, optimizer, callbacks, rng = training()
    history = History(loss=[0.123456789] * 700_000, learning_rate=[0.1] * 700_000)
    with pytest.raises(ValueError, match="a history of 700,000 epochs is too long"):
        save_checkpoint(tmp_path / "run.npz", network, optimizer, history, callbacks, rng)
    assert list(tmp_path.iterdir()) == []


# -- data files -------------------------------------------------------------------------------


def test_an_honest_header_of_a_large_idx_file_is_believed_up_to_a_limit(tmp_path):
    path = tmp_path / "train-labels-idx1-ubyte.gz"
    content = struct.pack(">HBBI", 0, 8, 1, BOMB) + bytes(BOMB)
    path.write_bytes(gzip.compress(content, 1))
    limited = Loader(WEIGHTS, lambda path: read_idx(path, most=1 << 20))
    assert "promises 157,286,400 bytes" in judge(limited, path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx_bytes(IMAGES))


def test_images_are_not_unpacked_where_they_are_not_as_many_as_their_labels(tmp_path):
    write_mnist(tmp_path)
    shape = (400_000, 28, 28)
    packed = gzip.compress(struct.pack(">HBB3I", 0, 8, 3, *shape) + bytes(313_600_000), 1)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(packed)
    message = judge(LOADERS["load_mnist"], tmp_path / "train-images-idx3-ubyte")
    assert "must have the same length; got 400000 and 2" in message


HEADER = ",".join(["label", *(f"pixel{k}" for k in range(784))]).encode() + b"\n"


@pytest.mark.parametrize(
    "start", [b"", b"1,2", b'"', b'"a\n'], ids=["bare", "cells", "quote", "rows"]
)
def test_a_line_of_a_gigabyte_is_not_read_whole(tmp_path, start):
    path = tmp_path / "train.csv"
    with open(path, "wb") as file:
        file.write(HEADER + (b"7," + b"0," * 783 + b"0\n") * 50 + start)
        file.truncate(1 << 30)  # a hole: zeros that take no room on the disk
    message = judge(LOADERS["load_digit_csv"], path)
    assert "train.csv, line 52: a row of more than 131,072 characters begins there" in message


def test_a_hole_of_terabytes_is_refused_as_any_other(tmp_path):
    path = tmp_path / "train.csv"
    with open(path, "wb") as file:
        file.write(HEADER + (b"7," + b"0," * 783 + b"0\n") * 50)
        try:
            file.truncate(1 << 43)
        except OSError:
            pytest.skip("this file system holds no such file")
    assert "line 52: a row of more than" in judge(LOADERS["load_digit_csv"], path)


@pytest.mark.parametrize("rows", [1, 99, 100, 101, 1234])
def test_a_table_longer_than_it_was_taken_for_is_read_whole(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(_digit_csv, "FIRST", 100 * 785)
    values = np.random.default_rng(0).integers(0, 10, (rows, 785), dtype=np.uint8)
    lines = (b",".join(b"%d" % value for value in row) for row in values)
    (tmp_path / "train.csv").write_bytes(HEADER + b"\n".join(lines))
    frame = load_digit_csv(tmp_path / "train.csv")
    np.testing.assert_array_equal(frame.to_numpy(), values)


def test_a_row_of_many_lines_is_not_read_whole(tmp_path):
    path = tmp_path / "train.csv"
    path.write_bytes(HEADER + b'"\n",' * 2_000_000)
    message = judge(LOADERS["load_digit_csv"], path)
    assert "line 2: a row of more than 131,072 characters begins there" in message


def test_spellings_of_a_number_without_end_take_no_memory(tmp_path):
    path = tmp_path / "train.csv"
    cells = [f"{k % 10}.{'0' * (1 + k % 100)}" for k in range(785 * 300)]
    rows = (",".join(cells[k : k + 785]) for k in range(0, len(cells), 785))
    path.write_bytes(HEADER + "\n".join(rows).encode())
    assert judge(LOADERS["load_digit_csv"], path) is None
    known = _digit_csv._Numbers()
    spellings = [f"{'0' * (k // 200)}7.{'0' * (k % 200)}" for k in range(20_000)]
    assert {known[spelling] for spelling in spellings} == {7}
    assert len(known) == 10_000


def test_columns_in_another_order_take_no_second_table(tmp_path):
    path = tmp_path / "train.csv"
    names = ["label", *(f"pixel{k}" for k in range(784))]
    rows = np.random.default_rng(0).integers(0, 10, (3000, 785), dtype=np.uint8)
    lines = [",".join(names[::-1]), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines))
    tracemalloc.start()
    frame = load_digit_csv(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(frame.to_numpy(), rows[:, ::-1])
    assert list(frame.columns) == names
    assert peak < 1.9 * rows.nbytes


@pytest.mark.parametrize("module", [bz2, lzma, gzip])
def test_packed_tables_are_named(tmp_path, module):
    path = tmp_path / "train.csv"
    path.write_bytes(module.compress(HEADER))
    assert "packed by" in judge(LOADERS["load_digit_csv"], path)


def test_a_checkpoint_that_is_replaced_while_it_is_read_is_read_as_it_was(tmp_path, monkeypatch):
    """Its facts and its arrays are of one file, though the next one comes between the two."""
    path = write_checkpoint(tmp_path)
    objects = training(5)
    expected = load_checkpoint(path, *objects), objects[0].theta.copy()
    later = training(5)
    load_checkpoint(path, *later)
    history = go_on(*later, history=load_checkpoint(path, *training(5)))
    read = checkpoints._read_facts

    def replaced_behind(file, name):
        facts = read(file, name)
        network, optimizer, callbacks, rng = later
        save_checkpoint(path, network, optimizer, history, callbacks, rng)
        return facts

    monkeypatch.setattr(checkpoints, "_read_facts", replaced_behind)
    objects = training()
    assert load_checkpoint(path, *objects) == expected[0]
    np.testing.assert_array_equal(objects[0].theta, expected[1])
    monkeypatch.undo()
    assert len(load_checkpoint(path, *training())) == len(expected[0]) + 1


def test_what_remembers_need_not_be_a_callback_of_ours(tmp_path):
    class Counter:
        remembers = ("count",)
        count = 0

        def __call__(self, network, history):
            self.count += 1

        def __repr__(self):
            return "Counter()"

    network, optimizer, _, rng = training()
    go_on(network, optimizer, [counter := Counter()], rng)
    save_checkpoint(tmp_path / "run.npz", network, optimizer, History(), [counter], rng)
    load_checkpoint(tmp_path / "run.npz", network, optimizer, [fresh := Counter()], rng)
    assert fresh.count == counter.count == 2


def test_a_checkpoint_without_the_best_arrays_that_it_is_to_restore_is_refused(checkpoint):
    path, facts, arrays = checkpoint
    kept = {name: array for name, array in arrays.items() if "best_arrays" not in name}
    put(path, changed(facts, ("remembered", 0, "best_arrays"), []), kept)
    message = judge(LOADERS["load_checkpoint"], path)
    assert "EarlyStopping: best_arrays must be those of the best epoch" in message
