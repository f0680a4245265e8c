"""The inbox of workbooks: taken once, moved after the commit, and what goes back lies beside each file."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.cycle import lease, service
from ranham.plan.queries import find_period
from ranham.submission import workbook
from ranham.territory.queries import by_code
from tests.flows.test_cycle_flows import TICK
from tests.submission.workbook.paper import answers, filled

TAKE = """
import json
from flows.take_workbooks import take_workbooks
print(json.dumps(take_workbooks()))
"""
HELD = """
import json
from flows.take_workbooks import take_workbooks
print(json.dumps(take_workbooks(return_state=True).name))
"""
IN_WINDOW = "2022-09-05T10:00:00+07:00"
NOT_DONE = {"K4": "belum tercapai", "K5": "belum tercapai"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox" / "workbooks"
    (made / "submit").mkdir(parents=True)
    return made


def book(engine: Engine, cells: dict[str, Any], code: str = "36.04") -> bytes:
    with Session(engine) as session:
        period = find_period(session, "2022-B08")
        unit = by_code(session, code, period.code_day())
        return filled(workbook.make(session, unit, period, datetime(2022, 9, 1, tzinfo=UTC)), cells)


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_workbooks_are_taken_and_those_of_the_submit_folder_are_sent(
    python: Callable[..., Any], application: Engine, folder: Path
) -> None:
    (folder / "serang.xlsx").write_bytes(book(application, NOT_DONE))
    (folder / "submit" / "lebak.xlsx").write_bytes(book(application, NOT_DONE, "36.02"))
    (folder / "wrong.xlsx").write_bytes(book(application, {"K4": "mungkin"}, "36.01"))
    (folder / "strange.xlsx").write_bytes(b"no workbook")
    (folder / "~$serang.xlsx").write_bytes(b"a lock of Excel")
    assert python(TAKE, RANHAM_NOW=IN_WINDOW) == 4
    assert (count(application, "draft_answer"), count(application, "submission")) == (4, 1)
    assert {path.name for path in folder.iterdir()} == {"submit", "done", "rejected", "~$serang.xlsx"}
    assert {path.name for path in (folder / "done").iterdir()} == {"serang.xlsx", "serang.back.xlsx"}
    assert answers((folder / "submit" / "done" / "lebak.back.xlsx").read_bytes())["J4"].value == "terkirim"
    marked = answers((folder / "rejected" / "wrong.back.xlsx").read_bytes())
    assert "jawaban tidak dikenal" in str(marked["K4"].comment)
    assert "no whole workbook" in (folder / "rejected" / "strange.xlsx.report.txt").read_text()


def test_a_file_that_was_committed_but_not_moved_changes_nothing(
    python: Callable[..., Any], application: Engine, folder: Path
) -> None:
    data = book(application, NOT_DONE)
    for taken in (2, 0):
        (folder / "submit" / "serang.xlsx").write_bytes(data)
        assert python(TAKE, RANHAM_NOW=IN_WINDOW) == taken
        assert [path.name for path in (folder / "submit").glob("*.xlsx")] == []
    assert (count(application, "draft_answer"), count(application, "submission")) == (2, 1)


def test_the_tick_takes_workbooks_before_it_closes_the_period(
    python: Callable[..., Any], application: Engine, folder: Path
) -> None:
    with Session(application) as session, session.begin():
        service.open_period(session, find_period(session, "2022-B08"), now=datetime(2022, 8, 30, tzinfo=UTC))
    (folder / "submit" / "serang.xlsx").write_bytes(book(application, NOT_DONE))
    done = python(TICK, RANHAM_NOW="2022-11-01T00:00:00+07:00")
    assert done.index("import RANHAM-V:2022-B08") < done.index("close RANHAM-V:2022-B08")
    assert count(application, "submission") == 1
    (folder / "late.xlsx").write_bytes(book(application, NOT_DONE, "36.02"))
    python(TICK, RANHAM_NOW="2022-11-01T00:10:00+07:00")
    assert (folder / "rejected" / "late.back.xlsx").is_file()


def test_a_period_that_somebody_is_at_keeps_its_workbooks(
    python: Callable[..., Any], application: Engine, folder: Path
) -> None:
    data = book(application, NOT_DONE)
    (folder / "serang.xlsx").write_bytes(data)
    with Session(application) as session, session.begin():
        lease.acquire(session, "period:RANHAM-V:2022-B08", "somebody", seconds=600)
    assert python(HELD, RANHAM_NOW=IN_WINDOW) == "Skipped"
    assert (folder / "serang.xlsx").read_bytes() == data
