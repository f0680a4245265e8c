"""Messages to leave after commit: written with what they tell of, delivered later by somebody else."""

from datetime import datetime
from typing import Any

from sqlalchemy import Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model


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
