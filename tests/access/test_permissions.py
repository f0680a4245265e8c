"""Who may do what: the table, its page, and what follows from both."""

import pytest
from sqlalchemy.orm import Session

from ranham.access.models import Role, TokenKind
from ranham.access.permissions import RIGHTS, Right, Scope, UnitPlace, asked_opds, may, require, require_everywhere
from ranham.access.places import place_of, readable_units
from ranham.access.principal import HeldRole, Principal
from ranham.access.rules import Place
from ranham.access.service import authenticate
from ranham.kernel.errors import Forbidden, NotFound
from tests.access import people
from tests.access.documented import PAGE, rights
from tests.access.people import NOW, TODAY

HERE, NEXT_DOOR, FAR = UnitPlace(1, 10, 100), UnitPlace(2, 10, 100), UnitPlace(3, 30, 300)
PROVINCE = UnitPlace(10, 10, 100)


def holding(*roles: HeldRole) -> Principal:
    return Principal(1, "Siti", frozenset(), roles, must_change_password=False, token_id=1, kind=TokenKind.SESSION)


def held(role: Role, unit_id: int | None = None, office_id: int | None = None, opd: str | None = None) -> HeldRole:
    return HeldRole(1, role, unit_id, office_id, opd)


def test_the_page_shows_the_table_and_explains_every_right() -> None:
    assert rights() == RIGHTS
    assert all(f"| `{right}` | " in PAGE.read_text("utf-8") for right in Right)


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (held(Role.OPERATOR, unit_id=1), [HERE]),
        (held(Role.OPD_CONTRIBUTOR, unit_id=1, opd="Dinas Sosial"), [HERE]),
        (held(Role.PROVINCE_COORDINATOR, unit_id=10), [HERE, NEXT_DOOR, PROVINCE]),
        (held(Role.VERIFIER, office_id=100), [HERE, NEXT_DOOR, PROVINCE]),
        (held(Role.VERIFIER), [HERE, NEXT_DOOR, PROVINCE, FAR]),
        (held(Role.MINISTRY), [HERE, NEXT_DOOR, PROVINCE, FAR]),
    ],
)
def test_a_role_covers_its_place(role: HeldRole, seen: list[UnitPlace]) -> None:
    assert [place for place in (HERE, NEXT_DOOR, PROVINCE, FAR) if may(holding(role), Right.READ, place)] == seen


def test_what_cannot_be_seen_is_not_there_and_what_may_not_be_done_is_refused() -> None:
    operator = holding(held(Role.OPERATOR, unit_id=1))
    require(operator, Right.SUBMIT, HERE, what="x")
    with pytest.raises(Forbidden, match="reopen"):
        require(operator, Right.REOPEN, HERE, what="x")
    with pytest.raises(NotFound, match="no x"):
        require(operator, Right.SUBMIT, NEXT_DOOR, what="x")
    with pytest.raises(NotFound):
        require(holding(), Right.READ, HERE, what="x")


def test_nobody_verifies_where_they_report() -> None:
    both = holding(held(Role.OPERATOR, unit_id=1), held(Role.VERIFIER))
    assert [may(both, Right.VERIFY, place) for place in (HERE, NEXT_DOOR)] == [False, True]


def test_for_everybody_only_a_right_to_all_is_enough() -> None:
    require_everywhere(holding(held(Role.MINISTRY)), Right.GRANT)
    for role in (held(Role.OPERATOR, unit_id=1), held(Role.AUDITOR)):
        with pytest.raises(Forbidden):
            require_everywhere(holding(role), Right.GRANT)


def test_an_operator_who_is_an_opd_s_too_answers_everything() -> None:
    social = held(Role.OPD_CONTRIBUTOR, unit_id=1, opd="Dinas Sosial")
    health = held(Role.OPD_CONTRIBUTOR, unit_id=1, opd="Dinas Kesehatan")
    assert asked_opds(holding(social, health), HERE) == {"Dinas Sosial", "Dinas Kesehatan"}
    assert asked_opds(holding(social, held(Role.OPERATOR, unit_id=1)), HERE) is None


@pytest.mark.parametrize(
    ("role", "code", "sees"),
    [
        (Role.OPERATOR, "36.04", 1),
        (Role.PROVINCE_COORDINATOR, "36", 9),
        (Role.AUDITOR, None, None),
    ],
)
def test_lists_hold_what_each_unit_alone_would_allow(
    session: Session, role: Role, code: str | None, sees: int | None
) -> None:
    person = people.person(session)
    people.grant(session, person, role, Place(people.unit(session, code)) if code else None)
    principal = authenticate(session, people.token(session, person).raw, NOW)
    assert principal is not None
    readable = readable_units(session, principal, today=TODAY)
    assert (readable.units and len(readable.units)) == sees
    for unit in (people.unit(session, code) for code in ("36", "36.04", "36.71", "18.72", "91.03")):
        place = place_of(session, unit, today=TODAY)
        assert place is not None
        assert readable.has(unit) is may(principal, Right.READ, place)


def test_scopes_of_the_table_are_all_used() -> None:
    assert {scope for held_rights in RIGHTS.values() for scope in held_rights.values()} == set(Scope)
