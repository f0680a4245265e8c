"""The tick takes a closed year to its published releases and the annual report; a person signs off between."""

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.cycle import intervention
from ranham.cycle.models import Step
from ranham.kernel.database import unit_of_work
from ranham.plan.queries import list_periods
from ranham.release import course, queries, service
from ranham.release.signing import new_key
from ranham.reminder.models import Function
from tests.flows.conftest import ROOT
from tests.flows.test_cycle_flows import HEADER, inbox
from tests.patience import PATIENCE_SECONDS
from tests.release.world import NOW, closed_period
from tests.reminder.content.ledger import contact

OPEN, CLOSED = "2022-09-05T12:00:00+07:00", "2022-10-20T12:00:00+07:00"
LAST_OPEN, LAST_CLOSED = "2022-12-01T12:00:00+07:00", "2023-01-20T12:00:00+07:00"
KILLS = 5
RELEASE_STEPS = ("close", "propose", "publish", "distribute", "annual_report")

COURSE = """
import json, os, sys
from flows.tick import tick
from ranham.kernel.settings import settings
from tests.flows.test_release_flows import sign_off_all
done = []
for at, key in json.loads(os.environ["COURSE"]):
    if at == "sign off":
        done.append(sign_off_all())
        continue
    os.environ["RANHAM_NOW"] = at
    os.environ.pop("RANHAM_SIGNING_KEY_FILE", None)
    if key:
        os.environ["RANHAM_SIGNING_KEY_FILE"] = key
    settings.cache_clear()
    done.append(tick())
print(json.dumps(done))
"""
"""In one process, as beginning costs more than a tick."""
DISTRIBUTE = """
import sys
from flows.distribute_release import distribute_release
print("ready", flush=True)
sys.stdin.readline()
distribute_release("RANHAM-V:2022-B08")
print("done", flush=True)
"""


def sign_off_all() -> list[str]:
    with unit_of_work() as session:
        proposed = [row.number for row in queries.releases(session) if row.state == "proposed"]
        for number in proposed:
            service.sign_off(session, number, by="budi", now=datetime(2023, 1, 21, tzinfo=UTC))
    return proposed


def _of_releases(said: list[str]) -> list[str]:
    """Steps of a tick that are about releases, without the regulation; numbers as they are."""
    steps = [each.replace("RANHAM-V:", "") for each in said if each.split()[0] in RELEASE_STEPS]
    return steps or [each for each in said if "/" in each]


@pytest.fixture
def only_2022(application: Engine) -> Engine:
    """The older year would be caught up too, which takes its time and shows nothing more."""
    with Session(application) as session, session.begin():
        for period in list_periods(session):
            if period.year == 2019:
                intervention.skip(session, period, Step.OPEN, because="not of this test", by="test", now=NOW)
    return application


def test_a_year_comes_to_its_annual_report_with_three_signatures(
    python: Callable[..., Any], only_2022: Engine, tmp_path: Path
) -> None:
    application = only_2022
    answers = [f"{unit},D1,1,achieved,1,,,2022-09-05T10:00:00+07:00" for unit in ("36", "36.04", "18.72")]
    (inbox(tmp_path) / "report.csv").write_text(HEADER + "\n".join(answers) + "\n")
    with Session(application) as session, session.begin():
        contact(session, "36", function=Function.LEGAL_BUREAU, address="biro@banten.go.id")
    key = str(tmp_path / "signing.pem")
    new_key(tmp_path / "signing.pem")
    signed = ("sign off", None)
    expected: list[tuple[tuple[str, str | None], list[str]]] = [
        ((OPEN, None), []),
        ((OPEN, None), []),
        ((CLOSED, None), ["close 2022-B08"]),
        ((CLOSED, key), ["propose 2022-B08"]),
        ((CLOSED, key), []),
        (signed, ["RANHAM-V:2022-B08/1"]),
        ((CLOSED, None), []),  # no key is configured here, which is no failure
        ((CLOSED, key), ["publish 2022-B08"]),
        ((CLOSED, key), ["distribute 2022-B08"]),
        ((CLOSED, key), []),
        ((LAST_OPEN, key), []),
        ((LAST_CLOSED, key), ["close 2022-B12"]),
        ((LAST_CLOSED, key), ["propose 2022-B12"]),
        (signed, ["RANHAM-V:2022-B12/1"]),
        ((LAST_CLOSED, key), ["publish 2022-B12"]),
        ((LAST_CLOSED, key), ["propose 2022-B12", "distribute 2022-B12"]),
        (signed, ["RANHAM-V:2022/1"]),
        ((LAST_CLOSED, key), ["publish 2022-B12"]),
        ((LAST_CLOSED, key), ["distribute 2022-B12", "annual_report 2022-B12"]),
        ((LAST_CLOSED, key), []),
    ]
    said = python(COURSE, COURSE=json.dumps([asked for asked, _ in expected]), PYTHONPATH=str(ROOT))
    assert [_of_releases(each) for each in said] == [answer for _, answer in expected]

    with application.connect() as connection:
        outputs = connection.execute(
            text(
                """SELECT r.number, f.content_tag, o.kind, o.files FROM release_output o JOIN release r ON r.id = o.release_id
                   JOIN release_filing f ON f.release_id = o.release_id AND f.kind = o.kind"""
            )
        ).all()
        told = connection.scalars(text("SELECT key FROM delivery WHERE kind = 'release' ORDER BY id")).all()
    assert sorted((row.number, row.kind) for row in outputs) == [
        ("RANHAM-V:2022-B08/1", "files"),
        ("RANHAM-V:2022-B12/1", "files"),
        ("RANHAM-V:2022/1", "documents"),
        ("RANHAM-V:2022/1", "files"),
    ]
    for row in outputs:
        for name, digest in row.files.items():
            file = tmp_path / "release-files" / row.content_tag / name
            assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
    assert len(told) == len(set(told)) == 3


def test_a_distribution_that_is_killed_is_done_once_in_the_end(
    prefect: dict[str, str], application: Engine, tmp_path: Path
) -> None:
    with Session(application) as session, session.begin():
        contact(session, "36", function=Function.LEGAL_BUREAU, address="biro@banten.go.id")
        period = closed_period(session, every=40)
        course.propose_due(session, period, now=NOW)
    sign_off_all()
    with Session(application) as session, session.begin():
        course.publish_due(session, period, key=new_key(tmp_path / "signing.pem"), now=NOW)
    seed = int(os.environ.get("RANHAM_TEST_SEED", "8"))
    chance = random.Random(seed)
    for number in range(KILLS + 1):
        _distribute(prefect, None if number == KILLS else chance.uniform(0, 3))
    with application.connect() as connection:
        files = connection.execute(text("SELECT files FROM release_output")).scalars().all()
        told = connection.scalar(text("SELECT count(*) FROM delivery WHERE kind = 'release'"))
        left = connection.scalar(text("SELECT count(*) FROM lease WHERE expires_at > clock_timestamp()"))
        lost = connection.scalar(text("SELECT count(*) FROM cycle_run WHERE step = 'distribute' AND state = 'running'"))
    assert (len(files), told, left, lost) == (1, 1, 0, 0), f"RANHAM_TEST_SEED={seed}"
    [folder] = [each for each in (tmp_path / "release-files").iterdir() if each.is_dir()]
    assert {
        f"{each.parent.name}/{each.name}": hashlib.sha256(each.read_bytes()).hexdigest()
        for each in folder.rglob("*")
        if each.is_file() and each.suffix != ".gz" and not each.parent.name.startswith(".") and "/." not in str(each)
    } == json.loads(json.dumps(files[0]))


def _distribute(prefect: dict[str, str], kill_after: float | None) -> None:
    """In a process of its own, killed after so many seconds or run to its end; its lease is short, as nobody renews it."""
    surroundings = {
        **os.environ,
        **prefect,
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "RANHAM_NOW": CLOSED,
        "RANHAM_LEASE_SECONDS": "2",
    }
    with subprocess.Popen(
        [sys.executable, "-c", DISTRIBUTE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=surroundings, cwd=ROOT, text=True,
    ) as victim:  # fmt: skip
        assert victim.stdin
        assert victim.stdout
        assert victim.stdout.readline() == "ready\n"
        victim.stdin.write("go\n")
        victim.stdin.flush()
        if kill_after is not None:
            time.sleep(kill_after)
            victim.kill()
            victim.wait(PATIENCE_SECONDS)
            time.sleep(2.2)  # until its lease has run out
        else:
            assert victim.stdout.readline() == "done\n"
