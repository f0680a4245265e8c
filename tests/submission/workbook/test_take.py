"""What a filled-in workbook does: it writes the draft, once, and sends only where that is said."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.plan.queries import PeriodInfo
from ranham.submission import drafts, reports
from ranham.submission.drafts import DraftContent
from ranham.submission.models import Answer, DraftAnswer, DraftEvidence, Report, Submission
from ranham.submission.reports import Cause
from ranham.submission.states import Event, State
from ranham.submission.workbook import Level
from tests.submission.answers_file import count
from tests.submission.desk import AFTER_WINDOW, IN_WINDOW, begun, fill, letter, measure, obligation, operator, send
from tests.submission.workbook.paper import FILLED, codes, excused, filled, made, take


def draft(session: Session) -> dict[int, tuple[str | None, Decimal | None, str | None]]:
    """By measure number of D1."""
    rows = session.execute(
        text("""SELECT m.number, d.answer, d.value, d.note FROM draft_answer d JOIN measure m ON m.id = d.measure_id
                JOIN action a ON a.id = m.action_id WHERE a.code = 'D1' ORDER BY 1""")
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def with_letter(session: Session, period: PeriodInfo) -> None:
    report = session.query(Report).one()
    session.add(
        DraftEvidence(
            report_id=report.id, measure_id=measure(session, period, 1), evidence_id=letter(session, report).id
        )
    )
    session.flush()


def test_what_is_filled_in_is_in_the_draft_and_not_sent(small_session: Session, b08: PeriodInfo) -> None:
    receipt = take(small_session, filled(made(small_session, b08), FILLED))
    assert (receipt.answers_written, receipt.unchanged, receipt.sent, receipt.refused) == (2, 4, (), False)
    assert draft(small_session) == {1: ("achieved", 50, None), 2: ("partly", Decimal("7.5"), "di dua kecamatan")}
    report = small_session.query(Report).one()
    assert (report.state, report.unsent) == (State.DRAFT, True)
    assert count(small_session, "submission") == 0
    assert codes(receipt) == [("G4", "evidence_missing")]
    assert receipt.findings[0].level is Level.BLOCKING


def test_the_same_answers_again_change_nothing(small_session: Session, b08: PeriodInfo) -> None:
    file = filled(made(small_session, b08), FILLED)
    take(small_session, file)
    again = take(small_session, file, now=AFTER_WINDOW)
    assert (again.answers_written, again.unchanged) == (0, 6)
    assert {row.version for row in small_session.query(DraftAnswer)} == {1}
    assert count(small_session, "report_event") == 1


def test_an_untouched_workbook_begins_no_report(small_session: Session, b08: PeriodInfo) -> None:
    receipt = take(small_session, made(small_session, b08), submit=True)
    assert (receipt.answers_written, receipt.unchanged, receipt.findings) == (0, 6, ())
    assert count(small_session, "report") == 0


def test_an_answer_can_be_taken_out_again(small_session: Session, b08: PeriodInfo) -> None:
    take(small_session, filled(made(small_session, b08), FILLED))
    take(small_session, filled(made(small_session, b08), {"K5": None, "L5": None, "M5": None}))
    assert draft(small_session)[2] == (None, None, None)


def test_words_of_others_are_not_written_over(small_session: Session, b08: PeriodInfo) -> None:
    old = made(small_session, b08)
    report = begun(small_session, b08)
    theirs = DraftContent(Answer.NIL, None, "kata orang lain")
    drafts.save_answer(
        small_session, report, measure(small_session, b08, 1), theirs, operator(name="dinas"), seen_version=None
    )
    receipt = take(small_session, filled(old, FILLED))
    assert (receipt.answers_written, receipt.held_back, codes(receipt)) == (0, 1, [("K4", "conflict")])
    assert "dinas" in receipt.findings[0].words
    assert "nihil; kata orang lain" in receipt.findings[0].words
    assert draft(small_session) == {1: ("nil", None, "kata orang lain")}


def test_rows_that_nobody_touched_go_on_with_what_others_wrote(small_session: Session, b08: PeriodInfo) -> None:
    old = made(small_session, b08)
    report = begun(small_session, b08)
    theirs = DraftContent(Answer.PARTLY, Decimal(1))
    drafts.save_answer(
        small_session, report, measure(small_session, b08, 3), theirs, operator(name="dinas"), seen_version=None
    )
    receipt = take(small_session, filled(old, FILLED))
    assert (receipt.answers_written, receipt.refused) == (2, False)
    assert draft(small_session)[3] == ("partly", 1, None)


def test_a_report_is_saved_whole_or_not_at_all_and_the_others_are_saved(
    small_session: Session, b08: PeriodInfo
) -> None:
    file = filled(made(small_session, b08), FILLED | {"L6": "1.234", "K7": "nihil", "M7": "tidak ada"})
    receipt = take(small_session, file)
    assert (receipt.answers_written, receipt.held_back) == (1, 2)
    assert ("L6", "value_not_a_number") in codes(receipt)
    assert draft(small_session) == {}


def test_sound_rows_are_saved_where_that_is_wanted(small_session: Session, b08: PeriodInfo) -> None:
    file = filled(made(small_session, b08), FILLED | {"K6": "mungkin"})
    receipt = take(small_session, file, by_row=True)
    assert (receipt.answers_written, codes(receipt)) == (2, [("K6", "answer_unknown")])
    assert set(draft(small_session)) == {1, 2}


def test_a_local_agency_fills_in_only_what_it_is_asked(small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    drafts.ask(small_session, report, measure(small_session, b08, 1), "Dinas Sosial", operator())
    file = filled(made(small_session, b08), FILLED)
    receipt = take(small_session, file, own_opd="Dinas Sosial", by_row=True)
    assert (receipt.answers_written, codes(receipt)) == (1, [("K5", "not_asked")])
    assert take(small_session, file, own_opd="Dinas Sosial").answers_written == 0
    with pytest.raises(Conflict, match="the operator of the unit sends"):
        take(small_session, file, own_opd="Dinas Sosial", submit=True)


def test_an_obligation_that_was_excused_meanwhile_takes_no_answer(small_session: Session, b08: PeriodInfo) -> None:
    file = filled(made(small_session, b08), FILLED)
    excused(small_session, b08)
    receipt = take(small_session, file)
    assert codes(receipt) == [("K4", "excused"), ("K5", "excused")]
    assert draft(small_session) == {}


def test_a_report_that_is_being_verified_is_left_alone(small_session: Session, b08: PeriodInfo) -> None:
    file = filled(made(small_session, b08), {"K7": "tercapai", **FILLED})
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    report = reports.lock_report(small_session, obligation(small_session), b08.id, now=IN_WINDOW)
    reports.move(small_session, report, Event.TAKE, Cause("verifier", IN_WINDOW))
    receipt = take(small_session, file)
    assert ("K5", "not_open") in codes(receipt)
    assert "sedang diverifikasi" in next(f.words for f in receipt.findings if f.code == "not_open")
    assert receipt.answers_written == 1
    assert draft(small_session)[2] == ("achieved", 50, None)


def test_only_reports_that_nothing_blocks_are_sent(small_session: Session, b08: PeriodInfo) -> None:
    data = made(small_session, b08)
    receipt = take(small_session, filled(data, FILLED), submit=True)
    assert (receipt.sent, codes(receipt)) == ((), [("G4", "evidence_missing")])
    with_letter(small_session, b08)
    receipt = take(small_session, filled(data, FILLED | {"K7": "nihil"}), submit=True)
    assert [sent.revision for sent in receipt.sent] == [1]
    assert ("M7", "reason_missing") in codes(receipt)
    assert count(small_session, "submission") == 1
    sent = small_session.query(Submission).one()
    assert (sent.channel, sent.submitted_offset_minutes) == ("workbook", 420)
    again = take(small_session, filled(data, FILLED), submit=True)
    assert [sent.unchanged for sent in again.sent] == [True]
    assert count(small_session, "submission") == 1


def test_nothing_is_sent_that_its_sender_has_not_seen(small_session: Session, b08: PeriodInfo) -> None:
    file = filled(made(small_session, b08), FILLED)
    take(small_session, file)
    with_letter(small_session, b08)
    report = small_session.query(Report).one()
    unfinished = DraftContent(Answer.PARTLY, note="belum selesai")
    drafts.save_answer(small_session, report, measure(small_session, b08, 3), unfinished, operator(), seen_version=None)
    receipt = take(small_session, file, submit=True)
    assert (receipt.sent, codes(receipt)) == ((), [("K6", "changed_by_others")])


def test_a_workbook_of_before_a_return_is_not_sent_as_its_answer(small_session: Session, b08: PeriodInfo) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    old = made(small_session, b08)
    report = reports.lock_report(small_session, obligation(small_session), b08.id, now=IN_WINDOW)
    reports.move(small_session, report, Event.TAKE, Cause("verifier", IN_WINDOW))
    reports.move(small_session, report, Event.RETURN, Cause("verifier", IN_WINDOW, "no_signature", "tanda tangan"))
    receipt = take(small_session, filled(old, {"M5": "sudah"}), submit=True)
    assert (receipt.sent, codes(receipt)) == ((), [("K4", "moved_on")])
    assert "dikembalikan sejak lembar ini dibuat (tanda tangan)" in receipt.findings[0].words
    receipt = take(small_session, filled(made(small_session, b08), {"M5": "sudah"}), submit=True)
    assert [sent.state for sent in receipt.sent] == [State.RESUBMITTED]


def test_before_the_window_the_draft_is_kept_and_the_reason_told(small_session: Session, b08: PeriodInfo) -> None:
    early = IN_WINDOW.replace(month=8, day=1)
    file = filled(made(small_session, b08), {"K4": "belum tercapai", "K5": "belum tercapai"})
    receipt = take(small_session, file, now=early, submit=True)
    assert (receipt.answers_written, codes(receipt)) == (2, [("K4", "not_sent")])
    assert "the window opens at 2022-08-31" in receipt.findings[0].words


def test_what_a_cell_cannot_hold_is_not_lost_when_something_else_is_changed(
    small_session: Session, b08: PeriodInfo
) -> None:
    report = begun(small_session, b08)
    long = DraftContent(Answer.PARTLY, Decimal("1.0000"), "a" * 40_000)
    drafts.save_answer(small_session, report, measure(small_session, b08, 1), long, operator(), seen_version=None)
    data = made(small_session, b08)
    assert take(small_session, data).answers_written == 0
    take(small_session, filled(data, {"K4": "tercapai"}))
    assert draft(small_session)[1] == ("achieved", 1, "a" * 40_000)
