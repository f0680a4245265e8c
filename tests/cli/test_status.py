import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ranham.cycle import lease
from tests.cli.command import ranham

LABEL = "RANHAM-V:2022-B08"
pytestmark = pytest.mark.usefixtures("application")


def test_the_three_formats_tell_the_same(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_NOW", "2022-08-30T00:20:00+07:00")
    rows = ranham(capsys, "status", "2022-B08", "--format", "json").json
    opening = next(row for row in rows if row["step"] == "open")
    assert (opening["due"], opening["late"]) == (True, True)
    assert ranham(capsys, "status", "2022-B08", "--format", "csv").out.count("\n") == len(rows) + 1
    shown = ranham(capsys, "status", "2022-B08").out
    assert "LATE" in shown
    assert f"ranham cycle rerun {LABEL} open" in shown


def test_late_gives_exit_code_1_only_where_something_is_late(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_NOW", "2022-08-30T00:20:00+07:00")
    assert ranham(capsys, "status", "2022-B08", "--late").code == 1
    monkeypatch.setenv("RANHAM_NOW", "2022-08-30T00:10:00+07:00")
    answer = ranham(capsys, "status", "2022-B08", "--late")
    assert (answer.code, answer.out) == (0, "Nothing is late.\n")


def test_skip_and_unskip_say_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("cycle", "skip", "2022-B08", "close", "--because", "letter 12", "--as", "ani")
    assert "is skipped from now on" in ranham(capsys, *asked).out
    assert "was skipped before" in ranham(capsys, *asked).out
    refused = ranham(capsys, "cycle", "rerun", "2022-B08", "close")
    assert (refused.code, f"ranham cycle unskip {LABEL} close" in refused.err) == (1, True)
    assert "when it is due" in ranham(capsys, "cycle", "unskip", "2022-B08", "close").out
    assert "was not skipped" in ranham(capsys, "cycle", "unskip", "2022-B08", "close").out
    assert ranham(capsys, "cycle", "skip", "2022-B08", "close", "--because", " ").code == 3


def test_a_lease_is_released_by_its_command(application: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with Session(application) as session, session.begin():
        lease.acquire(session, f"period:{LABEL}", "host:7:x", seconds=3600)
    asked = ("cycle", "release-lease", "2022-B08", "--because", "gone")
    assert "held by host:7:x" in ranham(capsys, *asked).out
    assert ranham(capsys, *asked).code == 1


def test_without_prefect_a_rerun_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    answer = ranham(capsys, "cycle", "rerun", "2022-B08", "roll_up")
    assert (answer.code, "Prefect's API at http://127.0.0.1:9/api does not answer" in answer.err) == (1, True)
