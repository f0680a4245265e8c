"""Contacts, reports and days for the tests of reminders, through the public doors."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo, find_period
from ranham.reminder import contacts
from ranham.reminder.contacts import NewContact
from tests.compliance import reports

LONG_AGO = date(2020, 1, 1)
SERANG, BANTEN, JAYAPURA, KL = "36.04", "36", "91.71", "KL-01"
ENTERED = datetime(2022, 8, 1, tzinfo=UTC)


def wib(day: str, at: str = "09:00") -> datetime:
    """A Jakarta time of 2022: `wib("09-03", "08:30")`."""
    return datetime.fromisoformat(f"2022-{day}T{at}").replace(tzinfo=ZoneInfo("Asia/Jakarta")).astimezone(UTC)


def b08(session: Session) -> PeriodInfo:
    return find_period(session, "RANHAM-V:2022-B08")


def contact(session: Session, unit: str | None = SERANG, function: str = "operator", **more: Any) -> int:
    address = more.pop("address", f"{function}.{unit or more.get('office', 'pusat')}@contoh.go.id".lower())
    new = NewContact(
        function=function, name=more.pop("name", f"{function} {unit}"), channel="email", address=address,
        valid_from=more.pop("valid_from", LONG_AGO), unit_code=unit, **more,
    )  # fmt: skip
    return contacts.add(session, new, by="test", now=ENTERED)


def announced(session: Session, at: datetime) -> None:
    """As if the plan had been loaded then."""
    session.execute(text("SET LOCAL session_replication_role = replica"))  # a version is never changed
    session.execute(text("UPDATE plan_version SET loaded_at = :at"), {"at": at})
    session.execute(text("SET LOCAL session_replication_role = origin"))


def sends_everything(session: Session, unit: str, **facts: Any) -> None:
    """The unit reports every action of the period."""
    period = b08(session)
    owed = session.scalars(
        text("""SELECT o.id FROM obligation o JOIN unit_version v ON v.unit_id = o.unit_id AND v.valid_from <= :day
                AND (v.valid_to IS NULL OR v.valid_to > :day)
                WHERE v.code = :unit AND o.plan_year_id = :year ORDER BY o.id"""),
        {"unit": unit, "year": period.plan_year_id, "day": period.code_day()},
    )
    for obligation in owed.all():
        reports.report(session, obligation, period.id, **facts)
    session.flush()


def ledger(session: Session, unit: str | None = SERANG, **wanted: Any) -> list[Any]:
    """Rows of the ledger of a unit (or all), in the order in which they were written."""
    rows = session.execute(
        text("""SELECT r.*, v.code AS unit FROM reminder r LEFT JOIN unit_version v ON v.unit_id = r.unit_id
                AND v.valid_from <= '2022-09-06' AND (v.valid_to IS NULL OR v.valid_to > '2022-09-06')
                WHERE cast(:unit AS text) IS NULL OR v.code = :unit ORDER BY r.id"""),
        {"unit": unit},
    ).all()
    return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]


def said(rows: list[Any]) -> list[tuple[str, str, str]]:
    return [(row.rung, row.recipient.partition(":")[0], row.decision) for row in rows]
