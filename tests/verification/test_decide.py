"""A decision verifies, passes on or returns; what it lacks or overlooks is refused and nothing is written."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from ranham.cycle.service import close_period, open_period
from ranham.kernel.errors import BadInput, Conflict, NotFound
from ranham.submission.models import Report
from ranham.submission.reports import Cause, StaleVersion, lock_report, move
from ranham.submission.states import Event, State
from ranham.verification import service
from ranham.verification.queries import decisions
from ranham.verification.rules import Aspect, Decision, Mark, MeasureMark, ReasonCode, Verdict
from tests.verification import desk
from tests.verification.desk import CLOSE_AFTER, KL, NOW, SERANG

CLOSES = datetime(2022, 10, 6, 17, tzinfo=UTC)
"""30 days after the end of 6 September in Jakarta."""


@pytest.fixture
def task(session: Session) -> int:
    """A K/L report at the central desk."""
    desk.send(session, KL)
    desk.fill(session)
    return desk.only(session).task_id


def report(session: Session) -> Report:
    return session.query(Report).populate_existing().one()


def decide(session: Session, task: int, decision: Decision, **more: object) -> service.Outcome:
    given = {"by": "pusat", "now": NOW, "close_after_days": CLOSE_AFTER} | more
    return service.decide(session, task, decision, **given)  # type: ignore[arg-type]


def test_accepting_in_the_last_tier_verifies_with_the_score(session: Session, task: int) -> None:
    taken = service.take(session, task, by="pusat", now=NOW)
    first, *others = desk.full(session, task)
    partly = MeasureMark(first.measure_no, first.aspect, Mark.PARTLY, ReasonCode.NO_STAMP)
    made = decide(session, task, Decision(Verdict.ACCEPT, [partly, *others]), expected_version=taken.version)
    measures = 1 + len(others) // 2
    assert made.state is State.VERIFIED
    assert made.score_bp == round(10_000 - 3000 * 0.5 / measures)
    assert report(session).score_bp == made.score_bp
    events = session.execute(text("SELECT event, actor, score_bp, submission_id FROM report_event ORDER BY id")).all()
    assert events == [
        ("take", "pusat", None, taken.submission_id),
        ("verify", "pusat", made.score_bp, taken.submission_id),
    ]
    (shown,) = decisions(session, taken.report_id, reader="pusat")
    assert (shown.verdict, shown.score_bp, len(shown.marks)) == ("accept", made.score_bp, 2 * measures)
    assert [(m.reason_code, m.reason) for m in shown.marks if m.reason] == [("no_stamp", "tanpa cap / no stamp")]


def test_accepting_in_an_earlier_tier_passes_on_and_needs_no_marks(session: Session) -> None:
    desk.send(session, SERANG)
    desk.fill(session)
    first = desk.only(session).task_id
    service.take(session, first, by="kanwil", now=NOW)
    made = decide(session, first, Decision(Verdict.ACCEPT, remark="lengkap"), by="kanwil")
    assert (made.verdict, made.state, made.score_bp) == (Verdict.PASS_ON, State.UNDER_VERIFICATION, None)
    second = desk.only(session)
    assert second.tier == "central"
    assert desk.accept(session, second.task_id, "pusat").state is State.VERIFIED


def test_a_return_says_what_to_mend_and_until_when(session: Session, task: int) -> None:
    made = desk.give_back(session, task, "pusat")
    assert (made.state, made.new_deadline) == (State.RETURNED, NOW + desk.days(3))
    back = report(session)
    assert (back.return_due_at, back.round) == (NOW + desk.days(3), 1)
    (notice,) = decisions(session, back.id, reader=None)
    assert (notice.verdict, notice.reason_code, notice.remark) == ("return", "off_measure", "perbaiki ukuran 1")
    assert notice.marks[0].remark == "foto bukan kegiatan ini"
    event = session.execute(text("SELECT reason_code, remark FROM report_event WHERE event = 'return'")).one()
    assert event == ("off_measure", "perbaiki ukuran 1")


def test_a_deadline_ends_with_the_period(session: Session, task: int) -> None:
    made = desk.give_back(session, task, "pusat", now=CLOSES - desk.days(1))
    assert made.new_deadline == CLOSES


def test_a_period_that_an_outage_let_open_late_closes_later(session: Session, task: int) -> None:
    opened = datetime(2022, 9, 10, tzinfo=UTC)
    open_period(session, desk.b08(session), now=opened)
    made = desk.give_back(session, task, "pusat", now=CLOSES)
    assert made.new_deadline == CLOSES + desk.days(3)


def test_nothing_is_returned_when_no_time_is_left(session: Session, task: int) -> None:
    with pytest.raises(service.NoReturnLeft, match="leaves no time to send the report again; verify it"):
        desk.give_back(session, task, "pusat", now=CLOSES)
    assert desk.accept(session, task, "pusat", now=CLOSES).state is State.VERIFIED


def test_nothing_is_returned_after_an_early_close(session: Session, task: int) -> None:
    period = desk.b08(session)
    open_period(session, period, now=datetime(2022, 8, 31, tzinfo=UTC))
    close_period(session, period, now=NOW - desk.days(0.1), early_because="uji")
    with pytest.raises(service.NoReturnLeft):
        desk.give_back(session, task, "pusat")


def test_the_close_does_not_bind_a_report_that_was_reopened(session: Session) -> None:
    obligation, period = desk.send(session, KL), desk.b08(session)
    open_period(session, period, now=datetime(2022, 8, 31, tzinfo=UTC))
    close_period(session, period, now=CLOSES)
    late = CLOSES + desk.days(1)
    held = lock_report(session, obligation, period.id, now=late)
    move(session, held, Event.REOPEN, Cause("kementerian", late, remark="banding"))
    desk.send(session, KL)
    desk.fill(session, late)
    assert desk.give_back(session, desk.only(session).task_id, "pusat", now=late).new_deadline == late + desk.days(3)


def test_a_report_goes_back_twice_and_then_is_accepted_as_it_is(session: Session, task: int) -> None:
    for _ in range(2):
        desk.give_back(session, desk.only(session).task_id, "pusat")
        desk.send(session, KL)
        desk.fill(session)
    with pytest.raises(service.NoReturnLeft, match="returned 2 times, as often as the plan allows; verify it"):
        desk.give_back(session, desk.only(session).task_id, "pusat")
    made = desk.accept(session, desk.only(session).task_id, "pusat", mark=Mark.NOT_FULFILLED)
    assert (made.state, made.score_bp) == (State.VERIFIED, 0)


def test_a_verified_report_that_is_reopened_is_read_anew(session: Session, task: int) -> None:
    desk.accept(session, task, "pusat")
    held = lock_report(session, report(session).obligation_id, desk.b08(session).id, now=NOW)
    move(session, held, Event.REOPEN, Cause("kementerian", NOW, remark="salah unit"))
    desk.send(session, KL)
    assert desk.fill(session).tasks == 1
    again = desk.only(session)
    assert (again.round, again.revision) == (2, 2)
    assert desk.accept(session, again.task_id, "pusat").state is State.VERIFIED


def test_a_decision_that_lacks_something_is_refused_whole(session: Session, task: int) -> None:
    service.take(session, task, by="pusat", now=NOW)
    wrong = Decision(Verdict.ACCEPT, [MeasureMark(9, Aspect.SUBSTANTIVE, Mark.PARTLY)])
    with pytest.raises(BadInput) as refused:
        decide(session, task, wrong)
    said = str(refused.value)
    assert "measure 9, substantive: the action has no measure 9 in this period" in said
    assert "measure 9, substantive: it is marked 'partly' and the reporter is not told why" in said
    assert "measure 1, administrative: it has no mark" in said
    with pytest.raises(BadInput, match="nobody knows what to mend"):
        decide(session, task, Decision(Verdict.RETURN))
    assert session.scalar(text("SELECT count(*) FROM verification_decision")) == 0
    assert report(session).state is State.UNDER_VERIFICATION


def test_a_task_is_taken_before_it_is_decided_and_decided_once(session: Session, task: int) -> None:
    with pytest.raises(Conflict, match="take it first"):
        decide(session, task, Decision(Verdict.ACCEPT, desk.full(session, task)))
    desk.accept(session, task, "pusat")
    with pytest.raises(service.TaskDone, match="was decided by pusat"):
        decide(session, task, Decision(Verdict.ACCEPT, desk.full(session, task)))
    with pytest.raises(service.TaskDone):
        service.hand_back(session, task, by="pusat", now=NOW)
    with pytest.raises(NotFound, match="no verification task 0"):
        service.take(session, 0, by="pusat", now=NOW)


def test_who_saw_an_older_version_is_refused(session: Session, task: int) -> None:
    taken = service.take(session, task, by="pusat", now=NOW)
    marks = desk.full(session, task)
    with pytest.raises(StaleVersion, match="read it again"):
        decide(session, task, Decision(Verdict.ACCEPT, marks), expected_version=taken.version - 1)
    assert decide(session, task, Decision(Verdict.ACCEPT, marks), expected_version=taken.version).score_bp == 10_000


def test_a_revision_that_came_in_since_is_not_judged_unread(session: Session, task: int) -> None:
    first = service.take(session, task, by="pusat", now=NOW)
    desk.reports.report(session, report(session).obligation_id, desk.b08(session).id)
    with pytest.raises(Conflict, match="a new revision came in"):
        decide(session, task, Decision(Verdict.ACCEPT, desk.full(session, task)))
    again = service.take(session, task, by="pusat", now=NOW)
    assert again.submission_id != first.submission_id
    assert desk.accept(session, task, "pusat").state is State.VERIFIED


@pytest.mark.parametrize("table", ["verification_decision", "aspect_score"])
@pytest.mark.parametrize("change", ["UPDATE {} SET remark = 'lain'", "DELETE FROM {}"])
def test_what_was_decided_is_never_rewritten(session: Session, task: int, table: str, change: str) -> None:
    desk.accept(session, task, "pusat")
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        session.execute(text(change.format(table)))
