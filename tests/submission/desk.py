"""The desk of a unit's operator in the small world: reports, answers and evidence without ceremony."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.submission import drafts
from ranham.submission.drafts import DraftContent
from ranham.submission.models import Answer, DraftEvidence, Evidence, Report
from ranham.submission.models.evidence import Scan
from ranham.submission.receiving import Receipt, Sender
from ranham.submission.reports import Cause

IN_WINDOW = datetime(2022, 9, 5, 3, tzinfo=UTC)
AFTER_WINDOW = datetime(2022, 9, 8, 3, tzinfo=UTC)
SENDER = Sender("web")


def obligation(session: Session, unit_code: str = "31", action: str = "D1") -> int:
    found = session.scalar(
        text("""SELECT o.id FROM obligation o JOIN action a ON a.id = o.action_id
                JOIN unit_version v ON v.unit_id = o.unit_id WHERE v.code = :unit AND a.code = :action"""),
        {"unit": unit_code, "action": action},
    )
    assert found is not None
    return int(found)


def measure(session: Session, period: PeriodInfo, number: int, action: str = "D1") -> int:
    found = session.scalar(
        text("""SELECT m.id FROM measure m JOIN action a ON a.id = m.action_id
                WHERE m.period_id = :period AND a.code = :action AND m.number = :number"""),
        {"period": period.id, "action": action, "number": number},
    )
    assert found is not None
    return int(found)


def operator(now: datetime = IN_WINDOW, name: str = "operator") -> Cause:
    return Cause(name, now)


def letter(
    session: Session,
    report: Report,
    *,
    sha256: str = "a" * 64,
    dated_on: date | None = None,
    file_name: str = "surat.pdf",
) -> Evidence:
    made = Evidence(
        unit_id=report.unit_id, sha256=sha256, size_bytes=1, media_type="application/pdf", file_name=file_name,
        kind="letter", dated_on=dated_on, scan=Scan.NOT_CONFIGURED, uploaded_by="operator", uploaded_at=IN_WINDOW,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def fill(session: Session, period: PeriodInfo, report: Report, *, value: int = 50, cause: Cause | None = None) -> None:
    """A whole draft: both required measures, and the letter that the first asks for."""
    cause = cause or operator()
    content = DraftContent(Answer.ACHIEVED, Decimal(value))
    for number in (1, 2):
        drafts.save_answer(session, report, measure(session, period, number), content, cause, seen_version=None)
    session.add(
        DraftEvidence(
            report_id=report.id, measure_id=measure(session, period, 1), evidence_id=letter(session, report).id
        )
    )
    session.flush()


def begun(session: Session, period: PeriodInfo, *, now: datetime = IN_WINDOW, unit: str = "31") -> Report:
    return drafts.begin_edit(session, obligation(session, unit), period.id, operator(now))


def send(
    session: Session, period: PeriodInfo, *, now: datetime = IN_WINDOW, unit: str = "31", seen: int | None = None
) -> Receipt:
    return drafts.submit(
        session, obligation(session, unit), period.id, operator(now), sender=SENDER, expected_version=seen
    )
