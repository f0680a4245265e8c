"""Since when a step of a period is due, when it is late, when it comes next, and what is safe to do about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ranham.cycle.models import RunState, Step
from ranham.cycle.rules import PeriodFacts, closes_at

NOT_OF_A_PERIOD = frozenset({Step.TICK})


@dataclass(frozen=True, slots=True)
class LastRun:
    id: int
    state: RunState
    started_at: datetime
    ended_at: datetime | None
    rows: int | None
    error: str | None
    flow_run_id: str | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the lease that a step needs."""

    name: str
    since: datetime
    until: datetime
    held: timedelta
    """By the clock of the database, which leases go by."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How long a step may be due before it is late, and a lease be held before that is long."""

    late: timedelta
    late_by_step: Mapping[str, timedelta] = field(default_factory=dict)
    held_long: timedelta = timedelta(hours=1)

    def of(self, step: Step) -> timedelta:
        return self.late_by_step.get(step.value, self.late)


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What is known of one step of a period."""

    step: Step
    due: bool
    work_since: datetime | None
    """Since when there has been something to do, where the step waits for something to come in."""
    last: LastRun | None
    skipped: bool
    holder: Holder | None
    waits: tuple[str, str] | None = None
    """What a person has to do before the step can be due, as a sentence and a command."""


def due_since(facts: PeriodFacts, known: StepFacts, close_after: timedelta) -> datetime | None:
    """Since when a step is due; None if it is not, or if nobody can say.

    A step of which nothing else is known is due from the beginning of the window, or since its last run went wrong.
    """
    if not known.due:
        return None
    begins = facts.opens_at
    match known.step:
        case Step.FREEZE | Step.OPEN:
            return begins
        case Step.CLOSE if facts.closed_at is None:
            return closes_at(facts, close_after)
    if known.work_since is not None:
        return known.work_since if begins is None else max(begins, known.work_since)
    if known.last is None:
        return begins
    return None if known.last.state is RunState.DONE else known.last.started_at


def next_due(facts: PeriodFacts, step: Step, now: datetime, close_after: timedelta) -> datetime | None:
    """The instant of the calendar at which a step comes due; None for those that wait for something to come in."""
    closing = closes_at(facts, close_after)
    if closing is None and facts.ends_at is not None:
        closing = facts.ends_at + close_after
    begins = {Step.FREEZE: not facts.frozen, Step.OPEN: facts.opened_at is None}
    found = facts.opens_at if begins.get(step) else closing if step is Step.CLOSE and facts.closed_at is None else None
    return found if found is not None and found > now else None


def late_by(since: datetime | None, now: datetime, threshold: timedelta, *, skipped: bool) -> timedelta | None:
    """How long a step has been due, once that is longer than it should be. What is skipped is never late."""
    if since is None or skipped or now - since <= threshold:
        return None
    return now - since


def safe_action(known: StepFacts, subject: str, thresholds: Thresholds) -> tuple[str, str | None]:
    """What to do now, as a sentence and a command; whatever it is, it may be done twice."""
    holder = known.holder
    if holder is not None and holder.held > thresholds.held_long:
        return (
            "held long: if its process is gone, release the lease; it runs out by itself where nobody renews it",
            f'ranham cycle release-lease {subject} --because "..."',
        )
    if holder is not None:
        return ("wait: somebody is at it", None)
    if known.skipped:
        return ("skipped: take it back when the reason is gone", f"ranham cycle unskip {subject} {known.step.value}")
    wrong = known.last is not None and known.last.state in (RunState.FAILED, RunState.LOST)
    if known.waits is not None:
        return known.waits
    if not known.due:
        return ("nothing: what it failed at is done or not due any more" if wrong else "nothing", None)
    words = (
        "run again once the cause is mended; the tick does it too" if wrong else "nothing: the tick does it; or now:"
    )
    return (words, f"ranham cycle rerun {subject} {known.step.value}")
