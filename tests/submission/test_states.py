"""The table of the life-cycle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranham.submission.states import ACTORS, TRANSITIONS, VERIFIED, Event, Refusal, State, advance, possible

states, events = st.sampled_from(list(State)), st.sampled_from(list(Event))


@given(state=states, event=events, closed=st.booleans())
def test_an_event_leads_somewhere_or_says_what_is_possible_instead(state: State, event: Event, closed: bool) -> None:
    result = advance(state, event, period_closed=closed)
    if isinstance(result, Refusal):
        assert event not in result.possible
        assert all(isinstance(advance(state, each, period_closed=closed), State) for each in result.possible)
        assert str(result)
    else:
        assert result is TRANSITIONS[state, event]


@given(path=st.lists(st.tuples(events, st.booleans()), max_size=30))
def test_a_report_is_verified_only_from_a_verifiers_hand(path: list[tuple[Event, bool]]) -> None:
    state, taken = State.NOT_STARTED, False
    for event, closed in path:
        result = advance(state, event, period_closed=closed)
        if isinstance(result, Refusal):
            continue
        if result in VERIFIED and state not in VERIFIED:
            assert taken
        taken = event is Event.TAKE or (taken and event not in (Event.SUBMIT, Event.RETURN, Event.REOPEN))
        state = result


def test_nothing_that_was_started_is_forgotten() -> None:
    assert State.NOT_STARTED not in TRANSITIONS.values()


def test_every_state_is_reached_and_every_event_has_its_actors() -> None:
    assert set(TRANSITIONS.values()) | {State.NOT_STARTED} == set(State)
    assert set(ACTORS) == {event for _, event in TRANSITIONS} == set(Event)


@pytest.mark.parametrize("state", [State.DRAFT, State.SUBMITTED, State.RETURNED, State.RESUBMITTED])
def test_a_closed_period_takes_nothing_but_a_reopening(state: State) -> None:
    for event in (Event.EDIT, Event.SUBMIT):
        refused = advance(state, event, period_closed=True)
        assert isinstance(refused, Refusal)
        assert Event.REOPEN in refused.possible
    assert Event.REOPEN not in possible(state, period_closed=False)
