"""One real Prefect server for the flow tests; flows run in processes of their own, as a worker runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from flows import server
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment that reaches the server."""
    with server.running(tmp_path_factory.mktemp("prefect"), server.free_port()) as added:
        yield added


@pytest.fixture
def python(prefect: dict[str, str], application: Engine) -> Callable[..., Any]:
    """Runs a script on the application's database and the Prefect server; what it prints last is JSON."""

    def run(script: str, **environment: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, **prefect, "PREFECT_LOGGING_LEVEL": "ERROR", **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.strip().splitlines()[-1])

    return run
