"""The life-cycle drawn from its table, for the documents and for people on the command line."""

from ranham.kernel import drawing
from ranham.submission.states import ACTORS, TRANSITIONS, Event, State


def diagram() -> str:
    return drawing.diagram(TRANSITIONS, first=State.NOT_STARTED, last=[State.FINAL])


def table() -> str:
    """With a last row that says who causes each event."""
    return drawing.table(TRANSITIONS, more=[["*by*", *(", ".join(sorted(ACTORS[event])) for event in Event)]])
