from pathlib import Path

import pytest
from sqlalchemy import Engine

from ranham.kernel import migrations
from ranham.kernel.settings import Settings
from tests.cli.command import ranham
from tests.journeys.test_published import HEADER

pytestmark = pytest.mark.usefixtures("application")
CORRECT = "36.01,D1,1,achieved,1,note,bukti.pdf,2022-09-01T09:00:00+07:00\n"


def importing(file: Path, *options: str) -> tuple[str, ...]:
    return ("submission", "import", str(file), "--period", "2022-B08", "--code-system", "kemendagri", *options)


def test_refused_rows_are_named_and_give_exit_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mixed.csv"
    file.write_text(HEADER + CORRECT + "Serang,D1,1,achieved,,,,2022-09-01T09:00:00+07:00\n", encoding="utf-8")
    report = tmp_path / "report.csv"
    answer = ranham(capsys, *importing(file, "--report", str(report)))
    assert answer.code == 3
    assert "1 accepted, 1 refused" in answer.out
    assert "unit_name_ambiguous" in report.read_text(encoding="utf-8-sig")


def test_dry_run_writes_nothing_and_the_same_file_twice_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "good.csv"
    file.write_text(HEADER + CORRECT, encoding="utf-8")
    assert "1 new" in ranham(capsys, *importing(file, "--dry-run")).out
    assert "1 new" in ranham(capsys, *importing(file)).out
    again = ranham(capsys, *importing(file))
    assert (again.code, "nothing changed" in again.out) == (0, True)


def test_unknown_period_is_a_sentence_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ranham(capsys, "rollup", "2099-B08")
    assert answer.code == 1
    assert "no period 2099-B08" in answer.err


def test_wrong_usage_gives_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert ranham(capsys, "rollup", "2022-B08", "--level", "village").code == 2


def test_a_plan_with_faults_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text("schema_version: 1\nregulation: {code: X}\n", encoding="utf-8")
    answer = ranham(capsys, "plan", "check", str(file))
    assert answer.code == 3
    assert "plan.yaml" in answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("territory", "tree", "--as-of", "2022-09-01", "--level", "province"),
        ("territory", "history", "93.01"),
        ("territory", "lineage"),
        ("territory", "unit", "91.01", "--as-of", "2022-09-01"),
        ("plan", "list"),
        ("plan", "check", "ranham-v-2022"),
        ("plan", "diff", "ranham-iv-2019", "ranham-v-2022"),
        ("period", "list"),
        ("period", "runs"),
        ("year", "freeze", "2022"),
        ("db", "upgrade"),
    ],
)
def test_every_question_has_an_answer(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    answer = ranham(capsys, *arguments)
    assert answer.code == 0, answer.err
    assert answer.out


def test_a_plan_as_a_workbook_is_the_same_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plan.xlsx"
    assert ranham(capsys, "plan", "workbook", "ranham-v-2022", str(out)).code == 0
    assert "Already loaded: RANHAM-V version 1" in ranham(capsys, "plan", "load", str(out)).out


def test_a_database_without_schema_says_what_to_do(application: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    migrations.downgrade(application)
    answer = ranham(capsys, "rollup", "2022-B08")
    assert (answer.code, "ranham db upgrade" in answer.err) == (1, True)


def test_the_table_of_figures_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    lines = ranham(capsys, "rollup", "2022-B08", "--level", "national").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("0 / 3048" in line for line in lines)


def test_a_day_before_the_territory_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ranham(capsys, "rollup", "2022-B08", "--territory-as-of", "1900-01-01")
    assert (answer.code, "known from 2017-12-27" in answer.err) == (1, True)


def test_options_that_would_be_ignored_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "good.csv"
    file.write_text(HEADER + CORRECT, encoding="utf-8")
    assert ranham(capsys, *importing(file, "--report", str(tmp_path / "none" / "r.csv"))).code == 2


def test_what_the_demo_leaves_is_found_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANHAM_DATA_DIR")
    assert Settings().data_dir == migrations.ROOT / ".ranham"


def test_opening_a_closed_period_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert ranham(capsys, "period", "open", "2022-B08").code == 0
    assert "was open before" in ranham(capsys, "period", "open", "2022-B08").out
    assert ranham(capsys, "period", "close", "2022-B08").code == 0
    assert "is closed" in ranham(capsys, "period", "open", "2022-B08").err
