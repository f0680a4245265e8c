"""The coming regulation beside the old one: a whole cycle of each in one database, with the same year and label."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from ranham.plan.queries import find_period
from ranham.plan.source import plan_path
from ranham.simulation.service import write_reports
from tests.cli.command import Answer, ranham
from tests.journeys.coming_regulation import amended_plan, coming_plan, write_plan
from tests.journeys.counted import Ratios, counted
from tests.journeys.test_published import HEADER

OLD, NEW = "RANHAM-V:2022-B08", "RANHAM-VI:2022-B08"
BOTH_WINDOWS = "2022-09-05T12:00:00+07:00"
AFTER_BOTH = "2022-10-10T12:00:00+07:00"

Door = Callable[..., Answer]


@pytest.fixture
def national(new_database: Callable[..., str], address: Callable[[str], str]) -> Iterator[Engine]:
    """In the place of the national database an empty one: here everything goes through the command line."""
    engine = create_engine(address(new_database()))
    yield engine
    engine.dispose()


@pytest.fixture
def door(application: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Door:
    """The command line; `at` sets the clock for this and the later calls."""

    def run(*arguments: str, at: str | None = None) -> Answer:
        if at is not None:
            monkeypatch.setenv("RANHAM_NOW", at)
        return ranham(capsys, *arguments)

    return run


@pytest.fixture
def plan(door: Door, tmp_path: Path) -> Path:
    """The file of the coming regulation; both regulations are loaded, nothing is frozen."""
    coming = write_plan(coming_plan(), tmp_path / "coming.yaml")
    for arguments in (
        ("db", "upgrade"),
        ("territory", "load"),
        ("plan", "load", "ranham-v-2022"),
        ("plan", "load", str(coming)),
    ):
        assert door(*arguments).code == 0
    return coming


def freeze(door: Door, regulation: str) -> str:
    return door("year", "freeze", "2022", "--regulation", regulation).out


def figures(door: Door, label: str, *options: str) -> Ratios:
    rows = door("rollup", label, "--format", "json", *options).json
    assert {f"{row['regulation']}:{row['period']}" for row in rows} == {label}
    return {
        (row["level"], row["unit_code"], row["scope"], row["figure"]): (row["numerator"], row["denominator"])
        for row in rows
        if row["level"] != "office" and row["denominator"]
    }


def take(door: Door, label: str, files: list[Path]) -> None:
    for file in files:
        answer = door(
            "submission", "import", str(file), "--period", label, "--code-system", "kemendagri", "--simulated"
        )
        assert (answer.code, answer.err) == (0, "")


def late_report(ratios: Ratios, folder: Path) -> tuple[Path, str]:
    """A report after the window from a regency that had sent nothing, and its code."""
    silent = next(
        str(unit)
        for (level, unit, _, figure), (above, _) in ratios.items()
        if (level, figure, above) == ("regency", "participation", 0)
    )
    rows = [f"{silent},D1,{number},achieved,,,foto.jpg,2022-09-20T09:00:00+07:00\n" for number in (1, 2, 3)]
    file = folder / "late.csv"
    file.write_text(HEADER + "".join(rows), encoding="utf-8")
    return file, silent


def groups(door: Door, label: str) -> set[str]:
    return {row["target_group"] for row in door("rollup", label, "--by", "target-group", "--format", "json").json}


def reporters(door: Door, regulation: str) -> dict[str, int]:
    """Reporters with an annual score, by level."""
    rows = door("year", "scores", "2022", "--regulation", regulation, "--format", "json").json
    assert {row["regulation"] for row in rows} == {regulation}
    return {row["level"]: row["reporters"] for row in rows if row["unit_code"] is None}


def states(door: Door, label: str) -> set[str]:
    return {row["state"] for row in door("rollup", label, "--format", "json").json}


@pytest.mark.usefixtures("plan")
def test_a_label_of_two_regulations_is_refused_and_both_are_named(door: Door, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text(HEADER + "36.01,D1,1,achieved,,,,2022-09-05T09:00:00+07:00\n", encoding="utf-8")
    for arguments in (
        ("period", "open", "2022-B08"),
        ("submission", "import", str(file), "--period", "2022-B08", "--code-system", "kemendagri"),
        ("rollup", "2022-B08"),
        ("period", "close", "2022-B08"),
    ):
        answer = door(*arguments, at=BOTH_WINDOWS)
        sentence = f"2022-B08 exists in several regulations; name one of {OLD}, {NEW}\n"
        assert (answer.code, answer.out, answer.err) == (1, "", sentence)
    for command in ("freeze", "scores"):
        assert "name one of RANHAM-V, RANHAM-VI" in door("year", command, "2022").err
    # A code of one regulation only needs no name before it.
    assert "2022-B11 has no announced window" in door("period", "open", "2022-B11").err


def report_both(application: Engine, door: Door, folder: Path) -> tuple[list[Path], list[Path]]:
    """Simulated reports of both, written into one folder and imported after both windows."""
    with Session(application) as session:
        old, new = (
            write_reports(session, find_period(session, label), folder, seed=seed)
            for label, seed in ((OLD, 2022), (NEW, 6))
        )
    assert set(old).isdisjoint(new)
    for label, files in ((OLD, old), (NEW, new)):
        take(door, label, files)
    return old, new


def test_a_cycle_of_each_side_by_side(application: Engine, door: Door, plan: Path, tmp_path: Path) -> None:
    assert "3530 obligations of 570 units" in freeze(door, "RANHAM-V")
    assert "1055 obligations of 545 units" in freeze(door, "RANHAM-VI")
    for label in (OLD, NEW):
        assert door("period", "open", label, at=BOTH_WINDOWS).code == 0
    tree = door("territory", "tree", "--as-of", "2022-01-01", "--format", "json", at=AFTER_BOTH).json
    codes = [unit["code"] for unit in tree]
    old_files, new_files = report_both(application, door, tmp_path)
    old, new = counted(plan_path("ranham-v-2022"), old_files, codes), counted(plan, new_files, codes)
    assert old["national", None, "provinces", "participation"] == (29, 34)
    assert [ratios["national", None, "pooled", "completeness"][1] for ratios in (old, new)] == [3530, 1055]
    assert (figures(door, OLD), figures(door, NEW)) == (old, new)

    amended = write_plan(amended_plan(), tmp_path / "amended.yaml")
    before = door("period", "list", "--format", "json").json
    assert "Loaded RANHAM-VI version 2" in door("plan", "load", str(amended)).out
    assert "Already frozen: 2022: 1055 obligations of 545 units" in freeze(door, "RANHAM-VI")
    assert door("period", "list", "--format", "json").json == before
    assert (figures(door, OLD, "--full"), figures(door, NEW, "--full")) == (old, new)
    assert groups(door, OLD) == {"perempuan", "disabilitas", "(none)"}
    assert groups(door, NEW) == {"lansia", "pekerja-migran", "anak"}

    assert door("period", "close", OLD).code == 0
    late, silent = late_report(new, tmp_path)
    refused = door("submission", "import", str(late), "--period", OLD, "--code-system", "kemendagri")
    assert (refused.code, "takes no more reports" in refused.err) == (1, True)
    take(door, NEW, [late])
    later = counted(plan, [*new_files, late], codes)
    assert (figures(door, OLD), figures(door, NEW)) == (old, later)
    assert {key[:3] for key in later if later[key] != new[key]} == {
        ("regency", silent, "own"),
        ("province", silent[:2], "regencies"),
        ("national", None, "regencies"),
        ("national", None, "pooled"),
    }
    assert (states(door, OLD), states(door, NEW)) == ({"final"}, {"provisional"})
    assert door("period", "close", NEW).code == 0
    assert (figures(door, OLD), figures(door, NEW)) == (old, later)
    assert reporters(door, "RANHAM-V") == {"ministry": 28, "province": 34, "regency": 508}
    assert reporters(door, "RANHAM-VI") == {"ministry": 3, "province": 34, "regency": 508}
