"""The same workbook back to who sent it: every cell as it was typed, and a mark where something is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ranham.submission.workbook.book import Line
from ranham.submission.workbook.columns import FIRST_ROW
from ranham.submission.workbook.findings import CellFinding, Present
from ranham.submission.workbook.read import read
from ranham.submission.workbook.write import write


def marked(
    data: bytes,
    findings: Sequence[CellFinding],
    *,
    stands: Mapping[int, Present] | None = None,
    name: str = "workbook.xlsx",
) -> bytes:
    """Coloured cells, a comment at each and a summary on top.

    It is written anew from the values: formulas come back as text, and drawings and sheets of other people stay behind.
    Where somebody else had written, it is made on what is there now: the sender was told, and decides by sending it again.
    So are the rows that were saved (`WorkbookReceipt.stands`), or what a mark asks for could not be put right in them.
    """
    book = read(data, name)
    lines = list(book.lines)
    for row, present in (stands or {}).items():
        _rebase(lines, row, present)
    for finding in findings:
        if finding.present is not None:
            _rebase(lines, finding.row, finding.present)
    return write(replace(book, lines=tuple(lines)), findings)


def _rebase(lines: list[Line], row: int, present: Present) -> None:
    at = row - FIRST_ROW
    stamp = lines[at].stamp.model_copy(update={"version": present.version, "base": present.base})
    lines[at] = replace(lines[at], stamp=stamp)
    if present.report is not None:
        for index, line in enumerate(lines):
            if line.stamp.action == stamp.action:
                report = line.stamp.model_copy(update={"report": present.report})
                lines[index] = replace(line, stamp=report)
