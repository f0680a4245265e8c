"""People and the roles they hold over time."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from ranham.access import queries, service
from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.audit import queries as audit
from ranham.kernel.errors import BadInput, Conflict, NotFound
from tests.access.people import NOW, TODAY, events, grant, office, person, unit

TOMORROW = TODAY + timedelta(days=1)


def held(session: Session, person_id: int, day: date = TODAY) -> list[Role]:
    return [role.role for role in queries.roles_of(session, person_id, day=day)]


def test_one_address_is_one_person_in_any_spelling(session: Session) -> None:
    first = person(session, " Siti@Banten.go.id ")
    assert queries.find_person(session, "SITI@banten.GO.ID") == first
    with pytest.raises(Conflict, match="already"):
        person(session, "siti@BANTEN.go.id")


@pytest.mark.parametrize(
    "email", ["", "siti", "siti@banten", "@banten.go.id", "a@b@c.id", "si ti@banten.go.id", "a\0@b.id"]
)
def test_what_is_no_address_is_refused(session: Session, email: str) -> None:
    with pytest.raises(BadInput, match="e-mail"):
        service.add_person(session, name="Siti", email=email, by="cli:test", now=NOW)


def test_the_database_too_knows_one_spelling(session: Session) -> None:
    person(session, "siti@banten.go.id")
    with pytest.raises(IntegrityError, match="ck_person_email"):
        session.execute(text("INSERT INTO person (name, email, created_at) VALUES ('x', 'Siti@Banten.go.id', now())"))


@pytest.mark.parametrize(
    ("role", "place", "where"),
    [
        (Role.OPERATOR, Place(), "unit"),
        (Role.PROVINCE_COORDINATOR, Place(), "unit"),
        (Role.OPD_CONTRIBUTOR, Place(unit_id=1), "OPD"),
        (Role.OPERATOR, Place(unit_id=1, opd="Dinas Sosial"), "OPD"),
        (Role.OPERATOR, Place(unit_id=1, office_id=1), "office"),
        (Role.MINISTRY, Place(office_id=1), "office"),
        (Role.AUDITOR, Place(unit_id=1), "unit"),
        (Role.VERIFIER, Place(unit_id=1), "unit"),
        (Role.OPERATOR, Place(unit_id=-1), "reporting unit"),
        (Role.VERIFIER, Place(office_id=-1), "Kanwil"),
    ],
)
def test_a_role_is_held_where_it_belongs(session: Session, role: Role, place: Place, where: str) -> None:
    banten = unit(session, "36")
    place = replace(place, unit_id=banten) if place.unit_id == 1 else place
    with pytest.raises(BadInput, match=where):
        grant(session, person(session), role, place)


def test_a_coordinator_coordinates_a_province(session: Session) -> None:
    with pytest.raises(BadInput, match="a province"):
        grant(session, person(session), Role.PROVINCE_COORDINATOR, Place(unit(session, "36.04")))


@pytest.mark.parametrize(
    "values",
    [
        "'operator', NULL, NULL, NULL",
        "'opd_contributor', {unit}, NULL, ' '",
        "'ministry', {unit}, NULL, NULL",
        "'ministry', NULL, {office}, NULL",
        "'operator', {unit}, NULL, 'Dinas'",
        "'king', NULL, NULL, NULL",
    ],
)
def test_the_database_too_knows_where_a_role_belongs(session: Session, values: str) -> None:
    place = values.format(unit=unit(session, "36"), office=office(session, "kanwil-ham-08"))
    with pytest.raises(IntegrityError, match="ck_role_assignment"):
        session.execute(
            text(
                "INSERT INTO role_assignment (person_id, valid_from, granted_by, granted_at, role, unit_id, office_id, opd) "
                f"VALUES ({person(session)}, current_date, 'x', now(), {values})".replace(values, place)
            )
        )


def test_a_role_holds_from_its_first_day_to_the_day_before_its_end(session: Session) -> None:
    siti = person(session)
    grant(session, siti, Role.MINISTRY, since=TODAY, to=TOMORROW)
    days = (TODAY - timedelta(days=1), TODAY, TOMORROW)
    assert [held(session, siti, day) for day in days] == [[], [Role.MINISTRY], []]


def test_the_same_role_is_not_held_twice_at_a_time(session: Session) -> None:
    siti = person(session)
    grant(session, siti, Role.MINISTRY, to=TOMORROW)
    with pytest.raises(Conflict, match="holds this role already"):
        grant(session, siti, Role.MINISTRY)
    grant(session, siti, Role.MINISTRY, since=TOMORROW)
    grant(session, siti, Role.AUDITOR)
    grant(session, person(session), Role.MINISTRY)


def test_a_role_is_ended_once_and_stays_in_the_history(session: Session) -> None:
    siti = person(session)
    role = grant(session, siti, Role.MINISTRY)
    service.end_role(session, role, on=TOMORROW, by="person:9", now=NOW)
    assert held(session, siti) == [Role.MINISTRY]
    assert held(session, siti, TOMORROW) == []
    (row,) = queries.roles(session, day=TOMORROW, person_id=siti, whole_history=True)
    assert (row.valid_from, row.valid_to, row.ended_by) == (TODAY, TOMORROW, "person:9")
    with pytest.raises(Conflict, match="was ended"):
        service.end_role(session, role, on=TODAY, by="person:9", now=NOW)
    with pytest.raises(NotFound):
        service.end_role(session, -1, on=TODAY, by="person:9", now=NOW)


def test_a_planned_end_may_come_earlier_but_not_later(session: Session) -> None:
    role = grant(session, person(session), Role.MINISTRY, to=TODAY + timedelta(days=10))
    with pytest.raises(Conflict, match="by itself"):
        service.end_role(session, role, on=TODAY + timedelta(days=10), by="x", now=NOW)
    with pytest.raises(Conflict, match="cannot end before"):
        service.end_role(session, role, on=TODAY - timedelta(days=1), by="x", now=NOW)
    service.end_role(session, role, on=TODAY, by="x", now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        "SET role = 'auditor'",
        "SET valid_from = valid_from - 1",
        "SET valid_to = valid_from + 5",
        "SET person_id = person_id",
        "SET valid_to = NULL, ended_by = NULL, ended_at = NULL",
    ],
)
@pytest.mark.parametrize("ended", [False, True])
def test_history_is_not_rewritten(session: Session, change: str, ended: bool) -> None:
    role = grant(session, person(session), Role.MINISTRY)
    if ended:
        service.end_role(session, role, on=TOMORROW, by="x", now=NOW)
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        session.execute(text(f"UPDATE role_assignment {change} WHERE id = {role}"))


def test_history_is_not_deleted(session: Session) -> None:
    grant(session, person(session), Role.MINISTRY)
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        session.execute(text("DELETE FROM role_assignment"))


def test_a_hand_over_leaves_no_day_with_none_or_two(session: Session) -> None:
    old, new = person(session), person(session)
    place = Place(unit(session, "36.04"))
    last = TODAY + timedelta(days=30)
    before = grant(session, old, Role.OPERATOR, place, to=last)
    after = service.hand_over(session, before, new, on=TOMORROW, by="person:9", now=NOW)
    for day, holder in ((TODAY, old), (TOMORROW, new), (last - timedelta(days=1), new)):
        assert [p for p in (old, new) if held(session, p, day)] == [holder]
    assert held(session, new, last) == []
    (row,) = queries.roles_of(session, new, day=TOMORROW)
    assert (row.id, row.unit_id) == (after, place.unit_id)


def test_a_hand_over_that_fails_ends_nothing(session: Session) -> None:
    old, gone = person(session), person(session)
    service.disable_person(session, gone, by="x", now=NOW)
    role = grant(session, old, Role.MINISTRY)
    for successor, why in ((gone, "disabled"), (old, "already"), (-1, "no person")):
        with pytest.raises((Conflict, NotFound), match=why), session.begin_nested():
            service.hand_over(session, role, successor, on=TODAY, by="x", now=NOW)
    assert held(session, old) == [Role.MINISTRY]


def test_a_disabled_person_s_role_can_be_handed_over(session: Session) -> None:
    old, new = person(session), person(session)
    role = grant(session, old, Role.MINISTRY)
    assert [service.disable_person(session, old, by="x", now=NOW) for _ in range(2)] == [True, False]
    service.hand_over(session, role, new, on=TODAY, by="x", now=NOW)
    assert (held(session, old), held(session, new)) == ([], [Role.MINISTRY])
    with pytest.raises(Conflict, match="disabled"):
        grant(session, old, Role.MINISTRY)
    assert [service.enable_person(session, old, by="x", now=NOW) for _ in range(2)] == [True, False]
    grant(session, old, Role.AUDITOR)


def test_grants_ends_and_hand_overs_are_events(session: Session) -> None:
    old, new = person(session), person(session)
    first = grant(session, old, Role.MINISTRY)
    second = service.hand_over(session, first, new, on=TODAY, by="person:9", now=NOW)
    service.end_role(session, second, on=TOMORROW, by="person:9", now=NOW)
    assert events(session)[2:] == ["role.granted", "role.ended", "role.granted", "role.ended"]
    ended, granted = audit.events(session, subject="role_assignment", subject_id=second)
    assert granted.actor == ended.actor == "person:9"
    assert f'"handed_over_from":{first}' in granted.payload
    assert audit.verify(session).broken_at is None
