"""Two Prefect servers on one PostgreSQL and one Redis, and their services apart, as docs/production/compose.servers.yaml says."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import yaml
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import make_url

from flows import server
from tests.operations.farm import ROOT, Farm, Host, until

COMPOSED = ROOT / "docs" / "production" / "compose.servers.yaml"


@dataclass(slots=True)
class Messages:
    """Redis, which keeps what it was told on disk, as in production."""

    folder: Path
    port: int = field(default_factory=server.free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = shutil.which("redis-server")
        assert command, "redis-server is not installed: on Debian, apt-get install redis-server"
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    command, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder),
                    "--save", "", "--appendonly", "yes",
                ],
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        until(self._answers, "Redis")

    def kill(self) -> None:
        if self.process is not None:
            Host("redis", self.process).kill()
            self.process = None

    def _answers(self) -> bool:
        try:
            with Redis(port=self.port) as client:
                return bool(client.ping())
        except RedisError:
            return False


@dataclass(slots=True)
class Servers:
    first: Farm
    second: Farm
    """Each with hosts of its own, which know only this server."""
    messages: Messages
    services: subprocess.Popen[bytes] | None = None

    def serve(self) -> None:
        """One after the other: the first brings the database up to date."""
        self.messages.start()
        for each in (self.first, self.second):
            each.serve()
        with (self.first.home / "services.log").open("ab") as log:
            self.services = subprocess.Popen(
                [sys.executable, "-m", "prefect", "server", "services", "start"],
                env=self.first.surroundings, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def end(self) -> None:
        for each in (self.first, self.second):
            each.end()
        if self.services is not None:
            Host("services", self.services).kill()
        self.messages.kill()


@contextmanager
def servers(home: Path, database: str) -> Iterator[Servers]:
    """On an empty database of this address; whatever happens in the block, nothing of it outlives it."""
    address = make_url(database)
    with psycopg.connect(address.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    messages = Messages(home / "redis")
    shared = {
        **_composed(messages.url),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": address.set(drivername="postgresql+asyncpg").render_as_string(
            hide_password=False
        ),
    }
    made = Servers(*(_farm(home / name, shared) for name in ("first", "second")), messages)
    try:
        made.serve()
        yield made
    finally:
        made.end()


def _farm(home: Path, shared: dict[str, str]) -> Farm:
    port = server.free_port()
    added = {**server.environment(home, port), "RANHAM_HOME": str(ROOT), **shared}
    return Farm(home, port, added, more=("--no-services",))


def _composed(redis: str) -> dict[str, str]:
    """The settings of the file for production, of servers and workers; its secrets are this address."""
    composed = yaml.safe_load(COMPOSED.read_text("utf-8"))
    said: dict[str, str] = {**composed["x-several"], **composed["services"]["worker"]["environment"]}
    return {name.removesuffix("_FILE"): redis if name.endswith("_FILE") else value for name, value in said.items()}
