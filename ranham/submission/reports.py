"""Moves reports through their life-cycle: one lock, one check, one transition, its event and its consequences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql import ClauseElement

from ranham.audit import service as audit
from ranham.kernel.errors import Conflict, NotFound
from ranham.kernel.trips import together
from ranham.outbox import service as outbox
from ranham.submission.locating import ReportPlace
from ranham.submission.locks import share_period
from ranham.submission.models import Report, ReportEvent
from ranham.submission.moving import write_move
from ranham.submission.states import Event, Refusal, State, advance

# A report that came as a file has no row until somebody touches it: its state follows from its revision.
_BEGIN = text("""
INSERT INTO report (obligation_id, unit_id, action_id, period_id, state, version, round, unsent, changed_at)
SELECT o.id, o.unit_id, o.action_id, p.id,
       CASE WHEN EXISTS (SELECT FROM submission s WHERE s.obligation_id = o.id AND s.period_id = p.id)
            THEN 'submitted' ELSE 'not_started' END, 1, 0, false, :now
FROM obligation o JOIN period p ON p.plan_year_id = o.plan_year_id
WHERE o.id = :obligation AND p.id = :period
ON CONFLICT (obligation_id, period_id) DO NOTHING RETURNING *
""").columns(*Report.__table__.columns)
_BEGUN = select(Report).from_statement(_BEGIN).execution_options(populate_existing=True)
_THERE = (
    select(Report)
    .where(Report.obligation_id == bindparam("obligation"), Report.period_id == bindparam("period"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
# The same for all of a period at once, for those who work on many.
_BEGIN_SENT = """
INSERT INTO report (obligation_id, unit_id, action_id, period_id, state, version, round, unsent, changed_at)
SELECT s.obligation_id, s.unit_id, s.action_id, s.period_id, 'submitted', 1, 0, false, :now
FROM submission s
WHERE s.period_id = :period AND s.is_current
  AND NOT EXISTS (SELECT FROM report r WHERE r.obligation_id = s.obligation_id AND r.period_id = s.period_id)
ORDER BY s.obligation_id
ON CONFLICT (obligation_id, period_id) DO NOTHING
RETURNING id
"""
_CLOSED = text("SELECT closed_at FROM period_state WHERE period_id = :period")
_OPENED = "SELECT EXISTS (SELECT FROM period_state WHERE period_id = :period)"


# Set-based, as there are thousands at a close; the same transition as in `states.TRANSITIONS`.
_FINALIZE = f"""
WITH moved AS (
    UPDATE report SET state = '{advance(State.VERIFIED, Event.FINALIZE, period_closed=True)}', version = version + 1,
           changed_at = :now
    WHERE period_id = :period AND state = '{State.VERIFIED}' RETURNING *
), happened AS (
    INSERT INTO report_event (report_id, obligation_id, unit_id, action_id, period_id, event, from_state, to_state,
                              score_bp, replaced_score_bp, actor, at)
    SELECT id, obligation_id, unit_id, action_id, period_id, '{Event.FINALIZE}', '{State.VERIFIED}', state, score_bp,
           score_bp, 'engine', :now FROM moved
)
SELECT count(*) FROM moved
"""


class StaleVersion(Conflict):
    """Somebody else changed it in the meantime; nothing was written."""

    def __init__(self, seen: int, present: int) -> None:
        self.seen, self.present = seen, present
        super().__init__(
            f"changed in the meantime: you saw version {seen}, it is now version {present}; read it again and repeat"
        )


class NotPossible(Conflict):
    """The state does not allow the event; carries what is possible instead."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(str(refusal))


@dataclass(frozen=True, slots=True)
class Cause:
    """Who moves a report, and why."""

    actor: str
    now: datetime
    reason_code: str | None = None
    remark: str | None = None


def lock_report(  # noqa: PLR0913 - two hints beside what is locked
    session: Session, obligation_id: int, period_id: int, *, now: datetime, begun: bool = True, shared: bool = False
) -> Report:
    """The report's row, made if need be, locked to the end of the transaction; before it the period, see `locks`.

    `begun` says whether the caller saw a row, and only which way is tried first; `shared` that they share the period.
    """
    if not shared:
        share_period(session, period_id)
    key = {"obligation": obligation_id, "period": period_id, "now": now}
    ways = (_THERE, _BEGUN) if begun else (_BEGUN, _THERE)
    # Once more at the end: where nothing could be made, somebody else did it meanwhile.
    for way in (*ways, _THERE):
        found: Report | None = session.scalar(way, key)
        if found is not None:
            return found
    raise NotFound(f"no obligation {obligation_id} in period {period_id}")


def lock_and_ask(
    session: Session, place: ReportPlace, asked: ClauseElement, values: Mapping[str, Any], *, now: datetime
) -> tuple[Report, Any]:
    """`lock_report` of a place whose period is shared, and in the same trip the one row of a statement that needs the lock."""
    # What the session still holds back is read here past the session.
    session.flush()
    key = {"obligation": place.obligation_id, "period": place.period_id, "now": now}
    locked, [answer] = together(session, (_THERE if place.begun else _BEGIN, key), (asked, values))
    if locked:
        return _report_of(session, locked[0]), answer
    # Somebody began it in the meantime, so what was answered is of before the lock.
    report = lock_report(session, place.obligation_id, place.period_id, now=now, shared=True)
    return report, session.execute(asked, values).one()  # type: ignore[call-overload] # an executable, as `together` took it


def _report_of(session: Session, row: Any) -> Report:
    values = row._asdict() | {"state": State(row.state)}
    known: Report | None = session.identity_map.get(identity_key(Report, row.id))
    if known is not None:
        for name, value in values.items():
            set_committed_value(known, name, value)
        return known
    report = Report(**values)
    make_transient_to_detached(report)
    session.add(report)
    return report


def begin_sent(session: Session, period_id: int, *, now: datetime) -> int:
    """Rows for all reports of a period that came as files and that nobody has touched yet; how many were made."""
    share_period(session, period_id)
    return len(session.execute(text(_BEGIN_SENT), {"period": period_id, "now": now}).all())


def move(  # noqa: PLR0913 - what a transition is made of
    session: Session,
    report: Report,
    event: Event,
    cause: Cause,
    *,
    expected_version: int | None = None,
    submission_id: int | None = None,
    score_bp: int | None = None,
    period_closed: bool | None = None,
) -> ReportEvent | None:
    """Make one transition of a locked report; None when an edit changes no state.

    Raises `StaleVersion` when the writer saw another version, `NotPossible` when the state forbids it.
    `period_closed` is for a caller who has read it under the report's lock already.
    """
    check_version(report, expected_version)
    closed = is_closed(session, report) if period_closed is None else period_closed
    target = advance(report.state, event, period_closed=closed)
    if isinstance(target, Refusal):
        raise NotPossible(target)
    if event is Event.EDIT and target is report.state:
        return None
    happened = ReportEvent(
        report_id=report.id,
        obligation_id=report.obligation_id,
        unit_id=report.unit_id,
        action_id=report.action_id,
        period_id=report.period_id,
        event=event,
        from_state=report.state,
        to_state=target,
        submission_id=submission_id,
        score_bp=score_bp,
        replaced_score_bp=report.score_bp,
        actor=cause.actor,
        reason_code=cause.reason_code,
        remark=cause.remark,
        at=cause.now,
    )
    changed = {"state": target, "score_bp": score_bp, "version": report.version + 1, "changed_at": cause.now}
    if event is Event.RETURN:
        changed["round"] = report.round + 1
    if event is Event.REOPEN:
        changed["reopened_at"] = cause.now
    if event is Event.SUBMIT:
        changed["return_due_at"] = None
    write_move(session, report, happened, changed)
    return happened


def reopen(session: Session, obligation_id: int, period_id: int, cause: Cause) -> Report:
    """Let a report be changed again after it was verified or its period closed; the ministry's decision, with a reason.

    What the close counted stays: a new revision is not in the figures of then.
    """
    if not (cause.reason_code and (cause.remark or "").strip()):
        raise Conflict("reopening needs a reason code and a remark: the figures of the close are public")
    report = lock_report(session, obligation_id, period_id, now=cause.now)
    move(session, report, Event.REOPEN, cause)
    return report


def finalize_verified(session: Session, period_id: int, *, now: datetime) -> int:
    """At the close and ever after: every verified report of the period becomes final; how many. Told once for all.

    Also one that was reopened after the close: once it is verified anew, nothing of its reopening is open.
    """
    moved = int(session.scalar(text(_FINALIZE), {"period": period_id, "now": now}) or 0)
    if moved:
        tell_of_many(session, Event.FINALIZE, period_id, {"reports": moved}, actor="engine", now=now)
    return moved


def tell_of_many(  # noqa: PLR0913 - what is told
    session: Session, event: Event, period_id: int, detail: Mapping[str, Any], *, actor: str, now: datetime
) -> None:
    """The consequences of a set-based step: one message and one event in the chain for all its reports, last."""
    last = session.scalar(text("SELECT max(id) FROM report_event WHERE period_id = :period"), {"period": period_id})
    said = {"period_id": period_id, "event": event.value, **detail}
    outbox.put(
        session, topic=f"reports.{event}", key=f"reports-{event}-{period_id}-{last}-{now}", payload=said, now=now
    )
    audit.record(
        session, actor=actor, kind=f"reports.{event}", subject="period", subject_id=period_id, detail=said, now=now
    )


def check_version(report: Report, expected: int | None) -> None:
    if expected is not None and expected != report.version:
        raise StaleVersion(expected, report.version)


def is_closed(session: Session, report: Report) -> bool:
    """As this report sees it: one that was reopened after the close goes on."""
    return binds(session.scalar(_CLOSED, {"period": report.period_id}), report.reopened_at)


def binds(closed_at: datetime | None, reopened_at: datetime | None) -> bool:
    """A close binds a report unless it was reopened since: a reopening before it was of another matter."""
    return closed_at is not None and (reopened_at is None or reopened_at < closed_at)


def is_open(session: Session, period_id: int) -> bool:
    return bool(session.scalar(text(_OPENED), {"period": period_id}))
