"""Which report a request means, and where its unit stands: one statement before any row is locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from ranham.access.permissions import UnitPlace
from ranham.access.places import STANDS
from ranham.kernel.errors import NotFound
from ranham.plan.queries import split_label
from ranham.submission.locks import share

_REPORT = f"""
SELECT {{lock}}p.id AS period_id, o.unit_id, o.action_id, coalesce(today.parent_id, o.unit_id) AS province_id, assigned.office_id,
       coalesce(today.time_zone, 'Asia/Jakarta') AS time_zone,
       EXISTS (SELECT FROM report b WHERE b.obligation_id = o.id AND b.period_id = p.id) AS begun,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(m.number, m.id)), '[]') FROM measure m
        WHERE m.action_id = o.action_id AND m.period_id = p.id) AS measures
FROM obligation o
JOIN plan_year y ON y.id = o.plan_year_id
JOIN plan_version n ON n.id = y.plan_version_id
JOIN regulation g ON g.id = n.regulation_id
JOIN period p ON p.plan_year_id = y.id AND p.code = :code
{STANDS.format(unit="o.unit_id")}
WHERE o.id = :obligation AND y.year = :year AND (cast(:regulation AS text) IS NULL OR g.code = :regulation)
"""
_TO_READ = text(_REPORT.format(lock=""))
# What the report says is read later, by statements of their own: this one's snapshot may be older than the wait.
_TO_WRITE = text(_REPORT.format(lock=f"{share('p.id')}, "))


@dataclass(frozen=True, slots=True)
class ReportPlace:
    obligation_id: int
    period_id: int
    action_id: int
    unit: UnitPlace
    measures: Mapping[int, int]
    """Ids of the measures by their numbers."""
    time_zone: str
    begun: bool
    """It had a row when we looked; somebody may begin it meanwhile."""
    title: str
    """How messages name it, whether it exists or not."""

    @property
    def unit_id(self) -> int:
        return self.unit.unit_id

    def offset_minutes(self, now: datetime) -> int:
        """UTC offset of the unit's clock."""
        offset = now.astimezone(ZoneInfo(self.time_zone)).utcoffset() or timedelta()
        return int(offset.total_seconds()) // 60

    def measure_id(self, number: int) -> int:
        if number not in self.measures:
            known = ", ".join(map(str, sorted(self.measures))) or "none"
            raise NotFound(f"no measure {number} in {self.title}; its measures are {known}")
        return self.measures[number]


def title_of(label: str, obligation_id: int) -> str:
    return f"obligation {obligation_id} in {label}"


def locate(session: Session, label: str, obligation_id: int, *, today: date, to_write: bool = False) -> ReportPlace:
    """The report of an obligation in the period that a label means; an obligation belongs to one regulation only.

    `to_write` shares the period for writing by the way, as `locks.share_period` does.
    """
    statement, values = asking(label, obligation_id, today=today, to_write=to_write)
    return found(session.execute(statement, values).all(), label, obligation_id)


def asking(label: str, obligation_id: int, *, today: date, to_write: bool = False) -> tuple[TextClause, dict[str, Any]]:
    """The statement of `locate`, for whoever sends it together with others; `found` reads its rows."""
    regulation, year, code = split_label(label)
    key = {"obligation": obligation_id, "regulation": regulation, "year": year, "code": code, "today": today}
    return (_TO_WRITE if to_write else _TO_READ), key


def found(rows: Sequence[Any], label: str, obligation_id: int) -> ReportPlace:
    title = title_of(label, obligation_id)
    if not rows:
        raise NotFound(f"no {title}")
    [row] = rows
    return ReportPlace(
        obligation_id=obligation_id,
        period_id=row.period_id,
        action_id=row.action_id,
        unit=UnitPlace(row.unit_id, row.province_id, row.office_id),
        measures=dict(row.measures),
        time_zone=row.time_zone,
        begun=row.begun,
        title=title,
    )
