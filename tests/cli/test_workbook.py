"""A unit's workbook on the command line: out, filled in, back, marked."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.cli.command import Answer, ranham
from tests.submission.workbook.paper import answers, filled

pytestmark = pytest.mark.usefixtures("application")
SERANG = ("36.04", "2022-B08", "--code-system", "kemendagri")


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_NOW", "2022-09-05T10:00:00+07:00")


@pytest.fixture
def book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = tmp_path / "serang.xlsx"
    answer = ranham(capsys, "workbook", *SERANG, "--out", str(file))
    assert (answer.code, "Kabupaten Serang, 2022-B08" in answer.out.replace("\n", " ")) == (0, True), answer.err
    return file


def upload(capsys: pytest.CaptureFixture[str], file: Path, *more: str) -> Answer:
    return ranham(capsys, "workbook-upload", str(file), *more)


def fill(file: Path, **cells: object) -> None:
    file.write_bytes(filled(file.read_bytes(), cells))


def test_a_workbook_goes_out_and_comes_back_into_the_draft(
    book: Path, application: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(book, K4="nihil", M4="tidak ada penerima")
    answer = upload(capsys, book, "--as", "Ani")
    assert (answer.code, "1 answers written" in answer.out, "Nothing was sent" in answer.out) == (0, True, True)
    with application.connect() as connection:
        row = connection.execute(text("SELECT answer, note, written_by FROM draft_answer WHERE note IS NOT NULL")).one()
    assert tuple(row) == ("nil", "tidak ada penerima", "Ani")
    assert "0 answers written" in upload(capsys, book).out


def test_what_is_wrong_comes_back_marked_and_gives_exit_code_3(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(book, K4="mungkin")
    back = book.with_name("back.xlsx")
    answer = upload(capsys, book, "--out", str(back))
    assert (answer.code, "answer_unknown" in answer.out) == (3, True)
    assert "jawaban tidak dikenal" in str(answers(back.read_bytes())["K4"].comment)
    assert upload(capsys, book, "--format", "json").json[0]["cell"] == "K4"


def test_words_of_others_are_shown_as_they_are(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = book.with_name("lain[akhir].xlsx")
    answer = ranham(capsys, "workbook", *SERANG, "--out", str(other))
    assert "lain[akhir].xlsx" in "".join(answer.out.split())
    fill(book, K4="nihil", M4="[/b]")
    assert upload(capsys, book).code == 0
    fill(other, K4="nihil", M4="lain")
    answer = upload(capsys, other)
    assert (answer.code, "[/b]" in answer.out) == (3, True)


def test_what_was_saved_is_told_also_where_nothing_can_come_back(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(book, K4="nihil")
    answer = upload(capsys, book, "--out", "/dev/full")
    assert (answer.code, "1 answers written" in answer.out) == (1, True)
    assert answer.err == "/dev/full could not be written: No space left on device\n"
    assert "/dev/full could not" in ranham(capsys, "workbook", *SERANG, "--out", "/dev/full").err


def test_what_came_back_marked_is_gone_on_with(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(book, K4="nihil")
    back = book.with_name("back.xlsx")
    assert "reason_missing" in upload(capsys, book, "--out", str(back)).out
    fill(back, M4="tidak ada penerima")
    answer = upload(capsys, back)
    assert (answer.code, "1 answers written" in answer.out) == (0, True)


def test_only_with_submit_it_is_sent(book: Path, application: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    fill(book, K4="belum tercapai", K5="belum tercapai")
    answer = upload(capsys, book, "--submit", "--simulated", "--out", str(book.with_name("back.xlsx")))
    assert "Reports sent: 1" in answer.out
    with application.connect() as connection:
        sent = connection.execute(text("SELECT channel, simulated FROM submission")).one()
    assert tuple(sent) == ("workbook", True)
    assert str(answers(book.with_name("back.xlsx").read_bytes())["J4"].value) == "terkirim"


def test_a_workbook_of_another_unit_is_refused(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = upload(capsys, book, "--unit", "36.01", "--period", "2022-B08", "--code-system", "kemendagri")
    assert (answer.code, "a workbook of Kabupaten Serang" in answer.err) == (3, True)
    assert upload(capsys, book, "--unit", "36.01").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("99.99", *SERANG[1:]), 1, "no unit has code 99.99"),
        ((SERANG[0], "2022-B07", *SERANG[2:]), 1, "no period 2022-B07"),
        ((*SERANG[:3], "bps"), 3, "never guessed"),
        (("31.71", *SERANG[1:]), 1, "owes nothing in 2022-B08"),
    ],
)
def test_what_cannot_be_made_is_refused(
    arguments: tuple[str, ...], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ranham(capsys, "workbook", *arguments, "--out", str(tmp_path / "x.xlsx"))
    assert (answer.code, words in answer.err) == (code, True), answer.err
    assert not (tmp_path / "x.xlsx").exists()


def test_a_folder_that_is_not_there_is_told_before_anything_is_done(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "none" / "x.xlsx")
    assert ranham(capsys, "workbook", *SERANG, "--out", nowhere).code == 2
    assert upload(capsys, book, "--out", nowhere).code == 2


@pytest.mark.parametrize("command", ["workbook", "workbook-upload"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ranham(capsys, command, "--help")
    assert (answer.code, f"ranham {command} " in " ".join(answer.out.split())) == (0, True)
