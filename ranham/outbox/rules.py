"""What an attempt means for a delivery, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ranham.outbox.states import Event, Outcome

LONGEST_ASKED_SECONDS = 24 * 3600
"""The longest wait that is granted to a receiver that asks for one; our choice, not a rule."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Each wait is twice the one before, up to the longest; after `tries` attempts it is given up."""

    tries: int
    first_seconds: int
    longest_seconds: int

    def next_at(self, attempts: int, now: datetime) -> datetime | None:
        """When the next attempt is due after so many; None when there is none left."""
        if attempts >= self.tries:
            return None
        # The power is kept small: 2 ** 4000 is a number nobody waits for.
        wait = self.first_seconds * 2 ** min(max(attempts - 1, 0), 30)
        return now + timedelta(seconds=min(wait, self.longest_seconds))


@dataclass(frozen=True, slots=True)
class Settled:
    """What an attempt means for the delivery."""

    event: Event
    because: str | None
    next_at: datetime | None
    left_alone_until: datetime | None = None
    """What the receiver asks for, for all that waits for it and not for this message only."""


def settle(  # noqa: PLR0913 - an outcome, and the terms for it
    outcome: Outcome,
    reply: str | None,
    attempts: int,
    *,
    backoff: Backoff,
    now: datetime,
    repeatable: bool = False,
    asked_seconds: int | None = None,
) -> Settled:
    """What follows from the outcome of the attempt of this number.

    A refusal is the recipient's and ends it; what is misconfigured is ours and ends it too, since trying again mends
    nothing; what is unknown is never tried again here, whatever else is configured (see the policy for it), unless the
    same message twice is one message there (`repeatable`). A receiver that asks for a longer wait than ours gets it, and
    one that is told nothing more of this message gets it for the others.
    """
    match outcome:
        case Outcome.ACCEPTED:
            return Settled(Event.ACCEPT, None, None)
        case Outcome.REFUSED:
            return Settled(Event.REFUSE, reply, None)
        case Outcome.MISCONFIGURED:
            return Settled(Event.FAIL, reply, None)
        case Outcome.UNKNOWN if not repeatable:
            return Settled(Event.LOSE, reply, None)
        case Outcome.DEFERRED | Outcome.UNREACHABLE | Outcome.UNMADE | Outcome.UNKNOWN:
            asked = timedelta(seconds=min(asked_seconds or 0, LONGEST_ASKED_SECONDS))
            until = now + asked if asked else None
            next_at = backoff.next_at(attempts, now)
            if next_at is None:
                return Settled(Event.FAIL, f"given up after {attempts} attempts; the last: {reply}", None, until)
            return Settled(Event.DEFER, reply, max(next_at, now + asked), until)
