"""What is due in a period's cycle at an instant: pure. A missed step stays due until it is done."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ranham.cycle.models import Step
from ranham.release.following import Course


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    label: str
    opens_at: datetime | None
    """First instant of the window; None while no window is announced."""
    ends_at: datetime | None
    """First instant after the window."""
    frozen: bool
    opened_at: datetime | None
    closed_at: datetime | None
    news: bool
    """Something has come in since the last rollup, or there was none."""
    unread: bool = False
    """Reports came that no verifier has in the queue."""
    verified: bool = False
    """Some reports are verified and not final."""
    reminders: bool = False
    """Something is to be written into the ledger of reminders."""
    releases: Course = field(default_factory=Course)
    """What is due of the releases that go with it."""
    can_sign: bool = False
    """This process has a key to sign releases with. Whoever publishes may run on another machine, and have one."""


def closes_at(facts: PeriodFacts, close_after: timedelta) -> datetime | None:
    """When the engine closes by itself.

    Late reports are accepted for `close_after` (configuration, unverified). A period that an outage let open late
    gets the whole time from its opening: nothing is made final that nobody could report to.
    """
    if facts.ends_at is None or facts.opened_at is None:
        return None
    return max(facts.ends_at, facts.opened_at) + close_after


def due_steps(facts: PeriodFacts, now: datetime, close_after: timedelta) -> list[Step]:
    """Steps that are due, in the order in which they must run. Without an announced window nothing is due.

    Reminders begin before the window; which of them still go out after the close the ladder says. After the close one
    more step comes back: closing again makes final what was verified since. Then come those of its release.
    """
    reminding = [Step.REMIND] if facts.reminders else []
    if facts.closed_at is not None:
        return [*reminding, *([Step.CLOSE] if facts.verified else []), *release_steps(facts)]
    if facts.opens_at is None:
        return []
    if now < facts.opens_at:
        return reminding
    steps = []
    if not facts.frozen:
        steps.append(Step.FREEZE)
    if facts.opened_at is None:
        steps.append(Step.OPEN)
    if facts.unread:
        steps.append(Step.VERIFY)
    if facts.news:
        steps.append(Step.ROLL_UP)
    steps += reminding
    closing = closes_at(facts, close_after)
    if closing is not None and now >= closing:
        steps.append(Step.CLOSE)
    return steps


def release_steps(facts: PeriodFacts) -> list[Step]:
    """From the close to the annual report; what a person has to sign off is waited for, and holds nobody.

    Publishing is due whether or not there is a key to sign with: where there is none, that is to be seen.
    """
    course = facts.releases
    due = {
        Step.PROPOSE: bool(course.propose),
        Step.PUBLISH: bool(course.publish),
        Step.DISTRIBUTE: bool(course.distribute),
        Step.ANNUAL_REPORT: bool(course.report),
    }
    return [step for step, is_due in due.items() if is_due]


def subject_of(step: Step, period: str) -> str:
    """What a step of a period works on, by which runs, leases and skips are kept: the period, or the year for a freeze."""
    if step is not Step.FREEZE:
        return period
    regulation, _, rest = period.rpartition(":")
    return f"{regulation}:{rest.partition('-')[0]}".strip(":")
