"""Sends what is due in the outbox, and between its rounds what webhooks need: those that are gone are withdrawn, and what waits
for withdrawn ones is cancelled.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from ranham.kernel.database import unit_of_work
from ranham.outbox.deliveries import Compose, Hold, Tally, send_due
from ranham.outbox.routes import configured
from ranham.release.webhooks.service import settle


def send_rounds(
    composers: Mapping[str, Compose],
    holds: Mapping[str, Hold],
    *,
    now: Callable[[], datetime],
    limit: int | None = None,
    only: int | None = None,
) -> Iterator[Tally]:
    """Round after round, until one sends nothing; what became of each. `limit` holds for all of them, `only` as for `send_due`."""
    # One for all rounds: a provider that failed is left alone until the next run.
    routes, left = configured(), limit
    _settle(now())
    while left is None or left > 0:
        tally = send_due(composers, holds=holds, now=now, routes=routes, limit=left, only=only)
        _settle(now())
        yield tally
        if tally.sent == 0:
            return
        left = None if left is None else left - tally.sent


def _settle(now: datetime) -> None:
    with unit_of_work() as session:
        settle(session, now=now)
