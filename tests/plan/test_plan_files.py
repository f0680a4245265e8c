"""Shipped regulation files load, count as published, and survive the workbook."""

import json
from pathlib import Path

import openpyxl
import pytest

from ranham.plan.schemas import PlanFile, YearSpec
from ranham.plan.source import PlanRefused, canonical_json, digest, plan_path, read_plan, shipped_plans
from ranham.plan.workbook import write_workbook

COMPLETE = ["ranham-iv-2019", "ranham-v-2022"]


def _count(year: YearSpec, level: str) -> int:
    return sum(level in action.levels for action in year.actions)


def test_shipped_plans_are_found_by_stem() -> None:
    assert shipped_plans() == [*COMPLETE, "template-coming-regulation"]
    with pytest.raises(PlanRefused, match="ranham-iv-2019"):
        plan_path("../secrets")


def test_generation_iv_has_five_actions_for_provinces_and_four_for_regencies() -> None:
    year = read_plan(plan_path("ranham-iv-2019")).years[0]
    assert (_count(year, "province"), _count(year, "regency")) == (5, 4)
    windows = {period.code: period.window for period in year.periods}
    assert list(windows) == ["B04", "B06", "B09", "B12"]
    assert str(windows["B12"] and windows["B12"].closes_on) == "2020-01-11"


def test_generation_v_gives_the_published_targets_of_2022() -> None:
    plan = read_plan(plan_path("ranham-v-2022"))
    year = plan.years[0]
    excluded = {item.code for rule in year.obliged for item in rule.exclude}
    assert excluded == {"31.01", "31.71", "31.72", "31.73", "31.74", "31.75"}
    assert 34 * _count(year, "province") == 272
    assert (514 - len(excluded)) * _count(year, "regency") == 3048
    assert sum(len(action.units) for action in year.actions if "ministry" in action.levels) == 210
    assert {unit for action in year.actions for unit in action.units} == {body.code for body in plan.bodies}
    assert year.periods[0].window is None


@pytest.mark.parametrize("name", COMPLETE)
def test_an_absent_text_is_said_in_the_title(name: str) -> None:
    for year in read_plan(plan_path(name)).years:
        for action in year.actions:
            assert action.text_in_sources != ("tidak ada dalam sumber" in action.title_id)
            for measure in action.measures:
                assert measure.text_in_sources != ("tidak ada dalam sumber" in measure.text_id)


def test_the_template_says_line_by_line_what_is_still_to_fill() -> None:
    with pytest.raises(PlanRefused) as refused:
        read_plan(plan_path("template-coming-regulation"))
    findings = {finding.where.split(", ")[-1]: finding for finding in refused.value.findings}
    assert {"regulation.title", "years[0].year", "years[0].actions", "years[0].scoring.green_from_bp"} <= set(findings)
    assert "line 10" in findings["regulation.code"].where
    assert findings["regulation.code"].found == "nothing"


@pytest.mark.parametrize("name", COMPLETE)
def test_a_workbook_gives_back_the_same_plan(name: str, tmp_path: Path) -> None:
    plan = read_plan(plan_path(name))
    write_workbook(plan, tmp_path / "matriks.xlsx")
    back = read_plan(tmp_path / "matriks.xlsx")
    assert back == plan
    assert digest(back) == digest(plan)


def test_a_workbook_keeps_what_a_spreadsheet_likes_to_change(tmp_path: Path) -> None:
    raw = read_plan(plan_path("ranham-v-2022")).model_dump(mode="json")
    raw["years"][0]["obliged"][2]["include"] = ["31.10", "36.01"]
    raw["years"][0]["obliged"][2]["exclude"] = []
    action = raw["years"][0]["actions"][0]
    action |= {
        "title_id": "=SUM(A1)\nbaris kedua",
        "success_criterion": "2022",
        "links": [{"scheme": "SDG", "code": "5.10"}, {"scheme": "UPR", "code": "140:1"}],
        "responsible": ["Bappeda, Dinas"],
    }
    action["measures"][0] |= {"value_min": "0.10", "value_max": "100"}
    plan = PlanFile.model_validate(raw)
    write_workbook(plan, tmp_path / "matriks.xlsx")
    back = read_plan(tmp_path / "matriks.xlsx")
    assert back == plan
    assert canonical_json(back) == canonical_json(plan)


def test_the_workbook_shows_indonesian_sheets(tmp_path: Path) -> None:
    write_workbook(read_plan(plan_path("ranham-iv-2019")), tmp_path / "matriks.xlsx")
    book = openpyxl.load_workbook(tmp_path / "matriks.xlsx")
    assert book.sheetnames[:4] == ["Peraturan", "Pasal", "Kelompok Sasaran", "Sasaran Strategis"]
    assert book["Aksi"]["E1"].value == "Aksi HAM"


def test_equal_values_written_differently_have_one_digest() -> None:
    raw = read_plan(plan_path("ranham-iv-2019")).model_dump(mode="json")
    digests = set()
    for value in ("1.50", 1.5, "1.5"):
        raw["years"][0]["actions"][0]["measures"][0]["value_min"] = value
        digests.add(digest(PlanFile.model_validate(raw)))
    assert len(digests) == 1


VERIFICATION = {
    "tiers": [
        {"name": "pre_check", "days": 4, "escalates": False},
        {"name": "central", "days": 3, "escalates": True},
    ],
    "max_rounds": 1,
    "return_days": 2,
    "second_reading_share_bp": 500,
    "partly_fulfilled_bp": 6000,
    "unverified": ["return_days", "tiers"],
}


def _with_verification() -> PlanFile:
    raw = read_plan(plan_path("ranham-iv-2019")).model_dump(mode="json")
    raw["years"][0]["verification"] = VERIFICATION
    return PlanFile.model_validate(raw)


def test_the_rules_of_verification_survive_the_workbook(tmp_path: Path) -> None:
    plan = _with_verification()
    write_workbook(plan, tmp_path / "matriks.xlsx")
    back = read_plan(tmp_path / "matriks.xlsx")
    assert back == plan
    assert back.years[0].verification is not None
    assert back.years[0].verification.model_dump(mode="json") == VERIFICATION


def test_a_workbook_from_before_the_sheet_of_verification_is_still_read(tmp_path: Path) -> None:
    plan = read_plan(plan_path("ranham-iv-2019"))
    write_workbook(plan, tmp_path / "matriks.xlsx")
    book = openpyxl.load_workbook(tmp_path / "matriks.xlsx")
    del book["Verifikasi"]
    book.save(tmp_path / "old.xlsx")
    assert read_plan(tmp_path / "old.xlsx") == plan


def test_a_plan_that_says_nothing_of_verification_keeps_its_digest() -> None:
    plan = read_plan(plan_path("ranham-iv-2019"))
    assert b'"verification":{"tiers"' not in canonical_json(plan)
    assert "verification" not in json.loads(canonical_json(plan))["years"][0]
    assert digest(_with_verification()) != digest(plan)
