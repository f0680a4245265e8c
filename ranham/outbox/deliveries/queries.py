"""Where deliveries stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.outbox.deliveries.claiming import ASKS, ITS_TIME, TRIED
from ranham.outbox.states import State


@dataclass(frozen=True, slots=True)
class Filter:
    """What is None restricts nothing."""

    state: State | None = None
    channel: str | None = None
    kind: str | None = None
    since: datetime | None = None
    address: str | None = None
    before: int | None = None
    """Only deliveries with a smaller id: the next page of a list, the newest first."""


@dataclass(frozen=True, slots=True)
class Listed:
    id: int
    key: str
    kind: str
    ref: int
    channel: str
    address: str
    name: str
    language: str
    state: str
    state_at: datetime
    created_at: datetime
    not_before: datetime
    expires_at: datetime | None
    attempts: int
    next_attempt_at: datetime
    provider: str | None
    provider_ref: str | None
    message_id: str
    because: str | None


@dataclass(frozen=True, slots=True)
class AttemptMade:
    number: int
    provider: str | None
    started_at: datetime
    ended_at: datetime
    outcome: str
    reply: str | None


@dataclass(frozen=True, slots=True)
class Count:
    state: str
    channel: str
    deliveries: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Failure:
    channel: str
    address: str
    kind: str
    since: datetime
    reply: str | None
    mended_at: datetime | None


COLUMNS = """d.id, d.key, d.kind, d.ref, d.channel, d.address, d.name, d.language, d.state, d.state_at, d.created_at,
             d.not_before, d.expires_at, d.attempts, d.next_attempt_at, d.provider, d.provider_ref, d.message_id::text,
             d.because"""
CONDITIONS = {
    "state": "d.state = :state",
    "channel": "d.channel = :channel",
    "kind": "d.kind = :kind",
    "since": "d.created_at >= :since",
    "address": "lower(d.address) = lower(:address)",
    "before": "d.id < :before",
}


def deliveries(session: Session, where: Filter, *, limit: int | None = None) -> list[Listed]:
    """The newest first."""
    values = {name: getattr(where, name) for name in CONDITIONS if getattr(where, name) is not None}
    conditions = " AND ".join(CONDITIONS[name] for name in values) or "true"
    rows = session.execute(
        text(f"SELECT {COLUMNS} FROM delivery d WHERE {conditions} ORDER BY d.id DESC LIMIT :limit"),
        {**values, "limit": limit},
    )
    return [Listed(*row) for row in rows]


def delivery(session: Session, id_: int) -> tuple[Listed, list[AttemptMade]]:
    row = session.execute(text(f"SELECT {COLUMNS} FROM delivery d WHERE d.id = :id"), {"id": id_}).one_or_none()
    if row is None:
        raise NotFound(f"no delivery {id_}")
    made = session.execute(
        text("""SELECT number, provider, started_at, ended_at, outcome, reply FROM delivery_attempt
                WHERE delivery_id = :id ORDER BY number"""),
        {"id": id_},
    )
    return Listed(*row), [AttemptMade(*each) for each in made]


def count_unknown(session: Session, ids: Sequence[int]) -> int:
    unknown = text("SELECT count(*) FROM delivery WHERE id = ANY(:ids) AND state = 'unknown'")
    return session.scalar(unknown, {"ids": list(ids)}) or 0


def count_due(session: Session, *, now: datetime) -> tuple[int, datetime | None]:
    """How many a worker would look at now, and since when the first of them could have gone."""
    row = session.execute(
        text(f"""SELECT count(*), min(greatest(d.next_attempt_at, t.until))
                 FROM delivery d LEFT JOIN {TRIED} t USING (channel, address) WHERE {ITS_TIME}"""),
        {"now": now},
    ).one()
    return row[0], row[1]


def left_alone_until(session: Session, channel: str, address: str, *, now: datetime) -> datetime | None:
    """Until when a receiver asked that nothing is sent to it; None: it did not, or that is over."""
    asked = f"""SELECT max(w.not_before) FROM delivery w, (SELECT :channel AS channel, :address AS address) d WHERE {ASKS}"""
    until: datetime | None = session.scalar(text(asked), {"channel": channel, "address": address, "now": now})
    return until


def count_for_a_person(session: Session) -> int:
    """Those that nothing happens to until somebody decides or mends something."""
    return session.scalar(text("SELECT count(*) FROM delivery WHERE state IN ('technical_failure', 'unknown')")) or 0


def counts(session: Session) -> list[Count]:
    rows = session.execute(
        text("SELECT state, channel, count(*), min(state_at) FROM delivery GROUP BY 1, 2 ORDER BY 1, 2")
    )
    return [Count(*row) for row in rows]


def failures(session: Session, *, all_: bool = False) -> list[Failure]:
    """Addresses that wait to be mended; with `all_` also those that were."""
    rows = session.execute(
        text("""SELECT channel, address, kind, since, reply, mended_at FROM address_failure
                WHERE :all OR mended_at IS NULL ORDER BY since, channel, address"""),
        {"all": all_},
    )
    return [Failure(*row) for row in rows]
