"""What became of releases, in the order in which it was committed.

The places are those of the audit chain: each is taken under a lock that is held up to the commit, so whoever sees
one sees every smaller one too, and none appears later below one that was already seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

LAST = 2**63 - 1

CHANGES = """
SELECT c.place, c.what, c.state AS became, c.at, c.former_number, r.id, r.number, r.regulation, r.label, r.kind,
       r.state, r.sandbox, r.reason, r.territory_as_of, r.simulated, r.made_at, r.published_at, r.content_hash,
       b.number AS superseded_by
FROM ranham_release_changes(:after) c JOIN release r ON r.id = c.release_id LEFT JOIN release b ON b.id = r.superseded_by
WHERE (cast(:label AS text) IS NULL OR r.label = :label OR r.regulation || ':' || r.label = :label)
  AND (cast(:kind AS text) IS NULL OR r.kind = :kind) AND (cast(:state AS text) IS NULL OR c.state = :state)
ORDER BY c.place LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the history of releases, and a part of its hash: after a restore another history has that place."""

    place: int
    digits: str


BEGINNING = Mark(0, "0")


def head(session: Session) -> Mark:
    """The last place there is, whoever may see it."""
    return _up_to(session, LAST)


def stands(session: Session, mark: Mark) -> bool:
    """Whether the mark is of this history."""
    return mark == BEGINNING or _up_to(session, mark.place) == mark


def mark_at(session: Session, place: int) -> Mark:
    return _up_to(session, place)


def changes(  # noqa: PLR0913 - a page of a filtered list
    session: Session, *, after: int, label: str | None, kind: str | None, state: str | None, limit: int
) -> Sequence[Row[Any]]:
    """What happened after a place, with the release as it is now; `state` is the one that it then got.

    Only what the person could see: of releases that are not published that of the ministry and who controls it.
    """
    bounds = {"after": after, "label": label, "kind": kind, "state": state, "limit": limit}
    return session.execute(text(CHANGES), bounds).all()


def _up_to(session: Session, place: int) -> Mark:
    row = session.execute(text("SELECT place, mark FROM ranham_release_mark(:p)"), {"p": place}).one_or_none()
    return BEGINNING if row is None else Mark(row.place, row.mark)
