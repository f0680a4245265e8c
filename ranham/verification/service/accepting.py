"""Accepts in one go what nothing speaks against: every report its own decision, and a reason for each one left."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.plan.models import Measure
from ranham.plan.policy import policy_of
from ranham.plan.queries import PeriodInfo
from ranham.submission.models import Report
from ranham.submission.reports import Cause, move
from ranham.submission.states import Event, State
from ranham.verification.models import VerificationDecision, VerificationTask
from ranham.verification.rules import Aspect, Decision, Flag, Mark, MeasureMark, Verdict
from ranham.verification.service.allocating import desk_scope, lock_desk, of_desk
from ranham.verification.service.deciding import Terms, carry_out, record
from ranham.verification.service.filling import draw_second_readings
from ranham.verification.service.holding import current_revision, hold, refuse_unless_may
from ranham.verification.service.taking import refuse_unless_readable

# What can be seen without reading. An honest "not achieved" is no fault of the report, but full marks for it would be.
_FLAGGED = """
SELECT t.id AS task_id, s.id AS submission_id, r.action_id,
       array_remove(ARRAY[
           CASE WHEN s.id IS NULL OR NOT s.complete THEN 'incomplete' END,
           CASE WHEN s.timeliness = 'late' THEN 'late' END,
           CASE WHEN NOT s.achieved THEN 'not_achieved' END,
           CASE WHEN t.round > 1 THEN 'came_back' END,
           CASE WHEN EXISTS (SELECT FROM answer_evidence a JOIN evidence e ON e.id = a.evidence_id
                             WHERE a.submission_id = s.id AND (e.signed IS FALSE OR e.letterhead IS FALSE))
                THEN 'weak_evidence' END,
           CASE WHEN t.verifier <> :by THEN 'with_another' END,
           CASE WHEN EXISTS (SELECT FROM verifier_interest i WHERE i.verifier = :by
                             AND (i.unit_id = r.unit_id OR i.whole_province AND i.unit_id = t.province_id))
                THEN 'own_interest' END], NULL) AS flags
FROM verification_task t
JOIN report r ON r.id = t.report_id
LEFT JOIN submission s ON s.period_id = r.period_id AND s.obligation_id = r.obligation_id AND s.is_current
WHERE t.period_id = :period AND t.done_at IS NULL AND NOT t.second_reading AND {of_desk}
ORDER BY t.id
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    task_ids: tuple[int, ...]
    left: Mapping[int, tuple[Flag, ...]]
    """Tasks that somebody has to read, and why."""
    reasons: Mapping[Flag, int] = field(default_factory=dict)
    """How many were left for each reason; a task may have several."""


def batch_accept(  # noqa: PLR0913 - keywords, each a decision of the caller
    session: Session, period: PeriodInfo, *, office_id: int | None, by: str, now: datetime, limit: int = 200
) -> Accepted:
    """Accept what is open at a desk and has no flag, in full and as decisions of `by`; at most `limit` in one call.

    Second readings are never accepted so: somebody has to read them.
    """
    lock_desk(session, period, office_id)
    terms = Terms(period, policy_of(session, period))
    scope = {"period": period.id, "by": by, **desk_scope(office_id)}
    rows = session.execute(text(_FLAGGED.format(of_desk=of_desk(office_id))), scope).all()
    marks = _full_marks(session, period, {row.action_id for row in rows if not row.flags})
    left = {row.task_id: tuple(map(Flag, row.flags)) for row in rows if row.flags}
    flawless = [row for row in rows if not row.flags]
    left |= {row.task_id: (Flag.BEYOND_LIMIT,) for row in flawless[limit:]}
    # First all locks, then what is decided, and the transitions at the end: those others may wait for.
    held = [(row, *hold(session, row.task_id, now=now)) for row in flawless[:limit]]
    decided: list[tuple[VerificationTask, Report, VerificationDecision]] = []
    for row, task, report in held:
        if _is_as_it_was(session, task, report, row.submission_id, by=by):
            task.submission_id, task.verifier, task.taken_at = row.submission_id, by, task.taken_at or now
            decision = Decision(Verdict.ACCEPT, marks[row.action_id])
            made = record(session, terms, (task, report), decision, Cause(by, now), in_batch=True)
            decided.append((task, report, made))
        else:
            left[row.task_id] = (Flag.CHANGED,)
    draw_second_readings(session, period, terms.policy, now=now)
    for task, report, made in decided:
        if report.state is not State.UNDER_VERIFICATION:
            move(session, report, Event.TAKE, Cause(by, now), submission_id=made.submission_id)
        carry_out(session, terms, (task, report), made)
    reasons = dict(Counter(flag for flags in left.values() for flag in flags))
    return Accepted(tuple(task.id for task, _, _ in decided), left, reasons)


def _is_as_it_was(session: Session, task: VerificationTask, report: Report, submission_id: int, *, by: str) -> bool:
    """Looked at again under the lock: it was free and readable, with this revision, before."""
    try:
        refuse_unless_may(session, task, report, by)
        if report.state is not State.UNDER_VERIFICATION:
            refuse_unless_readable(session, report)
    except Conflict:
        return False
    return current_revision(session, report) == submission_id


def _full_marks(session: Session, period: PeriodInfo, actions: set[int]) -> dict[int, list[MeasureMark]]:
    made: dict[int, list[MeasureMark]] = {action: [] for action in actions}
    found = select(Measure).where(Measure.period_id == period.id, Measure.action_id.in_(actions))
    measures = session.scalars(found.order_by(Measure.action_id, Measure.number)).all()
    demanding = {measure.action_id for measure in measures if measure.required}
    for measure in measures:
        if measure.required or measure.action_id not in demanding:
            made[measure.action_id] += [MeasureMark(measure.number, aspect, Mark.FULFILLED) for aspect in Aspect]
    return made
