"""Where every step of every period stands: what ran, what is due, what is late, who is at it, what is safe to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.cycle import inbox as inbox_
from ranham.cycle import lateness, waiting
from ranham.cycle.lateness import Holder, LastRun, StepFacts, Thresholds
from ranham.cycle.models import RunState, Step
from ranham.cycle.queries import facts, skipped
from ranham.cycle.rules import PeriodFacts, due_steps, subject_of
from ranham.cycle.service import LEASE_PREFIX
from ranham.kernel.addresses import shown
from ranham.kernel.settings import Settings
from ranham.plan.queries import PeriodInfo, list_periods


@dataclass(frozen=True, slots=True)
class StepStatus:
    period: str
    step: str
    last: str
    """State of the last run; `never` where there was none."""
    run_id: int | None
    started_at: datetime | None
    ended_at: datetime | None
    seconds: float | None
    rows: int | None
    error: str | None
    flow_run_id: str | None
    flow_run_url: str | None
    due: bool
    due_since: datetime | None
    next_due: datetime | None
    late: bool
    late_seconds: int | None
    skipped: bool
    lease_holder: str | None
    lease_seconds: int | None
    """For how long it has been held."""
    lease_until: datetime | None
    lease_long: bool
    action: str
    command: str | None


@dataclass(frozen=True, slots=True)
class View:
    """From where one looks."""

    close_after: timedelta
    thresholds: Thresholds
    ui_url: str
    inbox: Path | None
    """None where the inbox is not on this machine."""


LAST = """
SELECT DISTINCT ON (period_label, step) period_label, step, id, state, started_at, ended_at, rows, error, flow_run_id
FROM cycle_run WHERE period_label IS NOT NULL ORDER BY period_label, step, id DESC
"""
HOLDERS = """
SELECT name, holder, taken_at, expires_at, clock_timestamp() - taken_at AS held FROM lease
WHERE expires_at > clock_timestamp()
"""
UNREAD = """
SELECT min(b.received_at) FROM submission b LEFT JOIN report t ON t.obligation_id = b.obligation_id AND t.period_id = :period
WHERE b.period_id = :period AND b.is_current AND (t.id IS NULL OR t.state IN ('submitted', 'resubmitted')
  AND NOT EXISTS (SELECT FROM verification_task k WHERE k.report_id = t.id AND k.done_at IS NULL AND NOT k.second_reading))
"""
NEWS = """
SELECT least((SELECT min(b.received_at) FROM submission b WHERE b.period_id = r.period_id AND b.id > r.watermark),
             (SELECT min(e.at) FROM report_event e WHERE e.period_id = r.period_id AND e.id > r.event_watermark),
             (SELECT min(x.approved_at) FROM excuse x WHERE x.period_id = r.period_id AND x.approved_at > r.computed_at))
FROM rollup r WHERE r.period_id = :period
"""
VERIFIED = "SELECT min(changed_at) FROM report WHERE period_id = :period AND state = 'verified'"
SINCE: Mapping[Step, str] = {Step.VERIFY: UNREAD, Step.ROLL_UP: NEWS, Step.CLOSE: VERIFIED}


def view_of(configured: Settings) -> View:
    thresholds = Thresholds(
        timedelta(minutes=configured.late_after_minutes),
        {step: timedelta(minutes=n) for step, n in configured.late_after_minutes_by_step.items()},
        timedelta(minutes=configured.lease_long_minutes),
    )
    after = timedelta(days=configured.close_after_days)
    return View(after, thresholds, configured.prefect_ui_url.rstrip("/"), configured.inbox)


def steps() -> list[Step]:
    """Those of a period, in the order of the cycle."""
    return [step for step in Step if step not in lateness.NOT_OF_A_PERIOD]


def status(
    session: Session,
    view: View,
    *,
    now: datetime,
    periods: Sequence[PeriodInfo] | None = None,
    late_only: bool = False,
) -> list[StepStatus]:
    """Of the periods asked for; without them, of all but those that are closed and at rest."""
    last, held, left_out = last_runs(session), holders(session), skipped(session)
    files = inbox_.waiting(view.inbox) if view.inbox is not None else {}
    every = list_periods(session)
    shorts = [each.label for each in every]
    rows: list[StepStatus] = []
    for info in every if periods is None else periods:
        known = facts(session, info)
        due = due_steps(known, now, view.close_after)
        lying = files.get(known.label)
        if shorts.count(info.label) == 1 and (short := files.get(info.label)):
            lying = short if lying is None or short.since < lying.since else lying
        made = []
        for step in steps():
            subject = subject_of(step, known.label)
            is_due = step in due or (step is Step.IMPORT and lying is not None)
            since = lying.since if step is Step.IMPORT and lying else None
            if step in waiting.SINCE:
                since = waiting.since(step, known.releases)
            elif is_due and step in SINCE and not (step is Step.CLOSE and known.closed_at is None):
                since = session.scalar(text(SINCE[step]), {"period": info.id})
            left, waits = (step, subject) in left_out, waiting.waits(step, known)
            made.append(StepFacts(step, is_due, since, last.get((subject, step)), left, held.get(subject), waits))
        if periods is None and _rests(known, made):
            continue
        rows += [_row(known, each, view, now) for each in made]
    return [row for row in rows if row.late or row.lease_long] if late_only else rows


def last_runs(session: Session) -> dict[tuple[str, str], LastRun]:
    """The last run of each step, by what it works on."""
    return {
        (row.period_label, row.step): LastRun(
            row.id, RunState(row.state), row.started_at, row.ended_at, row.rows, row.error, row.flow_run_id
        )
        for row in session.execute(text(LAST))
    }


def holders(session: Session) -> dict[str, Holder]:
    """Who is at what now."""
    return {
        row.name.removeprefix(LEASE_PREFIX): Holder(row.holder, row.taken_at, row.expires_at, row.held)
        for row in session.execute(text(HOLDERS))
    }


def flow_run_url(ui_url: str, flow_run_id: str) -> str:
    """For people: without a name and password that the address of the pages may hold."""
    return f"{shown(ui_url)}/runs/flow-run/{flow_run_id}"


def _rests(known: PeriodFacts, made: Sequence[StepFacts]) -> bool:
    at_work = any(each.due or each.holder for each in made)
    return known.closed_at is not None and not at_work and not waiting.somebody(known)


def _row(known: PeriodFacts, each: StepFacts, view: View, now: datetime) -> StepStatus:
    subject = subject_of(each.step, known.label)
    since = lateness.due_since(known, each, view.close_after)
    late = lateness.late_by(since, now, view.thresholds.of(each.step), skipped=each.skipped)
    action, command = lateness.safe_action(each, known.label, view.thresholds)
    last, holder = each.last, each.holder
    if holder is not None and command is not None:
        command = command.replace(known.label, subject)  # the lease of a freeze is the year's
    ended = last.ended_at if last else None
    return StepStatus(
        period=known.label,
        step=each.step.value,
        last=last.state.value if last else "never",
        run_id=last.id if last else None,
        started_at=last.started_at if last else None,
        ended_at=ended,
        seconds=round((ended - last.started_at).total_seconds(), 3) if last and ended else None,
        rows=last.rows if last else None,
        error=last.error if last else None,
        flow_run_id=last.flow_run_id if last else None,
        flow_run_url=flow_run_url(view.ui_url, last.flow_run_id) if last and last.flow_run_id else None,
        due=each.due,
        due_since=since,
        next_due=lateness.next_due(known, each.step, now, view.close_after),
        late=late is not None,
        late_seconds=int(late.total_seconds()) if late else None,
        skipped=each.skipped,
        lease_holder=holder.name if holder else None,
        lease_seconds=int(holder.held.total_seconds()) if holder else None,
        lease_until=holder.until if holder else None,
        lease_long=holder is not None and holder.held > view.thresholds.held_long,
        action=action,
        command=command,
    )
