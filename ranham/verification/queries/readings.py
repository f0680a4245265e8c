"""What is read, and what was found in it: blind where two readers must not see each other."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.verification.rules import WORDS, ReasonCode


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer of the revision that a task is about, with what the plan asks."""

    measure_no: int
    text_id: str
    required: bool
    evidence_wanted: list[str]
    answer: str | None
    """None: the report does not answer this measure."""
    value: Decimal | None
    note: str | None
    evidence: list[str] | None


@dataclass(frozen=True, slots=True)
class MarkRow:
    measure_no: int
    aspect: str
    mark: str
    reason_code: str | None
    reason: str | None
    """In Indonesian / in English."""
    remark: str | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    decision_id: int
    task_id: int
    tier: str
    round: int
    second_reading: bool
    revision: int
    verdict: str
    reason_code: str | None
    reason: str | None
    remark: str | None
    new_deadline: datetime | None
    score_bp: int | None
    in_batch: bool
    decided_by: str
    decided_at: datetime
    marks: tuple[MarkRow, ...]


_ANSWERS = """
SELECT m.number, m.text_id, m.required, m.evidence_kinds, a.answer, a.value, a.note, a.evidence
FROM verification_task t
JOIN report r ON r.id = t.report_id
JOIN measure m ON m.action_id = r.action_id AND m.period_id = r.period_id
LEFT JOIN measure_answer a ON a.measure_id = m.id AND a.submission_id = coalesce(t.submission_id, (
    SELECT s.id FROM submission s
    WHERE s.period_id = r.period_id AND s.obligation_id = r.obligation_id AND s.is_current))
WHERE t.id = :task ORDER BY m.number
"""
# While one of two readings of a report is open, the other is seen by nobody but its own author: whoever may still
# become the second reader must not have seen the first.
_DECISIONS = """
SELECT d.id, d.task_id, t.tier, t.round, t.second_reading, s.revision, d.verdict, d.reason_code, d.remark,
       d.new_deadline, d.score_bp, d.in_batch, d.decided_by, d.decided_at
FROM verification_decision d
JOIN verification_task t ON t.id = d.task_id
JOIN submission s ON s.id = d.submission_id
WHERE t.report_id = :report AND {visible}
ORDER BY d.id
"""
_TO_VERIFIERS = """(d.decided_by = :reader OR NOT EXISTS (
    SELECT FROM verification_task o WHERE o.report_id = t.report_id AND o.tier = t.tier AND o.round = t.round
    AND o.done_at IS NULL))"""
_TO_REPORTERS = "NOT t.second_reading"
_BLIND = """
SELECT r.obligation_id
FROM report r
JOIN verification_task t ON t.report_id = r.id AND t.done_at IS NOT NULL AND t.verifier IS DISTINCT FROM :reader
JOIN verification_task o ON o.report_id = t.report_id AND o.tier = t.tier AND o.round = t.round AND o.done_at IS NULL
WHERE r.period_id = :period AND r.obligation_id = ANY(:obligations) AND r.unit_id <> ALL(:but)
"""
_MARKS = """
SELECT p.decision_id, m.number, p.aspect, p.mark, p.reason_code, p.remark
FROM aspect_score p JOIN measure m ON m.id = p.measure_id
WHERE p.decision_id = ANY(:decisions) ORDER BY p.decision_id, m.number, p.aspect
"""


def answers(session: Session, task_id: int) -> list[AnswerRow]:
    """The measures of a task's report and what the revision answers: the one that was taken, else the newest."""
    rows = [AnswerRow(*row) for row in session.execute(text(_ANSWERS), {"task": task_id})]
    if not rows:
        raise NotFound(f"no verification task {task_id}")
    return rows


def decisions(session: Session, report_id: int, *, reader: str | None) -> list[DecisionRow]:
    """What was decided of a report, oldest first.

    A verifier (`reader`) does not see the marks of another while a reading of the same report, tier and round is open.
    None is the side that reports: it sees every first reading at once, as it has to mend what was found, and no second
    reading ever, as that one changes nothing.
    """
    visible = _TO_REPORTERS if reader is None else _TO_VERIFIERS
    scope = {"report": report_id} if reader is None else {"report": report_id, "reader": reader}
    rows = session.execute(text(_DECISIONS.format(visible=visible)), scope).all()
    marks: dict[int, list[MarkRow]] = defaultdict(list)
    for decision_id, number, aspect, mark, code, remark in session.execute(
        text(_MARKS), {"decisions": [row.id for row in rows]}
    ):
        marks[decision_id].append(MarkRow(number, aspect, mark, code, words(code), remark))
    return [
        DecisionRow(
            decision_id=row.id,
            task_id=row.task_id,
            tier=row.tier,
            round=row.round,
            second_reading=row.second_reading,
            revision=row.revision,
            verdict=row.verdict,
            reason_code=row.reason_code,
            reason=words(row.reason_code),
            remark=row.remark,
            new_deadline=row.new_deadline,
            score_bp=row.score_bp,
            in_batch=row.in_batch,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            marks=tuple(marks[row.id]),
        )
        for row in rows
    ]


def blind(
    session: Session, period_id: int, obligations: Collection[int], *, reader: str, but_units: Collection[int]
) -> frozenset[int]:
    """Of these obligations those of which one reading is open and the other was done by somebody else than `reader`.

    `but_units` are those for which the reader reports: that side sees the first reading at once.
    """
    scope = {"period": period_id, "obligations": list(obligations), "reader": reader, "but": list(but_units)}
    return frozenset(session.scalars(text(_BLIND), scope))


def words(code: str | None) -> str | None:
    return " / ".join(WORDS[ReasonCode(code)]) if code else None
