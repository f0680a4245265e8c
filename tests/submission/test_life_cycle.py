"""From draft to final: what the offices, the verifier and the ministry do with one report."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Conflict
from ranham.plan.queries import PeriodInfo
from ranham.submission import drafts, receiving, reports
from ranham.submission.drafts import DraftContent, NotAsked
from ranham.submission.facts import AnswerInput
from ranham.submission.models import Answer, ReportEvent, Timeliness
from ranham.submission.receiving import ReportRefused, Sender
from ranham.submission.reports import Cause, NotPossible, StaleVersion
from ranham.submission.states import Event, State
from tests.submission import answers_file, desk
from tests.submission.desk import AFTER_WINDOW, IN_WINDOW, begun, fill, measure, obligation, operator, send

VERIFIER = Cause("verifier", IN_WINDOW)


def returned(session: Session, period: PeriodInfo, *, due: datetime) -> None:
    report = reports.lock_report(session, obligation(session), period.id, now=IN_WINDOW)
    reports.move(session, report, Event.TAKE, VERIFIER)
    reports.move(session, report, Event.RETURN, Cause("verifier", IN_WINDOW, "no_signature", "sign it"))
    report.return_due_at = due
    session.flush()


def test_the_draft_of_an_operator_becomes_a_revision(small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    fill(small_session, b08, report)
    assert (report.state, report.unsent) == (State.DRAFT, True)
    receipt = send(small_session, b08)
    assert (receipt.revision, receipt.state, receipt.timeliness) == (1, State.SUBMITTED, Timeliness.ON_TIME)
    assert (receipt.complete, receipt.achieved, receipt.unchanged, report.unsent) == (True, True, False, False)
    assert answers_file.count(small_session, "measure_answer") == 2
    assert answers_file.count(small_session, "answer_evidence") == 1


def test_sending_the_same_again_gives_the_receipt_of_then(small_session: Session, b08: PeriodInfo) -> None:
    fill(small_session, b08, begun(small_session, b08))
    first = send(small_session, b08)
    again = send(small_session, b08, now=AFTER_WINDOW, seen=1)
    assert again.unchanged
    assert (again.submission_id, again.received_at) == (first.submission_id, first.received_at)
    assert answers_file.count(small_session, "submission") == 1


def test_a_file_and_a_form_with_the_same_content_are_the_same_report(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    rows = [answers_file.row(measure_no=n, evidence="", answer="partly", value="7.5") for n in ("2", "3")]
    answers_file.take(small_session, answers_file.write(answers, rows), b08)
    report = reports.lock_report(small_session, obligation(small_session), b08.id, now=IN_WINDOW)
    assert report.state is State.SUBMITTED
    given = [AnswerInput(measure(small_session, b08, n), Answer.PARTLY, Decimal("7.5")) for n in (3, 2)]
    receipt = receiving.receive(small_session, report, given, operator(), sender=Sender("api"))
    assert receipt.unchanged
    assert not receipt.complete


def test_what_is_missing_or_off_is_said_at_once_and_nothing_is_written(small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    wrong = DraftContent(Answer.ACHIEVED, Decimal(101))
    drafts.save_answer(small_session, report, measure(small_session, b08, 1), wrong, operator(), seen_version=None)
    silent = DraftContent(Answer.NIL)
    drafts.save_answer(small_session, report, measure(small_session, b08, 3), silent, operator(), seen_version=None)
    with pytest.raises(ReportRefused) as refused:
        send(small_session, b08)
    assert [(f.code, f.measure_number) for f in refused.value.report_findings] == [
        ("off_range", 1),
        ("evidence_missing", 1),
        ("unanswered", 2),
        ("reason_missing", 3),
    ]
    for line, finding in zip(str(refused.value).splitlines(), refused.value.report_findings, strict=True):
        assert line == f"measure {finding.measure_number}: {finding.words}"
    assert answers_file.count(small_session, "submission") == 0


def test_a_measure_of_another_action_is_refused(small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    foreign = [AnswerInput(measure(small_session, b08, 1, "D2"), Answer.ACHIEVED)]
    with pytest.raises(BadInput, match="a measure of this action and period"):
        receiving.receive(small_session, report, foreign, operator(), sender=Sender("api"))


def test_the_second_writer_of_an_answer_is_told_and_the_first_ones_words_stay(
    small_session: Session, b08: PeriodInfo
) -> None:
    report, first = begun(small_session, b08), measure(small_session, b08, 1)
    written = DraftContent(Answer.PARTLY, note="dinas kesehatan")
    drafts.save_answer(small_session, report, first, written, operator(), seen_version=None)
    for seen in (None, 7):
        with pytest.raises(StaleVersion, match="it is now version"):
            drafts.save_answer(small_session, report, first, DraftContent(), operator(name="x"), seen_version=seen)
    assert drafts.save_answer(small_session, report, first, written, operator(), seen_version=1).version == 2


def test_a_local_agency_answers_only_what_it_is_asked(small_session: Session, b08: PeriodInfo) -> None:
    report, first = begun(small_session, b08), measure(small_session, b08, 1)
    content = DraftContent(Answer.PARTLY)
    with pytest.raises(NotAsked, match="Dinas Sosial"):
        drafts.save_answer(
            small_session, report, first, content, operator(), seen_version=None, own_opds={"Dinas Sosial"}
        )
    asked = drafts.ask(small_session, report, first, "Dinas Sosial", operator())
    saved = drafts.save_answer(
        small_session, report, first, content, operator(), seen_version=asked.version, own_opds={"Dinas Sosial"}
    )
    assert saved.answer is Answer.PARTLY


def test_an_edit_of_a_sent_report_goes_on_from_what_was_sent(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    rows = [answers_file.row(measure_no=n, evidence="", answer="partly") for n in ("2", "3")]
    answers_file.take(small_session, answers_file.write(answers, rows), b08)
    report = begun(small_session, b08)
    assert {a.measure_id for a in drafts.answers_of(small_session, report.id)} == {
        measure(small_session, b08, n) for n in (2, 3)
    }
    assert report.state is State.SUBMITTED


def test_a_stale_sender_is_told_and_nothing_is_written(small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    fill(small_session, b08, report)
    seen = report.version
    reports.move(small_session, report, Event.SUBMIT, operator())
    with pytest.raises(StaleVersion):
        send(small_session, b08, seen=seen)


def test_nothing_is_sent_while_a_verifier_reads(small_session: Session, b08: PeriodInfo) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    report = reports.lock_report(small_session, obligation(small_session), b08.id, now=IN_WINDOW)
    reports.move(small_session, report, Event.TAKE, VERIFIER)
    with pytest.raises(NotPossible, match="under verification; possible now: return, verify"):
        begun(small_session, b08)


def test_a_file_changes_no_report_that_is_being_verified(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    report = reports.lock_report(small_session, obligation(small_session), b08.id, now=IN_WINDOW)
    reports.move(small_session, report, Event.TAKE, VERIFIER)
    receipt = answers_file.take(small_session, answers_file.write(answers, [answers_file.row(value="3")]), b08)
    assert [f.reason_code for f in receipt.findings] == ["not_open"]
    assert answers_file.submission(small_session).id == report_submission(small_session)


def report_submission(session: Session) -> int:
    return int(session.execute(text("SELECT max(submission_id) FROM report_event")).scalar_one())


@pytest.mark.parametrize(
    ("due", "expected"), [(timedelta(days=4), Timeliness.ON_TIME), (timedelta(days=1), Timeliness.LATE)]
)
def test_a_resubmission_in_time_keeps_what_the_report_had(
    small_session: Session, b08: PeriodInfo, due: timedelta, expected: Timeliness
) -> None:
    report = begun(small_session, b08)
    fill(small_session, b08, report)
    send(small_session, b08)
    returned(small_session, b08, due=IN_WINDOW + due)
    with pytest.raises(ReportRefused, match="nothing changed since it was returned"):
        send(small_session, b08, now=AFTER_WINDOW)
    again = begun(small_session, b08, now=AFTER_WINDOW)
    changed = DraftContent(Answer.ACHIEVED, Decimal(60))
    drafts.save_answer(small_session, again, measure(small_session, b08, 2), changed, operator(), seen_version=1)
    receipt = send(small_session, b08, now=AFTER_WINDOW)
    assert (receipt.state, receipt.timeliness, receipt.revision) == (State.RESUBMITTED, expected, 2)


@pytest.mark.parametrize(("hours", "timeliness"), [(1, "on_time"), (30, "late")])
def test_a_file_answers_a_return_by_when_it_comes_not_by_the_times_in_it(
    small_session: Session, b08: PeriodInfo, answers: Path, hours: int, timeliness: str
) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    returned(small_session, b08, due=AFTER_WINDOW + timedelta(days=1))
    row = answers_file.row(measure_no="2", evidence="", value="61", submitted_at="2022-09-08T09:00:00+07:00")
    file = answers_file.write(answers, [row])
    answers_file.take(small_session, file, b08, now=AFTER_WINDOW + timedelta(hours=hours))
    report = reports.lock_report(small_session, obligation(small_session), b08.id, now=IN_WINDOW)
    assert (report.state, report.return_due_at) == (State.RESUBMITTED, None)
    assert answers_file.submission(small_session).timeliness == timeliness


def test_reopening_needs_a_reason_and_lets_a_report_of_a_closed_period_go_on(
    small_session: Session, b08: PeriodInfo
) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    small_session.execute(
        text("INSERT INTO period_state (period_id, opened_at, closed_at) VALUES (:p, :o, :c)"),
        {"p": b08.id, "o": IN_WINDOW, "c": AFTER_WINDOW},
    )
    with pytest.raises(NotPossible, match="the period is closed; the ministry may reopen"):
        begun(small_session, b08, now=AFTER_WINDOW)
    with pytest.raises(Conflict, match="needs a reason"):
        reports.reopen(small_session, obligation(small_session), b08.id, Cause("ministry", AFTER_WINDOW))
    why = Cause("ministry", AFTER_WINDOW, "court", "ruling 12")
    assert reports.reopen(small_session, obligation(small_session), b08.id, why).state is State.REOPENED
    report = begun(small_session, b08, now=AFTER_WINDOW)
    changed = DraftContent(Answer.PARTLY, Decimal(1))
    drafts.save_answer(small_session, report, measure(small_session, b08, 2), changed, operator(), seen_version=1)
    receipt = send(small_session, b08, now=AFTER_WINDOW)
    assert (receipt.state, receipt.timeliness) == (State.RESUBMITTED, Timeliness.ON_TIME)


def test_a_reopening_before_the_close_does_not_outlive_it(small_session: Session, b08: PeriodInfo) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    report = reports.lock_report(small_session, obligation(small_session), b08.id, now=IN_WINDOW)
    reports.move(small_session, report, Event.TAKE, VERIFIER)
    reports.move(small_session, report, Event.VERIFY, VERIFIER, score_bp=1)
    reports.reopen(small_session, obligation(small_session), b08.id, Cause("ministry", IN_WINDOW, "error", "x"))
    small_session.execute(
        text("INSERT INTO period_state (period_id, opened_at, closed_at) VALUES (:p, :o, :c)"),
        {"p": b08.id, "o": IN_WINDOW, "c": AFTER_WINDOW},
    )
    with pytest.raises(NotPossible, match="the period is closed"):
        begun(small_session, b08, now=AFTER_WINDOW + timedelta(days=1))


def test_the_close_makes_verified_reports_final(small_session: Session, b08: PeriodInfo) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    report = reports.lock_report(small_session, obligation(small_session), b08.id, now=IN_WINDOW)
    reports.move(small_session, report, Event.TAKE, VERIFIER)
    reports.move(small_session, report, Event.VERIFY, VERIFIER, score_bp=9125)
    assert reports.finalize_verified(small_session, b08.id, now=AFTER_WINDOW) == 1
    assert reports.finalize_verified(small_session, b08.id, now=AFTER_WINDOW) == 0
    small_session.refresh(report)
    assert (report.state, report.score_bp) == (State.FINAL, 9125)
    assert small_session.query(ReportEvent).filter_by(event=Event.FINALIZE, score_bp=9125).count() == 1


def test_what_happened_and_what_was_sent_cannot_be_rewritten(small_session: Session, b08: PeriodInfo) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    for statement in (
        "UPDATE report_event SET actor = 'x'",
        "DELETE FROM report_event",
        "DELETE FROM answer_evidence",
        "UPDATE answer_evidence SET evidence_id = evidence_id",
        "DELETE FROM evidence",
    ):
        with pytest.raises(DatabaseError, match=r"never changed|violates foreign key"), small_session.begin_nested():
            small_session.execute(text(statement))


def test_the_draft_waits_until_the_window_opens(small_session: Session, b08: PeriodInfo) -> None:
    fill(small_session, b08, begun(small_session, b08, unit="91"))
    # Papua is two hours ahead: its window opened at 22:00 in Jakarta of the day before.
    with pytest.raises(Conflict, match="2022-08-31T15:00"):
        send(small_session, b08, unit="91", now=datetime(2022, 8, 31, 14, 59, tzinfo=UTC))
    assert desk.send(small_session, b08, unit="91", now=datetime(2022, 8, 31, 15, tzinfo=UTC)).revision == 1
