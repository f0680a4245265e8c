"""The table of transitions, and what follows from an attempt."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranham.outbox.rules import Backoff, settle
from ranham.outbox.states import ENDED, REPORTED, TRANSITIONS, WAITING, Event, Outcome, Report, State, advance

NOW = datetime(2022, 9, 20, tzinfo=UTC)
BY_PEOPLE = {Event.RETRY}


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_whatever_happens_in_whatever_order_the_table_decides(events: list[Event]) -> None:
    state, unheard = State.CREATED, False
    for event in events:
        after = advance(state, event)
        if after is None:
            assert (state, event) not in TRANSITIONS
            continue
        if event is Event.CLAIM:
            # Nothing that may have arrived is claimed unless somebody said so.
            assert not unheard
            assert state in WAITING
        if after is State.UNKNOWN:
            unheard = True
        elif event is Event.RETRY or state is State.UNKNOWN:
            unheard = False
        state = after


def test_every_state_is_reached_and_only_what_is_cancelled_is_left_by_nothing() -> None:
    reached = {State.CREATED}
    while more := {after for (state, _), after in TRANSITIONS.items() if state in reached} - reached:
        reached |= more
    assert reached == set(State)
    assert {state for state in State if not any(before is state for before, _ in TRANSITIONS)} == {State.CANCELLED}


def test_what_ended_is_sent_again_by_people_only() -> None:
    for state in ENDED:
        onward = {event for (before, event), after in TRANSITIONS.items() if before is state and after not in ENDED}
        assert onward <= BY_PEOPLE
    assert ENDED | WAITING | {State.SENDING, State.UNKNOWN} == set(State)
    assert not ENDED & WAITING


@pytest.mark.parametrize("report", Report)
@pytest.mark.parametrize("state", State)
def test_a_report_twice_is_a_report_once(state: State, report: Report) -> None:
    once = advance(state, REPORTED[report]) or state
    assert (advance(once, REPORTED[report]) or once) is once


@given(st.permutations([Report.DELAYED, Report.DELAYED, Report.DELIVERED]))
def test_reports_out_of_order_end_alike(reports: list[Report]) -> None:
    state = State.DELIVERED_TO_PROVIDER
    for report in reports:
        state = advance(state, REPORTED[report]) or state
    assert state is State.DELIVERED


@given(
    outcome=st.sampled_from(Outcome),
    attempts=st.integers(1, 10_000),
    tries=st.integers(1, 100),
    first=st.integers(1, 10_000),
    longest=st.integers(1, 100_000),
    repeatable=st.booleans(),
)
def test_an_attempt_always_settles_and_only_a_failure_for_now_is_tried_again(
    outcome: Outcome, attempts: int, tries: int, first: int, longest: int, repeatable: bool
) -> None:
    backoff = Backoff(tries, first, longest)
    settled = settle(outcome, "said", attempts, backoff=backoff, now=NOW, repeatable=repeatable)
    assert (State.SENDING, settled.event) in TRANSITIONS
    assert (settled.next_at is not None) is (settled.event is Event.DEFER)
    if settled.next_at is not None:
        for_now = {Outcome.DEFERRED, Outcome.UNREACHABLE, Outcome.UNMADE}
        assert outcome in (for_now | {Outcome.UNKNOWN} if repeatable else for_now)
        assert attempts < tries
        assert timedelta(0) < settled.next_at - NOW <= timedelta(seconds=longest)
    if outcome is Outcome.UNKNOWN:
        assert (settled.event is Event.LOSE) is not repeatable


def test_waits_double_up_to_the_longest_and_end_after_the_last_try() -> None:
    backoff = Backoff(tries=5, first_seconds=300, longest_seconds=1000)
    waits = [
        (at - NOW).total_seconds() for attempts in range(1, 5) if (at := backoff.next_at(attempts, NOW)) is not None
    ]
    assert waits == [300, 600, 1000, 1000]
    assert backoff.next_at(5, NOW) is None
