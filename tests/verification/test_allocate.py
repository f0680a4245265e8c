"""Tasks are given out evenly, never against an interest, and stay where they are."""

import pytest
from sqlalchemy.orm import Session

from ranham.verification import service
from ranham.verification.rules import Interests
from tests.verification import desk
from tests.verification.desk import BANTEN, KOTA_SERANG, NOW, SERANG

NOTHING = Interests()


def give(session: Session, verifiers: dict[str, Interests], office: str | None = "kanwil-36") -> service.Allocated:
    office_id = None if office is None else desk.office_id(session, office)
    return service.allocate(session, desk.b08(session), verifiers, office_id=office_id, now=NOW)


def holders(session: Session) -> dict[str | None, str | None]:
    return {row.unit_code: row.verifier for row in desk.tasks(session)}


def test_a_desk_gives_out_its_own_tasks_evenly_and_again_changes_nothing(session: Session) -> None:
    for number in range(6):
        desk.send(session, SERANG, number)
    desk.send(session, "32.01")
    desk.fill(session)
    made = give(session, {"ani": NOTHING, "budi": NOTHING})
    assert made.loads == {"ani": 3, "budi": 3}
    assert holders(session)["32.01"] is None
    before = desk.tasks(session)
    again = give(session, {"ani": NOTHING, "budi": NOTHING, "citra": NOTHING})
    assert (again.given, again.loads) == ({}, {"ani": 3, "budi": 3, "citra": 0})
    assert desk.tasks(session) == before


def test_who_has_less_gets_what_is_new(session: Session) -> None:
    for number in range(2):
        desk.send(session, SERANG, number)
    desk.fill(session)
    give(session, {"ani": NOTHING})
    for number in range(2, 6):
        desk.send(session, SERANG, number)
    desk.fill(session)
    assert give(session, {"ani": NOTHING, "budi": NOTHING}).loads == {"ani": 3, "budi": 3}


def test_an_own_unit_or_province_is_never_given_and_what_nobody_may_take_is_said(session: Session) -> None:
    for unit in (SERANG, KOTA_SERANG, BANTEN):
        desk.send(session, unit)
    desk.fill(session)
    by_unit = {row.unit_code: row.task_id for row in desk.tasks(session)}
    made = give(
        session,
        {
            "ani": Interests(units=frozenset({desk.unit_id(session, SERANG)})),
            "budi": Interests(provinces=frozenset({desk.unit_id(session, BANTEN)})),
        },
    )
    assert holders(session) == {SERANG: None, KOTA_SERANG: "ani", BANTEN: "ani"}
    assert made.nobody == (by_unit[SERANG],)


def test_an_interest_once_declared_binds_taking_and_deciding_too(session: Session) -> None:
    desk.send(session, SERANG)
    desk.fill(session)
    task = desk.only(session).task_id
    service.take(session, task, by="ani", now=NOW)
    own = Interests(provinces=frozenset({desk.unit_id(session, BANTEN)}))
    service.declare_interests(session, "ani", own, now=NOW)
    with pytest.raises(service.ConflictOfInterest, match="ani has a conflict of interest"):
        desk.accept(session, task, "ani")
    service.hand_back(session, task, by="kepala", now=NOW)
    with pytest.raises(service.ConflictOfInterest):
        service.take(session, task, by="ani", now=NOW)
    assert service.take(session, task, by="budi", now=NOW).task_id == task


def test_a_task_that_is_allocated_is_taken_by_its_verifier_only(session: Session) -> None:
    desk.send(session, SERANG)
    desk.fill(session)
    give(session, {"ani": NOTHING})
    task = desk.only(session).task_id
    with pytest.raises(service.WithAnother, match="allocated to ani"):
        service.take(session, task, by="budi", now=NOW)
    assert service.take(session, task, by="ani", now=NOW) == service.take(session, task, by="ani", now=NOW)


def test_who_falls_ill_gives_back_and_another_goes_on(session: Session) -> None:
    obligation = desk.send(session, SERANG)
    desk.fill(session)
    task = desk.only(session).task_id
    service.take(session, task, by="ani", now=NOW)
    service.hand_back(session, task, by="kepala", now=NOW)
    assert give(session, {"budi": NOTHING}).given == {task: "budi"}
    desk.accept(session, task, "budi")
    assert desk.state(session, obligation) == "under_verification"


def test_the_central_desk_has_its_own_verifiers(session: Session) -> None:
    desk.send(session, desk.KL)
    desk.send(session, SERANG)
    desk.fill(session)
    assert give(session, {"pusat": NOTHING}, office=None).loads == {"pusat": 1}
    assert holders(session) == {desk.KL: "pusat", SERANG: None}
