"""Writes what became of each message before the next one is begun, also when the database goes away in between."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree

from ranham.outbox.providers import Answer, Provider
from ranham.outbox.rules import Settled
from ranham.outbox.states import TRANSITIONS, Event, State, sources

T = TypeVar("T")

HEARD_AFTER_ALL = [
    event.value for event in Event if State.UNKNOWN in sources(event) and State.SENDING in sources(event)
]
"""A worker that was taken for dead knows better than whoever took it for dead."""
LATE = f"(d.state = 'unknown' AND d.attempts = :number AND :event = ANY(ARRAY{HEARD_AFTER_ALL}))"
RECORD = text(f"""
WITH moved AS (
    UPDATE delivery d
    SET state = :state, state_at = :at, attempts = :number, next_attempt_at = coalesce(:next_at, d.next_attempt_at),
        not_before = coalesce(:left_alone_until, d.not_before),
        claim_id = NULL, provider = :provider, provider_ref = coalesce(:ref, d.provider_ref), because = :because
    WHERE d.id = :id AND (d.claim_id = :claim OR {LATE})
    RETURNING d.id, d.channel, d.address
), said AS (
    INSERT INTO delivery_attempt AS a (delivery_id, number, provider, started_at, ended_at, outcome, reply)
    SELECT id, :number, :provider, :began, :at, :outcome, :reply FROM moved
    ON CONFLICT (delivery_id, number) DO UPDATE
    SET provider = excluded.provider, started_at = excluded.started_at, ended_at = excluded.ended_at,
        outcome = excluded.outcome, reply = excluded.reply
), wrong AS (
    INSERT INTO address_failure AS f (channel, address, kind, since, reply)
    SELECT channel, lower(address), 'bounce', :at, :reply FROM moved WHERE :address_failed
    ON CONFLICT (channel, address) DO UPDATE SET kind = 'bounce', since = excluded.since, reply = excluded.reply,
                                                 mended_at = NULL
    WHERE f.mended_at IS NOT NULL
)
UPDATE delivery_claim SET until = now() + make_interval(secs => :life), reached = :reached, provider = :reached_by
WHERE id = :claim
RETURNING true
""")
"""One statement, one commit: the outcome of a message, and which one may be begun next."""
MARK = text("""
UPDATE delivery_claim SET until = now() + make_interval(secs => :life), reached = :reached, provider = :reached_by
WHERE id = :claim
RETURNING true
""")
PAUSES = (0.0, 0.1, 0.3, 1.0, 2.0, 5.0)
PATIENCE_SECONDS = 600


@dataclass(slots=True)
class Record:
    """One thread's own connection to the database, made anew whenever it is lost."""

    engine: Engine
    life_seconds: float
    connection: Connection | None = None

    def mark(self, claim: int, reached: int | None, provider: Provider | None) -> bool:
        """Say which message may be begun from now on; False: the claim is lost and nothing may be sent."""
        return self._run(MARK, {"claim": claim, **self._reach(reached, provider)})

    def write(
        self, claim: int, attempt: "Attempt", settled: Settled, next_: tuple[int | None, Provider | None]
    ) -> bool:
        """Write an outcome, and which message is begun next; False: the claim is lost, the outcome written anyway."""
        values = {
            "claim": claim,
            "id": attempt.id,
            "number": attempt.number,
            "provider": attempt.provider.name if attempt.provider else None,
            "began": attempt.began,
            "at": attempt.ended,
            "outcome": attempt.answer.outcome.value,
            "reply": attempt.answer.reply,
            "ref": attempt.answer.provider_ref,
            "address_failed": attempt.answer.address_failed,
            "event": settled.event.value,
            "state": TRANSITIONS[State.SENDING, settled.event].value,
            "because": settled.because,
            "next_at": settled.next_at,
            "left_alone_until": settled.left_alone_until,
            **self._reach(*next_),
        }
        return self._run(RECORD, values)

    def close(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()

    def _reach(self, reached: int | None, provider: Provider | None) -> dict[str, object]:
        return {"life": self.life_seconds, "reached": reached, "reached_by": provider.name if provider else None}

    def _run(self, statement: Any, values: dict[str, object]) -> bool:
        return again(lambda: self._once(statement, values))

    def _once(self, statement: Any, values: dict[str, object]) -> bool:
        try:
            if self.connection is None:
                self.connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            return bool(self.connection.scalar(statement, values))
        except (OperationalError, InterfaceError):
            lost, self.connection = self.connection, None
            if lost is not None:
                lost.invalidate()
                lost.close()
            raise


@dataclass(frozen=True, slots=True)
class Attempt:
    id: int
    number: int
    provider: Provider | None
    began: datetime
    ended: datetime
    answer: Answer


def again(work: Callable[[], T]) -> T:
    """Do it until the database answers and a connection is free: what was sent is known here only, and must be written."""
    waited, tries = 0.0, 0
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError, NoneFree):
            if waited > PATIENCE_SECONDS:
                raise
            pause = PAUSES[min(tries, len(PAUSES) - 1)]
            time.sleep(pause)
            waited, tries = waited + max(pause, 0.01), tries + 1
