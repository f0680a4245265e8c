"""Who is obliged: pure decisions over a year's rules and the territory of its first day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ranham.kernel.errors import Finding


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reporting unit as it stands on the day the year is frozen."""

    unit_id: int
    level: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    level: str
    include: frozenset[str] | None
    """Codes; None means all units of the level."""
    exclude: dict[str, str]
    """Code -> reason."""


@dataclass(frozen=True, slots=True)
class OwedAction:
    action_id: int
    levels: frozenset[str]
    units: frozenset[str] | None
    """Codes of the units that owe it; None means every obliged unit of its levels."""


@dataclass(frozen=True, slots=True)
class Decision:
    owed: list[tuple[int, int]]
    """(unit_id, action_id)."""
    excluded: list[tuple[int, str]]
    """(unit_id, reason)."""
    findings: list[Finding]


def decide(
    candidates: Iterable[Candidate], rules: Iterable[Rule], actions: Iterable[OwedAction], day: date
) -> Decision:
    """Obligations and exclusions. A code that the territory of that day does not have is a finding."""
    candidates, rules, actions = list(candidates), list(rules), list(actions)
    known = {(c.level, c.code) for c in candidates}
    findings = [
        Finding(f"obligation rule for {rule.level}", f"code {code}", f"a code valid on {day}")
        for rule in rules
        for code in sorted((rule.include or set()) | rule.exclude.keys())
        if (rule.level, code) not in known
    ]
    obliged: dict[int, Candidate] = {}
    excluded: list[tuple[int, str]] = []
    for rule in rules:
        for candidate in candidates:
            if candidate.level != rule.level or (rule.include is not None and candidate.code not in rule.include):
                continue
            if candidate.code is not None and candidate.code in rule.exclude:
                excluded.append((candidate.unit_id, rule.exclude[candidate.code]))
            else:
                obliged[candidate.unit_id] = candidate
    for action in actions:
        missing = {code for code in action.units or () if not any(c.code == code for c in obliged.values())}
        findings += [
            Finding(f"action {action.action_id}", f"code {code}", "a unit that is obliged") for code in sorted(missing)
        ]
    owed = [
        (candidate.unit_id, action.action_id)
        for candidate in obliged.values()
        for action in actions
        if candidate.level in action.levels and (action.units is None or candidate.code in action.units)
    ]
    return Decision(owed, excluded, findings)
