"""What a filled-in row means beside what is answered now: nothing new, an answer to write, or two people's words. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ranham.submission.drafts import DraftContent
from ranham.submission.examination import ReportFinding, Severity
from ranham.submission.workbook import columns as col
from ranham.submission.workbook.book import Line, fingerprint
from ranham.submission.workbook.columns import answer_words, number_words
from ranham.submission.workbook.desk import Asked
from ranham.submission.workbook.findings import CellFinding, Level, Present

_COLUMN_OF = {
    "unanswered": col.ANSWER,
    "off_range": col.VALUE,
    "fell": col.VALUE,
    "reason_missing": col.NOTE,
    "copied": col.NOTE,
    "evidence_missing": col.KINDS,
    "kind_missing": col.KINDS,
    "used_elsewhere": col.KINDS,
    "outside_period": col.KINDS,
}


@dataclass(frozen=True, slots=True)
class Filled:
    """One row of the file as it was understood."""

    row: int
    line: Line
    content: DraftContent
    errors: tuple[CellFinding, ...]

    @property
    def key(self) -> tuple[str, int]:
        return self.line.stamp.action, self.line.stamp.number

    def touched(self, present: Asked) -> bool:
        """It says something that is not there yet and that it was not made with."""
        return self.content != present.content and fingerprint(self.content) != self.line.stamp.base

    def error(self, letter: str, code: str, words: str) -> CellFinding:
        return CellFinding(f"{letter}{self.row}", Level.ERROR, code, words)


def merged(content: DraftContent, present: Asked) -> DraftContent:
    """What to write: of the parts that are not new, what the database has and a cell cannot hold."""
    same_value, same_note = content.value == present.content.value, content.note == present.content.note
    return DraftContent(
        content.answer,
        present.raw.value if same_value else content.value,
        present.raw.note if same_note else content.note,
    )


def conflict(filled: Filled, present: Asked) -> CellFinding | None:
    """A finding when somebody else wrote in the meantime; their words are told and stay."""
    base = filled.line.stamp.base
    if present.draft_version == filled.line.stamp.version or fingerprint(present.content) == base:
        return None
    content, by = present.content, present.written or "-"
    now = "; ".join(filter(None, (answer_words(content.answer), number_words(content.value), content.note))) or "-"
    words = (
        f"diubah sejak lembar ini dibuat ({by}), sekarang tertulis: {now}. Bila isi Anda yang berlaku, kirim lembar yang "
        f"kembali / changed since this workbook was made, it now says the above; if yours is to stand, send the workbook "
        f"that came back"
    )
    column = col.ANSWER
    if content.answer is not None and content.answer == filled.content.answer:
        column = col.VALUE if content.value != filled.content.value else col.NOTE
    return replace(
        filled.error(column, "conflict", words), present=Present(present.draft_version, fingerprint(content))
    )


def located(findings: Iterable[ReportFinding], rows: Sequence[Filled]) -> list[CellFinding]:
    """What is missing or odd in the draft of one report, each at its cell."""
    row_of = {row.line.stamp.number: row.row for row in rows}
    found = []
    for finding in findings:
        row = rows[0].row if finding.measure_number is None else row_of.get(finding.measure_number)
        if row is not None:
            level = Level.BLOCKING if finding.severity is Severity.BLOCKING else Level.WARNING
            cell = f"{_COLUMN_OF.get(finding.code, col.ANSWER)}{row}"
            found.append(CellFinding(cell, level, finding.code, finding.words))
    return found
