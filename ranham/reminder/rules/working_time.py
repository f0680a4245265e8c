"""Working time on the clock of whoever is written to: working hours, weekends, holidays, and days of a province's own."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5
LONGEST = 366
"""Days that are looked through for a working day."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody reads: the zone, and the province where that has days of its own."""

    zone: str
    province: str | None = None
    """Kemendagri code; empty where the national calendar is all there is."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off. A province's own word beats the national one, and both beat the published calendar."""

    holidays: Container[date]
    """Public and joint holidays as published."""
    own: Mapping[tuple[date, str | None], bool] = field(default_factory=dict)
    """(day, province or None for all) -> whether it is a day off."""

    def is_off(self, day: date, province: str | None) -> bool:
        for whose in (province, None):
            if (said := self.own.get((day, whose))) is not None:
                return said
        return day.weekday() >= SATURDAY or day in self.holidays

    def provinces(self) -> frozenset[str]:
        """Provinces that have days of their own."""
        return frozenset(province for _, province in self.own if province is not None)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    calendar: Calendar
    starts: time
    ends: time
    """First minute in which nobody is at work any more."""

    def holds(self, instant: datetime, place: Place) -> bool:
        local = instant.astimezone(ZoneInfo(place.zone))
        return self.starts <= local.time() < self.ends and not self.calendar.is_off(local.date(), place.province)

    def at_or_after(self, instant: datetime, place: Place) -> datetime:
        """The instant itself in working time, else the first working minute after it."""
        if self.holds(instant, place):
            return instant
        local = instant.astimezone(ZoneInfo(place.zone))
        first = local.date() + timedelta(days=0 if local.time() < self.starts else 1)
        return on(self._working_day(first, place, step=1), self.starts, place)

    def at_or_before(self, instant: datetime, place: Place) -> datetime:
        """The instant itself in working time, else the same time of day on the working day before."""
        if self.holds(instant, place):
            return instant
        local = instant.astimezone(ZoneInfo(place.zone))
        last = local.date() - timedelta(days=1 if local.time() < self.starts else 0)
        at = local.time() if self.starts <= local.time() < self.ends else self._last_minute()
        return on(self._working_day(last, place, step=-1), at, place)

    def _last_minute(self) -> time:
        return (datetime.combine(date.min, self.ends) - timedelta(minutes=1)).time()

    def _working_day(self, day: date, place: Place, *, step: int) -> date:
        for distance in range(LONGEST):
            if not self.calendar.is_off(found := day + timedelta(days=step * distance), place.province):
                return found
        raise ValueError(f"no working day within a year of {day}; look at the days off")


def on(day: date, at: time, place: Place) -> datetime:
    """The instant of a local time, in UTC."""
    return datetime.combine(day, at, ZoneInfo(place.zone)).astimezone(UTC)
