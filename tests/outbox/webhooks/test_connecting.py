"""Names that lead to several addresses, some of which do not answer."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ranham.outbox.deliveries import Tally
from tests.outbox.deliveries import attempts, make, new, send
from tests.outbox.webhooks.receiver import Receiver, receiving, routes, secret

NAME = "portal.example.go.id"
DEAD = "127.0.0.2"
pytestmark = pytest.mark.allow_hosts(["127.0.0.1", DEAD])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as taken:
        yield taken


@pytest.fixture
def dead(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """An address that lets nobody in and refuses nobody, as behind a firewall; what the name leads to, to be changed."""
    leads_to, real = [DEAD, "127.0.0.1"], socket.getaddrinfo

    def found(host: str, port: int, *given: Any, **named: Any) -> Any:
        if host != NAME:
            return real(host, port, *given, **named)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (each, port)) for each in leads_to]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    waiting: list[socket.socket] = []
    with socket.socket() as full:
        full.bind((DEAD, receiver.port))
        full.listen(0)
        for _ in range(8):  # more than its queue holds: from then on connections are left unanswered
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex((DEAD, receiver.port))
        yield leads_to
        for each in waiting:
            each.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    secret(tmp_path / "secrets", "pusdatin", "one")
    return tmp_path / "secrets"


def test_a_dead_address_leaves_time_for_the_next(
    application: Engine, receiver: Receiver, dead: list[str], folder: Path
) -> None:
    make(application, new("w", f"http://{NAME}:{receiver.port}/", channel="webhook", name="pusdatin"))
    assert send(routes(folder, timeout_seconds=4)) == Tally(accepted=1)
    assert len(receiver.got) == 1


def test_where_nothing_was_connected_nothing_may_have_arrived(
    application: Engine, receiver: Receiver, dead: list[str], folder: Path
) -> None:
    dead[:] = [DEAD, DEAD]
    make(application, new("w", f"http://{NAME}:{receiver.port}/", channel="webhook", name="pusdatin"))
    assert send(routes(folder, timeout_seconds=0.5)) == Tally(deferred=1)
    ((_, outcome, reply),) = attempts(application, "w")
    assert (outcome, reply.partition(":")[0]) == ("unreachable", "no connection")
