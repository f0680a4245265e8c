"""The work itself: what is late, held, waiting, and what comes next."""

from datetime import timedelta

from ranham.cycle.doctor.commands import with_secrets
from ranham.cycle.doctor.verdicts import Verdict, failed, ok, warning
from ranham.cycle.status import holders, status, view_of
from ranham.kernel import clock
from ranham.kernel.database import read_session
from ranham.kernel.settings import settings
from ranham.outbox.deliveries.queries import count_due, count_for_a_person
from ranham.plan.queries import full_label, list_periods


def late_steps() -> list[Verdict]:
    with read_session() as session:
        rows = [row for row in status(session, view_of(settings()), now=clock.now()) if row.late]
    if rows:
        words = ", ".join(f"{row.step} {row.period}" for row in rows)
        return [failed("late steps", words, "ranham status --late")]
    return [ok("late steps", "nothing is late")]


def leases() -> list[Verdict]:
    with read_session() as session:
        held = holders(session)
    most = view_of(settings()).thresholds.held_long
    long = [
        failed(
            "leases",
            f"{subject} is held by {holder.name} for {timedelta(seconds=int(holder.held.total_seconds()))}",
            f'ranham cycle release-lease {subject} --because "..." if that process is gone',
        )
        for subject, holder in held.items()
        if holder.held > most
    ]
    return long or [ok("leases", f"{len(held)} held, none for long")]


def deliveries() -> list[Verdict]:
    now = clock.now()
    with read_session() as session:
        waiting, since = count_due(session, now=now)
        stuck = count_for_a_person(session)
    found = []
    if since is not None and now - since > timedelta(minutes=settings().late_after_minutes):
        words = f"{waiting} wait, the oldest since {clock.in_wib(since)}"
        run = with_secrets("prefect deployment run deliver/deliver")
        found.append(failed("deliveries", words, f"{run}, or: ranham outbox send"))
    if stuck >= settings().failed_deliveries:
        found.append(failed("deliveries", f"{stuck} wait for a person", "ranham outbox list --state technical_failure"))
    return found or [ok("deliveries", f"{waiting} due now, {stuck} wait for a person")]


def plan() -> list[Verdict]:
    now = clock.now()
    with read_session() as session:
        periods = list_periods(session)
    if not periods:
        return [failed("plan", "no plan is loaded", "ranham plan load FILE")]
    ahead = [each for each in periods if (ends := each.ends_at()) is not None and ends > now]
    if not ahead:
        mend = "load a version of the plan with the window once the letter is there: ranham plan load FILE"
        return [warning("plan", f"{len(periods)} periods, and no coming window is announced", mend)]
    following = min(ahead, key=lambda each: each.opens_at() or now)
    return [ok("plan", f"next window: {full_label(following)}, {following.opens_on} to {following.closes_on}")]
