"""Calendars to subscribe to: made, listed, revoked, and read by their secret address."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.audit.service import record
from ranham.kernel.clock import local_date
from ranham.kernel.errors import NotFound
from ranham.reminder.content.calendar import calendar
from ranham.reminder.content.dates import dates
from ranham.reminder.content.words import Language, language_of
from ranham.reminder.links.addresses import CALENDARS, address
from ranham.reminder.links.models import CalendarFeed
from ranham.reminder.links.places import Place, place
from ranham.reminder.links.queries import UNKNOWN
from ranham.reminder.links.tokens import hash_of, new_token

_FIND = "SELECT unit_id, office_id, language FROM calendar_feed WHERE hash = :hash AND revoked_at IS NULL"
_LIST = """
SELECT f.id, coalesce(v.code, o.key, 'all') AS place, coalesce(v.name, o.name, 'Indonesia') AS name, f.language,
       f.created_by, f.created_at, f.revoked_at
FROM calendar_feed f LEFT JOIN verifying_office o ON o.id = f.office_id
LEFT JOIN unit_version v ON v.unit_id = f.unit_id AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
ORDER BY f.id
"""


@dataclass(frozen=True, slots=True)
class IssuedFeed:
    id: int
    address: str = field(repr=False)
    """Shown this once: only the hash of its token is stored."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    id: int
    place: str
    name: str
    language: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None


def issue_feed(session: Session, of: Place, *, language: Language, by: str, now: datetime) -> IssuedFeed:
    token = new_token()
    made = CalendarFeed(
        hash=hash_of(token),
        unit_id=of.unit_id,
        office_id=of.office_id,
        language=language,
        created_by=by,
        created_at=now,
    )
    session.add(made)
    session.flush()
    record(
        session, actor=by, kind="calendar_feed.made", subject="calendar_feed", subject_id=made.id, detail={}, now=now
    )
    return IssuedFeed(made.id, address(CALENDARS, f"{token}.ics"))


def revoke_feed(session: Session, feed_id: int, *, by: str, now: datetime) -> bool:
    """False: it was revoked before."""
    feed = session.get(CalendarFeed, feed_id, with_for_update=True)
    if feed is None:
        raise NotFound(f"no calendar feed with id {feed_id}")
    if feed.revoked_at is not None:
        return False
    feed.revoked_at, feed.revoked_by = now, by
    record(
        session, actor=by, kind="calendar_feed.revoked", subject="calendar_feed", subject_id=feed_id, detail={}, now=now
    )
    return True


def feeds(session: Session, *, now: datetime) -> list[FeedRow]:
    return [FeedRow(*row) for row in session.execute(text(_LIST), {"today": local_date(now)})]


def read_feed(session: Session, token: str, *, now: datetime) -> bytes:
    row = session.execute(text(_FIND), {"hash": hash_of(token)}).one_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    of = place(session, row.unit_id, row.office_id, today=local_date(now))
    return calendar_of(session, of, language=language_of(row.language), now=now)


def calendar_of(session: Session, of: Place, *, language: Language, now: datetime) -> bytes:
    found = dates(session, of.unit_ids, zone=of.zone, today=local_date(now))
    return calendar(found, place=of.name, zone=of.zone, language=language, now=now)
