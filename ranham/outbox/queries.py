"""What waits in the outbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Waiting:
    id: int
    created_at: datetime
    topic: str
    key: str
    payload: dict[str, Any]


def waiting(session: Session, limit: int = 100) -> list[Waiting]:
    """Messages that nobody has handled yet, oldest first."""
    rows = session.execute(
        text("""SELECT id, created_at, topic, key, payload FROM outbox_message
                WHERE handled_at IS NULL ORDER BY id LIMIT :limit"""),
        {"limit": limit},
    )
    return [Waiting(*row) for row in rows]
