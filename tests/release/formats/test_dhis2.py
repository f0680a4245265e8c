"""DHIS2: the rules of the Web API's documentation, stated here; `tests/clients` has a client of it read a release."""

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranham.release import formats
from ranham.release.content import ReleaseContent
from ranham.release.formats import dhis2_ids as ids
from ranham.release.formats.published import publish
from tests.release.formats.worlds import UNITS, content, header

UID = re.compile(r"[A-Za-z][A-Za-z0-9]{10}")
DEFAULTS = {ids.DEFAULT_COMBINATION}


def written(folder: Path, release: ReleaseContent | None = None) -> tuple[dict[str, Any], list[dict[str, str]], Any]:
    values, table, metadata = formats.write("dhis2", release or content(), folder)
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return json.loads(values.read_text("utf-8")), rows, json.loads(metadata.read_text("utf-8"))


def references(said: Any) -> list[str]:
    if isinstance(said, dict):
        own = [said["id"]] if set(said) == {"id"} else []
        return own + [found for inner in said.values() for found in references(inner)]
    return [found for inner in said for found in references(inner)] if isinstance(said, list) else []


@given(st.lists(st.text(max_size=12) | st.none(), max_size=4))
def test_an_identifier_has_the_form_of_dhis2_and_never_changes(parts: list[str | None]) -> None:
    assert UID.fullmatch(ids.uid(*parts))
    assert ids.uid(*parts) == ids.uid.__wrapped__(*parts)


def test_the_identifier_of_a_unit_is_kept_from_release_to_release() -> None:
    assert ids.place("regency", "36.04", "Kabupaten Serang") == "AW4r0yqwaP3"
    assert ids.place("regency", "36.04", "another name") == ids.place("regency", "36.04", "Kabupaten Serang")


def test_every_value_names_what_the_metadata_has(tmp_path: Path) -> None:
    values, rows, metadata = written(tmp_path)
    known = {kind: {each["id"] for each in listed} for kind, listed in metadata.items()}
    for value in values["dataValues"]:
        assert value["dataElement"] in known["dataElements"]
        assert value["orgUnit"] in known["organisationUnits"]
        assert value.get("categoryOptionCombo") is None or value["categoryOptionCombo"] in known["categoryOptionCombos"]
        assert value["period"] == "202208"
        assert re.fullmatch(r"0|[1-9][0-9]*", value["value"])
        assert value["comment"].startswith("SIMULATED")
    everything = set().union(*known.values())
    assert set(references(metadata)) <= everything | DEFAULTS
    assert all(UID.fullmatch(each) for each in everything)
    assert sum(map(len, known.values())) == len(everything)
    same = [(r["dataelement"], r["orgunit"], r["categoryoptioncombo"] or None, r["value"], r["comment"]) for r in rows]
    assert same == [
        (v["dataElement"], v["orgUnit"], v.get("categoryOptionCombo"), v["value"], v["comment"])
        for v in values["dataValues"]
    ]


def test_no_two_values_are_of_the_same_thing_and_none_is_lost(tmp_path: Path) -> None:
    values, _, _ = written(tmp_path)
    keys = Counter((v["dataElement"], v["orgUnit"], v.get("categoryOptionCombo")) for v in values["dataValues"])
    assert set(keys.values()) == {1}
    rows = publish(content()).rows
    assert len(keys) == 2 * len(rows)
    assert sum(int(v["value"]) for v in values["dataValues"]) == sum(
        (r.numerator or 0) + (r.denominator or 0) for r in rows
    )


def test_names_and_codes_are_unique_and_not_too_long(tmp_path: Path) -> None:
    _, _, metadata = written(tmp_path)
    for kind, listed in metadata.items():
        for name, longest in (("name", 230), ("shortName", 50), ("code", 50)):
            found = [each[name] for each in listed if name in each]
            assert all(0 < len(each) <= longest for each in found)
            if kind != "organisationUnits" or name == "code":
                assert len(found) == len(set(found)), (kind, name)


def test_units_stand_below_their_parents_and_come_after_them(tmp_path: Path) -> None:
    _, _, metadata = written(tmp_path)
    seen: dict[str, Any] = {}
    for unit in metadata["organisationUnits"]:
        assert ("parent" in unit) == bool(seen)
        assert not seen or unit["parent"]["id"] in seen
        seen[unit["id"]] = unit
    regency = seen[ids.place("regency", "01.10", "")]
    assert seen[regency["parent"]["id"]]["name"] == "Satu"
    assert {unit.code for unit in UNITS if unit.code} <= {unit.get("code") for unit in seen.values()}


@pytest.mark.parametrize(("month", "period", "kind"), [(4, "202204", "Monthly"), (8, "202208", "Monthly"), (12, "202212", "Monthly"), (None, "2022", "Yearly")])  # fmt: skip
def test_a_period_is_its_closing_month_and_a_year_itself(month: int | None, period: str, kind: str) -> None:
    assert ids.period(header(closing_month=month)) == period
    assert ids.period_type(header(closing_month=month)) == kind


def test_what_is_lost_is_told_where_it_is_lost(tmp_path: Path) -> None:
    values, _, metadata = written(tmp_path)
    assert "state at the end of month 8, given as that month" in values["dataValues"][0]["comment"]
    assert "no period of four months" in metadata["dataSets"][0]["description"]
    assert {element["aggregationType"] for element in metadata["dataElements"]} == {"NONE"}
