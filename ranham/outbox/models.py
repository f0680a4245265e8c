"""Messages to leave after commit: notices from room to room, and deliveries to addresses outside."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.outbox.states import Outcome, State


class FailureKind(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


class OutboxMessage(Model):
    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_waiting", "id", postgresql_where="handled_at IS NULL"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    created_at: Mapped[datetime]
    topic: Mapped[str]
    """What kind of message it is; says who delivers it."""
    key: Mapped[str] = mapped_column(unique=True)
    """What makes it this message: the same key is the same message."""
    payload: Mapped[dict[str, Any]]
    handled_at: Mapped[datetime | None]


class DeliveryClaim(Model):
    """A batch in the hands of a worker; gone when the batch is done."""

    __tablename__ = "delivery_claim"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    worker: Mapped[str]
    claimed_at: Mapped[datetime]
    until: Mapped[datetime]
    """By the database's clock; afterwards the worker counts as dead."""
    reached: Mapped[int | None]
    """The one delivery that may have been begun and has no outcome yet; none: nothing was begun."""
    provider: Mapped[str | None]
    """Who may have got that one."""


class Delivery(Model):
    """One message to one address."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("(state = 'sending') = (claim_id IS NOT NULL)", name="claimed_while_sending"),
        CheckConstraint("language IN ('id', 'en')", name="language"),
        Index(
            "ix_delivery_waiting",
            "channel",
            "next_attempt_at",
            "id",
            postgresql_where=text("state IN ('created', 'temporary_failure')"),
        ),
        Index("ix_delivery_claim", "claim_id", postgresql_where=text("claim_id IS NOT NULL")),
        Index("ix_delivery_unknown", "state_at", postgresql_where=text("state = 'unknown'")),
        Index("ix_delivery_provider_ref", "provider_ref", postgresql_where=text("provider_ref IS NOT NULL")),
        Index("ix_delivery_address", text("lower(address)")),
        Index("ix_delivery_ref", "kind", "ref"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """What makes it this message, for example `reminder:123`: the same key is sent once."""
    message_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    """Part of the Message-ID, the same in each attempt."""
    kind: Mapped[str]
    """What it tells of; says who composes it."""
    ref: Mapped[int]
    """Id of that thing in its own room."""
    channel: Mapped[str]
    address: Mapped[str]
    name: Mapped[str]
    language: Mapped[str]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    """Once it was tried and its receiver asked for a wait, until then; so long nothing else goes there either."""
    expires_at: Mapped[datetime | None]
    """From then on it is cancelled instead of sent."""
    state: Mapped[State] = mapped_column(stored(State, "state"))
    state_at: Mapped[datetime]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_claim.id"))
    provider: Mapped[str | None]
    """The last that was asked to take it."""
    provider_ref: Mapped[str | None]
    """What that provider calls it."""
    because: Mapped[str | None]
    """Why it was cancelled, or the last refusal."""


class DeliveryContent(Model):
    """What is sent: made at the first claim and the same in each attempt; emptied after the time of retention."""

    __tablename__ = "delivery_content"

    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), primary_key=True, autoincrement=False)
    composed_at: Mapped[datetime]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str | None]
    unsubscribe: Mapped[str | None]
    """Address for List-Unsubscribe."""
    purged_at: Mapped[datetime | None]


class DeliveryAttachment(Model):
    __tablename__ = "delivery_attachment"

    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("delivery_content.delivery_id"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    media_type: Mapped[str]
    data: Mapped[bytes]


class DeliveryAttempt(Model):
    """One try, as it ended."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (Index("ix_delivery_attempt_ended", "ended_at", "provider"),)

    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    provider: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[Outcome] = mapped_column(stored(Outcome, "outcome"))
    reply: Mapped[str | None]
    """What the provider said; never a secret; emptied after the time of retention."""


class AddressFailure(Model):
    """An address to which nothing is sent until somebody has mended it."""

    __tablename__ = "address_failure"

    channel: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    """In small letters."""
    kind: Mapped[FailureKind] = mapped_column(stored(FailureKind, "failure_kind"))
    since: Mapped[datetime]
    reply: Mapped[str | None]
    mended_at: Mapped[datetime | None]
