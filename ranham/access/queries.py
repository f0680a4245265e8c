"""People, roles and tokens, as they are read."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ranham.access import rules
from ranham.access.models import Person, Role
from ranham.access.principal import HeldRole, Principal
from ranham.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: int
    name: str
    email: str
    signs_in_with: str
    disabled_at: datetime | None
    roles_today: int


@dataclass(frozen=True, slots=True)
class RoleRow:
    id: int
    person: str
    email: str
    role: str
    unit_code: str | None
    place: str | None
    """Name of the unit or of the office, as of the day; with the OPD of a contributor."""
    valid_from: date
    valid_to: date | None
    granted_by: str
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class TokenRow:
    id: int
    email: str
    name: str
    kind: str
    scopes: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


def find_person(session: Session, email: str) -> int:
    """The id of the person with an address, in any spelling."""
    found = session.scalar(select(Person.id).where(Person.email == rules.normal_email(email)))
    if found is None:
        raise NotFound(f"no person with the address {email}")
    return found


def people(session: Session, *, day: date) -> list[PersonRow]:
    rows = session.execute(
        text("""
            SELECT p.id, p.name, p.email,
                   concat_ws(', ', CASE WHEN a.person_id IS NOT NULL THEN 'password' END,
                             CASE WHEN p.oidc_subject IS NOT NULL THEN 'OpenID Connect' END),
                   p.disabled_at,
                   (SELECT count(*) FROM role_assignment r WHERE r.person_id = p.id AND r.valid_from <= :day
                      AND (r.valid_to IS NULL OR r.valid_to > :day))
            FROM person p LEFT JOIN local_account a ON a.person_id = p.id ORDER BY p.name, p.id
        """),
        {"day": day},
    )
    return [PersonRow(*row) for row in rows]


def roles(session: Session, *, day: date, person_id: int | None = None, whole_history: bool = False) -> list[RoleRow]:
    """Roles in force on a day, of one person or all; with `whole_history` also past and coming ones."""
    rows = session.execute(
        text("""
            SELECT r.id, p.name, p.email, r.role, v.code, nullif(concat_ws(', ', r.opd, coalesce(v.name, o.name)), ''),
                   r.valid_from, r.valid_to, r.granted_by, r.ended_by
            FROM role_assignment r JOIN person p ON p.id = r.person_id
            LEFT JOIN unit_version v ON v.unit_id = r.unit_id
                 AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
            LEFT JOIN verifying_office o ON o.id = r.office_id
            WHERE (cast(:person AS bigint) IS NULL OR r.person_id = :person)
              AND (:everything OR r.valid_from <= :day AND (r.valid_to IS NULL OR r.valid_to > :day))
            ORDER BY r.role, v.code, o.name, r.valid_from, r.id
        """),
        {"day": day, "person": person_id, "everything": whole_history},
    )
    return [RoleRow(*row) for row in rows]


def roles_of(session: Session, person_id: int, *, day: date) -> tuple[HeldRole, ...]:
    """What a person holds on a day."""
    rows = session.execute(
        text("""
            SELECT id, role, unit_id, office_id, opd FROM role_assignment
            WHERE person_id = :person AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day) ORDER BY id
        """),
        {"person": person_id, "day": day},
    )
    return tuple(HeldRole(row.id, Role(row.role), row.unit_id, row.office_id, row.opd) for row in rows)


@dataclass(frozen=True, slots=True)
class RolePlace:
    unit_code: str | None
    unit_name: str | None
    office: str | None
    """Key of the Kanwil."""


def places_of_roles(session: Session, principal: Principal, *, day: date) -> list[RolePlace]:
    """Where each role of a person is held, in their order."""
    rows = session.execute(
        text("""
            SELECT v.code, v.name, o.key
            FROM unnest(cast(:units AS bigint[]), cast(:offices AS bigint[])) WITH ORDINALITY AS held (unit, office, number)
            LEFT JOIN unit_version v ON v.unit_id = held.unit
                 AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
            LEFT JOIN verifying_office o ON o.id = held.office ORDER BY held.number
        """),
        {
            "units": [held.unit_id for held in principal.roles],
            "offices": [held.office_id for held in principal.roles],
            "day": day,
        },
    )
    return [RolePlace(*row) for row in rows]


def tokens(session: Session, *, person_id: int | None = None) -> list[TokenRow]:
    """Tokens and sessions, the newest first; the token itself is not to be had any more."""
    rows = session.execute(
        text("""
            SELECT t.id, p.email, t.name, t.kind, array_to_string(t.scopes, ' '), t.created_at, t.expires_at,
                   t.revoked_at, t.last_used_at
            FROM api_token t JOIN person p ON p.id = t.person_id
            WHERE cast(:person AS bigint) IS NULL OR t.person_id = :person ORDER BY t.id DESC
        """),
        {"person": person_id},
    )
    return [TokenRow(*row) for row in rows]
