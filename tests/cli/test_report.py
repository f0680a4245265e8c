"""Single reports and extensions on the command line."""

import pytest

from tests.cli.command import Answer, ranham

pytestmark = pytest.mark.usefixtures("application")
PERIOD = ("--period", "2022-B08")


@pytest.fixture(autouse=True)
def _in_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_NOW", "2022-09-05T10:00:00+07:00")


def extension(capsys: pytest.CaptureFixture[str], *more: str, until: str = "2022-09-10T00:00:00+07:00") -> Answer:
    return ranham(capsys, "extension", "request", *PERIOD, "--until", until, "--reason", "Banjir", "--as", "a", *more)


def test_the_list_shows_what_nobody_has_touched(capsys: pytest.CaptureFixture[str]) -> None:
    rows = ranham(capsys, "report", "list", *PERIOD, "--unit-code", "36", "--format", "json").json
    assert len(rows) == 8
    assert {(row["unit_name"], row["state"], row["not_reported"]) for row in rows} == {("Banten", "not_started", False)}


def test_check_says_what_stops_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    checked = ranham(capsys, "report", "check", "36.04", "D1", *PERIOD, "--format", "json")
    assert checked.code == 3
    assert {finding["code"] for finding in checked.json} >= {"empty", "unanswered"}
    sent = ranham(capsys, "report", "submit", "36.04", "D1", *PERIOD)
    assert (sent.code, "no answer yet" in sent.err) == (3, True)


def test_reopening_what_is_not_closed_says_what_is_possible(capsys: pytest.CaptureFixture[str]) -> None:
    refused = ranham(capsys, "report", "reopen", "36.04", "D1", *PERIOD, "--reason-code", "error", "--remark", "x")
    assert refused.code == 1
    assert "needs no reopening while the period is open; possible now: edit, submit" in " ".join(refused.err.split())


def test_an_extension_is_asked_for_by_one_and_decided_by_another(capsys: pytest.CaptureFixture[str]) -> None:
    assert extension(capsys, "--unit-code", "91.71").code == 0
    assert ranham(capsys, "extension", "approve", "1", "--as", "a").code == 1
    assert ranham(capsys, "extension", "approve", "1", "--as", "b", "--remark", "ya").code == 0
    (row,) = ranham(capsys, "extension", "list", *PERIOD, "--format", "json").json
    assert (row["unit_code"], row["decision"], row["decided_by"], row["remark"]) == ("91.71", "approved", "b", "ya")
    late = ranham(capsys, "report", "list", *PERIOD, "--unit-code", "91.71", "--format", "json").json[0]
    assert late["deadline"] == "2022-09-09T17:00:00+00:00"


@pytest.mark.parametrize("more", [(), ("--unit-code", "36.04", "--everybody")])
def test_an_extension_is_for_a_unit_or_for_everybody(capsys: pytest.CaptureFixture[str], more: tuple[str, ...]) -> None:
    assert extension(capsys, *more).code == 2


def test_an_extension_beyond_the_cap_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    refused = extension(capsys, "--everybody", until="2022-12-01T00:00:00+07:00")
    assert (refused.code, "at the latest" in refused.err) == (1, True)
