"""Who may do what: one table of roles and rights, and the two questions that every door asks. Pure.

docs/access.md shows the same table; a test holds the two together. The database decides again, by rows (decision 0006).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ranham.access.models import Role, TokenKind
from ranham.access.principal import HeldRole, Principal
from ranham.kernel.errors import Forbidden, NotFound


class Right(StrEnum):
    READ = "read"
    ANSWER = "answer"
    """Write answers of a draft, and lay evidence beside them."""
    UPLOAD = "upload"
    MANAGE = "manage"
    """Ask an OPD for an answer, and take evidence back that was not sent."""
    SUBMIT = "submit"
    REQUEST = "request"
    """Ask for an extension or an excuse of the unit."""
    VERIFY = "verify"
    REOPEN = "reopen"
    GRANT = "grant"
    """Decide on extensions and excuses, and ask for an extension for everybody."""
    RELEASE = "release"
    """Make, propose, sign off and publish releases; say which webhooks are told."""
    STATUS = "status"
    """See where the steps of the reporting cycle stand."""


class Scope(StrEnum):
    UNIT = "unit"
    ASKED = "asked"
    """The unit, where the person's OPD is asked."""
    PROVINCE = "province"
    """The province and its regencies/cities, today."""
    OFFICE = "office"
    """The provinces that the Kanwil has today, and their regencies/cities; without a Kanwil (central team) all units."""
    ALL = "all"


R, S = Right, Scope
RIGHTS: Mapping[Role, Mapping[Right, Scope]] = {
    Role.OPERATOR: {
        R.READ: S.UNIT, R.ANSWER: S.UNIT, R.UPLOAD: S.UNIT, R.MANAGE: S.UNIT, R.SUBMIT: S.UNIT, R.REQUEST: S.UNIT,
    },
    Role.OPD_CONTRIBUTOR: {R.READ: S.UNIT, R.ANSWER: S.ASKED, R.UPLOAD: S.UNIT},
    Role.PROVINCE_COORDINATOR: {R.READ: S.PROVINCE},
    Role.VERIFIER: {R.READ: S.OFFICE, R.VERIFY: S.OFFICE},
    Role.MINISTRY: {R.READ: S.ALL, R.REOPEN: S.ALL, R.GRANT: S.ALL, R.RELEASE: S.ALL, R.STATUS: S.ALL},
    Role.AUDITOR: {R.READ: S.ALL},
    Role.ENGINE_OPERATOR: {R.READ: S.ALL, R.STATUS: S.ALL},
}  # fmt: skip

WRITE_SCOPE = "write"
READ_SCOPE = "read"


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """Where a unit stands today."""

    unit_id: int
    province_id: int
    """Its province; its own id where it has none."""
    office_id: int | None
    """The Kanwil of its province; none for a K/L."""


def grants(principal: Principal, right: Right, place: UnitPlace) -> Iterator[HeldRole]:
    """The roles that give a person a right to a unit. Nobody verifies a unit for which the same person reports."""
    if right is Right.VERIFY and any(held.unit_id == place.unit_id for held in principal.roles):
        return
    for held in principal.roles:
        scope = RIGHTS[held.role].get(right)
        if scope is not None and _covers(held, scope, place):
            yield held


def may(principal: Principal, right: Right, place: UnitPlace) -> bool:
    return any(True for _ in grants(principal, right, place))


def require(principal: Principal, right: Right, place: UnitPlace, *, what: str) -> None:
    """`NotFound` for a unit that the person may not see, as if it were not there; `Forbidden` for what they may not do.

    `what` names the thing as a request for one that does not exist would.
    """
    if not may(principal, Right.READ, place):
        raise NotFound(f"no {what}")
    if right is not Right.READ and not may(principal, right, place):
        raise Forbidden(f"your roles let you see {what}, but not do this ({right})")


def require_everywhere(principal: Principal, right: Right) -> None:
    """For what is about no single unit."""
    if not any(RIGHTS[held.role].get(right) is Scope.ALL for held in principal.roles):
        raise Forbidden(f"your roles do not let you do this for everybody ({right})")


def asked_opds(principal: Principal, place: UnitPlace) -> frozenset[str] | None:
    """The OPDs for which a person may answer; None: any answer of the unit."""
    held = list(grants(principal, Right.ANSWER, place))
    if any(RIGHTS[each.role][Right.ANSWER] is not Scope.ASKED for each in held):
        return None
    return frozenset(each.opd for each in held if each.opd)


def check_scopes(principal: Principal, *, writes: bool) -> None:
    """A token that was made for reading only does not write. One without scopes does all that its person may."""
    if not scopes_allow(principal.kind, principal.scopes, writes=writes):
        needed = WRITE_SCOPE if writes else f"{READ_SCOPE} or {WRITE_SCOPE}"
        raise Forbidden(f"this token was made for {', '.join(sorted(principal.scopes))}; it needs the scope {needed}")


def scopes_allow(kind: TokenKind, scopes: Collection[str], *, writes: bool) -> bool:
    if kind is TokenKind.SESSION or not scopes or WRITE_SCOPE in scopes:
        return True
    return READ_SCOPE in scopes and not writes


def _covers(held: HeldRole, scope: Scope, place: UnitPlace) -> bool:
    match scope:
        case Scope.UNIT | Scope.ASKED:
            return held.unit_id == place.unit_id
        case Scope.PROVINCE:
            return held.unit_id in (place.unit_id, place.province_id)
        case Scope.OFFICE:
            return held.office_id is None or held.office_id == place.office_id
        case Scope.ALL:
            return True
