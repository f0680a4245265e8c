"""Contacts and reminders on the command line."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.cli.command import ranham

pytestmark = pytest.mark.usefixtures("application")

FRIDAY = "2022-09-02T09:00:00+07:00"
HEAD = "unit_code,office,function,name,channel,address,language,courtesy\n"
GOOD = "36.04,,operator,Bagian Hukum,email,serang@contoh.go.id,id,\n,kanwil-36,regional_office,Kanwil,email,k@contoh.go.id,en,ya\n"


def _operator(capsys: pytest.CaptureFixture[str]) -> None:
    done = ranham(
        capsys, "contact", "add", "operator", "serang@contoh.go.id", "--unit-code", "36.04", "--name", "Bagian Hukum",
        "--valid-from", "2022-08-01",
    )  # fmt: skip
    assert (done.code, done.out.strip()) == (0, "Added contact 1.")


def test_a_unit_is_told_why(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_NOW", FRIDAY)
    _operator(capsys)
    seen = ranham(capsys, "remind", "--as-of", FRIDAY, "--dry-run", "--format", "json").json
    planned = ranham(capsys, "remind", "plan", "2022-B08")
    assert (planned.code, "2 to send" in planned.out) == (0, True)
    assert "0 to send" in ranham(capsys, "remind", "plan", "2022-B08").out
    rows = ranham(capsys, "remind", "why", "36.04", "2022-B08", "--format", "json").json
    found = {row["rung"]: row for row in rows}
    assert found["t_minus_3"] | {"due_at": None} == {
        "rung": "t_minus_3", "occasion": "deadline 2022-09-06", "due_at": None, "send_at": "2022-09-02T02:00:00+00:00",
        "decision": "send", "because": None, "recipient": "contact:1", "address": "serang@contoh.go.id",
        "delivery": "created",
    }  # fmt: skip
    assert (found["t_minus_7"]["decision"], found["t_minus_7"]["because"]) == ("overtaken", "overtaken by t_minus_3")
    assert (found["t_minus_1"]["decision"], found["t_minus_1"]["because"]) == ("not yet", "its time has not come")
    assert found["returned"]["because"] == "no report of the unit is returned now"
    mine = {(row["rung"], row["decision"]) for row in seen if row["unit_code"] == "36.04"}
    assert ("t_minus_3", "send") in mine


def test_a_year_that_is_not_frozen_is_said_to_be_why_nothing_is_due(
    application: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_NOW", FRIDAY)
    assert "frozen" not in ranham(capsys, "remind", "status", "2022-B08").err
    with application.begin() as connection:
        for table in ("exclusion", "obligation", "year_freeze"):
            connection.execute(text(f"DELETE FROM {table}"))
    for command in ("status", "plan", "preview"):
        said = ranham(capsys, "remind", command, "2022-B08")
        assert said.code == 0
        assert "ranham year freeze 2022" in said.err
    assert "no window yet" in ranham(capsys, "remind", "status", "2022-B04").err


def test_what_became_of_each_rung_and_what_it_did(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_NOW", FRIDAY)
    _operator(capsys)
    ranham(capsys, "remind", "plan", "2022-B08")
    status = {row["rung"]: row for row in ranham(capsys, "remind", "status", "2022-B08", "--format", "json").json}
    rung = status["t_minus_3"]
    assert (rung["sent"], rung["waiting"], rung["due"]) == (1, 1, rung["nobody"] + 1)
    assert status["overdue"]["due"] == 0
    (effect,) = [
        row
        for row in ranham(capsys, "remind", "effect", "2022-B08", "--format", "json").json
        if row["rung"] == "t_minus_3"
    ]
    assert (effect["reminded"], effect["reported"], effect["messages"], effect["delivered"]) == (1, 0, 1, 0)
    provinces = ranham(capsys, "remind", "effect", "2022-B08", "--by-province", "--format", "json").json
    reach = {row["province"]: row["reminded"] for row in provinces if row["rung"] == "t_minus_3"}
    assert (reach["36"], sum(reach.values())) == (1, 1)


def test_the_ladder_is_stated_on_three_clocks(capsys: pytest.CaptureFixture[str]) -> None:
    rows = ranham(capsys, "remind", "ladder", "2022-B08", "--format", "json").json
    last = {row["zone"]: row for row in rows if row["rung"] == "t_minus_1"}
    assert {zone: row["sent_wib"] for zone, row in last.items()} == {
        "WIB": "2022-09-05 09:00 WIB",
        "WITA": "2022-09-05 08:00 WIB",
        "WIT": "2022-09-05 07:00 WIB",
    }
    assert (last["WIT"]["deadline_local"], last["WIT"]["deadline_wib"]) == (
        "2022-09-07 02:00 WIT",
        "2022-09-07 00:00 WIB",
    )
    assert all(row["unverified"] for row in rows)


def test_remind_alone_wants_to_know_what_is_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert ranham(capsys, "remind").code == 2


def test_a_file_of_contacts_comes_whole_or_not_at_all(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "kontak.csv"
    file.write_text(HEAD + GOOD + "99.99,,chief,,email,nobody,fr,perhaps\n", encoding="utf-8")
    refused = ranham(capsys, "contact", "import", str(file))
    assert refused.code == 3
    assert "kontak.csv, row 4, courtesy: found perhaps, expected yes or no" in refused.err
    file.write_text(HEAD + GOOD + "99.99,,operator,,email,nobody,fr,\n", encoding="utf-8")
    refused = ranham(capsys, "contact", "import", str(file))
    for column in ("unit_code", "name", "address", "language"):
        assert f"row 4, {column}: found" in refused.err
    assert ranham(capsys, "contact", "list", "--format", "json").json == []
    file.write_text(HEAD + GOOD, encoding="utf-8")
    assert "Added 2 contacts" in ranham(capsys, "contact", "import", str(file)).out
    assert "Added 0 contacts" in ranham(capsys, "contact", "import", str(file)).out


def test_a_corrected_address_leaves_its_history(capsys: pytest.CaptureFixture[str]) -> None:
    _operator(capsys)
    assert ranham(capsys, "contact", "correct", "1", "--address", "benar@contoh.go.id").code == 0
    rows = ranham(capsys, "contact", "list", "--all", "--format", "json").json
    assert [(row["address"], row["valid_to"] is None) for row in rows] == [
        ("serang@contoh.go.id", False),
        ("benar@contoh.go.id", True),
    ]
    assert ranham(capsys, "contact", "correct", "1", "--address", "x@contoh.go.id").code == 1
    assert ranham(capsys, "contact", "end", "2").code == 0
    assert ranham(capsys, "contact", "failing", "--format", "json").json == []
