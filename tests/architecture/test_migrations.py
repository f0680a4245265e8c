"""Migrations against the models, and up and down with data in the database."""

from collections.abc import Callable, Iterator

import pytest
from pytest_alembic import Config, MigrationContext
from pytest_alembic.tests import (  # noqa: F401 - collected by pytest
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from alembic import command
from ranham.kernel import migrations
from ranham.territory import service as territory


@pytest.fixture
def alembic_config() -> Config:
    return Config(config_options={"script_location": str(migrations.ROOT / "alembic"), "path_separator": "os"})


@pytest.fixture
def alembic_engine(new_database: Callable[..., str], address: Callable[[str], str]) -> Iterator[Engine]:
    engine = create_engine(address(new_database()))
    yield engine
    engine.dispose()


def test_each_migration_goes_down_and_up_with_data(national: Engine) -> None:
    config = migrations.config(national)
    command.downgrade(config, "-1")
    with national.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM obligation")) > 0
    migrations.upgrade(national)
    command.downgrade(config, "base")
    migrations.upgrade(national)
    with Session(national) as session, session.begin():
        assert territory.load_reference(session).changed


def test_loaded_engine_is_at_head(alembic_runner: MigrationContext) -> None:
    alembic_runner.migrate_up_to("head")
    assert alembic_runner.current == alembic_runner.heads[0]
