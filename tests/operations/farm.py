"""A Prefect server and hosts with a worker each, on the loopback, all processes of their own: to be killed and paused."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from flows import server
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")
AUTOMATE = """
import sys
from datetime import timedelta
from prefect.client.orchestration import get_client
from flows.automations import apply, wanted
with get_client(sync_client=True) as client:
    apply(client, wanted(silence=timedelta(seconds=int(sys.argv[1]))))
"""


def until(found: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS, every: float = 0.1) -> Any:
    """What `found` gives once it is something; the test fails where that takes too long."""
    deadline = time.monotonic() + seconds
    while not (it := found()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(every)
    return it


@dataclass(slots=True)
class Host:
    """A machine with one worker; its log is a file."""

    name: str
    process: subprocess.Popen[bytes]

    def flows(self) -> list[psutil.Process]:
        """Processes of the flow runs that work here now."""
        try:
            found = psutil.Process(self.process.pid).children(recursive=True)
            return [each for each in found if "prefect.engine" in " ".join(each.cmdline())]
        except psutil.Error:
            return []

    def kill(self) -> None:
        """As if the power had gone: nobody can say goodbye."""
        try:
            below = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            below = []
        for each in (self.process, *below):
            with suppress(psutil.Error, ProcessLookupError):
                each.send_signal(signal.SIGCONT)
                each.kill()
        self.process.wait(PATIENCE_SECONDS)


@dataclass(slots=True)
class Farm:
    home: Path
    port: int
    added: dict[str, str]
    """To the environment: where the server is, and settings of the engine."""
    more: tuple[str, ...] = ()
    """Arguments of the server."""
    serving: subprocess.Popen[bytes] | None = None
    hosts: dict[str, Host] = field(default_factory=dict)

    @property
    def api(self) -> str:
        return self.added["PREFECT_API_URL"]

    @property
    def surroundings(self) -> dict[str, str]:
        """Whole, of what is started now: a farm outlives the databases of single tests."""
        return {**os.environ, **self.added}

    def serve(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "server.log").open("ab") as log:
            self.serving = subprocess.Popen(
                [sys.executable, "-m", *server.command(self.port), *self.more],
                env=self.surroundings, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        server.wait(self.serving, self.api, log=str(self.home / "server.log"))

    def kill_server(self) -> None:
        if self.serving is not None:
            Host("server", self.serving).kill()
            self.serving = None

    def start(self, name: str) -> Host:
        """A host, or the one of that name again."""
        with (self.home / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    sys.executable, "-m", "prefect", "worker", "start", "--pool", "ranham", "--type", "process",
                    "--name", name,
                ],
                env=self.surroundings, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.hosts[name] = Host(name, process)
        return self.hosts[name]

    def stock(self, *arguments: str) -> str:
        """A command of Prefect itself."""
        done = subprocess.run(
            [sys.executable, "-m", "prefect", *arguments],
            env={**self.surroundings, "COLUMNS": "200"}, cwd=ROOT, capture_output=True, text=True, check=False,
            timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def deploy(self, *, schedules: bool = False) -> None:
        """Pool and deployments as they are in prefect.yaml; without schedules the test is the one who knocks."""
        self.stock("work-pool", "create", "ranham", "--type", "process", "--overwrite")
        self.stock("--no-prompt", "deploy", "--all")
        if not schedules:
            self.stock("deployment", "schedule", "pause", "--all")

    def automate(self, *, silence_seconds: int = 150) -> None:
        """Our automations; with less patience they would bury runs that live and are slow."""
        arguments = [sys.executable, "-c", AUTOMATE, str(silence_seconds)]
        done = subprocess.run(
            arguments,
            env=self.surroundings,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, done.stderr

    def ask(self, flow: str, *, at: str | None = None, **parameters: Any) -> str:
        """Ask for a run of a flow, as of a moment; its id. A worker takes it as any other."""
        deployment = self._get(f"deployments/name/{flow}/{flow}")
        asked = {
            "parameters": parameters,
            "job_variables": {"env": {"RANHAM_NOW": at}} if at else {},
            "state": {"type": "SCHEDULED"},
        }
        return str(self._call("POST", f"deployments/{deployment['id']}/create_flow_run", asked)["id"])

    def state(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self._get(f"flow_runs/{run}")["state"]
        return found

    def says(self, run: str, state: str) -> None:
        """Prefect's pages show the run in this state, whatever it may really do."""
        self._call("POST", f"flow_runs/{run}/set_state", {"state": {"type": state}, "force": True})

    def grows_old(self, run: str) -> None:
        """It has been in its state for an hour; no door of Prefect's sets a state in the past."""
        with sqlite3.connect(self.home / "prefect.db", timeout=PATIENCE_SECONDS) as database:
            changed = database.execute(
                "UPDATE flow_run_state SET timestamp = datetime(timestamp, '-1 hour') WHERE id = ?",
                (self._get(f"flow_runs/{run}")["state_id"],),
            )
            assert changed.rowcount == 1

    def ended(self, run: str, *, seconds: float = PATIENCE_SECONDS) -> str:
        """The type of the state in which the run ended."""
        until(lambda: self.state(run)["type"] in ENDED, f"the end of run {run}", seconds=seconds, every=0.3)
        return str(self.state(run)["type"])

    def runs(self, **filters: Any) -> list[dict[str, Any]]:
        return list(self._call("POST", "flow_runs/filter", filters))

    def heard_of(self, run: str) -> bool:
        """Prefect's server has a heartbeat of the run: only from then on its silence means something."""
        event = {"name": ["prefect.flow-run.heartbeat"]}
        asked = {"filter": {"event": event, "resource": {"id": [f"prefect.flow-run.{run}"]}}}
        return bool(self._call("POST", "events/filter", asked)["events"])

    def at_work(self, run: str) -> list[tuple[Host, psutil.Process]]:
        """Where the run is, whoever else still ends there."""
        found = ((host, flow) for host in self.hosts.values() for flow in host.flows())
        return [(host, flow) for host, flow in found if _run_of(flow) == run]

    def taken_slots(self, flow: str) -> int:
        return int(self._get(f"deployments/name/{flow}/{flow}")["global_concurrency_limit"]["active_slots"])

    def end(self) -> None:
        for host in self.hosts.values():
            host.kill()
        self.kill_server()

    def _get(self, path: str) -> Any:
        return self._call("GET", path)

    def _call(self, method: str, path: str, asked: dict[str, Any] | None = None) -> Any:
        """As Prefect's client does: its server answers 503 while SQLite is locked by another of its services."""

        def answer() -> httpx.Response | None:
            found = httpx.request(method, f"{self.api}/{path}", json=asked, trust_env=False, timeout=PATIENCE_SECONDS)
            return None if found.status_code == httpx.codes.SERVICE_UNAVAILABLE else found

        found: httpx.Response = until(answer, f"{method} {path}", seconds=PATIENCE_SECONDS, every=0.5)
        found.raise_for_status()
        return found.json()


def _run_of(process: psutil.Process) -> str | None:
    try:
        return str(process.environ().get("PREFECT__FLOW_RUN_ID"))
    except psutil.Error:
        return None


@contextmanager
def farm(home: Path, **settings: str) -> Iterator[Farm]:
    """A server without hosts; whatever happens in the block, nothing of it outlives it."""
    port = server.free_port()
    made = Farm(home, port, {**server.environment(home, port), "RANHAM_HOME": str(ROOT), **settings})
    try:
        made.serve()
        yield made
    finally:
        made.end()


def said(lines: str) -> Any:
    """The document in the last line of what a script printed."""
    return json.loads(lines.strip().splitlines()[-1])
