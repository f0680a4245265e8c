"""A workbook that is opened and saved by LibreOffice comes back as one that Excel saved."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.submission import drafts, workbook
from ranham.submission.drafts import DraftContent
from ranham.submission.models import Answer
from tests.patience import PATIENCE_SECONDS
from tests.submission.desk import begun, measure, operator
from tests.submission.workbook.paper import FILLED, answers, codes, filled, made, opened, part, take
from tests.submission.workbook.test_take import draft

pytestmark = pytest.mark.libreoffice
MISSING = (
    "LibreOffice is not installed: 'apt-get install --no-install-recommends libreoffice-calc', as .ci/run does; "
    "'make test' leaves these tests out where it is missing"
)
NOTE = "=bukan rumus\nbaris kedua _x0041_ \"petik\" 'satu' & <dua> é"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], bytes]:
    """The bytes as LibreOffice saves what it opened."""
    program = shutil.which("soffice")
    folder = tmp_path_factory.mktemp("libreoffice")

    def save(data: bytes) -> bytes:
        assert program is not None, MISSING
        file, out = folder / "laporan.xlsx", folder / "out"
        file.write_bytes(data)
        profile = (folder / "profile").as_uri()
        done = subprocess.run(
            [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx", "--outdir", out, file],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        made = Path(out) / file.name
        assert made.is_file(), done.stdout + done.stderr
        content = made.read_bytes()
        made.unlink()
        return content

    return save


def test_what_libreoffice_saved_is_taken_and_still_protected(
    small_session: Session, b08: PeriodInfo, saved: Callable[[bytes], bytes]
) -> None:
    report = begun(small_session, b08)
    said = DraftContent(Answer.PARTLY, None, NOTE)
    drafts.save_answer(small_session, report, measure(small_session, b08, 3), said, operator(), seen_version=None)
    once = saved(made(small_session, b08))
    assert take(small_session, once).answers_written == 0
    twice = saved(filled(once, FILLED))
    book = opened(twice)
    assert book["_ranham"].sheet_state in ("hidden", "veryHidden")
    assert all(sheet.protection.sheet for sheet in book)
    sheet = book["Laporan"]
    assert (sheet["K4"].protection.locked, sheet["D4"].protection.locked) == (False, True)
    lists = [rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert lists == ['"tercapai,sebagian,belum tercapai,nihil,tidak berlaku"']
    assert len(sheet.conditional_formatting) == 2
    receipt = take(small_session, twice)
    assert (receipt.answers_written, receipt.refused) == (2, False)
    assert draft(small_session)[3] == ("partly", None, NOTE)
    assert take(small_session, twice).answers_written == 0


def test_a_formula_is_refused_also_with_the_value_that_libreoffice_computed(
    small_session: Session, b08: PeriodInfo, saved: Callable[[bytes], bytes]
) -> None:
    data = saved(filled(made(small_session, b08), FILLED | {"L4": "=40+2"}))
    assert b"<v>42</v>" in part(data, "xl/worksheets/sheet2.xml")
    receipt = take(small_session, data)
    assert (receipt.answers_written, codes(receipt)) == (0, [("L4", "formula")])


def test_a_marked_workbook_is_corrected_in_libreoffice(
    small_session: Session, b08: PeriodInfo, saved: Callable[[bytes], bytes]
) -> None:
    data = filled(made(small_session, b08), FILLED | {"L5": "banyak"})
    back = saved(workbook.marked(data, take(small_session, data).findings))
    assert "bukan angka" in str(answers(back)["L5"].comment)
    assert answers(back)["L5"].fill.fgColor.rgb == "FFFF9C9C"
    assert take(small_session, filled(back, {"L5": 7.5})).answers_written == 2
