"""The links that a message carries: issued with it, many in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.settings import settings
from ranham.reminder.links.models import Purpose
from ranham.reminder.links.tokens import hash_of, new_token

CONTACTS = "api/v1/contacts"
CALENDARS = "api/v1/calendars"
_ISSUE = """
INSERT INTO contact_link (hash, purpose, recipient, reminder_id, created_at, expires_at)
SELECT hash, purpose, recipient, reminder_id, :now, :expires_at
FROM unnest(cast(:hashes AS text[]), cast(:purposes AS text[]), cast(:recipients AS text[]),
            cast(:reminders AS bigint[])) AS new (hash, purpose, recipient, reminder_id)
"""


@dataclass(frozen=True, slots=True)
class Addressed:
    recipient: str
    reminder_id: int | None
    courtesy: bool = False


@dataclass(frozen=True, slots=True)
class Links:
    manage: str
    unsubscribe: str | None
    one_click: str | None
    """For the header List-Unsubscribe with a POST (RFC 8058); of copies only."""


def issue_for(session: Session, addressed: Sequence[Addressed], *, now: datetime) -> list[Links]:
    """New links for each message, in its order. They end after `RANHAM_CONTACT_LINK_DAYS`."""
    made = [(each, new_token(), new_token() if each.courtesy else None) for each in addressed]
    rows = [(token, Purpose.CONTACT, each) for each, token, _ in made]
    rows += [(token, Purpose.UNSUBSCRIBE, each) for each, _, token in made if token is not None]
    if rows:
        values = {
            "now": now,
            "expires_at": now + timedelta(days=settings().contact_link_days),
            "hashes": [hash_of(token) for token, _, _ in rows],
            "purposes": [purpose.value for _, purpose, _ in rows],
            "recipients": [each.recipient for _, _, each in rows],
            "reminders": [each.reminder_id for _, _, each in rows],
        }
        session.execute(text(_ISSUE), values)
    return [_links(token, ending) for _, token, ending in made]


def purge_links(session: Session, *, now: datetime) -> int:
    """Delete links that have expired; what was done by them stays in the audit. Their number."""
    gone = session.execute(text("DELETE FROM contact_link WHERE expires_at <= :now"), {"now": now})
    return int(getattr(gone, "rowcount", 0))


def address(*path: str) -> str:
    return "/".join((settings().public_url.rstrip("/"), *path))


def _links(token: str, ending: str | None) -> Links:
    if ending is None:
        return Links(address(CONTACTS, token), None, None)
    return Links(address(CONTACTS, token), address(CONTACTS, ending), address(CONTACTS, ending, "unsubscription"))
