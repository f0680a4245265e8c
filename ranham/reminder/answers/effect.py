"""What a rung did: how many of the units that it reminded sent a report soon after. Not a proof that it was the cause."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.policy import ladder_of
from ranham.plan.queries import PeriodInfo


@dataclass(frozen=True, slots=True)
class EffectRow:
    rung: str
    province: str | None
    """Code; empty for all together."""
    obliged: int
    """Units that owe reports in the period."""
    reminded: int
    """Units that a message was about."""
    reported: int
    """Of these: sent a report within the days."""
    messages: int
    delivered: int
    """As far as the provider says so."""


# A digest is about each unit that it lists.
_ROWS = """
WITH place AS (
    SELECT o.unit_id, p.code AS province
    FROM (SELECT DISTINCT unit_id FROM obligation WHERE plan_year_id = :plan_year) o
    JOIN reporting_unit u ON u.id = o.unit_id
    LEFT JOIN unit_version v ON v.unit_id = u.id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
    LEFT JOIN unit_version p ON p.unit_id = CASE WHEN u.level <> 'ministry' THEN coalesce(v.parent_id, u.id) END
         AND p.valid_from <= :day AND (p.valid_to IS NULL OR p.valid_to > :day)
), told AS (
    SELECT r.rung, r.send_at, r.id, x.unit_id, d.state
    FROM reminder r JOIN delivery d ON d.id = r.delivery_id
    CROSS JOIN LATERAL unnest(CASE WHEN r.unit_ids IS NULL THEN ARRAY[r.unit_id] ELSE r.unit_ids END) AS x (unit_id)
    WHERE r.period_id = :period AND r.decision = 'send' AND NOT r.courtesy
), unit AS (
    SELECT t.rung, t.unit_id, bool_or(EXISTS (
        SELECT FROM submission s WHERE s.unit_id = t.unit_id AND s.period_id = :period AND s.received_at > t.send_at
          AND s.received_at <= t.send_at + make_interval(days => :days))) AS reported
    FROM told t GROUP BY 1, 2
), rung AS (SELECT DISTINCT rung FROM told)
SELECT g.rung, p.province, count(DISTINCT p.unit_id), count(DISTINCT u.unit_id),
       count(DISTINCT u.unit_id) FILTER (WHERE u.reported), count(DISTINCT t.id),
       count(DISTINCT t.id) FILTER (WHERE t.state = 'delivered')
FROM rung g CROSS JOIN place p
LEFT JOIN unit u ON u.rung = g.rung AND u.unit_id = p.unit_id
LEFT JOIN told t ON t.rung = g.rung AND t.unit_id = p.unit_id
GROUP BY GROUPING SETS ((g.rung), (g.rung, p.province)) HAVING grouping(p.province) = :totals
ORDER BY g.rung, p.province NULLS LAST
"""


def effect(session: Session, period: PeriodInfo, *, days: int, by_province: bool = False) -> list[EffectRow]:
    """Per rung, or per rung and province; reports that came within so many days after it was sent."""
    key = {
        "plan_year": period.plan_year_id,
        "period": period.id,
        "day": period.code_day(),
        "days": days,
        "totals": 0 if by_province else 1,
    }
    order = {rung.code: place for place, rung in enumerate(ladder_of(session, period).rungs)}
    found = [EffectRow(*row) for row in session.execute(text(_ROWS), key)]
    return sorted(found, key=lambda row: order.get(row.rung, len(order)))
