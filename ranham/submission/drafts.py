"""Drafts: offices answer measures side by side, and the operator sends what they wrote."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict, NotFound
from ranham.submission import receiving
from ranham.submission.facts import FACTS, GIVEN, AnswerInput, keys
from ranham.submission.locating import ReportPlace
from ranham.submission.models import Answer, DraftAnswer, DraftEvidence, Report
from ranham.submission.receiving import Receipt, Sender
from ranham.submission.reports import Cause, StaleVersion, lock_and_ask, lock_report, move
from ranham.submission.states import Event, State


@dataclass(frozen=True, slots=True)
class DraftContent:
    """What an office writes for one measure; nothing has to be whole yet."""

    answer: Answer | None = None
    value: Decimal | None = None
    note: str | None = None


class NotAsked(Conflict):
    """A local agency wrote where it is not asked."""


# The first edit of a report that was sent before goes on from what was sent.
_SEED = """
INSERT INTO draft_answer (report_id, measure_id, answer, value, note, stated_evidence, version, written_by, written_at)
SELECT :report, a.measure_id, a.answer, a.value, a.note,
       ARRAY(SELECT named FROM unnest(a.evidence) named WHERE NOT EXISTS (
           SELECT FROM answer_evidence l JOIN evidence e ON e.id = l.evidence_id
           WHERE l.submission_id = s.id AND l.measure_id = a.measure_id AND e.sha256 = named)),
       1, s.author, s.received_at
FROM submission s JOIN measure_answer a ON a.submission_id = s.id
WHERE s.obligation_id = :obligation AND s.period_id = :period AND s.is_current
  AND NOT EXISTS (SELECT FROM draft_answer d WHERE d.report_id = :report)
"""
_SEED_EVIDENCE = """
INSERT INTO draft_evidence (report_id, measure_id, evidence_id)
SELECT :report, e.measure_id, e.evidence_id
FROM submission s JOIN answer_evidence e ON e.submission_id = s.id
WHERE s.obligation_id = :obligation AND s.period_id = :period AND s.is_current
  AND NOT EXISTS (SELECT FROM draft_evidence d WHERE d.report_id = :report)
"""
_HAS_DRAFT = "SELECT EXISTS (SELECT FROM draft_answer WHERE report_id = :report)"
# Who is asked for an answer stays asked.
_OVERWRITE = (
    "DELETE FROM draft_evidence WHERE report_id = :report",
    f"""
    INSERT INTO draft_answer (report_id, measure_id, answer, value, note, stated_evidence, version, written_by,
        written_at)
    SELECT :report, m.id, a.answer, a.value, a.note, '{{}}', 1, :by, :now
    FROM measure m LEFT JOIN ({GIVEN}) a ON a.measure_id = m.id WHERE m.action_id = :action AND m.period_id = :period
    ON CONFLICT (report_id, measure_id) DO UPDATE SET answer = excluded.answer, value = excluded.value,
        note = excluded.note, stated_evidence = '{{}}', version = draft_answer.version + 1, written_by = :by, written_at = :now
    """,
    f"""
    INSERT INTO draft_evidence (report_id, measure_id, evidence_id)
    SELECT DISTINCT :report, a.measure_id, e.id FROM ({GIVEN}) a
    JOIN evidence e ON e.id = ANY(a.evidence_ids) AND e.unit_id = :unit
    """,
)
_MEASURE = "SELECT EXISTS (SELECT FROM measure WHERE id = :measure AND action_id = :action AND period_id = :period)"


def begin_edit(session: Session, obligation_id: int, period_id: int, cause: Cause) -> Report:
    """The report, locked, with a draft to work on; refused when its state allows no edit."""
    report = lock_report(session, obligation_id, period_id, now=cause.now)
    key = {"report": report.id, "obligation": obligation_id, "period": period_id}
    if session.execute(text(_SEED), key).rowcount:  # type: ignore[attr-defined]
        session.execute(text(_SEED_EVIDENCE), key)
    move(session, report, Event.EDIT, cause)
    return report


def save_answer(  # noqa: PLR0913 - keywords, each said by the writer
    session: Session,
    report: Report,
    measure_id: int,
    content: DraftContent,
    cause: Cause,
    *,
    seen_version: int | None,
    own_opds: Collection[str] | None = None,
) -> DraftAnswer:
    """Write one answer of a report in edit.

    `seen_version` is the answer's version that the writer saw, None when they saw none; another one is a conflict and
    nothing is written. A local agency writes only where it is asked: `own_opds` are those that the writer speaks for,
    None is the operator.
    """
    _refuse_foreign(session, report, measure_id)
    known = session.get(DraftAnswer, (report.id, measure_id), populate_existing=True)
    refuse_unless_asked(known, own_opds)
    # Version 0: evidence was laid there, or an agency asked, before anybody wrote an answer.
    if (known.version if known else 0) != (seen_version or 0):
        raise StaleVersion(seen_version or 0, known.version if known else 0)
    if known is None:
        known = _blank(report, measure_id, cause)
        session.add(known)
    known.answer, known.value, known.note = content.answer, content.value, (content.note or "").strip() or None
    known.version += 1
    known.written_by, known.written_at = cause.actor, cause.now
    report.unsent = True
    session.flush()
    return known


def refuse_unless_asked(known: DraftAnswer | None, own_opds: Collection[str] | None) -> None:
    if own_opds is not None and (known is None or known.opd not in own_opds):
        who = ", ".join(sorted(own_opds)) or "nobody"
        raise NotAsked(f"{who} is not asked for this measure; the operator of the unit asks with its name")


def ask(session: Session, report: Report, measure_id: int, opd: str | None, cause: Cause) -> DraftAnswer:
    """Ask a local agency (OPD) for a measure, or take the question back with None; what is written stays."""
    known = session.get(DraftAnswer, (report.id, measure_id), populate_existing=True)
    if known is None:
        _refuse_foreign(session, report, measure_id)
        known = _blank(report, measure_id, cause)
        session.add(known)
    known.opd = (opd or "").strip() or None
    session.flush()
    return known


def answers_of(session: Session, report_id: int) -> list[AnswerInput]:
    """The draft as it would be sent: measures without an answer are left out."""
    evidence: dict[int, list[int]] = {}
    for row in session.scalars(select(DraftEvidence).where(DraftEvidence.report_id == report_id)):
        evidence.setdefault(row.measure_id, []).append(row.evidence_id)
    drafts = session.scalars(
        select(DraftAnswer).where(DraftAnswer.report_id == report_id, DraftAnswer.answer.is_not(None))
    )
    return [
        AnswerInput(
            d.measure_id,
            d.answer,
            d.value,
            d.note,
            tuple(sorted(evidence.get(d.measure_id, ()))),
            tuple(d.stated_evidence),
        )
        for d in drafts
        if d.answer is not None
    ]


def receive_whole(  # noqa: PLR0913 - keywords, each said by the sender
    session: Session,
    place: ReportPlace,
    answers: Sequence[AnswerInput],
    cause: Cause,
    *,
    sender: Sender,
    expected_version: int | None = None,
) -> Receipt:
    """Send all answers of a report at once, past its draft; a draft that is there says the same afterwards.

    The caller shares the period already.
    """
    key = keys(place, answers)
    report, facts = lock_and_ask(session, place, FACTS, key, now=cause.now)
    may_have_draft, differs = report.state is not State.NOT_STARTED, report.unsent
    receipt = receiving.receive(
        session, report, answers, cause, sender=sender, expected_version=expected_version, loaded=(key, facts)
    )
    differs = differs or not receipt.unchanged
    if may_have_draft and differs and session.scalar(text(_HAS_DRAFT), {"report": report.id}):
        written = key | {"report": report.id, "by": cause.actor, "now": cause.now}
        for statement in _OVERWRITE:
            session.execute(text(statement), written)
    return receipt


def submit(  # noqa: PLR0913 - keywords, each said by the sender
    session: Session,
    obligation_id: int,
    period_id: int,
    cause: Cause,
    *,
    sender: Sender,
    expected_version: int | None = None,
) -> Receipt:
    """Send the draft as the next revision; see `receiving.receive` for what is refused and what is repeated."""
    report = lock_report(session, obligation_id, period_id, now=cause.now)
    answers = answers_of(session, report.id)
    return receiving.receive(session, report, answers, cause, sender=sender, expected_version=expected_version)


def _blank(report: Report, measure_id: int, cause: Cause) -> DraftAnswer:
    """Version 0: there, but nobody has written an answer yet."""
    return DraftAnswer(
        report_id=report.id,
        measure_id=measure_id,
        version=0,
        stated_evidence=[],
        written_by=cause.actor,
        written_at=cause.now,
    )


def _refuse_foreign(session: Session, report: Report, measure_id: int) -> None:
    key = {"measure": measure_id, "action": report.action_id, "period": report.period_id}
    if not session.scalar(text(_MEASURE), key):
        raise NotFound(f"no measure {measure_id} in this report")
