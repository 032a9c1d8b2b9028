"""Reading, checking, splitting and scaling data."""

import bz2
import gzip
import io
import lzma
import re
import struct
import tarfile
import tracemalloc
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

from course_utils import (
    DATA_DIRECTORY,
    as_sequential,
    digit_frame,
    load_digit_csv,
    load_mnist,
    load_network,
    load_scaler,
    minimum_and_range,
    one_hot,
    read_idx,
    scale,
    split_and_scale,
    write_submission,
)
from course_utils.datasets.mnist import EMNIST_CLASSES
from tests.closeness import assert_close
from tools.folders import ROOT

COLUMNS = ["label", *(f"pixel{k}" for k in range(784))]


def words(value):
    """A test's name from what it expects: no bytes, since gzip's hold the time, and no backslash,
    which a second collection in one process would double."""
    text = re.sub(r"\W+", " ", value) if isinstance(value, str) else ""
    return text.strip()[:60] or "file"


def idx_bytes(array, type_code=0x08, shape=None):
    shape = array.shape if shape is None else shape
    return struct.pack(f">HBB{len(shape)}I", 0, type_code, len(shape), *shape) + array.tobytes()


@pytest.fixture
def small_mnist(tmp_path):
    """A directory with four valid files of two and one images."""
    rng = np.random.default_rng(0)
    for part, n in (("train", 2), ("t10k", 1)):
        images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        labels = np.arange(n, dtype=np.uint8)
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            path = tmp_path / f"{part}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(idx_bytes(array)))
    return tmp_path


@pytest.fixture
def digits():
    """Three rows as Kaggle gives them."""
    values = np.random.default_rng(0).integers(0, 256, (3, 785))
    values[:, 0] = [5, 0, 9]
    return pd.DataFrame(values, columns=COLUMNS)


# -- IDX ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "dtype"),
    [(0x08, ">u1"), (0x09, ">i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_read_idx_gives_the_values_in_native_byte_order(tmp_path, code, dtype, pack):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    path = tmp_path / "file"
    path.write_bytes(pack(idx_bytes(array, code)))
    result = read_idx(path)
    np.testing.assert_array_equal(result, array)
    assert result.dtype == np.dtype(dtype).newbyteorder("=")
    assert result.flags.writeable


GOOD = idx_bytes(np.arange(6, dtype=np.uint8).reshape(2, 3))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no IDX file: it begins with nothing, and is empty"),
        (
            b"PK\x03\x04".ljust(40, b"\0"),
            "no IDX file: it begins with 50 4b 03 04, and is a zip archive.* Unpack it",
        ),
        (b"\0\1" + GOOD[2:], "no IDX file: it begins with 00 01 08 02"),
        (b"\0\0\x07" + GOOD[3:], "no IDX file: it begins with 00 00 07"),
        (b"\0\0\x08\0", "no IDX file: it begins with 00 00 08 00"),
        (GOOD[:6], "cut off within its header"),
        (GOOD[:-1], r"promises 6 bytes \(shape \(2, 3\)\), the file has only 5"),
        (GOOD + b"!", r"promises 6 bytes .* the file has more"),
        (gzip.compress(GOOD[:-1]), "the file has only 5"),
        (gzip.compress(GOOD)[:-10], "damaged or cut off"),
        (gzip.compress(b"x" * 99), r"no IDX file: unpacked, it begins with 78 78 78 78\. An IDX"),
        (gzip.compress(gzip.compress(GOOD)), "unpacked, it begins with 1f 8b .* is packed by gzip"),
        (b"<!DOCTYPE html>\n<title>Log in</title>", r"and is a web page \(HTML\)\. Servers"),
        (b"\x1f\x8b nonsense", "damaged or cut off"),
        (GOOD[:4] + struct.pack(">II", 2**31, 2**31), "promises 4,611,686,018,427,387,904 bytes"),
        (
            gzip.compress(GOOD[:4] + struct.pack(">II", 2**20, 2**20)),
            "promises 1,099,511,627,776 bytes .* more than a file of this size can hold",
        ),
    ],
    ids=words,
)
def test_read_idx_refuses_a_damaged_file(tmp_path, content, message):
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"broken.*{message}"):
        read_idx(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_read_idx_takes_the_memory_of_the_array_and_a_buffer(tmp_path, pack):
    array = np.random.default_rng(0).random((250, 1000))
    path = tmp_path / "file"
    path.write_bytes(pack(idx_bytes(array.astype(">f8"), 0x0E)))
    read_idx(path)
    tracemalloc.start()
    result = read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(result, array)
    assert peak < 1.5 * array.nbytes  # a second array would make it 2


@pytest.mark.parametrize("shape", [(0,), (0, 28, 28), (3, 0)])
def test_an_idx_file_may_hold_nothing(tmp_path, shape):
    path = tmp_path / "file"
    path.write_bytes(idx_bytes(np.empty(shape, np.uint8)))
    assert read_idx(path).shape == shape


def test_read_idx_names_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no data file at .*nowhere"):
        read_idx(tmp_path / "nowhere")


def test_a_check_gets_what_the_header_tells_before_any_value_is_read(tmp_path):
    path, told = tmp_path / "file", []
    path.write_bytes(gzip.compress(GOOD[:4] + struct.pack(">II", 5, 7)))  # a header, and no values

    def refuse(dtype, shape):
        told.append((dtype, shape))
        raise ValueError("another shape is expected")

    with pytest.raises(ValueError, match="another shape is expected"):
        read_idx(path, refuse)
    assert told == [(np.dtype(np.uint8), (5, 7))]


def test_more_than_a_gibibyte_of_values_must_be_allowed(tmp_path):
    path, size = tmp_path / "file", 2**30 + 1
    path.write_bytes(struct.pack(">HBBI", 0, 0x08, 1, size))
    with open(path, "ab") as file:
        file.truncate(8 + size)  # a hole: zeros that take no room on the disk
    message = r"1,073,741,825 bytes .* 1,073,741,824 are allowed.*read_idx\(path, most="
    with pytest.raises(ValueError, match=message):
        read_idx(path)


# -- MNIST ----------------------------------------------------------------------------------


def test_load_mnist_reads_another_directory(small_mnist):
    mnist = load_mnist(small_mnist)
    assert mnist.train_images.shape == (2, 28, 28)
    assert mnist.test_images.shape == (1, 28, 28)
    assert mnist.train_labels.tolist() == [0, 1]
    assert mnist.test_labels.tolist() == [0]


def test_load_mnist_reads_unpacked_files(small_mnist):
    packed = small_mnist / "train-images-idx3-ubyte.gz"
    packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    assert load_mnist(str(small_mnist)).train_images.shape == (2, 28, 28)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("train-images-idx3", np.zeros((2, 28, 27), np.uint8), r"train images must be uint8 .*27"),
        ("t10k-images-idx3", np.zeros((2, 28, 28), np.uint8), "test images and test labels .*2.*1"),
        ("train-labels-idx1", np.array([1, 10], np.uint8), "train labels .*0 and 9; got 10 at"),
        ("train-labels-idx1", np.zeros((2, 1), np.uint8), "train labels must be whole numbers"),
    ],
)
def test_load_mnist_verifies_shapes_and_labels(small_mnist, name, array, message):
    (small_mnist / f"{name}-ubyte.gz").write_bytes(gzip.compress(idx_bytes(array)))
    with pytest.raises(ValueError, match=message):
        load_mnist(small_mnist)


def test_load_mnist_refuses_images_that_are_not_bytes(small_mnist):
    content = idx_bytes(np.zeros((2, 28, 28), np.int8), 0x09)
    (small_mnist / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(content))
    with pytest.raises(ValueError, match=r"train images must be uint8 .*got int8"):
        load_mnist(small_mnist)


def test_files_may_be_spelled_with_a_dot(small_mnist):
    wanted = load_mnist(small_mnist)
    for path in list(small_mnist.iterdir()):
        name = path.name.replace("-idx", ".idx").removesuffix(".gz")
        (small_mnist / name).write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
        # Kaggle's archive has a folder of the other spelling beside each file
        (small_mnist / path.name.removesuffix(".gz")).mkdir()
    for found, array in zip(load_mnist(small_mnist), wanted, strict=True):
        np.testing.assert_array_equal(found, array)


def write_emnist(folder, split, prefix=True, labels=None):
    """Four files as NIST packs them, whose images have a stroke from the left to the right."""
    first, last = EMNIST_CLASSES[split]
    labels = np.arange(first, last + 1, dtype=np.uint8) if labels is None else labels
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[:, 2:26, 9] = labels[:, np.newaxis]  # transposed: row 9, columns 2 to 25
    names = ("train", "test") if prefix else ("train", "t10k")
    for name in (f"emnist-{split}-{part}" if prefix else part for part in names):
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            (folder / f"{name}-{kind}-ubyte.gz").write_bytes(gzip.compress(idx_bytes(array)))
    return labels


@pytest.mark.parametrize("split", EMNIST_CLASSES)
def test_emnist_is_turned_upright_and_keeps_its_labels(tmp_path, split):
    labels = write_emnist(tmp_path, split)
    for mnist in (load_mnist(tmp_path), load_mnist(tmp_path, split)):
        assert mnist.train_images.flags.c_contiguous
        for images in (mnist.train_images, mnist.test_images):
            assert (images[:, 9, 2:26] == labels[:, np.newaxis]).all()
            assert (images.sum(axis=(1, 2)) == 24 * labels.astype(int)).all()
        assert mnist.train_labels.tolist() == mnist.test_labels.tolist() == labels.tolist()


def test_more_images_than_a_block_are_all_turned(tmp_path):
    labels = write_emnist(
        tmp_path, "letters", labels=np.resize(np.arange(1, 27, dtype=np.uint8), 10_001)
    )
    assert len(labels) == 10_001
    images = load_mnist(tmp_path).train_images
    assert (images[:, 9, 2:26] == labels[:, np.newaxis]).all()


def test_the_letters_have_twenty_six_classes_from_1_to_26(tmp_path):
    assert write_emnist(tmp_path, "letters").tolist() == list(range(1, 27))
    wrong = np.array([1, 0], np.uint8)
    write_emnist(tmp_path, "letters", labels=wrong)
    with pytest.raises(ValueError, match=r"train labels .* between 1 and 26; got 0 at position 1"):
        load_mnist(tmp_path)


def test_of_several_sets_of_emnist_one_is_named(tmp_path):
    for split in ("letters", "balanced"):
        write_emnist(tmp_path, split)
    with pytest.raises(ValueError, match=r'balanced, letters. Say which: .*split="balanced"'):
        load_mnist(tmp_path)
    assert load_mnist(tmp_path, "letters").train_labels.max() == 26
    with pytest.raises(FileNotFoundError, match=r"no emnist-digits-train-images-idx3-ubyte.gz in"):
        load_mnist(tmp_path, split="digits")
    with pytest.raises(ValueError, match=r"split must be one of byclass, .*; got 'letter'"):
        load_mnist(tmp_path, split="letter")


def test_emnist_under_mnists_names_is_refused_until_it_is_named(tmp_path):
    labels = write_emnist(tmp_path, "letters", prefix=False)
    with pytest.raises(ValueError, match=r'between 0 and 9; got 10 .*split="letters"'):
        load_mnist(tmp_path)
    mnist = load_mnist(tmp_path, split="letters")
    assert (mnist.train_images[:, 9, 2:26] == labels[:, np.newaxis]).all()


def test_a_missing_file_of_a_folder_of_ones_own_is_named_with_what_is_there(tmp_path):
    (tmp_path / "train-images-idx3-ubyte (1).gz").touch()
    with pytest.raises(FileNotFoundError) as caught:
        load_mnist(tmp_path)
    said = str(caught.value)
    assert said.startswith(f"no train-images-idx3-ubyte.gz in {tmp_path}, which holds train-images")
    assert "ubyte (1).gz. Expected are {train,t10k}-images-idx3-ubyte" in said
    assert "git" not in said.replace(str(tmp_path), "")


@pytest.mark.parametrize("missing", ["t10k-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"])
def test_the_missing_one_of_four_files_is_named(small_mnist, missing):
    (small_mnist / missing).unlink()
    with pytest.raises(FileNotFoundError, match=f"no {missing} in .* which holds t10k-"):
        load_mnist(small_mnist)


def test_a_long_folder_is_not_listed_whole(tmp_path):
    for k in range(20):
        (tmp_path / f"{k:02d}.txt").touch()
    with pytest.raises(FileNotFoundError, match=r"holds 00.txt, .*07.txt and 12 more\. Expected"):
        load_mnist(tmp_path)


def test_a_path_that_is_no_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere, which holds nothing"):
        load_mnist(tmp_path / "nowhere")
    archive = tmp_path / "archive.zip"
    archive.touch()
    with pytest.raises(FileNotFoundError, match=r"archive.zip is a file; give the folder"):
        load_mnist(archive)
    with pytest.raises(FileNotFoundError, match=r"is a folder; give the path of a file in it"):
        read_idx(tmp_path)


@pytest.mark.parametrize("there", [True, False], ids=["empty", "gone"])
def test_missing_data_of_the_course_names_a_way_without_git(tmp_path, monkeypatch, there):
    folder = tmp_path / "data"
    if there:
        folder.mkdir()
    monkeypatch.setattr("course_utils.datasets.mnist.DATA_DIRECTORY", folder)
    with pytest.raises(FileNotFoundError, match=r"download MNIST's four files from https://.*gz"):
        load_mnist()


# -- Kaggle's CSV ---------------------------------------------------------------------------


def test_digit_frame_has_kaggles_form():
    frame = digit_frame(100)
    mnist = load_mnist()
    assert list(frame.columns) == COLUMNS
    assert set(frame.dtypes) == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(frame["label"], mnist.train_labels[:100])
    images = frame.drop(columns="label").to_numpy().reshape(-1, 28, 28)
    np.testing.assert_array_equal(images, mnist.train_images[:100])


@pytest.mark.parametrize(("arguments", "rows"), [((), 42_000), ((1,), 1), ((60_000,), 60_000)])
def test_digit_frame_has_as_many_rows_as_asked_for_and_else_as_kaggles(arguments, rows):
    assert digit_frame(*arguments).shape == (rows, 785)


@pytest.mark.parametrize(
    ("n", "message"), [(0, "at least 1; got 0"), (60_001, "at most 60000; got 60001")]
)
def test_digit_frame_refuses_a_number_out_of_range(n, message):
    with pytest.raises(ValueError, match=message):
        digit_frame(n)


def test_a_csv_comes_back_as_it_was_written(tmp_path):
    frame = digit_frame(20)
    frame.to_csv(tmp_path / "train.csv", index=False)
    pd.testing.assert_frame_equal(load_digit_csv(tmp_path / "train.csv"), frame)


def test_csv_columns_may_stand_in_any_order(tmp_path, digits):
    digits[COLUMNS[::-1]].to_csv(tmp_path / "train.csv", index=False)
    result = load_digit_csv(tmp_path / "train.csv")
    pd.testing.assert_frame_equal(result, digits.astype(np.uint8))


def spoil_cell(column, value):
    def spoil(frame):
        frame = frame.astype(object)
        frame.loc[1, column] = value
        return frame.to_csv(index=False)

    return spoil


def spoil_lines(change):
    def spoil(frame):
        lines = frame.to_csv(index=False).splitlines()
        return "\n".join(change(lines)) + "\n"

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f.drop(columns="label").to_csv(index=False), "no column .*'label'.*test.csv"),
        (lambda f: f.rename(columns={"label": "y"}).to_csv(index=False), "no column named 'label'"),
        (lambda f: "", r"train\.csv is empty, not a table"),
        (lambda f: "\n\n", r"no column named 'label'.*found none\."),
        (lambda f: f.drop(columns="pixel7").to_csv(index=False), "lacks 1 pixel .* 'pixel7'"),
        (lambda f: f.assign(note=1).to_csv(index=False), "has the column 'note'"),
        (lambda f: f.iloc[:, [0, *range(785)]].to_csv(index=False), "has the column 'label' twice"),
        (lambda f: f[:0].to_csv(index=False), "has a header but no rows"),
        (spoil_lines(lambda lines: [*lines[:2], lines[2] + ",1", lines[3]]), "line 3: 786 cells"),
        (spoil_lines(lambda lines: [*lines[:2], lines[2][:-9], lines[3]]), "line 3: 78[0-4] cells"),
        (
            spoil_lines(lambda lines: [lines[0], *(line + ",1" for line in lines[1:])]),
            "line 2: 786 cells, expected 785",
        ),
        (spoil_cell("pixel3", "ink"), "line 3, column 'pixel3': 'ink' is not a whole number"),
        (spoil_cell("pixel3", ""), "line 3, column 'pixel3': '' is not a whole number"),
        (spoil_cell("pixel3", 1.5), "line 3, column 'pixel3': '1.5' is not a whole number"),
        (spoil_cell("pixel3", 256), "line 3, column 'pixel3': '256' is not between 0 and 255"),
        (spoil_cell("pixel3", 70_000), "'70000' is not between 0 and 255"),
        (spoil_cell("pixel3", -1), "line 3, column 'pixel3': '-1' is not between 0 and 255"),
        (spoil_cell("label", 10), "line 3, column 'label': '10' is not between 0 and 9"),
    ],
)
def test_a_faulty_csv_is_refused_with_the_place(tmp_path, digits, spoil, message):
    path = tmp_path / "train.csv"
    path.write_text(spoil(digits))
    with pytest.raises(ValueError, match=message):
        load_digit_csv(path)


def test_a_missing_csv_names_the_way_without_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="digit_frame"):
        load_digit_csv(tmp_path / "train.csv")


def kaggle(tmp_path, content):
    path = tmp_path / "train.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def zipped(name, content=b"label,pixel0\n"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def tarred(name, content):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def npz():
    file = io.BytesIO()
    np.savez(file, label=np.arange(3))
    return file.getvalue()


TABLE = ",".join(COLUMNS) + "\n" + ("5" + ",0" * 784 + "\n") * 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(TABLE.encode()), "is packed by gzip, .* Unpack it first"),
        (bz2.compress(TABLE.encode()), "is packed by bzip2, .* Unpack it first"),
        (lzma.compress(TABLE.encode()), "is packed by xz, .* Unpack it first"),
        (b"\x28\xb5\x2f\xfd rest", "is packed by zstd"),
        (b"7z\xbc\xaf\x27\x1c rest", "is a 7z archive"),
        (zipped("train.csv"), r"is a zip archive \(its first file is 'train.csv'\).* Unpack"),
        (zipped("[Content_Types].xml"), r"is an Office document, such as .xlsx.*\"CSV UTF-8\""),
        (npz(), r"is a file of NumPy arrays \(.npz\)"),
        (tarred("train.csv", TABLE.encode()), "is a tar archive"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
            "is an old Office document, such as .xls",
        ),
        (TABLE.encode("utf-16"), r"is text in UTF-16, .*\"CSV UTF-8\""),
        (TABLE.encode("utf-16-le"), "is text in UTF-16"),
        (TABLE.encode("utf-16-be"), "is text in UTF-16"),
        (TABLE.encode("utf-32"), "is text in UTF-32"),
        ("<!doctype html>\n<html><title>Sign in</title>", r"is a web page \(HTML\).* login"),
        ("\ufeff\r\n  <html lang='en'>", r"is a web page \(HTML\)"),
        ("<?xml version='1.0'?><Error/>", "is XML"),
        ('{"code": 403, "message": "denied"}', "is JSON"),
        (GOOD, "is an IDX file, .* load_mnist"),
        (b"%PDF-1.7", r"is a PDF document, not a table in CSV form\.$"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "pointer of Git LFS"),
        (b"\x80\x04\x95 pickle\0\1\2", "is no text: it begins with 80 04 95 20"),
        (TABLE.replace(",", ";"), "has semicolons between its columns, .* sep=';'"),
        (TABLE.replace(",", "\t"), r"has tabs between its columns, .* sep='\\t'"),
        (TABLE.replace(",", "|"), "has bars between its columns"),
        (TABLE.replace(",", " "), "has spaces between its columns"),
        (TABLE.replace(",", '";"'), "has semicolons between its columns"),
        ("ImageId,Label\n1,0\n2,0\n", "is a submission, such as Kaggle's sample_submission.csv"),
        (TABLE.split("\n", 1)[1], "no header at all: its first line holds values"),
        (TABLE.replace("label", "Label"), "in another spelling; .* found 'Label', 'pixel0'"),
        (TABLE.replace(",", ", "), "in another spelling; .* found 'label', ' pixel0'"),
        (
            ",".join(["label", *(f"pixel{k}" for k in range(1, 785))]),  # Fashion-MNIST on Kaggle
            r"lacks 1 pixel column, .*'pixel0'; .* found 'label', .* 'pixel784' \(785 in all\)",
        ),
        (
            ",".join(["label", *(f"{i}x{j}" for i in range(1, 29) for j in range(1, 29))]),
            "lacks 784 pixel columns, .* found 'label', '1x1', '1x2', ..., '28x28'",
        ),
        ("sep=,\n" + TABLE, r"found 'sep=', ''"),
        ("a" * 200_000, r"found 'aaaa.*\.\.\.' \(1 in all\)"),
    ],
    ids=words,
)
def test_what_is_no_table_is_told_by_what_it_is(tmp_path, content, message):
    with pytest.raises(ValueError, match=rf"^train\.csv .*{message}") as caught:
        load_digit_csv(kaggle(tmp_path, content))
    assert len(str(caught.value)) < 400


def test_an_index_that_pandas_wrote_is_named(tmp_path, digits):
    for name, table in (("''", digits), ("'Unnamed: 0'", digits.reset_index(names="Unnamed: 0"))):
        index = name == "''"
        path = kaggle(tmp_path, table.to_csv(index=index))
        with pytest.raises(ValueError, match=rf"column {name} before .* pandas .*index=False"):
            load_digit_csv(path)
        path.write_text(table.drop(columns="label").to_csv(index=index))
        with pytest.raises(ValueError, match=rf"column {name} before .* pandas .*index=False"):
            load_digit_csv(path, labelled=False)


def test_the_first_wrong_cell_is_named_where_others_are_only_written_as_floats(tmp_path, digits):
    frame = digits.astype(float)
    frame.loc[1, "pixel7"] = 0.5
    path = kaggle(tmp_path, frame.to_csv(index=False))
    with pytest.raises(ValueError, match=r"line 3, column 'pixel7': '0.5' is not .*before any sc"):
        load_digit_csv(path)
    frame.loc[1, "pixel7"] = 5
    pd.testing.assert_frame_equal(
        load_digit_csv(kaggle(tmp_path, frame.to_csv(index=False))),
        frame.astype(np.uint8),
    )


@pytest.mark.parametrize(
    "cell", ["7", "7.0", "7.", " 7", "7 ", '"7"', "+7", "7e0", "0.7e1", "0007"]
)
def test_a_whole_number_in_any_spelling_is_taken(tmp_path, cell):
    text = TABLE.replace("5,0,0,0", f"5,0,{cell},0")
    assert load_digit_csv(kaggle(tmp_path, text))["pixel1"].tolist() == [7, 7]


@pytest.mark.parametrize(
    "cell",
    [
        "inf",
        "-inf",
        "nan",
        "NA",
        "True",
        "1e400",
        "1_0",
        "\u0663",
        "0x1f",
        "'7'",
        '"0,5"',
        "é",
    ],
)
def test_what_is_no_whole_number_is_no_value(tmp_path, cell):
    text = TABLE.replace("5,0,0,0", f"5,0,{cell},0", 1)
    with pytest.raises(ValueError, match=r"line 2, column 'pixel1': .* is not a whole number"):
        load_digit_csv(kaggle(tmp_path, text))


def test_a_wrong_cell_in_another_encoding_is_shown_by_its_bytes(tmp_path):
    text = TABLE.replace("5,0,0,0", "5,0,\xe9,0", 1)
    with pytest.raises(ValueError, match=r"column 'pixel1': '\\\\xe9' is not a whole number"):
        load_digit_csv(kaggle(tmp_path, text.encode("latin-1")))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda text: text, 3),
        (lambda text: text.replace("\n", "\n\n", 1), 4),
        (lambda text: "\n\n" + text, 5),
        (lambda text: text.replace("\n", "\r\n"), 3),
        (lambda text: text.replace("\n", "\r"), 3),
        (lambda text: text.replace("5,0,", '5,"\n0",', 1), 4),
        (lambda text: text.rstrip(), 3),
    ],
)
def test_lines_are_counted_as_an_editor_counts_them(tmp_path, change, line):
    bad = TABLE[: TABLE.rindex(",0")] + ",x\n"
    path = tmp_path / "train.csv"
    path.write_bytes(change(bad).encode())
    with pytest.raises(ValueError, match=f"line {line}, column 'pixel783': 'x' is not"):
        load_digit_csv(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TABLE + TABLE, "line 4: the header stands there a second time"),
        (TABLE + "5;0;0\n", "line 4: 1 cell, expected 785; the last is '5;0;0'"),
        (TABLE + '5,"0,0\n' + "0," * 100_000, "line 4: a row of more than .* quote is opened"),
        (TABLE + "5,0\n", "line 4: 2 cells, expected 785; the last is '0'"),
        (TABLE + "x" * 100_000, "line 4: 1 cell, .*'x{40}...'"),
        (
            TABLE.replace("\n5", "\n9999", 1),
            "line 2, column 'label': '9999' is not between 0 and 9",
        ),
        (TABLE.replace("\n5", "\n26", 1), "line 2, column 'label': '26' is not between 0 and 9"),
        (TABLE.replace("\n5", "\n26.0", 1), "line 2, column 'label': '26.0' is not between 0"),
    ],
)
def test_a_fault_in_a_line_is_told_with_what_stands_there(tmp_path, text, message):
    with pytest.raises(ValueError, match=rf"train.csv, {message}"):
        load_digit_csv(kaggle(tmp_path, text))


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(FileNotFoundError, match="is a folder; give the path of a file in it"):
        load_digit_csv(tmp_path)


# -- from Kaggle's test.csv to a submission --------------------------------------------------


def test_a_table_without_labels_is_read_when_asked_for(tmp_path, digits):
    images = digits.drop(columns="label")
    for table in (images, images[images.columns[::-1]], images.astype(float)):
        path = kaggle(tmp_path, table.to_csv(index=False))
        result = load_digit_csv(path, labelled=False)
        pd.testing.assert_frame_equal(result, images.astype(np.uint8))
    with pytest.raises(ValueError, match=r"test.csv.*labelled=False"):
        load_digit_csv(path)
    with pytest.raises(ValueError, match=r"has a column named 'label', .*load_digit_csv\(path\)"):
        load_digit_csv(kaggle(tmp_path, digits.to_csv(index=False)), labelled=False)


def test_a_submission_is_as_kaggle_takes_it(tmp_path):
    path = tmp_path / "submission.csv"
    labels = np.arange(28_000) % 10
    write_submission(path, labels)
    lines = path.read_bytes().split(b"\n")
    assert lines[:3] == [b"ImageId,Label", b"1,0", b"2,1"]
    assert lines[-2:] == [b"28000,9", b""]
    table = pd.read_csv(path)
    assert table["ImageId"].tolist() == list(range(1, 28_001))
    np.testing.assert_array_equal(table["Label"], labels)


@pytest.mark.parametrize(
    "labels", [[3.0, 7.0], (3, 7), np.array([3, 7], np.uint8), pd.Series([3, 7])]
)
def test_a_submission_holds_whole_numbers(tmp_path, labels):
    write_submission(str(tmp_path / "a.csv"), labels)
    assert (tmp_path / "a.csv").read_text() == "ImageId,Label\n1,3\n2,7\n"


def test_a_submission_replaces_nothing(tmp_path):
    path = tmp_path / "submission.csv"
    path.write_text("the best one so far")
    with pytest.raises(FileExistsError, match=r"submission\.csv is there already"):
        write_submission(path, [1])
    assert path.read_text() == "the best one so far"


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([10], ValueError, "between 0 and 9; got 10"),
        ([0.5], ValueError, "whole class numbers; got 0.5"),
        (np.full((2, 10), 0.1), ValueError, r"one-dimensional, .* got shape \(2, 10\)"),
        (["3"], TypeError, "must hold class numbers"),
    ],
)
def test_a_submission_of_anything_but_digits_is_not_written(tmp_path, labels, error, message):
    with pytest.raises(error, match=message):
        write_submission(tmp_path / "a.csv", labels)
    assert not list(tmp_path.iterdir())


# -- splitting, scaling, encoding -----------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64])
def test_split_and_scale_is_scikit_learns_split_and_scaler(dtype):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 200, (50, 4)).astype(dtype), rng.integers(0, 3, 50)
    X[:, 2] = 7  # constant: no range
    parts = train_test_split(X, y, test_size=0.3, random_state=42)
    scaler = MinMaxScaler().fit(parts[0])
    expected = (scaler.transform(parts[0]), scaler.transform(parts[1]), parts[2], parts[3])
    for given, wanted in zip(split_and_scale(X, y), expected, strict=True):
        assert_close(given, wanted, terms=3)  # a difference, a quotient, float32


def test_split_and_scale_answers_float32_and_leaves_the_input_alone():
    frame = digit_frame(100)
    before = frame.copy()
    X_train, X_test, y_train, _ = split_and_scale(
        frame.drop(columns="label"), frame["label"], test_size=20, random_state=0
    )
    assert X_train.shape == (80, 784)
    assert X_test.shape == (20, 784)
    assert X_train.dtype == X_test.dtype == np.float32
    assert y_train.dtype == np.uint8
    assert X_train.min() == 0
    assert X_train.max() == 1
    pd.testing.assert_frame_equal(frame, before)


def test_the_test_part_has_no_say_in_the_scaling():
    X = np.arange(20.0).reshape(-1, 1)
    X_train, X_test, _, _ = split_and_scale(X, range(20))
    moved = X.copy()
    _, test_rows = train_test_split(np.arange(20), test_size=0.3, random_state=42)
    moved[test_rows] += 1000
    X_train_moved, X_test_moved, _, _ = split_and_scale(moved, range(20))
    np.testing.assert_array_equal(X_train_moved, X_train)
    assert (X_test_moved > X_test + 50).all()


def test_split_and_scale_refuses_what_is_not_a_table():
    with pytest.raises(ValueError, match=r"shape \(N, d\).*got shape \(4,\)"):
        split_and_scale(np.zeros(4), np.zeros(4))
    with pytest.raises(ValueError, match="got 4 rows and 3"):
        split_and_scale(np.zeros((4, 1)), np.zeros(3))
    with pytest.raises(TypeError, match="real numbers"):
        split_and_scale(np.full((4, 1), "a"), np.zeros(4))


def test_minimum_and_range_of_a_constant_column_can_be_divided_by():
    minimum, extent = minimum_and_range(np.array([[-1, 5], [3, 5]]))
    assert minimum.tolist() == [-1, 5]
    assert extent.tolist() == [4, 1]
    assert minimum.dtype == extent.dtype == np.float32


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 255]], np.uint8), np.float32),
        (np.array([[0.5, 2]], np.float32), np.float32),
        (np.array([[0.5, 2]]), np.float64),
        ([[0, 2**31]], np.float64),
        ([[0, -(2**31)]], np.float64),
    ],
)
def test_a_scaler_has_the_type_that_its_values_need(values, expected):
    assert [array.dtype for array in minimum_and_range(values)] == [expected] * 2


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_new_data_is_scaled_as_the_training_data_was(dtype):
    rng = np.random.default_rng(0)
    X, new = (rng.integers(0, 200, (50, 4)).astype(dtype) for _ in range(2))
    *parts, scaler = split_and_scale(X, range(50), return_scaler=True)
    for part, wanted in zip(parts, split_and_scale(X, range(50)), strict=True):
        np.testing.assert_array_equal(part, wanted)
    train, test = train_test_split(X, test_size=0.3, random_state=42)
    np.testing.assert_array_equal(scale(train, scaler), parts[0])
    np.testing.assert_array_equal(scale(test, scaler), parts[1])
    scaled = scale(new, scaler)
    assert scaled.dtype == np.float32
    # values up to 2: a difference of numbers below 2^24, exact, and a quotient, rounded once
    wanted = MinMaxScaler().fit(train.astype(float)).transform(new.astype(float))
    np.testing.assert_allclose(scaled, wanted, rtol=0, atol=2 * np.finfo(np.float32).eps)


def test_the_scaler_goes_into_a_network_and_comes_from_its_file():
    scaler = load_scaler(DATA_DIRECTORY / "nn_sample.npz")
    pixels = digit_frame(20).drop(columns="label")
    network = load_network(DATA_DIRECTORY / "nn_sample.npz")
    raw = as_sequential(network, scaler=scaler)
    # layer 0 multiplies by 1 / extent, rounded once more than the quotient; pixels reach 1
    np.testing.assert_allclose(
        scale(pixels, scaler),
        raw.layers[0].forward(pixels.to_numpy()),
        rtol=0,
        atol=2 * np.finfo(np.float32).eps,
    )


def test_a_time_stamp_is_scaled_with_all_its_digits():
    seconds = 1.7e9 + np.arange(100.0).reshape(-1, 1)
    for X in (seconds, seconds.astype(np.int64)):
        scaler = minimum_and_range(X)
        assert scaler[0].dtype == np.float64
        np.testing.assert_array_equal(scale(X, scaler), (np.arange(100) / 99)[:, None].astype("f4"))
    X_train, *_ = split_and_scale(seconds, range(100))
    assert len(np.unique(X_train)) == 70


def test_a_nullable_table_is_scaled_as_its_numbers():
    table = pd.DataFrame({"a": [1, 2, 3], "b": [True, False, True], "c": [0.5, 1.5, 1.0]})
    wanted = scale(table.astype(float), minimum_and_range(table.astype(float)))
    nullable = table.convert_dtypes()
    np.testing.assert_array_equal(scale(nullable, minimum_and_range(nullable)), wanted)
    nullable.loc[1, "b"] = pd.NA
    with pytest.raises(TypeError, match=r"X must hold real numbers; .* Missing values must be"):
        split_and_scale(nullable, range(3))


def test_scale_refuses_other_columns_than_the_scaler_has():
    scaler = minimum_and_range(np.eye(3))
    with pytest.raises(ValueError, match=r"the 3 columns that .* got shape \(2, 4\)"):
        scale(np.zeros((2, 4)), scaler)
    with pytest.raises(ValueError, match=r"shape \(N, d\).*got shape \(3,\)"):
        scale(np.zeros(3), scaler)
    with pytest.raises(TypeError, match="real numbers"):
        scale(np.full((2, 3), "a"), scaler)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_a_scaler_needs_values(shape):
    with pytest.raises(ValueError, match="X is empty"):
        minimum_and_range(np.empty(shape))


def test_one_hot_rows():
    rows = one_hot([2, 0], n_classes=4, dtype=np.float64)
    assert rows.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]
    assert rows.dtype == np.float64
    assert one_hot([0, 2]).shape == (2, 3)
    assert one_hot([0]).dtype == np.float32


@pytest.mark.parametrize("labels", [[3], [-1], [0.5], [[0]]])
def test_one_hot_refuses_labels_out_of_range_or_not_whole(labels):
    with pytest.raises(ValueError, match="labels must"):
        one_hot(labels, n_classes=3)


def test_the_readme_leads_from_kaggles_tables_to_a_submission(tmp_path, monkeypatch, capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    (code,) = (block for block in blocks if "write_submission" in block)
    images, labels = load_mnist().test_images[:120], load_mnist().test_labels[:120]
    table = pd.DataFrame(images.reshape(120, 784), columns=COLUMNS[1:])
    table[100:].to_csv(tmp_path / "test.csv", index=False)
    table.insert(0, "label", labels)
    table[:100].to_csv(tmp_path / "train.csv", index=False)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert re.fullmatch(r"\d+\.\d% of 30 images held out\n", capsys.readouterr().out)
    header, *lines = (tmp_path / "submission.csv").read_text().splitlines()
    assert header == "ImageId,Label"
    assert [int(line.split(",")[0]) for line in lines] == list(range(1, 21))
    assert {line.split(",")[1] for line in lines} <= set("0123456789")
