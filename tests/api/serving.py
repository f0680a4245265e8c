"""The API as a process of its own, and clients of it that are people with roles."""

import itertools
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any

import httpx
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.access import service as access
from ranham.access.models import Role, TokenKind
from ranham.access.rules import Place, Span
from ranham.kernel import clock
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
IN_WINDOW = "2022-09-05T10:00:00+07:00"
PERIOD = "2022-B08"
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Of no use on the loopback; a client without it reads the certificates of all authorities, longer than a request takes."""
_number = itertools.count(1)


@dataclass
class Api:
    """Address and database of a running server."""

    base_url: str
    engine: Engine
    process: subprocess.Popen[bytes]
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        made = httpx.Client(
            base_url=self.base_url, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False, verify=PLAIN
        )
        self.clients.append(made)
        return made

    def person(self, *roles: tuple[Role, Place], name: str = "Siti") -> int:
        now = clock.real_now()
        with Session(self.engine) as session, session.begin():
            made = access.add_person(
                session, name=name, email=f"orang{next(_number)}@api.go.id", by="cli:test", now=now
            )
            for role, place in roles:
                span = Span(clock.local_date(now) - timedelta(days=1))
                access.grant_role(session, made, role, place=place, span=span, by="cli:test", now=now)
        return made

    def token(self, person_id: int, *, scopes: tuple[str, ...] = (), kind: TokenKind = TokenKind.TOKEN) -> str:
        now = clock.real_now()
        with Session(self.engine) as session, session.begin():
            return access.issue_token(
                session, person_id, name="t", scopes=scopes, expires_at=now + timedelta(hours=2), by="cli:test",
                now=now, kind=kind,
            ).raw  # fmt: skip

    def acting(self, *roles: tuple[Role, Place]) -> httpx.Client:
        """A client of somebody new who holds these roles."""
        return self.client(self.token(self.person(*roles)))

    def operator(self, unit_code: str) -> httpx.Client:
        return self.acting((Role.OPERATOR, Place(unit_id=self.unit(unit_code))))

    def one(self, statement: str, **values: Any) -> Any:
        with self.engine.connect() as connection:
            return connection.scalar(text(statement), values)

    def execute(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def force(self, statement: str, **values: Any) -> None:
        """Past the triggers that guard what happened: for a state of things that would take days to come about."""
        with self.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statement), values)

    def unit(self, code: str, day: date = date(2022, 9, 6)) -> int:
        """The unit that had a code in the window."""
        found = self.one(
            "SELECT unit_id FROM unit_version WHERE code = :code AND valid_from <= :day AND coalesce(valid_to, 'infinity') > :day",
            code=code, day=day,
        )  # fmt: skip
        assert found is not None, code
        return int(found)

    def office(self, key: str) -> int:
        return int(self.one("SELECT id FROM verifying_office WHERE key = :key", key=key))

    def obligations(self, unit_code: str) -> list[int]:
        with self.engine.connect() as connection:
            found = connection.scalars(
                text("""SELECT o.id FROM obligation o JOIN plan_year y ON y.id = o.plan_year_id
                        WHERE o.unit_id = :unit AND y.year = 2022 ORDER BY o.id"""),
                {"unit": self.unit(unit_code)},
            )
            return list(found)


@contextmanager
def serving(engine: Engine, surroundings: dict[str, str], log: IO[bytes] | None = None) -> Iterator[Api]:
    """A server on a free port of the loopback; ended by force if a test has not ended it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "ranham.api", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **surroundings},
        stderr=log,
    )
    api = Api(f"http://127.0.0.1:{port}", engine, process)
    try:
        _wait_until_ready(api)
        yield api
    finally:
        for client in api.clients:
            client.close()
        process.kill()
        process.wait(PATIENCE_SECONDS)


def _wait_until_ready(api: Api) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert api.process.poll() is None, "the server ended by itself"
        try:
            if httpx.get(f"{api.base_url}/health/ready", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server is not ready")
