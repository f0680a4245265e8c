"""What a file is, its content says; every other claim is refused with what was found and what is expected."""

import io
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ranham.submission.evidence.rules import ALLOWED, FileRefused
from ranham.submission.evidence.sniffing import examine
from tests.submission.evidence.documents import (
    CSV,
    HEIC,
    JPEG,
    MACRO_WORD,
    PDF,
    archive,
    content_types,
    docx,
    encrypted,
    png,
    xlsx,
)

BIG = b"Tanya jawab rapat.\n" * 8000
MEMBER = '<Override PartName="/xl/m.xml" ContentType="application/vnd.ms-excel.macrosheet+xml"/>'


@pytest.mark.parametrize(
    ("content", "name", "title"),
    [
        (PDF, "a.pdf", "PDF"),
        (PDF + b"%/Encrypt tanpa kunci, /EncryptMetadata true, PK\x05\x06" + bytes(99), "a.pdf", "PDF"),
        (JPEG, "a.jpg", "JPEG"),
        (png(), "a.png", "PNG"),
        (HEIC, "a.heic", "HEIC"),
        (docx(), "a.docx", "DOCX"),
        (docx({"word/media/image1.svg": "<svg/>"}), "a.docx", "DOCX"),
        (xlsx(), "a.xlsx", "XLSX"),
        (CSV, "a.csv", "CSV"),
        (b"\xef\xbb\xbf" + CSV, "a.csv", "CSV"),
        (CSV, "a.txt", "TXT"),
        (BIG, "a.txt", "TXT"),
        (b"MZ Arifin, Budi <budi@contoh.go.id>, peserta <5, 3 < 4\n", "hadir.txt", "TXT"),
    ],
)
def test_content_that_is_on_the_list_is_accepted(content: bytes, name: str, title: str) -> None:
    assert examine(io.BytesIO(content), name).title == title


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><p>x", "html"),
        (b"catatan\n\n  <HTML>", "html"),
        (b"\xef\xbb\xbf<html>", "html"),
        (BIG + b"<img src=x onerror=alert(1)>", "html"),
        (b"x" * (65536 - 3) + b"<scr" + b"ipt>", "script"),
        (b"<svg onload=alert(1)>", "svg"),
        (b'<?xml version="1.0"?><a/>', "markup"),
        (b"<?php system($_GET['x']);", "script"),
        (b"#!/bin/sh\nrm -rf /", "script"),
        (b"a <!-- b", "markup"),
        ("dengan tanda baca “lama”".encode("cp1252"), "not_utf8"),
        ("notulen".encode("utf-16"), "not_utf8"),
        (BIG + b"\xff", "not_utf8"),
        (BIG + b"\xc3", "not_utf8"),
        (BIG + b"\x00", "unknown"),
        (b"teks\x1b[2Jlayar", "not_utf8"),
        (b"\x00\x01\x02\x03", "unknown"),
        (rb"{\rtf1 halo}", "other_type"),
        (b"%!PS-Adobe-3.0\n", "other_type"),
        (b"GIF89a" + bytes(32), "other_type"),
        (b"MZ\x90\x00" + bytes(64), "executable"),
        (b"\x7fELF\x02\x01\x01" + bytes(64), "executable"),
        (b"\xcf\xfa\xed\xfe" + bytes(64), "executable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_office"),
        (b"Rar!\x1a\x07\x00" + bytes(32), "archive"),
        (archive({"a.txt": "x"}), "archive"),
        (encrypted(archive({"a.txt": "x"})), "encrypted"),
        (encrypted(docx()), "encrypted"),
        (docx({"word/vbaProject.bin": b"x"}), "macros"),
        (docx({"word\\VBAPROJECT.BIN": b"x"}), "macros"),
        (docx({"xl/macrosheets/sheet1.xml": b"x"}), "macros"),
        (docx({"word/activeX/activeX1.bin": b"x"}), "macros"),
        (docx(types=content_types(MACRO_WORD)), "macros"),
        (docx(types=content_types(more=MEMBER)), "macros"),
        (docx({"word/embeddings/setup.EXE": b"MZ"}), "embedded_program"),
        (docx(types=content_types(part="/word/elsewhere.xml")), "other_type"),
        (docx(types="<a"), "broken_document"),
        (docx(types='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "broken_document"),
        (docx({"[CONTENT_TYPES].XML": content_types()}), "broken_document"),
        (docx({f"word/media/{n}.bin": bytes(65 << 20) for n in range(4)}), "blows_up"),
        (docx()[:-30], "broken_document"),
        (docx() + b"\n", "broken_document"),
        (docx().replace(b"PK\x01\x02", b"PK\x01\x03"), "broken_document"),
        (b"PK\x03\x04" + b"<script>" + docx(), "broken_document"),
        (b"<script>alert(1)</script>" + PDF, "second_file"),
        (JPEG[:3] + PDF, "second_file"),
        (b"\xef\xbb\xbf" + PDF, "second_file"),
        (PDF + docx(), "second_file"),
        (JPEG + archive({"a.txt": "x"}), "second_file"),
        (JPEG + archive({"a.txt": "x"}) + b"\xff\xd9", "second_file"),
        (PDF + archive({"a.txt": "x"}) + b"%%EOF\n" * 9, "second_file"),
        (PDF.replace(b"trailer<<", b"trailer<</Encrypt 5 0 R"), "locked_pdf"),
        (PDF.replace(b"trailer<<", b"trailer<</Encrypt<</V 4>>"), "locked_pdf"),
        (PDF + b"%" + b" " * ((1 << 20) - len(PDF) - 6) + b"\n/Encrypt\n12 0 R", "locked_pdf"),
    ],
)
def test_everything_else_is_refused_with_its_reason(content: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        examine(io.BytesIO(content), "bukti rapat.pdf")
    assert refused.value.code == code
    (finding,) = refused.value.findings
    assert finding.where == "bukti rapat.pdf"
    assert " / " in finding.found
    assert finding.expected


def test_markup_is_found_in_the_line_where_it_stands() -> None:
    with pytest.raises(FileRefused, match=r"baris 9001 / .* line 9001"):
        examine(io.BytesIO(b"satu baris lagi\n" * 9000 + b"<b>tebal</b>"), "a.txt")


def test_list_of_members_without_end_is_refused_before_it_is_read() -> None:
    many = archive({f"word/{number:0>60}": b"" for number in range(12_000)})
    with pytest.raises(FileRefused, match="damaged"):
        examine(io.BytesIO(many), "a.docx")


@settings(deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"\0\0\0\x18ftyp", b"\xff\xd8\xff"]),
    st.sampled_from([b"", b"PK\x05\x06" + bytes(18)]),
)
@example(b"\xff\xff\xff\xff", b"\x89PNG\r\n\x1a\n", b"")
def test_no_content_at_all_is_more_than_accepted_or_refused(middle: bytes, head: bytes, tail: bytes) -> None:
    with suppress(FileRefused):
        assert examine(io.BytesIO(head + middle + tail), "a").media_type in ALLOWED


@settings(deadline=None)
@given(st.integers(0, 2000), st.integers(0, 255))
def test_document_with_any_byte_changed_is_accepted_or_refused(at: int, byte: int) -> None:
    changed = bytearray(docx())
    changed[at % len(changed)] = byte
    with suppress(FileRefused):
        assert examine(io.BytesIO(bytes(changed)), "a.docx").title == "DOCX"
