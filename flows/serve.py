"""`python -m flows.serve`: database, API, Prefect server, deployments on their schedules, a worker; until interrupted."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from flows import children, server
from ranham.kernel import migrations
from ranham.kernel.addresses import HIGHEST_PORT
from ranham.kernel.database import application_database_url, engine, unit_of_work
from ranham.kernel.errors import BadInput, Finding, RanhamError
from ranham.kernel.misread import found
from ranham.kernel.settings import settings
from ranham.kernel.starting import ended
from ranham.territory.service import load_reference

HOME = Path(__file__).resolve().parents[1]
PORT = 4200
API_PORT = 8000
LOGS: dict[str, dict[str, str]] = {
    "plain": {},
    "json": {
        "PREFECT_LOGGING_FORMATTERS_JSON_CLASS": "ranham.kernel.logs.JsonLines",
        "PREFECT_LOGGING_FORMATTERS_JSON_FORMAT": "%(message)s",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER": "json",
    },
}


def main() -> int:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    port, api_port = _port("RANHAM_PREFECT_PORT", PORT), _port("RANHAM_API_PORT", API_PORT)
    # This process holds the embedded database up for all the others.
    migrations.upgrade(engine())
    with unit_of_work() as session:
        load_reference(session)
    settings().inbox.mkdir(parents=True, exist_ok=True)
    added = server.environment(settings().data_dir / "prefect", port)
    surroundings = {
        **LOGS[settings().log_format],
        **os.environ,
        **added,
        "RANHAM_HOME": str(HOME),
        "RANHAM_DATA_DIR": str(settings().data_dir),
    }
    with children.crew() as crew:
        prefect = crew.start(_program("prefect", surroundings, *server.command(port)))
        server.wait(prefect.process, added["PREFECT_API_URL"], log="the lines above")
        _prefect(surroundings, "work-pool", "create", "ranham", "--type", "process", "--overwrite")
        _prefect(surroundings, "--no-prompt", "deploy", "--all")
        _run(surroundings, "flows.automations", "apply")
        crew.start(
            _program("worker", surroundings, "prefect", "worker", "start", "--pool", "ranham", "--type", "process")
        )
        api = f"http://{server.HOST}:{api_port}/api/v1"
        try:
            application_database_url()
        except RanhamError as refused:
            api = f"not started: {refused}"
        else:
            crew.start(_program("api", surroundings, "ranham.api", "--port", str(api_port)))
        sys.stdout.write(
            f"API: {api}\n"
            f"Prefect: {added['RANHAM_PREFECT_UI_URL']}  inbox: {settings().inbox}\n"
            f"For the stock client: PREFECT_API_URL={added['PREFECT_API_URL']}\nStop with Ctrl-C.\n"
        )
        sys.stdout.flush()
        crew.watch(stopping)
    return 0


def _port(name: str, otherwise: int) -> int:
    said = os.environ.get(name, str(otherwise))
    if said.isascii() and said.isdecimal() and 0 < int(said) <= HIGHEST_PORT:
        return int(said)
    raise BadInput([Finding(name, found(said), f"a port, 1 to {HIGHEST_PORT}")])


def _program(name: str, surroundings: Mapping[str, str], module: str, *arguments: str) -> children.Program:
    return children.Program(name, (sys.executable, "-m", module, *arguments), surroundings, HOME)


def _prefect(surroundings: dict[str, str], *arguments: str) -> None:
    """Run a stock Prefect command."""
    _run(surroundings, "prefect", *arguments)


def _run(surroundings: dict[str, str], module: str, *arguments: str) -> None:
    """What it prints is shown only if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=surroundings,
        cwd=HOME,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(f"{module} {' '.join(arguments)} failed")


if __name__ == "__main__":
    sys.exit(ended(main))
