"""Plain CSV files of bytes by whole-array operations: the same values, and nothing else taken."""

import gzip
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import digit_frame, load_digit_csv
from course_utils.datasets import _digit_csv, kaggle
from course_utils.datasets._digit_csv import read_plain_bytes

COLUMNS = ["label", *(f"pixel{k}" for k in range(784))]


def read(path, content, columns=3):
    path.write_bytes(content)
    return read_plain_bytes(path, columns)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "table.csv"


@pytest.fixture(scope="module")
def module_path(tmp_path_factory):
    return tmp_path_factory.mktemp("csv") / "table.csv"


@pytest.mark.parametrize("block", [1, 7, 1 << 16])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
def test_every_byte_at_every_place_of_a_line_is_read(path, monkeypatch, block, line_end, closed):
    monkeypatch.setattr(_digit_csv, "BLOCK", block)
    values = np.stack([np.roll(np.arange(256), k) for k in range(5)], axis=1)
    lines = ["a,b,c,d,e", *(",".join(map(str, row)) for row in values)]
    content = line_end.join(lines) + line_end * closed
    result = read(path, content.encode(), 5)
    np.testing.assert_array_equal(result, values)
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, np.loadtxt(path, np.uint8, delimiter=",", skiprows=1))


@pytest.mark.parametrize("columns", [1, 2])
def test_narrow_tables(path, columns):
    values = np.arange(256).reshape(-1, columns)
    content = "h\n" + "".join(",".join(map(str, row)) + "\n" for row in values)
    np.testing.assert_array_equal(read(path, content.encode(), columns), values)


def test_zeros_before_a_number_of_three_digits_are_read_as_pandas_reads_them(path):
    result = read(path, b"a,b,c\n007,00,010\n")
    assert result.tolist() == [[7, 0, 10]]
    assert pd.read_csv(path).to_numpy().tolist() == result.tolist()


@pytest.mark.parametrize(
    "body",
    [
        "",  # no rows
        "\n",
        "1,2\n",
        "1,2,3,4\n",
        "1,2,3\n4,5\n6,7,8,9\n",  # the right number of cells in all
        "1,2\n3,4,5,6\n",
        "1,2,3,\n",
        ",1,2,3\n",
        "1,,3\n",
        ",2,3\n",
        "1,2,\n",
        "1,,34,\n5,6,7\n",
        ",5,,\n",
        "1,2,3\n\n4,5,6\n",  # a blank line
        "1,2,3\n\n",
        "1,2,3\n,,\n",
        "1,2,0001\n",
        "1,2,1234\n",
        "1,2,00000000012\n",
        "1,2,+3\n",
        "1,2,-3\n",
        "1,2, 3\n",
        "1,2,3 \n",
        "1,2,3.0\n",
        "1;2;3\n",
        "1,2,a\n",
        '1,2,"3"\n',
        "1,2,:\n",
        "1,2,/\n",
        "1,2,\x00\n",
        "1,2,\xff\n",
        "1,2\r3\n",
        "1,2,3\r4,5,6\r",
        "1,2,3\r\r\n",
    ],
)
def test_what_is_not_plain_is_left_to_others(path, body):
    assert read(path, ("a,b,c\n" + body).encode("latin-1")) is None
    good = "1,2,3\n" * 3
    if body.startswith(("1", ",", "\n")) and body.endswith("\n"):
        assert read(path, ("a,b,c\n" + good + body + good).encode("latin-1")) is None


@pytest.mark.parametrize("line", ["{},2,3\n", "1,{},3\n", "1,2,{}\n"])
def test_every_number_above_255_is_left_to_others(path, line):
    taken = [n for n in range(1000) if read(path, f"a,b,c\n{line.format(n)}".encode()) is not None]
    assert taken == list(range(256))


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b,c", b"a,b,c\r1,2,3\n", b"a,b,c\r\r\n1,2,3\n", gzip.compress(b"a\n1\n", mtime=0)],
)
def test_a_first_line_that_is_not_plain_is_left_to_others(path, content):
    assert read(path, content) is None


@settings(max_examples=200, deadline=None)
@given(
    body=st.text("0012359,,,\n", max_size=60)
    | st.lists(
        st.lists(st.integers(0, 300) | st.sampled_from(["", "x", "007"]), min_size=2, max_size=3),
        max_size=5,
    ).map(lambda rows: "".join(",".join(map(str, row)) + "\n" for row in rows))
)
def test_an_answer_is_that_of_a_plain_loop(module_path, body):
    def value(cell):
        return int(cell) if cell.isdigit() and len(cell) <= 3 and int(cell) <= 255 else None

    lines = body.removesuffix("\n").split("\n") if body else []
    rows = [[value(cell) for cell in line.split(",")] for line in lines]
    plain = rows and all(len(row) == 2 and None not in row for row in rows)
    result = read(module_path, b"a,b\n" + body.encode(), 2)
    assert (None if result is None else result.tolist()) == (rows if plain else None)


# -- through load_digit_csv -----------------------------------------------------------------


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A frame in Kaggle's form, and the file it was written to."""
    frame = digit_frame(1500)
    path = tmp_path_factory.mktemp("kaggle") / "train.csv"
    frame.to_csv(path, index=False)
    return frame, path


PLAIN = [
    lambda text: text,
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.removesuffix("\n"),
    lambda text: "\ufeff" + text,
    lambda text: text.replace("label", '"label"'),
]
NOT_PLAIN = [
    lambda text: text.replace("\n", "\r"),
    lambda text: text.replace("\n", "\n\n", 3),
    lambda text: text.replace(",0,", ", 0,", 1),
    lambda text: text.replace(",0,", ',"0",', 1),
    lambda text: text.replace(",0,", ",0.0,", 1),
    lambda text: text.replace(",0,", ",+0000,", 1),
]


@pytest.mark.parametrize("change", PLAIN + NOT_PLAIN)
def test_other_forms_of_the_same_table(table, path, monkeypatch, change):
    """A plain table never takes the slow way, which reads cell by cell."""
    calls = []

    def spy(path, header):
        calls.append(path)
        return _digit_csv.read_bytes(path, header)

    monkeypatch.setattr(kaggle, "read_bytes", spy)
    frame, written = table
    path.write_bytes(change(written.read_text()).encode())
    pd.testing.assert_frame_equal(load_digit_csv(path), frame)
    assert calls == ([] if change in PLAIN else [path])


def test_a_fault_far_down_is_named_by_its_place(table, path):
    lines = table[1].read_text().splitlines()
    lines[1400] = lines[1400].removesuffix("0") + "256"
    path.write_text("\n".join(lines))
    with pytest.raises(ValueError, match="line 1401, column 'pixel783': '256' is not between"):
        load_digit_csv(path)


def test_memory_is_that_of_the_answer(table):
    frame, path = table
    load_digit_csv(path)  # imports
    tracemalloc.start()
    load_digit_csv(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The rows are estimated from the file's size, 2 bytes a cell where it has 2.3; then a
    # block's text, masks and positions (8 bytes a cell), a dozen times its 64 KB.
    assert peak < 1.3 * frame.memory_usage().sum() + 16 * _digit_csv.BLOCK
