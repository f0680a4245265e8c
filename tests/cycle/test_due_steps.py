from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ranham.cycle.models import Step
from ranham.cycle.rules import PeriodFacts, closes_at, due_steps

START = datetime(2022, 8, 1, tzinfo=UTC)
hours = st.integers(0, 24 * 120).map(lambda n: START + timedelta(hours=n))
after = st.integers(0, 60).map(lambda n: timedelta(days=n))


@st.composite
def periods(draw: st.DrawFn) -> PeriodFacts:
    opens = draw(hours)
    opened = draw(st.none() | hours.map(lambda t: max(t, opens)))
    return PeriodFacts(
        label="2022-B08",
        opens_at=opens,
        ends_at=opens + timedelta(days=draw(st.integers(1, 15))),
        frozen=opened is not None or draw(st.booleans()),
        opened_at=opened,
        closed_at=None,
        news=draw(st.booleans()),
        unread=draw(st.booleans()),
        reminders=draw(st.booleans()),
    )


@given(periods(), hours, after)
def test_nothing_but_reminders_is_due_before_the_window(
    period: PeriodFacts, now: datetime, close_after: timedelta
) -> None:
    assert period.opens_at is not None
    if now < period.opens_at:
        assert due_steps(period, now, close_after) == ([Step.REMIND] if period.reminders else [])


@given(periods(), hours, after)
def test_steps_come_in_the_order_of_the_cycle(period: PeriodFacts, now: datetime, close_after: timedelta) -> None:
    order = [Step.FREEZE, Step.OPEN, Step.VERIFY, Step.ROLL_UP, Step.REMIND, Step.CLOSE]
    steps = due_steps(period, now, close_after)
    assert steps == [step for step in order if step in steps]


@given(periods(), hours, after)
def test_a_missed_step_stays_due(period: PeriodFacts, now: datetime, close_after: timedelta) -> None:
    assert set(due_steps(period, now, close_after)) <= set(due_steps(period, now + timedelta(days=400), close_after))


@given(periods(), hours, after)
def test_no_period_closes_before_everybody_had_the_whole_time(
    period: PeriodFacts, now: datetime, close_after: timedelta
) -> None:
    if Step.CLOSE in due_steps(period, now, close_after):
        assert period.ends_at is not None
        assert period.opened_at is not None
        assert now >= period.ends_at + close_after
        assert now >= period.opened_at + close_after


def test_after_the_close_what_is_verified_is_still_made_final() -> None:
    closed = PeriodFacts("x", START, START, frozen=True, opened_at=START, closed_at=START, news=True, verified=True)
    assert due_steps(closed, START, timedelta(0)) == [Step.CLOSE]


def test_a_closed_period_and_one_without_window_have_nothing_due() -> None:
    whole = PeriodFacts("x", START, START, frozen=True, opened_at=START, closed_at=START, news=True)
    none = PeriodFacts("x", None, None, frozen=False, opened_at=None, closed_at=None, news=True)
    later = START + timedelta(days=1000)
    assert due_steps(whole, later, timedelta()) == due_steps(none, later, timedelta()) == []
    assert closes_at(none, timedelta()) is None
