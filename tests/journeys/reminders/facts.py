"""What is known at a moment, read off the story and the reports."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from tests.journeys.reminders.world import LAST_DAY, Known, World, wib

PRE_CHECK, CENTRAL = timedelta(days=5), timedelta(days=3)


class Facts:
    def __init__(self, world: World, at: datetime) -> None:
        self.world, self.at = world, at
        self.there = {key for key, sent in world.sent.items() if sent <= at}
        self._known: dict[tuple[str, str], list[Known]] = defaultdict(list)
        for known in world.known:
            self._known[known.function, known.place].append(known)
        self._so_far: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for event in world.events:
            if datetime.fromisoformat(str(event["at"])) <= at:
                self._so_far[str(event["what"])].append(event)

    def so_far(self, what: str) -> list[Mapping[str, Any]]:
        return self._so_far[what]

    def missing(self, unit: str) -> list[str]:
        return [action for action in self.world.units[unit].owed if (unit, action) not in self.there]

    def known(self, function: str, place: str) -> list[Known]:
        found = list(self._known[function, place])
        for event in self.so_far("contact"):
            new = event["contact"]
            if (new["function"], new["unit_code"]) == (function, place):
                found.append(Known(function, place, new["address"]))
        return found

    def last_day(self, unit: str) -> date:
        """With the extension or the amnesty that holds: the longest."""
        ends = [
            (datetime.fromisoformat(event["until"]) - timedelta(days=1)).date()
            for event in self.so_far("extension")
            if event["approve"] and event["unit"] in (unit, None)
        ]
        return max([LAST_DAY, *ends])

    def returned(self, unit: str) -> list[datetime]:
        """When each report came back that is still not mended."""
        again = {(event["unit"], event["action"]) for event in self.so_far("again")}
        return sorted(
            datetime.fromisoformat(event["at"])
            for event in self.so_far("return")
            if event["unit"] == unit and (unit, event["action"]) not in again
        )

    def unread(self, unit: str) -> set[datetime]:
        """Limits of the readings of a unit that nobody has done."""
        returned = {(event["unit"], event["action"]) for event in self.so_far("return")}
        limits = set()
        for event in self.so_far("fill"):
            filled, before = datetime.fromisoformat(event["at"]), wib("09-09", "09:10")  # the last tick before it
            level = self.world.units[unit].level
            for action in self.world.units[unit].owed:
                sent = self.world.sent.get((unit, action))
                if sent is not None and sent <= before and (unit, action) not in returned:
                    limits.add(filled + (CENTRAL if level == "ministry" else PRE_CHECK))
        return limits
