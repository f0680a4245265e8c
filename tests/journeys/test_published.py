"""Published numbers, and the switch of territory, through the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ranham.plan.queries import find_period
from ranham.simulation.service import write_reports
from tests.cli.command import ranham

HEADER = "unit_code,action_code,measure_no,answer,value,note,evidence,submitted_at\n"


@pytest.fixture
def simulated(application: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Session(application) as session:
        files = write_reports(session, find_period(session, "2022-B08"), tmp_path, seed=2022)
    for file in files:
        answer = ranham(
            capsys,
            "submission",
            "import",
            str(file),
            "--period",
            "2022-B08",
            "--code-system",
            "kemendagri",
            "--simulated",
        )
        assert (answer.code, answer.err) == (0, "")


def only(rows: Sequence[dict[str, Any]], **wanted: object) -> list[dict[str, Any]]:
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


@pytest.mark.usefixtures("simulated")
def test_2022_b08_as_published_and_recast_to_38_provinces(capsys: pytest.CaptureFixture[str]) -> None:
    rows = ranham(capsys, "rollup", "2022-B08", "--format", "json").json
    assert len(only(rows, level="province", scope="own", figure="participation")) == 34
    assert len(only(rows, level="regency", figure="participation")) == 508
    assert len(only(rows, level="ministry", figure="participation")) == 28
    assert len(only(rows, level="office", scope="provinces", figure="participation")) == 33
    national = only(rows, level="national", figure="participation")
    provinces = only(national, scope="provinces")[0]
    assert (provinces["numerator"], provinces["denominator"], provinces["percent"]) == (29, 34, 85.29)
    assert provinces["denominator_name"] == "obliged reporting units"
    assert only(national, scope="ministries")[0]["percent"] == 100.0
    assert only(rows, level="national", scope="provinces", figure="completeness")[0]["denominator"] == 272
    assert only(rows, level="national", scope="regencies", figure="completeness")[0]["denominator"] == 3048
    assert all(row["simulated"] for row in rows)

    recast = ranham(capsys, "rollup", "2022-B08", "--territory-as-of", "2025-06-01", "--format", "json").json
    assert len(only(recast, level="province", scope="regencies", figure="participation")) == 38
    ratio = ("scope", "figure", "numerator", "denominator")
    pick = [[row[name] for name in ratio] for row in only(rows, level="national")]
    assert pick == [[row[name] for name in ratio] for row in only(recast, level="national")]
    assert only(recast, level="regency", unit_code="93.01")
    assert not only(recast, level="regency", unit_code="91.01")


@pytest.mark.usefixtures("simulated")
def test_figures_by_action_and_by_target_group_sum_to_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    whole = ranham(capsys, "rollup", "2022-B08", "--level", "national", "--format", "json").json
    by_action = ranham(capsys, "rollup", "2022-B08", "--by", "action", "--format", "json").json
    below = ranham(
        capsys, "rollup", "2022-B08", "--by", "action", "--level", "national", "--level", "province", "--level", "regency",
        "--territory-as-of", "2025-06-01", "--format", "json",
    ).json  # fmt: skip
    by_group = ranham(
        capsys, "rollup", "2022-B08", "--by", "target-group", "--level", "national", "--format", "json"
    ).json
    for figure in ("completeness", "achievement"):
        total = only(whole, scope="pooled", figure=figure)[0]
        for name in ("numerator", "denominator"):
            assert sum(row[name] for row in only(by_action, figure=figure)) == total[name]
            assert sum(row[name] for row in only(by_group, scope="pooled", figure=figure)) == total[name]
            regencies = {r["action"]: r[name] for r in only(below, level="national", scope="regencies", figure=figure)}
            assert regencies == {r["action"]: r[name] for r in only(by_action, scope="regencies", figure=figure)}
            for action, count in regencies.items():
                for rows in (only(below, level="province", scope="regencies"), only(below, level="regency")):
                    assert sum(r[name] for r in rows if (r["action"], r["figure"]) == (action, figure)) == count


@pytest.mark.usefixtures("application")
def test_one_of_22_regencies_of_ntt_is_four_and_a_half_percent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As published for B04 of 2018; the same regencies owe reports in the plan year 2019 that we have whole."""
    file = tmp_path / "ntt.csv"
    file.write_text(HEADER + "53.01,D1,1,achieved,,,,2019-04-05T09:00:00+08:00\n", encoding="utf-8")
    codes = [
        row
        for row in ranham(
            capsys, "territory", "tree", "--as-of", "2019-01-01", "--level", "regency", "--format", "json"
        ).json
        if row["code"].startswith("53.")
    ]
    assert len(codes) == 22
    answer = ranham(capsys, "submission", "import", str(file), "--period", "2019-B04", "--code-system", "kemendagri")
    assert answer.code == 0, answer.out + answer.err
    rows = ranham(capsys, "rollup", "2019-B04", "--level", "province", "--format", "json").json
    ntt = only(rows, unit_code="53", scope="regencies", figure="participation")[0]
    assert (ntt["numerator"], ntt["denominator"], ntt["percent"]) == (1, 22, 4.55)


@pytest.mark.usefixtures("simulated")
def test_annual_score_is_shown_with_its_basis(capsys: pytest.CaptureFixture[str]) -> None:
    ranham(capsys, "rollup", "2022-B08", "--format", "csv")
    rows = ranham(capsys, "year", "scores", "2022", "--format", "json").json
    mean = only(rows, level="regency", unit_code=None)[0]
    scores = [row["score"] for row in only(rows, level="regency") if row["unit_code"]]
    assert len(scores) == mean["reporters"] == 508
    assert abs(sum(scores) / 508 - mean["score"]) < 0.006
    assert "unverified" in mean["basis"]
