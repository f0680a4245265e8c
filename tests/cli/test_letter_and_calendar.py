"""Letters and calendars on the command line."""

import re
from pathlib import Path

import pytest
from icalendar import Calendar
from pypdf import PdfReader

from tests.cli.command import ranham

pytestmark = pytest.mark.usefixtures("application")


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_NOW", "2022-09-05T10:00:00+07:00")


def test_a_letter_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "surat.pdf"
    answer = ranham(capsys, "letter", "36.04", "2022-B08", "--out", str(file))
    assert (answer.code, "Kabupaten Serang (36.04)" in answer.out.replace("\n", " ")) == (0, True), answer.err
    assert "Kabupaten Serang" in PdfReader(file).pages[0].extract_text()
    assert "Deadline for reports" not in PdfReader(file).pages[0].extract_text()
    ranham(capsys, "letter", "36.04", "2022-B08", "--out", str(file), "--language", "en")
    assert "Deadline for reports" in PdfReader(file).pages[0].extract_text()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("99.99", "2022-B08"), 1, "no unit has code 99.99"),
        (("36.04", "2022-B07"), 1, "no period 2022-B07"),
        (("31.71", "2022-B08"), 1, "owes nothing in 2022-B08"),
    ],
)
def test_a_letter_that_cannot_be_made_is_refused(
    arguments: tuple[str, ...], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ranham(capsys, "letter", *arguments, "--out", str(tmp_path / "x.pdf"))
    assert (answer.code, words in answer.err) == (code, True), answer.err


@pytest.mark.parametrize("place", ["36.04", "kanwil-36", "all"])
def test_a_calendar_is_written(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tenggat.ics"
    assert ranham(capsys, "calendar", place, "--out", str(file)).code == 0
    found = {str(each["UID"]) for each in Calendar.from_ical(file.read_bytes()).events}
    assert "RANHAM-V-2022-B08-ends@ranham" in found
    assert ranham(capsys, "calendar", place).out.startswith("BEGIN:VCALENDAR")


def test_a_feed_is_shown_once_listed_and_revoked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ranham(capsys, "calendar-feed", "add", "36.04", "--as", "Ani")
    assert re.search(r"/api/v1/calendars/[\w-]{43}\.ics", answer.out)
    (row,) = ranham(capsys, "calendar-feed", "list", "--format", "json").json
    assert (row["place"], row["created_by"], row["revoked_at"]) == ("36.04", "Ani", None)
    assert "is revoked" in ranham(capsys, "calendar-feed", "revoke", str(row["id"])).out
    assert "revoked before" in ranham(capsys, "calendar-feed", "revoke", str(row["id"])).out
    assert ranham(capsys, "calendar-feed", "revoke", "999").code == 1


@pytest.mark.parametrize("command", ["letter", "calendar"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ranham(capsys, command, "--help")
    assert (answer.code, f"ranham {command} " in " ".join(answer.out.split())) == (0, True)
