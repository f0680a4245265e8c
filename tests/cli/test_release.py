"""`ranham release` and `ranham explain` from the command line, from making to a what-if."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ranham.kernel.settings import settings
from tests.cli.command import ranham
from tests.release.world import closed_period

NUMBER = "RANHAM-V:2022-B08/1"


def test_a_release_goes_from_making_to_a_what_if(
    application: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(application) as session, session.begin():
        closed_period(session)
    key, file, public = tmp_path / "key.pem", tmp_path / "release.json", tmp_path / "public.pem"
    made = ranham(capsys, "release", "make", "2022-B08", "--as", "siti")
    assert (made.code, f"{NUMBER} is provisional" in made.out, "DATA SIMULASI" in made.err) == (0, True, True)
    assert ranham(capsys, "release", "make", "2022-B08").code == 1
    assert ranham(capsys, "release", "propose", NUMBER, "--as", "siti").code == 0
    assert "cannot sign it off" in ranham(capsys, "release", "sign-off", NUMBER, "--as", "siti").err
    assert ranham(capsys, "release", "sign-off", NUMBER, "--as", "budi").code == 0
    assert "no key to sign with" in ranham(capsys, "release", "publish", NUMBER).err
    printed = ranham(capsys, "release", "key", "new", str(key))
    public.write_text(printed.out)
    monkeypatch.setenv("RANHAM_SIGNING_KEY_FILE", str(key))
    settings.cache_clear()
    assert ranham(capsys, "release", "key", "show").out == printed.out
    assert ranham(capsys, "release", "publish", NUMBER, "--as", "siti").code == 0
    assert ranham(capsys, "release", "file", "2022-B08", "--out", str(file)).code == 0
    held = ranham(capsys, "release", "verify", str(file), "--public-key", str(public))
    assert (held.code, f"{NUMBER} holds" in held.out) == (0, True)
    assert [row["state"] for row in ranham(capsys, "release", "list", "--format", "json").json] == ["published"]
    shown = ranham(capsys, "release", "show", "2022-B08", "--level", "office", "--format", "json")
    assert {row["level"] for row in shown.json} == {"office"}

    asked = ("explain", "2022-B08", "36", "achievement", "--scope", "regencies", "--limit", "3")
    explained = json.loads(ranham(capsys, *asked, "--format", "json").out)
    assert (explained["sum"]["denominator"], len(explained["rows"])) == (48, 3)
    assert "achievement of 36 Banten (regencies)" in ranham(capsys, *asked).out
    assert "--after" in ranham(capsys, *asked).err
    assert "Nothing differs." in ranham(capsys, "release", "diff", "2022-B08", "--now").out

    asked = ("release", "what-if", "--range", "2022-B04..2022-B12", "--territory-as-of", "2022-12-01")
    first, again = ranham(capsys, *asked), ranham(capsys, *asked)
    assert (first.code, "sandbox-1 made" in first.out, "2022-B12 has not been rolled up" in first.err) == (
        0,
        True,
        True,
    )
    assert "sandbox-1 there already" in again.out
    differs = ranham(capsys, "release", "diff", "2022-B08", f"{NUMBER[:-1]}sandbox-1", "--format", "json")
    assert [cause["kind"] for cause in json.loads(differs.out)["causes"]] == ["territory"]
    dropped = ranham(capsys, "release", "drop", f"{NUMBER[:-1]}sandbox-1", "--reason", "selesai")
    assert dropped.code == 0
    assert "Traceback" not in first.err + dropped.err
