"""One real Prefect server on the loopback, started once and ended in order."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from ranham.cycle.silence import HEARTBEAT_SECONDS

HOST = "127.0.0.1"
LEASES_ON_DISK = "prefect.server.concurrency.lease_storage.filesystem"
START_SECONDS = 300
STOP_SECONDS = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def environment(home: Path, port: int) -> dict[str, str]:
    """Environment of everything that talks to this server: nothing leaves the machine, logs stay short."""
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # In memory, as by default, a server that starts again forgets who holds the slot of a deployment: the slot of a
        # run that died meanwhile would stay taken for ever, and with it the tick would never run again.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES_ON_DISK,
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
        "DO_NOT_TRACK": "1",
        "RANHAM_PREFECT_UI_URL": f"http://{HOST}:{port}",
    }


def command(port: int) -> tuple[str, ...]:
    """Module and arguments that start the server."""
    return ("prefect", "server", "start", "--host", HOST, "--port", str(port))


@contextmanager
def running(home: Path, port: int) -> Iterator[dict[str, str]]:
    """The server for the length of a block; gives the environment to reach it. Its log is `server.log` in `home`."""
    home.mkdir(parents=True, exist_ok=True)
    added = environment(home, port)
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command(port)],
            env={**os.environ, **added},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # an interrupt at the keyboard must reach the flows first, the server last
        )
        try:
            wait(process, added["PREFECT_API_URL"], log=str(home / "server.log"))
            yield added
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End in order; by force only after a while."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait(process: subprocess.Popen[bytes] | subprocess.Popen[str], api: str, *, log: str) -> None:
    """Until it answers; `log` says where the reader finds why it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{api}/health", timeout=2, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the Prefect server did not start; see {log}")
