"""Rows of the ledger and of contacts, as the planning writes them, and what is composed of them."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from ranham.outbox.deliveries import Content, Due, Withdrawn
from ranham.plan.queries import find_period
from ranham.reminder.content.composing import KIND, compose
from ranham.reminder.models import Contact, Decision, Function, Reminder
from tests.access import people
from tests.verification.desk import b08

NOW = datetime(2022, 9, 5, 3, tzinfo=UTC)
"""In the window of 2022-B08, whose last day is the 6th."""
ENDS = datetime(2022, 9, 6, 17, tzinfo=UTC)
_number = count(1)


def contact(session: Session, unit_code: str = "36.04", **known: Any) -> Contact:
    facts: dict[str, Any] = {
        "unit_id": people.unit(session, unit_code), "function": Function.HEAD_OF_OFFICE, "name": "Sekda Serang",
        "channel": "email", "address": f"sekda{next(_number)}@serang.go.id", "language": "id", "courtesy": False,
        "valid_from": date(2022, 1, 1), "added_by": "cli:test", "added_at": datetime(2022, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    made = Contact(**(facts | known))
    session.add(made)
    session.flush()
    return made


def planned(session: Session, rung: str, recipient: Contact | int, **known: Any) -> Reminder:
    """A row of the ledger for a contact or (an id) a person; of the unit of the contact where no other is named."""
    person = isinstance(recipient, int)
    facts: dict[str, Any] = {
        "period_id": b08(session).id, "rung": rung, "occasion": f"test {next(_number)}",
        "recipient": f"person:{recipient}" if isinstance(recipient, int) else f"contact:{recipient.id}",
        "function": Function.OPERATOR if isinstance(recipient, int) else recipient.function,
        "channel": "email", "address": "siti@serang.go.id" if person else recipient.address,  # type: ignore[union-attr]
        "name": "Siti" if person else recipient.name, "language": "id",  # type: ignore[union-attr]
        "courtesy": False if person else recipient.courtesy,  # type: ignore[union-attr]
        "unit_id": None if person else recipient.unit_id, "office_id": None if person else recipient.office_id,  # type: ignore[union-attr]
        "due_at": NOW, "send_at": NOW, "decision": Decision.SEND, "planned_at": NOW,
    }  # fmt: skip
    made = Reminder(**(facts | known))
    session.add(made)
    session.flush()
    return made


def due(row: Reminder, **known: Any) -> Due:
    facts: dict[str, Any] = {
        "id": row.id + 1000, "kind": KIND, "ref": row.id, "channel": row.channel, "address": row.address,
        "name": row.name, "language": row.language, "message_id": "m",
    }  # fmt: skip
    return Due(**(facts | known))


def composed(session: Session, row: Reminder, *, now: datetime = NOW, **known: Any) -> Content | Withdrawn:
    return compose(session, [due(row, **known)], now)[row.id + 1000]


def content(session: Session, row: Reminder, *, now: datetime = NOW, **known: Any) -> Content:
    made = composed(session, row, now=now, **known)
    assert isinstance(made, Content), made
    return made


def withdrawn(session: Session, row: Reminder, *, now: datetime = NOW) -> str:
    made = composed(session, row, now=now)
    assert isinstance(made, Withdrawn), made
    return made.because


def period_id(session: Session) -> int:
    return find_period(session, "2022-B08").id
