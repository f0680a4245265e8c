"""Verifiers take tasks and give them back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.submission.models import Report
from ranham.submission.reports import Cause, NotPossible, is_closed, move
from ranham.submission.states import Event, Refusal, State, advance
from ranham.verification.models import VerificationTask
from ranham.verification.service.holding import TaskDone, current_revision, hold, refuse_unless_may


@dataclass(frozen=True, slots=True)
class Taken:
    task_id: int
    report_id: int
    submission_id: int
    """The revision to read; a decision is about this one and no later."""
    version: int
    """Version of the report: say it with the decision, and nothing that came between is overwritten."""


def take(session: Session, task_id: int, *, by: str, now: datetime) -> Taken:
    """Begin a reading. Taking it again gives the same, or the newest revision if another came in the meantime.

    Raises `WithAnother`, `TaskDone`, `ConflictOfInterest`, or `NotPossible` when the report cannot be read now.
    """
    task, report = hold(session, task_id, now=now)
    refuse_unless_may(session, task, report, by)
    return take_held(session, task, report, by=by, now=now)


def take_held(session: Session, task: VerificationTask, report: Report, *, by: str, now: datetime) -> Taken:
    """`take` of a task that is locked and may be had. The transition comes last: it is what others may wait for."""
    begins = not task.second_reading and report.state is not State.UNDER_VERIFICATION
    if begins:
        refuse_unless_readable(session, report)
    if not task.second_reading:
        task.submission_id = current_revision(session, report)
    task.verifier, task.taken_at = by, task.taken_at or now
    session.flush()
    if task.submission_id is None:
        raise AssertionError(f"task {task.id} without a revision")
    if begins:
        move(session, report, Event.TAKE, Cause(by, now), submission_id=task.submission_id)
    return Taken(task.id, report.id, task.submission_id, report.version)


def refuse_unless_readable(session: Session, report: Report) -> None:
    """Before anything is written; the transition would say the same afterwards."""
    target = advance(report.state, Event.TAKE, period_closed=is_closed(session, report))
    if isinstance(target, Refusal):
        raise NotPossible(target)


def hand_back(session: Session, task_id: int, *, by: str, now: datetime) -> None:
    """Give a task back to its queue, by its verifier or for one who is away; a reading that was begun is begun anew."""
    task, _ = hold(session, task_id, now=now)
    if task.done_at is not None:
        raise TaskDone(task)
    if task.verifier is None:
        raise Conflict(f"nobody has task {task.id}, so {by} cannot give it back")
    task.verifier = task.taken_at = None
    session.flush()
