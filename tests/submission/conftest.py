"""A small world in a database of its own; every test rolls back what it did."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from ranham.kernel.migrations import upgrade
from ranham.plan.queries import PeriodInfo, find_period
from tests.submission.small_world import build_world


@pytest.fixture(scope="session")
def small_database(new_database: Callable[..., str], address: Callable[[str], str]) -> Iterator[Engine]:
    engine = create_engine(address(new_database()), connect_args={"options": "-c timezone=UTC -c jit=off"})
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
