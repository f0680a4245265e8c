"""What is due, and what ran."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.cycle.models import Step
from ranham.cycle.rules import PeriodFacts, due_steps, subject_of
from ranham.kernel.settings import settings
from ranham.plan.queries import PeriodInfo, full_label, list_periods
from ranham.release.course import course_of
from ranham.reminder.planning import anything_due


@dataclass(frozen=True, slots=True)
class Due:
    step: Step
    period: str
    """Label with its regulation, so that it is never ambiguous."""


@dataclass(frozen=True, slots=True)
class RunRow:
    id: int
    step: str
    period: str | None
    state: str
    started_at: datetime
    ended_at: datetime | None
    rows: int | None
    error: str | None
    flow_run_id: str | None


FACTS = """
SELECT EXISTS (SELECT FROM year_freeze WHERE plan_year_id = :plan_year) AS frozen, s.opened_at, s.closed_at,
       r.period_id IS NULL OR EXISTS (SELECT FROM submission b WHERE b.period_id = p.id AND b.id > r.watermark)
       OR EXISTS (SELECT FROM report_event e WHERE e.period_id = p.id AND e.id > r.event_watermark)
       OR r.excuses_seen <> (SELECT count(*) FROM excuse x WHERE x.period_id = p.id AND x.approved_at IS NOT NULL) AS news,
       EXISTS (SELECT FROM submission b LEFT JOIN report t ON t.obligation_id = b.obligation_id AND t.period_id = p.id
               WHERE b.period_id = p.id AND b.is_current AND (t.id IS NULL OR t.state IN ('submitted', 'resubmitted')
               AND NOT EXISTS (SELECT FROM verification_task k WHERE k.report_id = t.id AND k.done_at IS NULL
                               AND NOT k.second_reading))) AS unread,
       EXISTS (SELECT FROM report t WHERE t.period_id = p.id AND t.state = 'verified') AS verified
FROM period p LEFT JOIN period_state s ON s.period_id = p.id LEFT JOIN rollup r ON r.period_id = p.id WHERE p.id = :period
"""


def facts(session: Session, period: PeriodInfo) -> PeriodFacts:
    row = session.execute(text(FACTS), {"period": period.id, "plan_year": period.plan_year_id}).one()
    return PeriodFacts(
        label=full_label(period),
        opens_at=period.opens_at(),
        ends_at=period.ends_at(),
        frozen=row.frozen,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        news=row.news,
        unread=row.unread,
        verified=row.verified,
        releases=course_of(session, period),
        can_sign=settings().signing_key_file is not None,
    )


def opened_and_closed(session: Session) -> dict[int, tuple[datetime | None, datetime | None]]:
    """When each period was opened and closed, by its id, in one statement; one that was never opened is not there."""
    rows = session.execute(text("SELECT period_id, opened_at, closed_at FROM period_state"))
    return {period_id: (opened_at, closed_at) for period_id, opened_at, closed_at in rows}


def due(session: Session, *, now: datetime, close_after_days: int) -> list[Due]:
    """Everything that is due and not done and can be done here, oldest period first; it takes no meaning from when it is asked.

    What operators skip is left out, and publishing where this process has no key: that is no failure.
    """
    after, left_out = timedelta(days=close_after_days), skipped(session)
    steps = []
    for period in list_periods(session):
        found = facts(session, period)
        if found.frozen and found.opens_at is not None:
            found = replace(found, reminders=anything_due(session, period, now=now))
        steps += [
            Due(step, found.label)
            for step in due_steps(found, now, after)
            if (step, subject_of(step, found.label)) not in left_out and (step is not Step.PUBLISH or found.can_sign)
        ]
    return steps


def skipped(session: Session) -> frozenset[tuple[str, str]]:
    """Steps that operators skip now, with what they work on (`subject_of`)."""
    rows = session.execute(text("SELECT step, subject FROM step_skip WHERE taken_back_at IS NULL"))
    return frozenset((row.step, row.subject) for row in rows)


def open_periods(session: Session) -> list[str]:
    return [
        full_label(period)
        for period in list_periods(session)
        if (state := facts(session, period)).opened_at is not None and state.closed_at is None
    ]


def closed_periods(session: Session) -> list[str]:
    return [full_label(period) for period in list_periods(session) if facts(session, period).closed_at is not None]


def runs(session: Session, limit: int = 20) -> list[RunRow]:
    rows = session.execute(
        text("""SELECT id, step, period_label, state, started_at, ended_at, rows, error, flow_run_id
                FROM cycle_run ORDER BY id DESC LIMIT :limit"""),
        {"limit": limit},
    )
    return [RunRow(*row) for row in rows]
