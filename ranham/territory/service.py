"""Loads the reference data of the territory. Loading twice changes nothing."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Finding
from ranham.territory.models import (
    Decree,
    Level,
    LineageKind,
    OfficeAssignment,
    OfficeKind,
    ReportingUnit,
    UnitLineage,
    UnitVersion,
    VerifyingOffice,
)

REFERENCE = Path(__file__).parent / "reference"
MINISTRY_ZONE = "Asia/Jakarta"


@dataclass(frozen=True, slots=True)
class LoadedTerritory:
    units: int
    versions: int
    offices: int
    changed: bool


def load_reference(session: Session, folder: Path = REFERENCE) -> LoadedTerritory:
    """Load units, their dated facts, lineage and verifying offices from CSV.

    A database that has units already is left as it is: later changes come as dated facts, not by loading anew.
    """
    if session.scalar(select(ReportingUnit.id).limit(1)) is None:
        decrees = _load_decrees(session, folder)
        units = _load_units(session, folder, decrees)
        _load_offices(session, folder, units)
        changed = True
    else:
        changed = False
    session.flush()
    return LoadedTerritory(
        units=len(session.scalars(select(ReportingUnit.id)).all()),
        versions=len(session.scalars(select(UnitVersion.id)).all()),
        offices=len(session.scalars(select(VerifyingOffice.id)).all()),
        changed=changed,
    )


def load_ministries(session: Session, path: Path) -> int:
    """Add ministries and agencies (K/L) from a CSV with key, code, name, valid_from, verified; known keys are skipped."""
    known = set(session.scalars(select(ReportingUnit.key)))
    added = 0
    for row in _rows(path):
        if row["key"] in known:
            continue
        unit = ReportingUnit(key=row["key"], level=Level.MINISTRY)
        session.add(unit)
        session.flush()
        session.add(
            UnitVersion(
                unit_id=unit.id,
                valid_from=_day(path, row, "valid_from"),
                code=row["code"],
                name=row["name"],
                type="ministry",
                time_zone=MINISTRY_ZONE,
                verified=_flag(row, "verified"),
            )
        )
        added += 1
    return added


def _load_decrees(session: Session, folder: Path) -> dict[str, int]:
    path = folder / "decrees.csv"
    made = [
        Decree(
            key=row["key"],
            kind=row["kind"],
            number=row["number"],
            dated_on=_day(path, row, "dated_on"),
            title=row["title"],
            verified=_flag(row, "verified"),
        )
        for row in _rows(path)
    ]
    session.add_all(made)
    session.flush()
    return {decree.key: decree.id for decree in made}


def _load_units(session: Session, folder: Path, decrees: dict[str, int]) -> dict[str, int]:
    path = folder / "units.csv"
    made = [
        ReportingUnit(
            key=row["key"],
            level=Level(row["level"]),
            law_on=_maybe_day(path, row, "law_on"),
            inaugurated_on=_maybe_day(path, row, "inaugurated_on"),
            inaugurated_verified=_flag(row, "inaugurated_verified"),
        )
        for row in _rows(path)
    ]
    session.add_all(made)
    session.flush()
    units = {unit.key: unit.id for unit in made}
    path = folder / "unit_versions.csv"
    session.add_all(
        UnitVersion(
            unit_id=units[row["unit_key"]],
            valid_from=_day(path, row, "valid_from"),
            valid_to=_maybe_day(path, row, "valid_to"),
            code=row["code"] or None,
            name=row["name"],
            type=row["type"],
            parent_id=units[row["parent_key"]] if row["parent_key"] else None,
            time_zone=row["time_zone"],
            decree_id=decrees[row["decree_key"]] if row["decree_key"] else None,
            verified=_flag(row, "verified"),
        )
        for row in _rows(path)
    )
    path = folder / "lineage.csv"
    session.add_all(
        UnitLineage(
            from_unit_id=units[row["from_key"]],
            to_unit_id=units[row["to_key"]],
            kind=LineageKind(row["kind"]),
            on_date=_day(path, row, "on"),
            decree_id=decrees[row["decree_key"]] if row["decree_key"] else None,
        )
        for row in _rows(path)
    )
    load_ministries(session, folder / "ministries.csv")
    return units


def _load_offices(session: Session, folder: Path, units: dict[str, int]) -> None:
    path = folder / "verifying_offices.csv"
    made = [
        VerifyingOffice(
            key=row["key"],
            name=row["name"],
            kind=OfficeKind(row["kind"]),
            valid_from=_day(path, row, "valid_from"),
            valid_to=_maybe_day(path, row, "valid_to"),
            verified=_flag(row, "verified"),
        )
        for row in _rows(path)
    ]
    session.add_all(made)
    session.flush()
    offices = {office.key: office.id for office in made}
    path = folder / "verifying_office_assignments.csv"
    session.add_all(
        OfficeAssignment(
            unit_id=units[row["unit_key"]],
            office_id=offices[row["office_key"]],
            valid_from=_day(path, row, "valid_from"),
            valid_to=_maybe_day(path, row, "valid_to"),
            verified=_flag(row, "verified"),
            note=row["note"] or None,
        )
        for row in _rows(path)
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(path: Path, row: dict[str, str], column: str) -> date:
    try:
        return date.fromisoformat(row[column])
    except ValueError:
        where = f"{path.name}, column {column}"
        raise BadInput([Finding(where, repr(row[column]), "a date such as 2022-11-09")]) from None


def _maybe_day(path: Path, row: dict[str, str], column: str) -> date | None:
    return _day(path, row, column) if row[column] else None


def _flag(row: dict[str, str], column: str) -> bool:
    return row[column].strip().lower() in {"true", "1", "yes"}
