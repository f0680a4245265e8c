"""Events for the tests, and what somebody with the owner's rights could do to them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.audit import service

NOW = datetime(2022, 9, 20, 3, 4, 5, tzinfo=UTC)


def record(session: Session, number: int = 1, **changes: Any) -> None:
    said: dict[str, Any] = {
        "actor": "cli:test",
        "kind": "thing.done",
        "subject": "thing",
        "subject_id": number,
        "detail": {"note": "Kabupaten Pidie Jaya – “nihil”", "number": number},
        "now": NOW,
    }
    service.record(session, **(said | changes))


def tamper(session: Session, statement: str) -> None:
    """As the owner of the table with its guards taken away."""
    session.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
    session.execute(text(statement))
    session.execute(text("ALTER TABLE audit_event ENABLE TRIGGER USER"))
