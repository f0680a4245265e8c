"""Migrations against the models, and up and down with data in the database."""

import hashlib
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
from ranham.kernel.protection import protect
from ranham.plan.queries import find_period
from ranham.submission.models import Timeliness
from ranham.territory import service as territory
from tests.compliance import reports

MADE_WITH_KIND = (
    "ALTER TABLE release_filing ADD COLUMN kind text NOT NULL DEFAULT 'files'",
    "ALTER TABLE release_filing ALTER kind DROP DEFAULT",
    "ALTER TABLE release_filing ADD CONSTRAINT ck_release_filing_kind CHECK (kind IN ('files', 'documents'))",
    "ALTER TABLE release_filing DROP CONSTRAINT pk_release_filing",
    "ALTER TABLE release_filing ADD CONSTRAINT pk_release_filing PRIMARY KEY (release_id, kind, content_tag)",
    *protect("release_filing", read="release_id IN (SELECT id FROM release)"),
)
VERSIONS = migrations.ROOT / "alembic" / "versions"


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
    with Session(national) as session, session.begin():
        period = find_period(session, "2022-B08")
        obligation = reports.obligation_ids(session, period.plan_year_id)[0]
        reports.report(session, obligation, period.id, timeliness=Timeliness.LATE, complete=False)
        reports.report(session, obligation, period.id)
    before = _submissions(national)
    assert [row["replaced_timeliness"] for row in before] == [None, "late"]
    command.downgrade(config, "20261124_no_overlap_no_rewrite")
    assert len(_submissions(national)) == 2
    migrations.upgrade(national)
    assert _submissions(national) == before
    command.downgrade(config, "base")
    migrations.upgrade(national)
    with Session(national) as session, session.begin():
        assert territory.load_reference(session).changed


def _submissions(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text("SELECT * FROM submission ORDER BY id")).mappings()]


def test_no_migration_that_was_given_out_is_changed() -> None:
    """A database that has run it would not run it again, and would lack the change for ever."""
    listed = [line.split() for line in (VERSIONS.parent / "versions.sha256").read_text().splitlines()]
    now = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in VERSIONS.glob("*.py")}
    expected = "write a migration of its own; a new one is added with: cd alembic/versions && sha256sum NAME >> ../versions.sha256"
    assert {name: digest for digest, name in listed} == now, expected


def test_a_database_of_either_kind_gets_the_kind_of_filings(national: Engine) -> None:
    """Some were made when the table had it from the beginning, as a text and without the default for older programs."""
    config = migrations.config(national)
    usual = _filing(national)
    assert "'files'" in str(usual)
    command.downgrade(config, "release_webhook")
    assert _filing(national) != usual
    with national.begin() as connection:
        for statement in MADE_WITH_KIND:
            connection.execute(text(statement))
    migrations.upgrade(national)
    assert _filing(national) == usual


def _filing(engine: Engine) -> list[list[tuple[object, ...]]]:
    """Columns, constraints, policies and grants of the table."""
    asked = (
        """SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
           FROM information_schema.columns WHERE table_name = 'release_filing'""",
        # Of a check only that it is there: it remembers that its column once was a text.
        """SELECT conname, CASE contype WHEN 'c' THEN '' ELSE pg_get_constraintdef(oid) END
           FROM pg_constraint WHERE conrelid = 'release_filing'::regclass""",
        "SELECT policyname, cmd, qual, with_check FROM pg_policies WHERE tablename = 'release_filing'",
        """SELECT grantee, privilege_type FROM information_schema.role_table_grants
           WHERE table_name = 'release_filing' AND grantee <> current_user""",
    )
    with engine.connect() as connection:
        return [sorted(tuple(row) for row in connection.execute(text(each))) for each in asked]


def test_loaded_engine_is_at_head(alembic_runner: MigrationContext) -> None:
    alembic_runner.migrate_up_to("head")
    assert alembic_runner.current == alembic_runner.heads[0]
