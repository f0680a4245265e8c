"""`python -m flows.serve`: database, Prefect server, deployments on their schedules and a worker, until interrupted."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from flows import server
from ranham.kernel import migrations
from ranham.kernel.database import engine, unit_of_work
from ranham.kernel.settings import settings
from ranham.territory.service import load_reference

HOME = Path(__file__).resolve().parents[1]
PORT = 4200
POLL_SECONDS = 2.0


def main() -> int:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    # This process holds the embedded database up for all the others.
    migrations.upgrade(engine())
    with unit_of_work() as session:
        load_reference(session)
    settings().inbox.mkdir(parents=True, exist_ok=True)
    port = int(os.environ.get("RANHAM_PREFECT_PORT", PORT))
    with server.running(settings().data_dir / "prefect", port) as added:
        surroundings = {**os.environ, **added, "RANHAM_HOME": str(HOME), "RANHAM_DATA_DIR": str(settings().data_dir)}
        _prefect(surroundings, "work-pool", "create", "ranham", "--type", "process", "--overwrite")
        _prefect(surroundings, "--no-prompt", "deploy", "--all")
        worker = subprocess.Popen(
            [sys.executable, "-m", "prefect", "worker", "start", "--pool", "ranham", "--type", "process"],
            env=surroundings,
            cwd=HOME,
            start_new_session=True,
        )
        try:
            sys.stdout.write(
                f"Prefect: {added['RANHAM_PREFECT_UI_URL']}  inbox: {settings().inbox}\n"
                f"For the stock client: PREFECT_API_URL={added['PREFECT_API_URL']}\nStop with Ctrl-C.\n"
            )
            sys.stdout.flush()
            while not stopping.wait(POLL_SECONDS):
                if worker.poll() is not None:
                    sys.stderr.write("the worker ended by itself; stopping\n")
                    return 1
        finally:
            server.stop(worker)
    return 0


def _prefect(surroundings: dict[str, str], *arguments: str) -> None:
    """Run a stock Prefect command; what it prints is shown only if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "prefect", *arguments],
        env=surroundings,
        cwd=HOME,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(f"prefect {' '.join(arguments)} failed")


if __name__ == "__main__":
    sys.exit(main())
