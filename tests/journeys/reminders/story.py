"""What happens beside the reports: extensions, an amnesty, returns, readings, and a contact that is found late."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from tests.journeys.reminders.world import World, wib

Event = dict[str, object]


def story(world: World) -> list[Event]:
    made = chain(extensions(world), returns(world), found_contacts(world))
    return sorted(made, key=lambda event: datetime.fromisoformat(str(event["at"])))


def silent(world: World, zone: str) -> list[str]:
    """Regencies/cities of a zone that send nothing, but for those without anybody to write to."""
    reached = {known.place for known in world.known}
    said = {unit for unit, _ in world.sent}
    return [
        unit.code for unit in world.units.values()
        if unit.level == "regency" and unit.zone == zone and unit.code not in said and unit.code in reached
    ]  # fmt: skip


def extensions(world: World) -> Iterator[Event]:
    west, middle, east = (silent(world, f"Asia/{zone}") for zone in ("Jakarta", "Makassar", "Jayapura"))
    for units, decided, until in (
        ([*west[:3], *middle[:2], *east[:3], "KL-03"], wib("09-01", "11:00"), wib("09-10")),
        ([*west[3:5], *middle[2:4], *east[3:4]], wib("09-02", "11:00"), wib("09-08")),  # ends in the outage
        ([*west[5:7], *east[4:5]], wib("09-05", "11:00"), wib("09-11")),  # its last day is a Saturday
        ([*west[7:9], *middle[4:5]], wib("09-09", "11:00"), wib("09-17")),  # after the deadline, beyond the amnesty
        ([None], wib("09-12", "11:00"), wib("09-15")),  # everybody
    ):
        for unit in units:
            yield _extension(unit, decided, until)
    yield _extension(west[9], wib("09-02", "11:00"), wib("09-20"), approve=False)


def _extension(unit: str | None, decided: datetime, until: datetime, *, approve: bool = True) -> Event:
    return {
        "what": "extension", "at": decided.isoformat(), "unit": unit, "until": until.isoformat(), "approve": approve,
    }  # fmt: skip


def complete(world: World, zone: str) -> list[str]:
    """Regencies/cities of a zone that had sent everything two days before the verifiers began."""
    return [
        unit.code for unit in world.units.values()
        if unit.level == "regency" and unit.zone == zone
        and all(world.sent.get((unit.code, action), wib("12-01")) < wib("09-07") for action in unit.owed)
    ]  # fmt: skip


def returns(world: World) -> Iterator[Event]:
    west, middle, east = (complete(world, f"Asia/{zone}") for zone in ("Jakarta", "Makassar", "Jayapura"))
    yield {"what": "fill", "at": wib("09-09", "12:00").isoformat()}
    friday, monday = wib("09-09", "13:30"), wib("09-12", "09:40")
    for units, at in (([*west[:3], middle[0], east[0]], friday), ([*west[4:6], middle[1], east[1]], monday)):
        for number, unit in enumerate(units):
            yield _about("return", unit, "D1", at + timedelta(minutes=number))
    yield _about("return", west[0], "D2", wib("09-09", "13:50"))  # two of one unit on the same day
    yield _about("again", west[1], "D1", wib("09-13", "08:00"))
    yield _about("again", west[4], "D1", wib("09-15", "15:00"))


def _about(what: str, unit: str, action: str, at: datetime) -> Event:
    return {"what": what, "at": at.isoformat(), "unit": unit, "action": action}


def found_contacts(world: World) -> Iterator[Event]:
    """Somebody is found where there was nobody: of a unit that sends nothing at all, on two days."""
    reached, said = {known.place for known in world.known}, {unit for unit, _ in world.sent}
    nobody = [unit for unit in world.units if unit not in reached and unit not in said]
    for unit, at in zip(nobody, (wib("09-05", "11:00"), wib("09-14", "10:00")), strict=False):
        contact = {"function": "operator", "unit_code": unit, "address": f"baru@{unit}.go.id".lower()}
        yield {"what": "contact", "at": at.isoformat(), "contact": contact}
