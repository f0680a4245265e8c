"""Whose calendar: a unit (a province with its regencies/cities), a Kanwil, or everybody."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.access.places import STANDS
from ranham.kernel.clock import JAKARTA
from ranham.kernel.errors import NotFound
from ranham.reminder.content.words import clean
from ranham.territory import queries as territory

EVERYBODY = "all"
"""Written for the calendar of the ministry."""
_OF_UNIT = f"SELECT r.id FROM reporting_unit r {STANDS.format(unit='r.id')} WHERE r.id = :id OR today.parent_id = :id"
_OF_OFFICE = f"SELECT r.id FROM reporting_unit r {STANDS.format(unit='r.id')} WHERE assigned.office_id = :id"
_UNIT = """
SELECT v.code, v.name, v.type, v.time_zone, r.level FROM reporting_unit r
JOIN unit_version v ON v.unit_id = r.id AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
WHERE r.id = :id
"""


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    zone: ZoneInfo
    unit_id: int | None
    office_id: int | None
    unit_ids: tuple[int, ...] | None
    """Units whose deadlines it has; None: all."""


def find_place(session: Session, written: str, *, today: date) -> Place:
    """`36.04`, `kanwil-36` or `all`."""
    if written == EVERYBODY:
        return place(session, None, None, today=today)
    if written.startswith("kanwil"):
        return place(session, None, territory.office_by_key(session, written), today=today)
    return place(session, territory.by_code(session, written, today).unit_id, None, today=today)


def place(session: Session, unit_id: int | None, office_id: int | None, *, today: date) -> Place:
    if unit_id is not None:
        row = session.execute(text(_UNIT), {"id": unit_id, "today": today}).one_or_none()
        if row is None:
            raise NotFound("the unit does not exist today")
        ids = tuple(session.scalars(text(_OF_UNIT), {"id": unit_id, "today": today}))
        known = territory.UnitAsOf(unit_id, row.level, row.code, row.name, row.type, None, row.time_zone, None)
        return Place(clean(known.title), ZoneInfo(row.time_zone), unit_id, None, ids)
    if office_id is not None:
        name = session.scalar(text("SELECT name FROM verifying_office WHERE id = :id"), {"id": office_id})
        ids = tuple(session.scalars(text(_OF_OFFICE), {"id": office_id, "today": today}))
        return Place(clean(str(name)), JAKARTA, None, office_id, ids)
    return Place("Indonesia", JAKARTA, None, None, None)


def of_units(session: Session, unit_ids: tuple[int, ...] | None, *, name: str, today: date) -> Place:
    """Of some units, under a name; on the clock of the unit where it is one only."""
    if unit_ids is not None and len(unit_ids) == 1:
        return place(session, unit_ids[0], None, today=today)
    return Place(clean(name), JAKARTA, None, None, unit_ids)
