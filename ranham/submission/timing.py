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


@dataclass(frozen=True, slots=True)
class Before:
    """What the report had: its timeliness, and the moment that it is the timeliness of."""

    timeliness: Timeliness
    moment: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    timeliness: Timeliness
    moment: datetime
    """An extension that is approved afterwards covers the revision by this moment, not by the one it was sent at."""


def judge(
    sent_at: datetime,
    deadlines: Deadlines,
    *,
    state: State,
    return_due_at: datetime | None,
    previous: Before | None,
) -> Judged:
    """How a revision counts.

    A revision that answers a return in time keeps what the report had: the reporter was in time, the question came
    later. So does one that answers a reopening. Anything else is judged by its own moment, so a correction that
    nobody asked for makes a report late when it comes after the deadline. Configuration of the practice, unverified.

    What is kept is the moment, not the word alone: so an extension approved before or after the answer to a return,
    or before or after the return itself, gives the same.
    """
    answers_return = state is State.RETURNED and return_due_at is not None and sent_at < return_due_at
    if previous is not None and (answers_return or state is State.REOPENED):
        return Judged(previous.timeliness, previous.moment)
    if sent_at < deadlines.window:
        return Judged(Timeliness.ON_TIME, sent_at)
    if deadlines.extension is not None and sent_at < deadlines.extension:
        return Judged(Timeliness.EXTENDED, sent_at)
    return Judged(Timeliness.LATE, sent_at)
