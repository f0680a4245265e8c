"""Brings people and contacts into the database, through the public doors."""

import csv
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.reminder import contacts
from ranham.territory.queries import by_code
from tests.access import people
from tests.journeys.reminders.world import Known

NOW, SINCE = datetime(2022, 8, 2, tzinfo=UTC), date(2022, 1, 1)
ROLES = {
    "operator": Role.OPERATOR,
    "legal_bureau": Role.PROVINCE_COORDINATOR,
    "verifier": Role.VERIFIER,
    "ministry": Role.MINISTRY,
}
OFFICES = ("regional_office", "verifier")


def enrol(session: Session, known: Iterable[Known], folder: Path) -> None:
    """Some hold a role, all others come with a file of contacts."""
    file = folder / "contacts.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["function", "name", "channel", "address", "unit_code", "office", "valid_from"])
        for number, each in enumerate(known):
            if each.person:
                _appoint(session, each)
                continue
            office, unit = (each.place, "") if each.function in OFFICES else ("", each.place)
            writer.writerow([each.function, f"Nama {number}", "email", each.address, unit, office, SINCE])
    contacts.import_file(session, file, by="test", now=NOW)


def _appoint(session: Session, known: Known) -> None:
    place = Place()
    if known.place and known.function == "verifier":
        place = Place(office_id=people.office(session, known.place))
    elif known.place:
        place = Place(unit_id=by_code(session, known.place, SINCE).unit_id)
    people.grant(session, people.person(session, known.address), ROLES[known.function], place, since=SINCE)
