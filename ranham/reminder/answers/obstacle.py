"""What keeps every reminder of a period from being planned, if anything does."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo


def obstacle(session: Session, period: PeriodInfo) -> str | None:
    """A sentence for whoever wonders why nothing is due."""
    if period.opens_on is None or period.closes_on is None:
        return f"{period.label} has no window yet: without one nothing is planned."
    frozen = text("SELECT EXISTS (SELECT FROM year_freeze WHERE plan_year_id = :year)")
    if session.scalar(frozen, {"year": period.plan_year_id}):
        return None
    # Not by itself once the calendar is set: a freeze is for good, and until the window opens the plan may still change.
    return (
        f"The obligations of {period.year} are not frozen, so nobody is known to owe a report and nothing is planned. "
        f"The tick freezes them when the window opens on {period.opens_on}; for the announcement before that run: "
        f"ranham year freeze {period.year}"
    )
