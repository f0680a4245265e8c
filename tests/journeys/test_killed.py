"""kill -9 of an import and of a rollup at random points: the re-run gives what an undisturbed run gives."""

import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.compliance import queries, service
from ranham.plan.queries import find_period
from ranham.simulation.service import write_reports
from ranham.submission.service import import_file
from tests.patience import PATIENCE_SECONDS

NOW = datetime(2022, 11, 1, tzinfo=UTC)
KILLS = 15  # of each kind: 30 together

VICTIM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ranham.compliance import service
from ranham.kernel.database import unit_of_work, read_session
from ranham.plan.queries import find_period
from ranham.submission.service import import_file
kind, now = sys.argv[1], datetime(2022, 11, 1, tzinfo=UTC)
with read_session() as session:
    period = find_period(session, "2022-B08")
print("ready", flush=True)
sys.stdin.readline()
if kind == "import":
    for path in sorted(Path(sys.argv[2]).glob("*.csv")):
        with unit_of_work() as session:
            import_file(session, path, period=period, code_system="kemendagri", now=now, author="victim", simulated=True)
else:
    with unit_of_work() as session:
        service.roll_up(session, period, now=now, full=True)
print("done", flush=True)
"""


def run(kind: str, folder: Path, kill_after: float | None) -> float:
    """Run the victim, killed after a while or to its end; the seconds it took."""
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, kind, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ,
        text=True,
    )
    with victim:
        assert victim.stdin is not None
        assert victim.stdout is not None
        assert victim.stdout.readline().strip() == "ready"
        began = time.monotonic()
        victim.stdin.write("go\n")
        victim.stdin.flush()
        if kill_after is None:
            assert victim.stdout.readline().strip() == "done"
        else:
            time.sleep(kill_after)
            victim.kill()
        victim.wait(PATIENCE_SECONDS)
        return time.monotonic() - began


def figures(engine: Engine) -> list[dict[str, object]]:
    with Session(engine) as session:
        rows = queries.figures(session, find_period(session, "2022-B08"))
        return [{"key": (r.level, r.unit_code, r.scope, r.figure), "ratio": (r.numerator, r.denominator)} for r in rows]


def answers(engine: Engine) -> tuple[int, int, int]:
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM submission), (SELECT count(*) FROM measure_answer), (SELECT count(*) FROM import_batch)"
            )
        ).one()
        return row[0], row[1], row[2]


@pytest.fixture
def folder(application: Engine, tmp_path: Path) -> Path:
    with Session(application) as session:
        made = tmp_path / "reports"
        made.mkdir()
        write_reports(session, find_period(session, "2022-B08"), made, seed=7)
        return made


def test_killed_imports_and_rollups_leave_nothing_half_done(
    application: Engine, folder: Path, national: Engine
) -> None:
    chance = random.Random(2022)
    with Session(national) as session:
        period = find_period(session, "2022-B08")
    undisturbed = run("import", folder, None)
    whole = answers(application)
    run("roll_up", folder, None)
    expected = figures(application)
    with application.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(
            text("TRUNCATE submission, measure_answer, import_batch, unit_count, action_count, rollup CASCADE")
        )
    for _ in range(KILLS):
        run("import", folder, chance.uniform(0, undisturbed / 3))
        with application.connect() as connection:
            half = connection.scalar(
                text(
                    "SELECT count(*) FROM submission s WHERE NOT EXISTS (SELECT 1 FROM measure_answer a WHERE a.submission_id = s.id)"
                )
            )
        assert half == 0
    run("import", folder, None)
    assert answers(application) == whole
    took = run("roll_up", folder, None)
    for _ in range(KILLS):
        run("roll_up", folder, chance.uniform(0, took))
    run("roll_up", folder, None)
    assert json.dumps(figures(application)) == json.dumps(expected)
    with Session(application) as session, session.begin():
        assert service.roll_up(session, period, now=NOW).mode == "unchanged"
        path = min(folder.glob("*.csv"))
        again = import_file(session, path, period=period, code_system="kemendagri", now=NOW, author="again")
        assert again.already_imported
