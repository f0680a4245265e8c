"""Prefect's own commands, its pages and ours tell the same; what an operator asks for is done."""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from flows import heartbeat, serve
from ranham.cycle import intervention, lease
from ranham.cycle.doctor import prefect as examined
from ranham.cycle.models import Step
from ranham.plan.queries import find_period
from tests.cli.command import ranham
from tests.flows.conftest import ROOT
from tests.flows.pages import Pages
from tests.flows.test_busy import FIRST_DAY, TAKEN_OVER
from tests.flows.test_cycle_flows import HEADER, TICK, inbox
from tests.patience import PATIENCE_SECONDS

LABEL = "RANHAM-V:2022-B08"
FAILS = """
import json
from flows.open_period import open_period
print(json.dumps(open_period("2022-B08", return_state=True).type))
"""
APPLY = """
import json, sys
from prefect.client.orchestration import get_client
from flows.automations import apply, wanted
with get_client(sync_client=True) as client:
    print(json.dumps(apply(client, wanted())))
"""
BLOCK = """
from prefect.blocks.notifications import SlackWebhook
SlackWebhook(url="https://hooks.example.go.id/services/x").save("operators", overwrite=True)
"""
OUR_STATES = {"done": "COMPLETED", "failed": "FAILED"}


@pytest.fixture
def stock(prefect: dict[str, str], application: Engine) -> Callable[..., str]:
    """A stock command of Prefect."""

    def run(*arguments: str) -> str:
        surroundings = {**os.environ, **prefect, "COLUMNS": "200", "RANHAM_HOME": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "prefect", *arguments],
            env=surroundings, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def ours(prefect: dict[str, str], application: Engine) -> Callable[..., None]:
    """A command of ours that talks to Prefect's server."""

    def run(module: str, *arguments: str, **added: str) -> None:
        surroundings = {**os.environ, **prefect, **added}
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=surroundings, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def _notification_block(prefect: dict[str, str]) -> None:
    made = subprocess.run(
        [sys.executable, "-c", BLOCK],
        env={**os.environ, **prefect}, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr


def artifacts(prefect: dict[str, str], key: str) -> list[dict[str, Any]]:
    """The newest first."""
    asked = {"artifacts": {"key": {"any_": [key]}}, "sort": "CREATED_DESC"}
    found: list[dict[str, Any]] = httpx.post(
        f"{prefect['PREFECT_API_URL']}/artifacts/filter", json=asked, trust_env=False
    ).json()
    return found


def test_prefect_and_we_tell_the_same_runs_and_states(
    python: Callable[..., Any],
    stock: Callable[..., str],
    prefect: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (inbox(tmp_path) / "report.csv").write_text(HEADER + "36.01,D1,1,achieved,1,,b.pdf,2022-09-01T09:00:00+07:00\n")
    python(TICK, RANHAM_NOW=FIRST_DAY)
    python(TICK, RANHAM_NOW=FIRST_DAY)
    monkeypatch.setenv("RANHAM_NOW", FIRST_DAY)
    ours = {
        row["flow_run_id"]: OUR_STATES[row["last"]]
        for row in ranham(capsys, "status", "2022-B08", "--format", "json").json
        if row["flow_run_id"]
    }
    listed = json.loads(stock("flow-run", "ls", "--limit", "100", "-o", "json"))
    theirs = {run["id"]: run["state_type"] if "state_type" in run else run["state"]["type"] for run in listed}
    assert len(ours) >= 3
    assert ours == {run: theirs[run] for run in ours}
    shown = json.loads(artifacts(prefect, "cycle-status")[0]["data"])
    rolled = next(row for row in shown if (row["period"], row["step"]) == (LABEL, "roll_up"))
    assert (rolled["last"], rolled["late"]) == ("done", "False")
    assert float(artifacts(prefect, "progress-import")[0]["data"]) == 100
    assert float(artifacts(prefect, "progress-roll-up")[0]["data"]) == 100


def test_a_failed_run_shows_what_is_safe_to_do(
    python: Callable[..., Any], application: Engine, prefect: dict[str, str]
) -> None:
    with application.begin() as connection:
        connection.execute(text(TAKEN_OVER))
    assert python(FAILS, RANHAM_NOW=FIRST_DAY) == "FAILED"
    assert f"ranham cycle rerun {LABEL} open" in artifacts(prefect, "safe-actions")[0]["data"]


def test_the_tick_leaves_out_what_is_skipped(python: Callable[..., Any], application: Engine, tmp_path: Path) -> None:
    (inbox(tmp_path) / "report.csv").write_text(HEADER)
    with Session(application) as session, session.begin():
        info = find_period(session, LABEL)
        session.execute(text("INSERT INTO period_state (period_id, opened_at) VALUES (:id, now())"), {"id": info.id})
        for step in (Step.IMPORT, Step.ROLL_UP):
            intervention.skip(session, info, step, because="x", by="ani", now=info.opens_at())  # type: ignore[arg-type]
    # Reminders of the first day are due as well, and nobody skips them.
    assert [step for step in python(TICK, RANHAM_NOW=FIRST_DAY) if LABEL in step] == [f"remind {LABEL}"]
    assert (inbox(tmp_path) / "report.csv").exists()
    with Session(application) as session, session.begin():
        intervention.unskip(session, find_period(session, LABEL), Step.ROLL_UP, by="ani", now=info.opens_at())  # type: ignore[arg-type]
    assert f"roll_up {LABEL}" in python(TICK, RANHAM_NOW=FIRST_DAY)


def _automations(prefect: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.post(
        f"{prefect['PREFECT_API_URL']}/automations/filter", json={}, trust_env=False
    ).json()
    return found


def test_automations_applied_again_are_the_same_ones(python: Callable[..., Any], prefect: dict[str, str]) -> None:
    first = python(APPLY)
    assert set(first.values()) == {"made"}
    before = _automations(prefect)
    assert python(APPLY) == dict.fromkeys(first, "updated")
    after = _automations(prefect)
    assert {each["name"] for each in after} == set(first)
    assert sorted(each["id"] for each in after) == sorted(each["id"] for each in before)
    silent = next(each for each in after if "heartbeat" in each["name"])
    assert (silent["trigger"]["posture"], silent["actions"][0]["type"]) == ("Proactive", "change-flow-run-state")


def test_the_tick_tells_of_a_lease_that_is_held_for_long(
    python: Callable[..., Any], application: Engine, prefect: dict[str, str]
) -> None:
    with Session(application) as session, session.begin():
        lease.acquire(session, f"period:{LABEL}", "host:7:x", seconds=3600)
        session.execute(text("UPDATE lease SET taken_at = taken_at - interval '2 hours'"))
    python(TICK, RANHAM_NOW=FIRST_DAY)
    asked = {"filter": {"event": {"name": ["ranham.lease.held-too-long"]}}}
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + PATIENCE_SECONDS  # Prefect's server stores events some time after it took them
    while not found and time.monotonic() < deadline:
        found = httpx.post(f"{prefect['PREFECT_API_URL']}/events/filter", json=asked, trust_env=False).json()["events"]
    assert [event["payload"]["holder"] for event in found] == ["host:7:x"]


def test_doctor_sees_deployments_drift_and_a_rerun_reaches_prefect(
    python: Callable[..., Any],
    stock: Callable[..., str],
    ours: Callable[..., None],
    prefect: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect["PREFECT_API_URL"])

    def said() -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in ranham(capsys, "doctor", "--format", "json").json:
            found.setdefault(row["check"], []).append(row)
        return found

    assert "missing" in said()["deployments"][0]["found"]
    stock("work-pool", "create", "ranham", "--type", "process", "--overwrite")
    stock("--no-prompt", "deploy", "--all")
    sound = said()
    assert [row["level"] for row in sound["deployments"] + sound["prefect"] + sound["slots"]] == ["ok"] * 3, sound
    assert sound["worker"][0]["found"].startswith("no worker was ever seen")
    for each in _automations(prefect):
        httpx.delete(f"{prefect['PREFECT_API_URL']}/automations/{each['id']}", trust_env=False).raise_for_status()
    assert said()["automations"][0]["level"] == "warning"
    python(APPLY)
    (quiet,) = said()["automations"]
    assert (quiet["level"], quiet["found"].count("ranham: "), "RANHAM_PREFECT_NOTIFY" in quiet["mend"]) == (
        "warning",
        4,
        True,
    )
    _notification_block(prefect)
    ours("flows.automations", "apply", RANHAM_PREFECT_NOTIFY="slack-webhook/operators")
    assert said()["automations"] == [{"level": "ok", "check": "automations", "found": "5", "mend": None}]
    calling = next(each for each in _automations(prefect) if each["name"] == "ranham: a run has crashed")
    switched = httpx.patch(
        f"{prefect['PREFECT_API_URL']}/automations/{calling['id']}", json={"enabled": False}, trust_env=False
    )
    switched.raise_for_status()
    ours("flows.automations", "apply")  # as `make serve` does when it starts again
    (off,) = said()["automations"]
    assert (off["level"], off["found"]) == ("warning", "off: ranham: a run has crashed")
    stock(*shlex.split(off["mend"])[1:])
    assert said()["automations"][0]["level"] == "ok"
    tick = httpx.get(f"{prefect['PREFECT_API_URL']}/deployments/name/tick/tick", trust_env=False).json()
    stock("global-concurrency-limit", "update", tick["global_concurrency_limit"]["name"], "--active-slots", "1")
    (taken,) = said()["slots"]
    assert (taken["level"], taken["found"]) == ("failed", "tick: 1 taken, and no run is at work")
    stock(*taken["mend"].split()[1:])
    assert said()["slots"][0]["level"] == "ok"
    _a_silent_run_is_not_at_work(prefect, tick, lambda: said()["slots"][0])
    stock("deployment", "schedule", "pause", "--all")
    assert any("(off)" in row["found"] for row in said()["deployments"])

    answer = ranham(capsys, "cycle", "rerun", "2022-B08", "roll_up")
    run = answer.out.strip().rpartition("/")[2]
    listed = json.loads(stock("flow-run", "ls", "--limit", "200", "-o", "json"))
    assert run in {each["id"] for each in listed}
    asked = httpx.get(f"{prefect['PREFECT_API_URL']}/flow_runs/{run}", trust_env=False).json()
    assert asked["parameters"] == {"period": LABEL}


def _a_silent_run_is_not_at_work(
    prefect: dict[str, str], tick: dict[str, Any], slots: Callable[[], dict[str, Any]]
) -> None:
    with httpx.Client(base_url=prefect["PREFECT_API_URL"], trust_env=False, timeout=60) as http:
        pages = Pages(Path(prefect["PREFECT_HOME"]), http, tick)
        run = pages.run("PENDING")
        pages.becomes(run, "RUNNING", force=True)
        assert slots()["level"] == "ok"
        pages.grows_old(run)
        taken = slots()
        assert (taken["level"], "is silent" in taken["found"], "ten minutes" in taken["mend"]) == ("failed", True, True)
        pages.gives_a_heartbeat(run)
        assert slots()["level"] == "ok"
        pages.becomes(run, "CRASHED", force=True)


def test_doctor_and_automation_mean_the_same_silence() -> None:
    assert heartbeat.SILENCE == examined.SILENCE


def test_a_flow_s_log_is_documents_that_name_its_run(prefect: dict[str, str], application: Engine) -> None:
    surroundings = {**os.environ, **prefect, **serve.LOGS["json"], "PREFECT_LOGGING_LEVEL": "INFO", "COLUMNS": "60"}
    done = subprocess.run(
        [sys.executable, "-c", TICK], env={**surroundings, "RANHAM_NOW": FIRST_DAY}, cwd=ROOT,
        capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    said = [json.loads(line) for line in done.stderr.splitlines()]
    (ended,) = [line for line in said if line["message"].startswith("done: ")]
    run = httpx.get(f"{prefect['PREFECT_API_URL']}/flow_runs/{ended['flow_run_id']}", trust_env=False).json()
    assert run["state"]["type"] == "COMPLETED"
    assert ended["logger"] == "prefect.flow_runs"
