"""A server on a free port of the loopback, for as long as it is measured, and somebody who may ask it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy.orm import Session

from ranham.access import service as access
from ranham.access.models import Role
from ranham.access.rules import Place, Span
from ranham.kernel import clock

ROOT = Path(__file__).resolve().parents[2]
QUIET = ("--no-access-log", "--no-server-header", "--log-level", "warning")
"""What the engine's own server is told as well."""


@contextmanager
def running(*what: str, surroundings: Mapping[str, str]) -> Iterator[int]:
    """`python -m WHAT --port ...`; the port, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", *what, "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **surroundings},
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield int(port)
    finally:
        process.terminate()
        process.wait(30)


def operator_token(session: Session, unit: int) -> str:
    """Of a new person who is an operator of the unit."""
    now = clock.real_now()
    person = access.add_person(session, name="Bench", email="bench@example.go.id", by="bench", now=now)
    span = Span(clock.local_date(now) - timedelta(days=1))
    access.grant_role(session, person, Role.OPERATOR, place=Place(unit), span=span, by="bench", now=now)
    token = access.issue_token(
        session, person, name="bench", scopes=[], expires_at=now + timedelta(days=1), by="bench", now=now
    )
    return token.raw


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")
