"""Until when a message has to wait: the working hours of whoever reads it, province, Kanwil or ministry."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from ranham.outbox.deliveries import Due
from ranham.reminder.planning import plan
from ranham.reminder.planning.holding import hold
from tests.reminder.desk import b08, contact, ledger, wib


def held(session: Session, now: datetime) -> dict[str, datetime]:
    """By address."""
    rows = [row for row in ledger(session, None, decision="send") if row.delivery_id is not None]
    due = [Due(r.delivery_id, "reminder", r.id, r.channel, r.address, r.name, r.language, "") for r in rows]
    address = {each.id: each.address for each in due}
    return {address[id_]: until for id_, until in hold(session, due, now).items()}


@pytest.fixture
def digests(session: Session) -> Session:
    """Overdue digests of Thursday 8 September, planned at the first hour that all three share."""
    contact(session, "91", "legal_bureau", address="biro@papua.go.id")
    contact(session, None, "regional_office", office="kanwil-91", address="kanwil@papua.go.id")
    contact(session, None, "regional_office", office="kanwil-36", address="kanwil@banten.go.id")
    plan(session, b08(session), now=wib("09-08", "09:00"))
    return session


def test_offices_keep_the_hours_of_their_own_zone(digests: Session) -> None:
    assert held(digests, wib("09-08", "13:30")) == {}
    evening_in_the_east = wib("09-08", "14:30")
    morning = wib("09-09", "06:00")
    assert held(digests, evening_in_the_east) == {"biro@papua.go.id": morning, "kanwil@papua.go.id": morning}
    assert held(digests, wib("09-08", "17:00"))["kanwil@banten.go.id"] == wib("09-09", "08:00")


def test_a_weekend_is_waited_for(digests: Session) -> None:
    assert held(digests, wib("09-10", "10:00"))["kanwil@banten.go.id"] == wib("09-12", "08:00")
