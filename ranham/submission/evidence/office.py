"""DOCX and XLSX: ZIP containers that say in one member what they are. Read from the end, within bounds, never unpacked."""

import re
import struct
import zipfile
import zlib
from io import SEEK_END
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ranham.submission.evidence.rules import DOCX, XLSX, FileRefused, FileType, in_words

END_RECORD = 22
MOST_DIRECTORY = 1 << 20
"""Bytes of the list of members; documents have some hundred members, a hostile one would have millions."""
MOST_CONTENT_TYPES = 1 << 20
MOST_UNPACKED = 256 << 20
"""Bytes of all members, as the list claims them: whoever verifies has to open the document on an ordinary machine."""
_CONTENT_TYPES = "[content_types].xml"
_MAIN = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": XLSX,
}
_MACRO_MEMBERS = ("vbaproject.bin", "vbadata.xml", "vbaprojectsignature.bin")
_PROGRAM = re.compile(r"\.(exe|dll|com|scr|pif|msi|jar|bat|cmd|ps1|vb[es]|jse?|wsf|hta|lnk|sh)$")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, struct.error, NotImplementedError,
           RuntimeError, OverflowError, ParseError, DefusedXmlException)  # fmt: skip
"""What the reader raises over archives that lie about themselves."""


def examine(file: BinaryIO, file_name: str) -> FileType:
    _check_bounds(file, file_name)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _refuse_by_members(members, file_name)
            described = [member for member in members if member.filename.lower() == _CONTENT_TYPES]
            if not described:
                raise FileRefused(file_name, "archive", what="application/zip")
            if len(described) > 1 or described[0].file_size > MOST_CONTENT_TYPES:
                raise FileRefused(file_name, "broken_document")
            with archive.open(described[0]) as part:
                # Again, since the size in the list is only a claim.
                types = _content_types(fromstring(part.read(MOST_CONTENT_TYPES)))
    except _BROKEN:
        raise FileRefused(file_name, "broken_document") from None
    return _by_content_types(types, {member.filename.lower() for member in members}, file_name)


def end_of_archive(tail: bytes) -> tuple[int, int, int] | None:
    """Bytes of the list of members, where it begins, and bytes from the end record on; None if no archive ends here."""
    at = len(tail)
    while (at := tail.rfind(b"PK\x05\x06", 0, at)) >= 0:
        record = tail[at : at + END_RECORD]
        if len(record) == END_RECORD:
            size, begins, comment = struct.unpack("<IIH", record[12:])
            if at + END_RECORD + comment == len(tail):
                return size, begins, len(tail) - at
    return None


def _check_bounds(file: BinaryIO, file_name: str) -> None:
    """Before the reader takes the list of members into memory; also that nothing lies around the archive."""
    file.seek(0, SEEK_END)
    size = file.tell()
    file.seek(max(0, size - END_RECORD - 0xFFFF))
    end = end_of_archive(file.read())
    if end is None:
        raise FileRefused(file_name, "broken_document")
    directory, begins, from_end = end
    # Equality rules out bytes before or between, and with them the 64-bit form, which no document of this size has.
    if directory > MOST_DIRECTORY or begins + directory + from_end != size:
        raise FileRefused(file_name, "broken_document")


def _refuse_by_members(members: list[zipfile.ZipInfo], file_name: str) -> None:
    for member in members:
        if member.flag_bits & 0x2041:  # encrypted, strongly encrypted, masked list
            raise FileRefused(file_name, "encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileRefused(file_name, "broken_document")
    if sum(member.file_size for member in members) > MOST_UNPACKED:
        raise FileRefused(file_name, "blows_up", limit=in_words(MOST_UNPACKED))
    for member in members:
        name = member.filename.lower().replace("\\", "/")
        if name.rsplit("/", 1)[-1] in _MACRO_MEMBERS or "/macrosheets/" in name or "/activex/" in name:
            raise FileRefused(file_name, "macros", what=member.filename[:80])
        if _PROGRAM.search(name):
            raise FileRefused(file_name, "embedded_program", what=member.filename[:80])


def _content_types(root: Element) -> dict[str, str]:
    """Content type of each part that is named; those by suffix under `*.suffix`."""
    found = {}
    for entry in root:
        part = entry.get("PartName") or f"*.{entry.get('Extension', '')}"
        found[part.lower().lstrip("/")] = (entry.get("ContentType") or "").strip()
    return found


def _by_content_types(types: dict[str, str], members: set[str], file_name: str) -> FileType:
    for type_ in types.values():
        plain = type_.lower()
        if "macro" in plain or "vbaproject" in plain or "activex" in plain:
            raise FileRefused(file_name, "macros", what=type_[:80])
    mains = {_MAIN[type_] for part, type_ in types.items() if type_ in _MAIN and part in members | {"*.xml"}}
    if len(mains) != 1:
        what = next((type_ for type_ in types.values() if ".main+xml" in type_), "application/zip")
        raise FileRefused(file_name, "other_type" if not mains else "broken_document", what=what[:80])
    return mains.pop()
