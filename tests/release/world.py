"""A closed period with reports of every kind, for the tests of releases."""

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.compliance import service as compliance
from ranham.cycle import service as cycle
from ranham.obligation.models import ExcuseKind
from ranham.obligation.service import approve_excuse, request_excuse
from ranham.plan.queries import PeriodInfo, find_period
from ranham.release import service
from ranham.release.models import Release
from ranham.release.signing import Key, new_key
from ranham.submission.models import Timeliness
from tests.compliance.reports import obligation_ids, report, verify

OPENED = datetime(2022, 9, 1, tzinfo=UTC)
NOW = datetime(2022, 10, 10, tzinfo=UTC)
LATER = datetime(2022, 11, 1, tzinfo=UTC)
NEW_TERRITORY = date(2022, 12, 1)
"""After three provinces came out of Papua, and a fourth in December is still to come."""


def period(session: Session, label: str = "2022-B08") -> PeriodInfo:
    return find_period(session, label)


def closed_period(session: Session, label: str = "2022-B08", *, every: int = 7) -> PeriodInfo:
    """Reports of one obligation in seven: late, incomplete, not achieved, revised, verified; and some excused."""
    found = period(session, label)
    ids = obligation_ids(session, found.plan_year_id)
    kinds = list(Timeliness)
    for place, owed in enumerate(ids[::every]):
        report(
            session,
            owed,
            found.id,
            timeliness=kinds[place % 3],
            complete=place % 5 != 0,
            achieved=place % 2 == 0,
        )
        if place % 11 == 0:
            report(session, owed, found.id)
        if place % 4 == 0:
            verify(session, owed, found.id, score_bp=3333 + place % 6000)
    for owed in (ids[0], ids[1], ids[700], ids[3000]):
        excuse = request_excuse(
            session, owed, found.id, kind=ExcuseKind.EXCUSED, justification="bencana alam", by="unit", now=OPENED
        )
        approve_excuse(session, excuse.id, by="ministry", now=OPENED)
    opened_at = found.opens_at()
    assert opened_at is not None
    cycle.open_period(session, found, now=opened_at)
    cycle.close_period(session, found, now=max(NOW, found.ends_at() or NOW))
    return found


def counted_anew(session: Session, found: PeriodInfo) -> None:
    """Pretend that the period was not final and count again, as what is known now would be counted."""
    session.execute(text("UPDATE rollup SET final = false WHERE period_id = :p"), {"p": found.id})
    session.expire_all()
    compliance.roll_up(session, found, now=LATER, full=True)


def key(folder: Path) -> Key:
    file = folder / "signing.pem"
    return new_key(file)


def published(session: Session, release: Release, signing: Key, *, now: datetime = NOW) -> Release:
    service.propose(session, release.number, by="siti", now=now)
    service.sign_off(session, release.number, by="budi", now=now)
    return service.publish(session, release.number, key=signing, by="budi", now=now)
