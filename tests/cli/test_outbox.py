from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.cli.command import ranham
from tests.outbox.deliveries import make, new


@pytest.fixture
def made(application: Engine) -> list[int]:
    return make(application, *(new(key) for key in ("a", "b", "c")))


def _set(engine: Engine, key: str, state: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET state = :state WHERE key = :key"), {"state": state, "key": key})


def test_deliveries_are_listed_counted_and_shown(
    application: Engine, made: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    _set(application, "b", "unknown")
    listed = ranham(capsys, "outbox", "list", "--format", "json").json
    assert [row["key"] for row in listed] == ["c", "b", "a"]
    filters = ("--state", "unknown", "--channel", "email", "--kind", "reminder", "--since", "2022-09-20")
    assert [row["key"] for row in ranham(capsys, "outbox", "list", *filters, "--format", "json").json] == ["b"]
    assert ranham(capsys, "outbox", "list", "--since", "2022-09-21", "--format", "json").json == []
    counts = ranham(capsys, "outbox", "counts", "--format", "csv").out.splitlines()
    assert [line.rsplit(",", 1)[0] for line in counts[1:]] == ["created,email,2", "unknown,email,1"]
    assert "a@example.go.id" in ranham(capsys, "outbox", "show", str(made[0])).out
    assert ranham(capsys, "outbox", "show", "999999").code == 1


def test_sending_what_nobody_composes_says_why(
    application: Engine, made: list[int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ranham.cli.outbox.COMPOSERS", {})
    (tally,) = ranham(capsys, "outbox", "send", "--format", "json").json
    assert tally["failed"] == 3
    shown = ranham(capsys, "outbox", "show", str(made[0]), "--format", "json").json[0]
    assert shown["delivery"]["because"] == "nobody composes messages of the kind reminder in this version"


def test_what_may_arrive_twice_is_sent_again_only_with_yes(
    application: Engine, made: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    _set(application, "a", "unknown")
    _set(application, "b", "technical_failure")
    refused = ranham(capsys, "outbox", "retry", "--state", "unknown")
    assert refused.code == 3
    assert "may arrive twice" in refused.err
    assert ranham(capsys, "outbox", "retry", "--state", "unknown", "--yes").out.startswith("1 deliveries")
    assert ranham(capsys, "outbox", "retry", str(made[1])).code == 0
    assert ranham(capsys, "outbox", "retry", str(made[2])).code == 3  # it waits anyway
    assert ranham(capsys, "outbox", "retry").code == 2
    assert ranham(capsys, "outbox", "cancel", "--because", "over", "--address", "C@example.go.id").code == 0
    assert [
        row["because"] for row in ranham(capsys, "outbox", "list", "--state", "cancelled", "--format", "json").json
    ] == ["over"]


def test_failed_addresses_are_listed_until_they_are_mended(
    application: Engine, made: list[int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "x.eml").write_text("Subject: hello\n\n")
    assert ranham(capsys, "outbox", "bounces", str(tmp_path), "--format", "json").json[0]["messages"] == 1
    with application.begin() as connection:
        connection.execute(text("INSERT INTO address_failure VALUES ('email', 'a@x.id', 'bounce', now(), '550', NULL)"))
    assert [row["address"] for row in ranham(capsys, "outbox", "failures", "--format", "json").json] == ["a@x.id"]
    assert "retry" in ranham(capsys, "outbox", "mend", "A@x.id").out
    assert ranham(capsys, "outbox", "failures", "--format", "json").json == []
    assert len(ranham(capsys, "outbox", "failures", "--all", "--format", "json").json) == 1
    assert ranham(capsys, "outbox", "mend", "a@x.id").code == 1
    assert ranham(capsys, "outbox", "purge").out == "0 contents emptied, 0 expired links deleted.\n"
