"""The cycle through real Prefect flows on a real server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.compliance import queries
from ranham.plan.queries import find_period
from ranham.simulation.service import write_reports

CYCLE = """
import json
from flows.close_period import close_period
from flows.freeze_year import freeze_year
from flows.import_inbox import import_inbox
from flows.open_period import open_period
from flows.roll_up import roll_up
P = "RANHAM-V:2022-B08"
print(json.dumps([freeze_year(2022, "RANHAM-V"), open_period(P), import_inbox(P), roll_up(P), close_period(P)]))
"""
INBOX = """
import json
from flows.import_inbox import import_inbox
print(json.dumps(import_inbox("2022-B08")))
"""
TICK = """
import json
from flows.tick import tick
print(json.dumps(tick()))
"""
HEADER = "unit_code,action_code,measure_no,answer,value,note,evidence,submitted_at\n"


def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox" / "2022-B08" / "kemendagri"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def figures(engine: Engine) -> list[tuple[object, ...]]:
    with Session(engine) as session:
        rows = queries.figures(session, find_period(session, "2022-B08"))
    return [(r.level, r.unit_code, r.scope, r.figure, r.numerator, r.denominator) for r in rows]


def test_a_whole_cycle_and_again(
    python: Callable[..., Any], application: Engine, prefect: dict[str, str], tmp_path: Path
) -> None:
    with Session(application) as session:
        write_reports(session, find_period(session, "2022-B08"), inbox(tmp_path), seed=2022)
    frozen, opened, accepted, stages, closed = python(CYCLE)
    assert (frozen, opened, closed) == (3530, True, True)
    assert accepted > 4000
    assert all(stages.values())
    first = figures(application)
    assert ("national", None, "provinces", "participation", 29, 34) in first
    assert not list(inbox(tmp_path).glob("*.csv"))

    with application.connect() as connection:
        runs = connection.execute(text("SELECT id, step, state, flow_run_id FROM cycle_run ORDER BY id")).all()
    assert [run.step for run in runs] == ["freeze", "open", "import", "roll_up", "close"]
    assert {run.state for run in runs} == {"done"}
    for run in runs:
        known = httpx.get(f"{prefect['PREFECT_API_URL']}/flow_runs/{run.flow_run_id}", trust_env=False)
        assert known.json()["state"]["type"] == "COMPLETED"
    found = httpx.post(
        f"{prefect['PREFECT_API_URL']}/artifacts/filter",
        json={"artifacts": {"flow_run_id": {"any_": [runs[0].flow_run_id]}}},
        trust_env=False,
    )
    assert f"Record **{runs[0].id}**" in found.json()[0]["data"]

    done = next((inbox(tmp_path) / "done").glob("*.csv"))
    (inbox(tmp_path) / done.name).write_bytes(done.read_bytes())  # killed after the commit, before the move
    again = python(CYCLE)
    assert again[1:3] == [False, 0]
    assert figures(application) == first
    assert not list(inbox(tmp_path).glob("*.csv"))


def test_bad_rows_and_bad_files_leave_a_report_beside_them(python: Callable[..., Any], tmp_path: Path) -> None:
    folder = inbox(tmp_path)
    sound = "36.01,D1,1,achieved,1,,bukti.pdf,2022-09-01T09:00:00+07:00\n"
    (folder / "mixed.csv").write_text(HEADER + sound + "99.99,D1,1,achieved,,,,2022-09-01T09:00:00+07:00\n")
    (folder / "broken.csv").write_text("not,a,report\n1,2,3\n")
    (folder / "a-first.csv").write_bytes(b"a,b\rc,d\r")
    (folder / "b-torn.xlsx").write_bytes(b"PK no workbook")
    assert python(INBOX) == 1
    assert "unit_unknown" in (folder / "done" / "mixed.csv.report.csv").read_text(encoding="utf-8-sig")
    for name in ("broken.csv", "a-first.csv", "b-torn.xlsx"):
        assert (folder / "rejected" / f"{name}.report.txt").read_text()
    assert sorted(path.name for path in folder.glob("*.csv")) == []


def test_the_tick_opens_what_is_due_and_then_rests(python: Callable[..., Any]) -> None:
    at = "2022-09-01T00:00:00+07:00"
    first = python(TICK, RANHAM_NOW=at)
    assert {"open RANHAM-V:2022-B08", "roll_up RANHAM-V:2022-B08"} <= set(first)
    assert not [step for step in first if "2022-B12" in step]
    second = python(TICK, RANHAM_NOW=at)
    assert not [step for step in second if step.startswith(("open", "freeze", "roll_up"))]
