"""What follows of the releases that stand: which step is due for which. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ranham.release.states import OPEN, ReleaseState

PERIOD, YEAR = "period", "year"


@dataclass(frozen=True, slots=True)
class Course:
    """What is due of the releases that go with a period; since when, by number. All empty: nothing."""

    propose: tuple[tuple[str, datetime], ...] = ()
    """Here by kind, as there is no number yet."""
    provisional: tuple[tuple[str, datetime], ...] = ()
    """Made by hand and not proposed."""
    proposed: tuple[tuple[str, datetime], ...] = ()
    """Waits for a person of the ministry."""
    publish: tuple[tuple[str, datetime], ...] = ()
    distribute: tuple[tuple[str, datetime], ...] = ()
    report: tuple[tuple[str, datetime], ...] = ()
    news: tuple[str, ...] = ()
    """Published, and what is known now differs: somebody may amend it, with a reason."""
    dropped: tuple[str, ...] = ()
    """Nothing stands in its place, and nothing comes by itself: dropping it was a decision."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A release, as far as its course goes."""

    number: str
    kind: str
    state: ReleaseState
    moved_at: datetime
    published_at: datetime | None
    filed: bool
    """Its files are written, under the small-cell rule that is in force."""
    documented: bool
    """Its documents, likewise."""
    news: bool


def follow(rows: Sequence[Standing], *, closed_at: datetime, ends_whole_year: bool) -> Course:
    """Pure. Only the first version comes by itself: a later one needs a reason, and a dropped one was a decision."""
    published = {row.kind: row for row in rows if row.state is ReleaseState.PUBLISHED}
    kinds = {row.kind for row in rows}
    propose: list[tuple[str, datetime]] = []
    if PERIOD not in kinds:
        propose.append((PERIOD, closed_at))
    of_period = published.get(PERIOD)
    if ends_whole_year and YEAR not in kinds and of_period is not None:
        propose.append((YEAR, of_period.published_at or closed_at))

    by_kind = {kind: [row for row in rows if row.kind == kind] for kind in sorted(kinds)}
    dropped = [of[-1].number for of in by_kind.values() if all(each.state is ReleaseState.DROPPED for each in of)]

    def those(state: ReleaseState) -> tuple[tuple[str, datetime], ...]:
        return tuple((row.number, row.moved_at) for row in rows if row.state is state)

    return Course(
        propose=tuple(propose),
        provisional=those(ReleaseState.PROVISIONAL),
        proposed=those(ReleaseState.PROPOSED),
        publish=those(ReleaseState.SIGNED_OFF),
        distribute=tuple(
            (each.number, each.published_at or closed_at) for each in published.values() if not each.filed
        ),
        report=tuple(
            (each.number, each.published_at or closed_at)
            for each in published.values()
            if each.kind == YEAR and not each.documented
        ),
        news=tuple(row.number for row in rows if row.news and not any(each.state in OPEN for each in rows)),
        dropped=tuple(dropped),
    )
