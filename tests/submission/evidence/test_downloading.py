"""What is handed out cannot run in a browser, and is never other bytes than were sent."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.submission.evidence.downloading import Damaged, open_for_download
from ranham.submission.evidence.store import final_key
from tests.submission.evidence.desk import any_pdf, upload
from tests.submission.evidence.documents import CSV


def test_download_is_the_file_as_it_was_sent(small_session: Session, folder: Path) -> None:
    content = any_pdf() + bytes(5_000_000)
    download = open_for_download(small_session, upload(small_session, content, name="SK Édaran.pdf").evidence.id)
    assert b"".join(download.stream) == content
    assert (download.file_name, download.size_bytes) == ("SK Édaran.pdf", len(content))


def test_headers_let_no_browser_run_it(small_session: Session, folder: Path) -> None:
    headers = open_for_download(
        small_session, upload(small_session, any_pdf(), name='a";\r\nX: y.pdf').evidence.id
    ).headers
    assert (
        headers["Content-Disposition"] == "attachment; filename=\"a__ X_ y.pdf\"; filename*=UTF-8''a_%3B%20X_%20y.pdf"
    )
    assert headers["Content-Type"] == "application/pdf"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox")
    assert not any(set("\r\n") & set(value) for value in headers.values())


def test_text_is_sent_with_its_encoding(small_session: Session, folder: Path) -> None:
    kept = upload(small_session, CSV, name="daftar.csv").evidence
    assert open_for_download(small_session, kept.id).headers["Content-Type"] == "text/csv; charset=utf-8"


def test_changed_bytes_break_the_transfer_before_its_end(small_session: Session, folder: Path) -> None:
    content = any_pdf() + bytes(3_000_000)
    kept = upload(small_session, content).evidence
    path = folder / final_key(kept.sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    received = []
    with pytest.raises(Damaged, match=r"notulen\.pdf"):
        received.extend(open_for_download(small_session, kept.id).stream)
    assert sum(map(len, received)) < len(content)


def test_what_is_missing_is_said_before_anything_is_sent(small_session: Session, folder: Path) -> None:
    kept = upload(small_session, any_pdf()).evidence
    (folder / final_key(kept.sha256)).unlink()
    for evidence_id in (kept.id, -1):
        with pytest.raises(NotFound):
            open_for_download(small_session, evidence_id)
