"""A small world on an embedded server; every test rolls back what it did."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from ranham.kernel import embedded
from ranham.kernel.migrations import upgrade
from ranham.plan.queries import PeriodInfo, find_period
from tests.submission.small_world import build_world


@pytest.fixture(scope="session")
def small_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = os.environ.get("RANHAM_SMALL_DATABASE_URL") or embedded.database_url(tmp_path_factory.mktemp("small"))
    engine = create_engine(url, connect_args={"options": "-c timezone=UTC -c jit=off"})
    upgrade(engine)
    build_world(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def small_session(small_database: Engine) -> Iterator[Session]:
    with Session(small_database, expire_on_commit=False) as session:
        yield session
        session.rollback()


@pytest.fixture
def b08(small_session: Session) -> PeriodInfo:
    return find_period(small_session, "RANHAM-T:2022-B08")


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    return tmp_path / "answers.csv"
