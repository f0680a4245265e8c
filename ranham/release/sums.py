"""Which published values of a release add up to which: pure. Only sums that hold in the figures are given."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ranham.release.content import Figure, ReleaseContent

TIMELINESS = ("on_time", "on_time_within_extension", "late")
FULL_SCORE = 10_000
"""Basis points of one unit: what a mean score counts by."""
UNITS = "obliged reporting units"
ALL = (None, None)

Whose = tuple[str, str, str]
"""Level, code (or name, where there is none) and scope."""
Slice = tuple[str | None, str | None]
"""Target group and action."""
Cell = tuple[Whose, Slice]
Variable = tuple[object, ...]
"""`("numerator", position)`, or `("denominator", cell, what it counts)`: figures of a cell share denominators."""
Sum = tuple[Variable, ...]
"""The total, then its parts."""


def cell_of(f: Figure) -> Cell:
    return (f.level, f.unit_code or f.unit_name, f.scope), (f.target_group, f.action)


def denominator_of(f: Figure) -> Variable:
    """Of a mean score it is the same count of units as that of participation, times a constant."""
    return "denominator", cell_of(f), UNITS if f.figure == "mean_score" else f.denominator_name


def values_of(figures: Iterable[Figure]) -> dict[Variable, int]:
    found: dict[Variable, int] = {}
    for position, f in enumerate(figures):
        found["numerator", position] = f.numerator
        found[denominator_of(f)] = f.denominator // (FULL_SCORE if f.figure == "mean_score" else 1)
    return found


def sums(content: ReleaseContent, actions: Mapping[str, str]) -> list[Sum]:
    """Sums over units, target groups, actions and timeliness; `actions` names the target group of each action."""
    values = values_of(content.figures)
    at: dict[Cell, dict[str, int]] = defaultdict(dict)
    for position, f in enumerate(content.figures):
        at[cell_of(f)][f.figure] = position
    found: dict[Sum, None] = {}
    for total, parts in [*_over_units(content, at), *_over_slices(at, actions)]:
        for figure, position in at.get(total, {}).items():
            members = [at[part][figure] for part in parts if figure in at[part]]
            below = [denominator_of(content.figures[member]) for member in members]
            _keep(found, values, [("numerator", position), *(("numerator", member) for member in members)])
            _keep(found, values, [denominator_of(content.figures[position]), *below])
    for cell, figures in at.items():
        timed = [("numerator", figures[name]) for name in TIMELINESS if name in figures]
        if "completeness" in figures:
            _keep(found, values, [("numerator", figures["completeness"]), *timed])
        if cell[1][1] is not None and {"completeness", "participation"} <= figures.keys():
            # A unit owes an action once, so that its units are its obligations.
            same = figures["completeness"], figures["participation"]
            _keep(found, values, [("numerator", position) for position in same])
            _keep(found, values, [denominator_of(content.figures[position]) for position in same])
    return list(found)


def _keep(found: dict[Sum, None], values: Mapping[Variable, int], members: list[Variable]) -> None:
    """A sum that does not hold gives nothing away."""
    if len(members) > 1 and values[members[0]] == sum(values[member] for member in members[1:]):
        found[tuple(members)] = None


def _over_units(content: ReleaseContent, at: Mapping[Cell, object]) -> Iterator[tuple[Cell, list[Cell]]]:
    """Units below provinces, offices and the nation, each target group and action apart."""
    units = {(unit.level, unit.code or unit.name): unit for unit in content.units}
    below: dict[Cell, list[Cell]] = defaultdict(list)
    without_office: dict[Cell, list[Cell]] = defaultdict(list)
    for cell in at:
        (level, code, scope), part = cell
        unit = units.get((level, code))
        whole = _whole(level, scope)
        nation: Cell = (("national", "Indonesia", whole), part)
        if level == "national":
            if scope != "pooled":
                below[("national", "Indonesia", "pooled"), part].append(cell)
            continue
        # By way of offices and straight: two sums with the same total.
        below[("national", level, whole), part].append(cell)
        if level == "regency" and unit is not None and unit.parent_code is not None:
            below[("province", unit.parent_code, whole), part].append(cell)
        if level == "province" and unit is not None and unit.office_key is not None:
            below[("office", unit.office_key, whole), part].append(cell)
        elif level == "province":
            without_office[nation].append(cell)
    for (whose, part), parts in below.items():
        if whose[0] != "national" or whose[1] == "Indonesia":
            yield (whose, part), parts
            continue
        nation = (("national", "Indonesia", whose[2]), part)
        yield nation, parts
        if whose[1] == "office" and nation in without_office:
            yield nation, parts + without_office[nation]


def _whole(level: str, scope: str) -> str:
    """The scope of the sum that a unit's cell goes into."""
    return {"regency": "regencies", "ministry": "ministries"}.get(level) or ("provinces" if scope == "own" else scope)


def _over_slices(at: Mapping[Cell, object], actions: Mapping[str, str]) -> Iterator[tuple[Cell, list[Cell]]]:
    """Target groups of a unit below its total, actions below their target group and below the total."""
    groups: dict[Cell, list[Cell]] = defaultdict(list)
    acted: dict[Cell, list[Cell]] = defaultdict(list)
    for whose, (group, action) in at:
        if action is not None:
            acted[whose, ALL].append((whose, (group, action)))
            acted[whose, (actions[action], None)].append((whose, (group, action)))
        elif group is not None:
            groups[whose, ALL].append((whose, (group, None)))
    yield from groups.items()
    yield from acted.items()
