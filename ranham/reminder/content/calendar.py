"""The dates as iCalendar (RFC 5545), for calendars that people have already. Instants in UTC. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event

from ranham.reminder.content.dates import CalendarDate, Kind
from ranham.reminder.content.facts import JAKARTA
from ranham.reminder.content.words import Language, both_clocks, day_words, moment_words

MEDIA_TYPE = "text/calendar"
SHOWN_FOR = timedelta(hours=1)
"""A deadline is shown as the hour that ends with it: at midnight itself it would stand on the next day."""
ALARMS = (timedelta(days=-3), timedelta(days=-1))
"""Before a deadline; our choice, not a rule."""
REFRESH = timedelta(hours=12)
"""How often programs are asked to look again."""
TITLES: Mapping[Kind, tuple[str, str]] = {
    "opens": ("Masa pelaporan RANHAM {period} dibuka", "RANHAM reporting window {period} opens"),
    "ends": ("Batas waktu laporan RANHAM {period}", "Deadline of RANHAM reports {period}"),
    "extension": ("Perpanjangan RANHAM {period} berakhir", "Extension of RANHAM {period} ends"),
    "return": ("Batas waktu perbaikan laporan RANHAM {period}", "Deadline of a revision, RANHAM {period}"),
    "verification": ("Verifikasi pusat RANHAM {period}", "Central verification of RANHAM {period}"),
}
NAMES: Mapping[Language, str] = {"id": "Tenggat RANHAM: {place}", "en": "RANHAM deadlines: {place}"}


def calendar(
    found: Sequence[CalendarDate], *, place: str, zone: ZoneInfo = JAKARTA, language: Language = "id", now: datetime
) -> bytes:
    made = Calendar()
    made.add("prodid", "-//RANHAM engine//deadlines//ID")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", NAMES[language].format(place=place))
    made.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for each in found:
        made.add_component(_event(each, zone, language, now))
    return bytes(made.to_ical())


def _event(each: CalendarDate, zone: ZoneInfo, language: Language, now: datetime) -> Event:
    made = Event()
    title = TITLES[each.kind][("id", "en").index(language)].format(period=each.period)
    title = f"{title}: {each.what}" if each.what else title
    made.add("uid", each.uid)
    made.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    made.add("summary", title)
    made.add("transp", "TRANSPARENT")
    if each.days is not None:
        _days(made, each.days, language)
    elif each.at is not None:
        _moment(made, each, each.at.astimezone(UTC), zone=zone, language=language, title=title)
    return made


def _days(event: Event, days: tuple[date, date], language: Language) -> None:
    first, last = days
    event.add("dtstart", first)
    event.add("dtend", last + timedelta(days=1))  # the first day after it
    event.add("description", " - ".join(day_words(day, language) for day in dict.fromkeys(days)))


def _moment(  # noqa: PLR0913 - what an entry says
    event: Event, each: CalendarDate, at: datetime, *, zone: ZoneInfo, language: Language, title: str
) -> None:
    if each.kind == "opens":
        event.add("dtstart", at)
        event.add("dtend", at + SHOWN_FOR)
        event.add("description", moment_words(at, zone, language))
        return
    event.add("dtstart", at - SHOWN_FOR)
    event.add("dtend", at)
    event.add("description", both_clocks(at, zone, language))
    for before in ALARMS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", before, parameters={"related": "END"})
        event.add_component(alarm)
