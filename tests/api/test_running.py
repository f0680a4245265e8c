"""The API as whoever runs it meets it: what its log says, when it is ready, how it fails and how it ends."""

import json
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ranham.access import service as access
from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel import clock
from tests.access.test_openid import AUDIENCE, ISSUER, JWKS, NONCE, signed
from tests.api.conftest import Surroundings
from tests.api.serving import PERIOD, Api, serving
from tests.api.test_problems import problem
from tests.patience import PATIENCE_SECONDS

SIGN_IN = "/api/v1/sign-in/oidc"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "api.log"


@pytest.fixture(scope="module")
def database(
    new_database: Callable[..., str], address: Callable[[str], str], national_template: str
) -> Iterator[Engine]:
    engine = create_engine(address(new_database(national_template)))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def surroundings(database: Engine, api_surroundings: Surroundings) -> dict[str, str]:
    oidc = {"RANHAM_OIDC_ISSUER": ISSUER, "RANHAM_OIDC_AUDIENCE": AUDIENCE, "RANHAM_OIDC_JWKS": JWKS}
    return api_surroundings(database, **oidc)


@pytest.fixture(scope="module")
def own(database: Engine, surroundings: dict[str, str], log: Path) -> Iterator[Api]:
    """A server on a database that a test may break."""
    with log.open("wb") as file, serving(database, surroundings, file) as running:
        yield running


def lines(log: Path) -> list[dict[str, Any]]:
    """Those of the access log."""
    return [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]


def id_token(**changes: Any) -> str:
    now = datetime.now(UTC)
    return signed(iat=now.timestamp(), exp=(now + timedelta(minutes=5)).timestamp(), **changes)


def test_an_id_token_of_the_issuer_opens_a_session(own: Api) -> None:
    with Session(own.engine) as session, session.begin():
        person = access.add_person(session, name="Siti", email="siti@banten.go.id", by="cli:test", now=clock.real_now())
    signed_in = own.client().post(SIGN_IN, json={"id_token": id_token(), "nonce": NONCE})
    assert signed_in.status_code == 200
    assert own.client(signed_in.json()["token"]).get("/api/v1/me").json()["person_id"] == person
    for body in (
        {"id_token": id_token(), "nonce": "another"},
        {"id_token": "a.b.c", "nonce": NONCE},
        {"id_token": id_token(sub="1", email="nobody@daerah.go.id"), "nonce": NONCE},
    ):
        problem(own.client().post(SIGN_IN, json=body), 401, "sign-in-refused")


def test_the_log_says_who_did_what_and_no_secret(own: Api, log: Path) -> None:
    person = own.person((Role.AUDITOR, Place()))
    token = own.token(person)
    own.client(token).get(f"/api/v1/periods/{PERIOD}/reports?unit_code=36.04")
    own.client().post("/api/v1/sign-in", json={"email": "x@y.id", "password": "rahasia sekali ini"})
    own.client(token + "x").get("/api/v1/me")
    line = next(line for line in lines(log) if line["person"] == person)
    assert (line["method"], line["path"], line["status"]) == ("GET", f"/api/v1/periods/{PERIOD}/reports", 200)
    assert {"at", "request", "client", "ms"} <= line.keys()
    written = log.read_text("utf-8")
    assert token not in written
    assert "rahasia" not in written
    assert "36.04" not in written


def test_each_of_many_requests_at_once_has_a_line_of_its_own(own: Api, log: Path) -> None:
    """They come in one piece over each of several connections, so that many are due in the same moment."""
    many, connections, end = 25, 4, b"Connection: close\r\n\r\n"
    paths = [f"/log/{number}" for number in range(many * connections)]
    host = (own.base_url.rpartition("//")[2]).split(":")
    opened = [socket.create_connection((host[0], int(host[1])), PATIENCE_SECONDS) for _ in range(connections)]
    for number, each in enumerate(opened):
        asked = [f"GET {path} HTTP/1.1\r\nHost: api\r\n".encode() for path in paths[number::connections]]
        each.sendall(b"\r\n".join(asked) + end)
    for each in opened:
        while each.recv(1 << 16):
            pass
        each.close()
    own.client().get("/health/live")  # answered after the last of them is written
    found = [line for line in lines(log) if line["path"].startswith("/log/")]
    assert sorted(line["path"] for line in found) == sorted(paths)
    assert len({line["request"] for line in found}) == len(paths)
    assert {line["status"] for line in found} == {404}


def test_what_nobody_foresaw_is_told_by_its_id_only(own: Api, log: Path) -> None:
    client = own.acting((Role.AUDITOR, Place()))
    own.execute("ALTER FUNCTION ranham_principal(text) RENAME TO ranham_elsewhere")
    try:
        failed = client.get("/api/v1/me")
    finally:
        own.execute("ALTER FUNCTION ranham_elsewhere(text) RENAME TO ranham_principal")
    said = problem(failed, 500, "internal")
    assert "ranham_principal" not in failed.text
    assert failed.headers["x-content-type-options"] == "nosniff"
    written = log.read_text("utf-8")
    assert f"request {said['instance'].rpartition(':')[2]} failed" in written
    assert "ranham_principal" in written
    assert client.headers["Authorization"].removeprefix("Bearer ") not in written


def test_it_is_ready_with_the_newest_schema_only(own: Api) -> None:
    newest = own.one("SELECT version_num FROM alembic_version")
    own.execute("UPDATE alembic_version SET version_num = 'older'")
    refused = own.client().get("/health/ready")
    own.execute("UPDATE alembic_version SET version_num = :newest", newest=newest)
    problem(refused, 503, "not-ready")
    assert int(refused.headers["retry-after"]) > 0
    assert own.client().get("/health/ready").status_code == 200


def test_a_database_that_is_away_is_told_so_and_found_again(own: Api) -> None:
    client, name = own.acting((Role.AUDITOR, Place())), own.engine.url.database
    assert client.get("/api/v1/me").status_code == 200
    own.engine.dispose()
    maintenance = create_engine(own.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with maintenance.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        ended = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(ended), {"name": name})
        away = client.get("/api/v1/me")
        not_ready, alive = client.get("/health/ready"), client.get("/health/live")
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    maintenance.dispose()
    assert int(away.headers["retry-after"]) > 0
    problem(away, 503, "unavailable")
    problem(not_ready, 503, "not-ready")
    assert alive.status_code == 200
    assert client.get("/api/v1/me").status_code == 200


def test_a_damaged_file_breaks_the_transfer(own: Api, surroundings: dict[str, str]) -> None:
    operator = own.operator("36.04")
    stored = operator.post("/api/v1/units/36.04/evidence?file_name=a.txt&kind=foto", content=b"satu dua").json()
    said = stored["evidence"]
    [kept] = Path(surroundings["RANHAM_DATA_DIR"], "evidence").rglob(said["sha256"])
    kept.write_bytes(b"satu tiga"[: said["size_bytes"]])
    with pytest.raises(httpx.RemoteProtocolError):
        operator.get(f"/api/v1/evidence/{said['id']}/content")
    kept.unlink()
    problem(operator.get(f"/api/v1/evidence/{said['id']}/content"), 404, "not-found")


def test_who_hangs_up_leaves_nothing_behind(own: Api, surroundings: dict[str, str]) -> None:
    operator = own.operator("36.04")

    def half() -> Iterator[bytes]:
        yield b"x" * 70_000
        raise KeyError

    with pytest.raises(KeyError):
        operator.post("/api/v1/units/36.04/evidence?file_name=a.txt&kind=foto", content=half())
    # The next one finds its place: what was begun is given up, not waited for.
    for number in range(10):
        words = f"berkas {number}".encode()
        answered = operator.post("/api/v1/units/36.04/evidence?file_name=a.txt&kind=foto", content=words)
        assert answered.status_code == 201
    assert list(Path(surroundings["RANHAM_DATA_DIR"], "evidence", "incoming").iterdir()) == []


def test_it_ends_in_order(own: Api, log: Path) -> None:
    own.process.send_signal(signal.SIGTERM)
    assert own.process.wait(PATIENCE_SECONDS) == -signal.SIGTERM
    assert "Application shutdown complete" in log.read_text("utf-8")
