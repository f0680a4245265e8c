"""What is due when: freeze, open, roll up, close, in this order, and a missed step stays due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranham.cycle.models import Step
from ranham.cycle.rules import PeriodFacts, closes_at, due_steps

OPENS = datetime(2022, 8, 31, 17, tzinfo=UTC)
ENDS = datetime(2022, 9, 14, 17, tzinfo=UTC)
MONTH = timedelta(days=30)
SECOND = timedelta(seconds=1)
FRESH = PeriodFacts("2022-B08", OPENS, ENDS, frozen=False, opened_at=None, closed_at=None, news=True)
RUNNING = replace(FRESH, frozen=True, opened_at=OPENS)
QUIET = replace(RUNNING, news=False)
moments = st.datetimes(datetime(2022, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - UTC is added


def test_nothing_is_due_before_the_window() -> None:
    assert due_steps(FRESH, OPENS - SECOND, MONTH) == []


def test_the_first_instant_of_the_window_freezes_opens_and_counts() -> None:
    assert due_steps(FRESH, OPENS, MONTH) == [Step.FREEZE, Step.OPEN, Step.ROLL_UP]


@given(now=moments)
def test_a_period_without_an_announced_window_is_left_alone(now: datetime) -> None:
    assert due_steps(replace(FRESH, opens_at=None, ends_at=None), now, MONTH) == []


def test_reports_go_to_the_verifiers_before_they_are_counted() -> None:
    assert due_steps(replace(RUNNING, unread=True), OPENS, MONTH) == [Step.VERIFY, Step.ROLL_UP]


def test_an_open_period_is_counted_only_when_there_is_news() -> None:
    assert due_steps(RUNNING, ENDS, MONTH) == [Step.ROLL_UP]
    assert due_steps(QUIET, ENDS, MONTH) == []


def test_late_reports_are_accepted_until_the_close() -> None:
    assert due_steps(QUIET, ENDS + MONTH - SECOND, MONTH) == []
    assert due_steps(QUIET, ENDS + MONTH, MONTH) == [Step.CLOSE]


def test_a_missed_window_is_opened_first_and_closed_a_whole_month_later() -> None:
    much_later = ENDS + timedelta(days=400)
    assert due_steps(FRESH, much_later, MONTH) == [Step.FREEZE, Step.OPEN, Step.ROLL_UP]
    caught_up = replace(QUIET, opened_at=much_later)
    assert closes_at(caught_up, MONTH) == much_later + MONTH
    assert due_steps(caught_up, much_later + MONTH - SECOND, MONTH) == []
    assert due_steps(caught_up, much_later + MONTH, MONTH) == [Step.CLOSE]


@given(now=moments)
def test_a_closed_period_is_never_touched(now: datetime) -> None:
    assert due_steps(replace(RUNNING, closed_at=ENDS + MONTH), now, MONTH) == []


@given(now=moments, frozen=st.booleans(), opened=st.booleans(), news=st.booleans(), days=st.integers(0, 90))
def test_the_order_is_fixed_and_what_is_due_stays_due(
    now: datetime, frozen: bool, opened: bool, news: bool, days: int
) -> None:
    facts = replace(FRESH, frozen=frozen, opened_at=OPENS if opened else None, news=news)
    steps = due_steps(facts, now, timedelta(days=days))
    order = [Step.FREEZE, Step.OPEN, Step.ROLL_UP, Step.CLOSE]
    assert steps == [step for step in order if step in steps]
    assert set(steps) <= set(due_steps(facts, now + timedelta(days=1), timedelta(days=days)))


@pytest.mark.parametrize("facts", [FRESH, RUNNING, QUIET])
def test_without_a_known_end_nothing_closes(facts: PeriodFacts) -> None:
    assert Step.CLOSE not in due_steps(replace(facts, ends_at=None), ENDS + 99 * MONTH, MONTH)
