"""`make serve` as an operator meets it: with Prefect's stock client."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import psutil
from sqlalchemy import Engine

from flows import server
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("tick", "import-inbox", "freeze-year", "open-period", "roll-up", "close-period")


def test_stock_client_lists_deployments_and_runs(application: Engine, tmp_path: Path) -> None:
    port = server.free_port()
    surroundings = {
        **os.environ,
        "RANHAM_PREFECT_PORT": str(port),
        "RANHAM_API_PORT": str(server.free_port()),
        "COLUMNS": "200",
        "RANHAM_NOW": "2022-09-01T00:00:00+07:00",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "flows.serve"], env=surroundings, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as serving:
        try:
            assert serving.stdout is not None
            said = []
            for line in serving.stdout:
                said.append(line)
                if line.startswith("Stop with"):
                    break
            assert serving.poll() is None
            client = {**surroundings, **server.environment(tmp_path / "prefect", port)}

            def stock(*arguments: str) -> str:
                return subprocess.run(
                    [sys.executable, "-m", "prefect", *arguments],
                    env=client, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS,
                ).stdout  # fmt: skip

            listed = stock("deployment", "ls")
            assert all(f"{name}/{name}" in listed for name in NAMES)
            # One tick at a time: where the schedule's own is at it, ours is cancelled, and asked for again.
            for _ in range(3):
                try:
                    stock("deployment", "run", "tick/tick", "--watch")
                    break
                except subprocess.CalledProcessError:
                    assert "CANCELLED" in stock("flow-run", "ls", "--state-type", "CANCELLED")
            assert "tick" in stock("flow-run", "ls", "--state-type", "COMPLETED")
            # The server's own scheduler works too: the next ticks stand in the list before anybody asks for them.
            assert "tick" in stock("flow-run", "ls", "--state-type", "SCHEDULED", "--limit", "100")
            [api] = [line.removeprefix("API: ").strip() for line in said if line.startswith("API: ")]
            ready = f"{api.removesuffix('/api/v1')}/health/ready"
            assert httpx.get(ready, trust_env=False, timeout=30).status_code == httpx.codes.OK
            children = psutil.Process(serving.pid).children(recursive=True)
        finally:
            serving.send_signal(signal.SIGTERM)
        assert serving.wait(PATIENCE_SECONDS) == 0
    _, alive = psutil.wait_procs(children, timeout=PATIENCE_SECONDS)
    assert not alive, [process.cmdline() for process in alive]


def test_killed_children_come_back_and_an_interrupt_leaves_nothing_behind(application: Engine) -> None:
    port, api_port = server.free_port(), server.free_port()
    surroundings = {**os.environ, "RANHAM_PREFECT_PORT": str(port), "RANHAM_API_PORT": str(api_port)}
    with subprocess.Popen(
        [sys.executable, "-m", "flows.serve"],
        env=surroundings, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as serving:  # fmt: skip
        said: list[str] = []
        assert serving.stdout is not None
        reading = threading.Thread(target=said.extend, args=(serving.stdout,), daemon=True)
        reading.start()

        def wait_for(*words: str) -> None:
            """In whatever order: the processes write side by side."""
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not all(any(each in line for line in said) for each in words):
                assert serving.poll() is None, f"ended without saying {words}: {''.join(said)}"
                assert time.monotonic() < deadline, f"no {words} in: {''.join(said)}"
                time.sleep(0.1)

        try:
            wait_for("Stop with", "worker | Worker", "api | ")
            for name, module in (("worker", "prefect worker start"), ("api", "ranham.api")):
                [child] = [
                    each
                    for each in psutil.Process(serving.pid).children()
                    if module in " ".join(each.cmdline()).replace("-m ", "")
                ]
                child.kill()
                wait_for(f"serve | {name} was ended by SIGKILL", f"serve | {name} was started again")
            ready_by = time.monotonic() + 60
            while not _answers(f"http://127.0.0.1:{api_port}/health/ready") and time.monotonic() < ready_by:
                time.sleep(0.1)
            answer = httpx.get(f"http://127.0.0.1:{api_port}/health/ready", trust_env=False, timeout=30)
            assert answer.status_code == httpx.codes.OK
            children = psutil.Process(serving.pid).children(recursive=True)
        finally:
            serving.send_signal(signal.SIGINT)
            reading.join(PATIENCE_SECONDS)
        assert serving.wait(PATIENCE_SECONDS) == 0
    _, alive = psutil.wait_procs(children, timeout=PATIENCE_SECONDS)
    assert not alive, [process.cmdline() for process in alive]


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False, timeout=30).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
