"""Periods are opened and closed once, in order, and never by accident early."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from ranham.cycle import queries, service
from ranham.kernel.errors import Conflict
from ranham.plan.queries import PeriodInfo, find_period


def window(session: Session) -> tuple[PeriodInfo, datetime, datetime]:
    period = find_period(session, "RANHAM-V:2022-B08")
    opens_at, ends_at = period.opens_at(), period.ends_at()
    assert opens_at is not None
    assert ends_at is not None
    return period, opens_at.astimezone(UTC), ends_at.astimezone(UTC)


def test_opening_and_closing_again_change_nothing(session: Session) -> None:
    period, opens_at, ends_at = window(session)
    assert service.open_period(session, period, now=opens_at)
    assert not service.open_period(session, period, now=ends_at)
    assert service.close_period(session, period, now=ends_at)
    assert not service.close_period(session, period, now=ends_at + timedelta(days=9))
    session.expire_all()
    facts = queries.facts(session, period)
    assert (facts.opened_at, facts.closed_at) == (opens_at, ends_at)


def test_a_window_is_not_opened_before_its_first_day(session: Session) -> None:
    period, opens_at, _ = window(session)
    with pytest.raises(Conflict, match="opens on"):
        service.open_period(session, period, now=opens_at - timedelta(seconds=1))


def test_closing_before_the_end_of_the_window_needs_a_reason(session: Session) -> None:
    period, opens_at, ends_at = window(session)
    service.open_period(session, period, now=opens_at)
    for nothing in (None, "", "  "):
        with pytest.raises(Conflict, match="is open to the end of"):
            service.close_period(session, period, now=ends_at - timedelta(seconds=1), early_because=nothing)
    assert service.close_period(session, period, now=opens_at, early_because="withdrawn by the ministry")


def test_a_period_that_was_never_opened_is_not_closed(session: Session) -> None:
    period, _, ends_at = window(session)
    with pytest.raises(Conflict, match="never opened"):
        service.close_period(session, period, now=ends_at)
