"""A drawn report is read by a second verifier who does not see the first one's marks, and nothing changes by it."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.submission.models import Report
from ranham.submission.reports import Cause, move
from ranham.submission.states import Event
from ranham.verification import service
from ranham.verification.queries import agreement, answers, decisions
from ranham.verification.rules import Aspect, Decision, Interests, Mark, MeasureMark, ReasonCode, Verdict, drawn
from tests.verification import desk
from tests.verification.desk import KL, NOW


@pytest.fixture
def every_report(session: Session) -> None:
    """A plan that has every report read twice."""
    desk.load_own_plan(session, second_reading_share_bp=10_000)


def read_once(session: Session, number: int = 0) -> tuple[int, int]:
    """One report, read by ani; gives the report and the task of the second reading."""
    desk.send(session, KL, number)
    desk.fill(session)
    task = desk.only(session, state="waiting").task_id
    desk.accept(session, task, "ani")
    second = desk.only(session, state="waiting", second=True)
    return second.report_id, second.task_id


def test_the_draw_in_the_database_is_the_draw_of_the_rule(session: Session) -> None:
    desk.load_own_plan(session, second_reading_share_bp=4000)
    for number in range(4):
        desk.send(session, KL, number)
    for province in (f"3{n}" for n in range(1, 7)):
        for number in range(8):
            desk.send(session, province, number)
    desk.fill(session)
    for office in ("kanwil-31", "kanwil-32", "kanwil-33", "kanwil-34", "kanwil-35", "kanwil-36", None):
        office_id = office and desk.office_id(session, office)
        service.batch_accept(session, desk.b08(session), office_id=office_id, by="ani", now=NOW)
    read = session.execute(text("SELECT submission_id FROM verification_decision WHERE verdict = 'accept'")).scalars()
    period = desk.b08(session).id
    expected = {submission for submission in read if drawn(period, submission, 4000)}
    made = session.execute(text("SELECT submission_id FROM verification_task WHERE second_reading")).scalars().all()
    assert set(made) == expected
    assert made
    assert len(made) == len(expected)
    assert desk.fill(session).second_readings == 0


@pytest.mark.usefixtures("every_report")
def test_it_is_for_another_verifier(session: Session) -> None:
    _, task = read_once(session)
    with pytest.raises(service.ConflictOfInterest, match="the second reading is for another"):
        service.take(session, task, by="ani", now=NOW)
    made = service.allocate(session, desk.b08(session), {"ani": Interests()}, office_id=None, now=NOW)
    assert (made.given, made.nobody) == ({}, (task,))
    both = {"ani": Interests(), "budi": Interests()}
    assert service.allocate(session, desk.b08(session), both, office_id=None, now=NOW).given == {task: "budi"}


@pytest.mark.usefixtures("every_report")
def test_the_first_marks_are_hidden_from_the_decision_on_until_the_second_reading_is_done(session: Session) -> None:
    report, task = read_once(session)
    assert [row.decided_by for row in decisions(session, report, reader="ani")] == ["ani"]
    assert decisions(session, report, reader="budi") == []
    service.take(session, task, by="budi", now=NOW)
    assert decisions(session, report, reader="budi") == []
    assert [row.decided_by for row in decisions(session, report, reader=None)] == ["ani"]
    desk.accept(session, task, "budi", mark=Mark.PARTLY)
    assert [row.decided_by for row in decisions(session, report, reader="budi")] == ["ani", "budi"]
    assert [row.decided_by for row in decisions(session, report, reader="ani")] == ["ani", "budi"]
    assert [row.decided_by for row in decisions(session, report, reader=None)] == ["ani"]


@pytest.mark.usefixtures("every_report")
@pytest.mark.parametrize("verdict", [Verdict.ACCEPT, Verdict.RETURN])
def test_it_changes_no_report(session: Session, verdict: Verdict) -> None:
    _, task = read_once(session)
    before = session.execute(text("SELECT * FROM report")).one(), desk.tasks(session, state="waiting")
    events = session.scalar(text("SELECT count(*) FROM report_event"))
    taken = service.take(session, task, by="budi", now=NOW)
    decision = Decision(verdict, desk.full(session, task, Mark.NOT_FULFILLED))
    made = service.decide(
        session, task, decision, by="budi", now=NOW, close_after_days=30, expected_version=taken.version - 1
    )
    assert made.new_deadline is None
    assert session.execute(text("SELECT * FROM report")).one() == before[0]
    assert session.scalar(text("SELECT count(*) FROM report_event")) == events
    assert desk.fill(session) == service.Filled(0, 0, 0)


@pytest.mark.usefixtures("every_report")
def test_it_reads_the_revision_that_was_read_first_even_when_the_report_moved_on(session: Session) -> None:
    report, task = read_once(session)
    first = decisions(session, report, reader="ani")[0]
    held = session.get_one(Report, report)
    move(session, held, Event.REOPEN, Cause("kementerian", NOW, remark="banding"))
    desk.send(session, KL)
    assert desk.only(session, second=True).revision == first.revision
    desk.accept(session, task, "budi")
    assert {row.revision for row in decisions(session, report, reader="budi")} == {1}


@pytest.mark.usefixtures("every_report")
def test_batch_acceptance_leaves_second_readings_to_people(session: Session) -> None:
    _, task = read_once(session)
    made = service.batch_accept(session, desk.b08(session), office_id=None, by="budi", now=NOW)
    assert (made.task_ids, made.left) == ((), {})
    assert desk.only(session, second=True).task_id == task


@pytest.mark.usefixtures("every_report")
def test_agreement_is_counted_per_aspect_by_hand(session: Session) -> None:
    """Two reports; the first reader always says fulfilled for both aspects.

    Administrative: the second says the same throughout: kappa is not defined. Substantive: the second says fulfilled
    of the first report and not of the other: observed 1/2, expected (2 x 1) / (2 x 2) = 1/2 of equal reports: kappa 0.
    """
    period = desk.b08(session)
    assert [row.note for row in agreement(session, period)] == ["not defined: nothing was read twice yet"] * 2
    pairs = 0
    for number, mark in enumerate((Mark.FULFILLED, Mark.NOT_FULFILLED)):
        _, task = read_once(session, number)
        service.take(session, task, by="budi", now=NOW)
        asked = answers(session, task)
        pairs += len(asked)
        reason = None if mark is Mark.FULFILLED else ReasonCode.OFF_MEASURE
        given = [MeasureMark(row.measure_no, Aspect.ADMINISTRATIVE, Mark.FULFILLED) for row in asked]
        given += [MeasureMark(row.measure_no, Aspect.SUBSTANTIVE, mark, reason) for row in asked]
        decision = Decision(Verdict.ACCEPT, given)
        service.decide(session, task, decision, by="budi", now=NOW, close_after_days=30)
    administrative, substantive = agreement(session, period)
    assert (administrative.readings, administrative.pairs, administrative.agreed) == (2, pairs, pairs)
    assert (administrative.kappa, administrative.note) == (
        None,
        "not defined: both used one and the same mark throughout",
    )
    assert substantive.kappa == Decimal("0.0000")
    assert substantive.agreed < substantive.pairs == pairs
