"""What one thread of a run does: batch after batch of a channel, or message after message to one address."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock, current_thread

from ranham.kernel import clock
from ranham.kernel.database import engine, unit_of_work
from ranham.kernel.settings import settings
from ranham.outbox.deliveries.batch import Run
from ranham.outbox.deliveries.claiming import Batch, Terms, claim, give_back
from ranham.outbox.deliveries.composing import ClaimLost, LeftOut, compose, letters
from ranham.outbox.deliveries.recording import Record, again
from ranham.outbox.providers import Letter
from ranham.outbox.routes import Routes
from ranham.outbox.rules import Backoff
from ranham.outbox.shapes import Asked, Tally

TURN_SECONDS = 10.0
"""After which no further message to the same address begins in this round, so that a slow receiver with many messages
does not keep the next round from everybody else; our choice, not a rule."""


@dataclass(slots=True)
class Budget:
    """How many messages may still be claimed, for all threads together."""

    left: int | None
    only: int | None = None
    lock: Lock = field(default_factory=Lock)

    def take(self, most: int) -> int:
        with self.lock:
            if self.left is None:
                return most
            taken = min(most, self.left)
            self.left -= taken
            return taken

    def give(self, back: int) -> None:
        with self.lock:
            if self.left is not None:
                self.left += back


@dataclass(frozen=True, slots=True)
class Shared:
    """What all threads of a run have in common."""

    asked: Asked
    now: Callable[[], datetime]
    routes: Routes
    budget: Budget


def in_batches(channels: Sequence[str], shared: Shared) -> Tally:
    """One channel after the other, until nothing is due or nobody takes it."""
    tally = Tally()
    with _run(shared) as run:
        for channel in channels:
            while shared.routes.choose(channel) is not None:
                batch = _claim(channel, None, settings().outbox_batch, shared)
                if batch is None:
                    break
                tally += _send(batch, shared.asked, run, keep=True)
    return tally


def one_by_one(channel: str, address: str, shared: Shared) -> Tally:
    """To one address, until nothing is due, it fails or refuses, or its turn is over. Nobody waits for it but itself.

    While the receiver is awaited no connection to the database is held, so there may be many of these.
    """
    tally, until = Tally(), clock.stopwatch() + TURN_SECONDS
    with _run(shared) as run:
        while shared.routes.choose(channel) is not None and not shared.routes.is_left_alone(channel, address):
            batch = _claim(channel, address, 1, shared)
            if batch is None:
                break
            made = _send(batch, shared.asked, run, keep=False)
            tally += made
            if made.deferred:
                shared.routes.leave_alone(channel, address)
            # What a refusal means for what else waits there is looked at between the rounds.
            if made.refused or clock.stopwatch() >= until:
                break
    return tally


@contextmanager
def _run(shared: Shared) -> Iterator[Run]:
    config = settings()
    backoff = Backoff(config.outbox_tries, config.outbox_retry_first_seconds, config.outbox_retry_longest_seconds)
    run = Run(Record(engine(), config.outbox_claim_seconds), shared.routes, shared.now, backoff)
    try:
        yield run
    finally:
        run.close()


def _claim(channel: str, address: str | None, most: int, shared: Shared) -> Batch | None:
    size = shared.budget.take(most)
    if not size:
        return None
    worker = f"{socket.gethostname()}:{os.getpid()}:{current_thread().name}"
    terms = Terms(worker, size, settings().outbox_claim_seconds, shared.budget.only, address)

    def take() -> Batch | None:
        with unit_of_work() as session:
            return claim(session, channel, terms, now=shared.now())

    batch = again(take)
    shared.budget.give(size - (len(batch.rows) if batch else 0))
    return batch


def _send(batch: Batch, asked: Asked, run: Run, *, keep: bool) -> Tally:
    """One batch. Only what was surely not begun is given back: on an error nothing is, and the claim runs out.

    `keep` the connection that outcomes are written over: many threads that each hold one and want another would wait for ever.
    """

    def make() -> tuple[LeftOut, dict[int, Letter]]:
        with unit_of_work() as session:
            return compose(session, batch, asked, now=run.now()), letters(session, batch.rows)

    def end() -> int:
        with unit_of_work() as session:
            return give_back(session, batch.claim, now=run.now())

    try:
        left_out, made = again(make)
    except ClaimLost:
        return Tally()
    tally = run.send(batch, made, left_out.withdrawn | left_out.held)
    if not keep:
        run.record.close()
    return tally + Tally(withdrawn=len(left_out.withdrawn), held=len(left_out.held), released=again(end))
