"""The life-cycle drawn from its table, for the documents and for people on the command line."""

from ranham.submission.states import ACTORS, TRANSITIONS, Event, State


def diagram() -> str:
    """A state diagram in Mermaid; events that leave a report where it is are left out."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.NOT_STARTED}"]
    lines += [
        f"    {before} --> {after}: {event}" for (before, event), after in TRANSITIONS.items() if before is not after
    ]
    return "\n".join([*lines, f"    {State.FINAL} --> [*]"])


def table() -> str:
    """Markdown: from each state, what each event leads to; a dash where it is refused."""
    rows = [["state", *Event], ["---"] * (len(Event) + 1)]
    rows += [[state, *(TRANSITIONS.get((state, event), "-") for event in Event)] for state in State]
    rows.append(["*by*", *(", ".join(sorted(ACTORS[event])) for event in Event)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
