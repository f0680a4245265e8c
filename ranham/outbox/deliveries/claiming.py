"""A batch is taken by one worker: durably, so that after any crash the rows tell what was begun and what was not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.outbox.shapes import APART, Due
from ranham.outbox.states import WAITING, Event, in_sql, sources

APART_CHANNELS = ", ".join(f"'{channel}'" for channel in APART)
UNMENDED = f"""(d.channel NOT IN ({APART_CHANNELS}) AND EXISTS (
    SELECT FROM address_failure f WHERE f.channel = d.channel AND f.address = lower(d.address) AND f.mended_at IS NULL))"""
# What was tried was due then: its `not_before` lies after that only where its receiver asked for a wait. One that was
# taken or cancelled since asks for none.
ASKS = """w.channel = d.channel AND lower(w.address) = lower(d.address) AND w.address = d.address AND w.attempts > 0
    AND w.not_before > :now AND w.state NOT IN ('delivered_to_provider', 'delivered', 'pending', 'cancelled')"""
# Whether there is such a one, not until when: that would be read again for each message that waits.
LEFT_ALONE = f"(d.channel IN ({APART_CHANNELS}) AND EXISTS (SELECT FROM delivery w WHERE {ASKS}))"
ITS_TIME = f"d.state IN {in_sql(WAITING)} AND d.next_attempt_at <= :now AND NOT {LEFT_ALONE}"
TRIED = f"""(SELECT channel, address, max(not_before) AS until FROM delivery
             WHERE channel IN ({APART_CHANNELS}) AND attempts > 0 AND not_before <= :now GROUP BY 1, 2)"""
DUE = f"{ITS_TIME} AND (d.expires_at IS NULL OR d.expires_at > :now) AND NOT {UNMENDED}"

PICK = text(f"""
SELECT d.id FROM delivery d WHERE d.channel = :channel AND (cast(:only AS bigint) IS NULL OR d.id = :only)
  AND (cast(:address AS text) IS NULL OR d.address = :address) AND {DUE}
ORDER BY d.next_attempt_at, d.id LIMIT :size FOR UPDATE SKIP LOCKED
""")
HOLD = text(f"""
WITH held AS (INSERT INTO delivery_claim (worker, claimed_at, until)
              VALUES (:worker, now(), now() + make_interval(secs => :life)) RETURNING id)
UPDATE delivery d SET state = 'sending', state_at = :now, claim_id = held.id
FROM held WHERE d.id = ANY(:ids) AND d.state IN {in_sql(sources(Event.CLAIM))}
RETURNING held.id, d.id, d.kind, d.ref, d.channel, d.address, d.name, d.language, d.message_id::text, d.key, d.attempts,
          d.expires_at
""")
GIVE_BACK = text(f"""
UPDATE delivery SET state = 'created', state_at = :now, claim_id = NULL
WHERE claim_id = :claim AND state IN {in_sql(sources(Event.RELEASE))}
""")
END = text("DELETE FROM delivery_claim WHERE id = :claim")

DEAD = text("SELECT id FROM delivery_claim WHERE until < now() ORDER BY id FOR UPDATE SKIP LOCKED")
LOST = text(f"""
WITH lost AS (
    UPDATE delivery d SET state = 'unknown', state_at = :now, attempts = d.attempts + 1, claim_id = NULL,
                          provider = c.provider, because = :because
    FROM delivery_claim c
    WHERE c.id = ANY(:dead) AND d.claim_id = c.id AND d.id = c.reached AND d.state IN {in_sql(sources(Event.LOSE))}
    RETURNING d.id, d.attempts, d.provider, c.claimed_at
)
INSERT INTO delivery_attempt (delivery_id, number, provider, started_at, ended_at, outcome, reply)
SELECT id, attempts, provider, claimed_at, :now, 'unknown', :because FROM lost
""")
NOT_BEGUN = text(f"""
UPDATE delivery SET state = 'created', state_at = :now, claim_id = NULL
WHERE claim_id = ANY(:dead) AND state IN {in_sql(sources(Event.RELEASE))}
""")
BURY = text("DELETE FROM delivery_claim WHERE id = ANY(:dead)")
WORKER_LOST = "the worker was lost after this message may have gone and before the answer was written"


@dataclass(frozen=True, slots=True)
class Claimed:
    due: Due
    key: str
    attempts: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Batch:
    claim: int
    rows: tuple[Claimed, ...]
    """In the order in which they are sent: by id."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How batches are taken."""

    worker: str
    size: int
    life_seconds: float
    """How long the worker may be silent."""
    only: int | None = None
    """One delivery, and no other."""
    address: str | None = None
    """To this address, and no other."""


def claim(session: Session, channel: str, terms: Terms, *, now: datetime) -> Batch | None:
    """The next batch of the channel; None when nothing is due. It counts once the caller has committed."""
    asked = {"channel": channel, "now": now, "size": terms.size, "only": terms.only, "address": terms.address}
    ids = list(session.scalars(PICK, asked))
    if not ids:
        return None
    rows = session.execute(HOLD, {"ids": ids, "worker": terms.worker, "life": terms.life_seconds, "now": now}).all()
    claimed = [Claimed(Due(*row[1:9]), *row[9:]) for row in rows]
    return Batch(rows[0][0], tuple(sorted(claimed, key=lambda row: row.due.id)))


def give_back(session: Session, claim: int, *, now: datetime) -> int:
    """End a claim; what has no outcome was not begun and waits again. Their number."""
    released = session.execute(GIVE_BACK, {"claim": claim, "now": now})
    session.execute(END, {"claim": claim})
    return _count(released)


def recover(session: Session, *, now: datetime) -> tuple[int, int]:
    """End the claims of dead workers: how many deliveries became unknown, and how many wait again.

    A worker writes the outcome of each message before it begins the next, and which one may be begun in the same
    statement. So at most one message of a claim is in doubt; the others are done, or were never begun.
    """
    dead: Sequence[int] = session.scalars(DEAD).all()
    if not dead:
        return 0, 0
    lost = session.execute(LOST, {"dead": dead, "now": now, "because": WORKER_LOST})
    waiting = session.execute(NOT_BEGUN, {"dead": dead, "now": now})
    session.execute(BURY, {"dead": dead})
    return _count(lost), _count(waiting)


def _count(result: object) -> int:
    return int(getattr(result, "rowcount", 0))
