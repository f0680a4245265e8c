"""Which contacts there are, and which of the addresses fail."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class ContactRow:
    id: int
    unit_code: str | None
    place: str
    function: str
    name: str
    channel: str
    address: str
    language: str
    courtesy: bool
    valid_from: date
    valid_to: date | None
    added_by: str


@dataclass(frozen=True, slots=True)
class FailingRow:
    recipient: str
    unit_code: str | None
    place: str
    function: str | None
    name: str
    channel: str
    address: str
    kind: str
    """bounce or complaint."""
    since: datetime
    reply: str | None


_ROWS = """
SELECT c.id, v.code, coalesce(v.name, o.name, 'the ministry'), c.function, c.name, c.channel, c.address, c.language,
       c.courtesy, c.valid_from, c.valid_to, c.added_by
FROM contact c
LEFT JOIN unit_version v ON v.unit_id = c.unit_id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
LEFT JOIN verifying_office o ON o.id = c.office_id
WHERE (:history OR c.valid_from <= :day AND (c.valid_to IS NULL OR c.valid_to > :day))
  AND (cast(:unit AS bigint) IS NULL OR c.unit_id = :unit)
ORDER BY v.code NULLS LAST, o.name NULLS LAST, c.function, c.name, c.id
"""
# Contacts that are in force, and people, whose address is theirs and not a contact's.
_FAILING = """
SELECT w.recipient, v.code, coalesce(v.name, o.name, w.place), w.function, w.name, f.channel, w.address, f.kind, f.since,
       f.reply
FROM address_failure f JOIN (
    SELECT 'contact:' || c.id AS recipient, c.unit_id, c.office_id, c.function, c.name, c.channel, c.address,
           'the ministry' AS place
    FROM contact c WHERE c.valid_from <= :day AND (c.valid_to IS NULL OR c.valid_to > :day)
    UNION ALL
    SELECT 'person:' || p.id, NULL, NULL, NULL, p.name, 'email', p.email, 'a person' FROM person p
    WHERE p.disabled_at IS NULL
) w ON w.channel = f.channel AND lower(w.address) = lower(f.address)
LEFT JOIN unit_version v ON v.unit_id = w.unit_id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
LEFT JOIN verifying_office o ON o.id = w.office_id
WHERE f.mended_at IS NULL ORDER BY f.since, w.recipient
"""


def listed(session: Session, *, day: date, unit_id: int | None = None, whole_history: bool = False) -> list[ContactRow]:
    """Contacts in force on a day, of one unit or all; with `whole_history` also past and coming ones."""
    rows = session.execute(text(_ROWS), {"day": day, "unit": unit_id, "history": whole_history})
    return [ContactRow(*row) for row in rows]


def failing(session: Session, *, day: date) -> list[FailingRow]:
    """The work-list: addresses that refuse our messages or complained, of whoever is written to, longest first."""
    return [FailingRow(*row) for row in session.execute(text(_FAILING), {"day": day})]
