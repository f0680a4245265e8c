"""Workbooks in the hands of people: cells typed over, parts put in, opened to look at."""

import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy.orm import Session

from ranham.obligation import service as obligation
from ranham.obligation.models import ExcuseKind
from ranham.plan.queries import PeriodInfo
from ranham.submission import workbook
from ranham.submission.workbook import Terms, WorkbookReceipt
from ranham.territory.queries import UnitAsOf, by_code
from tests.submission import desk
from tests.submission.desk import IN_WINDOW, operator

FILLED = {"K4": "tercapai", "L4": 50, "K5": "sebagian", "L5": 7.5, "M5": "di dua kecamatan"}
"""Both required measures of D1."""


def unit(session: Session, period: PeriodInfo, code: str = "31") -> UnitAsOf:
    return by_code(session, code, period.code_day())


def made(session: Session, period: PeriodInfo, *, code: str = "31", now: datetime = IN_WINDOW) -> bytes:
    return workbook.make(session, unit(session, period, code), period, now)


def opened(data: bytes) -> Workbook:
    return load_workbook(BytesIO(data))


def answers(data: bytes) -> Worksheet:
    return opened(data)["Laporan"]


def changed(data: bytes, change: Callable[[Workbook], Any]) -> bytes:
    book = opened(data)
    change(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def filled(data: bytes, cells: dict[str, Any]) -> bytes:
    def fill(book: Workbook) -> None:
        for cell, value in cells.items():
            book["Laporan"][cell].value = value

    return changed(data, fill)


def with_part(data: bytes, name: str, content: bytes, *, instead: bool = False) -> bytes:
    """The archive with one more part, or another content of one."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if not (instead and part.filename == name):
                new.writestr(part.filename, old.read(part))
        new.writestr(name, content)
    return out.getvalue()


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(data)) as parts:
        return parts.read(name)


def take(
    session: Session, data: bytes, *, by: str = "operator", now: datetime = IN_WINDOW, **terms: Any
) -> WorkbookReceipt:
    return workbook.take(session, data, operator(now, by), Terms(**terms))


def codes(receipt: WorkbookReceipt) -> list[tuple[str, str]]:
    return [(finding.cell, finding.code) for finding in receipt.findings]


def excused(session: Session, period: PeriodInfo, action: str = "D1") -> None:
    """The province's action leaves the period."""
    asked = obligation.request_excuse(
        session, desk.obligation(session, "31", action), period.id, kind=ExcuseKind.EXCUSED, justification="banjir",
        by="operator", now=IN_WINDOW,
    )  # fmt: skip
    obligation.approve_excuse(session, asked.id, by="secretariat", now=IN_WINDOW)
