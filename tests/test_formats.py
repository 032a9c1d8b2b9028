"""What a file is, told from its first bytes: each kind, and what lies beside it."""

import pytest

from course_utils._formats import DOWNLOAD, SAVE_AS_CSV, SIGNATURES, UNPACK, recognise


def zipped(name, tail=b"the content"):
    """The beginning of a zip archive: 26 bytes, two lengths, the first member's name."""
    head = b"PK\x03\x04".ljust(26, b"\0") + len(name).to_bytes(2, "little") + b"\0\0"
    return head + name + tail


@pytest.mark.parametrize(("signature", "what", "advice"), SIGNATURES)
def test_a_signature_stands_at_the_beginning(signature, what, advice):
    assert recognise(signature + b" and more") == (what, advice)
    assert recognise(b"a" + signature.strip(b"\0")) is None


READ_IDX = "Read it with read_idx, or four of them with load_mnist."


@pytest.mark.parametrize(
    ("start", "what", "advice"),
    [
        (b"", "empty", "Download it again, or write it again."),
        (b"x" * 257 + b"ustar", "a tar archive", UNPACK),
        (b"\0\0\x08\3", "an IDX file", READ_IDX),
        (b"i\0d\0" * 60, "text in UTF-16", SAVE_AS_CSV),
        (b"\0i\0d" * 60, "text in UTF-16", SAVE_AS_CSV),
        (b"a\0\0b\0c", "no text: it begins with 61 00 00 62 and holds zero bytes", ""),
        (b"<html>", "a web page (HTML)", DOWNLOAD),
        (b"\xef\xbb\xbf \r\n<!DOCTYPE HTML>", "a web page (HTML)", DOWNLOAD),
        (b"<!-- --><head>", "a web page (HTML)", DOWNLOAD),
        (b"<!-- --><BODY>", "a web page (HTML)", DOWNLOAD),
        (b"<?xml?>", "XML", ""),
        (
            b' {"a": 1}',
            "JSON",
            "Servers send it as an answer to a program: look into it for a message.",
        ),
        (
            b"[1]",
            "JSON",
            "Servers send it as an answer to a program: look into it for a message.",
        ),
        (zipped(b"train.csv"), "a zip archive (its first file is 'train.csv')", UNPACK),
        (zipped(b"\xff.csv"), r"a zip archive (its first file is '\\xff.csv')", UNPACK),
        (zipped(b"a" * 300), f"a zip archive (its first file is '{'a' * 60}')", UNPACK),
        (zipped(b"[Content_Types].xml"), "an Office document, such as .xlsx", SAVE_AS_CSV),
        (
            zipped(b"W1.npy"),
            "a file of NumPy arrays (.npz)",
            "Read it with np.load or load_weights.",
        ),
    ],
)
def test_each_kind_is_named_with_what_to_do(start, what, advice):
    assert recognise(start) == (what, advice)


@pytest.mark.parametrize(
    "start", [b"label,pixel0\n5,0\n", b"\xef\xbb\xbflabel", b"a < b", b"x" * 256 + b"ustar"]
)
def test_of_ordinary_text_there_is_nothing_to_say(start):
    assert recognise(start) is None
