"""Reads the facts of messages: a fixed number of statements, for one unit or for all of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.clock import JAKARTA
from ranham.plan.models import ZoneRule
from ranham.plan.policy import policy_of
from ranham.plan.queries import PeriodInfo, get_period
from ranham.reminder.content.facts import ActionFact, LateReading, MeasureFact, PeriodFacts, Reason, UnitFacts
from ranham.reminder.content.words import clean
from ranham.submission.states import State
from ranham.territory.models import Level
from ranham.territory.queries import UnitAsOf
from ranham.verification.rules import Aspect, ReasonCode

_PERIOD = """
SELECT r.title, r.instrument, s.closed_at,
       EXISTS (SELECT FROM submission b WHERE b.period_id = p.id AND b.simulated) AS simulated
FROM period p JOIN plan_year y ON y.id = p.plan_year_id JOIN plan_version n ON n.id = y.plan_version_id
JOIN regulation r ON r.id = n.regulation_id LEFT JOIN period_state s ON s.period_id = p.id
WHERE p.id = :period
"""
_UNITS = """
SELECT r.id, r.level, v.code, coalesce(v.name, r.key) AS name, coalesce(v.type, '') AS type,
       coalesce(v.time_zone, 'Asia/Jakarta') AS time_zone,
       (SELECT max(e.until) FROM extension e WHERE e.period_id = :period AND e.approved
        AND (e.unit_id = r.id OR e.unit_id IS NULL)) AS until
FROM reporting_unit r
LEFT JOIN unit_version v ON v.unit_id = r.id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
WHERE r.id = ANY(:units)
"""
_ACTIONS = """
SELECT o.unit_id, a.id AS action_id, a.code, a.title_id, s.id IS NOT NULL AS sent, x.id IS NOT NULL AS excused,
       coalesce(p.state, CASE WHEN s.id IS NULL THEN 'not_started' ELSE 'submitted' END) AS state,
       p.id AS report_id, p.return_due_at
FROM obligation o
JOIN period q ON q.id = :period AND q.plan_year_id = o.plan_year_id
JOIN action a ON a.id = o.action_id
LEFT JOIN report p ON p.obligation_id = o.id AND p.period_id = q.id
LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = q.id AND s.is_current
LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = q.id AND x.approved_at IS NOT NULL
WHERE o.unit_id = ANY(:units) ORDER BY o.unit_id, a.code
"""
# Of each returned report the newest return, with the marks that were less than full.
_REASONS = """
SELECT d.report_id, d.reason_code AS said_code, d.remark AS said_remark, m.number, p.aspect, p.reason_code, p.remark
FROM (
    SELECT DISTINCT ON (t.report_id) t.report_id, c.id, c.reason_code, c.remark
    FROM verification_task t JOIN verification_decision c ON c.task_id = t.id
    WHERE t.report_id = ANY(:reports) AND c.verdict = 'return' AND NOT t.second_reading
    ORDER BY t.report_id, c.decided_at DESC, c.id DESC
) d
LEFT JOIN aspect_score p ON p.decision_id = d.id AND p.mark <> 'fulfilled'
LEFT JOIN measure m ON m.id = p.measure_id
ORDER BY d.report_id, m.number, p.aspect
"""
_MEASURES = """
SELECT action_id, number, text_id, unit_of_measure, required, evidence_kinds FROM measure
WHERE period_id = :period AND action_id = ANY(:actions) ORDER BY action_id, number
"""
_LATE_READINGS = """
SELECT r.unit_id, v.code, coalesce(v.name, u.key) AS name, coalesce(v.type, '') AS type, u.level,
       count(*) AS waiting, min(t.due_at) AS since
FROM verification_task t JOIN report r ON r.id = t.report_id JOIN reporting_unit u ON u.id = r.unit_id
LEFT JOIN unit_version v ON v.unit_id = u.id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
WHERE t.period_id = :period AND t.done_at IS NULL AND NOT t.second_reading AND t.due_at <= :now
  AND r.unit_id = ANY(:units)
GROUP BY r.unit_id, v.code, v.name, v.type, u.key, u.level ORDER BY v.code, v.name
"""


def period_facts(session: Session, period_id: int) -> tuple[PeriodInfo, PeriodFacts]:
    info = get_period(session, period_id)
    row = session.execute(text(_PERIOD), {"period": period_id}).one()
    days = _central_days(session, info)
    return info, PeriodFacts(
        id=info.id, label=info.label, regulation=info.regulation, title=clean(row.title),
        instrument=clean(row.instrument), opens_at=info.opens_at(), ends_at=info.ends_at(), verification=days,
        simulated=row.simulated, closed_at=row.closed_at,
    )  # fmt: skip


def unit_facts(
    session: Session, info: PeriodInfo, unit_ids: Collection[int], *, measures: bool = False
) -> dict[int, UnitFacts]:
    """What each unit owes in a period and where it stands; with `measures` also what each action asks for."""
    key = {"period": info.id, "units": list(unit_ids), "day": info.code_day()}
    actions = _actions(session, info, key, measures=measures)
    found = {}
    for row in session.execute(text(_UNITS), key):
        zone = ZoneInfo(row.time_zone)
        ends_at = window_end(info, zone)
        later = row.until if ends_at is not None and row.until is not None and row.until > ends_at else None
        found[row.id] = UnitFacts(
            unit_id=row.id, code=row.code, title=title_of(row), zone=zone,
            opens_at=window_start(info, zone), deadline=later or ends_at, extended=later is not None,
            actions=tuple(actions.get(row.id, ())),
        )  # fmt: skip
    return found


def late_readings(
    session: Session, info: PeriodInfo, unit_ids: Collection[int], *, now: datetime
) -> dict[int, LateReading]:
    """Of each unit with open readings past their limit: how many, and since when."""
    rows = session.execute(
        text(_LATE_READINGS), {"period": info.id, "units": list(unit_ids), "day": info.code_day(), "now": now}
    )
    return {row.unit_id: LateReading(row.unit_id, _named(row), row.waiting, row.since) for row in rows}


def window_end(info: PeriodInfo, zone: ZoneInfo) -> datetime | None:
    """First instant after the window for a unit; where the rule is `unit`, the unit's own midnight."""
    return None if info.closes_on is None else _midnight(info, info.closes_on + timedelta(days=1), zone)


def window_start(info: PeriodInfo, zone: ZoneInfo) -> datetime | None:
    return None if info.opens_on is None else _midnight(info, info.opens_on, zone)


def _midnight(info: PeriodInfo, day: date, zone: ZoneInfo) -> datetime:
    clock = JAKARTA if info.zone_rule is ZoneRule.JAKARTA else zone
    return datetime.combine(day, datetime.min.time(), clock).astimezone(UTC)


def title_of(row: object) -> str:
    """Type and name of a row that has them; clean, as it is shown."""
    level, code, name, type_ = (getattr(row, name) for name in ("level", "code", "name", "type"))
    known = UnitAsOf(0, Level(level), code, name, type_, None, "", None)
    return clean(known.title)


def _named(row: object) -> str:
    code = getattr(row, "code", None)
    return f"{title_of(row)} ({code})" if code else title_of(row)


def _central_days(session: Session, info: PeriodInfo) -> tuple[date, date] | None:
    days = policy_of(session, info).central_days
    return None if days is None else (days.starts_on, days.ends_on)


def _actions(
    session: Session, info: PeriodInfo, key: Mapping[str, object], *, measures: bool
) -> Mapping[int, Sequence[ActionFact]]:
    rows = session.execute(text(_ACTIONS), key).all()
    reasons = _reasons(session, [row.report_id for row in rows if row.state == State.RETURNED.value])
    asked = _measures(session, info, {row.action_id for row in rows}) if measures else {}
    found: dict[int, list[ActionFact]] = defaultdict(list)
    for row in rows:
        found[row.unit_id].append(
            ActionFact(
                code=clean(row.code),
                title=clean(row.title_id),
                state=State(row.state),
                sent=row.sent,
                excused=row.excused,
                return_due_at=row.return_due_at,
                reasons=tuple(reasons.get(row.report_id, ())),
                measures=tuple(asked.get(row.action_id, ())),
            )
        )
    return found


def _reasons(session: Session, report_ids: Sequence[int]) -> Mapping[int, Sequence[Reason]]:
    if not report_ids:
        return {}
    found: dict[int, list[Reason]] = {}
    for row in session.execute(text(_REASONS), {"reports": list(report_ids)}):
        if row.report_id not in found:
            found[row.report_id] = []
            if row.said_code or (row.said_remark or "").strip():
                found[row.report_id].append(Reason(None, None, _code(row.said_code), row.said_remark))
        if row.number is not None:
            found[row.report_id].append(Reason(row.number, Aspect(row.aspect), _code(row.reason_code), row.remark))
    return found


def _measures(session: Session, info: PeriodInfo, action_ids: Collection[int]) -> Mapping[int, Sequence[MeasureFact]]:
    found: dict[int, list[MeasureFact]] = defaultdict(list)
    for row in session.execute(text(_MEASURES), {"period": info.id, "actions": list(action_ids)}):
        unit = row.unit_of_measure and clean(row.unit_of_measure)
        kinds = tuple(clean(kind.replace("_", " ")) for kind in row.evidence_kinds)
        found[row.action_id].append(MeasureFact(row.number, clean(row.text_id), unit, row.required, kinds))
    return found


def _code(stored: str | None) -> ReasonCode | None:
    return ReasonCode(stored) if stored else None
