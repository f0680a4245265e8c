"""A bad regulation file is refused whole, each finding with its place."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from ranham.plan.schemas import PlanFile
from ranham.plan.source import PlanRefused, plan_path, read_plan
from ranham.plan.workbook import write_workbook

PLAN = "ranham-iv-2019"
YEAR = ("years", 0)
ACTION = (*YEAR, "actions", 0)
MEASURE = (*ACTION, "measures", 0)
WINDOW = (*YEAR, "periods", 0, "window")
CENTRAL = {"name": "central", "days": 3, "escalates": True}
SOUND = {
    "tiers": [CENTRAL],
    "max_rounds": 2,
    "return_days": 3,
    "second_reading_share_bp": 1000,
    "partly_fulfilled_bp": 5000,
}
TWICE = {**SOUND, "tiers": [CENTRAL, CENTRAL]}
UNKNOWN = {**SOUND, "unverified": ["colour"]}

BAD_VALUES: list[tuple[tuple[Any, ...], Any, str, str]] = [
    ((*ACTION, "target_group"), "lansia", "years[0].actions[0].target_group", "anak"),
    ((*ACTION, "objective"), "S9", "years[0].actions[0].objective", "there is none yet"),
    ((*ACTION, "code"), "D2", "years[0].actions[1].code", "only once"),
    ((*MEASURE, "number"), 2, "years[0].actions[0].measures[0].number", "number 1 of D1 in B04"),
    ((*MEASURE, "period"), "B08", "years[0].actions[0].measures[0].period", "B09"),
    ((*MEASURE, "value_min"), "much", "years[0].actions[0].measures[0].value_min", "decimal"),
    ((*WINDOW, "closes_on"), "2019-03-01", "years[0].periods[0].window", "before opens_on"),
    ((*WINDOW, "opens_on"), "2019-02-30", "years[0].periods[0].window.opens_on", "date"),
    ((*WINDOW, "zone_rule"), "bali", "years[0].periods[0].window.zone_rule", "jakarta"),
    ((*YEAR, "periods", 0, "closing_month"), 5, "years[0].periods[0].closing_month", "month 4"),
    ((*YEAR, "year"), 2031, "years[0].year", "2015 to 2020"),
    ((*YEAR, "obliged", 1, "include"), [31.1], "years[0].obliged[1].include[0]", "31.10"),
    ((*YEAR, "obliged", 0, "level"), "regency", "years[0].obliged[1].level", "only once"),
    ((*YEAR, "scoring", "substantive_weight_bp"), 6000, "years[0].scoring", "10000"),
    ((*YEAR, "scoring", "unverified"), ["colour"], "years[0].scoring", "not colour"),
    ((*YEAR, "verification"), TWICE, "years[0].verification", "in this order"),
    ((*YEAR, "verification"), UNKNOWN, "years[0].verification", "not colour"),
    ((*YEAR, "verification"), {**SOUND, "max_rounds": -1}, "years[0].verification.max_rounds", "greater"),
    ((*ACTION, "units"), ["KL-01"], "years[0].actions[0].units", "ministry"),
    ((*ACTION, "levels"), ["village"], "years[0].actions[0].levels[0]", "province"),
    (("regulation", "colour"), "red", "regulation.colour", "no such field"),
]


@pytest.mark.parametrize(("at", "value", "place", "expected"), BAD_VALUES)
def test_a_bad_value_is_found_at_its_line(
    tmp_path: Path, at: tuple[Any, ...], value: object, place: str, expected: str
) -> None:
    raw = read_plan(plan_path(PLAN)).model_dump(mode="json")
    parent = raw
    for part in at[:-1]:
        parent = parent[part]
    parent[at[-1]] = value
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(raw, sort_keys=False), "utf-8")
    with pytest.raises(PlanRefused) as refused:
        read_plan(path)
    findings = {finding.where.partition(", ")[2].partition(", ")[2]: finding for finding in refused.value.findings}
    assert place in findings
    assert expected in findings[place].expected
    assert findings[place].where.startswith("bad.yaml, line ")


@pytest.mark.parametrize(
    ("name", "content", "where", "found"),
    [
        ("a.yaml", b"a: [1\nb: 2", "a.yaml, line 2", "expected"),
        ("a.yaml", b"", "a.yaml", "empty"),
        ("a.yaml", b"\xff\xfe\xff", "a.yaml", ""),
        ("a.yaml", b"- 1", "a.yaml, line 1", "[1]"),
        ("a.yaml", b"years: []\nyears: []", "a.yaml, line 2", "years again"),
        ("a.yaml", b"a: !!python/object:os.system {}", "a.yaml, line 1", "constructor"),
        ("a.xlsx", b"no workbook", "a.xlsx", "no readable workbook"),
        ("a.csv", b"x", "a.csv", "suffix .csv"),
    ],
)
def test_an_unreadable_file_is_a_finding_too(tmp_path: Path, name: str, content: bytes, where: str, found: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PlanRefused) as refused:
        read_plan(tmp_path / name)
    assert where in refused.value.findings[0].where
    assert found in refused.value.findings[0].found


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(PlanRefused, match="no such file"):
        read_plan(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "where"),
    [
        ("Aksi", "D2", "lansia", "sheet Aksi, row 2, column D (Kelompok Sasaran)"),
        ("Aksi", "A3", 2031, "sheet Aksi, row 3, column A (Tahun)"),
        ("Aksi", "M2", "SDG", "sheet Aksi, row 2, column M (Tautan)"),
        ("Aksi", "E2", None, "sheet Aksi, row 2, column E (Aksi HAM)"),
        ("Aksi", "E1", "Aksi", "sheet Aksi, row 1, column E"),
        ("Ukuran", "B2", "D77", "sheet Ukuran, row 2, column B (Kode Aksi)"),
        ("Ukuran", "D3", 2, "sheet Ukuran, row 3, column D (Nomor)"),
        ("Ukuran", "I2", "mungkin", "sheet Ukuran, row 2, column I (Wajib)"),
        ("Periode", "E2", "11 April", "sheet Periode, row 2, column E (Masa Ditutup)"),
        ("Periode", "D2", None, "sheet Periode, row 2, column D (Masa Dibuka)"),
        ("Pengecualian", "D2", 31.01, "sheet Pengecualian, row 2, column D (Kode)"),
        ("Penilaian", "B2", 1, "sheet Penilaian, row 2"),
        ("Verifikasi", "B2", "central:drei:ya", "sheet Verifikasi, row 2, column B (Tahap (nama:hari:eskalasi))"),
        ("Tahun", "B2", None, "sheet Tahun, row 2, column B (Wilayah per Tanggal)"),
        ("Peraturan", "A2", 2, "sheet Peraturan, row 2, column A (Versi Skema)"),
    ],
)
def test_a_bad_cell_is_named_by_sheet_row_and_column(
    tmp_path: Path, sheet: str, cell: str, value: object, where: str
) -> None:
    path = tmp_path / "matriks.xlsx"
    raw = read_plan(plan_path(PLAN)).model_dump(mode="json")
    raw["years"][0]["verification"] = SOUND
    write_workbook(PlanFile.model_validate(raw), path)
    book = openpyxl.load_workbook(path)
    book[sheet][cell].value = value
    book.save(path)
    with pytest.raises(PlanRefused) as refused:
        read_plan(path)
    assert f"matriks.xlsx, {where}" in [finding.where for finding in refused.value.findings]


def test_a_missing_sheet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "matriks.xlsx"
    write_workbook(read_plan(plan_path(PLAN)), path)
    book = openpyxl.load_workbook(path)
    del book["Penilaian"]
    book.save(path)
    with pytest.raises(PlanRefused, match="a sheet Penilaian"):
        read_plan(path)
