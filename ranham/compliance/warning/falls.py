"""Units whose answers fell from one period of a year to the next."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.compliance.rules import percent
from ranham.kernel.errors import NotFound
from ranham.plan.queries import PeriodInfo, list_periods
from ranham.territory.queries import tree


@dataclass(frozen=True, slots=True)
class FallRow:
    unit_code: str | None
    unit_name: str
    level: str
    before: str
    achieved_before: int
    achieved: int
    obligations: int
    """Counted in both periods: what is excused in one of them is left out of both."""
    reported_before: int
    reported: int
    fall: Decimal
    """Percentage points of achieved obligations."""


_FALLS = """
SELECT o.unit_id, count(*) AS obligations, count(b.id) AS reported_before, count(s.id) AS reported,
       count(*) FILTER (WHERE b.achieved) AS achieved_before, count(*) FILTER (WHERE s.achieved) AS achieved
FROM obligation o
LEFT JOIN submission b ON b.obligation_id = o.id AND b.period_id = :before AND b.is_current
LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = :period AND s.is_current
WHERE o.plan_year_id = :plan_year AND NOT EXISTS (
    SELECT FROM excuse x WHERE x.obligation_id = o.id AND x.period_id IN (:before, :period) AND x.approved_at IS NOT NULL)
GROUP BY o.unit_id HAVING count(*) FILTER (WHERE s.achieved) < count(*) FILTER (WHERE b.achieved)
"""


def falls(session: Session, period: PeriodInfo) -> list[FallRow]:
    """Against the period before it in the same year, the deepest fall first."""
    of_year = [each for each in list_periods(session) if each.plan_year_id == period.plan_year_id]
    place = [each.id for each in of_year].index(period.id)
    if place == 0:
        raise NotFound(f"{period.label} is the first period of its year; there is none before it to compare with")
    before = of_year[place - 1]
    places = {unit.unit_id: unit for unit in tree(session, period.code_day())}
    rows = []
    scope = {"before": before.id, "period": period.id, "plan_year": period.plan_year_id}
    for row in session.execute(text(_FALLS), scope):
        unit = places.get(row.unit_id)
        rows.append(
            FallRow(
                unit_code=unit.code if unit else None,
                unit_name=unit.title if unit else "(does not stand on that day)",
                level=unit.level.value if unit else "unknown",
                before=before.label,
                achieved_before=row.achieved_before,
                achieved=row.achieved,
                obligations=row.obligations,
                reported_before=row.reported_before,
                reported=row.reported,
                fall=percent(row.achieved_before - row.achieved, row.obligations) or Decimal(0),
            )
        )
    return sorted(rows, key=lambda row: (-row.fall, row.unit_code or ""))
