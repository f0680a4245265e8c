"""When rungs are due and what an outage leaves of them, over random ladders, calendars, deadlines and ticks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ranham.plan.ladder import RungSpec
from ranham.plan.policy import starting_ladder
from ranham.reminder.planning.occasions import ZONES, deadline_of, return_of
from ranham.reminder.rules.due import DueRung, Occasion, due, last_day, moment, still_timely
from ranham.reminder.rules.working_time import Calendar, Place, WorkingTime

START = datetime(2022, 9, 1, tzinfo=UTC)
LATEST = timedelta(days=14)
deadlines = st.integers(0, 24 * 30).map(lambda hours: START + timedelta(hours=hours))
holidays = st.frozensets(st.integers(-20, 45).map(lambda n: START.date() + timedelta(days=n)), max_size=12)
places = st.sampled_from(ZONES).map(Place)
workings = holidays.map(lambda days: WorkingTime(Calendar(days), time(8), time(16)))
ticks = st.lists(st.integers(-20 * 24 * 4, 40 * 24 * 4), max_size=40, unique=True).map(
    lambda quarters: [START + timedelta(minutes=15 * n) for n in sorted(quarters)]
)


@st.composite
def rungs(draw: st.DrawFn) -> list[RungSpec]:
    offsets = draw(st.lists(st.integers(-9, 6), min_size=1, max_size=6, unique=True))
    return [
        RungSpec(
            code=f"r{number}", anchor="deadline", days=days, at=time(draw(st.integers(8, 15)), 30),
            audience=("operator",), condition="unsubmitted", digest=False, working_hours=draw(st.booleans()),
            when_missed=draw(st.sampled_from(("send_late", "skip_if_overtaken"))), channels=("email",), template="t",
            letter=False,
        )
        for number, days in enumerate(offsets)
    ]  # fmt: skip


def play(
    ladder: Sequence[RungSpec], occasion: Occasion, working: WorkingTime, moments: Sequence[datetime]
) -> list[tuple[datetime, DueRung, str]]:
    """The ledger of one recipient, as the planner's statement keeps it: each rung once, the latest speaks."""
    ledger: list[tuple[datetime, DueRung, str]] = []
    for now in moments:
        listed = due(ladder, occasion, working, now=now, latest=LATEST)
        done = {row.rung.code: decision for _, row, decision in ledger}
        fresh = [row for row in listed if row.rung.code not in done]
        for row in fresh:
            later = listed[listed.index(row) + 1 :]
            spoken = any(
                (each in fresh and each.because is None) or done.get(each.rung.code) == "send" for each in later
            )
            ledger.append((now, row, "overtaken" if spoken else "skipped" if row.because else "send"))
    return ledger


@given(rungs(), deadlines, places, workings, ticks)
def test_each_rung_is_written_once_and_an_outage_costs_one_message(
    ladder: list[RungSpec], deadline: datetime, place: Place, working: WorkingTime, moments: list[datetime]
) -> None:
    ledger = play(ladder, deadline_of(deadline, place), working, moments)
    codes = [row.rung.code for _, row, _ in ledger]
    assert len(codes) == len(set(codes))
    for now in moments:
        assert sum(decision == "send" for at, _, decision in ledger if at == now) <= 1


@given(rungs(), deadlines, places, workings, ticks)
def test_no_message_leaves_its_hours_or_passes_its_deadline(
    ladder: list[RungSpec], deadline: datetime, place: Place, working: WorkingTime, moments: list[datetime]
) -> None:
    for now, row, decision in play(ladder, deadline_of(deadline, place), working, moments):
        assert row.send_at >= now
        if row.rung.working_hours:
            assert working.holds(row.send_at, place)
        if decision == "send" and row.rung.days <= 0:
            assert row.send_at < deadline


@given(rungs(), deadlines, places, workings)
def test_without_an_outage_every_rung_is_sent_or_a_later_one_went_no_later(
    ladder: list[RungSpec], deadline: datetime, place: Place, working: WorkingTime
) -> None:
    ladder = [rung.model_copy(update={"working_hours": True}) for rung in ladder]
    occasion = deadline_of(deadline, place)
    moments = sorted({moment(rung, occasion, working)[1] for rung in ladder})
    ledger = play(ladder, occasion, working, moments)
    assert {row.rung.code for _, row, _ in ledger} == {rung.code for rung in ladder}
    for now, row, decision in ledger:
        later = [other.due_at for at, other, said in ledger if said == "send" and at <= now]
        assert decision == "send" or any(due_at >= row.due_at for due_at in later)


@given(rungs(), deadlines, places, workings)
def test_rungs_move_away_from_what_they_must_not_cross(
    ladder: list[RungSpec], deadline: datetime, place: Place, working: WorkingTime
) -> None:
    for rung in ladder:
        due_at, send_at = moment(rung, deadline_of(deadline, place), working)
        assert send_at <= due_at < deadline if rung.days <= 0 else send_at >= due_at > deadline


@given(deadlines, places)
def test_an_occasion_is_named_for_the_last_day_in_jakarta(deadline: datetime, place: Place) -> None:
    assert deadline_of(deadline, place).name == f"deadline {last_day(deadline)}"
    assert last_day(datetime(2022, 9, 6, 17, tzinfo=UTC)) == date(2022, 9, 6)


def test_a_return_is_told_at_once_in_working_hours() -> None:
    working = WorkingTime(Calendar(frozenset()), time(8), time(16))
    since = datetime(2022, 9, 9, 12, tzinfo=UTC)  # Friday, 19:00 WIB
    occasion = return_of(date(2022, 9, 9), since, since + timedelta(days=3), Place(ZONES[0]))
    ladder = [rung for rung in starting_ladder().rungs if rung.anchor in ("returned", "return_due") and not rung.digest]
    # Due on Monday evening: the day before is told on Friday morning, when nothing was returned yet.
    (early,) = due(ladder, occasion, working, now=since, latest=LATEST)
    assert (early.rung.code, early.because) == ("return_minus_1", "its time was before the return")
    monday = datetime(2022, 9, 12, 1, tzinfo=UTC)
    listed = due(ladder, occasion, working, now=monday, latest=LATEST)
    assert [row.rung.code for row in listed if row.because is None] == ["returned"]


def test_somebody_found_late_gets_what_no_later_rung_says() -> None:
    working = WorkingTime(Calendar(frozenset()), time(8), time(16))
    occasion = deadline_of(datetime(2022, 9, 6, 17, tzinfo=UTC), Place(ZONES[0]))
    ladder = [rung for rung in starting_ladder().rungs if rung.anchor == "deadline" and not rung.digest]
    listed = due(ladder, occasion, working, now=datetime(2022, 9, 5, 3, tzinfo=UTC), latest=LATEST)
    assert still_timely(listed) == {"t_minus_1"}
