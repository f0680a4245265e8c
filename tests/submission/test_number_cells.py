"""Codes that a spreadsheet took for numbers: the finding says so, and nothing is guessed."""

from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy.orm import Session

from ranham.plan.models import Action
from ranham.plan.queries import PeriodInfo
from ranham.submission.schemas import COLUMNS, RowFinding
from ranham.territory.models import Level, ReportingUnit, UnitVersion
from tests.submission.answers_file import count, row, take, write


@pytest.fixture
def trailing_zeros(small_session: Session, b08: PeriodInfo) -> None:
    """A regency 32.10 and an action 1.10."""
    unit = ReportingUnit(key="majalengka", level=Level.REGENCY)
    small_session.add_all(
        [unit, Action(plan_year_id=b08.plan_year_id, code="1.10", title_id="1.10", text_in_sources=False)]
    )
    small_session.flush()
    small_session.add(
        UnitVersion(unit_id=unit.id, valid_from=date(2020, 1, 1), code="32.10", name="Majalengka", type="kabupaten",
                    time_zone="Asia/Jakarta", verified=True)
    )  # fmt: skip
    small_session.flush()


def refused(session: Session, period: PeriodInfo, path: Path, **cells: object) -> RowFinding:
    """The one finding about a workbook with one row."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(COLUMNS)
    sheet.append([({**row(), **cells})[column] for column in COLUMNS])
    book.save(path)
    receipt = take(session, path, period)
    assert (receipt.rows_accepted, count(session, "submission")) == (0, 0)
    (finding,) = receipt.findings
    return finding


@pytest.mark.usefixtures("trailing_zeros")
@pytest.mark.parametrize(
    ("column", "cell", "code"), [("unit_code", 32.10, "32.10"), ("action_code", 1.10, "1.10")], ids=["unit", "action"]
)
def test_a_number_where_a_code_ends_in_zero_says_that_the_column_must_be_text(
    small_session: Session, b08: PeriodInfo, tmp_path: Path, column: str, cell: float, code: str
) -> None:
    finding = refused(small_session, b08, tmp_path / "a.xlsx", **{column: cell})
    assert (finding.column, finding.value, finding.reason_code) == (column, str(cell), f"{column}_number")
    for words in ("sel angka", "jadikan kolom kode teks", "number cell", "make the code column text", code):
        assert words in finding.reason


@pytest.mark.usefixtures("trailing_zeros")
@pytest.mark.parametrize("written", ["32.1", "32,1", "032.100"])
def test_a_csv_that_a_spreadsheet_wrote_is_told_the_same(
    small_session: Session, b08: PeriodInfo, answers: Path, written: str
) -> None:
    (finding,) = take(small_session, write(answers, [row(unit_code=written)]), b08).findings
    assert (finding.reason_code, "perhaps 32.10" in finding.reason) == ("unit_code_number", True)


def test_a_number_that_is_no_code_in_any_spelling_is_just_unknown(
    small_session: Session, b08: PeriodInfo, tmp_path: Path
) -> None:
    assert refused(small_session, b08, tmp_path / "a.xlsx", unit_code=98.1).reason_code == "unit_unknown"
    assert refused(small_session, b08, tmp_path / "b.xlsx", action_code=98.1).reason_code == "action_unknown"
