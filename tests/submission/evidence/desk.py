"""What an operator has on the desk: files to upload, a report in work, a report that was sent."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ranham.submission.evidence.rules import Attributes
from ranham.submission.evidence.service import Stored, store
from ranham.submission.models import AnswerEvidence, MeasureAnswer, Report, Submission
from ranham.submission.models.revision import Answer, Timeliness
from ranham.submission.reports import lock_report
from tests.submission.evidence.documents import PDF

NOW = datetime(2022, 9, 4, tzinfo=UTC)


def any_pdf() -> bytes:
    return PDF + os.urandom(2000).hex().encode()


def unit(session: Session, key: str = "dki") -> int:
    return session.execute(text("SELECT id FROM reporting_unit WHERE key = :key"), {"key": key}).scalar_one()


def upload(session: Session, content: bytes, key: str = "dki", name: str = "notulen.pdf", **said: Any) -> Stored:
    attributes = Attributes(**{"kind": "notulen", **said})
    return store(session, unit(session, key), iter([content]), name, attributes=attributes, by="operator", now=NOW)


def period(session: Session, code: str = "B08") -> int:
    return session.execute(text("SELECT id FROM period WHERE code = :code"), {"code": code}).scalar_one()


def measure(session: Session, number: int = 1, action: str = "D1", code: str = "B08") -> int:
    found = "SELECT m.id FROM measure m JOIN action a ON a.id = m.action_id JOIN period p ON p.id = m.period_id "
    found += "WHERE a.code = :action AND p.code = :period AND m.number = :number"
    return session.execute(text(found), {"action": action, "period": code, "number": number}).scalar_one()


def report(session: Session, key: str = "dki", action: str = "D1", code: str = "B08") -> Report:
    found = (
        "SELECT o.id FROM obligation o JOIN action a ON a.id = o.action_id WHERE o.unit_id = :unit AND a.code = :code"
    )
    obligation = session.execute(text(found), {"unit": unit(session, key), "code": action}).scalar_one()
    return lock_report(session, obligation, period(session, code), now=NOW)


def send(session: Session, sent: Report, measure_id: int, *evidence_ids: int) -> Submission:
    """The report's first revision with one answer, as sending writes it."""
    made = Submission(
        obligation_id=sent.obligation_id, unit_id=sent.unit_id, action_id=sent.action_id, period_id=sent.period_id,
        revision=1, is_current=True, submitted_at=NOW, submitted_offset_minutes=420, received_at=NOW, channel="web",
        author="operator", digest="d", timeliness=Timeliness.ON_TIME, complete=True, achieved=True,
        not_applicable=False, simulated=False,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(MeasureAnswer(submission_id=made.id, measure_id=measure_id, answer=Answer.ACHIEVED, evidence=[]))
    session.flush()
    session.add_all(
        AnswerEvidence(submission_id=made.id, measure_id=measure_id, evidence_id=id_) for id_ in evidence_ids
    )
    session.flush()
    return made


def clear(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE evidence, report, submission CASCADE"))


def upload_slowly(address: str, pieces: int) -> None:
    """An upload that says `waiting` after so many pieces and then waits for ever: to be killed."""

    def sending() -> Iterator[bytes]:
        yield PDF
        for _ in range(pieces):
            yield bytes(100_000)
        sys.stdout.write("waiting\n")
        sys.stdout.flush()
        sys.stdin.read()

    with Session(create_engine(address)) as session, session.begin():
        where = unit(session)
        store(session, where, sending(), "a.pdf", attributes=Attributes("foto"), by="operator", now=NOW)
