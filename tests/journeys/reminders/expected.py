"""What has to go out, computed unit by unit with loops from `docs/reminders.md` and the starting ladder alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from tests.journeys.reminders.facts import Facts
from tests.journeys.reminders.world import Known, Unit, World

LADDER = Path(__file__).resolve().parents[3] / "ranham" / "plan" / "starting-ladder.yaml"
OFF = {(date(2022, 9, 5), "36"), (date(2022, 9, 13), "91")}
JAKARTA = ZoneInfo("Asia/Jakarta")
OF_UNIT = ("operator", "head_of_office")
LATEST = timedelta(days=14)

Rung = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Sent:
    """A message that left."""

    at: datetime
    rung: str
    occasion: str
    place: str
    """The unit's code; of a digest `province`, Kanwil or empty for the ministry and the central secretariat."""
    address: str
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    zone: ZoneInfo
    province: str | None

    def works(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        return self.works_on(local.date()) and time(8) <= local.time() < time(16)

    def works_on(self, day: date) -> bool:
        return day.weekday() < 5 and (day, self.province) not in OFF

    def next_work(self, at: datetime) -> datetime:
        if self.works(at):
            return at
        day = at.astimezone(self.zone).date()
        begin = self.moment(day, time(8))
        while begin < at or not self.works(begin):
            day += timedelta(days=1)
            begin = self.moment(day, time(8))
        return begin

    def moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone)


@dataclass(frozen=True, slots=True)
class Occasion:
    name: str
    anchors: Mapping[str, date]
    """Day of each anchor."""
    begins: datetime | None = None
    """Nothing of it is known before; at this moment what is due at once is due."""
    ends: datetime | None = None
    """First late instant of what it counts to."""
    newest: str = ""
    """Orders the occasions of an office."""


WINDOW = Occasion("window", {"announced": date(2022, 8, 1), "opens": date(2022, 8, 30)}, newest="0")


def expected(world: World, ticks: Iterable[datetime]) -> set[Sent]:
    engine, made = Engine(world), set[Sent]()
    for tick in ticks:
        now = Facts(world, tick)
        engine.occasions = {unit.code: list(occasions(now, unit)) for unit in world.units.values()}
        for unit in world.units.values():
            made |= set(engine.to_unit(now, unit))
        for rung in engine.ladder:
            if rung["digest"]:
                for function in rung["audience"]:
                    made |= set(engine.digests(now, rung, function))
    return made


@dataclass
class Engine:
    world: World
    ladder: list[Rung] = field(default_factory=lambda: yaml.safe_load(LADDER.read_text("utf-8"))["rungs"])
    told: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    """(unit, function, occasion) -> own time of the last rung that was told; earlier ones are overtaken."""
    digested: set[tuple[str, str, str]] = field(default_factory=set)
    """(place, occasion, rung) that is over."""
    occasions: dict[str, list[Occasion]] = field(default_factory=dict)
    """Of each unit, at this tick."""

    def to_unit(self, now: Facts, unit: Unit) -> Iterator[Sent]:
        clock = clock_of(self.world, unit.code)
        if not clock.works(now.at):
            return
        for occasion in self.occasions[unit.code]:
            for function in OF_UNIT:
                key = (unit.code, function, occasion.name)
                due = [
                    (own_time(rung, occasion, clock), rung["code"])
                    for rung in self.ladder
                    if function in rung["audience"]
                    and holds(now, rung, unit, occasion)
                    and (moment := due_at(rung, occasion, clock)) is not None
                    and may_still(rung, occasion, moment, now.at)
                ]
                addresses = {known.address.lower() for known in now.known(function, unit.code)}
                if not due or not addresses:
                    continue
                time_of_it, latest = max(due)
                if key in self.told and time_of_it <= self.told[key]:
                    continue
                self.told[key] = time_of_it
                for address in addresses:
                    yield Sent(now.at, latest, occasion.name, unit.code, address)

    def digests(self, now: Facts, rung: Rung, function: str) -> Iterator[Sent]:
        addressed = [
            (place, clock, unit, occasion)
            for unit in self.world.units.values()
            for occasion in self.occasions[unit.code]
            if rung["anchor"] in occasion.anchors
            for place, clock in self.places(function, unit)
            if holds(now, rung, unit, occasion)
        ]
        for place, of_place in groupby(sorted(addressed, key=lambda each: each[0]), key=lambda each: each[0]):
            due: dict[tuple[str, str], list[str]] = {}
            for _, clock, unit, occasion in of_place:
                moment = due_at(rung, occasion, clock)
                if moment is None or not may_still(rung, occasion, moment, now.at) or not clock.works(now.at):
                    continue
                if (place, occasion.name, rung["code"]) not in self.digested:
                    due.setdefault((occasion.newest, occasion.name), []).append(unit.code)
            to = {known.address.lower() for known in addressees(now, function, place)}
            if not due or not to:
                continue
            self.digested |= {(place, name, rung["code"]) for _, name in due}
            listed = tuple(sorted({unit for units in due.values() for unit in units}))
            for address in to:
                yield Sent(now.at, rung["code"], max(due)[1], place.partition(":")[2], address, listed)

    def places(self, function: str, unit: Unit) -> Iterator[tuple[str, Clock]]:
        """Where a unit is brought before: its province, its Kanwil, else the ministry."""
        if function == "ministry" or (function == "legal_bureau" and unit.province is None):
            yield "ministry:", clock_of(self.world, "")
        elif function == "legal_bureau" and unit.province is not None:
            yield f"province:{unit.province}", clock_of(self.world, unit.province)
        elif function == "regional_office" and unit.kanwil is not None:
            yield f"kanwil:{unit.kanwil}", clock_of(self.world, unit.kanwil)
        elif function == "verifier":
            yield f"verifier:{unit.kanwil or ''}", clock_of(self.world, unit.kanwil or "")


def addressees(now: Facts, function: str, place: str) -> list[Known]:
    kind, _, key = place.partition(":")
    found = now.known("ministry" if kind == "ministry" else function, key)
    if kind == "kanwil":  # people have no other role in a Kanwil
        found += [each for each in now.known("verifier", key) if each.person]
    return found


def clock_of(world: World, place: str) -> Clock:
    """Of a unit, of a Kanwil (that of the province in which it has its seat), or of the centre."""
    if not place:
        return Clock(JAKARTA, None)
    unit = world.units[place.removeprefix("kanwil-")]
    return Clock(ZoneInfo(unit.zone), unit.province)


def occasions(now: Facts, unit: Unit) -> Iterator[Occasion]:
    yield WINDOW
    last = now.last_day(unit.code)
    yield Occasion(f"deadline {last}", {"deadline": last}, ends=_midnight_after(last), newest=str(last))
    for day, returned in groupby(now.returned(unit.code), key=lambda at: at.astimezone(JAKARTA).date()):
        first, *_ = moments = list(returned)
        ends = moments[-1] + timedelta(days=3)
        anchors = {"returned": day, "return_due": ends.astimezone(JAKARTA).date()}
        yield Occasion(f"return {day}", anchors, begins=first, ends=ends, newest=str(day))
    for limit in now.unread(unit.code):
        day = limit.astimezone(JAKARTA).date()
        yield Occasion(f"verification {day}", {"verification_due": day}, newest=str(day))


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), JAKARTA)


def holds(now: Facts, rung: Rung, unit: Unit, occasion: Occasion) -> bool:
    """Whether there is something to remind of. A unit that has sent everything is told nothing but of returns."""
    if rung["anchor"] not in occasion.anchors:
        return False
    return rung["condition"] in ("returned", "unread") or bool(now.missing(unit.code))


def own_time(rung: Rung, occasion: Occasion, clock: Clock) -> datetime:
    """By its own words, before working hours are looked at."""
    if rung["anchor"] in ("returned", "announced") and rung["days"] == 0:
        return occasion.begins or clock.moment(occasion.anchors[rung["anchor"]], time())
    day = occasion.anchors[rung["anchor"]] + timedelta(days=rung["days"])
    return clock.moment(day, time.fromisoformat(rung["at"]))


def due_at(rung: Rung, occasion: Occasion, clock: Clock) -> datetime | None:
    """In working hours: before a deadline or an opening it moves earlier, otherwise later."""
    moment = own_time(rung, occasion, clock)
    day = moment.astimezone(clock.zone).date()
    earlier = (rung["days"] <= 0 and rung["anchor"] in ("deadline", "return_due")) or (
        rung["days"] < 0 and rung["anchor"] == "opens"
    )
    if earlier:
        while not clock.works_on(day):
            day -= timedelta(days=1)
            moment = clock.moment(day, time.fromisoformat(rung["at"]))
    else:
        moment = clock.next_work(moment)
    if occasion.begins and moment < occasion.begins:
        return None  # its time was before the return
    return moment


def may_still(rung: Rung, occasion: Occasion, moment: datetime, now: datetime) -> bool:
    if moment > now or now - moment > LATEST:
        return False
    if rung["anchor"] == "opens":
        opened = datetime.combine(occasion.anchors["opens"], time(), JAKARTA)
        return rung["when_missed"] == "send_late" or now < opened
    counts_down = rung["days"] <= 0 and rung["anchor"] in ("deadline", "return_due")
    return not counts_down or (occasion.ends is not None and now < occasion.ends)
