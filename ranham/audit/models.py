"""Who did what: an append-only chain in which every event carries the hash of the one before it."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model


class AuditEvent(Model):
    """One event. Only `payload` is written; a trigger fills the rest, so neither chain nor columns can be forged."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_subject", "subject", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 without gaps: a missing number is a missing event."""
    at: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int]
    """These five are read out of the payload by the trigger, for filters."""
    payload: Mapped[str]
    """Canonical JSON of at, actor, kind, subject, subject_id and detail; kept as text, so that its hash never moves."""
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of previous_hash followed by payload, in hexadecimal."""
