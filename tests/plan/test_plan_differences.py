"""Differences between two versions go by codes, not by the order of rows."""

from typing import Any

from ranham.plan.compare import Difference, differences
from ranham.plan.schemas import PlanFile
from ranham.plan.source import plan_path, read_plan


def _changed() -> tuple[PlanFile, dict[str, Any]]:
    plan = read_plan(plan_path("ranham-iv-2019"))
    return plan, plan.model_dump(mode="json")


def test_a_plan_does_not_differ_from_itself_or_from_its_rows_in_another_order() -> None:
    plan, raw = _changed()
    raw["years"][0]["actions"].reverse()
    raw["target_groups"].reverse()
    assert differences(plan, PlanFile.model_validate(raw)) == []


def test_a_changed_text_is_found_at_its_action_and_measure() -> None:
    plan, raw = _changed()
    old = raw["years"][0]["actions"][0]["measures"][0]["text_id"]
    raw["years"][0]["actions"][0]["measures"][0]["text_id"] = "Rapat"
    path = "years[2019].actions[D1].measures[B04/1].text_id"
    assert differences(plan, PlanFile.model_validate(raw)) == [Difference(path, "changed", old, "Rapat")]


def test_a_replaced_action_is_one_removed_and_one_added() -> None:
    plan, raw = _changed()
    raw["years"][0]["actions"][4]["code"] = "D6"
    found = differences(plan, PlanFile.model_validate(raw))
    assert [(item.kind, item.path) for item in found] == [
        ("removed", "years[2019].actions[D5]"),
        ("added", "years[2019].actions[D6]"),
    ]
    assert found[0].old["code"] == "D5"


def test_a_window_that_becomes_known_is_a_change_of_the_period() -> None:
    plan, raw = _changed()
    window = raw["years"][0]["periods"][1]["window"]
    raw["years"][0]["periods"][1]["window"] = None
    later = PlanFile.model_validate(raw)
    assert differences(later, plan) == [Difference("years[2019].periods[B06].window", "changed", None, window)]
