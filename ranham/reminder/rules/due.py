"""When each rung of an occasion is due, and whether it still may be sent: pure.

An occasion is what rungs count from, at one place: the window, a deadline, a return, a limit of the verifiers. Days are
business dates in Jakarta, as the calendar of the plan is; times of day are on the recipient's clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ranham.plan.ladder import RungSpec
from ranham.reminder.rules.working_time import Place, WorkingTime, on

JAKARTA = ZoneInfo("Asia/Jakarta")
TO_A_DEADLINE = ("deadline", "return_due")


@dataclass(frozen=True, slots=True)
class Anchored:
    day: date
    """Business date; of a deadline its last day."""
    at: datetime
    """The instant itself; of a deadline the first one that is late."""


@dataclass(frozen=True, slots=True)
class Occasion:
    name: str
    place: Place
    anchors: Mapping[str, Anchored]
    """By the anchors of rungs; what is not known yet is not there."""
    deadline: datetime | None
    """First instant that is late, of what the occasion counts to."""


@dataclass(frozen=True, slots=True)
class DueRung:
    rung: RungSpec
    due_at: datetime
    """By the rung, on the recipient's clock."""
    send_at: datetime
    """When it may go: now, as outside working time only what cannot be sent any more is due."""
    because: str | None
    """Why it cannot be sent any more."""
    expires_at: datetime | None
    """From then on it would be wrong to send it."""


def last_day(deadline: datetime) -> date:
    """The business date that a deadline ends."""
    return (deadline - timedelta(microseconds=1)).astimezone(JAKARTA).date()


def counting_to(deadline: datetime) -> Anchored:
    return Anchored(last_day(deadline), deadline.astimezone(UTC))


def happened(at: datetime) -> Anchored:
    return Anchored(at.astimezone(JAKARTA).date(), at.astimezone(UTC))


def moment(rung: RungSpec, occasion: Occasion, working: WorkingTime) -> tuple[datetime, datetime]:
    """When the rung is due by its own words, and when it is sent: in working time if it keeps that.

    Before a deadline (or an opening) it moves earlier, otherwise later; so nothing moves past its deadline.
    """
    anchored = occasion.anchors[rung.anchor]
    before = rung.days < 0 or (rung.anchor in TO_A_DEADLINE and rung.days == 0)
    if rung.days == 0 and rung.anchor in ("announced", "returned"):
        due_at = anchored.at
    else:
        due_at = on(anchored.day + timedelta(days=rung.days), rung.at, occasion.place)
    if before and due_at >= anchored.at:  # an extension may end in the morning of its last day
        due_at = anchored.at - timedelta(minutes=1)
    if not rung.working_hours:
        return due_at, due_at
    move = working.at_or_before if before else working.at_or_after
    return due_at, move(due_at, occasion.place)


def due(
    rungs: Iterable[RungSpec], occasion: Occasion, working: WorkingTime, *, now: datetime, latest: timedelta
) -> list[DueRung]:
    """The rungs whose time has come and that may go now, or never any more, in their order.

    Those missed by more than `latest` are nobody's business any more.
    """
    found = []
    for rung in rungs:
        if rung.anchor not in occasion.anchors:
            continue
        due_at, by_rule = moment(rung, occasion, working)
        if not by_rule <= now < by_rule + latest:
            continue
        send_at = working.at_or_after(now, occasion.place) if rung.working_hours else now
        until, reason = _until(rung, occasion)
        because = reason if until is not None and send_at >= until else None
        begun = occasion.anchors.get("returned")
        if begun is not None and by_rule < begun.at:  # a short time for the revision leaves no day before its last
            because = "its time was before the return"
        if because is None and send_at > now:
            # Written now it would wait beside the rungs that come due until then, and nobody would choose between them.
            continue
        found.append(DueRung(rung, due_at, send_at, because, until))
    return sorted(found, key=lambda each: (each.due_at, each.rung.days))


def still_timely(found: Iterable[DueRung]) -> frozenset[str]:
    """Codes of rungs that no later one speaks for: somebody who is found only now may still get them."""
    sendable = [each.rung for each in found if each.because is None]
    return frozenset(
        rung.code
        for index, rung in enumerate(sendable)
        if not any(set(rung.audience) & set(later.audience) for later in sendable[index + 1 :])
    )


def _until(rung: RungSpec, occasion: Occasion) -> tuple[datetime | None, str]:
    anchored = occasion.anchors[rung.anchor]
    if rung.anchor in TO_A_DEADLINE and rung.days <= 0:
        return anchored.at, "the deadline had passed before it could be sent"
    if rung.anchor == "opens" and rung.days < 0 and rung.when_missed == "skip_if_overtaken":
        return anchored.at, "the window had opened before it could be sent"
    if rung.anchor in ("announced", "opens"):
        return occasion.deadline, "the window had ended before it could be sent"
    return None, ""
