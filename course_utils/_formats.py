"""What a file is, told from its first bytes: for the message where it is not what was expected."""

__all__ = ["recognise"]

UNPACK = "Unpack it first, and give the path of the file that was in it."
SAVE_AS_CSV = 'Open it in a spreadsheet program and save it as "CSV UTF-8", separated by commas.'
DOWNLOAD = "Servers send one where a login is needed or an address is wrong: download it again."

SIGNATURES = (
    (b"\x1f\x8b", "packed by gzip", UNPACK),
    (b"BZh", "packed by bzip2", UNPACK),
    (b"\xfd7zXZ\0", "packed by xz", UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed by zstd", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document, such as .xls", SAVE_AS_CSV),
    # The byte order marks of UTF-32 begin with those of UTF-16.
    (b"\xff\xfe\0\0", "text in UTF-32", SAVE_AS_CSV),
    (b"\0\0\xfe\xff", "text in UTF-32", SAVE_AS_CSV),
    (b"\xff\xfe", "text in UTF-16", SAVE_AS_CSV),
    (b"\xfe\xff", "text in UTF-16", SAVE_AS_CSV),
    (b"\x93NUMPY", "a NumPy array (.npy)", "Read it with np.load."),
    (b"PAR1", "a Parquet table", "Read it with pandas.read_parquet."),
    (b"\x89HDF", "an HDF5 file", "Read it with h5py."),
    (b"\x89PNG", "an image (PNG)", ""),
    (b"\xff\xd8\xff", "an image (JPEG)", ""),
    (b"%PDF", "a PDF document", ""),
    (b"version https://git-lfs", "a pointer of Git LFS", "In its repository type: git lfs pull"),
)


def recognise(start):
    """What a file is that begins with these bytes, where it is no ordinary text.

    Parameters
    ----------
    start : bytes
        Some hundred bytes are enough.

    Returns
    -------
    tuple of str, or None
        What it is, to follow "this file is", and what to do about it, as a sentence or empty.
        None for ordinary text.

    Examples
    --------
    >>> recognise(b"<!DOCTYPE html><title>Sign in</title>")[0]
    'a web page (HTML)'
    """
    if not start:
        return "empty", "Download it again, or write it again."
    for signature, what, advice in SIGNATURES:
        if start.startswith(signature):
            return what, advice
    if start.startswith(b"PK\x03\x04"):
        return _recognise_zip(start)
    if start[257:262] == b"ustar":
        return "a tar archive", UNPACK
    if start[:3] == b"\0\0\x08":
        return "an IDX file", "Read it with read_idx, or four of them with load_mnist."
    if b"\0" in start:
        if not (start[:200:2].strip(b"\0") and start[1:200:2].strip(b"\0")):
            return "text in UTF-16", SAVE_AS_CSV  # ASCII has a zero in every second byte
        return f"no text: it begins with {start[:4].hex(' ')} and holds zero bytes", ""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        page = any(tag in text.lower() for tag in (b"<html", b"<!doctype html", b"<head", b"<body"))
        return ("a web page (HTML)", DOWNLOAD) if page else ("XML", "")
    if text.startswith((b"{", b"[")):
        return "JSON", "Servers send it as an answer to a program: look into it for a message."
    return None


def _recognise_zip(start):
    """What a zip archive is: its first member's name stands 30 bytes from its beginning."""
    length = int.from_bytes(start[26:28], "little")
    first = start[30 : 30 + length].decode(errors="backslashreplace")
    if first == "[Content_Types].xml":
        return "an Office document, such as .xlsx", SAVE_AS_CSV
    if first.endswith(".npy"):
        return "a file of NumPy arrays (.npz)", "Read it with np.load or load_weights."
    return f"a zip archive (its first file is {first[:60]!r})", UNPACK
