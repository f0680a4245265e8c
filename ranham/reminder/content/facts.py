"""What a message can say: the facts of a period, of units and of their actions, as they are at one moment. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ranham.reminder.rules.due import last_day
from ranham.submission.states import State
from ranham.verification.rules import Aspect, ReasonCode

JAKARTA = ZoneInfo("Asia/Jakarta")


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    id: int
    label: str
    regulation: str
    """Code of the regulation, which makes the label mean one period only."""
    title: str
    """Of the regulation."""
    instrument: str
    opens_at: datetime | None
    ends_at: datetime | None
    """First instant after the window by the rule for everybody."""
    verification: tuple[date, date] | None
    """First and last day of the central verification, where they are published."""
    simulated: bool
    """Among its reports are simulated ones, so every message about it says so."""
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a report came back: of one measure, or (without a number) of the report."""

    measure_number: int | None
    aspect: Aspect | None
    code: ReasonCode | None
    remark: str | None


@dataclass(frozen=True, slots=True)
class MeasureFact:
    number: int
    text: str
    unit_of_measure: str | None
    required: bool
    evidence_kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActionFact:
    code: str
    title: str
    state: State
    sent: bool
    """A revision is there that counts."""
    excused: bool
    return_due_at: datetime | None
    reasons: tuple[Reason, ...] = ()
    measures: tuple[MeasureFact, ...] = ()
    """Read for letters only."""

    @property
    def missing(self) -> bool:
        return not self.sent and not self.excused

    @property
    def returned(self) -> bool:
        return self.state is State.RETURNED


@dataclass(frozen=True, slots=True)
class UnitFacts:
    unit_id: int
    code: str | None
    title: str
    zone: ZoneInfo
    opens_at: datetime | None
    deadline: datetime | None
    """First instant that is late for this unit, with extensions."""
    extended: bool
    actions: tuple[ActionFact, ...]

    @property
    def named(self) -> str:
        return f"{self.title} ({self.code})" if self.code else self.title

    @property
    def missing(self) -> tuple[ActionFact, ...]:
        return tuple(each for each in self.actions if each.missing)

    @property
    def returned(self) -> tuple[ActionFact, ...]:
        return tuple(each for each in self.actions if each.returned)


@dataclass(frozen=True, slots=True)
class LateReading:
    """Readings of a unit's reports that are past their limit."""

    unit_id: int
    unit: str
    waiting: int
    since: datetime
    """The earliest limit among them."""


def days_left(deadline: datetime, zone: ZoneInfo, *, now: datetime) -> int:
    """Days on the reader's calendar until the last business day; 0 on it, below zero once the deadline has passed.

    The business day is that of Jakarta, as in the ladder: in the east the deadline falls into the small hours of the next
    day, in which nobody works.
    """
    if now >= deadline:
        return -1
    return max(0, (last_day(deadline) - now.astimezone(zone).date()).days)
