"""What a file is, from its content alone; everything that is not on the list is refused with its reason."""

import re
from io import SEEK_END
from typing import BinaryIO

import filetype

from ranham.submission.evidence import office, plain_text
from ranham.submission.evidence.rules import ALLOWED, HEIC, JPEG, PDF, PNG, FileRefused, FileType

HEADER = 8192
_STRICT = {
    # More than the library asks for, which takes a PNG by four bytes.
    JPEG: re.compile(rb"\xff\xd8\xff[\xc0-\xfe]"),
    PNG: re.compile(rb"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
    HEIC: re.compile(rb"\x00{3}"),
}
_EXECUTABLES = (
    "x-msdownload",
    "x-executable",
    "wasm",
    "x-shockwave-flash",
    "x-google-chrome-extension",
    "x-deb",
    "x-rpm",
)
_ARCHIVES = ("zip", "rar", "tar", "7z", "bzip", "x-xz", "cab-compressed", "lzip", "lzop", "lz4", "zstd", "x-compress")
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:[0-9]+\s+[0-9]+\s+R\b|<<)")
"""In the trailer of a PDF, which is never compressed nor encrypted itself."""
_LONGEST_ENTRY = 64
_MACH_O = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")


def examine(file: BinaryIO, file_name: str) -> FileType:
    """The type of a file that is open for reading anywhere in it; raises `FileRefused`.

    Reads a large file piece by piece. It does not look inside the streams of a PDF or the objects of a document:
    that is the virus scanner's work.
    """
    file.seek(0)
    header = file.read(HEADER)
    if not header:
        raise FileRefused(file_name, "empty")
    if header.startswith(b"PK\x03\x04"):
        return office.examine(file, file_name)
    if header.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # Whether such a container holds macros cannot be told without reading its file system.
        raise FileRefused(file_name, "old_office")
    type_ = _signature(header, file_name)
    if type_ is not None:
        _refuse_second_file(file, file_name)
        if type_ is PDF:
            _refuse_encrypted(file, file_name)
        return type_
    guessed = _guess(header)
    if guessed in plain_text.TEXT_FORMATS or not plain_text.looks_like_text(header):
        raise _other(header, guessed, file_name)
    return plain_text.examine(file, file_name)


def _signature(header: bytes, file_name: str) -> FileType | None:
    if re.match(rb"%PDF-[12]\.[0-9]", header):
        return PDF
    if b"%PDF-" in header[:1024]:
        # Readers look for the signature within the first 1024 bytes; what stands before it is another file.
        raise FileRefused(file_name, "second_file", what="PDF")
    type_ = ALLOWED.get(_guess(header) or "")
    return type_ if type_ in _STRICT and _STRICT[type_].match(header) else None


def _refuse_second_file(file: BinaryIO, file_name: str) -> None:
    """An archive is read from its end: a picture or PDF that ends as one is two files."""
    file.seek(0, SEEK_END)
    begins = max(0, file.tell() - office.END_RECORD - 0xFFFF)
    file.seek(begins)
    tail = file.read()
    if office.end_of_archive(tail) is not None or any(
        _member_list_before(file, begins + found.start(), tail[found.start() :])
        for found in re.finditer(rb"PK\x05\x06", tail)
    ):
        raise FileRefused(file_name, "second_file", what="ZIP")


def _member_list_before(file: BinaryIO, at: int, record: bytes) -> bool:
    """Many programs open an archive also where something follows it: its list of members stands before its end record."""
    size = int.from_bytes(record[12:16], "little")
    if not 0 < size <= at:
        return False
    file.seek(at - size)
    return file.read(4) == b"PK\x01\x02"


def _refuse_encrypted(file: BinaryIO, file_name: str) -> None:
    """Also where only printing or changing is locked: without the cipher the two cannot be told apart."""
    file.seek(0)
    kept = b""
    while piece := file.read(1 << 20):
        if _ENCRYPTED.search(kept + piece):
            raise FileRefused(file_name, "locked_pdf")
        kept = piece[-_LONGEST_ENTRY:]


def _guess(header: bytes) -> str | None:
    found = filetype.guess(header)
    return None if found is None else str(found.mime)


def _other(header: bytes, guessed: str | None, file_name: str) -> FileRefused:
    if header.startswith(_MACH_O):
        return FileRefused(file_name, "executable", what="Mach-O/Java")
    if guessed is None:
        # Old text encodings are what a person most likely has; they hold no zero bytes, and UTF-16 says so itself.
        is_text = b"\x00" not in header or header.startswith((b"\xff\xfe", b"\xfe\xff"))
        return FileRefused(file_name, "not_utf8" if is_text else "unknown")
    for code, words in (("executable", _EXECUTABLES), ("archive", _ARCHIVES)):
        if any(word in guessed for word in words):
            return FileRefused(file_name, code, what=guessed)
    return FileRefused(file_name, "other_type", what=guessed)
