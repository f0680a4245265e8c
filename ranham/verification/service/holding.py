"""One task in hand: locked together with its report, and refused to whoever may not have it."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.clock import in_wib
from ranham.kernel.errors import Conflict, Forbidden, NotFound
from ranham.submission.models import Report
from ranham.submission.reports import lock_report
from ranham.verification.models import VerificationTask

_CURRENT = "SELECT id FROM submission WHERE period_id = :period AND obligation_id = :obligation AND is_current"
_OWN_INTEREST = """
SELECT EXISTS (SELECT FROM verifier_interest i WHERE i.verifier = :by
               AND (i.unit_id = :unit OR i.whole_province AND i.unit_id = cast(:province AS bigint)))
"""
_FIRST_READER = """
SELECT d.decided_by FROM verification_decision d JOIN verification_task t ON t.id = d.task_id
WHERE t.report_id = :report AND t.tier = :tier AND t.round = :round AND NOT t.second_reading
"""


class TaskDone(Conflict):
    """It was decided before; nothing was written."""

    def __init__(self, task: VerificationTask) -> None:
        self.task_id = task.id
        when = in_wib(task.done_at) if task.done_at else "some time"
        super().__init__(f"task {task.id} was decided by {task.verifier} at {when}")


class WithAnother(Conflict):
    """Another verifier has it."""

    def __init__(self, task: VerificationTask) -> None:
        self.task_id, self.verifier = task.id, task.verifier
        how = f"taken by {task.verifier} at {in_wib(task.taken_at)}" if task.taken_at else (
            f"allocated to {task.verifier}"
        )  # fmt: skip
        super().__init__(f"task {task.id} is {how}")


class ConflictOfInterest(Conflict):
    """The verifier must not judge this report."""


def hold(session: Session, task_id: int, *, now: datetime) -> tuple[VerificationTask, Report]:
    """The task and its report, locked to the end of the transaction; always the report first, so nobody waits in a ring."""
    seen = session.get(VerificationTask, task_id)
    if seen is None:
        raise NotFound(f"no verification task {task_id}")
    of = session.get_one(Report, seen.report_id)
    report = lock_report(session, of.obligation_id, of.period_id, now=now)
    task = session.get(VerificationTask, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        # Seen but not to be locked: the database shows it to people who may not work on it.
        raise Forbidden(f"verification task {task_id} is not for you to work on")
    return task, report


def refuse_unless_may(session: Session, task: VerificationTask, report: Report, by: str) -> None:
    """Raise unless the task is open and the verifier may have it."""
    if task.done_at is not None:
        raise TaskDone(task)
    if task.verifier not in (None, by):
        raise WithAnother(task)
    scope = {"by": by, "unit": report.unit_id, "province": task.province_id}
    if session.scalar(text(_OWN_INTEREST), scope):
        raise ConflictOfInterest(
            f"{by} has a conflict of interest in the report of task {task.id}: own unit or province"
        )
    if task.second_reading and first_reader(session, task) == by:
        raise ConflictOfInterest(f"{by} read the report of task {task.id} first; the second reading is for another")


def first_reader(session: Session, task: VerificationTask) -> str | None:
    scope = {"report": task.report_id, "tier": task.tier, "round": task.round}
    found: str | None = session.scalar(text(_FIRST_READER), scope)
    return found


def current_revision(session: Session, report: Report) -> int:
    found = session.scalar(text(_CURRENT), {"period": report.period_id, "obligation": report.obligation_id})
    if found is None:
        raise Conflict(f"report {report.id} has no revision, so there is nothing to read")
    return int(found)
