"""Which files of the inbox are taken, which are put aside, and which are left alone."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from flows.inbox import is_whole
from ranham.cycle import service
from ranham.plan.queries import find_period
from tests.flows.test_cycle_flows import HEADER, INBOX, TICK, inbox

EVERY_INBOX = """
import json
from flows.import_inbox import import_inbox
print(json.dumps(import_inbox()))
"""
LATER = "2022-11-01T00:00:00+07:00"
SOUND = HEADER + "36.01,D1,1,achieved,1,,bukti.pdf,2022-09-01T09:00:00+07:00\n"


@pytest.fixture
def closed(application: Engine) -> None:
    with Session(application) as session, session.begin():
        period = find_period(session, "2022-B08")
        service.open_period(session, period, now=datetime(2022, 8, 30, tzinfo=UTC))
        service.close_period(session, period, now=datetime(2022, 10, 7, 3, tzinfo=UTC))


@pytest.mark.usefixtures("closed")
def test_a_file_for_a_closed_period_is_rejected_with_a_report(python: Callable[..., Any], tmp_path: Path) -> None:
    folder = inbox(tmp_path)
    for script, name in ((EVERY_INBOX, "first.csv"), (TICK, "second.csv")):
        (folder / name).write_text(SOUND)
        python(script, RANHAM_NOW=LATER)
        assert not (folder / name).exists()
        assert (folder / "rejected" / name).read_text() == SOUND
        report = (folder / "rejected" / f"{name}.report.txt").read_text()
        assert "2022-B08 is closed since 2022-10-07 10:00 WIB" in report
        assert "turn to the secretariat" in report


def test_a_file_that_changed_just_now_waits_whatever_instant_is_replayed(
    python: Callable[..., Any], tmp_path: Path
) -> None:
    file = inbox(tmp_path) / "report.csv"
    file.write_text(SOUND)
    os.utime(file, (0, 0))  # as a copy does that keeps the original's time
    for replayed in (LATER, "2099-01-01T00:00:00+07:00"):
        assert python(INBOX, RANHAM_NOW=replayed, RANHAM_INBOX_SETTLE_SECONDS="3600") == 0
        assert file.read_text() == SOUND
    assert python(INBOX, RANHAM_NOW=LATER, RANHAM_INBOX_SETTLE_SECONDS="0") == 1
    assert not file.exists()


def test_a_file_that_another_run_takes_while_it_is_looked_at_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "is_file", lambda _: True)
    assert not is_whole(tmp_path / "gone.csv", {".csv"})


def test_names_of_copies_and_locks_are_left_alone(python: Callable[..., Any], tmp_path: Path) -> None:
    names = {".~lock.report.csv#", "~$report.xlsx", "report.csv.part", "report.csv.tmp", ".report.csv", "._report.csv"}
    for name in names:
        (inbox(tmp_path) / name).write_text(SOUND)
    assert python(INBOX, RANHAM_NOW=LATER) == 0
    assert {path.name for path in inbox(tmp_path).iterdir()} == names
