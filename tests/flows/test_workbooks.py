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
LAID_ANEW = """
import json, pathlib, sys
from flows import take_workbooks as flow
first = flow._back
def back(data, receipt, name):
    (flow.settings().inbox / "workbooks" / name).write_bytes((flow.settings().inbox / "newer").read_bytes())
    flow._back = first
    return first(data, receipt, name)
flow._back = back
print(json.dumps([flow.take_workbooks(), flow.take_workbooks()]))
"""
UNREAD = """
import json
from flows.take_workbooks import take_workbooks
print(json.dumps(str(take_workbooks(return_state=True).result(raise_on_failure=False))))
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


def test_files_that_people_take_for_workbooks_are_answered_too(
    python: Callable[..., Any], application: Engine, folder: Path
) -> None:
    (folder / "SERANG.XLSX").write_bytes(book(application, NOT_DONE))
    (folder / "lebak.ods").write_bytes(b"a workbook of another program")
    (folder / "submit" / "pandeglang.xls").write_bytes(b"an old one")
    (folder / "copying.xlsx.part").write_bytes(b"under way")
    assert python(TAKE, RANHAM_NOW=IN_WINDOW) == 2
    assert {path.name for path in folder.iterdir()} == {"submit", "done", "rejected", "copying.xlsx.part"}
    assert (folder / "done" / "SERANG.back.xlsx").is_file()
    assert ".xlsx" in (folder / "rejected" / "lebak.ods.report.txt").read_text()
    assert (folder / "submit" / "rejected" / "pandeglang.xls.report.txt").is_file()


def test_a_workbook_that_is_laid_over_one_being_taken_is_not_lost(
    python: Callable[..., Any], application: Engine, folder: Path
) -> None:
    (folder / "serang.xlsx").write_bytes(book(application, NOT_DONE))
    newer = book(application, {"K6": "belum tercapai"})
    (folder.parent / "newer").write_bytes(newer)
    assert python(LAID_ANEW, RANHAM_NOW=IN_WINDOW) == [2, 1]
    assert (folder / "done" / "serang.xlsx").read_bytes() == newer


def test_what_goes_back_overwrites_no_file_of_a_unit(
    python: Callable[..., Any], application: Engine, folder: Path
) -> None:
    theirs = book(application, {"K6": "belum tercapai"})
    (folder / "serang.back.xlsx").write_bytes(theirs)
    (folder / "serang.xlsx").write_bytes(book(application, NOT_DONE))
    assert python(TAKE, RANHAM_NOW=IN_WINDOW) == 3
    assert theirs in [path.read_bytes() for path in (folder / "done").iterdir()]
    assert len(list((folder / "done").iterdir())) == 4


def test_a_file_that_cannot_be_read_keeps_nobody_waiting_and_is_told(
    python: Callable[..., Any], application: Engine, folder: Path
) -> None:
    (folder / "a.xlsx").symlink_to("/proc/self/mem")
    (folder / "serang.xlsx").write_bytes(book(application, NOT_DONE))
    assert "a.xlsx cannot be read and stays where it is" in python(UNREAD, RANHAM_NOW=IN_WINDOW)
    assert (folder / "done" / "serang.xlsx").is_file()
    assert (folder / "a.xlsx").is_symlink()
