"""The life of a delivery for people, drawn from its table."""

from ranham.kernel import drawing
from ranham.outbox.states import TRANSITIONS, State


def diagram() -> str:
    return drawing.diagram(TRANSITIONS, first=State.CREATED)


def table() -> str:
    return drawing.table(TRANSITIONS)
