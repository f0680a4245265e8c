"""The disk is full: what cannot be written says so, nothing is half-written, and it is done once there is space."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.release import course
from ranham.release.signing import new_key
from tests.flows.conftest import prefect
from tests.flows.test_release_flows import sign_off_all
from tests.operations.farm import ROOT
from tests.patience import PATIENCE_SECONDS
from tests.release.world import NOW, closed_period

__all__ = ["prefect"]
LATER = "2022-10-20T12:00:00+07:00"
DISTRIBUTE = """
import json
from flows.distribute_release import distribute_release
state = distribute_release("RANHAM-V:2022-B08", return_state=True)
print(json.dumps([state.type, state.message]))
"""
UPLOAD = """
import sys
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from tests.submission.evidence.desk import any_pdf
from ranham.kernel.database import unit_of_work
from ranham.kernel.errors import RanhamError
from ranham.submission.evidence.rules import Attributes
from ranham.submission.evidence.service import store
from datetime import UTC, datetime
with unit_of_work() as session:
    unit = session.scalar(text("SELECT unit_id FROM unit_version WHERE code = '36.04' LIMIT 1"))
    try:
        store(session, unit, iter([any_pdf(), bytes(300_000)]), "notulen.pdf", attributes=Attributes(kind="notulen"), by="op", now=datetime.now(UTC))
    except RanhamError as refused:
        session.rollback()
        print(refused)
"""


def on_a_disk(size: int, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """On one that has so many bytes for a file."""
    surroundings = {**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "tests.operations.full_disk", str(size), sys.executable, *arguments],
        env=surroundings, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip


def files_in(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


@pytest.fixture
def published(application: Engine, tmp_path: Path) -> Engine:
    with Session(application) as session, session.begin():
        period = closed_period(session, every=40)
        course.propose_due(session, period, now=NOW)
    sign_off_all()
    with Session(application) as session, session.begin():
        course.publish_due(session, period, key=new_key(tmp_path / "signing.pem"), now=NOW)
    return application


def test_files_of_a_release_are_written_whole_or_not_at_all(
    published: Engine, prefect: dict[str, str], tmp_path: Path
) -> None:
    quiet = {**prefect, "RANHAM_NOW": LATER, "PREFECT_LOGGING_LEVEL": "CRITICAL"}

    def outputs() -> list[Any]:
        with published.connect() as connection:
            return list(connection.execute(text("SELECT kind, files FROM release_output")).all())

    full = on_a_disk(100_000, "-c", DISTRIBUTE, **quiet)
    type_, message = json.loads(full.stdout.splitlines()[-1])
    assert type_ == "FAILED", full.stderr
    assert "File too large" in message
    assert outputs() == []
    folder = tmp_path / "release-files"
    whole = {name: (folder / name).read_bytes() for name in files_in(folder)}
    assert not [name for name in whole if "/." in f"/{name}"], "what was begun lies about"
    done = on_a_disk(1 << 30, "-c", DISTRIBUTE, **quiet)
    assert json.loads(done.stdout.splitlines()[-1])[0] == "COMPLETED", done.stderr
    [(kind, names)] = outputs()
    assert kind == "files"
    assert len(names) >= 7
    assert all((folder / name).read_bytes() == content for name, content in whole.items())


def test_evidence_that_finds_no_space_is_refused_and_leaves_nothing(application: Engine, tmp_path: Path) -> None:
    full = on_a_disk(100_000, "-c", UPLOAD)
    assert "the evidence store does not answer, try again later" in full.stdout, full.stderr
    assert [name for name in files_in(tmp_path / "evidence") if not name.startswith("incoming/")] == []
    with application.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM evidence")) == 0
    done = on_a_disk(1 << 30, "-c", UPLOAD)
    assert (done.returncode, done.stdout) == (0, "")
    assert len([name for name in files_in(tmp_path / "evidence") if not name.startswith("incoming/")]) == 1


def test_a_backup_that_finds_no_space_is_none(application: Engine, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    full = on_a_disk(100_000, "-m", "ranham.cli.app", "backup", "--to", str(target))
    assert full.returncode != 0
    assert "Traceback" not in full.stderr
    assert full.stderr.strip(), full.stdout
    assert not target.exists()
    assert not list(tmp_path.glob(".backup*"))
    assert on_a_disk(1 << 30, "-m", "ranham.cli.app", "backup", "--to", str(target)).returncode == 0
