"""What a release is of: a period, or a plan year with its periods."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.plan.queries import PeriodInfo, find_period, find_plan_year, list_periods


@dataclass(frozen=True, slots=True)
class YearInfo:
    label: str
    """For example 2022."""
    year: int
    regulation: str
    plan_year_id: int
    plan_version: int
    territory_as_of: date
    periods: tuple[PeriodInfo, ...]
    """In the order of their months."""


Subject = PeriodInfo | YearInfo

YEAR = """
SELECT r.code AS regulation, v.version, y.year, y.territory_as_of FROM plan_year y
JOIN plan_version v ON v.id = y.plan_version_id JOIN regulation r ON r.id = v.regulation_id WHERE y.id = :id
"""


def full_label(subject: Subject) -> str:
    """`RANHAM-V:2022-B08`, `RANHAM-V:2022`."""
    return f"{subject.regulation}:{subject.label}"


def find_subject(session: Session, label: str) -> Subject:
    """What `2022-B08`, `RANHAM-V:2022-B08`, `2022` or `RANHAM-V:2022` means."""
    regulation, _, rest = label.rpartition(":")
    if rest.isdigit() and len(rest) == 4:
        return get_year(session, find_plan_year(session, int(rest), regulation or None))
    if "-" not in rest:
        raise NotFound(f"'{label}' is neither a period nor a year: write for example 2022-B08 or 2022")
    return find_period(session, label)


def get_year(session: Session, plan_year_id: int) -> YearInfo:
    row = session.execute(text(YEAR), {"id": plan_year_id}).one()
    return YearInfo(
        label=str(row.year),
        year=row.year,
        regulation=row.regulation,
        plan_year_id=plan_year_id,
        plan_version=row.version,
        territory_as_of=row.territory_as_of,
        periods=tuple(each for each in list_periods(session) if each.plan_year_id == plan_year_id),
    )
