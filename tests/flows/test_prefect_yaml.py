"""The deployments file: every entrypoint is there, schedules are cron in Jakarta's time, no path of a machine."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "prefect.yaml"
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_entrypoint_is_a_flow_of_that_name(deployment: dict[str, Any]) -> None:
    path, _, function = deployment["entrypoint"].partition(":")
    flow = getattr(import_module(path.removesuffix(".py").replace("/", ".")), function)
    assert flow.name == deployment["name"]


def test_schedules_are_cron_in_jakarta() -> None:
    schedules = [schedule for deployment in DEPLOYMENTS for schedule in deployment.get("schedules", [])]
    assert schedules
    for schedule in schedules:
        assert schedule["timezone"] == "Asia/Jakarta"
        assert "cron" in schedule
        assert "rrule" not in schedule


def test_no_path_of_a_machine() -> None:
    for step in yaml.safe_load(FILE.read_text(encoding="utf-8"))["pull"]:
        for options in step.values():
            assert options["directory"] == "{{ $RANHAM_HOME }}"
