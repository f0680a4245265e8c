"""`ranham evidence`: what is listed, when the exit code says that something is wrong, and what a sweep removes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.kernel.settings import settings
from ranham.submission.evidence import store
from tests.cli.command import ranham
from tests.submission.evidence.desk import any_pdf, upload

pytestmark = pytest.mark.usefixtures("application")


@pytest.fixture
def kept(application: Engine, tmp_path: Path) -> Iterator[Path]:
    """Where the bytes of the one file of Kabupaten Serang lie: below the data folder of the application."""
    store.open_store.cache_clear()
    with Session(application) as session, session.begin():
        sha256 = upload(session, any_pdf(), "id-36.04").evidence.sha256
    yield tmp_path / "evidence" / store.final_key(sha256)
    store.open_store.cache_clear()


def test_files_of_a_unit_are_listed(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ranham(capsys, "evidence", "list", "36.04", "--format", "json")
    (file,) = answer.json
    assert (file["file_name"], file["sha256"], file["scan"]) == ("notulen.pdf", kept.name, "not_configured")
    assert "Kabupaten Serang" in ranham(capsys, "evidence", "list", "36.04").out
    assert ranham(capsys, "evidence", "list", "99.99").code == 1


def test_verification_of_a_sound_store_ends_well(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ranham(capsys, "evidence", "verify")
    assert (answer.code, answer.out) == (0, "1 objects checked, 0 wrong.\n")


def test_verification_of_a_damaged_store_ends_with_code_1(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept.write_bytes(kept.read_bytes() + b" ")
    answer = ranham(capsys, "evidence", "verify", "--format", "json")
    assert answer.code == 1
    assert [item["fault"] for item in answer.json] == ["changed"]
    kept.unlink()
    answer = ranham(capsys, "evidence", "verify")
    assert (answer.code, "1 wrong" in answer.out, "missing" in answer.out) == (1, True, True)


def test_sweep_says_what_it_removed(kept: Path, application: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert "0 unfinished uploads and 0 objects" in ranham(capsys, "evidence", "sweep").out
    with application.begin() as connection:
        connection.execute(text("DELETE FROM evidence"))
    assert ranham(capsys, "evidence", "verify").code == 1
    assert "0 unfinished uploads and 1 objects" in ranham(capsys, "evidence", "sweep").out
    assert not kept.exists()
    assert ranham(capsys, "evidence", "verify").code == 0


def test_store_that_does_not_answer_is_a_sentence_and_exit_code_4(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_EVIDENCE_URL", "s3://bukti")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "kunci")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "rahasia-sekali")
    settings.cache_clear()
    answer = ranham(capsys, "evidence", "verify")
    assert (answer.code, "try again later" in answer.err) == (4, True)
    assert "rahasia" not in answer.err + answer.out
