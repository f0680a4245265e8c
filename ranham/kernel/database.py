"""The door to PostgreSQL: engine, unit of work, read session; as the owner of the tables, or as the application."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from select import POLLIN, poll
from threading import Lock
from typing import Any

from psycopg import Connection, OperationalError, generators
from psycopg.errors import InsufficientPrivilege
from psycopg.pq import ConnStatus, ExecStatus
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from ranham.kernel import addresses, embedded
from ranham.kernel.errors import Conflict, Forbidden
from ranham.kernel.protection import APPLICATION_ROLE
from ranham.kernel.settings import settings

# The zone is fixed so that no statement depends on how a server was set up.
OPTIONS = "-c timezone=UTC -c jit=off"
# A host that lost its power closes no connection: without these the server would keep its locks for two hours.
GONE = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c tcp_user_timeout=60000"
WATCH = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""The same seen from our end: a flow whose database has no power any more would wait for its answer for two hours.
Seconds, the last in milliseconds; without meaning to a Unix socket, which closes with its process."""

SHOW_TOKEN = "set_config('ranham.token', :token, true)"  # noqa: S105 - a call, not a secret
"""For one transaction only. The token is a parameter, not part of the text, which others of the same role can see."""
CLEAN = b"""
CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all();
DISCARD TEMP; DISCARD SEQUENCES; SELECT EXISTS (SELECT FROM pg_prepared_statements WHERE from_sql)
"""
_FORGETTING = "forgetting"
"""In the pool's notes of a connection: it was asked to forget, and nobody has read the answer."""


def database_url() -> str:
    """SQLAlchemy address of the database; starts the embedded server where no other is configured."""
    configured = settings().database_url
    return addresses.with_driver(configured) if configured else embedded.database_url(settings().data_dir)


def application_database_url() -> str:
    """Address of the same database as the role that row-level security holds."""
    configured = settings().app_database_url
    if configured:
        return addresses.with_driver(configured)
    if settings().database_url:
        raise Conflict(
            f"RANHAM_DATABASE_URL names a server of your own; set RANHAM_APP_DATABASE_URL too: the same database, as {APPLICATION_ROLE}"
        )
    own = make_url(database_url()).set(username=APPLICATION_ROLE, password=None)
    return own.render_as_string(hide_password=False)


def _connecting(address: str, application_name: str) -> dict[str, Any]:
    """How to connect; of `WATCH` the address itself may say otherwise (`?keepalives_idle=120`)."""
    said = make_url(address).query
    watch = {name: value for name, value in WATCH.items() if name not in said}
    return {**watch, "options": f"{OPTIONS} {GONE}", "application_name": application_name}


class _Once:
    """A function that makes an engine, which is made once: `lru_cache` alone lets threads that come together make several."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._made, self._lock = lru_cache(make), Lock()
        self.cache_clear, self.cache_info = self._made.cache_clear, self._made.cache_info

    def __call__(self) -> Engine:
        with self._lock:
            return self._made()


@_Once
def engine() -> Engine:
    address = database_url()
    return create_engine(
        address,
        pool_pre_ping=True,
        pool_size=settings().connections,
        max_overflow=0,
        # What a failed statement was given (names, addresses, hashes of tokens) goes into no log and not into Prefect's database.
        hide_parameters=True,
        connect_args=_connecting(address, "ranham"),
    )


@_Once
def application_engine() -> Engine:
    """Connections of the application, each as clean as a new one whoever used it before."""
    address = application_database_url()
    made = create_engine(
        address,
        pool_size=settings().connections,
        max_overflow=0,
        pool_reset_on_return=None,
        # Tokens are parameters: no error and no log shows them.
        hide_parameters=True,
        connect_args=_connecting(address, "ranham-app"),
    )
    event.listen(made, "connect", _refuse_unless_held)
    event.listen(made, "checkin", _begin_to_forget)
    event.listen(made, "checkout", _forget)
    return made


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """One transaction: committed here at the end, rolled back on any error; nothing inside commits."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def read_session() -> Iterator[Session]:
    """One consistent snapshot that cannot write."""
    with Session(engine().execution_options(isolation_level="REPEATABLE READ")) as session, session.begin():
        session.execute(text("SET TRANSACTION READ ONLY"))
        yield session


@contextmanager
def application_unit_of_work(token: str | None) -> Iterator[Session]:
    """`unit_of_work` for the person whose token this is: the database gives and takes only what that person may.

    What it does not take raises `Forbidden`; rows that the person may not see are not there. Without a token the caller
    shows it, with `SHOW_TOKEN` in the first statement of its own; until then nobody is there.
    """
    with _refusals(), Session(application_engine(), expire_on_commit=False) as session, session.begin():
        _show_token(session, token)
        yield session


@contextmanager
def application_read_session(token: str | None) -> Iterator[Session]:
    """`read_session` for the person whose token this is."""
    held = application_engine().execution_options(isolation_level="REPEATABLE READ")
    with _refusals(), Session(held) as session, session.begin():
        session.execute(text("SET TRANSACTION READ ONLY"))
        _show_token(session, token)
        yield session


def lone_application_connection() -> Connection[Any]:
    """A connection of the application's role beside the pool, with a transaction for each statement; the caller closes it.

    For questions that are asked so often that a session for each costs more than the answer.
    """
    pooled = application_engine().raw_connection()
    made = pooled.driver_connection
    if not isinstance(made, Connection):
        raise TypeError(f"a connection of psycopg is needed, not a {type(made).__name__}")
    pooled.detach()
    made.autocommit = True
    return made


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, InsufficientPrivilege):
            raise Forbidden("your roles do not allow this; nothing was written") from error
        raise


def _show_token(session: Session, token: str | None) -> None:
    if token is not None:
        session.execute(text(f"SELECT {SHOW_TOKEN}"), {"token": token})


def _refuse_unless_held(connection: Any, _record: object) -> None:
    """An address of the tables' owner or of a superuser would work, and switch every policy off without a word."""
    held = connection.execute("SELECT row_security_active(to_regclass('submission'))").fetchone()[0]
    connection.rollback()
    if held:
        return
    connection.close()
    if held is None:
        raise Conflict("the database does not have the newest schema; run: ranham db upgrade")
    raise Conflict(f"RANHAM_APP_DATABASE_URL is not held by row-level security; its user must be {APPLICATION_ROLE}")


def _begin_to_forget(connection: Any, record: ConnectionPoolEntry) -> None:
    """Ask for it when a request gives its connection back, so that the next one seldom waits for the answer."""
    if connection is None or connection.closed:
        return
    try:
        connection.rollback()
        # Straight to libpq: the driver would begin a transaction first, and take each of the results apart.
        connection.pgconn.send_query(CLEAN)
    except OperationalError:  # whoever takes it next hears that it is dead
        return
    record.info[_FORGETTING] = True


def _forget(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Temporary tables, settings and the like of one request must not meet the next.

    Like DISCARD ALL, but for the statements that the driver has prepared, which cost most of a request to plan anew.
    Of those that were prepared by SQL none may stay: under a name of the driver's it would run as the next person. The
    answer also shows whether the connection still lives; one that was closed after it says so on its socket.
    """
    if not record.info.pop(_FORGETTING, False):
        _begin_to_forget(connection, record)
        if not record.info.pop(_FORGETTING, False):
            raise DisconnectionError("the connection is dead")
    libpq = connection.pgconn
    try:
        # Not libpq's own waiting, which would hold up every thread of the process until the server answers.
        found = connection.wait(generators.execute(libpq))
    except OperationalError as error:
        raise DisconnectionError from error
    if any(result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK) for result in found):
        raise DisconnectionError(libpq.error_message.decode(errors="replace"))
    if not found or found[-1].get_value(0, 0) != b"f":
        raise DisconnectionError("a statement was prepared that is not the driver's")
    try:
        said = poll()
        said.register(libpq.socket, POLLIN)
        if said.poll(0):
            libpq.consume_input()
    except OperationalError as error:
        raise DisconnectionError from error
    if libpq.status != ConnStatus.OK:
        raise DisconnectionError("the connection was closed")
