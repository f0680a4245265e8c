"""What units did in earlier periods, as it could be known at an instant: nothing that was sent later is looked at."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.compliance.warning.rules import Conduct, Seen, Subject
from ranham.kernel.errors import NotFound
from ranham.plan.queries import PeriodInfo, full_label, list_periods
from ranham.territory.queries import tree

# An excused obligation is nothing that a unit failed in. A later revision does not undo what was so at the instant.
_CONDUCT = """
SELECT o.unit_id, o.period_id,
       CASE WHEN count(s.id) = 0 THEN 'missing' WHEN bool_or(s.timeliness = 'late') THEN 'late' ELSE 'on_time' END
FROM (SELECT o.id, o.unit_id, p.id AS period_id FROM period p JOIN obligation o ON o.plan_year_id = p.plan_year_id
      WHERE p.id = ANY(:periods)) o
LEFT JOIN (
    SELECT DISTINCT ON (c.period_id, c.obligation_id) c.* FROM submission c
    WHERE c.period_id = ANY(:periods) AND (cast(:known_at AS timestamptz) IS NULL OR c.submitted_at < :known_at)
    ORDER BY c.period_id, c.obligation_id, c.revision DESC) s ON s.obligation_id = o.id AND s.period_id = o.period_id
WHERE NOT EXISTS (SELECT FROM excuse x WHERE x.obligation_id = o.id AND x.period_id = o.period_id
                  AND x.approved_at IS NOT NULL
                  AND (cast(:known_at AS timestamptz) IS NULL OR x.approved_at < :known_at))
GROUP BY o.unit_id, o.period_id ORDER BY o.unit_id
"""
_ANY = """
SELECT DISTINCT period_id FROM submission
WHERE period_id = ANY(:periods) AND (cast(:known_at AS timestamptz) IS NULL OR submitted_at < :known_at)
"""
_OWING = "SELECT DISTINCT o.unit_id FROM obligation o WHERE o.plan_year_id = :plan_year"


def subjects(session: Session, period: PeriodInfo) -> list[Subject]:
    """Who owes in the period's year, each with its province on the day on which codes are read."""
    owing = set(session.scalars(text(_OWING), {"plan_year": period.plan_year_id}))
    if not owing:
        raise NotFound(
            f"nobody owes a report in {period.label} yet; freeze the year with: ranham year freeze {period.year}"
        )
    places = {unit.unit_id: unit for unit in tree(session, period.code_day())}
    found = []
    for unit_id in sorted(owing):
        unit = places.get(unit_id)
        level = unit.level.value if unit else "unknown"
        found.append(Subject(unit_id, level, str(unit.parent_id) if unit and unit.parent_id else level))
    return found


def known_from(period: PeriodInfo, now: datetime) -> datetime:
    """The instant of the forecast: before the window opens, and never after now."""
    opens_at = period.opens_at()
    return now if opens_at is None else min(now, opens_at)


def earlier(session: Session, period: PeriodInfo, known_at: datetime) -> list[PeriodInfo]:
    """Periods whose window had ended, in order, of any regulation. One in which nobody sent anything says nothing."""
    ended = [
        (ends_at, each)
        for each in list_periods(session)
        if each.id != period.id and (ends_at := each.ends_at()) is not None and ends_at <= known_at
    ]
    ids = [each.id for _, each in ended]
    told = set(session.scalars(text(_ANY), {"periods": ids, "known_at": known_at}))
    return [each for _, each in sorted(ended, key=lambda pair: (pair[0], pair[1].id)) if each.id in told]


def seen(session: Session, periods: Sequence[PeriodInfo], known_at: datetime | None) -> list[Seen]:
    """Conduct of every unit in these periods, in their order; `known_at` None: as it stands today."""
    scope = {"periods": [each.id for each in periods], "known_at": known_at}
    labels = {each.id: full_label(each) for each in periods}
    rows = session.execute(text(_CONDUCT), scope).all()
    order = {each.id: place for place, each in enumerate(periods)}
    found = [(order[period_id], Seen(unit_id, labels[period_id], Conduct(word))) for unit_id, period_id, word in rows]
    return [each for _, each in sorted(found, key=lambda pair: (pair[0], pair[1].unit_id))]
