"""How simulated reporters behave: pure and repeatable, by seed, period and unit code.

Two published facts shape it: 5 of 34 provinces sent nothing for 2022-B08 while every K/L reported. The rest is ours.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from ranham.simulation.habits import blended

COLUMNS = ("unit_code", "action_code", "measure_no", "answer", "value", "note", "evidence", "submitted_at")
ABSENT_PROVINCES, OF_PROVINCES = 5, 34
REGENCY_SHARE = {7: 0.88, 8: 0.75, 9: 0.55}
"""Share of regencies/cities that report, by hours east of UTC."""
ABSENCE_WEIGHT = {7: 1.0, 8: 2.0, 9: 3.0}
LATE_SHARE = 0.06
LAST_HOURS_SHARE = 0.7
LATEST_AFTER_CLOSE = timedelta(days=10)
LATEST_AFTER_PERIOD = timedelta(days=25)
ANSWERS = {"achieved": 88, "partly": 6, "not_achieved": 4, "nil": 2}
REASONS = {
    "partly": "pelaksanaan baru sebagian",
    "not_achieved": "kegiatan ditunda ke periode berikutnya",
    "nil": "nihil karena tidak ada kasus atau penerima pada periode ini",
}


@dataclass(frozen=True, slots=True)
class OwedMeasure:
    number: int
    value_min: int | None
    value_max: int | None
    evidence_wanted: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """One obligation: an action with the measures of the period."""

    action_code: str
    measures: tuple[OwedMeasure, ...]


@dataclass(frozen=True, slots=True)
class Reporter:
    code: str
    level: str
    offset_hours: int
    owed: tuple[Owed, ...]


@dataclass(frozen=True, slots=True)
class Window:
    opens_on: date
    closes_on: date
    own_midnight: bool
    """False: Jakarta's midnight ends the window for everybody."""
    period_ends_on: date

    def opens_at(self, offset_hours: int) -> datetime:
        return _midnight(self.opens_on, offset_hours if self.own_midnight else 7)

    def closes_at(self, offset_hours: int) -> datetime:
        """First instant after the window."""
        return _midnight(self.closes_on + timedelta(days=1), offset_hours if self.own_midnight else 7)

    def latest_at(self, offset_hours: int) -> datetime:
        """No simulated report is sent at or after this instant; never before the window has closed."""
        closed = self.closes_at(offset_hours)
        after_period = _midnight(self.period_ends_on + LATEST_AFTER_PERIOD + timedelta(days=1), offset_hours)
        return max(closed, min(closed + LATEST_AFTER_CLOSE, after_period))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, in the order of COLUMNS."""

    unit_code: str
    action_code: str
    measure_no: int
    answer: str
    value: int | None
    note: str
    evidence: str
    submitted_at: str


def absent(reporters: Iterable[Reporter], label: str, seed: int, *, habits: bool = False) -> frozenset[str]:
    """Codes that send nothing: a fixed number of provinces, regencies by share, no K/L.

    With habits the same units tend to be absent in every period; how many are is the same.
    """
    reporters = list(reporters)
    provinces = [r for r in reporters if r.level == "province"]
    # Weighted draw without replacement: the highest u ** (1 / weight) are drawn.
    drawn = sorted(
        provinces,
        key=lambda r: _absence(seed, label, r.code, habits) ** (1 / ABSENCE_WEIGHT[r.offset_hours]),
        reverse=True,
    )[: round(len(provinces) * ABSENT_PROVINCES / OF_PROVINCES)]
    silent = {r.code for r in drawn}
    silent |= {
        r.code
        for r in reporters
        if r.level == "regency" and _absence(seed, label, r.code, habits) >= REGENCY_SHARE[r.offset_hours]
    }
    return frozenset(silent)


def _absence(seed: int, label: str, code: str, habits: bool) -> float:
    luck = _chance(seed, label, code, "absent").random()
    return blended(luck, seed=seed, code=code, purpose="absent") if habits else luck


def rows(reporter: Reporter, window: Window, label: str, seed: int, *, habits: bool = False) -> Iterator[Row]:
    """The whole report of one unit that does report; the first action is always there."""
    chance = _chance(seed, label, reporter.code, "report")
    luck = chance.random()
    lateness = blended(luck, seed=seed, code=reporter.code, purpose="late") if habits else luck
    last_sent = _sent_at(chance, window, reporter.offset_hours, late=lateness < LATE_SHARE)
    opened = window.opens_at(reporter.offset_hours)
    complete = reporter.level == "ministry" or chance.random() < 0.7
    for place, owed in enumerate(reporter.owed):
        if place and not complete and chance.random() < 0.15:
            continue
        # An operator works through the actions one after the other and is done at `last_sent`.
        before = timedelta(minutes=4 * (len(reporter.owed) - 1 - place))
        sent = max(opened, last_sent - before).astimezone(timezone(timedelta(hours=reporter.offset_hours)))
        for measure in owed.measures:
            yield _row(chance, measure, unit_code=reporter.code, action_code=owed.action_code, sent=sent, label=label)


def _row(  # noqa: PLR0913 - a line of the file
    chance: random.Random, measure: OwedMeasure, *, unit_code: str, action_code: str, sent: datetime, label: str
) -> Row:
    answer = chance.choices(list(ANSWERS), list(ANSWERS.values()))[0]
    attached = measure.evidence_wanted and answer in ("achieved", "partly") and chance.random() < 0.93
    text = f"SIMULASI {label} {unit_code} {action_code} {measure.number}"
    return Row(
        unit_code,
        action_code,
        measure.number,
        answer,
        _value(chance, answer, measure),
        f"SIMULASI: {REASONS[answer]}" if answer in REASONS else "SIMULASI",
        hashlib.sha256(text.encode()).hexdigest() if attached else "",
        sent.isoformat(timespec="seconds"),
    )


def _value(chance: random.Random, answer: str, measure: OwedMeasure) -> int | None:
    if answer not in ("achieved", "partly"):
        return None
    low = 1 if measure.value_min is None else measure.value_min
    if measure.value_max is None:
        return low + chance.randint(0, 11)
    low = min(low, measure.value_max)
    middle = (low + measure.value_max) // 2
    return chance.randint(middle, measure.value_max) if answer == "achieved" else chance.randint(low, middle)


def _sent_at(chance: random.Random, window: Window, offset_hours: int, *, late: bool) -> datetime:
    opened, closed = window.opens_at(offset_hours), window.closes_at(offset_hours)
    grace = int((window.latest_at(offset_hours) - closed).total_seconds())
    length = int((closed - opened).total_seconds())
    if late and grace > 0:
        return closed + timedelta(seconds=min(grace - 1, int(chance.expovariate(1 / (2 * 86_400)))))
    if chance.random() < LAST_HOURS_SHARE:
        before = 1 + int(chance.expovariate(1 / (3 * 3_600)))
        return closed - timedelta(seconds=min(before, length))
    return opened + timedelta(seconds=chance.randrange(length))


def _midnight(day: date, offset_hours: int) -> datetime:
    return datetime.combine(day, time(), timezone(timedelta(hours=offset_hours)))


def _chance(seed: int, label: str, code: str, purpose: str) -> random.Random:
    return random.Random(f"{seed}:{label}:{code}:{purpose}")  # noqa: S311 - repeatable on purpose, nothing secret
