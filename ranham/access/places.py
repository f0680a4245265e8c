"""Where units stand today, for what a person may see of them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.access.permissions import RIGHTS, Right, Scope, UnitPlace
from ranham.access.principal import Principal

STANDS = """
LEFT JOIN unit_version today ON today.unit_id = {unit}
     AND today.valid_from <= :today AND (today.valid_to IS NULL OR today.valid_to > :today)
LEFT JOIN office_assignment assigned ON assigned.unit_id = coalesce(today.parent_id, {unit})
     AND assigned.valid_from <= :today AND (assigned.valid_to IS NULL OR assigned.valid_to > :today)
"""
"""Joins that say of a unit where it stands; `coalesce(today.parent_id, unit)` is its province, `assigned.office_id` its Kanwil."""
_PLACE = f"""
SELECT r.id, coalesce(today.parent_id, r.id), assigned.office_id
FROM reporting_unit r {STANDS.format(unit="r.id")} WHERE r.id = :unit
"""
_WITHIN = f"""
SELECT r.id FROM reporting_unit r {STANDS.format(unit="r.id")}
WHERE r.id = ANY(:units) OR coalesce(today.parent_id, r.id) = ANY(:provinces) OR assigned.office_id = ANY(:offices)
"""


@dataclass(frozen=True, slots=True)
class Readable:
    """Units that a person may see; `units` None: all of them."""

    units: tuple[int, ...] | None

    def has(self, unit_id: int) -> bool:
        return self.units is None or unit_id in self.units


def place_of(session: Session, unit_id: int, *, today: date) -> UnitPlace | None:
    row = session.execute(text(_PLACE), {"unit": unit_id, "today": today}).one_or_none()
    return None if row is None else UnitPlace(*row)


def readable_units(session: Session, principal: Principal, *, today: date) -> Readable:
    """The same as `may(principal, Right.READ, ...)` of every unit, for lists."""
    units, provinces, offices = [], [], []
    for held in principal.roles:
        match RIGHTS[held.role].get(Right.READ):
            case Scope.ALL:
                return Readable(None)
            case Scope.OFFICE if held.office_id is None:
                return Readable(None)
            case Scope.OFFICE:
                offices.append(held.office_id)
            case Scope.PROVINCE:
                provinces.append(held.unit_id)
            case Scope.UNIT | Scope.ASKED:
                units.append(held.unit_id)
    if not (units or provinces or offices):
        return Readable(())
    found = session.scalars(text(_WITHIN), {"units": units, "provinces": provinces, "offices": offices, "today": today})
    return Readable(tuple(sorted(found)))
