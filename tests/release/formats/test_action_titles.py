"""Every format says what the actions are called that its figures name by their codes."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from ranham.release.formats import write_all
from ranham.release.formats.published import stem
from tests.release.formats.worlds import ACTIONS, content

NAMED = ACTIONS[0]
SAID = {"code": NAMED.code, "title": NAMED.title, "target_group": NAMED.target_group}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_all(content(), tmp_path_factory.mktemp("titles"))[0].parent


def test_lists_of_actions_have_those_that_the_figures_name(folder: Path) -> None:
    name = folder / stem(content().header)
    assert json.loads(name.with_suffix(".json").read_text("utf-8"))["actions"] == [SAID]
    with Path(f"{name}-actions.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [SAID]
    assert pq.read_table(f"{name}-actions.parquet").to_pylist() == [SAID]
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert [each["name"] for each in package["resources"]] == ["figures", "units", "actions"]


def test_the_workbook_has_the_title_beside_the_code_as_text(folder: Path) -> None:
    book = load_workbook(next(folder.glob("*.xlsx")))
    assert [cell.value for cell in book["Aksi - Actions"][3]] == list(SAID.values())
    rows = list(book["Nasional - National"].iter_rows(min_row=2))
    heading = [cell.value for cell in rows[0]]
    code, title = heading.index("Aksi / Action"), heading.index("Judul aksi / Title of the action")
    assert {(row[code].value, row[title].value) for row in rows[1:]} == {(None, None), ("D1", NAMED.title)}
    assert {row[title].data_type for row in rows[1:] if row[title].value} == {"s"}


def test_code_lists_and_metadata_name_them(folder: Path) -> None:
    options = json.loads(next(folder.glob("*dhis2-metadata.json")).read_text("utf-8"))["categoryOptions"]
    assert f"RANHAM action D1: {NAMED.title}" in {option["name"] for option in options}
    structure = ET.parse(next(folder.glob("*sdmx-structure.xml")))  # noqa: S314 - our own file
    assert NAMED.title in {each.text for each in structure.iter() if each.tag.endswith("}Name")}
