"""A plan that says how its reports are verified is followed to the letter."""

import pytest
from sqlalchemy.orm import Session

from ranham.submission.states import State
from ranham.verification import service
from ranham.verification.queries import escalations
from ranham.verification.rules import Mark
from tests.verification import desk
from tests.verification.desk import KL, NOW, SERANG

PRE_CHECK = {"name": "pre_check", "days": 2, "escalates": False}
CENTRAL = {"name": "central", "days": 7, "escalates": True}


def test_a_plan_with_central_verification_only_knows_no_pre_check(session: Session) -> None:
    desk.load_own_plan(session, tiers=[CENTRAL])
    desk.send(session, SERANG)
    desk.fill(session)
    row = desk.only(session)
    assert (row.tier, row.office, row.due_at) == ("central", "central", NOW + desk.days(7))
    assert desk.accept(session, row.task_id, "pusat").state is State.VERIFIED


def test_where_only_offices_read_the_centre_reads_what_no_office_looks_after(session: Session) -> None:
    desk.load_own_plan(session, tiers=[PRE_CHECK])
    for unit in (SERANG, KL):
        desk.send(session, unit)
    desk.fill(session)
    rows = desk.tasks(session)
    assert {(row.unit_code, row.tier, row.office) for row in rows} == {
        (SERANG, "pre_check", "kanwil-36"),
        (KL, "pre_check", "central"),
    }
    assert {desk.accept(session, row.task_id, "ani").state for row in rows} == {State.VERIFIED}


def test_a_plan_without_returns_has_none(session: Session) -> None:
    desk.load_own_plan(session, max_rounds=0)
    desk.send(session, KL)
    desk.fill(session)
    with pytest.raises(service.NoReturnLeft, match="returned 0 times"):
        desk.give_back(session, desk.only(session).task_id, "pusat")


def test_the_days_for_a_revision_and_the_points_of_a_part_mark_are_the_plans(session: Session) -> None:
    desk.load_own_plan(session, return_days=1, partly_fulfilled_bp=6000)
    desk.send(session, KL)
    desk.send(session, KL, 1)
    desk.fill(session)
    first, second = (row.task_id for row in desk.tasks(session))
    assert desk.give_back(session, first, "pusat").new_deadline == NOW + desk.days(1)
    assert desk.accept(session, second, "pusat", mark=Mark.PARTLY).score_bp == 6000


def test_only_tiers_that_escalate_are_escalated(session: Session) -> None:
    desk.load_own_plan(session, tiers=[PRE_CHECK, CENTRAL])
    for unit in (SERANG, KL):
        desk.send(session, unit)
    desk.fill(session)
    late = escalations(session, desk.b08(session), now=NOW + desk.days(8)).rows
    assert [row.unit_code for row in late] == [KL]


def test_a_plan_without_second_readings_has_none(session: Session) -> None:
    desk.load_own_plan(session, second_reading_share_bp=0)
    for number in range(6):
        desk.send(session, KL, number)
    desk.fill(session)
    service.batch_accept(session, desk.b08(session), office_id=None, by="pusat", now=NOW)
    assert desk.tasks(session, second=True) == []
