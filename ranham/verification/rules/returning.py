"""Returning a report: whether it still may go back, and until when it may come again. Pure."""

from datetime import datetime, timedelta


def closes_at(ends_at: datetime | None, opened_at: datetime | None, close_after: timedelta) -> datetime | None:
    """When the engine closes the period by itself; None while nothing says so.

    As the cycle has it: counted from the end of the window, or from its opening where an outage delayed that.
    """
    if ends_at is None:
        return None
    return max(ends_at, opened_at or ends_at) + close_after


def return_deadline(now: datetime, return_days: int, closes: datetime | None) -> datetime | None:
    """First instant at which a returned report is late; None when the period leaves no time to send it again."""
    deadline = now + timedelta(days=return_days)
    if closes is None:
        return deadline
    return min(deadline, closes) if closes > now else None
