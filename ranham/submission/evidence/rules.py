"""What is accepted as evidence, and in which words the rest is refused. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ranham.kernel.errors import BadInput, Finding


@dataclass(frozen=True, slots=True)
class FileType:
    media_type: str
    title: str
    suffixes: tuple[str, ...]
    """What a file of this type may be called; the first is given to one without a suffix."""
    image: bool = False


PDF = FileType("application/pdf", "PDF", (".pdf",))
JPEG = FileType("image/jpeg", "JPEG", (".jpg", ".jpeg", ".jfif"), image=True)
PNG = FileType("image/png", "PNG", (".png",), image=True)
HEIC = FileType("image/heic", "HEIC", (".heic", ".heif"), image=True)
DOCX = FileType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOCX", (".docx",))
XLSX = FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX", (".xlsx",))
CSV = FileType("text/csv", "CSV", (".csv",))
TXT = FileType("text/plain", "TXT", (".txt",))

ALLOWED: Mapping[str, FileType] = {t.media_type: t for t in (PDF, JPEG, PNG, HEIC, DOCX, XLSX, CSV, TXT)}
EXPECTED = "PDF, JPEG, PNG, HEIC, DOCX, XLSX, CSV, TXT"

FOUND: Mapping[str, str] = {
    "empty": "berkas kosong / an empty file",
    "too_large": "lebih dari {limit} / more than {limit}",
    "executable": "program ({what}) / an executable ({what})",
    "archive": "arsip ({what}) / an archive ({what})",
    "other_type": "jenis berkas lain ({what}) / another type of file ({what})",
    "unknown": "isi yang tidak dikenal / content that is not known",
    "old_office": "dokumen Office lama atau berkata sandi / an Office document of the old format or with a password",
    "macros": "dokumen dengan makro ({what}) / a document with macros ({what})",
    "embedded_program": "dokumen berisi program ({what}) / a document that holds a program ({what})",
    "encrypted": "arsip terenkripsi / an encrypted archive",
    "blows_up": "dokumen yang membengkak saat dibuka / a document that blows up when it is opened",
    "locked_pdf": "PDF yang dikunci dengan kata sandi / a PDF that is locked with a password",
    "broken_document": "dokumen rusak atau tidak utuh / a document that is damaged or not whole",
    "second_file": "berkas lain di dalam atau di belakangnya ({what}) / another file inside or behind it ({what})",
    "html": "HTML pada baris {line} / HTML in line {line}",
    "svg": "SVG pada baris {line} / SVG in line {line}",
    "script": "skrip pada baris {line} / a script in line {line}",
    "markup": "markah pada baris {line} / markup in line {line}",
    "not_utf8": "teks yang bukan UTF-8 / text that is not UTF-8",
    "other_suffix": "isi {what} dengan nama '{suffix}' / content {what} under the name '{suffix}'",
    "virus": "virus {what} menurut pemindai / virus {what}, says the scanner",
}
"""Code of each refusal and what was found, in Indonesian and English."""

_EXPECTED: Mapping[str, str] = {
    "empty": "berkas yang berisi / a file with content",
    "too_large": "paling besar {limit} / at most {limit}",
    "old_office": "simpan sebagai DOCX, XLSX atau PDF tanpa kata sandi / save as DOCX, XLSX or PDF without a password",
    "macros": "simpan tanpa makro sebagai DOCX atau XLSX / save without macros as DOCX or XLSX",
    "blows_up": "paling besar {limit} setelah dibuka / at most {limit} when opened",
    "locked_pdf": "PDF tanpa kata sandi; simpan atau cetak lagi sebagai PDF / a PDF without a password; save or print it again",
    "broken_document": "dokumen yang dapat dibuka; simpan dan unggah lagi / a document that opens; save and upload again",
    "not_utf8": "simpan sebagai 'CSV UTF-8' atau teks UTF-8 / save as 'CSV UTF-8' or text in UTF-8",
    "other_suffix": "nama yang sesuai isinya, misalnya {example} / a name that fits the content, such as {example}",
    "virus": "berkas bersih / a clean file",
}


class FileRefused(BadInput):
    """A file that is not taken as evidence; `code` is one of `FOUND`."""

    def __init__(self, file_name: str, code: str, **words: object) -> None:
        self.code = code
        found, expected = FOUND[code], _EXPECTED.get(code, EXPECTED)
        super().__init__([Finding(file_name, found.format(**words), expected.format(**words))])


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the sender says of a file; nothing of it is read from the content."""

    kind: str
    """For example notulen, daftar_hadir, foto, sk."""
    dated_on: date | None = None
    letterhead: bool | None = None
    signed: bool | None = None


def check_attributes(attributes: Attributes) -> None:
    """Whether the plan asks for this kind is the report's question: kinds beyond it are welcome."""
    if not attributes.kind.strip() or len(attributes.kind) > 60 or not attributes.kind.isprintable():
        expected = "misalnya notulen, daftar_hadir, foto / such as notulen, at most 60 characters"
        raise BadInput([Finding("kind", repr(attributes.kind[:80]), expected)])


def in_words(size_bytes: int) -> str:
    """A size as people see it in their file manager: 20 MB are 20 x 1024 x 1024 bytes."""
    if size_bytes >= 1 << 20 and size_bytes % (1 << 20) == 0:
        return f"{size_bytes >> 20} MB"
    return f"{size_bytes} bytes"
