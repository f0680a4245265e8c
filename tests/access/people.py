"""Factory of people, their roles and tokens."""

import itertools
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.access import service
from ranham.access.models import Role, TokenKind
from ranham.access.rules import Place, Span

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
PASSWORD = "kuda laut berenang pelan"  # noqa: S105 - of nobody
_number = itertools.count(1)


def person(session: Session, email: str | None = None, **known: str) -> int:
    email = email or f"orang{next(_number)}@daerah.go.id"
    return service.add_person(session, name="Siti", email=email, by="cli:test", now=NOW, **known)


def unit(session: Session, code: str) -> int:
    """The unit that has a code today."""
    return int(
        session.execute(
            text(f"SELECT unit_id FROM unit_version WHERE code = '{code}' AND valid_to IS NULL")
        ).scalar_one()
    )


def office(session: Session, key: str) -> int:
    return int(session.execute(text(f"SELECT id FROM verifying_office WHERE key = '{key}'")).scalar_one())


def grant(
    session: Session, person_id: int, role: Role, place: Place | None = None, *,
    since: date = TODAY, to: date | None = None,
) -> int:  # fmt: skip
    return service.grant_role(
        session, person_id, role, place=place or Place(), span=Span(since, to), by="cli:test", now=NOW
    )


def token(
    session: Session, person_id: int, *, days: float = 1, now: datetime = NOW, kind: TokenKind = TokenKind.TOKEN
) -> service.IssuedToken:
    return service.issue_token(
        session, person_id, name="t", scopes=["read"], expires_at=now + timedelta(days=days), by="cli:test",
        now=now, kind=kind,
    )  # fmt: skip


def events(session: Session) -> list[str]:
    """Kinds of the events so far."""
    return list(session.scalars(text("SELECT kind FROM audit_event ORDER BY id")))
