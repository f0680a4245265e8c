"""A file is kept once for its unit and once in the store, with what was said of it first."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, NotFound
from ranham.submission.evidence.rules import Attributes
from ranham.submission.evidence.service import store
from ranham.submission.evidence.store import configured, final_key
from ranham.submission.evidence.sweeping import UnitOfWork, sweep
from ranham.submission.models import Evidence
from ranham.submission.models.evidence import Scan
from tests.submission.evidence.clamd import answering
from tests.submission.evidence.conftest import Configure
from tests.submission.evidence.desk import NOW, any_pdf, unit, upload

pytestmark = pytest.mark.usefixtures("folder")


def test_record_says_what_the_content_is_and_what_the_sender_said(small_session: Session) -> None:
    content = any_pdf()
    kept = upload(small_session, content, name="C:\\SK\u202e.pdf", dated_on=date(2022, 8, 1), signed=True).evidence
    assert (kept.file_name, kept.media_type, kept.size_bytes) == ("SK.pdf", "application/pdf", len(content))
    assert (kept.kind, kept.dated_on, kept.letterhead, kept.signed) == ("notulen", date(2022, 8, 1), None, True)
    assert (kept.scan, kept.uploaded_by, kept.uploaded_at) == (Scan.NOT_CONFIGURED, "operator", NOW)
    assert b"".join(configured().read(final_key(kept.sha256))) == content


def test_same_bytes_again_are_the_same_row_with_its_first_attributes(small_session: Session) -> None:
    content = any_pdf()
    first = upload(small_session, content)
    again = upload(small_session, content, name="lain.pdf", kind="foto", signed=True)
    assert (first.already_stored, first.notice) == (False, None)
    assert again.already_stored
    assert again.evidence is first.evidence
    assert (again.evidence.file_name, again.evidence.kind, again.evidence.signed) == ("notulen.pdf", "notulen", None)
    assert "'notulen.pdf' since 2022-09-04" in (again.notice or "")
    assert len(list(configured().keys())) == 1


def test_same_bytes_of_two_units_are_two_rows_and_one_object(small_session: Session) -> None:
    content = any_pdf()
    ids = {upload(small_session, content, key).evidence.id for key in ("dki", "papua")}
    assert len(ids) == 2
    assert len(list(configured().keys())) == 1


def test_unit_that_does_not_exist_is_said_and_nothing_stays(small_session: Session) -> None:
    with pytest.raises(NotFound, match="no unit -1"):
        store(small_session, -1, iter([any_pdf()]), "a.pdf", attributes=Attributes("foto"), by="x", now=NOW)
    assert list(configured().keys()) == []
    assert configured().drop_temporaries(datetime.now(UTC) + timedelta(days=1)) == 0


@pytest.mark.parametrize("kind", ["", "  ", "a\nb", "x" * 61])
def test_kind_has_to_say_something_before_a_byte_is_read(small_session: Session, kind: str) -> None:
    stream = iter([any_pdf()])
    with pytest.raises(BadInput, match="kind"):
        store(small_session, unit(small_session), stream, "a.pdf", attributes=Attributes(kind), by="x", now=NOW)
    assert next(stream)


def test_slow_sender_holds_no_transaction(small_session: Session) -> None:
    where = unit(small_session)
    small_session.rollback()

    def sending():  # type: ignore[no-untyped-def]  # noqa: ANN202
        for piece in (any_pdf(), b"\n%%EOF"):
            assert not small_session.in_transaction()
            yield piece

    assert store(small_session, where, sending(), "a.pdf", attributes=Attributes("foto"), by="x", now=NOW)


def test_file_that_comes_again_past_a_scanner_becomes_clean(small_session: Session, configure: Configure) -> None:
    content = any_pdf()
    assert upload(small_session, content).evidence.scan is Scan.NOT_CONFIGURED
    with answering(b"stream: OK\0") as (address, _):
        configure(RANHAM_CLAMD=address)
        upload(small_session, content)
    assert small_session.scalars(select(Evidence.scan)).all() == [Scan.CLEAN]


def test_upload_of_the_same_bytes_heals_what_was_lost(small_session: Session, folder: Path) -> None:
    content = any_pdf()
    kept = upload(small_session, content).evidence
    (folder / final_key(kept.sha256)).unlink()
    assert upload(small_session, content).already_stored
    assert b"".join(configured().read(final_key(kept.sha256))) == content


def test_upload_that_is_rolled_back_leaves_nothing_after_the_sweep(unit_of_work: UnitOfWork) -> None:
    def upload_and_fail() -> None:
        with unit_of_work() as session:
            upload(session, any_pdf())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        upload_and_fail()
    assert sweep(unit_of_work, now=NOW).objects == 1
    assert list(configured().keys()) == []


@pytest.mark.parametrize("change", ["sha256 = repeat('0', 64)", "file_name = 'lain.pdf'", "unit_id = unit_id + 1"])
def test_what_a_record_says_is_rewritten_by_nobody(change: str, small_session: Session) -> None:
    upload(small_session, any_pdf())
    with pytest.raises(IntegrityError, match="evidence"):
        small_session.execute(text(f"UPDATE evidence SET {change}"))
