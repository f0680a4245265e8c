"""Reads figures: counts of units, summed over the territory of the cycle or of any other day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.compliance import rules
from ranham.compliance.grouping import LEVELS, SCOPES, counts_of, gather
from ranham.kernel.errors import NotFound
from ranham.plan.queries import PeriodInfo


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One ratio. `scope` says whose obligations it counts: the unit's own, or those of the units below it."""

    regulation: str
    period: str
    level: str
    unit_code: str | None
    unit_name: str
    scope: str
    target_group: str | None
    action: str | None
    figure: str
    numerator: int
    denominator: int
    denominator_name: str
    percent: Decimal | None
    impossible: bool
    territory_as_of: date
    state: str
    """provisional or final."""
    simulated: bool


@dataclass(frozen=True, slots=True)
class _Context:
    period: PeriodInfo
    day: date
    state: str
    simulated: bool


COUNTED = """
    SELECT c.unit_id, CASE WHEN :by_group THEN c.target_group_id END AS part_id,
           sum(obligations) AS obligations, sum(excused) AS excused, sum(reported) AS reported,
           sum(complete) AS complete, sum(on_time) AS on_time, sum(extended) AS extended, sum(late) AS late,
           sum(achieved) AS achieved, sum(verified) AS verified,
           -- The unit's own score, rounded once; what a level shows is the mean of these.
           coalesce(round(sum(score_bp) / nullif(sum(obligations), 0)), 0) AS score_bp,
           (sum(obligations) > 0)::int AS units, (sum(reported) > 0)::int AS reporters
    FROM unit_count c WHERE c.period_id = :period GROUP BY 1, 2
"""
# A unit owes an action once, so a count by unit and action would be the obligations themselves: they are read as they
# stood when they were counted last, and the sums are those of the counts, also after the close.
BY_ACTION = """
    SELECT o.unit_id, o.action_id AS part_id, (x.id IS NULL)::int AS obligations, (x.id IS NOT NULL)::int AS excused,
           (x.id IS NULL AND s.id IS NOT NULL)::int AS reported, (x.id IS NULL AND coalesce(s.complete, false))::int AS complete,
           (x.id IS NULL AND coalesce(s.timeliness = 'on_time', false))::int AS on_time,
           (x.id IS NULL AND coalesce(s.timeliness = 'extended', false))::int AS extended,
           (x.id IS NULL AND coalesce(s.timeliness = 'late', false))::int AS late,
           (x.id IS NULL AND coalesce(s.achieved, false))::int AS achieved,
           (x.id IS NULL AND e.score_bp IS NOT NULL)::int AS verified,
           CASE WHEN x.id IS NULL THEN coalesce(e.score_bp, 0) ELSE 0 END AS score_bp,
           (x.id IS NULL)::int AS units, (x.id IS NULL AND s.id IS NOT NULL)::int AS reporters
    FROM obligation o
    JOIN rollup w ON w.period_id = :period
    LEFT JOIN LATERAL (
        SELECT c.* FROM submission c WHERE c.obligation_id = o.id AND c.period_id = :period AND c.id <= w.watermark
        ORDER BY c.revision DESC LIMIT 1) s ON true
    LEFT JOIN (
        SELECT DISTINCT ON (h.obligation_id) h.obligation_id, h.score_bp FROM report_event h
        WHERE h.period_id = :period AND h.id <= (SELECT event_watermark FROM rollup WHERE period_id = :period)
        ORDER BY h.obligation_id, h.id DESC) e ON e.obligation_id = o.id
    LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = :period AND x.approved_at <= w.computed_at
    WHERE o.plan_year_id = :plan_year
"""

NATIONAL_BY_ACTION = """
SELECT c.level, a.code AS action, sum(obligations) AS units, sum(reported) AS reporters, sum(obligations) AS obligations,
       sum(excused) AS excused, sum(reported) AS reported, sum(complete) AS complete, sum(on_time) AS on_time,
       sum(extended) AS extended, sum(late) AS late, sum(achieved) AS achieved, sum(verified) AS verified,
       sum(score_bp) AS score_bp
FROM action_count c JOIN action a ON a.id = c.action_id WHERE c.period_id = :period
GROUP BY c.level, a.id, a.code ORDER BY c.level, a.id
"""


def figures(  # noqa: PLR0913 - keywords, each a way to read the counts
    session: Session,
    period: PeriodInfo,
    *,
    territory_as_of: date | None = None,
    levels: Iterable[str] | None = None,
    by_target_group: bool = False,
    by_action: bool = False,
) -> list[FigureRow]:
    """Figures of a period at the levels asked for, from the counts as they were last rolled up.

    National numbers do not depend on the territory; provinces and offices are sums over the units that belong to
    them on `territory_as_of` (default: the day the plan year was frozen on). By action, a unit's figures are those of
    its one obligation.
    """
    context = _context(session, period, territory_as_of)
    coded = "action" if by_action else "target_group" if by_target_group else None
    bounds: dict[str, object] = {"period": period.id}
    bounds |= {"plan_year": period.plan_year_id} if by_action else {"by_group": by_target_group}
    found = gather(
        session,
        BY_ACTION if by_action else COUNTED,
        bounds,
        day=context.day,
        levels=set(levels or LEVELS),
        parts=coded,
    )
    return [
        row
        for each in found
        for row in _rows(
            context,
            each.level,
            each.unit_code,
            each.unit_name,
            each.scope,
            each.counts,
            group=None if by_action else each.part,
            action=each.part if by_action else None,
        )
    ]


def figures_by_action(session: Session, period: PeriodInfo) -> list[FigureRow]:
    """National figures of each action, apart by level of the units that owe it; a reporter here is an obligation.

    From the counts, so it is quick however many units there are; `figures(by_action=True)` has every level.
    """
    context = _context(session, period, None)
    return [
        row
        for found in session.execute(text(NATIONAL_BY_ACTION), {"period": period.id})
        for row in _rows(
            context, "national", None, "Indonesia", SCOPES[found.level], counts_of(found), action=found.action
        )
    ]


def _context(session: Session, period: PeriodInfo, day: date | None) -> _Context:
    rollup = session.execute(text("SELECT final FROM rollup WHERE period_id = :p"), {"p": period.id}).one_or_none()
    if rollup is None:
        raise NotFound(f"{period.label} has not been rolled up yet; run: ranham rollup {period.label}")
    simulated = session.scalar(
        text("SELECT EXISTS (SELECT 1 FROM submission WHERE period_id = :p AND simulated)"), {"p": period.id}
    )
    return _Context(period, day or period.territory_as_of, "final" if rollup.final else "provisional", bool(simulated))


def _rows(  # noqa: PLR0913 - the columns of a row
    context: _Context,
    level: str,
    code: str | None,
    name: str,
    scope: str,
    counts: rules.Counts,
    *,
    group: str | None = None,
    action: str | None = None,
) -> list[FigureRow]:
    return [
        FigureRow(
            regulation=context.period.regulation,
            period=context.period.label,
            level=level,
            unit_code=code,
            unit_name=name,
            scope=scope,
            target_group=group,
            action=action,
            figure=figure.figure,
            numerator=figure.numerator,
            denominator=figure.denominator,
            denominator_name=figure.denominator_name,
            percent=figure.percent,
            impossible=figure.impossible,
            territory_as_of=context.day,
            state=context.state,
            simulated=context.simulated,
        )
        for figure in rules.figures(counts)
    ]
