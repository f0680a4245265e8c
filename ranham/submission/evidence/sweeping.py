"""Removes bytes that nobody needs: uploads that died, and objects that no row of any unit names any more."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.submission.evidence import queries
from ranham.submission.evidence import store as stores
from ranham.submission.evidence.service import CONTENT_LOCK

BATCH = 1000
TEMPORARIES_AFTER = timedelta(hours=24)
"""No upload takes longer; our choice."""

UnitOfWork = Callable[[], AbstractContextManager[Session]]

_TRY = """
SELECT pg_try_advisory_xact_lock(:key, hashtext(:of)) AS ours,
       current_setting('transaction_isolation') = 'read committed' AS sees_commits
"""


@dataclass(frozen=True, slots=True)
class Swept:
    temporaries: int
    """Of uploads that died."""
    objects: int
    """That no row named."""


def sweep(unit_of_work: UnitOfWork, *, now: datetime) -> Swept:
    """Each object in a transaction of its own, so that no upload waits for a long sweep."""
    objects = stores.configured()
    temporaries, removed = objects.drop_temporaries(now - TEMPORARIES_AFTER), 0
    ours = (sha256 for key in objects.keys() if (sha256 := stores.sha256_of(key)))  # noqa: SIM118 - no mapping
    for batch in _batches(ours):
        with unit_of_work() as session:
            suspects = queries.without_row(session, batch)
        for sha256 in suspects:
            with unit_of_work() as session:
                removed += drop_unnamed(session, sha256)
    return Swept(temporaries, removed)


def drop_unnamed(session: Session, sha256: str) -> bool:
    """Remove an object unless a row names it; False also while an upload of the same bytes is under way.

    An upload holds the lock from before it looks to its commit. So under the lock either its row is seen, or it has
    not begun and will bring the bytes again. Ends with the caller's transaction, to which the lock belongs.
    """
    lock = session.execute(text(_TRY), {"key": CONTENT_LOCK, "of": sha256}).one()
    if not lock.sees_commits:
        raise Conflict("a sweep needs transactions of isolation READ COMMITTED: an older snapshot would hide new rows")
    if not lock.ours or not queries.without_row(session, [sha256]):
        return False
    stores.configured().discard(stores.final_key(sha256))
    return True


def _batches(names: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(names, BATCH)):
        yield batch
