"""The queue of a period: most urgent first, page by page; what is late, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Finding, NotFound
from ranham.plan.policy import policy_of
from ranham.plan.queries import PeriodInfo
from ranham.territory.models import Level
from ranham.territory.queries import UnitAsOf

PAGE = 50


class Desk(StrEnum):
    """Whose queue, where it is not that of one regional office."""

    CENTRAL = "central"
    ALL = "all"


class TaskState(StrEnum):
    OPEN = "open"
    WAITING = "waiting"
    ALLOCATED = "allocated"
    TAKEN = "taken"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class TaskRow:
    task_id: int
    state: TaskState
    tier: str
    round: int
    second_reading: bool
    office: str
    """Key of the regional office, or `central`."""
    unit_code: str | None
    unit_name: str
    action_code: str
    revision: int | None
    timeliness: str | None
    complete: bool | None
    verifier: str | None
    created_at: datetime
    due_at: datetime
    overdue_days: int
    """Whole days past the limit; 0 while it is not reached, and for what is done."""
    report_id: int
    report_state: str
    version: int
    """Version of the report, to be said with a decision."""


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[TaskRow]
    after: str | None
    """Cursor of the next page; None on the last."""


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """Open first readings of a desk and tier by age. The four counts add up to `open`."""

    office: str
    tier: str
    open: int
    first_half: int
    """Less than half of the time is used."""
    second_half: int
    overdue: int
    """Past the limit, by no more than the time itself."""
    long_overdue: int
    """Past twice the time."""
    unallocated: int
    oldest_due_at: datetime
    second_readings: int
    """Open second readings besides: they hold up no report."""


_TASKS = """
SELECT t.id AS task_id, t.tier, t.round, t.second_reading, coalesce(f.key, 'central') AS office, v.code AS unit_code,
       coalesce(v.name, u.key) AS name, coalesce(v.type, u.level) AS type, u.level, a.code AS action_code, s.revision,
       s.timeliness, s.complete, t.verifier, t.created_at, t.due_at, r.id AS report_id, r.state AS report_state,
       r.version,
       CASE WHEN t.done_at IS NOT NULL THEN 'done' WHEN t.taken_at IS NOT NULL THEN 'taken'
            WHEN t.verifier IS NOT NULL THEN 'allocated' ELSE 'waiting' END AS state,
       CASE WHEN t.done_at IS NULL AND t.due_at <= :now THEN extract(epoch FROM :now - t.due_at)::bigint / 86400 ELSE 0
            END AS overdue_days
FROM verification_task t
JOIN report r ON r.id = t.report_id
JOIN reporting_unit u ON u.id = r.unit_id
JOIN action a ON a.id = r.action_id
LEFT JOIN unit_version v ON v.unit_id = r.unit_id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
LEFT JOIN verifying_office f ON f.id = t.office_id
LEFT JOIN submission s ON s.id = coalesce(t.submission_id, (
    SELECT c.id FROM submission c
    WHERE c.period_id = r.period_id AND c.obligation_id = r.obligation_id AND c.is_current))
WHERE t.period_id = :period AND {conditions}
ORDER BY t.due_at, t.id LIMIT :limit
"""
_STATES = {
    TaskState.OPEN: "t.done_at IS NULL",
    TaskState.WAITING: "t.done_at IS NULL AND t.verifier IS NULL",
    TaskState.ALLOCATED: "t.done_at IS NULL AND t.verifier IS NOT NULL AND t.taken_at IS NULL",
    TaskState.TAKEN: "t.done_at IS NULL AND t.taken_at IS NOT NULL",
    TaskState.DONE: "t.done_at IS NOT NULL",
}
_AGEING = """
SELECT coalesce(f.key, 'central') AS office, t.tier, count(*) FILTER (WHERE first) AS open,
       count(*) FILTER (WHERE first AND used < 0.5) AS first_half,
       count(*) FILTER (WHERE first AND used >= 0.5 AND used < 1) AS second_half,
       count(*) FILTER (WHERE first AND used >= 1 AND used < 2) AS overdue,
       count(*) FILTER (WHERE first AND used >= 2) AS long_overdue,
       count(*) FILTER (WHERE first AND t.verifier IS NULL) AS unallocated,
       min(t.due_at) AS oldest_due_at, count(*) FILTER (WHERE NOT first) AS second_readings
FROM verification_task t
LEFT JOIN verifying_office f ON f.id = t.office_id
CROSS JOIN LATERAL (SELECT NOT t.second_reading AS first,
    extract(epoch FROM :now - t.created_at) / greatest(extract(epoch FROM t.due_at - t.created_at), 1) AS used) x
WHERE t.period_id = :period AND t.done_at IS NULL AND (cast(:units AS bigint[]) IS NULL OR EXISTS (
    SELECT FROM report r WHERE r.id = t.report_id AND r.unit_id = ANY(:units)))
GROUP BY f.key, t.tier ORDER BY f.key NULLS FIRST, t.tier
"""


_PLACE = """
SELECT r.unit_id, t.office_id FROM verification_task t JOIN report r ON r.id = t.report_id WHERE t.id = :task
"""


def place_of_task(session: Session, task_id: int) -> tuple[int, int | None]:
    """The unit that a task is about, and the office at whose desk it is; None: the central secretariat."""
    found = session.execute(text(_PLACE), {"task": task_id}).one_or_none()
    if found is None:
        raise NotFound(f"no task {task_id}")
    return int(found.unit_id), found.office_id


def queue(  # noqa: PLR0913 - the filters of a queue
    session: Session,
    period: PeriodInfo,
    *,
    desk: int | Desk | Sequence[int],
    now: datetime,
    units: Sequence[int] | None = None,
    verifier: str | None = None,
    state: TaskState = TaskState.OPEN,
    after: str | None = None,
    limit: int = PAGE,
) -> Page:
    """Tasks of a desk (the id of an office or of several, or `Desk`), the most urgent first; of some units, or (None)
    of all. Holds no marks of anybody.
    """
    conditions = [_STATES[state]]
    if desk is not Desk.ALL:
        conditions.append("t.office_id IS NULL" if desk is Desk.CENTRAL else "t.office_id = ANY(:desk)")
    if units is not None:
        conditions.append("r.unit_id = ANY(:units)")
    if verifier is not None:
        conditions.append("t.verifier = :verifier")
    values: dict[str, object] = {
        "now": now,
        "desk": [desk] if isinstance(desk, int) else desk if isinstance(desk, Desk) else list(desk),
        "units": None if units is None else list(units),
        "verifier": verifier,
    }
    return _page(session, period, conditions, values, after=after, limit=limit)


def escalations(
    session: Session, period: PeriodInfo, *, now: datetime, after: str | None = None, limit: int = PAGE
) -> Page:
    """First readings past their limit in the tiers that the plan escalates: for the office above to see."""
    tiers = [tier.name for tier in policy_of(session, period).verification.tiers if tier.escalates]
    conditions = [_STATES[TaskState.OPEN], "NOT t.second_reading", "t.due_at <= :now", "t.tier = ANY(:tiers)"]
    return _page(session, period, conditions, {"now": now, "tiers": tiers}, after=after, limit=limit)


def ageing(
    session: Session, period: PeriodInfo, *, now: datetime, units: Sequence[int] | None = None
) -> list[AgeingRow]:
    """What is open by desk and tier, against the limit that each task got; of some units, or (None) of all."""
    values = {"period": period.id, "now": now, "units": None if units is None else list(units)}
    return [AgeingRow(*row) for row in session.execute(text(_AGEING), values)]


def _page(  # noqa: PLR0913 - what a page is made of
    session: Session,
    period: PeriodInfo,
    conditions: list[str],
    values: dict[str, object],
    *,
    after: str | None,
    limit: int,
) -> Page:
    scope = {"period": period.id, "day": period.closes_on or period.territory_as_of, "limit": limit + 1, **values}
    if after is not None:
        conditions = [*conditions, "(t.due_at, t.id) > (:after_due, :after_id)"]
        scope["after_due"], scope["after_id"] = _position(after)
    found = session.execute(text(_TASKS.format(conditions=" AND ".join(conditions))), scope).all()
    rows = [_row(row) for row in found[:limit]]
    more = len(found) > limit
    return Page(rows, f"{rows[-1].due_at.isoformat()}/{rows[-1].task_id}" if more else None)


def _position(cursor: str) -> tuple[datetime, int]:
    due, _, task = cursor.partition("/")
    try:
        return datetime.fromisoformat(due), int(task)
    except ValueError:
        raise BadInput([Finding("cursor", repr(cursor), "the cursor of the page before, as it was given")]) from None


def _row(row: Row[tuple[object, ...]]) -> TaskRow:
    unit = UnitAsOf(0, Level(row.level), row.unit_code, row.name, row.type, None, "", None)
    return TaskRow(
        task_id=row.task_id,
        state=TaskState(row.state),
        tier=row.tier,
        round=row.round,
        second_reading=row.second_reading,
        office=row.office,
        unit_code=row.unit_code,
        unit_name=unit.title,
        action_code=row.action_code,
        revision=row.revision,
        timeliness=row.timeliness,
        complete=row.complete,
        verifier=row.verifier,
        created_at=row.created_at,
        due_at=row.due_at,
        overdue_days=row.overdue_days,
        report_id=row.report_id,
        report_state=row.report_state,
        version=row.version,
    )
