"""`ranham release write` at its door."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from flows import distribute_release
from flows.distribute_release import write_release_files
from ranham.cli.app import app
from ranham.kernel.errors import BadInput
from ranham.kernel.settings import settings
from ranham.release import service
from tests.cli.command import ranham
from tests.release.world import NOW, closed_period, key, published


def test_an_unknown_format_is_refused_before_anything_is_read_or_written(tmp_path: Path) -> None:
    arguments = ["release", "write", "RANHAM-V:2022-B08/1", "--to", str(tmp_path), "--format", "xml"]
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, BadInput)
    with pytest.raises(BadInput, match="found xml, expected one of json, csv"):
        raise done.exception
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_under_a_rule_on_a_group_that_no_plan_has(
    application: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(application) as session, session.begin():
        published(session, service.make(session, closed_period(session), by="siti", now=NOW), key(tmp_path))
    monkeypatch.setenv("RANHAM_SMALL_CELLS", '{"target_groups": ["Disabilitas"], "threshold": 5}')
    settings.cache_clear()
    files, document = tmp_path / "files", tmp_path / "report.pdf"
    for asked in (
        ("write", "2022-B08", "--to", str(files)),
        ("file", "2022-B08", "--out", str(document)),
        ("report", "2022-B08", "--out", str(document), "--no-service"),
        ("amend", "2022-B08", "--reason", "aturan", "--as", "siti"),
    ):
        refused = ranham(capsys, "release", *asked)
        assert (refused.code, "found Disabilitas, expected one of anak" in refused.err) == (3, True), asked
    monkeypatch.setattr(distribute_release, "hold_on", lambda *_: None)
    with pytest.raises(BadInput, match="Disabilitas"):
        write_release_files.fn("RANHAM-V:2022-B08/1", "period:RANHAM-V:2022-B08", 1)
    assert not files.exists()
    assert not document.exists()
    monkeypatch.setenv("RANHAM_SMALL_CELLS", '{"target_groups": ["disabilitas"], "threshold": 5}')
    settings.cache_clear()
    assert ranham(capsys, "release", "write", "2022-B08", "--to", str(files), "--format", "csv").code == 0
    [rows] = files.rglob("*-figures.csv")
    assert ",true," in rows.read_text("utf-8").lower()
