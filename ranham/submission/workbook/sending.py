"""One report of a workbook after its rows are saved: what is missing, and sent where that is wanted and nothing blocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.plan.queries import PeriodInfo
from ranham.submission import drafts
from ranham.submission.preview import preview
from ranham.submission.receiving import Receipt, ReportRefused, Sender
from ranham.submission.reports import Cause
from ranham.submission.states import State
from ranham.submission.workbook import columns as col
from ranham.submission.workbook import desk
from ranham.submission.workbook.book import fingerprint
from ranham.submission.workbook.desk import Asked
from ranham.submission.workbook.differences import Filled, located
from ranham.submission.workbook.findings import CellFinding, Level, Present
from ranham.territory.queries import UnitAsOf


@dataclass(frozen=True, slots=True)
class Terms:
    """How a workbook is to be taken."""

    unit_id: int | None = None
    """The unit that the sender speaks for; a file of another one is refused."""
    period_id: int | None = None
    own_opd: str | None = None
    """A local agency writes only where it is asked, and sends nothing."""
    by_row: bool = False
    """Save the sound rows of a report that has others; else a report is saved whole or not at all."""
    submit: bool = False
    """Send each report that nothing blocks; else only the draft is written."""
    channel: str = "workbook"
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Pile:
    """The rows of one report in the file."""

    unit: UnitAsOf
    period: PeriodInfo
    obligation_id: int
    rows: tuple[Filled, ...]


_OTHERS = (
    "diubah orang lain sejak lembar ini dibuat; unduh lembar baru sebelum mengirim / changed by others; get a new one"
)
_ANEW = "laporan {} sejak lembar ini dibuat ({}); kirim lagi bila sudah dijawab / that happened since this workbook was made"


def look_over(session: Session, pile: Pile, cause: Cause, terms: Terms) -> tuple[list[CellFinding], Receipt | None]:
    """Findings of a report in work, and the receipt if it was sent. A report that nobody began is left alone."""
    asked = desk.asked(session, pile.unit.unit_id, pile.period, pile.obligation_id)
    if not (asked[0].open and asked[0].draft_begun and any(each.content.answer for each in asked)):
        return [], None
    _, findings = preview(session, pile.period, pile.obligation_id, now=cause.now)
    found = located(findings, pile.rows)
    if terms.submit:
        found += _obstacles(pile, asked)
        if not any(finding.level is Level.BLOCKING for finding in found):
            refused, receipt = _send(session, pile, cause, terms)
            return [*found, *refused], receipt
    return found, None


def _obstacles(pile: Pile, asked: Iterable[Asked]) -> list[CellFinding]:
    """Only what the file says is sent, and only by who has seen that the report was returned."""
    present = {each.key: each for each in asked}
    others = [row for row in pile.rows if row.content != present[row.key].content]
    if others:
        return [_blocking(row, "changed_by_others", _OTHERS) for row in others]
    first = pile.rows[0]
    own = present[first.key]
    if own.state in (State.RETURNED, State.REOPENED) and first.line.stamp.report != own.version:
        words = _ANEW.format(col.STATE_WORDS[own.state], own.remark or "-")
        told = Present(own.draft_version, fingerprint(own.content), report=own.version)
        return [_blocking(first, "moved_on", words, told)]
    return []


def _send(session: Session, pile: Pile, cause: Cause, terms: Terms) -> tuple[list[CellFinding], Receipt | None]:
    offset = cause.now.astimezone(ZoneInfo(pile.unit.time_zone)).utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset is not None else 0
    sender = Sender(terms.channel, offset_minutes=minutes, simulated=terms.simulated)
    try:
        with session.begin_nested():
            return [], drafts.submit(session, pile.obligation_id, pile.period.id, cause, sender=sender)
    except ReportRefused as refused:
        words = [(finding.code, finding.words) for finding in refused.report_findings]
    except Conflict as refused:
        words = [("not_sent", f"belum terkirim / not sent: {refused}")]
    return [_blocking(pile.rows[0], code, said) for code, said in words], None


def _blocking(row: Filled, code: str, words: str, present: Present | None = None) -> CellFinding:
    return CellFinding(f"{col.ANSWER}{row.row}", Level.BLOCKING, code, words, present)
