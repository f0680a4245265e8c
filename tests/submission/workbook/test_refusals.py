"""Which files are not taken at all, and the reason that is told."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo, find_period
from ranham.submission import workbook
from ranham.submission.workbook import WorkbookRefused, defences
from tests.submission.answers_file import count
from tests.submission.desk import operator
from tests.submission.workbook.paper import FILLED, changed, filled, made, take, unit


def refused(session: Session, data: bytes | Path, match: str, **terms: Any) -> None:
    with pytest.raises(WorkbookRefused, match=match):
        if isinstance(data, Path):
            workbook.take(session, data, operator())
        else:
            take(session, data, **terms)
    assert count(session, "report") == 0


def restamped(data: bytes, **changes: object) -> bytes:
    def stamp(book: Workbook) -> None:
        cell = book["_ranham"]["A1"]
        cell.value = json.dumps(json.loads(str(cell.value)) | changes)

    return changed(data, stamp)


def swapped(book: Workbook) -> None:
    """As a person sorts a sheet: all columns of two rows, after taking the protection off."""
    for first, second in zip(book["Laporan"][5], book["Laporan"][6], strict=True):
        first.value, second.value = second.value, first.value


def retexted(book: Workbook) -> None:
    book["Laporan"]["D4"] = "ukuran lain"


def with_row(book: Workbook) -> None:
    book["Laporan"]["K10"] = "tercapai"


def with_row_far_below(book: Workbook) -> None:
    book["Laporan"]["M300"] = "lihat juga ini"


def without_a_row(book: Workbook) -> None:
    book["Laporan"].delete_rows(5)


def other_headings(book: Workbook) -> None:
    book["Laporan"]["K3"] = "Answer"


def without_machine_data(book: Workbook) -> None:
    del book["_ranham"]


def broken_machine_data(book: Workbook) -> None:
    book["_ranham"]["A3"] = "{}"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (swapped, "rows were moved"),
        (without_a_row, "rows were moved"),
        (with_row, "an added row"),
        (with_row_far_below, "Laporan 300: found baris tambahan"),
        (retexted, "hidden data or texts of measures were changed"),
        (other_headings, "other headings"),
        (without_machine_data, "no sheet: _ranham"),
        (broken_machine_data, "hidden data that cannot be read"),
    ],
)
def test_a_workbook_that_was_mixed_up_is_told(change: Any, why: str, small_session: Session, b08: PeriodInfo) -> None:
    refused(small_session, changed(filled(made(small_session, b08), FILLED), change), why)


@pytest.mark.parametrize(
    ("stamp", "why"),
    [
        ({"format": 2}, "found format 2, expected format 1"),
        ({"unit": "papua"}, "hidden data or texts of measures were changed"),
        ({"unit": 7}, "hidden data that cannot be read"),
        ({"more": 1}, "hidden data that cannot be read"),
    ],
)
def test_machine_data_that_do_not_fit_are_told(
    stamp: dict[str, object], why: str, small_session: Session, b08: PeriodInfo
) -> None:
    refused(small_session, restamped(made(small_session, b08), **stamp), why)


def test_a_workbook_of_another_unit_or_period_is_told(small_session: Session, b08: PeriodInfo) -> None:
    data = filled(made(small_session, b08, code="91"), FILLED)
    refused(small_session, data, "a workbook of Provinsi Papua", unit_id=unit(small_session, b08).unit_id)
    other = find_period(small_session, "2022-J08")
    refused(small_session, data, "a workbook of 2022-B08", period_id=other.id)
    own = unit(small_session, b08, "91").unit_id
    assert take(small_session, data, unit_id=own, period_id=b08.id).answers_written == 2


def test_a_workbook_of_a_plan_that_is_not_loaded_is_told(small_session: Session, b08: PeriodInfo) -> None:
    data = made(small_session, b08)
    small_session.execute(text("UPDATE regulation SET code = 'OTHER'"))
    refused(small_session, data, "no period RANHAM-T:2022-B08")


def test_other_files_are_told_apart(small_session: Session, tmp_path: Path) -> None:
    refused(small_session, b"unit_code,action_code\n", "no whole workbook")
    refused(small_session, b"", "no whole workbook")
    refused(small_session, bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, "an encrypted file or an old .xls")
    out = BytesIO()
    Workbook().save(out)
    refused(small_session, out.getvalue(), "no sheet: Petunjuk, Laporan")
    refused(small_session, tmp_path / "none.xlsx", "no such file")


def test_a_file_that_is_too_big_is_not_even_read(small_session: Session, tmp_path: Path) -> None:
    big = tmp_path / "big.xlsx"
    with big.open("wb") as file:
        file.truncate(defences.MOST_BYTES + 1)
    refused(small_session, big, "too big a file")
    refused(small_session, b"\0" * (defences.MOST_BYTES + 1), "too big a file")


def test_a_file_that_ends_too_early_is_told(small_session: Session, b08: PeriodInfo) -> None:
    data = made(small_session, b08)
    for length in (10, len(data) // 2, len(data) - 10):
        refused(small_session, data[:length], "no whole workbook")
