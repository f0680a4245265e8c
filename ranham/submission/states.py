"""The life-cycle of a report: one table says which event leads from which state to which, and who may cause it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    NOT_STARTED = "not_started"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_VERIFICATION = "under_verification"
    RETURNED = "returned"
    RESUBMITTED = "resubmitted"
    VERIFIED = "verified"
    FINAL = "final"
    REOPENED = "reopened"


class Event(StrEnum):
    EDIT = "edit"
    SUBMIT = "submit"
    TAKE = "take"
    RETURN = "return"
    VERIFY = "verify"
    FINALIZE = "finalize"
    REOPEN = "reopen"


class Actor(StrEnum):
    """Roles that cause events; `engine` is the scheduled cycle itself."""

    OPERATOR = "operator"
    OPD_CONTRIBUTOR = "opd_contributor"
    VERIFIER = "verifier"
    MINISTRY = "ministry"
    ENGINE = "engine"


S, E = State, Event

TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (S.NOT_STARTED, E.EDIT): S.DRAFT,
    (S.DRAFT, E.EDIT): S.DRAFT,
    # Work on the next revision; the one that was sent counts until the next is sent.
    (S.SUBMITTED, E.EDIT): S.SUBMITTED,
    (S.RETURNED, E.EDIT): S.RETURNED,
    (S.RESUBMITTED, E.EDIT): S.RESUBMITTED,
    (S.REOPENED, E.EDIT): S.REOPENED,
    (S.NOT_STARTED, E.SUBMIT): S.SUBMITTED,  # a file that is imported has no draft
    (S.DRAFT, E.SUBMIT): S.SUBMITTED,
    (S.SUBMITTED, E.SUBMIT): S.SUBMITTED,
    (S.RETURNED, E.SUBMIT): S.RESUBMITTED,
    (S.RESUBMITTED, E.SUBMIT): S.RESUBMITTED,
    (S.REOPENED, E.SUBMIT): S.RESUBMITTED,
    (S.SUBMITTED, E.TAKE): S.UNDER_VERIFICATION,
    (S.RESUBMITTED, E.TAKE): S.UNDER_VERIFICATION,
    (S.UNDER_VERIFICATION, E.RETURN): S.RETURNED,
    (S.UNDER_VERIFICATION, E.VERIFY): S.VERIFIED,
    (S.VERIFIED, E.FINALIZE): S.FINAL,
    (S.VERIFIED, E.REOPEN): S.REOPENED,
    (S.FINAL, E.REOPEN): S.REOPENED,
    # After the close only: whoever missed the period may still be heard.
    (S.NOT_STARTED, E.REOPEN): S.REOPENED,
    (S.DRAFT, E.REOPEN): S.REOPENED,
    (S.SUBMITTED, E.REOPEN): S.REOPENED,
    (S.RETURNED, E.REOPEN): S.REOPENED,
    (S.RESUBMITTED, E.REOPEN): S.REOPENED,
}

ACTORS: Mapping[Event, frozenset[Actor]] = {
    E.EDIT: frozenset({Actor.OPERATOR, Actor.OPD_CONTRIBUTOR}),
    E.SUBMIT: frozenset({Actor.OPERATOR}),
    E.TAKE: frozenset({Actor.VERIFIER}),
    E.RETURN: frozenset({Actor.VERIFIER}),
    E.VERIFY: frozenset({Actor.VERIFIER}),
    E.FINALIZE: frozenset({Actor.ENGINE}),
    E.REOPEN: frozenset({Actor.MINISTRY}),
}

VERIFIED = frozenset({State.VERIFIED, State.FINAL})
"""States whose report counts as verified."""

ONLY_AFTER_CLOSE = frozenset({S.NOT_STARTED, S.DRAFT, S.SUBMITTED, S.RETURNED, S.RESUBMITTED})
"""States that are reopened only once the period is closed: before, people simply go on."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event is not possible now, and what is possible instead."""

    state: State
    event: Event
    reason: str
    possible: tuple[Event, ...]

    def __str__(self) -> str:
        instead = ", ".join(self.possible) or "nothing"
        return f"{self.reason}; possible now: {instead}"


def advance(state: State, event: Event, *, period_closed: bool) -> State | Refusal:
    """The next state, or why there is none and what is possible instead.

    `period_closed` is as the report sees it: for one that was reopened after the close the period is open.
    """
    obstacle = _obstacle(state, event, period_closed=period_closed)
    if obstacle is None:
        return TRANSITIONS[state, event]
    return Refusal(state, event, obstacle, possible(state, period_closed=period_closed))


def possible(state: State, *, period_closed: bool) -> tuple[Event, ...]:
    """Events that people may cause now; becoming final is the engine's own."""
    return tuple(
        event
        for event in Event
        if event is not Event.FINALIZE and _obstacle(state, event, period_closed=period_closed) is None
    )


def _obstacle(state: State, event: Event, *, period_closed: bool) -> str | None:
    words = state.replace("_", " ")
    if (state, event) not in TRANSITIONS:
        return f"'{event}' is not possible for a report that is {words}"
    if event in (Event.EDIT, Event.SUBMIT) and period_closed:
        return "the period is closed; the ministry may reopen the report with a reason"
    if event is Event.REOPEN and not period_closed and state in ONLY_AFTER_CLOSE:
        return f"a report that is {words} needs no reopening while the period is open"
    if event is Event.FINALIZE and not period_closed:
        return "reports become final when the period is closed"
    return None
