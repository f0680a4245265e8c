"""A table of transitions drawn for people, so that documents and command line cannot say anything else than the code."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


def diagram(transitions: Mapping[tuple[S, E], S], *, first: S, last: Iterable[S] = ()) -> str:
    """A state diagram in Mermaid; events that leave a state as it is are left out."""
    states, events = list(type(first)), _events(transitions)
    arrows = sorted(
        ((before, after, event) for (before, event), after in transitions.items() if before is not after),
        key=lambda arrow: (states.index(arrow[0]), states.index(arrow[1]), events.index(arrow[2])),
    )
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    for (before, after), group in groupby(arrows, key=lambda arrow: arrow[:2]):
        lines.append(f"    {before} --> {after}: {', '.join(event for _, _, event in group)}")
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in last)])


def table(transitions: Mapping[tuple[S, E], S], *, more: Iterable[Sequence[str]] = ()) -> str:
    """Markdown: from each state, what each event leads to; a dash where it is refused."""
    states, events = list(type(next(iter(transitions))[0])), _events(transitions)
    rows: list[Sequence[str]] = [["state", *events], ["---"] * (len(events) + 1)]
    rows += [[state, *(transitions.get((state, event), "-") for event in events)] for state in states]
    return "\n".join("| " + " | ".join(row) + " |" for row in [*rows, *more])


def _events(transitions: Mapping[tuple[S, E], S]) -> list[E]:
    return list(type(next(iter(transitions))[1]))
