"""A person changes a schedule in Prefect while a window is open: it knocks at other times, and what is due stays the same."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.operations.farm import ROOT, Farm, farm, until
from tests.operations.nation import LABEL, WINDOW
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.faults
OTHERS = (("--cron", "* * * * *", "--timezone", "Asia/Jayapura"), ("--interval", "50"))
"""Of the five minutes in Jakarta that prefect.yaml says."""
DONE = text("SELECT step, count(*) FROM cycle_run WHERE period_label = :label AND state = 'done' GROUP BY 1 ORDER BY 1")
SENT = text("SELECT rung, occasion, recipient FROM reminder WHERE decision = 'send'")


@pytest.fixture
def hosts(tmp_path_factory: pytest.TempPathFactory, application: Engine) -> Iterator[Farm]:
    """Nobody says of a scheduled run as of when it is: the whole farm lives in the window."""
    with farm(tmp_path_factory.mktemp("farm"), RANHAM_NOW=WINDOW) as made:
        made.deploy()
        yield made


def test_a_schedule_that_is_changed_in_an_open_window(application: Engine, hosts: Farm) -> None:
    host = hosts.start("alive")
    assert hosts.ended(hosts.ask("tick", at=WINDOW)) == "COMPLETED"
    before = seen(application)
    assert before[0]["open"] == 1
    for schedule in OTHERS:
        hosts.stock("deployment", "schedule", "create", "tick/tick", *schedule, "--replace", "-y")
        came = {run["id"] for run in scheduled(hosts)}
        until(
            lambda known=came: [r for r in scheduled(hosts) if r["id"] not in known], f"a tick by {schedule}", every=1
        )
        assert [each for each in verdicts(hosts) if "tick: schedules is" in each["found"]] != []
    host.kill()
    assert seen(application) == before
    hosts.stock("--no-prompt", "deploy", "--all")
    assert [each for each in verdicts(hosts) if "tick: schedules is" in each["found"]] == []


def scheduled(hosts: Farm) -> list[dict[str, Any]]:
    """Ticks that came by themselves and were done."""
    ended = {"state": {"type": {"any_": ["COMPLETED"]}}}
    runs = hosts.runs(deployments={"name": {"any_": ["tick"]}}, flow_runs=ended)
    return [run for run in runs if run["auto_scheduled"]]


def seen(engine: Engine) -> tuple[dict[str, int], list[Any]]:
    """How often each step of the period was done, and whom a reminder was decided for."""
    with engine.connect() as connection:
        done = connection.execute(DONE, {"label": LABEL}).tuples().all()
        return dict(done), sorted(connection.execute(SENT).all())


def verdicts(hosts: Farm) -> list[dict[str, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "ranham.cli.app", "doctor", "--format", "json"],
        env=hosts.surroundings, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found
