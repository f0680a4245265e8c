"""What is wrong with a workbook: single cells, or the whole file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ranham.kernel.errors import BadInput, Finding
from ranham.plan.queries import PeriodInfo
from ranham.submission.receiving import Receipt
from ranham.territory.queries import UnitAsOf


class Level(StrEnum):
    ERROR = "error"
    """The report's rows were not saved."""
    BLOCKING = "blocking"
    """Saved, but the report cannot be sent like this."""
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Present:
    """What was found instead, so that a marked workbook is made on it: who was told may decide."""

    version: int | None
    base: str
    report: int | None = None
    """Version of the report, where the finding tells what became of it."""


@dataclass(frozen=True, slots=True)
class CellFinding:
    cell: str
    """On the sheet `Laporan`, as a person sees it: `K7`."""
    level: Level
    code: str
    words: str
    """Indonesian / English."""
    present: Present | None = None

    @property
    def row(self) -> int:
        return int(self.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


class WorkbookRefused(BadInput):
    """The file is not taken, not even in part."""


@dataclass(frozen=True, slots=True)
class WorkbookReceipt:
    unit: UnitAsOf
    period: PeriodInfo
    answers_written: int
    unchanged: int
    """Answers that said nothing new."""
    held_back: int = 0
    """Sound new answers that were not saved, because another one of their report was not."""
    sent: tuple[Receipt, ...] = ()
    findings: tuple[CellFinding, ...] = ()
    stands: Mapping[int, Present] = field(default_factory=dict)
    """Rows that now say in the draft what they say in the file, so that the marked file goes on from there."""

    @property
    def refused(self) -> bool:
        """At least one cell was not saved."""
        return any(finding.level is Level.ERROR for finding in self.findings)


def refusal(name: str, found: str, expected: str) -> WorkbookRefused:
    return WorkbookRefused([Finding(name, found, expected)])
