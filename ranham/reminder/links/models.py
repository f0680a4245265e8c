"""Links that work without signing in. Of each only the hash is kept; the link itself is in the message alone."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.reminder.models import Reminder
from ranham.territory.models import ReportingUnit, VerifyingOffice


class Purpose(StrEnum):
    CONTACT = "contact"
    """See what is stored of a recipient, and confirm or correct it, once."""
    UNSUBSCRIBE = "unsubscribe"
    """End copies, and nothing else."""


class Outcome(StrEnum):
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    UNSUBSCRIBED = "unsubscribed"


class ContactLink(Model):
    __tablename__ = "contact_link"
    __table_args__ = (
        CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="hash"),
        CheckConstraint("(used_at IS NULL) = (outcome IS NULL)", name="used"),
        CheckConstraint("recipient ~ '^(person|contact):[0-9]+$'", name="recipient"),
        Index("ix_contact_link_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the token in hexadecimal."""
    purpose: Mapped[Purpose] = mapped_column(stored(Purpose, "purpose"))
    recipient: Mapped[str]
    """`person:5` or `contact:7`, as in the ledger of reminders."""
    reminder_id: Mapped[int | None] = mapped_column(ForeignKey(Reminder.id))
    """The message that carried the link; empty: one that asks to confirm a new address."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    """A link changes something once."""
    outcome: Mapped[Outcome | None] = mapped_column(stored(Outcome, "outcome"))


class CalendarFeed(Model):
    """A calendar that programs subscribe to by its secret address, as they cannot sign in."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        CheckConstraint("unit_id IS NULL OR office_id IS NULL", name="one_place"),
        CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="hash"),
        CheckConstraint("language IN ('id', 'en')", name="language"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    hash: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(ReportingUnit.id))
    office_id: Mapped[int | None] = mapped_column(ForeignKey(VerifyingOffice.id))
    """Kanwil. Without a unit and an office: all units."""
    language: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
