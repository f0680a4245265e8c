"""What a unit is given: its measures, what is answered so far, until when, and only the cells to fill in open."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.plan.queries import PeriodInfo, find_period
from ranham.submission import drafts
from ranham.submission.drafts import DraftContent
from ranham.submission.models import Answer
from ranham.submission.workbook.columns import COLUMNS, HEAD_ROW
from tests.submission import answers_file
from tests.submission.desk import IN_WINDOW, begun, fill, letter, measure, operator, send
from tests.submission.workbook.paper import answers, excused, made, opened


def row(sheet: Worksheet, number: int) -> list[object]:
    return [cell.value for cell in sheet[number]]


def test_every_measure_of_every_obligation_has_a_row(small_session: Session, b08: PeriodInfo) -> None:
    sheet = answers(made(small_session, b08))
    assert row(sheet, HEAD_ROW) == [column.heading for column in COLUMNS]
    assert [(sheet[f"A{n}"].value, sheet[f"C{n}"].value) for n in range(4, 11)] == [
        ("D1", "1"), ("D1", "2"), ("D1", "3"), ("D2", "1"), ("D2", "2"), ("D2", "3"), (None, None),
    ]  # fmt: skip
    assert row(sheet, 4)[5:7] == ["ya", "letter"]
    assert row(sheet, 6)[5] == "tidak"


def test_the_sheets_are_locked_without_a_password_but_for_the_cells_to_fill_in(
    small_session: Session, b08: PeriodInfo
) -> None:
    book = opened(made(small_session, b08))
    assert [sheet.title for sheet in book] == ["Petunjuk", "Laporan", "Data dukung", "_ranham"]
    assert all(sheet.protection.sheet and sheet.protection.password is None for sheet in book)
    assert book["_ranham"].sheet_state == "veryHidden"
    sheet = book["Laporan"]
    unlocked = {
        cell.column_letter for cells in sheet.iter_rows(min_row=4) for cell in cells if not cell.protection.locked
    }
    assert unlocked == {"K", "L", "M"}
    assert sheet.freeze_panes == "B4"
    lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert [rule.formula1 for rule in lists] == ['"tercapai,sebagian,belum tercapai,nihil,tidak berlaku"']
    assert {str(area.sqref) for area in sheet.conditional_formatting} == {"K4 K5 K6 K7 K8 K9", "M4 M5 M6 M7 M8 M9"}


def test_the_deadline_is_told_in_the_units_own_time_and_in_jakartas(small_session: Session, b08: PeriodInfo) -> None:
    guide = dict(opened(made(small_session, b08, code="91"))["Petunjuk"].values)
    assert guide["Batas waktu"] == ("sampai dengan 6 September 2022 pukul 23.59 WIT = 6 September 2022 pukul 21.59 WIB")
    assert guide["Status D1"] == "belum dimulai"
    assert "SIMULASI" not in guide
    jakarta = dict(opened(made(small_session, find_period(small_session, "2022-J08"), code="91"))["Petunjuk"].values)
    assert jakarta["Batas waktu"].endswith("7 September 2022 pukul 01.59 WIT = 6 September 2022 pukul 23.59 WIB")


def test_an_extension_and_a_missing_window_are_told(small_session: Session, b08: PeriodInfo) -> None:
    small_session.execute(
        text("""INSERT INTO extension (period_id, until, reason, requested_by, requested_at, approved, decided_by, decided_at)
                VALUES (:p, '2022-09-09T00:00+07', 'x', 'a', now(), true, 'b', now())"""),
        {"p": b08.id},
    )
    guide = dict(opened(made(small_session, b08))["Petunjuk"].values)
    assert guide["Perpanjangan"] == "sampai dengan 8 September 2022 pukul 23.59 WIB"
    guide = dict(opened(made(small_session, find_period(small_session, "2022-B12")))["Petunjuk"].values)
    assert guide["Batas waktu"] == "belum diumumkan"


def test_it_is_filled_from_the_draft(small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    said = DraftContent(Answer.PARTLY, Decimal("91.2500"), "=bukan rumus\nbaris kedua")
    drafts.save_answer(small_session, report, measure(small_session, b08, 1), said, operator(), seen_version=None)
    sheet = answers(made(small_session, b08))
    assert row(sheet, 4)[10:] == ["sebagian", 91.25, "=bukan rumus\nbaris kedua"]
    assert sheet["M4"].data_type == "s"
    assert row(sheet, 4)[9] == "draf"


def test_without_a_draft_it_is_filled_from_what_was_sent(
    small_session: Session, b08: PeriodInfo, tmp_path: Path
) -> None:
    rows = [answers_file.row(measure_no="2", evidence="", answer="nil", value="", note="tidak ada")]
    answers_file.take(small_session, answers_file.write(tmp_path / "answers.csv", rows), b08)
    sheet = answers(made(small_session, b08))
    assert row(sheet, 5)[9:] == ["terkirim", "nihil", None, "tidak ada"]


def test_the_answer_of_the_period_before_stands_beside(small_session: Session, b08: PeriodInfo) -> None:
    before = find_period(small_session, "2022-J08")
    fill(small_session, before, begun(small_session, before), value=40)
    send(small_session, before)
    later = answers(made(small_session, find_period(small_session, "2022-B12")))
    assert row(later, 4)[7:9] == ["tercapai", "40"]
    assert row(later, 4)[10:12] == [None, None]
    assert row(answers(made(small_session, b08)), 4)[7:9] == [None, None]


def test_simulated_reports_are_labelled(small_session: Session, b08: PeriodInfo, tmp_path: Path) -> None:
    file = answers_file.write(tmp_path / "answers.csv", [answers_file.row()])
    answers_file.take(small_session, file, b08, simulated=True)
    book = opened(made(small_session, b08))
    assert "simulasi" in dict(book["Petunjuk"].values)["SIMULASI"]
    assert str(book["Laporan"]["A1"].value).startswith("SIMULASI - ")


def test_an_excused_obligation_is_grey_and_not_asked(small_session: Session, b08: PeriodInfo) -> None:
    excused(small_session, b08)
    sheet = answers(made(small_session, b08))
    assert row(sheet, 4)[9] == "dikecualikan: banjir"
    assert all(cell.protection.locked and cell.fill.fgColor.rgb == "00D9D9D9" for cell in sheet[4])
    assert not sheet["K7"].protection.locked
    assert {str(rule.sqref) for rule in sheet.data_validations.dataValidation} == {"K7 K8 K9", "L7 L8 L9"}


def test_nothing_is_open_once_the_period_is_closed(small_session: Session, b08: PeriodInfo) -> None:
    small_session.execute(
        text("INSERT INTO period_state (period_id, opened_at, closed_at) VALUES (:p, :o, :c)"),
        {"p": b08.id, "o": IN_WINDOW, "c": datetime(2022, 10, 1, tzinfo=UTC)},
    )
    sheet = answers(made(small_session, b08))
    assert row(sheet, 4)[9] == "belum dimulai; periode ditutup"
    assert all(cell.protection.locked for cells in sheet.iter_rows() for cell in cells)


def test_evidence_that_is_known_is_listed_with_its_use(small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    fill(small_session, b08, report)
    letter(small_session, report, sha256="b" * 64, file_name="=lain.pdf")
    small_session.flush()
    sheet = opened(made(small_session, b08))["Data dukung"]
    assert [tuple(cells) for cells in sheet.iter_rows(min_row=2, values_only=True)] == [
        ("=lain.pdf", "letter", None, None),
        ("surat.pdf", "letter", None, "D1/1"),
    ]
    assert sheet["A2"].data_type == "s"


def test_a_unit_that_owes_nothing_gets_no_workbook(small_session: Session, b08: PeriodInfo) -> None:
    small_session.execute(text("DELETE FROM obligation"))
    with pytest.raises(NotFound, match="DKI Jakarta owes nothing in 2022-B08"):
        made(small_session, b08)
