"""A hundred crashes of the sender, of its connections to the database, and of the e-mail server."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.outbox.conftest import ROOT, MailServer
from tests.outbox.deliveries import make, new
from tests.patience import PATIENCE_SECONDS

CRASHES = {"sender": 45, "database": 35, "server": 20}
MESSAGES_EACH = 30
CONNECTIONS = 2
TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'ranham' AND pid <> pg_backend_pid()
ORDER BY random() LIMIT 1
"""
UNFINISHED = "SELECT count(*) FROM delivery WHERE state IN ('created', 'sending', 'temporary_failure')"


class Sender:
    """Always one process that sends; killed, another one takes its place."""

    def __init__(self, port: int) -> None:
        self.mother = subprocess.Popen(
            [sys.executable, "-m", "tests.outbox.sender", str(port)],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "RANHAM_OUTBOX_CONNECTIONS": str(CONNECTIONS),
                "RANHAM_OUTBOX_BATCH": "8",
                "RANHAM_OUTBOX_CLAIM_SECONDS": "2",
                "RANHAM_OUTBOX_RETRY_FIRST_SECONDS": "1",
                "RANHAM_OUTBOX_RETRY_LONGEST_SECONDS": "1",
                "RANHAM_OUTBOX_TRIES": "1000",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.child = self._start()

    def crash(self) -> None:
        os.kill(self.child, signal.SIGKILL)
        self.child = self._start()

    def stop(self) -> None:
        assert self.mother.stdin
        assert self.mother.stdout
        os.kill(self.child, signal.SIGKILL)
        self.mother.stdin.close()
        self.mother.wait(PATIENCE_SECONDS)
        self.mother.stdout.close()

    def _start(self) -> int:
        assert self.mother.stdin
        assert self.mother.stdout
        self.mother.stdin.write("\n")
        self.mother.stdin.flush()
        return int(self.mother.stdout.readline())


@pytest.fixture
def sending(application: Engine, mail_server: Callable[..., MailServer]) -> Iterator[tuple[Sender, MailServer]]:
    server = mail_server()
    sender = Sender(server.port)
    yield sender, server
    sender.stop()


def test_no_crash_loses_a_message_or_sends_it_twice_and_what_nobody_can_know_is_marked(
    application: Engine, sending: tuple[Sender, MailServer], mail_server: Callable[..., MailServer], tmp_path: Path
) -> None:
    sender, server = sending
    lot = random.Random(20261124)
    crashes = [what for what, times in CRASHES.items() for _ in range(times)]
    lot.shuffle(crashes)
    keys: list[str] = []
    for number, what in enumerate(crashes):
        batch = [f"{number}-{n}" for n in range(MESSAGES_EACH)]
        keys += batch
        make(application, *(new(key) for key in batch))
        time.sleep(lot.uniform(0.01, 0.25))
        match what:
            case "sender":
                sender.crash()
            case "database":
                with application.connect() as connection:
                    connection.execute(text(TERMINATE))
            case "server":
                server.stop()
                server = mail_server(port=server.port)
    deadline = time.monotonic() + PATIENCE_SECONDS
    with application.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while left := connection.scalar(text(UNFINISHED)):
            assert time.monotonic() < deadline, f"{left} messages are lost on the way"
            time.sleep(0.2)
        state = dict(connection.execute(text("SELECT key, state FROM delivery")).tuples().all())
        wrong_numbers = connection.scalar(
            text("""SELECT count(*) FROM delivery d WHERE d.attempts <> (
                        SELECT count(*) FROM delivery_attempt a WHERE a.delivery_id = d.id AND a.number <= d.attempts)""")
        )
        unsettled = connection.scalar(text("SELECT count(*) FROM delivery_claim"))

    taken = Counter(server.taken())
    delivered = {key for key, each in state.items() if each == "delivered_to_provider"}
    unknown = {key for key, each in state.items() if each == "unknown"}
    assert set(keys) == delivered | unknown
    assert {key: times for key, times in taken.items() if times > 1} == {}
    assert delivered <= set(taken)
    assert set(taken) - delivered <= unknown
    assert unknown - set(taken) | set(taken) == set(keys)
    assert len(unknown) <= CONNECTIONS * (CRASHES["sender"] + CRASHES["server"])
    assert len(set(taken) & unknown) > 0  # otherwise no crash was at the point that matters
    assert (wrong_numbers, unsettled) == (0, 0)
