"""Kaggle's digit-recognizer: its tables, read or refused with the place, and its submissions."""

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest

from course_utils import digit_frame, load_digit_csv, load_mnist, write_submission
from tests.datasets.idx_files import GOOD
from tests.messages import says, words
from tools.folders import ROOT

COLUMNS = ["label", *(f"pixel{k}" for k in range(784))]


@pytest.fixture
def digits():
    """Three rows as Kaggle gives them."""
    values = np.random.default_rng(0).integers(0, 256, (3, 785))
    values[:, 0] = [5, 0, 9]
    return pd.DataFrame(values, columns=COLUMNS)


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


def test_every_row_of_a_long_table_gets_its_columns_in_order(tmp_path):
    frame = digit_frame(1001)  # one more than are moved at a time
    frame[COLUMNS[::-1]].to_csv(tmp_path / "train.csv", index=False)
    pd.testing.assert_frame_equal(load_digit_csv(tmp_path / "train.csv"), frame)


def test_a_label_out_of_range_is_found_in_whatever_column_it_stands(tmp_path):
    blank = pd.DataFrame(np.zeros((3, 785), int), columns=COLUMNS).assign(label=[1, 2, 12])
    blank[COLUMNS[::-1]].to_csv(tmp_path / "train.csv", index=False)
    message = says("line 4", "column 'label'", "'12' is not between 0 and 9")
    with pytest.raises(ValueError, match=message):
        load_digit_csv(tmp_path / "train.csv")


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
