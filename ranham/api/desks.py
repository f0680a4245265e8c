"""Whose queue a person sees."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.permissions import RIGHTS, Right, Scope
from ranham.access.principal import Principal
from ranham.kernel.errors import BadInput, Finding, Forbidden
from ranham.territory import queries as territory
from ranham.verification.queries import Desk

# A task is at the desk that the unit had at its period; since then the provinces may have gone to another Kanwil.
_OFFICES = """
SELECT o.key, array_agg(DISTINCT b.office_id) AS ids, array_agg(DISTINCT p.key) AS keys
FROM verifying_office o
JOIN office_assignment a ON a.office_id = o.id AND a.valid_from <= :today AND (a.valid_to IS NULL OR a.valid_to > :today)
JOIN office_assignment b ON b.unit_id = a.unit_id JOIN verifying_office p ON p.id = b.office_id
WHERE o.id = ANY(:ids) GROUP BY o.key
"""


@dataclass(frozen=True, slots=True)
class Office:
    """A Kanwil, with those before it that had its provinces."""

    ids: tuple[int, ...]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """Desks of a person; `offices` None: all of them."""

    offices: dict[str, Office] | None
    own: Desk | tuple[int, ...] | None
    """Where one does not say which; None: one of several."""

    def has(self, office: str) -> bool:
        return self.offices is None or any(office in each.keys for each in self.offices.values())


def seen(session: Session, principal: Principal, *, today: date) -> Seen:
    """The desk of a verifier is that of the office; the central team and those who read everything see all."""
    if any(held.role is Role.VERIFIER and held.office_id is None for held in principal.roles):
        return Seen(None, Desk.CENTRAL)
    if any(RIGHTS[held.role].get(Right.READ) is Scope.ALL for held in principal.roles):
        return Seen(None, Desk.ALL)
    ids = [held.office_id for held in principal.roles if held.role is Role.VERIFIER]
    if not ids:
        raise Forbidden("your roles give you no desk of verification")
    rows = session.execute(text(_OFFICES), {"ids": ids, "today": today})
    offices = {row.key: Office(tuple(row.ids), frozenset(row.keys)) for row in rows}
    own = [office.ids for office in offices.values()] or [()]
    return Seen(offices, own[0] if len(own) == 1 else None)


def chosen(session: Session, principal: Principal, office: str | None, *, today: date) -> Desk | tuple[int, ...]:
    """The desk that is asked for, if the person sees it."""
    known = seen(session, principal, today=today)
    if office is None:
        if known.own is None:
            names = ", ".join(sorted(known.offices or ()))
            raise BadInput([Finding("/query/office", "nothing", f"one of your offices: {names}")])
        return known.own
    if not known.has(office):
        raise Forbidden(f"your roles do not give you the desk {office}")
    if known.offices is not None and office in known.offices:
        return known.offices[office].ids
    named = {desk.value: desk for desk in Desk}
    return named[office] if office in named else (territory.office_by_key(session, office),)
