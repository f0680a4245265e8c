"""One database with the files beside it, of which a test of operations has two: one left alone, one disturbed."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.compliance import queries
from ranham.plan.queries import find_period
from tests.journeys.reminders import world
from tests.journeys.reminders.enrolling import enrol
from tests.operations.farm import ROOT, said
from tests.patience import PATIENCE_SECONDS

LABEL = "RANHAM-V:2022-B08"
OPENING, WINDOW, CLOSED = (f"2022-{day}:00+07:00" for day in ("08-30T09:10", "09-05T09:10", "10-20T10:00"))
TICKS = """
import json, os
from flows.tick import tick
print(json.dumps([tick() for _ in range(int(os.environ["TICKS"]))]))
"""


@dataclass(slots=True)
class Nation:
    """One database and the files beside it."""

    engine: Engine
    folder: Path
    surroundings: dict[str, str]
    seen: int = 0
    """The newest record of a run that was looked at."""

    def receive(self, files: list[Path]) -> None:
        into = self.folder / "inbox" / "2022-B08" / "kemendagri"
        into.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, into / file.name)

    def enrol(self) -> None:
        with Session(self.engine) as session, session.begin():
            enrol(session, world.whom_to_write_to(world.read_units(session).values()), self.folder)

    def sign_off(self) -> None:
        self.command("release", "sign-off", f"{LABEL}/1", "--as", "budi")

    def command(self, *arguments: str, at: str = CLOSED) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ranham.cli.app", *arguments], env={**self.surroundings, "RANHAM_NOW": at},
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ticks(self, at: str, times: int) -> list[list[str]]:
        done = subprocess.run(
            [sys.executable, "-c", TICKS], cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
            env={**self.surroundings, "RANHAM_NOW": at, "TICKS": str(times), "PREFECT_LOGGING_LEVEL": "ERROR"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return list(said(done.stdout))

    def ask(self, statement: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement), values).all())

    def figures(self) -> list[tuple[object, ...]]:
        with Session(self.engine) as session:
            rows = queries.figures(session, find_period(session, LABEL))
        return [(r.level, r.unit_code, r.scope, r.figure, r.numerator, r.denominator) for r in rows]

    def answers(self) -> list[Any]:
        return self.ask("SELECT count(*), count(DISTINCT submission_id) FROM measure_answer")

    def reminders(self) -> list[Any]:
        return self.ask("SELECT rung, occasion, recipient, decision, count(*) FROM reminder GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4")  # fmt: skip

    def held(self) -> list[Any]:
        return self.ask("SELECT name, holder FROM lease WHERE expires_at > clock_timestamp()")
