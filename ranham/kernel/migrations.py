"""Bring the database to the newest schema, from code."""

from functools import lru_cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from alembic import command

ROOT = Path(__file__).resolve().parents[2]


def config(engine: Engine | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(ROOT / "alembic"))
    made.set_main_option("path_separator", "os")
    if engine is not None:
        made.attributes["connection"] = engine
    return made


@lru_cache(maxsize=1)
def newest() -> str | None:
    """The newest revision of these files."""
    return ScriptDirectory.from_config(config()).get_current_head()


def upgrade(engine: Engine, revision: str = "head") -> None:
    command.upgrade(config(engine), revision)


def downgrade(engine: Engine, revision: str = "base") -> None:
    command.downgrade(config(engine), revision)
