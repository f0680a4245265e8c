"""Until when a returned report may come again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ranham.cycle.rules import PeriodFacts
from ranham.cycle.rules import closes_at as cycle_closes_at
from ranham.verification.rules import closes_at, return_deadline

INSTANTS = st.datetimes(datetime(2022, 1, 1), datetime(2023, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.integers(1, 30)


@given(INSTANTS, DAYS, st.one_of(st.none(), INSTANTS))
def test_a_deadline_is_never_past_the_close_nor_longer_than_the_plan_allows(
    now: datetime, days: int, closes: datetime | None
) -> None:
    deadline = return_deadline(now, days, closes)
    if deadline is None:
        assert closes is not None
        assert closes <= now
    else:
        assert now < deadline <= now + timedelta(days=days)
        assert closes is None or deadline <= closes


@given(st.one_of(st.none(), INSTANTS), INSTANTS, DAYS)
def test_the_close_is_the_one_that_the_cycle_keeps(ends_at: datetime | None, opened_at: datetime, days: int) -> None:
    facts = PeriodFacts("2022-B08", None, ends_at, frozen=True, opened_at=opened_at, closed_at=None, news=False)
    after = timedelta(days=days)
    assert closes_at(ends_at, opened_at, after) == cycle_closes_at(facts, after)
