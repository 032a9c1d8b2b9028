"""MNIST and the data sets in its form: found, verified, turned upright, or named as missing."""

import gzip

import numpy as np
import pytest

from course_utils import load_mnist, read_idx
from course_utils.datasets.mnist import EMNIST_CLASSES
from tests.datasets.idx_files import idx_bytes


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


@pytest.mark.parametrize(("code", "dtype"), [(0x09, ">i1"), (0x0B, ">i2"), (0x0C, ">i4")])
def test_labels_of_any_whole_numbers_are_answered_as_bytes(small_mnist, code, dtype):
    content = idx_bytes(np.array([9, 4], dtype), code)
    (small_mnist / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(content))
    mnist = load_mnist(small_mnist)
    assert mnist.train_labels.tolist() == [9, 4]
    assert {array.dtype for array in mnist} == {np.dtype(np.uint8)}


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
