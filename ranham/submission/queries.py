"""Reads reports: the list of what is owed with the state of each, and one report whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.plan.queries import PeriodInfo
from ranham.submission.models import Answer, Timeliness
from ranham.submission.reports import binds
from ranham.submission.states import Event, State, possible


@dataclass(frozen=True, slots=True)
class ReportRow:
    """An obligation in a period, and where its report stands; also when nobody has touched it yet."""

    obligation_id: int
    period: str
    unit_code: str | None
    unit_name: str
    action_code: str
    action_title: str
    state: State
    version: int
    """Of the state; 0 while there is none but what follows from an import."""
    round: int
    revision: int | None
    timeliness: Timeliness | None
    complete: bool | None
    achieved: bool | None
    score_bp: int | None
    unsent: bool
    excused: bool
    not_reported: bool
    """The time is over, with extensions, and nothing came."""
    deadline: datetime | None
    """First instant that is late: of the window, or of the longest approved extension."""
    return_due_at: datetime | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class AnswerView:
    measure_id: int
    number: int
    text: str
    unit_of_measure: str | None
    required: bool
    evidence_kinds: tuple[str, ...]
    value_min: Decimal | None
    value_max: Decimal | None
    opd: str | None
    draft_version: int | None
    """None: nobody has written this answer in the draft."""
    draft_answer: Answer | None
    draft_value: Decimal | None
    draft_note: str | None
    draft_evidence_ids: tuple[int, ...]
    draft_stated_evidence: tuple[str, ...]
    """Named by an imported file, not in the store."""
    sent_answer: Answer | None
    sent_value: Decimal | None
    sent_note: str | None
    sent_evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    at: datetime
    event: Event
    from_state: State
    to_state: State
    actor: str
    reason_code: str | None
    remark: str | None


@dataclass(frozen=True, slots=True)
class ReportView:
    row: ReportRow
    report_id: int | None
    answers: tuple[AnswerView, ...]
    events: tuple[EventView, ...]
    possible: tuple[Event, ...]
    evidence_from: date | None
    evidence_to: date | None


_ROWS = """
SELECT o.id AS obligation_id, v.code AS unit_code, coalesce(v.name, r.key) AS unit_name, a.code AS action_code,
       a.title_id AS action_title, p.id AS report_id,
       coalesce(p.state, CASE WHEN s.id IS NULL THEN 'not_started' ELSE 'submitted' END) AS state,
       coalesce(p.version, 0) AS version, coalesce(p.round, 0) AS round, s.revision, s.timeliness, s.complete,
       s.achieved, p.score_bp, coalesce(p.unsent, false) AS unsent, x.id IS NOT NULL AS excused,
       d.deadline, p.return_due_at, coalesce(s.simulated, false) AS simulated, p.reopened_at,
       s.id AS submission_id, o.unit_id, o.action_id
FROM obligation o
JOIN action a ON a.id = o.action_id
JOIN reporting_unit r ON r.id = o.unit_id
JOIN period q ON q.id = :period AND q.plan_year_id = o.plan_year_id
LEFT JOIN unit_version v ON v.unit_id = o.unit_id AND v.valid_from <= :day
     AND (v.valid_to IS NULL OR v.valid_to > :day)
LEFT JOIN report p ON p.obligation_id = o.id AND p.period_id = q.id
LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = q.id AND s.is_current
LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = q.id AND x.approved_at IS NOT NULL
CROSS JOIN LATERAL (
    SELECT greatest(((q.closes_on + 1)::timestamp AT TIME ZONE CASE WHEN q.zone_rule = 'jakarta' THEN 'Asia/Jakarta'
                    ELSE coalesce(v.time_zone, 'Asia/Jakarta') END),
                    (SELECT max(e.until) FROM extension e WHERE e.period_id = q.id AND e.approved
                     AND (e.unit_id = o.unit_id OR e.unit_id IS NULL))) AS deadline) d
WHERE o.id > :after
  AND (cast(:unit AS bigint) IS NULL OR o.unit_id = :unit)
  AND (cast(:units AS bigint[]) IS NULL OR o.unit_id = ANY(:units))
  AND (cast(:obligation AS bigint) IS NULL OR o.id = :obligation)
  AND (cast(:state AS text) IS NULL
       OR coalesce(p.state, CASE WHEN s.id IS NULL THEN 'not_started' ELSE 'submitted' END) = :state)
ORDER BY o.id LIMIT :limit
"""
_ANSWERS = """
SELECT m.id AS measure_id, m.number, m.text_id AS text, m.unit_of_measure, m.required, m.evidence_kinds, m.value_min,
       m.value_max, d.opd, d.version AS draft_version, d.answer AS draft_answer, d.value AS draft_value,
       d.note AS draft_note,
       coalesce((SELECT array_agg(e.evidence_id ORDER BY e.evidence_id) FROM draft_evidence e
                 WHERE e.report_id = d.report_id AND e.measure_id = m.id), '{}') AS draft_evidence_ids,
       coalesce(d.stated_evidence, '{}') AS draft_stated_evidence,
       a.answer AS sent_answer, a.value AS sent_value, a.note AS sent_note, coalesce(a.evidence, '{}') AS sent_evidence
FROM measure m
LEFT JOIN draft_answer d ON d.report_id = :report AND d.measure_id = m.id
LEFT JOIN measure_answer a ON a.submission_id = :submission AND a.measure_id = m.id
WHERE m.action_id = :action AND m.period_id = :period ORDER BY m.number
"""
_EVENTS = """
SELECT at, event, from_state, to_state, actor, reason_code, remark FROM report_event WHERE report_id = :report ORDER BY id
"""
_COLUMNS = frozenset(ReportRow.__dataclass_fields__) - {"period", "not_reported", "state", "timeliness"}
"""Taken over from the row as they are."""


def report_rows(  # noqa: PLR0913 - filters
    session: Session,
    period: PeriodInfo,
    *,
    now: datetime,
    unit_id: int | None = None,
    units: Sequence[int] | None = None,
    state: State | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[ReportRow]:
    """What is owed in a period, in the order of obligations; `after` is the last obligation already seen.

    `units` are those that the reader may see, None all.
    """
    given = None if units is None else list(units)
    return [
        _row(found, period, now)
        for found in _find(session, period, unit=unit_id, units=given, state=state, after=after, limit=limit)
    ]


def report_view(session: Session, period: PeriodInfo, obligation_id: int, *, now: datetime) -> ReportView:
    found = _find(session, period, obligation=obligation_id, limit=1)
    if not found:
        raise NotFound(f"no obligation {obligation_id} in {period.label}")
    [row] = found
    key = {
        "report": row.report_id,
        "submission": row.submission_id,
        "action": row.action_id,
        "period": period.id,
    }
    answers = tuple(
        AnswerView(
            **{
                **each,
                "evidence_kinds": tuple(each["evidence_kinds"]),
                "draft_evidence_ids": tuple(each["draft_evidence_ids"]),
                "draft_stated_evidence": tuple(each["draft_stated_evidence"]),
                "sent_evidence": tuple(each["sent_evidence"]),
                "draft_answer": each["draft_answer"] and Answer(each["draft_answer"]),
                "sent_answer": each["sent_answer"] and Answer(each["sent_answer"]),
            }
        )
        for each in session.execute(text(_ANSWERS), key).mappings()
    )
    events = tuple(
        EventView(e.at, Event(e.event), State(e.from_state), State(e.to_state), e.actor, e.reason_code, e.remark)
        for e in session.execute(text(_EVENTS), {"report": row.report_id})
    )
    closed_at = session.scalar(text("SELECT closed_at FROM period_state WHERE period_id = :p"), {"p": period.id})
    closed = binds(closed_at, row.reopened_at)
    start, end = evidence_span(period)
    return ReportView(
        _row(row, period, now), row.report_id, answers, events,
        possible(State(row.state), period_closed=closed), start, end,
    )  # fmt: skip


def evidence_span(period: PeriodInfo) -> tuple[date | None, date | None]:
    """Days from which evidence of a period may be: from the start of the plan year to the end of the window."""
    return date(period.year, 1, 1), period.closes_on


def _find(session: Session, period: PeriodInfo, **filters: object) -> Sequence[Row[Any]]:
    given = {"unit": None, "units": None, "obligation": None, "state": None, "after": 0, "limit": 100} | filters
    return session.execute(text(_ROWS), given | {"period": period.id, "day": period.code_day()}).all()


def _row(found: Row[Any], period: PeriodInfo, now: datetime) -> ReportRow:
    over = found.deadline is not None and now >= found.deadline
    return ReportRow(
        period=period.label,
        state=State(found.state),
        timeliness=found.timeliness and Timeliness(found.timeliness),
        not_reported=over and found.revision is None and not found.excused,
        **{name: getattr(found, name) for name in _COLUMNS},
    )
