"""Reads of plans: which period a label means, and what belongs to it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select, text
from sqlalchemy.orm import Session

from ranham.kernel.clock import JAKARTA
from ranham.kernel.errors import Conflict, NotFound
from ranham.plan.models import Period, PlanVersion, PlanYear, Regulation, ZoneRule


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

    def code_day(self) -> date:
        """The day on which unit codes are read: the last of the window, else the end of the year."""
        return self.closes_on or date(self.territory_as_of.year, 12, 31)


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
    regulation, year, code = split_label(label)
    found = [
        row
        for row in session.execute(_periods().where(PlanYear.year == year, Period.code == code)).all()
        if regulation in (None, row.Regulation.code)
    ]
    if not found:
        raise NotFound(f"no period {label} in the loaded plans; load one with: ranham plan load FILE")
    frozen = set(session.scalars(text("SELECT plan_year_id FROM year_freeze WHERE year = :year"), {"year": year}))
    by_regulation: dict[str, Row[tuple[Period, PlanYear, PlanVersion, Regulation]]] = {}
    for row in sorted(found, key=lambda r: (r.PlanYear.id in frozen, r.PlanVersion.version)):
        by_regulation[row.Regulation.code] = row
    if len(by_regulation) > 1:
        options = ", ".join(f"{name}:{year}-{code}" for name in sorted(by_regulation))
        raise Conflict(f"{label} exists in several regulations; name one of {options}")
    return _info(next(iter(by_regulation.values())))


def get_period(session: Session, period_id: int) -> PeriodInfo:
    row = session.execute(_periods().where(Period.id == period_id)).one_or_none()
    if row is None:
        raise NotFound(f"no period with id {period_id}")
    return _info(row)


def list_periods(session: Session) -> list[PeriodInfo]:
    rows = session.execute(_periods().order_by(PlanYear.year, Period.closing_month, Regulation.code)).all()
    newest: dict[str, PeriodInfo] = {}
    for row in rows:
        info = find_period(session, f"{row.Regulation.code}:{row.PlanYear.year}-{row.Period.code}")
        newest[f"{info.regulation}:{info.label}"] = info
    return list(newest.values())


def _periods() -> Select[tuple[Period, PlanYear, PlanVersion, Regulation]]:
    return (
        select(Period, PlanYear, PlanVersion, Regulation)
        .join(PlanYear, PlanYear.id == Period.plan_year_id)
        .join(PlanVersion, PlanVersion.id == PlanYear.plan_version_id)
        .join(Regulation, Regulation.id == PlanVersion.regulation_id)
    )


def _info(row: Row[tuple[Period, PlanYear, PlanVersion, Regulation]]) -> PeriodInfo:
    period, year, version, regulation = row
    return PeriodInfo(
        id=period.id,
        label=f"{year.year}-{period.code}",
        code=period.code,
        year=year.year,
        regulation=regulation.code,
        plan_year_id=year.id,
        plan_version=version.version,
        territory_as_of=year.territory_as_of,
        opens_on=period.opens_on,
        closes_on=period.closes_on,
        zone_rule=period.zone_rule,
    )


def find_plan_year(session: Session, year: int, regulation: str | None = None) -> int:
    """Id of the plan year to freeze: the frozen one, else that of the newest version of the plan."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (r.id) r.code, coalesce(f.plan_year_id, y.id) AS id
            FROM plan_year y JOIN plan_version v ON v.id = y.plan_version_id JOIN regulation r ON r.id = v.regulation_id
            LEFT JOIN year_freeze f ON f.regulation_id = r.id AND f.year = y.year
            WHERE y.year = :year ORDER BY r.id, v.version DESC
        """),
        {"year": year},
    ).all()
    found = [row for row in rows if regulation in (None, row.code)]
    if not found:
        raise NotFound(f"no loaded plan has the year {year}; load one with: ranham plan load FILE")
    if len(found) > 1:
        raise Conflict(f"{year} is in several regulations; name one of {', '.join(row.code for row in found)}")
    return int(found[0].id)
