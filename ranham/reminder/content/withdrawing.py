"""Whether a message still has to be sent when its time comes: planned before, judged by what is there now. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from ranham.plan.ladder import RungSpec
from ranham.reminder.content.facts import LateReading, PeriodFacts, UnitFacts
from ranham.reminder.rules.due import last_day


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who was to get it, as they are now; all empty for one who is as before."""

    ended_on: date | None = None
    unsubscribed_at: datetime | None = None
    disabled_at: datetime | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """What the ledger says."""

    deadline: datetime | None
    unit_id: int | None
    listed: tuple[int, ...] | None
    """Units of a digest; None: it is about one unit."""


def recipient_withdrawal(recipient: Recipient, *, today: date) -> str | None:
    if recipient.gone:
        return "the recipient is not there any more"
    if recipient.unsubscribed_at is not None:
        return "the recipient unsubscribed from copies"
    if recipient.ended_on is not None and recipient.ended_on <= today:
        return f"the contact ended on {recipient.ended_on}"
    if recipient.disabled_at is not None:
        return "the person was disabled"
    return None


def period_withdrawal(rung: RungSpec, period: PeriodFacts) -> str | None:
    if period.closed_at is not None and not rung.after_close:
        return "the period was closed meanwhile"
    return None


def unit_withdrawal(rung: RungSpec, planned: Planned, unit: UnitFacts | None, *, now: datetime) -> str | None:
    """For a message to one unit."""
    if unit is None or all(each.excused for each in unit.actions):
        return "the unit owes nothing in this period"
    match rung.condition:
        case "unsubmitted" if not unit.missing:
            return "everything was reported meanwhile"
        case "returned":
            return _return_withdrawal(rung, planned, unit, now=now)
        case _:
            pass
    if rung.anchor != "deadline" or unit.deadline is None:
        return None
    if planned.deadline is not None and unit.deadline != planned.deadline:
        return f"the deadline has moved to {unit.deadline.isoformat()}"
    return _passed(rung, unit.deadline, now=now)


def listed_units(rung: RungSpec, units: Collection[UnitFacts], *, now: datetime) -> list[UnitFacts]:
    """The units of a digest of which what it says still holds: not reported, past the deadline, not come again."""
    match rung.condition:
        case "returned":
            return [unit for unit in units if any(_is_due(rung, each.return_due_at, now) for each in unit.returned)]
        case "unsubmitted":
            return [
                unit
                for unit in units
                if unit.missing and (rung.anchor != "deadline" or _is_due(rung, unit.deadline, now))
            ]
        case _:
            return [unit for unit in units if any(not each.excused for each in unit.actions)]


def digest_withdrawal(rung: RungSpec, units: Collection[UnitFacts], readings: Collection[LateReading]) -> str | None:
    if rung.condition == "unread":
        return None if readings else "everything was read meanwhile"
    return None if units else "no unit is left of which this holds"


def _return_withdrawal(rung: RungSpec, planned: Planned, unit: UnitFacts, *, now: datetime) -> str | None:
    if not unit.returned:
        return "what was returned came again meanwhile"
    dues = {each.return_due_at for each in unit.returned if each.return_due_at is not None}
    if planned.deadline is None or not dues:
        return None
    # By the day: reports that came back at different hours are one occasion.
    if last_day(planned.deadline) not in {last_day(due) for due in dues}:
        return "the deadline of the revision has changed"
    return _passed(rung, planned.deadline, now=now) if rung.anchor == "return_due" else None


def _passed(rung: RungSpec, deadline: datetime, *, now: datetime) -> str | None:
    return "the deadline has passed" if rung.days <= 0 and now >= deadline else None


def _is_due(rung: RungSpec, deadline: datetime | None, now: datetime) -> bool:
    """What tells of a missed deadline is for those who missed it: not for a unit that has more time now."""
    return rung.days <= 0 or deadline is None or now >= deadline
