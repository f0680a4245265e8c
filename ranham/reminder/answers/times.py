"""When the rungs of a period are due, on the clocks of the three zones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.plan.ladder import RungSpec
from ranham.plan.policy import ladder_of
from ranham.plan.queries import PeriodInfo
from ranham.reminder.days_off import calendar
from ranham.reminder.planning.occasions import KINDS, ZONES, deadline_of, ground, window_of
from ranham.reminder.rules.due import Occasion, moment
from ranham.reminder.rules.working_time import Place, WorkingTime

ABBREVIATIONS = dict(zip(ZONES, ("WIB", "WITA", "WIT"), strict=True))
EVENTS = {
    "returned": "a return",
    "return_due": "the deadline of a return",
    "verification_due": "the limit of a reading",
}


@dataclass(frozen=True, slots=True)
class TimeRow:
    rung: str
    zone: str | None
    """WIB, WITA or WIT: of whoever is written to."""
    due_local: str
    """By the rung."""
    sent_local: str | None
    """In working time."""
    sent_wib: str | None
    deadline_local: str | None
    deadline_wib: str | None
    audience: str
    condition: str
    when_missed: str
    unverified: bool


def times(session: Session, period: PeriodInfo) -> list[TimeRow]:
    """Of the window and of the deadline without extensions; rungs that count from something else say from what."""
    if period.closes_on is None:
        raise Conflict(f"{period.label} has no announced window; load a plan version that has it")
    found = ground(session, period, calendar(), now=datetime.max.replace(tzinfo=UTC), latest=timedelta())
    ladder = ladder_of(session, period)
    rows: list[TimeRow] = []
    for rung in ladder.of_period(period.code):
        doubtful = bool({"rungs", rung.code} & set(ladder.unverified))
        if KINDS[rung.anchor] not in ("window", "deadline"):
            said = f"{rung.days} days from {EVENTS[rung.anchor]}, {rung.at:%H:%M}" if rung.days else "at once"
            rows.append(TimeRow(rung.code, None, said, None, None, None, None, *_rest(rung), doubtful))
            continue
        for zone in ZONES:
            place = Place(zone)
            occasion = (
                window_of(found, place)
                if KINDS[rung.anchor] == "window"
                else deadline_of(found.window_end(place), place)
            )
            rows += _row(rung, occasion, found.working, unverified=doubtful)
    return rows


def stated(instant: datetime, zone: str) -> str:
    """`2022-09-06 09:00 WIT`"""
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {ABBREVIATIONS.get(zone, zone)}"


def _row(rung: RungSpec, occasion: Occasion, working: WorkingTime, *, unverified: bool) -> Iterator[TimeRow]:
    zone = occasion.place.zone
    if rung.anchor not in occasion.anchors:
        return
    due_at, send_at = moment(rung, occasion, working)
    end = occasion.deadline
    yield TimeRow(
        rung.code,
        ABBREVIATIONS[zone],
        stated(due_at, zone),
        stated(send_at, zone),
        stated(send_at, ZONES[0]),
        stated(end, zone) if end else None,
        stated(end, ZONES[0]) if end else None,
        *_rest(rung),
        unverified,
    )


def _rest(rung: RungSpec) -> tuple[str, str, str]:
    return ", ".join(rung.audience), rung.condition, rung.when_missed
