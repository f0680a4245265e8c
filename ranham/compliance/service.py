"""Brings the counts of a period up to date: whole the first time, by differences afterwards, never after its close."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ranham.compliance import counting
from ranham.compliance.models import Rollup
from ranham.kernel.clock import in_wib
from ranham.kernel.errors import Conflict
from ranham.plan.queries import PeriodInfo
from ranham.submission.models import ReportEvent, Submission


@dataclass(frozen=True, slots=True)
class RollupSummary:
    period_label: str
    mode: str
    """full, incremental or unchanged."""
    obligations_counted: int
    """Obligations that this call looked at."""
    units: int


def roll_up(session: Session, period: PeriodInfo, *, now: datetime, full: bool = False) -> RollupSummary:
    """Count what is new. Calling it again without news changes nothing; a closed period is never counted anew.

    Refused before the window: nobody can have reported then, and the annual score would count a period of zeros.

    Submissions are taken under a shared lock and this under the exclusive one, so every submission below the
    watermark is committed and none can be missed.
    """
    session.execute(text(counting.BEGIN), {"period": period.id})
    known = session.get(Rollup, period.id)
    if known is not None and known.final:
        return RollupSummary(period.label, "unchanged", 0, 0)
    _refuse_before_window(period, now)
    news = session.execute(text(counting.NEWS), {"period": period.id, "plan_year": period.plan_year_id}).one()
    if not news.frozen:
        raise Conflict(
            f"{period.label}: the year is not frozen, so nobody owes a report yet; run: ranham year freeze {period.year}"
        )
    watermark, event_watermark, excuses = news.watermark, news.event_watermark, news.excuses
    if known is None or full or known.excuses_seen != excuses or _many(session, period, known):
        summary = _count_all(session, period)
        known = known or Rollup(period_id=period.id, final=False)
        known.counted, known.differences = summary.obligations_counted, 0
    elif watermark > known.watermark or event_watermark > known.event_watermark:
        summary = _count_differences(session, period, known)
        known.differences += summary.obligations_counted
    else:
        return RollupSummary(period.label, "unchanged", 0, 0)
    known.computed_at, known.watermark, known.excuses_seen = now, watermark, excuses
    known.event_watermark = event_watermark
    session.add(known)
    session.flush()
    return summary


def finalize(session: Session, period: PeriodInfo, *, now: datetime) -> RollupSummary:
    """The last count of a period, taken whole; from then on its figures stay."""
    summary = roll_up(session, period, now=now, full=True)
    rollup = session.get_one(Rollup, period.id)
    rollup.final = True
    session.flush()
    return summary


def _refuse_before_window(period: PeriodInfo, now: datetime) -> None:
    if period.has_begun(now):
        return
    if period.opens_on is None:
        raise Conflict(
            f"{period.label} has no announced window, so nobody can have reported: there is nothing to count"
        )
    raise Conflict(
        f"the window of {period.label} opens on {period.opens_on} (Jakarta) and now it is {in_wib(now)}; "
        "before it there is nothing to count"
    )


def _many(session: Session, period: PeriodInfo, known: Rollup) -> bool:
    """A tenth of all obligations: then counting everything is cheaper than so many differences."""
    news = session.scalar(
        select(func.count()).where(Submission.period_id == period.id, Submission.id > known.watermark)
    )
    events = session.scalar(
        select(func.count()).where(ReportEvent.period_id == period.id, ReportEvent.id > known.event_watermark)
    )
    return (news or 0) + (events or 0) + known.differences > known.counted / 10


def _count_all(session: Session, period: PeriodInfo) -> RollupSummary:
    row = session.execute(text(counting.FULL), {"period": period.id, "plan_year": period.plan_year_id}).one()
    return RollupSummary(period.label, "full", row.counted, row.units)


def _count_differences(session: Session, period: PeriodInfo, known: Rollup) -> RollupSummary:
    since = {"period": period.id, "watermark": known.watermark, "event_watermark": known.event_watermark}
    row = session.execute(text(counting.DIFFERENCES), since).one()
    return RollupSummary(period.label, "incremental", row.counted, row.units)
