"""The door to PostgreSQL: engine, unit of work, read session."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ranham.kernel import embedded
from ranham.kernel.settings import settings


def database_url() -> str:
    """SQLAlchemy address of the database; starts the embedded server where no other is configured."""
    configured = settings().database_url
    if not configured:
        return embedded.database_url(settings().data_dir)
    for scheme in ("postgresql://", "postgres://"):
        if configured.startswith(scheme):
            return "postgresql+psycopg://" + configured.removeprefix(scheme)
    return configured


@lru_cache
def engine() -> Engine:
    # The zone is fixed so that no statement depends on how a server was set up.
    return create_engine(
        database_url(),
        pool_pre_ping=True,
        pool_size=5,
        connect_args={"options": "-c timezone=UTC -c jit=off", "application_name": "ranham"},
    )


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
