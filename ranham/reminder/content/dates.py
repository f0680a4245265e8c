"""The dates of a calendar: read for the units of one office, over all periods of the plans that count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.clock import JAKARTA
from ranham.plan.policy import policy_of
from ranham.plan.queries import PeriodInfo, list_periods
from ranham.reminder.content.queries import title_of, window_end, window_start
from ranham.reminder.content.words import clean

Kind = Literal["opens", "ends", "extension", "return", "verification"]

_EXTENSIONS = """
SELECT e.id, e.period_id, e.until, e.unit_id, v.code, coalesce(v.name, r.key, '') AS name, coalesce(v.type, '') AS type,
       coalesce(r.level, 'ministry') AS level
FROM extension e LEFT JOIN reporting_unit r ON r.id = e.unit_id
LEFT JOIN unit_version v ON v.unit_id = r.id AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
WHERE e.approved AND e.period_id = ANY(:periods)
  AND (e.unit_id IS NULL OR cast(:units AS bigint[]) IS NULL OR e.unit_id = ANY(:units)) ORDER BY e.id
"""
_RETURNS = """
SELECT p.id, p.period_id, p.round, p.return_due_at, a.code AS action, v.code, coalesce(v.name, r.key) AS name,
       coalesce(v.type, '') AS type, r.level
FROM report p JOIN action a ON a.id = p.action_id JOIN reporting_unit r ON r.id = p.unit_id
LEFT JOIN unit_version v ON v.unit_id = r.id AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
WHERE p.state = 'returned' AND p.return_due_at IS NOT NULL AND p.period_id = ANY(:periods)
  AND (cast(:units AS bigint[]) IS NULL OR p.unit_id = ANY(:units)) ORDER BY p.id
"""
_OBLIGED = """
SELECT DISTINCT o.plan_year_id FROM obligation o WHERE cast(:units AS bigint[]) IS NULL OR o.unit_id = ANY(:units)
"""


@dataclass(frozen=True, slots=True)
class CalendarDate:
    kind: Kind
    uid: str
    """The same for the same thing whenever it is read, so that a calendar moves an entry instead of adding one."""
    period: str
    what: str
    """A unit or an action where it is about one; else empty."""
    at: datetime | None = None
    days: tuple[date, date] | None = None
    """First and last whole day, instead of an instant."""


def dates(
    session: Session, unit_ids: Sequence[int] | None, *, zone: ZoneInfo = JAKARTA, today: date
) -> list[CalendarDate]:
    """Opening, deadline, extensions, returns and verification days of the periods in which the units owe something.

    `unit_ids` None: all units. `zone` is that of the one unit, for windows that end by the unit's own clock.
    """
    units = None if unit_ids is None else list(unit_ids)
    obliged = set(session.scalars(text(_OBLIGED), {"units": units}))
    periods = [each for each in list_periods(session) if each.plan_year_id in obliged]
    key = {"periods": [each.id for each in periods], "units": units, "today": today}
    labels = {each.id: each.label for each in periods}
    found = [each for info in periods for each in _of_period(session, info, zone)]
    for row in session.execute(text(_EXTENSIONS), key):
        what = "" if row.unit_id is None else title_of(row)
        found.append(CalendarDate("extension", f"extension-{row.id}@ranham", labels[row.period_id], what, at=row.until))
    for row in session.execute(text(_RETURNS), key):
        what = f"{title_of(row)}, {clean(row.action)}"
        uid = f"return-{row.id}-{row.round}@ranham"
        found.append(CalendarDate("return", uid, labels[row.period_id], what, at=row.return_due_at))
    return found


def _of_period(session: Session, info: PeriodInfo, zone: ZoneInfo) -> list[CalendarDate]:
    made = []
    name = f"{info.regulation}-{info.label}"
    if (opens_at := window_start(info, zone)) is not None:
        made.append(CalendarDate("opens", f"{name}-opens@ranham", info.label, "", at=opens_at))
    if (ends_at := window_end(info, zone)) is not None:
        made.append(CalendarDate("ends", f"{name}-ends@ranham", info.label, "", at=ends_at))
    central = policy_of(session, info).central_days
    if central is not None:
        days = (central.starts_on, central.ends_on)
        made.append(CalendarDate("verification", f"{name}-verification@ranham", info.label, "", days=days))
    return made
