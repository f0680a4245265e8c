"""Two planners at once, killed (kill -9) at random points: the ledger and the outbox are those of one undisturbed run."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.plan.queries import find_period
from ranham.reminder.planning import anything_due, plan, preview
from tests.journeys.reminders.enrolling import enrol
from tests.journeys.reminders.world import read_units, whom_to_write_to, wib

PERIOD = "RANHAM-V:2022-B08"
TIMES = [
    wib(day, at).astimezone(UTC)
    for day, at in (
        ("08-26", "09:10"), ("08-30", "08:10"), ("08-30", "09:10"), ("09-02", "09:10"), ("09-05", "09:10"),
        ("09-06", "09:10"), ("09-07", "09:10"), ("09-08", "09:10"), ("09-12", "09:10"),
    )
]  # fmt: skip
COLD = 5
"""A planner that has only begun is so many times slower than one that has planned before."""
ROOT = Path(__file__).resolve().parents[2]

Start = Callable[[datetime], int]


@pytest.fixture
def start(application: Engine) -> Iterator[Start]:
    """Starts a planner; its process id, once it is about to plan."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.reminders.planner", PERIOD],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, text=True,
    ) as parent:  # fmt: skip
        assert parent.stdin
        assert parent.stdout
        stdin, stdout = parent.stdin, parent.stdout
        assert stdout.readline() == "ready\n"

        def planner(now: datetime) -> int:
            stdin.write(f"{now.isoformat()}\n")
            stdin.flush()
            return int(stdout.readline())

        yield planner
        stdin.close()


ROWS = """
SELECT rung, occasion, coalesce(unit_id, 0), coalesce(office_id, 0), recipient, decision, planned_at, id, delivery_id
FROM reminder ORDER BY id
"""


def test_killed_planners_leave_each_row_once_and_each_with_its_delivery(
    application: Engine, start: Start, tmp_path: Path
) -> None:
    chance = random.Random(8)
    with Session(application) as session, session.begin():
        enrol(session, whom_to_write_to(read_units(session).values()), tmp_path)
    for now in TIMES:
        with Session(application) as session, session.begin():
            foreseen = preview(session, find_period(session, PERIOD), now=now)
        took = _undisturbed_seconds(application, now)
        victims = [start(now), start(now)]
        for victim in victims:
            time.sleep(chance.uniform(0, COLD * took))
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        with Session(application) as session, session.begin():
            plan(session, find_period(session, PERIOD), now=now)
            assert not anything_due(session, find_period(session, PERIOD), now=now)
        written = [row for row in _rows(application) if row.planned_at == now]
        assert sorted((row.rung, row.occasion, row.recipient, row.decision) for row in written) == sorted(
            (row.rung, row.occasion, row.recipient, row.decision) for row in foreseen
        )
        _assert_paired(application)


def _undisturbed_seconds(application: Engine, now: datetime) -> float:
    """How long planning takes here, so that the kills fall within it; nothing stays written."""
    begun = time.monotonic()
    with Session(application) as session:
        plan(session, find_period(session, PERIOD), now=now)
        session.rollback()
    return time.monotonic() - begun


def _rows(application: Engine) -> list[Any]:
    with application.connect() as connection:
        return list(connection.execute(text(ROWS)).all())


def _assert_paired(application: Engine) -> None:
    """Each row that is to be sent has a delivery of its own, no other row has one, and there is no further delivery."""
    with application.connect() as connection:
        deliveries = {f"{row.key}": row.id for row in connection.execute(text("SELECT id, key FROM delivery"))}
    rows = _rows(application)
    assert {f"reminder:{row.id}": row.delivery_id for row in rows if row.decision == "send"} == deliveries
    assert all(row.delivery_id is None for row in rows if row.decision != "send")
