"""A report's workbook as data: what its sheets show, and the machine data by which a file is known again. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from pydantic import BaseModel, ConfigDict, Field

from ranham.submission.drafts import DraftContent
from ranham.submission.workbook.columns import number_words

FORMAT = 1
MOST_LINES = 2_000
MOST_NOTE = 32_000
"""Characters; a cell holds 32,767 and Excel cuts off the rest in silence."""
DIGITS = 15
"""Significant digits that a spreadsheet keeps of a number."""

Word = Annotated[str, Field(max_length=200)]


class LineStamp(BaseModel):
    """What the machine has to know again of one row."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    action: Word
    number: int
    report: int
    """Version of the report, 0 before its first event."""
    version: int | None
    """Version of the answer in the draft, None when it came from a revision or from nowhere."""
    base: Word
    """`fingerprint` of the content that the file was made with."""
    open: bool
    """People may write in this row."""
    excused: bool
    low: Word | None
    high: Word | None


class Stamp(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: int
    regulation: Word
    unit: Word
    """Key of the unit, which no recoding changes."""
    period: Word
    made_at: Word
    simulated: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a cell, and of what kind it is."""

    value: Any
    kind: Literal["text", "number", "percent", "formula", "error", "other"] = "text"


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of one obligation."""

    fixed: tuple[str, ...]
    """Locked cells, in the order of `columns.FIXED`."""
    typed: tuple[Typed, ...]
    """Answer, value and note."""
    stamp: LineStamp

    @property
    def identity(self) -> tuple[str, str, str]:
        """Code, number and text of the measure as the sheet shows them."""
        return self.fixed[0], self.fixed[2], self.fixed[3]


@dataclass(frozen=True, slots=True)
class Book:
    title: str
    guide: tuple[tuple[str, str], ...]
    """Instructions: heading and text."""
    lines: tuple[Line, ...]
    files: tuple[tuple[str, ...], ...]
    """Evidence that is known, in the order of `columns.FILES`."""
    stamp: Stamp


def stamp_of(*, regulation: str, unit: str, period: str, now: datetime, simulated: bool) -> Stamp:
    return Stamp(
        format=FORMAT, regulation=regulation, unit=unit, period=period, made_at=now.isoformat(), simulated=simulated
    )


def checksum(stamp: Stamp, lines: Sequence[Line]) -> str:
    """SHA-256 over the machine data and what identifies each row on the sheet.

    Tells a file that was mixed up by accident. Whoever wants can compute it anew: it gives nobody any right.
    """
    machine = [stamp.model_dump_json(), *(line.stamp.model_dump_json() for line in lines)]
    shown = ["\t".join(" ".join(part.split()) for part in line.identity) for line in lines]
    return hashlib.sha256("\n".join([*machine, *shown]).encode()).hexdigest()


def fingerprint(content: DraftContent) -> str:
    """Tells whether a cell's content is still what the file was made with."""
    said = "\n".join((content.answer or "", number_words(content.value), content.note or ""))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def fitted(content: DraftContent) -> DraftContent:
    """The content as cells can hold it: two contents that a cell cannot tell apart are the same."""
    value = content.value
    if value is not None:
        value = Decimal(f"{float(value):.{DIGITS}g}")
    return DraftContent(content.answer, value, fitted_text(content.note or "") or None)


def fitted_text(text: str) -> str:
    """What a cell can hold of a text, and what comes back out of it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    sayable = lines.encode("utf-8", "ignore").decode("utf-8")  # without halves of characters
    return ILLEGAL_CHARACTERS_RE.sub("", sayable).strip()[:MOST_NOTE].strip()
