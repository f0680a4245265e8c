"""The calendar parses back with the right instants."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar

from ranham.reminder.content.calendar import calendar
from ranham.reminder.content.dates import CalendarDate
from tests.reminder.content import awkward

FOUND = [
    CalendarDate("opens", "a@ranham", "2022-B08", "", at=awkward.OPENS),
    CalendarDate("ends", "b@ranham", "2022-B08", "", at=awkward.DEADLINE),
    CalendarDate("extension", "c@ranham", "2022-B08", awkward.MARKUP + ";,", at=awkward.RETURN_DUE),
    CalendarDate("return", "d@ranham", "2022-B08", "Kota Serang, D1", at=awkward.RETURN_DUE),
    CalendarDate("verification", "e@ranham", "2022-B08", "", days=(date(2022, 9, 7), date(2022, 9, 9))),
]


def events(zone: str = "Asia/Jakarta", now: datetime = awkward.NOW) -> dict[str, object]:
    made = calendar(FOUND, place="Kabupaten Serang", zone=ZoneInfo(zone), language="id", now=now)
    return {str(each["UID"]): each for each in Calendar.from_ical(made).events}


def test_deadlines_end_at_the_instant_and_stand_on_their_own_day() -> None:
    ends = events()["b@ranham"]
    assert ends.end == datetime(2022, 9, 6, 17, tzinfo=UTC)
    assert ends.start.astimezone(ZoneInfo("Asia/Jakarta")).date() == date(2022, 9, 6)


def test_opening_begins_at_its_instant() -> None:
    assert events()["a@ranham"].start == awkward.OPENS


def test_verification_days_are_whole_and_the_last_one_counts() -> None:
    days = events()["e@ranham"]
    assert (days.start, days.end) == (date(2022, 9, 7), date(2022, 9, 10))


def test_deadlines_ring_before_they_end() -> None:
    alarms = [each for each in events()["d@ranham"].subcomponents if each.name == "VALARM"]
    assert [each["TRIGGER"].dt for each in alarms] == [timedelta(days=-3), timedelta(days=-1)]
    assert {each["TRIGGER"].params["RELATED"] for each in alarms} == {"END"}
    assert not [each for each in events()["a@ranham"].subcomponents if each.name == "VALARM"]


def test_words_survive_and_the_local_time_is_said() -> None:
    assert awkward.MARKUP in str(events()["c@ranham"]["SUMMARY"])
    assert "02.00 WIT" in str(events("Asia/Jayapura")["b@ranham"]["DESCRIPTION"])


def test_the_same_thing_keeps_its_uid() -> None:
    assert events().keys() == events(now=datetime(2023, 1, 1, tzinfo=UTC)).keys()
