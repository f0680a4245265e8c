"""Reads of plans: which period a label means, and what belongs to it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, Row, Select, column, select, text
from sqlalchemy.orm import Session

from ranham.kernel.clock import JAKARTA
from ranham.kernel.errors import Conflict, NotFound
from ranham.plan.models import Period, PlanVersion, PlanYear, Regulation, ZoneRule

Found = tuple[Period, PlanYear, PlanVersion, Regulation]


@dataclass(frozen=True, slots=True)
class PeriodInfo:
    id: int
    label: str
    """For example 2022-B08."""
    code: str
    year: int
    regulation: str
    plan_year_id: int
    plan_version: int
    territory_as_of: date
    opens_on: date | None
    closes_on: date | None
    zone_rule: ZoneRule

    def opens_at(self) -> datetime | None:
        """First instant of the window, Jakarta time; the unit rule starts earliest in the east."""
        zone = JAKARTA if self.zone_rule is ZoneRule.JAKARTA else ZoneInfo("Asia/Jayapura")
        return datetime.combine(self.opens_on, datetime.min.time(), zone) if self.opens_on else None

    def ends_at(self) -> datetime | None:
        """First instant after the window for everybody: the last day counts whole, in the west last."""
        if self.closes_on is None:
            return None
        return datetime.combine(self.closes_on + timedelta(days=1), datetime.min.time(), JAKARTA)

    def has_begun(self, now: datetime) -> bool:
        """Whether the window was ever open; never while none is announced."""
        opens_at = self.opens_at()
        return opens_at is not None and now >= opens_at

    def code_day(self) -> date:
        """The day on which unit codes are read: the last of the window, else the end of the year."""
        return self.closes_on or date(self.territory_as_of.year, 12, 31)


YEARS_THAT_COUNT = """
SELECT DISTINCT ON (r.id, y.year) r.code, y.year, coalesce(f.plan_year_id, y.id) AS id
FROM plan_year y JOIN plan_version v ON v.id = y.plan_version_id JOIN regulation r ON r.id = v.regulation_id
LEFT JOIN year_freeze f ON f.regulation_id = r.id AND f.year = y.year
ORDER BY r.id, y.year, v.version DESC
"""
"""Of each regulation and year the frozen plan year, else that of the newest version that has the year."""


def full_label(period: PeriodInfo) -> str:
    """The label that means no other period: `RANHAM-V:2022-B08`."""
    return f"{period.regulation}:{period.label}"


def split_label(label: str) -> tuple[str | None, int, str]:
    """`2022-B08` or `RANHAM-V:2022-B08` -> (regulation or None, year, period code)."""
    regulation, _, rest = label.rpartition(":")
    year, _, code = rest.partition("-")
    if not (year.isdigit() and len(year) == 4 and code):
        raise NotFound(f"'{label}' is not a period: write the year and the period, for example 2022-B08")
    return regulation or None, int(year), code.upper()


def find_period(session: Session, label: str) -> PeriodInfo:
    """The period that a label means: that of the frozen year, else of the newest version of the plan.

    Two regulations may have the same label in a year of change; the label then needs the regulation before it.
    """
    found = meanings(session, label)
    if len(found) > 1:
        raise Conflict(f"{label} exists in several regulations; name one of {', '.join(map(full_label, found))}")
    if not found and _of_label(session, _periods(), label):
        raise NotFound(
            f"no period {label} in the plan version that counts: the one that its year was frozen with, else the newest"
        )
    if not found:
        raise NotFound(f"no period {label} in the loaded plans; load one with: ranham plan load FILE")
    return found[0]


def meanings(session: Session, label: str) -> list[PeriodInfo]:
    """Every period that a label may mean, one of each regulation that has it; `find_period` refuses more than one."""
    return [_info(session, row) for row in _of_label(session, _counting(), label)]


def get_period(session: Session, period_id: int) -> PeriodInfo:
    row = session.execute(_periods().where(Period.id == period_id)).one_or_none()
    if row is None:
        raise NotFound(f"no period with id {period_id}")
    return _info(session, row)


def list_periods(session: Session) -> list[PeriodInfo]:
    rows = session.execute(_counting().order_by(PlanYear.year, Period.closing_month, Regulation.code))
    return [_info(session, row) for row in rows]


def _of_label(session: Session, periods: Select[Found], label: str) -> list[Row[Found]]:
    regulation, year, code = split_label(label)
    rows = session.execute(periods.where(PlanYear.year == year, Period.code == code).order_by(Regulation.code))
    return [row for row in rows if regulation in (None, row.Regulation.code)]


def _counting() -> Select[Found]:
    """Periods of the plan years that count; a later version of a frozen year adds none and takes none away."""
    years = text(YEARS_THAT_COUNT).columns(column("id", Integer)).subquery()
    return _periods().where(PlanYear.id.in_(select(years.c.id)))


def _periods() -> Select[Found]:
    return (
        select(Period, PlanYear, PlanVersion, Regulation)
        .join(PlanYear, PlanYear.id == Period.plan_year_id)
        .join(PlanVersion, PlanVersion.id == PlanYear.plan_version_id)
        .join(Regulation, Regulation.id == PlanVersion.regulation_id)
    )


def _announced(session: Session, row: Row[Found]) -> Period:
    """The period that brings the window: the row's own, which nothing moves.

    The letter often comes after the year is frozen; a window that is missing is that of the first later version with one.
    """
    own: Period = row.Period
    if own.opens_on is not None:
        return own
    later = (
        select(Period)
        .join(PlanYear, PlanYear.id == Period.plan_year_id)
        .join(PlanVersion, PlanVersion.id == PlanYear.plan_version_id)
        .where(PlanVersion.regulation_id == row.Regulation.id, PlanVersion.version > row.PlanVersion.version)
        .where(PlanYear.year == row.PlanYear.year, Period.code == own.code, Period.opens_on.is_not(None))
    )
    return session.scalars(later.order_by(PlanVersion.version).limit(1)).first() or own


def _info(session: Session, row: Row[Found]) -> PeriodInfo:
    period, year, version, regulation = row
    window = _announced(session, row)
    return PeriodInfo(
        id=period.id,
        label=f"{year.year}-{period.code}",
        code=period.code,
        year=year.year,
        regulation=regulation.code,
        plan_year_id=year.id,
        plan_version=version.version,
        territory_as_of=year.territory_as_of,
        opens_on=window.opens_on,
        closes_on=window.closes_on,
        zone_rule=window.zone_rule,
    )


def find_plan_year(session: Session, year: int, regulation: str | None = None) -> int:
    """Id of the plan year to freeze: the frozen one, else that of the newest version of the plan."""
    rows = session.execute(
        text(f"SELECT code, id FROM ({YEARS_THAT_COUNT}) y WHERE year = :year ORDER BY code"), {"year": year}
    ).all()
    found = [row for row in rows if regulation in (None, row.code)]
    if not found:
        raise NotFound(f"no loaded plan has the year {year}; load one with: ranham plan load FILE")
    if len(found) > 1:
        raise Conflict(f"{year} is in several regulations; name one of {', '.join(row.code for row in found)}")
    return int(found[0].id)
