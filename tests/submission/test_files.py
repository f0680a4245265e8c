"""Files as they come: encodings, workbooks, malformed ones, and those that come too late."""

import csv
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Conflict
from ranham.plan.queries import PeriodInfo
from ranham.submission.schemas import COLUMNS
from ranham.submission.service import write_report
from tests.submission.answers_file import NOW, count, row, take, write


def test_bom_semicolons_blank_lines_and_any_column_order(
    small_session: Session, b08: PeriodInfo, answers: Path
) -> None:
    names = ";".join(reversed(COLUMNS))
    line = '2022-09-05T10:00:00+07:00;"a.pdf; b.pdf";"dua\r\nbaris";1.5;achieved;1;D1; 31 '
    answers.write_bytes(f"{names}\r\n{line}\r\n;;;;;;;\r\n\r\n\r\n".encode("utf-8-sig"))
    receipt = take(small_session, answers, b08)
    assert (receipt.rows_read, receipt.rows_accepted) == (1, 1)
    kept = small_session.execute(text("SELECT evidence, note FROM measure_answer")).one()
    assert tuple(kept) == (["a.pdf", "b.pdf"], "dua\r\nbaris")


def test_workbook_rows_are_numbered_as_in_excel(small_session: Session, b08: PeriodInfo, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(COLUMNS)
    sheet.append(["31", "D1", 1, "achieved", 12.5, None, "a.pdf", "2022-09-05T10:00:00+07:00"])
    sheet.append([])
    sheet.append([31, "D1", 2.0, "achieved", 3, None, None, datetime(2022, 9, 5, 10)])  # noqa: DTZ001
    book.save(tmp_path / "a.xlsx")
    receipt = take(small_session, tmp_path / "a.xlsx", b08)
    assert receipt.rows_accepted == 1
    assert [(f.row, f.reason_code) for f in receipt.findings] == [(4, "time_naive")]


HEADER = ",".join(COLUMNS).encode()
LINE = b"31,D1,1,achieved,5,,a.pdf,2022-09-05T10:00:00+07:00"


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"", "line 1"),
        (b"unit_code,action_code\n", "line 1"),
        (HEADER + b",extra\n", "line 1"),
        (HEADER + b"\n" + LINE + b"\n" + LINE + b",more\n", "line 3"),
        (HEADER + b"\n31,D1\n", "line 2"),
        (HEADER + b"\n" + LINE.replace(b"a.pdf", b"\xff") + b"\n", "line 2"),
        (HEADER + b"\n" + LINE.replace(b"a.pdf", b"\x00") + b"\n", "line 2"),
        (HEADER + b'\n31,"D1\n' + LINE, "answers.csv"),
        (HEADER + b"\n\\.\n" + LINE, "answers.csv"),
    ],
)
def test_malformed_file_is_refused_whole_with_its_line(
    small_session: Session, b08: PeriodInfo, answers: Path, content: bytes, where: str
) -> None:
    answers.write_bytes(content)
    with pytest.raises(BadInput, match=where):
        take(small_session, answers, b08)
    assert count(small_session, "submission") == 0  # the transaction is still usable


def test_other_code_systems_are_not_guessed(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    with pytest.raises(BadInput, match="collide"):
        take(small_session, write(answers, [row()]), b08, code_system="bps")


def test_closed_period_and_unfrozen_year_refuse(small_session: Session, b08: PeriodInfo, answers: Path) -> None:
    write(answers, [row()])
    with pytest.raises(Conflict, match="frozen"):
        take(small_session, answers, replace(b08, plan_year_id=-1))
    small_session.execute(
        text("INSERT INTO period_state (period_id, opened_at, closed_at) VALUES (:id, :now, :now)"),
        {"id": b08.id, "now": NOW},
    )
    with pytest.raises(Conflict, match="closed"):
        take(small_session, answers, b08)


def test_report_of_findings_is_a_file_that_excel_reads_safely(
    small_session: Session, b08: PeriodInfo, answers: Path, tmp_path: Path
) -> None:
    receipt = take(small_session, write(answers, [row(value="=1+1")]), b08)
    write_report(receipt, tmp_path / "findings.csv")
    with (tmp_path / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["row"], line["column"], line["value"], line["reason_code"]) == (
        "2",
        "value",
        "'=1+1",
        "value_not_a_number",
    )
