"""Files and forms write the same reports: nothing of the one is lost by the other, also at the same time."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from ranham.kernel.migrations import upgrade
from ranham.plan.queries import PeriodInfo, find_period
from ranham.submission import drafts, extensions
from ranham.submission.drafts import DraftContent
from ranham.submission.facts import AnswerInput
from ranham.submission.locating import locate
from ranham.submission.models import Answer
from ranham.submission.preview import preview
from ranham.submission.states import State
from tests.submission import answers_file
from tests.submission.desk import AFTER_WINDOW, IN_WINDOW, SENDER, begun, fill, measure, obligation, operator, send
from tests.submission.small_world import build_world


def links(session: Session) -> list[int]:
    """Numbers of the measures whose answers, as they count now, have evidence of the store."""
    rows = session.scalars(
        text("""SELECT m.number FROM answer_evidence e JOIN submission s ON s.id = e.submission_id
                JOIN measure m ON m.id = e.measure_id WHERE s.is_current ORDER BY m.number""")
    )
    return list(rows)


def test_a_file_of_one_answer_leaves_the_evidence_of_the_others(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    row = answers_file.row(measure_no="2", evidence="", value="7", submitted_at="2022-09-05T11:00:00+07:00")
    answers_file.take(small_session, answers_file.write(answers, [row]), b08)
    assert answers_file.submission(small_session).revision == 2
    assert links(small_session) == [1]


def test_evidence_that_a_file_names_by_digest_is_that_of_the_store(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    fill(small_session, b08, begun(small_session, b08))
    rows = [answers_file.row(measure_no=n, evidence="a" * 64 if n == "1" else "") for n in ("1", "2")]
    answers_file.take(small_session, answers_file.write(answers, rows), b08)
    assert links(small_session) == [1]


def test_evidence_that_a_file_only_names_goes_on_with_the_draft(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    rows = [answers_file.row(measure_no=n, evidence="surat/1.pdf" if n == "1" else "") for n in ("1", "2")]
    answers_file.take(small_session, answers_file.write(answers, rows), b08)
    report = begun(small_session, b08)
    changed = DraftContent(Answer.ACHIEVED, Decimal(9))
    drafts.save_answer(small_session, report, measure(small_session, b08, 2), changed, operator(), seen_version=1)
    _, findings = preview(small_session, b08, obligation(small_session), now=IN_WINDOW)
    assert not findings
    assert send(small_session, b08).complete
    assert small_session.scalars(
        text("SELECT evidence FROM measure_answer ORDER BY submission_id DESC, measure_id")
    ).first() == ["surat/1.pdf"]


def test_a_file_that_comes_again_does_not_bring_back_what_was_corrected_since(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    bad = answers_file.row(unit_code="99")
    first = answers_file.write(answers, [answers_file.row(value="1"), bad])
    answers_file.take(small_session, first, b08)
    corrected = answers_file.write(answers.with_name("b.csv"), [answers_file.row(value="2")])
    answers_file.take(small_session, corrected, b08, now=answers_file.NOW + timedelta(minutes=1))
    again = answers_file.take(small_session, first, b08, now=answers_file.NOW + timedelta(minutes=2))
    assert {f.reason_code for f in again.findings} == {"superseded", "unit_unknown"}
    assert answers_file.submission(small_session).revision == 2


def test_an_import_is_told_once_in_the_chain_and_in_the_outbox(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    answers_file.take(small_session, answers_file.write(answers, [answers_file.row()]), b08)
    for table in ("audit_event WHERE kind = 'reports.submit'", "outbox_message WHERE topic = 'reports.submit'"):
        assert answers_file.count(small_session, table) == 1


def test_a_file_and_forms_at_the_same_time_lose_nothing(
    new_database: Callable[..., str], address: Callable[[str], str], answers: Path
) -> None:
    engine = create_engine(address(new_database()), connect_args={"options": "-c timezone=UTC"})
    upgrade(engine)
    build_world(engine)
    rows = [
        answers_file.row(unit_code=unit, action_code=action, measure_no=n, evidence="")
        for unit in ("31", "91", "32.01", "32.71") for action in ("D1", "D2") for n in ("2", "3")
    ]  # fmt: skip
    file = answers_file.write(answers, rows)
    failures: list[BaseException] = []

    def run(work: Callable[[Session, PeriodInfo], object]) -> threading.Thread:
        def body() -> None:
            try:
                with Session(engine) as session, session.begin():
                    work(session, find_period(session, "RANHAM-T:2022-B08"))
            except BaseException as error:  # noqa: BLE001 - shown at the end
                failures.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        return thread

    def by_form(unit: str) -> Callable[[Session, PeriodInfo], object]:
        def work(session: Session, period: PeriodInfo) -> None:
            drafts.begin_edit(session, owed := obligation(session, unit), period.id, operator())
            place = locate(session, "RANHAM-T:2022-B08", owed, today=date(2022, 9, 1), to_write=True)
            given = [AnswerInput(measure(session, period, number), Answer.NIL, None, "tidak ada") for number in (1, 2)]
            drafts.receive_whole(session, place, given, operator(), sender=SENDER)

        return work

    def more_time(session: Session, period: PeriodInfo) -> None:
        asked = extensions.request(
            session, period, unit_id=None, until=datetime(2022, 9, 10, tzinfo=UTC), reason="x", by="a", now=IN_WINDOW,
            cap=timedelta(days=14),
        )  # fmt: skip
        extensions.decide(session, asked.id, approve=True, by="b", now=AFTER_WINDOW)

    threads = [run(by_form(unit)) for unit in ("31", "91")]
    threads.append(run(lambda session, period: answers_file.take(session, file, period)))
    threads += [run(by_form(unit)) for unit in ("32.01", "32.71")]
    threads.append(run(more_time))
    for thread in threads:
        thread.join(60)
    assert failures == []
    with Session(engine) as session:
        assert answers_file.count(session, "submission WHERE is_current") == 8
        wrong = text("""SELECT count(*) FROM report r JOIN submission s USING (obligation_id, period_id)
                        WHERE s.is_current AND r.state IN ('not_started', 'draft')""")
        assert session.scalar(wrong) == 0
        assert {State(each) for each in session.scalars(text("SELECT state FROM report"))} == {State.SUBMITTED}
    engine.dispose()
