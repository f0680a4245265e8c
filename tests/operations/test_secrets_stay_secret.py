"""A different canary in every secret; then everything that was written is searched for all of them."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.orm import Session

from flows import server
from ranham.access import service as access
from ranham.backup import programs
from ranham.kernel import clock
from ranham.release.signing import new_key
from tests.api.serving import serving
from tests.outbox.deliveries import make, new
from tests.outbox.webhooks.receiver import receiving
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("owner", "app", "smtp", "gateway", "webhook", "prefect", "s3_id", "s3_key", "token", "account")
NOWHERE = "127.0.0.1:1"
SENDING = """
from ranham.kernel.database import engine
from ranham.outbox.routes import configured
from tests.outbox.deliveries import send, states
print(send(configured()))
assert set(states(engine()).values()) == {"temporary_failure"}, states(engine())
"""
WEBHOOKS = """
import json, sys
from ranham.cli.app import run
for code, words in json.loads(sys.argv[1]):
    sys.argv = ["ranham", "release", "webhook", *words]
    assert run() == code, words
"""
"""In one process, as beginning costs more than a command; each with the exit code that it has to have."""


@dataclass
class Stage:
    canaries: dict[str, str]
    surroundings: dict[str, str]
    folder: Path
    said: list[str] = field(default_factory=list)

    def run(self, *arguments: str, **more: str) -> int:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **self.surroundings, **more},
            capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, input=f"{self.canaries['account']}\n" * 2,
        )  # fmt: skip
        self.said.append(done.stdout + done.stderr)
        return done.returncode

    def ranham(self, *arguments: str, **more: str) -> int:
        return self.run("-m", "ranham.cli.app", *arguments, **more)

    def found(self, written: bytes) -> set[str]:
        return {name for name, canary in self.canaries.items() if canary.encode() in written}


@pytest.fixture
def stage(application: Engine, application_address: Callable[[str], str], tmp_path: Path) -> Stage:
    """The test server lets everybody in, so a password of ours in the address changes nothing but what may be shown."""
    canaries = {name: f"kenari{secrets.token_hex(8)}" for name in NAMES}
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "smtp").write_text(canaries["smtp"])
    (hidden / "gateways").write_text(
        f"whatsapp:\n  - {{name: wa, url: 'json://user:{canaries['gateway']}@{NOWHERE}/{{address}}'}}\n"
    )
    (hidden / "webhooks").mkdir()
    # 32 signs of base64 are the 24 bytes that a secret has at least.
    canaries["webhook"] = canaries["webhook"].ljust(32, "x")
    (hidden / "webhooks" / "pusdatin").write_text(f"whsec_{canaries['webhook']}\n")
    (hidden / "webhooks" / "spoilt").write_text(f"{canaries['webhook']}\n")
    new_key(hidden / "signing")
    canaries["signing"] = (hidden / "signing").read_text().splitlines()[1]
    owner, app = application.url, make_url(application_address(str(application.url.database)))
    surroundings = {
        "RANHAM_DATA_DIR": str(tmp_path / "data"),
        "RANHAM_DATABASE_URL": (owner if owner.password else owner.set(password=canaries["owner"])).render_as_string(
            hide_password=False
        ),
        "RANHAM_APP_DATABASE_URL": app.set(password=canaries["app"]).render_as_string(hide_password=False),
        "RANHAM_SMTP_HOST": "127.0.0.1",
        "RANHAM_SMTP_PORT": "1",
        "RANHAM_SMTP_USER": "ranham",
        "RANHAM_SMTP_PASSWORD_FILE": str(hidden / "smtp"),
        "RANHAM_SMTP_FROM": "ranham@example.go.id",
        "RANHAM_GATEWAYS_FILE": str(hidden / "gateways"),
        "RANHAM_SIGNING_KEY_FILE": str(hidden / "signing"),
        "RANHAM_WEBHOOK_SECRETS_DIR": str(hidden / "webhooks"),
        "RANHAM_WEBHOOK_NETWORKS": "127.0.0.1",
        "AWS_ACCESS_KEY_ID": canaries["s3_id"],
        "AWS_SECRET_ACCESS_KEY": canaries["s3_key"],
        "AWS_ENDPOINT": f"http://{NOWHERE}",
        "AWS_ALLOW_HTTP": "true",
        "PREFECT_SERVER_API_AUTH_STRING": f"operator:{canaries['prefect']}",
        "PREFECT_API_AUTH_STRING": f"operator:{canaries['prefect']}",
    }
    (tmp_path / "data").mkdir()
    return Stage(canaries, surroundings, tmp_path / "data")


def test_no_secret_is_in_anything_that_is_written(
    stage: Stage, application: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(application, new("e1"), new("w1", channel="whatsapp", address="+62811000000"))
    for name, value in stage.surroundings.items():
        monkeypatch.setenv(name, value)
    _refused_commands(stage)
    _flows(stage)
    _requests(stage, application)
    dump = stage.folder.parent / "dump.sql"
    programs.run(programs.choose("pg_dump", 15 if os.environ.get("RANHAM_TEST_DATABASE_URL") else 18),
                 application.url.render_as_string(hide_password=False), f"--file={dump}")  # fmt: skip
    files = [path for path in (dump, *stage.folder.rglob("*")) if path.is_file()]
    assert any(path.name == "prefect.db" for path in files)
    leaks = {str(path): stage.found(path.read_bytes()) for path in files}
    leaks |= {f"printed: {said[:80]}": stage.found(said.encode()) for said in stage.said}
    assert {where: what for where, what in leaks.items() if what} == {}
    assert stage.found(f"x{stage.canaries['smtp']}y".encode()) == {"smtp"}


def _refused_commands(stage: Stage) -> None:
    unreachable = f"postgresql://ranham:{stage.canaries['owner']}@{NOWHERE}/ranham"
    unreadable = f"postgresql://ranham:{stage.canaries['owner']}@[::1/ranham"
    for address in (unreachable, unreadable):
        assert stage.ranham("period", "list", RANHAM_DATABASE_URL=address) != 0
        assert stage.ranham("db", "upgrade", RANHAM_DATABASE_URL=address) != 0
        assert stage.ranham("backup", "--to", str(stage.folder / "b"), RANHAM_DATABASE_URL=address) != 0
    assert stage.ranham("evidence", "verify", RANHAM_EVIDENCE_URL="s3://bucket/prefix") != 0
    odd = f"s3://{stage.canaries['s3_id']}:{stage.canaries['s3_key']}@bucket"
    assert stage.ranham("evidence", "verify", RANHAM_EVIDENCE_URL=odd) != 0
    spoilt = stage.folder.parent / "hidden" / "spoilt"
    spoilt.write_text(f"whatsapp: [{stage.canaries['gateway']}")
    assert stage.ranham("outbox", "send", RANHAM_GATEWAYS_FILE=str(spoilt)) != 0
    assert stage.ranham("release", "key", "show") == 0
    assert stage.ranham("release", "publish", "RANHAM-V:2022-B08/1") != 0
    broken = stage.folder.parent / "hidden" / "broken-key"
    broken.write_text(f"-----BEGIN PRIVATE KEY-----\n{stage.canaries['signing'][:-4]}\n-----END PRIVATE KEY-----\n")
    assert stage.ranham("release", "key", "show", RANHAM_SIGNING_KEY_FILE=str(broken)) != 0
    assert stage.run("-c", SENDING) == 0
    stage.ranham("outbox", "send")
    _webhooks(stage)
    stage.ranham("outbox", "list")
    stage.ranham("period", "list")


def _webhooks(stage: Stage) -> None:
    """One that is taken, one whose secret cannot be read, one whose address holds a secret, and one that nobody answers."""
    odd = f"http://user:{stage.canaries['webhook']}@{NOWHERE}/"
    with receiving() as taken:
        commands = [
            (0, "add pusdatin", taken.url()), (0, "test pusdatin"), (0, "secret pusdatin"), (1, "secret pusdatin"),
            (0, "add spoilt", f"http://{NOWHERE}/"), (1, "test spoilt"), (1, "secret spoilt --drop-old"),
            (3, "add odd", odd), (0, "list --format json"),
        ]  # fmt: skip
        said = [[code, " ".join(words).split()] for code, *words in commands]
        assert stage.run("-c", WEBHOOKS, json.dumps(said)) == 0, stage.said[-1]
        assert len(taken.got) == 1
        stage.said.append(str(taken.got))
    assert stage.ranham("release", "webhook", "test", "pusdatin") == 1
    _doctor(stage)


def _doctor(stage: Stage) -> None:
    """With names and passwords in addresses where nobody expects them."""
    prefect = f"http://operator:{stage.canaries['prefect']}@{NOWHERE}"
    odd = {
        "PREFECT_API_URL": f"{prefect}/api",
        "RANHAM_PREFECT_UI_URL": prefect,
        "RANHAM_SMTP_HOST": f"ranham:{stage.canaries['smtp']}@127.0.0.1",
        "RANHAM_EVIDENCE_URL": f"s3://{stage.canaries['s3_id']}:{stage.canaries['s3_key']}@bucket",
    }
    assert stage.ranham("doctor", "--seconds", "20", **odd) == 1
    assert f"http://{NOWHERE}/api" in stage.said[-1].replace("\n", "")
    assert stage.ranham("cycle", "rerun", "2022-B08", "roll_up", **odd) == 1
    assert f"http://{NOWHERE}/api" in stage.said[-1]


def _flows(stage: Stage) -> None:
    """With a server that asks for a password, as in production; strangers get nothing."""
    with server.running(stage.folder / "prefect", server.free_port()) as added:
        api = added["PREFECT_API_URL"]
        assert httpx.get(f"{api}/health", trust_env=False).status_code == 200
        assert httpx.post(f"{api}/flow_runs/filter", json={}, trust_env=False).status_code == 401
        more = {**added, "PREFECT_LOGGING_LEVEL": "DEBUG"}
        stage.run("-c", "from flows.deliver import deliver; deliver()", **more)
        stage.run("-c", "from flows.tick import tick; tick()", **more)
        stage.run("-c", "from flows.publish_release import publish_release; publish_release('2022-B08')", **more)
        unreachable = f"postgresql://ranham:{stage.canaries['owner']}@{NOWHERE}/ranham"
        stage.run(
            "-c",
            "from flows.fill_queue import fill_queue; fill_queue('2022-B08')",
            **more,
            RANHAM_DATABASE_URL=unreachable,
        )
        runs = httpx.post(
            f"{api}/flow_runs/filter", json={}, trust_env=False, auth=("operator", stage.canaries["prefect"])
        )
        assert len(runs.json()) >= 2
        stage.said.append(runs.text)


def _requests(stage: Stage, application: Engine) -> None:
    now = clock.real_now()
    with Session(application) as session, session.begin():
        person = access.add_person(session, name="Siti", email="siti@contoh.go.id", by="t", now=now)
        token = access.issue_token(
            session, person, name="t", scopes=(), expires_at=now + timedelta(hours=1), by="t", now=now
        ).raw
    stage.canaries["token"] = token
    with (stage.folder / "api.log").open("wb") as log, serving(application, stage.surroundings, log) as api:
        client = api.client(token)
        client.get("/api/v1/reports", params={"token": token})
        body = {"email": "siti@contoh.go.id", "password": stage.canaries["account"]}
        for said in (client.post("/api/v1/sessions", json=body), client.post("/api/v1/sessions", json={**body, "more": 1}),
                     client.get("/api/v1/reports/999999"), client.get("/health/ready")):  # fmt: skip
            stage.said.append(said.text)
        with application.begin() as connection:
            connection.execute(text("ALTER TABLE report RENAME TO report_gone"))
        stage.said.append(client.get("/api/v1/reports").text)
        with application.begin() as connection:
            connection.execute(text("ALTER TABLE report_gone RENAME TO report"))
