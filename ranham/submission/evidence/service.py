"""Evidence of a unit: kept once, laid beside answers of drafts, taken away again only before it was sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ranham.audit import service as audit
from ranham.kernel.errors import Conflict, NotFound
from ranham.plan.models import Measure
from ranham.submission.drafts import begin_edit
from ranham.submission.evidence import store as stores
from ranham.submission.evidence.receiving import Received, Stream, receive
from ranham.submission.evidence.rules import Attributes, check_attributes
from ranham.submission.models import AnswerEvidence, DraftAnswer, DraftEvidence, Evidence, Report
from ranham.submission.models.evidence import Scan
from ranham.submission.reports import Cause

CONTENT_LOCK = 7270


@dataclass(frozen=True, slots=True)
class Stored:
    evidence: Evidence
    already_stored: bool
    """The unit had these bytes: its row is as it was, what was said of the second upload is not kept."""

    @property
    def notice(self) -> str | None:
        if not self.already_stored:
            return None
        name, at = self.evidence.file_name, f"{self.evidence.uploaded_at:%Y-%m-%d}"
        return (
            f"berkas ini sudah ada sebagai '{name}' sejak {at}; keterangannya tetap yang pertama / "
            f"this file is already there as '{name}' since {at}; what was said of it first stays"
        )


@dataclass(frozen=True, slots=True)
class Removed:
    """For whoever keeps the record of what was done."""

    evidence_id: int
    unit_id: int
    sha256: str
    file_name: str
    by: str
    at: datetime


def store(  # noqa: PLR0913 - keywords
    session: Session,
    unit_id: int,
    stream: Stream,
    file_name: str,
    *,
    attributes: Attributes,
    by: str,
    now: datetime,
) -> Stored:
    """Take a file in for a unit. The same bytes again are the same row, and nothing is written twice.

    Touches the database only once the stream is at its end, so a slow sender holds no transaction of a fresh session.
    """
    check_attributes(attributes)
    with receive(stream, file_name) as received:
        return keep(session, unit_id, received, attributes=attributes, by=by, now=now)


def keep(  # noqa: PLR0913 - keywords
    session: Session, unit_id: int, received: Received, *, attributes: Attributes, by: str, now: datetime
) -> Stored:
    """Record what was received, then give it its final name.

    The content stays locked to the end of the transaction: a sweep that finds no row yet must not remove the bytes.
    """
    check_attributes(attributes)
    if not session.scalar(text("SELECT EXISTS (SELECT FROM reporting_unit WHERE id = :id)"), {"id": unit_id}):
        raise NotFound(f"no unit {unit_id}")
    lock_content(session, received.sha256)
    row = {
        "unit_id": unit_id,
        "sha256": received.sha256,
        "size_bytes": received.size_bytes,
        "media_type": received.media_type,
        "file_name": received.file_name,
        "kind": attributes.kind,
        "dated_on": attributes.dated_on,
        "letterhead": attributes.letterhead,
        "signed": attributes.signed,
        "scan": received.scan,
        "uploaded_by": by,
        "uploaded_at": now,
    }
    new_id = kept = None
    while kept is None:  # a second time only if the unit's row was removed between the two statements
        adding = insert(Evidence).values(row).on_conflict_do_nothing(index_elements=["unit_id", "sha256"])
        new_id = session.scalar(adding.returning(Evidence.id))
        kept = session.scalar(
            select(Evidence)
            .where(Evidence.unit_id == unit_id, Evidence.sha256 == received.sha256)
            .with_for_update(read=True, key_share=True)
            .execution_options(populate_existing=True)
        )
    if received.scan is Scan.CLEAN:
        kept.scan = Scan.CLEAN  # of the bytes, not of this upload
        session.flush()
    # Also over an object that is there: the same bytes again heal one that was damaged or lost.
    stores.configured().settle(received.key, received.sha256)
    if new_id is not None:
        _record(session, kept, "evidence.stored", by=by, now=now)
    return Stored(kept, already_stored=new_id is None)


def lock_content(session: Session, sha256: str) -> None:
    """To the end of the transaction. Two contents may share a lock, and then only wait for each other."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key, hashtext(:of))"), {"key": CONTENT_LOCK, "of": sha256})


def attach(  # noqa: PLR0913 - keywords
    session: Session, report_id: int, measure_id: int, evidence_id: int, *, by: str, now: datetime
) -> bool:
    """Lay a file of the unit beside an answer of its draft; False if it lay there already."""
    report = _edit(session, report_id, by=by, now=now)
    measure = session.get(Measure, measure_id)
    if measure is None or (measure.action_id, measure.period_id) != (report.action_id, report.period_id):
        raise NotFound(f"no measure {measure_id} in report {report_id}")
    # Locked against removal, which waits for us or is waited for.
    unit_id = session.scalar(
        select(Evidence.unit_id).where(Evidence.id == evidence_id).with_for_update(read=True, key_share=True)
    )
    if unit_id != report.unit_id:
        raise NotFound(f"no evidence {evidence_id} of the unit of report {report_id}")
    # Version 0: nothing of the answer itself is written, so whoever writes it first has seen no older one.
    blank = {"report_id": report_id, "measure_id": measure_id, "version": 0, "written_by": by, "written_at": now}
    session.execute(insert(DraftAnswer).values(blank).on_conflict_do_nothing())
    beside = {"report_id": report_id, "measure_id": measure_id, "evidence_id": evidence_id}
    added = session.scalar(
        insert(DraftEvidence).values(beside).on_conflict_do_nothing().returning(DraftEvidence.evidence_id)
    )
    return _changed(session, report, added is not None)


def detach(  # noqa: PLR0913 - keywords
    session: Session, report_id: int, measure_id: int, evidence_id: int, *, by: str, now: datetime
) -> bool:
    """Take a file away from an answer of a draft; False if it did not lie there. The file itself stays."""
    report = _edit(session, report_id, by=by, now=now)
    gone = session.scalar(
        delete(DraftEvidence)
        .where(
            DraftEvidence.report_id == report_id,
            DraftEvidence.measure_id == measure_id,
            DraftEvidence.evidence_id == evidence_id,
        )
        .returning(DraftEvidence.evidence_id)
    )
    return _changed(session, report, gone is not None)


def remove(session: Session, evidence_id: int, *, by: str, now: datetime) -> Removed:
    """Take back a file that is part of nothing. Its bytes go with the next sweep, if nobody else has them."""
    found = session.scalar(
        select(Evidence).where(Evidence.id == evidence_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(f"no evidence {evidence_id}")
    if session.scalar(select(exists().where(AnswerEvidence.evidence_id == evidence_id))):
        raise Conflict(f"'{found.file_name}' is part of a report that was sent, so it stays")
    drafts = session.scalars(
        select(DraftEvidence.report_id).where(DraftEvidence.evidence_id == evidence_id).distinct()
    ).all()
    if drafts:
        shown = ", ".join(map(str, sorted(drafts)[:5]))
        raise Conflict(f"'{found.file_name}' lies in the draft of report {shown}; detach it there first")
    removed = Removed(found.id, found.unit_id, found.sha256, found.file_name, by, now)
    session.delete(found)
    _record(session, found, "evidence.removed", by=by, now=now)
    return removed


def _edit(session: Session, report_id: int, *, by: str, now: datetime) -> Report:
    """The report's row, locked, in a state that allows editing; raises `NotPossible` otherwise."""
    # Locked below, after the period: a close takes them in that order too.
    report = session.get(Report, report_id)
    if report is None:
        raise NotFound(f"no report {report_id}")
    return begin_edit(session, report.obligation_id, report.period_id, Cause(actor=by, now=now))


def _record(session: Session, evidence: Evidence, kind: str, *, by: str, now: datetime) -> None:
    """The file's name stays out of the chain, which nobody can take it back from: it may name people."""
    audit.record(
        session,
        actor=by,
        kind=kind,
        subject="evidence",
        subject_id=evidence.id,
        detail={"unit_id": evidence.unit_id, "sha256": evidence.sha256, "size_bytes": evidence.size_bytes},
        now=now,
    )


def _changed(session: Session, report: Report, changed: bool) -> bool:
    if changed:
        report.unsent = True
    session.flush()
    return changed
