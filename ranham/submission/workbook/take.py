"""From a filled-in workbook to the draft, report by report: nothing of anybody is written over unseen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict, NotFound
from ranham.plan.queries import PeriodInfo, find_period
from ranham.submission import drafts
from ranham.submission.drafts import NotAsked
from ranham.submission.models import Report
from ranham.submission.receiving import Receipt
from ranham.submission.reports import Cause, NotPossible
from ranham.submission.workbook import columns as col
from ranham.submission.workbook import desk
from ranham.submission.workbook.book import Book, fingerprint
from ranham.submission.workbook.cells import row_of, understand
from ranham.submission.workbook.defences import load
from ranham.submission.workbook.desk import Asked
from ranham.submission.workbook.differences import Filled, conflict, merged
from ranham.submission.workbook.findings import CellFinding, Level, Present, WorkbookReceipt, refusal
from ranham.submission.workbook.read import read
from ranham.submission.workbook.sending import Pile, Terms, look_over
from ranham.territory.queries import UnitAsOf, by_key

_AS_IT_IS = Terms()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one report."""

    written: int = 0
    unchanged: int = 0
    held_back: int = 0
    sent: Receipt | None = None
    findings: tuple[CellFinding, ...] = ()
    stands: Mapping[int, Present] = field(default_factory=dict)


def take(
    session: Session, file: bytes | Path, cause: Cause, terms: Terms = _AS_IT_IS, *, name: str = "workbook.xlsx"
) -> WorkbookReceipt:
    """Write what the file says anew into the drafts; the same file again changes nothing.

    Raises `WorkbookRefused` for a file that is not taken at all. What is wrong with single cells is a finding, and their
    report is then not saved, or with `Terms.by_row` all of it but those cells.
    """
    if terms.own_opd is not None and terms.submit:
        raise Conflict("a local agency fills in; the operator of the unit sends")
    if isinstance(file, Path):
        name = file.name
    book = read(load(file) if isinstance(file, Path) else file, name)
    unit, period = _occasion(session, book, terms, name)
    rows = {row.key: row for row in _understood(book)}
    asked: dict[int, list[Asked]] = {}
    for each in desk.asked(session, unit.unit_id, period):
        asked.setdefault(each.obligation_id, []).append(each)
    known = {each.key for own in asked.values() for each in own}
    outcomes = [
        _Outcome(
            findings=tuple(
                row.error(col.ANSWER, "not_asked_any_more", _GONE) for row in rows.values() if row.key not in known
            )
        )
    ]
    # In one order for everybody, so that two workbooks never wait for each other.
    for obligation_id, own in sorted(asked.items()):
        filled = tuple(rows[each.key] for each in own if each.key in rows)
        if filled:
            outcomes.append(
                _take_report(session, Pile(unit, period, obligation_id, filled), own, cause=cause, terms=terms)
            )
    return _receipt(unit, period, outcomes)


_GONE = "ukuran ini tidak diminta lagi; unduh lembar baru / no longer asked; get a new workbook"
_EXCUSED = "kewajiban ini dikecualikan / this obligation is excused: {}"
_NOT_OPEN = "laporan {} dan tidak dapat diubah / {}"
_NOT_ASKED = "{} tidak diminta mengisi ukuran ini / is not asked for this measure"


def _occasion(session: Session, book: Book, terms: Terms, name: str) -> tuple[UnitAsOf, PeriodInfo]:
    stamp = book.stamp
    try:
        period = find_period(session, f"{stamp.regulation}:{stamp.period}")
        unit = by_key(session, stamp.unit, period.code_day())
    except NotFound as error:
        raise refusal(name, str(error), "instansi dan periode yang dikenal / a known unit and period") from error
    if terms.period_id not in (None, period.id):
        raise refusal(
            name, f"lembar periode lain / a workbook of {stamp.period}", "periode yang dipilih / the period chosen"
        )
    if terms.unit_id not in (None, unit.unit_id):
        raise refusal(name, f"lembar instansi lain / a workbook of {unit.title}", "instansi sendiri / the unit's own")
    return unit, period


def _understood(book: Book) -> Iterable[Filled]:
    for index, line in enumerate(book.lines):
        content, errors = understand(line, row_of(index))
        yield Filled(row_of(index), line, content, tuple(errors))


def _take_report(session: Session, pile: Pile, asked: Sequence[Asked], *, cause: Cause, terms: Terms) -> _Outcome:
    present = {each.key: each for each in asked}
    new = [row for row in pile.rows if row.errors or row.touched(present[row.key])]
    outcome = _write(session, pile, new, cause=cause, terms=terms) if new else _Outcome(unchanged=len(pile.rows))
    outcome = replace(outcome, stands=_stands(session, pile))
    if any(finding.level is Level.ERROR for finding in outcome.findings):
        return outcome
    findings, sent = look_over(session, pile, cause, terms)
    return replace(outcome, sent=sent, findings=tuple(findings))


def _stands(session: Session, pile: Pile) -> dict[int, Present]:
    """Rows whose words are the draft's: whoever sent them has seen what is there."""
    now = desk.asked(session, pile.unit.unit_id, pile.period, pile.obligation_id)
    present = {each.key: each for each in now}
    return {
        row.row: Present(own.draft_version, fingerprint(own.content))
        for row in pile.rows
        if not row.errors and row.content == (own := present[row.key]).content
    }


def _write(session: Session, pile: Pile, new: Sequence[Filled], *, cause: Cause, terms: Terms) -> _Outcome:
    """Save the rows of one report that say something new; undone whole where one cannot be saved."""
    savepoint = session.begin_nested()
    errors: list[CellFinding] = []
    written = 0
    try:
        report = drafts.begin_edit(session, pile.obligation_id, pile.period.id, cause)
    except NotPossible as refused:
        savepoint.rollback()
        words = _NOT_OPEN.format(col.STATE_WORDS[refused.refusal.state], refused)
        told = tuple(row.error(col.ANSWER, "not_open", words) for row in new)
        return _Outcome(unchanged=len(pile.rows) - len(new), findings=told)
    # Read again under the lock: what was seen before it may be old.
    present = {each.key: each for each in desk.asked(session, pile.unit.unit_id, pile.period, pile.obligation_id)}
    new = [row for row in new if row.errors or row.touched(present[row.key])]
    quiet = len(pile.rows) - len(new)
    for row in new:
        found = row.errors or _save(session, report, row, present[row.key], cause=cause, own_opd=terms.own_opd)
        errors += found
        written += not found
    undone = bool(errors) and not (terms.by_row and written)
    if undone:
        savepoint.rollback()
        return _Outcome(0, quiet, written, findings=tuple(errors))
    savepoint.commit()
    return _Outcome(written, quiet, findings=tuple(errors))


def _save(  # noqa: PLR0913 - keywords, each said by the sender
    session: Session, report: Report, row: Filled, present: Asked, *, cause: Cause, own_opd: str | None
) -> list[CellFinding]:
    if present.excuse is not None:
        return [row.error(col.ANSWER, "excused", _EXCUSED.format(present.excuse))]
    if found := conflict(row, present):
        return [found]
    try:
        drafts.save_answer(
            session,
            report,
            present.measure_id,
            merged(row.content, present),
            cause,
            seen_version=present.draft_version,
            own_opds=None if own_opd is None else {own_opd},
        )
    except NotAsked:
        return [row.error(col.ANSWER, "not_asked", _NOT_ASKED.format(own_opd))]
    return []


def _receipt(unit: UnitAsOf, period: PeriodInfo, outcomes: Sequence[_Outcome]) -> WorkbookReceipt:
    findings = [finding for outcome in outcomes for finding in outcome.findings]
    return WorkbookReceipt(
        unit=unit,
        period=period,
        answers_written=sum(outcome.written for outcome in outcomes),
        unchanged=sum(outcome.unchanged for outcome in outcomes),
        held_back=sum(outcome.held_back for outcome in outcomes),
        sent=tuple(outcome.sent for outcome in outcomes if outcome.sent is not None),
        findings=tuple(sorted(findings, key=lambda finding: (finding.row, finding.cell))),
        stands={row: present for outcome in outcomes for row, present in outcome.stands.items()},
    )
