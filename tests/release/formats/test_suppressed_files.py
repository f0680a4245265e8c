"""A hidden value is hidden in every format and marked there."""

import csv
import json
from pathlib import Path

import polars as pl
import python_calamine

from ranham.release import formats
from ranham.release.formats.published import publish
from tests.release.formats.worlds import content

RULES = {"suppression": {"target_groups": ["perempuan"], "threshold": 5, "actions": {"D1": "perempuan"}}}
STEM = "ranham-v-2022-b08-1-simulated"


def test_each_format_marks_the_same_figures(tmp_path: Path) -> None:
    release = content(rules=RULES)
    files = {file.name: file for file in formats.write_all(release, tmp_path)}
    rows = publish(release).rows
    hidden = [row.position for row in rows if row.suppressed]
    assert 0 < len(hidden) < len(rows)
    figures = json.loads(files[f"{STEM}.json"].read_text("utf-8"))["figures"]
    assert [f["position"] for f in figures if f["suppressed"]] == hidden
    assert [f["position"] for f in figures if None in (f["numerator"], f["denominator"])] == hidden
    with files[f"{STEM}-figures.csv"].open(encoding="utf-8", newline="") as lines:
        assert [int(r["position"]) for r in csv.DictReader(lines) if r["suppressed"] == "true"] == hidden
    frame = pl.read_parquet(files[f"{STEM}-figures.parquet"])
    assert frame.filter(pl.col("suppressed"))["position"].to_list() == hidden
    book = python_calamine.load_workbook(str(files[f"{STEM}.xlsx"]))
    marked = [
        row[0] for name in book.sheet_names[1:-2] for row in book.get_sheet_by_name(name).to_python()
        if row[12] == "disembunyikan / suppressed"
    ]  # fmt: skip
    assert sorted(marked) == hidden
    with files[f"{STEM}-sdmx.csv"].open(encoding="utf-8", newline="") as lines:
        observed = list(csv.DictReader(lines))
    assert [at for at, row in enumerate(observed, 1) if row["OBS_STATUS"] == "Q"] == hidden
    shown = sum((row.numerator is not None) + (row.denominator is not None) for row in rows)
    values = json.loads(files[f"{STEM}-dhis2-values.json"].read_text("utf-8"))["dataValues"]
    assert len(values) == shown
    assert "Counts below 5 in perempuan are suppressed" in files["datapackage.json"].read_text("utf-8")
