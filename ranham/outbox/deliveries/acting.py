"""What people do to deliveries: send again, cancel, mend addresses, empty what is old."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Finding, NotFound
from ranham.outbox.deliveries.claiming import APART_CHANNELS, ASKS
from ranham.outbox.states import ENDED, WAITING, Event, State, in_sql, sources

LOCK = text("SELECT id, state FROM delivery WHERE id = ANY(:ids) ORDER BY id FOR UPDATE")
EMPTIED = text("SELECT delivery_id FROM delivery_content WHERE delivery_id = ANY(:ids) AND purged_at IS NOT NULL")
RETRY = text("""
UPDATE delivery SET state = 'created', state_at = :now, next_attempt_at = :now, because = NULL,
                    not_before = least(not_before, :now)
WHERE id = ANY(:ids)
""")
# Whichever of several messages asked for it: a person knows the receiver, and not which message it was.
END_WAIT = text(f"""
UPDATE delivery w SET not_before = :now FROM delivery d WHERE d.id = ANY(:ids) AND d.channel IN ({APART_CHANNELS}) AND w.id <> d.id AND {ASKS}
""")
CANCEL = text("UPDATE delivery SET state = 'cancelled', state_at = :now, because = :because WHERE id = ANY(:ids)")
OVERTAKE = text(f"""
UPDATE delivery d SET state = 'cancelled', state_at = :now, because = 'overtaken by ' || o.by
FROM unnest(cast(:ids AS bigint[]), cast(:by AS text[])) AS o (id, by)
WHERE d.id = o.id AND d.state IN {in_sql(WAITING)}
""")
MEND = text("""
UPDATE address_failure SET mended_at = :now
WHERE address = lower(:address) AND channel = coalesce(:channel, channel) AND mended_at IS NULL
""")
OLD = f"SELECT id FROM delivery WHERE state IN {in_sql(ENDED)} AND state_at < :before"
PURGE = (
    text(f"DELETE FROM delivery_attachment WHERE delivery_id IN ({OLD})"),
    text(f"UPDATE delivery_attempt SET reply = NULL WHERE reply IS NOT NULL AND delivery_id IN ({OLD})"),
    text(f"""
        UPDATE delivery_content SET subject = '', text = '', html = NULL, unsubscribe = NULL, purged_at = :now
        WHERE purged_at IS NULL AND delivery_id IN ({OLD})
    """),
)


def retry(session: Session, ids: Sequence[int], *, now: datetime, may_arrive_twice: bool = False) -> int:
    """Send again, under the same Message-ID; their number. Nothing is done where one of them cannot be.

    What is unknown may have arrived: only with `may_arrive_twice`. The wait that its receiver asked for, with this message or
    another, is over: a person says so.
    """
    findings = _refusals(session, ids, Event.RETRY)
    for id_, state in session.execute(LOCK, {"ids": list(ids)}):
        if state == State.UNKNOWN and not may_arrive_twice:
            findings.append(Finding(f"delivery {id_}", "unknown: it may have arrived", "--yes if it may arrive twice"))
    findings += [
        Finding(f"delivery {id_}", "its content was emptied after the time of retention", "one that has a content")
        for id_ in session.scalars(EMPTIED, {"ids": list(ids)})
    ]
    if findings:
        raise BadInput(findings)
    session.execute(END_WAIT, {"ids": list(ids), "now": now})
    session.execute(RETRY, {"ids": list(ids), "now": now})
    return len(ids)


def cancel(session: Session, ids: Sequence[int], *, because: str, now: datetime) -> int:
    """Never send them; their number. Nothing is done where one of them cannot be cancelled."""
    if findings := _refusals(session, ids, Event.WITHDRAW):
        raise BadInput(findings)
    session.execute(CANCEL, {"ids": list(ids), "now": now, "because": because})
    return len(ids)


def overtake(session: Session, by: Mapping[int, str], *, now: datetime) -> int:
    """Cancel what still waits, each with what speaks for it; what is being sent or was, stays. Their number."""
    done = session.execute(OVERTAKE, {"ids": list(by), "by": list(by.values()), "now": now})
    return int(getattr(done, "rowcount", 0))


def mend(session: Session, address: str, *, now: datetime, channel: str | None = None) -> int:
    """Say that the address is right again: messages go there from now on."""
    mended = session.execute(MEND, {"address": address.strip(), "channel": channel, "now": now})
    count = int(getattr(mended, "rowcount", 0))
    if not count:
        raise NotFound(f"{address} has no open failure")
    return count


def purge(session: Session, before: datetime, *, now: datetime) -> int:
    """Empty contents and replies of deliveries that ended before then; the rows stay. Number of contents."""
    count = 0
    for statement in PURGE:
        count = int(getattr(session.execute(statement, {"before": before, "now": now}), "rowcount", 0))
    return count


def _refusals(session: Session, ids: Sequence[int], event: Event) -> list[Finding]:
    states = dict(session.execute(LOCK, {"ids": list(ids)}).tuples().all())
    possible = sources(event)
    # One that is being sent is in the hands of a worker, whatever the table allows a composer.
    allowed = [state.value for state in possible if state is not State.SENDING]
    found = [Finding(f"delivery {id_}", "nothing", "the id of a delivery") for id_ in ids if id_ not in states]
    return found + [
        Finding(f"delivery {id_}", states[id_].replace("_", " "), "one of " + ", ".join(allowed).replace("_", " "))
        for id_ in states
        if states[id_] not in allowed
    ]
