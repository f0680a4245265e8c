"""The same workbook back to who sent it: every cell as it was typed, and a mark where something is wrong."""

from collections.abc import Sequence
from dataclasses import replace

from ranham.submission.workbook.book import Line
from ranham.submission.workbook.columns import FIRST_ROW
from ranham.submission.workbook.findings import CellFinding
from ranham.submission.workbook.read import read
from ranham.submission.workbook.write import write


def marked(data: bytes, findings: Sequence[CellFinding], *, name: str = "workbook.xlsx") -> bytes:
    """Coloured cells, a comment at each and a summary on top.

    It is written anew from the values: formulas come back as text, and drawings and sheets of other people stay behind.
    Where somebody else had written, it is made on what is there now: the sender was told, and decides by sending it again.
    """
    book = read(data, name)
    lines = list(book.lines)
    for finding in findings:
        if finding.present is not None:
            _rebase(lines, finding)
    return write(replace(book, lines=tuple(lines)), findings)


def _rebase(lines: list[Line], finding: CellFinding) -> None:
    present, at = finding.present, finding.row - FIRST_ROW
    if present is None:
        return
    stamp = lines[at].stamp.model_copy(update={"version": present.version, "base": present.base})
    lines[at] = replace(lines[at], stamp=stamp)
    if present.report is not None:
        for index, line in enumerate(lines):
            if line.stamp.action == stamp.action:
                report = line.stamp.model_copy(update={"report": present.report})
                lines[index] = replace(line, stamp=report)
