"""What may go wrong between two files for the same report, and with files that are not what they say."""

from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Conflict
from ranham.plan.queries import PeriodInfo
from tests.submission.answers_file import NOW, row, submission, take, write

LATE = "2022-09-15T00:00:00+07:00"


def test_an_older_report_that_comes_later_stays_late(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    take(small_session, write(answers, [row(submitted_at=LATE)]), b08)
    take(small_session, write(answers, [row(value="7")]), b08)
    current = submission(small_session)
    assert (current.revision, current.timeliness) == (2, "late")


def test_carried_simulated_answers_keep_the_mark(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    take(small_session, write(answers, [row(), row(measure_no="2")]), b08, simulated=True)
    take(small_session, write(answers, [row(value="7")]), b08)
    assert submission(small_session).simulated
    take(small_session, write(answers, [row(value="7"), row(measure_no="2")]), b08)
    assert not submission(small_session).simulated


def test_a_file_taken_in_part_is_read_again(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    write(answers, [row(), row(measure_no="2", submitted_at="2022-09-25T00:00:00+07:00")])
    first = take(small_session, answers, b08)
    assert (first.rows_accepted, first.rows_refused) == (1, 1)
    later = take(small_session, answers, b08, now=NOW.replace(day=30))
    assert (later.already_imported, later.rows_refused, later.submissions_revised) == (False, 0, 1)
    assert take(small_session, answers, b08, now=NOW.replace(day=30)).already_imported


def test_the_same_file_without_the_word_stays_simulated(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    write(answers, [row(), row(measure_no="2")])
    take(small_session, answers, b08, simulated=True)
    assert take(small_session, answers, b08).already_imported
    assert submission(small_session).simulated


def test_a_forgotten_label_can_be_given_afterwards(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    write(answers, [row(), row(measure_no="2")])
    take(small_session, answers, b08)
    assert take(small_session, answers, b08, simulated=True).submissions_revised == 1
    assert submission(small_session).simulated
    assert take(small_session, answers, b08, simulated=True).already_imported


def test_a_faulty_row_does_not_push_out_a_sound_one(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    receipt = take(small_session, write(answers, [row(value="many"), row()]), b08)
    assert (receipt.rows_accepted, receipt.rows_refused) == (1, 1)


def test_a_period_without_window_takes_no_reports(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    unannounced = replace(b08, opens_on=None, closes_on=None)
    with pytest.raises(Conflict, match="no announced window"):
        take(small_session, write(answers, [row()]), unannounced)


@pytest.mark.parametrize("content", [b"a,b\rc,d\r", b'"' + b"x" * 200_000 + b'",b\n'], ids=["cr", "huge header"])
def test_odd_headers_are_bad_input(small_session: Session, b08: PeriodInfo, answers: Path, content: bytes) -> None:
    answers.write_bytes(content)
    with pytest.raises(BadInput):
        take(small_session, answers, b08)


def test_broken_workbooks_are_bad_input(small_session: Session, b08: PeriodInfo, tmp_path: Path) -> None:
    whole, torn = tmp_path / "whole.xlsx", tmp_path / "torn.xlsx"
    book = Workbook()
    book.active.append(["x"] * 50)
    book.save(whole)
    with ZipFile(whole) as source, ZipFile(torn, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data[: len(data) // 2] if "sheet1" in name else data)
    charts = tmp_path / "charts.xlsx"
    book = Workbook()
    book.create_chartsheet("only")
    del book["Sheet"]
    book.save(charts)
    for file in (torn, charts):
        with pytest.raises(BadInput, match=file.name):
            take(small_session, file, b08)
