"""The life of a delivery: one table says which event leads from which state to which."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    CREATED = "created"
    SENDING = "sending"
    """Claimed by a worker; whether it was begun, the claim tells."""
    DELIVERED_TO_PROVIDER = "delivered_to_provider"
    """The provider has said that it takes care of it; all that most of them ever say."""
    PENDING = "pending"
    """The provider says that it still tries."""
    DELIVERED = "delivered"
    TEMPORARY_FAILURE = "temporary_failure"
    """Will be tried again."""
    PERMANENT_FAILURE = "permanent_failure"
    """The address or its server does not take it."""
    TECHNICAL_FAILURE = "technical_failure"
    """Ours: a misconfiguration, or given up after the last try."""
    UNKNOWN = "unknown"
    """The connection or the worker was lost after the message went and before the answer came."""
    CANCELLED = "cancelled"


class Event(StrEnum):
    CLAIM = "claim"
    RELEASE = "release"
    """Claimed and not begun."""
    ACCEPT = "accept"
    DEFER = "defer"
    REFUSE = "refuse"
    FAIL = "fail"
    LOSE = "lose"
    """No answer, or nobody left who would know it."""
    BLOCK = "block"
    """The address failed before and is not mended."""
    WITHDRAW = "withdraw"
    """No longer asked for, expired, or cancelled by a person."""
    RETRY = "retry"
    """By a person, or by the policy for what is unknown."""
    REPORT_DELAYED = "report_delayed"
    REPORT_DELIVERED = "report_delivered"
    REPORT_FAILED = "report_failed"


class Outcome(StrEnum):
    """How one attempt ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    """The provider says: later."""
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    """The provider failed before the message went."""
    MISCONFIGURED = "misconfigured"
    UNKNOWN = "unknown"
    UNMADE = "unmade"
    """Its content could not be made."""


S, E = State, Event

TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (S.CREATED, E.CLAIM): S.SENDING,
    (S.TEMPORARY_FAILURE, E.CLAIM): S.SENDING,
    (S.SENDING, E.RELEASE): S.CREATED,
    (S.SENDING, E.ACCEPT): S.DELIVERED_TO_PROVIDER,
    (S.SENDING, E.DEFER): S.TEMPORARY_FAILURE,
    (S.SENDING, E.REFUSE): S.PERMANENT_FAILURE,
    (S.SENDING, E.FAIL): S.TECHNICAL_FAILURE,
    (S.SENDING, E.LOSE): S.UNKNOWN,
    # A worker that was taken for dead was only slow and has heard the answer after all.
    (S.UNKNOWN, E.ACCEPT): S.DELIVERED_TO_PROVIDER,
    (S.UNKNOWN, E.DEFER): S.TEMPORARY_FAILURE,
    (S.UNKNOWN, E.REFUSE): S.PERMANENT_FAILURE,
    (S.UNKNOWN, E.FAIL): S.TECHNICAL_FAILURE,
    # Nobody there to compose or to take it.
    (S.CREATED, E.FAIL): S.TECHNICAL_FAILURE,
    (S.TEMPORARY_FAILURE, E.FAIL): S.TECHNICAL_FAILURE,
    (S.CREATED, E.BLOCK): S.PERMANENT_FAILURE,
    (S.TEMPORARY_FAILURE, E.BLOCK): S.PERMANENT_FAILURE,
    (S.CREATED, E.WITHDRAW): S.CANCELLED,
    (S.SENDING, E.WITHDRAW): S.CANCELLED,
    (S.TEMPORARY_FAILURE, E.WITHDRAW): S.CANCELLED,
    (S.TECHNICAL_FAILURE, E.WITHDRAW): S.CANCELLED,
    (S.UNKNOWN, E.WITHDRAW): S.CANCELLED,
    (S.TEMPORARY_FAILURE, E.RETRY): S.CREATED,
    (S.PERMANENT_FAILURE, E.RETRY): S.CREATED,
    (S.TECHNICAL_FAILURE, E.RETRY): S.CREATED,
    (S.UNKNOWN, E.RETRY): S.CREATED,
    # What the provider tells later. It may come before its own answer is written, late, twice, and out of order.
    (S.DELIVERED_TO_PROVIDER, E.REPORT_DELAYED): S.PENDING,
    (S.PENDING, E.REPORT_DELAYED): S.PENDING,
    (S.UNKNOWN, E.REPORT_DELAYED): S.PENDING,
    (S.DELIVERED_TO_PROVIDER, E.REPORT_DELIVERED): S.DELIVERED,
    (S.PENDING, E.REPORT_DELIVERED): S.DELIVERED,
    (S.UNKNOWN, E.REPORT_DELIVERED): S.DELIVERED,
    (S.DELIVERED, E.REPORT_DELIVERED): S.DELIVERED,
    (S.DELIVERED_TO_PROVIDER, E.REPORT_FAILED): S.PERMANENT_FAILURE,
    (S.PENDING, E.REPORT_FAILED): S.PERMANENT_FAILURE,
    (S.UNKNOWN, E.REPORT_FAILED): S.PERMANENT_FAILURE,
    (S.DELIVERED, E.REPORT_FAILED): S.PERMANENT_FAILURE,  # forwarded, and refused further on
    (S.PERMANENT_FAILURE, E.REPORT_FAILED): S.PERMANENT_FAILURE,
}

WAITING = frozenset({S.CREATED, S.TEMPORARY_FAILURE})
"""Will be sent without anybody doing anything."""

ENDED = frozenset(
    {S.DELIVERED_TO_PROVIDER, S.PENDING, S.DELIVERED, S.PERMANENT_FAILURE, S.TECHNICAL_FAILURE, S.CANCELLED}
)
"""Nobody will send it any more, unless a person says so."""


def advance(state: State, event: Event) -> State | None:
    """The next state; None where the event is not possible."""
    return TRANSITIONS.get((state, event))


def sources(event: Event) -> tuple[State, ...]:
    """States from which the event is possible."""
    return tuple(state for state in State if (state, event) in TRANSITIONS)


def in_sql(states: tuple[State, ...] | frozenset[State]) -> str:
    """The states as the list of an SQL `IN`: constants, so that partial indexes are found."""
    return "(" + ", ".join(f"'{state.value}'" for state in sorted(states)) + ")"


class Report(StrEnum):
    """What a provider, or the recipient's server, tells later."""

    DELAYED = "delayed"
    DELIVERED = "delivered"
    FAILED = "failed"
    COMPLAINT = "complaint"
    """The recipient calls it spam; so it arrived."""


REPORTED: Mapping[Report, Event] = {
    Report.DELAYED: Event.REPORT_DELAYED,
    Report.DELIVERED: Event.REPORT_DELIVERED,
    Report.FAILED: Event.REPORT_FAILED,
    Report.COMPLAINT: Event.REPORT_DELIVERED,
}
