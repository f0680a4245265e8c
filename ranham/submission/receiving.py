"""Takes one report: judged in one statement, written as a revision with its event. The same content twice is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Conflict, Finding
from ranham.kernel.trips import one_trip, straight
from ranham.submission.examination import ReportFinding, Severity, examine
from ranham.submission.facts import GIVEN, AnswerInput, keys, load, report_facts
from ranham.submission.models import Report, Timeliness
from ranham.submission.reports import Cause, NotPossible, binds, check_version, move
from ranham.submission.states import Event, Refusal, State, advance
from ranham.submission.timing import Before, Deadlines, judge


@dataclass(frozen=True, slots=True)
class Sender:
    """How a report came, beside who sent it."""

    channel: str
    offset_minutes: int = 420
    """UTC offset of the sender's clock, to show the time as they saw it."""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    report_id: int
    submission_id: int
    revision: int
    state: State
    version: int
    timeliness: Timeliness
    complete: bool
    achieved: bool
    unchanged: bool
    """The same content was received before: this is its receipt again, and nothing was written."""
    received_at: datetime


class ReportRefused(BadInput):
    """The report has blocking findings; nothing was written."""

    def __init__(self, findings: Sequence[ReportFinding]) -> None:
        self.report_findings = tuple(findings)
        super().__init__(
            [
                Finding(f"measure {f.measure_number}" if f.measure_number else "report", f.code, f.words, f.words)
                for f in findings
            ]
        )


_RETIRE = text("UPDATE submission SET is_current = false WHERE id = :previous")
_WRITE = text("""
INSERT INTO submission (id, obligation_id, unit_id, action_id, period_id, revision, is_current, submitted_at,
    submitted_offset_minutes, received_at, channel, author, digest, timeliness, complete, achieved, not_applicable,
    simulated, judged_at, replaced_timeliness, replaced_complete, replaced_achieved)
VALUES (:submission, :obligation, :unit, :action, :period, :revision, true, :now, :offset, :now, :channel, :author, :digest,
    :timeliness, :complete, :achieved, :not_applicable, :simulated, :judged_at, :replaced_timeliness,
    :replaced_complete, :replaced_achieved)
""")
_ANSWERS = text(f"""
INSERT INTO measure_answer (submission_id, measure_id, answer, value, note, evidence)
SELECT :submission, measure_id, answer, value, note, evidence FROM ({GIVEN}) a
""")
_EVIDENCE = text(f"""
WITH a AS MATERIALIZED ({GIVEN})
INSERT INTO answer_evidence (submission_id, measure_id, evidence_id)
SELECT DISTINCT :submission, a.measure_id, e.id FROM a JOIN evidence e ON e.id = ANY(a.evidence_ids)
WHERE e.unit_id = :unit
""")


def receive(  # noqa: PLR0913 - keywords, each a decision of the caller
    session: Session,
    report: Report,
    answers: Sequence[AnswerInput],
    cause: Cause,
    *,
    sender: Sender,
    expected_version: int | None = None,
    loaded: tuple[dict[str, Any], Row[Any]] | None = None,
) -> Receipt:
    """Take the answers of a locked report as its next revision. `loaded`: its keys and facts, loaded under its lock.

    Raises `StaleVersion`, `NotPossible`, and `ReportRefused` with every blocking finding. Sending the content that
    counts already again gives the receipt of then, whatever the version: a sender who heard no answer may repeat.
    """
    key, facts = loaded or _load(session, report, answers)
    if (
        facts.previous_digest is not None
        and facts.previous_digest == facts.digest
        and report.state is not State.RETURNED
    ):
        return _receipt_again(report, facts)
    check_version(report, expected_version)
    closed = binds(facts.closed_at, report.reopened_at)
    _refuse_unless_possible(report, facts, cause, closed=closed)
    _refuse_findings(report, facts, answers)
    judged = judge(
        cause.now,
        Deadlines(facts.ends_at, facts.extended_until),
        state=report.state,
        return_due_at=report.return_due_at,
        previous=_before(facts),
    )
    written = key | {
        "submission": facts.next_id,
        "revision": (facts.previous_revision or 0) + 1,
        "now": cause.now,
        "offset": sender.offset_minutes,
        "channel": sender.channel,
        "author": cause.actor,
        "digest": facts.digest,
        "timeliness": judged.timeliness.value,
        "judged_at": None if judged.moment == cause.now else judged.moment,
        "complete": facts.complete,
        "achieved": facts.achieved,
        "not_applicable": facts.not_applicable,
        # A real correction of simulated answers stays labelled: parts of it may be carried over.
        "simulated": sender.simulated or bool(facts.previous_simulated),
        "replaced_timeliness": facts.previous_timeliness,
        "replaced_complete": facts.previous_complete,
        "replaced_achieved": facts.previous_achieved,
    }
    if report.unsent:  # or the flush looks for what changed, and finds nothing
        report.unsent = False
    session.flush()
    with one_trip(session):
        if facts.previous_id is not None:
            straight(session, _RETIRE, {"previous": facts.previous_id})
        straight(session, _WRITE, written)
        straight(session, _ANSWERS, written)
        if any(answer.evidence_ids for answer in answers):
            straight(session, _EVIDENCE, written)
        move(session, report, Event.SUBMIT, cause, submission_id=facts.next_id, period_closed=closed)
    return Receipt(
        report_id=report.id,
        submission_id=facts.next_id,
        revision=(facts.previous_revision or 0) + 1,
        state=report.state,
        version=report.version,
        timeliness=judged.timeliness,
        complete=facts.complete,
        achieved=facts.achieved,
        unchanged=False,
        received_at=cause.now,
    )


def _before(facts: Row[Any]) -> Before | None:
    if facts.previous_timeliness is None:
        return None
    return Before(Timeliness(facts.previous_timeliness), facts.previous_moment)


def _load(session: Session, report: Report, answers: Sequence[AnswerInput]) -> tuple[dict[str, Any], Row[Any]]:
    key = keys(report, answers)
    return key, load(session, key)


def _receipt_again(report: Report, facts: Row[Any]) -> Receipt:
    report.unsent = False
    return Receipt(
        report_id=report.id,
        submission_id=facts.previous_id,
        revision=facts.previous_revision,
        state=report.state,
        version=report.version,
        timeliness=Timeliness(facts.previous_timeliness),
        complete=facts.previous_complete,
        achieved=facts.previous_achieved,
        unchanged=True,
        received_at=facts.previous_received_at,
    )


def _refuse_unless_possible(report: Report, facts: Row[Any], cause: Cause, *, closed: bool) -> None:
    target = advance(report.state, Event.SUBMIT, period_closed=closed)
    if isinstance(target, Refusal):
        raise NotPossible(target)
    if facts.ends_at is None:
        raise Conflict("the period has no announced window, so no report can be on time or late")
    if cause.now < facts.opens_at:
        raise Conflict(f"the window opens at {facts.opens_at.isoformat()}; keep the draft until then")


def _refuse_findings(report: Report, facts: Row[Any], answers: Sequence[AnswerInput]) -> None:
    measures = {m["measure_id"]: m for m in facts.measures or ()}
    if unknown := sorted({a.measure_id for a in answers} - measures.keys()):
        raise BadInput([Finding("measure", str(each), "a measure of this action and period") for each in unknown])
    found = [f for f in examine(report_facts(facts, answers)) if f.severity is Severity.BLOCKING]
    if facts.previous_digest == facts.digest and report.state is State.RETURNED:
        words = "tidak ada yang berubah sejak dikembalikan / nothing changed since it was returned"
        found.append(ReportFinding("unchanged", Severity.BLOCKING, None, words))
    if found:
        raise ReportRefused(found)
