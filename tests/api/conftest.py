"""One server on a national database of its own for all tests here: each takes units and people of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from tests.api.serving import IN_WINDOW, Api, serving

Surroundings = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def api_surroundings(
    tmp_path_factory: pytest.TempPathFactory, application_address: Callable[[str], str]
) -> Surroundings:
    """Environment of a server on a database."""

    def make(engine: Engine, **more: str) -> dict[str, str]:
        secret = tmp_path_factory.mktemp("secret") / "call-back"
        secret.write_bytes(b"rahasia bersama\n")
        return {
            "RANHAM_CALLBACK_SECRET_FILE": str(secret),
            "RANHAM_DATABASE_URL": engine.url.render_as_string(hide_password=False),
            "RANHAM_APP_DATABASE_URL": application_address(str(engine.url.database)),
            "RANHAM_DATA_DIR": str(tmp_path_factory.mktemp("api")),
            "RANHAM_NOW": IN_WINDOW,
            "RANHAM_SIGN_IN_TRIES_PER_MINUTE_FROM_ADDRESS": "10000",
            **more,
        }

    return make


@pytest.fixture(scope="session")
def api(
    new_database: Callable[..., str],
    address: Callable[[str], str],
    national_template: str,
    api_surroundings: Surroundings,
) -> Iterator[Api]:
    engine = create_engine(address(new_database(national_template)), connect_args={"options": "-c timezone=UTC"})
    with serving(engine, api_surroundings(engine)) as running:
        yield running
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
