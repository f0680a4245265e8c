"""What Prefect's server shows of runs, which are made through its API without processes: alive, dead or forgotten."""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.patience import PATIENCE_SECONDS


@dataclass(slots=True)
class Pages:
    """A deployment that lets one run at a time begin, and its runs, made through Prefect's API as workers do it."""

    home: Path
    http: httpx.Client
    deployment: dict[str, Any]

    def call(self, method: str, path: str, asked: Any = None) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := self.http.request(method, path, json=asked)).status_code == httpx.codes.SERVICE_UNAVAILABLE:
            assert time.monotonic() < deadline, found.text  # its SQLite is locked by another of its services
        found.raise_for_status()
        return found.json() if found.content else None

    def run(self, *states: str, **options: Any) -> str:
        """Id of a run that went through these states."""
        given = {"flow_id": self.deployment["flow_id"], "tags": ["ranham"], "state": {"type": "SCHEDULED"}}
        if "parent_task_run_id" not in options:
            given |= {"deployment_id": self.deployment["id"]}
        run = str(self.call("POST", "/flow_runs/", given | options)["id"])
        for state in states:
            self.becomes(run, state)
        return run

    def becomes(self, run: str, state: str, *, name: str | None = None, force: bool = False) -> str:
        asked = {"state": {"type": state, "name": name}, "force": force}
        answer = self.call("POST", f"/flow_runs/{run}/set_state", asked)
        return str(answer["state"]["type"])

    def state(self, run: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/flow_runs/{run}")["state"])

    def lease(self, run: str) -> str:
        return str(self.state(run)["state_details"]["deployment_concurrency_lease_id"])

    def taken(self) -> int:
        found = self.call("GET", f"/deployments/{self.deployment['id']}")
        return int(found["global_concurrency_limit"]["active_slots"])

    def lease_runs_out(self, run: str) -> None:
        """As Prefect's server does it for a lease that nobody renews: slot and lease are gone."""
        self.call("POST", "/v2/concurrency_limits/decrement-with-lease", {"lease_id": self.lease(run)})

    def grows_old(self, run: str) -> None:
        """It has been in its state for an hour; no door of Prefect's sets a state in the past."""
        with sqlite3.connect(self.home / "prefect.db", timeout=PATIENCE_SECONDS) as database:
            changed = database.execute(
                "UPDATE flow_run_state SET timestamp = datetime(timestamp, '-1 hour') WHERE id = ?",
                (self.call("GET", f"/flow_runs/{run}")["state_id"],),
            )
            assert changed.rowcount == 1

    def gives_a_heartbeat(self, run: str) -> None:
        tag = {"prefect.resource.id": "prefect.tag.ranham", "prefect.resource.role": "tag"}
        event = {
            "id": str(uuid4()), "occurred": datetime.now(UTC).isoformat(), "event": "prefect.flow-run.heartbeat",
            "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"}, "related": [tag], "payload": {},
        }  # fmt: skip
        self.call("POST", "/events", [event])
        asked = {"filter": {"event": {"name": [event["event"]]}, "resource": {"id": [f"prefect.flow-run.{run}"]}}}
        deadline = time.monotonic() + PATIENCE_SECONDS  # events are stored some time after they were taken
        while not self.call("POST", "/events/filter", asked)["events"]:
            assert time.monotonic() < deadline

    def child_of(self, parent: str) -> str:
        asked = {"flow_run_id": parent, "task_key": "child", "dynamic_key": uuid4().hex}
        task = self.call("POST", "/task_runs/", asked)["id"]
        return self.run("PENDING", "RUNNING", parent_task_run_id=task)


@pytest.fixture
def pages(prefect: dict[str, str]) -> Iterator[Pages]:
    # The server revokes leases of clients that it takes for old ones.
    who = {"User-Agent": "prefect/3.8.8 (API 0.8.4)"}
    with httpx.Client(
        base_url=prefect["PREFECT_API_URL"], trust_env=False, timeout=PATIENCE_SECONDS, headers=who
    ) as http:
        made = Pages(Path(prefect["PREFECT_HOME"]), http, {})
        flow = made.call("POST", "/flows/", {"name": "knocked-at"})
        asked = {
            "name": uuid4().hex, "flow_id": flow["id"], "tags": ["ranham"], "concurrency_limit": 1,
            "concurrency_options": {"collision_strategy": "CANCEL_NEW"},
        }  # fmt: skip
        made.deployment = made.call("POST", "/deployments/", asked)
        yield made
        made.call("DELETE", f"/deployments/{made.deployment['id']}")
