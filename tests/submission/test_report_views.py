"""What an operator sees: the list of what is owed, one report whole, and what is odd before sending."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo, find_period
from ranham.submission import drafts
from ranham.submission.drafts import DraftContent
from ranham.submission.models import Answer, DraftEvidence, Timeliness
from ranham.submission.preview import preview
from ranham.submission.queries import report_rows, report_view
from ranham.submission.states import Event, State
from tests.submission.desk import AFTER_WINDOW, IN_WINDOW, begun, fill, letter, measure, obligation, operator, send

NOTE = DraftContent(Answer.PARTLY, Decimal(40), "rapat dengan dinas sosial")


def test_the_list_tells_what_nobody_touched_and_what_is_overdue(small_session: Session, b08: PeriodInfo) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    rows = {(r.unit_code, r.action_code): r for r in report_rows(small_session, b08, now=AFTER_WINDOW)}
    sent, silent = rows["31", "D1"], rows["31", "D2"]
    assert (sent.state, sent.timeliness, sent.revision, sent.not_reported) == (
        State.SUBMITTED, Timeliness.ON_TIME, 1, False,
    )  # fmt: skip
    assert (silent.state, silent.version, silent.not_reported) == (State.NOT_STARTED, 0, True)
    assert not any(r.not_reported for r in report_rows(small_session, b08, now=IN_WINDOW))


def test_the_list_is_read_in_pages_and_by_state(small_session: Session, b08: PeriodInfo) -> None:
    begun(small_session, b08)
    everything = report_rows(small_session, b08, now=IN_WINDOW)
    first = report_rows(small_session, b08, now=IN_WINDOW, limit=4)
    rest = report_rows(small_session, b08, now=IN_WINDOW, after=first[-1].obligation_id)
    assert [*first, *rest] == everything
    assert len(everything) == 9
    drafted = report_rows(small_session, b08, now=IN_WINDOW, state=State.DRAFT)
    assert [(r.unit_code, r.action_code) for r in drafted] == [("31", "D1")]


def test_a_report_shows_draft_beside_what_was_sent_and_its_history(small_session: Session, b08: PeriodInfo) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    report = begun(small_session, b08)
    second = measure(small_session, b08, 2)
    drafts.save_answer(small_session, report, second, NOTE, operator(), seen_version=1)
    view = report_view(small_session, b08, obligation(small_session), now=IN_WINDOW)
    answer = next(a for a in view.answers if a.measure_id == second)
    assert (answer.sent_value, answer.draft_value, answer.draft_version) == (50, 40, 2)
    assert [e.event for e in view.events] == [Event.EDIT, Event.SUBMIT]
    assert view.possible == (Event.EDIT, Event.SUBMIT, Event.TAKE)
    assert view.row.unsent


def test_oddities_are_warned_of_and_do_not_stop_anybody(small_session: Session, b08: PeriodInfo) -> None:
    before = {}
    for label in ("B08", "J08"):  # both are closed in month 8, so either is the period before B12
        earlier = find_period(small_session, f"RANHAM-T:2022-{label}")
        report = begun(small_session, earlier)
        for number in (1, 2):
            drafts.save_answer(
                small_session, report, measure(small_session, earlier, number),
                DraftContent(Answer.ACHIEVED, Decimal(50), NOTE.note), operator(), seen_version=None,
            )  # fmt: skip
        before[label] = report
    used = letter(small_session, before["B08"])
    for label, report in before.items():
        earlier = find_period(small_session, f"RANHAM-T:2022-{label}")
        first = measure(small_session, earlier, 1)
        small_session.add(DraftEvidence(report_id=report.id, measure_id=first, evidence_id=used.id))
        small_session.flush()
        send(small_session, earlier)
    b12 = find_period(small_session, "RANHAM-T:2022-B12")
    report = begun(small_session, b12)
    for number in (1, 2):
        drafts.save_answer(
            small_session, report, measure(small_session, b12, number), NOTE, operator(), seen_version=None
        )
    old = letter(small_session, report, sha256="b" * 64, dated_on=date(2021, 12, 31))
    for evidence in (used, old):
        small_session.add(
            DraftEvidence(report_id=report.id, measure_id=measure(small_session, b12, 1), evidence_id=evidence.id)
        )
    small_session.flush()
    _, findings = preview(small_session, b12, obligation(small_session), now=AFTER_WINDOW)
    assert {f.severity for f in findings} == {"warning"}
    assert sorted((f.code, f.measure_number) for f in findings) == [
        ("copied", 1), ("copied", 2), ("fell", 1), ("fell", 2), ("outside_period", 1), ("used_elsewhere", 1),
    ]  # fmt: skip
    assert "DKI Jakarta B08" in next(f.words for f in findings if f.code == "used_elsewhere")


def test_a_draft_that_is_not_begun_says_what_is_missing(small_session: Session, b08: PeriodInfo) -> None:
    _, findings = preview(small_session, b08, obligation(small_session), now=IN_WINDOW)
    assert [(f.code, f.measure_number) for f in findings] == [("empty", None), ("unanswered", 1), ("unanswered", 2)]
