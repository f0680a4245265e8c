"""Importing files: every reason for refusing a row, and what becomes of the rows that are taken."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo, find_period
from tests.submission.answers_file import count, row, submission, take, write


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit_code": ""}, "unit_missing"),
        ({"unit_code": "99.99"}, "unit_unknown"),
        ({"unit_code": "93"}, "unit_code_other_date"),
        ({"unit_code": "3171"}, "unit_code_other_system"),
        ({"unit_code": "Bogor"}, "unit_name_ambiguous"),
        ({"unit_code": "Kota Bogor"}, "unit_name"),
        ({"unit_code": "dki jakarta"}, "unit_name"),
        ({"action_code": ""}, "action_missing"),
        ({"action_code": "X9"}, "action_unknown"),
        ({"action_code": "K1"}, "no_obligation"),
        ({"measure_no": ""}, "measure_missing"),
        ({"measure_no": "9"}, "measure_unknown"),
        ({"answer": ""}, "answer_missing"),
        ({"answer": "ya"}, "answer_unknown"),
        ({"value": "12,5"}, "value_decimal_comma"),
        ({"value": "many"}, "value_not_a_number"),
        ({"value": "NaN"}, "value_not_a_number"),
        ({"value": "1.23456"}, "value_not_a_number"),
        ({"value": "101"}, "value_out_of_range"),
        ({"value": "-1"}, "value_out_of_range"),
        ({"answer": "nil"}, "note_missing"),
        ({"answer": "not_applicable", "note": "  "}, "note_missing"),
        ({"evidence": "/etc/passwd"}, "evidence_malformed"),
        ({"evidence": "a/../b"}, "evidence_malformed"),
        ({"evidence": "a.pdf;..\\b"}, "evidence_malformed"),
        ({"evidence": "C:\\a.pdf"}, "evidence_malformed"),
        ({"evidence": "a.pdf;;b.pdf"}, "evidence_malformed"),
        ({"evidence": "https://example.org/a"}, "evidence_malformed"),
        ({"submitted_at": ""}, "time_missing"),
        ({"submitted_at": "2022-09-05T10:00:00"}, "time_naive"),
        ({"submitted_at": "2022-09-05"}, "time_naive"),
        ({"submitted_at": "2022-02-31T10:00:00+07:00"}, "time_impossible"),
        ({"submitted_at": "2023-02-29T10:00:00Z"}, "time_impossible"),
        ({"submitted_at": "2022-09-05T25:00:00+07:00"}, "time_impossible"),
        ({"submitted_at": "0000-01-01T00:00:00Z"}, "time_impossible"),
        ({"submitted_at": "5 September"}, "time_malformed"),
        ({"submitted_at": "2022-08-31T23:59:59+07:00"}, "before_window"),
        ({"submitted_at": "2022-09-21T00:00:00+00:00"}, "in_the_future"),
        ({"value": "#REF!"}, "spreadsheet_error"),
        ({"unit_code": "#N/A"}, "spreadsheet_error"),
    ],
)
def test_row_is_refused_with_its_reason(
    small_session: Session, b08: PeriodInfo, answers: Path, changes: dict[str, str], code: str
) -> None:
    receipt = take(small_session, write(answers, [row(**changes), row(measure_no="2")]), b08)
    assert [(f.row, f.reason_code) for f in receipt.findings] == [(2, code)]
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_refused) == (2, 1, 1)
    assert receipt.findings[0].value == next(iter(changes.values())) or code == "note_missing"


def test_code_of_another_date_says_from_when_it_is_valid(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    receipt = take(small_session, write(answers, [row(unit_code="93")]), b08)
    assert "code valid from 2022-11-09" in receipt.findings[0].reason


def test_shared_name_lists_the_codes(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    reason = take(small_session, write(answers, [row(unit_code="Bogor")]), b08).findings[0].reason
    assert "32.01" in reason
    assert "32.71" in reason


def test_second_answer_to_a_measure_is_refused_and_names_the_first(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    receipt = take(small_session, write(answers, [row(), row(measure_no="2"), row(answer="partly")]), b08)
    (finding,) = receipt.findings
    assert (finding.row, finding.reason_code) == (4, "duplicate")
    assert "row 2" in finding.reason


def test_several_faults_of_a_row_all_show(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    receipt = take(small_session, write(answers, [row(unit_code="x", answer="y", value="z")]), b08)
    assert [f.reason_code for f in receipt.findings] == ["unit_unknown", "answer_unknown", "value_not_a_number"]
    assert (receipt.rows_refused, receipt.findings_total, count(small_session, "import_batch")) == (1, 3, 0)


def test_same_file_twice_changes_nothing(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    first = take(small_session, write(answers, [row(), row(measure_no="2")]), b08)
    again = take(small_session, answers, b08)
    assert (first.submissions_new, again.already_imported) == (1, True)
    assert (count(small_session, "submission"), count(small_session, "import_batch")) == (1, 1)


def test_same_answers_in_another_file_are_no_revision(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    take(small_session, write(answers, [row(), row(measure_no="2")]), b08)
    again = take(small_session, write(answers, [row(measure_no="2"), row(value="50.0")]), b08)
    assert (again.submissions_unchanged, again.submissions_revised, again.already_imported) == (1, 0, False)
    assert count(small_session, "submission") == 1


def test_revision_keeps_the_answers_that_the_file_does_not_name(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    take(small_session, write(answers, [row(), row(measure_no="2")]), b08)
    later = take(small_session, write(answers, [row(measure_no="2", answer="partly", value="7.5")]), b08)
    assert (later.submissions_new, later.submissions_revised) == (0, 1)
    current = submission(small_session)
    assert (current.revision, count(small_session, "submission")) == (2, 2)
    kept = small_session.execute(
        text("SELECT answer, value FROM measure_answer WHERE submission_id = :id ORDER BY measure_id"),
        {"id": current.id},
    ).all()
    assert [(answer, str(value)) for answer, value in kept] == [("achieved", "50.0000"), ("partly", "7.5000")]


@pytest.mark.parametrize(
    ("rows", "complete", "achieved", "not_applicable"),
    [
        ([row(), row(measure_no="2")], True, True, False),
        ([row()], False, False, False),
        ([row(evidence=""), row(measure_no="2")], False, True, False),
        ([row(answer="partly"), row(measure_no="2")], True, False, False),
        (
            [
                row(answer="not_applicable", note="n", evidence=""),
                row(measure_no="2", answer="not_applicable", note="n"),
            ],
            True,
            False,
            True,
        ),
    ],
)
def test_report_is_judged_as_a_whole(
    small_session: Session,
    b08: PeriodInfo,
    answers: Path,
    *,
    rows: list[dict[str, str]],
    complete: bool,
    achieved: bool,
    not_applicable: bool,
) -> None:
    take(small_session, write(answers, rows), b08)
    made = submission(small_session)
    assert (made.complete, made.achieved, made.not_applicable) == (complete, achieved, not_applicable)


@pytest.mark.parametrize(
    ("label", "unit", "sent", "timeliness"),
    [
        ("B08", "31", "2022-09-06T23:59:59.999+07:00", "on_time"),
        ("B08", "31", "2022-09-07T00:00:00+07:00", "late"),
        ("B08", "91", "2022-09-06T23:59:59+09:00", "on_time"),
        ("B08", "91", "2022-09-06T22:00:00+07:00", "late"),  # midnight in Jayapura
        ("J08", "91", "2022-09-06T22:00:00+07:00", "on_time"),
        ("J08", "91", "2022-09-06T17:00:00Z", "late"),
    ],
)
def test_last_day_counts_whole_on_the_clock_of_the_window(
    small_session: Session, answers: Path, *, label: str, unit: str, sent: str, timeliness: str
) -> None:
    period = find_period(small_session, f"RANHAM-T:2022-{label}")
    receipt = take(small_session, write(answers, [row(unit_code=unit, submitted_at=sent)]), period)
    assert (submission(small_session).timeliness, receipt.late) == (timeliness, int(timeliness == "late"))


@pytest.mark.parametrize(
    ("written", "minutes"), [("+07:00", 420), ("+0930", 570), ("+09", 540), ("-03:30", -210), ("Z", 0)]
)
def test_offset_of_the_sender_is_kept(
    small_session: Session, b08: PeriodInfo, answers: Path, written: str, minutes: int
) -> None:
    take(small_session, write(answers, [row(submitted_at=f"2022-09-04T10:00{written}")]), b08)
    assert submission(small_session).submitted_offset_minutes == minutes


def test_report_is_sent_when_its_last_row_is(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    take(small_session, write(answers, [row(submitted_at="2022-09-07T01:00:00+08:00"), row(measure_no="2")]), b08)
    made = submission(small_session)
    assert (made.submitted_at, made.submitted_offset_minutes) == (datetime(2022, 9, 6, 17, tzinfo=UTC), 480)


@pytest.mark.parametrize("options", [{"dry_run": True}, {"all_or_nothing": True}])
def test_nothing_is_written(small_session: Session, b08: PeriodInfo, answers: Path, options: dict[str, bool]) -> None:
    receipt = take(small_session, write(answers, [row(), row(measure_no="2", answer="?")]), b08, **options)
    assert receipt.rows_refused == 1
    assert receipt.submissions_new == int("dry_run" in options)
    assert (count(small_session, "submission"), count(small_session, "import_batch")) == (0, 0)
