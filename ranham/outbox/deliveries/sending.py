"""Sends what is due: claims, composes, hands over, records."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain

from ranham.kernel.database import unit_of_work
from ranham.kernel.settings import settings
from ranham.outbox.deliveries import tidying
from ranham.outbox.deliveries.recording import again
from ranham.outbox.deliveries.working import Budget, Shared, in_batches, one_by_one
from ranham.outbox.routes import Routes, configured
from ranham.outbox.shapes import APART, Asked, Compose, Hold, Tally


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
    same `routes` to several calls, and providers and receivers that failed stay out until the last.
    """
    routes = routes or configured()
    config = settings()
    tally, waiting, addresses = again(lambda: _tidy(composers, routes, now()))
    shared = Shared(Asked(composers, holds or {}), now, routes, Budget(limit, only))
    channels = [channel for channel in waiting if channel not in APART]
    batches = -(-sum(waiting[each] for each in channels) // config.outbox_batch)
    threads = min(config.outbox_connections, config.connections // 2, batches)

    def work(number: int) -> Tally:
        # Each begins at another channel, so that a slow one does not hold up the others.
        turned = channels[number % len(channels) :] + channels[: number % len(channels)]
        return in_batches(turned, shared)

    def lane(to: tuple[str, str]) -> Tally:
        return one_by_one(*to, shared)

    with (
        ThreadPoolExecutor(max(threads, 1), "outbox") as together,
        ThreadPoolExecutor(config.outbox_receivers, "receiver") as apart,
    ):
        begun = together.map(work, range(threads)), apart.map(lane, addresses)
        return sum(chain(*begun), tally)


def _tidy(
    composers: Mapping[str, Compose], routes: Routes, now: datetime
) -> tuple[Tally, dict[str, int], list[tuple[str, str]]]:
    """What was settled without sending, how many messages are due over each channel that somebody takes, and of channels
    whose addresses are servers of their own to which ones: channel and address."""
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
        apart = tidying.waiting_addresses(session, [each for each in APART if each in routable], now=now)
    return tally, routable, apart
