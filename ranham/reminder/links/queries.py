"""What a link leads to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.clock import local_date
from ranham.kernel.errors import NotFound
from ranham.reminder.links.models import Outcome, Purpose
from ranham.reminder.links.tokens import hash_of

UNKNOWN = "the link is unknown, has expired or was revoked"
_FOUND = """
SELECT l.id, l.purpose, l.recipient, l.expires_at, l.used_at, l.outcome,
       c.id AS contact_id, p.id AS person_id, coalesce(c.name, p.name) AS name, coalesce(c.function, '') AS function,
       coalesce(c.channel, 'email') AS channel, coalesce(c.address, p.email) AS address,
       coalesce(c.language, m.language, 'id') AS language, coalesce(c.courtesy, false) AS courtesy,
       coalesce(v.name, o.name) AS place, v.code AS unit_code, c.confirmed_at, c.unsubscribed_at, c.valid_to
FROM contact_link l
LEFT JOIN contact c ON l.recipient = 'contact:' || c.id
LEFT JOIN person p ON l.recipient = 'person:' || p.id AND p.disabled_at IS NULL
LEFT JOIN reminder m ON m.id = l.reminder_id
LEFT JOIN unit_version v ON v.unit_id = c.unit_id AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
LEFT JOIN verifying_office o ON o.id = c.office_id
WHERE l.hash = :hash AND l.expires_at > :now AND (c.id IS NOT NULL OR p.id IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class LinkedContact:
    link_id: int
    purpose: Purpose
    contact_id: int | None
    """None: a person with an account; the address is that of the account."""
    person_id: int | None
    name: str
    function: str
    place: str | None
    unit_code: str | None
    channel: str
    address: str
    language: str
    courtesy: bool
    confirmed_at: datetime | None
    unsubscribed_at: datetime | None
    ended_on: date | None
    used_at: datetime | None
    outcome: Outcome | None
    expires_at: datetime

    @property
    def recipient(self) -> str:
        return f"person:{self.person_id}" if self.contact_id is None else f"contact:{self.contact_id}"


def find_link(session: Session, token: str, *, now: datetime, lock: bool = False) -> LinkedContact:
    """Whom the link is for. Unknown, expired and of somebody who is gone are one answer."""
    key = {"hash": hash_of(token), "now": now, "today": local_date(now)}
    row = session.execute(text(_FOUND + (" FOR UPDATE OF l" if lock else "")), key).one_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    return _linked(row)


def _linked(row: Row[Any]) -> LinkedContact:
    return LinkedContact(
        link_id=row.id, purpose=Purpose(row.purpose), contact_id=row.contact_id, person_id=row.person_id, name=row.name,
        function=row.function, place=row.place, unit_code=row.unit_code, channel=row.channel, address=row.address,
        language=row.language, courtesy=row.courtesy, confirmed_at=row.confirmed_at,
        unsubscribed_at=row.unsubscribed_at, ended_on=row.valid_to, used_at=row.used_at,
        outcome=row.outcome and Outcome(row.outcome), expires_at=row.expires_at,
    )  # fmt: skip
