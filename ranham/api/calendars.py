"""Deadlines as calendars: of whoever is signed in, and by a secret address for programs that cannot sign in."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from ranham.access.places import readable_units
from ranham.api.contacts import NOBODY, client_of
from ranham.api.responses import refusals
from ranham.api.schemas.contact import FeedPath
from ranham.api.tries import count_try
from ranham.api.work import FromCaller, reading
from ranham.kernel import clock
from ranham.kernel.database import read_session
from ranham.reminder.content.calendar import MEDIA_TYPE
from ranham.reminder.links.feeds import calendar_of, read_feed
from ranham.reminder.links.places import of_units

router = APIRouter(tags=["calendars"])
CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Deadlines (RFC 5545).",
        "content": {
            MEDIA_TYPE: {"schema": {"type": "string"}, "example": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"}
        },
    }
}


class CalendarResponse(Response):
    media_type = MEDIA_TYPE


@router.get(
    "/calendar.ics", operation_id="get_calendar", response_class=CalendarResponse, responses=CALENDAR | refusals()
)
def own_calendar(caller: FromCaller) -> Response:
    """Openings, deadlines, extensions, returns and verification days of the units that the person may see."""
    with reading(caller) as work:
        readable = readable_units(work.session, work.principal, today=work.today)
        of = of_units(work.session, readable.units, name=work.principal.name, today=work.today)
        made = calendar_of(work.session, of, language="id", now=work.now)
    return CalendarResponse(made)


@router.get(
    "/calendars/{feed}.ics",
    operation_id="get_calendar_feed",
    response_class=CalendarResponse,
    responses=CALENDAR | refusals(429, but=NOBODY),
)
def calendar_feed(feed: FeedPath, request: Request) -> Response:
    """The same for one office, by the secret address that `ranham calendar-feed add` gave out."""
    count_try(client=client_of(request))
    with read_session() as session:
        made = read_feed(session, feed, now=clock.now())
    return CalendarResponse(made)
