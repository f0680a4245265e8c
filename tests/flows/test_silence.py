"""The automation that hears heartbeats: who falls silent has crashed, who ended has not, under whatever name."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flows.busy import SKIPPED
from tests.flows.pages import Pages, pages
from tests.operations.farm import until

__all__ = ["pages"]
# On a busy machine a run that ends takes a while to say so to Prefect's server, and is to be heard in time.
APPLY = """
import json
from datetime import timedelta
from prefect.client.orchestration import get_client
from flows.automations import apply, wanted
with get_client(sync_client=True) as client:
    print(json.dumps(apply(client, wanted(silence=timedelta(seconds=60)))))
"""
ENDS = {
    "Completed": "COMPLETED", SKIPPED: "COMPLETED", "Cached": "COMPLETED", "Failed": "FAILED", "TimedOut": "FAILED",
    "Cancelled": "CANCELLED", "Crashed": "CRASHED",
}  # fmt: skip


@pytest.fixture
def impatient(python: Callable[..., Any], pages: Pages) -> Iterator[None]:
    python(APPLY)
    yield
    for each in pages.call("POST", "/automations/filter", {}):
        pages.call("DELETE", f"/automations/{each['id']}")


@pytest.mark.usefixtures("impatient")
def test_a_run_that_ended_is_not_taken_for_a_silent_one(pages: Pages) -> None:
    ended = {name: pages.run() for name in ENDS}
    for name, run in ended.items():
        pages.becomes(run, "RUNNING", force=True)
        pages.gives_a_heartbeat(run)
        pages.becomes(run, ENDS[name], name=name, force=True)
    child = pages.child_of(pages.run())
    pages.gives_a_heartbeat(child)
    until(lambda: pages.state(child)["type"] == "CRASHED", "the silence to be noticed", every=0.5)
    # Heard of earlier, they would have been taken for silent earlier.
    asked = {"filter": {"event": {"prefix": ["prefect.automation.action."]}}, "limit": 50}
    done = until(lambda: pages.call("POST", "/events/filter", asked)["events"], "the record of it", every=0.5)
    met = {each["prefect.resource.id"] for event in done for each in [event["resource"], *event["related"]]}
    assert {name for name, run in ended.items() if f"prefect.flow-run.{run}" in met} == set()
    assert {name: pages.state(run)["name"] for name, run in ended.items()} == {name: name for name in ENDS}
