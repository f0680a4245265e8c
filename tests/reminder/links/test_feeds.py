"""Calendars by a secret address: what is in them, and that they can be closed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.plan.queries import find_period
from ranham.reminder.links.feeds import calendar_of, feeds, issue_feed, read_feed, revoke_feed
from ranham.reminder.links.places import find_place
from ranham.submission import extensions
from tests.verification.desk import NOW as READING
from tests.verification.desk import fill, give_back, only, send, unit_id

NOW = datetime(2022, 9, 5, 3, tzinfo=UTC)
TODAY = date(2022, 9, 5)


def dates(session: Session, place: str) -> dict[str, datetime | date]:
    made = calendar_of(session, find_place(session, place, today=TODAY), language="id", now=NOW)
    return {str(each["UID"]): each.end for each in Calendar.from_ical(made).events}


def extend(session: Session, code: str) -> str:
    asked = extensions.request(
        session, find_period(session, "2022-B08"), unit_id=unit_id(session, code),
        until=datetime(2022, 9, 9, 17, tzinfo=UTC), reason="x", by="a", now=NOW, cap=timedelta(days=14),
    )  # fmt: skip
    extensions.decide(session, asked.id, approve=True, by="b", now=NOW)
    return f"extension-{asked.id}@ranham"


def test_a_unit_has_its_windows_and_its_own_extension(session: Session) -> None:
    before = dates(session, "36.04")
    uid = extend(session, "36.04")
    after = dates(session, "36.04")
    assert after["RANHAM-V-2022-B08-ends@ranham"] == datetime(2022, 9, 6, 17, tzinfo=UTC)
    assert after["RANHAM-V-2022-B08-verification@ranham"] == date(2022, 9, 10)
    assert after == before | {uid: datetime(2022, 9, 9, 17, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("place", "sees"), [("36", True), ("kanwil-36", True), ("all", True), ("36.73", False), ("kanwil-18", False)]
)
def test_an_office_has_what_is_of_its_units(place: str, sees: bool, session: Session) -> None:
    uid = extend(session, "36.04")
    assert (uid in dates(session, place)) is sees


def test_a_return_is_in_it_until_it_came_again(session: Session) -> None:
    owed = send(session, "36.04", 0)
    fill(session)
    give_back(session, only(session).task_id, "verifier")
    back = session.scalar(text("SELECT return_due_at FROM report WHERE obligation_id = :o"), {"o": owed})
    found = [at for uid, at in dates(session, "36.04").items() if uid.startswith("return-")]
    assert found == [back]
    assert back > READING
    send(session, "36.04", 0)
    assert not [uid for uid in dates(session, "36.04") if uid.startswith("return-")]


def test_a_feed_is_read_by_its_address_until_it_is_revoked(session: Session) -> None:
    made = issue_feed(session, find_place(session, "36.04", today=TODAY), language="en", by="cli:test", now=NOW)
    raw = made.address.rpartition("/")[2].removesuffix(".ics")
    said = read_feed(session, raw, now=NOW).decode()
    assert "RANHAM deadlines: Kabupaten Serang" in said
    assert [(row.place, row.revoked_at) for row in feeds(session, now=NOW) if row.id == made.id] == [("36.04", None)]
    assert raw not in str(session.execute(text("SELECT * FROM calendar_feed")).all())
    assert revoke_feed(session, made.id, by="cli:test", now=NOW) is True
    assert revoke_feed(session, made.id, by="cli:test", now=NOW) is False
    with pytest.raises(NotFound, match="revoked"):
        read_feed(session, raw, now=NOW)
