"""The life of a release as a table of transitions. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class ReleaseState(StrEnum):
    PROVISIONAL = "provisional"
    PROPOSED = "proposed"
    SIGNED_OFF = "signed_off"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    DROPPED = "dropped"


class Step(StrEnum):
    PROPOSE = "propose"
    SIGN_OFF = "sign_off"
    PUBLISH = "publish"
    SUPERSEDE = "supersede"
    DROP = "drop"


S = ReleaseState
TRANSITIONS: Mapping[tuple[ReleaseState, Step], ReleaseState] = {
    (S.PROVISIONAL, Step.PROPOSE): S.PROPOSED,
    (S.PROPOSED, Step.SIGN_OFF): S.SIGNED_OFF,
    (S.SIGNED_OFF, Step.PUBLISH): S.PUBLISHED,
    (S.PUBLISHED, Step.SUPERSEDE): S.SUPERSEDED,
    (S.PROVISIONAL, Step.DROP): S.DROPPED,
    (S.PROPOSED, Step.DROP): S.DROPPED,
    (S.SIGNED_OFF, Step.DROP): S.DROPPED,
}
"""What is not here is refused. Superseding happens by itself, when the next version is published."""

OPEN = frozenset({S.PROVISIONAL, S.PROPOSED, S.SIGNED_OFF})
"""Of these a period has one at most."""
PUBLIC = frozenset({S.PUBLISHED, S.SUPERSEDED})
"""Read by everybody who is signed in."""

_PAST = {
    Step.PROPOSE: "proposed",
    Step.SIGN_OFF: "signed off",
    Step.PUBLISH: "published",
    Step.SUPERSEDE: "superseded",
    Step.DROP: "dropped",
}
_INSTEAD = {
    S.PROVISIONAL: "propose it, or drop it",
    S.PROPOSED: "another person signs it off, or it is dropped",
    S.SIGNED_OFF: "publish it, or drop it",
    S.PUBLISHED: "it stays as it is; make an amendment with a reason: ranham release amend",
    S.SUPERSEDED: "it stays as it is; the version after it counts",
    S.DROPPED: "it stays dropped; make a new version: ranham release make",
}


def advance(state: ReleaseState, step: Step) -> ReleaseState | None:
    return TRANSITIONS.get((state, step))


def refusal(number: str, state: ReleaseState, step: Step) -> str:
    """Why a step is not possible, and what is instead."""
    return f"{number} is {state.replace('_', ' ')}, so it cannot be {_PAST[step]}: {_INSTEAD[state]}"


def past(step: Step) -> str:
    """The word of an event: `signed_off`."""
    return _PAST[step].replace(" ", "_")
