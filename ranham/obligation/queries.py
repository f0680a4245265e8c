"""Reads of obligations: what a unit owes, and the excuses of a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.plan.queries import PeriodInfo
from ranham.territory import queries as territory


@dataclass(frozen=True, slots=True)
class ExcuseRow:
    id: int
    period: str
    unit_code: str | None
    """As of the day on which the codes of the period's reports are read."""
    unit_name: str | None
    action_code: str
    kind: str
    justification: str
    requested_by: str
    requested_at: datetime
    approved_by: str | None
    """None: it does not count yet."""
    approved_at: datetime | None
    decision: str
    """open, approved or declined."""
    declined_by: str | None
    declined_at: datetime | None
    decline_reason: str | None


OWED = """
SELECT a.code, o.id FROM obligation o JOIN action a ON a.id = o.action_id
WHERE o.plan_year_id = :plan_year AND o.unit_id = :unit ORDER BY a.code
"""
EXCUSES = """
SELECT x.id, :label AS period, v.code AS unit_code, v.name AS unit_name, a.code AS action_code, x.kind, x.justification,
       x.requested_by, x.requested_at, x.approved_by, x.approved_at,
       CASE WHEN x.approved_at IS NOT NULL THEN 'approved' WHEN x.declined_at IS NOT NULL THEN 'declined' ELSE 'open' END
         AS decision, x.declined_by, x.declined_at, x.decline_reason
FROM excuse x
JOIN obligation o ON o.id = x.obligation_id
JOIN action a ON a.id = o.action_id
LEFT JOIN unit_version v ON v.unit_id = o.unit_id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
WHERE x.period_id = :period AND x.id > :after AND (cast(:units AS bigint[]) IS NULL OR o.unit_id = ANY(:units))
ORDER BY x.id LIMIT :limit
"""


def find_obligation(session: Session, period: PeriodInfo, *, unit_code: str, action_code: str) -> int:
    """Id of what a unit owes in the period's year; the code is read as in the period's reports."""
    unit = territory.by_code(session, unit_code, period.code_day())
    rows = session.execute(text(OWED), {"plan_year": period.plan_year_id, "unit": unit.unit_id})
    owed = {row.code: int(row.id) for row in rows}
    if action_code not in owed:
        raise NotFound(
            f"{unit.title} ({unit_code}) does not owe action {action_code} in {period.year}; "
            + (f"it owes {', '.join(owed)}" if owed else "it owes nothing, or the year is not frozen yet")
        )
    return owed[action_code]


def excuses(
    session: Session,
    period: PeriodInfo,
    *,
    units: Sequence[int] | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[ExcuseRow]:
    """Requested, approved and declined ones, oldest first; of some units, or (None) of all."""
    key = {"period": period.id, "label": period.label, "day": period.code_day(), "after": after, "limit": limit}
    rows = session.execute(text(EXCUSES), key | {"units": None if units is None else list(units)})
    return [ExcuseRow(*row) for row in rows]
