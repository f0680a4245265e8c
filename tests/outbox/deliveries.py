"""Makes deliveries."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.outbox.deliveries import Content, Due, NewDelivery, Tally, Withdrawn, create, send_due
from ranham.outbox.providers import Provider
from ranham.outbox.routes import Routes

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


def compose(_session: Session, due: Sequence[Due], _now: datetime) -> dict[int, Content | Withdrawn]:
    return {each.id: Content(f"Pengingat {each.ref}", f"Kepada {each.name}\n.\nSelesai", None) for each in due}


COMPOSERS = {"reminder": compose}


def send(routes: Routes, now: datetime = NOW, **changed: object) -> Tally:
    return send_due(COMPOSERS, now=lambda: now, routes=routes, **changed)  # type: ignore[arg-type]


def by_email(*providers: Provider) -> Routes:
    return Routes({"email": providers})


def attempts(engine: Engine, key: str) -> list[tuple[int, str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("""SELECT a.number, a.outcome, a.reply FROM delivery_attempt a JOIN delivery d ON d.id = a.delivery_id
                    WHERE d.key = :key ORDER BY a.number"""),
            {"key": key},
        )
        return [tuple(row) for row in rows]  # type: ignore[misc]
