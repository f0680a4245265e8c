"""Whose queue a person sees."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.permissions import RIGHTS, Right, Scope
from ranham.access.principal import Principal
from ranham.kernel.errors import BadInput, Finding, Forbidden
from ranham.territory import queries as territory
from ranham.verification.queries import Desk

_KEYS = "SELECT key, id FROM verifying_office WHERE id = ANY(:ids)"


@dataclass(frozen=True, slots=True)
class Seen:
    """Desks of a person; `offices` None: all of them."""

    offices: dict[str, int] | None
    own: Desk | int | None
    """Where one does not say which; None: one of several."""

    def has(self, office: str) -> bool:
        return self.offices is None or office in self.offices


def seen(session: Session, principal: Principal) -> Seen:
    """The desk of a verifier is that of the office; the central team and those who read everything see all."""
    if any(held.role is Role.VERIFIER and held.office_id is None for held in principal.roles):
        return Seen(None, Desk.CENTRAL)
    if any(RIGHTS[held.role].get(Right.READ) is Scope.ALL for held in principal.roles):
        return Seen(None, Desk.ALL)
    ids = [held.office_id for held in principal.roles if held.role is Role.VERIFIER]
    if not ids:
        raise Forbidden("your roles give you no desk of verification")
    offices: dict[str, int] = dict(session.execute(text(_KEYS), {"ids": ids}).tuples().all())
    return Seen(offices, next(iter(offices.values())) if len(offices) == 1 else None)


def chosen(session: Session, principal: Principal, office: str | None) -> Desk | int:
    """The desk that is asked for, if the person sees it."""
    known = seen(session, principal)
    if office is None:
        if known.own is None:
            names = ", ".join(sorted(known.offices or ()))
            raise BadInput([Finding("/query/office", "nothing", f"one of your offices: {names}")])
        return known.own
    if not known.has(office):
        raise Forbidden(f"your roles do not give you the desk {office}")
    named = {desk.value: desk for desk in Desk}
    return named[office] if office in named else territory.office_by_key(session, office)
