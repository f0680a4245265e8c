"""Names that a person sees as they are, that no system takes for more, and that agree with the content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranham.submission.evidence.names import content_disposition, name_for_type, safe_file_name
from ranham.submission.evidence.rules import JPEG, PDF, TXT, FileRefused, FileType


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("notulen.pdf", "notulen.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Dokumen\\SK Bupati.docx", "SK Bupati.docx"),
        ("foto\u202egpj.exe", "fotogpj.exe"),
        ("\u2066a\u2069b\u200b.pdf", "ab.pdf"),
        ("a\x00b\r\nc\t.pdf", "ab c.pdf"),
        ("baris\u2028dua.pdf", "baris dua.pdf"),
        ("Surat  “Édaran”  ke-Ambon 日本.pdf", "Surat “Édaran” ke-Ambon 日本.pdf"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        (".htaccess", "htaccess"),
        ("laporan.pdf. . ", "laporan.pdf"),
        ("con.pdf", "_con.pdf"),
        ("LPT1", "_LPT1"),
        ("", "bukti"),
        ("/", "bukti"),
        ("\u202e", "bukti"),
        ("..", "bukti"),
        ("a" * 500 + ".pdf", "a" * 116 + ".pdf"),
        ("漢" * 500 + ".pdf", "漢" * 65 + ".pdf"),
    ],
)
def test_name_is_what_a_person_sees(raw: str, safe: str) -> None:
    assert safe_file_name(raw) == safe


@given(st.text(max_size=400))
def test_safe_name_is_safe_for_every_input_and_stays_itself(raw: str) -> None:
    safe = safe_file_name(raw)
    assert safe
    assert safe.isprintable()
    assert len(safe.encode()) <= 200
    assert not set('/\\<>:"|?*') & set(safe)
    assert not safe.startswith(".")
    assert safe_file_name(safe) == safe


@given(st.text(max_size=200))
def test_header_is_one_line_of_ascii_and_always_an_attachment(raw: str) -> None:
    header = content_disposition(safe_file_name(raw))
    assert header.startswith('attachment; filename="')
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


def test_header_keeps_letters_of_all_scripts() -> None:
    assert content_disposition("SK Édaran.pdf") == (
        "attachment; filename=\"SK Edaran.pdf\"; filename*=UTF-8''SK%20%C3%89daran.pdf"
    )


@pytest.mark.parametrize(
    ("name", "type_", "named"),
    [
        ("a.pdf", PDF, "a.pdf"),
        ("a.PDF", PDF, "a.PDF"),
        ("foto", JPEG, "foto.jpg"),
        ("IMG_1.png", JPEG, "IMG_1.jpg"),
        ("foto.webp", JPEG, "foto.jpg"),
        ("Surat No. 12 tahun 2022", PDF, "Surat No. 12 tahun 2022.pdf"),
        ("Undangan Drs.Budi", PDF, "Undangan Drs.Budi.pdf"),
        ("rapat 12.08.2022", TXT, "rapat 12.08.2022.txt"),
    ],
)
def test_name_says_what_the_content_is(name: str, type_: FileType, named: str) -> None:
    assert name_for_type(name, type_) == named


@pytest.mark.parametrize(
    ("name", "type_"),
    [("a.pdf", TXT), ("a.pdf", JPEG), ("a.js", TXT), ("a.html", TXT), ("a.ps1", TXT), ("a.exe", PDF), ("a.docm", PDF)],
)
def test_name_that_claims_something_else_is_refused(name: str, type_: FileType) -> None:
    with pytest.raises(FileRefused, match=f"such as a{type_.suffixes[0]}") as refused:
        name_for_type(name, type_)
    assert refused.value.code == "other_suffix"
