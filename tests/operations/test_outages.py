"""What everything rests on goes away for a while: the database, Prefect's server, hosts, space on the disk."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.compliance import queries, service
from ranham.plan.queries import find_period
from ranham.simulation.service import write_reports
from tests.flows.conftest import python
from tests.flows.test_cycle_flows import inbox
from tests.operations.farm import ENDED, ROOT, Farm, farm, said, until
from tests.operations.line import Line, line_to
from tests.operations.nation import LABEL
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.faults
__all__ = ["python"]
FIRST_DAY, NEXT_DAY, LONG_AFTER = "2022-08-30T09:00:00+07:00", "2022-08-31T09:00:00+07:00", "2022-10-20T09:00:00+07:00"
AFTER_WINDOW = "2022-09-20T09:00:00+07:00"
"""By then the latest of the simulated reports was sent; one from the future would be refused."""
AT_ONCE = 6
RUNNING = {"state": {"type": {"any_": ["RUNNING"]}}}
IDLE = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'ranham' AND state = 'idle in transaction'
"""
SLOWLY = """
import json, os, sys
from flows import import_inbox
from ranham.submission.service import import_file
def after_a_word(*arguments, **named):
    receipt = import_file(*arguments, **named)
    if os.environ.pop("WAIT", None):
        print("in the middle", flush=True)
        sys.stdin.readline()
    return receipt
import_inbox.import_file = after_a_word
print(json.dumps(import_inbox.import_inbox("RANHAM-V:2022-B08")))
"""
ROLL_UP = "import json; from flows.roll_up import roll_up; print(json.dumps(roll_up('RANHAM-V:2022-B08')))"
TICK = "import json; from flows.tick import tick; print(json.dumps(tick()))"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    with farm(tmp_path_factory.mktemp("farm")) as made:
        made.deploy()
        yield made


@pytest.fixture
def prefect(hosts: Farm) -> dict[str, str]:
    return hosts.added


@pytest.fixture
def line(national: Engine) -> Iterator[Line]:
    made = line_to(national.url)
    yield made
    made.close()


def through(line: Line, national: Engine) -> str:
    user, password = national.url.username or "postgres", national.url.password
    secret = f":{password}" if password else ""
    return f"postgresql+psycopg://{user}{secret}@127.0.0.1:{line.port}/{national.url.database}"


def test_ticks_that_come_late_all_at_once_begin_one_at_a_time(application: Engine, hosts: Farm) -> None:
    """As after hours in which the server lived and no worker did."""
    runs = [hosts.ask("tick", at=FIRST_DAY) for _ in range(AT_ONCE)]
    host = hosts.start("late")
    most = 0

    def all_ended() -> bool:
        nonlocal most
        # Not processes: one that has ended gives its slot back while it still goes home.
        most = max(most, len(hosts.runs(deployments={"name": {"any_": ["tick"]}}, flow_runs=RUNNING)))
        return all(hosts.state(run)["type"] in ENDED for run in runs)

    until(all_ended, "all of them", every=0.3)
    host.kill()
    ends = Counter(hosts.state(run)["type"] for run in runs)
    assert most <= 1
    assert ends["COMPLETED"] >= 1
    assert set(ends) <= {"COMPLETED", "CANCELLED"}
    with application.connect() as connection:
        opened = connection.scalars(text("SELECT state FROM cycle_run WHERE step = 'open' AND period_label = :label"), {"label": LABEL}).all()  # fmt: skip
    assert opened == ["done"]


def test_where_server_and_host_die_in_a_tick_ticks_come_back(application: Engine, hosts: Farm) -> None:
    hosts.automate()
    hosts.start("first")
    with application.connect() as connection:
        connection.execute(text("LOCK TABLE step_skip IN ACCESS EXCLUSIVE MODE"))
        run = hosts.ask("tick", at=FIRST_DAY)
        until(lambda: hosts.heard_of(run), "its first heartbeat", every=0.5)
        hosts.hosts["first"].kill()
        hosts.kill_server()
    hosts.serve()
    taken, state = hosts.taken_slots("tick"), hosts.state(run)["type"]
    assert (taken, state) == (1, "RUNNING") or state == "CRASHED"  # its slot is taken by nobody, until that is noticed
    second = hosts.start("second")
    assert hosts.ended(hosts.ask("tick", at=FIRST_DAY)) in ("CANCELLED", "COMPLETED")  # the same, on a slow machine
    assert hosts.ended(run) == "CRASHED"
    assert hosts.ended(hosts.ask("tick", at=FIRST_DAY)) == "COMPLETED"
    second.kill()


def test_a_tick_says_of_one_that_prefect_never_heard_of_again_that_it_is_over(application: Engine, hosts: Farm) -> None:
    """Where not even a heartbeat came, its silence means nothing to an automation: it would show as running for ever."""
    zombie = hosts.ask("tick", at=FIRST_DAY)
    hosts.says(zombie, "RUNNING")
    hosts.grows_old(zombie)
    other = hosts.ask("deliver", at=FIRST_DAY)
    hosts.says(other, "RUNNING")
    hosts.grows_old(other)
    host = hosts.start("alive")
    assert hosts.ended(hosts.ask("tick", at=FIRST_DAY)) == "COMPLETED"
    host.kill()
    assert hosts.state(zombie)["type"] == "CRASHED"
    assert "without a word" in hosts.state(zombie)["message"]
    assert hosts.state(other)["type"] == "RUNNING"  # of another deployment, whose own next run says it
    hosts.says(other, "CRASHED")


def test_an_import_that_was_paused_in_its_transaction_is_tried_again(
    application: Engine, prefect: dict[str, str], tmp_path: Path
) -> None:
    """The database ended the transaction meanwhile; nobody took over, so the file is imported after all, and once."""
    with Session(application) as session:
        write_reports(session, find_period(session, "2022-B08"), inbox(tmp_path), seed=2022)
    surroundings = {
        **os.environ, **prefect, "RANHAM_NOW": AFTER_WINDOW, "RANHAM_LEASE_SECONDS": "20", "WAIT": "yes",
        "PREFECT_LOGGING_LEVEL": "ERROR",
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-c", SLOWLY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=surroundings, cwd=ROOT, text=True,
    ) as importing:  # fmt: skip
        assert importing.stdin
        assert importing.stdout
        assert importing.stdout.readline() == "in the middle\n"
        until(lambda: not _idle(application), "the end of its transaction", every=0.1)
        importing.stdin.write("go on\n")
        importing.stdin.flush()
        accepted = said(importing.stdout.read())
    assert importing.returncode == 0
    with application.connect() as connection:
        answers = connection.scalar(text("SELECT count(*) FROM measure_answer"))
    assert accepted == answers > 4000


def _idle(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(IDLE)).all())


def test_the_cycle_is_caught_up_when_prefect_was_away_for_the_whole_window(
    python: Callable[..., Any],
    application: Engine,
    tmp_path: Path,
) -> None:
    with Session(application) as session:
        write_reports(session, find_period(session, "2022-B08"), inbox(tmp_path), seed=2022)
    files = len(list(inbox(tmp_path).glob("*.csv")))
    first, second, third = (
        [step for step in python(TICK, RANHAM_NOW=LONG_AFTER) if step.endswith(LABEL)] for _ in range(3)
    )
    # The import comes before the opening in a tick, so files of a period that was not open wait for the second.
    assert first[0] == f"open {LABEL}"
    assert [*first, *second].count(f"import {LABEL}") == 1
    assert not third
    assert len(list((inbox(tmp_path) / "done").glob("*.csv"))) == files
    with application.connect() as connection:
        timely = connection.execute(text("SELECT timeliness, count(*) FROM submission GROUP BY 1")).tuples().all()
        closed = connection.scalar(
            text("""SELECT count(*) FROM period_state s JOIN period p ON p.id = s.period_id
                    JOIN plan_year y ON y.id = p.plan_year_id
                    WHERE s.closed_at IS NOT NULL AND y.year = 2022 AND p.code = 'B08'""")
        )
        told = connection.execute(text("SELECT recipient, count(*) FROM reminder WHERE decision = 'send' GROUP BY 1 HAVING count(*) > 1")).all()  # fmt: skip
    assert dict(timely)["on_time"] > 0  # by when people sent them, not by when we took them
    assert closed == 0  # nobody could report to us: late reports are taken for the whole time from the opening
    assert told == []


def test_an_import_goes_on_after_the_database_was_away(
    application: Engine, national: Engine, prefect: dict[str, str], line: Line, tmp_path: Path
) -> None:
    """Away for a minute with a file in hand, which was not committed: the task is tried again, the rest follows."""
    with Session(application) as session:
        write_reports(session, find_period(session, "2022-B08"), inbox(tmp_path), seed=2022)
    surroundings = {
        **os.environ, **prefect, "RANHAM_DATABASE_URL": through(line, national), "RANHAM_NOW": AFTER_WINDOW,
        "WAIT": "yes", "PREFECT_LOGGING_LEVEL": "ERROR",
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-c", SLOWLY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=surroundings, cwd=ROOT, text=True,
    ) as importing:  # fmt: skip
        assert importing.stdin
        assert importing.stdout
        assert importing.stdout.readline() == "in the middle\n"
        line.cut()
        importing.stdin.write("go on\n")
        importing.stdin.flush()
        time.sleep(60)
        assert importing.poll() is None, "it gave up"
        line.mend()
        accepted = said(importing.stdout.read())
    assert importing.returncode == 0
    assert accepted > 4000
    with application.connect() as connection:
        counts = connection.execute(text("SELECT (SELECT count(*) FROM measure_answer), (SELECT sum(rows_read - rows_refused) FROM import_batch)")).one()  # fmt: skip
        runs = connection.execute(text("SELECT state, rows FROM cycle_run")).all()
    assert [tuple(run) for run in runs] == [("done", accepted)]
    assert counts[0] == accepted
    assert counts[1] == accepted


def test_a_roll_up_that_met_a_database_away_gives_the_figures_of_one_that_did_not(
    application: Engine, national: Engine, prefect: dict[str, str], line: Line, tmp_path: Path
) -> None:
    with Session(application) as session:
        write_reports(session, find_period(session, "2022-B08"), inbox(tmp_path), seed=2022)
    surroundings = {
        **os.environ,
        **prefect,
        "RANHAM_NOW": AFTER_WINDOW,
        "PREFECT_LOGGING_LEVEL": "ERROR",
    }
    importing = "import json; from flows.import_inbox import import_inbox; print(json.dumps(import_inbox('2022-B08')))"
    subprocess.run([sys.executable, "-c", importing], env=surroundings, cwd=ROOT, check=True, capture_output=True)
    through_line = {**surroundings, "RANHAM_DATABASE_URL": through(line, national)}
    with subprocess.Popen([sys.executable, "-c", ROLL_UP], env=through_line, cwd=ROOT) as rolling:
        until(lambda: _runs(application, "roll_up"), "the roll-up", every=0.02)
        line.cut()
        time.sleep(6)
        line.mend()
        rolling.wait(PATIENCE_SECONDS)
    if rolling.returncode != 0:  # it was just beginning or ending, which is not tried again: the next one does it
        until(lambda: not _held(application), "the end of the lease that it could not give back", every=0.5)
        subprocess.run([sys.executable, "-c", ROLL_UP], env=surroundings, cwd=ROOT, check=True)
    with Session(application) as session, session.begin():
        period = find_period(session, "2022-B08")
        shown = [(r.unit_code, r.scope, r.figure, r.numerator, r.denominator) for r in queries.figures(session, period)]
        service.roll_up(session, period, now=period.ends_at(), full=True)  # type: ignore[arg-type]
        anew = [(r.unit_code, r.scope, r.figure, r.numerator, r.denominator) for r in queries.figures(session, period)]
    assert shown == anew


def _held(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT name FROM lease WHERE expires_at > clock_timestamp()")).all())


def _runs(engine: Engine, step: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT id FROM cycle_run WHERE step = :step"), {"step": step}).all())
