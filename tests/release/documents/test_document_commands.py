"""The commands, on a real published release."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ranham.release import service
from ranham.release.content import load
from ranham.release.documents.indonesian import count
from tests.cli.command import ranham
from tests.release import world
from tests.release.documents.reading import outside, pages

NUMBER = "RANHAM-V:2022-B08/1"


@pytest.fixture
def made(application: Engine, tmp_path: Path) -> Engine:
    with Session(application) as session, session.begin():
        subject = world.closed_period(session)
        release = service.make(session, subject, by="siti", now=world.NOW)
        world.published(session, release, world.key(tmp_path))
    return application


def test_the_report_of_a_published_release_has_its_totals_and_its_service(
    made: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.pdf"
    answer = ranham(capsys, "release", "report", NUMBER, "--out", str(out))
    assert (answer.code, answer.err) == (0, "")
    found = pages(out.read_bytes())
    said = " ".join(page.words for page in found)
    with Session(made) as session:
        content = load(session, NUMBER)
    national = [f for f in content.figures if f.level == "national" and not f.target_group and not f.action]
    for figure in national:
        if figure.figure != "mean_score":
            assert f"{count(figure.numerator)} / {count(figure.denominator)}" in said
    assert len({unit.name for unit in content.units if unit.level == "province"}) == 34
    assert all(content.header.content_hash in page.text for page in found)
    assert [box for page in found for box in outside(page)] == []
    assert "Lama verifikasi, median" in said
    assert "Menurut aksi" in said
    [title] = [action.title for action in content.actions if action.code == "D8"]
    row = said[said.index("Menurut aksi") :]
    row = row[row.index("D8 ") :]
    assert " ".join(row.split())[:400].startswith(f"D8 {title}"), row[:400]


def test_sheets_are_one_or_all(made: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = tmp_path / "banten.pdf"
    assert ranham(capsys, "release", "sheet", NUMBER, "36", "--out", str(one)).code == 0
    assert ranham(capsys, "release", "sheet", NUMBER, "--all", "--to", str(tmp_path / "all")).code == 0
    assert len(list((tmp_path / "all").glob("*.pdf"))) == 34
    assert (tmp_path / "all" / "36.pdf").read_bytes() == one.read_bytes()
    page = pages(one.read_bytes())[0].words
    assert "Verifikasi: Kanwil" in page
    assert "D8" in page
    assert ranham(capsys, "release", "sheet", NUMBER).code == 2
    unknown = ranham(capsys, "release", "sheet", NUMBER, "99", "--out", str(one))
    assert (unknown.code, "no province 99" in unknown.err) == (1, True)


@pytest.mark.usefixtures("made")
def test_service_report_and_warnings_answer_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    rows = ranham(capsys, "release", "service-report", "2022-B08", "--format", "json").json
    assert {row["figure"] for row in rows} >= {"verification_days_median", "rollup_behind", "reminders_delivered"}
    flagged = ranham(capsys, "warning", "2022-B12", "--province", "36", "--everybody", "--format", "json").json
    assert len(flagged) == 9
    assert all(row["reasons"] for row in flagged)
    table = ranham(capsys, "warning", "2022-B12", "--level", "province")
    assert (table.code, "A forecast, not a finding." in " ".join(table.out.split())) == (0, True)
    falls = ranham(capsys, "warning", "2022-B12", "--about", "falls", "--format", "json").json
    assert falls
    alone = ranham(capsys, "warning", "back-test")
    assert (alone.code, "two periods with reports are needed" in alone.err) == (1, True)
    assert ranham(capsys, "warning", "2022-B12", "--level", "village").code == 2
