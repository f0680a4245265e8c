"""Reads of evidence: a unit's files, where the same bytes are used, which bytes no row names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

PAGE = 500


class Relation(StrEnum):
    OTHER_UNIT = "other_unit"
    OTHER_PERIOD = "other_period"
    OTHER_MEASURE = "other_measure"


@dataclass(frozen=True, slots=True)
class Use:
    sha256: str
    relation: Relation
    unit_id: int
    unit_code: str | None
    unit_name: str
    """Code and name of its newest dated fact."""
    period: str
    """For example 2022-B08."""
    action_code: str
    measure_id: int
    measure_number: int
    sent: bool
    """Part of the current revision; otherwise of a draft of this unit."""


@dataclass(frozen=True, slots=True)
class FileOfUnit:
    id: int
    file_name: str
    media_type: str
    size_bytes: int
    kind: str
    dated_on: date | None
    scan: str
    uploaded_by: str
    uploaded_at: datetime
    drafts: int
    """Answers in work beside which it lies."""
    answers: int
    """Answers that were sent with it, in all revisions."""
    sha256: str


_OF_UNIT = """
SELECT e.id, e.file_name, e.media_type, e.size_bytes, e.kind, e.dated_on, e.scan, e.uploaded_by, e.uploaded_at,
       (SELECT count(*) FROM draft_evidence d WHERE d.evidence_id = e.id),
       (SELECT count(*) FROM answer_evidence a WHERE a.evidence_id = e.id), e.sha256
FROM evidence e WHERE e.unit_id = :unit ORDER BY e.id
"""
# What others have not sent yet is not shown: a draft is its unit's alone. A file may be in draft and answer alike.
_USES = """
WITH used AS (
    SELECT sha256, unit_id, period_id, action_id, measure_id, bool_or(sent) AS sent,
           count(*) OVER (PARTITION BY sha256, unit_id, period_id) AS measures
    FROM (SELECT e.sha256, s.unit_id, s.period_id, s.action_id, a.measure_id, true AS sent
          FROM evidence e JOIN answer_evidence a ON a.evidence_id = e.id
          JOIN submission s ON s.id = a.submission_id AND s.is_current
          WHERE e.sha256 = ANY(:hashes)
          UNION ALL
          SELECT e.sha256, r.unit_id, r.period_id, r.action_id, d.measure_id, false
          FROM evidence e JOIN draft_evidence d ON d.evidence_id = e.id JOIN report r ON r.id = d.report_id
          WHERE e.sha256 = ANY(:hashes) AND r.unit_id = :unit) u
    GROUP BY sha256, unit_id, period_id, action_id, measure_id)
SELECT u.sha256,
       CASE WHEN u.unit_id <> :unit THEN 'other_unit' WHEN u.period_id <> :period THEN 'other_period'
            ELSE 'other_measure' END AS relation,
       u.unit_id, v.code, v.name, y.year || '-' || p.code, a.code, u.measure_id, m.number, u.sent
FROM used u
JOIN period p ON p.id = u.period_id JOIN plan_year y ON y.id = p.plan_year_id
JOIN action a ON a.id = u.action_id JOIN measure m ON m.id = u.measure_id
JOIN LATERAL (SELECT code, name FROM unit_version WHERE unit_id = u.unit_id ORDER BY valid_from DESC LIMIT 1) v ON true
WHERE u.unit_id <> :unit OR u.period_id <> :period OR u.measures > 1
ORDER BY u.sha256, u.unit_id, p.id, u.measure_id
"""


def of_unit(session: Session, unit_id: int) -> list[FileOfUnit]:
    return [FileOfUnit(*row) for row in session.execute(text(_OF_UNIT), {"unit": unit_id})]


def used_elsewhere(session: Session, sha256s: Iterable[str], unit_id: int, period_id: int) -> list[Use]:
    """Where these files are used beyond one measure of this unit in this period, for the warning before a report is sent.

    Files beside several measures of this unit and period come with each of them. Digests that came in an imported
    table are not compared: their bytes are not with us.
    """
    asked = {"hashes": sorted(set(sha256s)), "unit": unit_id, "period": period_id}
    return [Use(row[0], Relation(row[1]), *row[2:]) for row in session.execute(text(_USES), asked)]


def count_contents(session: Session) -> int:
    return session.scalar(text("SELECT count(DISTINCT sha256) FROM evidence")) or 0


def contents(session: Session) -> Iterator[str]:
    """SHA-256 of everything that has a row, each once, in pages: no row lock, no cursor, no long statement."""
    page = text("SELECT DISTINCT sha256 FROM evidence WHERE sha256 > :after ORDER BY sha256 LIMIT :page")
    after = ""
    while found := session.scalars(page, {"after": after, "page": PAGE}).all():
        yield from found
        after = found[-1]


def without_row(session: Session, sha256s: Iterable[str]) -> list[str]:
    """Those that no unit's row names, as committed now."""
    unnamed = text("""
        SELECT asked.sha256 FROM unnest(cast(:hashes AS text[])) AS asked (sha256)
        WHERE NOT EXISTS (SELECT FROM evidence e WHERE e.sha256 = asked.sha256) ORDER BY 1
    """)
    return list(session.scalars(unnamed, {"hashes": list(sha256s)}))
