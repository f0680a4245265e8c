"""A store of its own for every test: a folder, and where it matters also a bucket."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from ranham.kernel.migrations import upgrade
from ranham.kernel.settings import settings
from ranham.submission.evidence import store
from ranham.submission.evidence.sweeping import UnitOfWork
from tests.submission.evidence.bucket import Bucket, serving
from tests.submission.evidence.desk import clear
from tests.submission.small_world import build_world

Configure = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Sets variables of the environment and has them read anew."""

    def set_(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        store.open_store.cache_clear()

    yield set_
    settings.cache_clear()
    store.open_store.cache_clear()


@pytest.fixture
def folder(configure: Configure, tmp_path: Path) -> Path:
    configure(RANHAM_DATA_DIR=str(tmp_path), RANHAM_EVIDENCE_URL=str(tmp_path / "bukti"))
    return tmp_path / "bukti"


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[Bucket]:
    with serving() as bucket:
        yield bucket


@pytest.fixture
def bucket(configure: Configure, bucket_server: Bucket) -> Bucket:
    bucket_server.objects.clear()
    bucket_server.uploads.clear()
    configure(
        RANHAM_EVIDENCE_URL="s3://bukti/ranham",
        AWS_ENDPOINT_URL=bucket_server.address,
        AWS_ALLOW_HTTP="true",
        AWS_REGION="id-test-1",
        AWS_ACCESS_KEY_ID="kunci",
        AWS_SECRET_ACCESS_KEY="rahasia-sekali",  # noqa: S106 - of a server in memory
    )
    return bucket_server


@pytest.fixture(params=["folder", "bucket"])
def any_store(request: pytest.FixtureRequest) -> store.Store:
    """The configured store, once as a folder and once as a bucket."""
    request.getfixturevalue(request.param)
    return store.configured()


@pytest.fixture(scope="session")
def evidence_database(new_database: Callable[..., str], address: Callable[[str], str]) -> Iterator[Engine]:
    engine = create_engine(address(new_database()), connect_args={"options": "-c timezone=UTC -c jit=off"})
    upgrade(engine)
    build_world(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def committed(evidence_database: Engine, folder: Path) -> Iterator[Engine]:
    """A small world whose evidence is committed, for what only several transactions show; with a folder as store."""
    yield evidence_database
    clear(evidence_database)


@pytest.fixture
def unit_of_work(committed: Engine) -> UnitOfWork:
    @contextmanager
    def work() -> Iterator[Session]:
        with Session(committed, expire_on_commit=False) as session, session.begin():
            yield session

    return work
