"""What lies on a unit's desk in a period, read in a few statements: its measures, answers, excuses and evidence."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.clock import JAKARTA
from ranham.kernel.errors import NotFound
from ranham.plan.models import ZoneRule
from ranham.plan.queries import PeriodInfo
from ranham.submission.drafts import DraftContent
from ranham.submission.models import Answer
from ranham.submission.states import Event, Refusal, State, advance
from ranham.submission.workbook.book import fitted
from ranham.territory.queries import UnitAsOf


@dataclass(frozen=True, slots=True)
class Asked:
    """One measure of one obligation, and what is answered so far: in the draft, else in the revision that counts."""

    obligation_id: int
    measure_id: int
    action: str
    title: str
    number: int
    text: str
    unit_of_measure: str | None
    required: bool
    low: Decimal | None
    high: Decimal | None
    kinds: tuple[str, ...]
    excuse: str | None
    """Justification of an approved excuse."""
    report_id: int | None
    state: State
    version: int
    """Of the report; 0 before its first event."""
    period_closed: bool
    """As the report sees it."""
    remark: str | None
    """Why it was returned last."""
    draft_begun: bool
    draft_version: int | None
    raw: DraftContent
    """Kept where nobody touches it: a cell holds less than the database."""
    content: DraftContent
    """The same as cells can hold it."""
    written: str | None
    """Who wrote the draft's answer, and when."""
    earlier: DraftContent | None
    """Answer of the period before to the measure of the same number and unit of measure."""
    simulated: bool

    @property
    def key(self) -> tuple[str, int]:
        return self.action, self.number

    @property
    def open(self) -> bool:
        """Its answer may be written now."""
        edited = advance(self.state, Event.EDIT, period_closed=self.period_closed)
        return self.excuse is None and not isinstance(edited, Refusal)


@dataclass(frozen=True, slots=True)
class Deadline:
    opens_at: datetime | None
    ends_at: datetime | None
    """First instant that is late."""
    extended_until: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None


_ASKED = """
WITH before AS (
    SELECT p.id FROM period p JOIN period own ON own.id = :period AND p.plan_year_id = own.plan_year_id
    WHERE p.closing_month < own.closing_month ORDER BY p.closing_month DESC, p.id DESC LIMIT 1)
SELECT o.id AS obligation_id, m.id AS measure_id, a.code AS action, a.title_id AS title, m.number, m.text_id AS text,
       m.unit_of_measure, m.required, m.value_min AS low, m.value_max AS high, m.evidence_kinds AS kinds,
       x.justification AS excuse, r.id AS report_id,
       coalesce(r.state, CASE WHEN s.id IS NULL THEN 'not_started' ELSE 'submitted' END) AS state,
       coalesce(r.version, 0) AS version, coalesce(z.closed_at > r.reopened_at, z.closed_at IS NOT NULL) AS period_closed,
       (SELECT e.remark FROM report_event e WHERE e.report_id = r.id AND e.event = 'return' ORDER BY e.id DESC LIMIT 1)
         AS remark,
       g.begun AS draft_begun, d.version AS draft_version,
       CASE WHEN g.begun THEN d.answer ELSE c.answer END AS answer,
       CASE WHEN g.begun THEN d.value ELSE c.value END AS value,
       CASE WHEN g.begun THEN d.note ELSE c.note END AS note,
       d.written_by || ', ' || to_char(d.written_at, 'YYYY-MM-DD HH24:MI') || ' UTC' AS written,
       b.answer AS earlier_answer, b.value AS earlier_value, b.note AS earlier_note,
       coalesce(s.simulated, false) OR coalesce(b.simulated, false) AS simulated
FROM obligation o
JOIN action a ON a.id = o.action_id
JOIN measure m ON m.action_id = a.id AND m.period_id = :period
LEFT JOIN report r ON r.obligation_id = o.id AND r.period_id = :period
LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = :period AND x.approved_at IS NOT NULL
LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = :period AND s.is_current
LEFT JOIN period_state z ON z.period_id = :period
CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM draft_answer q WHERE q.report_id = r.id) AS begun) g
LEFT JOIN draft_answer d ON d.report_id = r.id AND d.measure_id = m.id
LEFT JOIN measure_answer c ON c.submission_id = s.id AND c.measure_id = m.id
LEFT JOIN LATERAL (
    SELECT q.answer, q.value, q.note, t.simulated FROM measure n
    JOIN submission t ON t.obligation_id = o.id AND t.period_id = n.period_id AND t.is_current
    JOIN measure_answer q ON q.submission_id = t.id AND q.measure_id = n.id
    WHERE n.action_id = a.id AND n.period_id = (SELECT id FROM before) AND n.number = m.number
      AND n.unit_of_measure IS NOT DISTINCT FROM m.unit_of_measure) b ON true
WHERE o.unit_id = :unit AND o.plan_year_id = :plan_year AND o.id = coalesce(:obligation, o.id)
ORDER BY length(a.code), a.code, m.number
"""
_DEADLINE = """
SELECT (SELECT max(until) FROM extension WHERE period_id = :period AND (unit_id = :unit OR unit_id IS NULL) AND approved)
         AS extended_until, s.opened_at, s.closed_at
FROM (SELECT) nothing LEFT JOIN period_state s ON s.period_id = :period
"""
_FILES = """
SELECT e.file_name, e.kind, e.dated_on,
       string_agg(DISTINCT a.code || '/' || m.number, ', ') AS used
FROM evidence e
LEFT JOIN LATERAL (
    SELECT d.measure_id FROM draft_evidence d WHERE d.evidence_id = e.id
    UNION SELECT w.measure_id FROM answer_evidence w JOIN submission s ON s.id = w.submission_id AND s.is_current
    WHERE w.evidence_id = e.id) u ON true
LEFT JOIN measure m ON m.id = u.measure_id AND m.period_id = :period
LEFT JOIN action a ON a.id = m.action_id
WHERE e.unit_id = :unit GROUP BY e.id ORDER BY e.uploaded_at DESC, e.id DESC LIMIT 1000
"""


def asked(session: Session, unit_id: int, period: PeriodInfo, obligation_id: int | None = None) -> list[Asked]:
    """Every measure that the unit is asked for, in the order of the sheet; or those of one obligation."""
    key = {"unit": unit_id, "plan_year": period.plan_year_id, "period": period.id, "obligation": obligation_id}
    return [_asked(row) for row in session.execute(text(_ASKED), key)]


def deadline(session: Session, unit: UnitAsOf, period: PeriodInfo) -> Deadline:
    row = session.execute(text(_DEADLINE), {"unit": unit.unit_id, "period": period.id}).one()
    zone = JAKARTA if period.zone_rule is ZoneRule.JAKARTA else ZoneInfo(unit.time_zone)
    ends_on = period.closes_on and period.closes_on + timedelta(days=1)  # the last day counts whole
    return Deadline(_midnight(period.opens_on, zone), _midnight(ends_on, zone), *row)


def files(session: Session, unit_id: int, period: PeriodInfo) -> list[tuple[str, ...]]:
    """Evidence of the unit that is known, the newest first, and for which measures of the period it is used."""
    rows = session.execute(text(_FILES), {"unit": unit_id, "period": period.id})
    return [tuple("" if part is None else str(part) for part in row) for row in rows]


def key_of(session: Session, unit_id: int) -> str:
    found = session.scalar(text("SELECT key FROM reporting_unit WHERE id = :id"), {"id": unit_id})
    if found is None:
        raise NotFound(f"no unit with id {unit_id}")
    return str(found)


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, datetime.min.time(), zone)


def _asked(row: Row[Any]) -> Asked:
    said = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    answer, value, note = (said.pop(name) for name in ("answer", "value", "note"))
    before = tuple(said.pop(f"earlier_{name}") for name in ("answer", "value", "note"))
    raw = DraftContent(answer and Answer(answer), value, note)
    return Asked(
        **said
        | {
            "kinds": tuple(said["kinds"]),
            "state": State(said["state"]),
            "raw": raw,
            "content": fitted(raw),
            "earlier": fitted(DraftContent(Answer(before[0]), *before[1:])) if before[0] else None,
        }
    )
