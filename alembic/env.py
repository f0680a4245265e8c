"""Runs migrations on the engine that is handed over, or on the configured database."""

from sqlalchemy import Engine, text

from alembic import context
from ranham.kernel.database import engine
from ranham.kernel.tables import metadata

target = metadata()


def run() -> None:
    bind = context.config.attributes.get("connection") or engine()
    if isinstance(bind, Engine):
        with bind.connect() as connection:
            _migrate(connection)
    else:
        _migrate(bind)


def _migrate(connection) -> None:  # noqa: ANN001 - Alembic hands over what it was given
    # A migration that cannot get its lock gives up instead of stopping the ministry.
    connection.execute(text("SET lock_timeout = '10s'"))
    connection.execute(text("SET statement_timeout = '30min'"))
    connection.commit()
    context.configure(connection=connection, target_metadata=target, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


run()
