"""Makes deliveries."""

from datetime import UTC, datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.outbox.deliveries import NewDelivery, create

NOW = datetime(2022, 9, 20, 2, 0, tzinfo=UTC)


def new(key: str, address: str = "", **changed: object) -> NewDelivery:
    fields: dict[str, object] = {
        "key": key,
        "kind": "reminder",
        "ref": 1,
        "channel": "email",
        "address": address or f"{key}@example.go.id",
        "name": "Operator",
        "language": "id",
        "not_before": NOW,
        "expires_at": None,
    }
    return NewDelivery(**{**fields, **changed})  # type: ignore[arg-type]


def make(engine: Engine, *rows: NewDelivery) -> list[int]:
    with Session(engine) as session, session.begin():
        return create(session, rows, now=NOW)


def states(engine: Engine) -> dict[str, str]:
    """State of each delivery by its key."""
    with engine.connect() as connection:
        return dict(connection.execute(text("SELECT key, state FROM delivery ORDER BY id")).tuples().all())
