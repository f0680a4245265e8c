"""Readings that will not be done in time at the pace of the last days."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo

PACE_DAYS = 7
"""The pace of a desk is what it finished in so many days (our choice)."""


@dataclass(frozen=True, slots=True)
class BacklogRow:
    office: str
    """Key of the regional office, or `central`."""
    tier: str
    open: int
    overdue: int
    last_due_at: datetime
    done_lately: int
    """First readings finished in the last days."""
    days_needed: int | None
    """At that pace, rounded up; None: nothing was finished, so there is no pace."""
    days_left: int
    """Whole days to the last limit; 0 once it is past."""
    too_slow: bool


_BACKLOG = """
SELECT coalesce(f.key, 'central') AS office, t.tier, count(*) FILTER (WHERE t.done_at IS NULL) AS open,
       count(*) FILTER (WHERE t.done_at IS NULL AND t.due_at <= :now) AS overdue,
       max(t.due_at) FILTER (WHERE t.done_at IS NULL) AS last_due_at,
       count(*) FILTER (WHERE t.done_at > :since AND t.done_at <= :now) AS done_lately
FROM verification_task t LEFT JOIN verifying_office f ON f.id = t.office_id
WHERE t.period_id = :period AND NOT t.second_reading AND t.created_at <= :now
GROUP BY f.key, t.tier HAVING count(*) FILTER (WHERE t.done_at IS NULL) > 0
ORDER BY f.key NULLS FIRST, t.tier
"""


def backlog(session: Session, period: PeriodInfo, *, now: datetime) -> list[BacklogRow]:
    """Open first readings by desk and tier against the limits that they got."""
    scope = {"period": period.id, "now": now, "since": now - timedelta(days=PACE_DAYS)}
    rows = []
    for row in session.execute(text(_BACKLOG), scope):
        needed = -(-row.open * PACE_DAYS // row.done_lately) if row.done_lately else None
        left = max(0, (row.last_due_at - now).days)
        slow = row.overdue > 0 or needed is None or needed > left
        rows.append(BacklogRow(row.office, row.tier, row.open, row.overdue, row.last_due_at, row.done_lately, needed, left, slow))  # fmt: skip
    return rows
