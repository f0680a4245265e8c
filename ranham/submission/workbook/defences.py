"""Whether a file may be opened at all: looked at as bytes and parts, before any of it is taken for a workbook."""

import re
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from ranham.submission.workbook.findings import WorkbookRefused, refusal

MIB = 1 << 20
MOST_BYTES = 10 * MIB
MOST_PARTS = 200
MOST_PART_BYTES = 8 * MIB
MOST_TOTAL_BYTES = 24 * MIB
MOST_RATIO = 200
"""Unpacked to packed. Sheets of repeated words reach about 50."""
SMALL = MIB // 4
"""Below this a ratio says nothing."""
MOST_DEPTH = 64
MOST_ELEMENTS = 400_000
"""Elements and attributes of a part; each costs the memory of some hundred bytes, however short it is written."""

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_BAD_PARTS = (
    (r"vbaproject|vbadata|macrosheets/|dialogsheets/", "makro / macros"),
    (r"embeddings/|oleobject|activex|ctrlprops/", "objek tertanam / embedded objects"),
    (r"externallinks/|xl/connections|querytables/|xl/model/", "tautan ke berkas lain / links to other files"),
    (r"\.(exe|dll|js|vbs|bat|zip|xls[bmx]?|docx?|docm)$", "berkas tertanam / embedded files"),
)
_XLSX = "berkas .xlsx yang dibuat oleh RANHAM / a .xlsx file made by RANHAM"
_CLEAN = "buku kerja tanpa itu / a workbook without"


def load(path: Path) -> bytes:
    """The file's bytes; one that is too big is not even read."""
    if not path.is_file():
        raise refusal(str(path), "no such file", "a workbook (.xlsx)")
    if path.stat().st_size > MOST_BYTES:
        raise _too_big(path.name)
    return path.read_bytes()


def check(data: bytes, name: str) -> None:
    """Raise `WorkbookRefused` for whatever a report's workbook never holds, and for what would blow up in the opening."""
    if len(data) > MOST_BYTES:
        raise _too_big(name)
    if data.startswith(_OLE):
        found = "berkas terenkripsi atau .xls lama / an encrypted file or an old .xls"
        raise refusal(name, found, f"{_XLSX}, tanpa kata sandi / without a password")
    try:
        with zipfile.ZipFile(BytesIO(data)) as parts:
            _check_directory(parts.infolist(), name)
            for part in parts.infolist():
                _check_part(parts, part, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise refusal(name, f"bukan buku kerja utuh / no whole workbook ({error})", _XLSX) from error


def _too_big(name: str) -> WorkbookRefused:
    return refusal(name, "berkas terlalu besar / too big a file", f"{MOST_BYTES // MIB} MiB")


def _check_directory(parts: list[zipfile.ZipInfo], name: str) -> None:
    if len(parts) > MOST_PARTS:
        raise refusal(name, f"{len(parts)} bagian / parts", f"{MOST_PARTS}")
    if sum(part.file_size for part in parts) > MOST_TOTAL_BYTES:
        raise refusal(name, "isi yang membengkak / content that blows up", f"{MOST_TOTAL_BYTES // MIB} MiB")
    names = [part.filename for part in parts]
    if len(set(names)) < len(names):
        raise refusal(name, "bagian ganda / a part twice", _XLSX)
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= set(names):
        raise refusal(name, "bukan buku kerja Excel / no Excel workbook", _XLSX)
    for part in parts:
        _check_entry(part, name)


def _check_entry(part: zipfile.ZipInfo, name: str) -> None:
    if part.flag_bits & 1:
        raise refusal(name, "bagian terenkripsi / an encrypted part", f"{_XLSX}, tanpa kata sandi")
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refusal(name, f"kompresi asing / compression {part.compress_type}", _XLSX)
    if part.file_size > MOST_PART_BYTES or (
        part.file_size > SMALL and part.file_size > MOST_RATIO * max(part.compress_size, 1)
    ):
        raise refusal(name, f"bagian yang membengkak / a part that blows up: {part.filename}", _XLSX)
    if part.filename.startswith("/") or "\\" in part.filename or ".." in part.filename.split("/"):
        raise refusal(name, f"nama bagian / the part {part.filename!r}", _XLSX)
    for pattern, words in _BAD_PARTS:
        if re.search(pattern, part.filename, re.IGNORECASE):
            raise refusal(name, f"{words} ({part.filename})", _CLEAN)


def _check_part(parts: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    """Read each part to its end: that also proves the sizes that the directory promises."""
    watch = _Watch(name, part.filename)
    is_xml = part.filename.lower().endswith((".xml", ".rels"))
    parser = XMLParser(target=watch, forbid_dtd=True) if is_xml else None
    try:
        with parts.open(part) as file:
            while chunk := file.read(1 << 16):
                if parser is not None:
                    parser.feed(chunk)
        if parser is not None:
            parser.close()
    except DefusedXmlException as error:
        found = f"DTD atau entitas / a DTD or entities in {part.filename}"
        raise refusal(name, found, "XML tanpa itu / XML without") from error
    except (ParseError, LookupError, UnicodeError) as error:
        raise refusal(name, f"{part.filename}: {error}", "XML utuh / whole XML") from error


class _Watch:
    """Sees every element of a part and keeps none."""

    def __init__(self, name: str, part: str) -> None:
        self.name = name
        self.part = part
        self.depth = 0
        self.elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1 + len(attributes)
        if self.depth > MOST_DEPTH:
            raise refusal(self.name, f"unsur terlalu bertingkat / elements too deep in {self.part}", _XLSX)
        if self.elements > MOST_ELEMENTS:
            raise refusal(self.name, f"terlalu banyak unsur / too many elements in {self.part}", _XLSX)
        kind = tag.rpartition("}")[2]
        if kind == "Relationship" and attributes.get("TargetMode", "").lower() == "external":
            # A web address in a note becomes a hyperlink by itself; nothing follows it.
            if not attributes.get("Type", "").endswith("/hyperlink"):
                raise refusal(self.name, f"tautan ke luar / an external link in {self.part}", _CLEAN)
        elif kind in ("Override", "Default") and "macroenabled" in attributes.get("ContentType", "").lower():
            raise refusal(self.name, "buku kerja bermakro / a workbook with macros", _CLEAN)

    def end(self, tag: str) -> None:  # noqa: ARG002 - the parser's interface
        self.depth -= 1

    def close(self) -> None:
        pass
