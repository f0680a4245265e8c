"""One engine for each role, and one pool, however many threads ask first; each watches whether the server is still there."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from psycopg import Connection
from sqlalchemy import Engine, make_url, text

from ranham.kernel import database
from ranham.kernel.settings import settings
from tests.operations.line import Line, line_to

THREADS = 8


def test_threads_that_come_together_get_one_engine(application: Engine) -> None:
    together = threading.Barrier(THREADS)

    def ask(_: int) -> tuple[Engine, Engine]:
        together.wait()
        return database.engine(), database.application_engine()

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(ask, range(THREADS)))
    assert len({id(owner) for owner, _ in found}) == 1
    assert len({id(held) for _, held in found}) == 1
    assert database.engine.cache_info().misses == 1
    assert database.application_engine.cache_info().misses == 1


WATCHED = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}


@pytest.fixture
def line(application: Engine) -> Iterator[Line]:
    with closing(line_to(application.url)) as made:
        yield made


def _over(line: Line, monkeypatch: pytest.MonkeyPatch, **said: str) -> None:
    for name in ("RANHAM_DATABASE_URL", "RANHAM_APP_DATABASE_URL"):
        configured = make_url(str(getattr(settings(), name.removeprefix("RANHAM_").lower())))
        over = configured.set(host="127.0.0.1", port=line.port, query=said)
        monkeypatch.setenv(name, over.render_as_string(hide_password=False))
    settings.cache_clear()


def _driver(engine: Engine) -> Connection[Any]:
    with engine.connect() as connection:
        made = connection.connection.driver_connection
    assert isinstance(made, Connection)
    return made


def _opened() -> list[Connection[Any]]:
    """One of each door: the owner's pool, the application's, and the one beside it."""
    return [
        _driver(database.engine()),
        database.lone_application_connection(),
        _driver(database.application_engine()),
    ]


def test_a_connection_notices_that_the_host_of_the_database_is_gone(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    _over(line, monkeypatch)
    for made in _opened():
        said = made.info.get_parameters()
        assert {name: said.get(name) for name in WATCHED} == WATCHED
        with socket.socket(fileno=made.pgconn.socket) as own:
            options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
            assert own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert [own.getsockopt(socket.IPPROTO_TCP, each) for each in options] == [30, 10, 3, 60_000]
            own.detach()  # the driver closes it
        made.close()


def test_an_address_may_say_otherwise(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    _over(line, monkeypatch, keepalives_idle="120", connect_timeout="45")
    for made in _opened():
        said = made.info.get_parameters()
        assert {name: said.get(name) for name in WATCHED} == {
            **WATCHED,
            "keepalives_idle": "120",
            "connect_timeout": "45",
        }
        made.close()


def test_a_unix_socket_answers_as_before(application: Engine) -> None:
    """As of the embedded server, where none is configured for the tests."""
    with database.lone_application_connection() as lone:
        assert lone.execute("SELECT 1").fetchone() == (1,)
    for door in (database.unit_of_work(), database.application_unit_of_work(None)):
        with door as session:
            assert session.scalar(text("SELECT 1")) == 1


def test_a_server_that_takes_its_time_holds_up_no_other_thread(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is a thread of this process: were it held up, the answer that is waited for would never come."""
    _over(line, monkeypatch)
    for _ in range(2):
        with database.application_unit_of_work(None) as session:
            assert session.scalar(text("SELECT current_user")) == "ranham_app"
