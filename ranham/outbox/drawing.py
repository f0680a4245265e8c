"""The life of a delivery for people: a Mermaid diagram and a Markdown table, both drawn from the table of transitions."""

from itertools import groupby

from ranham.outbox.states import TRANSITIONS, Event, State


def diagram() -> str:
    arrows = sorted(
        {(before, after, event) for (before, event), after in TRANSITIONS.items() if before is not after},
        key=lambda arrow: (list(State).index(arrow[0]), list(State).index(arrow[1]), list(Event).index(arrow[2])),
    )
    lines = ["stateDiagram-v2", f"    [*] --> {State.CREATED}"]
    for (before, after), group in groupby(arrows, key=lambda arrow: arrow[:2]):
        lines.append(f"    {before} --> {after}: {', '.join(event for _, _, event in group)}")
    return "\n".join(lines)


def table() -> str:
    rows = [["state", *Event], ["---"] * (len(Event) + 1)]
    rows += [[state, *(TRANSITIONS.get((state, event), "-") for event in Event)] for state in State]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
