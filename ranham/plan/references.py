"""References between the records of a regulation file: pure, every fault with its place, none stops the others."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # schemas call this module, so the types can only be borrowed
    from ranham.plan.schemas import ActionSpec, PeriodSpec, PlanFile, YearSpec

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    path: Path
    found: str
    expected: str


def faults_of(plan: PlanFile) -> tuple[Fault, ...]:
    return tuple(_plan_faults(plan))


def _plan_faults(plan: PlanFile) -> Iterator[Fault]:
    regulation = plan.regulation
    articles = [article.number for article in regulation.articles]
    yield from _repeated(articles, ("regulation", "articles"), "number")
    yield from _repeated([group.code for group in plan.target_groups], ("target_groups",), "code")
    yield from _repeated([objective.code for objective in plan.objectives], ("objectives",), "code")
    yield from _repeated([body.code for body in plan.bodies], ("bodies",), "code")
    yield from _repeated([year.year for year in plan.years], ("years",), "year")
    for index, year in enumerate(plan.years):
        at: Path = ("years", index)
        if not regulation.valid_from_year <= year.year <= regulation.valid_to_year:
            expected = f"a year of the regulation, {regulation.valid_from_year} to {regulation.valid_to_year}"
            yield Fault((*at, "year"), str(year.year), expected)
        yield from _year_faults(plan, year, at)


def _year_faults(plan: PlanFile, year: YearSpec, at: Path) -> Iterator[Fault]:
    if year.territory_as_of.year != year.year:
        yield Fault(
            (*at, "territory_as_of"), str(year.territory_as_of), f"a date in {year.year}, usually its first day"
        )
    yield from _repeated([rule.level for rule in year.obliged], (*at, "obliged"), "level")
    yield from _repeated([action.code for action in year.actions], (*at, "actions"), "code")
    yield from _repeated([period.code for period in year.periods], (*at, "periods"), "code")
    yield from _repeated([period.closing_month for period in year.periods], (*at, "periods"), "closing_month")
    bodies = {body.code for body in plan.bodies}
    for index, rule in enumerate(year.obliged):
        place: Path = (*at, "obliged", index)
        yield from _repeated([item.code for item in rule.exclude], (*place, "exclude"), "code")
        if rule.include != "all":
            yield from _repeated(rule.include, (*place, "include"))
            if rule.level == "ministry":
                yield from _unknown(rule.include, bodies, (*place, "include"), "a body of this file")
    for index, period in enumerate(year.periods):
        yield from _period_faults(period, year.year, (*at, "periods", index))
    for index, action in enumerate(year.actions):
        yield from _action_faults(plan, year, action, (*at, "actions", index))
    for index, rung in enumerate(year.reminders.rungs if year.reminders else ()):
        known = {period.code for period in year.periods}
        yield from _unknown(rung.periods, known, (*at, "reminders", "rungs", index, "periods"), "a period of this year")


def _period_faults(period: PeriodSpec, year: int, at: Path) -> Iterator[Fault]:
    named = re.fullmatch(r"B(\d\d)", period.code)
    if named and int(named[1]) != period.closing_month:
        yield Fault((*at, "closing_month"), str(period.closing_month), f"month {int(named[1])}, as {period.code} says")
    # B12 of 2019 closed on 11 January 2020, so the next year is right too.
    for name in ("opens_on", "closes_on") if period.window else ():
        day = getattr(period.window, name)
        if day.year not in (year, year + 1):
            yield Fault((*at, "window", name), str(day), f"a date in {year} or {year + 1}")


def _action_faults(plan: PlanFile, year: YearSpec, action: ActionSpec, at: Path) -> Iterator[Fault]:
    groups = {group.code for group in plan.target_groups}
    objectives = {objective.code for objective in plan.objectives}
    if action.target_group is not None and action.target_group not in groups:
        yield Fault((*at, "target_group"), action.target_group, f"a target group of this file: {_listed(groups)}")
    if action.objective is not None and action.objective not in objectives:
        yield Fault((*at, "objective"), action.objective, f"an objective of this file: {_listed(objectives)}")
    yield from _repeated(action.levels, (*at, "levels"))
    yield from _unknown(action.levels, {rule.level for rule in year.obliged}, (*at, "levels"), "a level with a rule")
    yield from _repeated(action.units, (*at, "units"))
    if action.units and "ministry" not in action.levels:
        yield Fault((*at, "units"), ", ".join(action.units), "no units, or the level ministry among the levels")
    yield from _unknown(action.units, {body.code for body in plan.bodies}, (*at, "units"), "a body of this file")
    yield from _repeated([(link.scheme, link.code) for link in action.links], (*at, "links"))
    yield from _measure_faults(action, {period.code for period in year.periods}, (*at, "measures"))


def _measure_faults(action: ActionSpec, periods: set[str], at: Path) -> Iterator[Fault]:
    """The measures of one action in one period are numbered 1..n, in the order of the file."""
    last: dict[str, int] = {}
    for index, measure in enumerate(action.measures):
        if measure.period not in periods:
            yield Fault((*at, index, "period"), measure.period, f"a period of this year: {_listed(periods)}")
        due = last.get(measure.period, 0) + 1
        if measure.number != due:
            expected = f"number {due} of {action.code} in {measure.period}: 1, 2, 3 without gaps"
            yield Fault((*at, index, "number"), str(measure.number), expected)
        last[measure.period] = measure.number


def _repeated(keys: Iterable[Hashable], at: Path, field: str | None = None) -> Iterator[Fault]:
    seen: set[Hashable] = set()
    for index, key in enumerate(keys):
        if key in seen:
            yield Fault((*at, index, field) if field else (*at, index), str(key), "each only once")
        seen.add(key)


def _unknown(codes: Iterable[str], known: Iterable[str], at: Path, what: str) -> Iterator[Fault]:
    known = set(known)
    for index, code in enumerate(codes):
        if code not in known:
            yield Fault((*at, index), code, f"{what}: {_listed(known)}")


def _listed(codes: set[str]) -> str:
    shown = sorted(codes)
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "") or "there is none yet"
