"""Figures of the running service, for a monitoring system: small sums, no names of people."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.cycle.lateness import Holder, LastRun
from ranham.cycle.queries import open_periods
from ranham.cycle.status import holders, last_runs
from ranham.outbox.deliveries.queries import Count, counts
from ranham.plan.queries import find_period


@dataclass(frozen=True, slots=True)
class Missing:
    period: str
    level: str
    missing: int
    """Obligations without a report."""
    owed: int


@dataclass(frozen=True, slots=True)
class Measures:
    open_periods: list[str]
    missing: list[Missing]
    rolled_up: dict[str, datetime]
    """Open periods that were counted, and when."""
    deliveries: list[Count]
    notices: int
    """Messages from room to room that nobody has taken."""
    oldest_notice: datetime | None
    holders: dict[str, Holder]
    last_runs: dict[tuple[str, str], LastRun]


MISSING = """
SELECT u.level, count(*) AS owed,
       count(*) - count(s.obligation_id) AS missing
FROM obligation o JOIN reporting_unit u ON u.id = o.unit_id
LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = :period AND s.is_current
LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = :period AND x.approved_at IS NOT NULL
WHERE o.plan_year_id = :plan_year AND x.id IS NULL GROUP BY u.level ORDER BY u.level
"""
COUNTED = "SELECT computed_at FROM rollup WHERE period_id = :period"
NOTICES = "SELECT count(*), min(created_at) FROM outbox_message WHERE handled_at IS NULL"


def measures(session: Session) -> Measures:
    labels = open_periods(session)
    missing: list[Missing] = []
    counted: dict[str, datetime] = {}
    for label in labels:
        info = find_period(session, label)
        rows = session.execute(text(MISSING), {"period": info.id, "plan_year": info.plan_year_id})
        missing += [Missing(label, row.level, row.missing, row.owed) for row in rows]
        at = session.scalar(text(COUNTED), {"period": info.id})
        if at is not None:
            counted[label] = at
    notices, oldest = session.execute(text(NOTICES)).one()
    return Measures(
        open_periods=labels,
        missing=missing,
        rolled_up=counted,
        deliveries=counts(session),
        notices=notices,
        oldest_notice=oldest,
        holders=holders(session),
        last_runs=last_runs(session),
    )
