"""Reading, checking, splitting and scaling data."""

import gzip
import struct

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

from course_utils import (
    digit_frame,
    load_digit_csv,
    load_mnist,
    minimum_and_range,
    one_hot,
    read_idx,
    split_and_scale,
)
from tests.closeness import assert_close

COLUMNS = ["label", *(f"pixel{k}" for k in range(784))]


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
        (b"", "neither gzip nor IDX: it begins with nothing"),
        (b"PK\x03\x04 zipped", "neither gzip nor IDX: it begins with 50 4b 03 04"),
        (b"\0\1" + GOOD[2:], "neither gzip nor IDX: it begins with 00 01 08 02"),
        (b"\0\0\x07" + GOOD[3:], "neither gzip nor IDX: it begins with 00 00 07"),
        (b"\0\0\x08\0", "neither gzip nor IDX: it begins with 00 00 08 00"),
        (GOOD[:6], "cut off within its header"),
        (GOOD[:-1], r"promises 6 bytes \(shape \(2, 3\)\), the file has only 5"),
        (GOOD + b"!", r"promises 6 bytes .* the file has more"),
        (gzip.compress(GOOD[:-1]), "the file has only 5"),
        (gzip.compress(GOOD)[:-10], "damaged or cut off"),
        (gzip.compress(b"x" * 99), "neither gzip nor IDX: it begins with 78 78 78 78"),
        (b"\x1f\x8b nonsense", "damaged or cut off"),
        (GOOD[:4] + struct.pack(">II", 2**31, 2**31), "promises 4,611,686,018,427,387,904 bytes"),
        (
            gzip.compress(GOOD[:4] + struct.pack(">II", 2**20, 2**20)),
            "promises 1,099,511,627,776 bytes .* more than a file of this size can hold",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",  # gzip'd bytes hold the time
)
def test_read_idx_refuses_a_damaged_file(tmp_path, content, message):
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"broken.*{message}"):
        read_idx(path)


def test_read_idx_names_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no data file at .*nowhere"):
        read_idx(tmp_path / "nowhere")


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
        ("t10k-images-idx3", np.zeros((2, 28, 28), np.uint8), "t10k images and t10k labels .*2.*1"),
        ("train-labels-idx1", np.array([1, 10], np.uint8), "train labels .*0 and 9; got 10 at"),
        ("train-labels-idx1", np.zeros((2, 1), np.uint8), "train labels must be one-dimensional"),
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


def test_load_mnist_names_a_missing_file_and_the_way_back(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"train-images-idx3-ubyte.gz.*git checkout data"):
        load_mnist(tmp_path)


# -- Kaggle's CSV ---------------------------------------------------------------------------


def test_digit_frame_has_kaggles_form():
    frame = digit_frame(100)
    mnist = load_mnist()
    assert list(frame.columns) == COLUMNS
    assert set(frame.dtypes) == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(frame["label"], mnist.train_labels[:100])
    images = frame.drop(columns="label").to_numpy().reshape(-1, 28, 28)
    np.testing.assert_array_equal(images, mnist.train_images[:100])


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
        (lambda f: "", "no column named 'label'"),
        (lambda f: f.drop(columns="pixel7").to_csv(index=False), "lacks 1 pixel .* 'pixel7'"),
        (lambda f: f.assign(note=1).to_csv(index=False), "has the column 'note'"),
        (lambda f: f.iloc[:, [0, *range(785)]].to_csv(index=False), "has a column name twice"),
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
