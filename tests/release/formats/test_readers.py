"""Programs of other people read what was written, and agree with the release on every row and total."""

import csv
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import polars as pl
import pyarrow.parquet as pq
import python_calamine
from frictionless import system

from ranham.release import formats
from ranham.release.formats.columns import FIGURES
from ranham.release.formats.published import publish
from tests.release.formats.worlds import FORMULA, QUOTED, content

NAMES = [column.name for column in FIGURES]
Key = tuple[Any, ...]


def said() -> list[dict[str, Any]]:
    rows = [row._asdict() for row in publish(content()).rows]
    return [row | {"percent": None if row["percent"] is None else Decimal(row["percent"])} for row in rows]


def totals(rows: list[dict[str, Any]]) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for row in rows:
        for side in ("numerator", "denominator"):
            found[row["level"], row["scope"], row["figure"], side] += row[side]
    return found


def test_arrow_polars_and_duckdb_read_the_parquet_file(tmp_path: Path) -> None:
    figures, units, _ = formats.write("parquet", content(), tmp_path)
    arrow = pq.read_table(figures)
    assert arrow.to_pylist() == said()
    assert pl.read_parquet(figures).to_dicts() == said()
    read = duckdb.connect().execute("SELECT * FROM read_parquet(?) ORDER BY position", [str(figures)])
    assert [dict(zip(NAMES, row, strict=True)) for row in read.fetchall()] == said()
    assert arrow.schema.metadata[b"ranham.simulated"] == b"true"
    assert json.loads(arrow.schema.metadata[b"ranham"])["content_hash"] == "c" * 64
    assert pl.read_parquet(units)["code"].to_list() == [
        "KL-01", "01", "01.10", "01.71", None, "kanwil-01", "kanwil-02",
    ]  # fmt: skip


def test_json_says_integers_and_exact_percents(tmp_path: Path) -> None:
    (file,) = formats.write("json", content(), tmp_path)
    read = json.loads(file.read_text("utf-8"), parse_float=no_floats)
    assert read["release"]["number"] == "RANHAM-V:2022-B08/1"
    assert "SIMULATED" in read["release"]["banner"]
    rows = [row | {"release": "RANHAM-V:2022-B08/1", "simulated": True} for row in read["figures"]]
    assert rows == [row._asdict() for row in publish(content()).rows]
    assert [row for row in rows if row["impossible"]] == [rows[5]]


def no_floats(found: str) -> None:
    raise AssertionError(f"a number with a point: {found}")


def test_the_csv_file_is_read_back_as_it_was(tmp_path: Path) -> None:
    figures, *_ = formats.write("csv", content(), tmp_path)
    raw = figures.read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == len(said()) + 1
    with figures.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["unit_name"] for row in rows} >= {FORMULA, QUOTED}
    assert {"01.10", "01"} <= {row["unit_code"] for row in rows}
    assert totals([row | {n: int(row[n]) for n in ("numerator", "denominator")} for row in rows]) == totals(said())
    read = (
        duckdb.connect().execute("SELECT sum(numerator), sum(denominator) FROM read_csv(?)", [str(figures)]).fetchone()
    )
    assert read == (sum(r["numerator"] for r in said()), sum(r["denominator"] for r in said()))  # fmt: skip


def test_frictionless_finds_the_data_package_valid(tmp_path: Path) -> None:
    *_, file = formats.write("datapackage", content(), tmp_path)
    with system.use_context(trusted=True):
        report = frictionless.validate(str(file))
        assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])
        package = frictionless.Package(str(file))
        rows = [dict(row.to_dict()) for row in package.get_resource("figures").read_rows()]
    assert totals(rows) == totals(said())
    assert rows[0]["percent"] == said()[0]["percent"]
    assert package.to_descriptor()["simulated"] is True


def test_frictionless_finds_a_figure_of_a_unit_that_is_not_listed(tmp_path: Path) -> None:
    figures, *_, file = formats.write("datapackage", content(), tmp_path)
    figures.write_bytes(figures.read_bytes().replace(b"01.10", b"01.11"))
    with system.use_context(trusted=True):
        report = frictionless.validate(str(file))
    kinds = {kind for (kind,) in report.flatten(["type"])}
    assert {"foreign-key", "hash-count"} <= kinds


def test_calamine_reads_the_workbook_as_texts_and_numbers(tmp_path: Path) -> None:
    (file,) = formats.write("xlsx", content(), tmp_path)
    book = python_calamine.load_workbook(str(file))
    assert book.sheet_names[0] == "Metode - Methods"
    rows: list[dict[str, Any]] = []
    for level, name in (
        ("national", "Nasional - National"), ("ministry", "KL - Ministries"), ("province", "Provinsi - Provinces"),
        ("regency", "Kab-Kota - Regencies"), ("office", "Kanwil - Offices"),
    ):  # fmt: skip
        sheet = book.get_sheet_by_name(name).to_python()
        assert "SIMULATED" in sheet[0][0]
        assert sheet[1][1:3] == ["Kode / Code", "Instansi / Unit"]
        rows += [{"level": level, "sheet": row} for row in sheet[2:]]
    read = [
        (row["level"], row["sheet"][0], row["sheet"][1], row["sheet"][2], row["sheet"][7], row["sheet"][8], row["sheet"][10])
        for row in rows
    ]  # fmt: skip
    assert sorted(read) == sorted(
        (r["level"], r["position"], r["unit_code"] or "", r["unit_name"], r["numerator"], r["denominator"],
         "" if r["percent"] is None else float(r["percent"]))
        for r in said()
    )  # fmt: skip
    assert book.get_sheet_by_name("Instansi - Units").to_python()[4][:2] == ["01.10", FORMULA]


def test_the_methods_sheet_names_denominators_and_what_is_unverified(tmp_path: Path) -> None:
    (file,) = formats.write("xlsx", content(), tmp_path)
    lines = python_calamine.load_workbook(str(file)).get_sheet_by_index(0).to_python()
    said_of = {row[0]: row[1] for row in lines}
    assert said_of["Partisipasi / Participation"] == "obliged reporting units"
    assert said_of["scoring.green_from_bp"] == "8000  [belum terverifikasi / configuration, unverified]"
    assert said_of["scoring.annual_rule"] == "mean"
    assert "SIMULATED" in lines[0][1]
