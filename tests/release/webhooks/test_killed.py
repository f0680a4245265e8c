"""kill -9 of whoever publishes, from its first write on before each statement and the commit: both are there, or neither."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from ranham.audit.queries import verify
from ranham.release import service
from ranham.release.signing import new_key, read_key
from tests.outbox.conftest import ROOT
from tests.release.webhooks.publisher import NUMBER
from tests.release.webhooks.told import told, webhook
from tests.release.world import NOW, closed_period

LOST = "SELECT state, (SELECT count(*) FROM release_webhook_notice), (SELECT count(*) FROM delivery) FROM release"


@pytest.fixture
def signed_off(application: Engine) -> Engine:
    with Session(application) as session, session.begin():
        webhook(session)
        webhook(session, "bps", "https://bps.example.go.id/hook")
        made = service.make(session, closed_period(session, every=40), by="siti", now=NOW)
        service.propose(session, made.number, by="siti", now=NOW)
        service.sign_off(session, made.number, by="budi", now=NOW)
    return application


def publish(key: Path, stop: int) -> str:
    """What it said; killed as soon as it says `here`."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.release.webhooks.publisher", str(key), str(stop)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        said = process.stdout.readline().strip()
        process.kill()
    return said


def test_a_killed_publication_leaves_neither_and_a_whole_one_both(signed_off: Engine, tmp_path: Path) -> None:
    key = tmp_path / "signing.pem"
    new_key(key)
    first, steps = _steps(signed_off, key)
    assert steps - first >= 5  # release, outbox, notices, deliveries, chain, commit
    for stop in range(first, steps + 1):
        assert publish(key, stop) == "here"
        with signed_off.connect() as connection:
            assert connection.execute(text(LOST)).all() == [("signed_off", 0, 0)], stop
    assert publish(key, 10_000) == f"done {steps}"
    with Session(signed_off) as session:
        both = [(name, "release.published", NUMBER) for name in ("pusdatin", "bps")]
        assert told(session) == both
        assert verify(session).broken_at is None


def _steps(engine: Engine, key: Path) -> tuple[int, int]:
    """The first statement of a publication that writes, and its last step, the commit: found by one that is rolled back."""
    seen: list[str] = []
    with Session(engine) as session, session.begin() as transaction:
        session.connection()
        event.listen(engine, "before_cursor_execute", lambda *given: seen.append(str(given[2])))
        service.publish(session, NUMBER, key=read_key(key), by="budi", now=NOW)
        transaction.rollback()
    first = next(place for place, each in enumerate(seen, 1) if each.startswith("UPDATE release"))
    return first, len(seen) + 1
