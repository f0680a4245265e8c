"""What is settled for many deliveries at once, before any is claimed."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from ranham.outbox.deliveries.claiming import DUE, UNMENDED, recover
from ranham.outbox.shapes import Tally
from ranham.outbox.states import Event, in_sql, sources

EXPIRE = text(f"""
UPDATE delivery SET state = 'cancelled', state_at = :now,
                    because = 'expired at ' || to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
                              || coalesce('; the last attempt: ' || because, '')
WHERE state IN {in_sql(sources(Event.CLAIM))} AND expires_at <= :now
""")
BLOCK = text(f"""
UPDATE delivery d SET state = 'permanent_failure', state_at = :now,
    because = 'not sent: the address failed before; once it is right: ranham outbox mend'
WHERE d.state IN {in_sql(sources(Event.BLOCK))} AND d.next_attempt_at <= :now AND {UNMENDED}
""")
NO_PROVIDER = text(f"""
UPDATE delivery d SET state = 'technical_failure', state_at = :now,
    because = 'no provider is configured for the channel ' || d.channel || ', see docs/delivery.md'
WHERE {DUE} AND d.channel <> ALL(:channels)
""")
NO_COMPOSER = text(f"""
UPDATE delivery d SET state = 'technical_failure', state_at = :now,
    because = 'nobody composes messages of the kind ' || d.kind || ' in this version'
WHERE {DUE} AND d.kind <> ALL(:kinds) AND NOT EXISTS (SELECT FROM delivery_content c WHERE c.delivery_id = d.id)
""")
SEND_AGAIN = text(f"""
UPDATE delivery SET state = 'created', state_at = :now, next_attempt_at = :now
WHERE state = 'unknown' AND state IN {in_sql(sources(Event.RETRY))} AND state_at <= :before
""")
WAITING = text(f"SELECT d.channel, count(*) FROM delivery d WHERE {DUE} GROUP BY 1 ORDER BY 1")
ADDRESSES = text(f"""
SELECT d.channel, d.address FROM delivery d WHERE d.channel = ANY(:channels) AND {DUE}
GROUP BY 1, 2 ORDER BY min(d.next_attempt_at), 1, 2
""")
LAST_MINUTE = text("""
SELECT provider, count(*) FROM delivery_attempt
WHERE ended_at > :since AND provider IS NOT NULL AND outcome IN ('accepted', 'unknown', 'deferred', 'refused') GROUP BY 1
""")


def tidy(session: Session, *, kinds: Collection[str], now: datetime, send_again_after: timedelta | None) -> Tally:
    """Dead claims, expired deliveries, failed addresses, kinds that nobody composes.

    `send_again_after`: what has been unknown for so long is sent again; without it a person decides.
    """
    unknown, released = recover(session, now=now)
    if send_again_after is not None:
        # Not at once: a worker that is only slow may still tell.
        session.execute(SEND_AGAIN, {"now": now, "before": now - send_again_after})
    expired = _count(session.execute(EXPIRE, {"now": now}))
    blocked = _count(session.execute(BLOCK, {"now": now}))
    failed = _count(session.execute(NO_COMPOSER, {"now": now, "kinds": list(kinds)}))
    return Tally(unknown=unknown, released=released, expired=expired, blocked=blocked, failed=failed)


def refuse_unroutable(session: Session, *, channels: Collection[str], now: datetime) -> int:
    """End deliveries over channels that nobody takes; their number."""
    return _count(session.execute(NO_PROVIDER, {"now": now, "channels": list(channels)}))


def waiting_by_channel(session: Session, *, now: datetime) -> dict[str, int]:
    return dict(session.execute(WAITING, {"now": now}).tuples().all())


def waiting_addresses(session: Session, channels: Collection[str], *, now: datetime) -> list[tuple[str, str]]:
    """Channel and address of what is due, the longest due first."""
    found = session.execute(ADDRESSES, {"channels": list(channels), "now": now})
    return [(channel, address) for channel, address in found]


def sent_in_last_minute(session: Session, *, now: datetime) -> dict[str, int]:
    """By provider."""
    return dict(session.execute(LAST_MINUTE, {"since": now - timedelta(minutes=1)}).tuples().all())


def _count(result: object) -> int:
    return cast("CursorResult[Any]", result).rowcount
