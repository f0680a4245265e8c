"""Issues tokens, revokes them, and says whose a token is."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ranham.access import queries
from ranham.access.models import ApiToken, LocalAccount, Person, TokenKind
from ranham.access.principal import Principal
from ranham.audit.service import record
from ranham.kernel.clock import aware, local_date
from ranham.kernel.errors import BadInput, Conflict, Finding, NotFound

PREFIX = "rnh_"
"""Tells scanners of code and logs what they have found."""
RANDOM_BYTES = 32
LONGEST_LIFE = timedelta(days=366)
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    id: int
    raw: str = field(repr=False)
    """The token. Shown this once: only its hash is stored."""
    expires_at: datetime


def issue_token(  # noqa: PLR0913 - what a token is
    session: Session,
    person_id: int,
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime,
    by: str,
    now: datetime,
    kind: TokenKind = TokenKind.TOKEN,
) -> IssuedToken:
    """A new token for a person. It can do what the person's roles allow, and no more."""
    person = session.get(Person, person_id, with_for_update={"read": True})
    if person is None:
        raise NotFound(f"no person with id {person_id}")
    if person.disabled_at is not None:
        raise Conflict(f"person {person_id} is disabled and gets no token")
    expires_at = aware(expires_at)
    if not now < expires_at <= now + LONGEST_LIFE:
        wanted = f"a time after now and within {LONGEST_LIFE.days} days"
        raise BadInput([Finding("end of the token", f"{expires_at:%Y-%m-%d %H:%M} UTC", wanted)])
    raw = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    token = ApiToken(
        person_id=person_id,
        name=name,
        kind=kind,
        hash=hash_of(raw),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    detail = {"person_id": person_id, "kind": kind.value, "scopes": token.scopes, "expires_at": expires_at}
    record(session, actor=by, kind="token.issued", subject="api_token", subject_id=token.id, detail=detail, now=now)
    return IssuedToken(token.id, raw, expires_at)


def revoke_token(session: Session, token_id: int, *, by: str, now: datetime) -> bool:
    """End a token now; False if it was revoked before."""
    token = session.get(ApiToken, token_id, with_for_update=True)
    if token is None:
        raise NotFound(f"no token with id {token_id}")
    if token.revoked_at is not None:
        return False
    token.revoked_at = now
    detail = {"person_id": token.person_id}
    record(session, actor=by, kind="token.revoked", subject="api_token", subject_id=token_id, detail=detail, now=now)
    return True


def revoke_tokens(
    session: Session, person_id: int, *, now: datetime, kind: TokenKind | None = None, keep: int | None = None
) -> list[int]:
    """Revoke a person's tokens, of one kind or all, but for `keep`; their ids. The caller records it with its reason."""
    statement = update(ApiToken).where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
    if kind is not None:
        statement = statement.where(ApiToken.kind == kind)
    if keep is not None:
        statement = statement.where(ApiToken.id != keep)
    return sorted(session.scalars(statement.values(revoked_at=now).returning(ApiToken.id)))


def authenticate(session: Session, raw: str, now: datetime) -> Principal | None:
    """Whose token it is, with the roles of today in Jakarta; None if it is unknown, expired, revoked or its person
    disabled. Notes the use, so it needs a session that writes, as the owner of the tables.
    """
    found = session.execute(
        select(ApiToken, Person, LocalAccount.must_change)
        .join(Person, Person.id == ApiToken.person_id)
        .outerjoin(LocalAccount, LocalAccount.person_id == Person.id)
        .where(ApiToken.hash == hash_of(raw))
    ).one_or_none()
    if found is None:
        return None
    token, person, must_change = found
    if token.revoked_at is not None or token.expires_at <= now or person.disabled_at is not None:
        return None
    if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
        token.last_used_at = now
    return Principal(
        person_id=person.id,
        name=person.name,
        scopes=frozenset(token.scopes),
        roles=queries.roles_of(session, person.id, day=local_date(now)),
        must_change_password=token.kind is TokenKind.SESSION and bool(must_change),
        token_id=token.id,
        kind=token.kind,
    )


def hash_of(raw: str) -> str:
    """Plain SHA-256 is enough: a token is random, so there is nothing to guess."""
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
