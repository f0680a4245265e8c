"""What providers tell later, by a call-back or a bounce: the same news twice changes nothing."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Busy, NotFound
from ranham.outbox.models import Delivery, FailureKind
from ranham.outbox.shapes import APART
from ranham.outbox.states import REPORTED, Report, State, advance

NEWEST_TO_ADDRESS = """
SELECT id FROM delivery WHERE lower(address) = lower(:address) AND channel = 'email'
AND state IN ('delivered_to_provider', 'pending', 'delivered', 'unknown', 'permanent_failure') ORDER BY state_at DESC, id DESC LIMIT 1
"""
FAIL_ADDRESS = text("""
INSERT INTO address_failure AS f (channel, address, kind, since, reply)
VALUES (:channel, lower(:address), :kind, :now, :reply)
ON CONFLICT (channel, address) DO UPDATE
SET kind = excluded.kind, since = excluded.since, reply = excluded.reply, mended_at = NULL
WHERE f.mended_at < (SELECT max(ended_at) FROM delivery_attempt WHERE delivery_id = :id)
""")
"""News of a message that went before the address was mended is no news of the address as it is now."""


class Taken(StrEnum):
    """What a report did."""

    CHANGED = "changed"
    KNOWN = "known"
    """The delivery stands so already, or further on."""


def record_status(  # noqa: PLR0913 - a report is that many facts
    session: Session,
    status: Report,
    *,
    now: datetime,
    provider: str | None = None,
    provider_ref: str | None = None,
    message_id: str | None = None,
    reply: str | None = None,
) -> Taken:
    """Take a provider's news of a message, named by what the provider calls it or by our Message-ID (a UUID).

    `NotFound`: no such message. `Busy`: it is being sent at this moment; the provider should say it again later.
    """
    found = select(Delivery).with_for_update()
    if message_id is not None:
        try:
            found = found.where(Delivery.message_id == uuid.UUID(message_id))
        except ValueError:
            raise NotFound(f"no message {message_id}") from None
    elif provider is not None and provider_ref is not None:
        found = found.where(Delivery.provider == provider, Delivery.provider_ref == provider_ref)
    else:
        raise NotFound("a report names its message: by the provider and what it calls it, or by the Message-ID")
    delivery = session.scalar(found)
    if delivery is None:
        raise NotFound(f"no message {message_id or provider_ref}")
    return _take(session, delivery, status, reply, now=now)


def record_for_address(session: Session, address: str, status: Report, *, now: datetime, reply: str | None) -> Taken:
    """The same where only the recipient is known: the newest e-mail that went there."""
    id_ = session.scalar(text(NEWEST_TO_ADDRESS), {"address": address})
    delivery = session.get(Delivery, id_, with_for_update=True) if id_ else None
    if delivery is None:
        raise NotFound(f"no message to {address}")
    return _take(session, delivery, status, reply, now=now)


def _take(session: Session, delivery: Delivery, status: Report, reply: str | None, *, now: datetime) -> Taken:
    if delivery.state is State.SENDING:
        raise Busy(f"delivery {delivery.id} is being sent at this moment")
    if status in (Report.FAILED, Report.COMPLAINT) and delivery.channel not in APART:
        kind = FailureKind.BOUNCE if status is Report.FAILED else FailureKind.COMPLAINT
        session.execute(
            FAIL_ADDRESS,
            {
                "id": delivery.id,
                "channel": delivery.channel,
                "address": delivery.address,
                "kind": kind.value,
                "now": now,
                "reply": reply,
            },
        )
    after = advance(delivery.state, REPORTED[status])
    if after is None or after is delivery.state:
        return Taken.KNOWN
    delivery.state, delivery.state_at, delivery.because = after, now, reply
    session.flush()
    return Taken.CHANGED
