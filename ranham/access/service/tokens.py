"""Issues tokens, revokes them, and says whose a token is."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement

from ranham.access.models import ApiToken, Person, Role, TokenKind
from ranham.access.principal import HeldRole, Principal
from ranham.audit.service import record
from ranham.kernel.clock import aware, in_wib, local_date
from ranham.kernel.database import SHOW_TOKEN
from ranham.kernel.errors import BadInput, Conflict, Finding, NotFound
from ranham.kernel.trips import together

PREFIX = "rnh_"
"""Tells scanners of code and logs what they have found."""
RANDOM_BYTES = 32
LONGEST_LIFE = timedelta(days=366)
USE_NOTED_EVERY = timedelta(minutes=1)


_WHO = """
SELECT t.id AS token_id, t.kind, t.scopes, t.last_used_at, p.id AS person_id, p.name,
       t.kind = 'session' AND coalesce(a.must_change, false) AS must_change_password,
       coalesce((SELECT jsonb_agg(jsonb_build_array(r.id, r.role, r.unit_id, r.office_id, r.opd) ORDER BY r.id)
                 FROM role_assignment r WHERE r.person_id = p.id AND r.valid_from <= :day
                 AND (r.valid_to IS NULL OR r.valid_to > :day)), '[]') AS roles
FROM api_token t JOIN person p ON p.id = t.person_id LEFT JOIN local_account a ON a.person_id = p.id
WHERE t.hash = :hash AND t.revoked_at IS NULL AND t.expires_at > :now AND p.disabled_at IS NULL
"""
_WHO_IS_SHOWN = text(f"""
SELECT p.* FROM (SELECT {SHOW_TOKEN} AS token) shown CROSS JOIN LATERAL ranham_principal(shown.token) p
""")
_USED = """
UPDATE api_token SET last_used_at = :now WHERE id = :id AND (last_used_at IS NULL OR last_used_at <= :before)
"""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    id: int
    raw: str = field(repr=False)
    """The token. Shown this once: only its hash is stored."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Recognized:
    principal: Principal
    use_is_to_be_noted: bool
    """The last note is older than a minute."""


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
        raise BadInput([Finding("end of the token", f"{in_wib(expires_at)}", wanted)])
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
    """Whose token it is; None if it is unknown, expired, revoked or its person disabled. Notes the use, so it needs a
    session that writes, as the owner of the tables.
    """
    found = recognize(session, raw, now)
    if found is not None and found.use_is_to_be_noted:
        note_use(session, found.principal.token_id, now=now)
    return None if found is None else found.principal


def recognize(session: Session, raw: str, now: datetime) -> Recognized | None:
    """`authenticate` in one statement, with the roles of today in Jakarta; writes nothing."""
    row = session.execute(text(_WHO), {"hash": hash_of(raw), "now": now, "day": local_date(now)}).one_or_none()
    return None if row is None else _recognized(row, now)


def recognize_as_application(session: Session, raw: str, now: datetime) -> Recognized | None:
    """`recognize` for the application's role, which may not look into these tables; shows the token for the rest of
    the transaction. When it ends is judged by the database's own clock, as in its policies.
    """
    row = session.execute(_WHO_IS_SHOWN, {"token": raw}).one_or_none()
    return None if row is None else _recognized(row, now)


def recognize_and_ask(
    session: Session, raw: str, now: datetime, *asked: tuple[ClauseElement, Mapping[str, Any]]
) -> tuple[Recognized | None, list[list[Any]]]:
    """`recognize_as_application`, and in the same trip the rows of statements that are asked as that person."""
    who, *answers = together(session, (_WHO_IS_SHOWN, {"token": raw}), *asked)
    return (_recognized(who[0], now) if who else None), answers


def note_use(session: Session, token_id: int, *, now: datetime) -> None:
    """To the minute, however many requests come at once: the later ones find it noted."""
    session.execute(text(_USED), {"id": token_id, "now": now, "before": now - USE_NOTED_EVERY})


def _recognized(row: Any, now: datetime) -> Recognized:
    principal = Principal(
        person_id=row.person_id,
        name=row.name,
        scopes=frozenset(row.scopes),
        roles=tuple(HeldRole(id_, Role(role), unit, office, opd) for id_, role, unit, office, opd in row.roles),
        must_change_password=row.must_change_password,
        token_id=row.token_id,
        kind=TokenKind(row.kind),
    )
    return Recognized(principal, is_to_be_noted(row.last_used_at, now))


def is_to_be_noted(last_used_at: datetime | None, now: datetime) -> bool:
    return last_used_at is None or last_used_at <= now - USE_NOTED_EVERY


def hash_of(raw: str) -> str:
    """Plain SHA-256 is enough: a token is random, so there is nothing to guess."""
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
