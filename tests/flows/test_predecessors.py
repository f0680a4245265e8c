"""Runs whose host is gone show as crashed; one that lives is left alone, and the present one keeps its slot."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun, State, StateDetails, StateType

from flows import scheduled, slot
from tests.flows.pages import Pages, pages

__all__ = ["pages"]
SAY_OVER = "import json; from flows.predecessors import say_over; print(json.dumps(say_over()))"
KEEP = """
import json, sys, time
from pathlib import Path
from flows import slot
slot.EVERY_SECONDS = 0.05
file, before = Path({file!r}), {before!r}
with slot.kept({lease!r}):
    while json.loads(file.read_text())["expiration"] == before:
        time.sleep(0.05)
print("null")
"""
SCHEDULED = """
import json
from flows import predecessors, scheduled
from prefect import flow, tags
from prefect.runtime import flow_run
said = []
scheduled.say_over = lambda: said.append(flow_run.id)
@flow(log_prints=False)
@scheduled.scheduled
def child():
    return list(flow_run.tags)
@flow
@scheduled.scheduled
def parent():
    return child()
print(json.dumps([parent(), len(said)]))
"""


@pytest.fixture
def say_over(python: Callable[..., Any], pages: Pages) -> Callable[[str], int]:
    def run(present: str) -> int:
        ids = {
            "PREFECT__RUNTIME__DEPLOYMENT__ID": pages.deployment["id"],
            "PREFECT__RUNTIME__FLOW_RUN__ID": present,
        }
        return int(python(SAY_OVER, **ids))

    return run


def test_the_present_run_keeps_its_slot_when_one_whose_lease_ran_out_is_buried(
    pages: Pages, say_over: Callable[[str], int]
) -> None:
    zombie = pages.run("PENDING", "RUNNING")
    assert pages.taken() == 1
    pages.lease_runs_out(zombie)
    pages.grows_old(zombie)
    present = pages.run("PENDING", "RUNNING")
    assert pages.taken() == 1
    assert say_over(present) == 1
    assert pages.state(zombie)["type"] == "CRASHED"
    assert pages.taken() == 1
    beside = pages.run()
    assert pages.becomes(beside, "PENDING") == "CANCELLED"
    pages.call("POST", f"/v2/concurrency_limits/leases/{pages.lease(present)}/renew", {"lease_duration": 300})
    assert pages.becomes(present, "COMPLETED") == "COMPLETED"
    assert pages.taken() == 0


def test_one_that_was_heard_of_lately_is_left_alone(pages: Pages, say_over: Callable[[str], int]) -> None:
    alive, new = pages.run(), pages.run()
    for run in (alive, new):
        pages.becomes(run, "RUNNING", force=True)
    pages.grows_old(alive)
    pages.gives_a_heartbeat(alive)
    present = pages.run("PENDING", "RUNNING")
    assert say_over(present) == 0
    assert [pages.state(run)["type"] for run in (alive, new)] == ["RUNNING"] * 2
    assert pages.taken() == 1


def test_one_that_was_taken_and_never_begun_is_over(pages: Pages, say_over: Callable[[str], int]) -> None:
    zombie = pages.run("PENDING")
    pages.lease_runs_out(zombie)
    pages.grows_old(zombie)
    present = pages.run("PENDING", "RUNNING")
    waiting = pages.run()
    pages.becomes(waiting, "PENDING", force=True)
    assert say_over(present) == 1
    assert [pages.state(run)["type"] for run in (zombie, waiting)] == ["CRASHED", "PENDING"]
    assert pages.taken() == 1


def test_what_a_dead_run_had_begun_is_over_with_it(pages: Pages, say_over: Callable[[str], int]) -> None:
    dead, present = pages.run("PENDING", "RUNNING"), pages.run()
    orphan = pages.child_of(dead)
    pages.becomes(dead, "CRASHED")
    pages.becomes(present, "PENDING")
    pages.becomes(present, "RUNNING")
    child = pages.child_of(present)
    young = pages.child_of(dead)
    for run in (orphan, child):
        pages.grows_old(run)
    assert say_over(present) == 1
    assert [pages.state(run)["type"] for run in (orphan, child, young)] == ["CRASHED", "RUNNING", "RUNNING"]


def test_the_lease_of_a_slot_is_renewed_while_the_run_works(
    python: Callable[..., Any], prefect: dict[str, str], pages: Pages
) -> None:
    lease = pages.lease(pages.run("PENDING", "RUNNING"))
    file = Path(prefect["PREFECT_HOME"]) / "concurrency_leases" / f"{lease}.json"
    before = json.loads(file.read_text())["expiration"]
    python(KEEP.format(file=str(file), before=before, lease=lease))
    assert json.loads(file.read_text())["expiration"] > before


def test_a_scheduled_flow_marks_the_runs_that_it_begins_and_looks_for_the_dead_once(python: Callable[..., Any]) -> None:
    assert python(SCHEDULED) == [["ranham"], 1]


def test_a_scheduled_flow_keeps_the_lease_that_prefect_gave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lease = uuid4()
    details = StateDetails(deployment_concurrency_lease_id=lease)
    run = FlowRun(flow_id=uuid4(), state=State(type=StateType.RUNNING, state_details=details))
    kept: list[object] = []
    monkeypatch.setattr("flows.scheduled.FlowRunContext.get", lambda: SimpleNamespace(flow_run=run))

    def keep(found: object) -> AbstractContextManager[None]:
        kept.append(found)
        return nullcontext()

    monkeypatch.setattr(slot, "kept", keep)
    monkeypatch.setattr(scheduled, "say_over", lambda: 0)
    assert scheduled.scheduled(lambda: "done")() == "done"
    assert kept == [lease]
