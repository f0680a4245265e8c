"""The automation that hears heartbeats: who falls silent has crashed, who ended has not, under whatever name."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flows.automations import ENDED
from flows.busy import SKIPPED
from tests.flows.pages import Pages, pages
from tests.operations.farm import until

__all__ = ["pages"]
APPLY = """
import json
from datetime import timedelta
from prefect.client.orchestration import get_client
from flows.automations import apply, wanted
with get_client(sync_client=True) as client:
    print(json.dumps(apply(client, wanted(silence=timedelta(seconds=10)))))
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
def test_who_falls_silent_has_crashed(pages: Pages) -> None:
    child = pages.child_of(pages.run())
    pages.gives_a_heartbeat(child)
    until(lambda: pages.state(child)["type"] == "CRASHED", "the silence to be noticed", every=0.5)


def test_however_a_run_ends_its_end_is_heard(pages: Pages) -> None:
    """An event bears the name of the state; one that the automation did not know would leave an ended run silent."""
    for name, state in ENDS.items():
        run = pages.run()
        pages.becomes(run, "RUNNING", force=True)
        pages.becomes(run, state, name=name, force=True)
        asked = {"filter": {"resource": {"id": [f"prefect.flow-run.{run}"]}}, "limit": 50}
        told = {f"prefect.flow-run.{name}"} & ENDED

        def heard(asked: dict[str, Any] = asked, told: set[str] = told) -> bool:
            return not told.isdisjoint(each["event"] for each in pages.call("POST", "/events/filter", asked)["events"])

        until(heard, f"the end by the name of {name}", every=0.3)
