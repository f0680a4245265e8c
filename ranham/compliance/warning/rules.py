"""The model of the early warning: smoothed rates, in whole numbers and fractions, each with its reasons in words. Pure.

For a unit with earlier periods 1..n, oldest first, and weights w = 1, the last one 2:

    rate of a kind (missing or late) = (sum of w where it was so + K x rate of its province) / (sum of w + K)
    rate of a province               = (units and periods in which it was so + K_PROVINCE x rate of the level)
                                       / (units and periods + K_PROVINCE)
    risk                             = rate of missing + rate of late

Weights, K and the threshold are ours (configuration, unverified): no rule says whom to call first.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

K, K_PROVINCE, LAST_WEIGHT = 1, 10, 2
FLAG_FROM_BP = 4_000
"""A unit is flagged from this risk on."""


class Conduct(StrEnum):
    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a unit did in one earlier period."""

    unit_id: int
    period: str
    conduct: Conduct


@dataclass(frozen=True, slots=True)
class Subject:
    """A unit that owes in the period that is foretold. `group` is its province, or its level where it has none."""

    unit_id: int
    level: str
    group: str


@dataclass(frozen=True, slots=True)
class Forecast:
    unit_id: int
    missing_bp: int
    late_bp: int
    flagged: bool
    reasons: tuple[str, ...]

    @property
    def risk_bp(self) -> int:
        return self.missing_bp + self.late_bp


def foretell(subjects: Sequence[Subject], seen: Iterable[Seen], *, flag_from_bp: int = FLAG_FROM_BP) -> list[Forecast]:
    """A forecast for each unit, the highest risk first. `seen` is in the order of the periods; nothing else is known."""
    history: dict[int, list[Seen]] = defaultdict(list)
    for each in seen:
        history[each.unit_id].append(each)
    rates = {kind: _group_rates(subjects, history, kind) for kind in (Conduct.MISSING, Conduct.LATE)}
    made = [_forecast(subject, history[subject.unit_id], rates, flag_from_bp) for subject in subjects]
    return sorted(made, key=lambda forecast: (-forecast.risk_bp, forecast.unit_id))


def _forecast(
    subject: Subject, past: list[Seen], rates: Mapping[Conduct, Mapping[tuple[str, str], Fraction]], flag_from_bp: int
) -> Forecast:
    group = (subject.level, subject.group)
    missing, late = (_rate(past, kind, rates[kind][group]) for kind in (Conduct.MISSING, Conduct.LATE))
    risk = _bp(missing) + _bp(late)
    around = rates[Conduct.MISSING][group] + rates[Conduct.LATE][group]
    return Forecast(subject.unit_id, _bp(missing), _bp(late), risk >= flag_from_bp, _reasons(past, around))


def _rate(past: list[Seen], kind: Conduct, around: Fraction) -> Fraction:
    weights = [1] * len(past)
    if weights:
        weights[-1] = LAST_WEIGHT
    hits = sum(weight for weight, each in zip(weights, past, strict=True) if each.conduct is kind)
    return (hits + K * around) / (sum(weights) + K)


def _group_rates(
    subjects: Sequence[Subject], history: Mapping[int, list[Seen]], kind: Conduct
) -> dict[tuple[str, str], Fraction]:
    """Of each province and level, pulled towards the level where little is known."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    levels: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for subject in subjects:
        past = history.get(subject.unit_id, [])
        for count in (counts[subject.level, subject.group], levels[subject.level]):
            count[0] += sum(each.conduct is kind for each in past)
            count[1] += len(past)
    level_rate = {level: Fraction(hits, seen) if seen else Fraction(0) for level, (hits, seen) in levels.items()}
    return {
        group: (hits + K_PROVINCE * level_rate[group[0]]) / (seen + K_PROVINCE)
        for group, (hits, seen) in counts.items()
    }


def _reasons(past: list[Seen], around: Fraction) -> tuple[str, ...]:
    """What the numbers rest on, the strongest first."""
    rate = f"in its province and level {_bp(around) / 100:.1f} percent of the reports were missing or late"
    if not past:
        return ("nothing is known of it yet", rate)
    missing = sum(each.conduct is Conduct.MISSING for each in past)
    late = sum(each.conduct is Conduct.LATE for each in past)
    words = {Conduct.MISSING: "sent nothing", Conduct.LATE: "was late", Conduct.ON_TIME: "was on time"}
    reasons = [f"last time ({past[-1].period}) it {words[past[-1].conduct]}"]
    if missing:
        reasons.append(f"sent nothing in {missing} of {len(past)} periods")
    if late:
        reasons.append(f"was late in {late} of {len(past)} periods")
    if not missing and not late:
        reasons.append(f"was on time in all {len(past)} periods")
    return (*reasons, rate)


def _bp(rate: Fraction) -> int:
    """Basis points, half up."""
    return int((rate * 20_000 + 1) // 2)
