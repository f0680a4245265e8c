"""The queue is what is due and not there yet; it fills itself, in the right office and tier."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput
from ranham.submission.models import Timeliness
from ranham.verification import service
from ranham.verification.queries import Desk, TaskState, ageing, escalations, queue
from tests.verification import desk
from tests.verification.desk import BANTEN, KL, KOTA_SERANG, NOW, SERANG


def test_reports_that_came_as_files_get_their_rows_and_tasks_in_one_call(session: Session) -> None:
    obligations = [desk.send(session, SERANG), desk.send(session, SERANG, 1), desk.send(session, BANTEN)]
    assert desk.fill(session) == service.Filled(reports_begun=3, tasks=3, second_readings=0)
    assert [desk.state(session, each) for each in obligations] == ["submitted"] * 3


def test_filling_again_changes_nothing(session: Session) -> None:
    desk.send(session, SERANG)
    desk.fill(session)
    before = desk.tasks(session)
    assert desk.fill(session, NOW + desk.days(1)) == service.Filled(0, 0, 0)
    assert desk.tasks(session) == before


@pytest.mark.parametrize(
    ("unit", "tier", "office"),
    [
        (SERANG, "pre_check", "kanwil-36"),
        (BANTEN, "pre_check", "kanwil-36"),
        ("65.71", "pre_check", "kanwil-64"),  # Kaltara was Kaltim's until February 2025
        (KL, "central", "central"),
    ],
)
def test_a_report_goes_to_the_office_of_its_province_and_a_ministrys_to_the_centre(
    session: Session, unit: str, tier: str, office: str
) -> None:
    desk.send(session, unit)
    desk.fill(session)
    row = desk.only(session)
    assert (row.tier, row.office, row.round) == (tier, office, 1)


def test_the_pre_check_has_five_days_and_the_centre_three_from_its_published_days_on(session: Session) -> None:
    desk.send(session, SERANG)
    desk.send(session, KL)
    early = datetime(2022, 9, 2, tzinfo=UTC)
    desk.fill(session, early)
    due = {row.tier: row.due_at for row in desk.tasks(session)}
    assert due["pre_check"] == early + desk.days(5)
    assert due["central"] == datetime(2022, 9, 9, 17, tzinfo=UTC)  # the end of 9 September in Jakarta


def test_the_second_tier_appears_when_the_first_has_passed(session: Session) -> None:
    obligation = desk.send(session, SERANG)
    desk.fill(session)
    first = desk.only(session)
    desk.accept(session, first.task_id, "kanwil")
    assert desk.fill(session).tasks == 0
    following = desk.only(session)
    assert (following.tier, following.office, following.round) == ("central", "central", 1)
    assert desk.state(session, obligation) == "under_verification"


def test_a_lost_second_tier_is_made_by_the_next_filling(session: Session) -> None:
    desk.send(session, SERANG)
    desk.fill(session)
    desk.accept(session, desk.only(session).task_id, "kanwil")
    session.execute(text("DELETE FROM verification_task WHERE tier = 'central'"))
    session.expire_all()
    assert desk.fill(session).tasks == 1
    assert desk.only(session).tier == "central"


def test_a_report_that_comes_again_goes_to_the_tier_that_returned_it(session: Session) -> None:
    desk.send(session, SERANG)
    desk.fill(session)
    desk.accept(session, desk.only(session).task_id, "kanwil")
    desk.give_back(session, desk.only(session).task_id, "pusat")
    assert desk.tasks(session) == []
    assert desk.fill(session).tasks == 0
    desk.send(session, SERANG)
    assert desk.fill(session).tasks == 1
    again = desk.only(session)
    assert (again.tier, again.round, again.revision) == ("central", 2, 2)


def test_a_newer_revision_of_a_report_that_waits_needs_no_second_task(session: Session) -> None:
    desk.send(session, SERANG)
    desk.fill(session)
    desk.send(session, SERANG)
    assert desk.fill(session).tasks == 0
    assert desk.only(session).revision == 2


def test_the_queue_is_one_desks_and_gives_the_most_urgent_first_page_by_page(session: Session) -> None:
    period = desk.b08(session)
    for number, unit in enumerate((SERANG, KOTA_SERANG, BANTEN, KL, "32.01")):
        desk.send(session, unit)
        desk.fill(session, NOW + desk.days(number))
    banten = desk.office_id(session, "kanwil-36")
    seen: list[Any] = []
    after = None
    while True:
        page = queue(session, period, desk=banten, now=NOW, limit=2, after=after)
        seen += page.rows
        after = page.after
        if after is None:
            break
    assert [row.unit_name for row in seen] == ["Kabupaten Serang", "Kota Serang", "Provinsi Banten"]
    assert [row.unit_code for row in desk.tasks(session, desk=Desk.CENTRAL)] == [KL]
    assert len(desk.tasks(session)) == 5
    with pytest.raises(BadInput, match="cursor"):
        queue(session, period, desk=Desk.ALL, now=NOW, after="yesterday")


def test_the_queue_tells_what_waits_is_allocated_taken_and_done(session: Session) -> None:
    for unit in (SERANG, KOTA_SERANG, BANTEN):
        desk.send(session, unit)
    desk.fill(session)
    waiting, taken, done = (row.task_id for row in desk.tasks(session))
    service.take(session, taken, by="ani", now=NOW)
    desk.accept(session, done, "budi")
    states = {row.task_id: row.state for row in desk.tasks(session)}
    assert (states[waiting], states[taken]) == (TaskState.WAITING, TaskState.TAKEN)
    assert [row.task_id for row in desk.tasks(session, state=TaskState.DONE)] == [done]
    assert [row.task_id for row in desk.tasks(session, verifier="ani")] == [taken]


def test_late_and_incomplete_reports_say_so_in_the_queue(session: Session) -> None:
    desk.send(session, SERANG, timeliness=Timeliness.LATE, complete=False)
    desk.fill(session)
    row = desk.only(session)
    assert (row.timeliness, row.complete, row.revision) == ("late", False, 1)


def test_ageing_counts_open_tasks_against_their_limit(session: Session) -> None:
    sent = {SERANG: 0.0, KOTA_SERANG: 6.0, BANTEN: 8.0, "36.01": 9.0}
    for unit, day in sent.items():
        desk.send(session, unit)
        desk.fill(session, NOW + desk.days(day))
    rows = ageing(session, desk.b08(session), now=NOW + desk.days(11))
    assert [(r.office, r.tier, r.open, r.first_half, r.second_half, r.overdue, r.long_overdue) for r in rows] == [
        ("kanwil-36", "pre_check", 4, 1, 1, 1, 1)
    ]
    assert rows[0].oldest_due_at == NOW + desk.days(5)
    assert rows[0].unallocated == 4


def test_what_is_past_its_limit_is_escalated_and_the_limit_itself_counts(session: Session) -> None:
    desk.send(session, SERANG)
    desk.fill(session)
    period, limit = desk.b08(session), NOW + desk.days(5)
    assert escalations(session, period, now=limit - desk.days(0.01)).rows == []
    assert escalations(session, period, now=limit).rows[0].overdue_days == 0
    assert escalations(session, period, now=limit + desk.days(2.5)).rows[0].overdue_days == 2
