"""A year of a simulated nation in fast time: three periods, the last over New Year, through the real tick, with faults."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ranham.audit import queries as audit
from ranham.compliance import queries
from ranham.kernel import migrations
from ranham.plan import service as plan
from ranham.plan.queries import find_period
from ranham.release import service as releases
from ranham.release.queries import releases as all_releases
from ranham.release.signing import new_key
from ranham.simulation.service import write_reports
from ranham.territory import service as territory
from tests.compliance.reports import verify
from tests.flows.conftest import prefect
from tests.journeys import coming_regulation
from tests.journeys.reminders.enrolling import enrol
from tests.journeys.reminders.world import Known
from tests.operations.farm import ROOT
from tests.outbox.conftest import MailServer, mail_server

pytestmark = pytest.mark.faults
__all__ = ["mail_server", "prefect"]
SEED = int(os.environ.get("RANHAM_TEST_SEED", "1127"))
YEAR = 2022
WINDOWS = {4: (date(2022, 4, 26), date(2022, 5, 6)), 8: (date(2022, 8, 29), date(2022, 9, 8)), 12: (date(2022, 12, 27), date(2023, 1, 6))}  # fmt: skip
CLOSE_AFTER = timedelta(days=31)
LEASE_SECONDS = 2
UNITS = ("31", "36", "53", "91")
TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'ranham' AND pid <> pg_backend_pid()
"""
NEVER = {
    "two current revisions": "SELECT FROM submission WHERE is_current GROUP BY obligation_id, period_id HAVING count(*) > 1",
    "a revision without answers": """SELECT FROM submission s
        WHERE NOT EXISTS (SELECT FROM measure_answer a WHERE a.submission_id = s.id)""",
    "a reminder without its delivery": "SELECT FROM reminder WHERE decision = 'send' AND delivery_id IS NULL",
    "a delivery twice": "SELECT FROM delivery GROUP BY key HAVING count(*) > 1",
    "a lease that stays": "SELECT FROM lease WHERE expires_at > clock_timestamp()",
}
COUNTS = "SELECT (SELECT count(*) FROM measure_answer), (SELECT count(*) FROM obligation)"
CLOSED = """
SELECT y.year || '-' || p.code FROM period_state s JOIN period p ON p.id = s.period_id
JOIN plan_year y ON y.id = p.plan_year_id WHERE s.closed_at IS NOT NULL ORDER BY 1
"""
FAULTS = ("none", "none", "killed", "killed", "connections", "bad file", "no prefect")


def yearly_plan() -> dict[str, Any]:
    """Three periods, the last window over New Year, each unit's own midnight; four provinces and a K/L."""
    made = coming_regulation.coming_plan()
    year = made["years"][0]
    year["periods"] = [
        coming_regulation.period(month, f"{opens}", f"{closes}", zone_rule="unit")
        for month, (opens, closes) in WINDOWS.items()
    ]
    for period in year["periods"]:
        period["window"]["verified"] = False
    year["obliged"] = [
        {"level": "ministry", "include": ["KL-01"]},
        {"level": "province", "include": list(UNITS)},
        {"level": "regency", "include": ["36.01", "36.04", "36.71"]},
    ]
    year["actions"] = [
        coming_regulation.action("D1", "lansia", ["province", "regency"]),
        coming_regulation.action("K1", "anak", ["ministry"]),
    ]
    for action in year["actions"]:
        measure = dict(action["measures"][0])
        action["measures"] = [
            {**measure, "period": each["code"], "number": n} for each in year["periods"] for n in (1, 2)
        ]
    return made


@pytest.fixture
def national(new_database: Callable[..., str], address: Callable[[str], str], tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(address(new_database()))
    migrations.upgrade(engine)
    file = coming_regulation.write_plan(yearly_plan(), tmp_path / "plan.yaml")
    with Session(engine) as session, session.begin():
        territory.load_reference(session)
        plan.load(session, file, now=datetime(2022, 1, 3, tzinfo=UTC))
    yield engine
    engine.dispose()


@dataclass
class Ticking:
    """The mother of ticks, and what became of them."""

    process: subprocess.Popen[str]
    folder: Path
    ended: list[Any] = field(default_factory=list)

    def start(self, **environment: str) -> int:
        assert self.process.stdin
        answer = self.folder / f"{len(self.ended)}.json"
        self.process.stdin.write(json.dumps({"environment": environment, "answer": str(answer)}) + "\n")
        self.process.stdin.flush()
        return int(self._line())

    def wait(self) -> Any:
        """What the tick did, the words of its failure, or None where it was killed."""
        assert self._line() == "ended"
        answer = self.folder / f"{len(self.ended)}.json"
        self.ended.append(json.loads(answer.read_text()) if answer.exists() else None)
        return self.ended[-1]

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@pytest.fixture
def ticking(
    application: Engine, prefect: dict[str, str], mail_server: Callable[..., MailServer], tmp_path: Path
) -> Iterator[tuple[Ticking, MailServer]]:
    mail = mail_server()
    new_key(tmp_path / "signing.pem")
    answers = tmp_path / "ticks"
    answers.mkdir()
    surroundings = {
        **os.environ, **prefect,
        "PYTHONPATH": str(ROOT), "PREFECT_LOGGING_LEVEL": "CRITICAL", "RANHAM_LEASE_SECONDS": str(LEASE_SECONDS),
        "RANHAM_SIGNING_KEY_FILE": str(tmp_path / "signing.pem"), "RANHAM_SMTP_HOST": "127.0.0.1",
        "RANHAM_SMTP_PORT": str(mail.port), "RANHAM_SMTP_SECURITY": "none", "RANHAM_SMTP_FROM": "RANHAM <r@example.go.id>",
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "tests.operations.ticking"], cwd=ROOT, env=surroundings, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as mother:  # fmt: skip
        made = Ticking(mother, answers)
        assert made._line() == "ready"
        yield made, mail
        assert mother.stdin
        mother.stdin.close()


@dataclass
class Year:
    engine: Engine
    ticking: Ticking
    folder: Path
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    files: int = 0
    met: Counter[str] = field(default_factory=Counter)
    final: dict[str, Any] = field(default_factory=dict)
    owed: int = 0
    answers: int = 0

    def tick(self, at: datetime, *, calm: bool = False) -> Any:
        fault = "none" if calm else self.chance.choice(FAULTS)
        if fault == "bad file":
            self.put(f"bad-{len(self.ticking.ended)}.csv", b"not,a,report\n1,2,3\n", at)
        environment = {"RANHAM_NOW": at.isoformat()}
        if fault == "no prefect":
            environment["PREFECT_API_URL"] = "http://127.0.0.1:9/api"
        child = self.ticking.start(**environment)
        if fault == "killed":
            self._wait_for_work()
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        if fault == "connections":
            self._wait_for_work()
            with self.engine.connect() as connection:
                connection.execute(text(TERMINATE))
        said = self.ticking.wait()
        self.met[fault if fault in ("none", "bad file") or not isinstance(said, list) else f"{fault}, too late"] += 1
        if fault not in ("none", "bad file"):
            time.sleep(LEASE_SECONDS + 0.1)  # until what it held has run out
        self.check(at, said, fault)
        return said

    def _wait_for_work(self) -> None:
        """Most faults come while a step is at work, which in this small nation is short; some between steps."""
        if self.chance.random() < 0.2:
            time.sleep(self.chance.uniform(0, 3))
            return
        deadline = time.monotonic() + 15
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while time.monotonic() < deadline:
                if connection.scalar(text("SELECT count(*) FROM cycle_run WHERE state = 'running'")):
                    break
                time.sleep(0.005)
        time.sleep(self.chance.uniform(0, 0.05))

    def put(self, name: str, content: bytes, at: datetime) -> None:
        label = next((f"{YEAR}-B{month:02}" for month, (opens, _) in WINDOWS.items() if opens <= at.date() <= opens + timedelta(days=40)), None)  # fmt: skip
        if label is None:
            return
        folder = self.folder / "inbox" / label / "kemendagri"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        self.files += 1

    def check(self, at: datetime, said: Any, fault: str) -> None:
        """What holds at each step, whatever happened in it."""
        where = f"RANHAM_TEST_SEED={SEED}, {at}, {fault}: {said}"
        with Session(self.engine) as session, session.begin():
            assert audit.verify(session).broken_at is None, where
            for never, statement in NEVER.items():
                assert session.execute(text(statement)).first() is None, f"{never}; {where}"
            answers, owed = session.execute(text(COUNTS)).one()
            assert answers >= self.answers, where
            assert self.owed in (0, owed), where
            self.answers, self.owed = answers, owed
            for label in session.scalars(text(CLOSED)):
                rows = [
                    (row.unit_code, row.scope, row.figure, row.numerator, row.denominator)
                    for row in queries.figures(session, find_period(session, label))
                ]
                assert self.final.setdefault(label, rows) == rows, where
        lying = [file for file in (self.folder / "inbox").rglob("*.csv") if not file.name.endswith(".report.csv")]
        assert len(lying) == self.files, where


def test_every_step_of_a_year_with_faults_keeps_what_was_given_and_said(
    application: Engine, ticking: tuple[Ticking, MailServer], tmp_path: Path
) -> None:
    year = Year(application, ticking[0], tmp_path)
    chance = random.Random(SEED + 1)
    with Session(application) as session, session.begin():
        enrol(session, [Known("operator", unit, f"op.{unit}@example.go.id") for unit in UNITS], tmp_path)
    for month, (opens, closes) in WINDOWS.items():
        label = f"{YEAR}-B{month:02}"

        def at(day: date, hour: int = 9) -> datetime:
            return datetime(day.year, day.month, day.day, hour - 7, 15, tzinfo=UTC)

        for day in (opens - timedelta(days=1), opens):
            year.tick(at(day))
        while not year.owed:
            year.tick(at(opens, 11), calm=True)
        with Session(application) as session:
            for file in write_reports(session, find_period(session, label), tmp_path / "written" / label, seed=SEED):
                year.put(file.name, file.read_bytes(), at(opens))
        for day in (opens + timedelta(days=4), closes - timedelta(days=1), closes):
            year.tick(at(day))
            year.tick(at(day, 15))
        year.tick(at(closes, 10), calm=True)
        with Session(application) as session, session.begin():
            period = find_period(session, label)
            ids = session.scalars(
                text(f"SELECT obligation_id FROM submission WHERE period_id = {period.id} AND is_current ORDER BY 1")
            ).all()
            for owed in ids:
                if chance.random() < 0.7:
                    verify(session, owed, period.id, score_bp=chance.randrange(10001))
        end = closes + CLOSE_AFTER
        for hour in (8, 10, 12, 14):
            year.tick(at(end, hour))
        for hour in (15, 16):
            year.tick(at(end, hour), calm=True)
        for _ in range(2):
            _sign_off(application, at(end, 17))
            year.tick(at(end + timedelta(days=1), 9))
            year.tick(at(end + timedelta(days=1), 11), calm=True)
            year.tick(at(end + timedelta(days=1), 12), calm=True)

    assert year.tick(at(end + timedelta(days=2)), calm=True) == [], "nothing is left to do"
    with Session(application) as session, session.begin():
        found = {row.number: str(row.state) for row in all_releases(session)}
        assert found == dict.fromkeys((f"RANHAM-VI:{YEAR}-B04/1", f"RANHAM-VI:{YEAR}-B08/1", f"RANHAM-VI:{YEAR}-B12/1", f"RANHAM-VI:{YEAR}/1"), "published")  # fmt: skip
        assert set(year.final) == {f"{YEAR}-B{month:02}" for month in WINDOWS}
        lost = session.scalars(text("SELECT state FROM cycle_run WHERE state = 'running'")).all()
        kinds = dict(session.execute(text("SELECT state, count(*) FROM cycle_run GROUP BY 1")).tuples().all())
    assert lost == []
    assert kinds.get("lost", 0) + kinds.get("failed", 0) >= 3, (kinds, year.met)


def _sign_off(engine: Engine, now: datetime) -> None:
    with Session(engine) as session, session.begin():
        for row in all_releases(session):
            if row.state == "proposed":
                releases.sign_off(session, row.number, by="budi", now=now)
