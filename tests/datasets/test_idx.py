"""IDX files: read as they are, refused with the place, and never more memory than they promise."""

import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from course_utils import read_idx
from tests.datasets.idx_files import GOOD, idx_bytes
from tests.messages import says, words


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
            GOOD[:4] + struct.pack(">II", 20, 30) + bytes(6),
            "promises 600 bytes .* more than a file of this size can hold",
        ),
        (b"\0\0\x08\x41" + struct.pack(">65I", *[1] * 65) + b"!", "65 dimensions; .* at most 64"),
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


def test_values_may_take_as_many_bytes_as_are_allowed(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(GOOD)
    assert read_idx(path, most=6).size == 6
    with pytest.raises(ValueError, match=says("promises 6 bytes", "5 are allowed", "most=")):
        read_idx(path, most=5)


def test_more_than_a_gibibyte_of_values_must_be_allowed(tmp_path):
    path, size = tmp_path / "file", 2**30 + 1
    path.write_bytes(struct.pack(">HBBI", 0, 0x08, 1, size))
    with open(path, "ab") as file:
        file.truncate(8 + size)  # a hole: zeros that take no room on the disk
    message = r"1,073,741,825 bytes .* 1,073,741,824 are allowed.*read_idx\(path, most="
    with pytest.raises(ValueError, match=message):
        read_idx(path)
