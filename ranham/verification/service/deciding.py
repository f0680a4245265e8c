"""Decides on readings: marks and score, return with a deadline, or on to the next tier."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Conflict
from ranham.plan.models import Measure
from ranham.plan.policy import Policy, policy_of
from ranham.plan.queries import PeriodInfo, get_period
from ranham.submission.models import Report
from ranham.submission.reports import Cause, binds, check_version, move
from ranham.submission.states import Event, State
from ranham.verification.models import AspectScore, VerificationDecision, VerificationTask
from ranham.verification.rules import (
    Aspect,
    Decision,
    Tier,
    Verdict,
    closes_at,
    findings,
    return_deadline,
    score_bp,
)
from ranham.verification.service.filling import draw_second_readings, due_dates
from ranham.verification.service.holding import current_revision, hold, refuse_unless_may

_STATE = "SELECT opened_at, closed_at FROM period_state WHERE period_id = :period"


class NoReturnLeft(Conflict):
    """The report cannot go back: its returns are used up, or no time is left."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every decision of a period."""

    period: PeriodInfo
    policy: Policy

    @property
    def last_tier(self) -> Tier:
        return Tier(self.policy.verification.tiers[-1].name)


@dataclass(frozen=True, slots=True)
class Outcome:
    decision_id: int
    verdict: Verdict
    score_bp: int | None
    new_deadline: datetime | None
    state: State
    """Of the report; a second reading leaves it as it is."""
    version: int


def decide(  # noqa: PLR0913 - what a decision is made of
    session: Session,
    task_id: int,
    decision: Decision,
    *,
    by: str,
    now: datetime,
    close_after_days: int,
    expected_version: int | None = None,
) -> Outcome:
    """Decide a task that `by` has taken. Accepting in a tier that is not the last passes the report on.

    Raises `BadInput` with all that the decision lacks, `StaleVersion`, `TaskDone` (a double click), `WithAnother`,
    `ConflictOfInterest`, `NoReturnLeft`; then nothing is written. A second reading is only recorded: the report may have
    moved on, so its version is not asked for.
    """
    task, report = hold(session, task_id, now=now)
    refuse_unless_may(session, task, report, by)
    if task.taken_at is None:
        raise Conflict(f"task {task.id} has not been taken; take it first")
    period = get_period(session, report.period_id)
    terms = Terms(period, policy_of(session, period))
    deadline = None
    if not task.second_reading:
        check_version(report, expected_version)
        if decision.verdict is Verdict.RETURN:
            deadline = _deadline(session, terms, report, now=now, close_after=timedelta(days=close_after_days))
    _refuse_if_moved_on(session, task, report)
    row = record(session, terms, (task, report), decision, Cause(by, now), deadline=deadline)
    # In the same transaction: at no time could the second reader have seen what the first one found.
    draw_second_readings(session, period, terms.policy, now=now, of_task=task.id)
    if not task.second_reading:
        carry_out(session, terms, (task, report), row)
    return Outcome(row.id, row.verdict, row.score_bp, row.new_deadline, report.state, report.version)


def record(  # noqa: PLR0913 - the same
    session: Session,
    terms: Terms,
    held: tuple[VerificationTask, Report],
    decision: Decision,
    cause: Cause,
    *,
    deadline: datetime | None = None,
    in_batch: bool = False,
) -> VerificationDecision:
    """Write the decision of a task that is locked and taken, with its marks and score; raises `BadInput`."""
    task, report = held
    last = task.tier is terms.last_tier
    measures = _measures(session, report)
    # Where the plan requires no measure, all of them are marked and count.
    required = {number for number, measure in measures.items() if measure.required} or set(measures)
    if lacks := findings(decision, known=measures, required=required, last=last):
        raise BadInput(lacks)
    verdict = Verdict.PASS_ON if decision.verdict is Verdict.ACCEPT and not last else decision.verdict
    row = VerificationDecision(
        task_id=task.id,
        submission_id=task.submission_id,
        verdict=verdict,
        reason_code=decision.reason_code,
        remark=decision.remark,
        new_deadline=deadline,
        score_bp=_score_bp(terms, decision, required) if verdict is Verdict.ACCEPT else None,
        in_batch=in_batch,
        decided_by=cause.actor,
        decided_at=cause.now,
    )
    session.add(row)
    task.done_at = cause.now
    session.flush()
    session.add_all(
        AspectScore(
            decision_id=row.id,
            measure_id=measures[mark.measure_no].id,
            aspect=mark.aspect,
            mark=mark.mark,
            reason_code=mark.reason_code,
            remark=mark.remark,
        )
        for mark in decision.marks
    )
    session.flush()
    return row


def carry_out(
    session: Session, terms: Terms, held: tuple[VerificationTask, Report], decided: VerificationDecision
) -> None:
    """What follows from a first reading. The transition comes last: it is what others may wait for."""
    task, report = held
    cause = Cause(decided.decided_by, decided.decided_at, decided.reason_code, decided.remark)
    match decided.verdict:
        case Verdict.ACCEPT:
            move(session, report, Event.VERIFY, cause, submission_id=decided.submission_id, score_bp=decided.score_bp)
        case Verdict.RETURN:
            report.return_due_at = decided.new_deadline
            move(session, report, Event.RETURN, cause, submission_id=decided.submission_id)
        case Verdict.PASS_ON:
            due = due_dates(terms.policy, cause.now)
            following = list(due)[list(due).index(task.tier) + 1]
            session.add(
                VerificationTask(
                    report_id=report.id,
                    period_id=report.period_id,
                    province_id=task.province_id,
                    tier=following,
                    round=task.round,
                    office_id=None,  # only the central secretariat comes after another tier
                    second_reading=False,
                    created_at=cause.now,
                    due_at=due[following],
                )
            )
    session.flush()


def _score_bp(terms: Terms, decision: Decision, required: set[int]) -> int:
    scoring = terms.policy.scoring
    weights = {
        Aspect.ADMINISTRATIVE: scoring.administrative_weight_bp,
        Aspect.SUBSTANTIVE: scoring.substantive_weight_bp,
    }
    return score_bp(decision.marks, required, weights, terms.policy.verification.partly_fulfilled_bp)


def _refuse_if_moved_on(session: Session, task: VerificationTask, report: Report) -> None:
    if task.second_reading:
        return
    if report.state is not State.UNDER_VERIFICATION:
        words = report.state.replace("_", " ")
        raise Conflict(f"the report of task {task.id} is {words}, so there is nothing to decide now")
    if current_revision(session, report) != task.submission_id:
        raise Conflict(f"a new revision came in since task {task.id} was taken; take it again to read that one")


def _measures(session: Session, report: Report) -> dict[int, Measure]:
    found = select(Measure).where(Measure.action_id == report.action_id, Measure.period_id == report.period_id)
    return {measure.number: measure for measure in session.scalars(found)}


def _deadline(session: Session, terms: Terms, report: Report, *, now: datetime, close_after: timedelta) -> datetime:
    instead = "verify it, with the marks as they are"
    if report.round >= terms.policy.verification.max_rounds:
        raise NoReturnLeft(f"the report was returned {report.round} times, as often as the plan allows; {instead}")
    state = session.execute(text(_STATE), {"period": report.period_id}).one_or_none()
    closed_at: datetime | None = None if state is None else state.closed_at
    if binds(closed_at, report.reopened_at):
        closes: datetime | None = now
    elif closed_at is not None:
        closes = None  # reopened since, so the close does not bind it
    else:
        closes = closes_at(terms.period.ends_at(), None if state is None else state.opened_at, close_after)
    deadline = return_deadline(now, terms.policy.verification.return_days, closes)
    if deadline is None:
        raise NoReturnLeft(f"{terms.period.label} leaves no time to send the report again; {instead}")
    return deadline
