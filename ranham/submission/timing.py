"""On time, on time within an extension, or late: three different things, decided in one place."""

from dataclasses import dataclass
from datetime import datetime

from ranham.submission.models.revision import Timeliness
from ranham.submission.states import State


@dataclass(frozen=True, slots=True)
class Deadlines:
    """First instants that are late: by the window, and by the longest approved extension."""

    window: datetime
    extension: datetime | None


def timeliness(
    sent_at: datetime,
    deadlines: Deadlines,
    *,
    state: State,
    return_due_at: datetime | None,
    previous: Timeliness | None,
) -> Timeliness:
    """How a revision counts.

    A revision that answers a return in time keeps what the report had: the reporter was in time, the question came
    later. So does one that answers a reopening. Anything else is judged by its own moment, so a correction that
    nobody asked for makes a report late when it comes after the deadline. Configuration of the practice, unverified.
    """
    answers_return = state is State.RETURNED and return_due_at is not None and sent_at < return_due_at
    if previous is not None and (answers_return or state is State.REOPENED):
        return previous
    if sent_at < deadlines.window:
        return Timeliness.ON_TIME
    if deadlines.extension is not None and sent_at < deadlines.extension:
        return Timeliness.EXTENDED
    return Timeliness.LATE
