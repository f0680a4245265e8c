"""The ladder of reminders as plan data: nothing is lost on the way, and what is wrong is named."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from ranham.plan.policy import starting_ladder
from ranham.plan.schemas import PlanFile
from ranham.plan.source import PlanRefused, digest, plan_path, read_plan
from ranham.plan.workbook import write_workbook

STARTING = starting_ladder().model_dump(mode="json")


def _plan(**changes: Any) -> dict[str, Any]:
    raw = read_plan(plan_path("ranham-iv-2019")).model_dump(mode="json")
    rungs = [{**STARTING["rungs"][0], **changes}, *STARTING["rungs"][1:]]
    raw["years"][0]["reminders"] = {**STARTING, "rungs": rungs}
    return raw


def test_a_ladder_comes_back_from_yaml_and_from_a_workbook(tmp_path: Path) -> None:
    plan = PlanFile.model_validate(_plan(periods=["B04"], after_close=True))
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(plan.model_dump(mode="json")), encoding="utf-8")
    write_workbook(plan, tmp_path / "plan.xlsx")
    for name in ("plan.yaml", "plan.xlsx"):
        back = read_plan(tmp_path / name)
        assert back == plan
        assert digest(back) == digest(plan)


def test_a_plan_without_a_ladder_is_what_it_was(tmp_path: Path) -> None:
    plan = read_plan(plan_path("ranham-iv-2019"))
    raw = plan.model_dump(mode="json")
    assert raw["years"][0]["reminders"] is None
    assert digest(PlanFile.model_validate(raw)) == digest(plan)
    assert digest(PlanFile.model_validate(_plan())) != digest(plan)


def test_a_workbook_of_before_has_no_ladder(tmp_path: Path) -> None:
    write_workbook(read_plan(plan_path("ranham-iv-2019")), tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    for title in ("Pengingat", "Anak Tangga"):
        del book[title]
    book.save(tmp_path / "plan.xlsx")
    assert read_plan(tmp_path / "plan.xlsx").years[0].reminders is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code": "opening"}, "each code of a rung only once, not opening again"),
        ({"at": 540}, "a time of day in quotes"),
        ({"at": "17:00"}, "08:00 to 16:00"),
        ({"days": -1}, "nobody knows of it before"),
        ({"condition": "returned"}, "always or unsubmitted"),
        ({"digest": True}, "a digest goes to offices"),
        ({"audience": ["ministry"]}, "is a digest"),
        ({"audience": ["operator", "operator"]}, "only once, not operator again"),
        ({"audience": ["verifier"], "digest": True}, "verifiers are told of late verification only"),
        ({"periods": ["B05"]}, "a period of this year"),
    ],
)
def test_what_is_wrong_with_a_rung_is_named(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump(_plan(**changes)), encoding="utf-8")
    with pytest.raises(PlanRefused) as refused:
        read_plan(file)
    (finding,) = refused.value.findings
    assert "years[0].reminders" in finding.where
    assert expected in finding.expected
