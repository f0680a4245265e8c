"""A unit's report of a period as an Excel workbook: given out filled as far as known, taken back into the draft."""

from ranham.submission.workbook.defences import load
from ranham.submission.workbook.findings import CellFinding, Level, WorkbookReceipt, WorkbookRefused
from ranham.submission.workbook.make import make
from ranham.submission.workbook.mark import marked
from ranham.submission.workbook.read import period_of
from ranham.submission.workbook.sending import Terms
from ranham.submission.workbook.take import take

__all__ = [
    "CellFinding",
    "Level",
    "Terms",
    "WorkbookReceipt",
    "WorkbookRefused",
    "load",
    "make",
    "marked",
    "period_of",
    "take",
]
