"""Reads every object again and compares it with its name: missing, changed, or named by no row."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.submission.evidence import queries
from ranham.submission.evidence import store as stores
from ranham.submission.evidence.service import lock_content

BATCH = 1000


class Fault(StrEnum):
    MISSING = "missing"
    CHANGED = "changed"
    ORPHAN = "orphan"
    """No row names it: an upload that was not committed, or a file that was removed. The next sweep takes it."""
    FOREIGN = "foreign"
    """Not named as we name objects; no sweep touches it."""


@dataclass(frozen=True, slots=True)
class Checked:
    key: str
    fault: Fault | None


def verify(session: Session) -> Iterator[Checked]:
    """One item per content that has a row, sound or not, then one per object that should not be there.

    In constant memory, beside uploads and removals: what looks wrong is looked at again with its content locked.
    Needs a session that sees what is committed meanwhile.
    """
    objects = stores.configured()
    for sha256 in queries.contents(session):
        fault = _fault(objects, sha256) and _again(session, objects, sha256)
        yield Checked(stores.final_key(sha256), None if fault is Fault.ORPHAN else fault)
    keys = objects.keys()
    while batch := list(islice(keys, BATCH)):
        named = {name: key for key in batch if (name := stores.sha256_of(key))}
        yield from (Checked(key, Fault.FOREIGN) for key in batch if stores.sha256_of(key) is None)
        for sha256 in queries.without_row(session, named):
            if _again(session, objects, sha256) is Fault.ORPHAN:
                yield Checked(named[sha256], Fault.ORPHAN)


def _fault(objects: stores.Store, sha256: str) -> Fault | None:
    digest = hashlib.sha256()
    try:
        for piece in objects.read(stores.final_key(sha256)):
            digest.update(piece)
    except NotFound:
        return Fault.MISSING
    return None if digest.hexdigest() == sha256 else Fault.CHANGED


def _again(session: Session, objects: stores.Store, sha256: str) -> Fault | None:
    """With the content locked nobody is about to commit its row or to remove its object."""
    with session.begin_nested() as savepoint:
        lock_content(session, sha256)
        fault = _fault(objects, sha256)
        if queries.without_row(session, [sha256]):
            # Removed meanwhile: without bytes there is nothing left to complain of.
            fault = None if fault is Fault.MISSING else Fault.ORPHAN
        savepoint.rollback()  # gives the lock back, which else would last to the end
    return fault
