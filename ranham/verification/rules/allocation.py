"""Who reads what: loads as even as conflicts of interest allow, the same for the same input. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Interests:
    """What a verifier must not judge."""

    units: frozenset[int] = frozenset()
    """Reports of these units."""
    provinces: frozenset[int] = frozenset()
    """Reports of these provinces and of every regency/city in them."""

    def touch(self, unit_id: int, province_id: int | None) -> bool:
        return unit_id in self.units or unit_id in self.provinces or province_id in self.provinces


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task that nobody has."""

    task_id: int
    unit_id: int
    province_id: int | None
    first_reader: str | None = None
    """Who read it first, where this is a second reading: somebody else has to."""


@dataclass(frozen=True, slots=True)
class Allocation:
    given: Mapping[int, str] = field(default_factory=dict)
    nobody: tuple[int, ...] = ()
    """Tasks that no verifier may take."""


def distribute(waiting: Iterable[Waiting], verifiers: Mapping[str, Interests], loads: Mapping[str, int]) -> Allocation:
    """Give each task to a verifier who may take it; `loads` is what they have already, which stays with them.

    No task could change hands, within its possible readers, so that loads become more even.
    """
    load = {name: loads.get(name, 0) for name in sorted(verifiers)}
    may = {task.task_id: _possible(task, verifiers) for task in waiting}
    given: dict[int, str] = {}
    # Tasks with the fewest possible readers first: the others fill up what is uneven then.
    for task in sorted((task for task in may if may[task]), key=lambda task: (len(may[task]), task)):
        given[task] = min(may[task], key=lambda name: (load[name], name))
        load[given[task]] += 1
    _level(given, may, load)
    return Allocation(dict(sorted(given.items())), tuple(sorted(task for task in may if not may[task])))


def _level(given: dict[int, str], may: Mapping[int, list[str]], load: dict[str, int]) -> None:
    moved = True
    while moved:
        moved = False
        for task in sorted(given):
            lightest = min(may[task], key=lambda name: (load[name], name))
            if load[lightest] + 1 < load[given[task]]:
                load[given[task]] -= 1
                load[lightest] += 1
                given[task], moved = lightest, True


def _possible(task: Waiting, verifiers: Mapping[str, Interests]) -> list[str]:
    return [
        name
        for name, interests in sorted(verifiers.items())
        if name != task.first_reader and not interests.touch(task.unit_id, task.province_id)
    ]
