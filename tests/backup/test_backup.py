"""A backup is of one moment, is refused when it was touched, and comes back whole on another machine."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.audit import service as audit
from ranham.backup import programs
from ranham.kernel.errors import NotFound, RanhamError
from ranham.submission.evidence.store import configured, final_key
from ranham.submission.reports import lock_report
from tests.submission.evidence import desk

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = "manifest.json"
OWED = """
SELECT r.key, o.id AS obligation, p.id AS period, m.id AS measure
FROM obligation o JOIN plan_year y ON y.id = o.plan_year_id AND y.year = 2022
JOIN period p ON p.plan_year_id = y.id AND p.code = 'B08'
JOIN measure m ON m.action_id = o.action_id AND m.period_id = p.id
JOIN reporting_unit r ON r.id = o.unit_id ORDER BY o.id, m.id LIMIT 1
"""


def ranham(*arguments: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, which knows nothing of this one's database."""
    return subprocess.run(
        [sys.executable, "-m", "ranham.cli.app", *arguments],
        cwd=ROOT, env={**os.environ, "COLUMNS": "200", **surroundings}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def worked(application: Engine) -> str:
    """A database with a report, its evidence, events and figures; the SHA-256 of the evidence."""
    with Session(application) as session, session.begin():
        owed = session.execute(text(OWED)).one()
        stored = desk.upload(session, desk.any_pdf(), owed.key)
        report = lock_report(session, owed.obligation, owed.period, now=desk.NOW)
        sha256 = stored.evidence.sha256
        desk.send(session, report, owed.measure, stored.evidence.id)
        for number in range(3):
            audit.record(
                session, actor="t", kind="tried", subject="x", subject_id=number, detail={"n": number}, now=desk.NOW
            )
    rolled = ranham("rollup", "2022-B08", "--format", "json", RANHAM_NOW="2022-09-20T00:00:00+07:00")
    assert rolled.returncode == 0, rolled.stderr
    return sha256


@pytest.fixture
def taken(worked: str, tmp_path: Path) -> Path:
    made = ranham("backup", "--to", str(tmp_path / "backup"))
    assert made.returncode == 0, made.stderr
    return tmp_path / "backup"


@pytest.fixture
def elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Runs commands on another machine: an embedded server in a folder of its own, which knows neither role nor data."""
    for name in ("RANHAM_DATABASE_URL", "RANHAM_APP_DATABASE_URL"):
        monkeypatch.delenv(name)
    # Short, for the socket; and open to the user as which the server runs.
    home = Path("/tmp") / f"rb-{tmp_path.parent.name}-{os.getpid()}"  # noqa: S108

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return ranham(*arguments, RANHAM_DATA_DIR=str(home), RANHAM_NOW="2022-09-20T00:00:00+07:00")

    yield run
    shutil.rmtree(home, ignore_errors=True)


def test_another_machine_gives_the_same_figures_and_a_whole_chain(
    taken: Path, worked: str, elsewhere: Callable[..., subprocess.CompletedProcess[str]], application: Engine
) -> None:
    said = json.loads((taken / MANIFEST).read_text())
    restored = elsewhere("restore", "--from", str(taken))
    assert restored.returncode == 0, restored.stderr
    assert f"{said['state']['figures']} figures" in restored.stdout
    assert said["state"]["figures"] > 1000
    address = application.url.render_as_string(hide_password=False)
    here = ranham("rollup", "2022-B08", "--format", "json", RANHAM_DATABASE_URL=address)
    there = elsewhere("rollup", "2022-B08", "--format", "json")
    assert json.loads(there.stdout) == json.loads(here.stdout)
    chain = elsewhere("audit", "verify").stdout
    assert re.search(rf"{said['state']['events']} events holds", chain)
    assert said["state"]["head_hash"] in chain
    assert elsewhere("evidence", "verify").returncode == 0
    assert "evidence/" + final_key(worked) in [each["path"] for each in said["files"]]
    again = elsewhere("restore", "--from", str(taken))
    assert (again.returncode, "the database is not empty" in again.stderr) == (1, True)


def _cut(folder: Path, worked: str) -> None:
    dump = folder / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-100])


def _alter(folder: Path, worked: str) -> None:
    evidence = folder / "evidence" / final_key(worked)
    content = bytearray(evidence.read_bytes())
    content[-1] ^= 1
    evidence.write_bytes(content)


def _remove(folder: Path, worked: str) -> None:
    (folder / "evidence" / final_key(worked)).unlink()


def _cut_manifest(folder: Path, worked: str) -> None:
    manifest = folder / MANIFEST
    manifest.write_bytes(manifest.read_bytes()[:-50])


def _escape(folder: Path, worked: str) -> None:
    said = json.loads((folder / MANIFEST).read_text())
    said["files"][0]["path"] = "../outside"
    (folder / MANIFEST).write_text(json.dumps(said))


def test_what_was_cut_altered_or_removed_is_refused_before_anything_is_touched(
    taken: Path, worked: str, tmp_path: Path
) -> None:
    assert ranham("restore", "--check", "--from", str(taken)).returncode == 0
    for number, spoil in enumerate((_cut, _alter, _remove, _cut_manifest, _escape)):
        spoilt = tmp_path / f"spoilt{number}"
        shutil.copytree(taken, spoilt)
        spoil(spoilt, worked)
        for check in ([], ["--check"]):
            refused = ranham("restore", "--from", str(spoilt), *check)
            assert refused.returncode == 3, (spoil, refused.stderr)


def test_a_changed_manifest_is_found_by_the_hash_that_was_written_down(worked: str, tmp_path: Path) -> None:
    made = ranham("backup", "--to", str(tmp_path / "b"))
    [sha256] = re.findall("[0-9a-f]{64}", made.stdout)
    folder = ("--from", str(tmp_path / "b"))
    assert ranham("restore", "--check", *folder, "--manifest-sha256", sha256).returncode == 0
    manifest = tmp_path / "b" / MANIFEST
    manifest.write_text(manifest.read_text().replace('"figures":', '"figures" :'))
    assert ranham("restore", "--check", *folder).returncode == 0
    assert ranham("restore", "--check", *folder, "--manifest-sha256", sha256).returncode == 3


def test_evidence_that_is_missing_is_named_and_the_rest_is_kept(worked: str, tmp_path: Path) -> None:
    configured().discard(final_key(worked))
    made = ranham("backup", "--to", str(tmp_path / "b"))
    assert made.returncode == 1
    assert worked in made.stderr
    assert json.loads((tmp_path / "b" / MANIFEST).read_text())["evidence_missing"] == [worked]


def test_a_backup_is_for_its_owner_alone_and_never_written_over_another(taken: Path) -> None:
    assert taken.stat().st_mode & 0o077 == 0
    refused = ranham("backup", "--to", str(taken))
    assert (refused.returncode, "is not empty" in refused.stderr) == (1, True)


def test_a_broken_chain_is_not_backed_up_as_if_it_were_whole(worked: str, application: Engine, tmp_path: Path) -> None:
    with application.begin() as connection:
        connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE audit_event SET payload = payload || ' ' WHERE id = 1"))
    refused = ranham("backup", "--to", str(tmp_path / "b"))
    assert (refused.returncode, "the audit chain is broken at event 1" in refused.stderr) == (1, True)
    assert not (tmp_path / "b").exists()
    assert list(tmp_path.glob(".b*")) == []


def test_no_program_older_than_the_server_is_taken() -> None:
    found = programs.choose("pg_dump", 15)
    assert found.major >= 15
    assert all(other.major >= found.major for other in programs._found("pg_dump") if other.major >= 15)
    with pytest.raises(NotFound, match="PostgreSQL 99 or newer; found: "):
        programs.choose("pg_dump", 99)


def test_a_program_shows_no_password_and_does_not_wait_for_a_host_that_is_gone(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    seen.write_text('#!/bin/sh\necho "arguments: $*" >&2\ntest "$PGPASSWORD" = rahasia && exit 7\n')
    seen.chmod(0o700)
    address = "postgresql+psycopg://me:rahasia@db.example/ranham?keepalives_idle=120"
    with pytest.raises(RanhamError, match="failed: arguments: ") as refused:
        programs.run(programs.Program(seen, 18, "18.0"), address)
    assert "rahasia" not in str(refused.value)
    watched = {"host=db.example", "keepalives=1", "keepalives_idle=120", "tcp_user_timeout=60000"}
    assert watched <= set(str(refused.value).replace("--dbname=", "").split())
