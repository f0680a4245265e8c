"""What operators do by hand: skip a step, take that back, release a lease. Each says why, and is in the audit chain."""

import re
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ranham.audit import service as audit
from ranham.cycle import lease
from ranham.cycle.models import Step, StepSkip
from ranham.cycle.rules import subject_of
from ranham.cycle.service import LEASE_PREFIX
from ranham.kernel.errors import BadInput, Conflict, Finding, NotFound
from ranham.plan.queries import PeriodInfo, find_period, find_plan_year, full_label

YEAR = re.compile(r"(?:(?P<regulation>.+):)?(?P<year>\d{4})")

LOSE = """
UPDATE cycle_run SET state = 'lost', ended_at = :now, error = :error WHERE state = 'running' AND period_label = :label
"""


def skip(  # noqa: PLR0913 - who, what and why
    session: Session, period: PeriodInfo, step: Step, *, because: str, by: str, now: datetime
) -> bool:
    """Tell the tick to leave a step out until that is taken back; False if it was left out before.

    A freeze is skipped for its whole year. A run that is under way goes on, and a person may still run the step's own
    command.
    """
    _check(because)
    if step is Step.TICK:
        raise Conflict("the tick is no step of a period; pause its deployment: prefect deployment schedule pause")
    subject = subject_of(step, full_label(period))
    made = session.scalar(
        text("""INSERT INTO step_skip (step, subject, skipped_at, skipped_by, because)
                VALUES (:step, :subject, :now, :by, :because) ON CONFLICT DO NOTHING RETURNING id"""),
        {"step": step.value, "subject": subject, "now": now, "by": by, "because": because.strip()},
    )
    if made is not None:
        _record(session, period, "step_skipped", by, now, step=step.value, subject=subject, because=because.strip())
    return made is not None


def unskip(session: Session, period: PeriodInfo, step: Step, *, by: str, now: datetime) -> bool:
    """Let the tick do the step again; False if nobody skipped it."""
    subject = subject_of(step, full_label(period))
    wanted = select(StepSkip).where(
        StepSkip.subject == subject, StepSkip.step == step.value, StepSkip.taken_back_at.is_(None)
    )
    found = session.scalars(wanted.with_for_update()).one_or_none()
    if found is None:
        return False
    found.taken_back_at, found.taken_back_by = now, by
    session.flush()
    _record(session, period, "step_unskipped", by, now, step=step.value, subject=subject)
    return True


def release_lease(session: Session, label: str, *, because: str, by: str, now: datetime) -> str:
    """Take the lease of a period (or of a year, for its freeze) from whoever has it; the holder's name.

    The run's record says that it was lost. A holder that still lives cannot write any more: its fence is old.
    """
    _check(because)
    year = YEAR.fullmatch(label)
    if year is not None:
        about, id_ = "plan_year", find_plan_year(session, int(year["year"]), year["regulation"])
        subject = label
    else:
        period = find_period(session, label)
        about, id_, subject = "period", period.id, full_label(period)
    holder = lease.take_away(session, LEASE_PREFIX + subject)
    if holder is None:
        raise NotFound(f"nobody holds the lease of {subject}")
    error = f"its lease was released by {by}: {because.strip()}"
    session.execute(text(LOSE), {"now": now, "error": error, "label": subject})
    detail = {"subject": subject, "holder": holder, "because": because.strip()}
    audit.record(session, actor=by, kind="lease_released", subject=about, subject_id=id_, detail=detail, now=now)
    return holder


def _check(because: str) -> None:
    if not because.strip():
        raise BadInput([Finding("--because", "nothing", "why, in a few words; it is kept")])


def _record(session: Session, period: PeriodInfo, kind: str, by: str, now: datetime, **detail: str) -> None:
    audit.record(session, actor=by, kind=kind, subject="period", subject_id=period.id, detail=detail, now=now)
