"""Answers that were given under an Idempotency-Key."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ranham.access.models import Person
from ranham.kernel.model import Model


class IdempotentRequest(Model):
    """One write of a person under a key of their own, with its answer. Written with its effect or not at all."""

    __tablename__ = "idempotent_request"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index("ix_idempotent_request_age", "person_id", "created_at"),
        CheckConstraint("length(key) BETWEEN 1 AND 200", name="key"),
        CheckConstraint("body_sha256 ~ '^[0-9a-f]{64}$'", name="body"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    key: Mapped[str]
    about: Mapped[str]
    """Method, path and query."""
    body_sha256: Mapped[str]
    status: Mapped[int | None]
    """Empty only within the transaction that works on it."""
    headers: Mapped[dict[str, Any] | None]
    response: Mapped[str | None]
    """The body as it was sent."""
    created_at: Mapped[datetime]
