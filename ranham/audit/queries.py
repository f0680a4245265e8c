"""Reading the chain: whether it holds, what it says, and its lines for a check without this program."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.audit.rules import FIRST_PREVIOUS_HASH, Event, fault

COLUMNS = "id, at, actor, kind, subject, subject_id, payload, previous_hash, hash"
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class ChainReport:
    events: int
    """Events that hold, counted from the first."""
    head_hash: str
    """Hash of the last of them. Written down elsewhere, it shows later whether the end was cut off."""
    broken_at: int | None
    """The first event that does not hold."""
    reason: str | None


def verify(session: Session, anchors: Mapping[int, str] | None = None) -> ChainReport:
    """Compute every hash anew, event by event, without holding them all in memory.

    `anchors` are hashes by number that were written down elsewhere: only they show that the end was cut off, or that
    the chain was made anew as a whole.
    """
    count, head, known = 0, FIRST_PREVIOUS_HASH, dict(anchors or {})
    with closing(_chain(session)) as chain:
        for event in chain:
            reason = fault(event, number=count + 1, previous_hash=head)
            if reason is not None:
                return ChainReport(count, head, event.id, reason)
            count, head = count + 1, event.hash
            if known.pop(count, head) != head:
                return ChainReport(
                    count - 1, event.previous_hash, count, "its hash is not the one that was written down"
                )
    if known:
        return ChainReport(count, head, count + 1, f"it is missing, and event {max(known)} was written down")
    return ChainReport(count, head, None, None)


def events(
    session: Session, *, subject: str | None = None, subject_id: int | None = None, limit: int = 100
) -> list[Event]:
    """The newest events, all or those about one kind of thing or one thing; newest first."""
    rows = session.execute(
        text(f"""
            SELECT {COLUMNS} FROM audit_event
            WHERE (cast(:subject AS text) IS NULL OR subject = :subject)
              AND (cast(:subject_id AS bigint) IS NULL OR subject_id = :subject_id)
            ORDER BY id DESC LIMIT :limit
        """),
        {"subject": subject, "subject_id": subject_id, "limit": limit},
    )
    return [Event(*row) for row in rows]


def lines(session: Session) -> Iterator[str]:
    """Oldest first, one line per event: hash, previous hash and payload, with tabs between them.

    A payload has neither tabs nor line ends of its own; the trigger refuses them.
    """
    for event in _chain(session):
        yield f"{event.hash}\t{event.previous_hash}\t{event.payload}\n"


def _chain(session: Session) -> Generator[Event]:
    statement = text(f"SELECT {COLUMNS} FROM audit_event ORDER BY id")
    with session.execute(statement, execution_options={"yield_per": AT_ONCE}) as rows:
        for row in rows:
            yield Event(*row)
