"""Every check by itself: what it finds, and that nothing keeps the others from speaking."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.cycle import lease
from ranham.cycle.doctor import Level, Verdict, examine
from ranham.cycle.doctor.prefect import differences
from ranham.cycle.doctor.verdicts import ok
from ranham.kernel.database import application_engine, engine
from ranham.kernel.errors import Conflict
from ranham.kernel.settings import settings
from ranham.release.signing import new_key
from tests.cli.command import ranham
from tests.outbox.conftest import MailServer, mail_server

__all__ = ["mail_server"]
OF_PREFECT = {"prefect", "deployments", "worker", "slots", "automations"}


@pytest.fixture(autouse=True)
def _window(application: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    monkeypatch.setenv("RANHAM_NOW", "2022-08-29T00:00:00+07:00")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, dict[str, Any]]]:
    def run() -> dict[str, dict[str, Any]]:
        settings.cache_clear()
        return {row["check"]: row for row in ranham(capsys, "doctor", "--format", "json").json}

    return run


def test_without_prefect_only_its_checks_fail(
    said: Callable[[], dict[str, dict[str, Any]]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RANHAM_NOW", "2018-12-01T00:00:00+07:00")  # before the first window of all
    found = said()
    assert {name for name, row in found.items() if row["level"] == "failed"} == OF_PREFECT, found
    assert all(found[name]["mend"] for name in OF_PREFECT)
    assert found["plan"]["found"].startswith("next window: RANHAM-IV:2019-")
    monkeypatch.setenv("RANHAM_NOW", "2022-08-29T00:00:00+07:00")
    assert "RANHAM-V:2022-B08, 2022-08-30 to 2022-09-06" in said()["plan"]["found"]
    assert ranham(capsys, "doctor").code == 1


def test_a_schema_that_is_the_newest_by_name_only_is_found(
    said: Callable[[], dict[str, dict[str, Any]]], national: Engine
) -> None:
    assert said()["schema"]["level"] == "ok"
    with national.begin() as connection:
        connection.execute(text("ALTER TABLE release_filing DROP COLUMN kind"))
    found = said()["schema"]
    assert found["level"] == "failed"
    assert "without release_filing.kind" in found["found"]


def test_a_check_that_breaks_or_hangs_hides_no_other() -> None:
    forever = threading.Event()

    def breaks() -> list[Verdict]:
        raise ZeroDivisionError

    def hangs() -> list[Verdict]:
        forever.wait()
        return []

    checks = {
        "hangs": (hangs, "wait"),
        "breaks": (breaks, "mend it"),
        "is well": (lambda: [ok("is well", "yes")], "nothing"),
    }
    found = examine(0.5, checks)
    forever.set()
    assert [(each.check, each.level) for each in found] == [
        ("hangs", Level.FAILED), ("breaks", Level.FAILED), ("is well", Level.OK),
    ]  # fmt: skip
    assert found[0].found == "no answer within 0.5 seconds"
    assert found[1].mend == "mend it"


THROUGH_DATABASE = {
    "schema", "application role", "clock", "time zones", "webhooks", "late steps", "leases", "deliveries", "plan",
    "small cells",
}  # fmt: skip


def test_a_database_that_is_down_is_said_where_it_is_mended_and_nowhere_else(
    said: Callable[[], dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RANHAM_DATABASE_URL", "RANHAM_APP_DATABASE_URL"):
        monkeypatch.setenv(name, "postgresql://ranham@127.0.0.1:1/ranham")
    for made in (engine, application_engine):
        made().dispose()
        made.cache_clear()
    found = said()
    failing = {name: row["mend"] for name, row in found.items() if row["level"] == "failed" and name not in OF_PREFECT}
    assert failing.pop("database") == "start the server, and look at RANHAM_DATABASE_URL"
    assert failing == dict.fromkeys(THROUGH_DATABASE, "see database")


def test_an_application_role_that_cannot_connect_is_its_own_matter(
    said: Callable[[], dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_APP_DATABASE_URL", "postgresql://ranham@127.0.0.1:1/ranham")
    application_engine().dispose()
    application_engine.cache_clear()
    found = said()
    assert found["database"]["level"] == "ok"
    assert "RANHAM_APP_DATABASE_URL" in found["application role"]["mend"]


def test_a_database_that_hangs_is_said_once_too() -> None:
    forever = threading.Event()

    def hangs() -> list[Verdict]:
        forever.wait()
        return []

    def refuses() -> list[Verdict]:
        raise Conflict("RANHAM_WEBHOOK_NETWORKS is wrong")

    through = THROUGH_DATABASE - {"webhooks"}
    checks = dict.fromkeys(("database", *through, "prefect", "e-mail"), (hangs, "its own"))
    checks["webhooks"] = (refuses, "its own")
    found = {each.check: each.mend for each in examine(0.5, checks)}
    forever.set()
    assert {found.pop(name) for name in through} == {"see database"}
    assert set(found.values()) == {"its own"}


def test_a_schema_that_is_not_there_is_said_where_it_is_mended(
    said: Callable[[], dict[str, dict[str, Any]]], application: Engine
) -> None:
    with application.begin() as connection:
        connection.execute(text("ALTER TABLE release_webhook RENAME TO release_webhook_gone"))
    found = said()
    assert (found["webhooks"]["level"], found["webhooks"]["mend"]) == ("failed", "see schema")


def test_a_setting_of_a_mail_server_is_said_by_the_check_of_e_mail(
    said: Callable[[], dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("RANHAM_SMTP_PORT", "0")
    found = said()
    assert found["secrets"]["level"] == "ok"
    assert found["e-mail"]["found"].startswith("RANHAM_SMTP_PORT: found 0, expected ")


def test_an_older_schema_is_told_with_the_command(
    said: Callable[[], dict[str, dict[str, Any]]], application: Engine
) -> None:
    with application.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert said()["schema"]["mend"] == "ranham db upgrade"


def test_secrets_that_others_can_read_are_named(
    said: Callable[[], dict[str, dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text("x")
    monkeypatch.setenv("RANHAM_METRICS_TOKEN_FILE", str(file))
    file.chmod(0o644)
    assert said()["secrets"]["mend"] == f"chmod 600 {file}"
    file.chmod(0o640)
    assert said()["secrets"]["level"] == "ok"


def test_too_little_space_fails(said: Callable[[], dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_FREE_MEGABYTES", str(10**9))
    assert said()["data directory"]["level"] == "failed"


def test_the_probe_of_evidence_leaves_nothing_behind(
    said: Callable[[], dict[str, dict[str, Any]]], tmp_path: Path
) -> None:
    assert said()["evidence store"]["level"] == "ok"
    assert [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()] == []


def test_an_e_mail_server_is_greeted_and_gets_no_message(
    said: Callable[[], dict[str, dict[str, Any]]],
    mail_server: Callable[..., MailServer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = mail_server()
    for name, value in {"HOST": "127.0.0.1", "PORT": str(server.port), "SECURITY": "none", "FROM": "a@b.id"}.items():
        monkeypatch.setenv(f"RANHAM_SMTP_{name}", value)
    assert said()["e-mail"]["level"] == "ok"
    assert server.taken() == []
    server.stop()
    assert said()["e-mail"]["level"] == "failed"


def test_late_steps_and_long_leases_are_found(
    said: Callable[[], dict[str, dict[str, Any]]], application: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_NOW", "2022-08-31T00:00:00+07:00")
    with Session(application) as session, session.begin():
        lease.acquire(session, "period:RANHAM-V:2022-B08", "host:7:x", seconds=3600)
        session.execute(text("UPDATE lease SET taken_at = taken_at - interval '2 hours'"))
    found = said()
    assert "open RANHAM-V:2022-B08" in found["late steps"]["found"]
    assert "release-lease RANHAM-V:2022-B08" in found["leases"]["mend"]


def test_every_kind_of_drift_is_named() -> None:
    wanted = {
        "entrypoint": "flows/tick.py:tick", "work_pool": {"name": "ranham"},
        "schedules": [{"cron": "*/5 * * * *", "timezone": "Asia/Jakarta", "active": True}],
        "concurrency_limit": {"limit": 1, "collision_strategy": "CANCEL_NEW"},
    }  # fmt: skip
    schedule = {"cron": "*/5 * * * *", "timezone": "Asia/Jakarta"}
    found: dict[str, Any] = {
        "entrypoint": "flows/tick.py:tick", "work_pool_name": "ranham", "paused": False,
        "schedules": [{"schedule": schedule, "active": True}],
        "global_concurrency_limit": {"limit": 1}, "concurrency_options": {"collision_strategy": "CANCEL_NEW"},
    }  # fmt: skip
    assert differences(wanted, found) == []
    changes: list[dict[str, Any]] = [
        {"entrypoint": "flows/other.py:tick"}, {"work_pool_name": "x"}, {"paused": True}, {"schedules": []},
        {"schedules": [{"schedule": schedule | {"timezone": "UTC"}, "active": True}]},
        {"global_concurrency_limit": None}, {"concurrency_options": {"collision_strategy": "ENQUEUE"}},
    ]  # fmt: skip
    assert all(len(differences(wanted, found | change)) == 1 for change in changes)


def test_a_signing_key_that_cannot_be_read_is_found_before_it_is_needed(
    said: Callable[[], dict[str, dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said()["signing key"]["found"] == "none is configured: releases wait for one"
    file = tmp_path / "signing.pem"
    monkeypatch.setenv("RANHAM_SIGNING_KEY_FILE", str(file))
    assert said()["signing key"]["level"] == "failed"
    file.write_text("no key")
    file.chmod(0o600)
    assert said()["signing key"]["level"] == "failed"
    file.unlink()
    key = new_key(file)
    found = said()
    assert found["signing key"]["found"] == f"key {key.key_id[:16]} in {file}"
    assert found["secrets"]["level"] == "ok"
    file.chmod(0o644)
    assert said()["secrets"]["found"] == f"{file} is open to others"


def test_networks_of_webhooks_that_are_none_are_said_once(
    said: Callable[[], dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_WEBHOOK_NETWORKS", "10.20.0.5/16")
    found = said()
    assert found["webhooks"]["level"] == "failed"
    assert (
        "RANHAM_WEBHOOK_NETWORKS: found something else (not shown), expected addresses or networks"
        in found["webhooks"]["found"]
    )
    assert [found[name]["level"] for name in ("gateways", "secrets")] == ["ok", "ok"]


def test_the_small_cell_rule_in_force_is_told_and_what_is_wrong_with_it(
    said: Callable[[], dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said()["small cells"]["found"].startswith("no rule is set")
    monkeypatch.setenv("RANHAM_SMALL_CELLS", '{"target_groups": ["disabilitas", "anak"], "threshold": 5}')
    assert said()["small cells"]["found"] == "counts below 5 are hidden of anak, disabilitas"
    monkeypatch.setenv("RANHAM_SMALL_CELLS", '{"target_groups": ["Disabilitas"], "threshold": 5}')
    found = said()["small cells"]
    assert found["level"] == "failed"
    assert found["found"].startswith("RANHAM_SMALL_CELLS, target_groups: found Disabilitas, expected one of anak,")
