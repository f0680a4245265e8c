"""Tasks of verifiers as a person reads them: few columns that fit a terminal, times in Jakarta."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ranham.cli.output import Format, console, show
from ranham.kernel.clock import JAKARTA
from ranham.verification.queries import AgeingRow, AnswerRow, Page


@dataclass(frozen=True, slots=True)
class TaskLine:
    task: int
    state: str
    tier: str
    unit: str
    action: str
    verifier: str | None
    due_wib: str
    late: str
    """Whole days past the limit."""


@dataclass(frozen=True, slots=True)
class AgeingLine:
    office: str
    tier: str
    open: int
    fresh: int
    """Less than half of the time is used."""
    half: int
    late: int
    free: int
    """Nobody has them."""
    oldest: str


def show_page(page: Page, format_: Format, *, title: str) -> None:
    if format_ is not Format.TABLE:
        show(page.rows, format_)
        return
    lines = [
        TaskLine(
            row.task_id,
            row.state,
            f"{row.tier} {row.round}" + (" second" if row.second_reading else ""),
            f"{row.unit_code or ''} {row.unit_name}".strip(),
            row.action_code,
            row.verifier,
            _wib(row.due_at),
            str(row.overdue_days) if row.overdue_days else "",
        )
        for row in page.rows
    ]
    show(lines, Format.TABLE, title=title)
    if page.after is not None:
        console.print(f"More: --after {page.after}", soft_wrap=True)


def show_ageing(rows: Iterable[AgeingRow], format_: Format, *, title: str) -> None:
    if format_ is not Format.TABLE:
        show(rows, format_)
        return
    lines = [
        AgeingLine(
            row.office,
            row.tier,
            row.open,
            row.first_half,
            row.second_half,
            row.overdue + row.long_overdue,
            row.unallocated,
            _wib(row.oldest_due_at),
        )
        for row in rows
    ]
    show(lines, Format.TABLE, title=title)


def show_answers(answers: Iterable[AnswerRow]) -> None:
    for row in answers:
        value = f", {row.value.normalize():f}" if row.value is not None else ""
        lines = [
            f"{row.measure_no}{'' if row.required else ' (not required)'}: {row.answer or 'no answer'}{value}",
            row.text_id,
            f"note: {row.note}" if row.note else "",
            f"evidence: {'; '.join(row.evidence or ()) or 'none'} (asked: {', '.join(row.evidence_wanted) or 'none'})",
        ]
        # What reporters wrote is shown as it is, never as markup.
        console.print("\n    ".join(filter(None, lines)), markup=False, highlight=False)


def _wib(instant: datetime) -> str:
    return f"{instant.astimezone(JAKARTA):%d %b %H:%M}"
