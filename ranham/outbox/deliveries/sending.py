"""Sends what is due: claims, composes, hands over, records."""

import os
import socket
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from ranham.kernel.database import engine, unit_of_work
from ranham.kernel.settings import settings
from ranham.outbox.deliveries import tidying
from ranham.outbox.deliveries.batch import Run
from ranham.outbox.deliveries.claiming import Batch, Terms, claim, give_back
from ranham.outbox.deliveries.composing import ClaimLost, LeftOut, compose, letters
from ranham.outbox.deliveries.recording import Record, again
from ranham.outbox.providers import Letter
from ranham.outbox.routes import Routes, configured
from ranham.outbox.rules import Backoff
from ranham.outbox.shapes import Asked, Compose, Hold, Tally


def send_due(  # noqa: PLR0913 - what a run is
    composers: Mapping[str, Compose],
    *,
    now: Callable[[], datetime],
    holds: Mapping[str, Hold] | None = None,
    routes: Routes | None = None,
    limit: int | None = None,
    only: int | None = None,
) -> Tally:
    """Send what is due and not held, at most `limit` messages; several processes may do so at once. `only`: one delivery.

    What is guaranteed, and what not, is in docs/delivery.md. Without `routes` those of the settings are used. Hand the
    same `routes` to several calls, and providers that failed stay out until the last.
    """
    routes = routes or configured()
    config = settings()
    tally, waiting = again(lambda: _tidy(composers, routes, now()))
    channels = list(waiting)
    if not channels:
        return tally
    size = config.outbox_batch
    budget, asked = Budget(limit, only), Asked(composers, holds or {})
    threads = min(
        config.outbox_connections, config.connections // 2, -(-sum(waiting[each] for each in channels) // size)
    )

    def work(number: int) -> Tally:
        # Each begins at another channel, so that a slow one does not hold up the others.
        turned = channels[number % len(channels) :] + channels[: number % len(channels)]
        return _work(turned, asked, now, routes, budget)

    with ThreadPoolExecutor(threads, "outbox") as pool:
        return sum(pool.map(work, range(threads)), tally)


def _tidy(composers: Mapping[str, Compose], routes: Routes, now: datetime) -> tuple[Tally, dict[str, int]]:
    """What was settled without sending, and how many messages are due over each channel that somebody takes."""
    config = settings()
    again_after = timedelta(seconds=config.outbox_claim_seconds) if config.outbox_unknown == "send_again" else None
    with unit_of_work() as session:
        tally = tidying.tidy(session, kinds=composers, now=now, send_again_after=again_after)
        waiting = tidying.waiting_by_channel(session, now=now)
        routable = {channel: count for channel, count in waiting.items() if routes.providers(channel)}
        if len(routable) < len(waiting):
            tally += Tally(failed=tidying.refuse_unroutable(session, channels=routable, now=now))
        if routes.wants_counts:
            routes.count_earlier(tidying.sent_in_last_minute(session, now=now))
    return tally, routable


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


def _work(
    channels: Sequence[str],
    asked: Asked,
    now: Callable[[], datetime],
    routes: Routes,
    budget: Budget,
) -> Tally:
    """One thread: batch after batch, until nothing is due or nobody takes it."""
    config = settings()
    worker = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    backoff = Backoff(config.outbox_tries, config.outbox_retry_first_seconds, config.outbox_retry_longest_seconds)
    run = Run(Record(engine(), config.outbox_claim_seconds), routes, now, backoff)
    tally = Tally()
    try:
        for channel in channels:
            while routes.choose(channel) is not None:
                size = budget.take(config.outbox_batch)
                terms = Terms(worker, size, config.outbox_claim_seconds, budget.only)
                batch = _claim(channel, terms, now()) if terms.size else None
                budget.give(terms.size - (len(batch.rows) if batch else 0))
                if batch is None:
                    break
                tally += _send(batch, asked, run)
    finally:
        run.close()
    return tally


def _send(batch: Batch, asked: Asked, run: Run) -> Tally:
    """One batch. Only what was surely not begun is given back: on an error nothing is, and the claim runs out."""

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
    return tally + Tally(withdrawn=len(left_out.withdrawn), held=len(left_out.held), released=again(end))


def _claim(channel: str, terms: Terms, now: datetime) -> Batch | None:
    def take() -> Batch | None:
        with unit_of_work() as session:
            return claim(session, channel, terms, now=now)

    return again(take)
