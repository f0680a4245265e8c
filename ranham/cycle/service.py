"""Opens and closes periods, and keeps our record of each run. Every call may be repeated."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from ranham.compliance.service import finalize
from ranham.cycle.models import CycleRun, PeriodState, RunState, Step
from ranham.kernel.clock import in_wib
from ranham.kernel.errors import Conflict
from ranham.obligation.models import YearFreeze
from ranham.plan.queries import PeriodInfo
from ranham.submission.reports import finalize_verified

OPEN = """
INSERT INTO period_state (period_id, opened_at) VALUES (:period, :now) ON CONFLICT (period_id) DO NOTHING
RETURNING period_id
"""

LEASE_PREFIX = "period:"
"""A run holds the lease of this and its period's label, so that one run at a time works on a period."""

LOSE = """
UPDATE cycle_run r SET state = 'lost', ended_at = :now, error = 'the run ended without a word; its lease ran out'
WHERE r.state = 'running' AND NOT EXISTS (
    SELECT FROM lease l WHERE l.name = :prefix || r.period_label AND l.expires_at > clock_timestamp())
RETURNING r.id
"""


def open_period(session: Session, period: PeriodInfo, *, now: datetime) -> bool:
    """Open a period from the first day of its window; False if it was open before.

    Refused before the window and while the year's obligations are not frozen.
    """
    opens_at = period.opens_at()
    if opens_at is None:
        raise Conflict(f"{period.label} has no announced window; load a plan version that has it")
    if now < opens_at:
        raise Conflict(f"{period.label} opens on {period.opens_on} (Jakarta); now it is {in_wib(now)}")
    if session.scalar(select(YearFreeze.id).where(YearFreeze.plan_year_id == period.plan_year_id)) is None:
        raise Conflict(f"the obligations of {period.year} are not frozen; run: ranham year freeze {period.year}")
    return session.scalar(text(OPEN), {"period": period.id, "now": now}) is not None


def close_period(session: Session, period: PeriodInfo, *, now: datetime, early_because: str | None = None) -> bool:
    """Count a period for the last time and make its figures final; False if it was closed before.

    Closing again makes final what was verified since the close, and touches no figure.
    Refused while the window is open, unless somebody says why: people still may send reports and are shut out.
    """
    state = session.get(PeriodState, period.id, with_for_update=True)
    if state is None:
        raise Conflict(f"{period.label} was never opened")
    if state.closed_at is not None:
        finalize_verified(session, period.id, now=now)
        return False
    ends_at = period.ends_at()
    if ends_at is not None and now < ends_at and not (early_because or "").strip():
        raise Conflict(f"the window of {period.label} is open to the end of {period.closes_on} (Jakarta)")
    # The last count takes the lock that imports share, so none can slip in between it and the close.
    session.execute(text("SELECT pg_advisory_xact_lock(7266, cast(:period AS int))"), {"period": period.id})
    finalize_verified(session, period.id, now=now)
    finalize(session, period, now=now)
    state.closed_at = now
    session.flush()
    return True


def begin_run(session: Session, step: Step, period_label: str | None, *, flow_run_id: str | None, now: datetime) -> int:
    """Write the row of a run. Called under the period's lease, so any older row still running was lost: it is said so."""
    session.execute(
        update(CycleRun)
        .where(CycleRun.period_label.is_not_distinct_from(period_label), CycleRun.state == RunState.RUNNING)
        .values(state=RunState.LOST, ended_at=now, error="the run ended without a word; a later run took over")
    )
    run = CycleRun(
        step=step, period_label=period_label, flow_run_id=flow_run_id, state=RunState.RUNNING, started_at=now
    )
    session.add(run)
    session.flush()
    return run.id


def mark_lost(session: Session, *, now: datetime) -> int:
    """Say of runs whose lease ran out that they were lost, also where no later run takes over; how many."""
    return len(session.execute(text(LOSE), {"now": now, "prefix": LEASE_PREFIX}).all())


def end_run(  # noqa: PLR0913 - what there is to say of an end
    session: Session,
    run_id: int,
    *,
    now: datetime,
    fence: int | None = None,
    rows: int | None = None,
    summary: dict[str, Any] | None = None,
    error: str | None = None,
) -> None:
    """Say how a run ended: done, or failed where there is an error.

    One that was said to be lost is believed where its `fence` still holds: its lease ran out while it was at work, and
    nobody took over. Otherwise what took over has a record of its own, and this one stays as it is.
    """
    run = session.get_one(CycleRun, run_id, with_for_update=True)
    if run.state is RunState.LOST:
        present = session.scalar(
            text("SELECT fence FROM lease WHERE name = :prefix || cast(:label AS text)"),
            {"prefix": LEASE_PREFIX, "label": run.period_label},
        )
        if fence is None or present != fence:
            return
    elif run.state is not RunState.RUNNING:
        return
    run.state = RunState.FAILED if error else RunState.DONE
    run.ended_at, run.rows, run.summary, run.error = now, rows, summary, error
    session.flush()
