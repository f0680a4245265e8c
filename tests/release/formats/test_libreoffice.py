"""LibreOffice opens the workbook and says the same texts and numbers."""

import csv
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from ranham.release import formats
from ranham.release.formats.published import publish
from tests.patience import PATIENCE_SECONDS
from tests.release.formats.worlds import FORMULA, QUOTED, content

pytestmark = pytest.mark.libreoffice
MISSING = "LibreOffice is not installed; 'make test' leaves these tests out where it is missing"
EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"


def test_libreoffice_reads_the_totals_and_no_formula(tmp_path: Path) -> None:
    program = shutil.which("soffice")
    assert program is not None, MISSING
    (file,) = formats.write("xlsx", content(), tmp_path)
    profile = (tmp_path / "profile").as_uri()
    done = subprocess.run(
        [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", EVERY_SHEET, "--outdir", tmp_path, file],
        capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    read: dict[int, list[str]] = {}
    for sheet in (
        "Nasional - National",
        "KL - Ministries",
        "Provinsi - Provinces",
        "Kab-Kota - Regencies",
        "Kanwil - Offices",
    ):
        made = tmp_path / f"{file.stem}-{sheet}.csv"
        assert made.is_file(), done.stdout + done.stderr
        with made.open(encoding="utf-8", newline="") as lines:
            read |= {int(row[0]): row for row in list(csv.reader(lines))[2:]}
    rows = publish(content()).rows
    assert len(read) == len(rows)
    for row in rows:
        found = read[row.position]
        assert found[1:3] == [row.unit_code or "", row.unit_name]
        assert (int(found[7].replace(",", "")), int(found[8].replace(",", ""))) == (row.numerator, row.denominator)
        assert (Decimal(found[10]) if found[10] else None) == (Decimal(row.percent) if row.percent else None)
    assert {FORMULA, QUOTED} <= {found[2] for found in read.values()}
