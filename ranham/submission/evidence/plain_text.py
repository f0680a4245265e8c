"""Plain text and CSV: UTF-8 throughout, without control characters and without anything that a browser would run."""

import codecs
import re
from typing import BinaryIO

from ranham.submission.evidence.rules import CSV, TXT, FileRefused, FileType

TEXT_FORMATS = ("application/rtf", "application/postscript")
"""Formats that are text and yet programs of a kind."""

PIECE = 1 << 16
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
# A name, then what ends it: `Budi <budi@contoh.go.id>` and `peserta <5` are no markup.
_MARKUP = re.compile(r"<(?:[!?/]|[A-Za-z][\w:.-]{0,40}[\s/>])")
_LONGEST = 48
_NAMED = (
    ("svg", re.compile(r"<svg", re.IGNORECASE)),
    ("script", re.compile(r"<(?:\?(?!xml)|script)", re.IGNORECASE)),
    ("html", re.compile(r"<(?:!doctype|/?(?:html|head|body|title|meta|iframe|img|div|p|a|b|br|h[1-6]|table)\b)", re.IGNORECASE)),
)  # fmt: skip


def looks_like_text(header: bytes) -> bool:
    try:
        piece = codecs.getincrementaldecoder("utf-8")().decode(header)
    except UnicodeDecodeError:
        return False
    return not _CONTROLS.search(piece)


def examine(file: BinaryIO, file_name: str) -> FileType:
    """CSV when its name says so: no content tells a list with commas from a sentence."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    file.seek(0)
    kept, line, began = "", 1, True
    while True:
        piece = file.read(PIECE)
        try:
            fresh = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError:
            raise FileRefused(file_name, "not_utf8") from None
        if _CONTROLS.search(fresh):
            raise FileRefused(file_name, "unknown")
        # The end of a piece is looked at again with the next, in case markup lies across both.
        window = kept + fresh
        if began and window.startswith("#!"):
            raise FileRefused(file_name, "script", line=1)
        if found := _MARKUP.search(window):
            raise FileRefused(
                file_name, _name(window[found.start() :]), line=line + window[: found.start()].count("\n")
            )
        if not piece:
            return CSV if file_name.lower().endswith(".csv") else TXT
        began = False
        kept = window[-_LONGEST:]
        line += window[:-_LONGEST].count("\n")


def _name(rest: str) -> str:
    return next((code for code, pattern in _NAMED if pattern.match(rest)), "markup")
